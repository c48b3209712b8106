/** Ink on a sheet: thicker, turned and moved, and counted into the pixels of a digit. */

/** Cells of the sheet along a side, of a digit, and of a block. */
export const SHEET = 32;
export const PIXELS = 8;
const BLOCK = SHEET / PIXELS;

/** A sheet on which each pixel of a digit fills one block. @param {ArrayLike<number>} digit */
export function sheetOf(digit) {
  return Float32Array.from({ length: SHEET * SHEET }, (_, at) => {
    const [row, column] = [Math.floor(at / SHEET), at % SHEET];
    return digit[Math.floor(row / BLOCK) * PIXELS + Math.floor(column / BLOCK)];
  });
}

/** The largest cell of each window: a max pooling with stride 1. */
export function thicken(sheet, cells) {
  if (!cells) return sheet;
  const along = (step, from) =>
    from.map((_, at) => {
      const place = step === 1 ? at % SHEET : Math.floor(at / SHEET);
      let most = 0;
      for (let t = Math.max(-cells, -place); t <= Math.min(cells, SHEET - 1 - place); t++) {
        most = Math.max(most, from[at + t * step]);
      }
      return most;
    });
  return along(SHEET, along(1, sheet));
}

/**
 * Turn to the left about the middle, then move: each cell looks where it came from and takes the
 * mean of the four cells around that point, weighted by nearness.
 */
export function turnAndMove(sheet, degrees, down, right) {
  if (!degrees && !down && !right) return sheet;
  const middle = (SHEET - 1) / 2;
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const read = (row, column) =>
    row < 0 || column < 0 || row >= SHEET || column >= SHEET ? 0 : sheet[row * SHEET + column];
  return sheet.map((_, at) => {
    const y = Math.floor(at / SHEET) - middle - down;
    const x = (at % SHEET) - middle - right;
    const [row, column] = [cos * y + sin * x + middle, cos * x - sin * y + middle];
    const [top, left] = [Math.floor(row), Math.floor(column)];
    const [below, beside] = [row - top, column - left];
    return (
      (1 - below) * ((1 - beside) * read(top, left) + beside * read(top, left + 1)) +
      below * ((1 - beside) * read(top + 1, left) + beside * read(top + 1, left + 1))
    );
  });
}

/** The share of ink in each block: an average pooling. */
export function digitOf(sheet) {
  const digit = new Float32Array(PIXELS * PIXELS);
  sheet.forEach((ink, at) => {
    const [row, column] = [Math.floor(at / SHEET / BLOCK), Math.floor((at % SHEET) / BLOCK)];
    digit[row * PIXELS + column] += ink / (BLOCK * BLOCK);
  });
  return digit;
}

/**
 * Add noise that is the same every time: the generator of Numerical Recipes (Press et al., 1992).
 * @param {Float32Array} digit
 * @param {number} amount largest change of a pixel
 */
export function addNoise(digit, amount) {
  let state = 1;
  return digit.map((value) => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return Math.max(0, Math.min(1, value + amount * ((2 * state) / 2 ** 32 - 1)));
  });
}
