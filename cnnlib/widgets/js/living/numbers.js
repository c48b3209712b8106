/**
 * The numbers of a living network: all its volumes, the cell that is explained, the products behind
 * it, and the code that gives the same.
 */

import { bytesOf } from "../arithmetic/convolution.js";
import {
  readNetwork,
  runNetwork,
  softmaxOf,
  sumBehind,
  windowOf,
} from "../arithmetic/digit-network.js";
import { PIXELS, readSheet, sheetOf } from "../arithmetic/ink.js";
import { cnnlibCode } from "../parts/python-code.js";

/** @typedef {ReturnType<typeof givenNetwork>} Given */
/** @typedef {ReturnType<typeof computeNetwork>} State */
/**
 * A cell of what a layer gives.
 * @typedef {{layer: number, map: number, row: number, column: number}} Target
 */

/** What seldom changes: the network and the digits. @param {{get: (name: string) => any}} model */
export function givenNetwork(model) {
  const packed = model.get("network");
  const layers = readNetwork(packed);
  const counts = { conv: 0, pool: 0, linear: 0 };
  const words = { conv: "conv", pool: "pool", linear: "dense" };
  const names = layers.map(({ kind }) => `${words[kind]} ${++counts[kind]}`);
  names[layers.length - 1] = "scores";
  const [digits, labels] = [bytesOf(model.get("digits")), model.get("labels")];
  return { packed, own: model.get("own"), layers, names, digits, labels };
}

/** Why the picture has no room for a network of the playground, or "". @param {any[]} packed */
export function refusalOf(packed) {
  const dense = packed.filter(({ kind }) => kind === "linear").length;
  if (dense === 1) return "";
  return (
    "The picture on this page has room for one dense layer, the scores, and this network has " +
    `${dense}. Train one without hidden units, or let the sheet in the gallery of widgets read it.`
  );
}

/** All numbers of a state. @param {(name: string) => any} get @param {Given} given */
export function computeNetwork(get, given) {
  const { layers, digits, labels } = given;
  const drawn = get("source") === "drawing";
  const digit = get("digit");
  const size = PIXELS * PIXELS;
  const pixels = Array.from(digits.subarray(digit * size, (digit + 1) * size), (one) => one / 16);
  const ink = drawn ? Float32Array.from(get("ink").flat()) : sheetOf(pixels);
  const image = drawn ? readSheet(ink, PIXELS, get("crop")) : Float32Array.from(pixels);
  const input = { maps: [image], rows: PIXELS, columns: PIXELS };
  const volumes = [input, ...runNetwork(layers, input)];
  const scores = volumes[layers.length].maps[0];
  // the scores stand below each other
  volumes[layers.length] = { maps: [scores], rows: scores.length, columns: 1 };
  const layer = Math.min(get("layer"), layers.length - 1);
  const { maps, rows, columns } = volumes[layer + 1];
  const at = Math.min(get("position"), rows * columns - 1);
  const rest = {
    layer,
    map: Math.min(get("map"), maps.length - 1),
    row: Math.floor(at / columns),
    column: at % columns,
  };
  return {
    ...given,
    drawn,
    digit,
    truth: labels[digit],
    ink,
    volumes,
    chances: softmaxOf(scores),
    rest,
    zoomed: get("zoom"),
    dark: false, // the drawing knows, once it has a place
    channel: Math.min(get("channel"), volumes[layer].maps.length - 1),
    most: volumes.map((volume) =>
      Math.max(1e-6, ...volume.maps.map((map) => Math.max(...map.map(Math.abs)))),
    ),
  };
}

/** The grid of a map. */
export const mapName = (volume, map) => `m${volume}_${map}`;

/** Volume and number of the map that a grid shows, or null. @param {string} grid */
export function mapOfGrid(grid) {
  const [, volume, map] = /^m(\d+)_(\d+)$/.exec(grid) ?? [];
  return map === undefined ? null : { volume: Number(volume), map: Number(map) };
}

/**
 * The cell that is explained: the one that is looked at, if a layer gives it; else the resting one.
 * @param {State} state @param {import("../parts/selection.js").Place|null} active
 * @returns {Target}
 */
export function targetOf({ layers, zoomed, rest }, active) {
  if (active?.grid === "chances")
    return { layer: layers.length - 1, map: 0, row: active.row, column: 0 };
  const found = active && mapOfGrid(active.grid);
  if (!active || !found?.volume || (zoomed && found.volume !== rest.layer + 1)) return rest;
  return { layer: found.volume - 1, map: found.map, row: active.row, column: active.column };
}

/** The number of a cell. @param {State} state @param {Target} target */
export function cellNumber({ volumes }, { layer, map, row, column }) {
  const { maps, columns } = volumes[layer + 1];
  return maps[map][row * columns + column];
}

/** Cells that a layer's window has along a side, and of padding around its input. */
export function windowSizes({ layers, volumes }, layer) {
  const { kind, size, stride, padding } = layers[layer];
  if (kind === "linear") return { rows: volumes[layer].rows, step: 0, padding: 0, kind };
  return { rows: size, step: stride, padding, kind };
}

/** The first cell of the window behind a target, in its input. @param {State} state */
export function windowStart(state, { layer, row, column }) {
  const { step, padding } = windowSizes(state, layer);
  return { row: row * step - padding, column: column * step - padding };
}

/**
 * The products of a target's window on one map of the layer's input.
 * @param {State} state @param {Target} target @param {number} channel
 */
export function termsBehind({ layers, volumes }, { layer, map, row, column }, channel) {
  const own = layers[layer];
  const input = volumes[layer];
  if (own.kind !== "linear") return windowOf(own, input, map, row, column, channel);
  const values = input.maps[channel];
  return Array.from(values, (x, at) => ({
    row: Math.floor(at / input.columns),
    column: at % input.columns,
    outside: false,
    x,
    w: own.weights[row][channel * values.length + at],
  }));
}

/** What each map of the input adds, the bias, and the sum. @param {State} state */
export function partsBehind({ layers, volumes }, { layer, map, row, column }) {
  const own = layers[layer];
  if (own.kind === "linear") return sumBehind(own, volumes[layer], 0, 0, row);
  return sumBehind(own, volumes[layer], map, row, column);
}

/** The weights of a filter on one channel. @param {State} state */
export function kernelOf({ layers }, layer, filter, channel) {
  const { size, weights } = layers[layer];
  return weights[filter].subarray(channel * size * size, (channel + 1) * size * size);
}

/**
 * The kernels that are drawn before a convolution: of one input map, each filter's; of several,
 * those of the filter that is explained, one for each map. Filter and channel of each.
 * @param {State} state @param {number} layer @param {number} filter
 */
export function kernelsShown({ layers, volumes }, layer, filter) {
  const channels = volumes[layer].maps.length;
  const count = channels > 1 ? channels : layers[layer].weights.length;
  return Array.from({ length: count }, (_, at) =>
    channels > 1 ? { filter, channel: at } : { filter: at, channel: 0 },
  );
}

/**
 * The calls that compute this state.
 * @param {State} state @param {{get: (name: string) => any}} model
 * @returns {[string, string][]}
 */
export function livingCode({ layers, volumes, rest, drawn, digit, zoomed, channel }, model) {
  const { rows, columns } = volumes[0];
  const pixels = Array.from({ length: rows }, (_, row) =>
    Array.from(volumes[0].maps[0].subarray(row * columns, (row + 1) * columns)).join(", "),
  );
  const image = `np.array([\n${pixels.map((row) => `    [${row}],\n`).join("")}], np.float32)`;
  const own = model.get("own");
  const load = own
    ? ["# model: the network that you gave the widget"]
    : ["from cnnlib.nn.digit_reader import load_digit_reader", "", "model = load_digit_reader()"];
  const place = layers[rest.layer].kind === "linear" ? [rest.row] : [rest.map, rest.row];
  if (place.length > 1) place.push(rest.column);
  const cell = `[0, ${place.join(", ")}]`;
  const lines = [`image = ${image}[None, None]`];
  const after = layers
    .slice(0, rest.layer + 1)
    .reduce((count, layer) => count + modulesIn(layer), 0);
  const ink = model.get("ink").map((row) => row.map((one) => (one ? "#" : ".")).join(""));
  const drawing = `ink = [\n${ink.map((row) => `    "${row}",\n`).join("")}]\n\n`;
  const at = rest.row * volumes[rest.layer + 1].columns + rest.column;
  const call = [
    drawn ? `ink=ink, crop=${model.get("crop") ? "True" : "False"}` : `digit=${digit}`,
    `layer=${rest.layer}, map=${rest.map}, position=${at}`,
    `zoom=${zoomed ? "True" : "False"}, channel=${channel}, key="${model.get("key")}"`,
  ];
  return [
    cnnlibCode(
      ...load,
      ...lines,
      "volumes = [image]",
      "for layer in model:",
      "    volumes.append(layer(volumes[-1]))",
      `print(volumes[${after}]${cell})`,
      "print((100 * cnnlib.softmax(volumes[-1])).round(2))",
    ),
    [
      "PyTorch",
      [
        "import numpy as np\nimport torch\nimport torch.nn.functional as F",
        ...load,
        ...lines,
        "p = [torch.tensor(each.value) for each in model.parameters()]",
        "x = torch.from_numpy(image)",
        ...torchLines(layers, rest.layer, cell),
        "print((100 * x.softmax(dim=1)).round(decimals=2))",
      ].join("\n"),
    ],
    [
      "This widget in a notebook",
      `from cnnlib.widgets import LivingNetwork\n\n${drawn ? drawing : ""}` +
        `LivingNetwork(\n${call.map((line) => `    ${line},\n`).join("")})`,
    ],
  ];
}

/** Modules of cnnlib that a layer of the widget stands for. */
function modulesIn({ kind, relu }) {
  return 1 + (relu ? 1 : 0) + (kind === "linear" ? 1 : 0);
}

function torchLines(layers, explained, cell) {
  let next = 0;
  return layers.flatMap(({ kind, size, stride, padding, relu }, at) => {
    const weights = kind === "pool" ? "" : `p[${next++}], p[${next++}]`;
    const call = {
      conv: `F.conv2d(x, ${weights}, stride=${stride}, padding=${padding})`,
      pool: `F.max_pool2d(x, ${size})`,
      linear: `F.linear(x.flatten(1), ${weights})`,
    }[kind];
    const line = `x = ${relu ? `F.relu(${call})` : call}`;
    return at === explained ? [line, `print(x${cell}.item())`] : [line];
  });
}
