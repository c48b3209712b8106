/** Counts and views: what a variant of convolution costs, and what a unit deep in a stack sees. */

/**
 * The chain of convolutions behind a variant; cnnlib.operations.cost.VARIANTS has the same.
 * @param {string} variant @param {number} c @param {number} k @param {number} f
 * @param {number} groups
 * @returns {{c: number, k: number, f: [number, number], groups: number}[]}
 */
export function chainOf(variant, c, k, f, groups) {
  const step = (from, to, rows, columns, parts = 1) => ({
    c: from,
    k: to,
    f: [rows, columns],
    groups: parts,
  });
  const chains = {
    standard: () => [step(c, k, f, f)],
    pointwise: () => [step(c, k, 1, 1)],
    grouped: () => [step(c, k, f, f, groups)],
    depthwise: () => [step(c, k, f, f, c)],
    "depthwise separable": () => [step(c, c, f, f, c), step(c, k, 1, 1)],
    "spatially separable": () => [step(c, k, f, 1), step(k, k, 1, f)],
    flattened: () => [step(c, k, 1, 1), step(k, k, f, 1, k), step(k, k, 1, f, k)],
    "cross-channel": () => [step(c, k, 1, 1), step(k, k, f, f, groups)],
  };
  return chains[variant]();
}

/** Weights and multiply-adds of a chain, or why it is impossible. */
export function costOf(chain, outputs, size) {
  for (const { c, k, groups } of chain) {
    for (const [name, channels] of [
      ["input", c],
      ["output", k],
    ]) {
      if (channels % groups)
        return { why: `${groups} groups do not divide ${channels} ${name} channels` };
    }
  }
  const weights = chain.reduce(
    (sum, { c, k, f, groups }) => sum + f[0] * f[1] * (c / groups) * k,
    0,
  );
  return { parameters: weights + outputs, multiplyAdds: weights * size * size, weights };
}

/**
 * The channels at level `at` of a chain, 0 being the input, that pass on what comes in through
 * channel `c` and goes out through channel `k`. They lie side by side. At level 1 they are as many
 * as the products of which the weight of the dense kernel that leads from c to k is the sum.
 * @param {ReturnType<typeof chainOf>} chain @param {number} at @param {number} k @param {number} c
 * @returns {[number, number]} the first one, and the one after the last; none: 0, 0
 */
export function channelsBetween(chain, at, k, c) {
  /** @param {number[]} channels @param {number} from @param {number} to */
  const widen = ([first, end], from, to) => [
    Math.floor(first / from) * to,
    (Math.floor((end - 1) / from) + 1) * to,
  ];
  let on = [c, c + 1];
  let back = [k, k + 1];
  for (const step of chain.slice(0, at)) on = widen(on, step.c / step.groups, step.k / step.groups);
  for (const step of chain.slice(at).reverse())
    back = widen(back, step.k / step.groups, step.c / step.groups);
  const first = Math.max(on[0], back[0]);
  const end = Math.min(on[1], back[1]);
  return first < end ? [first, end] : [0, 0];
}

/**
 * Output size and view of each layer of a stack, along one axis.
 * @param {{kernel: number, stride: number, dilation: number, padding: number}[]} layers
 * @param {number} input
 */
export function viewsOf(layers, input) {
  let [size, jump, start, cells] = [1, 1, 0, input];
  return layers.map(({ kernel, stride, dilation, padding }) => {
    const effective = kernel + (kernel - 1) * (dilation - 1);
    const room = cells + 2 * padding - effective;
    cells = cells > 0 && room >= 0 ? Math.floor(room / stride) + 1 : 0;
    size += (effective - 1) * jump;
    start -= padding * jump;
    jump *= stride;
    return { cells, size, jump, start };
  });
}

/**
 * Every unit of every layer that reaches unit `at` of layer `layer`; -1 is the input.
 * @returns {Set<number>[]} the input first, then layer by layer
 */
export function unitsBelow(layers, counts, layer, at) {
  const found = Array.from({ length: layer + 2 }, () => new Set());
  found[layer + 1].add(at);
  for (let l = layer; l >= 0; l--) {
    const { kernel, stride, dilation, padding } = layers[l];
    for (const unit of found[l + 1]) {
      for (let k = 0; k < kernel; k++) {
        const below = unit * stride + k * dilation - padding;
        if (below >= 0 && below < counts[l]) found[l].add(below);
      }
    }
  }
  return found;
}

/**
 * Every unit of every layer that input `at` reaches.
 * @returns {Set<number>[]} the input first, then layer by layer
 */
export function unitsAbove(layers, counts, at) {
  const found = [new Set([at])];
  layers.forEach(({ kernel, stride, dilation, padding }, layer) => {
    const reached = new Set();
    for (let unit = 0; unit < counts[layer + 1]; unit++) {
      for (let k = 0; k < kernel; k++) {
        if (found[layer].has(unit * stride + k * dilation - padding)) reached.add(unit);
      }
    }
    found.push(reached);
  });
  return found;
}

/**
 * The connections among the units that `unitsBelow` or `unitsAbove` found, down to layer `first`;
 * 0 is the input.
 * @returns {{layer: number, from: number, to: number}[]} from a unit of layer + 1 to one of layer
 */
export function linesBelow(layers, found, level, first) {
  const lines = [];
  for (let layer = level - 1; layer >= first; layer--) {
    const { kernel, stride, dilation, padding } = layers[layer];
    for (const from of found[layer + 1]) {
      for (let k = 0; k < kernel; k++) {
        const to = from * stride + k * dilation - padding;
        if (found[layer].has(to)) lines.push({ layer, from, to });
      }
    }
  }
  return lines;
}

/**
 * The unit whose view is around a place of the input; of two that are as near, the one behind.
 * @param {{cells: number, size: number, jump: number, start: number}} view of the units
 * @param {number} place
 */
export function unitNear({ cells, size, jump, start }, place) {
  const unit = Math.round((place - start - (size - 1) / 2) / jump);
  return Math.max(0, Math.min(cells - 1, unit));
}
