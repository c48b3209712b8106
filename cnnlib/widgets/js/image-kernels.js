/**
 * Image kernels: a photo, a picture of the reader's own or a drawing, filtered by a small kernel
 * that can be changed. Pictures never leave the page.
 */

import { bytesOf, corner, show, tidy } from "./arithmetic/convolution.js";
import { filterImage } from "./arithmetic/images.js";
import { button, choice } from "./parts/controls.js";
import { html, setAttribute, uniqueId } from "./parts/dom.js";
import { between, ease, mix, runOnce, turnAt } from "./parts/motion.js";
import { placesBetween } from "./parts/pen.js";
import { createPicture, stepOfKey } from "./parts/picture.js";
import { greyOfCamera, greyOfFile } from "./parts/picture-source.js";
import { positionColour } from "./parts/positions.js";
import { pythonRows } from "./parts/python-code.js";
import { grouped, inBrackets, readoutHead, sumAsKernel } from "./parts/readout.js";
import { createScene } from "./parts/scene.js";
import { createTour } from "./parts/tour.js";

/** @typedef {import("./parts/picture.js").Grey} Grey */
/** @typedef {import("./parts/scene.js").Look} Look */
/** @typedef {ReturnType<typeof compute>} State */

/**
 * What is no trait: the picture, and what is under way.
 * @typedef {object} Own
 * @property {Grey} image
 * @property {boolean} pen whether the pen is out
 * @property {number} asked how many pictures were asked for
 * @property {boolean} reading whether one of them is still on its way
 * @property {number} turned how far the kernel has turned and landed, from 0 to 1
 * @property {(image: Grey, laid: number[][], how: any) => ReturnType<typeof filterImage>} filter
 */

const SIDE = 256;
/** Pixels from the middle of a dot of the pen to its border. */
const DOT = 3;
/** Milliseconds in which the kernel turns and lands on the window, and the share of the turning. */
const TURN = 1500;
const TURNED = 0.6;
/** Milliseconds that the window slides by itself. */
const TOUR = 4000;
const SETTINGS = [
  {
    name: "mode",
    label: "Operation",
    primary: true,
    choices: [
      ["correlation", "correlation (CNN libraries)"],
      ["convolution", "convolution (flipped)"],
    ],
  },
  {
    name: "range",
    label: "Show values",
    primary: true,
    choices: [
      ["clip", "cut to 0–255"],
      ["signed", "signed map"],
    ],
  },
  { name: "kernel_size", label: "Kernel size F", primary: true },
  {
    name: "padding",
    label: "Border",
    choices: [
      ["zero", "pad with zeros"],
      ["edge", "repeat the edge"],
      ["valid", "no padding"],
    ],
  },
  { name: "divisor", label: "Divide by" },
  { name: "row", label: "Row" },
  { name: "column", label: "Column" },
];

export default { render };

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const photo = photoOf(model.get("photo"), model.get("photo_shape"));
  /** @type {Own} */
  const own = { image: photo, pen: false, asked: 0, reading: false, turned: 1, filter: kept() };
  const tour = createTour(model, TOUR, (moment) => ({ column: sweep(moment, own.image, model) }));
  const bench = createScene({
    context,
    title: "Image kernels",
    label: "The window under the cursor and the kernel",
    settings: SETTINGS,
    tables: [{ name: "weights", short: "w", shape: ({ kernel_size: size }) => [size, size] }],
    grids: {
      window: { kind: "input", letter: "window" },
      kernel: {
        kind: "kernel",
        letter: "W",
        table: "weights",
        tablePlace: (row, column, { turn }) => [turn(row), turn(column)],
      },
      output: { kind: "output", letter: "Y" },
    },
    layout,
    stateOf: () => compute(tour, own),
    shapes: ({ size, fits }) =>
      fits ? { window: [size, size], kernel: [size, size], output: [1, 1] } : {},
    resting: ({ fits }) => (fits ? { grid: "output", row: 0, column: 0 } : null),
    scene(state, look) {
      view.show(state);
      return scene(state, look);
    },
    code: codeFor,
    onReset: () => take(own, bench, photo),
  });
  const view = createView(bench, own, model, photo);
  bench.onLeave(turnWithMode(bench, own, model));
  tour.begin(bench, view.source);
  return bench.start();
}

/** The window slides along its row, from the left to where it rests. @param {number} moment */
function sweep(moment, { columns }, model) {
  const rest = Math.min(model.get("column"), columns - 1);
  return Math.round(rest * ease(moment));
}

// ---- the pictures, and what can be done with them ----------------------------------------------

/**
 * Both pictures, the choice of a kernel, and where pictures come from, over the drawing.
 * @param {ReturnType<typeof createScene>} bench
 * @param {Own} own
 * @param {any} model
 * @param {Grey} photo
 */
function createView(bench, own, model, photo) {
  const presets = Object.fromEntries(model.get("_kernels"));
  const preset = presetChoice(bench, model, presets);
  const onPoint = ([row, column]) => bench.setAll({ row, column });
  const onStroke = (from, to) => {
    own.image = inked(own.image, placesBetween(from, to));
    bench.drawSoon();
  };
  const onKey = (event) => moveByKey(event, bench, own, model, onStroke);
  const source = createPicture({ caption: "Picture", onPoint, onStroke, onKey });
  const filtered = createPicture({
    caption: "Filtered picture",
    part: "filtered",
    onPoint,
    onKey,
  });
  filtered.usePen(false);
  const { tools, pen } = toolsFor(bench, own, photo);
  const pictures = html("div", { class: "cnn-pictures" }, source.figure, filtered.figure);
  const beside = html("div", { class: "cnn-picture-tools" }, preset.element, tools);
  const drawing = /** @type {HTMLElement} */ (bench.stage.element.parentElement);
  drawing.before(html("div", { class: "cnn-filtering" }, pictures, beside));
  return {
    source: source.canvas,
    /** @param {State} state */
    show({ image, result, range, pen: out, row, column, size, fits, weight, divisor }) {
      source.put(image, "clip");
      filtered.put(result, range);
      source.usePen(out);
      setAttribute(pen, "aria-pressed", String(out));
      const { top, left } = result.padded;
      source.mark(fits ? { row: row - top, column: column - left, size } : null);
      filtered.mark(fits ? { row, column, size: 1 } : null);
      filtered.figure.style.visibility = fits ? "" : "hidden";
      preset.set(presetOf(presets, weight, divisor));
    },
  };
}

/** The first control: kernels by their names. */
function presetChoice(bench, model, presets) {
  const control = choice({
    label: "Kernel",
    name: "preset",
    value: "",
    choices: [["", "your own"], ...Object.keys(presets).map((name) => [name, name])],
    onChange(name) {
      const [divisor, rows] = presets[name];
      const weights = model
        .get("weights")
        .map((line, i) => line.map((old, j) => rows[i]?.[j] ?? old));
      bench.setAll({ weights, divisor, kernel_size: rows.length });
    },
  });
  control.select.options[0].disabled = true; // it is shown, not chosen
  return control;
}

/** The buttons that bring a picture. */
function toolsFor(bench, own, photo) {
  const file = /** @type {HTMLInputElement} */ (
    html("input", {
      type: "file",
      accept: "image/*",
      class: "cnn-hidden",
      id: uniqueId("file"),
      tabindex: -1,
      "aria-label": "Your own picture",
    })
  );
  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    if (chosen) takeLater(own, bench, greyOfFile(chosen, SIDE));
    file.value = ""; // or the same file could not be chosen again
  });
  const usePen = (out) => {
    own.pen = out;
    bench.drawSoon();
  };
  const sheet = () => {
    const pixels = new Float32Array(SIDE * SIDE).fill(255);
    take(own, bench, { pixels, rows: SIDE, columns: SIDE });
    usePen(true);
  };
  const camera = () => takeLater(own, bench, greyOfCamera(SIDE));
  const pen = button("Pen", () => usePen(!own.pen), { name: "pen" });
  const tools = html(
    "div",
    { class: "cnn-buttons" },
    button("Photo", () => take(own, bench, photo), { name: "photo" }),
    button("Own picture", () => file.click(), { name: "upload" }),
    button("Camera", camera, { name: "camera" }),
    button("Empty sheet", sheet, { name: "sheet" }),
    pen,
    file,
  );
  return { tools, pen };
}

/** Show a picture, with no complaint and no pen; one that is still on its way comes too late. */
function take(own, bench, image) {
  Object.assign(own, { image, pen: false, asked: own.asked + 1, reading: false });
  bench.say("");
  bench.drawSoon();
}

/** @param {Own} own @param {any} bench @param {Promise<Grey|string>} coming */
async function takeLater(own, bench, coming) {
  const mine = ++own.asked;
  own.reading = true;
  bench.say("");
  bench.drawSoon();
  const image = await coming;
  if (mine !== own.asked) return;
  if (typeof image !== "string") return take(own, bench, image);
  own.reading = false;
  bench.say(image);
  bench.drawSoon();
}

/** A copy of a picture with a dark dot at each of these places. @returns {Grey} */
function inked({ pixels, rows, columns }, places) {
  const copy = pixels.slice();
  for (const [row, column] of places) {
    for (let r = Math.max(0, row - DOT); r <= Math.min(rows - 1, row + DOT); r++) {
      for (let c = Math.max(0, column - DOT); c <= Math.min(columns - 1, column + DOT); c++) {
        if ((r - row) ** 2 + (c - column) ** 2 <= DOT * DOT) copy[r * columns + c] = 0;
      }
    }
  }
  return { pixels: copy, rows, columns };
}

/** The arrow keys move the window, Shift ten pixels at a time; Space draws a dot. */
function moveByKey(event, bench, own, model, onStroke) {
  const step = stepOfKey(event, own.pen ? { " ": [0, 0] } : {});
  if (!step) return;
  const within = (at, size) => Math.max(0, Math.min(size - 1, at));
  const row = within(model.get("row") + step[0], own.image.rows);
  const column = within(model.get("column") + step[1], own.image.columns);
  if (event.key === " ") onStroke([row, column], [row, column]);
  bench.setAll({ row, column });
}

/** Let the kernel turn when the operation changes. Returns what to do when the view goes. */
function turnWithMode(bench, own, model) {
  let stop = () => {};
  const turn = () => {
    stop();
    stop = runOnce(TURN, (moment) => {
      own.turned = moment;
      bench.drawSoon();
    });
  };
  model.on("change:mode", turn);
  return () => {
    stop();
    model.off("change:mode", turn);
  };
}

// ---- from the traits to numbers ----------------------------------------------------------------

/** The numbers of a state. @param {{get: (name: string) => any}} model @param {Own} own */
function compute(model, { image, pen, reading, turned, filter }) {
  const [size, divisor, range] = ["kernel_size", "divisor", "range"].map((n) => model.get(n));
  const weight = corner(model.get("weights"), size, size);
  const flipped = model.get("mode") === "convolution";
  /** The row or column of the kernel that is laid on one of the window, and the other way round. */
  const turn = flipped ? (at) => size - 1 - at : (at) => at;
  const laid = weight.map((line, u) => line.map((_, v) => weight[turn(u)][turn(v)]));
  const padding = model.get("padding");
  const result = filter(image, laid, { padding, flipped, divisor });
  const { rows, columns, padded } = result;
  const fits = rows > 0 && columns > 0;
  const row = Math.min(model.get("row"), rows - 1);
  const column = Math.min(model.get("column"), columns - 1);
  const cells = laid.map((line, u) =>
    line.map((w, v) => ({
      x: fits ? padded.pixels[(row + u) * padded.columns + column + v] : 0,
      w,
      colour: positionColour(turn(u) * size + turn(v), size * size),
      padding: isOutside(image, row + u - padded.top, column + v - padded.left),
    })),
  );
  const sum = cells.flat().reduce((total, { x, w }) => total + x * w, 0);
  const value = tidy(sum / divisor);
  const names = { size, divisor, range, padding, flipped, turn, weight };
  return { ...names, image, pen, reading, turned, result, fits, row, column, cells, sum, value };
}

/** `filterImage`, which computes again only for another picture or kernel. */
function kept() {
  /** @type {Grey|undefined} */ let last;
  let key = "";
  /** @type {ReturnType<typeof filterImage>} */ let result;
  return (image, laid, how) => {
    const now = JSON.stringify([laid, how]);
    if (image !== last || now !== key) result = filterImage(image, laid, how);
    [last, key] = [image, now];
    return result;
  };
}

function isOutside({ rows, columns }, row, column) {
  return row < 0 || column < 0 || row >= rows || column >= columns;
}

/** The embedded photo: grey bytes in base64. @returns {Grey} */
function photoOf(text, [rows, columns]) {
  return { rows, columns, pixels: Float32Array.from(bytesOf(text)) };
}

/** The name of a kernel, or "" where it has none. */
function presetOf(presets, weight, divisor) {
  const now = JSON.stringify([divisor, weight]);
  return Object.keys(presets).find((name) => JSON.stringify(presets[name]) === now) ?? "";
}

// ---- what is seen: pure functions of the state --------------------------------------------------

/**
 * Window, kernel and output side by side, on a phone, too.
 * @param {number} width
 * @returns {import("./parts/stage.js").Layout}
 */
function layout(width) {
  return {
    height: Math.min(206, 44 + Math.floor((width - 54) / 2.5)),
    columns: [
      { share: 1, slots: [["window", 1]] },
      { share: 1, slots: [["kernel", 1]] },
      { share: 0.5, slots: [["output", 1]] },
    ],
  };
}

/**
 * @param {State} state
 * @param {Look} look
 * @returns {import("./parts/scene.js").Scene}
 */
function scene(state, look) {
  const { turned, fits } = state;
  const note = noteFor(state);
  if (!fits) return { panels: [], note, readout: [] };
  return {
    panels: panels(state, look),
    note,
    readout: readoutFor(state, look),
    sprites: (stage) => (turned < TURNED ? turning(state, stage) : landing(state, stage)),
  };
}

/** The weights while the kernel turns by 180°, each with its number upright. */
function turning({ size, cells, turned }, stage) {
  const middles = cells.flatMap((line, row) =>
    line.map(({ w, colour }, column) => ({
      ...stage.middleOf("kernel", row, column),
      text: show(w),
      colour,
    })),
  );
  const centre = stage.middleOf("kernel", (size - 1) / 2, (size - 1) / 2);
  const side = stage.boxOf("kernel", 0, 0).size;
  return turnAt(middles, centre, side, between(turned, 0, TURNED));
}

/** The weights on their way to the cells of the window that they meet. */
function landing({ cells, turned }, stage) {
  if (turned >= 1) return [];
  const way = between(turned, TURNED, 1);
  return cells.flatMap((line, row) =>
    line.map(({ w, colour }, column) => ({
      ...mix(
        stage.middleOf("kernel", row, column),
        stage.middleOf("window", row, column),
        ease(Math.min(1, 1.4 * way)),
      ),
      size: stage.boxOf("window", row, column).size * 0.85,
      text: show(w),
      colour,
      opacity: Math.min(1, 4 * (1 - way)),
    })),
  );
}

/** @param {State} state @param {Look} look */
function panels({ size, cells, turn, turned, flipped, row, column, value }, { active, marks }) {
  const meets = (grid, u, v) =>
    active && active.grid !== "output" && active.grid !== grid
      ? active.row === u && active.column === v
      : false;
  const marked = (grid, u, v, ...own) =>
    marks(grid, u, v, ...own, meets(grid, u, v) ? "window" : "");
  const shape = { rows: size, columns: size };
  return [
    {
      grid: "window",
      title: "Window",
      subtitle: `row ${row}, column ${column}`,
      ...shape,
      label: `Window, ${size} by ${size}`,
      cell(u, v) {
        const { x, colour, padding } = cells[u][v];
        return {
          text: show(x),
          marks: marked("window", u, v, padding ? "padding" : ""),
          tag: colour,
          label: `Window row ${u}, column ${v}: ${show(x)}${padding ? ", padding" : ""}`,
        };
      },
    },
    {
      grid: "kernel",
      title: "Kernel",
      subtitle: flipped ? "turned by 180°" : "",
      ...shape,
      label: `Kernel${flipped ? " turned by 180°" : ""}, ${size} by ${size}`,
      cell(u, v) {
        const { w, colour } = cells[u][v];
        const rests = turned >= TURNED;
        return {
          text: rests ? show(w) : "",
          marks: marked("kernel", u, v),
          fill: rests ? colour : undefined,
          label: `Weight row ${turn(u)}, column ${turn(v)}: ${show(w)}`,
        };
      },
    },
    {
      grid: "output",
      title: "Output",
      rows: 1,
      columns: 1,
      label: "Output, 1 by 1",
      cell: (u, v) => ({
        text: show(value),
        marks: marks("output", u, v),
        label: `Output row ${row}, column ${column}: ${show(value)}`,
      }),
    },
  ];
}

/** @param {State} state @param {Look} look */
function readoutFor({ row, column, value, sum, divisor, cells, size }, { active, nameOf }) {
  const end = divisor === 1 ? "" : ` / ${divisor} = ${show(value)}`;
  const terms = sumAsKernel(cells.flat(), size, `${show(tidy(sum))}${end}`);
  if (!active || active.grid === "output") {
    return [readoutHead(`Y[${row}, ${column}]`, ` = ${show(value)}`, "output"), terms];
  }
  const { x, w } = cells[active.row][active.column];
  const product = `${show(x)}·${inBrackets(w)} = ${show(tidy(x * w))}`;
  const name = nameOf({ ...active, grid: "kernel" });
  return [readoutHead(name, ` meets ${show(x)}: ${product}`, "kernel"), terms];
}

/** @param {State} state */
function noteFor({
  reading,
  fits,
  size,
  image,
  result,
  range,
  flipped,
  weight,
  row,
  column,
  value,
}) {
  if (reading) return { text: "Reading the picture …" };
  const { rows, columns, pixels } = result;
  if (!fits) {
    const text =
      `No output: a kernel of ${size}×${size} does not fit into a picture of ` +
      `${image.rows}×${image.columns}. Pad the border, or take a smaller kernel.`;
    return { text, impossible: true };
  }
  const text =
    `Output ${rows}×${columns}, picture ${image.rows}×${image.columns}. ` +
    rangeInWords(pixels, range) +
    (flipped && isTurnSymmetric(weight)
      ? " This kernel is the same when it is turned: convolution and correlation agree."
      : "");
  return { text, spoken: `Y[${row}, ${column}] is ${show(value)}. ${text}` };
}

function rangeInWords(pixels, range) {
  let [least, most] = [Infinity, -Infinity];
  let outside = 0;
  for (const value of pixels) {
    if (value < least) least = value;
    if (value > most) most = value;
    if (value < 0 || value > 255) outside++;
  }
  const round = (value) => show(Math.round(value));
  const spread = `Values from ${round(least)} to ${round(most)}.`;
  if (range === "signed") return `${spread} White is 0, blue is negative, orange is positive.`;
  if (!outside) return `${spread} All lie within 0 to 255.`;
  const count = grouped(outside);
  return `${spread} ${count} pixels lie outside 0 to 255 and are cut: black or white.`;
}

function isTurnSymmetric(weight) {
  const flat = weight.flat();
  return flat.every((w, at) => w === flat[flat.length - 1 - at]);
}

/** @param {State} state @returns {[string, string][]} */
function codeFor({ size, flipped, padding, weight, divisor }) {
  const name = flipped ? "convolve2d" : "correlate2d";
  const before = Math.floor((flipped ? size : size - 1) / 2);
  const edge =
    padding === "edge"
      ? `image = np.pad(image, (${before}, ${size - 1 - before}), mode="edge")\n`
      : "";
  return [
    [
      "cnnlib",
      `import numpy as np\nimport cnnlib\nfrom cnnlib.data import load_photo\n\nimage = ` +
        `load_photo().mean(axis=0).round()\n${edge}` +
        `kernel = np.array(${pythonRows(weight)})\n` +
        `output = cnnlib.${name}(image, kernel, ` +
        `mode="${padding === "zero" ? "same" : "valid"}") / ${divisor}\nprint(output)`,
    ],
  ];
}
