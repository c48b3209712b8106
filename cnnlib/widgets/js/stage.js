/**
 * The drawing of a widget: grids with titles, laid out to fill the width, frames around windows
 * and lines between cells. A widget says what there is; where it stands is found here.
 */

import { html, setAttribute, setText, svg } from "./dom.js";
import { cellPainter, coloursOf, watchTheme } from "./paint.js";

/**
 * One grid of the drawing.
 * @typedef {object} Panel
 * @property {ReturnType<typeof import("./grid.js").createGrid>} grid
 * @property {string} title
 * @property {string} [subtitle]
 * @property {number} rows
 * @property {number} columns
 * @property {[number, number]} [room] rows and columns to keep free, where more than the grid
 * @property {string} label the grid in words
 * @property {(row: number, column: number) => import("./grid.js").CellLook} cell
 */

/**
 * An outline around cells of a grid.
 * @typedef {{grid: string, row: number, column: number, rows: number, columns: number,
 *   look?: string}} Frame
 */

/**
 * A line from one cell to another.
 * @typedef {{from: [string, number, number], to: [string, number, number], look?: string}} Line
 */

/** Milliseconds without a change after which a slider rests. */
const REST = 100;
const GAP = 26;
const HEAD = 40;
const LARGEST_CELL = 34;
const SMALLEST_CELL = 6;
/** A panel is at least this wide, and as wide as its title. */
const NARROWEST = 92;
/** Below this cell size, grids side by side give way to more rows of grids. */
const COMFORTABLE = 16;

/** @param {string} label what is drawn, in words */
export function createStage(label) {
  const canvas = html("canvas", { class: "cnn-canvas", "aria-hidden": "true" });
  const glass = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  // painted is on a sheet outside the page: to set a font on a canvas in it would lay out the page
  const sheet = /** @type {HTMLCanvasElement} */ (html("canvas"));
  const ink = /** @type {CanvasRenderingContext2D} */ (sheet.getContext("2d"));
  const overlay = svg("svg", { class: "cnn-overlay", "aria-hidden": "true" });
  const element = html("div", { class: "cnn-drawing", role: "group", "aria-label": label });
  element.append(canvas, overlay);
  const painter = cellPainter(ink);
  /** @type {Map<string, ReturnType<typeof makeTitle>>} */
  const titles = new Map();
  let lastLayout = "";
  let themed = false;
  let again = () => {};
  let width = 0;
  /** Pixels that the drawing takes up, and that it needs. */
  let [taken, needed] = [0, 0];
  const stopWatching = watchTheme(() => {
    themed = false;
    again();
  });
  // to ask for the width in the middle of a drawing would lay out the page once more
  const observer = new ResizeObserver(() => {
    if (width === element.clientWidth) return;
    width = element.clientWidth;
    again();
  });
  observer.observe(element);

  /** @type {Set<ReturnType<typeof import("./grid.js").createGrid>>} */
  const moving = new Set();
  /** @type {ReturnType<typeof setTimeout>|undefined} */ let resting;
  /** Let the layers of the grids follow what is painted. */
  const settle = () => {
    clearTimeout(resting);
    for (const grid of moving) grid.settle();
    moving.clear();
    takeUp(needed);
  };
  const takeUp = (pixels) => {
    if (pixels !== taken) element.style.height = `${pixels}px`;
    taken = pixels;
  };
  /** An empty sheet. It only grows: a new one takes longer than to wipe the old. */
  const wipe = (ratio) => {
    const [columns, rows] = [Math.round(width * ratio), Math.round(needed * ratio)];
    if (sheet.width === columns && sheet.height >= rows) {
      ink.clearRect(0, 0, width, sheet.height / ratio);
      return;
    }
    for (const one of [sheet, canvas]) {
      one.width = columns;
      one.height = rows;
    }
    canvas.style.width = `${width}px`;
    canvas.style.height = `${needed}px`;
    ink.scale(ratio, ratio);
    glass.globalCompositeOperation = "copy";
  };

  element.addEventListener("pointerenter", settle);
  element.addEventListener("focusin", settle, { capture: true });

  const titleOf = (panel) => {
    if (!titles.has(panel.grid.name)) {
      const made = makeTitle(panel.grid.element);
      titles.set(panel.grid.name, made);
      element.append(made.element, panel.grid.element);
    }
    return /** @type {ReturnType<typeof makeTitle>} */ (titles.get(panel.grid.name));
  };

  return {
    element,
    stop() {
      stopWatching();
      observer.disconnect();
      clearTimeout(resting);
    },
    /** @param {() => void} redraw what to call when light turns dark */
    onTheme: (redraw) => (again = redraw),
    /**
     * @param {Panel[]} panels
     * @param {object} [more]
     * @param {Frame[]} [more.frames]
     * @param {Line[]} [more.lines]
     * @param {number[][]} [more.lineUps] ways to break the panels into lines, best first
     */
    draw(panels, { frames = [], lines = [], lineUps } = {}) {
      width ||= element.clientWidth || 640;
      const { places, height } = arrange(width, panels, lineUps);
      const ratio = window.devicePixelRatio || 1;
      const shapes = panels.map(({ rows, columns }) => [rows, columns]);
      const layout = JSON.stringify([width, height, ratio, places, shapes]);
      const all = layout !== lastLayout || !themed;
      needed = height;
      if (!themed) painter.useColours(coloursOf(element));
      if (all) wipe(ratio);
      panels.forEach((panel, i) => {
        const { grid, rows, columns } = panel;
        const { x, y, size } = places[i];
        if (all) painter.rule(x, y, columns * size, rows * size);
        if (grid.draw({ ...panel, ...places[i] }, painter.paint, all)) moving.add(grid);
        else moving.delete(grid);
      });
      painter.write();
      if (sheet.width && sheet.height) glass.drawImage(sheet, 0, 0);
      // while a slider moves, what is below stays where it is, unless the drawing needs the room
      takeUp(Math.max(taken, needed));
      if (layout !== lastLayout) {
        setAttribute(overlay, "width", width);
        setAttribute(overlay, "height", height);
      }
      lastLayout = layout;
      themed = true;
      panels.forEach((panel, i) =>
        titleOf(panel).set(places[i], panel.title, panel.subtitle ?? ""),
      );
      clearTimeout(resting);
      if (moving.size || taken > needed) resting = setTimeout(settle, REST);
      const shown = new Set(panels.map((panel) => panel.grid.name));
      for (const [name, title] of titles) title.show(shown.has(name));
      const placeOf = (name) => places[panels.findIndex((panel) => panel.grid.name === name)];
      overlay.replaceChildren(
        ...frames
          .filter((frame) => placeOf(frame.grid))
          .map((frame) => outlineOf(frame, placeOf(frame.grid))),
        ...lines.map((line) => lineOf(line, placeOf(line.from[0]), placeOf(line.to[0]))),
      );
    },
  };
}

function outlineOf({ row, column, rows, columns, look = "" }, { x, y, size }) {
  return svg("rect", {
    class: `cnn-frame ${look}`.trim(),
    x: x + column * size,
    y: y + row * size,
    width: columns * size,
    height: rows * size,
  });
}

/** A line between two cells. It ends at their borders, so that it crosses neither number. */
function lineOf({ from, to, look = "" }, start, end) {
  const [a, b] = [
    [from, start],
    [to, end],
  ].map(([[, row, column], { x, y, size }]) => [x + (column + 0.5) * size, y + (row + 0.5) * size]);
  const away = [b[0] - a[0], b[1] - a[1]];
  const far = Math.max(1, ...away.map(Math.abs)); // along the axis on which they are further apart
  const [x1, x2] = [a[0] + (away[0] * start.size) / 2 / far, b[0] - (away[0] * end.size) / 2 / far];
  const [y1, y2] = [a[1] + (away[1] * start.size) / 2 / far, b[1] - (away[1] * end.size) / 2 / far];
  return svg("line", { class: `cnn-line ${look}`.trim(), x1, y1, x2, y2 });
}

/**
 * Find the largest cells with which the panels fit, side by side or in several lines.
 * @param {number} width pixels to fill
 * @param {Panel[]} panels
 * @param {number[][]} [lineUps] each says how many panels stand in each line
 */
function arrange(width, panels, lineUps = waysToBreak(panels.length)) {
  const columns = panels.map((panel) => Math.max(panel.columns, panel.room?.[1] ?? 0));
  const rows = panels.map((panel) => Math.max(panel.rows, panel.room?.[0] ?? 0));
  const least = panels.map(({ title, subtitle = "" }) =>
    Math.max(NARROWEST, title.length * 7.7, subtitle.length * 6.3),
  );
  const panelWidth = (i, size) => Math.max(least[i], columns[i] * size);
  const linesOf = (ways) => {
    let next = 0;
    return ways.map((count) => Array.from({ length: count }, () => next++));
  };
  const needs = (line, size) =>
    line.reduce((total, i) => total + panelWidth(i, size), 0) + (line.length - 1) * GAP;
  const tried = lineUps.map((ways) => {
    const lines = linesOf(ways);
    let size = LARGEST_CELL;
    while (size > SMALLEST_CELL && lines.some((line) => needs(line, size) > width - 2)) size--;
    const fits = lines.every((line) => needs(line, size) <= width - 2);
    return { lines, size, worth: fits ? size : 0 };
  });
  const best = Math.max(...tried.map(({ worth }) => worth));
  const { lines, size } =
    tried.find(({ worth }) => worth >= Math.min(COMFORTABLE, best)) ?? tried[0];
  const places = [];
  let y = 0;
  for (const line of lines) {
    let x = 1; // half an outline
    for (const i of line) {
      places[i] = { x, y: y + HEAD, size };
      x += panelWidth(i, size) + GAP;
    }
    y += HEAD + Math.max(...line.map((i) => rows[i])) * size + 12;
  }
  return { places, height: Math.max(0, y - 8) };
}

/** All ways to put `count` things into lines in their order, few lines first. */
function waysToBreak(count) {
  const ways = (left) =>
    left === 0
      ? [[]]
      : Array.from({ length: left }, (_, i) => i + 1).flatMap((first) =>
          ways(left - first).map((rest) => [first, ...rest]),
        );
  return ways(count).sort((a, b) => a.length - b.length);
}

/** The title over a grid. @param {HTMLElement} grid */
function makeTitle(grid) {
  const first = html("div", { class: "cnn-title" });
  const second = html("div", { class: "cnn-subtitle" });
  const element = html("div", { class: "cnn-titles", "aria-hidden": "true" }, first, second);
  return {
    element,
    set({ x, y }, title, subtitle) {
      setText(first, title);
      setText(second, subtitle);
      const transform = `translate(${x}px, ${y - HEAD + 2}px)`;
      if (element.style.transform !== transform) element.style.transform = transform;
    },
    /** @param {boolean} shown whether grid and title are part of the drawing now */
    show(shown) {
      for (const part of [element, grid]) {
        if (part.hidden === shown) part.hidden = !shown;
      }
    },
  };
}
