/**
 * A grid of numbers: hovered, focused by arrow keys, pinned by a click, edited.
 *
 * What is seen is painted on a canvas, for a thousand elements with text would be too slow to
 * follow a slider. What is pointed at, focused and read aloud is a layer of empty elements over it.
 * They are laid out once, with cells of one size; the layer is scaled to fit.
 * To move the layer and to name its cells takes longer than a frame, so it follows when the slider
 * rests, or when somebody comes to the drawing; a grid out of sight is painted then, too. See
 * `settle`.
 *
 * One cell of each grid takes part in the tab order (a "roving tabindex"); the arrow keys move
 * within the grid.
 */

import { html, setAttribute } from "./dom.js";
import { cellPainter } from "./paint.js";

/**
 * How one cell looks.
 * @typedef {object} CellLook
 * @property {string} text
 * @property {string} [label] the cell in words, for a screen reader; see also `labelOf`
 * @property {string} marks space-separated words: "padding", "window", "active", …
 * @property {string} [fill] a colour of its own, as a pixel has
 * @property {string} [tag] the colour of a position of the kernel, as a bar at the lower border
 */

/** Milliseconds after which a finger that rests on a cell is a press. */
const PRESS = 180;
/** Pixels of a cell of the layer before it is scaled. */
const UNIT = 20;

/**
 * @param {object} options
 * @param {string} options.name "input", "kernel", "output", …: its data-grid
 * @param {string} options.kind whose colours it has: input, kernel, output or gradient
 * @param {(row: number, column: number) => void} options.onPoint hovered or focused
 * @param {() => void} options.onLeave
 * @param {boolean} [options.stop] whether the tab key comes here; default yes
 * @param {(row: number, column: number, key: string) => boolean} [options.onEdge] an arrow key
 *   leads out of the grid; returns whether there is anything
 * @param {(row: number, column: number) => void} options.onPin clicked, tapped or space
 * @param {(row: number, column: number, typed: string) => void} [options.onEdit] enter, a double
 *   click or a number key; without it the grid is read-only
 * @param {(row: number, column: number, text: string) => void} [options.onPaste]
 * @param {(row: number, column: number) => void} [options.onRefuse] typing, if read-only
 */
export function createGrid({
  name,
  kind,
  onPoint,
  onLeave,
  onPin,
  onEdit,
  onPaste,
  onRefuse,
  onEdge,
  stop = true,
}) {
  const reached = stop ? "0" : "-1";
  const body = html("div", {
    role: "grid",
    class: "cnn-grid",
    "data-grid": name,
    "data-kind": kind,
  });
  const canvas = /** @type {HTMLCanvasElement} */ (
    html("canvas", { class: "cnn-canvas", "aria-hidden": "true" })
  );
  const ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const painter = cellPainter(ink);
  /** What the canvas was painted for: shape, sizes and colours. */
  let painted = "";
  let colours = {};
  /** @type {{element: HTMLElement, cells: Cell[]}[]} */
  const pool = [];
  /** @type {Cell[][]} */
  let cells = [];
  let shape = [0, 0];
  let focus = [0, 0];
  /** @type {CellLook[][]} what is painted */
  let looks = [];
  /** @type {any} where the layer should be, and what it is called */
  let wanted = null;
  let settled = "";
  /** @type {(() => void)|null} what is to be painted as soon as somebody can see it */
  let paintLate = null;

  const placeOf = (event) => {
    const target = /** @type {Element} */ (event.target);
    const cell = /** @type {HTMLElement|null} */ (target.closest?.("[role=gridcell]"));
    return cell ? [Number(cell.dataset.row), Number(cell.dataset.column)] : null;
  };
  const withPlace = (action) => (event) => {
    const place = placeOf(event);
    if (place) action(place, event);
  };
  const moveFocus = (row, column) => cells[row]?.[column]?.element.focus();
  const rove = (row, column) => {
    const to = cells[row]?.[column]; // gone, if the layer followed just now
    if (!to) return;
    cells[focus[0]]?.[focus[1]]?.element.setAttribute("tabindex", "-1");
    focus = [row, column];
    to.element.setAttribute("tabindex", reached);
  };

  // A mouse at rest points at nothing: only one that moves does. (When the page scrolls under it
  // a browser reports a move by 0, which would take the read-out from whoever uses the keyboard.)
  body.addEventListener("pointermove", (event) => {
    const moved = event.movementX !== 0 || event.movementY !== 0;
    if (moved && event.pointerType !== "touch") withPlace(([r, c]) => onPoint(r, c))(event);
  });
  body.addEventListener("pointerleave", onLeave);
  onPressAndDrag(body, (x, y) => {
    const under = document.elementFromPoint(x, y);
    const cell = /** @type {HTMLElement|null} */ (under?.closest("[role=gridcell]"));
    if (cell && body.contains(cell))
      moveFocus(Number(cell.dataset.row), Number(cell.dataset.column));
  });
  body.addEventListener(
    "focusin",
    withPlace(([r, c]) => {
      rove(r, c);
      onPoint(r, c);
    }),
  );
  body.addEventListener("focusout", onLeave);
  body.addEventListener(
    "click",
    withPlace(([r, c]) => {
      moveFocus(r, c);
      onPin(r, c);
    }),
  );
  if (onEdit)
    body.addEventListener(
      "dblclick",
      withPlace(([r, c]) => onEdit(r, c, "")),
    );
  if (onPaste) {
    body.addEventListener(
      "paste",
      withPlace(([r, c], event) => {
        event.preventDefault();
        onPaste(r, c, event.clipboardData?.getData("text") ?? "");
      }),
    );
  }
  body.addEventListener(
    "keydown",
    withPlace(([r, c], event) => {
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
      const to = moves[event.key];
      const stays = to && to[0] === r && to[1] === c;
      if (to) {
        if (!(stays && onEdge?.(r, c, event.key))) moveFocus(...to);
      } else if (event.key === " " || (event.key === "Enter" && !onEdit)) onPin(r, c);
      else if (event.key === "Enter") onEdit?.(r, c, "");
      else if (/^[-−\d.]$/.test(event.key)) onEdit ? onEdit(r, c, event.key) : onRefuse?.(r, c);
      else return;
      event.preventDefault();
      event.stopPropagation(); // JupyterLab listens to the arrow keys too
    }),
  );

  /**
   * Give the grid this shape. Rows and cells that are not needed are kept aside, not made anew:
   * a slider that moves to and fro makes no elements.
   */
  function reshape(rows, columns) {
    if (shape[0] === rows && shape[1] === columns) return;
    shape = [rows, columns];
    const held = body.contains(focusedIn(body));
    body.style.width = `${columns * UNIT}px`;
    body.style.height = `${rows * UNIT}px`;
    while (pool.length < rows) pool.push(makeRow());
    pool.forEach((row, r) => {
      if (r >= rows) return row.element.remove();
      while (row.cells.length < columns) row.cells.push(makeCell(r, row.cells.length));
      while (row.element.childElementCount > columns) row.element.lastElementChild?.remove();
      for (let c = row.element.childElementCount; c < columns; c++) {
        row.element.append(row.cells[c].element);
      }
      if (!body.contains(row.element)) body.append(row.element);
    });
    cells = pool.slice(0, rows).map((row) => row.cells.slice(0, columns));
    // an empty grid is nothing that a screen reader should stop at
    setAttribute(body, "role", rows && columns ? "grid" : "none");
    if (!rows || !columns) return;
    const [r, c] = [Math.min(focus[0], rows - 1), Math.min(focus[1], columns - 1)];
    pool[focus[0]]?.cells[focus[1]]?.element.setAttribute("tabindex", "-1");
    focus = [r, c];
    cells[r][c].element.setAttribute("tabindex", reached);
    // where the focused cell is gone, the focus would fall to the page
    if (held && !body.contains(focusedIn(body))) cells[r][c].element.focus({ preventScroll: true });
  }

  /** Empty the canvas, and make it large enough. It only grows: to wipe it takes less time. */
  function wipe(width, height, ratio, slope) {
    const rise = slope * width;
    height += rise;
    const [columns, rows] = [Math.ceil(width * ratio), Math.ceil(height * ratio)];
    if (canvas.width < columns || canvas.height < rows) {
      canvas.width = Math.max(canvas.width, columns);
      canvas.height = Math.max(canvas.height, rows);
    }
    canvas.style.width = `${canvas.width / ratio}px`;
    canvas.style.height = `${canvas.height / ratio}px`;
    ink.setTransform(1, 0, 0, 1, 0, 0);
    ink.clearRect(0, 0, canvas.width, canvas.height);
    ink.setTransform(ratio, -slope * ratio, 0, ratio, 0, rise * ratio);
  }

  /** Paint the cells that changed, or all where the canvas was painted for something else. */
  function paint(
    { rows, columns, size, cell, slope = 0, seamless = false },
    focused,
    ratio,
    theme,
  ) {
    paintLate = null;
    const before = looks;
    looks = Array.from({ length: rows }, (_, r) =>
      Array.from({ length: columns }, (_, c) => cell(r, c)),
    );
    if (focused && looks[focus[0]]?.[focus[1]]) looks[focus[0]][focus[1]].marks += " focus";
    const now = [rows, columns, size, ratio, slope, seamless].join();
    // the slanting edges of a single cell would show
    const all = now !== painted || theme !== colours || slope > 0;
    painted = now;
    if (theme !== colours) painter.useColours(theme);
    colours = theme;
    if (all) {
      wipe(columns * size, rows * size, ratio, slope);
      painter.grounds(looks, size, kind, seamless);
    }
    looks.forEach((row, r) =>
      row.forEach((now, c) => {
        if (!all && !looksDiffer(now, before[r]?.[c])) return;
        const place = /** @type {const} */ ([c * size, r * size, size, kind]);
        if (!all) painter.ground(now, ...place, seamless);
        painter.paint(now, ...place);
      }),
    );
    painter.write();
  }

  /** Let the layer follow what is painted. */
  function settle() {
    paintLate?.();
    if (!wanted) return;
    const { rows, columns, x, y, size, slope, label, labelOf, place } = wanted;
    settled = place;
    reshape(rows, columns);
    const scale = size / UNIT;
    const transform = `matrix(${scale}, ${-slope * scale}, 0, ${scale}, ${x}, ${y})`;
    if (body.style.transform !== transform) body.style.transform = transform;
    setAttribute(body, "aria-label", rows && columns ? label : null);
    cells.forEach((row, r) =>
      row.forEach((own, c) => tell(own, looks[r][c], labelOf?.(r, c, looks[r][c].text))),
    );
  }

  return {
    element: body,
    name,
    kind,
    settle,
    /** The element of a cell, to give it the focus. */
    cellElement(row, column) {
      settle();
      return cells[row]?.[column]?.element ?? null;
    },
    canvas,
    /** Whether somebody can see it, as far as is known. */
    inView: true,
    /**
     * Paint the cells that changed, where they can be seen. What is pointed at and read aloud
     * follows at once only where somebody is there; returns whether anything still has to follow,
     * see `settle`.
     * @param {object} look
     * @param {number} look.rows
     * @param {number} look.columns
     * @param {number} look.x left edge
     * @param {number} look.y top edge
     * @param {number} look.size pixels of a cell
     * @param {boolean} [look.seamless] no lines between the cells
     * @param {number} [look.slope] how much it rises to the right, as a sheet of a block does
     * @param {string} look.label the grid in words
     * @param {(row: number, column: number) => CellLook} look.cell
     * @param {(row: number, column: number, text: string) => string} [look.labelOf] the cells in
     *   words, where it takes long to find them: asked only when the layer follows
     * @param {object} how
     * @param {Record<string, string>} how.colours those of the theme
     * @param {number} how.ratio device pixels to a pixel
     * @param {boolean} how.visited whether somebody points at the drawing, or has the focus in it
     * @returns {boolean}
     */
    draw(look, { colours: theme, ratio, visited }) {
      const { rows, columns, x, y, size, slope = 0, label, labelOf } = look;
      const held = visited && focusedIn(body);
      const focused = held && body.contains(held) && held.matches(":focus-visible");
      // on whole device pixels, or the browser would blur it
      const snapped = [x, y - slope * columns * size].map(
        (at) => `${Math.round(at * ratio) / ratio}px`,
      );
      const transform = `translate(${snapped.join(", ")})`;
      if (canvas.style.transform !== transform) canvas.style.transform = transform;
      paintLate = () => paint(look, focused, ratio, theme);
      if (this.inView || canvas.hidden) paintLate();
      const place = [rows, columns, x, y, size, slope].join();
      wanted = { rows, columns, x, y, size, slope, label, labelOf, place };
      const now = settled === "" || (visited && place === settled);
      if (now) settle();
      return !now;
    },
  };
}

/**
 * Follow a finger that was pressed and rests before it drags. One that swipes at once scrolls the
 * page, as it does everywhere.
 * @param {HTMLElement} element
 * @param {(x: number, y: number) => void} onMove
 */
export function onPressAndDrag(element, onMove) {
  /** @type {ReturnType<typeof setTimeout>|undefined} */ let waiting;
  let held = false;
  const end = () => {
    clearTimeout(waiting);
    held = false;
  };
  element.addEventListener("touchstart", () => {
    end();
    waiting = setTimeout(() => (held = true), PRESS);
  });
  element.addEventListener(
    "touchmove",
    (event) => {
      if (!held) return end();
      event.preventDefault();
      const { clientX, clientY } = event.touches[0];
      onMove(clientX, clientY);
    },
    { passive: false },
  );
  element.addEventListener("touchend", end);
  element.addEventListener("touchcancel", end);
}

/** What has the focus where an element stands. @returns {Element|null} */
const focusedIn = (element) => /** @type {Document} */ (element.getRootNode()).activeElement;

function looksDiffer(now, before) {
  return (
    now.text !== before?.text ||
    now.marks !== before.marks ||
    now.fill !== before.fill ||
    now.tag !== before.tag
  );
}

/**
 * A cell of the layer and what it was told last.
 * @typedef {{element: HTMLElement, last: Partial<CellLook>}} Cell
 */

function makeRow() {
  return { element: html("div", { role: "row", class: "cnn-row" }), cells: [] };
}

/** @returns {Cell} */
function makeCell(row, column) {
  const element = html("div", {
    role: "gridcell",
    class: "cnn-cell",
    tabindex: -1,
    "data-row": row,
    "data-column": column,
  });
  return { element, last: {} };
}

/** Write on a cell only what changed. @param {Cell} own @param {CellLook} look */
function tell({ element, last }, { text, marks, label: own }, label = own) {
  if (last.label !== label) element.setAttribute("aria-label", label);
  if (last.text !== text) element.dataset.text = text;
  if (last.marks !== marks) {
    element.dataset.marks = marks;
    setAttribute(element, "aria-selected", marks.includes("pinned") ? "true" : null);
  }
  last.label = label;
  last.text = text;
  last.marks = marks;
}
