/**
 * Dilation against stride: the same input and kernel, once dilated and once strided, side by
 * side. Dilation skips cells inside a window; stride skips positions of the window.
 */

import {
  conv2d,
  corner,
  positionsReading,
  show,
  sumOf,
  usesOfCell,
  windowAxis,
  windowTerms,
} from "./arithmetic/convolution.js";
import { html } from "./parts/dom.js";
import { positionColour } from "./parts/positions.js";
import { cnnlibCode, pythonArray, torchCode, torchTensor } from "./parts/python-code.js";
import { counted, inBrackets, readoutHead, sumAsKernel } from "./parts/readout.js";
import { createScene } from "./parts/scene.js";

/** @typedef {import("./parts/scene.js").Look} Look */
/** @typedef {ReturnType<typeof compute>} State */
/** @typedef {ReturnType<typeof sideOf>} Side */

export default { render };

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  return createScene({
    context,
    title: "Dilation against stride",
    label: "The same input, dilated and strided, with both outputs",
    settings: [
      { name: "dilation", label: "Dilation D", primary: true },
      { name: "stride", label: "Stride S", primary: true },
      { name: "kernel_size", label: "Kernel size F", primary: true },
      { name: "size", label: "Input size" },
      { name: "position", label: "Position", bare: true },
    ],
    tables: [
      { name: "values", short: "x", shape: ({ size }) => [size, size] },
      { name: "weights", short: "w", shape: ({ kernel_size: size }) => [size, size] },
    ],
    grids: {
      dilated: { kind: "input", letter: "X", table: "values" },
      dilated_output: { kind: "output", letter: "Y" },
      strided: { kind: "input", letter: "X", table: "values" },
      strided_output: { kind: "output", letter: "Y" },
    },
    layout,
    play: {
      label: "Move both windows",
      count: ({ most }) => most,
      say: (position) => `window ${position + 1}`,
      at: (place, { sides }) =>
        place.grid.endsWith("output")
          ? place.row * sideWith(sides, place).axis.output + place.column
          : null,
    },
    stateOf: () => compute((name) => model.get(name)),
    shapes: ({ sides }) =>
      Object.fromEntries(
        sides.flatMap(({ name, axis: { input, output } }) => [
          [name, [input, input]],
          [`${name}_output`, [output, output]],
        ]),
      ),
    resting: () => null,
    scene,
    code: codeFor,
  }).start();
}

/**
 * On the left dilated, on the right strided; each output below its input.
 * @param {number} width
 * @returns {import("./parts/stage.js").Layout}
 */
function layout(width) {
  const column = (name) => ({
    share: 1,
    slots: /** @type {[string, number][]} */ ([
      [name, 1.25],
      [`${name}_output`, 1],
    ]),
  });
  return {
    height: width < 420 ? 330 : 400,
    largest: 44,
    columns: [column("dilated"), column("strided")],
  };
}

// ---- what is seen: pure functions of the state --------------------------------------------------

/**
 * @param {State} state
 * @param {Look} look
 * @returns {import("./parts/scene.js").Scene}
 */
function scene({ sides }, look) {
  const seen = sides.map((side) => ({ ...side, ...shownWindow(side, look) }));
  const without = sides.filter(({ axis }) => !axis.fits);
  return {
    panels: seen.flatMap((side) => panels(side, look)),
    frames: seen.flatMap(framesOf),
    sizes: sides.map(rule),
    note: {
      text: (without.length ? without : sides).map(inWords).join(" "),
      impossible: without.length > 0,
    },
    readout: readoutFor(sides, look),
    flight: flight(seen, look),
  };
}

/** The window of a side that is looked at, and the one before it. @param {Side} side */
function shownWindow({ name, axis }, { active, position }) {
  const count = axis.output ** 2;
  const mine = active?.grid === `${name}_output`;
  if (!count || (active && !mine)) return { window: null, before: null };
  const at = mine ? active.row * axis.output + active.column : Math.min(position, count - 1);
  const place = (n) => ({ row: Math.floor(n / axis.output), column: n % axis.output });
  return { window: place(at), before: place(position < count ? Math.max(0, at - 1) : at) };
}

/** Which weight of the window at (i, j) meets a cell, or −1. */
function weightAt({ stride, dilation, kernel }, i, j, row, column) {
  const [u, v] = [(row - i * stride) / dilation, (column - j * stride) / dilation];
  const inside = [u, v].every((k) => Number.isInteger(k) && k >= 0 && k < kernel);
  return inside ? u * kernel + v : -1;
}

/** Input and output of one side. */
function panels({ name, axis, word, input, output, window, count }, look) {
  const { active, arrived, moment, playing, position } = look;
  const colour = (by) => (by < 0 ? undefined : positionColour(by, count));
  const read = Array.from({ length: axis.input }, (_, at) => positionsReading(axis, at).length > 0);
  const out = `${name}_output`;
  const pointed = active?.grid === name;
  return [
    {
      grid: name,
      title: word,
      subtitle: `input ${axis.input}×${axis.input}`,
      rows: axis.input,
      columns: axis.input,
      room: axis.fits ? [0, 0] : [axis.effective, axis.effective],
      like: "input",
      label: `${word}: input, ${axis.input} by ${axis.input}`,
      cell(row, column) {
        const met = window && arrived ? weightAt(axis, window.row, window.column, row, column) : -1;
        const unread = axis.fits && !(read[row] && read[column]);
        const fate = unread ? ", read by no window" : met >= 0 ? ", in the window" : "";
        return {
          text: show(input[row][column]),
          marks: look.marks(name, row, column, met >= 0 ? "window" : "", unread ? "unread" : ""),
          tag: colour(met),
          label: `Input row ${row}, column ${column}: ${input[row][column]}${fate}`,
        };
      },
    },
    {
      grid: out,
      title: axis.fits ? `Output ${axis.output}×${axis.output}` : "No output",
      rows: axis.output,
      columns: axis.output,
      label: `${word}: output, ${axis.output} by ${axis.output}`,
      cell(row, column) {
        const at = row * axis.output + column;
        const here = window?.row === row && window.column === column;
        const empty = (playing && at > position) || (moment < 1 && here && at === position);
        const by = pointed ? weightAt(axis, row, column, active.row, active.column) : -1;
        const value = empty ? "not computed yet" : output[row][column];
        return {
          text: empty ? "" : show(output[row][column]),
          marks: look.marks(out, row, column, here || by >= 0 ? "window" : ""),
          tag: colour(by),
          label: `Output row ${row}, column ${column}: ${value}`,
        };
      },
    },
  ];
}

/**
 * The outline of a window; where the kernel does not fit, it sticks out of the input.
 * @returns {import("./parts/scene.js").Scene["frames"]}
 */
function framesOf({ name, axis, window, before }) {
  const size = { grid: name, rows: axis.effective, columns: axis.effective };
  if (!axis.fits) return [{ ...size, row: 0, column: 0, look: "impossible" }];
  if (!window) return [];
  const at = ({ row, column }) => ({ row: row * axis.stride, column: column * axis.stride });
  return [{ ...size, ...at(window), from: at(before) }];
}

/** Both windows at work at the same time. */
function flight(seen, { active, position }) {
  if (active) return [];
  return seen
    .filter(({ window, axis }) => window && position < axis.output ** 2)
    .map(({ name, axis, input, weight, output, window: { row, column }, count }) => ({
      products: windowTerms(input, weight, [axis, axis], row, column).map((term, by) => ({
        grid: name,
        row: term.row,
        column: term.column,
        factors: `${show(term.x)}·${inBrackets(term.w)}`,
        value: term.x * term.w,
        colour: positionColour(by, count),
      })),
      to: { grid: `${name}_output`, row, column },
      sum: show(output[row][column]),
    }));
}

/** @param {Side} side @returns {[string, string]} */
function rule({ name, axis: { input, effective, stride, output, fits } }) {
  const size = fits
    ? `⌊(${input} − ${effective}) / ${stride}⌋ + 1 = ${output}`
    : `none: the effective kernel size ${effective} is larger than the input, ${input}`;
  return [`output, ${name}`, size];
}

/** What one side reads and skips; or what would give it an output. @param {Side} side */
function inWords({ word, axis: { input, kernel, dilation, effective, fits, output }, axis }) {
  if (!fits) {
    const most = Math.floor((input - 1) / dilation) + 1;
    const less = input >= kernel ? `dilation ${Math.floor((input - 1) / (kernel - 1))}, or ` : "";
    return (
      `${word}: no output, F̂ = ${effective} is more than ${input}. ` +
      `Choose ${less}kernel size ${most}.`
    );
  }
  const [cells, covered] = [kernel ** 2, effective ** 2];
  let lines = 0;
  for (let at = 0; at < input; at++) if (positionsReading(axis, at).length) lines++;
  return (
    `${word}: ${output === 1 ? "the" : "each"} window reads ${counted(cells, "cell")}, skips ` +
    `${covered - cells}; ${counted(input ** 2 - lines ** 2, "cell is", "cells are")} never read.`
  );
}

/** @param {Side[]} sides @param {Look} look */
function readoutFor(sides, look) {
  const { active, nameOf } = look;
  if (!active) {
    return [
      readoutHead(`Window ${look.position + 1}`, " of both", "output"),
      ...sides.flatMap((side) => {
        const { window } = shownWindow(side, look);
        const place = window && { grid: `${side.name}_output`, ...window };
        return place ? [html("p", {}, `${side.word}: `, ...readBy(side, place, nameOf))] : [];
      }),
      html("p", {}, "Dilation skips cells inside each window, stride skips positions of it."),
    ];
  }
  const side = sideWith(sides, active);
  const name = nameOf(active);
  if (active.grid.endsWith("output")) {
    const { axis, input, weight, count } = side;
    const terms = windowTerms(input, weight, [axis, axis], active.row, active.column);
    const sum = show(sumOf(terms));
    const coloured = terms.map((term, by) => ({ ...term, colour: positionColour(by, count) }));
    return [
      readoutHead(name, ` = ${sum}`, "output"),
      html("p", {}, ...readBy(side, active, nameOf).slice(1)),
      sumAsKernel(coloured, axis.kernel, sum),
    ];
  }
  const uses = usesOfCell([side.axis, side.axis], active.row, active.column);
  const list = uses.map(({ i, j, u, v }) => `Y[${i}, ${j}] with W[${u}, ${v}]`).join("; ");
  return [
    readoutHead(name, ` = ${show(side.input[active.row][active.column])}`, "input"),
    html("p", {}, `${counted(uses.length, "output reads", "outputs read")} this cell. ${list}`),
  ];
}

/** The name of an output, and the rows and columns that its window reads. */
function readBy({ axis }, place, nameOf) {
  const cells = (start) =>
    Array.from({ length: axis.kernel }, (_, k) => start * axis.stride + k * axis.dilation).join(
      ", ",
    );
  return [
    html("strong", { class: "cnn-text-output" }, nameOf(place)),
    ` reads rows ${cells(place.row)} and columns ${cells(place.column)}.`,
  ];
}

// ---- from the traits to numbers and code --------------------------------------------------------

/** Both sides of a state. @param {(name: string) => any} get */
function compute(get) {
  const sides = [sideOf(get, "dilated"), sideOf(get, "strided")];
  const most = Math.max(...sides.map(({ axis }) => axis.output ** 2));
  return { sides, most };
}

/** @param {(name: string) => any} get @param {"dilated"|"strided"} name */
function sideOf(get, name) {
  const [kernel, size] = [get("kernel_size"), get("size")];
  const dilation = name === "dilated" ? get("dilation") : 1;
  const stride = name === "strided" ? get("stride") : 1;
  const axis = windowAxis({ input: size, kernel, stride, padding: 0, dilation });
  const input = corner(get("values"), size, size);
  const weight = corner(get("weights"), kernel, kernel);
  const output = conv2d(input, weight, [axis, axis]);
  const word = name === "dilated" ? `Dilation ${dilation}` : `Stride ${stride}`;
  return { name, word, axis, input, weight, output, count: kernel ** 2 };
}

/** The side that a cell belongs to. @param {Side[]} sides @returns {Side} */
function sideWith([dilated, strided], { grid }) {
  return grid.startsWith("dilated") ? dilated : strided;
}

/** @param {State} state @returns {[string, string][]} */
function codeFor({ sides: [{ axis, input, weight }, strided] }) {
  const call = (library, more) =>
    `${library}.conv2d(input[None, None], weight[None, None], ${more})[0, 0]`;
  const lines = (library) => [
    `dilated = ${call(library, `dilation=${axis.dilation}`)}`,
    `strided = ${call(library, `stride=${strided.axis.stride}`)}`,
    "print(dilated)\nprint(strided)",
  ];
  return [
    cnnlibCode(pythonArray("input", input), pythonArray("weight", weight), ...lines("cnnlib")),
    torchCode(torchTensor("input", input), torchTensor("weight", weight), ...lines("F")),
  ];
}
