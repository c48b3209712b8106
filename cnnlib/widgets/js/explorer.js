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
  table,
  usesOfCell,
  windowAxis,
  windowTerms,
} from "./arithmetic/convolution.js";
import { html } from "./parts/dom.js";
import { createGridBench } from "./parts/gridbench.js";
import { productOf, readoutHead, sumInLines } from "./parts/readout.js";

/** @typedef {import("./arithmetic/convolution.js").Axis} Axis */

const SETTINGS = [
  { name: "height", label: "Input height" },
  { name: "width", label: "Input width" },
  { name: "kernel_size", label: "Kernel size" },
  { name: "stride", label: "Stride" },
  { name: "padding", label: "Padding" },
  { name: "dilation", label: "Dilation" },
  { name: "position", label: "Position", bare: true },
];
const TABLES = { input: "values", kernel: "weights" };

export default { render };

/**
 * @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it
 * @returns {() => void} what to do when the view goes
 */
function render(context) {
  const { model } = context;
  const bench = createGridBench({
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
        table: TABLES.input,
        origin: () => [model.get("padding"), model.get("padding")],
        refusal: (place) =>
          isPadding(place) ? "Padding is always zero. Choose a cell of the input." : "",
      },
      kernel: { kind: "kernel", letter: "W", table: TABLES.kernel },
      output: { kind: "output", letter: "Y" },
    },
    play: {
      say(position) {
        const columns = Math.max(1, compute(model).axes[1].output);
        return `row ${Math.floor(position / columns)}, column ${position % columns}`;
      },
    },
    draw,
    code: () => codeFor(compute(model), model.get("key")),
  });
  const { bar, grids, nameOf, selection, stage } = bench;
  return bench.start();

  // ---- places ----------------------------------------------------------------------------

  /** The place in the trait's table; input cells are drawn with the padding before them. */
  function tablePlace({ grid, row, column }) {
    const p = grid === "input" ? model.get("padding") : 0;
    return [row - p, column - p];
  }

  function isPadding(place) {
    if (place.grid !== "input") return false;
    const [row, column] = tablePlace(place);
    return row < 0 || column < 0 || row >= model.get("height") || column >= model.get("width");
  }

  function valueAt(place) {
    if (isPadding(place)) return 0;
    const [row, column] = tablePlace(place);
    return model.get(TABLES[place.grid])[row][column];
  }

  // ---- drawing ---------------------------------------------------------------------------

  function draw() {
    const state = compute(model);
    const { axes, input, weight, output } = state;
    const [vertical, horizontal] = axes;
    const count = vertical.output * horizontal.output;
    const position = Math.min(model.get("position"), Math.max(0, count - 1));
    const shapes = {
      input: [vertical.padded, horizontal.padded],
      kernel: [vertical.kernel, horizontal.kernel],
      output: [output.length, output[0]?.length ?? 0],
    };
    const step = count
      ? {
          grid: "output",
          row: Math.floor(position / horizontal.output),
          column: position % horizontal.output,
        }
      : null;
    const active = selection.active(shapes, step);
    const marks = marksFor(active, state);
    const at = (grid, row, column, ...own) =>
      selection.marks(active, grid, row, column, ...own, marks[grid](row, column));
    const read = axes.map((axis) =>
      Array.from(
        { length: axis.padded },
        (_, at) => positionsReading(axis, at - axis.padding).length > 0,
      ),
    );
    const p = vertical.padding;
    const [readRows, readColumns] = [
      vertical.padded - vertical.dropped,
      horizontal.padded - horizontal.dropped,
    ];
    const reach = vertical.reach;
    const forbidden = model.get("centres") ? forbiddenFor(axes) : () => false;
    stage.draw(
      [
        {
          grid: grids.input,
          title: `Input ${vertical.input}×${horizontal.input}`,
          subtitle: p ? `padded: ${vertical.padded}×${horizontal.padded}` : "no padding",
          rows: vertical.padded,
          columns: horizontal.padded,
          // an impossible kernel sticks out of the input: leave room for it
          room: [vertical.fits ? 0 : vertical.reach, horizontal.fits ? 0 : horizontal.reach],
          label: `Input with padding, ${vertical.padded} by ${horizontal.padded}`,
          cell(row, column) {
            const padding =
              row < p || column < p || row >= p + vertical.input || column >= p + horizontal.input;
            const value = padding ? 0 : input[row - p][column - p];
            const dropped = row >= readRows || column >= readColumns;
            const unread = !dropped && count > 0 && !(read[0][row] && read[1][column]);
            const what = padding ? "Padding" : "Input";
            const barred = !padding && forbidden(row - p, column - p);
            const fate = barred
              ? ", out of reach for the centre"
              : dropped
                ? ", dropped by the stride"
                : unread
                  ? ", read by no window"
                  : "";
            return {
              text: show(value),
              marks: at(
                "input",
                row,
                column,
                padding ? "padding" : "",
                dropped ? "dropped" : unread ? "unread" : "",
                barred ? "forbidden" : "",
              ),
              label: `${what} row ${row - p}, column ${column - p}: ${value}${fate}`,
            };
          },
        },
        {
          grid: grids.kernel,
          title: `Kernel ${vertical.kernel}×${horizontal.kernel}`,
          subtitle: vertical.dilation > 1 ? `reaches ${reach}×${reach}` : "",
          rows: vertical.kernel,
          columns: horizontal.kernel,
          label: `Kernel, ${vertical.kernel} by ${horizontal.kernel}`,
          cell: (row, column) => ({
            text: show(weight[row][column]),
            marks: at("kernel", row, column),
            label: `Weight row ${row}, column ${column}: ${weight[row][column]}`,
          }),
        },
        {
          grid: grids.output,
          title: count ? `Output ${vertical.output}×${horizontal.output}` : "No output",
          subtitle: count ? "" : "the kernel does not fit",
          rows: shapes.output[0],
          columns: shapes.output[1],
          label: `Output, ${vertical.output} by ${horizontal.output}`,
          cell(row, column) {
            const later = bench.state.playing && row * horizontal.output + column > position;
            return {
              text: later ? "" : show(output[row][column]),
              marks: at("output", row, column, later ? "later" : ""),
              label:
                `Output row ${row}, column ${column}: ` +
                `${later ? "not computed yet" : output[row][column]}`,
            };
          },
        },
      ],
      { frames: frameOf(active, state), lineUps: [[3], [1, 2]] },
    );
    bar.set(position, count);
    drawRules(state);
    const fate = html("p", {}, fateInWords(state));
    bench.drawReadout(...(active ? readoutFor(active, state) : [fate]));
    bench.drawEditor();
  }

  /** Which cells of each grid belong to the active one. */
  function marksFor(active, { axes }) {
    /** @type {(row: number, column: number) => string} */
    const none = () => "";
    const p = axes[0].padding;
    const marked = { input: none, kernel: none, output: none };
    if (active?.grid === "output") {
      const inAxis = (axis, out, cell) => {
        const k = (cell - out * axis.stride) / axis.dilation;
        return Number.isInteger(k) && k >= 0 && k < axis.kernel;
      };
      marked.input = (row, column) =>
        inAxis(axes[0], active.row, row) && inAxis(axes[1], active.column, column) ? "window" : "";
      marked.kernel = () => "window";
    } else if (active?.grid === "input") {
      const uses = usesOfCell(axes, active.row - p, active.column - p);
      const outputs = new Set(uses.map(({ i, j }) => `${i},${j}`));
      const weights = new Set(uses.map(({ u, v }) => `${u},${v}`));
      marked.output = (row, column) => (outputs.has(`${row},${column}`) ? "window" : "");
      marked.kernel = (row, column) => (weights.has(`${row},${column}`) ? "window" : "");
    } else if (active?.grid === "kernel") {
      const usedBy = (axis, k, cell) => {
        const out = (cell - k * axis.dilation) / axis.stride;
        return Number.isInteger(out) && out >= 0 && out < axis.output;
      };
      marked.input = (row, column) =>
        usedBy(axes[0], active.row, row) && usedBy(axes[1], active.column, column) ? "window" : "";
      marked.output = () => "window";
    }
    return marked;
  }

  /** The outline of the window; where the kernel does not fit, it sticks out of the input. */
  function frameOf(active, { axes: [vertical, horizontal], fits }) {
    if (fits && active?.grid !== "output") return [];
    const [row, column] = fits
      ? [active.row * vertical.stride, active.column * horizontal.stride]
      : [0, 0];
    const [rows, columns] = [vertical.reach, horizontal.reach];
    return [{ grid: "input", row, column, rows, columns, look: fits ? "" : "impossible" }];
  }

  function drawRules(state) {
    const { axes } = state;
    const lines = [];
    if (axes[0].dilation > 1) {
      const { kernel: k, dilation: d, reach } = axes[0];
      lines.push(["kernel reaches", `F + (F − 1)(D − 1) = ${k} + ${k - 1}·${d - 1} = ${reach}`]);
    }
    axes.forEach((axis, i) => {
      const [letter, word] = [
        ["H", "height"],
        ["W", "width"],
      ][i];
      const { input, padding, reach, stride, padded, output, fits } = axis;
      const top = `(${input} + 2·${padding} − ${reach})`;
      const rule = fits
        ? `⌊${top} / ${stride}⌋ + 1 = ⌊${show(padded - reach)} / ${stride}⌋ + 1 = ${output}`
        : `none: ${top} = ${show(padded - reach)} is below 0`;
      lines.push([`output ${word} ${letter}₂`, rule]);
    });
    bench.drawSizes([["rule", "⌊(input + 2P − F) / S⌋ + 1"], ...lines]);
    const sentence = (model.get("centres") ? centresInWords(axes) : "") || fateInWords(state);
    const size = state.fits ? `Output ${axes[0].output} by ${axes[1].output}.` : "";
    bench.drawNote(sentence, !state.fits, `${size} ${sentence}`);
  }

  function readoutFor(active, { axes, input, weight, output }) {
    const p = axes[0].padding;
    const name = nameOf(active);
    if (active.grid === "output") {
      const terms = windowTerms(input, weight, axes, active.row, active.column);
      const lines = table(axes[0].kernel, axes[1].kernel, (u, v) => terms[u * axes[1].kernel + v]);
      return [
        readoutHead(name, ` = ${show(sumOf(terms))}`, "output"),
        html("p", { class: "cnn-hint" }, "window × kernel, row by row:"),
        sumInLines(
          lines.map((line, u) =>
            line.flatMap((term, v) => [
              u + v > 0 ? " + " : "",
              ...productOf(term, isOutside(term, axes)),
            ]),
          ),
          ["= ", html("strong", { class: "cnn-text-output" }, show(sumOf(terms)))],
        ),
      ];
    }
    if (active.grid === "input") {
      const uses = usesOfCell(axes, active.row - p, active.column - p);
      const what = isPadding(active) ? " = 0 is padding" : ` = ${show(valueAt(active))}`;
      const say =
        uses.length === 0
          ? "No output reads this cell."
          : `${uses.length} ${uses.length === 1 ? "output reads" : "outputs read"} this cell: `;
      const list = uses.map(({ i, j, u, v }) => `Y[${i}, ${j}] with W[${u}, ${v}]`).join("; ");
      return [readoutHead(name, what, "input"), html("p", {}, say, list)];
    }
    const count = output.length * (output[0]?.length ?? 0);
    const rows = axes.map((axis, a) =>
      Array.from({ length: axis.output }, (_, i) =>
        show(i * axis.stride + [active.row, active.column][a] * axis.dilation - axis.padding),
      ),
    );
    return [
      readoutHead(name, ` = ${show(valueAt(active))}`, "kernel"),
      html(
        "p",
        {},
        count === 0
          ? "This weight is not used: the kernel does not fit."
          : `All ${count} outputs share this one weight. It meets the input in rows ` +
              `${rows[0].join(", ")} and columns ${rows[1].join(", ")}.`,
      ),
    ];
  }
}

// ---- from the traits to numbers, words and code ------------------------------------------------

/** Sizes and values of a state. */
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
  const mostPadding = model.get("_limits").padding[1];
  return {
    axes,
    input,
    weight,
    fits,
    mostPadding,
    output: fits ? conv2d(input, weight, axes) : [],
  };
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
    const { kernel, dilation, padded, reach, input, padding } = short;
    const enough = Math.ceil((reach - input) / 2);
    const advice = enough <= mostPadding ? [`padding ${enough}`] : [];
    if (padded >= kernel && dilation > 1)
      advice.push(`dilation ${Math.floor((padded - 1) / (kernel - 1))}`);
    advice.push(`a kernel of ${Math.floor((padded - 1) / dilation) + 1}`);
    return (
      `No output: the kernel reaches ${reach} ${cells(reach)}, the padded input has ${padded} ` +
      `(${input} + 2·${padding}). It would fit with ${advice.join(", or with ")}.`
    );
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
      `${all} more ${cells(all)} between the windows ${all === 1 ? "is" : "are"} never read.`,
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

/** The calls that compute this state: cnnlib, PyTorch, and the widget itself. */
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
