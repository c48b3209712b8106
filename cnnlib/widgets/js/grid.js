/**
 * A grid of numbers in SVG: drawn, hovered, focused by arrow keys, pinned by a click.
 *
 * One cell of each grid takes part in the tab order (a "roving tabindex"); the arrow keys move
 * within the grid.
 */

import { setAttribute, svg } from "./dom.js";

/**
 * How one cell looks.
 * @typedef {object} CellLook
 * @property {string} text
 * @property {string} label the cell in words, for a screen reader
 * @property {string} marks space-separated class names: "padding", "window", "active", …
 */

/** Below this many pixels a cell shows no number; the read-out still does. */
const SMALLEST_WITH_NUMBER = 15;

/**
 * @param {object} options
 * @param {string} options.name "input", "kernel", "output", …: its colour and its data-grid
 * @param {(row: number, column: number) => void} options.onPoint hovered or focused
 * @param {() => void} options.onLeave
 * @param {(row: number, column: number) => void} options.onPin clicked, tapped or space
 * @param {(row: number, column: number, typed: string) => void} [options.onEdit] enter, a double
 *   click or a number key; without it the grid is read-only
 * @param {(row: number, column: number, text: string) => void} [options.onPaste]
 */
export function createGrid({ name, onPoint, onLeave, onPin, onEdit, onPaste }) {
  const body = svg("g", { role: "grid", class: `cnn-grid cnn-${name}`, "data-grid": name });
  /** @type {{element: SVGElement, cells: Cell[]}[]} */
  const pool = [];
  /** @type {Cell[][]} */
  let cells = [];
  let shape = [0, 0];
  let focus = [0, 0];

  const placeOf = (event) => {
    const cell = /** @type {Element} */ (event.target).closest?.("[role=gridcell]");
    return cell ? [Number(cell.dataset.row), Number(cell.dataset.column)] : null;
  };
  const withPlace = (action) => (event) => {
    const place = placeOf(event);
    if (place) action(place, event);
  };
  const moveFocus = (row, column) => {
    const to = cells[row]?.[column];
    if (!to) return;
    cells[focus[0]][focus[1]].element.setAttribute("tabindex", "-1");
    focus = [row, column];
    to.element.setAttribute("tabindex", "0");
    to.element.focus();
  };

  // A mouse at rest points at nothing: only one that moves does. (When the page scrolls under it
  // a browser reports a move by 0, which would take the read-out from whoever uses the keyboard.)
  body.addEventListener("pointermove", (event) => {
    const moved = event.movementX !== 0 || event.movementY !== 0;
    if (moved && event.pointerType !== "touch") withPlace(([r, c]) => onPoint(r, c))(event);
  });
  body.addEventListener("pointerleave", onLeave);
  body.addEventListener("focusin", withPlace(([r, c]) => onPoint(r, c)));
  body.addEventListener("focusout", onLeave);
  body.addEventListener("click", withPlace(([r, c]) => { moveFocus(r, c); onPin(r, c); }));
  if (onEdit) body.addEventListener("dblclick", withPlace(([r, c]) => onEdit(r, c, "")));
  if (onPaste) {
    body.addEventListener("paste", withPlace(([r, c], event) => {
      event.preventDefault();
      onPaste(r, c, event.clipboardData?.getData("text") ?? "");
    }));
  }
  body.addEventListener("keydown", withPlace(([r, c], event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = [cells.length - 1, cells[0].length - 1];
    const moves = {
      ArrowUp: [Math.max(0, r - 1), c],
      ArrowDown: [Math.min(last[0], r + 1), c],
      ArrowLeft: [r, Math.max(0, c - 1)],
      ArrowRight: [r, Math.min(last[1], c + 1)],
      Home: [r, 0],
      End: [r, last[1]],
    };
    if (event.key in moves) moveFocus(...moves[event.key]);
    else if (event.key === " " || (event.key === "Enter" && !onEdit)) onPin(r, c);
    else if (onEdit && (event.key === "Enter" || /^[-−\d.]$/.test(event.key))) {
      onEdit(r, c, event.key === "Enter" ? "" : event.key);
    } else return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab listens to the arrow keys too
  }));

  /**
   * Give the grid this shape. Rows and cells that are not needed are kept aside, not made anew:
   * a slider that moves to and fro makes no elements.
   */
  function reshape(rows, columns) {
    if (shape[0] === rows && shape[1] === columns) return;
    shape = [rows, columns];
    while (pool.length < rows) pool.push({ element: svg("g", { role: "row" }), cells: [] });
    pool.forEach((row, r) => {
      if (r >= rows) return row.element.remove();
      while (row.cells.length < columns) row.cells.push(makeCell(r, row.cells.length));
      row.cells.forEach((cell, c) => {
        if (c >= columns) cell.element.remove();
        else if (!cell.element.isConnected || !row.element.contains(cell.element)) {
          row.element.append(cell.element);
        }
      });
      if (!body.contains(row.element)) body.append(row.element);
    });
    cells = pool.slice(0, rows).map((row) => row.cells.slice(0, columns));
    if (!rows || !columns) return;
    const [r, c] = [Math.min(focus[0], rows - 1), Math.min(focus[1], columns - 1)];
    pool[focus[0]]?.cells[focus[1]]?.element.setAttribute("tabindex", "-1");
    focus = [r, c];
    cells[r][c].element.setAttribute("tabindex", "0");
  }

  return {
    element: body,
    /**
     * Draw the grid.
     * @param {object} look
     * @param {number} look.rows
     * @param {number} look.columns
     * @param {number} look.x left edge
     * @param {number} look.y top edge
     * @param {number} look.size pixels of a cell
     * @param {string} look.label the grid in words
     * @param {(row: number, column: number) => CellLook} look.cell
     */
    draw({ rows, columns, x, y, size, label, cell }) {
      reshape(rows, columns);
      setAttribute(body, "transform", `translate(${x} ${y})`);
      setAttribute(body, "aria-label", label);
      // an empty grid is nothing that a screen reader should stop at
      setAttribute(body, "role", rows && columns ? "grid" : "none");
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) redraw(cells[r][c], r, c, size, cell(r, c));
      }
    },
  };
}

/**
 * A cell and how it was drawn last.
 * @typedef {object} Cell
 * @property {SVGElement} element
 * @property {SVGElement} rect
 * @property {SVGElement} text
 * @property {Partial<CellLook> & {size?: number}} last
 */

/** @returns {Cell} */
function makeCell(row, column) {
  const rect = svg("rect");
  const text = svg("text", { "aria-hidden": "true" });
  const place = { "data-row": row, "data-column": column };
  const element = svg("g", { role: "gridcell", tabindex: -1, ...place }, rect, text);
  return { element, rect, text, last: {} };
}

/** Touch of a cell only what changed: most of a thousand cells stay as they are. */
function redraw({ element, rect, text, last }, row, column, size, look) {
  const resized = last.size !== size;
  if (resized) {
    element.setAttribute("transform", `translate(${column * size} ${row * size})`);
    rect.setAttribute("width", size);
    rect.setAttribute("height", size);
    text.setAttribute("x", size / 2);
    text.setAttribute("y", size / 2);
    setAttribute(text, "display", size < SMALLEST_WITH_NUMBER ? "none" : null);
  }
  if (resized || last.text?.length !== look.text.length) {
    text.setAttribute("font-size", fontSize(look.text, size));
  }
  if (last.text !== look.text) text.textContent = look.text;
  if (last.marks !== look.marks) element.setAttribute("class", `cnn-cell ${look.marks}`.trim());
  if (last.label !== look.label) element.setAttribute("aria-label", look.label);
  last.size = size;
  last.text = look.text;
  last.marks = look.marks;
  last.label = look.label;
}

/** The largest size at which `text` fits into a cell. */
function fontSize(text, size) {
  return Math.min(size * 0.48, (size * 1.55) / Math.max(1, text.length)).toFixed(1);
}
