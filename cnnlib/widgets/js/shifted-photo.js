/**
 * Shift the photo, and the map follows: a photo that is dragged, what a convolution makes of it,
 * the pooled map and the maximum; and in numbers what moves along and what stays.
 */

import { bytesOf, show } from "./arithmetic/convolution.js";
import { poolImage } from "./arithmetic/edges.js";
import { filterImage } from "./arithmetic/images.js";
import { partOf, sameShifted, strongest } from "./arithmetic/shifts.js";
import { createBench } from "./parts/bench.js";
import { cellUnder, html, setAttribute, setParts, setText } from "./parts/dom.js";
import { onPressAndDrag } from "./parts/grid.js";
import { ease } from "./parts/motion.js";
import { createPicture, stepOfKey } from "./parts/picture.js";
import { cnnlibCode, pythonArray, torchCode } from "./parts/python-code.js";
import { grouped, readoutHead } from "./parts/readout.js";
import { createTour } from "./parts/tour.js";

/** @typedef {import("./arithmetic/shifts.js").Grey} Grey */
/** @typedef {ReturnType<typeof compute>} State */

/** What is seen of the photo, and how far it can be shifted. */
const [SIDE, ROOM] = [64, 8];
/** Milliseconds that the photo drifts by itself. */
const TOUR = 4000;
const SETTINGS = [
  { name: "down", label: "Shift down", primary: true },
  { name: "right", label: "Shift right", primary: true },
  { name: "stride", label: "Stride S", primary: true },
  { name: "pool", label: "Pool size" },
  {
    name: "kernel",
    label: "Kernel",
    choices: [
      ["Sobel x", "Sobel x"],
      ["Sobel y", "Sobel y"],
      ["Laplacian", "Laplacian"],
    ],
  },
];

export default { render };

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const wide = SIDE + 2 * ROOM;
  const photo = {
    pixels: Float32Array.from(bytesOf(model.get("photo"))),
    rows: wide,
    columns: wide,
  };
  const tour = createTour(model, TOUR, (moment) => roundTrip(moment, model));
  const bench = createBench({
    context,
    title: "Shift the photo",
    settings: SETTINGS,
    draw: () => view.draw(compute(tour, photo)),
    code: () => codeFor(compute(model, photo)),
  });
  const view = createView(bench, model);
  tour.begin(bench, view.photo);
  return bench.start();
}

/** @param {ReturnType<typeof createBench>} bench @param {any} model */
function createView(bench, model) {
  const shiftBy = ([rows, columns]) => {
    const within = (name, by) => Math.max(-ROOM, Math.min(ROOM, model.get(name) + by));
    bench.setAll({ down: within("down", rows), right: within("right", columns) });
  };
  const onKey = (event) => {
    const step = stepOfKey(event);
    if (step) shiftBy(step);
  };
  const keys = "Arrow keys shift the photo";
  const make = (caption) => createPicture({ caption, keys, onPoint() {}, onKey });
  const pictures = ["Photo: drag it", "Map", "Pooled map"].map(make);
  const [source, map, pooled] = pictures;
  for (const picture of pictures) picture.usePen(false);
  source.canvas.classList.add("grab");
  dragged(source.canvas, shiftBy);
  const told = { tabindex: 0, role: "region", "aria-label": "What moves and what stays" };
  const readout = html("div", { class: "cnn-readout", ...told });
  const note = html("p", { class: "cnn-note" });
  const figures = pictures.map(({ figure }) => figure);
  bench.addAbove(html("div", { class: "cnn-shift" }, ...figures, readout), note);
  return {
    photo: source.canvas,
    /** @param {State} state */
    draw(state) {
      const { now, stride, pool } = state;
      const { row, column } = now.best;
      source.put(now.image, "clip");
      map.put(now.map, "signed");
      pooled.put(now.pooled, "signed");
      source.mark({ row: row * stride, column: column * stride, size: 3 });
      map.mark({ row, column, size: 1 });
      const [top, left] = [row, column].map((at) => Math.floor(at / pool));
      const inside = top < now.pooled.rows && left < now.pooled.columns;
      pooled.mark(inside ? { row: top, column: left, size: 1 } : null);
      for (const [picture, of] of /** @type {const} */ ([
        [map, now.map],
        [pooled, now.pooled],
      ])) {
        const size = `${of.rows}×${of.columns}`;
        const title = picture === map ? "Map" : "Pooled map";
        setText(/** @type {Element} */ (picture.figure.firstElementChild), `${title} ${size}`);
        setAttribute(picture.canvas, "aria-label", `${title}, ${size}. ${keys}.`);
      }
      setText(note, noteFor(state));
      setParts(readout, readoutFor(state));
      const said = [...readout.children].map((line) => line.textContent);
      bench.announce([...said, noteFor(state)].join(" "));
    },
  };
}

/** The photo drifts once around where it is. @param {number} moment */
function roundTrip(moment, model) {
  const turn = 2 * Math.PI * ease(moment);
  const within = (at) => Math.max(-ROOM, Math.min(ROOM, Math.round(at)));
  return {
    down: within(model.get("down") + 3 - 3 * Math.cos(turn)),
    right: within(model.get("right") + 6 * Math.sin(turn)),
  };
}

/**
 * Tell by how many rows and columns a picture is dragged: by a mouse, or by a finger that rests
 * before it moves; one that swipes scrolls the page.
 * @param {HTMLCanvasElement} canvas
 * @param {(by: number[]) => void} onDrag
 */
function dragged(canvas, onDrag) {
  /** @type {number[]|null} */ let last = null;
  const under = (event) => cellUnder(canvas, event, canvas.height, canvas.width);
  const moveTo = (event) => {
    const at = under(event);
    if (last) onDrag([at[0] - last[0], at[1] - last[1]]);
    last = at;
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") return;
    last = under(event);
    canvas.setPointerCapture?.(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last && event.pointerType !== "touch") moveTo(event);
  });
  canvas.addEventListener("touchstart", ({ touches: [finger] }) => (last = under(finger)));
  onPressAndDrag(canvas, (clientX, clientY) => moveTo({ clientX, clientY }));
  for (const end of ["pointerup", "touchend", "touchcancel"]) {
    canvas.addEventListener(end, () => (last = null));
  }
}

// ---- from the traits to numbers, words and code -------------------------------------------------

/** @param {{get: (name: string) => any}} model @param {Grey} photo */
function compute(model, photo) {
  const [stride, pool, down, right, kernel] = ["stride", "pool", "down", "right", "kernel"].map(
    (name) => model.get(name),
  );
  const weight = Object.fromEntries(model.get("_kernels"))[kernel];
  const shifted = (rows, columns) => {
    const [top, left] = [ROOM - rows, ROOM - columns];
    const image = partOf(photo, { top, left, rows: SIDE, columns: SIDE });
    const full = filterImage(image, weight, { padding: "valid", flipped: false, divisor: 1 });
    const size = Math.floor((full.rows - 1) / stride) + 1;
    const map = partOf(full, { rows: size, columns: size, stride });
    return { image, map, pooled: poolImage(map, pool).max, best: strongest(map) };
  };
  const [before, now] = [shifted(0, 0), shifted(down, right)];
  /** By how many cells the map moves, as nearly as it can. */
  const steps = [down, right].map((by) => Math.round(by / stride) + 0); // + 0 turns −0 into 0
  return {
    ...{ stride, pool, down, right, weight, before, now, steps },
    follows: steps.every((step, at) => step * stride === [down, right][at]),
    moved: sameShifted(before.map, now.map, steps[0], steps[1]),
    inPlace: sameShifted(before.map, now.map, 0, 0),
    pooledInPlace: sameShifted(before.pooled, now.pooled, 0, 0),
    corner: model.get("_corner"),
  };
}

/** A shift in words. @param {number[]} by rows and columns */
function shiftInWords([down, right]) {
  const part = (by, on, back) => by && `${Math.abs(by)} ${by > 0 ? on : back}`;
  const parts = [part(down, "down", "up"), part(right, "right", "left")];
  return parts.filter(Boolean).join(" and ") || "nothing";
}

const share = ({ same, all }) => `${grouped(same)} of ${grouped(all)}`;

/** @param {State} state */
function readoutFor({ down, right, steps, follows, moved, inPlace, pooledInPlace, before, now }) {
  const nearest = follows ? "" : ", the nearest it can";
  const lines = [
    `Map, moved by ${shiftInWords(steps)}${nearest}: ${share(moved)} numbers are the same.`,
    `Map in place: ${share(inPlace)}.`,
    `Pooled map in place: ${share(pooledInPlace)}.`,
    `Maximum: ${show(before.best.value)} before, ${show(now.best.value)} now.`,
  ];
  return [
    readoutHead("Photo", ` shifted by ${shiftInWords([down, right])}`, "input"),
    ...lines.map((line) => html("p", {}, line)),
  ];
}

/** @param {State} state */
function noteFor({ stride, down, right, follows, before, now }) {
  if (!down && !right) return "Drag the photo, or shift it with the arrow keys.";
  const map = follows
    ? "The map follows the photo: a convolution is equivariant."
    : `The map cannot follow: the shift is no multiple of stride ${stride}, and the kernel now ` +
      "stands on other pixels.";
  const most =
    before.best.value === now.best.value
      ? "The maximum does not change: it is invariant."
      : follows
        ? "The maximum changes: the border cuts off an edge or lets a stronger one in."
        : "Even the maximum changes.";
  return `${map} ${most}`;
}

/** @param {State} state @returns {[string, string][]} */
function codeFor({ stride, pool, down, right, weight, corner }) {
  const [top, left] = corner.map((at, axis) => at + ROOM - [down, right][axis]);
  const image = [
    "small = load_photo().mean(axis=0).reshape(128, 2, 128, 2).mean(axis=(1, 3)).round()",
    `image = small[${top}:${top + SIDE}, ${left}:${left + SIDE}]`,
    pythonArray("weight", weight),
  ];
  const photo = "from cnnlib.data import load_photo\n";
  const names = "print(map.shape, pooled.shape, maximum)";
  return [
    cnnlibCode(
      photo,
      ...image,
      `map = cnnlib.conv2d(image[None, None], weight[None, None], stride=${stride})[0, 0]`,
      `pooled = cnnlib.max_pool2d(map[None, None], ${pool})[0, 0]`,
      "maximum = map.max()",
      names,
    ),
    torchCode(
      `import numpy as np\n${photo}`,
      ...image,
      "x, w = torch.tensor(image)[None, None], torch.tensor(weight)[None, None]",
      `map = F.conv2d(x, w.double(), stride=${stride})[0, 0]`,
      `pooled = F.max_pool2d(map[None, None], ${pool})[0, 0]`,
      "maximum = map.max()",
      names,
    ),
  ];
}
