/** What a living network says: numbers in short, the sum behind a cell, and the result in words. */

import { show } from "../arithmetic/convolution.js";
import { html } from "../parts/dom.js";
import { positionColour } from "../parts/positions.js";
import { counted, grouped, inBrackets, readoutHead, sumAsKernel } from "../parts/readout.js";
import {
  cellNumber,
  kernelOf,
  mapOfGrid,
  partsBehind,
  targetOf,
  termsBehind,
  windowSizes,
} from "./numbers.js";

/** @typedef {import("./numbers.js").State} State */
/** @typedef {import("./numbers.js").Target} Target */
/** @typedef {import("../parts/selection.js").Place} Place */

/** Columns of a sum that have room. */
const WIDEST = 4;

/** A number for a cell: two decimals, and no 0 before the point. @param {number} value */
export function inShort(value) {
  if (Math.abs(value) < 0.005) return "0";
  const digits = Math.abs(value) >= 9.95 ? 0 : Math.abs(value) >= 0.995 ? 1 : 2;
  return value
    .toFixed(digits)
    .replace(/^(-?)0\./, "$1.")
    .replace("-", "−");
}

/** A number for a sentence: three decimals. @param {number} value */
export const inFull = (value) => show(Math.round(value * 1000) / 1000);
const fullInBrackets = (value) => inBrackets(Math.round(value * 1000) / 1000);
/** @param {number} share */
export const percentOf = (share) => `${(100 * share).toFixed(2)} %`;

/** What the network says. @param {State} state */
export function livingNote({ own, drawn, digit, truth, ink, chances, layers, rest, zoomed }) {
  const order = chances.map((_, at) => at).sort((a, b) => chances[b] - chances[a]);
  const [first, second] = order.map((at) => `${at} with ${percentOf(chances[at])}`);
  const says = `network says ${first}, then ${second}.`;
  const whose = own ? "Your" : "The";
  const what = {
    conv: "Press Play: the window moves, and its products become the map, number by number.",
    pool: "Press Play: of each window the largest number stays.",
    linear: "Every number of every map has a weight in each score.",
  }[layers[rest.layer].kind];
  const next = zoomed ? what : "Click a map or a number to go in.";
  if (!drawn) {
    const verdict = order[0] === truth ? "" : ` ${whose} network is wrong.`;
    return `Test digit ${digit} was written as a ${truth}.${verdict} ${whose} ${says} ${next}`;
  }
  if (ink.some(Boolean)) return `Your drawing. ${whose} ${says} ${next}`;
  return `The sheet is empty: draw a digit. Even so, ${whose.toLowerCase()} ${says}`;
}

/** Sizes of the layer that is explained. @param {State} state @returns {[string, string][]} */
export function layerRules({ layers, names, volumes, rest: { layer } }) {
  const { kind, size, padding, weights } = layers[layer];
  const shape = (volume) => {
    const { maps, rows, columns } = volumes[volume];
    return volume === layers.length ? `${rows}` : `${rows}×${columns}×${maps.length}`;
  };
  const depth = volumes[layer].maps.length;
  const count = weights.length;
  const each = weights[0]?.length ?? 0;
  const rule = {
    conv:
      `${counted(count, "filter")} of ${size}×${size}×${depth}, padding ${padding}: ` +
      `${count}·${each} + ${count} = ${grouped((each + 1) * count)} parameters`,
    pool: `the largest of each ${size}×${size} window, map by map: no parameters`,
    linear: `${count}·${each} + ${count} = ${grouped((each + 1) * count)} parameters`,
  }[kind];
  return [[names[layer], `${shape(layer)} → ${shape(layer + 1)}; ${rule}`]];
}

/** The name of a cell of a volume: “conv 1, map 3 [2, 4]”. @param {State} state */
export function cellName({ names, layers }, volume, map, row, column) {
  if (volume === 0) return `input [${row}, ${column}]`;
  if (volume === layers.length) return `score of ${row}`;
  return `${names[volume - 1]}, map ${map} [${row}, ${column}]`;
}

/**
 * What is said of the cell that is looked at.
 * @param {State} state @param {Place|null} active
 */
export function networkReadout(state, active) {
  const target = targetOf(state, active);
  if (active?.grid === "chances") return chanceWords(state, active.row);
  const found = active && mapOfGrid(active.grid);
  if (active && found && found.volume !== target.layer + 1)
    return inputWords(state, found, active, target);
  if (active && /^(k|w|kernel)/.test(active.grid)) return weightWords(state, active, target);
  return sumWords(state, target);
}

/** The sum behind a cell. @param {State} state @param {Target} target */
function sumWords(state, target) {
  const { layers, volumes, channel } = state;
  const { layer, map, row, column } = target;
  const { kind, relu } = layers[layer];
  const name = cellName(state, layer + 1, map, row, column);
  const head = readoutHead(name, ` = ${inFull(cellNumber(state, target))}`, "output");
  if (kind === "pool") {
    const terms = termsBehind(state, target, map);
    return [
      head,
      html("p", { class: "cnn-hint" }, "the largest of its window:"),
      sumAsKernel(
        terms.map(({ x }, at) => ({ x: inShort(x), colour: positionColour(at, terms.length) })),
        layers[layer].size,
        inFull(cellNumber(state, target)),
        "",
      ),
    ];
  }
  const { parts, bias, total } = partsBehind(state, target);
  const own = parts.length > 1 ? channel % parts.length : 0;
  const terms = termsBehind(state, target, own);
  const coloured = terms.map(({ x, w, outside }, at) => ({
    x: inShort(x),
    w: w < 0 ? `(${inShort(w)})` : inShort(w),
    colour: positionColour(at, terms.length),
    padding: outside,
  }));
  const across = windowSizes(state, layer).rows;
  const cut = relu ? (total < 0 ? ", negative: ReLU makes it 0" : ", ReLU leaves it") : "";
  const end = html("p", {}, `+ ${fullInBrackets(bias)} bias = ${inFull(total)}${cut}`);
  // the products of a large window stand in the drawing, and have no room here
  const hint = across > WIDEST ? `${terms.length} products` : "window × kernel";
  const table = (result) =>
    across > WIDEST
      ? html("p", {}, "= ", html("strong", { class: "cnn-text-output" }, result))
      : sumAsKernel(coloured, across, result, "");
  if (parts.length === 1)
    return [
      head,
      html("p", { class: "cnn-hint" }, hint, ", added up:"),
      table(inFull(parts[0])),
      end,
    ];
  const sums = parts.map((part, c) =>
    html(
      "span",
      { class: part < 0 ? "cnn-text-gradient" : "cnn-text-output" },
      `${c ? "+ " : ""}${inBrackets(Math.round(part * 100) / 100)} `,
    ),
  );
  return [
    head,
    html(
      "p",
      {},
      `${counted(volumes[layer].maps.length, "map")} of the layer before add `,
      ...sums,
    ),
    end,
    html("p", { class: "cnn-hint" }, `map ${own} adds, weight by weight:`),
    table(inFull(parts[own])),
  ];
}

/** A probability: the softmax of the scores. @param {State} state @param {number} digit */
function chanceWords({ chances, volumes, layers }, digit) {
  const scores = volumes[layers.length].maps[0];
  const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
  return [
    readoutHead(`${digit}`, ` gets ${percentOf(chances[digit])}`, "output"),
    html("p", {}, "Softmax: e to the power of its score, divided by the sum over all ten digits."),
    html(
      "p",
      { dir: "ltr" },
      `e^${fullInBrackets(scores[digit])} = ${inFull(Math.exp(scores[digit]))}; ` +
        `${inFull(Math.exp(scores[digit]))} / ${inFull(total)} = ${inFull(chances[digit])}`,
    ),
    html("p", {}, "The ten add up to 100 %, whatever is on the sheet."),
  ];
}

/**
 * A number of the input of a layer.
 * @param {State} state @param {{volume: number, map: number}} found @param {Place} place
 * @param {Target} target
 */
function inputWords(state, { volume, map }, { row, column }, target) {
  const { layers, names, volumes, rest, zoomed } = state;
  const inset =
    zoomed && volumes[volume].maps.length === 1 ? windowSizes(state, volume).padding : 0;
  const [r, c] = [row - inset, column - inset];
  const { rows, columns, maps } = volumes[volume];
  const kind = volume ? "output" : "input";
  if (r < 0 || c < 0 || r >= rows || c >= columns)
    return [readoutHead(`[${r}, ${c}]`, " is padding", kind), html("p", {}, "Padding is 0.")];
  const head = readoutHead(
    cellName(state, volume, map, r, c),
    ` = ${inFull(maps[map][r * columns + c])}`,
    kind,
  );
  const next = layers[zoomed ? rest.layer : volume];
  const said = {
    conv: `Every filter of ${names[volume]} reads it, in each window that covers it.`,
    pool: `One window of ${names[volume]} reads it, and its largest number stays.`,
    linear: "Each of the ten scores has a weight for it.",
  }[next.kind];
  const product = termsBehind(
    state,
    target,
    Math.min(map, volumes[target.layer].maps.length - 1),
  ).find((term) => target.layer === volume && term.row === r && term.column === c);
  const adds =
    product && next.kind !== "pool"
      ? `In ${cellName(state, volume + 1, target.map, target.row, target.column)} it adds ` +
        `${inFull(product.x)}·${fullInBrackets(product.w)} = ${inFull(product.x * product.w)}.`
      : "";
  return [head, html("p", {}, said), html("p", {}, adds)];
}

/** A weight. @param {State} state @param {Place} place @param {Target} target */
function weightWords(state, { grid, row, column }, target) {
  const { layers, volumes, rest, zoomed, channel, names } = state;
  const [, own, at] = /^k(\d+)_(\d+)$/.exec(grid) ?? [];
  const layer = own === undefined ? rest.layer : Number(own);
  const kind = layers[layer].kind;
  const picked = at === undefined ? channel : Number(at);
  if (kind === "linear") {
    const c = grid.startsWith("w") ? Number(grid.slice(1)) : channel;
    const { w } = termsBehind(state, target, c)[row * volumes[layer].columns + column];
    return [
      readoutHead(`weight of map ${c} [${row}, ${column}]`, ` = ${inFull(w)}`, "kernel"),
      html("p", {}, `Used once, for the score of ${target.row}: no window moves here.`),
    ];
  }
  const many = volumes[layer].maps.length > 1;
  const map = target.layer === layer ? target.map : zoomed ? rest.map : 0;
  const filter = many ? map : picked;
  const values = kernelOf(state, layer, filter, many ? picked : 0);
  const value = values[row * layers[layer].size + column];
  const { rows, columns } = volumes[layer + 1];
  const where = many ? ` on map ${picked}` : "";
  return [
    readoutHead(
      `${names[layer]}, filter ${filter}${where} [${row}, ${column}]`,
      ` = ${inFull(value)}`,
      "kernel",
    ),
    html("p", {}, `All ${rows * columns} numbers of map ${filter} share this one weight.`),
  ];
}
