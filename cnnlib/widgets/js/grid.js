/**
 * A grid of numbers in SVG: drawn, hovered, focused by arrow keys, pinned by a click.
 *
 * One cell of each grid takes part in the tab order (a "roving tabindex"); the arrow keys move
 * within the grid.
 */

import { setAttribute, setText, svg } from "./dom.js";

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
  /** @type {SVGElement[][]} */
  let cells = [];
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
    setAttribute(cells[focus[0]][focus[1]], "tabindex", -1);
    focus = [row, column];
    setAttribute(to, "tabindex", 0);
    to.focus({ preventScroll: false });
  };

  body.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "touch") withPlace(([r, c]) => onPoint(r, c))(event);
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

  /** Make or remove cells until the grid has this shape. */
  function reshape(rows, columns) {
    if (cells.length === rows && (cells[0]?.length ?? 0) === columns) return;
    while (body.children.length > rows) body.lastChild?.remove();
    while (body.children.length < rows) body.append(svg("g", { role: "row" }));
    cells = Array.from(body.children, (row, r) => {
      while (row.children.length > columns) row.lastChild?.remove();
      while (row.children.length < columns) {
        const c = row.children.length;
        row.append(
          svg(
            "g",
            { role: "gridcell", tabindex: -1, "data-row": r, "data-column": c },
            svg("rect"),
            svg("text", { "aria-hidden": "true" }),
          ),
        );
      }
      return /** @type {SVGElement[]} */ (Array.from(row.children));
    });
    focus = [Math.max(0, Math.min(focus[0], rows - 1)), Math.max(0, Math.min(focus[1], columns - 1))];
    if (rows && columns) {
      for (const cell of cells.flat()) setAttribute(cell, "tabindex", -1);
      setAttribute(cells[focus[0]][focus[1]], "tabindex", 0);
    }
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
        for (let c = 0; c < columns; c++) {
          const element = cells[r][c];
          const [rect, text] = element.children;
          const { text: shown, label: words, marks } = cell(r, c);
          setAttribute(element, "class", marks ? `cnn-cell ${marks}` : "cnn-cell");
          setAttribute(element, "transform", `translate(${c * size} ${r * size})`);
          setAttribute(element, "aria-label", words);
          setAttribute(rect, "width", size);
          setAttribute(rect, "height", size);
          setText(text, shown);
          setAttribute(text, "x", size / 2);
          setAttribute(text, "y", size / 2);
          setAttribute(text, "font-size", fontSize(shown, size));
          setAttribute(text, "display", size < SMALLEST_WITH_NUMBER ? "none" : null);
        }
      }
    },
  };
}

/** The largest size at which `text` fits into a cell. */
function fontSize(text, size) {
  return Math.min(size * 0.48, (size * 1.55) / Math.max(1, text.length)).toFixed(1);
}
