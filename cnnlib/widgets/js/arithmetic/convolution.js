/**
 * The arithmetic of the widgets: sizes, windows and sums. Everything that a widget shows comes
 * from here, and the browser tests hold it against cnnlib.
 */

/**
 * One axis of a sliding window.
 * @typedef {object} Axis
 * @property {number} input cells of the input
 * @property {number} kernel cells of the kernel
 * @property {number} stride
 * @property {number} padding cells added on each side
 * @property {number} dilation
 * @property {number} padded cells of the padded input: i + 2p
 * @property {number} effective its size F̂ = k + (k−1)(d−1), from first cell to last
 * @property {boolean} fits whether the kernel fits into the padded input
 * @property {number} output positions of the kernel, 0 if it does not fit
 * @property {number} dropped cells at the far end that the stride leaves over
 */

/**
 * The sizes along one axis.
 * @param {{input: number, kernel: number, stride: number, padding: number, dilation: number}} a
 * @returns {Axis}
 */
export function windowAxis({ input, kernel, stride, padding, dilation }) {
  const padded = input + 2 * padding;
  const effective = kernel + (kernel - 1) * (dilation - 1);
  const fits = effective <= padded;
  const output = fits ? Math.floor((padded - effective) / stride) + 1 : 0;
  const dropped = fits ? (padded - effective) % stride : 0;
  return { input, kernel, stride, padding, dilation, padded, effective, fits, output, dropped };
}

/**
 * How many cells at each border the kernel's centre cannot stand on without hanging over the edge
 * of the padded input. An even kernel has no centre: null.
 * @param {Axis} axis
 * @returns {number|null}
 */
export function centreMargin({ input, padding, effective }) {
  if (effective % 2 === 0) return null;
  return Math.min(input, Math.max(0, (effective - 1) / 2 - padding));
}

/**
 * The products that make one output cell, in the kernel's reading order.
 * A row or column outside the input is padding, and its value is 0.
 * @param {number[][]} input
 * @param {number[][]} weight
 * @param {[Axis, Axis]} axes vertical and horizontal
 * @param {number} i row of the output cell
 * @param {number} j column of the output cell
 * @returns {{u: number, v: number, row: number, column: number, x: number, w: number}[]}
 */
export function windowTerms(input, weight, [vertical, horizontal], i, j) {
  const terms = [];
  for (let u = 0; u < vertical.kernel; u++) {
    for (let v = 0; v < horizontal.kernel; v++) {
      const row = i * vertical.stride + u * vertical.dilation - vertical.padding;
      const column = j * horizontal.stride + v * horizontal.dilation - horizontal.padding;
      const x = input[row]?.[column] ?? 0;
      terms.push({ u, v, row, column, x, w: weight[u][v] });
    }
  }
  return terms;
}

/**
 * Every use of one cell of the padded input: which output reads it, through which weight.
 * @param {[Axis, Axis]} axes
 * @param {number} row row in the input; padding has negative rows, or rows past the end
 * @param {number} column
 * @returns {{i: number, j: number, u: number, v: number}[]}
 */
export function usesOfCell([vertical, horizontal], row, column) {
  const uses = [];
  for (const [i, u] of positionsReading(vertical, row)) {
    for (const [j, v] of positionsReading(horizontal, column)) uses.push({ i, j, u, v });
  }
  return uses;
}

/**
 * Along one axis: the outputs that read cell `at`, each with the kernel cell that it uses.
 * @param {Axis} axis
 * @param {number} at
 * @returns {[number, number][]}
 */
export function positionsReading(axis, at) {
  const pairs = [];
  for (let k = 0; k < axis.kernel; k++) {
    const start = at + axis.padding - k * axis.dilation;
    const position = start / axis.stride;
    if (start >= 0 && Number.isInteger(position) && position < axis.output) {
      pairs.push([position, k]);
    }
  }
  return pairs.reverse();
}

/**
 * The sum of the products of one window, with the rounding that decimals need.
 * @param {{x: number, w: number}[]} terms
 */
export function sumOf(terms) {
  return tidy(terms.reduce((total, { x, w }) => total + x * w, 0));
}

/**
 * 2D convolution as CNN libraries define it (no flip): a grid of window sums.
 * @param {number[][]} input
 * @param {number[][]} weight
 * @param {[Axis, Axis]} axes
 * @returns {number[][]}
 */
export function conv2d(input, weight, [vertical, horizontal]) {
  return table(vertical.output, horizontal.output, (i, j) => {
    const [top, left] = [startOf(vertical, i), startOf(horizontal, j)];
    const [firstRow, endRow] = realCells(vertical, top);
    const [firstColumn, endColumn] = realCells(horizontal, left);
    let total = 0;
    for (let u = firstRow; u < endRow; u++) {
      const row = input[top + u * vertical.dilation];
      for (let v = firstColumn; v < endColumn; v++) {
        total += row[left + v * horizontal.dilation] * weight[u][v];
      }
    }
    return tidy(total);
  });
}

/** The cell of the input, or of the padding before it, that a window begins with. */
function startOf({ stride, padding }, position) {
  return position * stride - padding;
}

/** First and end of the kernel's cells that meet no padding: padding adds nothing to a sum. */
function realCells({ input, kernel, dilation }, start) {
  const first = Math.max(0, Math.ceil(-start / dilation));
  return [first, Math.min(kernel, Math.floor((input - 1 - start) / dilation) + 1)];
}

/**
 * Build a table of rows × columns.
 * @template T
 * @param {number} rows
 * @param {number} columns
 * @param {(row: number, column: number) => T} cell
 * @returns {T[][]}
 */
export function table(rows, columns, cell) {
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => cell(i, j)),
  );
}

/** The part of a table that is in use. */
export function corner(values, rows, columns) {
  return values.slice(0, rows).map((row) => row.slice(0, columns));
}

/**
 * Take away what binary fractions add: 0.1 + 0.2 is shown as 0.3. Values are typed with at most
 * two decimals, so a product has at most four.
 * @param {number} value
 */
export function tidy(value) {
  return (Number.isInteger(value) ? value : Number(value.toFixed(4))) + 0; // + 0 turns −0 into 0
}

/**
 * Write a number with a true minus sign; a name stays as it is.
 * @param {number|string} value
 */
export function show(value) {
  if (typeof value === "string") return value;
  return String(tidy(value)).replace("-", "−");
}

/**
 * The bytes that Python wrote as a text.
 * @param {string} text base64
 * @returns {Uint8Array}
 */
export function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
