/**
 * Variants of convolution and their price: which input channel feeds which output channel, and
 * how many parameters and multiply-adds that takes.
 */

import { chainOf, costOf } from "./arithmetic/stacks.js";
import { html, setText } from "./parts/dom.js";
import { createGridBench } from "./parts/gridbench.js";
import { cnnlibCode } from "./parts/python-code.js";
import { counted, readoutHead } from "./parts/readout.js";

export default { render };

const NAMES = [
  "standard",
  "pointwise",
  "grouped",
  "depthwise",
  "depthwise separable",
  "spatially separable",
  "flattened",
  "cross-channel",
];
const SIZES = ["in_channels", "out_channels", "kernel_size", "groups", "size"];
const MOST_STEPS = 3;
/** More channels than these are counted, and not drawn. */
const MOST_DRAWN_CHANNELS = 16;
const CHANNELS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];
const GROUPS = [1, 2, 3, 4, 6, 8, 16, 32];

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const bench = createGridBench({
    context,
    title: "Variants of convolution",
    label: "Which channel feeds which, step by step",
    settings: [
      { name: "variant", label: "Variant", choices: NAMES.map((name) => [name, name]) },
      { name: "in_channels", label: "C in", steps: CHANNELS },
      { name: "out_channels", label: "C out", steps: CHANNELS },
      { name: "kernel_size", label: "Kernel size F" },
      { name: "groups", label: "Groups", steps: GROUPS },
      { name: "size", label: "Output size" },
    ],
    grids: Object.fromEntries(
      Array.from({ length: MOST_STEPS }, (_, at) => [
        `step${at}`,
        { kind: "kernel", letter: `step ${at + 1}` },
      ]),
    ),
    draw,
    code: () => codeFor(),
  });
  const rows = NAMES.map((name) => {
    const bars = ["parameters", "multiply-adds"].map(() => html("div", { class: "cnn-bar" }));
    const numbers = bars.map(() => html("span", { class: "cnn-bar-number" }));
    const cells = bars.map((bar, at) =>
      html(
        "td",
        {},
        numbers[at],
        html("div", { class: "cnn-bar-track", "aria-hidden": "true" }, bar),
      ),
    );
    return {
      name,
      bars,
      numbers,
      row: html("tr", { "data-variant": name }, html("th", { scope: "row" }, name), ...cells),
    };
  });
  const head = html(
    "tr",
    {},
    ...["variant", "parameters", "multiply-adds"].map((word) => html("th", { scope: "col" }, word)),
  );
  bench.stage.element.before(
    html(
      "table",
      { class: "cnn-bars" },
      html("thead", {}, head),
      html("tbody", {}, ...rows.map(({ row }) => row)),
    ),
  );
  return bench.start();

  function draw() {
    const [c, k, f, groups, size] = SIZES.map((name) => model.get(name));
    const variant = model.get("variant");
    const costs = Object.fromEntries(
      NAMES.map((name) => [name, costOf(chainOf(name, c, k, f, groups), k, size)]),
    );
    const most = [0, 1].map((at) =>
      Math.max(
        ...Object.values(costs).map((cost) => [cost.parameters, cost.multiplyAdds][at] ?? 0),
      ),
    );
    for (const { name, bars, numbers, row } of rows) {
      const cost = costs[name];
      const values = [cost.parameters, cost.multiplyAdds];
      row.classList.toggle("chosen", name === variant);
      row.setAttribute("aria-current", String(name === variant));
      bars.forEach((bar, at) => {
        bar.style.width = `${(100 * (values[at] ?? 0)) / most[at]}%`;
        setText(numbers[at], cost.why ? (at ? "" : "impossible") : values[at].toLocaleString("en"));
      });
    }
    const own = costs[variant];
    const chain = chainOf(variant, c, k, f, groups);
    const drawn = (count) => Math.min(count, MOST_DRAWN_CHANNELS);
    const shapes = Object.fromEntries(
      own.why ? [] : chain.map((step, at) => [`step${at}`, [drawn(step.k), drawn(step.c)]]),
    );
    const active = bench.selection.active(shapes, null);
    const joined = ({ c: from, k: to, groups: parts }, row, column) =>
      Math.floor(row / (to / parts)) === Math.floor(column / (from / parts));
    bench.stage.draw(
      own.why
        ? []
        : chain.map((step, at) => ({
            grid: bench.grids[`step${at}`],
            title:
              chain.length > 1
                ? `Step ${at + 1}: ${step.f[0]}×${step.f[1]}`
                : `${step.f[0]}×${step.f[1]} kernels`,
            subtitle: `${step.k} outputs (rows), ${step.c} inputs`,
            rows: drawn(step.k),
            columns: drawn(step.c),
            label:
              `Step ${at + 1}: which of ${step.c} inputs, in columns, ` +
              `feeds which of ${step.k} outputs, in rows`,
            cell(row, column) {
              const on = joined(step, row, column);
              return {
                text: on ? "●" : "",
                marks: bench.selection.marks(
                  active,
                  `step${at}`,
                  row,
                  column,
                  on ? "window" : "bare",
                ),
                label: `Output ${row + 1} ${on ? "reads" : "does not read"} input ${column + 1}`,
              };
            },
          })),
    );
    const standard = costs.standard.weights;
    const inStep = ({ f, c: from, groups: parts, k: to }) =>
      `${f[0]}·${f[1]}·${from / parts}·${to}`;
    const ratio = own.why ? "" : `${(own.weights / standard).toPrecision(3)} of standard`;
    bench.drawSizes(
      own.why
        ? []
        : [
            ["weights", `${chain.map(inStep).join(" + ")} = ${own.weights.toLocaleString("en")}`],
            [
              "against standard",
              `${own.weights.toLocaleString("en")} / ${standard.toLocaleString("en")} = ${ratio}`,
            ],
          ],
    );
    const cut = !own.why && chain.some((step) => Math.max(step.c, step.k) > MOST_DRAWN_CHANNELS);
    bench.drawNote(
      own.why
        ? `This variant is impossible here: ${own.why}.`
        : `${variant}: ${counted(own.parameters, "parameter")} with biases, ` +
            `${counted(own.multiplyAdds, "multiply-add")} for ${size}×${size} outputs.` +
            (cut ? ` The drawing shows the first ${MOST_DRAWN_CHANNELS} channels.` : ""),
      Boolean(own.why),
    );
    bench.drawReadout(
      ...(active
        ? readoutFor(active, chain, joined)
        : [html("p", {}, "A dot says: this output (row) reads this input (column).")]),
    );
  }

  function codeFor() {
    const [c, k, f, groups, size] = SIZES.map((name) => model.get(name));
    const what = `"${model.get("variant")}", ${c}, ${k}, ${f}`;
    return [
      cnnlibCode(
        `parameters = cnnlib.variant_parameters(${what}, groups=${groups})`,
        `multiply_adds = cnnlib.variant_multiply_adds(${what}, ${size}, groups=${groups})`,
        "print(parameters, multiply_adds)",
      ),
    ];
  }

  function readoutFor({ grid, row, column }, chain, joined) {
    const step = chain[Number(grid.slice(4))];
    const inputs = Array.from({ length: step.c }, (_, at) => at).filter((at) =>
      joined(step, row, at),
    );
    return [
      readoutHead(
        `Output ${row + 1}`,
        joined(step, row, column)
          ? ` reads input ${column + 1}`
          : ` does not read input ${column + 1}`,
        "kernel",
      ),
      html(
        "p",
        {},
        `It reads ${counted(inputs.length, "channel")} through ` +
          `${counted(inputs.length * step.f[0] * step.f[1], "weight")}.`,
      ),
    ];
  }
}
