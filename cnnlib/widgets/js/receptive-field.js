/**
 * Receptive field: a stack of layers that can be edited, drawn along one axis, and what a unit of
 * any layer sees of the input: of the line, and as a square on a photo that grows layer by layer.
 */

import { bytesOf, windowAxis } from "./arithmetic/convolution.js";
import { resized } from "./arithmetic/images.js";
import { linesBelow, unitNear, unitsAbove, unitsBelow, viewsOf } from "./arithmetic/stacks.js";
import { choice } from "./parts/controls.js";
import { html, setAttribute } from "./parts/dom.js";
import { ease } from "./parts/motion.js";
import { createPicture, stepOfKey } from "./parts/picture.js";
import { cnnlibCode, torchCode } from "./parts/python-code.js";
import { counted, fixesFor, listed, readoutHead } from "./parts/readout.js";
import { createScene } from "./parts/scene.js";
import { createLayerTable, LAYER_COLUMNS } from "./receptive/layer-table.js";

/** @typedef {import("./parts/scene.js").Look} Look */
/** @typedef {ReturnType<typeof compute>} State */

const LETTERS = ["x", "h", "g"];
const SETTINGS = [
  { name: "input_size", label: "Input size" },
  { name: "depth", label: "Layers" },
  { name: "row", label: "Row", bare: true },
  { name: "column", label: "Column", bare: true },
  { name: "position", label: "Position", bare: true },
];

export default { render };

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const [rows, columns] = model.get("photo_shape");
  const photo = { rows, columns, pixels: Float32Array.from(bytesOf(model.get("photo"))) };
  const bench = createScene({
    context,
    title: "Receptive field",
    label: "The layers along one axis, the input below",
    settings: SETTINGS,
    tables: [
      { name: "stack", short: "stack", shape: ({ depth }) => [depth, 1 + LAYER_COLUMNS.length] },
    ],
    grids: Object.fromEntries(
      Array.from({ length: model.get("stack").length + 1 }, (_, at) => [
        `layer${at}`,
        { kind: at ? "output" : "input", letter: at ? "h" : "x" },
      ]),
    ),
    layout,
    play: {
      label: "Go from layer to layer",
      count: ({ end }) => end + 1,
      say: (level) => (level ? `layer ${level}` : "input"),
      doing: { glide: "growing", lift: "growing", fall: "growing", land: "growing" },
      at: ({ grid }) => levelOf(grid),
    },
    stateOf: () => compute(model),
    shapes: ({ counts, first, end }) =>
      Object.fromEntries(
        counts.slice(first, end + 1).map((count, at) => [`layer${first + at}`, [1, count]]),
      ),
    resting: (state, level) => ({
      grid: `layer${level}`,
      row: 0,
      column: unitAt(state, level, state.column),
    }),
    scene(state, look) {
      view.draw(state, look);
      return scene(state, look);
    },
    code: codeFor,
  });
  const view = createView(bench, model, photo);
  return bench.start();
}

/**
 * The photo beside the drawing, the table and the choice of a network among the controls.
 * @param {ReturnType<typeof createScene>} bench
 * @param {any} model
 * @param {import("./parts/picture.js").Grey} photo
 */
function createView(bench, model, photo) {
  const presets = Object.fromEntries(model.get("presets"));
  const preset = choice({
    label: "Network",
    name: "preset",
    value: "",
    choices: [["", "your own"], ...Object.keys(presets).map((name) => [name, name])],
    onChange(name) {
      if (!(name in presets)) return;
      const { input, layers } = presets[name];
      const stack = model.get("stack").map((old, at) => layers[at] ?? old);
      const middle = Math.floor(input / 2);
      const whole = { stack, depth: layers.length, input_size: input };
      bench.setAll({ ...whole, position: layers.length, row: middle, column: middle });
    },
  });
  preset.select.options[0].disabled = true; // it is shown, not chosen
  const table = createLayerTable({
    bounds: model.get("_layer_limits"),
    say: bench.say,
    drawSoon: bench.drawSoon,
    onChange(layer, column, value) {
      const changed = (row) => row.map((old, c) => (c === column ? value : old));
      const stack = model.get("stack").map((row, at) => (at === layer ? changed(row) : row));
      bench.set("stack", stack);
    },
  });
  const goTo = (row, column) => {
    const within = (at) => Math.max(0, Math.min(model.get("input_size") - 1, at));
    bench.selection.clear();
    bench.setAll({ row: within(row), column: within(column) });
    bench.drawSoon();
  };
  const picture = createPicture({
    caption: "The photo",
    keys: "Arrow keys move the unit",
    onPoint: ([row, column]) => goTo(row, column),
    onKey(event) {
      const step = stepOfKey(event);
      if (step) goTo(model.get("row") + step[0], model.get("column") + step[1]);
    },
  });
  picture.usePen(false);
  bench.stage.element.after(picture.figure);
  // its words may be more than the room beside a picture
  const readout = /** @type {Element} */ (bench.root.querySelector(".cnn-readout"));
  const told = { tabindex: 0, role: "region", "aria-label": "What the unit sees" };
  for (const [name, value] of Object.entries(told)) setAttribute(readout, name, value);
  bench.stage.element.parentElement?.classList.add("cnn-with-picture");
  bench.controlBox.prepend(preset.element);
  bench.controlBox.after(table.element);
  let kept = photo;
  return {
    /** @param {State} state @param {Look} look */
    draw(state, look) {
      const { input, layers, views, stack } = state;
      if (kept.rows !== input) kept = resized(photo, input);
      picture.put(kept, "clip");
      picture.mark(...squares(state, look));
      table.draw(layers, views);
      const now = JSON.stringify([input, stack]);
      const is = (name) => JSON.stringify([presets[name].input, presets[name].layers]) === now;
      preset.set(Object.keys(presets).find(is) ?? "");
    },
  };
}

/**
 * A row for each layer that is drawn, the input at the bottom, with their names beside them.
 * @param {number} width
 * @param {State} state
 * @returns {import("./parts/stage.js").Layout}
 */
function layout(width, { first, end }) {
  const narrow = width < 420;
  const slots = Array.from({ length: Math.max(1, end - first + 1) }, (_, at) => {
    const level = Math.max(first, end) - at;
    return /** @type {[string, number]} */ ([`layer${level}`, level === first ? 0.5 : 1]);
  });
  return {
    height: narrow ? 262 : 326,
    aside: narrow ? 58 : 76,
    columns: [{ share: 1, slots }],
  };
}

// ---- from the traits to numbers and code --------------------------------------------------------

/** @param {{get: (name: string) => any}} model */
function compute(model) {
  const bounds = model.get("_layer_limits");
  const stack = model.get("stack").slice(0, model.get("depth"));
  /** The layers in use; whatever a link brought is held within its bounds. */
  const layers = stack.map((row) => {
    const held = LAYER_COLUMNS.map((name, at) =>
      Math.max(bounds[name][0], Math.min(bounds[name][1], Math.round(row[at + 1]))),
    );
    return {
      pool: row[0] >= 1,
      ...Object.fromEntries(LAYER_COLUMNS.map((name, at) => [name, held[at]])),
    };
  });
  const input = model.get("input_size");
  const views = viewsOf(layers, input);
  const counts = [input, ...views.map(({ cells }) => cells)];
  const impossible = counts.indexOf(0);
  /** The last layer that fits. */
  const end = (impossible < 0 ? counts.length : impossible) - 1;
  const first = firstDrawn(counts, end, model.get("_most_drawn"));
  const [row, column] = ["row", "column"].map((name) => Math.min(input - 1, model.get(name)));
  const most = { padding: bounds.padding[1], input: model.get("_limits").input_size[1] };
  return { stack, layers, input, views, counts, first, end, row, column, most };
}

/**
 * The first layer that is drawn; 0 is the input. Where not all fit, those at the end are drawn.
 * @param {number[]} counts units of the input and of each layer
 * @param {number} end the last one
 * @param {{units: number, layers: number}} most a layer with more units is too fine to draw
 */
function firstDrawn(counts, end, { units, layers }) {
  if (counts[end] > units) return end + 1;
  let first = end;
  while (first > 0 && end - first < layers && counts[first - 1] <= units) first--;
  return first;
}

const levelOf = (grid) => Number(grid.slice(5));
const ALONE = { cells: Infinity, size: 1, jump: 1, start: 0 };

/** The view of a layer's units; an input sees itself. @param {State} state @param {number} level */
function viewOf({ views, input }, level) {
  return level ? views[level - 1] : { ...ALONE, cells: input };
}

/** The unit of a layer whose view is around a pixel. @param {State} state */
function unitAt(state, level, pixel) {
  return unitNear(viewOf(state, level), pixel);
}

/** What the active unit sees, and within it what those before it see. @param {State} state */
function squares(state, { active, moment }) {
  if (!active) return [];
  const level = levelOf(active.grid);
  const own = viewOf(state, level);
  const middle = own.start + active.column * own.jump + (own.size - 1) / 2;
  const all = Array.from({ length: level + 1 }, (_, at) => {
    const { start, jump, size } = viewOf(state, at);
    const column = at === level ? active.column : unitAt(state, at, middle);
    const row = unitAt(state, at, state.row);
    return { row: start + row * jump, column: start + column * jump, size, look: "inner" };
  });
  const [last, before] = [all[level], all[level - 1]];
  if (before && moment < 1) {
    const grown = ease(moment);
    for (const name of ["row", "column", "size"]) {
      last[name] = before[name] + (last[name] - before[name]) * grown;
    }
  }
  return [...all.slice(1, level), { ...last, look: "" }];
}

/** @param {State} state @returns {[string, string][]} */
function codeFor({ layers, input }) {
  const specs = layers.map(
    ({ pool, kernel, stride, padding, dilation }) =>
      `    cnnlib.LayerSpec("${pool ? "max_pool" : "conv"}", ${kernel}, stride=${stride}, ` +
      `padding=${padding}, dilation=${dilation}),`,
  );
  const modules = layers.map(
    ({ pool, kernel, stride, padding, dilation }) =>
      `    torch.nn.${pool ? "MaxPool2d(" : "Conv2d(1, 1, "}${kernel}, stride=${stride}, ` +
      `padding=${padding}, dilation=${dilation}),`,
  );
  return [
    cnnlibCode(
      `layers = [\n${specs.join("\n")}\n]`,
      "views = [cnnlib.receptive_field(layers[:n]) for n in range(1, len(layers) + 1)]",
      "for view in views:\n    print(view)",
    ),
    torchCode(
      `layers = [\n${modules.join("\n")}\n]`,
      `image = torch.zeros(1, 1, ${input}, ${input})`,
      "units = []",
      "for layer in layers:",
      "    image = layer(image)",
      "    units.append(image.shape[-1])",
      "print(units)",
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
  const { layers, views, counts, first, end } = state;
  const { active, arrived } = look;
  const level = active ? levelOf(active.grid) : 0;
  // of an input, what it reaches; of any other unit, what reaches it
  const linked = !active
    ? []
    : level === 0
      ? unitsAbove(layers.slice(0, end), counts, active.column)
      : unitsBelow(layers, counts, level - 1, active.column);
  const lines = arrived ? linesBelow(layers, linked, level || end, first) : [];
  const part =
    (first === 0 && end === layers.length) || end === 0
      ? []
      : first > end
        ? [`Layer ${end} has too many units for the drawing; the table has them all.`]
        : [
            `The drawing shows ${first ? `layer ${first}` : "the input"} to layer ${end}; the ` +
              "table has them all.",
          ];
  return {
    panels: panels(state, look, linked, level),
    lines: lines.map(({ layer, from, to }) => ({
      from: [`layer${layer + 1}`, 0, from],
      to: [`layer${layer}`, 0, to],
    })),
    sizes: [["view of the last layer", `1 + Σ (F̂ − 1) · jump before = ${views.at(-1)?.size}`]],
    note: noteFor(state),
    readout: [
      ...(active ? readoutFor(active, level, linked, state) : []),
      ...part.map((text) => html("p", { class: "cnn-hint" }, text)),
    ],
  };
}

/** @param {State} state @param {Look} look @param {Set<number>[]} linked @param {number} level */
function panels({ layers, counts, first, end }, { active, marks }, linked, level) {
  const widest = Math.max(...counts.slice(first, end + 1));
  return Array.from({ length: Math.max(0, end - first + 1) }, (_, row) => {
    const at = end - row;
    const title = at ? `Layer ${at}` : "Input";
    const kind = at ? (layers[at - 1].pool ? "pool · " : "conv · ") : "";
    const grid = `layer${at}`;
    return {
      grid,
      title,
      subtitle: `${kind}${counts[at]}`,
      rows: 1,
      columns: counts[at],
      shift: (widest - counts[at]) / 2,
      like: "row",
      label: `${title}, ${counted(counts[at], "unit")}`,
      cell(_, column) {
        const seen = linked[at]?.has(column);
        const fate = !seen ? "" : level ? ", seen" : ", reached";
        return {
          text: unitName(at, column),
          marks: marks(grid, 0, column, seen && active ? "window" : ""),
          label: `${title}, unit ${unitName(at, column)}${fate}`,
        };
      },
    };
  });
}

/** x1, x2, … are the inputs, h and g the first two layers, as in most books. */
function unitName(level, column) {
  return `${LETTERS[level] ?? "u"}${column + 1}`;
}

/** @param {State} state */
function noteFor({ layers, views, counts, end, most, input }) {
  const last = views[views.length - 1];
  if (end === layers.length) {
    return {
      text:
        `A unit of the last layer sees ${last.size} × ${last.size} inputs. ` +
        `Neighbours see ${counted(last.jump, "input")} further on.`,
    };
  }
  const axis = windowAxis({ ...layers[end], input: counts[end] });
  const fits = (size) => viewsOf(layers.slice(0, end + 1), size)[end].cells > 0;
  let larger = input;
  while (larger <= most.input && !fits(larger)) larger++;
  const fixes = fixesFor(axis, most.padding);
  if (larger <= most.input) fixes.push(`an input of ${larger}`);
  return {
    impossible: true,
    text:
      `Layer ${end + 1} does not fit: its kernel spans ` +
      `${counted(axis.effective, "unit")}, and it ` +
      `gets ${counts[end]} + 2·${axis.padding} = ${axis.padded}. It would fit with ` +
      `${fixes.join(", or with ")}.`,
  };
}

/** @param {State} state */
function readoutFor(active, level, linked, state) {
  const { input } = state;
  if (level === 0) {
    const told = linked.slice(1).map((units, at) => {
      const names = [...units].map((unit) => unitName(at + 1, unit));
      return html("p", {}, `Layer ${at + 1}: ${listed(names) || "no unit"}.`);
    });
    const none = told.length ? [] : [html("p", {}, "No layer: the first one does not fit.")];
    return [readoutHead(unitName(0, active.column), " reaches", "input"), ...told, ...none];
  }
  const seen = linked[0].size;
  const { size, jump, start } = viewOf(state, level);
  const first = start + active.column * jump;
  const lost = size - seen;
  const rest = lost > 0 ? `; ${lost} of them lie in the padding or between dilated cells` : "";
  const name = `${unitName(level, active.column)} of layer ${level}`;
  return [
    readoutHead(name, ` sees ${counted(seen, "input")}`, "output"),
    html("p", {}, `On the photo: ${size}×${size} of ${input}×${input} pixels.`),
    html(
      "p",
      {},
      `Its view goes from ${String(first + 1).replace("-", "−")} to ${first + size}, ` +
        `${counted(size, "place")}${rest}.`,
    ),
  ];
}
