/**
 * A scene: what the widgets share that are made of grids of numbers. Drawing, read-out, play bar,
 * selection and editing are wired together here. A widget gives pure functions of its state, which
 * say what is seen; nothing of it is kept anywhere else.
 */

import { createBench } from "./bench.js";
import { button } from "./controls.js";
import { html, setAttribute, setChildren, setParts, setText } from "./dom.js";
import { createEditor, withNumbers } from "./editing.js";
import { createGrid } from "./grid.js";
import { glideAt, PHASES, sceneAt } from "./motion.js";
import { SMALLEST_WITH_NUMBER } from "./paint.js";
import { createPlayBar } from "./play.js";
import { createSelection } from "./selection.js";
import { createStage } from "./stage.js";
import { playOnce } from "./tour.js";

/** @typedef {import("./selection.js").Place} Place */

/**
 * One grid.
 * @typedef {object} GridSpec
 * @property {"input"|"kernel"|"output"|"gradient"} kind its colours
 * @property {string} letter its name in the read-out: X[0, 1]
 * @property {string} [table] the trait that holds its numbers, where they can be changed
 * @property {(state: any) => number[]} [origin] the cell that is called [0, 0]
 * @property {(row: number, column: number, state: any) => [number, number]} [tablePlace] where a
 *   cell stands in the table, where not as in the grid, counted from the origin
 * @property {(row: number, column: number) => (number|string)[]} [index] how its cells are
 *   numbered, counted from the origin; default by row and column
 * @property {(place: Place, state: any) => string} [refusal] why a cell has a fixed value, or ""
 * @property {boolean} [stop] whether the tab key comes here; default yes
 * @property {(place: Place, key: string, state: any) => Place|null} [edge] where an arrow key leads
 *   that leaves the grid
 */

/**
 * What somebody looks at.
 * @typedef {object} Look
 * @property {Place|null} active the cell that is explained
 * @property {boolean} pinned
 * @property {number} position of the play bar
 * @property {number} moment from 0 to 1; see motion.js
 * @property {boolean} arrived whether the window stands at its place
 * @property {boolean} playing
 * @property {boolean} dark whether the ground is dark
 * @property {(grid: string, row: number, column: number, ...own: string[]) => string} marks
 * @property {(place: Place) => string} nameOf
 */

/**
 * What is seen: panels, frames and lines as in stage.js, with the names of grids.
 * @typedef {object} Scene
 * @property {(Omit<import("./stage.js").Panel, "grid"> & {grid: string})[]} panels
 * @property {(import("./stage.js").Frame & {from?: {row: number, column: number}})[]} [frames]
 * @property {import("./stage.js").Line[]} [lines]
 * @property {[string, string][]} [sizes] rules with their numbers
 * @property {{text: string, impossible?: boolean, spoken?: string}} note the result in words
 * @property {(Node|string)[]} readout
 * @property {CellFlight|CellFlight[]} [flight] what flies in this position
 * @property {number} [glide] how far the grids have come from where they stood, from 0 to 1
 * @property {(stage: ReturnType<typeof createStage>) => import("./motion.js").Sprite[]} [sprites]
 *   what else flies
 */

/**
 * A flight as in motion.js, with cells of grids where that has points.
 * @typedef {object} CellFlight
 * @property {(Place & {factors: string, value: number, colour: string, to?: Place})[]} products
 * @property {number} [start] what the sum begins with: a bias
 * @property {(total: number, value: number) => number} [gather] see motion.js
 * @property {Place} to
 * @property {string} sum
 */

/** Dark in the light and in the dark: letters on it are white. */
const TAG = "rgb(40, 44, 52)";
/** Where it is kept that somebody knows that a grid can be pointed at. */
const KNOWN = "cnn-pointed";

/**
 * What it takes besides the options of `createBench`.
 * @typedef {object} SceneOptions
 * @property {Record<string, GridSpec>} grids all that there may be; more may come
 * @property {string} label what is drawn, in words
 * @property {(width: number, state: any) => import("./stage.js").Layout} layout
 * @property {{count: (state: any) => number, say: (position: number, state: any) => string,
 *   label?: string, doing?: Parameters<typeof createPlayBar>[0]["doing"],
 *   at?: (place: Place, state: any) => number|null}} [play] `at`: the position that explains a
 *   cell, or null; default: those of the resting grid, row by row
 * @property {() => any} stateOf the numbers, from the traits
 * @property {(state: any) => Record<string, number[]>} shapes rows and columns of the grids
 * @property {(state: any, position: number) => Place|null} resting what is explained when nobody
 *   points at anything
 * @property {(state: any, look: Look) => Scene} scene
 * @property {(state: any) => [string, string][]} [code]
 * @property {() => void} [onReset] forget what the view keeps for itself
 * @property {(place: Place) => void} [onPin] somebody chose a cell
 */

/**
 * @param {Omit<import("./bench.js").BenchOptions, "onReset"|"draw"|"code"> & SceneOptions} options
 */
export function createScene({
  context,
  grids: specs,
  label,
  layout,
  play,
  stateOf,
  shapes,
  resting,
  scene,
  code,
  onReset = () => {},
  onPin = () => {},
  ...rest
}) {
  const { model } = context;
  let state = stateOf();
  /** Of the play bar: where the window is when that is no trait yet, and how far it has come. */
  const now = { playing: false, moment: 1, demo: /** @type {number|null} */ (null) };

  const bench = createBench({
    ...rest,
    context,
    draw,
    code: code && (() => code(stateOf())),
    onReset() {
      bar?.stop();
      selection.clear();
      now.moment = 1;
      onReset();
    },
  });
  // drawSoon, not draw: removing a focused cell fires onLeave in the middle of a drawing
  const selection = createSelection(
    () => {
      learnt();
      bench.drawSoon();
    },
    (place) => {
      bar?.stop();
      onPin(place);
    },
  );

  // ---- cells and their numbers -------------------------------------------------------------

  /** @returns {[number, number]} */
  const tablePlace = ({ grid, row, column }) => {
    const { origin, tablePlace: turned } = specs[grid];
    if (turned) return turned(row, column, state);
    const [top, left] = origin?.(state) ?? [0, 0];
    return [row - top, column - left];
  };
  /** A copy of a table with numbers written into it, from a cell of its grid on. */
  const written = (values, { grid, row, column }, rows) =>
    rows.reduce(
      (all, line, i) =>
        line.reduce(
          (next, value, j) =>
            withNumbers(next, ...tablePlace({ grid, row: row + i, column: column + j }), [[value]]),
          all,
        ),
      values,
    );
  const nameOf = (place) => {
    const { letter, index = (...both) => both } = specs[place.grid];
    const numbers = index(...tablePlace(place))
      .join(", ")
      .replaceAll("-", "−");
    return `${letter}[${numbers}]`;
  };
  const editor = createEditor({
    selection,
    limits: bench.limits.value ?? { min: -99, max: 99 },
    nameOf,
    valueAt(place) {
      const [row, column] = tablePlace(place);
      return model.get(specs[place.grid].table)[row]?.[column] ?? 0;
    },
    refusal: (place) => specs[place.grid].refusal?.(place, state) ?? "",
    change(place, rows) {
      const trait = specs[place.grid].table;
      bench.set(trait, written(model.get(trait), place, rows));
      bench.drawSoon();
    },
    cellElement: ({ grid, row, column }) => gridOf(grid).cellElement(row, column),
    boxOf: ({ grid, row, column }) => stage.boxOf(grid, row, column),
    say: bench.say,
    draw: () => draw(),
  });
  /** Grids that have been seen. @type {Record<string, ReturnType<typeof createGrid>>} */
  const made = {};
  /** @param {string} name */
  function gridOf(name) {
    made[name] ??= makeGrid(name);
    return made[name];
  }
  function makeGrid(name) {
    const { kind, table, stop, edge } = specs[name];
    return createGrid({
      name,
      kind,
      stop,
      onEdge(row, column, key) {
        const to = edge?.({ grid: name, row, column }, key, state);
        if (to) gridOf(to.grid).cellElement(to.row, to.column)?.focus();
        return Boolean(to);
      },
      ...selection.listeners(name),
      ...(table
        ? editor.listeners(name)
        : {
            onRefuse: (row, column) =>
              bench.say(`${nameOf({ grid: name, row, column })} cannot be changed here.`),
          }),
    });
  }
  const stage = createStage(label);
  stage.element.append(editor.element);
  stage.onTheme(bench.drawSoon);

  // ---- around the drawing ------------------------------------------------------------------

  const bar =
    play &&
    createPlayBar({
      label: play.label,
      doing: play.doing,
      say: (position) => play.say(position, state),
      onMove(to, moment) {
        selection.clear();
        now.moment = moment;
        now.demo = null;
        if (model.get("position") !== to) bench.set("position", to);
        else bench.drawSoon();
      },
      onDemo(to, moment) {
        now.moment = moment;
        const rest = Math.min(model.get("position"), play.count(state) - 1);
        now.demo = moment >= 1 && to === rest ? null : to;
        bench.drawSoon();
      },
      onPlaying(playing) {
        now.playing = playing;
        bench.drawSoon();
      },
    });
  const sizes = html("div", { class: "cnn-sizes" });
  const note = html("p", { class: "cnn-note" });
  // on a phone it may scroll, so that the keyboard must reach it
  const readout = html("div", {
    class: "cnn-readout",
    "data-part": "readout",
    tabindex: 0,
    role: "group",
    "aria-label": "What the drawing shows",
  });
  const unpin = button(
    "Pinned ×",
    () => {
      const cell = selection.pinned;
      selection.pinAt(null);
      bench.drawSoon();
      if (cell) gridOf(cell.grid).cellElement(cell.row, cell.column)?.focus();
    },
    { class: "cnn-chip", name: "unpin", "aria-label": "Let go of the pinned cell", hidden: true },
  );
  const hint = html("span", { class: "cnn-hint-chip" }, "Point at any number");
  hint.hidden = isKnown();
  const side = html("div", { class: "cnn-side" }, hint, unpin, readout);
  const view = html("div", { class: "cnn-view" }, stage.element, side);
  bench.addAbove(view, note, ...(bar ? [bar.element] : []));
  bench.add(sizes);
  bench.root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !selection.pinned) return;
    selection.pinAt(null);
    bench.drawSoon();
  });

  function learnt() {
    if (hint.hidden) return;
    hint.hidden = true;
    try {
      localStorage.setItem(KNOWN, "yes");
    } catch {
      // a browser that keeps nothing shows the hint again
    }
  }

  if (bar) {
    bench.onLeave(bar.stop);
    bench.onLeave(playOnce(bench.root, bar, stage.element));
  }
  bench.onLeave(stage.stop);

  // ---- drawing -----------------------------------------------------------------------------

  function draw() {
    state = stateOf();
    const count = play ? play.count(state) : 0;
    const kept = play ? (now.demo ?? model.get("position")) : 0;
    const position = Math.min(kept, Math.max(0, count - 1));
    const rest = resting(state, position);
    const active = selection.active(shapes(state), rest);
    const moment = active === rest ? now.moment : 1;
    const seen = scene(state, {
      active,
      pinned: selection.pinned !== null,
      position,
      moment,
      arrived: moment >= PHASES.lift,
      playing: now.playing,
      dark: stage.dark,
      marks: (grid, row, column, ...own) => selection.marks(active, grid, row, column, ...own),
      nameOf,
    });
    const glide = glideAt(moment);
    stage.draw(
      seen.panels.map((panel) => ({ ...panel, grid: gridOf(panel.grid) })),
      {
        layout: (width) => layout(width, state),
        lines: seen.lines,
        glide: seen.glide,
        driven: moment < 1,
        frames: (seen.frames ?? []).map((frame) => {
          const from = moment < PHASES.lift ? frame.from : undefined;
          if (!from) return frame;
          const way = (start, end) => start + (end - start) * glide;
          return {
            ...frame,
            row: way(from.row, frame.row),
            column: way(from.column, frame.column),
          };
        }),
      },
    );
    const flights = moment < 1 ? [seen.flight ?? []].flat() : [];
    const flying = flights.flatMap((one) => sceneAt(inPixels(one), moment));
    const chips = active && moment >= 1 ? nameTag(active, seen.panels) : [];
    stage.fly([...flying, ...(seen.sprites?.(stage) ?? []), ...chips]);
    bar?.set(positionOf(active, rest, position), moment, count);
    drawWords(seen);
  }

  /** What a cell says whose letters are too small for it, over the cell. */
  function nameTag({ grid, row, column }, panels) {
    const text = panels.find((panel) => panel.grid === grid)?.cell(row, column).text;
    if (!text) return [];
    const { x, y, size } = stage.boxOf(grid, row, column);
    if (size >= SMALLEST_WITH_NUMBER) return [];
    const place = { x: x + size / 2, y: Math.max(10, y - 12) };
    return [{ ...place, size: 18, text, colour: TAG, opacity: 1 }];
  }

  /** The play bar stands where the cell is that is explained. */
  function positionOf(active, rest, position) {
    if (active && play?.at) return play.at(active, state) ?? position;
    if (!active || !rest || active === rest || active.grid !== rest.grid) return position;
    const [, columns] = shapes(state)[active.grid];
    return active.row * columns + active.column;
  }

  /** @param {CellFlight} flight */
  function inPixels({ products, to, ...rest }) {
    const { size } = stage.boxOf(to.grid, to.row, to.column);
    return {
      products: products.map((one) => ({
        ...one,
        from: stage.middleOf(one.grid, one.row, one.column),
        to: one.to && stage.middleOf(one.to.grid, one.to.row, one.to.column),
      })),
      ...rest,
      size: Math.max(18, Math.min(34, size)),
      to: stage.middleOf(to.grid, to.row, to.column),
      colour: stage.colours.output,
    };
  }

  /** @param {Scene} seen */
  function drawWords({
    sizes: rules = [],
    note: { text, impossible, spoken = text },
    readout: parts,
  }) {
    sizes.hidden = rules.length === 0;
    setChildren(
      sizes,
      "span",
      rules.flatMap(([name, rule]) => [
        ["cnn-size-name", name],
        ["cnn-size-rule", rule],
      ]),
    );
    setText(note, text);
    setAttribute(note, "class", impossible ? "cnn-note impossible" : "cnn-note");
    setParts(readout, parts);
    unpin.hidden = selection.pinned === null;
    if (!now.playing && now.demo === null) {
      bench.announce(selection.pinned ? `Pinned. ${wordsIn(readout)}` : spoken);
    }
    editor.draw(Object.keys(specs).filter((name) => specs[name].table));
  }

  return { ...bench, bar, nameOf, selection, stage };
}

/** What an element says, with a space between its parts. @param {Element} element */
function wordsIn(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const words = [];
  let block = null;
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement?.closest("p, div, li, td, th");
    if (block && parent !== block) words.push(" ");
    words.push(walker.currentNode.nodeValue);
    block = parent;
  }
  return words.join("");
}

function isKnown() {
  try {
    return localStorage.getItem(KNOWN) !== null;
  } catch {
    return false;
  }
}
