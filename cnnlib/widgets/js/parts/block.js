/**
 * A block drawn in depth: its sheets stand side by side, each seen from the side, and rods lead
 * from corner to corner. All numbers of all sheets stay in sight.
 */

/** How much a sheet rises for each pixel to the right. */
const SLOPE = 0.16;
/** Pixels between two sheets: at least, and at most. */
const APART = [6, 30];

/**
 * Where a grid stands: its first corner, its cells, and where its title begins.
 * @typedef {{x: number, y: number, size: number, left: number, slope?: number, top?: number,
 *   inset?: number}} Stand
 */

/**
 * The largest cells with which the sheets of a block fit a slot.
 * @param {{width: number, height: number}} slot
 * @param {number} count of sheets
 * @param {number} rows
 * @param {number} columns
 */
export function cellOfSheets({ width, height }, count, rows, columns) {
  const across = (width - APART[0] * (count - 1)) / (count * Math.max(1, columns));
  return Math.min(across, height / Math.max(1, rows + SLOPE * columns));
}

/**
 * Where a sheet stands in the slot of its block.
 * @param {{x: number, y: number, width: number}} slot
 * @param {number} at which sheet
 * @param {number} count
 * @param {number} columns
 * @param {number} size pixels of a cell
 * @returns {Stand}
 */
export function placeOfSheet({ x, y, width }, at, count, columns, size) {
  const own = columns * size;
  const step = Math.min(own + APART[1], count > 1 ? (width - own) / (count - 1) : 0);
  const left = Math.round(x + at * step);
  return { x: left, left, y: Math.round(y + SLOPE * own), top: Math.round(y), size, slope: SLOPE };
}

/** The rods of a block, and those of a window that goes through it, seen between the sheets. */
export function rodsOf(panels, places, frames) {
  const rods = ["", ""];
  panels.forEach(({ grid, stack, rows, columns }, i) => {
    const next = i + 1;
    if (!stack || panels[next]?.stack !== stack) return;
    const frameOn = (at) => frames.find((frame) => frame.grid === panels[at].grid.name);
    const [here, there] = [frameOn(i), frameOn(next)];
    const whole = { row: 0, column: 0, rows, columns };
    rods[0] += rodsBetween(whole, places[i], whole, places[next]);
    if (here && there && grid) rods[1] += rodsBetween(here, places[i], there, places[next]);
  });
  return ["cnn-line rod", "cnn-line window-rod"].map((name, i) => ({ class: name, d: rods[i] }));
}

function rodsBetween(from, start, to, end) {
  const round = (point) => point.map((at) => Math.round(10 * at) / 10).join(" ");
  const corners = ({ row, column, rows, columns }, place) =>
    [0, 1, 2, 3].map((n) =>
      round(pointOn(place, row + (n & 1) * rows, column + (n >> 1) * columns)),
    );
  const ends = corners(to, end);
  return corners(from, start)
    .map((point, n) => `M${point}L${ends[n]}`)
    .join("");
}

/** A point of a grid, counted in cells, in pixels of the drawing. @param {any} place */
export function pointOn({ x, y, size, slope = 0 }, row, column) {
  return [x + column * size, y + (row - slope * column) * size];
}
