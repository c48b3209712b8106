/**
 * Variants of convolution: the weights that each stores, the dense kernel that they stand for, and
 * the price. Where the dense kernel has zeros, or weights that are made of the same ones, is what
 * tells the variants apart.
 */

import { chainOf, channelsBetween, costOf } from "./arithmetic/stacks.js";
import { html, setText } from "./parts/dom.js";
import { runOnce } from "./parts/motion.js";
import { cnnlibCode } from "./parts/python-code.js";
import { counted, grouped, listed, readoutHead } from "./parts/readout.js";
import { createScene } from "./parts/scene.js";
import { playOnce } from "./parts/tour.js";

/** @typedef {import("./parts/scene.js").Look} Look */
/** @typedef {import("./parts/scene.js").Place} Place */
/** @typedef {ReturnType<typeof compute>} State */
/** @typedef {{k: number, c: number, u: number, v: number}} Weight output, input, row, column */

const CHANNELS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];
const GROUPS = [1, 2, 3, 4, 6, 8, 16, 32];
/** Cells along an axis of the dense kernel: of channels that need more, the first are drawn. */
const MOST_CELLS = 24;
/** The colour of a weight that nothing is tied to, as the list of colours names it. */
const OWN = "kernel";
/** A zero that is pointed at: else it is hatched. */
const ZERO = "rgb(150, 156, 163)";

/**
 * Of each variant: what its dense kernel is like, and by which channel the weights are tied; beside
 * the dense kernel, the columns of slots of what is stored, each with its share of the width.
 * @type {Record<string, {say: string, tiedBy?: "k"|"c", stored: [number, [string, number][]][]}>}
 */
const VARIANTS = {
  standard: { say: "Every cell is a weight of its own.", stored: [[2, [["step0", 1]]]] },
  pointwise: {
    say: "It mixes channels and sees no neighbours.",
    stored: [[1, [["step0", 1]]]],
  },
  grouped: {
    say: "Each group of outputs reads a group of inputs; other blocks are 0.",
    stored: [[2, [["step0", 1]]]],
  },
  depthwise: {
    say: "Each output reads one input; other blocks are 0.",
    stored: [[0.6, [["step0", 1]]]],
  },
  "depthwise separable": {
    say: "The blocks of a column are one pattern, each times a number of its own.",
    tiedBy: "c",
    stored: [
      [0.35, [["step0", 1]]],
      [0.7, [["step1", 1]]],
    ],
  },
  "spatially separable": {
    say: "Each block is a sum of products, a column times a row: the same columns for all outputs.",
    tiedBy: "c",
    stored: [
      [0.67, [["step0", 1]]],
      [2, [["step1", 1]]],
    ],
  },
  flattened: {
    say: "The blocks of a row are one pattern, column times row, each times a number of its own.",
    tiedBy: "k",
    stored: [
      [
        0.7,
        [
          ["step0", 1],
          ["step2", 1],
        ],
      ],
      [0.3, [["step1", 1]]],
    ],
  },
  "cross-channel": {
    say: "The blocks of a row are mixtures of the patterns that this row stores.",
    tiedBy: "k",
    stored: [
      [0.7, [["step0", 1]]],
      [1.2, [["step1", 1]]],
    ],
  },
};
const NAMES = Object.keys(VARIANTS);
const MOST_STEPS = 3;
const EACH_GROUP = "Each group has its own part of the channels in, and its own of those out.";
/** Milliseconds in which the stored weights take their places in the dense kernel. */
const SPREAD = 1400;

export default { render };

/**
 * @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it
 * @returns {() => void} what to do when the view goes
 */
function render(context) {
  const { model } = context;
  const bars = createBars();
  /** How far the weights have come on their way into the dense kernel. */
  const way = { moment: 1, stop() {} };
  const bench = createScene({
    context,
    title: "Variants of convolution",
    label: "The dense kernel, and the weights that the variant stores",
    settings: [
      {
        name: "variant",
        label: "Variant",
        choices: NAMES.map((name) => [name, name]),
        primary: true,
      },
      { name: "in_channels", label: "Channels in", steps: CHANNELS, primary: true },
      { name: "out_channels", label: "Channels out", steps: CHANNELS, primary: true },
      { name: "kernel_size", label: "Kernel size F" },
      { name: "groups", label: "Groups", steps: GROUPS },
      { name: "size", label: "Output size" },
    ],
    grids: {
      dense: { kind: "kernel", letter: "W" },
      ...Object.fromEntries(
        Array.from({ length: MOST_STEPS }, (_, at) => [
          `step${at}`,
          { kind: "kernel", letter: `step ${at + 1}` },
        ]),
      ),
    },
    layout: (width, { variant }) => ({
      height: width < 420 ? 256 : 268,
      gap: width < 420 ? 10 : undefined,
      columns: [
        { share: 2, slots: [["dense", 1]] },
        ...VARIANTS[variant].stored.map(([share, slots]) => ({ share, slots })),
      ],
    }),
    stateOf: () => compute((name) => model.get(name), way.moment),
    shapes: shapesOf,
    resting: () => null,
    scene(state, look) {
      bars.draw(state);
      return scene(state, look);
    },
    code: codeFor,
  });
  bench.add(bars.element);
  const spread = () => {
    way.stop();
    way.stop = runOnce(SPREAD, (moment) => {
      way.moment = moment;
      bench.drawSoon();
    });
  };
  const change = () => {
    bench.selection.clear();
    spread();
  };
  model.on("change:variant", change);
  bench.onLeave(() => model.off("change:variant", change));
  bench.onLeave(() => way.stop());
  bench.onLeave(playOnce(bench.root, { demo: spread, stop() {} }, bench.stage.element));
  return bench.start();
}

/** The price of every variant as bars. */
function createBars() {
  const words = ["parameters", "multiply-adds"];
  const rows = NAMES.map((name) => {
    const bars = words.map(() => html("div", { class: "cnn-bar" }));
    const numbers = words.map(() => html("span", { class: "cnn-bar-number" }));
    const cells = bars.map((bar, at) =>
      html(
        "td",
        {},
        numbers[at],
        html("div", { class: "cnn-bar-track", "aria-hidden": "true" }, bar),
      ),
    );
    const row = html("tr", { "data-variant": name }, html("th", { scope: "row" }, name), ...cells);
    return { name, bars, numbers, row };
  });
  const head = ["variant", ...words].map((word) => html("th", { scope: "col" }, word));
  return {
    element: html(
      "table",
      { class: "cnn-bars", "data-part": "bars" },
      html("thead", {}, html("tr", {}, ...head)),
      html("tbody", {}, ...rows.map(({ row }) => row)),
    ),
    /** @param {State} state */
    draw({ costs, variant }) {
      const prices = (name) => [costs[name].parameters, costs[name].multiplyAdds];
      const most = words.map((_, at) => Math.max(...NAMES.map((name) => prices(name)[at] ?? 0)));
      for (const { name, bars, numbers, row } of rows) {
        const own = prices(name);
        row.classList.toggle("chosen", name === variant);
        row.setAttribute("aria-current", String(name === variant));
        bars.forEach((bar, at) => {
          bar.style.width = `${(100 * (own[at] ?? 0)) / most[at]}%`;
          setText(numbers[at], costs[name].why ? (at ? "" : "impossible") : grouped(own[at]));
        });
      }
    },
  };
}

// ---- what is seen: pure functions of the state --------------------------------------------------

/**
 * @param {State} state
 * @param {Look} look
 * @returns {import("./parts/scene.js").Scene}
 */
function scene(state, look) {
  const { chain, own, costs, size } = state;
  if (own.why) {
    return { panels: [], note: whyImpossible(state), readout: [html("p", {}, EACH_GROUP)] };
  }
  const standard = costs.standard.weights;
  const inStep = ({ f, c, groups, k }) => `${f[0]}·${f[1]}·${c / groups}·${k}`;
  const told = grouped(own.weights);
  return {
    panels: [densePanel(state, look), ...chain.map((_, at) => storedPanel(at, state, look))],
    frames: blockFrames(state),
    sizes: [
      ["weights", `${chain.map(inStep).join(" + ")} = ${told}`],
      [
        "against standard",
        `${told} / ${grouped(standard)} = ` +
          `${(own.weights / standard).toPrecision(3)} of standard`,
      ],
    ],
    note: {
      text:
        `${state.variant}: ${counted(own.parameters, "parameter")} with biases, ` +
        `${counted(own.multiplyAdds, "multiply-add")} for ${size}×${size} outputs.` +
        (isCut(state) ? ` The drawing shows the first ${counted(state.drawn, "channel")}.` : ""),
    },
    readout: readoutFor(state, look),
    sprites: (stage) => onTheWay(state, stage),
  };
}

/** How far the weights of an output have come. @param {Weight} weight @param {State} state */
function wayOf({ k }, { moment, drawn, chain }) {
  const count = Math.min(chain.at(-1).k, drawn);
  return Math.max(0, Math.min(1, moment * (1 + count / 3) - k / 3));
}

/**
 * Weights on their way from where they are stored to where the dense kernel has them.
 * @param {State} state @param {any} stage
 * @returns {import("./parts/motion.js").Sprite[]}
 */
function onTheWay(state, stage) {
  if (state.moment >= 1) return [];
  const { tiedBy } = VARIANTS[state.variant];
  const from = tiedBy === "k" ? state.chain.length - 1 : 0;
  const [rows, columns] = shapesOf(state).dense;
  const [stored, across] = shapesOf(state)[`step${from}`];
  return cellsOf(rows, columns).flatMap((place) => {
    const weight = denseWeight(place, state);
    const way = wayOf(weight, state);
    if (way <= 0 || way >= 1 || !productsIn(weight, state)) return [];
    const home = cellsOf(stored, across).find((one) =>
      isPartOf(from, storedWeight(from, one, state), weight, state),
    );
    if (!home) return [];
    const [a, b] = [
      stage.middleOf(`step${from}`, home.row, home.column),
      stage.middleOf("dense", place.row, place.column),
    ];
    const colour = colourOfWeight(weight, state);
    const eased = way * way * (3 - 2 * way);
    return [
      {
        x: a.x + (b.x - a.x) * eased,
        y: a.y + (b.y - a.y) * eased,
        size: stage.boxOf("dense", 0, 0).size,
        text: "",
        colour: colour in stage.colours ? stage.colours[colour] : colour,
        opacity: 1,
      },
    ];
  });
}

/** The places of a grid. */
function cellsOf(rows, columns) {
  return Array.from({ length: rows * columns }, (_, at) => ({
    row: Math.floor(at / columns),
    column: at % columns,
  }));
}

/** The dense kernel: a block of F×F cells for each output, in rows, and input, in columns. */
function densePanel(state, look) {
  const { chain, f } = state;
  const [rows, columns] = shapesOf(state).dense;
  const active = look.active && partsOf(look.active, state);
  return {
    grid: "dense",
    like: "weights",
    title: "As one dense kernel",
    subtitle: `${chain.at(-1).k}×${chain[0].c} blocks of ${f}×${f}`,
    rows,
    columns,
    label: `The dense kernel: outputs in rows, inputs in columns, blocks of ${f} by ${f}`,
    cell(row, column) {
      const weight = denseWeight({ row, column }, state);
      const zero = !productsIn(weight, state);
      const dim = active ? !active.dense(weight) : wayOf(weight, state) < 1;
      return {
        text: "",
        marks: look.marks("dense", row, column, zero ? "padding" : dim ? "" : "window"),
        fill: zero ? ZERO : dim ? undefined : colourOfWeight(weight, state),
      };
    },
    labelOf(row, column) {
      const weight = denseWeight({ row, column }, state);
      return `${nameOfWeight(weight)}: ${madeOf(weight, state)}`;
    },
  };
}

/** What a step stores: as in PyTorch, a block for each output and each input of its group. */
function storedPanel(at, state, look) {
  const { chain } = state;
  const step = chain[at];
  const grid = `step${at}`;
  const [rows, columns] = shapesOf(state)[grid];
  const active = look.active && partsOf(look.active, state);
  const count = storedIn(step);
  return {
    grid,
    like: "weights",
    title: `${step.f[0]}×${step.f[1]}`,
    subtitle: chain.length > 1 ? grouped(count) : counted(count, "weight"),
    rows,
    columns,
    label: `Step ${at + 1} stores ${counted(count, "weight")} of ${step.f[0]} by ${step.f[1]}`,
    cell(row, column) {
      const weight = storedWeight(at, { row, column }, state);
      const dim = active && !active.stored(at, weight);
      return {
        text: "",
        marks: look.marks(grid, row, column, dim ? "" : "window"),
        fill: dim ? undefined : storedColour(at, weight, state),
      };
    },
    labelOf: (row, column) =>
      `Step ${at + 1}, weight ${nameOfWeight(storedWeight(at, { row, column }, state))}`,
  };
}

/** An outline around each row and each column of blocks. */
function blockFrames(state) {
  const { f } = state;
  const [rows, columns] = shapesOf(state).dense;
  const look = "block";
  if (f === 1) return [];
  return [
    ...Array.from({ length: rows / f }, (_, k) => ({ row: k * f, column: 0, rows: f, columns })),
    ...Array.from({ length: columns / f }, (_, c) => ({ row: 0, column: c * f, rows, columns: f })),
  ].map((frame) => ({ grid: "dense", look, ...frame }));
}

/**
 * What ties weights: cells of the dense kernel with one key are made of the same stored weight.
 * @param {Weight} weight @param {State} state
 * @returns {number[]|null} the channel, and the place within the window
 */
function tieOf({ k, c, u, v }, { variant }) {
  const { tiedBy } = VARIANTS[variant];
  if (!tiedBy) return null;
  return [tiedBy === "k" ? k : c, u, variant === "spatially separable" ? 0 : v];
}

/** A colour for each tie: the hue tells the channel. @param {Weight} weight @param {State} state */
function colourOfWeight(weight, state) {
  const tie = tieOf(weight, state);
  if (!tie) return OWN;
  const { f, drawn, colours } = state;
  const [channel, u, v] = tie;
  const key = (channel * f + u) * f + v;
  if (!colours.has(key)) {
    const hue = Math.round(40 + (360 * channel) / Math.max(2, drawn)) % 360;
    colours.set(key, `hsl(${hue}, 65%, ${Math.round(72 - (40 * (u * f + v)) / f ** 2)}%)`);
  }
  return colours.get(key);
}

/** The colour of a stored weight: that of the dense cells that it ties, if it does. */
function storedColour(at, weight, state) {
  const { tiedBy } = VARIANTS[state.variant];
  return tiedBy && (tiedBy === "c") === (at === 0) ? colourOfWeight(weight, state) : OWN;
}

/** Which cells belong to the one that is looked at. @param {Place} place @param {State} state */
function partsOf(place, state) {
  if (place.grid !== "dense") {
    const at = Number(place.grid.slice(4));
    const weight = storedWeight(at, place, state);
    return {
      dense: (other) => isPartOf(at, weight, other, state),
      stored: (step, other) => step === at && String(valuesOf(other)) === String(valuesOf(weight)),
    };
  }
  const weight = denseWeight(place, state);
  const key = (one) => String(tieOf(one, state) ?? valuesOf(one));
  return {
    dense: (other) => productsIn(other, state) > 0 && key(other) === key(weight),
    stored: (at, other) => isPartOf(at, other, weight, state),
  };
}

// ---- words --------------------------------------------------------------------------------------

/** @param {State} state @param {Look} look */
function readoutFor(state, { active }) {
  const { own, costs, variant, size, chain } = state;
  if (!active) {
    const share = (100 * own.weights) / costs.standard.weights;
    const each = chain.map((step) => grouped(storedIn(step)));
    return [
      readoutHead(counted(own.weights, "weight"), "", "kernel"),
      html("p", {}, VARIANTS[variant].say),
      html(
        "p",
        {},
        `Stored, on the right: ${each.join(" + ")}. ${share.toPrecision(3)} % of standard, ` +
          `${counted(own.multiplyAdds, "multiply-add")} at ${size}×${size} positions.`,
      ),
    ];
  }
  const used = countUsed(partsOf(active, state).dense, state);
  if (active.grid !== "dense") {
    const at = Number(active.grid.slice(4));
    return [
      readoutHead(nameOfWeight(storedWeight(at, active, state)), ` of step ${at + 1}`, "kernel"),
      html("p", {}, `It is stored once, and makes ${used} of the dense kernel.`),
    ];
  }
  const weight = denseWeight(active, state);
  return [
    readoutHead(nameOfWeight(weight), "", "kernel"),
    html("p", {}, `It is ${madeOf(weight, state)}.`),
    ...(productsIn(weight, state) && chain.length > 1
      ? [html("p", {}, `The weight that has its colour makes ${used}.`)]
      : []),
  ];
}

/** How many of the cells that are drawn belong to something. */
function countUsed(belongs, state) {
  const [rows, columns] = shapesOf(state).dense;
  const count = cellsOf(rows, columns).filter((place) => belongs(denseWeight(place, state))).length;
  return counted(count, isCut(state) ? "drawn cell" : "cell");
}

/** What a weight of the dense kernel is, in words. @param {Weight} weight @param {State} state */
function madeOf(weight, state) {
  const { chain } = state;
  const products = productsIn(weight, state);
  if (!products) {
    const [first, end] = channelsBetween(chain, 1, weight.k, weight.c);
    return first < end
      ? "always 0: a 1×1 kernel sees no neighbours"
      : `always 0: output ${weight.k} does not read input ${weight.c}`;
  }
  if (chain.length === 1) return "a weight of its own";
  const product = `product of ${chain.length} stored weights, one of each step`;
  return products === 1 ? `the ${product}` : `the sum of ${products} products of 2 stored weights`;
}

/** Why a variant is impossible, and what would mend it. @param {State} state */
function whyImpossible({ variant, chain, own }) {
  const { c, k, groups } = chain.find((step) => step.c % step.groups || step.k % step.groups);
  const both = GROUPS.filter((count) => c % count === 0 && k % count === 0).map(String);
  const mend = variant.startsWith("depthwise")
    ? `Choose a multiple of ${groups} channels out`
    : `Choose ${both.length > 1 ? `${listed(both).replace(" and ", " or ")} groups` : "1 group"}`;
  return { text: `This variant is impossible here: ${own.why}. ${mend}.`, impossible: true };
}

/** @param {Weight} weight */
function nameOfWeight(weight) {
  return `W[${valuesOf(weight).join(", ")}]`;
}

/** @param {Weight} weight */
function valuesOf({ k, c, u, v }) {
  return [k, c, u, v];
}

// ---- from the traits to numbers and code --------------------------------------------------------

/** @param {(name: string) => any} get @param {number} moment of the way into the dense kernel */
function compute(get, moment = 1) {
  const [variant, c, k, f, groups, size] = [
    "variant",
    "in_channels",
    "out_channels",
    "kernel_size",
    "groups",
    "size",
  ].map(get);
  const costs = Object.fromEntries(
    NAMES.map((name) => [name, costOf(chainOf(name, c, k, f, groups), k, size)]),
  );
  return {
    variant,
    chain: chainOf(variant, c, k, f, groups),
    f,
    groups,
    size,
    costs,
    own: costs[variant],
    moment,
    /** channels that are drawn */
    drawn: Math.max(1, Math.floor(MOST_CELLS / f)),
    /** of the ties: a thousand cells ask @type {Map<number, string>} */
    colours: new Map(),
  };
}

/** Rows and columns of the grids that are drawn. @param {State} state */
function shapesOf({ own, chain, f, drawn }) {
  if (own.why) return {};
  const most = (channels) => Math.min(channels, drawn);
  return {
    dense: [most(chain.at(-1).k) * f, most(chain[0].c) * f],
    ...Object.fromEntries(
      chain.map((step, at) => [
        `step${at}`,
        [most(step.k) * step.f[0], most(step.c / step.groups) * step.f[1]],
      ]),
    ),
  };
}

/** How many weights a step stores. */
function storedIn({ k, c, f, groups }) {
  return (f[0] * f[1] * k * c) / groups;
}

/** Whether there are more channels than are drawn. @param {State} state */
function isCut({ chain, drawn }) {
  return chain.some(({ c, k }) => Math.max(c, k) > drawn);
}

/** @param {{row: number, column: number}} place @param {State} state @returns {Weight} */
function denseWeight({ row, column }, { f }) {
  return { k: Math.floor(row / f), c: Math.floor(column / f), u: row % f, v: column % f };
}

/**
 * The weight at a place of what a step stores; its input is counted among all, not in its group.
 * @param {number} at @param {{row: number, column: number}} place @param {State} state
 * @returns {Weight}
 */
function storedWeight(at, { row, column }, { chain }) {
  const { f, k, c, groups } = chain[at];
  const output = Math.floor(row / f[0]);
  const first = Math.floor(output / (k / groups)) * (c / groups);
  return { k: output, c: first + Math.floor(column / f[1]), u: row % f[0], v: column % f[1] };
}

/** Of how many products a weight of the dense kernel is the sum; 0 if it is always 0. */
function productsIn({ k, c, u, v }, { variant, chain, f }) {
  const middle = Math.floor((f - 1) / 2);
  if (variant === "pointwise" && (u !== middle || v !== middle)) return 0;
  const [first, end] = channelsBetween(chain, 1, k, c);
  return end - first;
}

/**
 * Whether a stored weight takes part in one of the dense kernel.
 * @param {number} at its step @param {Weight} stored @param {Weight} dense @param {State} state
 */
function isPartOf(at, stored, dense, state) {
  const { chain } = state;
  const passes = (level, channel) => {
    const [first, end] = channelsBetween(chain, level, dense.k, dense.c);
    return first <= channel && channel < end;
  };
  const [rows, columns] = chain[at].f;
  return (
    (rows === 1 || stored.u === dense.u) &&
    (columns === 1 || stored.v === dense.v) &&
    passes(at, stored.c) &&
    passes(at + 1, stored.k) &&
    productsIn(dense, state) > 0
  );
}

/** @param {State} state @returns {[string, string][]} */
function codeFor({ variant, chain, f, groups, size }) {
  const what = `"${variant}", ${chain[0].c}, ${chain.at(-1).k}, ${f}`;
  const layers = chain.map(
    (step, at) =>
      `    torch.nn.Conv2d(${step.c}, ${step.k}, (${step.f.join(", ")}), groups=${step.groups}, ` +
      `bias=${at === chain.length - 1 ? "True" : "False"}),`,
  );
  return [
    cnnlibCode(
      `parameters = cnnlib.variant_parameters(${what}, groups=${groups})`,
      `multiply_adds = cnnlib.variant_multiply_adds(${what}, ${size}, groups=${groups})`,
      "print(parameters, multiply_adds)",
    ),
    [
      "PyTorch",
      `import torch\n\nlayer = torch.nn.Sequential(\n${layers.join("\n")}\n)\n` +
        "parameters = sum(values.numel() for values in layer.parameters())\nprint(parameters)",
    ],
  ];
}
