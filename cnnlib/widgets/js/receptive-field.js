/**
 * Receptive field: a stack of layers that can be edited, drawn along one axis, and what a unit of
 * any layer sees of the input.
 */

import { choice } from "./controls.js";
import { html, setText } from "./dom.js";
import { createGridBench } from "./gridbench.js";
import { readNumber } from "./link.js";
import { unitsBelow, viewsOf } from "./network-arithmetic.js";
import { counted, readoutHead } from "./readout.js";

export default { render };

const COLUMNS = ["kernel", "stride", "dilation", "padding"];
/** Above this many inputs the units are too small to draw. */
const MOST_DRAWN = 48;
const MOST_LAYERS_DRAWN = 6;

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const presets = model.get("presets");
  const bounds = model.get("_layer_limits");
  const bench = createGridBench({
    context,
    title: "Receptive field",
    label: "The layers along one axis, the input below",
    settings: [{ name: "input_size", label: "Input size" }, { name: "depth", label: "Layers" }],
    tables: [{ name: "stack", short: "stack", shape: ({ depth }) => [depth, 1 + COLUMNS.length] }],
    grids: Object.fromEntries(Array.from({ length: MOST_LAYERS_DRAWN + 1 }, (_, at) => [`layer${at}`, { kind: at ? "output" : "input", letter: at ? "h" : "x" }])),
    draw,
  });
  const preset = choice({
    label: "Network", name: "preset", value: "",
    choices: [["", "choose…"], ...Object.keys(presets).map((name) => [name, name])],
    onChange(name) {
      if (!(name in presets)) return;
      const { input, layers } = presets[name];
      const stack = model.get("stack").map((old, at) => layers[at] ?? old);
      bench.setAll({ stack, depth: layers.length, input_size: input });
    },
  });
  const body = html("tbody");
  const headings = ["layer", "kind", ...COLUMNS, "units", "view", "jump", "start"];
  const head = html("tr", {}, ...headings.map((word) => html("th", { scope: "col" }, word)));
  const table = html("div", { class: "cnn-scroll", tabindex: 0, role: "region", "aria-label": "The layers" },
    html("table", { class: "cnn-layers" }, html("thead", {}, head), body));
  /** @type {{row: HTMLElement, inputs: HTMLInputElement[], kind: HTMLSelectElement, told: HTMLElement[]}[]} */
  const lines = [];
  bench.stage.element.before(preset.element, table);
  return bench.start();

  /** The layers in use; whatever a link brought is held within its bounds. */
  function layersOf() {
    return model.get("stack").slice(0, model.get("depth")).map((row) => {
      const held = COLUMNS.map((name, at) => Math.max(bounds[name][0], Math.min(bounds[name][1], Math.round(row[at + 1]))));
      return { pool: row[0] >= 1, ...Object.fromEntries(COLUMNS.map((name, at) => [name, held[at]])) };
    });
  }

  function change(layer, column, value) {
    bench.set("stack", model.get("stack").map((row, at) => (at === layer ? row.map((old, c) => (c === column ? value : old)) : row)));
  }

  function makeLine(layer) {
    const kind = /** @type {HTMLSelectElement} */ (html("select", { "aria-label": `Kind of layer ${layer + 1}` }, html("option", { value: "0" }, "conv"), html("option", { value: "1" }, "pool")));
    kind.addEventListener("change", () => change(layer, 0, Number(kind.value)));
    const inputs = COLUMNS.map((name, at) => {
      const input = /** @type {HTMLInputElement} */ (html("input", { type: "text", inputmode: "numeric", size: 2, autocomplete: "off", "aria-label": `${name} of layer ${layer + 1}` }));
      input.addEventListener("change", () => {
        const said = [];
        const [min, max] = bounds[name];
        const value = readNumber(input.value, name, { min, max, whole: true }, said);
        bench.say(said.join(" "));
        if (value !== null) change(layer, at + 1, value);
        bench.drawSoon();
      });
      return input;
    });
    const told = ["units", "view", "jump", "start"].map((name) => html("td", { "data-told": name }));
    const row = html("tr", {}, html("th", { scope: "row" }, String(layer + 1)), html("td", {}, kind), ...inputs.map((input) => html("td", {}, input)), ...told);
    return { row, inputs, kind, told };
  }

  function draw() {
    const layers = layersOf();
    const input = model.get("input_size");
    const views = viewsOf(layers, input);
    const counts = [input, ...views.map(({ cells }) => cells)];
    while (lines.length < layers.length) lines.push(makeLine(lines.length));
    if (body.childElementCount !== layers.length) body.replaceChildren(...lines.slice(0, layers.length).map(({ row }) => row));
    layers.forEach((layer, at) => {
      const { inputs, kind, told } = lines[at];
      kind.value = layer.pool ? "1" : "0";
      inputs.forEach((field, c) => {
        if (field !== field.ownerDocument.activeElement) field.value = String(layer[COLUMNS[c]]);
      });
      const { cells, size, jump, start } = views[at];
      [cells || "none", size, jump, String(start).replace("-", "−")].forEach((value, c) => setText(told[c], String(value)));
    });
    const drawn = input <= MOST_DRAWN ? Math.min(layers.length, MOST_LAYERS_DRAWN) : 0;
    const shapes = {};
    for (let at = 0; at <= drawn; at++) if (drawn && counts[at]) shapes[`layer${at}`] = [1, counts[at]];
    const deepest = Object.keys(shapes).length - 1;
    const start = deepest > 0 ? { grid: `layer${deepest}`, row: 0, column: Math.floor(counts[deepest] / 2) } : null;
    const active = bench.selection.active(shapes, start);
    const level = active ? Number(active.grid.slice(5)) : 0;
    const below = active ? unitsBelow(layers, counts, level - 1, active.column) : [];
    const letters = ["x", "h", "g"];
    const panels = Object.keys(shapes).reverse().map((name) => {
      const at = Number(name.slice(5));
      const letter = letters[at] ?? `l${at} `;
      return {
        grid: bench.grids[name], title: at ? `Layer ${at}: ${layers[at - 1].pool ? "pool" : "conv"}` : "Input",
        subtitle: counted(counts[at], "unit"), rows: 1, columns: counts[at], label: `${at ? `Layer ${at}` : "Input"}, ${counts[at]} units`,
        cell: (row, column) => ({
          text: `${letter}${column + 1}`,
          marks: bench.selection.marks(active, name, row, column, below[at]?.has(column) ? "window" : ""),
          label: `${at ? `Layer ${at}` : "Input"}, unit ${letter}${column + 1}${below[at]?.has(column) ? ", seen" : ""}`,
        }),
      };
    });
    bench.stage.draw(panels, { lineUps: [panels.map(() => 1)] });
    const last = views.at(-1);
    bench.drawSizes([["view of the last layer", `1 + Σ (reach − 1) · jump before = ${last.size}`]]);
    const impossible = views.findIndex(({ cells }) => cells === 0);
    bench.drawNote(impossible >= 0 ? `Layer ${impossible + 1} does not fit: its kernel reaches further than what it gets. The view is what it would be on a larger input.`
      : `A unit of the last layer sees ${counted(last.size, "input")} along an axis. Neighbours see ${counted(last.jump, "input")} further on.`, impossible >= 0);
    bench.drawReadout(...(active ? readoutFor(active, level, below, views) : [html("p", {}, `The drawing ends at ${MOST_DRAWN} inputs. The table above has the views of larger stacks.`)]));
  }

  function readoutFor(active, level, below, views) {
    if (level === 0) return [readoutHead(`x${active.column + 1}`, " is an input", "input"), html("p", {}, "Point at a unit of a layer to see which inputs reach it.")];
    const seen = [...below[0]].sort((a, b) => a - b);
    const { size, jump, start } = views[level - 1];
    const first = start + active.column * jump;
    return [
      readoutHead(`Layer ${level}, unit ${active.column + 1}`, ` sees ${counted(seen.length, "input")}`, "output"),
      html("p", {}, `Its view goes from ${String(first + 1).replace("-", "−")} to ${first + size}, ${counted(size, "place")}` +
        `${seen.length < size ? `; ${size - seen.length} of them lie in the padding or between dilated cells` : ""}.`),
    ];
  }
}
