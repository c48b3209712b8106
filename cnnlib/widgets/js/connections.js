/**
 * Connections: a small image and a layer of neurons, fully connected, locally connected, and with
 * shared weights. Which input reaches which neuron, and how many weights that takes.
 */

import { usesOfCell, windowAxis } from "./arithmetic.js";
import { html } from "./dom.js";
import { createGridBench } from "./gridbench.js";
import { cnnlibCode } from "./python-code.js";
import { counted, listed, readoutHead } from "./readout.js";

export default { render };

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const bench = createGridBench({
    context,
    title: "Connections",
    label: "An image and a layer of neurons",
    settings: [
      {
        name: "kind",
        label: "Connections",
        choices: [
          ["dense", "dense: all to all"],
          ["local", "local: a window each"],
          ["shared", "shared: one kernel"],
        ],
      },
      { name: "size", label: "Image size" },
      { name: "kernel_size", label: "Kernel size" },
      { name: "side", label: "Photo side" },
      { name: "neurons", label: "Neurons" },
    ],
    grids: {
      input: { kind: "input", letter: "x" },
      hidden: { kind: "output", letter: "h" },
    },
    draw,
    code: () => codeFor(),
  });
  return bench.start();

  function codeFor() {
    const [size, kernel, side, neurons] = ["size", "kernel_size", "side", "neurons"].map((name) =>
      model.get(name),
    );
    return [
      cnnlibCode(
        `positions = cnnlib.conv_output_size(${size}, ${kernel}) ** 2`,
        `kernel = cnnlib.conv_parameters(1, 1, ${kernel}, bias=False)`,
        `dense = cnnlib.linear_parameters(${size} * ${size}, positions, bias=False)`,
        "local = positions * kernel",
        "shared = kernel",
        `photo_dense = cnnlib.linear_parameters(${side} * ${side} * 3, ${neurons}, bias=False)`,
        `photo_shared = cnnlib.conv_parameters(3, ${neurons}, ${kernel}, bias=False)`,
        "print(dense, local, shared, photo_dense, photo_shared)",
      ),
    ];
  }

  function draw() {
    const kind = model.get("kind");
    const axis = windowAxis({
      input: model.get("size"),
      kernel: model.get("kernel_size"),
      stride: 1,
      padding: 0,
      dilation: 1,
    });
    const [n, m] = [axis.input, axis.output];
    const active = bench.selection.active(
      { input: [n, n], hidden: [m, m] },
      m ? { grid: "hidden", row: 0, column: 0 } : null,
    );
    const pairs = pairsOf(active, kind, axis);
    const inputs = new Set(pairs.map(({ from }) => from.join()));
    const neurons = new Set(pairs.map(({ to }) => to.join()));
    const mark = (grid, set) => (row, column) =>
      bench.selection.marks(active, grid, row, column, set.has(`${row},${column}`) ? "window" : "");
    const markInput = mark("input", inputs);
    const markHidden = mark("hidden", neurons);
    bench.stage.draw(
      [
        {
          grid: bench.grids.input,
          title: `Image ${n}×${n}`,
          rows: n,
          columns: n,
          room: [n, n + 4],
          label: `Image, ${n} by ${n}`,
          cell: (row, column) => ({
            text: `x${row * n + column + 1}`,
            marks: markInput(row, column),
            label: `Pixel x${row * n + column + 1}`,
          }),
        },
        {
          grid: bench.grids.hidden,
          title: m ? `Neurons ${m}×${m}` : "No neurons",
          rows: m,
          columns: m,
          label: `Neurons, ${m} by ${m}`,
          cell: (row, column) => ({
            text: `h${row + 1}${column + 1}`,
            marks: markHidden(row, column),
            label: `Neuron h${row + 1}${column + 1}`,
          }),
        },
      ],
      {
        lines: pairs.map(({ from, to }) => ({ from: ["input", ...from], to: ["hidden", ...to] })),
        lineUps: [[2], [1, 1]],
      },
    );
    const counts = countsOf(axis);
    const [side, neuronCount] = [model.get("side"), model.get("neurons")];
    const format = (number) => number.toLocaleString("en");
    bench.drawSizes([
      ["dense", `${n * n} pixels · ${m * m} neurons = ${format(counts.dense)} weights`],
      [
        "local",
        `${m * m} neurons · ${axis.kernel}·${axis.kernel} = ${format(counts.local)} weights`,
      ],
      ["shared", `one kernel: ${axis.kernel}·${axis.kernel} = ${format(counts.shared)} weights`],
      [
        "a colour photo, dense",
        `${side}·${side}·3 inputs · ${neuronCount} neurons = ` +
          `${format(side * side * 3 * neuronCount)} weights`,
      ],
      [
        "the same, shared",
        `${axis.kernel}·${axis.kernel}·3 · ${neuronCount} kernels = ` +
          `${format(axis.kernel ** 2 * 3 * neuronCount)} weights`,
      ],
    ]);
    bench.drawNote(
      axis.fits
        ? `${counted(counts[kind], "weight")}, biases not counted.` +
            (kind === "shared"
              ? " The drawing is that of local: only the weights are the same everywhere."
              : "")
        : `No neurons: the kernel reaches ${counted(axis.kernel, "cell")}, the image has ${n}.`,
      !axis.fits,
    );
    bench.drawReadout(...(active ? readoutFor(active, pairs, n) : []));
  }
}

/** Connections that start or end at the active cell. */
function pairsOf(active, kind, axis) {
  if (!active || !axis.output) return [];
  const { row, column } = active;
  const all = (count) =>
    Array.from({ length: count * count }, (_, at) => [Math.floor(at / count), at % count]);
  if (active.grid === "hidden") {
    const from =
      kind === "dense" ? all(axis.input) : all(axis.kernel).map(([u, v]) => [row + u, column + v]);
    return from.map((place) => ({ from: place, to: [row, column] }));
  }
  const to =
    kind === "dense"
      ? all(axis.output)
      : usesOfCell([axis, axis], row, column).map(({ i, j }) => [i, j]);
  return to.map((place) => ({ from: [row, column], to: place }));
}

/** Weights of the three kinds. */
function countsOf({ input, kernel, output }) {
  return {
    dense: input ** 2 * output ** 2,
    local: output ** 2 * kernel ** 2,
    shared: output ? kernel ** 2 : 0,
  };
}

function readoutFor({ grid, row, column }, pairs, n) {
  if (grid === "hidden") {
    const names = pairs.map(({ from }) => `x${from[0] * n + from[1] + 1}`);
    return [
      readoutHead(`h${row + 1}${column + 1}`, ` has ${counted(names.length, "input")}`, "output"),
      html("p", {}, `It reads ${listed(names)}.`),
    ];
  }
  const names = pairs.map(({ to }) => `h${to[0] + 1}${to[1] + 1}`);
  return [
    readoutHead(`x${row * n + column + 1}`, ` reaches ${counted(names.length, "neuron")}`, "input"),
    html("p", {}, names.length ? `It is read by ${listed(names)}.` : "No neuron reads it."),
  ];
}
