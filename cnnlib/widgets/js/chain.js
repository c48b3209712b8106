/**
 * A chain of layers by hand: convolution, ReLU, max pooling, convolution and a loss. The numbers
 * come forward from left to right, their gradients go back below them, one step at a time.
 */

import { chainNumbers, winnerOf } from "./arithmetic/by-hand.js";
import { show } from "./arithmetic/convolution.js";
import { html } from "./parts/dom.js";
import { fallenBy } from "./parts/motion.js";
import { positionColour } from "./parts/positions.js";
import { cnnlibCode, torchCode, torchTensor } from "./parts/python-code.js";
import { inBrackets, readoutHead, sumInLines } from "./parts/readout.js";
import { createScene } from "./parts/scene.js";

/** @typedef {import("./parts/scene.js").Look} Look */
/** @typedef {import("./parts/scene.js").Place} Place */
/** @typedef {ReturnType<typeof compute>} State */

/**
 * What a number is made of: a number of another grid, times one of a third if there is one.
 * @typedef {{from: [string, number], by?: [string, number], k?: number}} Term `k`: the position of
 *   the weight
 */

/**
 * A step: the grid that it fills, what its numbers are made of, and words.
 * @typedef {object} Step
 * @property {string} grid
 * @property {string} say
 * @property {(at: number, numbers: Record<string, number[]>) => Term[]} terms
 * @property {(at: number, state: State) => string} [how] in words, where it is no sum of products
 */

const PAIR = [0, 1];
const SUBTITLES = { x: "input", h: "conv", r: "ReLU", p: "pool", y: "conv", L: "loss" };
/** The grids of each column; below each but the loss stands its gradient. */
const COLUMNS = ["x", "w", "h", "r", "p", "v", "y", "L"];
const ALL = COLUMNS.flatMap((name) => (name === "L" ? [name] : [name, `d${name}`]));
/** The traits of what can be changed. */
const GIVEN = { x: "values", w: "first", v: "second" };

/** @type {Step[]} */
const STEPS = [
  {
    grid: "h",
    say: "Forward, convolution: w slides over x.",
    terms: (at) => PAIR.map((k) => ({ from: ["x", at + k], by: ["w", k], k })),
  },
  {
    grid: "r",
    say: "Forward, ReLU: what is negative becomes 0.",
    terms: (at, { h }) => (h[at] > 0 ? [{ from: ["h", at] }] : []),
    how: (at, { h, r }) => `max(0, ${show(h[at])}) = ${show(r[at])}`,
  },
  {
    grid: "p",
    say: "Forward, max pooling: of each two the larger one.",
    terms: (at, { r }) => [{ from: ["r", winnerOf(r, at)] }],
    how: (at, { r, p }) => `max(${show(r[2 * at])}, ${show(r[2 * at + 1])}) = ${show(p[at])}`,
  },
  {
    grid: "y",
    say: "Forward, convolution: v meets p once.",
    terms: () => PAIR.map((k) => ({ from: ["p", k], by: ["v", k], k })),
  },
  {
    grid: "L",
    say: "Forward, the loss: half the square of what is wrong.",
    terms: () => [{ from: ["y", 0] }],
    how: (_, { y, target, L }) => `½·(${show(y[0])} − ${inBrackets(target)})² = ${show(L[0])}`,
  },
  {
    grid: "dy",
    say: "Backward, the loss: its derivative is y − t.",
    terms: () => [{ from: ["y", 0] }],
    how: (_, { y, target, dy }) => `${show(y[0])} − ${inBrackets(target)} = ${show(dy[0])}`,
  },
  {
    grid: "dv",
    say: "Backward, the weights v: the gradient times the p that each met.",
    terms: (at) => [{ from: ["p", at], by: ["dy", 0], k: at }],
  },
  {
    grid: "dp",
    say: "Backward, the input p: the gradient times the weight.",
    terms: (at) => [{ from: ["v", at], by: ["dy", 0], k: at }],
  },
  {
    grid: "dr",
    say: "Backward, max pooling: the gradient goes whole to the winner.",
    terms: (at, { r }) => (winnerOf(r, at >> 1) === at ? [{ from: ["dp", at >> 1] }] : []),
    how: (at, { r, dr }) =>
      winnerOf(r, at >> 1) === at
        ? `winner of its window: dp[${at >> 1}] = ${show(dr[at])}`
        : "not the winner: 0",
  },
  {
    grid: "dh",
    say: "Backward, ReLU: 0 where h is not above 0.",
    terms: (at, { h }) => (h[at] > 0 ? [{ from: ["dr", at] }] : []),
    how: (at, { h, dh }) =>
      h[at] > 0 ? `h[${at}] > 0: dr[${at}] = ${show(dh[at])}` : `h[${at}] is not above 0: 0`,
  },
  {
    grid: "dw",
    say: "Backward, the weights w: each gradient times the x that the weight met, added up.",
    terms: (k, { dh }) => dh.map((_, i) => ({ from: ["x", i + k], by: ["dh", i], k })),
  },
  {
    grid: "dx",
    say: "Backward, the input x: full convolution of the gradient with w.",
    terms: (at, { dh }) =>
      PAIR.filter((k) => dh[at - k] !== undefined).map((k) => ({
        from: ["w", k],
        by: ["dh", at - k],
        k,
      })),
  },
];
const STEP_OF = Object.fromEntries(STEPS.map(({ grid }, at) => [grid, at]));

export default { render };

/**
 * @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it
 * @returns {() => void} what to do when the view goes
 */
function render(context) {
  const { model } = context;
  /** @returns {import("./parts/scene.js").GridSpec} */
  const specOf = (name) => ({
    kind: kindOf(name),
    letter: name,
    ...(GIVEN[name]
      ? { table: GIVEN[name], tablePlace: (row) => [0, row], index: (_, at) => [at] }
      : { index: (row) => [row] }),
  });
  return createScene({
    context,
    title: "A chain of layers by hand",
    label: "The numbers forward, and below each its gradient",
    settings: [
      { name: "target", label: "Target t" },
      { name: "position", label: "Step", bare: true },
    ],
    tables: [
      { name: "values", short: "x", shape: () => [1, 5] },
      { name: "first", short: "w", shape: () => [1, 2] },
      { name: "second", short: "v", shape: () => [1, 2] },
    ],
    grids: Object.fromEntries(ALL.map((name) => [name, specOf(name)])),
    layout: (width) => ({
      height: width < 420 ? 292 : 390,
      gap: width < 420 ? 7 : 12,
      columns: COLUMNS.map((name) => ({
        share: 1,
        slots: [name, `d${name}`].map((grid) => [grid, 1]),
      })),
    }),
    play: {
      label: "Move through the steps",
      count: () => STEPS.length,
      at: ({ grid }) => STEP_OF[grid] ?? null,
      say: (position) => `${position + 1}: ${STEPS[position].grid}`,
    },
    stateOf: () => compute((name) => model.get(name)),
    shapes: (state) => Object.fromEntries(ALL.map((name) => [name, [state[name].length, 1]])),
    resting: (_, position) => ({ grid: STEPS[position].grid, row: 0, column: 0 }),
    scene,
    code: codeFor,
  }).start();
}

/** Whose colours a grid has. @returns {"input"|"kernel"|"output"|"gradient"} */
function kindOf(name) {
  if (name.startsWith("d")) return "gradient";
  if (name === "x") return "input";
  return GIVEN[name] ? "kernel" : "output";
}

// ---- what is seen: pure functions of the state --------------------------------------------------

/**
 * @param {State} state
 * @param {Look} look
 * @returns {import("./parts/scene.js").Scene}
 */
function scene(state, look) {
  const { position, moment, active } = look;
  const step = STEPS[position];
  const flying = moment < 1 ? flightsOf(step, state) : [];
  const resting = active?.grid === step.grid && active.row === 0 && !look.pinned;
  const parts = partsSeen(state, look, resting);
  const told = (active && STEP_OF[active.grid]) ?? position;
  return {
    panels: panels(state, look, flying, parts),
    lines: parts.flatMap(({ from, by, to }) =>
      (by ? [from, by] : [from]).map((at) => ({ from: [...at, 0], to: [...to, 0] })),
    ),
    sizes: [
      ["network", "x → convolution w → h → ReLU → r → max pooling → p → convolution v → y"],
      ["loss", "L = ½·(y − t)²; the gradient of a number stands below it"],
    ],
    note: { text: `Step ${told + 1} of ${STEPS.length}. ${STEPS[told].say}` },
    readout: active ? readoutFor(active, state, look, resting) : [],
    flight: flying.length ? { products: flying, to: flying[0].to, sum: "" } : undefined,
  };
}

/** What flies in a step: each part of each number. @param {Step} step @param {State} state */
function flightsOf({ grid, terms }, state) {
  return state[grid].flatMap((value, row) =>
    terms(row, state).map((term) => ({
      ...placeOf(term.from),
      to: { grid, row, column: 0 },
      factors: factorsOf(term, state) ?? show(value),
      value: term.by ? valueAt(term.from, state) * valueAt(term.by, state) : value,
      colour: positionColour(term.k ?? 0, 2),
    })),
  );
}

/** @param {[string, number]} at @returns {Place} */
function placeOf([grid, row]) {
  return { grid, row, column: 0 };
}

const valueAt = ([grid, at], state) => state[grid][at];

/** A product in figures: the gradient first. @param {Term} term @param {State} state */
function factorsOf({ from, by }, state) {
  if (!by) return undefined;
  const pair = by[0].startsWith("d") ? [by, from] : [from, by];
  const [a, b] = pair.map((at) => valueAt(at, state));
  return `${show(a)}·${inBrackets(b)}`;
}

/** How many numbers of the step have all their parts. */
function isThere(grid, row, { position, moment }, flying) {
  const step = STEP_OF[grid] ?? -1;
  if (step !== position || moment >= 1) return step <= position;
  const last = flying.reduce((found, { to }, at) => (to.row <= row ? at + 1 : found), 0);
  return fallenBy(flying.length, moment) >= Math.max(1, last);
}

/**
 * @param {State} state @param {Look} look @param {ReturnType<typeof flightsOf>} flying
 * @param {ReturnType<typeof partsSeen>} parts
 */
function panels(state, look, flying, parts) {
  /** @type {Map<string, number>} */ const linked = new Map();
  for (const { from, by, k = -1 } of parts) {
    for (const at of by ? [from, by] : [from]) linked.set(at.join(" "), k);
  }
  return ALL.map((grid) => {
    const weights = grid === "w" || grid === "v";
    return {
      grid,
      title: grid,
      subtitle: SUBTITLES[grid] ?? "",
      rows: state[grid].length,
      columns: 1,
      label: grid.startsWith("d")
        ? `Gradient of ${grid.slice(1)}`
        : `${grid}, ${state[grid].length} numbers`,
      cell(row) {
        const there = isThere(grid, row, look, flying);
        const by = there ? linked.get(`${grid} ${row}`) : undefined;
        return {
          text: there ? show(state[grid][row]) : "",
          marks: look.marks(grid, row, 0, there ? "" : "later", by === undefined ? "" : "window"),
          fill: weights ? positionColour(row, 2) : undefined,
          tag: by === undefined || by < 0 || weights ? undefined : positionColour(by, 2),
          label: `${grid}[${row}]: ${there ? state[grid][row] : "not computed yet"}`,
        };
      },
    };
  });
}

/** What the active number is made of; where a whole step is explained, all its numbers. */
function partsSeen(state, { active, arrived, moment }, whole) {
  const step = active && STEPS[STEP_OF[active.grid]];
  if (!step || !arrived) return [];
  const rows = whole || moment < 1 ? state[step.grid].map((_, row) => row) : [active.row];
  return rows.flatMap((row) =>
    step.terms(row, state).map((term) => ({ ...term, to: [step.grid, row] })),
  );
}

/** The sum of one number; of the resting step those of all. */
function readoutFor(active, state, look, whole) {
  const { grid, row } = active;
  const at = STEP_OF[grid];
  const kind =
    { x: "input", w: "kernel", v: "kernel" }[grid] ??
    (grid.startsWith("d") ? "gradient" : "output");
  if (at === undefined) {
    const gradient = `d${grid}`;
    const known = STEP_OF[gradient] <= look.position;
    return [
      readoutHead(look.nameOf(active), ` = ${show(state[grid][row])}`, kind),
      html("p", {}, "Given. Type another number, and the whole chain follows."),
      html(
        "p",
        {},
        `Its gradient ${gradient}[${row}] is ` +
          (known ? show(state[gradient][row]) : `computed in step ${STEP_OF[gradient] + 1}`),
        ".",
      ),
    ];
  }
  if (at > look.position) {
    return [
      readoutHead(look.nameOf(active), "", kind),
      html("p", {}, `Not computed yet: that is step ${at + 1}.`),
    ];
  }
  const rows = whole ? state[grid].map((_, one) => one) : [row];
  return [
    readoutHead(
      whole ? grid : look.nameOf(active),
      whole ? "" : ` = ${show(state[grid][row])}`,
      kind,
    ),
    sumInLines(
      rows.map((one) => [sumInFigures(grid, one, state)]),
      [],
    ),
  ];
}

/** How a number is computed: “h[0] = 1·1 + 2·(−1) = −1”. */
function sumInFigures(grid, row, state) {
  const { terms, how } = STEPS[STEP_OF[grid]];
  const products = terms(row, state).map((term) => factorsOf(term, state));
  const sum = how?.(row, state) ?? `${products.join(" + ")} = ${show(state[grid][row])}`;
  return `${grid}[${row}]: ${sum}`;
}

// ---- from the traits to numbers and code --------------------------------------------------------

/** @param {(name: string) => any} get */
function compute(get) {
  const target = get("target");
  const [[x], [w], [v]] = ["values", "first", "second"].map(get);
  return { .../** @type {any} */ (chainNumbers(x, w, v, target)), target };
}

/** @param {State} state @returns {[string, string][]} */
function codeFor({ x, w, v, target }) {
  const row = (values) => `[${values.join(", ")}]`;
  return [
    cnnlibCode(
      "first = cnnlib.Conv2d(1, 1, (1, 2), bias=False, dtype=np.float64)",
      "second = cnnlib.Conv2d(1, 1, (1, 2), bias=False, dtype=np.float64)",
      `first.weight.value[:] = np.array(${row(w)})`,
      `second.weight.value[:] = np.array(${row(v)})`,
      "model = cnnlib.Sequential(first, cnnlib.ReLU(), cnnlib.MaxPool2d((1, 2)), second)",
      `y = model(np.array(${row(x)}, dtype=float).reshape(1, 1, 1, 5))`,
      `loss = 0.5 * (y.item() - (${target})) ** 2`,
      `grad_x = model.backward(y - (${target}))`,
      "print(loss, second.weight.grad.ravel(), first.weight.grad.ravel(), grad_x.ravel())",
    ),
    torchCode(
      ...Object.entries({ x, w, v }).map(([name, values]) =>
        torchTensor(name, [[values]], ", requires_grad=True"),
      ),
      "y = F.conv1d(F.max_pool1d(F.relu(F.conv1d(x, w)), 2), v)",
      `loss = 0.5 * (y.sum() - (${target})) ** 2`,
      "loss.backward()",
      "print(loss.item(), v.grad, w.grad, x.grad)",
    ),
  ];
}
