/** Small canvases of cells without numbers: a sheet, a map. */

import { html } from "./dom.js";

/**
 * A canvas of so many cells.
 * @param {string} kind its class
 * @param {number} columns
 * @param {number} cell pixels of a cell
 */
export function surface(kind, columns, cell, rows = columns) {
  const canvas = /** @type {HTMLCanvasElement} */ (html("canvas", { class: kind }));
  canvas.width = columns * cell;
  canvas.height = rows * cell;
  return canvas;
}

/** Paint values from 0 to `most` between two colours; negative ones towards a third. */
export function paintCells(canvas, values, rows, columns, cell, most, inks) {
  const { low, high, line, negative = high } = inks;
  const ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  ink.fillStyle = low;
  ink.fillRect(0, 0, canvas.width, canvas.height);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column];
      if (value === 0) continue;
      ink.globalAlpha = Math.min(1, Math.abs(value) / most);
      ink.fillStyle = value < 0 ? negative : high;
      ink.fillRect(column * cell, row * cell, cell, cell);
    }
  }
  ink.globalAlpha = 1;
  ink.strokeStyle = line;
  ink.strokeRect(0.5, 0.5, canvas.width - 1, canvas.height - 1);
}

/** Frame some cells, so that the frame is seen on light and on dark. */
export function frameCells(canvas, row, column, rows, columns, cell, { kernel, ground }) {
  const ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  for (const [colour, width] of [
    [ground, 4],
    [kernel, 2],
  ]) {
    ink.strokeStyle = colour;
    ink.lineWidth = width;
    ink.strokeRect(column * cell + 1, row * cell + 1, columns * cell - 2, rows * cell - 2);
  }
  ink.lineWidth = 1;
}
