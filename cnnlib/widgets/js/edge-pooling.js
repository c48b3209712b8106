/**
 * Pooling on an edge map of the photo: its windows of 2×2 to 8×8, the maximum beside the mean, and
 * how much of each map changes when the photo is nudged.
 */

import { bytesOf, show, tidy } from "./arithmetic/convolution.js";
import { edgeMap, poolImage, shareChanged } from "./arithmetic/edges.js";
import { button } from "./parts/controls.js";
import { html } from "./parts/dom.js";
import { createPicture } from "./parts/picture.js";
import { cnnlibCode, pythonArray } from "./parts/python-code.js";
import { readoutHead } from "./parts/readout.js";
import { createScene } from "./parts/scene.js";
import { createTour } from "./parts/tour.js";

/** @typedef {import("./parts/scene.js").Look} Look */
/** @typedef {ReturnType<typeof compute>} State */

/** Rows and columns of the edge map, and pixels that the photo reaches further on each side. */
const MAP = 128;
const SPARE = 8;
/** Milliseconds that the photo is nudged by itself, and by how many pixels. */
const [TOUR, FARTHEST] = [4000, 3];
const SETTINGS = [
  { name: "kernel_size", label: "Kernel size F", primary: true },
  { name: "down", label: "Nudge down", primary: true },
  { name: "right", label: "Nudge right", primary: true },
  { name: "row", label: "Row" },
  { name: "column", label: "Column" },
];

export default { render };

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const photo = bytesOf(model.get("photo"));
  const edges = edgesOf(photo, model.get("_kernels"));
  const tour = createTour(model, TOUR, (moment) => thereAndBack(moment, model));
  const bench = createScene({
    context,
    title: "Pooling on an edge map",
    label: "One window of the edge map, its maximum and its mean",
    settings: SETTINGS,
    grids: {
      window: { kind: "input", letter: "window" },
      max: { kind: "output", letter: "max" },
      mean: { kind: "output", letter: "mean" },
    },
    layout,
    stateOf: () => compute(tour.get, edges),
    shapes: ({ size }) => ({ window: [size, size], max: [1, 1], mean: [1, 1] }),
    resting: () => ({ grid: "max", row: 0, column: 0 }),
    scene(state, look) {
      view.show(state);
      return scene(state, look);
    },
    code: (state) => codeFor(state, model.get("_corner"), model.get("_kernels")),
  });
  const view = createView(bench, model);
  tour.begin(bench, view.edges);
  return bench.start();
}

/** The photo is nudged to the right, pixel by pixel, and comes back. @param {number} moment */
function thereAndBack(moment, model) {
  const by = Math.round(FARTHEST * Math.sin(Math.PI * moment));
  return { right: Math.min(SPARE, model.get("right") + by) };
}

// ---- the pictures, and what can be done with them -----------------------------------------------

/** Edge map and pooled maps, and the buttons that nudge the photo, over the drawing. */
function createView(bench, model) {
  const nudge = (down, right) => {
    const within = (name, by) => Math.max(-SPARE, Math.min(SPARE, model.get(name) + by));
    bench.setAll({ down: within("down", down), right: within("right", right) });
  };
  const ways = /** @type {Record<string, [string, number, number]>} */ ({
    ArrowUp: ["up", -1, 0],
    ArrowDown: ["down", 1, 0],
    ArrowLeft: ["left", 0, -1],
    ArrowRight: ["right", 0, 1],
  });
  const onKey = (event) => {
    if (!(event.key in ways) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab listens to the arrow keys too
    const [, down, right] = ways[event.key];
    nudge(down, right);
  };
  const picture = (caption, scale, more = {}) =>
    createPicture({
      caption,
      onKey,
      keys: "Arrow keys nudge the photo",
      onPoint: ([row, column]) => bench.setAll({ row: row * scale(), column: column * scale() }),
      ...more,
    });
  const size = () => model.get("kernel_size");
  const source = picture("Edge map", () => 1, {
    grab: true,
    onStroke: (from, to) => nudge(to[0] - from[0], to[1] - from[1]),
  });
  const [max, mean] = [picture("Maximum", size), picture("Mean", size)];
  const all = [source, max, mean];
  for (const one of all) one.usePen(false);
  const buttons = Object.values(ways).map(([word, down, right]) =>
    button("←↑→↓"[["left", "up", "right", "down"].indexOf(word)], () => nudge(down, right), {
      name: `nudge-${word}`,
      "aria-label": `Nudge the photo ${word}`,
    }),
  );
  const drawing = /** @type {HTMLElement} */ (bench.stage.element.parentElement);
  drawing.before(
    html("div", { class: "cnn-pictures three" }, ...all.map(({ figure }) => figure)),
    html("div", { class: "cnn-buttons cnn-nudge" }, "Nudge the photo:", ...buttons),
  );
  return {
    edges: source.canvas,
    /** @param {State} state */
    show({ now, size: side, i, j }) {
      source.put(now.edges, "clip");
      source.mark({ row: i * side, column: j * side, size: side });
      for (const name of /** @type {const} */ (["max", "mean"])) {
        const one = name === "max" ? max : mean;
        one.put(now[name], "clip");
        one.mark({ row: i, column: j, size: 1 });
      }
    },
  };
}

// ---- from the traits to numbers -----------------------------------------------------------------

/** The edge map of the photo nudged by so much; the last few are kept. */
function edgesOf(photo, kernels) {
  const [tall, wide] = [MAP + 2, MAP + 2 + 2 * SPARE];
  /** @type {Map<string, import("./arithmetic/edges.js").Grey>} */ const kept = new Map();
  return (down, right) => {
    const key = `${down},${right}`;
    const known = kept.get(key);
    if (known) return known;
    const pixels = new Float32Array(tall * tall);
    for (let row = 0; row < tall; row++) {
      const start = (row + SPARE - down) * wide + SPARE - right;
      pixels.set(photo.subarray(start, start + tall), row * tall);
    }
    const map = edgeMap({ pixels, rows: tall, columns: tall }, kernels);
    kept.set(key, map);
    return map;
  };
}

/** The maps of a state, and the window that is explained. @param {(name: string) => any} get */
function compute(get, edgesAt) {
  const [size, down, right] = ["kernel_size", "down", "right"].map(get);
  const mapsOf = (edges) => ({ edges, ...poolImage(edges, size) });
  const [now, before] = [mapsOf(edgesAt(down, right)), mapsOf(edgesAt(0, 0))];
  const last = now.max.rows - 1;
  const [i, j] = ["row", "column"].map((name) => Math.min(last, Math.floor(get(name) / size)));
  const at = i * now.max.columns + j;
  const window = Array.from({ length: size }, (_, u) =>
    Array.from({ length: size }, (_, v) => now.edges.pixels[(i * size + u) * MAP + j * size + v]),
  );
  const flat = window.flat();
  const winner = flat.indexOf(Math.max(...flat));
  const changed = /** @type {const} */ (["edges", "max", "mean"]).map((name) =>
    shareChanged(now[name].pixels, before[name].pixels),
  );
  return { size, down, right, now, before, i, j, at, window, winner, changed };
}

// ---- what is seen: pure functions of the state --------------------------------------------------

/**
 * The window, and its two numbers beside it.
 * @param {number} width
 * @returns {import("./parts/stage.js").Layout}
 */
function layout(width) {
  const slots = /** @type {[string, number][]} */ ([
    ["max", 1],
    ["mean", 1],
  ]);
  return {
    height: width < 420 ? 226 : 238,
    largest: 52,
    columns: [
      { share: 2.4, slots: [["window", 1]] },
      { share: 1, slots },
    ],
  };
}

/** @param {State} state @param {Look} look @returns {import("./parts/scene.js").Scene} */
function scene(state, look) {
  const { now, size, at, down, right, changed, i, j } = state;
  const percent = (share) => `${Math.round(100 * share)} %`;
  const text =
    down || right
      ? `Nudged by ${show(down)} down, ${show(right)} right. Changed: the edge map by ` +
        `${percent(changed[0])}, its maximum by ${percent(changed[1])}, its mean by ` +
        `${percent(changed[2])}.`
      : "Not nudged. Nudge the photo by a pixel: how much of each map changes?";
  return {
    panels: panels(state, look),
    sizes: [
      [
        "pooled maps",
        `⌊${MAP} / ${size}⌋ × ⌊${MAP} / ${size}⌋ = ${now.max.rows}×${now.max.columns}`,
      ],
    ],
    note: { text, spoken: `Maximum ${show(now.max.pixels[at])} at row ${i}, column ${j}. ${text}` },
    readout: readoutFor(state, look),
  };
}

/** @param {State} state @param {Look} look */
function panels({ window, winner, size, now, at, i, j }, { marks }) {
  const one = (grid, title, value) => ({
    grid,
    title,
    rows: 1,
    columns: 1,
    alone: true,
    label: `${title}, 1 by 1`,
    cell: (row, column) => ({
      text: show(value),
      marks: marks(grid, row, column),
      label: `${title} row ${i}, column ${j}: ${show(value)}`,
    }),
  });
  return [
    {
      grid: "window",
      title: `Window ${size}×${size}`,
      subtitle: `rows from ${i * size}, columns from ${j * size}`,
      rows: size,
      columns: size,
      label: `Window of the edge map, ${size} by ${size}`,
      cell(row, column) {
        const value = window[row][column];
        const wins = row * size + column === winner;
        return {
          text: show(value),
          marks: marks("window", row, column, wins ? "winner" : ""),
          fill: wins ? "kernel" : `rgb(${value}, ${value}, ${value})`,
          label:
            `Edge map row ${i * size + row}, column ${j * size + column}: ${show(value)}` +
            (wins ? ", the largest" : ""),
        };
      },
    },
    one("max", "Maximum", now.max.pixels[at]),
    one("mean", "Mean", Math.round(10 * now.mean.pixels[at]) / 10),
  ];
}

/** @param {State} state @param {Look} look */
function readoutFor(state, { active }) {
  const { window, winner, size, now, before, at, i, j, down, right } = state;
  const flat = window.flat();
  const total = flat.reduce((sum, value) => sum + value, 0);
  const place = (n) => `[${i * size + Math.floor(n / size)}, ${j * size + (n % size)}]`;
  const was = (name) =>
    down || right ? ` Before the nudge: ${show(tidy(before[name].pixels[at]))}.` : "";
  const cell = active?.grid === "window" ? active.row * size + active.column : -1;
  return [
    cell < 0
      ? readoutHead(`Window [${i}, ${j}]`, "", "input")
      : readoutHead(`Edge map ${place(cell)}`, ` = ${show(flat[cell])}`, "input"),
    html("p", {}, `Maximum: ${show(flat[winner])}, found at ${place(winner)}.${was("max")}`),
    html(
      "p",
      {},
      `Mean: ${show(total)} / ${flat.length} = `,
      show(now.mean.pixels[at]),
      ".",
      was("mean"),
    ),
  ];
}

/** @param {State} state @returns {[string, string][]} */
function codeFor({ size, down, right }, [top, left], kernels) {
  const from = (start, nudge) => `${start + SPARE - nudge}:${start + SPARE - nudge + MAP + 2}`;
  const start = (type, call) =>
    `photo = load_photo().mean(axis=0).round()\n` +
    `image = ${call(`photo[${from(top, down)}, ${from(left, right)}]`)}\n${type}`;
  const array = (name, rows) => pythonArray(name, rows);
  const [x, y] = kernels;
  return [
    cnnlibCode(
      "from cnnlib.data import load_photo\n",
      start(`${array("x", x)}\n${array("y", y)}`, (part) => part),
      'across, down = (cnnlib.correlate2d(image, kernel, mode="valid") for kernel in (x, y))',
      "edges = np.minimum((abs(across) + abs(down)) // 4, 255)",
      `maximum = cnnlib.max_pool2d(edges[None], ${size})[0]`,
      `mean = cnnlib.avg_pool2d(edges[None], ${size})[0]\nprint(maximum)\nprint(mean)`,
    ),
    [
      "PyTorch",
      "import numpy as np\nimport torch\nimport torch.nn.functional as F\n" +
        "from cnnlib.data import load_photo\n\n" +
        start(
          `kernels = torch.tensor(${JSON.stringify(kernels)}, dtype=torch.float64)`,
          (part) => `torch.tensor(${part})`,
        ) +
        "\nedges = F.conv2d(image[None, None], kernels[:, None]).abs().sum(dim=1)\n" +
        "edges = (edges // 4).clamp(max=255)\n" +
        `maximum = F.max_pool2d(edges, ${size})[0]\nmean = F.avg_pool2d(edges, ${size})[0]\n` +
        "print(maximum)\nprint(mean)",
    ],
  ];
}
