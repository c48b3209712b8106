/** Inside the network: the maps of all layers, and the sum behind one cell. */

import { show } from "../arithmetic/convolution.js";
import { sumBehind, windowOf } from "../arithmetic/digit-network.js";
import { cellUnder, html, setAttribute, setParts } from "../parts/dom.js";
import { frameCells, paintCells, surface } from "../parts/pixels.js";
import { inBrackets, readoutHead, sumInLines } from "../parts/readout.js";

/** @typedef {ReturnType<typeof import("../parts/bench.js").createBench>} Bench */
/** @typedef {import("../draw-digit.js").State} State */

/** Pixels of the pictures of what is read and of what the network sees, along a side. */
export const SMALL_PICTURE = 224;
/** The cell that is explained is chosen below the maps. */
const PLACE = ["layer", "map", "row", "column"];

/**
 * The maps of all layers and the sum behind a cell, folded away until somebody looks inside, or
 * a link asks for a cell.
 * @param {Bench} bench
 */
export function createMaps(bench) {
  /** @type {ReturnType<typeof createStrip>[]} */ let strips = [];
  /** @type {any} */ let shown;
  const holder = html("div", {});
  const readout = html("div", { class: "cnn-readout" });
  const chooser = bench.controls.filter(({ name }) => PLACE.includes(name));
  const element = /** @type {HTMLDetailsElement} */ (
    html(
      "details",
      { class: "cnn-fold", ontoggle: bench.drawSoon },
      html("summary", {}, "Look inside the network"),
      holder,
      html("div", { class: "cnn-title" }, "The sum behind one cell"),
      html("div", { class: "cnn-controls" }, ...chooser.map((one) => one.element)),
      readout,
    )
  );
  const first = PLACE.map((name) => bench.initial[name]).join();
  let asked = first;
  return {
    element,
    /** @param {State} state */
    show(state, seen, colours) {
      const now = PLACE.map(bench.get).join();
      if (now !== asked && now !== first) element.open = true;
      asked = now;
      const { place, volumes, layers } = state;
      const { maps, rows, columns } = volumes[place.layer];
      const [map, row, column] = [maps.length - 1, rows - 1, columns - 1];
      const ends = { layer: layers.length - 1, map, row, column };
      for (const { name, set } of chooser) set(place[name], ends[name]);
      if (!element.open) return;
      if (shown !== layers) {
        strips = layers.map((_, at) => createStrip(bench, state, at));
        setParts(
          holder,
          strips.map((strip) => strip.element),
        );
      }
      shown = layers;
      volumes.forEach((volume, at) => strips[at].show(volume, place, colours));
      frameWindow(state, seen, strips, colours);
      setParts(readout, insideReadout(state));
    },
  };
}

/** One row of maps: a canvas for each. */
function createStrip(bench, { layers, names }, at) {
  const holder = html("div", { class: "cnn-maps", role: "img" });
  /** @type {HTMLCanvasElement[]} */ const canvases = [];
  function addMap(rows, columns) {
    const canvas = surface("cnn-map", columns, mapCell(rows, columns), rows);
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
      const cell = mapCell(rows, columns);
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
        `${names[at]}: ${count} ${what}, largest ${show(toThousandths(most))}`,
      );
    },
  };
}

/** Pixels of a cell of a map: small maps get larger cells. */
function mapCell(rows, columns) {
  return rows === 1 ? 16 : Math.max(2, Math.min(12, Math.floor(64 / Math.max(rows, columns))));
}

/** Frame the window that the chosen cell looks at, in the layer below. @param {State} state */
function frameWindow({ layers, place, below, side }, seen, strips, colours) {
  const { layer, map, row, column } = place;
  const { kind, size, stride, padding } = layers[layer];
  if (kind === "linear") return;
  const [top, left] = [row * stride - padding, column * stride - padding];
  const from = [Math.max(0, top), Math.max(0, left)];
  const to = [Math.min(below.rows, top + size), Math.min(below.columns, left + size)];
  const targets =
    layer === 0
      ? [seen]
      : strips[layer - 1].canvases.filter((_, m) => kind === "conv" || m === map);
  const cell = layer === 0 ? seenCell(side) : mapCell(below.rows, below.columns);
  for (const canvas of targets) {
    frameCells(canvas, from[0], from[1], to[0] - from[0], to[1] - from[1], cell, colours);
  }
}

/** @param {State} state */
function insideReadout({ layers, names, place, below, volumes }) {
  const { layer, map, row, column } = place;
  const own = layers[layer];
  const volume = volumes[layer];
  const value = volume.maps[map][row * volume.columns + column];
  const name =
    own.kind === "linear"
      ? `${names[layer]}, number ${column}`
      : `${names[layer]}, map ${map}, row ${row}, column ${column}`;
  const head = readoutHead(name, ` = ${show(toThousandths(value))}`, "output");
  if (own.kind === "pool") {
    const window = windowOf(own, below, map, row, column).map(({ x }) => show(toThousandths(x)));
    return [head, sumInLines([[`the largest of ${window.join(", ")}`]], [])];
  }
  const { parts, bias, total } = sumBehind(own, below, map, row, column);
  const lines =
    own.kind === "conv" && parts.length === 1
      ? products(windowOf(own, below, map, row, column, 0), own.size)
      : parts.map((sum, c) => [`${c ? "+ " : ""}${inBrackets(toThousandths(sum))} from map ${c}`]);
  const cut = own.relu && total < 0 ? ", negative, so ReLU makes it 0" : "";
  const after = [`= ${show(toThousandths(total))}${cut}`];
  const last = [`+ ${inBrackets(toThousandths(bias))} bias`];
  return [head, sumInLines([...lines, last], after)];
}

/** The products of one window, a row of the kernel on each line. */
function products(terms, size) {
  const product = ({ x, w }, v) =>
    `${v ? " + " : ""}${show(toThousandths(x))}·${inBrackets(toThousandths(w))}`;
  return Array.from({ length: size }, (_, u) => [
    (u ? "+ " : "") +
      terms
        .slice(u * size, (u + 1) * size)
        .map(product)
        .join(""),
  ]);
}

function toThousandths(value) {
  return Math.round(value * 1000) / 1000;
}

/** Pixels of a cell of what the network sees. @param {number} side of that */
export function seenCell(side) {
  return Math.floor(SMALL_PICTURE / side);
}
