/**
 * Transposed convolution: the numbers of a state, and what takes part when somebody points at
 * a cell. Pure functions; places of the output are those of the whole sheet, uncut by padding.
 */

import { corner } from "../arithmetic/convolution.js";
import {
  flatAxis,
  flipped,
  overlapCounts,
  scatterStamps,
  slideFlipped,
  spreadInput,
  stampAxis,
  stampTerms,
} from "../arithmetic/transposed.js";
import { fallenBy, glideAt } from "../parts/motion.js";

/** @typedef {import("../arithmetic/transposed.js").StampAxis} StampAxis */
/** @typedef {import("../parts/scene.js").Look} Look */
/** @typedef {ReturnType<typeof stateFrom>} State */
/** @typedef {ReturnType<typeof seenBy>} Seen */

/** Sizes and values of a state. @param {(name: string) => any} get */
export function stateFrom(get) {
  const flat = get("dimensions") === "1D";
  const axis = stampAxis({
    input: get("size"),
    kernel: get("kernel_size"),
    stride: get("stride"),
    padding: get("padding"),
    more: get("output_padding"),
    dilation: get("dilation"),
  });
  /** @type {[StampAxis, StampAxis]} */
  const axes = [flat ? flatAxis() : axis, axis];
  const input = corner(get("values"), axes[0].input, axis.input);
  const weight = corner(get("weights"), axes[0].kernel, axis.kernel);
  const exists = axis.allowed && axis.output > 0;
  const terms = exists ? stampTerms(axes) : [];
  const spread = exists ? spreadInput(input, axes) : [];
  const view = get("view");
  return {
    flat,
    view,
    byInput: view === "stamps" || view === "overlap",
    axes,
    input,
    weight,
    exists,
    terms,
    spread,
    /** how many inputs, and how many weights of the kernel */
    inputs: input.flat().length,
    count: weight.flat().length,
    output: exists ? slideFlipped(spread, weight, axes) : [],
    overlaps: exists ? overlapCounts(terms, axes) : [],
    limits: get("_limits"),
  };
}

/** How many positions the play bar has. @param {State} state */
export function stepsOf({ exists, byInput, inputs, axes: [vertical, horizontal] }) {
  if (!exists) return 0;
  return byInput ? inputs : vertical.output * horizontal.output;
}

/** The cell that the play bar stands at. @param {State} state @param {number} position */
export function restingAt({ flat, view, byInput, axes: [vertical, horizontal] }, position) {
  if (flat && view === "matrix") return { grid: "product", row: position, column: 0 };
  const columns = Math.max(1, byInput ? horizontal.input : horizontal.output);
  const [row, column] = [Math.floor(position / columns), position % columns];
  if (byInput) return { grid: "input", row, column };
  return { grid: "output", row: row + vertical.padding, column: column + horizontal.padding };
}

/**
 * The position of the play bar that explains a cell, or null.
 * @param {import("../parts/scene.js").Place} place
 * @param {State} state
 */
export function positionExplaining(
  { grid, row, column },
  { byInput, flat, axes: [vertical, horizontal] },
) {
  if (byInput) return grid === "input" ? row * horizontal.input + column : null;
  if (flat && grid === "product") return row;
  const [r, c] = [row - vertical.padding, column - horizontal.padding];
  const outside = r < 0 || c < 0 || r >= vertical.output || c >= horizontal.output;
  return grid !== "output" || outside ? null : r * horizontal.output + c;
}

// ---- what somebody looks at ---------------------------------------------------------------------

/**
 * What the drawing and the words need to know of a moment.
 * @param {State} state
 * @param {Look} look
 */
export function seenBy(state, look) {
  const { axes, input, weight, terms, count, inputs, view, exists } = state;
  const { active, position } = look;
  const block = blockOf(active, state, position);
  const focus = focusOf(active, state, block, position);
  const chosen = terms.filter((term) => isChosen(term, focus));
  const resting = exists ? restingAt(state, position) : null;
  const single = focus?.input && !focus.output ? numberOf(focus.input, state) : null;
  const accumulates = view === "stamps" || (view === "overlap" && look.playing);
  const upTo = accumulates && single !== null ? single + 1 : inputs;
  // of the last stamp only what has fallen already
  const fallen = look.moment < 1 && single !== null ? fallenBy(count, look.moment) : count;
  const soFar = terms.filter((term) => {
    const number = numberOf([term.i, term.j], state);
    return number < upTo - 1 || (number === upTo - 1 && weightNumber(term, state) < fallen);
  });
  return {
    ...state,
    look,
    focus,
    block,
    chosen,
    resting,
    upTo,
    sheet: view === "stamps" && exists ? scatterStamps(soFar, input, weight, axes) : state.output,
    counts: view === "overlap" && exists ? overlapCounts(soFar, axes) : state.overlaps,
    /** the input whose stamp is drawn in 2D */
    stamped: focus?.input ?? (state.byInput && resting ? [resting.row, resting.column] : [0, 0]),
    links: linksOf(chosen, focus, state, block),
    /** of the flipped kernel on its way over a line */
    shift: shiftOf(focus, state, look),
  };
}

/** Inputs are numbered row by row. @param {number[]} place */
export function numberOf([i, j], { axes: [, horizontal] }) {
  return i * horizontal.input + j;
}

/** So are the weights. */
export function weightNumber({ u, v }, { axes: [, horizontal] }) {
  return u * horizontal.kernel + v;
}

/** The row of the output whose rows of Cᵀ are drawn. */
function blockOf(active, { axes: [axis, horizontal], exists, flat, byInput }, position) {
  if (flat || !exists || byInput) return 0;
  const inside = (at) => Math.max(0, Math.min(axis.output - 1, at));
  if (active?.grid === "output") return inside(active.row - axis.padding);
  if (active?.grid === "input") return inside(active.row * axis.stride - axis.padding);
  return Math.floor(position / horizontal.output);
}

/** What a cell stands for: an input, a weight, a place of the sheet, or two of them. */
function focusOf(active, state, block, position) {
  if (!active) return null;
  const { axes, weight } = state;
  const [vertical, horizontal] = axes;
  const { grid, row, column } = active;
  const inputAt = (number) => [Math.floor(number / horizontal.input), number % horizontal.input];
  const target = [block + vertical.padding, row + horizontal.padding];
  if (grid === "input") return { input: [row, column] };
  if (grid === "vector") return { input: inputAt(row) };
  if (grid === "kernel") return { weight: [row, column] };
  if (grid === "stamp") return { input: inputAt(position), weight: [row, column] };
  if (grid === "flipped")
    return { weight: [weight.length - 1 - row, weight[0].length - 1 - column] };
  if (grid === "product") return { output: target };
  if (grid === "matrix") return { output: target, input: inputAt(column) };
  if (grid === "stamps") return { output: [0, column], input: [0, row] };
  if (grid !== "spread") return { output: [row, column] };
  const place = [row, column].map((at, a) => (at - axes[a].effective + 1) / axes[a].stride);
  const isInput = place.every((at, a) => Number.isInteger(at) && at >= 0 && at < axes[a].input);
  return isInput ? { input: place } : { zero: true };
}

function isChosen({ i, j, u, v, r, c }, focus) {
  if (!focus || focus.zero) return false;
  const fits = (place, a, b) => !place || (place[0] === a && place[1] === b);
  return fits(focus.input, i, j) && fits(focus.weight, u, v) && fits(focus.output, r, c);
}

/**
 * Which cells take part: the number of the weight that links each to the active one, or −1 where
 * several do.
 * @returns {Map<string, number>} by grid, row and column
 */
function linksOf(chosen, focus, state, block) {
  const [vertical, horizontal] = state.axes;
  const links = new Map();
  const add = (grid, row, column, number) => links.set(`${grid} ${row},${column}`, number);
  for (const term of chosen) {
    const { i, j, u, v, r, c } = term;
    const by = weightNumber(term, state);
    const [n, line] = [numberOf([i, j], state), c - horizontal.padding];
    const own = focus.input && !focus.output ? -1 : by;
    const sum = focus.output ? -1 : by;
    add("input", i, j, own);
    add("vector", n, 0, own);
    add("kernel", u, v, by);
    add("flipped", vertical.kernel - 1 - u, horizontal.kernel - 1 - v, by);
    if (focus.input) add("stamp", u, v, by);
    add("stamps", j, c, by);
    add("output", r, c, sum);
    add("overlaps", r, c, sum);
    add(
      "spread",
      i * vertical.stride + vertical.effective - 1,
      j * horizontal.stride + horizontal.effective - 1,
      own,
    );
    if (r - vertical.padding !== block) continue;
    add("matrix", line, n, by);
    add("product", line, 0, sum);
  }
  if (!focus?.output || focus.input) return links;
  const [r, c] = focus.output;
  add("output", r, c, -1);
  add("overlaps", r, c, -1);
  if (r - vertical.padding === block) add("product", c - horizontal.padding, 0, -1);
  for (const { row, column, by } of spreadWindow(state, r, c)) add("spread", row, column, by);
  return links;
}

/** The window of the spread-out input that gives (r, c), with the weights of the flipped kernel. */
export function spreadWindow({ spread, weight, axes: [vertical, horizontal], count }, r, c) {
  return flipped(weight).flatMap((line, u) =>
    line.map((w, v) => {
      const [row, column] = [r + u * vertical.dilation, c + v * horizontal.dilation];
      const by = count - 1 - (u * horizontal.kernel + v);
      return { x: spread[row][column], w, row, column, by };
    }),
  );
}

/** How far right the flipped kernel stands, so that it lies under its window. */
function shiftOf(focus, state, { moment, position }) {
  const { flat, view, exists, axes } = state;
  if (!flat || view !== "zeros" || !exists || axes[1].dilation > 1) return 0;
  if (focus?.output && moment >= 1) return focus.output[1];
  const [before, now] = [Math.max(0, position - 1), position].map(
    (at) => restingAt(state, at).column,
  );
  return before + (now - before) * glideAt(moment);
}
