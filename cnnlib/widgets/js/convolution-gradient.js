/**
 * The gradient of a convolution, cell by cell: each number of the output's gradient goes back
 * through its window, as shares that are added up in the gradients of the input and of the kernel.
 */

import {
  conv2d,
  corner,
  show,
  table,
  tidy,
  windowAxis,
  windowTerms,
} from "./arithmetic/convolution.js";
import { html } from "./parts/dom.js";
import { fallenBy } from "./parts/motion.js";
import { positionColour } from "./parts/positions.js";
import { cnnlibCode, pythonArray, torchCode, torchTensor } from "./parts/python-code.js";
import { counted, inBrackets, readoutHead, sumAsKernel, whyNoOutput } from "./parts/readout.js";
import { createScene } from "./parts/scene.js";

/** @typedef {import("./parts/scene.js").Look} Look */
/** @typedef {import("./parts/scene.js").Place} Place */
/** @typedef {ReturnType<typeof gradientState>} State */

/**
 * One product of the way forward: window (i, j) met cell (r, c) through weight (u, v).
 * @typedef {{i: number, j: number, u: number, v: number, r: number, c: number, g: number,
 *   x: number, w: number, inside: boolean, by: number}} Product `by`: the number of the weight;
 *   `inside`: whether the cell is one of the input, not of the padding
 */

const EPSILON = 0.01;
const SETTINGS = [
  { name: "kernel_size", label: "Kernel size F", primary: true },
  { name: "stride", label: "Stride S", primary: true },
  { name: "padding", label: "Padding P", primary: true },
  { name: "dilation", label: "Dilation D" },
  { name: "size", label: "Input size" },
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
    title: "Gradient of a convolution",
    label: "Input, kernel, gradient of the output, and the gradients of input and kernel",
    settings: SETTINGS,
    tables: [
      { name: "values", short: "x", shape: ({ size }) => [size, size] },
      { name: "weights", short: "w", shape: ({ kernel_size: size }) => [size, size] },
      {
        name: "gradients",
        short: "g",
        shape(state) {
          const { output } = axisFrom((name) => state[name]);
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
    layout: (width) => ({
      height: width < 420 ? 300 : 330,
      gap: width < 420 ? 12 : undefined,
      columns: [
        { share: 1.2, slots: slots("input", "grad_input") },
        { share: 1, slots: slots("kernel", "grad_weight") },
        { share: 1.2, slots: slots("grad_output") },
      ],
    }),
    play: {
      label: "Move the window: what it adds",
      count: ({ axis }) => axis.output ** 2,
      say(position, { axis }) {
        const { row, column } = placeOf(axis, position);
        return `row ${row}, column ${column}`;
      },
    },
    stateOf: () => gradientState((name) => model.get(name)),
    shapes: ({ axis: { input: n, kernel: k, output: o } }) => ({
      input: [n, n],
      kernel: [k, k],
      ...(o ? { grad_output: [o, o], grad_input: [n, n], grad_weight: [k, k] } : {}),
    }),
    resting: ({ axis }, position) =>
      axis.fits ? { grid: "grad_output", ...placeOf(axis, position) } : null,
    scene,
    code: codeFor,
  }).start();
}

/** Slots of one height. @param {...string} grids @returns {[string, number][]} */
function slots(...grids) {
  return grids.map((name) => [name, 1]);
}

/** Row and column of the output at a position of the play bar. */
function placeOf({ output }, position) {
  const columns = Math.max(1, output);
  return { row: Math.floor(position / columns), column: position % columns };
}

// ---- what is seen: pure functions of the state --------------------------------------------------

/**
 * @param {State} state
 * @param {Look} look
 * @returns {import("./parts/scene.js").Scene}
 */
function scene(state, look) {
  const { axis } = state;
  const { active, position, moment } = look;
  const flying = axis.fits && moment < 1 ? sharesOf(ofWindow(state, position)) : [];
  return {
    panels: panels(state, look, gathered(state, look, flying)),
    frames: axis.fits ? frames(state, look) : [],
    sizes: [
      ["∂L/∂W[u, v]", "Σ over i, j of dY[i, j] · X[i·S + u·D − P, j·S + v·D − P]"],
      ["∂L/∂X[r, c]", "Σ of dY[i, j] · W[u, v] over all windows that read the cell"],
    ],
    note: note(state),
    readout: active && axis.fits ? readoutFor(active, state, look) : [],
    flight: flying.length ? flightOf(flying, state) : undefined,
  };
}

/**
 * The shares that products give back: each to the cell of its window, and to its weight.
 * @param {Product[]} products
 */
function sharesOf(products) {
  return products
    .filter(({ inside }) => inside)
    .flatMap(({ by, u, v, r, c, g, w, x }) => {
      const [cell, weight] = [
        { row: r, column: c },
        { row: u, column: v },
      ];
      return [
        {
          from: { grid: "kernel", ...weight },
          to: { grid: "grad_input", ...cell },
          g,
          with: w,
          by,
        },
        {
          from: { grid: "input", ...cell },
          to: { grid: "grad_weight", ...weight },
          g,
          with: x,
          by,
        },
      ];
    });
}

/** The products of the window at a position of the play bar. @param {State} state */
function ofWindow({ products, count }, position) {
  return products.slice(position * count, (position + 1) * count);
}

/**
 * The gradients: all, but while they grow only what the windows so far have given.
 * @param {State} state @param {Look} look @param {ReturnType<typeof sharesOf>} flying
 */
function gathered(state, { playing, moment, position }, flying) {
  const { axis, products, count } = state;
  if (!axis.fits || (!playing && moment >= 1)) return state;
  const done = products.slice(0, (moment < 1 ? position : position + 1) * count);
  const fallen = moment < 1 ? fallenBy(flying.length, moment) : 0;
  return addedUp(axis, [...sharesOf(done), ...flying.slice(0, fallen)]);
}

/** @param {ReturnType<typeof sharesOf>} shares @param {State} state */
function flightOf(shares, { count }) {
  return {
    products: shares.map(({ from, to, g, with: other, by }) => ({
      ...from,
      to,
      factors: `${show(g)}·${inBrackets(other)}`,
      value: g * other,
      colour: positionColour(by, count),
    })),
    to: shares[0].to,
    sum: "",
  };
}

/** @param {State} state @param {Look} look @param {ReturnType<typeof addedUp>} soFar */
function panels(state, look, { gradInput, gradWeight }) {
  const { axis, input, weight, gradient, count } = state;
  const linked = linkedTo(state, look);
  const panel = (grid, title, subtitle, values, special = {}) => ({
    grid,
    title,
    subtitle,
    rows: values.length,
    columns: values.length,
    label: `${title} ${subtitle}, ${values.length} by ${values.length}`,
    cell(row, column) {
      const by = linked.get(`${grid} ${row},${column}`);
      const unread = special.unread?.(row, column);
      return {
        text: show(values[row][column]),
        marks: look.marks(
          grid,
          row,
          column,
          unread ? "unread" : "",
          by === undefined ? "" : "window",
        ),
        fill: special.fill?.(row, column),
        tag: by === undefined || special.fill ? undefined : positionColour(by, count),
        label:
          `${title} ${subtitle} row ${row}, column ${column}: ${values[row][column]}` +
          (unread ? ", read by no window" : ""),
      };
    },
  });
  const fill = (row, column) => positionColour(row * axis.kernel + column, count);
  const unread = (row, column) => axis.fits && !state.read.has(`${row},${column}`);
  const own = [
    panel("input", "Input X", `${axis.input}×${axis.input}`, input, { unread }),
    panel("kernel", "Kernel W", `${axis.kernel}×${axis.kernel}`, weight, { fill }),
  ];
  if (!axis.fits) return own;
  return [
    ...own,
    panel("grad_output", "Gradient dY", "of the output", gradient),
    panel("grad_input", "Gradient dX", "of the input", gradInput, { unread }),
    panel("grad_weight", "Gradient dW", "of the kernel", gradWeight),
  ];
}

/** The products that the active cell takes part in. @param {Place} place @param {State} state */
function productsWith({ grid, row, column }, { products }) {
  const [a, b] = PARTS[grid];
  return products.filter((product) => product[a] === row && product[b] === column);
}

/** What numbers the cells of each grid. @type {Record<string, ["i"|"u"|"r", "j"|"v"|"c"]>} */
const PARTS = {
  input: ["r", "c"],
  grad_input: ["r", "c"],
  kernel: ["u", "v"],
  grad_weight: ["u", "v"],
  grad_output: ["i", "j"],
};

/** What a gradient is made of; the given one is sent to all. */
const LINKED = {
  input: ["input", "grad_output", "kernel"],
  grad_input: ["input", "grad_output", "kernel"],
  kernel: ["kernel", "grad_output", "input"],
  grad_weight: ["kernel", "grad_output", "input"],
  grad_output: ["input", "kernel", "grad_input", "grad_weight"],
};

/**
 * The cells that are linked to the active one, each with the position of the weight that does it.
 * @param {State} state @param {Look} look @returns {Map<string, number>}
 */
function linkedTo(state, { active, arrived }) {
  /** @type {Map<string, number>} */ const links = new Map();
  if (!active || !arrived || !state.axis.fits) return links;
  for (const product of productsWith(active, state)) {
    for (const grid of LINKED[active.grid]) {
      const [a, b] = PARTS[grid];
      links.set(`${grid} ${product[a]},${product[b]}`, product.by);
    }
  }
  return links;
}

/** The window on the input and on its gradient: what of it lies in the padding is not drawn. */
function frames({ axis }, { active, position }) {
  if (active?.grid !== "grad_output") return [];
  const before = placeOf(axis, Math.max(0, position - 1));
  const along = (at) => {
    const start = at * axis.stride - axis.padding;
    const [from, to] = [Math.max(0, start), Math.min(axis.input, start + axis.effective)];
    return [from, Math.max(0, to - from)];
  };
  const [[row, rows], [column, columns]] = [along(active.row), along(active.column)];
  if (!rows || !columns) return [];
  const from = { row: along(before.row)[0], column: along(before.column)[0] };
  return ["input", "grad_input"].map((grid) => ({ grid, row, column, rows, columns, from }));
}

/** @param {State} state */
function note(state) {
  const { axis, read, mostPadding } = state;
  if (!axis.fits) return { text: whyNoOutput(axis, mostPadding), impossible: true };
  const missed = axis.input ** 2 - read.size;
  const rest = missed
    ? `${counted(missed, "cell")} of the input ${missed === 1 ? "is" : "are"} read by no window: ` +
      "gradient 0."
    : "Shares that meet are added up.";
  return {
    text:
      `Output ${axis.output}×${axis.output}. Each number of dY goes to its window in dX, times ` +
      `the weight, and to dW, times the cell. ${rest}`,
  };
}

/** @param {Place} active @param {State} state @param {Look} look */
function readoutFor(active, state, { nameOf }) {
  const { gradient, input, weight, count } = state;
  const { grid, row, column } = active;
  const products = productsWith(active, state);
  if (grid === "grad_output") {
    const shares = sharesOf(products).map(({ to, g, with: other, by }) =>
      html(
        "div",
        { class: "cnn-term", style: `border-color: ${positionColour(by, count)}` },
        `${nameOf(to)} += ${show(g)}·${inBrackets(other)} = ${show(g * other)}`,
      ),
    );
    return [
      readoutHead(nameOf(active), ` = ${show(gradient[row][column])}`, "gradient"),
      html(
        "div",
        { class: "cnn-sum cnn-shares", tabindex: 0, role: "group", "aria-label": "The shares" },
        ...(shares.length ? shares : ["nothing: its window lies in the padding."]),
      ),
    ];
  }
  const byWeight = grid === "grad_weight" || grid === "kernel";
  const value = (byWeight ? state.gradWeight : state.gradInput)[row][column];
  const own = { input, kernel: weight }[grid]?.[row][column];
  const nudged = finiteDifference(state, byWeight, row, column);
  return [
    readoutHead(
      nameOf(active),
      own === undefined ? ` = ${show(value)}` : ` = ${show(own)}, gradient ${show(value)}`,
      { input: "input", kernel: "kernel" }[grid] ?? "gradient",
    ),
    products.length
      ? sumAsKernel(
          products.map(({ g, x, w, by, inside }) => ({
            x: g,
            w: byWeight ? x : w,
            kinds: ["gradient", byWeight ? (inside ? "input" : "padding") : "kernel"],
            colour: positionColour(by, count),
          })),
          new Set(products.map(({ j }) => j)).size,
          show(value),
          "+ ",
          "gradient",
        )
      : html("p", {}, "No window reads this cell."),
    html(
      "p",
      { class: "cnn-check" },
      `Finite difference: (L(+${EPSILON}) − L(−${EPSILON})) / ${2 * EPSILON} = ${show(nudged)}`,
    ),
  ];
}

// ---- from the traits to numbers and code --------------------------------------------------------

/** @param {(name: string) => any} get */
function axisFrom(get) {
  const [input, kernel, stride, padding, dilation] = [
    "size",
    "kernel_size",
    "stride",
    "padding",
    "dilation",
  ].map(get);
  return windowAxis({ input, kernel, stride, padding, dilation });
}

/** Sizes, values and gradients of a state. @param {(name: string) => any} get */
function gradientState(get) {
  const axis = axisFrom(get);
  const input = corner(get("values"), axis.input, axis.input);
  const weight = corner(get("weights"), axis.kernel, axis.kernel);
  const gradient = corner(get("gradients"), axis.output, axis.output);
  const products = gradient.flatMap((line, i) =>
    line.flatMap((g, j) =>
      windowTerms(input, weight, [axis, axis], i, j).map(({ u, v, row: r, column: c, x, w }) => {
        const inside = input[r]?.[c] !== undefined;
        return { i, j, u, v, r, c, g, x, w, inside, by: u * axis.kernel + v };
      }),
    ),
  );
  const read = products.filter(({ inside }) => inside).map(({ r, c }) => `${r},${c}`);
  return {
    axis,
    input,
    weight,
    gradient,
    products,
    /** the cells that a window reads */
    read: new Set(read),
    /** positions of the kernel */
    count: axis.kernel ** 2,
    mostPadding: get("_limits").padding[1],
    ...addedUp(axis, sharesOf(products)),
  };
}

/**
 * The gradients of input and kernel from their shares.
 * @param {import("./arithmetic/convolution.js").Axis} axis
 * @param {ReturnType<typeof sharesOf>} shares
 */
function addedUp({ input, kernel }, shares) {
  const zeros = (size) => table(size, size, () => 0);
  const sums = { grad_input: zeros(input), grad_weight: zeros(kernel) };
  for (const { to, g, with: other } of shares) sums[to.grid][to.row][to.column] += g * other;
  const tidied = (rows) => rows.map((line) => line.map(tidy));
  return { gradInput: tidied(sums.grad_input), gradWeight: tidied(sums.grad_weight) };
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

/**
 * The calls that compute this state: cnnlib and PyTorch.
 * @param {State} state
 * @returns {[string, string][]}
 */
function codeFor({ axis, input, weight, gradient }) {
  const call = `stride=${axis.stride}, padding=${axis.padding}, dilation=${axis.dilation}`;
  return [
    cnnlibCode(
      pythonArray("input", input),
      pythonArray("weight", weight),
      pythonArray("grad_output", gradient),
      "grad_input, grad_weight, grad_bias = cnnlib.conv2d_backward(",
      "    grad_output[None, None], input[None, None], weight[None, None],",
      `    ${call},`,
      ")",
      "print(grad_input[0, 0])",
      "print(grad_weight[0, 0])",
    ),
    torchCode(
      torchTensor("input", input, ", requires_grad=True"),
      torchTensor("weight", weight, ", requires_grad=True"),
      torchTensor("grad_output", gradient),
      `output = F.conv2d(input[None, None], weight[None, None], ${call})[0, 0]`,
      "output.backward(grad_output)",
      "print(input.grad)",
      "print(weight.grad)",
    ),
  ];
}
