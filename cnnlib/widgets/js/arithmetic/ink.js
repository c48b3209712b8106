/** Ink on a sheet: thicker, turned, moved, cropped, and counted into the pixels of a digit. */

/** Cells of the sheet along a side, of a digit, and of a block. */
export const SHEET = 32;
export const PIXELS = 8;
const BLOCK = SHEET / PIXELS;
/** As in cnnlib/data/ink.py: what counts as ink, and from which side on an image has a margin. */
const [LEAST_INK, MARGIN_FROM] = [0.2, 20];

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
  return sheet.map((_, at) => {
    const y = Math.floor(at / SHEET) - middle - down;
    const x = (at % SHEET) - middle - right;
    return cellsAround(sheet, cos * y + sin * x + middle, cos * x - sin * y + middle);
  });
}

/** The mean of the four cells around a point, weighted by nearness. */
function cellsAround(sheet, row, column) {
  const read = (i, j) => (i < 0 || j < 0 || i >= SHEET || j >= SHEET ? 0 : sheet[i * SHEET + j]);
  const [top, left] = [Math.floor(row), Math.floor(column)];
  const [below, beside] = [row - top, column - left];
  return (
    (1 - below) * ((1 - beside) * read(top, left) + beside * read(top, left + 1)) +
    below * ((1 - beside) * read(top + 1, left) + beside * read(top + 1, left + 1))
  );
}

/** Where the ink is, and its centre of mass; an empty sheet has itself for the box. */
export function inkBox(sheet) {
  let [top, left, bottom, right] = [SHEET, SHEET, -1, -1];
  let [mass, rows, columns] = [0, 0, 0];
  sheet.forEach((ink, at) => {
    const [row, column] = [Math.floor(at / SHEET), at % SHEET];
    mass += ink;
    rows += ink * row;
    columns += ink * column;
    if (ink <= LEAST_INK) return;
    [top, left] = [Math.min(top, row), Math.min(left, column)];
    [bottom, right] = [Math.max(bottom, row), Math.max(right, column)];
  });
  if (bottom < 0) [top, left, bottom, right] = [0, 0, SHEET - 1, SHEET - 1];
  const [row, column] = mass ? [rows / mass, columns / mass] : [(SHEET - 1) / 2, (SHEET - 1) / 2];
  return { top, left, height: bottom - top + 1, width: right - left + 1, row, column };
}

/** How much a sheet is enlarged for images of `side`, and which point comes into the middle. */
function placing(sheet, side, crop) {
  const fine = side * Math.ceil(SHEET / side);
  if (!crop) return { fine, zoom: fine / SHEET, row: (SHEET - 1) / 2, column: (SHEET - 1) / 2 };
  const box = inkBox(sheet);
  const longer = side < MARGIN_FROM ? fine : Math.round((fine * 20) / 28);
  const zoom = longer / Math.max(box.height, box.width);
  const room = fine / (2 * zoom);
  const held = (mass, first, cells) =>
    Math.min(Math.max(mass, first + cells - 0.5 - room), first - 0.5 + room);
  const row = held(box.row, box.top, box.height);
  return { fine, zoom, row, column: held(box.column, box.left, box.width) };
}

/** What a network for images of `side` gets of a sheet: `cnnlib.data.ink.read_sheet`. */
export function readSheet(sheet, side, crop) {
  const { fine, zoom, row, column } = placing(sheet, side, crop);
  const from = (at) => (at - (fine - 1) / 2) / zoom;
  const framed = Float32Array.from({ length: fine * fine }, (_, at) =>
    cellsAround(sheet, row + from(Math.floor(at / fine)), column + from(at % fine)),
  );
  return digitOf(framed, side);
}

/** The share of ink in each block of a square: an average pooling to `side`. */
export function digitOf(sheet, side = PIXELS) {
  const across = Math.sqrt(sheet.length);
  const block = across / side;
  const digit = new Float32Array(side * side);
  sheet.forEach((ink, at) => {
    const [row, column] = [Math.floor(at / across / block), Math.floor((at % across) / block)];
    digit[row * side + column] += ink / (block * block);
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
