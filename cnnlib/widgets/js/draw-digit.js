/**
 * Draw a digit: a sheet to draw on, and a trained network that reads it as one draws. All its maps
 * are shown, and the sum behind each cell. Nothing that is drawn leaves the page.
 */

import { bytesOf } from "./arithmetic/convolution.js";
import { readNetwork, runNetwork, softmaxOf } from "./arithmetic/digit-network.js";
import {
  addNoise,
  inkBox,
  PIXELS,
  readSheet,
  SHEET,
  sheetOf,
  thicken,
  turnAndMove,
} from "./arithmetic/ink.js";
import { createMaps, SMALL_PICTURE, seenCell } from "./digit/inside.js";
import { fileOpener, hearOfNetworks } from "./digit/own.js";
import { createBench } from "./parts/bench.js";
import { button } from "./parts/controls.js";
import { html, setAttribute, setText } from "./parts/dom.js";
import { themeOf } from "./parts/paint.js";
import { frameCells, paintCells, surface } from "./parts/pixels.js";
import { createSheet } from "./parts/sheet.js";

/** @typedef {ReturnType<typeof createBench>} Bench */
/** @typedef {ReturnType<typeof readModel>} Given */
/** @typedef {ReturnType<typeof compute>} State */

export default { render };

/** Pixels of a cell of the sheet as it is read. */
const FOUND = SMALL_PICTURE / SHEET;

const signed = (value) => String(value).replace("-", "−");
const SETTINGS = [
  { name: "crop", label: "Crop and centre", flag: true, primary: true },
  {
    name: "reader",
    label: "Network",
    choices: [
      ["8", "8×8, 3,818 parameters"],
      ["28", "28×28, 16,498 parameters"],
      ["own", "your own"],
    ],
    primary: true,
  },
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
    watch: ["own"],
    draw: () => draw(),
    onReset: () => sheet.lift(),
    code: () => [["cnnlib", codeFor(model)]],
  });
  const sheet = createSheet(bench);
  const found = smallPicture("Crop");
  const seen = smallPicture("Input");
  const scores = createScores();
  const note = html("p", { class: "cnn-note" });
  const part = (name, ...inside) =>
    html("div", { class: `cnn-digit-${name}`, "data-part": name }, ...inside);
  const maps = createMaps(bench);
  const title = html("div", { class: "cnn-title" }, `Draw here, ${SHEET}×${SHEET}`);
  bench.addAbove(
    html(
      "div",
      { class: "cnn-digit" },
      part("sheet", title, sheet.canvas),
      part("found", found.title, found.canvas),
      part("seen", seen.title, seen.canvas),
      html("div", { class: "cnn-digit-scores" }, scores.element),
      html("div", { class: "cnn-digit-words" }, note),
      html(
        "div",
        { class: "cnn-buttons" },
        button("Empty sheet", sheet.clear, { name: "clear" }),
        button("Next test digit", () => nextDigit(bench, given), { name: "next-digit" }),
        ...fileOpener(bench),
      ),
    ),
  );
  bench.add(maps.element);
  const theme = themeOf(bench.root, bench.drawSoon);
  bench.onLeave(theme.stop);
  hearOfNetworks(bench);
  return bench.start();

  function draw() {
    const state = compute(model, given);
    const colours = theme.colours();
    const inks = { low: colours.ground, high: colours.input, line: colours.line };
    sheet.show(state.ink, inks, colours);
    paintFound(found, state, inks, colours);
    paintSeen(seen, state, inks);
    scores.show(state.chances);
    maps.show(state, seen.canvas, colours);
    setText(note, noteFor(state));
    bench.announce(note.textContent ?? "");
  }
}

/** A small picture with its title. */
function smallPicture(words) {
  const canvas = surface("cnn-seen", SMALL_PICTURE, 1);
  setAttribute(canvas, "role", "img");
  return { canvas, title: html("div", { class: "cnn-title" }, words) };
}

/** The sheet as it is read; cropped, with the box of its ink and the centre of mass. */
function paintFound({ canvas, title }, { moved, crop, box }, inks, colours) {
  paintCells(canvas, moved, SHEET, SHEET, FOUND, 1, inks);
  setText(title, crop ? "Crop" : "No crop");
  const whole = `The sheet as it is read, ${SHEET} by ${SHEET} cells`;
  const where =
    `the ink is ${box.height} cells high and ${box.width} wide, its centre of mass in ` +
    `row ${box.row.toFixed(1)}, column ${box.column.toFixed(1)}`;
  setAttribute(canvas, "aria-label", crop ? `${whole}: ${where}` : whole);
  if (!crop) return;
  frameCells(canvas, box.top, box.left, box.height, box.width, FOUND, colours);
  const ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const [y, x] = [(box.row + 0.5) * FOUND, (box.column + 0.5) * FOUND];
  for (const [colour, width, arm] of [
    [colours.ground, 7, 11],
    [colours.kernel, 3, 9],
  ]) {
    ink.strokeStyle = colour;
    ink.lineWidth = width;
    ink.beginPath();
    ink.moveTo(x - arm, y);
    ink.lineTo(x + arm, y);
    ink.moveTo(x, y - arm);
    ink.lineTo(x, y + arm);
    ink.stroke();
  }
  ink.lineWidth = 1;
}

function paintSeen({ canvas, title }, { image, side }, inks) {
  const cell = seenCell(side);
  if (canvas.width !== side * cell) canvas.width = canvas.height = side * cell;
  paintCells(canvas, image, side, side, cell, 1, inks);
  setText(title, `Input ${side}×${side}`);
  const filled = Math.round(image.reduce((sum, value) => sum + value, 0));
  setAttribute(
    canvas,
    "aria-label",
    `What the network sees: ${side} by ${side} pixels, ink for ${filled} of them`,
  );
}

// ---- from the traits to numbers, words and code ------------------------------------------------

/** What does not change: the networks of the course and the digits. */
function readModel(model) {
  const networks = model.get("networks").map(readReader);
  /** @type {any} */ let packed;
  let own = networks[0];
  return {
    digits: bytesOf(model.get("digits")),
    labels: model.get("labels"),
    /** The network that reads; without one of your own, the first. */
    reader() {
      const now = model.get("own");
      if (packed !== now) [packed, own] = [now, now.layers ? readReader(now) : networks[0]];
      const chosen = model.get("reader");
      return chosen === "own" ? own : networks[chosen === "28" ? 1 : 0];
    },
  };
}

/** @param {{side: number, layers: any[], from?: string}} packed */
function readReader({ side, layers: spec, from = "" }) {
  const layers = readNetwork(spec);
  return { side, layers, names: namesOf(layers), from };
}

/** The numbers of a state. @param {{get: (name: string) => any}} model @param {Given} given */
function compute(model, given) {
  const get = (name) => model.get(name);
  const [drawn, digit, crop] = [get("source") === "drawing", get("digit"), get("crop")];
  const reader = given.reader();
  const { side, layers } = reader;
  const ink = drawn ? Float32Array.from(get("ink").flat()) : sheetOf(digitAt(given.digits, digit));
  const thick = thicken(ink, get("thicken"));
  const moved = turnAndMove(thick, get("turn"), get("down"), get("right"));
  const image = addNoise(readSheet(moved, side, crop), get("noise") / 100);
  const input = { maps: [image], rows: side, columns: side };
  const volumes = runNetwork(layers, input);
  const chances = softmaxOf(/** @type {any} */ (volumes.at(-1)).maps[0]);
  const place = placeIn(volumes, get);
  const below = place.layer ? volumes[place.layer - 1] : input;
  const truth = given.labels[digit];
  const box = inkBox(moved);
  const missing = get("reader") === "own" && !reader.from;
  const words = { drawn, digit, truth, ink, crop, missing };
  return { ...words, ...reader, moved, box, image, volumes, chances, place, below };
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

const NONE_YET =
  " It is the 8×8 one: you have no network of your own here yet. Train one on this page, or open " +
  "a file that cnnlib.save wrote.";
const percent = (value) => `${(100 * value).toFixed(2)} %`;

/** @param {State} state */
function noteFor({ drawn, digit, truth, ink, chances, missing, from }) {
  const order = chances.map((_, at) => at).sort((a, b) => chances[b] - chances[a]);
  const [first, second] = order.map((at) => `${at} with ${percent(chances[at])}`);
  const whose = from ? `Your network (from ${from}) says` : "The network says";
  const says = `${whose} ${first}, then ${second}.${missing ? NONE_YET : ""}`;
  if (!drawn) {
    const verdict = order[0] === truth ? "" : " The network is wrong.";
    return `Test digit ${digit} was written as a ${truth}.${verdict} ${says}`;
  }
  if (ink.some(Boolean)) return `Your drawing. ${says}`;
  return `The sheet is empty: draw a digit. ${says}`;
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
  const reader = model.get("reader");
  if (reader === "28") set.unshift('reader="28"');
  if (reader === "own" && model.get("own").layers) set.unshift("model=model");
  if (!model.get("crop")) set.push("crop=False");
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
