/** A sheet to draw on by pointer and by keys; the ink is the widget's trait `ink`. */

import { SHEET } from "../arithmetic/ink.js";
import { cellUnder, setAttribute } from "./dom.js";
import { placesBetween } from "./pen.js";
import { frameCells, paintCells, surface } from "./pixels.js";

/**
 * What the sheet needs of a bench.
 * @typedef {Pick<ReturnType<typeof import("./bench.js").createBench>,
 *   "get"|"setAll"|"drawSoon"|"announce">} SheetBench
 */
/** @typedef {{row: number, column: number, down: boolean, last: number[]|null}} Pen */

/** Pixels of a cell of the sheet. */
const INK_CELL = 8;
/** Where the arrow keys lead: rows and columns. */
export const ARROWS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** @param {SheetBench} bench of a widget with the traits `ink`, `pen` and `source` */
export function createSheet(bench) {
  /** @type {Pen} where it is, and whether it writes */
  const pen = { row: 16, column: 16, down: false, last: null };
  const canvas = surface("cnn-sheet", SHEET, INK_CELL);
  Object.entries({
    tabindex: 0,
    role: "application",
    "aria-label":
      "Sheet to draw on. Arrow keys move the pen, Space puts it down and lifts it, " +
      "Delete clears the sheet.",
  }).forEach(([name, value]) => setAttribute(canvas, name, value));
  const under = (event) => cellUnder(canvas, event, SHEET, SHEET);
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture?.(event.pointerId);
    pen.last = null;
    strokeTo(bench, pen, under(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons) strokeTo(bench, pen, under(event));
  });
  canvas.addEventListener("pointerup", () => (pen.last = null));
  canvas.addEventListener("focus", bench.drawSoon);
  canvas.addEventListener("blur", bench.drawSoon);
  canvas.addEventListener("keydown", (event) => writeByKey(event, bench, pen));
  return {
    canvas,
    /** Take the ink away; the empty sheet is read as a drawing. */
    clear: () => clearSheet(bench, pen),
    /** Forget a stroke that is under way. */
    lift: () => Object.assign(pen, { down: false, last: null }),
    /** @param {ArrayLike<number>} ink */
    show(ink, inks, colours) {
      paintCells(canvas, ink, SHEET, SHEET, INK_CELL, 1, inks);
      const held = /** @type {any} */ (canvas.getRootNode()).activeElement === canvas;
      if (!held) return;
      const kernel = pen.down ? colours.kernel : colours.gradient;
      frameCells(canvas, pen.row, pen.column, 1, 1, INK_CELL, { ...colours, kernel });
    },
  };
}

/** @param {KeyboardEvent} event @param {SheetBench} bench @param {Pen} pen */
function writeByKey(event, bench, pen) {
  const step = ARROWS[event.key];
  const within = (at) => Math.max(0, Math.min(SHEET - 1, at));
  if (step) {
    pen.row = within(pen.row + step[0]);
    pen.column = within(pen.column + step[1]);
  } else if (event.key === " ") pen.down = !pen.down;
  else if (event.key === "Delete" || event.key === "Backspace") clearSheet(bench, pen);
  else if (event.key === "Escape") pen.down = false;
  else return;
  event.preventDefault();
  bench.drawSoon();
  if (!step && event.key !== " ") return;
  pen.last = null;
  if (pen.down) strokeTo(bench, pen, [pen.row, pen.column]);
  bench.announce(`Pen ${pen.down ? "down" : "up"}, row ${pen.row}, column ${pen.column}`);
}

/** Ink from where the pen was last to `here`; on a test digit it starts an empty sheet. */
function strokeTo(bench, pen, here) {
  const drawn = bench.get("source") === "drawing";
  const ink = drawn ? bench.get("ink").map((row) => [...row]) : emptySheet();
  for (const place of placesBetween(pen.last ?? here, here)) dot(ink, place, bench.get("pen"));
  pen.last = here;
  [pen.row, pen.column] = here;
  bench.setAll({ ink, source: "drawing" });
}

/** A round dot of ink. */
function dot(ink, [row, column], width) {
  const radius = width / 2;
  const shift = width % 2 ? 0 : 0.5;
  for (let r = Math.floor(row - radius); r <= row + radius; r++) {
    for (let c = Math.floor(column - radius); c <= column + radius; c++) {
      const near = Math.hypot(r + shift - row, c + shift - column) <= radius;
      if (near && ink[r]?.[c] !== undefined) ink[r][c] = 1;
    }
  }
}

function clearSheet(bench, pen) {
  pen.last = null;
  bench.setAll({ ink: emptySheet(), source: "drawing" });
}

function emptySheet() {
  return Array.from({ length: SHEET }, () => new Array(SHEET).fill(0));
}
