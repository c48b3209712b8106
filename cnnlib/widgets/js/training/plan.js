/** The plan of a network: a row of choices for each convolution, and the plan as code. */

import { networkPlan } from "../arithmetic/training.js";
import { html, setAttribute } from "../parts/dom.js";

const HEADS = ["Filters K", "Kernel F", "Stride S", "Batch norm", "ReLU", "Pool 2×2"];

/** @param {ReturnType<typeof import("../parts/bench.js").createBench>} bench */
export function createPlan(bench) {
  const columns = /** @type {number[][]} */ (bench.get("_columns").map((pair) => pair[1]));
  const put = (row, column, value) =>
    bench.setAll({
      stack: bench
        .get("stack")
        .map((old, i) => (i === row ? old.map((each, j) => (j === column ? value : each)) : old)),
    });
  const rows = bench.get("stack").map((_, row) => {
    const cells = columns.map((choices, column) => {
      const name = `${HEADS[column]} of convolution ${row + 1}`;
      if (choices.length === 2 && choices[0] === 0) {
        const box = /** @type {HTMLInputElement} */ (html("input", { type: "checkbox" }));
        box.addEventListener("change", () => put(row, column, Number(box.checked)));
        setAttribute(box, "aria-label", name);
        return { element: box, set: (value) => (box.checked = value > 0) };
      }
      const list = /** @type {HTMLSelectElement} */ (
        html("select", { "aria-label": name }, ...choices.map((n) => html("option", {}, String(n))))
      );
      list.addEventListener("change", () => put(row, column, Number(list.value)));
      return { element: list, set: (value) => (list.value = String(value)) };
    });
    const element = html(
      "tr",
      {},
      html("th", { scope: "row" }, String(row + 1)),
      ...cells.map((cell) => html("td", {}, cell.element)),
    );
    return { element, cells };
  });
  const head = ["", ...HEADS].map((word) => html("th", { scope: "col" }, word));
  return {
    element: html(
      "table",
      { class: "cnn-plan" },
      html("thead", {}, html("tr", {}, ...head)),
      html("tbody", {}, ...rows.map(({ element }) => element)),
    ),
    /** @param {number} depth */
    show(depth) {
      bench.get("stack").forEach((values, row) => {
        rows[row].element.inert = row >= depth;
        values.forEach((value, column) => rows[row].cells[column].set(value));
      });
    },
  };
}

/** One layer as both libraries write it. */
function layerOfPlan({ kind, channels, filters, kernel, stride, padding }) {
  const more = (stride > 1 ? `, stride=${stride}` : "") + (padding ? `, padding=${padding}` : "");
  if (kind === "conv") return `Conv2d(${channels}, ${filters}, ${kernel}${more})`;
  if (kind === "norm") return `BatchNorm2d(${channels})`;
  if (kind === "dense") return `Linear(${channels}, ${filters})`;
  return kind === "pool" ? "MaxPool2d(2)" : "ReLU()";
}

/** How the digits are changed, in lines of Python. */
function digitLines({ data, images, seed }) {
  const both = "images, held";
  const lines = {
    plain: [],
    shuffled: [`${both} = shuffle_pixels(images, ${seed}), shuffle_pixels(held, ${seed})`],
    shifted: [`held = random_shift(held, 2, ${seed})`],
    moved: [`${both} = random_shift(images, 2, ${seed}), random_shift(held, 2, ${seed})`],
  }[data];
  const few = Number(images) / 10;
  if (images !== "all") {
    const chosen = `[np.flatnonzero(labels == digit)[:${few}] for digit in range(10)]`;
    lines.push(
      `chosen = np.concatenate(${chosen})`,
      "images, labels = images[chosen], labels[chosen]",
    );
  }
  return lines;
}

/** First weights that are not PyTorch's. */
function startLines(start, ours) {
  const value = ours ? "value[...]" : "data[...]";
  if (start === "equal") {
    const bound = ours ? "each.value[0].size" : "each[0].numel()";
    return [
      "for each in model.parameters():",
      `    each.${value} = 0.5 / ${bound}**0.5 if each.${ours ? "value.ndim" : "ndim"} > 1 else 0`,
    ];
  }
  if (start !== "dead") return [];
  const conv = ours ? "cnnlib.Conv2d" : "nn.Conv2d";
  return [
    `for layer in model:\n    if isinstance(layer, ${conv}):`,
    `        layer.bias.${value} = -5`,
  ];
}

/** @param {any} state @returns {string[][]} */
export function planCode(state) {
  const { layers, misfit } = networkPlan(state.rows, state.hidden);
  const first = layers.findIndex(({ kind }) => kind === "dense");
  const written = (prefix, more) => {
    const lines = layers.map((layer) => {
      const drawn = more && (layer.kind === "conv" || layer.kind === "dense");
      const text = layerOfPlan(layer);
      return prefix + (drawn ? text.replace(/\)$/, more) : text);
    });
    lines.splice(first, 0, `${prefix}Flatten()`);
    return lines.map((line) => `    ${line},`).join("\n");
  };
  const helpers = {
    shuffled: "shuffle_pixels, ",
    shifted: "random_shift, ",
    moved: "random_shift, ",
  };
  const data = [
    `from cnnlib.data import ${[helpers[state.data] ?? "", "load_digits"].join("")}`,
    ...(misfit ? ["", `# it does not fit: ${misfit}`] : []),
    "",
    'images, labels = load_digits("train")',
    'held, truth = load_digits("test")',
    ...digitLines(state),
  ];
  const momentum = state.optimizer === "momentum" ? ", momentum=0.9" : "";
  const kind = momentum ? "SGD" : state.optimizer;
  const rule = `${kind}(model.parameters(), lr=${state.rate}${momentum})`;
  const ours = [
    "import numpy as np\n\nimport cnnlib",
    ...data,
    "",
    `rng = np.random.default_rng(${state.seed})`,
    `model = cnnlib.Sequential(\n${written("cnnlib.", ", rng=rng)")}\n)`,
    ...startLines(state.start, true),
    "history = cnnlib.fit(",
    `    model, (images, labels), epochs=10, batch_size=${state.batch}, seed=${state.seed},`,
    `    optimizer=cnnlib.${rule},`,
    "    validation=(held, truth),",
    ")",
    "print(history.validation_accuracy)",
  ];
  const theirs = [
    "import numpy as np\nimport torch\nfrom torch import nn\n",
    ...data,
    "images, labels, held, truth = map(torch.from_numpy, (images, labels, held, truth))",
    "",
    `torch.manual_seed(${state.seed})`,
    `model = nn.Sequential(\n${written("nn.", "")}\n)`,
    ...startLines(state.start, false),
    `optimizer = torch.optim.${rule}`,
    "for epoch in range(10):",
    `    for batch in torch.randperm(len(images)).split(${state.batch}):`,
    "        optimizer.zero_grad()",
    "        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()",
    "        optimizer.step()",
    "model.train(False)",
    "print((model(held).argmax(1) == truth).float().mean())",
  ];
  return [
    ["cnnlib", ours.join("\n")],
    ["PyTorch", theirs.join("\n")],
  ];
}
