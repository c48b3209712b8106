/** Changing a number of a grid: by typing on its cell, in a field below, or by pasting a table. */

import { show } from "../arithmetic/convolution.js";
import { html, setText, uniqueId } from "./dom.js";
import { readNumber } from "./link.js";

/**
 * @typedef {import("./selection.js").Place} Place
 * @param {object} options
 * @param {ReturnType<typeof import("./selection.js").createSelection>} options.selection
 * @param {import("./link.js").Limits} options.limits
 * @param {(place: Place) => string} options.nameOf
 * @param {(place: Place) => number} options.valueAt
 * @param {(place: Place) => string} options.refusal why this cell has a fixed value, or ""
 * @param {(place: Place, rows: (number|null)[][]) => void} options.change
 * @param {(place: Place) => HTMLElement|null} options.cellElement
 * @param {(place: Place) => {x: number, y: number, size: number}} options.boxOf where the cell is:
 *   the field opens in it
 * @param {(words: string) => void} options.say
 * @param {() => void} options.draw
 */
export function createEditor({
  selection,
  limits,
  nameOf,
  valueAt,
  refusal,
  change,
  cellElement,
  boxOf,
  say,
  draw,
}) {
  const id = uniqueId("edit");
  const label = html("label", { for: id });
  const input = /** @type {HTMLInputElement} */ (
    html("input", {
      id,
      type: "text",
      inputmode: "decimal",
      name: "value",
      autocomplete: "off",
      size: 6,
    })
  );
  const element = html("div", { class: "cnn-edit", hidden: true }, label, input);
  let open = false;
  // blur, not change: the first character is set by the cell, and a field that was set and then
  // left fires no change event
  input.addEventListener("blur", () => {
    const { pinned } = selection;
    open = false;
    element.hidden = true;
    if (pinned && input.value === show(valueAt(pinned))) return;
    const said = [];
    const value = pinned && readNumber(input.value, nameOf(pinned), limits, said);
    say(said.join(" "));
    if (pinned && value !== null) change(pinned, [[value]]);
    else draw();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    const { pinned } = selection;
    if (event.key === "Escape") input.value = pinned ? show(valueAt(pinned)) : "";
    // leaving the field takes its value over; the cell takes the focus back
    const cell = pinned && cellElement(pinned);
    if (cell) cell.focus();
    else input.blur();
  });

  function start(place, typed) {
    selection.pinAt(place);
    const why = refusal(place);
    if (why) say(why);
    draw();
    if (why) return;
    open = true;
    element.hidden = false;
    input.focus();
    if (typed) input.value = typed;
    else input.select();
  }

  return {
    element,
    /** What `createGrid` wants to be told for the editable grid `name`. @param {string} name */
    listeners: (name) => ({
      onEdit: (row, column, typed) => start({ grid: name, row, column }, typed),
      onPaste(row, column, text) {
        const place = { grid: name, row, column };
        if (refusal(place)) return start(place, "");
        const said = [];
        const read = (word) => readNumber(word.replace(/[[\]]/g, ""), nameOf(place), limits, said);
        const rows = text
          .slice(0, 10_000)
          .trim()
          .split(/[\r\n;]+/)
          .slice(0, 16)
          .map((line) =>
            line
              .trim()
              .split(/[\s,\t]+/)
              .slice(0, 16)
              .map(read),
          );
        say(said.slice(0, 3).join(" "));
        change(place, rows);
      },
    }),
    /** Show the field when a cell is pinned that can be changed. @param {string[]} editable */
    draw(editable) {
      const { pinned } = selection;
      const can = pinned && editable.includes(pinned.grid) && !refusal(pinned);
      element.hidden = !can || !open;
      if (!can) return;
      setText(label, `Change ${nameOf(pinned)} to`);
      const { x, y, size } = boxOf(pinned);
      element.style.transform = `translate(${x + size / 2}px, ${y + size / 2}px)`;
      const root = /** @type {Document|ShadowRoot} */ (input.getRootNode());
      if (root.activeElement !== input) input.value = show(valueAt(pinned));
    },
  };
}

/**
 * A copy of `table` with `rows` of numbers written into it from a place on.
 * @param {number[][]} table
 * @param {number} top @param {number} left
 * @param {(number|null)[][]} rows null leaves the old number
 */
export function withNumbers(table, top, left, rows) {
  const next = table.map((row) => [...row]);
  rows.forEach((row, i) =>
    row.forEach((value, j) => {
      if (value !== null && next[top + i]?.[left + j] !== undefined)
        next[top + i][left + j] = value;
    }),
  );
  return next;
}
