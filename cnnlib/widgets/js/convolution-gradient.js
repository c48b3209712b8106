/**
 * The gradient of a convolution, cell by cell: how the gradient of the output becomes that of the
 * input and that of the weights, beside a finite difference of the same cell.
 */

import {
  conv2d,
  corner,
  show,
  table,
  tidy,
  usesOfCell,
  windowAxis,
  windowTerms,
} from "./arithmetic/convolution.js";
import { html } from "./parts/dom.js";
import { createGridBench } from "./parts/gridbench.js";
import { pythonRows } from "./parts/python-code.js";
import { counted, inBrackets, readoutHead, sumInLines } from "./parts/readout.js";

export default { render };

const EPSILON = 0.01;

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const compute = () => gradientsOf((name) => model.get(name));
  const bench = createGridBench({
    context,
    title: "Gradient of a convolution",
    label: "Input, kernel, gradient of the output, and the gradients of input and kernel",
    settings: [
      { name: "size", label: "Input size" },
      { name: "kernel_size", label: "Kernel size F" },
      { name: "stride", label: "Stride S" },
      { name: "padding", label: "Padding P" },
      { name: "dilation", label: "Dilation D" },
      { name: "position", label: "Position", bare: true },
    ],
    tables: [
      { name: "values", short: "x", shape: ({ size }) => [size, size] },
      { name: "weights", short: "w", shape: ({ kernel_size: size }) => [size, size] },
      {
        name: "gradients",
        short: "g",
        shape(state) {
          const { output } = gradientsOf((name) => state[name]).axis;
          return [output, output];
        },
      },
    ],
    grids: {
      input: { kind: "input", letter: "X", table: "values" },
      kernel: { kind: "kernel", letter: "W", table: "weights" },
      grad_output: { kind: "gradient", letter: "dY", table: "gradients" },
      grad_input: { kind: "gradient", letter: "dX" },
      grad_weight: { kind: "gradient", letter: "dW" },
    },
    play: {
      say(position) {
        const columns = Math.max(1, compute().axis.output);
        return `row ${Math.floor(position / columns)}, column ${position % columns}`;
      },
      label: "Move the window: what it adds",
    },
    draw,
    code: () => codeFor(compute()),
  });
  return bench.start();

  function draw() {
    const whole = compute();
    const { axis, input, weight, gradient } = whole;
    const [n, k, o] = [axis.input, axis.kernel, axis.output];
    const position = Math.min(model.get("position"), Math.max(0, o * o - 1));
    // while the bar plays, the gradients grow window by window
    const isLater = (i, j) => bench.state.playing && i * o + j > position;
    const state = bench.state.playing
      ? withGradients({
          ...whole,
          gradient: gradient.map((line, i) => line.map((g, j) => (isLater(i, j) ? 0 : g))),
        })
      : whole;
    const { gradInput, gradWeight } = state;
    const shapes = {
      input: [n, n],
      kernel: [k, k],
      grad_output: [o, o],
      grad_input: [n, n],
      grad_weight: [k, k],
    };
    const active = bench.selection.active(
      shapes,
      axis.fits
        ? { grid: "grad_output", row: Math.floor(position / o), column: position % o }
        : null,
    );
    const hits = hitsOf(active, state);
    const panel = (name, title, values) => ({
      grid: bench.grids[name],
      title,
      rows: values.length,
      columns: values.length,
      label: `${title}, ${values.length} by ${values.length}`,
      cell: (row, column) => ({
        text: show(values[row][column]),
        marks: bench.selection.marks(
          active,
          name,
          row,
          column,
          hits[name]?.has(`${row},${column}`) ? "window" : "",
        ),
        label: `${title} row ${row}, column ${column}: ${values[row][column]}`,
      }),
    });
    bench.stage.draw(
      [
        panel("input", `Input ${n}×${n}`, input),
        panel("kernel", `Kernel ${k}×${k}`, weight),
        panel("grad_output", axis.fits ? `Gradient of output ${o}×${o}` : "No output", gradient),
        panel("grad_input", "Gradient of the input", axis.fits ? gradInput : []),
        panel("grad_weight", "Gradient of the kernel", axis.fits ? gradWeight : []),
      ],
      { lineUps: [[5], [3, 2], [2, 2, 1], [1, 2, 2], [1, 1, 1, 1, 1]] },
    );
    bench.bar.set(position, o * o);
    bench.drawSizes([
      ["∂L/∂W[u, v]", "Σ over i, j of dY[i, j] · X[i·S + u·D − P, j·S + v·D − P]"],
      ["∂L/∂X[r, c]", "Σ of dY[i, j] · W[u, v] over all windows that read the cell"],
    ]);
    bench.drawNote(
      axis.fits
        ? `Output ${o}×${o}. Each gradient is a sum of products with the gradient of the output.`
        : `No output: the kernel reaches ${counted(axis.reach, "cell")}, the padded input has ` +
            `${axis.padded}.`,
      !axis.fits,
    );
    bench.drawReadout(...(active ? readoutFor(active, state) : []));
    bench.drawEditor();
  }

  function readoutFor(active, state) {
    const { axis, gradInput, gradWeight, input, weight, gradient } = state;
    const name = bench.nameOf(active);
    const { row, column } = active;
    if (active.grid === "grad_output") {
      const g = gradient[row][column];
      const given = windowTerms(input, weight, [axis, axis], row, column)
        .filter((term) => input[term.row]?.[term.column] !== undefined)
        .map(({ u, v, row: r, column: c, x, w }) => [
          `dX[${r}, ${c}] gets ${show(g)}·${inBrackets(w)} = ${show(g * w)}; ` +
            `dW[${u}, ${v}] gets ${show(g)}·${inBrackets(x)} = ${show(g * x)}`,
        ]);
      return [
        readoutHead(name, ` = ${show(g)}`, "gradient"),
        sumInLines(given, given.length ? [] : ["Its window lies in the padding."]),
      ];
    }
    const byWeight = active.grid === "grad_weight" || active.grid === "kernel";
    const terms = byWeight
      ? weightTerms(state, row, column)
      : usesOfCell([axis, axis], row, column).map(({ i, j, u, v }) => ({
          g: gradient[i][j],
          x: weight[u][v],
        }));
    const value = byWeight ? gradWeight[row]?.[column] : gradInput[row]?.[column];
    if (value === undefined) return [readoutHead(name, "", byWeight ? "kernel" : "input")];
    const own =
      active.grid === "kernel"
        ? ` = ${show(weight[row][column])}`
        : active.grid === "input"
          ? ` = ${show(input[row][column])}`
          : ` = ${show(value)}`;
    const nudged = finiteDifference(state, byWeight, row, column);
    const kind = { kernel: "kernel", input: "input" }[active.grid] ?? "gradient";
    return [
      readoutHead(name, own, kind),
      sumInLines(
        [
          [
            "gradient: ",
            terms.map(({ g, x }) => `${inBrackets(g)}·${inBrackets(x)}`).join(" + ") ||
              "no window reads it",
          ],
        ],
        ["= ", html("strong", { class: "cnn-text-gradient" }, show(value))],
      ),
      html(
        "p",
        { class: "cnn-check" },
        `Finite difference: (L(+${EPSILON}) − L(−${EPSILON})) / ${2 * EPSILON} = ${show(nudged)}`,
      ),
    ];
  }
}

/** Sizes, values and gradients of a state. */
function gradientsOf(get) {
  const [size, kernel] = [get("size"), get("kernel_size")];
  const axis = windowAxis({
    input: size,
    kernel,
    stride: get("stride"),
    padding: get("padding"),
    dilation: get("dilation"),
  });
  const input = corner(get("values"), size, size);
  const weight = corner(get("weights"), kernel, kernel);
  const gradient = corner(get("gradients"), axis.output, axis.output);
  return withGradients({ axis, input, weight, gradient });
}

/** A state with the gradients of input and kernel. */
function withGradients(state) {
  const { axis, weight, gradient } = state;
  const [size, kernel] = [axis.input, axis.kernel];
  return {
    ...state,
    gradWeight: table(kernel, kernel, (u, v) =>
      tidy(weightTerms(state, u, v).reduce((sum, { g, x }) => sum + g * x, 0)),
    ),
    gradInput: table(size, size, (r, c) =>
      tidy(
        usesOfCell([axis, axis], r, c).reduce(
          (sum, { i, j, u, v }) => sum + gradient[i][j] * weight[u][v],
          0,
        ),
      ),
    ),
  };
}

/** What the gradient of weight (u, v) collects: each output's gradient times the cell it met. */
function weightTerms({ axis, input, gradient }, u, v) {
  return gradient.flatMap((line, i) =>
    line.map((g, j) => ({
      g,
      x: valueMet(axis, input, i, u, j, v),
    })),
  );
}

/** The cell of the input that weight (u, v) meets in window (i, j); padding is 0. */
function valueMet(axis, input, i, u, j, v) {
  return input[cellMet(axis, i, u)]?.[cellMet(axis, j, v)] ?? 0;
}

function cellMet({ stride, padding, dilation }, window, k) {
  return window * stride + k * dilation - padding;
}

/** The slope of L = Σ dY·Y, measured by moving one number a little to both sides. */
function finiteDifference({ axis, input, weight, gradient }, byWeight, row, column) {
  const loss = (step) => {
    const moved = (values) =>
      values.map((line, r) => line.map((x, c) => (r === row && c === column ? x + step : x)));
    const output = byWeight
      ? conv2d(input, moved(weight), [axis, axis])
      : conv2d(moved(input), weight, [axis, axis]);
    return output.reduce(
      (sum, line, i) => sum + line.reduce((part, y, j) => part + y * gradient[i][j], 0),
      0,
    );
  };
  return (loss(EPSILON) - loss(-EPSILON)) / (2 * EPSILON);
}

/** The cells of each grid that take part in the active one. */
function hitsOf(active, { axis, gradient }) {
  const hits = {
    input: new Set(),
    kernel: new Set(),
    grad_output: new Set(),
    grad_input: new Set(),
    grad_weight: new Set(),
  };
  if (!active) return hits;
  const add = (name, row, column) => hits[name].add(`${row},${column}`);
  const { row, column } = active;
  if (active.grid === "grad_weight" || active.grid === "kernel") {
    add("kernel", row, column);
    gradient.forEach((line, i) =>
      line.forEach((_, j) => {
        add("grad_output", i, j);
        add("input", cellMet(axis, i, row), cellMet(axis, j, column));
      }),
    );
  } else if (active.grid === "grad_output") {
    for (let u = 0; u < axis.kernel; u++) {
      for (let v = 0; v < axis.kernel; v++) {
        const met = [cellMet(axis, row, u), cellMet(axis, column, v)];
        for (const name of ["input", "grad_input"]) add(name, ...met);
        for (const name of ["kernel", "grad_weight"]) add(name, u, v);
      }
    }
  } else {
    add("input", row, column);
    for (const { i, j, u, v } of usesOfCell([axis, axis], row, column)) {
      add("grad_output", i, j);
      add("kernel", u, v);
    }
  }
  return hits;
}

function codeFor({ axis, input, weight, gradient }) {
  return [
    [
      "cnnlib",
      `import numpy as np\nimport cnnlib\n\ninput = np.array(${pythonRows(input)}, dtype=float)\n` +
        `weight = np.array(${pythonRows(weight)}, dtype=float)\ngrad_output = ` +
        `np.array(${pythonRows(gradient)}, dtype=float)\n` +
        "grad_input, grad_weight, grad_bias = cnnlib.conv2d_backward(\n    grad_output[None, " +
        "None], input[None, None], weight[None, None],\n" +
        `    stride=${axis.stride}, padding=${axis.padding}, dilation=${axis.dilation},\n)\n` +
        `print(grad_input[0, 0])\nprint(grad_weight[0, 0])`,
    ],
  ];
}
