/** Enlarging a grey image by a transposed convolution, and the pattern that its kernel leaves. */

import { table } from "./convolution.js";

/** @typedef {{pixels: Float32Array, rows: number, columns: number}} Grey */

/**
 * Stamp the kernel for each pixel, `stride` apart, and add; then cut some cells off each border.
 * @param {Grey} image
 * @param {number[][]} weight square
 * @param {number} stride
 * @param {number} [cut]
 * @returns {Grey}
 */
export function stampImage({ pixels, rows: tall, columns: wide }, weight, stride, cut = 0) {
  const [rows, columns] = [tall, wide].map((n) => (n - 1) * stride + weight.length - 2 * cut);
  const sheet = new Float32Array(rows * columns);
  for (let at = 0; at < pixels.length; at++) {
    const [top, left] = [Math.floor(at / wide) * stride - cut, (at % wide) * stride - cut];
    weight.forEach((line, u) => {
      if (top + u < 0 || top + u >= rows) return;
      line.forEach((w, v) => {
        if (left + v < 0 || left + v >= columns) return;
        sheet[(top + u) * columns + left + v] += w * pixels[at];
      });
    });
  }
  return { pixels: sheet, rows, columns };
}

/** The weights that meet on an output, in turn, far from the border: their sums. */
export function sumsInTurn(weight, stride) {
  const sums = table(stride, stride, () => 0);
  weight.forEach((line, u) => {
    line.forEach((w, v) => (sums[u % stride][v % stride] += w));
  });
  return sums;
}

/** The kernel of linear interpolation: it falls from 1 to 0 over a stride, on all sides. */
export function linearKernel(stride) {
  const fall = (at) => 1 - Math.abs(at - stride + 1) / stride;
  return table(2 * stride - 1, 2 * stride - 1, (u, v) => fall(u) * fall(v));
}
