/** What a shift of a picture does to its maps. */

/** @typedef {{pixels: Float32Array, rows: number, columns: number}} Grey */

/**
 * Rows and columns of a picture from `top` and `left` on, each `stride` further than the last.
 * @param {Grey} image
 * @param {{top?: number, left?: number, rows: number, columns: number, stride?: number}} part
 * @returns {Grey}
 */
export function partOf(image, { top = 0, left = 0, rows, columns, stride = 1 }) {
  const pixels = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const from = (top + i * stride) * image.columns + left + j * stride;
      pixels[i * columns + j] = image.pixels[from];
    }
  }
  return { pixels, rows, columns };
}

/**
 * How many numbers are those of before, some cells further on, and how many both maps have.
 * @param {Grey} before @param {Grey} now @param {number} down @param {number} right
 */
export function sameShifted(before, now, down, right) {
  const { rows, columns } = now;
  let [same, all] = [0, 0];
  for (let i = Math.max(0, down); i < Math.min(rows, rows + down); i++) {
    for (let j = Math.max(0, right); j < Math.min(columns, columns + right); j++) {
      all++;
      const was = before.pixels[(i - down) * columns + j - right];
      if (was === now.pixels[i * columns + j]) same++;
    }
  }
  return { same, all };
}

/** The largest number and where it is, first in reading order. @param {Grey} image */
export function strongest({ pixels, columns }) {
  let best = 0;
  for (let at = 1; at < pixels.length; at++) if (pixels[at] > pixels[best]) best = at;
  return { value: pixels[best], row: Math.floor(best / columns), column: best % columns };
}
