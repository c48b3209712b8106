/** An edge map of a grey image, and its pooled maps, fast enough to follow a slider. */

import { filterImage } from "./images.js";

/** @typedef {{pixels: Float32Array, rows: number, columns: number}} Grey */

/**
 * How strong the edges are, from 0 to 255: a quarter of the absolute values of two kernels' sums.
 * @param {Grey} image
 * @param {number[][][]} kernels across and down
 * @returns {Grey}
 */
export function edgeMap(image, kernels) {
  const how = { padding: "valid", flipped: false, divisor: 1 };
  const [x, y] = kernels.map((kernel) => filterImage(image, kernel, how));
  const strength = (value, at) => Math.floor((Math.abs(value) + Math.abs(y.pixels[at])) / 4);
  const pixels = x.pixels.map((value, at) => Math.min(255, strength(value, at)));
  return { pixels, rows: x.rows, columns: x.columns };
}

/**
 * The largest number and the mean of each window; windows touch.
 * @param {Grey} image @param {number} size of a window
 * @returns {{max: Grey, mean: Grey}}
 */
export function poolImage({ pixels, rows: tall, columns: wide }, size) {
  const [rows, columns] = [tall, wide].map((side) => Math.floor(side / size));
  const max = new Float32Array(rows * columns);
  const total = new Float32Array(rows * columns);
  for (let i = 0; i < rows * size; i++) {
    const line = Math.floor(i / size) * columns;
    for (let j = 0; j < columns * size; j++) {
      const [value, at] = [pixels[i * wide + j], line + Math.floor(j / size)];
      max[at] = i % size || j % size ? Math.max(max[at], value) : value;
      total[at] += value;
    }
  }
  const mean = total.map((sum) => sum / (size * size));
  return { max: { pixels: max, rows, columns }, mean: { pixels: mean, rows, columns } };
}

/** How much a map changed: the sum of all differences by the sum of the map before. */
export function shareChanged(now, before) {
  let [difference, sum] = [0, 0];
  for (let at = 0; at < now.length; at++) {
    difference += Math.abs(now[at] - before[at]);
    sum += before[at];
  }
  return sum ? difference / sum : 0;
}
