/**
 * A small trained network: its weights, its maps, and the sum behind every cell of them.
 *
 * Maps lie in one array each, row after row. The tests hold every number against cnnlib.
 */

import { bytesOf } from "./convolution.js";

/**
 * One layer, ready to compute.
 * @typedef {object} NetLayer
 * @property {"conv"|"pool"|"linear"} kind
 * @property {number} size side of the window of a convolution or a pooling
 * @property {number} stride how far the window goes; of a pooling, its size
 * @property {number} padding
 * @property {boolean} relu whether negative results are cut off
 * @property {Float32Array[]} weights one filter each: (channel, row, column) or all inputs
 * @property {Float32Array} bias
 */

/**
 * What comes out of a layer.
 * @typedef {{maps: Float32Array[], rows: number, columns: number}} Volume
 */

/**
 * Read a network as Python wrote it: whole numbers times a scale.
 * @param {any[]} spec
 * @returns {NetLayer[]}
 */
export function readNetwork(spec) {
  return spec.map((layer) => {
    const { kind, size = 1, padding = 0, relu = false, filters = 0, weight, bias } = layer;
    const stride = kind === "pool" ? size : (layer.stride ?? 1);
    const all = weight ? numbersOf(weight) : new Float32Array(0);
    const each = all.length / filters;
    const filter = (f) => all.subarray(f * each, (f + 1) * each);
    const weights = Array.from({ length: filters }, (_, f) => filter(f));
    const biases = bias ? numbersOf(bias) : new Float32Array(filters);
    return { kind, size, stride, padding, relu, weights, bias: biases };
  });
}

/** @param {{data: string, bits: number, scale: number[]}} packed a scale for each filter, or one */
function numbersOf({ data, bits, scale }) {
  const { buffer } = bytesOf(data);
  const whole = bits === 8 ? new Int8Array(buffer) : new Int16Array(buffer);
  const each = whole.length / scale.length;
  return Float32Array.from(whole, (number, at) => number * scale[Math.floor(at / each)]);
}

/**
 * The outputs of all layers.
 * @param {NetLayer[]} layers
 * @param {Volume} input
 * @returns {Volume[]}
 */
export function runNetwork(layers, input) {
  const outputs = [];
  let volume = input;
  for (const layer of layers) {
    volume = runLayer(layer, volume);
    outputs.push(volume);
  }
  return outputs;
}

/** @param {NetLayer} layer @param {Volume} input @returns {Volume} */
function runLayer(layer, input) {
  if (layer.kind === "linear") {
    const values = layer.weights.map((_, f) => cut(layer, linearSum(layer, input, f).total));
    return { maps: [Float32Array.from(values)], rows: 1, columns: values.length };
  }
  const { rows, columns } = sizeAfter(layer, input);
  const count = layer.kind === "pool" ? input.maps.length : layer.weights.length;
  const maps = Array.from({ length: count }, (_, f) => {
    const map = new Float32Array(rows * columns);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        map[i * columns + j] =
          layer.kind === "pool"
            ? cut(layer, Math.max(...windowOf(layer, input, f, i, j).map(({ x }) => x)))
            : cut(layer, convolutionSum(layer, input, f, i, j));
      }
    }
    return map;
  });
  return { maps, rows, columns };
}

function cut({ relu }, value) {
  return relu ? Math.max(0, value) : value;
}

function sizeAfter({ size, stride, padding }, { rows, columns }) {
  const after = (cells) => Math.floor((cells + 2 * padding - size) / stride) + 1;
  return { rows: after(rows), columns: after(columns) };
}

function convolutionSum(
  { size, stride, padding, weights, bias },
  { maps, rows, columns },
  f,
  i,
  j,
) {
  let total = bias[f];
  const filter = weights[f];
  for (let c = 0, at = 0; c < maps.length; c++) {
    for (let u = 0; u < size; u++) {
      const row = i * stride + u - padding;
      for (let v = 0; v < size; v++, at++) {
        const column = j * stride + v - padding;
        if (row < 0 || column < 0 || row >= rows || column >= columns) continue;
        total += filter[at] * maps[c][row * columns + column];
      }
    }
  }
  return total;
}

/** The cells of one map under a window, with the weights that meet them in a convolution. */
export function windowOf(layer, { maps, rows, columns }, f, i, j, c = f) {
  const { size, stride, padding, weights } = layer;
  const terms = [];
  for (let u = 0; u < size; u++) {
    for (let v = 0; v < size; v++) {
      const [row, column] = [i * stride + u - padding, j * stride + v - padding];
      const outside = row < 0 || column < 0 || row >= rows || column >= columns;
      const x = outside ? 0 : maps[c][row * columns + column];
      terms.push({ row, column, outside, x, w: weights[f]?.[(c * size + u) * size + v] ?? 1 });
    }
  }
  return terms;
}

/** What each map of the input adds to one number of a dense layer. */
function linearSum({ weights, bias }, { maps }, f) {
  let at = 0;
  const parts = maps.map((map) => {
    let part = 0;
    for (let cell = 0; cell < map.length; cell++) part += weights[f][at++] * map[cell];
    return part;
  });
  return { parts, bias: bias[f], total: parts.reduce((sum, part) => sum + part, bias[f]) };
}

/**
 * The sum behind one cell: what each map of the layer below adds, and the bias.
 * @param {NetLayer} layer
 * @param {Volume} input
 * @param {number} f map
 * @param {number} i row
 * @param {number} j column; of a dense layer, which of its numbers
 */
export function sumBehind(layer, input, f, i, j) {
  if (layer.kind === "linear") return linearSum(layer, input, j);
  const parts = input.maps.map((_, c) =>
    windowOf(layer, input, f, i, j, c).reduce((sum, { x, w }) => sum + x * w, 0),
  );
  const total = parts.reduce((sum, part) => sum + part, layer.bias[f]);
  return { parts, bias: layer.bias[f], total };
}

/** Probabilities from scores. @param {Float32Array} scores */
export function softmaxOf(scores) {
  const most = Math.max(...scores);
  const powers = Array.from(scores, (score) => Math.exp(score - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
