/**
 * Connections: a small image and a layer of neurons, fully connected, locally connected, and with
 * shared weights. A weight has one colour wherever it is used: on its line, in the block of each
 * neuron that has it, under the pixel that it meets.
 *
 * Pixels and neurons stand twice: as images, where the window is seen, and in a row each, where the
 * lines between them cross no number.
 */

import { windowAxis } from "./arithmetic/convolution.js";
import { html } from "./parts/dom.js";
import { between, ease, mix, PHASES } from "./parts/motion.js";
import { positionColour } from "./parts/positions.js";
import { cnnlibCode, torchCode } from "./parts/python-code.js";
import { counted, grouped, listed, readoutHead, sumAsKernel } from "./parts/readout.js";
import { createScene } from "./parts/scene.js";

/** @typedef {import("./parts/scene.js").Look} Look */
/** @typedef {ReturnType<typeof compute>} State */

/**
 * One line of the drawing: a pixel, a neuron, and the weight between them.
 * @typedef {object} Connection
 * @property {number} pixel counted row by row
 * @property {number} neuron counted row by row
 * @property {number} at which of its neuron's weights this is
 * @property {number} weight which of all weights this is
 */

const SETTINGS = [
  {
    name: "kind",
    label: "Connections",
    primary: true,
    choices: [
      ["dense", "dense: all to all"],
      ["local", "local: a window each"],
      ["shared", "shared: one kernel"],
    ],
  },
  { name: "size", label: "Image size", primary: true },
  { name: "kernel_size", label: "Kernel size F", primary: true },
  { name: "side", label: "Photo side" },
  { name: "neurons", label: "Its neurons" },
  { name: "position", label: "Position", bare: true },
];
/** More shades than these look alike. */
const SHADES_TOLD = 60;
/** Which of them a cell of each grid stands for. */
const LAYER_OF = { input: "pixel", pixels: "pixel", hidden: "neuron", neurons: "neuron" };

export default { render };

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  return createScene({
    context,
    title: "Connections",
    label: "An image and a layer of neurons",
    settings: SETTINGS,
    grids: {
      input: { kind: "input", letter: "x" },
      weights: { kind: "kernel", letter: "w" },
      hidden: { kind: "output", letter: "h" },
      neurons: { kind: "output", letter: "h" },
      pixels: { kind: "input", letter: "x" },
    },
    layout,
    play: {
      label: "Go from neuron to neuron",
      count: ({ m }) => m * m,
      say: (position, state) => (state.m ? `neuron ${nameOf("neuron", position, state)}` : ""),
      at: (place, state) => chosenBy(place, state).neuron,
    },
    stateOf: () => compute(context.model),
    shapes: ({ n, m, block }) => ({
      input: [n, n],
      pixels: [1, n * n],
      ...(m ? { hidden: [m, m], neurons: [1, m * m], weights: [m * block, m * block] } : {}),
    }),
    resting: ({ m }, position) =>
      m ? { grid: "hidden", row: Math.floor(position / m), column: position % m } : null,
    scene,
    code: codeFor,
  }).start();
}

/**
 * The images over the rows; on a phone, too.
 * @param {number} width
 * @returns {import("./parts/stage.js").Layout}
 */
function layout(width) {
  const gap = width < 420 ? 16 : 26;
  const image = Math.round(width * (width < 420 ? 0.39 : 0.28));
  const cell = Math.min(28, Math.floor(width / 16.5));
  const row = (share, ...slots) => ({ share, slots });
  const rows = [
    row(image + 40, ["input", 1], ["weights", 1.5], ["hidden", 1]),
    row(cell + 75, ["neurons", 1]),
    row(cell + 44, ["pixels", 1]),
  ];
  return { height: image + 40 + 2 * cell + 119, gap, rows };
}

// ---- from the traits to connections, words and code ---------------------------------------------

/** @param {{get: (name: string) => any}} model */
function compute(model) {
  const [kind, side, photoNeurons] = ["kind", "side", "neurons"].map((name) => model.get(name));
  const axis = windowAxis({
    input: model.get("size"),
    kernel: model.get("kernel_size"),
    stride: 1,
    padding: 0,
    dilation: 1,
  });
  const { input: n, output: m, kernel } = axis;
  /** Each neuron has a block of weights, as many rows as columns. */
  const block = kind === "dense" ? n : kernel;
  const each = block * block;
  /** @type {Connection[]} */
  const all = Array.from({ length: m * m * each }, (_, line) => {
    const [neuron, at] = [Math.floor(line / each), line % each];
    const start = kind === "dense" ? 0 : Math.floor(neuron / m) * n + (neuron % m);
    const pixel = start + Math.floor(at / block) * n + (at % block);
    return { pixel, neuron, at, weight: kind === "shared" ? at : line };
  });
  const counts = { dense: n * n * m * m, local: m * m * kernel ** 2, shared: m && kernel ** 2 };
  return { kind, n, m, kernel, block, all, count: counts[kind], counts, side, photoNeurons };
}

/**
 * The colour of a weight: the same wherever the weight is used.
 * @param {number} weight
 * @param {State} state
 */
function shadeOfWeight(weight, { count }) {
  const steps = Math.min(count, SHADES_TOLD);
  return positionColour(Math.floor((weight * steps) / count), steps);
}

/** @param {string} layer @param {number} at @param {State} state */
function nameOf(layer, at, { m }) {
  if (layer === "neuron") return `h${Math.floor(at / m) + 1}${(at % m) + 1}`;
  return `${layer === "pixel" ? "x" : "w"}${at + 1}`;
}

/**
 * What a cell stands for: the pixel, the neuron, or the weight of a neuron.
 * @param {import("./parts/selection.js").Place} place
 * @param {State} state
 */
function chosenBy({ grid, row, column }, { kind, n, m, block }) {
  if (grid !== "weights") {
    const columns = { input: n, hidden: m }[grid] ?? 0;
    const layer = LAYER_OF[grid];
    return { layer, [layer]: row * columns + column };
  }
  const neuron = Math.floor(row / block) * m + Math.floor(column / block);
  const at = (row % block) * block + (column % block);
  return { layer: "weight", neuron, weight: kind === "shared" ? at : neuron * block ** 2 + at };
}

/** The connections of the pixel, the neuron or the weight that a cell stands for. */
function connectionsOf(place, state) {
  const chosen = chosenBy(place, state);
  return state.all.filter((line) => line[chosen.layer] === chosen[chosen.layer]);
}

/** @param {State} state @returns {[string, string][]} */
function codeFor({ n, kernel, side, photoNeurons }) {
  const layer = (name, call) => `${name} = torch.nn.${call}, bias=False, device="meta")`;
  return [
    cnnlibCode(
      `positions = cnnlib.conv_output_size(${n}, ${kernel}) ** 2`,
      `kernel = cnnlib.conv_parameters(1, 1, ${kernel}, bias=False)`,
      `dense = cnnlib.linear_parameters(${n} * ${n}, positions, bias=False)`,
      "local = positions * kernel",
      "shared = kernel",
      `photo_dense = cnnlib.linear_parameters(${side} * ${side} * 3, ${photoNeurons}, bias=False)`,
      `photo_shared = cnnlib.conv_parameters(3, ${photoNeurons}, ${kernel}, bias=False)`,
      "print(dense, local, shared, photo_dense, photo_shared)",
    ),
    torchCode(
      `# on the device "meta" weights have a shape and take no memory`,
      `positions = (${n} - ${kernel} + 1) ** 2`,
      layer("dense", `Linear(${n} * ${n}, positions`),
      "# PyTorch has no locally connected layer: as many kernels as positions, each for itself",
      layer("local", `Conv2d(positions, positions, ${kernel}, groups=positions`),
      layer("shared", `Conv2d(1, 1, ${kernel}`),
      layer("photo_dense", `Linear(${side} * ${side} * 3, ${photoNeurons}`),
      layer("photo_shared", `Conv2d(3, ${photoNeurons}, ${kernel}`),
      "for layer in dense, local, shared, photo_dense, photo_shared:",
      "    print(layer.weight.numel())",
    ),
  ];
}

// ---- what is seen: pure functions of the state --------------------------------------------------

/**
 * @param {State} state
 * @param {Look} look
 * @returns {import("./parts/scene.js").Scene}
 */
function scene(state, look) {
  const { active, arrived } = look;
  const linked = active && arrived ? connectionsOf(active, state) : [];
  const text = noteFor(state);
  const line = ({ pixel, neuron, weight }, way) => ({
    from: ["neurons", 0, neuron],
    to: ["pixels", 0, pixel],
    look: way,
    colour: shadeOfWeight(weight, state),
  });
  return {
    panels: panels(state, look, linked),
    frames: frames(state, look),
    lines: [...state.all.map((one) => line(one, "faint")), ...linked.map((one) => line(one, ""))],
    sizes: rules(state),
    note: { text, impossible: !state.m },
    readout: active ? readoutFor(active, state) : [html("p", {}, text)],
    sprites: (stage) => chips(stage, state, look),
  };
}

/** @param {State} state @param {Look} look @param {Connection[]} linked */
function panels(state, look, linked) {
  const { kind, n, m, kernel, block, all } = state;
  const { active, marks, moment, position } = look;
  const mine = active && chosenBy(active, state);
  const tags = { pixel: new Map(), neuron: new Map() };
  const used = new Set();
  for (const { pixel, neuron, weight, at } of linked) {
    tags.pixel.set(pixel, shadeOfWeight(weight, state));
    tags.neuron.set(neuron, shadeOfWeight(weight, state));
    // the block of a neuron has a frame
    if (mine?.layer !== "neuron") used.add(neuron * block ** 2 + at);
  }
  // all its weights meet in a neuron: it has no single colour
  if (mine?.layer === "neuron") tags.neuron.clear();
  if (mine?.layer === "pixel") tags.pixel.clear();
  const panel = (grid, title, rows, columns, more = {}) => ({
    grid,
    title,
    rows,
    columns,
    label: `${title || "Pixels in a row"}, ${rows} by ${columns}`,
    subtitle: rows > 1 ? `${rows}×${columns}` : "",
    cell(row, column) {
      const { layer, ...cell } = chosenBy({ grid, row, column }, state);
      const at = cell[layer];
      const twin = mine?.layer === layer && mine[layer] === at && active.grid !== grid;
      const tag = tags[layer].get(at);
      const landing = layer === "neuron" && at === position && moment < 1;
      const name = nameOf(layer, at, state);
      return {
        text: landing ? "" : name,
        marks: marks(grid, row, column, tag ? "window" : "", twin ? "active" : ""),
        tag,
        label: `${layer === "pixel" ? "Pixel" : "Neuron"} ${name}`,
      };
    },
    ...more,
  });
  const input = panel("input", "Image", n, n, m ? {} : { room: [kernel, kernel] });
  if (!m) return [input, panel("hidden", "No neurons", 0, 0)];
  return [
    input,
    panel("weights", "Weights", m * block, m * block, {
      subtitle: kind === "shared" ? "one kernel for all" : "each neuron its own",
      cell(row, column) {
        const { neuron, weight } = chosenBy({ grid: "weights", row, column }, state);
        const at = (row % block) * block + (column % block);
        const name = nameOf("weight", weight, state);
        return {
          text: name,
          marks: marks("weights", row, column, used.has(neuron * block ** 2 + at) ? "winner" : ""),
          fill: shadeOfWeight(weight, state),
          label: `Weight ${name} of neuron ${nameOf("neuron", neuron, state)}`,
        };
      },
    }),
    panel("hidden", "Neurons", m, m),
    panel("neurons", "Neurons in a row", 1, m * m, {
      subtitle: `${counted(all.length, "line")} to the pixels below`,
      shift: (n * n - m * m) / 2,
      like: "row",
    }),
    // a title of its own would lie over the lines
    panel("pixels", "", 1, n * n, { like: "row" }),
  ];
}

/** The window that the active neuron reads, and the blocks of the weights. */
function frames({ kind, n, m, block, kernel }, { active, position }) {
  if (!m) {
    return [
      { grid: "input", row: 0, column: 0, rows: kernel, columns: kernel, look: "impossible" },
    ];
  }
  const blockOf = (neuron, look) => ({
    grid: "weights",
    row: Math.floor(neuron / m) * block,
    column: (neuron % m) * block,
    rows: block,
    columns: block,
    look,
  });
  const blocks = Array.from({ length: m * m }, (_, neuron) => blockOf(neuron, "block"));
  if (!active || LAYER_OF[active.grid] !== "neuron") return blocks;
  const own = active.row * (active.grid === "hidden" ? m : 0) + active.column;
  const at = (neuron) => ({ row: Math.floor(neuron / m), column: neuron % m });
  const window = { grid: "input", ...at(own), from: at(Math.max(0, position - 1)) };
  return [
    ...blocks,
    blockOf(own, ""),
    ...(kind === "dense"
      ? [{ grid: "input", row: 0, column: 0, rows: n, columns: n }]
      : [{ ...window, rows: block, columns: block }]),
  ];
}

/**
 * The weights of a neuron on their way to its pixels, and with these to the neuron. Shared ones
 * come from the neuron before: they are the same.
 */
function chips(stage, state, { active, moment, position }) {
  const { kind, n, m, block, all } = state;
  if (!m || moment < PHASES.lift || moment >= 1) return [];
  const home = kind === "shared" ? Math.max(0, position - 1) : position;
  const [off, down] = [
    ease(between(moment, PHASES.lift, PHASES.fall)),
    ease(between(moment, PHASES.fall, PHASES.land)),
  ];
  const to = stage.middleOf("hidden", active.row, active.column);
  const { size } = stage.boxOf("hidden", 0, 0);
  if (down >= 1) {
    const text = nameOf("neuron", position, state);
    return [{ ...to, size: size * 1.2, text, colour: stage.colours.output, opacity: 1 }];
  }
  return all
    .filter(({ neuron }) => neuron === position)
    .map(({ pixel, at, weight }) => {
      const row = Math.floor(home / m) * block + Math.floor(at / block);
      const from = stage.middleOf("weights", row, (home % m) * block + (at % block));
      const met = stage.middleOf("input", Math.floor(pixel / n), pixel % n);
      const name = nameOf("weight", weight, state);
      return {
        ...mix(mix(from, met, off), to, down),
        size: size * 0.9,
        text: down > 0 ? `${nameOf("pixel", pixel, state)}·${name}` : name,
        colour: shadeOfWeight(weight, state),
        opacity: 1,
      };
    });
}

/** @param {State} state @returns {[string, string][]} */
function rules({ n, m, kernel, counts, side, photoNeurons }) {
  return [
    ["dense", `${n * n} pixels · ${m * m} neurons = ${grouped(counts.dense)} weights`],
    ["local", `${m * m} neurons · ${kernel}·${kernel} = ${grouped(counts.local)} weights`],
    ["shared", `one kernel: ${kernel}·${kernel} = ${grouped(counts.shared)} weights`],
    [
      "a colour photo, dense",
      `${side}·${side}·3 inputs · ${photoNeurons} neurons = ` +
        `${grouped(side * side * 3 * photoNeurons)} weights`,
    ],
    [
      "the same, shared",
      `${kernel}·${kernel}·3 · ${photoNeurons} kernels = ` +
        `${grouped(kernel ** 2 * 3 * photoNeurons)} weights`,
    ],
  ];
}

/** @param {State} state */
function noteFor({ kind, n, m, block, kernel, count }) {
  if (!m) {
    return (
      `No neurons: the kernel needs ${kernel}×${kernel} pixels, the image has ${n}×${n}. ` +
      `It fits with a kernel size of ${n}, or with an image size of ${kernel}.`
    );
  }
  const neurons = counted(m * m, "neuron");
  const how = {
    dense: `${neurons}, and each has a weight of its own for each of ${counted(n * n, "pixel")}.`,
    local: `${neurons} with ${block * block} of their own. Each sees its window only.`,
    shared: `${neurons}, one kernel: equal colours are equal weights. Lines are those of local.`,
  };
  return `${counted(count, "weight")} without biases: ${how[kind]}`;
}

/** @param {import("./parts/selection.js").Place} place @param {State} state */
function readoutFor(place, state) {
  const { kind, block } = state;
  const chosen = chosenBy(place, state);
  const lines = connectionsOf(place, state);
  const name = nameOf(chosen.layer, chosen[chosen.layer], state);
  const named = (layer) => lines.map((line) => nameOf(layer, line[layer], state));
  if (chosen.layer === "neuron") {
    const terms = lines.map(({ pixel, weight }) => ({
      x: nameOf("pixel", pixel, state),
      w: nameOf("weight", weight, state),
      colour: shadeOfWeight(weight, state),
      padding: false,
    }));
    const whose =
      kind === "shared"
        ? "Every neuron has these same weights."
        : "These weights are its own: no other neuron has them.";
    return [
      readoutHead(name, ` has ${counted(lines.length, "input")}`, "output"),
      html("p", {}, whose),
      sumAsKernel(terms, kind === "dense" ? 2 : block, name),
      html("p", {}, `It reads ${listed(named("pixel"))}.`),
    ];
  }
  if (chosen.layer === "pixel") {
    const uses = lines.map(
      ({ neuron, weight }) =>
        `${nameOf("neuron", neuron, state)} with ${nameOf("weight", weight, state)}`,
    );
    return [
      readoutHead(name, ` reaches ${counted(lines.length, "neuron")}`, "input"),
      html("p", {}, uses.length ? `It is read by ${listed(uses)}.` : "No neuron reads it."),
    ];
  }
  const uses = lines.map(
    ({ neuron, pixel }) => `${nameOf("neuron", neuron, state)} on ${nameOf("pixel", pixel, state)}`,
  );
  return [
    readoutHead(name, ` is used ${counted(lines.length, "time")}`, "kernel"),
    html("p", {}, `By ${listed(uses)}.`),
  ];
}
