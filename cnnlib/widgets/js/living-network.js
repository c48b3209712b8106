/**
 * A living network: a digit goes through all layers of a small trained network, drawn as one
 * picture. A click on a map or a number goes in: there the layer stands large, with those very
 * numbers, and the window moves as in the convolution explorer.
 */

import { SHEET } from "./arithmetic/ink.js";
import { mapsAcross, networkLayout } from "./living/layout.js";
import {
  computeNetwork,
  givenNetwork,
  kernelsShown,
  livingCode,
  mapName,
  mapOfGrid,
  partsBehind,
  refusalOf,
  targetOf,
  termsBehind,
  windowSizes,
  windowStart,
} from "./living/numbers.js";
import { landedNumber, networkPanels } from "./living/panels.js";
import { inShort, layerRules, livingNote, networkReadout } from "./living/words.js";
import { button } from "./parts/controls.js";
import { html } from "./parts/dom.js";
import { runOnce } from "./parts/motion.js";
import { takeOffers } from "./parts/offered.js";
import { positionColour } from "./parts/positions.js";
import { createScene } from "./parts/scene.js";
import { ARROWS, createSheet } from "./parts/sheet.js";

/** @typedef {import("./living/numbers.js").State} State */
/** @typedef {import("./living/numbers.js").Target} Target */
/** @typedef {import("./parts/scene.js").Look} Look */
/** @typedef {import("./parts/scene.js").Place} Place */

export default { render };

/** Milliseconds that going in and out takes. */
const ZOOM = 550;

const SETTINGS = [
  { name: "zoom", label: "Go into the layer", flag: true, primary: true },
  { name: "digit", label: "Test digit", primary: true },
  { name: "layer", label: "Layer", say: (layer) => String(layer + 1), primary: true },
  { name: "map", label: "Map" },
  { name: "channel", label: "Map before" },
  {
    name: "source",
    label: "Read",
    choices: [
      ["digit", "a test digit"],
      ["drawing", "your drawing"],
    ],
  },
  { name: "pen", label: "Pen", bare: true },
  {
    name: "crop",
    label: "Crop and centre a drawing",
    flag: true,
    only: ["source", "drawing"],
    primary: true,
  },
  { name: "position", label: "Position", bare: true },
];

/**
 * @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it
 * @returns {() => void} what to do when the view goes
 */
function render(context) {
  const { model } = context;
  const get = (name) => model.get(name);
  const first = { network: get("network"), own: get("own") };
  let given = givenNetwork(model);
  const stateOf = () => {
    if (given.packed !== get("network")) {
      given = givenNetwork(model);
      Object.assign(grids, gridsOf(computeNetwork(get, given)));
    }
    return computeNetwork(get, given);
  };
  const grids = gridsOf(computeNetwork(get, given));
  /** The view that is drawn, how far it has come, and what ends its motion. */
  const motion = { view: "", share: 1, stop: () => {} };
  const bench = createScene({
    context,
    title: "A living network",
    label: "A network from the drawing to its scores",
    settings: SETTINGS,
    tables: [{ name: "ink", short: "ink", shape: () => [SHEET, SHEET] }],
    watch: ["network"],
    grids,
    layout: networkLayout,
    play: {
      label: "Move through the numbers of the map",
      count: ({ volumes, rest }) => {
        const { rows, columns } = volumes[rest.layer + 1];
        return rows * columns;
      },
      say(position, { volumes, rest }) {
        const { columns } = volumes[rest.layer + 1];
        return columns === 1
          ? `score of ${position}`
          : `row ${Math.floor(position / columns)}, column ${position % columns}`;
      },
    },
    stateOf,
    shapes: shapesOf,
    resting: ({ rest: { layer, map, row, column } }) => ({
      grid: mapName(layer + 1, map),
      row,
      column,
    }),
    scene(state, look) {
      around.show(state);
      const seen = scene({ ...state, dark: look.dark }, look);
      return { ...seen, glide: glideTo(state, motion, bench.drawSoon) };
    },
    code: (state) => livingCode(state, model),
    onPin: (place) => goIn(place, stateOf(), bench.setAll),
    onReset() {
      around.lift();
      bench.setAll(first);
    },
  });
  const around = addAround(bench);
  takeOffers(
    bench,
    ({ layers: network }) => {
      const refusal = refusalOf(network);
      if (!refusal) bench.setAll({ network, own: true, zoom: false });
      return refusal;
    },
    false, // a sheet that shows more of what is read comes first
  );
  bench.onLeave(() => motion.stop());
  return bench.start();
}

/**
 * The sheet, and the way back out.
 * @param {ReturnType<typeof createScene>} bench
 */
function addAround(bench) {
  const { element } = bench.stage;
  const sheet = createSheet(bench);
  const clear = button("Clear", sheet.clear, { name: "clear", "aria-label": "Empty the sheet" });
  const figure = html(
    "figure",
    { class: "cnn-figure", "data-part": "sheet" },
    html("div", { class: "cnn-title" }, "Draw"),
    clear,
    sheet.canvas,
  );
  const leave = () => {
    bench.selection.clear();
    bench.set("zoom", false);
  };
  const out = button("← network", leave, { name: "out", class: "cnn-button cnn-out" });
  element.after(figure);
  element.nextElementSibling?.nextElementSibling?.append(out);
  element.parentElement?.classList.add("cnn-with-picture", "cnn-living");
  bench.root.addEventListener(
    "keydown",
    ({ key }) => {
      if (key === "Escape" && bench.get("zoom") && !bench.selection.pinned) leave();
    },
    { capture: true },
  );
  return {
    lift: sheet.lift,
    /** @param {State} state */
    show({ ink, zoomed, layers, volumes, rest }) {
      const ends = {
        layer: layers.length - 1,
        map: volumes[rest.layer + 1].maps.length - 1,
        channel: volumes[rest.layer].maps.length - 1,
      };
      for (const { name, set } of bench.controls) {
        if (name in ends) set(bench.get(name), ends[name]);
      }
      const colours = bench.stage.colours;
      const { ground: low, input: high, line } = colours;
      sheet.show(ink, { low, high, line }, colours);
      out.hidden = !zoomed;
      figure.classList.toggle("away", zoomed);
    },
  };
}

/** How far a new view has come: whoever goes in or out sees where from. */
function glideTo({ zoomed, rest }, motion, drawSoon) {
  const view = zoomed ? String(rest.layer) : "whole";
  if (motion.view && motion.view !== view) {
    motion.stop();
    motion.stop = runOnce(ZOOM, (share) => {
      motion.share = share;
      drawSoon();
    });
  }
  motion.view = view;
  return motion.share;
}

/**
 * A click on a map or a number goes into the layer that made it; inside, it chooses.
 * @param {Place} place @param {State} state
 * @param {(traits: Record<string, any>) => void} setAll
 */
function goIn({ grid, row, column }, state, setAll) {
  const { layers, volumes, zoomed, rest } = state;
  const found = mapOfGrid(grid);
  const [, owner, at] = /^(?:k(\d+)_|part|w|p)(\d+)$/.exec(grid) ?? [];
  const last = layers.length - 1;
  const columns = found ? volumes[found.volume].columns : 1;
  const position = row * columns + column;
  if (grid === "chances") setAll({ layer: last, map: 0, position: row, zoom: true });
  else if (found && zoomed && found.volume === rest.layer) setAll({ channel: found.map });
  else if (found?.volume) setAll({ layer: found.volume - 1, map: found.map, position, zoom: true });
  else if (at !== undefined && zoomed) setAll({ channel: Number(at) });
  else if (owner !== undefined) {
    const many = volumes[Number(owner)].maps.length > 1;
    setAll({ layer: Number(owner), [many ? "channel" : "map"]: Number(at), zoom: true });
  }
}

/** All grids that there may be. @param {State} state */
function gridsOf({ layers, volumes }) {
  /** @type {Record<string, import("./parts/scene.js").GridSpec>} */
  const grids = {};
  const add = (name, kind, stop = true) => {
    grids[name] = { kind, letter: name, stop, edge: edgeOf };
  };
  volumes.forEach(({ maps }, volume) => {
    const kind = volume ? "output" : "input";
    const layer = layers[volume];
    if (layer?.kind === "conv") {
      const kernels = maps.length > 1 ? maps.length : layer.weights.length;
      for (let at = 0; at < kernels; at++) add(`k${volume}_${at}`, "kernel", false);
    }
    maps.forEach((_, map) => add(mapName(volume, map), kind, map === 0));
    maps.forEach((_, map) => {
      if (layer?.kind === "conv") add(`part${map}`, "output", map === 0);
      else if (layer?.kind === "linear") {
        add(`w${map}`, "kernel", map === 0);
        add(`p${map}`, "output", map === 0);
      }
    });
  });
  add("channel", "output");
  add("kernel", "kernel");
  add("product", "output");
  add("bias", "kernel");
  add("chances", "output");
  return grids;
}

/** The grids of one kind: “k2_” of k2_5, and what stands alone for itself. */
const stemOf = (name) => name.replace(/^(m\d+_|k\d+_|part|w|p)\d+$/, "$1");

/** Where an arrow key leads from the border of a grid: to its neighbour, or to the next kind. */
function edgeOf({ grid, row, column }, key, state) {
  const [down, right] = ARROWS[key] ?? [0, 0];
  const shapes = shapesOf(state);
  const names = Object.keys(shapes);
  const groupOf = (stem) => names.filter((name) => stemOf(name) === stem);
  const stems = [...new Set(names.map(stemOf))];
  const place = stems.indexOf(stemOf(grid));
  const own = groupOf(stemOf(grid));
  const across = acrossOf(own.length, state);
  const at = own.indexOf(grid);
  const to = at + down * across + right;
  const sameRow = Math.floor(to / across) === Math.floor(at / across);
  const enter = (name) => {
    const [rows, columns] = shapes[name];
    const turn = (step, from, cells) =>
      step ? (step > 0 ? 0 : cells - 1) : Math.min(from, cells - 1);
    return { grid: name, row: turn(down, row, rows), column: turn(right, column, columns) };
  };
  if (!(down || right)) return null;
  if (own[to] && (down || sameRow)) return enter(own[to]);
  const next = groupOf(stems[place + down + right]);
  if (!next.length || (down && !state.zoomed)) return null;
  const line = down ? at : Math.floor(at / across) * acrossOf(next.length, state);
  return enter(next[Math.min(line, next.length - 1)]);
}

/** Grids of one kind that stand side by side. */
function acrossOf(count, { zoomed, layers, rest }) {
  if (!zoomed) return mapsAcross(count);
  return layers[rest.layer].kind === "linear" ? Math.ceil(Math.sqrt(count)) : count;
}

/** Rows and columns of the grids that are seen. @param {State} state */
function shapesOf(state) {
  const look = { marks: () => "", moment: 1, position: 0 };
  const panels = networkPanels(state, /** @type {any} */ (look), state.rest);
  return Object.fromEntries(panels.map(({ grid, rows, columns }) => [grid, [rows, columns]]));
}

// ---- what is seen: pure functions of the state --------------------------------------------------

/**
 * @param {State} state
 * @param {Look} look
 * @returns {import("./parts/scene.js").Scene}
 */
function scene(state, look) {
  const target = targetOf(state, look.active);
  const text = livingNote(state);
  return {
    panels: networkPanels(state, look, target),
    frames: frames(state, look, target),
    lines: state.zoomed ? [] : lines(state, target),
    sizes: layerRules(state),
    note: { text },
    readout: networkReadout(state, look.active),
    flight: state.zoomed && look.active?.grid !== "chances" ? flight(state, target) : undefined,
  };
}

/** The window behind the target on each map that it reads, and the map that it makes. */
function frames(state, { position }, target) {
  const { volumes, zoomed, rest, channel } = state;
  const { layer, map } = target;
  const { rows: size, kind, padding } = windowSizes(state, layer);
  const made = { grid: mapName(layer + 1, map), row: 0, column: 0, look: "block" };
  const shape = { rows: volumes[layer + 1].rows, columns: volumes[layer + 1].columns };
  const own = kind === "linear" || zoomed ? [] : [{ ...made, ...shape }];
  if (kind === "linear") return own;
  const start = windowStart(state, target);
  const { columns } = volumes[rest.layer + 1];
  const before = Math.max(0, position - 1);
  const from = windowStart(state, {
    ...rest,
    row: Math.floor(before / columns),
    column: before % columns,
  });
  const windowOn = (grid, inset, look) => ({
    grid,
    rows: size,
    columns: size,
    row: start.row + inset,
    column: start.column + inset,
    from: target === rest ? { row: from.row + inset, column: from.column + inset } : undefined,
    look,
  });
  const many = volumes[layer].maps.length > 1;
  if (kind === "pool") return [...own, windowOn(mapName(layer, map), 0, zoomed ? "" : "fine")];
  const all = volumes[layer].maps.map((_, c) =>
    windowOn(mapName(layer, c), zoomed && !many ? padding : 0, zoomed && !many ? "" : "fine"),
  );
  if (!zoomed || !many) return [...own, ...all];
  const chosen = { row: 0, column: 0, look: "block" };
  return [
    ...all,
    windowOn("channel", padding, ""),
    { ...chosen, grid: `part${channel}`, rows: 1, columns: 1 },
    { ...chosen, ...volumes[layer], grid: mapName(layer, channel) },
    { ...chosen, grid: `k${layer}_${channel}`, rows: size, columns: size },
  ];
}

/** All connections, and those behind the target: solid what adds, dashed what takes away. */
function lines(state, target) {
  const { layers, volumes } = state;
  const ends = (volume, map) => {
    const { rows, columns } = volumes[volume];
    const name = mapName(volume, map);
    const middle = (rows - 1) / 2;
    return { out: [name, middle, columns - 1], into: [name, middle, 0] };
  };
  const all = [];
  const add = (from, to, look) => all.push({ from, to, look, across: true });
  layers.forEach(({ kind, weights }, layer) => {
    const mine = layer === target.layer;
    const parts = mine && kind !== "pool" ? partsBehind(state, target).parts : [];
    const sign = (part) => (part < 0 ? "against" : part > 0 ? "for" : "none");
    const from = (c) => ends(layer, c).out;
    const maps = volumes[layer].maps.keys();
    if (kind === "linear") {
      for (const c of maps) {
        weights.forEach((_, d) => add(from(c), [mapName(layer + 1, 0), d, 0], "faint"));
        if (mine) add(from(c), [mapName(layer + 1, 0), target.row, 0], sign(parts[c]));
      }
    } else if (kind === "pool") {
      for (const c of maps)
        add(from(c), ends(layer + 1, c).into, mine && c === target.map ? "" : "faint");
    } else {
      const middle = (layers[layer].size - 1) / 2;
      const many = volumes[layer].maps.length > 1;
      kernelsShown(state, layer, target.map).forEach(({ filter, channel }, at) => {
        const kernel = `k${layer}_${at}`;
        const used = mine && (many || filter === target.map);
        const look = used ? (many ? sign(parts[channel]) : "") : "faint";
        add(from(channel), [kernel, middle, 0], look);
        if (!many) return;
        const out = [kernel, middle, layers[layer].size - 1];
        for (const map of volumes[layer + 1].maps.keys())
          add(out, ends(layer + 1, map).into, used && map === target.map ? look : "faint");
      });
    }
  });
  return all;
}

/** The products behind the target on their way into its cell. @param {State} state */
function flight(state, target) {
  const { volumes, channel } = state;
  const { layer, map, row, column } = target;
  const { kind, padding } = windowSizes(state, layer);
  const many = volumes[layer].maps.length > 1 && kind !== "pool";
  const own = kind === "pool" ? map : many ? channel : 0;
  const grid = many ? "channel" : mapName(layer, own);
  const terms = termsBehind(state, target, own);
  const pool = kind === "pool";
  const { parts, bias } = pool ? { parts: [], bias: 0 } : partsBehind(state, target);
  return {
    products: terms.map((term, at) => ({
      grid,
      row: term.row + padding,
      column: term.column + padding,
      factors: pool
        ? inShort(term.x)
        : `${inShort(term.x)}·${term.w < 0 ? `(${inShort(term.w)})` : inShort(term.w)}`,
      value: Math.round(100 * term.x * (pool ? 1 : term.w)) / 100,
      colour: positionColour(at, terms.length),
    })),
    start: pool
      ? Number.NEGATIVE_INFINITY
      : Math.round(100 * (bias + parts.reduce((sum, part) => sum + part, 0) - parts[own])) / 100,
    ...(pool && { gather: Math.max }),
    to: { grid: mapName(layer + 1, map), row, column },
    sum: landedNumber(state, target),
  };
}
