/**
 * A filter is a volume: it goes through all channels of the input. Its products on all channels and
 * the bias add up to one number, and each filter gives one map.
 */

import {
  corner,
  show,
  sumOf,
  table,
  tidy,
  windowAxis,
  windowTerms,
} from "./arithmetic/convolution.js";
import { html } from "./parts/dom.js";
import { positionColour, shadeOf } from "./parts/positions.js";
import { cnnlibCode, pythonArray, torchCode, torchTensor } from "./parts/python-code.js";
import { counted, inBrackets, readoutHead, sumAsKernel } from "./parts/readout.js";
import { createScene } from "./parts/scene.js";

/** @typedef {import("./parts/scene.js").Look} Look */
/** @typedef {ReturnType<typeof compute>} State */

const MOST = 4; // channels, and filters
const NAMES = ["red", "green", "blue", "fourth"];
const SHORT = ["R", "G", "B", "4th"];

const SETTINGS = [
  { name: "channels", label: "Depth D₁", primary: true },
  { name: "filters", label: "Filters K", primary: true },
  { name: "kernel_size", label: "Kernel size F", primary: true },
  { name: "size", label: "Input size" },
  {
    name: "source",
    label: "Input",
    choices: [
      ["numbers", "small numbers"],
      ["photo", "pixels of a photo"],
    ],
  },
  { name: "position", label: "Position", bare: true },
];

export default { render };

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const largest = model.get("values").length / MOST;
  const kernelMost = model.get("weights")[0].length;
  /** The filter that is drawn: it stays while somebody points at one of its weights. */
  const kept = { filter: 0 };
  const sourceOf = () => (model.get("source") === "photo" ? "pixels" : "values");
  return createScene({
    context,
    title: "Volume filter",
    label: "Channels of the input, channels of one filter, and the output maps",
    settings: SETTINGS,
    tables: [
      { name: "values", short: "x", shape: () => [MOST * largest, largest] },
      { name: "pixels", short: "p", shape: () => [MOST * largest, largest] },
      { name: "weights", short: "w", shape: () => [MOST * MOST * kernelMost, kernelMost] },
      { name: "biases", short: "b", shape: () => [1, MOST] },
    ],
    grids: {
      ...each("input", (c) => ({
        kind: "input",
        letter: "X",
        origin: () => [-c * largest, 0],
        index: (row, column) => [c, row % largest, column],
        get table() {
          return sourceOf();
        },
      })),
      ...each("kernel", (c) => ({
        kind: "kernel",
        letter: "W",
        table: "weights",
        origin: ({ shown }) => [-(shown * MOST + c) * kernelMost, 0],
        index: (row, column) => [Math.floor(row / kernelMost / MOST), c, row % kernelMost, column],
      })),
      bias: {
        kind: "kernel",
        letter: "b",
        table: "biases",
        origin: ({ shown }) => [0, -shown],
        index: (_, k) => [k],
      },
      ...each("output", (k) => ({ kind: "output", letter: "Y", index: (...at) => [k, ...at] })),
    },
    layout,
    play: {
      label: "Move the filter, then the next one",
      count: ({ perMap, bias }) => perMap * bias.length,
      at: (place, state) => (mapOf(place) < 0 ? null : positionAt(place, state)),
      say(position, state) {
        const { grid, row, column } = placeOf(state, position);
        return `Y[${mapOf({ grid })}, ${row}, ${column}]`;
      },
    },
    stateOf: () => compute(model, sourceOf(), kept),
    shapes: ({ axis, input, output }) => ({
      bias: [1, 1],
      ...Object.fromEntries(
        input.flatMap((_, c) => [
          [`input${c}`, [axis.input, axis.input]],
          [`kernel${c}`, [axis.kernel, axis.kernel]],
        ]),
      ),
      ...Object.fromEntries(output.map((_, k) => [`output${k}`, [axis.output, axis.output]])),
    }),
    resting: (state, position) => (state.perMap ? placeOf(state, position) : null),
    scene,
    code: codeFor,
  }).start();
}

/** Grids that there may be of each kind. */
function each(name, make) {
  return Object.fromEntries(Array.from({ length: MOST }, (_, at) => [`${name}${at}`, make(at)]));
}

/** The input over filter and maps: on a phone, too. @param {number} width */
function layout(width) {
  return {
    height: width < 420 ? 278 : 330,
    gap: 8,
    rows: [
      { share: 1.2, slots: /** @type {[string, number][]} */ ([["input", 1]]) },
      {
        share: 1,
        slots: /** @type {[string, number][]} */ ([
          ["kernel", 1.13],
          ["bias", 0.24],
          ["output", 1.13],
        ]),
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
  const { active, position } = look;
  const { axis, perMap } = state;
  const onMap = active !== null && mapOf(active) >= 0;
  if (onMap) state.kept.filter = state.shown = mapOf(active);
  const window = onMap ? active : perMap ? placeOf(state, position) : null;
  const out = note(state);
  return {
    panels: panels(state, look, window),
    frames: window ? frames(state, look, window) : [],
    sizes: rules(state),
    note: out,
    readout: active && perMap ? readoutFor(active, state, look) : [html("p", {}, out.text)],
    flight: axis.fits && active === window ? flight(state, window) : undefined,
  };
}

/** @param {State} state @param {Look} look */
function panels(state, look, window) {
  const { input, weight, bias, output, axis, shown, most } = state;
  const [n, size] = [axis.kernel, axis.input];
  const count = n * n * input.length;
  const hits = (row, column) =>
    look.arrived &&
    window &&
    row >= window.row &&
    row < window.row + n &&
    column >= window.column &&
    column < window.column + n;
  const colourOf = (c, row, column) => positionColour((c * n + row) * n + column, count);
  const sheet = (stack, at, title, subtitle, side, cell) => ({
    grid: `${stack}${at}`,
    stack,
    title: at ? "" : title,
    subtitle,
    rows: side,
    columns: side,
    label: `${title}, ${subtitle}, ${side} by ${side}`,
    cell,
  });
  const inputs = input.map((values, c) =>
    sheet("input", c, `Input ${size}×${size}×${input.length}`, NAMES[c], size, (row, column) => {
      const value = values[row][column];
      const hit = hits(row, column);
      return {
        text: show(value),
        fill: pixelOf(state, c, value, look.dark),
        tag: hit ? colourOf(c, row - window.row, column - window.column) : undefined,
        marks: look.marks(`input${c}`, row, column, hit ? "window" : ""),
        label: `Input, ${NAMES[c]}, row ${row}, column ${column}: ${value}`,
      };
    }),
  );
  const filter = `Filter ${shown}`;
  const kernels = weight[shown].map((values, c) =>
    sheet("kernel", c, filter, (weight[0].length < MOST ? NAMES : SHORT)[c], n, (row, column) => ({
      text: show(values[row][column]),
      fill: colourOf(c, row, column),
      marks: look.marks(`kernel${c}`, row, column, window ? "window" : ""),
      label: `${filter}, ${NAMES[c]}, row ${row}, column ${column}: ${values[row][column]}`,
    })),
  );
  const maps = output.map((values, k) => {
    const title = axis.fits ? `Output ${axis.output}×${axis.output}×${output.length}` : "No output";
    return sheet(
      "output",
      k,
      title,
      output.length < MOST ? `map ${k}` : String(k),
      axis.output,
      (row, column) => {
        const at = positionAt({ grid: `output${k}`, row, column }, state);
        const later = look.playing && at > look.position;
        const empty = later || (look.moment < 1 && at === look.position);
        const value = values[row][column];
        return {
          text: empty ? "" : show(value),
          fill: empty ? undefined : shadeOf(value, most, "output", look.dark),
          marks: look.marks(`output${k}`, row, column, later ? "later" : ""),
          label: `Map ${k} row ${row}, column ${column}: ${later ? "not computed yet" : value}`,
        };
      },
    );
  });
  const sum = {
    grid: "bias",
    alone: true,
    title: "Bias",
    rows: 1,
    columns: 1,
    label: `Bias of filter ${shown}`,
    cell: () => ({
      text: show(bias[shown]),
      marks: look.marks("bias", 0, 0, window ? "window" : ""),
      label: `Bias of filter ${shown}: ${bias[shown]}`,
    }),
  };
  return [...inputs, ...kernels, sum, ...maps];
}

/** The colour of a number of a channel: a pixel has its own, a small number a shade. */
function pixelOf({ coloured, brightest }, c, value, dark) {
  if (!coloured) return shadeOf(value, brightest, NAMES[c], dark);
  const light = Math.max(0, Math.min(255, Math.round(value)));
  return c < 3 ? `rgb(${[0, 1, 2].map((own) => (own === c ? light : 0))})` : undefined;
}

/** The filter's window on every channel. @param {State} state */
function frames(state, { position }, { row, column }) {
  const { input, axis } = state;
  const from = placeOf(state, position % state.perMap ? position - 1 : position);
  return input.map((_, c) => ({
    grid: `input${c}`,
    row,
    column,
    from: { row: from.row, column: from.column },
    rows: axis.kernel,
    columns: axis.kernel,
  }));
}

/** The products of all channels on their way into one number. @param {State} state */
function flight(state, to) {
  const k = mapOf(to);
  const terms = termsOf(state, k, to);
  return {
    products: terms.map(({ c, row, column, x, w }, at) => ({
      grid: `input${c}`,
      row,
      column,
      factors: `${show(x)}·${inBrackets(w)}`,
      value: x * w,
      colour: positionColour(at, terms.length),
    })),
    start: state.bias[k],
    to,
    sum: show(state.output[k][to.row][to.column]),
  };
}

/** @param {State} state @returns {[string, string][]} */
function rules({ axis: { fits, input, kernel, output }, input: { length: depth }, bias }) {
  const k = bias.length;
  const parameters = kernel * kernel * depth * k + k;
  return [
    [
      "output",
      fits
        ? `${output}×${output}×${k}: one map for each filter`
        : `none: the kernel covers ${kernel} cells of ${input}`,
    ],
    ["parameters", `F·F·D₁·K + K = ${kernel}·${kernel}·${depth}·${k} + ${k} = ${parameters}`],
  ];
}

/** @param {State} state */
function note({ axis: { fits, input, kernel }, input: { length: depth } }) {
  const text = fits
    ? `Each filter has ${counted(kernel * kernel * depth, "weight")}: it always has the depth of ` +
      "the input."
    : `No output: the kernel covers ${counted(kernel, "cell")}, the input has ${input}. It would ` +
      `fit with a kernel of ${input}, or with an input of ${kernel}.`;
  return { text, impossible: !fits };
}

/** @param {import("./parts/scene.js").Place} active @param {State} state */
function readoutFor(active, state, { nameOf }) {
  const { axis, bias, shown, input, weight } = state;
  const { grid, row, column } = active;
  const name = nameOf(active);
  const all = `all ${state.perMap} numbers of map ${shown}`;
  if (grid === "bias") {
    const use = `It is added to ${all}.`;
    return [readoutHead(name, ` = ${show(bias[shown])}`, "kernel"), html("p", {}, use)];
  }
  const c = Number(grid.slice(-1));
  if (grid.startsWith("kernel")) {
    const use = `A weight of filter ${shown}. It meets the ${NAMES[c]} channel only, in ${all}.`;
    const value = show(weight[shown][c][row][column]);
    return [readoutHead(name, ` = ${value}`, "kernel"), html("p", {}, use)];
  }
  if (grid.startsWith("input")) {
    const along = (at) => Math.min(at, axis.output - 1) - Math.max(0, at - axis.kernel + 1) + 1;
    const reads = along(row) * along(column);
    const use =
      `${NAMES[c]} channel: ${counted(reads, "window reads", "windows read")} this cell, ` +
      `each with all ${counted(bias.length, "filter")}.`;
    return [readoutHead(name, ` = ${show(input[c][row][column])}`, "input"), html("p", {}, use)];
  }
  return sumOfChannels(active, c, state, name);
}

/** One number: the sums of the channels and the bias add up to it. @param {State} state */
function sumOfChannels(place, k, state, name) {
  const { axis, bias, output, input } = state;
  const value = show(output[k][place.row][place.column]);
  const terms = termsOf(state, k, place);
  const parts = input.map((_, c) => sumOf(terms.filter((term) => term.c === c)));
  const sums = parts.map((part, c) => `${c ? inBrackets(part) : show(part)} (${NAMES[c]})`);
  const coloured = terms.map((term, at) => ({
    ...term,
    colour: positionColour(at, terms.length),
    padding: false,
  }));
  return [
    readoutHead(name, ` = ${value}`, "output"),
    html(
      "p",
      { class: "cnn-check" },
      `${sums.join(" + ")} + ${inBrackets(bias[k])} (bias) = ${value}`,
    ),
    sumAsKernel(coloured, axis.kernel, `${show(sumOf(terms))} before the bias`),
  ];
}

// ---- from the traits to numbers and code --------------------------------------------------------

/** Sizes and values of a state. @param {{get: (name: string) => any}} model */
function compute(model, source, kept) {
  const [depth, filters, size, kernel] = ["channels", "filters", "size", "kernel_size"].map(
    (name) => model.get(name),
  );
  const axis = windowAxis({ input: size, kernel, stride: 1, padding: 0, dilation: 1 });
  const largest = model.get("values").length / MOST;
  const kernelMost = model.get("weights")[0].length;
  const input = Array.from({ length: depth }, (_, c) =>
    corner(model.get(source).slice(c * largest), size, size),
  );
  const weight = Array.from({ length: filters }, (_, k) =>
    Array.from({ length: depth }, (_, c) =>
      corner(model.get("weights").slice((k * MOST + c) * kernelMost), kernel, kernel),
    ),
  );
  const state = {
    axis,
    input,
    weight,
    bias: model.get("biases")[0].slice(0, filters),
    coloured: source === "pixels",
    /** numbers of one map */
    perMap: axis.output ** 2,
    kept,
    /** the filter that is drawn */
    shown: Math.min(kept.filter, filters - 1),
    /** the numbers of the full shade */
    brightest: Math.max(1, ...input.flat(2).map(Math.abs)),
    most: 1,
    output: /** @type {number[][][]} */ ([]),
  };
  state.output = state.bias.map((b, k) =>
    table(axis.output, axis.output, (row, column) =>
      tidy(b + sumOf(termsOf(state, k, { row, column }))),
    ),
  );
  state.most = Math.max(1, ...state.output.flat(2).map(Math.abs));
  return state;
}

/** The products of a filter's window on all channels. */
function termsOf({ input, weight, axis }, k, { row, column }) {
  return input.flatMap((values, c) =>
    windowTerms(values, weight[k][c], [axis, axis], row, column).map((term) => ({ ...term, c })),
  );
}

/** Which map a cell belongs to, or −1. */
function mapOf({ grid }) {
  return grid.startsWith("output") ? Number(grid.slice(6)) : -1;
}

/** @param {State} state */
function placeOf({ perMap, axis: { output } }, position) {
  const at = perMap ? position % perMap : 0;
  const map = perMap ? Math.floor(position / perMap) : 0;
  const across = Math.max(1, output);
  return { grid: `output${map}`, row: Math.floor(at / across), column: at % across };
}

/** The position of the play bar that makes a number. */
function positionAt(place, { perMap, axis: { output } }) {
  return mapOf(place) * perMap + place.row * output + place.column;
}

/** The calls that compute this state. @param {State} state @returns {[string, string][]} */
function codeFor({ input, weight, bias, axis: { kernel } }) {
  const [depth, filters] = [input.length, bias.length];
  const numbers = `[${bias.join(", ")}]`;
  return [
    cnnlibCode(
      pythonArray("input", input),
      pythonArray("weight", weight),
      `bias = np.array(${numbers})`,
      "output = cnnlib.conv2d(input[None], weight, bias)[0]",
      `parameters = cnnlib.conv_parameters(${depth}, ${filters}, ${kernel})`,
      "print(output)\nprint(parameters)",
    ),
    torchCode(
      torchTensor("input", input),
      torchTensor("weight", weight),
      `bias = torch.tensor(${numbers}, dtype=torch.float64)`,
      "output = F.conv2d(input[None], weight, bias)[0]\nprint(output)",
    ),
  ];
}
