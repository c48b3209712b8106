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
import { inBrackets, readoutHead, sumInLines } from "./parts/readout.js";

export default { render };

/** Pixels of a cell of the sheet, and of what the network sees. */
const CELL = { sheet: 8, seen: 16 };
/** Where the arrow keys move the pen: rows and columns. */
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
/** The cell that is explained is chosen below the maps. */
const PLACE = ["layer", "map", "row", "column"];

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const layers = readNetwork(model.get("network"));
  const digits = bytesOf(model.get("digits"));
  const labels = model.get("labels");
  const names = namesOf(layers);
  const percent = (value) => `${(100 * value).toFixed(2)} %`;
  /** The pen: where it is, and whether it writes. */
  const pen = { row: 16, column: 16, down: false, last: /** @type {number[]|null} */ (null) };

  const bench = createBench({
    context,
    title: "Draw a digit",
    settings: [
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
      { name: "turn", label: "Turn left", say: (degrees) => `${signed(degrees)}°` },
      { name: "thicken", label: "Thicken" },
      { name: "noise", label: "Noise", say: (value) => `${value} %` },
      { name: "pen", label: "Pen" },
      { name: "layer", label: "Layer", say: (layer) => String(layer + 1) },
      { name: "map", label: "Map" },
      { name: "row", label: "Row" },
      { name: "column", label: "Column" },
    ],
    tables: [{ name: "ink", short: "ink", shape: () => [SHEET, SHEET] }],
    draw,
    onReset: () => Object.assign(pen, { down: false, last: null }),
    code: () => [["cnnlib", codeFor()]],
  });

  const sheet = surface("cnn-sheet", SHEET, CELL.sheet);
  Object.entries({
    tabindex: 0,
    role: "application",
    "aria-label":
      "Sheet to draw on. Arrow keys move the pen, Space puts it down and lifts it, " +
      "Delete clears the sheet.",
  }).forEach(([name, value]) => sheet.setAttribute(name, String(value)));
  const seen = surface("cnn-seen", PIXELS, CELL.seen);
  setAttribute(seen, "role", "img");
  const note = html("p", { class: "cnn-note" });
  const buttons = html(
    "div",
    { class: "cnn-buttons" },
    button("Empty sheet", clear, { name: "clear" }),
    button(
      "Next test digit",
      () => {
        bench.setAll({ source: "digit", digit: (model.get("digit") + 1) % labels.length });
      },
      { name: "next-digit" },
    ),
  );
  const bars = Array.from({ length: 10 }, (_, digit) => {
    const bar = html("div", { class: "cnn-bar" });
    const value = html("td", { "data-digit": digit });
    const row = html(
      "tr",
      {},
      html("th", { scope: "row" }, String(digit)),
      value,
      html("td", { class: "cnn-bar-cell" }, html("div", { class: "cnn-bar-track" }, bar)),
    );
    return { row, bar, value };
  });
  const table = html(
    "table",
    { class: "cnn-bars cnn-scores" },
    html("caption", {}, "What the network says"),
    html("tbody", {}, ...bars.map(({ row }) => row)),
  );
  const strips = layers.map((_, at) => stripFor(at));
  const readout = html("div", { class: "cnn-readout" });
  const chooser = html(
    "div",
    { class: "cnn-controls" },
    ...bench.controls.filter(({ name }) => PLACE.includes(name)).map(({ element }) => element),
  );
  const part = (title, ...inside) =>
    html("div", { class: "cnn-digit-part" }, html("div", { class: "cnn-title" }, title), ...inside);
  bench.add(
    note,
    html(
      "div",
      { class: "cnn-digit" },
      part(`Sheet, ${SHEET}×${SHEET}: draw here`, sheet, buttons),
      part(`The network sees ${PIXELS}×${PIXELS}`, seen),
      table,
    ),
    ...strips.map(({ element }) => element),
    html("div", { class: "cnn-title" }, "The sum behind one cell"),
    chooser,
    readout,
  );
  listen();
  const theme = themeOf(bench.root, bench.drawSoon);
  bench.onLeave(theme.stop);
  return bench.start();

  /** One row of maps: a canvas for each. */
  function stripFor(at) {
    const maps = html("div", { class: "cnn-maps", role: "img" });
    const title = html("div", { class: "cnn-title" }, names[at]);
    /** @type {HTMLCanvasElement[]} */ const canvases = [];
    return { element: html("div", {}, title, maps), maps, canvases };
  }

  function draw() {
    const ink =
      model.get("source") === "drawing"
        ? Float32Array.from(model.get("ink").flat())
        : sheetOf(digitAt(model.get("digit")));
    const thick = thicken(ink, model.get("thicken"));
    const moved = turnAndMove(thick, model.get("turn"), model.get("down"), model.get("right"));
    const image = addNoise(digitOf(moved), model.get("noise") / 100);
    const input = { maps: [image], rows: PIXELS, columns: PIXELS };
    const volumes = runNetwork(layers, input);
    const chances = softmaxOf(/** @type {any} */ (volumes.at(-1)).maps[0]);
    const colours = theme.colours();
    const place = placeIn(volumes);
    const below = place.layer ? volumes[place.layer - 1] : input;

    const inks = { low: colours.ground, high: colours.input, line: colours.line };
    paintCells(sheet, ink, SHEET, SHEET, CELL.sheet, 1, inks);
    paintPen(colours);
    paintCells(seen, image, PIXELS, PIXELS, CELL.seen, 1, inks);
    volumes.forEach((volume, at) => drawStrip(strips[at], volume, at, colours, place));
    markWindow(place, below, colours);
    drawChances(chances);
    drawReadout(place, below, volumes[place.layer]);
    limitControls(place, volumes);

    const order = chances.map((_, digit) => digit).sort((a, b) => chances[b] - chances[a]);
    const [first, second] = order.map((digit) => `${digit} with ${percent(chances[digit])}`);
    setText(note, `${whatIsRead(ink, order[0])} The network says ${first}, then ${second}.`);
    const filled = Math.round(image.reduce((sum, value) => sum + value, 0));
    setAttribute(
      seen,
      "aria-label",
      `What the network sees: ${PIXELS} by ${PIXELS} pixels, ink for ${filled} of them`,
    );
    bench.announce(note.textContent ?? "");
  }

  function whatIsRead(ink, answer) {
    if (model.get("source") === "drawing") {
      if (ink.some(Boolean)) return "Your drawing.";
      return "The sheet is empty: draw a digit. Even so the network has to say something.";
    }
    const truth = labels[model.get("digit")];
    const verdict = answer === truth ? "" : " The network is wrong.";
    return `Test digit ${model.get("digit")} was written as a ${truth}.${verdict}`;
  }

  /** The place that is explained, held within the layer it is in. */
  function placeIn(volumes) {
    const layer = Math.min(model.get("layer"), volumes.length - 1);
    const { maps, rows, columns } = volumes[layer];
    const held = (name, count) => Math.min(model.get(name), count - 1);
    const [map, row] = [held("map", maps.length), held("row", rows)];
    return { layer, map, row, column: held("column", columns) };
  }

  /** The sliders end where the layer ends. */
  function limitControls(place, volumes) {
    const { maps, rows, columns } = volumes[place.layer];
    const ends = { map: maps.length - 1, row: rows - 1, column: columns - 1 };
    for (const control of bench.controls) {
      if (control.name in ends) control.set(place[control.name], ends[control.name]);
    }
  }

  function drawStrip(strip, { maps, rows, columns }, at, colours, place) {
    while (strip.canvases.length < maps.length) {
      const canvas = surface("cnn-map", columns, cellOf(rows, columns), rows);
      setAttribute(canvas, "aria-hidden", "true");
      const map = strip.canvases.length;
      const point = (event) => {
        const [row, column] = cellUnder(canvas, event, rows, columns);
        bench.setAll({ layer: at, map, row, column });
      };
      canvas.addEventListener("pointerdown", point);
      canvas.addEventListener("pointermove", point);
      strip.canvases.push(canvas);
      strip.maps.append(canvas);
    }
    const { ground: low, output: high, gradient: negative, line } = colours;
    const inks = { low, high, negative, line };
    const most = Math.max(1e-6, ...maps.map((map) => Math.max(...map.map(Math.abs))));
    maps.forEach((map, m) => {
      const cell = cellOf(rows, columns);
      paintCells(strip.canvases[m], map, rows, columns, cell, most, inks);
      if (at === place.layer && m === place.map) {
        outline(strip.canvases[m], place.row, place.column, 1, 1, cell, colours);
      }
    });
    const what = layers[at].kind === "linear" ? "numbers" : `maps of ${rows}×${columns}`;
    const count = maps.length > 1 ? maps.length : columns;
    setAttribute(
      strip.maps,
      "aria-label",
      `${names[at]}: ${count} ${what}, largest ${show(round(most))}`,
    );
  }

  /** Outline the window that the chosen cell looks at, in the layer below. */
  function markWindow({ layer, map, row, column }, below, colours) {
    const { kind, size, padding } = layers[layer];
    if (kind === "linear") return;
    const step = kind === "pool" ? size : 1;
    const [top, left] = [row * step - padding, column * step - padding];
    const from = [Math.max(0, top), Math.max(0, left)];
    const to = [Math.min(below.rows, top + size), Math.min(below.columns, left + size)];
    const targets =
      layer === 0
        ? [seen]
        : strips[layer - 1].canvases.filter((_, m) => kind === "conv" || m === map);
    const cell = layer === 0 ? CELL.seen : cellOf(below.rows, below.columns);
    for (const canvas of targets) {
      outline(canvas, from[0], from[1], to[0] - from[0], to[1] - from[1], cell, colours);
    }
  }

  function drawChances(chances) {
    const best = chances.indexOf(Math.max(...chances));
    bars.forEach(({ row, bar, value }, digit) => {
      setText(value, percent(chances[digit]));
      bar.style.width = `${100 * chances[digit]}%`;
      row.classList.toggle("chosen", digit === best);
    });
  }

  function drawReadout({ layer, map, row, column }, below, volume) {
    const own = layers[layer];
    const value = volume.maps[map][row * volume.columns + column];
    const name =
      own.kind === "linear"
        ? `${names[layer]}, number ${column}`
        : `${names[layer]}, map ${map}, row ${row}, column ${column}`;
    const head = readoutHead(name, ` = ${show(round(value))}`, "output");
    if (own.kind === "pool") {
      const window = windowOf(own, below, map, row, column).map(({ x }) => show(round(x)));
      setParts(readout, [head, sumInLines([[`the largest of ${window.join(", ")}`]], [])]);
      return;
    }
    const { parts, bias, total } = sumBehind(own, below, map, row, column);
    const lines =
      own.kind === "conv" && parts.length === 1
        ? products(windowOf(own, below, map, row, column, 0), own.size)
        : parts.map((sum, c) => [`${c ? "+ " : ""}${inBrackets(round(sum))} from map ${c}`]);
    const cut = own.relu && total < 0 ? ", negative, so ReLU makes it 0" : "";
    const after = [`= ${show(round(total))}${cut}`];
    const last = [`+ ${inBrackets(round(bias))} bias`];
    setParts(readout, [head, sumInLines([...lines, last], after)]);
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

  function paintPen(colours) {
    const held = /** @type {any} */ (sheet.getRootNode()).activeElement === sheet;
    if (!held) return;
    const kernel = pen.down ? colours.kernel : colours.gradient;
    outline(sheet, pen.row, pen.column, 1, 1, CELL.sheet, { ...colours, kernel });
  }

  /** Drawing by pointer and by keys. */
  function listen() {
    sheet.addEventListener("pointerdown", (event) => {
      sheet.setPointerCapture?.(event.pointerId);
      pen.last = null;
      strokeTo(cellUnder(sheet, event, SHEET, SHEET));
    });
    sheet.addEventListener("pointermove", (event) => {
      if (event.buttons) strokeTo(cellUnder(sheet, event, SHEET, SHEET));
    });
    sheet.addEventListener("pointerup", () => (pen.last = null));
    sheet.addEventListener("focus", bench.drawSoon);
    sheet.addEventListener("blur", bench.drawSoon);
    sheet.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (step) {
        pen.row = Math.max(0, Math.min(SHEET - 1, pen.row + step[0]));
        pen.column = Math.max(0, Math.min(SHEET - 1, pen.column + step[1]));
        pen.last = null;
        if (pen.down) strokeTo([pen.row, pen.column]);
      } else if (event.key === " ") {
        pen.down = !pen.down;
        pen.last = null;
        if (pen.down) strokeTo([pen.row, pen.column]);
      } else if (event.key === "Delete" || event.key === "Backspace") clear();
      else if (event.key === "Escape") pen.down = false;
      else return;
      event.preventDefault();
      bench.drawSoon();
      if (step || event.key === " ") {
        bench.announce(`Pen ${pen.down ? "down" : "up"}, row ${pen.row}, column ${pen.column}`);
      }
    });
  }

  /** Ink from where the pen was last to `here`; on a test digit it starts an empty sheet. */
  function strokeTo(here) {
    const drawn = model.get("source") === "drawing";
    const ink = drawn ? model.get("ink").map((row) => [...row]) : emptySheet();
    const from = pen.last ?? here;
    const steps = Math.max(1, Math.abs(here[0] - from[0]), Math.abs(here[1] - from[1]));
    for (let step = 0; step <= steps; step++) {
      const at = (axis) => Math.round(from[axis] + ((here[axis] - from[axis]) * step) / steps);
      dot(ink, at(0), at(1), model.get("pen"));
    }
    pen.last = here;
    [pen.row, pen.column] = here;
    bench.setAll({ ink, source: "drawing" });
  }

  function clear() {
    pen.last = null;
    bench.setAll({ ink: emptySheet(), source: "drawing" });
  }

  function digitAt(number) {
    const size = PIXELS * PIXELS;
    return Array.from(digits.subarray(number * size, (number + 1) * size), (pixel) => pixel / 16);
  }

  function codeFor() {
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
}

function emptySheet() {
  return Array.from({ length: SHEET }, () => new Array(SHEET).fill(0));
}

/** A round dot of ink. */
function dot(ink, row, column, width) {
  const radius = width / 2;
  const shift = width % 2 ? 0 : 0.5;
  for (let r = Math.floor(row - radius); r <= row + radius; r++) {
    for (let c = Math.floor(column - radius); c <= column + radius; c++) {
      const near = Math.hypot(r + shift - row, c + shift - column) <= radius;
      if (near && ink[r]?.[c] !== undefined) ink[r][c] = 1;
    }
  }
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

function signed(value) {
  return String(value).replace("-", "−");
}

function round(value) {
  return Math.round(value * 1000) / 1000;
}

/** Pixels of a cell of a map: small maps get larger cells. */
function cellOf(rows, columns) {
  return rows === 1 ? 16 : Math.max(4, Math.min(12, Math.floor(64 / Math.max(rows, columns))));
}

/** A canvas of so many cells. */
function surface(kind, columns, cell, rows = columns) {
  const canvas = /** @type {HTMLCanvasElement} */ (html("canvas", { class: kind }));
  canvas.width = columns * cell;
  canvas.height = rows * cell;
  return canvas;
}

/** Paint values from 0 to `most` between two colours; negative ones towards a third. */
function paintCells(canvas, values, rows, columns, cell, most, inks) {
  const { low, high, line, negative = high } = inks;
  const ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  ink.fillStyle = low;
  ink.fillRect(0, 0, canvas.width, canvas.height);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column];
      if (value === 0) continue;
      ink.globalAlpha = Math.min(1, Math.abs(value) / most);
      ink.fillStyle = value < 0 ? negative : high;
      ink.fillRect(column * cell, row * cell, cell, cell);
    }
  }
  ink.globalAlpha = 1;
  ink.strokeStyle = line;
  ink.strokeRect(0.5, 0.5, canvas.width - 1, canvas.height - 1);
}

/** Frame some cells, so that the frame is seen on light and on dark. */
function outline(canvas, row, column, rows, columns, cell, { kernel, ground }) {
  const ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  for (const [colour, width] of [
    [ground, 4],
    [kernel, 2],
  ]) {
    ink.strokeStyle = colour;
    ink.lineWidth = width;
    ink.strokeRect(column * cell + 1, row * cell + 1, columns * cell - 2, rows * cell - 2);
  }
  ink.lineWidth = 1;
}
