/**
 * Layers of a network that learns: forward, and the gradients backward.
 *
 * All numbers of a batch lie in one Float64Array, sample after sample, each as (channel, row,
 * column): so flattening is nothing to do. The tests hold every number against cnnlib.
 */

/**
 * A layer of a network for square maps. A dense layer has `channels` inputs and `filters` outputs;
 * a batch normalisation and a ReLU use what they need.
 * @typedef {object} Layer
 * @property {"conv"|"relu"|"pool"|"norm"|"dense"} kind
 * @property {number} channels
 * @property {number} side of the maps that come in
 * @property {number} out side of those that go out
 * @property {number} filters
 * @property {number} kernel side of the window
 * @property {number} stride
 * @property {number} padding
 * @property {Float64Array} weight
 * @property {Float64Array} bias
 * @property {Float64Array} mean running, of a batch normalisation
 * @property {Float64Array} variance
 */

const EPS = 1e-5;

/**
 * What a layer makes of a batch, and what its way backward will need.
 * @param {Layer} layer
 * @param {Float64Array} x
 * @param {boolean} training whether a batch normalisation takes the mean of this batch
 * @returns {{y: Float64Array, kept: any}}
 */
export function forward(layer, x, training) {
  switch (layer.kind) {
    case "conv":
      return { y: convolve(layer, x), kept: x };
    case "dense":
      return { y: connect(layer, x), kept: x };
    case "pool":
      return pool(layer, x);
    case "norm":
      return normalise(layer, x, training);
  }
  const y = x.map((value) => Math.max(value, 0));
  return { y, kept: y };
}

/**
 * The gradients of a layer that has been trained on a batch.
 * @param {Layer} layer
 * @param {Float64Array} dy gradient of what it put out
 * @param {any} kept of its way forward
 * @param {boolean} [needInput] whether the gradient of its input is asked for
 * @returns {{dx: Float64Array, grads: Float64Array[]}} the input's, the weight's and the bias's
 */
export function backward(layer, dy, kept, needInput = true) {
  switch (layer.kind) {
    case "conv":
      return convolveBackward(layer, dy, kept, needInput);
    case "dense":
      return connectBackward(layer, dy, kept);
    case "norm":
      return normaliseBackward(layer, dy, kept);
  }
  if (layer.kind === "relu") return { dx: dy.map((d, at) => (kept[at] > 0 ? d : 0)), grads: [] };
  const dx = new Float64Array(kept.size);
  dy.forEach((d, at) => (dx[kept.winners[at]] += d));
  return { dx, grads: [] };
}

/**
 * The cross-entropy of ten scores a sample with the true classes, its gradient, and how many
 * samples have the largest score at the true class.
 * @param {Float64Array} scores
 * @param {ArrayLike<number>} labels
 */
export function crossEntropy(scores, labels) {
  const [count, classes] = [labels.length, scores.length / labels.length];
  const grad = new Float64Array(scores.length);
  const guesses = new Uint8Array(count);
  let [loss, right] = [0, 0];
  for (let n = 0; n < count; n++) {
    const own = scores.subarray(n * classes, (n + 1) * classes);
    const most = Math.max(...own);
    const powers = own.map((score) => Math.exp(score - most));
    const total = powers.reduce((sum, power) => sum + power, 0);
    loss += (Math.log(total) + most - own[labels[n]]) / count;
    guesses[n] = own.indexOf(most);
    if (guesses[n] === labels[n]) right++;
    powers.forEach((power, k) => {
      grad[n * classes + k] = (power / total - (k === labels[n] ? 1 : 0)) / count;
    });
  }
  return { loss, right, grad, guesses };
}

// ---- convolution --------------------------------------------------------------------------------

/**
 * Where a filter finds its cells in padded maps: the corner of the window for each cell of the
 * output, and how far from there each of its weights looks.
 * @param {Layer} layer
 */
function windowsOf({ channels, side, kernel, stride, padding, out }) {
  const wide = side + 2 * padding;
  const placed = (at, size, step) => step * (Math.floor(at / size) * wide + (at % size));
  const corners = Int32Array.from({ length: out * out }, (_, at) => placed(at, out, stride));
  const taps = kernel * kernel;
  const reached = Int32Array.from({ length: channels * taps }, (_, at) => {
    return Math.floor(at / taps) * wide * wide + placed(at % taps, kernel, 1);
  });
  return { corners, reached, sample: channels * wide * wide };
}

/** Maps with a border of zeros; or, the way back, without it. */
function withBorder(x, side, border, back = false) {
  const wide = side + 2 * border;
  const [from, to] = back ? [wide * wide, side * side] : [side * side, wide * wide];
  const maps = x.length / from;
  const result = new Float64Array(maps * to);
  for (let row = 0; row < maps * side; row++) {
    const [map, i] = [Math.floor(row / side), row % side];
    const [plain, padded] = [row * side, map * wide * wide + (i + border) * wide + border];
    if (back) result.set(x.subarray(padded, padded + side), plain);
    else result.set(x.subarray(plain, plain + side), padded);
  }
  return result;
}

function convolve(layer, x) {
  const { channels, filters, side, padding, weight, bias } = layer;
  const { corners, reached, sample } = windowsOf(layer);
  const padded = withBorder(x, side, padding);
  const [cells, taps] = [corners.length, reached.length];
  const y = new Float64Array((x.length / (channels * side * side)) * filters * cells);
  for (let at = 0; at < y.length; at++) {
    const map = Math.floor(at / cells);
    const corner = Math.floor(map / filters) * sample + corners[at % cells];
    const first = (map % filters) * taps;
    // two sums side by side: each must wait for its own last product only
    let [even, odd] = [bias[map % filters], 0];
    let tap = 0;
    for (; tap + 1 < taps; tap += 2) {
      even += weight[first + tap] * padded[corner + reached[tap]];
      odd += weight[first + tap + 1] * padded[corner + reached[tap + 1]];
    }
    if (tap < taps) even += weight[first + tap] * padded[corner + reached[tap]];
    y[at] = even + odd;
  }
  return y;
}

/** Each gradient goes to the weights and to the cells that made its number. */
function convolveBackward(layer, dy, x, needInput) {
  const { filters, side, padding, weight, bias } = layer;
  const { corners, reached, sample } = windowsOf(layer);
  const padded = withBorder(x, side, padding);
  const dPadded = new Float64Array(padded.length);
  const [dWeight, dBias] = [new Float64Array(weight.length), new Float64Array(bias.length)];
  const [cells, taps] = [corners.length, reached.length];
  for (let at = 0; at < dy.length; at++) {
    const d = dy[at];
    if (d === 0) continue; // most are, behind a ReLU and a pooling
    const map = Math.floor(at / cells);
    const corner = Math.floor(map / filters) * sample + corners[at % cells];
    const first = (map % filters) * taps;
    dBias[map % filters] += d;
    for (let tap = 0; tap < taps; tap++) {
      dWeight[first + tap] += d * padded[corner + reached[tap]];
      if (needInput) dPadded[corner + reached[tap]] += d * weight[first + tap];
    }
  }
  const dx = needInput ? withBorder(dPadded, side, padding, true) : new Float64Array(x.length);
  return { dx, grads: [dWeight, dBias] };
}

// ---- the others ---------------------------------------------------------------------------------

function connect({ channels, filters, weight, bias }, x) {
  const count = x.length / channels;
  const y = new Float64Array(count * filters);
  for (let n = 0; n < count; n++) {
    for (let k = 0; k < filters; k++) {
      let sum = bias[k];
      for (let c = 0; c < channels; c++) sum += weight[k * channels + c] * x[n * channels + c];
      y[n * filters + k] = sum;
    }
  }
  return y;
}

function connectBackward({ channels, filters, weight, bias }, dy, x) {
  const dx = new Float64Array(x.length);
  const [dWeight, dBias] = [new Float64Array(weight.length), new Float64Array(bias.length)];
  for (let at = 0; at < dy.length; at++) {
    const [k, from] = [at % filters, Math.floor(at / filters) * channels];
    const d = dy[at];
    dBias[k] += d;
    if (d === 0) continue;
    for (let c = 0; c < channels; c++) {
      dWeight[k * channels + c] += d * x[from + c];
      dx[from + c] += d * weight[k * channels + c];
    }
  }
  return { dx, grads: [dWeight, dBias] };
}

/** The largest of each window, the first of equal ones, and which cell it was. */
function pool({ kernel, stride, side, out }, x) {
  const maps = x.length / (side * side);
  const y = new Float64Array(maps * out * out);
  const winners = new Int32Array(y.length);
  for (let at = 0; at < y.length; at++) {
    const [map, i, j] = [Math.floor(at / (out * out)), Math.floor(at / out) % out, at % out];
    const corner = map * side * side + i * stride * side + j * stride;
    let best = corner;
    for (let u = 0; u < kernel; u++) {
      for (let v = 0; v < kernel; v++) {
        if (x[corner + u * side + v] > x[best]) best = corner + u * side + v;
      }
    }
    [y[at], winners[at]] = [x[best], best];
  }
  return { y, kept: { winners, size: x.length } };
}

/** Each channel to mean 0 and spread 1, then scaled and shifted as learned. */
function normalise({ channels, side, weight, bias, mean, variance }, x, training) {
  const now = training ? statistics(x, channels, side) : { mean, variance };
  const scale = now.variance.map((each) => 1 / Math.sqrt(each + EPS));
  const cells = side * side;
  const channelOf = (at) => Math.floor(at / cells) % channels;
  const normal = x.map((value, at) => {
    const c = channelOf(at);
    return (value - now.mean[c]) * scale[c];
  });
  const y = normal.map((value, at) => value * weight[channelOf(at)] + bias[channelOf(at)]);
  return { y, kept: { normal, scale, ...now } };
}

/** Mean and variance of each channel. */
function statistics(x, channels, side) {
  const mean = channelMeans(x, channels, side);
  const cells = side * side;
  const squares = x.map((value, at) => (value - mean[Math.floor(at / cells) % channels]) ** 2);
  return { mean, variance: channelMeans(squares, channels, side) };
}

function channelMeans(x, channels, side) {
  const sums = channelSums(x, channels, side);
  return sums.map((sum) => (sum * channels) / x.length);
}

function channelSums(x, channels, side) {
  const sums = new Float64Array(channels);
  const cells = side * side;
  x.forEach((value, at) => (sums[Math.floor(at / cells) % channels] += value));
  return sums;
}

/** What all numbers of a channel have in common, and what goes along with them, drops out. */
function normaliseBackward({ channels, side, weight }, dy, { normal, scale }) {
  const along = dy.map((d, at) => d * normal[at]);
  const grads = [along, dy].map((each) => channelSums(each, channels, side));
  const [share, common] = [along, dy].map((each) => channelMeans(each, channels, side));
  const cells = side * side;
  const dx = dy.map((d, at) => {
    const c = Math.floor(at / cells) % channels;
    return weight[c] * scale[c] * (d - common[c] - normal[at] * share[c]);
  });
  return { dx, grads };
}
