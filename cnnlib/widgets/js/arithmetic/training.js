/**
 * A network that learns, in parts so small that a page stays alive between them: first weights,
 * batches, steps against the gradient, and what it reads of digits it has not learned from.
 */

import { backward, crossEntropy, forward } from "./layers.js";

/** @typedef {import("./layers.js").Layer} Layer */

/** Products that may be added up before somebody else gets a turn: about a millisecond. */
const PART = 400_000;
/** How much of a running mean each batch replaces, and of a velocity each step keeps. */
const [FOLLOW, MOMENTUM] = [0.1, 0.9];
/** How slowly Adam forgets the mean gradient and its square; and what keeps its quotient finite. */
const [FIRST, SECOND, TINY] = [0.9, 0.999, 1e-8];

/**
 * Learn from batches, one step each. Yields null between two parts of a step, and after each step
 * its loss and how many were right, both of before the step. A loss that is no number ends it.
 * @param {Layer[]} network whose weights are moved
 * @param {Iterable<{images: Float64Array, labels: ArrayLike<number>}>} batches
 * @param {{optimizer: string, rate: number}} rule may change on the way
 * @returns {Generator<null|{loss: number, right: number}, Layer[]>}
 */
export function* trainOn(network, batches, rule) {
  const lowest = network.findIndex(({ weight }) => weight);
  const memories = new Map();
  for (const { images, labels } of batches) {
    const kept = [];
    let x = images;
    for (const layer of network) {
      const passed = yield* forwardInParts(layer, x, true);
      kept.push(passed.kept);
      x = passed.y;
      if (layer.kind === "norm") followBatch(layer, passed.kept, x.length);
    }
    let { loss, right, grad } = crossEntropy(x, labels);
    if (!Number.isFinite(loss)) {
      yield { loss, right };
      break;
    }
    const grads = [];
    for (let at = network.length - 1; at >= lowest; at--) {
      const gone = yield* backwardInParts(network[at], grad, kept[at], at > lowest);
      grads[at] = gone.grads;
      grad = gone.dx;
    }
    network.forEach((layer, at) => {
      [layer.weight, layer.bias].forEach((value, which) => {
        if (!value || !grads[at]) return;
        if (!memories.has(value)) memories.set(value, {});
        moveAgainst(value, grads[at][which], memories.get(value), rule);
      });
    });
    yield { loss, right };
  }
  return network;
}

/**
 * What a network reads of many digits, a few at a time. Yields null between the parts.
 * @param {Layer[]} network
 * @param {Float64Array} images
 * @param {ArrayLike<number>} labels
 */
export function* readDigits(network, images, labels) {
  const [count, size] = [labels.length, images.length / labels.length];
  const scores = [];
  for (let from = 0; from < count; from += 32) {
    let x = images.subarray(from * size, (from + 32) * size);
    for (const layer of network) x = (yield* forwardInParts(layer, x, false)).y;
    scores.push(...x);
  }
  const { loss, right, guesses } = crossEntropy(Float64Array.from(scores), labels);
  return { loss, accuracy: right / count, guesses };
}

/** A convolution is the only layer that takes long: a few samples at a time. */
function sampleParts({ kind, channels, side, filters, kernel, out }, x) {
  const each = channels * side * side;
  const most = Math.ceil(PART / (channels * filters * kernel * kernel * out * out));
  const size = kind === "conv" ? Math.min(most * each, x.length) : x.length;
  return Array.from({ length: Math.ceil(x.length / size) }, (_, at) => [
    at * size,
    Math.min(x.length, (at + 1) * size),
  ]);
}

/** @param {Layer} layer @param {Float64Array} x @param {boolean} training */
function* forwardInParts(layer, x, training) {
  const parts = sampleParts(layer, x);
  if (parts.length < 2) {
    const passed = forward(layer, x, training);
    yield null;
    return passed;
  }
  const growth = (layer.filters * layer.out ** 2) / (layer.channels * layer.side ** 2);
  const y = new Float64Array(x.length * growth);
  for (const [from, to] of parts) {
    y.set(forward(layer, x.subarray(from, to), training).y, from * growth);
    yield null;
  }
  return { y, kept: x };
}

/** @param {Layer} layer @param {Float64Array} dy @param {any} kept @param {boolean} needInput */
function* backwardInParts(layer, dy, kept, needInput) {
  const parts = layer.kind === "conv" ? sampleParts(layer, kept) : [];
  if (parts.length < 2) {
    const gone = backward(layer, dy, kept, needInput);
    yield null;
    return gone;
  }
  const growth = dy.length / kept.length;
  const dx = new Float64Array(kept.length);
  /** @type {Float64Array[]} */ let grads = [];
  for (const [from, to] of parts) {
    const part = dy.subarray(from * growth, to * growth);
    const gone = backward(layer, part, kept.subarray(from, to), needInput);
    dx.set(gone.dx, from);
    grads = gone.grads.map((grad, i) => (grads[i] ? grad.map((g, at) => g + grads[i][at]) : grad));
    yield null;
  }
  return { dx, grads };
}

/** Let the running means of a batch normalisation follow those of a batch. */
function followBatch(layer, { mean, variance }, size) {
  const count = size / layer.channels;
  const unbiased = variance.map((each) => (each * count) / (count - 1));
  for (const [running, now] of [
    [layer.mean, mean],
    [layer.variance, unbiased],
  ]) {
    running.forEach((old, c) => (running[c] = old + FOLLOW * (now[c] - old)));
  }
}

/** Move numbers against their gradient, as `cnnlib.SGD` and `cnnlib.Adam` do. */
function moveAgainst(value, grad, memory, { optimizer, rate }) {
  memory.mean ??= new Float64Array(value.length);
  memory.square ??= new Float64Array(value.length);
  memory.steps = (memory.steps ?? 0) + 1;
  const { mean, square, steps } = memory;
  const [first, second] = [1 - FIRST ** steps, 1 - SECOND ** steps];
  for (let i = 0; i < value.length; i++) {
    if (optimizer === "Adam") {
      mean[i] = FIRST * mean[i] + (1 - FIRST) * grad[i];
      square[i] = SECOND * square[i] + (1 - SECOND) * grad[i] * grad[i];
      value[i] -= ((rate / first) * mean[i]) / (Math.sqrt(square[i] / second) + TINY);
    } else {
      mean[i] = (optimizer === "momentum" ? MOMENTUM * mean[i] : 0) + grad[i];
      value[i] -= rate * mean[i];
    }
  }
}

/**
 * The layers that a learner chose, for digits of 8×8, without numbers.
 * @param {number[][]} rows filters, kernel, stride, norm, relu, pool of each convolution
 * @param {number} hidden units of a dense layer before the last one, 0 for none
 * @returns {{layers: any[], misfit: string}} why they do not fit, or ""
 */
export function networkPlan(rows, hidden) {
  const layers = [];
  let [channels, side, misfit] = [1, 8, ""];
  rows.forEach(([filters, kernel, stride, norm, relu, pool], at) => {
    const out = Math.floor((side - 1) / stride) + 1;
    const padding = (kernel - 1) / 2;
    layers.push({ kind: "conv", channels, filters, kernel, stride, padding, side, out });
    [channels, side] = [filters, out];
    if (norm) layers.push({ kind: "norm", channels, side, out: side });
    if (relu) layers.push({ kind: "relu" });
    if (!pool) return;
    if (side < 2) misfit ||= `the pooling of convolution ${at + 1} gets maps of ${side}×${side}`;
    layers.push({ kind: "pool", kernel: 2, stride: 2, side, out: side >> 1 });
    side >>= 1;
  });
  const last = channels * side * side;
  if (hidden) layers.push({ kind: "dense", channels: last, filters: hidden }, { kind: "relu" });
  layers.push({ kind: "dense", channels: hidden || last, filters: 10 });
  return { layers, misfit };
}

/**
 * All numbers of a network as text for Python, float32 in base64: what is learned, then the running
 * means.
 * @param {any[]} network
 */
export function learnedAsText(network) {
  const numbers = [
    ...network.flatMap(({ weight, bias }) => (weight ? [...weight, ...bias] : [])),
    ...network.flatMap(({ mean, variance }) => (mean ? [...mean, ...variance] : [])),
  ];
  const bytes = new Uint8Array(Float32Array.from(numbers).buffer);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
