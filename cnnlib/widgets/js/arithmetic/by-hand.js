/** A network by hand: convolution, ReLU, max pooling, convolution, squared error; and back. */

import { tidy } from "./convolution.js";

/**
 * Every number of the chain: forward x, h, r, p, y, L; back the gradient of each, with a d before.
 * @param {number[]} x five inputs @param {number[]} w two weights @param {number[]} v two weights
 * @param {number} target
 * @returns {Record<string, number[]>}
 */
export function chainNumbers(x, w, v, target) {
  const h = [0, 1, 2, 3].map((i) => tidy(w[0] * x[i] + w[1] * x[i + 1]));
  const r = h.map((value) => Math.max(0, value));
  const p = [0, 1].map((j) => r[winnerOf(r, j)]);
  const y = tidy(v[0] * p[0] + v[1] * p[1]);
  const dy = tidy(y - target);
  const dp = v.map((weight) => tidy(dy * weight));
  const dr = r.map((_, i) => (winnerOf(r, i >> 1) === i ? dp[i >> 1] : 0));
  const dh = dr.map((gradient, i) => (h[i] > 0 ? gradient : 0));
  return {
    x,
    w,
    h,
    r,
    p,
    v,
    y: [y],
    L: [tidy(dy ** 2 / 2)],
    dy: [dy],
    dv: p.map((value) => tidy(dy * value)),
    dp,
    dr,
    dh,
    dw: [0, 1].map((k) => tidy(dh.reduce((sum, g, i) => sum + g * x[i + k], 0))),
    dx: x.map((_, j) => tidy((dh[j] ?? 0) * w[0] + (dh[j - 1] ?? 0) * w[1])),
  };
}

/** The cell that wins in a window of two: the first one at a tie. */
export function winnerOf(r, window) {
  return r[2 * window + 1] > r[2 * window] ? 2 * window + 1 : 2 * window;
}
