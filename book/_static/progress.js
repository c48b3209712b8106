"use strict";
/**
 * What this browser's reader has solved, in one place: `cnnProgress` for all scripts of a page.
 *
 * Question widgets keep their answers in the same way (cnnlib/widgets/js/parts/answers.js), for they
 * also live in notebooks. Nothing is sent. Each change reads first, so that two tabs keep both.
 */
(() => {
  const { afterTry, isDue, isEntry, keepAnswers, readAnswers, today } = globalThis.cnnAnswers;
  /** Under names that begin so, the cells of a page keep what was typed (python-view.js). */
  const TYPED = "course-typed:";

  /** @param {string} name */
  function get(name) {
    const all = readAnswers();
    return Object.hasOwn(all, name) ? all[name] : undefined;
  }

  /** Whether a question or exercise is solved. @param {string} name */
  const solved = (name) => (get(name)?.solved.length ?? 0) > 0;

  /** Whether a question is due again; an exercise, whose numbers are always the same, never is. */
  const due = (/** @type {string} */ name) => !name.includes("/") && isDue(get(name), today());

  /**
   * Keep one try.
   * @param {string} name such as "sizes/alexnet"
   * @param {{right: boolean, slip?: string, text?: string}} result `slip`: what was said of a mistake
   */
  function record(name, result) {
    keepAnswers({ ...readAnswers(), [name]: afterTry(get(name), result, today()) });
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
    const entries = readAnswers();
    for (const [name, other] of Object.entries(others)) {
      const own = entries[name];
      const [more, less] = own && own.tries > other.tries ? [own, other] : [other, own];
      const solved = [...new Set([...(less?.solved ?? []), ...more.solved])];
      entries[name] = { ...less, ...more, solved: solved.filter(Number.isInteger) };
    }
    keepAnswers(entries);
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
    keepAnswers(null);
  }

  /** Call `listener` after each change, in this tab or another. @param {() => void} listener */
  function onChange(listener) {
    addEventListener("cnn-progress", listener);
    addEventListener("storage", ({ key }) => {
      if (key === "cnnlib-answers" || key === null) listener();
    });
  }

  Object.assign(globalThis, {
    cnnProgress: { all: readAnswers, get, solved, due, record, merge, forget, onChange },
  });
})();
