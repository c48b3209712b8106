/**
 * The frame of a widget: its controls, words, tools, code, link and live region, around the parts
 * that the widget adds. It listens to the model and draws once after all that changes together.
 *
 * What may be set is told once, as `settings` and `tables`; controls, reset and links follow.
 */

import { button, choice, codeBlock, slider, stepSlider, toggle } from "./controls.js";
import { html, keepKeys, setText } from "./dom.js";
import { followLinks, keepState, linkTools, readNumber } from "./link.js";

/**
 * One trait that a control sets.
 * @typedef {object} Setting
 * @property {string} name the trait
 * @property {string} label
 * @property {string[][]} [choices] value and text of each: a list instead of a slider
 * @property {boolean} [flag] a tick box instead of a slider
 * @property {number[]} [steps] the values that the slider stops at, where not at each
 * @property {(value: number) => string} [say] the value in words
 * @property {boolean} [bare] no control: only linked and reset, as the position of a play bar
 * @property {string[]} [only] a trait and the value at which alone this one matters
 * @property {boolean} [primary] always in sight; on a phone the others are folded away, if any is
 */

/**
 * A trait that holds rows of numbers, of which a part may be in use.
 * @typedef {{name: string, short: string, shape: (state: Record<string, any>) => number[]}}
 *   Table
 */

/** Pixels below which a widget is as on a phone: one column, and some controls folded away. */
const NARROW = 544;
/** Longest list of numbers that a link may hold. */
const MOST_NUMBERS = 1024;

/**
 * What a bench is made from.
 * @typedef {object} BenchOptions
 * @property {{model: any, el: HTMLElement}} context as anywidget's specification has it
 * @property {string} title
 * @property {Setting[]} settings
 * @property {Table[]} [tables]
 * @property {string[]} [visible] names of the settings that get a control; default all
 * @property {string[]} [watch] other traits whose change is drawn
 * @property {() => void} draw
 * @property {() => void} [onReset] forget what is no trait: pins, playing
 * @property {() => string[][]} [code] titles and code for the state
 * @property {boolean} [folds] fold on a wide page, too: what is drawn takes most of a screen
 */

/** @param {BenchOptions} options */
export function createBench({
  context: { model, el },
  title,
  settings,
  tables = [],
  visible,
  watch = [],
  draw,
  onReset = () => {},
  code,
  folds = false,
}) {
  const limits = Object.fromEntries(
    Object.entries(model.get("_limits") ?? {}).map(([name, [min, max]]) => [name, { min, max }]),
  );
  const names = [...settings, ...tables].map(({ name }) => name);
  const snapshot = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const initial = snapshot();
  const onPage = el.closest("[data-cnn-page]") !== null;

  const controls = settings
    .filter(({ name, bare }) => !bare && (!visible || visible.includes(name)))
    .map((setting) => ({ ...setting, ...controlFor(setting) }));
  const status = html("p", { class: "cnn-hidden", role: "status" });
  const words = html("p", { class: "cnn-words", role: "alert" });
  // In a notebook there is no page to link to; the code below does that service.
  const linking = onPage && names.length ? linkTools(model.get("key"), linkedState) : [];
  const tools = html(
    "div",
    { class: "cnn-buttons cnn-tools" },
    button("Reset", reset, { name: "reset" }),
    ...linking,
  );
  const blocks = (code?.() ?? []).map(([name]) => codeBlock(name));
  const more = /** @type {HTMLDetailsElement} */ (
    html("details", { class: "cnn-more" }, html("summary", {}, "Code for this state"))
  );
  more.append(...blocks.map((block) => block.element));
  more.addEventListener("toggle", drawCode);
  const controlBox = html("div", { class: "cnn-controls" }, ...controls.map((one) => one.element));
  // with three controls or fewer there is nothing to fold away
  const spare =
    controls.length > 3 && controls.some(({ primary }) => primary)
      ? controls.filter(({ primary }) => !primary)
      : [];
  const foldedBox = html("div", { class: "cnn-controls" });
  const folded = html(
    "details",
    { class: "cnn-fold", hidden: true },
    html("summary", {}, "More controls"),
    foldedBox,
  );
  const root = html(
    "div",
    { class: "cnn-widget", role: "group", "aria-label": title, "data-key": model.get("key") },
    controlBox,
    folded,
    words,
    status,
    tools,
    ...(blocks.length ? [more] : []),
  );

  keepKeys(root);

  // a complaint is over when somebody does something else
  let fresh = false;
  const forget = () => setText(words, "");
  for (const event of ["keydown", "input"]) root.addEventListener(event, forget, { capture: true });
  // a press that leaves a field makes it complain, and the click that follows is the same one
  root.addEventListener("pointerdown", () => (fresh = false), { capture: true });
  root.addEventListener("click", () => fresh || forget(), { capture: true });

  /** @param {Setting} setting @returns {import("./controls.js").Control} */
  function controlFor({ name, label, choices, flag, steps, say }) {
    const change = (value) => set(name, value);
    if (choices) return choice({ label, name, choices, value: model.get(name), onChange: change });
    if (flag) return toggle({ label, name, onChange: change });
    if (steps) return stepSlider({ label, name, steps, onInput: change });
    return slider({ label, name, ...limits[name], onInput: change, say });
  }

  function set(name, value) {
    model.set(name, value);
    model.save_changes();
  }

  function setAll(state) {
    for (const [name, value] of Object.entries(state)) model.set(name, value);
    model.save_changes();
  }

  function reset() {
    onReset();
    setAll(initial);
    setText(words, "");
    // the address that stands there is that of another state
    for (const part of linking.slice(1)) part.hidden = true;
    drawSoon();
  }

  /** The link has every setting, and of the tables those that were changed. */
  function linkedState() {
    const now = snapshot();
    const state = Object.fromEntries(settings.map(({ name }) => [name, now[name]]));
    for (const { name, short, shape } of tables) {
      if (JSON.stringify(now[name]) === JSON.stringify(initial[name])) continue;
      const [rows, columns] = shape(now);
      state[short] = now[name].slice(0, rows).flatMap((row) => row.slice(0, columns));
    }
    return state;
  }

  /** Take over the state that a link asks for. @param {URLSearchParams} asked */
  function followLink(asked) {
    takeOver(asked);
    root.scrollIntoView({ block: "start" });
  }

  /** @param {URLSearchParams} asked */
  function takeOver(asked) {
    const known = [...settings.map(({ name }) => name), ...tables.map(({ short }) => short)];
    const said = [...asked.keys()]
      .filter((name) => !known.includes(name))
      .map((name) => `There is no “${name.slice(0, 20)}” here: known are ${known.join(", ")}.`);
    const next = snapshot();
    for (const setting of settings) {
      const text = asked.get(setting.name);
      if (text !== null)
        next[setting.name] = readSetting(setting, text, said) ?? next[setting.name];
    }
    for (const { name, short, shape } of tables) {
      const [rows, columns] = shape(next);
      const given = asked.get(short)?.split(",").slice(0, MOST_NUMBERS);
      if (!given) continue;
      if (given.length !== rows * columns) {
        said.push(
          `${short} needs ${rows * columns} numbers and has ${given.length}, so it is left out.`,
        );
        continue;
      }
      const numbers = given.map((word) => readNumber(word, short, limits.value, said));
      next[name] = next[name].map((row, i) =>
        row.map((old, j) => (i < rows && j < columns ? (numbers[i * columns + j] ?? old) : old)),
      );
    }
    onReset();
    setAll(next);
    setText(
      words,
      said.length ? `The link asked for something else. ${said.slice(0, 3).join(" ")}` : "",
    );
    drawSoon();
  }

  /** @param {Setting} setting @param {string} text @param {string[]} said */
  function readSetting({ name, choices, flag }, text, said) {
    if (choices || flag) {
      const allowed = flag ? ["true", "false"] : choices.map(([value]) => value);
      if (allowed.includes(text)) return flag ? text === "true" : text;
      said.push(`${name} takes ${allowed.join(", ")}, “${text.slice(0, 20)}” is none of them.`);
      return null;
    }
    return readNumber(text, name, { ...limits[name], whole: true }, said);
  }

  function drawCode() {
    if (!more.open || !code) return;
    code().forEach(([, text], i) => blocks[i].set(text));
  }

  function drawAll() {
    draw();
    for (const { name, only, element, set } of controls) {
      set(model.get(name));
      element.inert = only !== undefined && model.get(only[0]) !== only[1];
    }
    drawCode();
  }

  let waiting = false;
  /** Draw once after all traits that change together have changed. */
  function drawSoon() {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      drawAll();
    });
  }

  /** @type {ReturnType<typeof setTimeout>|undefined} */ let announcing;
  const leaving = [() => clearTimeout(announcing)];

  return {
    root,
    limits,
    initial,
    onPage,
    get: (name) => model.get(name),
    set,
    setAll,
    drawSoon,
    controls,
    controlBox,
    slider,
    /** Something to do when the view goes. */
    onLeave: (action) => leaving.push(action),
    /** Put the widget's parts between the controls and the tools. @param {...Node} parts */
    add: (...parts) => words.before(...parts),
    /** Put the widget's parts above the controls. @param {...Node} parts */
    addAbove: (...parts) => controlBox.before(...parts),
    /** Fold parts away with the controls that are not primary. @param {...Node} parts */
    addFolded: (...parts) => foldedBox.before(...parts),
    /** Complain, or be content again with "". @param {string} text */
    say(text) {
      fresh = true;
      setText(words, text);
    },
    /** Tell a screen reader the result, once the slider rests. @param {string} text */
    announce(text) {
      clearTimeout(announcing);
      announcing = setTimeout(() => setText(status, text.trim()), 400);
    },
    /** Draw for the first time and follow what changes. Returns what ends the view. */
    start() {
      el.append(root);
      const watched = [...names, ...watch];
      for (const name of watched) model.on(`change:${name}`, drawSoon);
      let lastWidth = 0;
      const fit = () => {
        if (root.clientWidth === lastWidth) return;
        lastWidth = root.clientWidth;
        const narrow = lastWidth < NARROW;
        root.classList.toggle("narrow", narrow);
        folded.hidden = !(narrow || folds) || !spare.length;
        (folded.hidden ? controlBox : foldedBox).append(...spare.map((one) => one.element));
        drawAll();
      };
      const observer = new ResizeObserver(fit);
      observer.observe(root);
      if (root.clientWidth) fit();
      else drawAll();
      if (names.length) leaving.push(followLinks(model.get("key"), followLink));
      if (onPage && names.length) leaving.push(keepState(model.get("key"), linkedState, takeOver));
      return () => {
        observer.disconnect();
        for (const name of watched) model.off(`change:${name}`, drawSoon);
        for (const action of leaving) action();
      };
    },
  };
}
