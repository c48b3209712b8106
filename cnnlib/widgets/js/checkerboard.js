/**
 * The checkerboard: a small photo enlarged by a transposed convolution with uneven weights, beside
 * nearest and linear; and the pattern, made of the weights that meet on each output.
 */

import { bytesOf, corner, show, tidy } from "./arithmetic/convolution.js";
import { linearKernel, stampImage, sumsInTurn } from "./arithmetic/upsampling.js";
import { html } from "./parts/dom.js";
import { createPicture } from "./parts/picture.js";
import { positionColour } from "./parts/positions.js";
import { cnnlibCode, pythonArray, pythonRows } from "./parts/python-code.js";
import { counted, readoutHead, sumAsKernel } from "./parts/readout.js";
import { createScene } from "./parts/scene.js";

/** @typedef {import("./parts/scene.js").Look} Look */
/** @typedef {ReturnType<typeof compute>} State */

const SETTINGS = [
  { name: "kernel_size", label: "Kernel size F", primary: true },
  { name: "stride", label: "Stride S", primary: true },
  { name: "position", label: "Position", bare: true },
];

export default { render };

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const pixels = Float32Array.from(bytesOf(model.get("photo")));
  const side = Math.sqrt(pixels.length);
  const enlarged = enlargers({ pixels, rows: side, columns: side });
  const bench = createScene({
    context,
    title: "Checkerboard",
    label: "The kernel, and the pattern that it leaves on a white photo",
    settings: SETTINGS,
    tables: [{ name: "weights", short: "w", shape: ({ kernel_size: size }) => [size, size] }],
    grids: {
      kernel: { kind: "kernel", letter: "W", table: "weights" },
      pattern: { kind: "output", letter: "P" },
    },
    layout,
    play: {
      label: "Move through the pattern",
      doing: { lift: "reading", fall: "adding up" },
      count: ({ stride }) => stride * stride,
      say: (position, { stride }) =>
        `row ${Math.floor(position / stride)}, column ${position % stride}`,
    },
    stateOf: () => compute((name) => model.get(name)),
    shapes: ({ size, stride }) => ({ kernel: [size, size], pattern: [stride, stride] }),
    resting: ({ stride }, position) => ({
      grid: "pattern",
      row: Math.floor(position / stride),
      column: position % stride,
    }),
    scene(state, look) {
      view.show(state);
      return scene(state, look, side);
    },
    code: (state) => codeFor(state, model.get("_place")),
  });
  const view = createView(bench, model, enlarged);
  return bench.start();
}

// ---- the pictures -------------------------------------------------------------------------------

/** The three enlarged photos over the drawing; who points at a pixel chooses its place in turn. */
function createView(bench, model, enlarged) {
  const onPoint = ([row, column]) => {
    const stride = model.get("stride");
    bench.set("position", (row % stride) * stride + (column % stride));
  };
  const onKey = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab listens to the arrow keys too
    const last = model.get("stride") ** 2 - 1;
    bench.set("position", Math.max(0, Math.min(last, model.get("position") + by)));
  };
  const keys = "Arrow keys choose a place of the pattern";
  const all = ["Uneven", "Nearest", "Linear"].map((caption) =>
    createPicture({ caption, onPoint, onKey, keys }),
  );
  const drawing = /** @type {HTMLElement} */ (bench.stage.element.parentElement);
  drawing.before(html("div", { class: "cnn-pictures three" }, ...all.map((one) => one.figure)));
  for (const one of all) {
    one.usePen(false);
    one.mark(null);
  }
  return {
    /** @param {State} state */
    show({ scaled, stride }) {
      enlarged(scaled, stride).forEach((image, at) => all[at].put(image, "clip"));
    },
  };
}

/** Enlarges the photo in all three ways, and again only with another kernel or stride. */
function enlargers(photo) {
  let [key, images] = ["", /** @type {ReturnType<typeof stampImage>[]} */ ([])];
  return (weight, stride) => {
    const now = JSON.stringify([weight, stride]);
    if (now !== key) {
      const ones = Array.from({ length: stride }, () => Array(stride).fill(1));
      images = [
        stampImage(photo, weight, stride),
        stampImage(photo, ones, stride),
        stampImage(photo, linearKernel(stride), stride, stride - 1),
      ];
    }
    key = now;
    return images;
  };
}

// ---- from the traits to numbers and code --------------------------------------------------------

/** @param {(name: string) => any} get */
function compute(get) {
  const [size, stride] = [get("kernel_size"), get("stride")];
  const weight = corner(get("weights"), size, size);
  const total = tidy(weight.flat().reduce((sum, w) => sum + w, 0));
  /** so that the mean of all outputs stays */
  const scale = stride ** 2 / (total || 1);
  const scaled = weight.map((line) => line.map((w) => w * scale));
  return { size, stride, weight, total, scaled, pattern: sumsInTurn(scaled, stride) };
}

/** The weights that meet on a place of the pattern, in reading order. @param {State} state */
function weightsMeeting({ weight, size, stride }, row, column) {
  return weight.flatMap((line, u) =>
    line.flatMap((w, v) =>
      u % stride === row && v % stride === column
        ? [{ u, v, w, colour: positionColour(u * size + v, size * size) }]
        : [],
    ),
  );
}

/** @param {State} state @returns {[string, string][]} */
function codeFor({ stride: s, weight }, [top, left, side, shrunk]) {
  const photo = `load_photo().mean(axis=0).round()[${top}:${top + side}, ${left}:${left + side}]`;
  const scaled = `weight = weight * ${s * s} / (weight.sum() or 1)`;
  const kernel = "weight[None, None]";
  return [
    cnnlibCode(
      "from cnnlib.data import load_photo\n",
      `photo = ${photo}`,
      `image = cnnlib.avg_pool2d(photo[None], ${shrunk})[0].round()`,
      pythonArray("weight", weight),
      scaled,
      `learned = cnnlib.conv_transpose2d(image[None], ${kernel}, stride=${s})[0]`,
      `ones = np.ones((1, 1, ${s}, ${s}))`,
      `nearest = cnnlib.conv_transpose2d(image[None], ones, stride=${s})[0]`,
      `fall = np.convolve(np.ones(${s}), np.ones(${s})) / ${s}\nweight = np.outer(fall, fall)`,
      `linear = cnnlib.conv_transpose2d(image[None], ${kernel}, stride=${s}, padding=${s - 1})[0]`,
      "print(learned)",
    ),
    [
      "PyTorch",
      "import torch\nimport torch.nn.functional as F\nfrom cnnlib.data import load_photo\n\n" +
        `photo = torch.tensor(${photo})[None, None]\n` +
        `image = F.avg_pool2d(photo, ${shrunk}).round()\n` +
        `weight = torch.tensor(${pythonRows(weight)}, dtype=torch.float64)\n${scaled}\n` +
        `learned = F.conv_transpose2d(image, ${kernel}, stride=${s})[0, 0]\n` +
        `nearest = F.interpolate(image, scale_factor=${s}, mode="nearest")[0, 0]\n` +
        `size = (image.shape[-1] - 1) * ${s} + 1\n` +
        `linear = F.interpolate(image, size=size, mode="bilinear", align_corners=True)[0, 0]\n` +
        "print(learned)",
    ],
  ];
}

// ---- what is seen: pure functions of the state --------------------------------------------------

/**
 * Kernel and pattern side by side.
 * @param {number} width
 * @returns {import("./parts/stage.js").Layout}
 */
function layout(width) {
  return {
    height: width < 420 ? 206 : 230,
    largest: 52,
    columns: [
      { share: 1.2, slots: [["kernel", 1]] },
      { share: 1, slots: [["pattern", 1]] },
    ],
  };
}

/** @param {State} state @param {Look} look @returns {import("./parts/scene.js").Scene} */
function scene(state, look, side) {
  const { active } = look;
  const { size, stride, pattern } = state;
  const { row, column } = active ?? { row: 0, column: 0 };
  const text = inWords(state);
  return {
    panels: panels(state, look),
    sizes: [
      ["output size", `(${side} − 1)·${stride} + ${size} = ${(side - 1) * stride + size}`],
      ["linear is", `F = 2S − 1 = ${2 * stride - 1} with weights that fall from 1 to 0`],
    ],
    note: { text, spoken: text },
    readout: active ? readoutFor(active, state) : [],
    flight:
      active?.grid === "pattern"
        ? {
            products: weightsMeeting(state, row, column).map(({ u, v, w, colour }) => ({
              grid: "kernel",
              row: u,
              column: v,
              factors: show(w),
              value: w,
              colour,
            })),
            to: active,
            sum: shown(pattern[row][column]),
          }
        : undefined,
  };
}

/** A number of the pattern. */
const shown = (value) => show(Math.round(100 * value) / 100);

/** @param {State} state @param {Look} look */
function panels({ size, stride, weight, pattern }, { active, arrived, marks, ...look }) {
  const met = (u, v) =>
    active?.grid === "pattern" &&
    arrived &&
    u % stride === active.row &&
    v % stride === active.column;
  const given = (row, column) =>
    active?.grid === "kernel" && active.row % stride === row && active.column % stride === column;
  return [
    {
      grid: "kernel",
      title: `Kernel ${size}×${size}`,
      subtitle: "weights before scaling",
      rows: size,
      columns: size,
      label: `Kernel, ${size} by ${size}`,
      cell: (u, v) => ({
        text: show(weight[u][v]),
        marks: marks("kernel", u, v, met(u, v) ? "window winner" : ""),
        fill: positionColour(u * size + v, size * size),
        label: `Weight row ${u}, column ${v}: ${show(weight[u][v])}`,
      }),
    },
    {
      grid: "pattern",
      title: `Pattern ${stride}×${stride}`,
      subtitle: "of a white photo",
      rows: stride,
      columns: stride,
      label: `Pattern, ${stride} by ${stride}`,
      cell(row, column) {
        const at = row * stride + column;
        const empty =
          (look.playing && at > look.position) || (look.moment < 1 && at === look.position);
        const value = pattern[row][column];
        const said = empty ? "not computed yet" : shown(value);
        const grey = Math.round(Math.min(1, value / 2) * 255);
        return {
          text: empty ? "" : shown(value),
          marks: marks("pattern", row, column, given(row, column) ? "window winner" : ""),
          fill: empty ? undefined : `rgb(${grey}, ${grey}, ${grey})`,
          label: `Pattern row ${row}, column ${column}: ${said}`,
        };
      },
    },
  ];
}

/** Whether there is a checkerboard, and why. @param {State} state */
function inWords({ size, stride, pattern }) {
  const percent = (value) => `${Math.round(100 * value)} %`;
  const all = pattern.flat();
  const [least, most] = [Math.min(...all), Math.max(...all)].map(percent);
  const a = Math.floor(size / stride);
  const meets =
    size < stride
      ? `F = ${size} is below S = ${stride}: some outputs get no weight, and stay black`
      : size % stride
        ? `F = ${size} is no multiple of S = ${stride}: outputs get from ${a * a} to ` +
          `${counted((a + 1) ** 2, "weight")}, a checkerboard`
        : `F = ${size} is a multiple of S = ${stride}: each output gets ` +
          counted(a * a, "weight");
  return least === most
    ? `${meets}. A white photo keeps ${most} of its brightness everywhere.`
    : `${meets}. A white photo keeps ${least} to ${most} of its brightness.`;
}

/** The weights that meet on a place, or where a weight lands. */
function readoutFor({ grid, row, column }, state) {
  const { weight, stride, total, pattern } = state;
  if (grid === "kernel") {
    const to = `P[${row % stride}, ${column % stride}]`;
    return [
      readoutHead(`W[${row}, ${column}]`, ` = ${show(weight[row][column])}`, "kernel"),
      html("p", {}, `It lands on every ${stride}×${stride} block at ${to}.`),
    ];
  }
  const met = weightsMeeting(state, row, column);
  const sum = tidy(met.reduce((all, { w }) => all + w, 0));
  const across = new Set(met.map(({ v }) => v)).size;
  const value = shown(pattern[row][column]);
  const weights = counted(met.length, "weight meets", "weights meet");
  const mean = show(Math.round((10000 * total) / stride ** 2) / 10000);
  return [
    readoutHead(`P[${row}, ${column}]`, ` = ${value}`, "output"),
    html("p", {}, `${weights} here. Their sum, over the mean sum:`),
    ...(met.length
      ? [
          sumAsKernel(
            met.map(({ w, colour }) => ({ x: w, colour, kinds: ["kernel", "kernel"] })),
            across,
            `${show(sum)} / ${mean} = ${value}`,
          ),
        ]
      : []),
  ];
}
