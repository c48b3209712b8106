/**
 * Python in a page, as the reader sees it: a cell becomes an editor, runs, and shows its own output
 * in the place of the printed one. Loaded at the first press (python-start.js).
 * What an exercise was told goes to progress.js, which keeps what is solved.
 */

import { createEditor } from "./python-editor.js";
import { createOutput } from "./python-outputs.js";
import { createSession, Stopped } from "./python-session.js";

/** Under this name and the page's, this browser keeps what was typed. */
const STORE = "course-typed:";

/**
 * A cell of the page.
 * @typedef {object} Cell
 * @property {number} number its place among the code cells of the page
 * @property {HTMLElement} element
 * @property {HTMLElement} code the printed code, which the editor replaces
 * @property {string} original
 * @property {HTMLButtonElement} button Run or Check, and Stop while it runs
 * @property {string} label of the button, while nothing runs
 * @property {string} name of the button, as it is spoken
 * @property {Element} said where the cell tells how it goes
 * @property {HTMLElement} more buttons that come by need
 * @property {any} [editor]
 * @property {boolean} [busy]
 * @property {boolean} [tried] whether an answer of the reader's own has run
 */

/** @type {Cell[]} */
const cells = [...document.querySelectorAll(".bd-article div.cell .course-cell-bar")].map(
  (bar, number) => {
    const element = /** @type {HTMLElement} */ (bar.closest("div.cell"));
    const code = /** @type {HTMLElement} */ (element.querySelector(".cell_input .highlight"));
    const button = /** @type {HTMLButtonElement} */ (bar.querySelector("button"));
    const more = document.createElement("span");
    more.className = "course-cell-more";
    button.after(more);
    return {
      number,
      element,
      code,
      original: code.querySelector("pre").textContent.replace(/\n$/, ""),
      button,
      label: button.textContent,
      name: button.getAttribute("aria-label"),
      said: bar.querySelector(".course-cell-said"),
      more,
    };
  },
);

const session = createSession((words) => {
  const first = cells.find((cell) => cell.busy);
  if (first) first.said.textContent = words;
});

/**
 * Somebody pressed the button of a cell.
 * @param {HTMLButtonElement} button
 */
export async function press(button) {
  const cell = cells.find((each) => each.button === button);
  if (cell.busy) session.stop();
  else await run(cell);
}

const textOf = (/** @type {Cell} */ cell) => cell.editor?.text() ?? cell.original;

/**
 * Open the editor of a cell, if it is not open, and run what stands there.
 * @param {Cell} cell
 */
async function run(cell) {
  setBusy(cell, true);
  const output = createOutput(cell.element);
  const opened = open(cell); // while Python starts
  const ask = async () => {
    await opened;
    return { cells: cells.map(textOf), at: cell.number };
  };
  try {
    const done = await session.run(ask, {
      above: ({ place, of }) => {
        cell.said.textContent = `First cell ${place} of ${of} above that this one needs…`;
      },
      output: (each) => output.add(each),
      began: () => {
        cell.said.textContent = "Running…";
      },
    });
    finished(cell, done, output);
  } catch (error) {
    cell.said.textContent =
      error instanceof Stopped ? error.message : `Python did not start: ${error.message}`;
  }
  setBusy(cell, false);
  offer(cell);
}

/**
 * @param {Cell} cell
 * @param {boolean} busy
 */
function setBusy(cell, busy) {
  cell.busy = busy;
  cell.button.textContent = busy ? "Stop" : cell.label;
  cell.button.setAttribute("aria-label", busy ? `Stop: ${cell.name}` : cell.name);
}

/**
 * @param {Cell} cell
 * @param {{seconds: number, above: number, exercise?: string, verdict?: string}} done
 * @param {{end: () => void}} output
 */
function finished(cell, done, output) {
  output.end();
  const { seconds, above, exercise, verdict } = done;
  const time = seconds < 0.095 ? "less than 0.1 s" : `${seconds.toFixed(1)} s`;
  const before = above ? `, after ${above} ${above === 1 ? "cell" : "cells"} above` : "";
  cell.said.textContent = `Ran in ${time}${before}.`;
  cell.tried ||= textOf(cell) !== cell.original;
  if (verdict && verdict !== "open") {
    const right = verdict === "right";
    /** @type {any} */ (globalThis).cnnProgress?.record(exercise, { right });
  }
}

/**
 * Put an editor in the place of the printed code, with what was typed there before.
 * @param {Cell} cell
 */
async function open(cell) {
  if (cell.editor) return;
  const editor = await createEditor(cell.code, kept()[cell.original] ?? cell.original, {
    label: cell.name,
    onRun: () => {
      if (!cell.busy) run(cell);
    },
    onChange: (text) => keep(cell, text),
  });
  cell.editor = editor;
  offer(cell);
}

/**
 * Offer what can be done with a cell now: take its text back, or take over the solution.
 * @param {Cell} cell
 */
function offer(cell) {
  const offered = [];
  const solution = solutionOf(cell);
  if (solution && cell.tried)
    offered.push(small("Insert solution", () => cell.editor.set(solution)));
  if (cell.editor && textOf(cell) !== cell.original)
    offered.push(small("Forget what I typed", () => cell.editor.set(cell.original)));
  const same = offered.map((each) => each.textContent).join() === cell.more.textContent;
  if (!same) cell.more.replaceChildren(...offered);
}

/**
 * @param {string} words
 * @param {() => void} act
 */
function small(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

/**
 * The folded solution behind an exercise, with the exercise's own check at its end.
 * @param {Cell} cell
 */
function solutionOf(cell) {
  const check = cell.original.match(/^check\([\s\S]*/m);
  if (!check) return null;
  for (let next = cell.element.nextElementSibling; next; next = next.nextElementSibling) {
    if (next.matches("div.cell, h2, h3, section")) return null;
    if (!next.matches("details")) continue;
    if (next.querySelector("summary").textContent.trim() !== "Solution") continue;
    const code = next.querySelector(".highlight-python pre")?.textContent.trimEnd();
    const gap = code?.startsWith("def ") ? "\n\n\n" : "\n\n";
    return code ? code + gap + check[0] : null;
  }
  return null;
}

/** What was typed on this page: the text of each changed cell, under its printed one. */
function kept() {
  try {
    return JSON.parse(localStorage.getItem(STORE + location.pathname)) ?? {};
  } catch {
    return {};
  }
}

/**
 * @param {Cell} cell
 * @param {string} text
 */
function keep(cell, text) {
  const all = kept();
  if (text === cell.original) delete all[cell.original];
  else all[cell.original] = text;
  try {
    if (Object.keys(all).length)
      localStorage.setItem(STORE + location.pathname, JSON.stringify(all));
    else localStorage.removeItem(STORE + location.pathname);
  } catch {
    // this browser keeps nothing for us: the text stays until the page is left
  }
  offer(cell);
}
