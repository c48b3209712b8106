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

// ---- convolution ----------------------------------------------------------

/**
 * The rows of cells that each weight of a kernel joins: the weight's position, the first cell of
 * the input's row, the first of the output's, and how many. Padding is in none of them.
 * @param {Layer} layer
 */
function joinedRows({ side, kernel, stride, padding, out }) {
  const rows = [];
  for (let u = 0; u < kernel; u++) {
    for (let v = 0; v < kernel; v++) {
      const first = Math.max(0, Math.ceil((padding - v) / stride));
      const end = Math.min(out, Math.floor((side - 1 + padding - v) / stride) + 1);
      for (let i = 0; i < out; i++) {
        const row = i * stride + u - padding;
        if (row < 0 || row >= side || end <= first) continue;
        const cell = row * side + first * stride + v - padding;
        rows.push(u * kernel + v, cell, i * out + first, end - first);
      }
    }
  }
  return Int32Array.from(rows);
}

/**
 * Pairs of a map that comes in and a map that goes out, sample by sample: where both begin, and the
 * kernel between them.
 * @param {Layer} layer
 * @param {number} count of samples
 */
function* mapPairs({ channels, filters, kernel, side, out }, count) {
  for (let n = 0; n < count; n++) {
    for (let k = 0; k < filters; k++) {
      for (let c = 0; c < channels; c++) {
        const [x, y] = [(n * channels + c) * side * side, (n * filters + k) * out * out];
        yield [x, y, (k * channels + c) * kernel * kernel];
      }
    }
  }
}

function convolve(layer, x) {
  const { channels, filters, side, out, stride, weight, bias } = layer;
  const count = x.length / (channels * side * side);
  const rows = joinedRows(layer);
  const y = new Float64Array(count * filters * out * out);
  for (let map = 0; map < count * filters; map++) {
    y.fill(bias[map % filters], map * out * out, (map + 1) * out * out);
  }
  for (const [input, output, kernel] of mapPairs(layer, count)) {
    for (let r = 0; r < rows.length; r += 4) {
      const factor = weight[kernel + rows[r]];
      let from = input + rows[r + 1];
      const start = output + rows[r + 2];
      for (let to = start; to < start + rows[r + 3]; to++, from += stride) {
        y[to] += factor * x[from];
      }
    }
  }
  return y;
}

function convolveBackward(layer, dy, x, needInput) {
  const { channels, filters, side, out, stride, weight, bias } = layer;
  const rows = joinedRows(layer);
  const dx = new Float64Array(x.length);
  const [dWeight, dBias] = [new Float64Array(weight.length), new Float64Array(bias.length)];
  for (let at = 0; at < dy.length; at++) dBias[Math.floor(at / (out * out)) % filters] += dy[at];
  for (const [input, output, kernel] of mapPairs(layer, x.length / (channels * side * side))) {
    for (let r = 0; r < rows.length; r += 4) {
      const factor = weight[kernel + rows[r]];
      let [sum, from] = [0, input + rows[r + 1]];
      const start = output + rows[r + 2];
      for (let to = start; to < start + rows[r + 3]; to++, from += stride) {
        sum += dy[to] * x[from];
        if (needInput) dx[from] += factor * dy[to];
      }
      dWeight[kernel + rows[r]] += sum;
    }
  }
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
