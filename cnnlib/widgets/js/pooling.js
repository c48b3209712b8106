/**
 * Pooling: each window of the input becomes its maximum or its mean; and backward, where the
 * gradient of each window goes.
 */

import { corner, show, tidy } from "./arithmetic/convolution.js";
import { poolAxis, poolBackward, pooled, poolWindows } from "./arithmetic/pooling.js";
import { html } from "./parts/dom.js";
import { positionColour } from "./parts/positions.js";
import { cnnlibCode, pythonArray, torchCode, torchTensor } from "./parts/python-code.js";
import { counted, inBrackets, listed, readoutHead, sumAsKernel } from "./parts/readout.js";
import { createScene } from "./parts/scene.js";

/** @typedef {import("./parts/scene.js").Look} Look */
/** @typedef {ReturnType<typeof compute>} State */

const SETTINGS = [
  {
    name: "mode",
    label: "Take the",
    primary: true,
    choices: [
      ["max", "maximum"],
      ["average", "average"],
    ],
  },
  {
    name: "view",
    label: "Show",
    choices: [
      ["forward", "forward"],
      ["backward", "backward: the gradient"],
    ],
  },
  { name: "kernel_size", label: "Kernel size F", primary: true },
  { name: "stride", label: "Stride S", primary: true },
  { name: "padding", label: "Padding P" },
  { name: "height", label: "Input height" },
  { name: "width", label: "Input width" },
  { name: "ceil_mode", label: "Ceil mode: round up", flag: true },
  {
    name: "count_include_pad",
    label: "Average counts padding",
    flag: true,
    only: ["mode", "average"],
  },
  { name: "position", label: "Position", bare: true },
];

export default { render };

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const shape = (state) => compute((name) => state[name]).shape;
  return createScene({
    context,
    title: "Pooling",
    label: "Input, output and their gradients",
    settings: SETTINGS,
    tables: [
      { name: "values", short: "x", shape: ({ height, width }) => [height, width] },
      { name: "gradients", short: "g", shape },
    ],
    grids: {
      input: {
        kind: "input",
        letter: "X",
        table: "values",
        origin: ({ axes }) => [axes[0].padding, axes[1].padding],
        refusal: (place, state) =>
          isPadding(place, state) ? "Padding is never read. Choose a cell of the input." : "",
      },
      output: { kind: "output", letter: "Y" },
      grad_output: { kind: "gradient", letter: "dY", table: "gradients" },
      grad_input: { kind: "gradient", letter: "dX" },
    },
    layout,
    play: {
      doing: { lift: "reading", fall: "gathering" },
      count: ({ shape: [rows, columns] }) => rows * columns,
      say(position, state) {
        const { row, column } = placeOf(state, position);
        return `row ${row}, column ${column}`;
      },
    },
    stateOf: () => compute((name) => model.get(name)),
    shapes: ({ axes, shape, backward, fits }) => ({
      input: axes.map(({ padded }) => padded),
      output: shape,
      ...(backward && fits && { grad_output: shape, grad_input: axes.map(({ input }) => input) }),
    }),
    resting: (state, position) => (state.fits ? placeOf(state, position) : null),
    scene,
    code: codeFor,
  }).start();
}

/**
 * Input beside output; backward, the gradient of each below it.
 * @param {number} width
 * @param {State} state
 * @returns {import("./parts/stage.js").Layout}
 */
function layout(width, { backward }) {
  const below = (name) => /** @type {[string, number][]} */ (backward ? [[name, 1]] : []);
  return {
    height: Math.min(380, Math.round(width * (backward ? 0.84 : 0.72))),
    largest: 56,
    columns: [
      { share: 1.4, slots: [["input", 1], ...below("grad_input")] },
      { share: 1, slots: [["output", 1], ...below("grad_output")] },
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
  const { active, position } = look;
  const ofWindow = active && isWindow(active);
  const at = ({ row, column }) => ({
    row: row * state.axes[0].stride,
    column: column * state.axes[1].stride,
  });
  const [rows, columns] = state.axes.map(({ kernel }) => kernel);
  const from = at(placeOf(state, Math.max(0, position - 1)));
  return {
    panels: panels(state, look),
    frames: ofWindow ? [{ grid: "input", ...at(active), from, rows, columns }] : [],
    sizes: rules(state),
    note: note(state),
    readout: readoutFor(state, look),
    flight: ofWindow ? flight(active, state) : undefined,
  };
}

/** @param {State} state @param {Look} look */
function panels(state, look) {
  const { axes, input, output, gradient, backward, fits, count, mode, shape } = state;
  const links = linksFor(state, look);
  const [{ padded: tall, padding: p }, { padded: wide }] = axes;
  const colour = (by) => (by >= 0 ? positionColour(by, count) : undefined);
  const linked = (grid, row, column, key, map, ...own) => ({
    marks: look.marks(
      grid,
      row,
      column,
      ...own,
      map.has(key) ? "window" : "",
      map === links.cells && links.winners.has(key) ? "winner" : "",
    ),
    tag: colour(map.get(key)),
  });
  const sheet = (grid, word, title, values, map, empty = (_row, _column) => false) => ({
    grid,
    title,
    rows: values.length,
    columns: values[0]?.length ?? 0,
    label: `${word}, ${values.length} by ${values[0]?.length ?? 0}`,
    cell(row, column) {
      const text = empty(row, column) ? "" : show(values[row][column]);
      return {
        text,
        ...linked(grid, row, column, `${row},${column}`, map),
        label: `${word} row ${row}, column ${column}: ${text || "not computed yet"}`,
      };
    },
  });
  const laterThan = (row, column) => isLater(row * shape[1] + column, look);
  return [
    {
      grid: "input",
      title: `Input ${axes[0].input}×${axes[1].input}`,
      subtitle: p ? `padded: ${tall}×${wide}` : "",
      rows: tall,
      columns: wide,
      room: axes.map(({ padded, over }) => padded + over),
      label: `Input with padding, ${tall} by ${wide}`,
      cell(row, column) {
        const padding = isPadding({ row, column }, state);
        const dropped = fits && axes.some((a, i) => [row, column][i] >= a.padded - a.dropped);
        const text = padding ? (mode === "max" ? "−∞" : "0") : show(input[row - p][column - p]);
        const own = [padding ? "padding" : "", dropped ? "dropped" : ""];
        return {
          text,
          ...linked("input", row, column, `${row - p},${column - p}`, links.cells, ...own),
          label:
            `${padding ? "Padding" : "Input"} row ${row - p}, column ${column - p}: ` +
            `${text}${dropped ? ", dropped by the stride" : ""}`,
        };
      },
    },
    sheet(
      "output",
      "Output",
      fits ? `Output ${shape.join("×")}` : "No output",
      output,
      links.windows,
      backward ? undefined : laterThan,
    ),
    ...(backward && fits
      ? [
          sheet("grad_output", "Gradient of the output", "Gradient dY", gradient, links.windows),
          sheet(
            "grad_input",
            "Gradient of the input",
            "Gradient dX",
            arrived(state, look),
            links.cells,
          ),
        ]
      : []),
  ];
}

/** Whether a window has not given its number, or its gradient, yet. */
function isLater(at, { playing, position, moment }) {
  return (playing && at > position) || (moment < 1 && at === position);
}

/** The gradient of the input as far as it has arrived. @param {State} state @param {Look} look */
function arrived({ windows, gradient, mode, axes, shape }, look) {
  const until = gradient.map((line, i) =>
    line.map((g, j) => (isLater(i * shape[1] + j, look) ? 0 : g)),
  );
  return poolBackward(windows, until, mode, axes[0].input, axes[1].input);
}

/**
 * Cells, windows and winners that belong to the active cell; cells and windows with the place in
 * the window that links them, or −1.
 * @param {State} state @param {Look} look
 */
function linksFor({ axes, windows, mode }, { active, arrived: there }) {
  const links = { cells: new Map(), windows: new Map(), winners: new Set() };
  if (!active || !there) return links;
  if (isWindow(active)) {
    const { cells, winners } = windows[active.row][active.column];
    links.windows.set(keyOf(active), -1);
    for (const cell of cells) {
      links.cells.set(keyOf(cell), placeIn(axes, active.row, active.column, cell));
    }
    if (mode === "max") links.winners.add(keyOf(winners[0]));
    return links;
  }
  const cell = cellOf(active, axes);
  links.cells.set(keyOf(cell), -1);
  for (const { i, j, wins } of usesOf(windows, cell)) {
    links.windows.set(`${i},${j}`, placeIn(axes, i, j, cell));
    if (mode === "max" && wins) links.winners.add(keyOf(cell));
  }
  return links;
}

/** The numbers of a window become one; backward, its gradient goes to its cells. */
function flight(place, { axes, windows, mode, output, gradient, backward, count }) {
  const { cells, winners, divisor } = windows[place.row][place.column];
  const origin = axes[0].padding;
  const products = cells.map((cell) => ({
    grid: "input",
    row: cell.row + origin,
    column: cell.column + origin,
    factors: show(cell.x),
    value: cell.x,
    colour: positionColour(placeIn(axes, place.row, place.column, cell), count),
  }));
  const max = mode === "max";
  if (!backward) {
    const sum = show(output[place.row][place.column]);
    return { products, to: place, sum, ...(max && { start: -Infinity, gather: Math.max }) };
  }
  const g = gradient[place.row][place.column];
  const given = products.flatMap(({ colour }, at) => {
    if (max && cells[at] !== winners[0]) return [];
    const to = { grid: "grad_input", row: cells[at].row, column: cells[at].column };
    const factors = max ? show(g) : `${show(g)}/${divisor}`;
    return [{ ...place, grid: "grad_output", factors, value: max ? g : g / divisor, colour, to }];
  });
  return { products: given, to: given[0].to, sum: "" };
}

/** @param {State} state @returns {[string, string][]} */
function rules({ axes, ceil }) {
  const [open, close] = ceil ? ["⌈", "⌉"] : ["⌊", "⌋"];
  return axes.map(({ input, padding, kernel, stride, padded, output, fits, allowed }, i) => {
    const name = ["output height", "output width"][i];
    const top = `(${input} + 2·${padding} − ${kernel})`;
    if (!allowed) return [name, `none: P = ${padding} is more than F/2 = ${kernel / 2}`];
    if (!fits) return [name, `none: ${top} = ${show(padded - kernel)} is below 0`];
    const more = Math.ceil((padded - kernel) / stride) + 1 > output;
    const less = ceil && more ? " − 1, which would start in the padding" : "";
    return [name, `${open}${top} / ${stride}${close} + 1${less} = ${output}`];
  });
}

/** @param {State} state */
function note(state) {
  const { fits, shape } = state;
  const text = fateInWords(state);
  const spoken = `${fits ? `Output ${shape[0]} by ${shape[1]}.` : ""} ${text}`;
  return { text, impossible: !fits, spoken };
}

/** What became of the cells; or why there is no output, and what would give one. */
function fateInWords({ axes: [vertical, horizontal], fits }) {
  const { kernel, stride, padding, allowed } = vertical;
  if (!allowed) {
    const most = Math.floor(kernel / 2);
    return (
      `No output: the padding may be at most half of the kernel size, ${most} for F = ${kernel}. ` +
      `Choose padding ${most}, or kernel size ${2 * padding}.`
    );
  }
  if (!fits) {
    const { padded, input } = vertical.input < horizontal.input ? vertical : horizontal;
    return (
      `No output: the window has ${counted(kernel, "cell")} along a side, the padded input ` +
      `${padded}. Choose padding ${Math.ceil((kernel - input) / 2)}, or kernel size ${padded}.`
    );
  }
  const parts = [];
  const lost = [
    vertical.dropped && counted(vertical.dropped, "row"),
    horizontal.dropped && counted(horizontal.dropped, "column"),
  ].filter(Boolean);
  if (lost.length)
    parts.push(`The stride drops ${lost.join(" and ")} at the far border; ceil mode reads them.`);
  if (vertical.over || horizontal.over)
    parts.push("The last windows hang over the border: they have fewer cells.");
  parts.push(
    stride < kernel
      ? "The windows overlap."
      : stride > kernel
        ? "There are cells between the windows that none reads."
        : "The windows touch and do not overlap.",
  );
  return parts.join(" ");
}

// ---- the read-out -------------------------------------------------------------------------------

/** @param {State} state @param {Look} look */
function readoutFor(state, { active, nameOf }) {
  if (!active) {
    const why = state.axes[0].allowed
      ? "The window is larger than the padded input: it has no position."
      : "A window in the corner would hold padding and no cell of the input.";
    return [html("p", {}, why)];
  }
  const name = nameOf(active);
  return isWindow(active) ? windowWords(active, state, name) : cellWords(active, state, name);
}

/** What a window gives, and where its gradient goes. */
function windowWords({ grid, row, column }, state, name) {
  const { windows, output, gradient, mode, backward, axes, count } = state;
  const { cells, winners, divisor } = windows[row][column];
  const [y, g] = [output[row][column], gradient[row][column]];
  const place = (cell) => `X[${cell.row}, ${cell.column}]`;
  const terms = cells.map((cell) => ({
    x: cell.x,
    colour: positionColour(placeIn(axes, row, column, cell), count),
  }));
  const across = new Set(cells.map((cell) => cell.column)).size;
  const total = tidy(cells.reduce((sum, { x }) => sum + x, 0));
  const ties =
    winners.length > 1
      ? ` ${counted(winners.length, "cell")} tie: ${listed(winners.map(place))}. The first in ` +
        "reading order wins."
      : "";
  const max = mode === "max";
  const goes = max
    ? `The whole gradient ${show(g)} goes to ${place(winners[0])}, the others get 0.${ties}`
    : `Each of its ${cells.length > 1 ? `${cells.length} cells` : "cells"} gets ${show(g)} / ` +
      `${divisor} = ${show(g / divisor)}.`;
  const found = `The largest is at ${place(winners[0])}.${ties}`;
  return [
    grid === "output"
      ? readoutHead(name, ` = ${show(y)}`, "output")
      : readoutHead(name, ` = ${show(g)}`, "gradient"),
    ...(backward || max ? [html("p", {}, backward ? goes : found)] : []),
    max
      ? sumAsKernel(terms, across, show(y), "")
      : sumAsKernel(terms, across, `${show(total)} / ${divisor} = ${show(y)}`),
  ];
}

/** Which windows read a cell, and what gradient arrives there. */
function cellWords(active, state, name) {
  const { windows, input, gradient, gradInput, mode, axes, backward } = state;
  const kind = active.grid === "input" ? "input" : "gradient";
  const max = mode === "max";
  if (kind === "input" && isPadding(active, state)) {
    const why = max ? "Padding is −∞: it never wins, and" : "Padding is 0, and";
    return [readoutHead(name, " is padding", kind), html("p", {}, `${why} it gets no gradient.`)];
  }
  const cell = cellOf(active, axes);
  const uses = usesOf(windows, cell);
  const value = (kind === "input" ? input : gradInput)[cell.row][cell.column];
  const list = uses.map(
    ({ i, j, wins }) => `Y[${i}, ${j}]${max && wins ? " (it wins there)" : ""}`,
  );
  const say = uses.length
    ? `${counted(uses.length, "window reads", "windows read")} this cell: ${list.join(", ")}.`
    : "No window reads this cell.";
  const terms = uses
    .filter(({ wins }) => !max || wins)
    .map(({ i, j }) => inBrackets(gradient[i][j]) + (max ? "" : `/${windows[i][j].divisor}`));
  const given = show(gradInput[cell.row][cell.column]);
  const sum = `${terms.join(" + ") || "nothing arrives"} = ${given}`;
  return [
    readoutHead(name, ` = ${show(value)}`, kind),
    html("p", {}, say),
    ...(backward ? [html("p", {}, `Its gradient: ${sum}`)] : []),
  ];
}

// ---- from the traits to numbers and code --------------------------------------------------------

/** Sizes and values of a state. @param {(name: string) => any} get */
function compute(get) {
  const axisOf = (input) =>
    poolAxis({
      input,
      kernel: get("kernel_size"),
      stride: get("stride"),
      padding: get("padding"),
      ceil: get("ceil_mode"),
    });
  /** @type {[ReturnType<typeof axisOf>, ReturnType<typeof axisOf>]} */
  const axes = [axisOf(get("height")), axisOf(get("width"))];
  const [mode, withPadding] = [get("mode"), get("count_include_pad")];
  const input = corner(get("values"), axes[0].input, axes[1].input);
  const fits = axes.every((axis) => axis.fits && axis.allowed);
  const shape = fits ? axes.map(({ output }) => output) : [0, 0];
  const windows = fits ? poolWindows(input, axes, withPadding) : [];
  const gradient = corner(get("gradients"), ...shape);
  return {
    axes,
    mode,
    input,
    fits,
    shape,
    windows,
    gradient,
    withPadding,
    backward: get("view") === "backward",
    ceil: get("ceil_mode"),
    /** places in a window */
    count: axes[0].kernel ** 2,
    output: windows.map((line) => line.map((window) => pooled(window, mode))),
    gradInput: poolBackward(windows, gradient, mode, axes[0].input, axes[1].input),
  };
}

const keyOf = ({ row, column }) => `${row},${column}`;
/** Whether a cell stands for a window. */
const isWindow = ({ grid }) => grid.endsWith("output");

/** A cell of the input, without its padding. */
function cellOf({ grid, row, column }, axes) {
  const p = grid === "input" ? axes[0].padding : 0;
  return { row: row - p, column: column - p };
}

/** The number of the place at which window (i, j) holds a cell. */
function placeIn([vertical, horizontal], i, j, { row, column }) {
  const [u, v] = [
    row - i * vertical.stride + vertical.padding,
    column - j * horizontal.stride + horizontal.padding,
  ];
  return u * horizontal.kernel + v;
}

/** The cell that stands for the window at a position of the play bar. */
function placeOf({ shape, backward }, position) {
  const columns = Math.max(1, shape[1]);
  const [row, column] = [Math.floor(position / columns), position % columns];
  return { grid: backward ? "grad_output" : "output", row, column };
}

function isPadding({ row, column }, { axes }) {
  return axes.some(({ input, padding }, i) => {
    const at = [row, column][i] - padding;
    return at < 0 || at >= input;
  });
}

/** The windows that hold a cell of the input, and whether it wins there. */
function usesOf(windows, { row: r, column: c }) {
  return windows.flatMap((line, i) =>
    line.flatMap(({ cells, winners }, j) =>
      cells.some(({ row, column }) => row === r && column === c)
        ? [{ i, j, wins: winners[0].row === r && winners[0].column === c }]
        : [],
    ),
  );
}

/** @param {State} state @returns {[string, string][]} */
function codeFor({
  axes: [{ kernel, stride, padding }],
  mode,
  input,
  gradient,
  ceil,
  withPadding,
}) {
  const flag = (value) => (value ? "True" : "False");
  const more = mode === "average" ? `, count_include_pad=${flag(withPadding)}` : "";
  const call = `${kernel}, stride=${stride}, padding=${padding}, ceil_mode=${flag(ceil)}${more}`;
  const name = mode === "max" ? "max_pool2d" : "avg_pool2d";
  return [
    cnnlibCode(
      pythonArray("input", input),
      `output = cnnlib.${name}(input[None], ${call})[0]\nprint(output)\n`,
      pythonArray("grad_output", gradient),
      `grad_input = cnnlib.${name}_backward(grad_output[None], input[None], ${call})[0]`,
      "print(grad_input)",
    ),
    torchCode(
      torchTensor("input", input, ", requires_grad=True"),
      `output = F.${name}(input[None], ${call})[0]\nprint(output)\n`,
      torchTensor("grad_output", gradient),
      "output.backward(grad_output)\ngrad_input = input.grad\nprint(grad_input)",
    ),
  ];
}
