"use strict";
/**
 * What this browser's reader has solved, in one place: `cnnProgress` for all scripts of a page.
 *
 * The Question widget (question.js) keeps its answers under the same name and in the same form, for
 * it also lives in notebooks. Nothing is sent. Each change reads first, so that two tabs keep both.
 *
 * @typedef {object} Entry what is kept of one question or exercise
 * @property {number} tries
 * @property {number[]} solved which sets of numbers are solved; an exercise has one, 0
 * @property {boolean} [first] whether the first try was right
 * @property {Record<string, number>} [slips] what was said to wrong answers, and how often
 * @property {string} [text] what was typed last
 */
(() => {
  const STORE = "cnnlib-answers";
  const CHANGE = "cnn-progress";
  /** Under names that begin so, the cells of a page keep what was typed (python-view.js). */
  const TYPED = "course-typed:";
  /** Where the browser keeps nothing, what was solved since the page was opened. */
  let memory = "{}";

  function read() {
    try {
      return localStorage.getItem(STORE) ?? "{}";
    } catch {
      return memory;
    }
  }

  function write(/** @type {Record<string, Entry>|null} */ all) {
    memory = JSON.stringify(all ?? {});
    try {
      if (all) localStorage.setItem(STORE, memory);
      else localStorage.removeItem(STORE);
    } catch {
      // blocked or full: `memory` has it until the page is closed
    }
    dispatchEvent(new Event(CHANGE));
  }

  const isEntry = (entry) => Number.isInteger(entry?.tries) && Array.isArray(entry?.solved);

  /** All entries by name. What is stored may be anything. @returns {Record<string, Entry>} */
  function all() {
    try {
      const stored = JSON.parse(read());
      if (!stored || typeof stored !== "object" || Array.isArray(stored)) return {};
      return Object.fromEntries(Object.entries(stored).filter(([, entry]) => isEntry(entry)));
    } catch {
      return {}; // damaged
    }
  }

  /** @param {string} name @returns {Entry|undefined} */
  const get = (name) => (Object.hasOwn(all(), name) ? all()[name] : undefined);

  /** Whether a question or exercise is solved. @param {string} name */
  const solved = (name) => (get(name)?.solved.length ?? 0) > 0;

  /**
   * Keep one try.
   * @param {string} name such as "sizes/alexnet"
   * @param {{right: boolean, slip?: string, text?: string}} result `slip`: what was said of a mistake
   */
  function record(name, { right, slip, text }) {
    const entries = all();
    const own = get(name) ?? { tries: 0, solved: [] };
    const slips = { ...own.slips };
    if (slip) slips[slip] = (slips[slip] ?? 0) + 1;
    entries[name] = {
      tries: own.tries + 1,
      solved: right && !own.solved.includes(0) ? [...own.solved, 0] : own.solved,
      first: own.tries ? own.first : right,
      slips,
      ...(text === undefined ? {} : { text }),
    };
    write(entries);
  }

  /**
   * Add the entries of a saved file to those of this browser; nothing is lost.
   * @param {unknown} others
   * @returns {number} how many there were
   * @throws {TypeError} if they are not entries: then nothing changes
   */
  function merge(others) {
    const fine = others && typeof others === "object" && Object.values(others).every(isEntry);
    if (!fine) throw new TypeError("what came is no list of entries by name");
    const entries = all();
    for (const [name, other] of Object.entries(others)) {
      const own = entries[name];
      const [more, less] = own && own.tries > other.tries ? [own, other] : [other, own];
      const solved = [...new Set([...(less?.solved ?? []), ...more.solved])];
      entries[name] = { ...less, ...more, solved: solved.filter(Number.isInteger) };
    }
    write(entries);
    return Object.keys(others).length;
  }

  /** Forget everything, what was typed into cells, too. */
  function forget() {
    try {
      for (const name of Object.keys(localStorage))
        if (name.startsWith(TYPED)) localStorage.removeItem(name);
    } catch {
      // nothing was kept
    }
    write(null);
  }

  /** Call `listener` after each change, in this tab or another. @param {() => void} listener */
  function onChange(listener) {
    addEventListener(CHANGE, listener);
    addEventListener("storage", ({ key }) => {
      if (key === STORE || key === null) listener();
    });
  }

  Object.assign(globalThis, { cnnProgress: { all, get, solved, record, merge, forget, onChange } });
})();
