/**
 * Draw a digit: a sheet to draw on, and a trained network that reads it as one draws. All its maps
 * are shown, and the sum behind each cell. Nothing that is drawn leaves the page.
 */

import { bytesOf, show } from "./arithmetic/convolution.js";
import {
  readNetwork,
  runNetwork,
  softmaxOf,
  sumBehind,
  windowOf,
} from "./arithmetic/digit-network.js";
import {
  addNoise,
  digitOf,
  PIXELS,
  SHEET,
  sheetOf,
  thicken,
  turnAndMove,
} from "./arithmetic/ink.js";
import { createBench } from "./parts/bench.js";
import { button } from "./parts/controls.js";
import { cellUnder, html, setAttribute, setParts, setText } from "./parts/dom.js";
import { themeOf } from "./parts/paint.js";
import { frameCells, paintCells, surface } from "./parts/pixels.js";
import { inBrackets, readoutHead, sumInLines } from "./parts/readout.js";
import { createSheet } from "./parts/sheet.js";

/** @typedef {ReturnType<typeof createBench>} Bench */
/** @typedef {ReturnType<typeof readModel>} Given */
/** @typedef {ReturnType<typeof compute>} State */

export default { render };

/** Pixels of a cell of what the network sees. */
const CELL = 16;
/** The cell that is explained is chosen below the maps. */
const PLACE = ["layer", "map", "row", "column"];

const signed = (value) => String(value).replace("-", "−");
const SETTINGS = [
  { name: "turn", label: "Turn left", say: (degrees) => `${signed(degrees)}°`, primary: true },
  { name: "thicken", label: "Thicken", primary: true },
  { name: "noise", label: "Noise", say: (value) => `${value} %`, primary: true },
  {
    name: "source",
    label: "Read",
    choices: [
      ["digit", "a test digit"],
      ["drawing", "your drawing"],
    ],
  },
  { name: "digit", label: "Test digit" },
  { name: "right", label: "Move right", say: signed },
  { name: "down", label: "Move down", say: signed },
  { name: "pen", label: "Pen" },
  // these stand with the maps, and so are never folded away with the others
  { name: "layer", label: "Layer", say: (layer) => String(layer + 1), primary: true },
  { name: "map", label: "Map", primary: true },
  { name: "row", label: "Row", primary: true },
  { name: "column", label: "Column", primary: true },
];

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const given = readModel(model);
  const bench = createBench({
    context,
    title: "Draw a digit",
    settings: SETTINGS,
    tables: [{ name: "ink", short: "ink", shape: () => [SHEET, SHEET] }],
    draw: () => draw(),
    onReset: () => sheet.lift(),
    code: () => [["cnnlib", codeFor(model)]],
  });
  const sheet = createSheet(bench);
  const seen = surface("cnn-seen", PIXELS, CELL);
  setAttribute(seen, "role", "img");
  const scores = createScores();
  const note = html("p", { class: "cnn-note" });
  const part = (name, title, ...inside) =>
    html(
      "div",
      { class: `cnn-digit-${name}`, "data-part": name },
      html("div", { class: "cnn-title" }, title),
      ...inside,
    );
  const maps = createMaps(bench, given);
  bench.addAbove(
    html(
      "div",
      { class: "cnn-digit" },
      part("sheet", `Draw here, ${SHEET}×${SHEET}`, sheet.canvas),
      part("seen", `Input ${PIXELS}×${PIXELS}`, seen),
      html("div", { class: "cnn-digit-scores" }, scores.element),
      html("div", { class: "cnn-digit-words" }, note),
      html(
        "div",
        { class: "cnn-buttons" },
        button("Empty sheet", sheet.clear, { name: "clear" }),
        button("Next test digit", () => nextDigit(bench, given), { name: "next-digit" }),
      ),
    ),
  );
  bench.add(maps.element);
  const theme = themeOf(bench.root, bench.drawSoon);
  bench.onLeave(theme.stop);
  return bench.start();

  function draw() {
    const state = compute(model, given);
    const colours = theme.colours();
    const inks = { low: colours.ground, high: colours.input, line: colours.line };
    sheet.show(state.ink, inks, colours);
    paintCells(seen, state.image, PIXELS, PIXELS, CELL, 1, inks);
    scores.show(state.chances);
    maps.show(state, seen, colours);
    setText(note, noteFor(state));
    const filled = Math.round(state.image.reduce((sum, value) => sum + value, 0));
    setAttribute(
      seen,
      "aria-label",
      `What the network sees: ${PIXELS} by ${PIXELS} pixels, ink for ${filled} of them`,
    );
    bench.announce(note.textContent ?? "");
  }
}

// ---- from the traits to numbers, words and code ------------------------------------------------

/** What does not change: the network and the digits. */
function readModel(model) {
  const layers = readNetwork(model.get("network"));
  return {
    layers,
    names: namesOf(layers),
    digits: bytesOf(model.get("digits")),
    labels: model.get("labels"),
  };
}

/** The numbers of a state. @param {{get: (name: string) => any}} model @param {Given} given */
function compute(model, given) {
  const get = (name) => model.get(name);
  const drawn = get("source") === "drawing";
  const digit = get("digit");
  const ink = drawn ? Float32Array.from(get("ink").flat()) : sheetOf(digitAt(given.digits, digit));
  const thick = thicken(ink, get("thicken"));
  const moved = turnAndMove(thick, get("turn"), get("down"), get("right"));
  const image = addNoise(digitOf(moved), get("noise") / 100);
  const input = { maps: [image], rows: PIXELS, columns: PIXELS };
  const volumes = runNetwork(given.layers, input);
  const chances = softmaxOf(/** @type {any} */ (volumes.at(-1)).maps[0]);
  const place = placeIn(volumes, get);
  const below = place.layer ? volumes[place.layer - 1] : input;
  return { drawn, digit, truth: given.labels[digit], ink, image, volumes, chances, place, below };
}

function digitAt(digits, number) {
  const size = PIXELS * PIXELS;
  return Array.from(digits.subarray(number * size, (number + 1) * size), (pixel) => pixel / 16);
}

/** The place that is explained, held within the layer it is in. */
function placeIn(volumes, get) {
  const layer = Math.min(get("layer"), volumes.length - 1);
  const { maps, rows, columns } = volumes[layer];
  const held = (name, count) => Math.min(get(name), count - 1);
  return {
    layer,
    map: held("map", maps.length),
    row: held("row", rows),
    column: held("column", columns),
  };
}

const percent = (value) => `${(100 * value).toFixed(2)} %`;

/** @param {State} state */
function noteFor({ drawn, digit, truth, ink, chances }) {
  const order = chances.map((_, at) => at).sort((a, b) => chances[b] - chances[a]);
  const [first, second] = order.map((at) => `${at} with ${percent(chances[at])}`);
  const says = `network says ${first}, then ${second}.`;
  if (!drawn) {
    const verdict = order[0] === truth ? "" : " The network is wrong.";
    return `Test digit ${digit} was written as a ${truth}.${verdict} The ${says}`;
  }
  if (ink.some(Boolean)) return `Your drawing. The ${says}`;
  return `The sheet is empty: draw a digit. Even so, the ${says}`;
}

/** “Convolution 1 + ReLU”, “max pooling 1” and so on. */
function namesOf(layers) {
  const words = { conv: "Convolution", pool: "Max pooling", linear: "Dense layer" };
  const counts = {};
  return layers.map(({ kind, relu }, at) => {
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (at === layers.length - 1) return "Scores";
    return `${words[kind]} ${counts[kind]}${relu ? " + ReLU" : ""}`;
  });
}

function codeFor(model) {
  const drawn = model.get("source") === "drawing";
  const set = ["digit", "right", "down", "turn", "thicken", "noise"]
    .filter((name) => model.get(name) !== 0 && !(drawn && name === "digit"))
    .map((name) => `${name}=${model.get(name)}`);
  const line = (row) => `    "${row.map((ink) => (ink ? "#" : ".")).join("")}",\n`;
  const rows = model.get("ink").map(line);
  const ink = drawn ? `ink = [\n${rows.join("")}]\n` : "";
  const call = [...(drawn ? ["ink=ink"] : []), ...set].join(", ");
  return (
    `from cnnlib.widgets import DrawDigit\n\n${ink}widget = DrawDigit(${call})\n` +
    "print(widget.prediction)\nprint((100 * widget.probabilities).round(2))"
  );
}

function nextDigit(bench, { labels }) {
  bench.setAll({ source: "digit", digit: (bench.get("digit") + 1) % labels.length });
}

// ---- what the network says ---------------------------------------------------------------------

/** A bar for each digit. */
function createScores() {
  const bars = Array.from({ length: 10 }, (_, digit) => {
    const bar = html("div", { class: "cnn-bar" });
    const value = html("td", { "data-digit": digit });
    const track = html("td", {}, html("div", { class: "cnn-bar-track" }, bar));
    const row = html("tr", {}, html("th", { scope: "row" }, String(digit)), track, value);
    return { row, bar, value };
  });
  const element = html(
    "table",
    { class: "cnn-bars cnn-scores", "data-part": "scores" },
    html("caption", {}, "Probabilities"),
    html("tbody", {}, ...bars.map(({ row }) => row)),
  );
  return {
    element,
    show(chances) {
      const best = chances.indexOf(Math.max(...chances));
      bars.forEach(({ row, bar, value }, digit) => {
        setText(value, percent(chances[digit]));
        bar.style.width = `${100 * chances[digit]}%`;
        row.classList.toggle("chosen", digit === best);
      });
    },
  };
}

// ---- inside the network: the maps, and the sum behind a cell -----------------------------------

/**
 * The maps of all layers and the sum behind a cell; on a phone folded away.
 * @param {Bench} bench
 * @param {Given} given
 */
function createMaps(bench, given) {
  const strips = given.layers.map((_, at) => createStrip(bench, given, at));
  const readout = html("div", { class: "cnn-readout" });
  const chooser = bench.controls.filter(({ name }) => PLACE.includes(name));
  const element = /** @type {HTMLDetailsElement} */ (
    html(
      "details",
      { class: "cnn-inside", ontoggle: bench.drawSoon },
      html("summary", {}, "Look inside the network"),
      ...strips.map((strip) => strip.element),
      html("div", { class: "cnn-title" }, "The sum behind one cell"),
      html("div", { class: "cnn-controls" }, ...chooser.map((one) => one.element)),
      readout,
    )
  );
  /** @type {boolean|undefined} */ let narrow;
  return {
    element,
    /** @param {State} state */
    show(state, seen, colours) {
      const now = bench.root.classList.contains("narrow");
      if (now !== narrow) element.open = !now;
      narrow = now;
      if (!element.open) return;
      const { place, volumes, below } = state;
      volumes.forEach((volume, at) => strips[at].show(volume, place, colours));
      frameWindow(given.layers[place.layer], place, below, seen, strips, colours);
      setParts(readout, readoutFor(given, state));
      const { maps, rows, columns } = volumes[place.layer];
      const ends = { map: maps.length - 1, row: rows - 1, column: columns - 1 };
      for (const { name, set } of chooser) if (name in ends) set(place[name], ends[name]);
    },
  };
}

/** One row of maps: a canvas for each. */
function createStrip(bench, { layers, names }, at) {
  const holder = html("div", { class: "cnn-maps", role: "img" });
  /** @type {HTMLCanvasElement[]} */ const canvases = [];
  function addMap(rows, columns) {
    const canvas = surface("cnn-map", columns, cellOf(rows, columns), rows);
    setAttribute(canvas, "aria-hidden", "true");
    const map = canvases.length;
    const point = (event) => {
      const [row, column] = cellUnder(canvas, event, rows, columns);
      bench.setAll({ layer: at, map, row, column });
    };
    canvas.addEventListener("click", point);
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch") point(event); // a finger scrolls
    });
    canvases.push(canvas);
    holder.append(canvas);
  }
  return {
    element: html("div", {}, html("div", { class: "cnn-title" }, names[at]), holder),
    canvases,
    show({ maps, rows, columns }, place, colours) {
      while (canvases.length < maps.length) addMap(rows, columns);
      const { ground: low, output: high, gradient: negative, line } = colours;
      const most = Math.max(1e-6, ...maps.map((map) => Math.max(...map.map(Math.abs))));
      const cell = cellOf(rows, columns);
      maps.forEach((map, m) => {
        paintCells(canvases[m], map, rows, columns, cell, most, { low, high, negative, line });
        if (at === place.layer && m === place.map) {
          frameCells(canvases[m], place.row, place.column, 1, 1, cell, colours);
        }
      });
      const what = layers[at].kind === "linear" ? "numbers" : `maps of ${rows}×${columns}`;
      const count = maps.length > 1 ? maps.length : columns;
      setAttribute(
        holder,
        "aria-label",
        `${names[at]}: ${count} ${what}, largest ${show(round(most))}`,
      );
    },
  };
}

/** Pixels of a cell of a map: small maps get larger cells. */
function cellOf(rows, columns) {
  return rows === 1 ? 16 : Math.max(4, Math.min(12, Math.floor(64 / Math.max(rows, columns))));
}

/** Frame the window that the chosen cell looks at, in the layer below. */
function frameWindow({ kind, size, padding }, place, below, seen, strips, colours) {
  if (kind === "linear") return;
  const { layer, map, row, column } = place;
  const step = kind === "pool" ? size : 1;
  const [top, left] = [row * step - padding, column * step - padding];
  const from = [Math.max(0, top), Math.max(0, left)];
  const to = [Math.min(below.rows, top + size), Math.min(below.columns, left + size)];
  const targets =
    layer === 0
      ? [seen]
      : strips[layer - 1].canvases.filter((_, m) => kind === "conv" || m === map);
  const cell = layer === 0 ? CELL : cellOf(below.rows, below.columns);
  for (const canvas of targets) {
    frameCells(canvas, from[0], from[1], to[0] - from[0], to[1] - from[1], cell, colours);
  }
}

/** @param {Given} given @param {State} state */
function readoutFor({ layers, names }, { place, below, volumes }) {
  const { layer, map, row, column } = place;
  const own = layers[layer];
  const volume = volumes[layer];
  const value = volume.maps[map][row * volume.columns + column];
  const name =
    own.kind === "linear"
      ? `${names[layer]}, number ${column}`
      : `${names[layer]}, map ${map}, row ${row}, column ${column}`;
  const head = readoutHead(name, ` = ${show(round(value))}`, "output");
  if (own.kind === "pool") {
    const window = windowOf(own, below, map, row, column).map(({ x }) => show(round(x)));
    return [head, sumInLines([[`the largest of ${window.join(", ")}`]], [])];
  }
  const { parts, bias, total } = sumBehind(own, below, map, row, column);
  const lines =
    own.kind === "conv" && parts.length === 1
      ? products(windowOf(own, below, map, row, column, 0), own.size)
      : parts.map((sum, c) => [`${c ? "+ " : ""}${inBrackets(round(sum))} from map ${c}`]);
  const cut = own.relu && total < 0 ? ", negative, so ReLU makes it 0" : "";
  const after = [`= ${show(round(total))}${cut}`];
  const last = [`+ ${inBrackets(round(bias))} bias`];
  return [head, sumInLines([...lines, last], after)];
}

/** The products of one window, a row of the kernel on each line. */
function products(terms, size) {
  const product = ({ x, w }, v) => `${v ? " + " : ""}${show(round(x))}·${inBrackets(round(w))}`;
  return Array.from({ length: size }, (_, u) => [
    (u ? "+ " : "") +
      terms
        .slice(u * size, (u + 1) * size)
        .map(product)
        .join(""),
  ]);
}

function round(value) {
  return Math.round(value * 1000) / 1000;
}
