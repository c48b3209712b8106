/**
 * Transposed convolution: its sizes, and three ways to the same numbers. Places of the output are
 * counted on the whole sheet that the stamps cover, before padding cuts its border off.
 */

import { conv2d, table, tidy, windowAxis } from "./convolution.js";

/**
 * One axis of a transposed convolution.
 * @typedef {object} StampAxis
 * @property {number} input cells of the input
 * @property {number} kernel cells of the kernel
 * @property {number} stride cells from one stamp to the next
 * @property {number} padding cells cut off on each side
 * @property {number} more output_padding: cells added at the far end
 * @property {number} dilation
 * @property {number} effective size of one stamp, from its first cell to its last
 * @property {number} whole cells of the sheet: those of all stamps, and `more`
 * @property {number} output cells that are left of it
 * @property {number} spread cells of the input with zeros between and around
 * @property {boolean} allowed whether `more` is below stride or dilation
 */

/** @returns {StampAxis} */
export function stampAxis({ input, kernel, stride, padding, more, dilation }) {
  const effective = kernel + (kernel - 1) * (dilation - 1);
  const whole = (input - 1) * stride + effective + more;
  const allowed = more < Math.max(stride, dilation);
  const output = Math.max(0, whole - 2 * padding);
  const spread = whole + effective - 1;
  return {
    input,
    kernel,
    stride,
    padding,
    more,
    dilation,
    effective,
    whole,
    allowed,
    output,
    spread,
  };
}

/** The axis of a line's only row. */
export function flatAxis() {
  return stampAxis({ input: 1, kernel: 1, stride: 1, padding: 0, more: 0, dilation: 1 });
}

/**
 * Every product: input (i, j) with weight (u, v) lands on (r, c) of the sheet.
 * @param {[StampAxis, StampAxis]} axes
 */
export function stampTerms([vertical, horizontal]) {
  const lands = (axis) =>
    Array.from({ length: axis.input * axis.kernel }, (_, n) => {
      const [i, u] = [Math.floor(n / axis.kernel), n % axis.kernel];
      return [i, u, i * axis.stride + u * axis.dilation];
    });
  const across = lands(horizontal);
  return lands(vertical).flatMap(([i, u, r]) => across.map(([j, v, c]) => ({ i, j, u, v, r, c })));
}

/** First way: add up the stamps of the first `count` inputs, read row by row. */
export function scatterStamps(terms, input, weight, [vertical, horizontal], count = Infinity) {
  const sheet = table(vertical.whole, horizontal.whole, () => 0);
  for (const { i, j, u, v, r, c } of terms) {
    if (i * horizontal.input + j < count) sheet[r][c] += input[i][j] * weight[u][v];
  }
  return sheet.map((row) => row.map(tidy));
}

/** Second way: zeros between the inputs and around them, … */
export function spreadInput(input, [vertical, horizontal]) {
  const at = (axis, cell) => (cell - axis.effective + 1) / axis.stride;
  return table(
    vertical.spread,
    horizontal.spread,
    (r, c) => input[at(vertical, r)]?.[at(horizontal, c)] ?? 0,
  );
}

/** … then an ordinary convolution with stride 1 by the flipped kernel. */
export function slideFlipped(spread, weight, axes) {
  return conv2d(spread, flipped(weight), windowsOnSpread(axes));
}

/** The windows on the spread-out input, as axes of an ordinary convolution. */
export function windowsOnSpread(axes) {
  return axes.map(({ spread, kernel, dilation }) =>
    windowAxis({ input: spread, kernel, stride: 1, padding: 0, dilation }),
  );
}

/** The kernel turned by half a turn. */
export function flipped(weight) {
  return weight.map((row) => [...row].reverse()).reverse();
}

/** Third way: the row of the matrix Cᵀ that gives (r, c) of the sheet, one weight an input. */
export function transposedRow(weight, [vertical, horizontal], r, c) {
  const tap = (axis, at, i) => (at - i * axis.stride) / axis.dilation;
  return table(
    vertical.input,
    horizontal.input,
    (i, j) => weight[tap(vertical, r, i)]?.[tap(horizontal, c, j)] ?? 0,
  ).flat();
}

/** How many stamps meet on each cell of the sheet. */
export function overlapCounts(terms, [vertical, horizontal]) {
  const counts = table(vertical.whole, horizontal.whole, () => 0);
  for (const { r, c } of terms) counts[r][c] += 1;
  return counts;
}

/** How many stamps meet on a cell, in turn, far from the border. @param {StampAxis} axis */
export function overlapInTurn({ kernel, stride, dilation }) {
  const counts = Array.from({ length: stride }, () => 0);
  for (let u = 0; u < kernel; u++) counts[(u * dilation) % stride] += 1;
  return counts;
}

/**
 * The input sizes that a direct convolution maps to this axis's input: the s sizes that collide.
 * @param {StampAxis} axis
 */
export function collidingSizes({ input, stride, padding, effective }) {
  const first = (input - 1) * stride + effective - 2 * padding;
  return Array.from({ length: stride }, (_, n) => first + n).filter((size) => size >= 1);
}
