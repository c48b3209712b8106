/** The grids of a living network: maps, kernels, weights, products, scores and probabilities. */

import { positionColour, shadeOf } from "../parts/positions.js";
import {
  cellNumber,
  kernelOf,
  kernelsShown,
  mapName,
  partsBehind,
  termsBehind,
  windowSizes,
  windowStart,
} from "./numbers.js";
import { cellName, inFull, inShort, percentOf } from "./words.js";

/** @typedef {import("./numbers.js").State} State */
/** @typedef {import("./numbers.js").Target} Target */
/** @typedef {import("../parts/scene.js").Look} Look */

/** A cell with fewer pixels than a number needs has a shade only. */
const NO_TEXT = "";
/** With more layers, those of pooling have no title. */
const MOST_TITLES = 5;

/** @param {State} state @param {Look} look @param {Target} target */
export function networkPanels(state, look, target) {
  const { layers, zoomed, rest } = state;
  if (!zoomed) return wholePanels(state, look, target);
  const { kind } = layers[rest.layer];
  if (kind === "pool") {
    return [
      mapPanel(state, look, target, rest.layer, rest.map, { numbers: true }),
      mapPanel(state, look, target, rest.layer + 1, rest.map, { numbers: true }),
    ];
  }
  return kind === "conv"
    ? convolutionPanels(state, look, target)
    : densePanels(state, look, target);
}

/** @param {State} state @param {Look} look @param {Target} target */
function wholePanels(state, look, target) {
  const { layers, volumes } = state;
  /** @type {import("../parts/scene.js").Scene["panels"]} */
  const panels = [mapPanel(state, look, target, 0, 0)];
  layers.forEach(({ kind }, layer) => {
    if (kind === "conv") {
      const filter = target.layer === layer ? target.map : 0;
      kernelsShown(state, layer, filter).forEach((one, at) => {
        panels.push(filterPanel(state, look, target, layer, at, one));
      });
    }
    volumes[layer + 1].maps.forEach((_, map) => {
      panels.push(mapPanel(state, look, target, layer + 1, map));
    });
  });
  return [...panels, chancesPanel(state, look)];
}

/** @param {State} state @param {Look} look @param {Target} target */
function convolutionPanels(state, look, target) {
  const { volumes, rest, channel } = state;
  const { layer, map } = rest;
  const channels = volumes[layer].maps.length;
  const output = mapPanel(state, look, target, layer + 1, map, { numbers: true });
  const bias = biasPanel(state, look, target);
  if (channels === 1) {
    return [
      mapPanel(state, look, target, layer, 0, { numbers: true, padded: true }),
      filterPanel(state, look, target, layer, map, { filter: map, channel: 0 }, true),
      bias,
      output,
    ];
  }
  const { parts } = partsBehind(state, target);
  const strip = parts.flatMap((part, c) => [
    { ...mapPanel(state, look, target, layer, c), title: c ? "" : `All ${channels} maps` },
    {
      ...filterPanel(state, look, target, layer, c, { filter: target.map, channel: c }),
      title: "",
    },
    onePanel(look, `part${c}`, part, c === channel ? "window" : "", {
      label: `What map ${c} adds`,
      fill: shadeOf(part, Math.max(...parts.map(Math.abs), 1e-6), "output", state.dark),
    }),
  ]);
  return [
    ...strip,
    mapPanel(state, look, target, layer, channel, {
      grid: "channel",
      numbers: true,
      padded: true,
    }),
    {
      ...filterPanel(state, look, target, layer, channel, { filter: target.map, channel }, true),
      grid: "kernel",
    },
    bias,
    output,
  ];
}

/** @param {State} state @param {Look} look @param {Target} target */
function densePanels(state, look, target) {
  const { volumes, rest, channel } = state;
  const { layer } = rest;
  const { maps, rows, columns } = volumes[layer];
  const terms = maps.map((_, c) => termsBehind(state, target, c));
  const strongest = (of) => Math.max(1e-6, ...terms.flat().map((term) => Math.abs(of(term))));
  const weight = ({ w }) => w;
  const product = ({ x, w }) => x * w;
  const [mostWeight, mostProduct] = [strongest(weight), strongest(product)];
  const block = (grid, c, title, what, of, most, kind, numbers = false) => ({
    grid,
    alone: true,
    seamless: !numbers,
    title,
    rows,
    columns,
    label: `${what} of map ${c} for the score of ${target.row}`,
    cell(row, column) {
      const at = row * columns + column;
      const value = of(terms[c][at]);
      return {
        text: numbers ? inShort(value) : NO_TEXT,
        fill: shadeOf(value, most, kind, state.dark),
        tag: numbers ? positionColour(at, rows * columns) : undefined,
        marks: look.marks(grid, row, column),
      };
    },
    labelOf: (row, column) =>
      `${what}, map ${c}, row ${row}, column ${column}: ` +
      `${inFull(of(terms[c][row * columns + column]))}`,
  });
  const all = maps.length > 1 ? `All ${maps.length} maps` : "One map";
  const tiles = maps.flatMap((_, c) => [
    { ...mapPanel(state, look, target, layer, c), title: c ? "" : all },
    block(`w${c}`, c, c ? "" : "× weights", "Weights", weight, mostWeight, "kernel"),
    block(`p${c}`, c, c ? "" : "= products", "Products", product, mostProduct, "output"),
  ]);
  return [
    ...tiles,
    mapPanel(state, look, target, layer, channel, { grid: "channel", numbers: true }),
    block("kernel", channel, "× weights", "Weights", weight, mostWeight, "kernel", true),
    block("product", channel, "= products", "Products", product, mostProduct, "output", true),
    biasPanel(state, look, target),
    mapPanel(state, look, target, layer + 1, 0, { numbers: true }),
    chancesPanel(state, look),
  ];
}

/**
 * A map of a volume.
 * @param {State} state @param {Look} look @param {Target} target
 * @param {{grid?: string, numbers?: boolean, padded?: boolean}} [how]
 */
function mapPanel(state, look, target, volume, map, how = {}) {
  const { layers, names, volumes, most, zoomed } = state;
  const { grid = mapName(volume, map), numbers = volume === layers.length, padded = false } = how;
  const { maps, rows, columns } = volumes[volume];
  const values = maps[map];
  const inset = padded ? windowSizes(state, volume).padding : 0;
  const count = maps.length;
  const name = volume ? names[volume - 1] : "Input";
  const read = numbers && volume === target.layer ? metBy(state, target, inset) : () => -1;
  const outside = (r, c) => r < 0 || c < 0 || r >= rows || c >= columns;
  const positions = windowSizes(state, target.layer).rows ** 2;
  // between many layers there is no room for the titles of all
  const untitled = !zoomed && layers.length > MOST_TITLES && layers[volume - 1]?.kind === "pool";
  const subtitleOf = () => {
    if (untitled) return "";
    if (volume === layers.length) return "\u00a0"; // the title of the probabilities is lower
    if (numbers) return volume ? `map ${map}` : "";
    return map ? "" : `${rows}×${columns}${count > 1 ? `×${count}` : ""}`;
  };
  return {
    grid,
    alone: true,
    seamless: !numbers,
    inset,
    title: untitled || (map && !numbers) ? "" : name,
    subtitle: subtitleOf(),
    rows: rows + 2 * inset,
    columns: columns + 2 * inset,
    label: `${name}${count > 1 ? `, map ${map}` : ""}, ${rows} by ${columns}`,
    cell(row, column) {
      const [r, c] = [row - inset, column - inset];
      const pad = outside(r, c);
      const value = pad ? 0 : values[r * columns + c];
      const at = read(row, column);
      const empty = isNotYet(state, look, volume, map, r * columns + c);
      return {
        text: !numbers || empty ? NO_TEXT : inShort(value),
        fill:
          pad || empty
            ? undefined
            : shadeOf(value, most[volume], volume ? "output" : "input", state.dark),
        tag: at >= 0 && look.arrived ? positionColour(at, positions) : undefined,
        marks: look.marks(grid, row, column, pad ? "padding" : ""),
      };
    },
    labelOf(row, column) {
      const [r, c] = [row - inset, column - inset];
      if (outside(r, c)) return `Padding, row ${r}, column ${c}: 0`;
      if (isNotYet(state, look, volume, map, r * columns + c)) return "not computed yet";
      return `${cellName(state, volume, map, r, c)}: ${inFull(values[r * columns + c])}`;
    },
  };
}

/** Which position of the window meets a cell, or −1. @param {State} state @param {Target} target */
function metBy(state, target, inset) {
  const { rows: size, kind } = windowSizes(state, target.layer);
  const start = windowStart(state, target);
  const columns = state.volumes[target.layer].columns;
  return (row, column) => {
    if (kind === "linear") return row * columns + column;
    const [u, v] = [row - inset - start.row, column - inset - start.column];
    return u >= 0 && v >= 0 && u < size && v < size ? u * size + v : -1;
  };
}

/** Whether the play bar has not come to a number yet. */
function isNotYet({ rest }, { playing, moment, position }, volume, map, at) {
  if (volume !== rest.layer + 1 || map !== rest.map) return false;
  return (playing && at > position) || (moment < 1 && at === position);
}

/**
 * A kernel: small and shaded by its weights, or large, in the colours of its positions.
 * @param {State} state @param {Look} look @param {Target} target
 */
function filterPanel(state, look, target, layer, at, { filter, channel }, large = false) {
  const { size } = state.layers[layer];
  const grid = `k${layer}_${at}`;
  const values = kernelOf(state, layer, filter, channel);
  const most = Math.max(...state.layers[layer].weights[filter].map(Math.abs));
  const many = state.volumes[layer].maps.length > 1;
  const name = many ? `Filter ${filter}, map ${channel}` : `Filter ${filter}`;
  const used = target.layer === layer && (many || filter === target.map);
  return {
    grid,
    alone: true,
    seamless: !large,
    title: large ? "Kernel" : "",
    subtitle: "",
    rows: size,
    columns: size,
    label: `${name}, ${size} by ${size}`,
    cell: (row, column) => ({
      text: large ? inShort(values[row * size + column]) : NO_TEXT,
      fill: large
        ? positionColour(row * size + column, size * size)
        : shadeOf(values[row * size + column], most, "kernel", state.dark),
      marks: look.marks(grid, row, column, used ? "window" : ""),
    }),
    labelOf: (row, column) =>
      `${name}, row ${row}, column ${column}: ${inFull(values[row * size + column])}`,
  };
}

/** A number that stands alone. */
function onePanel(look, grid, value, mark, { label, title = "", fill }) {
  return {
    grid,
    alone: true,
    title,
    rows: 1,
    columns: 1,
    label,
    cell: () => ({
      text: inShort(value),
      fill,
      marks: look.marks(grid, 0, 0, mark),
      label: `${label}: ${inFull(value)}`,
    }),
  };
}

function biasPanel(state, look, target) {
  const { bias } = partsBehind(state, target);
  return onePanel(look, "bias", bias, "", { label: "Bias", title: "Bias", fill: undefined });
}

/** The digits and their probabilities. @param {State} state @param {Look} look */
function chancesPanel({ chances, dark }, look) {
  const best = chances.indexOf(Math.max(...chances));
  return {
    grid: "chances",
    alone: true,
    title: "",
    subtitle: "softmax",
    rows: chances.length,
    columns: 2,
    label: "Probabilities of the ten digits",
    cell: (row, column) => ({
      text: column ? inWhole(chances[row]) : String(row),
      fill: column ? shadeOf(chances[row], 1, "output", dark) : undefined,
      marks: look.marks("chances", row, column, column ? "" : "bare", row === best ? "winner" : ""),
      label: `Digit ${row}: ${percentOf(chances[row])}`,
    }),
  };
}

/** Percent for a cell: 100 only where it is. @param {number} share */
function inWhole(share) {
  if (share > 0.995 && share < 0.99995) return ">99%";
  return share < 0.005 ? "0" : `${(100 * share).toFixed(0)}%`;
}

/** The number of the target as it lands. @param {State} state @param {Target} target */
export const landedNumber = (state, target) => inShort(cellNumber(state, target));
