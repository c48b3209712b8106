/**
 * Receptive field: a stack of layers that can be edited, drawn along one axis, and what a unit of
 * any layer sees of the input.
 */

import { linesBelow, unitsAbove, unitsBelow, viewsOf } from "./arithmetic/stacks.js";
import { choice } from "./parts/controls.js";
import { html, setText } from "./parts/dom.js";
import { createGridBench } from "./parts/gridbench.js";
import { readNumber } from "./parts/link.js";
import { cnnlibCode } from "./parts/python-code.js";
import { counted, listed, readoutHead } from "./parts/readout.js";

export default { render };

const COLUMNS = ["kernel", "stride", "dilation", "padding"];
const LETTERS = ["x", "h", "g"];

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const presets = model.get("presets");
  const bounds = model.get("_layer_limits");
  const bench = createGridBench({
    context,
    title: "Receptive field",
    label: "The layers along one axis, the input below",
    settings: [
      { name: "input_size", label: "Input size" },
      { name: "depth", label: "Layers" },
    ],
    tables: [{ name: "stack", short: "stack", shape: ({ depth }) => [depth, 1 + COLUMNS.length] }],
    grids: Object.fromEntries(
      Array.from({ length: model.get("stack").length + 1 }, (_, at) => [
        `layer${at}`,
        { kind: at ? "output" : "input", letter: at ? "h" : "x" },
      ]),
    ),
    draw,
    code: () => codeFor(),
  });
  const preset = choice({
    label: "Network",
    name: "preset",
    value: "",
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
  const table = html(
    "div",
    { class: "cnn-scroll", tabindex: 0, role: "region", "aria-label": "The layers" },
    html("table", { class: "cnn-layers" }, html("thead", {}, head), body),
  );
  /** @type {ReturnType<typeof makeLine>[]} */
  const lines = [];
  bench.stage.element.before(preset.element, table);
  return bench.start();

  /** The layers in use; whatever a link brought is held within its bounds. */
  function layersOf() {
    return model
      .get("stack")
      .slice(0, model.get("depth"))
      .map((row) => {
        const held = COLUMNS.map((name, at) =>
          Math.max(bounds[name][0], Math.min(bounds[name][1], Math.round(row[at + 1]))),
        );
        return {
          pool: row[0] >= 1,
          ...Object.fromEntries(COLUMNS.map((name, at) => [name, held[at]])),
        };
      });
  }

  function change(layer, column, value) {
    bench.set(
      "stack",
      model
        .get("stack")
        .map((row, at) => (at === layer ? row.map((old, c) => (c === column ? value : old)) : row)),
    );
  }

  function makeLine(layer) {
    const kind = /** @type {HTMLSelectElement} */ (
      html(
        "select",
        { "aria-label": `Kind of layer ${layer + 1}` },
        html("option", { value: "0" }, "conv"),
        html("option", { value: "1" }, "pool"),
      )
    );
    kind.addEventListener("change", () => change(layer, 0, Number(kind.value)));
    const inputs = COLUMNS.map((name, at) => {
      const input = /** @type {HTMLInputElement} */ (
        html("input", {
          type: "text",
          inputmode: "numeric",
          size: 2,
          autocomplete: "off",
          "aria-label": `${name} of layer ${layer + 1}`,
        })
      );
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
    const told = ["units", "view", "jump", "start"].map((name) =>
      html("td", { "data-told": name }),
    );
    const row = html(
      "tr",
      {},
      html("th", { scope: "row" }, String(layer + 1)),
      html("td", {}, kind),
      ...inputs.map((input) => html("td", {}, input)),
      ...told,
    );
    return { row, inputs, kind, told };
  }

  function draw() {
    const layers = layersOf();
    const input = model.get("input_size");
    const views = viewsOf(layers, input);
    const counts = [input, ...views.map(({ cells }) => cells)];
    while (lines.length < layers.length) lines.push(makeLine(lines.length));
    if (body.childElementCount !== layers.length)
      body.replaceChildren(...lines.slice(0, layers.length).map(({ row }) => row));
    layers.forEach((layer, at) => {
      const { inputs, kind, told } = lines[at];
      const pool = layer.pool ? "1" : "0";
      if (kind.value !== pool) kind.value = pool;
      inputs.forEach((field, c) => {
        const value = String(layer[COLUMNS[c]]);
        // to set a field, even to what it says, lays out the page
        if (field.value !== value && field !== field.ownerDocument.activeElement)
          field.value = value;
      });
      const { cells, size, jump, start } = views[at];
      [cells || "none", size, jump, String(start).replace("-", "−")].forEach((value, c) =>
        setText(told[c], String(value)),
      );
    });
    const [first, end] = drawnLevels(counts, model.get("_most_drawn"));
    const shapes = {};
    for (let at = first; at <= end; at++) shapes[`layer${at}`] = [1, counts[at]];
    const middle = Math.floor(counts[end] / 2);
    const start = end > first ? { grid: `layer${end}`, row: 0, column: middle } : null;
    const active = bench.selection.active(shapes, start);
    const level = active ? Number(active.grid.slice(5)) : 0;
    // of an input, what it reaches; of any other unit, what reaches it
    const linked = !active
      ? []
      : level === 0
        ? unitsAbove(layers, counts, active.column)
        : unitsBelow(layers, counts, level - 1, active.column);
    const widest = Math.max(...Object.values(shapes).map(([, columns]) => columns));
    const panels = Object.keys(shapes)
      .reverse()
      .map((name) => {
        const at = Number(name.slice(5));
        const title = at ? `Layer ${at}: ${layers[at - 1].pool ? "pool" : "conv"}` : "Input";
        return {
          grid: bench.grids[name],
          title,
          subtitle: counted(counts[at], "unit"),
          rows: 1,
          columns: counts[at],
          shift: (widest - counts[at]) / 2,
          label: `${title}, ${counted(counts[at], "unit")}`,
          cell: (row, column) => {
            const seen = linked[at]?.has(column);
            const fate = !seen ? "" : level ? ", seen" : ", reached";
            return {
              text: nameOf(at, column),
              marks: bench.selection.marks(active, name, row, column, seen ? "window" : ""),
              label: `${title}, unit ${nameOf(at, column)}${fate}`,
            };
          },
        };
      });
    /** @type {import("./parts/stage.js").Line[]} */
    const paths = linesBelow(layers, linked, level || end, first).map(({ layer, from, to }) => ({
      from: [`layer${layer + 1}`, 0, from],
      to: [`layer${layer}`, 0, to],
    }));
    bench.stage.draw(panels, { lineUps: [panels.map(() => 1)], lines: paths });
    const last = views.at(-1);
    bench.drawSizes([["view of the last layer", `1 + Σ (reach − 1) · jump before = ${last.size}`]]);
    const impossible = views.findIndex(({ cells }) => cells === 0);
    bench.drawNote(
      impossible >= 0
        ? `Layer ${impossible + 1} does not fit: its kernel reaches further than what it ` +
            `gets. The view is what it would be on a larger input.`
        : `A unit of the last layer sees ${counted(last.size, "input")} along an axis. ` +
            `Neighbours see ${counted(last.jump, "input")} further on.`,
      impossible >= 0,
    );
    const part =
      first === 0 && end === layers.length
        ? ""
        : `The drawing shows ${first ? `layer ${first}` : "the input"} to layer ${end}; the ` +
          `table has them all.`;
    bench.drawReadout(
      ...(active ? readoutFor(active, level, linked, views) : []),
      ...(part ? [html("p", { class: "cnn-hint" }, part)] : []),
    );
  }

  function codeFor() {
    const lines = layersOf().map(
      ({ pool, kernel, stride, padding, dilation }) =>
        `    cnnlib.LayerSpec("${pool ? "max_pool" : "conv"}", ${kernel}, stride=${stride}, ` +
        `padding=${padding}, dilation=${dilation}),`,
    );
    return [
      cnnlibCode(
        `layers = [\n${lines.join("\n")}\n]`,
        "views = [cnnlib.receptive_field(layers[:n]) for n in range(1, len(layers) + 1)]",
        "for view in views:\n    print(view)",
      ),
    ];
  }

  function readoutFor(active, level, linked, views) {
    if (level === 0) {
      const told = linked.slice(1).map((units, at) => {
        const names = [...units].map((unit) => nameOf(at + 1, unit));
        return html("p", {}, `Layer ${at + 1}: ${listed(names) || "no unit"}.`);
      });
      return [readoutHead(nameOf(0, active.column), " reaches", "input"), ...told];
    }
    const seen = [...linked[0]].sort((a, b) => a - b);
    const { size, jump, start } = views[level - 1];
    const first = start + active.column * jump;
    const lost = size - seen.length;
    const rest = lost > 0 ? `; ${lost} of them lie in the padding or between dilated cells` : "";
    return [
      readoutHead(
        `${nameOf(level, active.column)} of layer ${level}`,
        ` sees ${counted(seen.length, "input")}`,
        "output",
      ),
      html(
        "p",
        {},
        `Its view goes from ${String(first + 1).replace("-", "−")} to ${first + size}, ` +
          `${counted(size, "place")}${rest}.`,
      ),
    ];
  }
}

/** x1, x2, … are the inputs, h and g the first two layers, as in most books. */
function nameOf(level, column) {
  return `${LETTERS[level] ?? "u"}${column + 1}`;
}

/**
 * First and last layer that are drawn; 0 is the input. Where not all fit, those at the end.
 * @param {number[]} counts units of the input and of each layer
 * @param {{units: number, layers: number}} most a layer with more units is too fine to draw
 */
function drawnLevels(counts, { units, layers }) {
  const impossible = counts.indexOf(0);
  const end = (impossible < 0 ? counts.length : impossible) - 1;
  let first = end;
  while (first > 0 && end - first < layers && counts[first - 1] <= units) first--;
  return counts[end] <= units ? [first, end] : [end + 1, end];
}
