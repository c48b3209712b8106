/**
 * A bench with grids: what the widgets share that are made of grids of numbers. Grids, selection,
 * editing, play bar, note and read-out are wired together here; a widget says what they show.
 */

import { createBench } from "./bench.js";
import { playBar } from "./controls.js";
import { html, setAttribute, setChildren, setParts, setText } from "./dom.js";
import { createEditor, withNumbers } from "./editing.js";
import { createGrid } from "./grid.js";
import { createSelection } from "./selection.js";
import { createStage } from "./stage.js";

/**
 * One grid.
 * @typedef {object} GridSpec
 * @property {"input"|"kernel"|"output"|"gradient"} kind its colours
 * @property {string} letter its name in the read-out: X[0, 1]
 * @property {string} [table] the trait that holds its numbers, where they can be changed
 * @property {() => number[]} [origin] the cell that is called [0, 0]
 * @property {(row: number, column: number) => (number|string)[]} [index] how its cells are
 *   numbered, counted from the origin; default by row and column
 * @property {(place: any) => string} [refusal] why a cell has a fixed value, or ""
 */

/**
 * What it takes besides the options of `createBench`.
 * @typedef {object} GridOptions
 * @property {Record<string, GridSpec>} grids
 * @property {string} label what is drawn, in words
 * @property {{say: (position: number) => string, label?: string}} [play]
 */

/** @param {Omit<import("./bench.js").BenchOptions, "onReset"> & GridOptions} options */
export function createGridBench({ context, grids: specs, label, play, draw, ...rest }) {
  const { model } = context;
  const bench = createBench({
    ...rest,
    context,
    draw,
    onReset() {
      bar?.stop();
      selection.clear();
    },
  });
  const state = { playing: false };
  // drawSoon, not draw: removing a focused cell fires onLeave in the middle of a drawing
  const selection = createSelection(bench.drawSoon, () => bar?.stop());
  /** @returns {[number, number]} */
  const tablePlace = ({ grid, row, column }) => {
    const [top, left] = specs[grid].origin?.() ?? [0, 0];
    return [row - top, column - left];
  };
  const nameOf = (place) => {
    const { letter, index = (...both) => both } = specs[place.grid];
    const numbers = index(...tablePlace(place))
      .join(", ")
      .replaceAll("-", "−");
    return `${letter}[${numbers}]`;
  };
  const editor = createEditor({
    selection,
    limits: bench.limits.value ?? { min: -99, max: 99 },
    nameOf,
    valueAt(place) {
      const [row, column] = tablePlace(place);
      return model.get(specs[place.grid].table)[row]?.[column] ?? 0;
    },
    refusal: (place) => specs[place.grid].refusal?.(place) ?? "",
    change(place, rows) {
      const trait = specs[place.grid].table;
      bench.set(trait, withNumbers(model.get(trait), ...tablePlace(place), rows));
      bench.drawSoon();
    },
    cellElement: ({ grid, row, column }) => grids[grid].cellElement(row, column),
    say: bench.say,
    draw: () => draw(),
  });
  const grids = Object.fromEntries(
    Object.entries(specs).map(([name, { kind, table }]) => [
      name,
      createGrid({
        name,
        kind,
        ...selection.listeners(name),
        ...(table ? editor.listeners(name) : {}),
      }),
    ]),
  );
  const stage = createStage(label);
  stage.onTheme(bench.drawSoon);
  const bar =
    play &&
    playBar({
      ...play,
      onStep(to) {
        selection.clear();
        bench.set("position", to);
      },
      onPlaying(now) {
        state.playing = now;
        selection.clear();
        bench.drawSoon();
      },
    });
  const sizes = html("div", { class: "cnn-sizes" });
  const note = html("p", { class: "cnn-note" });
  const readout = html("div", { class: "cnn-readout" });
  bench.add(sizes, note, stage.element, ...(bar ? [bar.element] : []), readout, editor.element);
  bench.root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !selection.pinned) return;
    selection.pinAt(null);
    bench.drawSoon();
  });
  if (bar) bench.onLeave(bar.stop);
  bench.onLeave(stage.stop);

  return {
    ...bench,
    selection,
    stage,
    grids,
    bar,
    nameOf,
    state,
    /** The rules with their numbers. @param {[string, string][]} lines */
    drawSizes(lines) {
      sizes.hidden = lines.length === 0;
      setChildren(
        sizes,
        "span",
        lines.flatMap(([name, rule]) => [
          ["cnn-size-name", name],
          ["cnn-size-rule", rule],
        ]),
      );
    },
    /** The result in words, also for a screen reader. */
    drawNote(text, impossible = false, spoken = text) {
      setText(note, text);
      setAttribute(note, "class", impossible ? "cnn-note impossible" : "cnn-note");
      bench.announce(spoken);
    },
    /** @param {(Node|string)[]} parts */
    drawReadout(...parts) {
      setParts(readout, parts);
      if (selection.pinned) bench.announce(`Pinned. ${readout.textContent}`);
    },
    drawEditor: () => editor.draw(Object.keys(specs).filter((name) => specs[name].table)),
  };
}
