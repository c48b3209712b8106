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
  windowAxis,
  windowTerms,
} from "./arithmetic/convolution.js";
import { html } from "./parts/dom.js";
import { createGridBench } from "./parts/gridbench.js";
import { cnnlibCode, pythonArray } from "./parts/python-code.js";
import { counted, readoutHead } from "./parts/readout.js";

export default { render };

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const bench = createGridBench({
    context,
    title: "Dilation against stride",
    label: "The same input, dilated and strided, with both outputs",
    settings: [
      { name: "size", label: "Input size" },
      { name: "kernel_size", label: "Kernel size F" },
      { name: "dilation", label: "Dilation (left)" },
      { name: "stride", label: "Stride (right)" },
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
    play: { say: (position) => `window ${position + 1}`, label: "Move both windows" },
    draw,
    code: () => codeFor(),
  });
  return bench.start();

  function codeFor() {
    const [size, kernel] = [model.get("size"), model.get("kernel_size")];
    const call = (more) => `cnnlib.conv2d(input[None, None], weight[None, None], ${more})[0, 0]`;
    return [
      cnnlibCode(
        pythonArray("input", corner(model.get("values"), size, size)),
        pythonArray("weight", corner(model.get("weights"), kernel, kernel)),
        `dilated = ${call(`dilation=${model.get("dilation")}`)}`,
        `strided = ${call(`stride=${model.get("stride")}`)}`,
        "print(dilated)\nprint(strided)",
      ),
    ];
  }

  function draw() {
    const sides = [
      ["dilated", model.get("dilation"), 1],
      ["strided", 1, model.get("stride")],
    ].map(([name, dilation, stride]) => sideOf(name, dilation, stride));
    const counts = sides.map(({ axis }) => axis.output ** 2);
    const most = Math.max(...counts);
    const position = Math.min(model.get("position"), Math.max(0, most - 1));
    const shapes = {};
    for (const { name, axis } of sides) {
      shapes[name] = [axis.input, axis.input];
      shapes[`${name}_output`] = [axis.output, axis.output];
    }
    const active = bench.selection.active(shapes, null);
    const frames = [];
    const panels = sides.flatMap((side, s) => {
      const { name, axis, input, output } = side;
      const out = `${name}_output`;
      const own =
        active?.grid === out
          ? [active.row, active.column]
          : active || !counts[s]
            ? null
            : placeAt(Math.min(position, counts[s] - 1), axis.output);
      const readAnywhere = Array.from(
        { length: axis.input },
        (_, at) => positionsReading(axis, at).length > 0,
      );
      const inWindow = (at, start) => {
        const k = (at - start * axis.stride) / axis.dilation;
        return Number.isInteger(k) && k >= 0 && k < axis.kernel;
      };
      const usedBy = (i, j) =>
        active?.grid === name && inWindow(active.row, i) && inWindow(active.column, j);
      if (own)
        frames.push({
          grid: name,
          row: own[0] * axis.stride,
          column: own[1] * axis.stride,
          rows: axis.reach,
          columns: axis.reach,
        });
      const word = s ? `Stride ${axis.stride}` : `Dilation ${axis.dilation}`;
      const mark = (grid, row, column, ...marks) =>
        bench.selection.marks(active, grid, row, column, ...marks);
      return [
        {
          grid: bench.grids[name],
          title: word,
          subtitle: `${axis.input}×${axis.input} input`,
          rows: axis.input,
          columns: axis.input,
          room: [axis.fits ? 0 : axis.reach, axis.fits ? 0 : axis.reach],
          label: `${word}: input, ${axis.input} by ${axis.input}`,
          cell(row, column) {
            const hit = own && inWindow(row, own[0]) && inWindow(column, own[1]);
            const unread = axis.fits && !(readAnywhere[row] && readAnywhere[column]);
            const fate = unread ? ", read by no window" : hit ? ", in the window" : "";
            return {
              text: show(input[row][column]),
              marks: mark(name, row, column, hit ? "window" : "", unread ? "unread" : ""),
              label: `Input row ${row}, column ${column}: ${input[row][column]}${fate}`,
            };
          },
        },
        {
          grid: bench.grids[out],
          title: axis.fits ? `Output ${axis.output}×${axis.output}` : "No output",
          subtitle: axis.fits ? "" : `reaches ${axis.reach} of ${axis.input}`,
          rows: axis.output,
          columns: axis.output,
          label: `${word}: output, ${axis.output} by ${axis.output}`,
          cell(row, column) {
            const here = (own && own[0] === row && own[1] === column) || usedBy(row, column);
            return {
              text: show(output[row][column]),
              marks: mark(out, row, column, here ? "window" : ""),
              label: `Output row ${row}, column ${column}: ${output[row][column]}`,
            };
          },
        },
      ];
    });
    bench.stage.draw(panels, { frames, lineUps: [[4], [2, 2], [1, 1, 1, 1]] });
    bench.bar.set(position, most);
    bench.drawSizes(
      sides.map(({ axis }, s) => [
        s ? "with stride" : "with dilation",
        axis.fits
          ? `⌊(${axis.input} − ${axis.reach}) / ${axis.stride}⌋ + 1 = ${axis.output}`
          : `none: the kernel reaches ${axis.reach} cells of ${axis.input}`,
      ]),
    );
    const told = sides.map((side, s) => inWords(side, s)).join(" ");
    bench.drawNote(
      told,
      sides.some(({ axis }) => !axis.fits),
    );
    bench.drawReadout(...readoutFor(active, sides));
    bench.drawEditor();
  }

  function sideOf(name, dilation, stride) {
    const kernel = model.get("kernel_size");
    const size = model.get("size");
    const axis = windowAxis({ input: size, kernel, stride, padding: 0, dilation });
    const input = corner(model.get("values"), size, size);
    const weight = corner(model.get("weights"), kernel, kernel);
    return { name, axis, input, weight, output: conv2d(input, weight, [axis, axis]) };
  }

  function readoutFor(active, sides) {
    if (!active) {
      return [
        html(
          "p",
          {},
          "Dilation skips cells inside each window and keeps nearly every position. Stride " +
            "skips positions of the window and keeps every cell inside it.",
        ),
      ];
    }
    const side = sides.find(({ name }) => active.grid.startsWith(name));
    const name = bench.nameOf(active);
    if (active.grid.endsWith("output")) {
      const terms = windowTerms(
        side.input,
        side.weight,
        [side.axis, side.axis],
        active.row,
        active.column,
      );
      const rows = [...new Set(terms.map(({ row }) => row))].join(", ");
      const columns = [...new Set(terms.map(({ column }) => column))].join(", ");
      return [
        readoutHead(name, ` = ${show(sumOf(terms))}`, "output"),
        html("p", {}, `It reads rows ${rows} and columns ${columns}.`),
      ];
    }
    const uses =
      positionsReading(side.axis, active.row).length *
      positionsReading(side.axis, active.column).length;
    const value = side.input[active.row][active.column];
    return [
      readoutHead(name, ` = ${show(value)}`, "input"),
      html("p", {}, `${counted(uses, "output")} ${uses === 1 ? "reads" : "read"} this cell.`),
    ];
  }
}

function placeAt(position, columns) {
  return [Math.floor(position / columns), position % columns];
}

/** What one side reads and skips. */
function inWords({ axis }, s) {
  const word = s ? `Stride ${axis.stride}` : `Dilation ${axis.dilation}`;
  if (!axis.fits)
    return (
      `${word}: no output, the kernel reaches ${counted(axis.reach, "cell")}, the input ` +
      `has ${axis.input}.`
    );
  const [read, covered] = [axis.kernel ** 2, axis.reach ** 2];
  const lines = Array.from(
    { length: axis.input },
    (_, at) => positionsReading(axis, at).length > 0,
  ).filter(Boolean).length;
  return (
    `${word}: each window reads ${counted(read, "cell")} and skips ${covered - read}; output ` +
    `${axis.output}×${axis.output}; ` +
    `${axis.input ** 2 - lines ** 2} cells of the input are read by no window.`
  );
}
