/**
 * Transposed convolution: the grids that are drawn, each with its title, its cells and their names.
 */

import { show, tidy } from "../arithmetic/convolution.js";
import { flipped, transposedRow } from "../arithmetic/transposed.js";
import { positionColour } from "../parts/positions.js";
import { counted } from "../parts/readout.js";
import { isCutOff, placeName } from "./words.js";

/** @typedef {import("./seen.js").Seen} Seen */

/**
 * What is special about a grid.
 * @typedef {object} PanelSpec
 * @property {string} word what one of its cells is
 * @property {string} title
 * @property {string} [subtitle]
 * @property {number[]} shape rows and columns
 * @property {(row: number, column: number) => number|null} value null: nothing
 * @property {(row: number, column: number) => string[]} [marks]
 * @property {(row: number, column: number) => string|undefined} [fill] a colour of its own
 * @property {boolean} [tags] whether the weights that link its cells are shown at them
 * @property {(row: number, column: number) => string} [say] what else a cell is, in words
 * @property {string} [like] see stage.js
 * @property {number} [shift] see stage.js
 */

/** @param {Seen} seen @returns {import("../parts/scene.js").Scene["panels"]} */
export function panelsOf(seen) {
  const { flat, exists, view } = seen;
  const own = {
    stamps: flat ? [stampsPanel, outputPanel] : [stampPanel, outputPanel],
    zeros: [spreadPanel, flippedPanel, outputPanel],
    matrix: [...matrixPanels, ...(flat ? [] : [outputPanel])],
    overlap: [overlapsPanel, outputPanel],
  }[view];
  const makers = [inputPanel, kernelPanel, ...(exists ? own : [])];
  return makers.map((maker) => panelFrom(maker(seen), seen));
}

/** @param {PanelSpec & {grid: string}} spec @param {Seen} seen */
function panelFrom(spec, seen) {
  const { look, links, count, block } = seen;
  const { grid, word, title, shape, value, marks, fill, tags, say = () => "", ...more } = spec;
  const [rows, columns] = shape;
  return {
    ...more,
    grid,
    title,
    rows,
    columns,
    label: `${title}, ${rows} by ${columns}`,
    cell(row, column) {
      const number = value(row, column);
      const by = look.arrived ? links.get(`${grid} ${row},${column}`) : undefined;
      const own = marks?.(row, column) ?? [];
      return {
        text: number === null ? "" : show(number),
        marks: look.marks(grid, row, column, ...own, by === undefined ? "" : "window"),
        fill: fill?.(row, column),
        tag: tags ? colourOf(by ?? -1, count) : undefined,
      };
    },
    labelOf: (row, column, text) =>
      `${word} ${placeName({ grid, row, column }, seen, block)}: ${text || "nothing"}` +
      say(row, column),
  };
}

/** Whether the stamp of input `i` reaches a cell of the sheet, and with which weight, or −1. */
function tapOf({ stride, dilation, kernel }, i, at) {
  const tap = (at - i * stride) / dilation;
  return Number.isInteger(tap) && tap >= 0 && tap < kernel ? tap : -1;
}

/** The number of the weight with which input (i, j) meets (r, c), or −1. */
function meeting({ axes: [vertical, horizontal] }, i, j, r, c) {
  const [u, v] = [tapOf(vertical, i, r), tapOf(horizontal, j, c)];
  return u < 0 || v < 0 ? -1 : u * horizontal.kernel + v;
}

/** The colour of a weight's position, if there is one. */
const colourOf = (by, count) => (by < 0 ? undefined : positionColour(by, count));
const sizeOf = ({ flat }, cells) => (flat ? counted(cells, "cell") : `${cells}×${cells}`);
const cutMark = (seen) => (row, column) => [isCutOff(seen, row, column) ? "dropped" : ""];
const cutWords = (seen) => (row, column) =>
  isCutOff(seen, row, column) ? ", cut off by the padding" : "";

// ---- one function for each grid -----------------------------------------------------------------

/** @param {Seen} seen */
function inputPanel(seen) {
  const { input, axes } = seen;
  return {
    grid: "input",
    word: "Input",
    title: "Input",
    subtitle: sizeOf(seen, axes[1].input),
    shape: [axes[0].input, axes[1].input],
    value: (row, column) => input[row][column],
    tags: true,
  };
}

/** @param {Seen} seen */
function kernelPanel(seen) {
  const { weight, axes, count } = seen;
  return {
    grid: "kernel",
    word: "Weight",
    title: "Kernel",
    subtitle: sizeOf(seen, axes[1].kernel),
    shape: [axes[0].kernel, axes[1].kernel],
    value: (row, column) => weight[row][column],
    fill: (row, column) => positionColour(row * axes[1].kernel + column, count),
  };
}

/** Of a line: a row for the stamp of each input. @param {Seen} seen */
function stampsPanel(seen) {
  const { input, weight, axes, count, inputs, upTo, look } = seen;
  const by = (row, column) => meeting(seen, 0, row, 0, column);
  const seenYet = (row) => row < upTo - 1 || (row === upTo - 1 && look.arrived);
  return {
    grid: "stamps",
    word: "Stamp",
    title: "Stamps",
    subtitle: "input × kernel, one row for each input",
    shape: [inputs, axes[1].whole],
    value: (row, column) =>
      by(row, column) >= 0 && seenYet(row)
        ? tidy(input[0][row] * weight[0][by(row, column)])
        : null,
    marks: (row, column) => [
      ...cutMark(seen)(0, column),
      by(row, column) >= 0 && seenYet(row) ? "" : "bare",
    ],
    fill: (row, column) => colourOf(by(row, column), count),
    say: (_, column) => cutWords(seen)(0, column),
    like: "sheet",
  };
}

/** Of an image: the stamp of one input. @param {Seen} seen */
function stampPanel(seen) {
  const { input, weight, axes, stamped, count, look } = seen;
  const [i, j] = stamped;
  return {
    grid: "stamp",
    word: "Stamp",
    title: `Stamp of X[${i}, ${j}]`,
    subtitle: `${show(input[i][j])} × kernel`,
    shape: [axes[0].kernel, axes[1].kernel],
    value: (row, column) => (look.arrived ? tidy(input[i][j] * weight[row][column]) : null),
    fill: (row, column) => positionColour(row * axes[1].kernel + column, count),
  };
}

/** @param {Seen} seen */
function outputPanel(seen) {
  const { axes, sheet, view, byInput, upTo, inputs, look, resting, flat } = seen;
  const [vertical, horizontal] = axes;
  const cut = horizontal.padding ? `${horizontal.padding} cut off on each side` : "";
  const numbered = (row, column) =>
    (row - vertical.padding) * horizontal.output + column - horizontal.padding;
  const isLater = (row, column) => {
    if (byInput || isCutOff(seen, row, column)) return false;
    const at = numbered(row, column);
    return (look.playing && at > look.position) || (look.moment < 1 && at === look.position);
  };
  return {
    grid: "output",
    word: "Output",
    title: `Output ${sizeOf(seen, horizontal.output)}`,
    subtitle: view === "stamps" && upTo < inputs ? `after ${upTo} of ${inputs} stamps` : cut,
    shape: [vertical.whole, horizontal.whole],
    value: (row, column) => (isLater(row, column) ? null : sheet[row][column]),
    marks: (row, column) => [
      ...cutMark(seen)(row, column),
      resting && isLater(row, column) && look.playing ? "later" : "",
    ],
    tags: true,
    say: cutWords(seen),
    like: flat || view === "overlap" ? "sheet" : undefined,
  };
}

/** @param {Seen} seen */
function overlapsPanel(seen) {
  const { axes, counts, overlaps, upTo, inputs } = seen;
  const most = Math.max(1, ...overlaps.flat());
  return {
    grid: "overlaps",
    word: "Stamps on",
    title: "Stamps that overlap",
    subtitle: upTo < inputs ? `after ${upTo} of ${inputs} stamps` : "on each output",
    shape: [axes[0].whole, axes[1].whole],
    value: (row, column) => counts[row][column],
    marks: cutMark(seen),
    fill: (row, column) => shadeOfCount(counts[row][column] / most),
    say: cutWords(seen),
    like: "sheet",
  };
}

/** @param {Seen} seen */
function spreadPanel(seen) {
  const { axes, spread } = seen;
  const places = axes.map((axis) => (at) => (at - axis.effective + 1) / axis.stride);
  const isZero = (...place) =>
    axes.some(({ input }, a) => {
      const at = places[a](place[a]);
      return !Number.isInteger(at) || at < 0 || at >= input;
    });
  const isUnread = (...place) =>
    axes.some((axis, a) => place[a] < axis.padding || place[a] >= axis.spread - axis.padding);
  return {
    grid: "spread",
    word: "Spread input",
    title: "Zeros inserted",
    subtitle: seen.flat ? "between and around the inputs" : "",
    shape: [axes[0].spread, axes[1].spread],
    value: (row, column) => spread[row][column],
    marks: (row, column) => [
      isZero(row, column) ? "padding" : "",
      isUnread(row, column) ? "unread" : "",
    ],
    tags: true,
    say: (row, column) => (isZero(row, column) ? ", an inserted zero" : ", an input"),
    like: seen.flat ? "sheet" : undefined,
  };
}

/** @param {Seen} seen */
function flippedPanel(seen) {
  const { axes, weight, count, shift, flat } = seen;
  const turned = flipped(weight);
  return {
    grid: "flipped",
    word: "Flipped weight",
    title: flat ? "Kernel, flipped" : "Flipped",
    subtitle: flat ? "slides with stride 1" : "",
    shape: [axes[0].kernel, axes[1].kernel],
    value: (row, column) => turned[row][column],
    fill: (row, column) => positionColour(count - 1 - row * axes[1].kernel - column, count),
    like: flat ? "sheet" : undefined,
    shift,
  };
}

/** Cᵀ, the input and the output, as columns. */
const matrixPanels = [matrixPanel, vectorPanel, productPanel];

/** @param {Seen} seen */
function matrixPanel(seen) {
  const { axes, weight, block, flat, inputs, count } = seen;
  const [vertical, horizontal] = axes;
  const rows = horizontal.output;
  const target = (row) => [block + vertical.padding, row + horizontal.padding];
  const lines = Array.from({ length: rows }, (_, at) => transposedRow(weight, axes, ...target(at)));
  const by = (row, column) =>
    meeting(seen, Math.floor(column / horizontal.input), column % horizontal.input, ...target(row));
  return {
    grid: "matrix",
    word: "Matrix",
    title: `Cᵀ ${rows * (flat ? 1 : rows)}×${inputs}`,
    subtitle: flat ? "" : `rows ${block * rows} to ${(block + 1) * rows - 1}`,
    shape: [rows, inputs],
    value: (row, column) => lines[row][column],
    marks: (row, column) => [by(row, column) < 0 ? "bare" : ""],
    fill: (row, column) => colourOf(by(row, column), count),
    like: "matrix",
  };
}

/** @param {Seen} seen */
function vectorPanel({ input, inputs }) {
  const numbers = input.flat();
  return {
    grid: "vector",
    word: "Input",
    title: "· X",
    shape: [inputs, 1],
    value: (row) => numbers[row],
    tags: true,
    like: "matrix",
  };
}

/** @param {Seen} seen */
function productPanel(seen) {
  const { axes, weight, input, block, look, resting, flat } = seen;
  const [vertical, horizontal] = axes;
  const numbers = input.flat();
  const sums = Array.from({ length: horizontal.output }, (_, row) =>
    tidy(
      transposedRow(weight, axes, block + vertical.padding, row + horizontal.padding).reduce(
        (sum, w, i) => sum + w * numbers[i],
        0,
      ),
    ),
  );
  const isLater = (row) => {
    const at = block * horizontal.output + row;
    return (look.playing && at > look.position) || (look.moment < 1 && at === look.position);
  };
  return {
    grid: "product",
    word: "Output",
    title: flat ? "= Output" : "= Y",
    subtitle: flat ? counted(horizontal.output, "cell") : "",
    shape: [horizontal.output, 1],
    value: (row) => (isLater(row) ? null : sums[row]),
    marks: (row) => [resting && look.playing && isLater(row) ? "later" : ""],
    tags: true,
    like: "matrix",
  };
}

/** Light for few stamps, dark green for many. */
function shadeOfCount(part) {
  const mix = (from, to) => Math.round(from + (to - from) * part);
  return `rgb(${mix(240, 0)}, ${mix(250, 105)}, ${mix(246, 76)})`;
}
