/**
 * The drawing of a widget: grids with titles, frames around windows, lines between cells, and what
 * flies over them. A widget says what there is, and in which slot of the drawing each grid stands.
 * The slots depend on the width alone: a slider makes cells smaller, and moves nothing else.
 */

import { cellOfSheets, placeOfSheet, pointOn, rodsOf } from "./block.js";
import { html, setAttribute, setText, svg } from "./dom.js";
import { ease, paintSprites } from "./motion.js";
import { onFill, themeOf, withLetters } from "./paint.js";

/**
 * How a drawing is divided: columns from left to right, in each column slots from top to bottom;
 * or rows from top to bottom, in each row slots from left to right.
 * @typedef {object} Layout
 * @property {number} height pixels of the whole drawing
 * @property {number} [gap] pixels between columns
 * @property {number} [largest] pixels that a cell has at most
 * @property {{share: number, slots: [string, number][]}[]} [columns] the share of the width, and
 *   of each slot the grid in it and its share of the height
 * @property {{share: number, slots: [string, number][]}[]} [rows] the same the other way round
 * @property {number} [aside] pixels for the titles beside the grids, where not above them
 * @property {Record<string, Box>} [boxes] the slots themselves, where they stand neither in columns
 *   nor in rows; titles stand above them
 */

/** @typedef {{x: number, y: number, width: number, height: number}} Box */

/**
 * One grid of the drawing.
 * @typedef {object} Panel
 * @property {ReturnType<typeof import("./grid.js").createGrid>} grid
 * @property {string} title
 * @property {string} [subtitle]
 * @property {number} rows
 * @property {number} columns
 * @property {number[]} [room] rows and columns to keep free, where more than the grid
 * @property {number} [shift] cells to stand further right
 * @property {number} [inset] cells of padding on each side: on its way they stand outside
 * @property {string} [stack] a block of which it is one sheet: all stand in the slot of this name
 * @property {string} [like] cells are as large as those of the panels that say the same
 * @property {boolean} [alone] its cells are as large as its slot allows, whatever the others have
 * @property {boolean} [seamless] no lines between its cells, as in a picture
 * @property {string} label the grid in words
 * @property {(row: number, column: number) => import("./grid.js").CellLook} cell
 * @property {(row: number, column: number, text: string) => string} [labelOf] cells in words, late
 */

/**
 * An outline around cells of a grid.
 * @typedef {{grid: string, row: number, column: number, rows: number, columns: number,
 *   look?: string}} Frame
 */

/**
 * A line from one cell to another. One that has a colour of its own has a border, so that it is
 * seen on any ground.
 * @typedef {{from: [string, number, number], to: [string, number, number], look?: string,
 *   colour?: string, across?: boolean}} Line `across`: a curve from side to
 *   side, behind the grids
 */

/** Milliseconds without a change after which a slider rests. */
const REST = 100;
const GAP = 26;
const HEAD = 40;
const LARGEST_CELL = 38;
const SMALLEST_CELL = 4;
/** Grids have cells of one size, unless these would be smaller than this. */
const COMFORTABLE = 16;
/** A ground below it is dark. */
const MIDDLE_GREY = 0x808080;

/** @param {string} label what is drawn, in words */
export function createStage(label) {
  const [lineLayer, frameLayer] = [svg("g"), svg("g")];
  const [rodLayer, curveLayer] = [svg("g"), svg("g")];
  // behind the grids, so that the rods of a block are seen between its sheets only
  const under = svg(
    "svg",
    { class: "cnn-overlay under", "aria-hidden": "true" },
    rodLayer,
    curveLayer,
  );
  const overlay = svg(
    "svg",
    { class: "cnn-overlay", "aria-hidden": "true" },
    lineLayer,
    frameLayer,
  );
  const sky = /** @type {HTMLCanvasElement} */ (
    html("canvas", { class: "cnn-sky", "aria-hidden": "true", hidden: true })
  );
  const element = html("div", { class: "cnn-drawing", role: "group", "aria-label": label });
  element.append(under, overlay, sky);
  /** @type {Map<string, ReturnType<typeof makeTitle>>} */
  const titles = new Map();
  let lastDrawn = "";
  let again = () => {};
  let width = 0;
  /** Pixels that the drawing takes up, and that it needs. */
  let [taken, needed] = [0, 0];
  const theme = themeOf(element, () => again());
  // to ask for the width in the middle of a drawing would lay out the page once more
  const observer = new ResizeObserver(() => {
    if (width === element.clientWidth) return;
    width = element.clientWidth;
    again();
  });
  observer.observe(element);

  /** @type {Set<ReturnType<typeof import("./grid.js").createGrid>>} */
  const waiting = new Set();
  /** @type {ReturnType<typeof setTimeout>|undefined} */ let resting;
  /** Let the layers of the grids follow what is painted. */
  const settle = () => {
    clearTimeout(resting);
    for (const grid of waiting) grid.settle();
    waiting.clear();
    takeUp(needed);
  };
  const takeUp = (pixels) => {
    if (pixels !== taken) element.style.height = `${pixels}px`;
    taken = pixels;
  };
  element.addEventListener("pointerenter", settle);
  element.addEventListener("focusin", settle, { capture: true });

  /** @type {Map<Element, ReturnType<typeof import("./grid.js").createGrid>>} */
  const seen = new Map();
  const eye = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) seen.get(target).inView = isIntersecting;
  });

  const titleOf = ({ grid }) => {
    if (!titles.has(grid.name)) {
      const made = makeTitle(grid);
      titles.set(grid.name, made);
      overlay.before(grid.canvas);
      element.append(made.element, grid.element);
      seen.set(grid.canvas, grid);
      eye.observe(grid.canvas);
    }
    return /** @type {ReturnType<typeof makeTitle>} */ (titles.get(grid.name));
  };

  /** Where each grid stands. @type {Record<string, import("./block.js").Stand>} */
  let standing = {};
  /** Where each stood before they went elsewhere. @type {typeof standing|null} */
  let leaving = null;

  /** Paint what flies, or nothing. @param {import("./motion.js").Sprite[]} sprites */
  function fly(sprites) {
    if (sky.hidden && !sprites.length) return;
    sky.hidden = !sprites.length;
    const ratio = window.devicePixelRatio || 1;
    const size = [Math.round(width * ratio), Math.round(needed * ratio)];
    if (sky.width !== size[0]) sky.width = size[0];
    if (sky.height !== size[1]) sky.height = size[1];
    const ink = /** @type {CanvasRenderingContext2D} */ (sky.getContext("2d"));
    ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    ink.clearRect(0, 0, width, needed);
    const colours = theme.colours();
    const inkOn = (colour) => (colour === colours.output ? colours["output-on"] : onFill(colour));
    withLetters(ink, (pen) => paintSprites(pen, sprites, inkOn, colours.text));
  }

  return {
    element,
    /** The middle of a cell, in pixels of the drawing. */
    middleOf(grid, row, column) {
      const [x, y] = pointOn(standing[grid], row + 0.5, column + 0.5);
      return { x, y };
    },
    /** The box of a cell, in pixels of the drawing. */
    boxOf(grid, row, column) {
      const [x, y] = pointOn(standing[grid], row, column);
      return { x, y, size: standing[grid].size };
    },
    fly,
    get colours() {
      return theme.colours();
    },
    /** Whether the ground is dark. */
    get dark() {
      return Number.parseInt(theme.colours().ground.slice(1), 16) < MIDDLE_GREY;
    },
    stop() {
      theme.stop();
      observer.disconnect();
      eye.disconnect();
      clearTimeout(resting);
    },
    /** @param {() => void} redraw what to call when light turns dark */
    onTheme: (redraw) => (again = redraw),
    /**
     * @param {Panel[]} panels
     * @param {object} more
     * @param {Frame[]} [more.frames]
     * @param {Line[]} [more.lines]
     * @param {boolean} [more.driven] whether frames follow a slider or the clock; else they glide
     * @param {number} [more.glide] how far the grids have come from where they stood
     * @param {(width: number) => Layout} more.layout the slots
     */
    draw(panels, { frames = [], lines = [], driven = false, glide = 1, layout }) {
      width ||= element.clientWidth || 640;
      const { places: home, height } = placeInSlots(width, layout(width), panels);
      leaving = glide < 1 ? (leaving ?? standing) : null;
      const places = home.map((to, i) => betweenStands(leaving, panels[i].grid, to, glide));
      standing = Object.fromEntries(panels.map(({ grid }, i) => [grid.name, places[i]]));
      const ratio = window.devicePixelRatio || 1;
      const visited = element.matches(":hover, :focus-within");
      needed = height;
      const how = { colours: theme.colours(), ratio, visited };
      panels.forEach((panel, i) => {
        const { grid } = panel;
        if (grid.draw({ ...panel, ...places[i] }, how)) waiting.add(grid);
        else waiting.delete(grid);
      });
      // while a slider moves, what is below stays where it is, unless the drawing needs the room
      takeUp(Math.max(taken, needed));
      for (const layer of [under, overlay]) {
        setAttribute(layer, "width", width);
        setAttribute(layer, "height", height);
      }
      const clear = leaving ? String(ease(glide)) : "";
      panels.forEach((panel, i) =>
        titleOf(panel).set(places[i], panel.title, panel.subtitle ?? "", clear),
      );
      clearTimeout(resting);
      if (waiting.size || taken > needed) resting = setTimeout(settle, REST);
      const shown = new Set(panels.map((panel) => panel.grid.name));
      for (const [name, title] of titles) title.show(shown.has(name));
      const placeOf = (name) => places[panels.findIndex((panel) => panel.grid.name === name)];
      const newcomer = ({ grid }) => leaving !== null && !leaving[grid];
      const seenFrames = frames.filter((frame) => placeOf(frame.grid) && !newcomer(frame));
      const outlines = seenFrames.map((frame) => outlineOf(frame, placeOf(frame.grid)));
      const rods = rodsOf(panels, places, seenFrames);
      const [paths, curves] = [false, true].map((across) =>
        pathsOf(
          lines.filter((line) => Boolean(line.across) === across),
          placeOf,
        ),
      );
      element.classList.toggle("driven", driven || leaving !== null);
      const drawn = JSON.stringify([outlines, paths, curves, rods]);
      if (drawn === lastDrawn) return;
      lastDrawn = drawn;
      reuse(lineLayer, "path", paths);
      reuse(rodLayer, "path", rods);
      reuse(curveLayer, "path", curves);
      reuse(frameLayer, "rect", outlines);
    },
  };
}

/** Where a grid is that goes from one place to another; a new one appears where it will stand. */
function betweenStands(leaving, { name, canvas }, to, share) {
  const from = leaving?.[name];
  const opacity = leaving && !from ? String(ease(share)) : "";
  if (canvas.style.opacity !== opacity) canvas.style.opacity = opacity;
  if (!from) return to;
  const outside = ((to.inset ?? 0) - (from.inset ?? 0)) * from.size;
  const way = (start, end) => start + (end - start) * ease(share);
  return {
    ...to,
    x: way(from.x - outside, to.x),
    y: way(from.y - outside, to.y),
    size: way(from.size, to.size),
  };
}

function outlineOf({ row, column, rows, columns, look = "" }, place) {
  const { size, slope = 0 } = place;
  return {
    class: `cnn-frame ${look}`.trim(),
    "data-part": "window",
    "data-kind": "kernel",
    // by its style, so that it can glide
    style: `transform: matrix(1, ${-slope}, 0, 1, ${pointOn(place, row, column).join(", ")})`,
    width: columns * size,
    height: rows * size,
  };
}

/** Give a layer these elements; those that it has are moved, not made anew, and so can glide. */
function reuse(layer, tag, all) {
  while (layer.childElementCount > all.length) layer.lastElementChild.remove();
  all.forEach((attributes, at) => {
    const element = layer.children[at] ?? layer.appendChild(svg(tag));
    for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  });
}

/** All lines of one look as one path: hundreds of elements would take a frame. */
function pathsOf(lines, placeOf) {
  /** @type {Map<string, {class: string, style: string, d: string}>} */ const paths = new Map();
  const add = (name, style, d) => {
    const path = paths.get(name + style) ?? { class: name.trim(), style, d: "" };
    path.d += d;
    paths.set(name + style, path);
  };
  const all = lines.map((line) => [
    line,
    lineOf(line, placeOf(line.from[0]), placeOf(line.to[0])),
    `cnn-line ${line.look ?? ""}`,
  ]);
  for (const [{ colour }, d, name] of all) if (colour) add(`${name} border`, "", d);
  for (const [{ colour }, d, name] of all) add(name, colour ? `stroke: ${colour}` : "", d);
  return [...paths.values()];
}

/**
 * A line between two cells, from border to border, so that it crosses neither number: between grids
 * above each other from below to the top, between neighbours from side to side.
 */
function lineOf({ from, to, across = false }, start, end) {
  const [a, b] = [
    [from, start],
    [to, end],
  ].map(([[, row, column], { x, y, size }]) => [x + (column + 0.5) * size, y + (row + 0.5) * size]);
  const axis = across || start.y === end.y ? 0 : 1;
  const way = Math.sign(b[axis] - a[axis]);
  a[axis] += (way * start.size) / 2;
  b[axis] -= (way * end.size) / 2;
  const [[x1, y1], [x2, y2]] = [a, b].map((point) => point.map((at) => Math.round(10 * at) / 10));
  const middle = Math.round((x1 + x2) / 2);
  return `M${x1} ${y1}${across ? `C${middle} ${y1} ${middle} ${y2} ` : "L"}${x2} ${y2}`;
}

/**
 * The slots of a layout, in pixels.
 * @param {number} width
 * @param {Layout} layout
 */
function slotsOf(width, { height, columns, rows, boxes, gap = GAP, aside = 0 }) {
  if (boxes) return boxes;
  /** @type {Record<string, {x: number, y: number, width: number, height: number}>} */
  const slots = {};
  const sum = (parts) => parts.reduce((total, part) => total + part, 0);
  const divide = (parts, whole, apart, each) => {
    const all = sum(parts);
    let at = 0;
    parts.forEach((part, i) => {
      const own = ((whole - apart * (parts.length - 1)) * part) / all;
      each(i, at, own);
      at += own + apart;
    });
  };
  const lines = rows ?? columns ?? [];
  const put = (name, x, y, wide, high) => {
    const head = aside ? 2 : HEAD;
    slots[name] = { x: x + 1 + aside, y: y + head, width: wide - aside, height: high - head - 4 };
  };
  const [along, across] = rows ? [height, width - 2] : [width - 2, height];
  divide(
    lines.map(({ share }) => share),
    along,
    rows ? 0 : gap,
    (i, start, thick) =>
      divide(
        lines[i].slots.map(([, part]) => part),
        across,
        rows ? gap : 0,
        (j, at, long) => {
          const [name] = lines[i].slots[j];
          if (rows) put(name, at, start, long, thick);
          else put(name, start, at, thick, long);
        },
      ),
  );
  return slots;
}

/**
 * Put each panel into its slot, with cells of one size where these are large enough to be read.
 * @param {number} width
 * @param {Layout} layout
 * @param {Panel[]} panels
 */
function placeInSlots(width, layout, panels) {
  const { largest = LARGEST_CELL, height, aside = 0 } = layout;
  const slots = slotsOf(width, layout);
  const sheetsOf = (stack) => panels.filter((panel) => panel.stack === stack);
  const fits = panels.map(({ grid, rows, columns, room = [0, 0], shift = 0, stack }) => {
    const slot = slots[stack ?? grid.name];
    const across = slot.width / Math.max(columns + shift, room[1], 1);
    const down = slot.height / Math.max(rows, room[0], 1);
    const size = stack
      ? cellOfSheets(slot, sheetsOf(stack).length, rows, columns)
      : Math.min(across, down);
    return Math.max(SMALLEST_CELL, Math.min(largest, Math.floor(size)));
  });
  const common = Math.min(...fits);
  const places = panels.map((panel, i) => {
    const { grid, shift = 0, like, stack, columns } = panel;
    const alone = panel.alone || stack || common < COMFORTABLE;
    const alike = fits.filter((_, j) => like && panels[j].like === like);
    const size = alone ? Math.min(fits[i], ...alike) : common;
    const slot = slots[stack ?? grid.name];
    if (stack) {
      const sheets = sheetsOf(stack);
      return placeOfSheet(slot, sheets.indexOf(panel), sheets.length, columns, size);
    }
    const [x, y] = [Math.round(slot.x), Math.round(slot.y)];
    const top = aside ? y + (size + HEAD) / 2 : y;
    const inset = panel.inset ?? 0;
    return { x: x + Math.round(shift * size), y, size, left: x - aside, top, inset };
  });
  return { places, height };
}

/** The title over a grid. @param {ReturnType<typeof import("./grid.js").createGrid>} grid */
function makeTitle({ canvas, element: cells }) {
  const first = html("div", { class: "cnn-title" });
  const second = html("div", { class: "cnn-subtitle" });
  const element = html("div", { class: "cnn-titles", "aria-hidden": "true" }, first, second);
  return {
    element,
    set({ left, y, top = y }, title, subtitle, opacity) {
      setText(first, title);
      setText(second, subtitle);
      const transform = `translate(${left}px, ${top - HEAD + 2}px)`;
      if (element.style.transform !== transform) element.style.transform = transform;
      if (element.style.opacity !== opacity) element.style.opacity = opacity;
    },
    /** @param {boolean} shown whether grid and title are part of the drawing now */
    show(shown) {
      for (const part of [element, cells, canvas]) {
        if (part.hidden === shown) part.hidden = !shown;
      }
    },
  };
}
