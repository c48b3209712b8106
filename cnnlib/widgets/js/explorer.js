/**
 * The convolution explorer: input with its padding, kernel and output on one drawing; sliders for
 * the sizes, padding, stride and dilation; every number can be traced to where it comes from.
 */

import {
  centreMargin,
  conv2d,
  positionsReading,
  show,
  sumOf,
  usesOfCell,
  windowAxis,
  windowTerms,
} from "./arithmetic/convolution.js";
import { html } from "./parts/dom.js";
import { positionColour, shadeOf } from "./parts/positions.js";
import { inBrackets, readoutHead, sumAsKernel, whyNoOutput } from "./parts/readout.js";
import { createScene } from "./parts/scene.js";

/** @typedef {import("./arithmetic/convolution.js").Axis} Axis */
/** @typedef {import("./parts/scene.js").Look} Look */
/** @typedef {ReturnType<typeof compute>} State */

const SETTINGS = [
  { name: "kernel_size", label: "Kernel size F", primary: true },
  { name: "stride", label: "Stride S", primary: true },
  { name: "padding", label: "Padding P", primary: true },
  { name: "dilation", label: "Dilation D" },
  { name: "height", label: "Input height" },
  { name: "width", label: "Input width" },
  { name: "position", label: "Position", bare: true },
];

export default { render };

/**
 * @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it
 * @returns {() => void} what to do when the view goes
 */
function render(context) {
  const { model } = context;
  return createScene({
    context,
    title: "Convolution explorer",
    label: "Input, kernel and output",
    settings: SETTINGS,
    visible: model.get("sliders"),
    tables: [
      { name: "values", short: "x", shape: ({ height, width }) => [height, width] },
      { name: "weights", short: "w", shape: ({ kernel_size: size }) => [size, size] },
    ],
    grids: {
      input: {
        kind: "input",
        letter: "X",
        table: "values",
        origin: ({ axes }) => [axes[0].padding, axes[1].padding],
        refusal: ({ row, column }, { axes }) =>
          isPadding(axes, row, column) ? "Padding is always zero. Choose a cell of the input." : "",
      },
      kernel: { kind: "kernel", letter: "W", table: "weights" },
      output: { kind: "output", letter: "Y" },
    },
    layout,
    play: {
      count: ({ axes }) => axes[0].output * axes[1].output,
      say(position, { axes }) {
        const columns = Math.max(1, axes[1].output);
        return `row ${Math.floor(position / columns)}, column ${position % columns}`;
      },
    },
    stateOf: () => compute(model),
    shapes: ({ axes: [vertical, horizontal], output }) => ({
      input: [vertical.padded, horizontal.padded],
      kernel: [vertical.kernel, horizontal.kernel],
      output: [output.length, output[0]?.length ?? 0],
    }),
    resting: ({ axes, fits }, position) =>
      fits ? { grid: "output", ...placeOf(axes, position) } : null,
    scene,
    code: (state) => codeFor(state, model.get("key")),
  }).start();
}

/**
 * Input on the left, kernel over output on the right: on a phone, too.
 * @param {number} width
 * @returns {import("./parts/stage.js").Layout}
 */
function layout(width) {
  return {
    height: Math.min(400, Math.round(width * 0.72)),
    columns: [
      { share: 1.45, slots: [["input", 1]] },
      {
        share: 1,
        slots: [
          ["kernel", 1],
          ["output", 1.6],
        ],
      },
    ],
  };
}

// ---- what is seen: pure functions of the state --------------------------------------------------

/**
 * @param {State} state
 * @param {Look} look
 * @returns {import("./parts/scene.js").Scene}
 */
function scene(state, look) {
  const { active } = look;
  const told = active ? readoutFor(active, state, look.nameOf) : [];
  return {
    panels: panels(state, look),
    frames: frames(state, look),
    sizes: rules(state),
    note: note(state),
    readout: told.length ? told : [html("p", {}, fateInWords(state))],
    flight: active?.grid === "output" ? flight(active, state) : undefined,
  };
}

/** @param {State} state @param {Look} look */
function panels(state, look) {
  const { axes, input, weight, output, fits } = state;
  const [vertical, horizontal] = axes;
  const linked = marksFor(state, look);
  const p = vertical.padding;
  const read = axes.map((axis) =>
    Array.from(
      { length: axis.padded },
      (_, at) => positionsReading(axis, at - axis.padding).length > 0,
    ),
  );
  const ends = axes.map((axis) => axis.padded - axis.dropped);
  const forbidden = state.centres ? forbiddenFor(axes) : () => false;
  const landed = look.moment >= 1;
  const marksOf = (grid, row, column, ...own) =>
    look.marks(grid, row, column, ...own, linked[grid](row, column) ? "window" : "");
  return [
    {
      grid: "input",
      title: `Input ${vertical.input}×${horizontal.input}`,
      subtitle: p ? `padded: ${vertical.padded}×${horizontal.padded}` : "no padding",
      rows: vertical.padded,
      columns: horizontal.padded,
      // an impossible kernel sticks out of the input: leave room for it
      room: axes.map((axis) => (axis.fits ? 0 : axis.effective)),
      label: `Input with padding, ${vertical.padded} by ${horizontal.padded}`,
      cell(row, column) {
        const padding = isPadding(axes, row, column);
        const value = padding ? 0 : input[row - p][column - p];
        const fate =
          !padding && forbidden(row - p, column - p)
            ? "forbidden"
            : row >= ends[0] || column >= ends[1]
              ? "dropped"
              : fits && !(read[0][row] && read[1][column])
                ? "unread"
                : "";
        const position = linked.input(row, column);
        return {
          text: show(value),
          fill:
            state.shades && !padding
              ? shadeOf(value, state.most.input, "input", look.dark)
              : undefined,
          marks: marksOf("input", row, column, padding ? "padding" : "", fate),
          tag: position ? positionColour(position - 1, state.count) : undefined,
          label:
            `${padding ? "Padding" : "Input"} row ${row - p}, column ${column - p}: ${value}` +
            FATES[fate],
        };
      },
    },
    {
      grid: "kernel",
      title: `Kernel ${vertical.kernel}×${horizontal.kernel}`,
      subtitle:
        vertical.dilation > 1 ? `spread over ${vertical.effective}×${horizontal.effective}` : "",
      rows: vertical.kernel,
      columns: horizontal.kernel,
      label: `Kernel, ${vertical.kernel} by ${horizontal.kernel}`,
      cell: (row, column) => ({
        text: show(weight[row][column]),
        marks: marksOf("kernel", row, column),
        fill: positionColour(row * horizontal.kernel + column, state.count),
        label: `Weight row ${row}, column ${column}: ${weight[row][column]}`,
      }),
    },
    {
      grid: "output",
      title: output.length ? `Output ${vertical.output}×${horizontal.output}` : "No output",
      subtitle: output.length ? "" : "the kernel does not fit",
      rows: output.length,
      columns: output[0]?.length ?? 0,
      label: `Output, ${vertical.output} by ${horizontal.output}`,
      cell(row, column) {
        const at = row * horizontal.output + column;
        const later = look.playing && at > look.position;
        const empty = later || (!landed && at === look.position);
        const position = linked.output(row, column);
        return {
          text: empty ? "" : show(output[row][column]),
          fill:
            state.shades && !empty
              ? shadeOf(output[row][column], state.most.output, "output", look.dark)
              : undefined,
          marks: marksOf("output", row, column, later ? "later" : ""),
          tag: position > 0 ? positionColour(position - 1, state.count) : undefined,
          label:
            `Output row ${row}, column ${column}: ` +
            `${later ? "not computed yet" : output[row][column]}`,
        };
      },
    },
  ];
}

/** What became of a cell, in words. */
const FATES = {
  "": "",
  forbidden: ", out of reach for the centre",
  dropped: ", dropped by the stride",
  unread: ", read by no window",
};

/**
 * How the cells of each grid are linked to the active one: 0 for not at all; else 1 + the position
 * of the kernel that links them, or −1 where all do.
 * @param {State} state @param {Look} look
 * @returns {Record<string, (row: number, column: number) => number>}
 */
function marksFor({ axes }, { active, arrived }) {
  const none = () => 0;
  if (!active || !arrived) return { input: none, kernel: none, output: none };
  const [vertical, horizontal] = axes;
  const number = (u, v) => (u === null || v === null ? 0 : 1 + u * horizontal.kernel + v);
  if (active.grid === "output") {
    const met = (axis, out, cell) => whole((cell - out * axis.stride) / axis.dilation, axis.kernel);
    return {
      input: (row, column) =>
        number(met(vertical, active.row, row), met(horizontal, active.column, column)),
      kernel: () => -1,
      output: none,
    };
  }
  if (active.grid === "input") {
    const { row, column } = active;
    const uses = usesOfCell(axes, row - vertical.padding, column - horizontal.padding);
    const outputs = new Map(uses.map(({ i, j, u, v }) => [`${i},${j}`, number(u, v)]));
    const weights = new Set(uses.map(({ u, v }) => `${u},${v}`));
    return {
      input: none,
      output: (i, j) => outputs.get(`${i},${j}`) ?? 0,
      kernel: (u, v) => (weights.has(`${u},${v}`) ? -1 : 0),
    };
  }
  const used = (axis, k, cell) =>
    whole((cell - k * axis.dilation) / axis.stride, axis.output) !== null;
  const mine = number(active.row, active.column);
  return {
    input: (row, column) =>
      used(vertical, active.row, row) && used(horizontal, active.column, column) ? mine : 0,
    kernel: none,
    output: () => mine,
  };
}

/** A number, if it is whole and from 0 to below `end`; else null. */
function whole(number, end) {
  return Number.isInteger(number) && number >= 0 && number < end ? number : null;
}

/** The outline of the window; where the kernel does not fit, it sticks out of the input. */
function frames({ axes: [vertical, horizontal], fits }, { active, position }) {
  if (fits && active?.grid !== "output") return [];
  const at = (row, column) => ({ row: row * vertical.stride, column: column * horizontal.stride });
  const before = placeOf([vertical, horizontal], Math.max(0, position - 1));
  return [
    {
      grid: "input",
      ...(fits ? at(active.row, active.column) : { row: 0, column: 0 }),
      from: fits ? at(before.row, before.column) : undefined,
      rows: vertical.effective,
      columns: horizontal.effective,
      look: fits ? "" : "impossible",
    },
  ];
}

/** The products of one window on their way into the sum. */
function flight(place, { axes, input, weight, output, count }) {
  const [vertical, horizontal] = axes;
  return {
    products: windowTerms(input, weight, axes, place.row, place.column).map((term, position) => ({
      grid: "input",
      row: term.row + vertical.padding,
      column: term.column + horizontal.padding,
      factors: `${show(term.x)}·${inBrackets(term.w)}`,
      value: term.x * term.w,
      colour: positionColour(position, count),
    })),
    to: place,
    sum: show(output[place.row][place.column]),
  };
}

/** @param {State} state @returns {[string, string][]} */
function rules({ axes }) {
  const [{ kernel: f, dilation: d, effective }] = axes;
  const lines = axes.map((axis, i) => {
    const [letter, word] = [
      ["H", "height"],
      ["W", "width"],
    ][i];
    const { input, padding, stride, padded, output, fits } = axis;
    const top = `(${input} + 2·${padding} − ${effective})`;
    const rule = fits
      ? `⌊${top} / ${stride}⌋ + 1 = ⌊${show(padded - effective)} / ${stride}⌋ + 1 = ${output}`
      : `none: ${top} = ${show(padded - effective)} is below 0`;
    return /** @type {[string, string]} */ ([`output ${word} ${letter}₂`, rule]);
  });
  return [
    ["rule", "⌊(input + 2P − F̂) / S⌋ + 1"],
    ["effective kernel F̂", `F + (F − 1)(D − 1) = ${f} + ${f - 1}·${d - 1} = ${effective}`],
    ...lines,
  ];
}

function note(state) {
  const { axes, fits, centres } = state;
  const text = (centres ? centresInWords(axes) : "") || fateInWords(state);
  const size = fits ? `Output ${axes[0].output} by ${axes[1].output}.` : "";
  return { text, impossible: !fits, spoken: `${size} ${text}` };
}

function readoutFor(active, state, nameOf) {
  const { axes, input, weight, output } = state;
  const [vertical, horizontal] = axes;
  const name = nameOf(active);
  if (active.grid === "output") {
    const terms = windowTerms(input, weight, axes, active.row, active.column);
    return [
      readoutHead(name, ` = ${show(sumOf(terms))}`, "output"),
      html("p", { class: "cnn-hint" }, "window × kernel, added up:"),
      sumAsKernel(
        terms.map((term, at) => ({
          ...term,
          colour: positionColour(at, state.count),
          padding: isOutside(term, axes),
        })),
        horizontal.kernel,
        show(sumOf(terms)),
      ),
    ];
  }
  if (active.grid === "input") {
    const [row, column] = [active.row - vertical.padding, active.column - horizontal.padding];
    const uses = usesOfCell(axes, row, column);
    const padding = isPadding(axes, active.row, active.column);
    const what = padding ? " = 0 is padding" : ` = ${show(input[row][column])}`;
    const say =
      uses.length === 0
        ? "No output reads this cell."
        : `${uses.length} ${uses.length === 1 ? "output reads" : "outputs read"} this cell: `;
    const list = uses.map(({ i, j, u, v }) => `Y[${i}, ${j}] with W[${u}, ${v}]`).join("; ");
    return [readoutHead(name, what, "input"), html("p", {}, say, list)];
  }
  const outputs = output.length * (output[0]?.length ?? 0);
  const places = axes.map((axis, a) =>
    Array.from({ length: axis.output }, (_, i) =>
      show(i * axis.stride + [active.row, active.column][a] * axis.dilation - axis.padding),
    ),
  );
  return [
    readoutHead(name, ` = ${show(weight[active.row][active.column])}`, "kernel"),
    html(
      "p",
      {},
      outputs === 0
        ? "This weight is not used: the kernel does not fit."
        : `All ${outputs} outputs share this one weight. It meets the input in rows ` +
            `${places[0].join(", ")} and columns ${places[1].join(", ")}.`,
    ),
  ];
}

// ---- from the traits to numbers, words and code ------------------------------------------------

/** Sizes and values of a state. @param {{get: (name: string) => any}} model */
function compute(model) {
  const [stride, padding, dilation, kernel] = ["stride", "padding", "dilation", "kernel_size"].map(
    (n) => model.get(n),
  );
  const axisOf = (input) => windowAxis({ input, kernel, stride, padding, dilation });
  const axes = /** @type {[Axis, Axis]} */ ([
    axisOf(model.get("height")),
    axisOf(model.get("width")),
  ]);
  const input = model
    .get("values")
    .slice(0, axes[0].input)
    .map((row) => row.slice(0, axes[1].input));
  const weight = model
    .get("weights")
    .slice(0, kernel)
    .map((row) => row.slice(0, kernel));
  const fits = axes[0].fits && axes[1].fits;
  const output = fits ? conv2d(input, weight, axes) : [];
  const mostPadding = model.get("_limits").padding[1];
  return {
    axes,
    input,
    weight,
    fits,
    mostPadding,
    centres: model.get("centres"),
    shades: model.get("shades"),
    /** the largest values, which have the full shade */
    most: { input: largest(input), output: largest(output) },
    /** positions of the kernel */
    count: kernel * kernel,
    output,
  };
}

/** The largest value of a table, whatever its sign. */
function largest(rows) {
  return Math.max(1, ...rows.flat().map(Math.abs));
}

/** Row and column of the output at a position of the play bar. */
function placeOf([, horizontal], position) {
  const columns = Math.max(1, horizontal.output);
  return { row: Math.floor(position / columns), column: position % columns };
}

/** Whether a cell of the padded input is padding. */
function isPadding(axes, ...place) {
  return axes.some(({ input, padding }, a) => place[a] < padding || place[a] >= padding + input);
}

/** Which cells of the input the kernel's centre cannot stand on. @param {[Axis, Axis]} axes */
function forbiddenFor(axes) {
  const margins = axes.map(centreMargin);
  return (...place) =>
    axes.some(({ input }, a) => {
      const margin = margins[a];
      return margin !== null && (place[a] < margin || place[a] >= input - margin);
    });
}

/** @param {[Axis, Axis]} axes */
function centresInWords(axes) {
  if (!axes.every((axis) => axis.fits)) return "";
  const margins = axes.map(centreMargin);
  if (margins.includes(null)) return "An even kernel has no centre cell.";
  const all = axes[0].input * axes[1].input;
  const free = axes.reduce((product, { input }, a) => product * (input - 2 * margins[a]), 1);
  if (free === all) return `The kernel's centre may stand on all ${all} cells.`;
  return `Hatched: the kernel's centre cannot stand on ${all - free} of the ${all} cells.`;
}

/** What became of the cells: dropped, skipped, or why there is no output. */
function fateInWords({ axes: [vertical, horizontal], fits, mostPadding }) {
  if (!fits) {
    const short = vertical.input < horizontal.input ? vertical : horizontal;
    return whyNoOutput(short, mostPadding);
  }
  const sentences = [];
  const [rows, columns] = [vertical.dropped, horizontal.dropped];
  if (rows || columns) {
    const parts = [
      rows && `${rows} ${rows === 1 ? "row" : "rows"}`,
      columns && `${columns} ${columns === 1 ? "column" : "columns"}`,
    ];
    const all =
      vertical.padded * horizontal.padded -
      (vertical.padded - rows) * (horizontal.padded - columns);
    const real = (axis) => Math.min(axis.input, Math.max(0, axis.dropped - axis.padding));
    const mine =
      vertical.input * horizontal.input -
      (vertical.input - real(vertical)) * (horizontal.input - real(horizontal));
    const padding = mine === 0 ? "all" : mine === all ? "none" : String(all - mine);
    sentences.push(
      `The stride drops ${parts.filter(Boolean).join(" and ")} at the far border: ${all} ` +
        `${cells(all)} of the padded input, ${padding} of them padding.`,
    );
  }
  const [missedRows, missedColumns] = [vertical, horizontal].map(countBetween);
  if (missedRows || missedColumns) {
    const inside = (axis) => axis.padded - axis.dropped;
    const all =
      inside(vertical) * inside(horizontal) -
      (inside(vertical) - missedRows) * (inside(horizontal) - missedColumns);
    sentences.push(
      `${all} more ${cells(all)} between those that are read ${all === 1 ? "is" : "are"} skipped.`,
    );
  }
  return sentences.join(" ") || "Every cell of the padded input is read.";
}

/** Cells along an axis, before the dropped ones, that no window reads. */
function countBetween(axis) {
  let count = 0;
  for (let at = 0; at < axis.padded - axis.dropped; at++) {
    if (positionsReading(axis, at - axis.padding).length === 0) count++;
  }
  return count;
}

function cells(count) {
  return count === 1 ? "cell" : "cells";
}

function isOutside({ row, column }, [vertical, horizontal]) {
  return row < 0 || column < 0 || row >= vertical.input || column >= horizontal.input;
}

/**
 * The calls that compute this state: cnnlib, PyTorch, and the widget itself.
 * @returns {[string, string][]}
 */
function codeFor({ axes, input, weight }, key) {
  const [{ stride, padding, dilation }] = axes;
  const rows = (values) => `[\n${values.map((row) => `    [${row.join(", ")}],`).join("\n")}\n]`;
  const call = `stride=${stride}, padding=${padding}, dilation=${dilation}`;
  return [
    [
      "cnnlib",
      `import numpy as np\nimport cnnlib\n\ninput = np.array(${rows(input)})\nweight = ` +
        `np.array(${rows(weight)})\n` +
        `output = cnnlib.conv2d(input[None, None], weight[None, None], ${call})[0, 0]\n` +
        `print(output)`,
    ],
    [
      "PyTorch",
      `import torch\nimport torch.nn.functional as F\n\ninput = torch.tensor(${rows(input)}, ` +
        `dtype=torch.float64)\n` +
        `weight = torch.tensor(${rows(weight)}, dtype=torch.float64)\n` +
        `output = F.conv2d(input[None, None], weight[None, None], ${call})[0, 0]\nprint(output)`,
    ],
    [
      "This widget in a notebook",
      `from cnnlib.widgets import ConvolutionExplorer\n\nConvolutionExplorer(\n    ` +
        `input=${rows(input).replaceAll("\n", "\n    ")},\n` +
        `    weight=${rows(weight).replaceAll("\n", "\n    ")},\n    ${call}, key="${key}",\n)`,
    ],
  ];
}
