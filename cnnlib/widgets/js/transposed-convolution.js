/**
 * Transposed convolution, seen in one of three ways: every input stamps the kernel onto the output;
 * or zeros go between the inputs and the flipped kernel slides over them; or the matrix of a
 * convolution is transposed and multiplied by the input. A fourth view counts the stamps.
 */

import { show } from "./arithmetic/convolution.js";
import { positionColour } from "./parts/positions.js";
import { inBrackets } from "./parts/readout.js";
import { createScene } from "./parts/scene.js";
import { panelsOf } from "./transposed/panels.js";
import {
  numberOf,
  positionExplaining,
  restingAt,
  seenBy,
  spreadWindow,
  stateFrom,
  stepsOf,
  weightNumber,
} from "./transposed/seen.js";
import { codeOf, noteOf, placeName, readoutOf, rulesOf } from "./transposed/words.js";

/** @typedef {import("./parts/scene.js").Look} Look */
/** @typedef {import("./transposed/seen.js").State} State */
/** @typedef {import("./transposed/seen.js").Seen} Seen */

const SETTINGS = [
  {
    name: "view",
    label: "Seen as",
    primary: true,
    choices: [
      ["stamps", "stamps"],
      ["zeros", "inserted zeros"],
      ["matrix", "matrix Cᵀ"],
      ["overlap", "overlap of stamps"],
    ],
  },
  {
    name: "dimensions",
    label: "Input",
    choices: [
      ["1D", "1D: a line"],
      ["2D", "2D: an image"],
    ],
  },
  { name: "kernel_size", label: "Kernel size F", primary: true },
  { name: "stride", label: "Stride S", primary: true },
  { name: "padding", label: "Padding P" },
  { name: "output_padding", label: "Output padding A" },
  { name: "dilation", label: "Dilation D" },
  { name: "size", label: "Input size" },
  { name: "position", label: "Position", bare: true },
];

/** The grids of each view of a line and of an image: columns of slots, each with its share. */
const SLOTS = /** @type {Record<string, [number, [string, number][]][]>} */ ({
  "stamps 1D": [
    [1, row("input", "kernel")],
    [
      3,
      [
        ["stamps", 2.3],
        ["output", 1],
      ],
    ],
  ],
  "zeros 1D": [
    [1, row("input", "kernel")],
    [3, row("spread", "flipped", "output")],
  ],
  "matrix 1D": [
    [1, row("input", "kernel")],
    [1, row("matrix")],
    [0.5, row("vector")],
    [0.8, row("product")],
  ],
  "overlap 1D": [
    [1, row("input", "kernel")],
    [3, row("overlaps", "output")],
  ],
  "stamps 2D": [
    [1, row("input", "kernel", "stamp")],
    [2.8, row("output")],
  ],
  "zeros 2D": [
    [0.55, row("input", "kernel", "flipped")],
    [1.35, row("spread")],
    [1.05, row("output")],
  ],
  "matrix 2D": [
    [1.2, [...row("input", "kernel"), ["output", 1.9]]],
    [1.3, row("matrix")],
    [0.25, row("vector")],
    [0.35, row("product")],
  ],
  "overlap 2D": [
    [0.6, row("input", "kernel")],
    [1, row("overlaps")],
    [1, row("output")],
  ],
});

export default { render };

/**
 * @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it
 * @returns {() => void} what to do when the view goes
 */
function render(context) {
  const { model } = context;
  const index = (row, column) => (model.get("dimensions") === "1D" ? [column] : [row, column]);
  const shape = (name) => (state) => [state.dimensions === "1D" ? 1 : state[name], state[name]];
  return createScene({
    context,
    title: "Transposed convolution",
    label: "Input, kernel and output, and one way from the ones to the other",
    settings: SETTINGS,
    tables: [
      { name: "values", short: "x", shape: shape("size") },
      { name: "weights", short: "w", shape: shape("kernel_size") },
    ],
    grids: {
      input: { kind: "input", letter: "X", table: "values", index },
      kernel: { kind: "kernel", letter: "W", table: "weights", index },
      stamps: { kind: "output", letter: "S" },
      stamp: { kind: "output", letter: "S" },
      overlaps: { kind: "output", letter: "Y" },
      spread: { kind: "input", letter: "Z" },
      flipped: { kind: "kernel", letter: "W" },
      matrix: { kind: "kernel", letter: "Cᵀ" },
      vector: { kind: "input", letter: "X" },
      product: { kind: "output", letter: "Y" },
      output: { kind: "output", letter: "Y" },
    },
    layout,
    play: {
      label: "Move through the inputs, or the outputs",
      count: stepsOf,
      at: positionExplaining,
      say: (position, state) =>
        stepsOf(state) ? placeName(restingAt(state, position), state, 0) : "none",
    },
    stateOf: () => stateFrom((name) => model.get(name)),
    shapes: shapesOf,
    resting: (state, position) => (stepsOf(state) ? restingAt(state, position) : null),
    scene,
    code: (state) => codeOf(state, model.get("key")),
  }).start();
}

/** Slots of one height. @param {...string} grids @returns {[string, number][]} */
function row(...grids) {
  return grids.map((name) => [name, 1]);
}

/**
 * @param {number} width
 * @param {State} state
 * @returns {import("./parts/stage.js").Layout}
 */
function layout(width, { flat, view }) {
  const phone = width < 420;
  const columns = SLOTS[`${view} ${flat ? "1D" : "2D"}`];
  return {
    height: flat ? 264 : !phone ? 316 : view === "matrix" ? 340 : 300,
    gap: phone && !flat ? 12 : undefined,
    columns: columns.map(([share, slots]) => ({ share, slots })),
  };
}

/**
 * @param {State} state
 * @param {Look} look
 * @returns {import("./parts/scene.js").Scene}
 */
function scene(state, look) {
  const seen = seenBy(state, look);
  return {
    panels: panelsOf(seen),
    frames: framesOf(seen),
    sizes: rulesOf(state),
    note: noteOf(state),
    readout: readoutOf(seen),
    flight: flightOf(seen),
  };
}

/** Rows and columns of the grids that are drawn; of the others none. @param {State} state */
function shapesOf({ flat, view, exists, axes: [vertical, horizontal], inputs }) {
  const sheet = [vertical.whole, horizontal.whole];
  const kernel = [vertical.kernel, horizontal.kernel];
  const all = {
    stamps: [inputs, horizontal.whole],
    stamp: kernel,
    overlaps: sheet,
    spread: [vertical.spread, horizontal.spread],
    flipped: kernel,
    matrix: [horizontal.output, inputs],
    vector: [inputs, 1],
    product: [horizontal.output, 1],
    output: sheet,
  };
  const drawn = SLOTS[`${view} ${flat ? "1D" : "2D"}`].flatMap(([, slots]) =>
    slots.map(([name]) => name),
  );
  const own = Object.entries(all).filter(([name]) => exists && drawn.includes(name));
  return { input: [vertical.input, horizontal.input], kernel, ...Object.fromEntries(own) };
}

// ---- frames and what flies ----------------------------------------------------------------------

/** @param {Seen} seen @returns {import("./parts/scene.js").Scene["frames"]} */
function framesOf(seen) {
  const { axes, flat, exists, view, focus, block, inputs, look } = seen;
  if (!exists || !focus || (focus.input && focus.output)) return [];
  const [vertical, horizontal] = axes;
  const effective = { rows: vertical.effective, columns: horizontal.effective };
  const before = restingAt(seen, Math.max(0, look.position - 1));
  const corner = (i, j) => ({ row: i * vertical.stride, column: j * horizontal.stride });
  const outputFrame = (grid) => ({
    grid,
    ...corner(focus.input[0], focus.input[1]),
    from: corner(before.row, before.column),
    ...effective,
  });
  if (focus.input) {
    const n = numberOf(focus.input, seen);
    const { column, from } = outputFrame("stamps");
    if (view === "matrix")
      return [{ grid: "matrix", row: 0, column: n, rows: horizontal.output, columns: 1 }];
    if (view === "overlap") return [outputFrame("overlaps"), outputFrame("output")];
    const line = { ...from, row: Math.max(0, n - 1) };
    return flat
      ? [{ grid: "stamps", row: n, column, from: line, ...effective }, outputFrame("output")]
      : [outputFrame("output")];
  }
  if (!focus.output) return [];
  const [row, column] = focus.output;
  if (view === "zeros") return [{ grid: "spread", row, column, from: before, ...effective }];
  if (view === "stamps" && flat)
    return [{ grid: "stamps", row: 0, column, rows: inputs, columns: 1 }];
  const line = column - horizontal.padding;
  const inBlock = row - vertical.padding === block && line >= 0 && line < horizontal.output;
  if (view !== "matrix" || !inBlock) return [];
  const last = { row: Math.max(0, line - 1), column: 0 };
  return [{ grid: "matrix", row: line, column: 0, from: last, rows: 1, columns: inputs }];
}

/** @param {Seen} seen @returns {import("./parts/scene.js").CellFlight|undefined} */
function flightOf(seen) {
  const { view, flat, resting, focus, chosen, input, weight, output, count, look } = seen;
  if (!resting || look.moment >= 1 || view === "overlap") return undefined;
  const product = (x, w, by, place) => ({
    ...place,
    factors: `${show(x)}·${inBrackets(w)}`,
    value: x * w,
    colour: positionColour(by, count),
  });
  if (view === "stamps") {
    const products = chosen.map((term) => {
      const { i, j, u, v, r, c } = term;
      const from = flat
        ? { grid: "stamps", row: j, column: c }
        : { grid: "stamp", row: u, column: v };
      const to = { grid: "output", row: r, column: c };
      return { ...product(input[i][j], weight[u][v], weightNumber(term, seen), from), to };
    });
    return { products, to: products[0].to, sum: "" };
  }
  const [r, c] = focus.output;
  const sum = show(output[r][c]);
  if (view === "zeros") {
    const products = spreadWindow(seen, r, c).map(({ x, w, by, row, column }) =>
      product(x, w, by, { grid: "spread", row, column }),
    );
    return { products, to: resting, sum };
  }
  const line = c - seen.axes[1].padding;
  const products = chosen.map((term) => {
    const place = { grid: "matrix", row: line, column: numberOf([term.i, term.j], seen) };
    return product(weight[term.u][term.v], input[term.i][term.j], weightNumber(term, seen), place);
  });
  return { products, to: { grid: "product", row: line, column: 0 }, sum };
}
