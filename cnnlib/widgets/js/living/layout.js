/**
 * Where the grids of a living network stand: the whole of it from left to right; or one layer with
 * its input, its filter and its output, large enough for numbers. All in pixels of the drawing.
 */

import { kernelsShown, mapName, windowSizes } from "./numbers.js";

/** @typedef {import("./numbers.js").State} State */
/** @typedef {Record<string, import("../parts/stage.js").Box>} Boxes */

/** Pixels for titles, and of a drawing that is narrow. */
const TITLES = 40;
const PHONE = 420;
/** Pixels between two layers, at least. */
const NARROWEST = 6;
/** Maps that stand below each other at most. */
const DOWN = 8;

/** Maps of a volume that stand side by side. @param {number} count */
export const mapsAcross = (count) => Math.ceil(count / DOWN);

/** @param {number} width @param {State} state @returns {import("../parts/stage.js").Layout} */
export function networkLayout(width, state) {
  const height = width < PHONE ? 336 : 384;
  const { kind } = state.layers[state.rest.layer];
  const boxesOf = state.zoomed
    ? { conv: convolutionBoxes, pool: poolBoxes, linear: denseBoxes }[kind]
    : wholeBoxes;
  return { height, largest: 38, boxes: boxesOf(width, height, state) };
}

/** @returns {import("../parts/stage.js").Box} */
const boxAt = (x, y, width, height = width) => ({ x, y, width, height });

/** The whole network, a column for each volume. @returns {Boxes} */
function wholeBoxes(width, height, state) {
  const { layers, volumes } = state;
  const phone = width < PHONE;
  const pitch = (height - TITLES) / DOWN;
  const [kernel, score] = phone ? [12, 24] : [15, 28];
  const first = phone ? 56 : 96;
  // a convolution of many maps has lines before its kernels, and after them
  const before = layers.map(({ kind }, at) => (kind === "conv" && at ? 1.6 : 1));
  const parts = before.reduce((sum, one) => sum + one, 0);
  /** What is left of the width for each part, if maps are so large. */
  const unitFor = (/** @type {number} */ pixels) => {
    const thick = volumes.slice(1, -1).map(({ maps }, at) => {
      const across = mapsAcross(maps.length);
      return across * (pixels + 3) - 3 + (layers[at].kind === "conv" ? kernel + 3 : 0);
    });
    const fixed = thick.reduce((sum, one) => sum + one, first + 3 * score + 6);
    return (width - 2 - fixed) / parts;
  };
  let side = 8 * Math.floor((pitch - 3) / 8);
  while (side > 8 && unitFor(side) < NARROWEST) side -= 8;
  const unit = unitFor(side);
  /** @type {Boxes} */
  const boxes = {
    [mapName(0, 0)]: boxAt(0, phone ? (height + TITLES - first) / 2 : 2 * TITLES + first, first),
  };
  let x = first;
  layers.forEach(({ kind }, layer) => {
    x += before[layer] * unit;
    const { maps } = volumes[layer + 1];
    if (kind === "linear") {
      const tall = height - TITLES;
      boxes[mapName(layer + 1, 0)] = boxAt(x, TITLES, score, tall);
      boxes.chances = boxAt(x + score + 6, TITLES, 2 * score, tall);
      return;
    }
    const across = mapsAcross(maps.length);
    if (kind === "conv") {
      const many = volumes[layer].maps.length > 1;
      const left = many ? x - 0.6 * unit : x;
      const kernels = kernelsShown(state, layer, 0);
      const step = (DOWN * pitch) / Math.max(DOWN, kernels.length);
      kernels.forEach((_, at) => {
        const middle = TITLES + at * step + (side - kernel) / 2;
        boxes[`k${layer}_${at}`] = boxAt(left, middle, kernel);
      });
      x += kernel + 3;
    }
    maps.forEach((_, map) => {
      const [down, right] = [Math.floor(map / across), map % across];
      const place = [x + right * (side + 3), TITLES + down * pitch];
      boxes[mapName(layer + 1, map)] = boxAt(place[0], place[1], side);
    });
    x += across * (side + 3) - 3;
  });
  return boxes;
}

/** The input with its padding, kernel and output; of many maps, all of them above. */
function convolutionBoxes(width, height, state) {
  const { volumes, rest, channel } = state;
  const { layer, map } = rest;
  const { rows: kernel, padding } = windowSizes(state, layer);
  const input = volumes[layer].rows + 2 * padding;
  const output = volumes[layer + 1].rows;
  const channels = volumes[layer].maps.length;
  const outName = mapName(layer + 1, map);
  const gap = width < PHONE ? 16 : 24;
  if (channels === 1) {
    const size = Math.min(
      Math.floor((width - gap - 2) / (input + output)),
      Math.floor((height - 2 * TITLES - 8) / (kernel + output)),
      Math.floor((height - TITLES) / input),
    );
    const right = input * size + gap;
    const below = TITLES + kernel * size + 8 + TITLES;
    return {
      [mapName(layer, 0)]: boxAt(0, TITLES, input * size),
      [`k${layer}_${map}`]: boxAt(right, TITLES, kernel * size),
      bias: boxAt(right + (kernel + 1) * size, TITLES, size),
      [outName]: boxAt(right, below, output * size),
    };
  }
  const pitch = width / channels;
  const cell = Math.floor(Math.min(pitch - 6, 48) / volumes[layer].rows);
  const [side, part] = [cell * volumes[layer].rows, Math.min(pitch - 6, 26)];
  const under = TITLES + side + 4 + cell * kernel + 4;
  const top = under + part + TITLES + 4;
  const all = input + kernel + 1 + output;
  const size = Math.min(
    Math.floor((width - 3 * gap - 2) / all),
    Math.floor((height - top) / Math.max(input, output)),
  );
  const starts = [0, input, input + kernel, input + kernel + 1];
  const across = (at) => starts[at] * size + at * gap;
  /** @type {Boxes} */
  const boxes = {
    channel: boxAt(0, top, input * size),
    kernel: boxAt(across(1), top, kernel * size),
    bias: boxAt(across(2), top, size),
    [outName]: boxAt(across(3), top, output * size),
  };
  for (let c = 0; c < channels; c++) {
    boxes[mapName(layer, c)] = boxAt(c * pitch, TITLES, side);
    boxes[`k${layer}_${c}`] = boxAt(c * pitch, TITLES + side + 4, cell * kernel);
    boxes[`part${c}`] = boxAt(c * pitch, under, part);
  }
  return channel < channels ? boxes : {};
}

/** @returns {Boxes} */
function poolBoxes(width, height, { volumes, rest: { layer, map } }) {
  const [input, output] = [volumes[layer].rows, volumes[layer + 1].rows];
  const gap = 32;
  const size = Math.min(
    Math.floor((width - gap - 2) / (input + output)),
    Math.floor((height - TITLES) / input),
  );
  return {
    [mapName(layer, map)]: boxAt(0, TITLES, input * size),
    [mapName(layer + 1, map)]: boxAt(input * size + gap, TITLES, output * size),
  };
}

/** All maps, their weights and the products; below, those of one map; beside them the scores. */
function denseBoxes(width, height, { volumes, rest: { layer } }) {
  const phone = width < PHONE;
  const score = phone ? 24 : 28;
  const { maps, rows } = volumes[layer];
  const gap = phone ? 8 : 16;
  const room = width - 3 * score - 6 - gap - 2;
  const across = Math.ceil(Math.sqrt(maps.length));
  const cell = Math.max(4, Math.floor(((room - 2 * gap) / 3 / across - 2) / rows));
  const pitch = cell * rows + 2;
  const step = across * pitch + gap;
  const top = TITLES + Math.ceil(maps.length / across) * pitch + TITLES;
  const size = Math.min(
    Math.floor((room - 3 * gap) / (3 * rows + 1)),
    Math.floor((height - top) / rows),
  );
  const large = (at) => at * (rows * size + gap);
  /** @type {Boxes} */
  const boxes = {
    channel: boxAt(0, top, rows * size),
    kernel: boxAt(large(1), top, rows * size),
    product: boxAt(large(2), top, rows * size),
    bias: boxAt(large(3), top, size),
    [mapName(layer + 1, 0)]: boxAt(width - 3 * score - 8, TITLES, score, height - TITLES),
    chances: boxAt(width - 2 * score - 2, TITLES, 2 * score, height - TITLES),
  };
  maps.forEach((_, at) => {
    const [x, y] = [(at % across) * pitch, TITLES + Math.floor(at / across) * pitch];
    [mapName(layer, at), `w${at}`, `p${at}`].forEach((name, block) => {
      boxes[name] = boxAt(x + block * step, y, pitch - 2);
    });
  });
  return boxes;
}
