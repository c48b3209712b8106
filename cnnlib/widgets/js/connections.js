/**
 * Connections: a small image and a layer of neurons, fully connected, locally connected, and with
 * shared weights. Which input reaches which neuron, and how many weights that takes.
 *
 * Pixels and neurons stand twice: as images, where the window is seen, and in a row each, where the
 * lines between them cross no number.
 */

import { usesOfCell, windowAxis } from "./arithmetic/convolution.js";
import { html } from "./parts/dom.js";
import { createGridBench } from "./parts/gridbench.js";
import { cnnlibCode } from "./parts/python-code.js";
import { counted, listed, readoutHead } from "./parts/readout.js";

export default { render };

/** More lines than these are a grey area. */
const MOST_LINES = 1000;

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
      pixels: { kind: "input", letter: "x" },
      neurons: { kind: "output", letter: "h" },
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
    const shapes = { input: [n, n], hidden: [m, m], pixels: [1, n * n], neurons: [1, m * m] };
    const active = bench.selection.active(shapes, m ? { grid: "hidden", row: 0, column: 0 } : null);
    const place = active && placeOf(active, n, m);
    const pairs = place ? pairsOf(place, kind, axis) : [];
    const chosen = {
      input: new Set(pairs.map(({ from }) => from.join())),
      hidden: new Set(pairs.map(({ to }) => to.join())),
    };
    const names = {
      input: (row, column) => [`x${row * n + column + 1}`, "Pixel"],
      hidden: (row, column) => [`h${row + 1}${column + 1}`, "Neuron"],
    };
    /** A grid of pixels or neurons, as an image or in a row. */
    const panel = (grid, layer, title, more = {}) => {
      const [rows, columns] = shapes[grid];
      return {
        grid: bench.grids[grid],
        title,
        rows,
        columns,
        label: rows > 1 ? `${title.split(" ")[0]}, ${rows} by ${columns}` : title,
        cell(row, column) {
          const { row: r, column: c } = placeOf({ grid, row, column }, n, m);
          const [text, what] = names[layer](r, c);
          const twin = place?.grid === layer && place.row === r && place.column === c;
          const marks = bench.selection.marks(
            active,
            grid,
            row,
            column,
            chosen[layer].has(`${r},${c}`) ? "window" : "",
            twin && active.grid !== grid ? "active" : "",
          );
          return { text, marks, label: `${what} ${text}` };
        },
        ...more,
      };
    };
    const line =
      (look) =>
      /** @returns {import("./parts/stage.js").Line} */
      ({ from: [i, j], to: [r, c] }) => ({
        from: ["neurons", 0, r * m + c],
        to: ["pixels", 0, i * n + j],
        look,
      });
    const all = allPairs(kind, axis);
    const inRow = { narrow: true };
    bench.stage.draw(
      [
        panel("input", "input", `Image ${n}×${n}`, { room: [n, n + 2] }),
        panel("hidden", "hidden", m ? `Neurons ${m}×${m}` : "No neurons"),
        panel("neurons", "hidden", "Neurons in a row", {
          ...inRow,
          subtitle: "above the pixels in a row",
          shift: Math.max(0, (n * n - m * m) / 2),
        }),
        // a title of its own would lie over the lines
        panel("pixels", "input", "Pixels in a row", { ...inRow, title: "" }),
      ],
      {
        frames: kind === "dense" || !place ? [] : [frameOf(place, pairs)].filter(Boolean),
        lines: [
          ...(all.length <= MOST_LINES ? all.map(line("faint")) : []),
          ...pairs.map(line("")),
        ],
        lineUps: [
          [2, 1, 1],
          [1, 1, 1, 1],
        ],
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
    bench.drawReadout(
      ...(place ? readoutFor(place, pairs, n, kind) : []),
      ...(all.length > MOST_LINES
        ? [html("p", { class: "cnn-hint" }, `Lines are drawn for this cell only.`)]
        : []),
    );
  }
}

/** The pixel or neuron that a cell stands for, in the image or in the row. */
function placeOf({ grid, row, column }, n, m) {
  if (grid === "input" || grid === "hidden") return { grid, row, column };
  const side = grid === "pixels" ? n : m;
  const [r, c] = [Math.floor(column / side), column % side];
  return { grid: grid === "pixels" ? "input" : "hidden", row: r, column: c };
}

/** All places of a square. */
function square(side) {
  return Array.from({ length: side * side }, (_, at) => [Math.floor(at / side), at % side]);
}

/** All connections of the layer. */
function allPairs(kind, axis) {
  return square(axis.output).flatMap(([row, column]) =>
    pairsOf({ grid: "hidden", row, column }, kind, axis),
  );
}

/** An outline around the window that a neuron reads, or around the neurons that read a pixel. */
function frameOf({ grid }, pairs) {
  if (!pairs.length) return null;
  const ends = pairs.map(({ from, to }) => (grid === "hidden" ? from : to));
  const [row, column] = ends[0];
  const [bottom, right] = ends[ends.length - 1];
  const other = grid === "hidden" ? "input" : "hidden";
  return { grid: other, row, column, rows: bottom - row + 1, columns: right - column + 1 };
}

/** Connections that start or end at a place. */
function pairsOf({ grid, row, column }, kind, axis) {
  if (!axis.output) return [];
  if (grid === "hidden") {
    const from =
      kind === "dense"
        ? square(axis.input)
        : square(axis.kernel).map(([u, v]) => [row + u, column + v]);
    return from.map((place) => ({ from: place, to: [row, column] }));
  }
  const to =
    kind === "dense"
      ? square(axis.output)
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

function readoutFor({ grid, row, column }, pairs, n, kind) {
  if (grid === "hidden") {
    const names = pairs.map(({ from }) => `x${from[0] * n + from[1] + 1}`);
    return [
      readoutHead(`h${row + 1}${column + 1}`, ` has ${counted(names.length, "input")}`, "output"),
      html("p", {}, `It reads ${listed(names)}.`),
      html(
        "p",
        {},
        kind === "shared"
          ? `Its ${counted(names.length, "weight")}: those of the one kernel, as every neuron has.`
          : `Its ${counted(names.length, "weight")}: its own, no other neuron has them.`,
      ),
    ];
  }
  const names = pairs.map(({ to }) => `h${to[0] + 1}${to[1] + 1}`);
  return [
    readoutHead(`x${row * n + column + 1}`, ` reaches ${counted(names.length, "neuron")}`, "input"),
    html("p", {}, names.length ? `It is read by ${listed(names)}.` : "No neuron reads it."),
  ];
}
