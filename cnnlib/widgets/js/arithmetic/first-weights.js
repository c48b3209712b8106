/** Chance from a seed: first weights, the order of the samples, pixels that change places. */

/** @typedef {import("./layers.js").Layer} Layer */

/**
 * Numbers from 0 to below 1, always the same for a seed: xorshift (Marsaglia, 2003).
 * @param {number} seed a whole number
 */
function randomFrom(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let at = 0; at < 8; at++) next(); // small seeds begin alike
  return next;
}

/**
 * The places 0 to count − 1 in random order (Fisher and Yates).
 * @param {number} count
 * @param {number} seed
 */
export function shuffled(count, seed) {
  const random = randomFrom(seed);
  const order = Array.from({ length: count }, (_, at) => at);
  for (let at = count - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other], order[at]];
  }
  return order;
}

/**
 * Give each layer its first numbers: uniform within ±1/√(weights of one filter), as PyTorch does;
 * or all weights of a layer equal; or biases so low that every ReLU is 0.
 * @param {Partial<Layer>[]} plan layers without numbers
 * @param {number} seed
 * @param {string} start "random", "equal" or "dead"
 */
export function withFirstWeights(plan, seed, start) {
  const random = randomFrom(seed);
  return plan.map((layer) => {
    const { kind, channels = 1, filters = 1, kernel = 1 } = layer;
    const ones = () => new Float64Array(channels).fill(1);
    const zeros = () => new Float64Array(channels);
    if (kind === "norm") {
      return { ...layer, weight: ones(), bias: zeros(), mean: zeros(), variance: ones() };
    }
    if (kind !== "conv" && kind !== "dense") return { ...layer };
    const each = channels * (kind === "conv" ? kernel * kernel : 1);
    const draw = () => (2 * random() - 1) / Math.sqrt(each);
    const weight = new Float64Array(filters * each).map(draw);
    const bias = new Float64Array(filters).map(draw);
    if (start === "equal") {
      weight.fill(0.5 / Math.sqrt(each));
      bias.fill(0);
    } else if (start === "dead" && kind === "conv") bias.fill(-5);
    return { ...layer, weight, bias };
  });
}

/**
 * Digits of 8×8 moved each by up to `most` pixels, ink beyond the edge is lost.
 * @param {Float64Array} images
 * @param {number} most
 * @param {number} seed
 */
export function movedAbout(images, most, seed) {
  const random = randomFrom(seed);
  const moved = new Float64Array(images.length);
  for (let from = 0; from < images.length; from += 64) {
    const [down, right] = [0, 0].map(() => Math.floor(random() * (2 * most + 1)) - most);
    for (let at = 0; at < 64; at++) {
      const [row, column] = [(at >> 3) - down, (at & 7) - right];
      if (row < 0 || row > 7 || column < 0 || column > 7) continue;
      moved[from + at] = images[from + 8 * row + column];
    }
  }
  return moved;
}
