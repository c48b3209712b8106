/** The table of a receptive field: one row for a layer, to read and to change. */

import { html, setText } from "../parts/dom.js";
import { readNumber } from "../parts/link.js";

/** What can be changed, in the order of the trait `stack`. */
export const LAYER_COLUMNS = ["kernel", "stride", "dilation", "padding"];
const HEADINGS = ["", "kind", "F", "S", "D", "P", "units", "view", "jump", "start"];

/**
 * @param {object} options
 * @param {Record<string, number[]>} options.bounds of each column
 * @param {(layer: number, column: number, value: number) => void} options.onChange
 * @param {(text: string) => void} options.say complain
 * @param {() => void} options.drawSoon
 */
export function createLayerTable({ bounds, onChange, say, drawSoon }) {
  const body = html("tbody");
  const head = html("tr", {}, ...HEADINGS.map((word) => html("th", { scope: "col" }, word)));
  head.firstElementChild?.replaceWith(html("td"));
  const element = html(
    "div",
    { class: "cnn-scroll cnn-layers", tabindex: 0, role: "region", "aria-label": "The layers" },
    html("table", {}, html("thead", {}, head), body),
  );
  /** @type {ReturnType<typeof makeLine>[]} */ const lines = [];

  function makeField(layer, name, column) {
    const field = /** @type {HTMLInputElement} */ (
      html("input", {
        type: "text",
        inputmode: "numeric",
        size: 2,
        autocomplete: "off",
        name: `${name}-${layer + 1}`,
        "aria-label": `${name} of layer ${layer + 1}`,
      })
    );
    field.addEventListener("change", () => {
      const said = [];
      const [min, max] = bounds[name];
      const value = readNumber(field.value, name, { min, max, whole: true }, said);
      say(said.join(" "));
      if (value !== null) onChange(layer, column, value);
      drawSoon();
    });
    return field;
  }

  function makeLine(layer) {
    const kind = /** @type {HTMLSelectElement} */ (
      html(
        "select",
        { name: `kind-${layer + 1}`, "aria-label": `Kind of layer ${layer + 1}` },
        html("option", { value: "0" }, "conv"),
        html("option", { value: "1" }, "pool"),
      )
    );
    kind.addEventListener("change", () => onChange(layer, 0, Number(kind.value)));
    const fields = LAYER_COLUMNS.map((name, at) => makeField(layer, name, at + 1));
    const told = HEADINGS.slice(-4).map((name) => html("td", { "data-told": name }));
    const row = html(
      "tr",
      {},
      html("th", { scope: "row" }, String(layer + 1)),
      ...[kind, ...fields].map((control) => html("td", {}, control)),
      ...told,
    );
    return { row, fields, kind, told };
  }

  return {
    element,
    /**
     * @param {any[]} layers
     * @param {{cells: number, size: number, jump: number, start: number}[]} views
     */
    draw(layers, views) {
      while (lines.length < layers.length) lines.push(makeLine(lines.length));
      if (body.childElementCount !== layers.length) {
        body.replaceChildren(...lines.slice(0, layers.length).map(({ row }) => row));
      }
      layers.forEach((layer, at) => {
        const { fields, kind, told } = lines[at];
        const pool = layer.pool ? "1" : "0";
        if (kind.value !== pool) kind.value = pool;
        fields.forEach((field, c) => {
          const value = String(layer[LAYER_COLUMNS[c]]);
          // to set a field, even to what it says, lays out the page
          if (field.value !== value && field !== field.ownerDocument.activeElement)
            field.value = value;
        });
        const { cells, size, jump, start } = views[at];
        [cells || "none", size, jump, String(start).replace("-", "−")].forEach((value, c) =>
          setText(told[c], String(value)),
        );
      });
    },
  };
}
