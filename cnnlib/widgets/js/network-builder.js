/**
 * Network builder: layers that the learner stacks, drawn as blocks, with shape, parameters, work
 * and receptive field of each, the reason where a layer does not fit, and the network as code.
 */

import { followNetwork } from "./arithmetic/network.js";
import { createBench } from "./parts/bench.js";
import { button, choice } from "./parts/controls.js";
import { html, setAttribute, setText, svg } from "./parts/dom.js";
import { readNumber } from "./parts/link.js";
import { counted, grouped } from "./parts/readout.js";

/** @typedef {import("./arithmetic/network.js").Layer} Layer */
/** @typedef {import("./arithmetic/network.js").Row} Row */

export default { render };

const STACK_FIELDS = ["channels", "kernel", "stride", "padding"];
const STACK_HEADS = ["layer", "K", "F", "S", "P", "gives", "parameters", "multiply-adds", "sees"];
const SHORT_HEADS = { parameters: "params", "multiply-adds": "work" };
/** The columns that a kind has; the others stay empty. */
const USED_FIELDS = /** @type {Record<string, string[]>} */ ({
  conv: STACK_FIELDS,
  "max pool": ["kernel", "stride"],
  "mean pool": ["kernel", "stride"],
  dense: ["channels"],
});
const FIELD_WORDS = {
  channels: "Filters or outputs",
  kernel: "Kernel size",
  stride: "Stride",
  padding: "Padding",
};

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const presets = Object.fromEntries(model.get("_presets"));
  const bench = createBench({
    context,
    title: "Network builder",
    settings: [
      {
        name: "channels",
        label: "Input",
        choices: [
          ["1", "grey: 1 channel"],
          ["3", "colour: 3 channels"],
        ],
      },
      { name: "size", label: "Input size W" },
      { name: "depth", label: "Layers" },
    ],
    tables: [{ name: "stack", short: "stack", shape: ({ depth }) => [depth, 5] }],
    draw,
    code: () => networkCode(builtState(model)),
  });
  const preset = choice({
    label: "Network",
    name: "preset",
    value: "",
    choices: [["", "choose…"], ...Object.keys(presets).map((name) => [name, name])],
    onChange(name) {
      const { stack, ...rest } = presets[name] ?? {};
      if (stack) bench.setAll({ ...rest, depth: stack.length, stack: padded(stack) });
      preset.set("");
    },
  });
  const picture = svg("svg", {
    class: "cnn-blocks",
    role: "img",
    viewBox: "0 0 720 150",
    "data-part": "blocks",
  });
  const note = html("p", { class: "cnn-note" });
  const body = html("tbody");
  const table = html(
    "table",
    { class: "cnn-stack", "data-part": "layers" },
    html(
      "thead",
      {},
      html("tr", {}, ...STACK_HEADS.map((head) => html("th", { scope: "col" }, head))),
    ),
    body,
  );
  /** @type {ReturnType<typeof makeLine>[]} */
  const lines = Array.from({ length: model.get("stack").length }, (_, at) =>
    makeLine(at, { kinds: model.get("_kinds"), bench, edit }),
  );
  body.append(...lines.map(({ row }) => row));
  bench.addAbove(picture, note, table);
  bench.controlBox.prepend(preset.element);
  return bench.start();

  /** The given layers, then those that stand there and are not in use. */
  function padded(rows) {
    return model.get("stack").map((old, at) => rows[at] ?? old);
  }

  /**
   * Change the layers, and say nothing if that cannot be.
   * @param {(rows: number[][]) => number[][]} change of the layers in use
   */
  function edit(change) {
    const rows = change(model.get("stack").slice(0, model.get("depth")));
    if (rows.length < 1 || rows.length > lines.length) return;
    bench.setAll({ depth: rows.length, stack: padded(rows) });
  }

  function draw() {
    const state = builtState(model);
    drawBlocks(picture, state);
    lines.forEach((line, at) => drawLine(line, state, at));
    const told = networkNote(state);
    setText(note, told);
    note.classList.toggle("impossible", state.misfit >= 0);
    bench.announce(told);
  }
}

/** What is shown, from the traits; a number that a link brought is held within its limits. */
function builtState(model) {
  const limits = model.get("_layer_limits");
  const kinds = model.get("_kinds");
  const held = (name, value) =>
    Math.max(limits[name][0], Math.min(limits[name][1], Math.round(value)));
  const layers = model
    .get("stack")
    .slice(0, model.get("depth"))
    .map(([kind, ...numbers]) => ({
      kind: kinds[Math.min(kinds.length - 1, Math.round(kind))],
      ...Object.fromEntries(STACK_FIELDS.map((name, at) => [name, held(name, numbers[at])])),
    }));
  const [channels, side] = [Number(model.get("channels")), model.get("size")];
  const rows = followNetwork(layers, channels, side);
  return { layers, channels, side, rows, misfit: rows.findIndex(({ why }) => why), limits };
}

/** @typedef {ReturnType<typeof builtState>} State */

/** @param {Pick<Row, "channels"|"side">} row */
function shapeText({ channels, side }) {
  return side ? `${channels}×${side}×${side}` : String(channels);
}

/** @param {State} state */
function networkNote({ rows, misfit, channels, side }) {
  if (misfit >= 0) return `Layer ${misfit + 1} does not fit: ${rows[misfit].why}.`;
  const sum = (name) => rows.reduce((all, row) => all + row[name], 0);
  const end = rows[rows.length - 1];
  const seen = rows.filter(({ view }) => view).pop()?.view ?? 1;
  const view = Math.min(seen, side);
  return (
    `${shapeText({ channels, side })} becomes ${shapeText(end)}: ` +
    `${counted(sum("parameters"), "parameter")}, ` +
    `${counted(sum("multiplyAdds"), "multiply-add")}. ` +
    `A number of the last map sees ${view}×${view} of the ${side}×${side} pixels.`
  );
}

/** One line of the table: fields that set a layer, and cells that tell of it. */
function makeLine(at, { kinds, bench, edit }) {
  const name = `layer ${at + 1}`;
  const kind = /** @type {HTMLSelectElement} */ (
    html(
      "select",
      { "aria-label": `Kind of ${name}` },
      ...kinds.map((word) => html("option", {}, word)),
    )
  );
  const put = (column, value) =>
    edit((rows) =>
      rows.map((row, i) => (i === at ? row.map((old, c) => (c === column ? value : old)) : row)),
    );
  kind.addEventListener("change", () => put(0, kind.selectedIndex));
  const fields = STACK_FIELDS.map((field, c) => {
    const words = `${FIELD_WORDS[field]} of ${name}`;
    const input = /** @type {HTMLInputElement} */ (
      html("input", { type: "text", inputmode: "numeric", autocomplete: "off", size: 3 })
    );
    input.setAttribute("aria-label", words);
    input.addEventListener("change", () => {
      const said = [];
      const [min, max] = bench.get("_layer_limits")[field];
      const value = readNumber(input.value, words, { min, max, whole: true }, said);
      bench.say(said.join(" "));
      if (value !== null) {
        input.value = String(value);
        put(c + 1, value);
      }
      bench.drawSoon();
    });
    return input;
  });
  const told = STACK_HEADS.slice(5).map((head) =>
    html("td", { "data-told": head, "data-short": SHORT_HEADS[head] ?? head }),
  );
  /** @type {[string, string, (rows: number[][]) => number[][]][]} */
  const moves = [
    ["↑", `Move ${name} up`, (rows) => movedUp(rows, at)],
    ["+", `Add a layer after ${name}`, (rows) => [...rows.slice(0, at + 1), ...rows.slice(at)]],
    ["×", `Remove ${name}`, (rows) => rows.filter((_, i) => i !== at)],
  ];
  const tools = moves.map(([sign, label, change]) =>
    button(sign, () => edit(change), { "aria-label": label }),
  );
  const row = html(
    "tr",
    { "data-layer": at },
    html("th", { scope: "row" }, html("span", {}, `${at + 1}`), kind),
    ...fields.map((input, c) => html("td", { "data-head": STACK_HEADS[c + 1] }, input)),
    ...told,
    html("td", {}, html("span", { class: "cnn-stack-tools" }, ...tools)),
  );
  return { row, kind, fields, told, tools };
}

/** The layers with layer `at` one place up. @param {number[][]} rows @param {number} at */
function movedUp(rows, at) {
  const place = (i) => (i === at ? at - 1 : i === at - 1 ? at : i);
  return at ? rows.map((_, i) => rows[place(i)]) : rows;
}

/** @param {ReturnType<typeof makeLine>} line @param {State} state @param {number} at */
function drawLine({ row, kind, fields, told, tools }, { layers, rows, misfit }, at) {
  const layer = layers[at];
  row.hidden = !layer;
  if (!layer) return;
  if (kind.value !== layer.kind) kind.value = layer.kind;
  fields.forEach((field, c) => {
    const own = /** @type {HTMLElement} */ (field.parentElement);
    own.style.visibility = USED_FIELDS[layer.kind]?.includes(STACK_FIELDS[c]) ? "" : "hidden";
    const value = String(layer[STACK_FIELDS[c]]);
    if (field.value !== value && field !== field.ownerDocument.activeElement) field.value = value;
  });
  const outcome = misfit >= 0 && at >= misfit ? undefined : rows[at];
  row.classList.toggle("impossible", at === misfit);
  const texts = outcome
    ? [
        shapeText(outcome),
        grouped(outcome.parameters),
        grouped(outcome.multiplyAdds),
        outcome.view ? `${outcome.view}×${outcome.view}` : "all",
      ]
    : [at === misfit ? "does not fit" : "–", "–", "–", "–"];
  const most = ["parameters", "multiplyAdds"].map((what) =>
    Math.max(1, ...rows.map((each) => each[what])),
  );
  texts.forEach((text, c) => {
    setText(told[c], text);
    const share = c === 1 || c === 2 ? numberIn(outcome, c) / most[c - 1] : 0;
    told[c].style.setProperty("--cnn-share", `${Math.round(100 * share)}%`);
  });
  setAttribute(tools[0], "disabled", at === 0);
  setAttribute(tools[1], "disabled", layers.length === 12);
  setAttribute(tools[2], "disabled", layers.length === 1);
}

/** @param {Row|undefined} row @param {number} column */
function numberIn(row, column) {
  return row ? [0, row.parameters, row.multiplyAdds][column] : 0;
}

// ---- the picture -------------------------------------------------------------------------------

/** A block for the input and each layer's output: as tall as its maps, wider the more they are. */
function drawBlocks(picture, { channels, side, rows, misfit }) {
  const good = misfit < 0 ? rows : rows.slice(0, misfit);
  const shapes = [{ channels, side }, ...good];
  const step = 720 / (rows.length + 1);
  const tallest = Math.max(side, ...good.map((row) => row.side));
  const parts = shapes.map((shape, at) => {
    const wide = Math.min(step - 8, 5 + 5 * Math.log2(1 + shape.channels));
    const tall = shape.side ? 8 + (92 * shape.side) / tallest : 100;
    const kind = !at ? "input" : shape.side ? "output" : "list";
    const box = { width: shape.side ? wide : 7, height: tall, class: `cnn-block ${kind}` };
    return [
      svg("rect", { ...box, x: at * step + (step - box.width) / 2, y: 112 - tall, rx: 2 }),
      svg("text", { x: (at + 0.5) * step, y: 130 }, shapeText(shape)),
    ];
  });
  if (misfit >= 0) {
    const x = (misfit + 1.5) * step;
    parts.push([svg("text", { x, y: 80, class: "cnn-misfit" }, "✗")]);
  }
  picture.replaceChildren(...parts.flat());
  const told = shapes.map((shape, at) => `${at ? `layer ${at}` : "input"} ${shapeText(shape)}`);
  setAttribute(picture, "aria-label", `The network as blocks: ${told.join(", ")}`);
}

// ---- the network as code -----------------------------------------------------------------------

/** @param {State} state @returns {string[][]} */
function networkCode({ layers, rows, misfit, channels, side }) {
  const fitting = misfit < 0 ? layers : layers.slice(0, misfit);
  const before = [{ channels, side }, ...rows];
  const lines = (prefix, ours) =>
    fitting.map((layer, at) => `    ${prefix}${layerCode(layer, before[at], ours)},\n`).join("");
  const rest = misfit < 0 ? "" : `# layer ${misfit + 1} does not fit: ${rows[misfit].why}\n`;
  const shape = `(${channels}, ${side}, ${side})`;
  return [
    [
      "cnnlib",
      `import cnnlib\n\n${rest}model = cnnlib.Sequential(\n${lines("cnnlib.", true)})\n` +
        `print(cnnlib.summary(model, ${shape}))`,
    ],
    [
      "PyTorch",
      `import torch\nfrom torch import nn\n\n${rest}model = nn.Sequential(\n` +
        `${lines("nn.", false)})\n` +
        `print(model(torch.zeros(2, ${shape.slice(1, -1)})).shape)`,
    ],
  ];
}

/** One layer as both libraries write it. @param {Layer} layer @param {boolean} ours */
function layerCode({ kind, channels, kernel, stride, padding }, before, ours) {
  const more = (stride > 1 ? `, stride=${stride}` : "") + (padding ? `, padding=${padding}` : "");
  switch (kind) {
    case "conv":
      return `Conv2d(${before.channels}, ${channels}, ${kernel}${more})`;
    case "max pool":
      return `MaxPool2d(${kernel}, stride=${stride})`;
    case "mean pool":
      return `AvgPool2d(${kernel}, stride=${stride})`;
    case "batch norm":
      return `BatchNorm2d(${before.channels})`;
    case "global mean":
      return ours ? `AvgPool2d(${before.side})` : "AdaptiveAvgPool2d(1)";
    case "dense":
      return `Linear(${before.channels}, ${channels})`;
  }
  return kind === "ReLU" ? "ReLU()" : "Flatten()";
}
