/** A grey picture: shown, pointed at, and drawn on where that is wanted. */

import { coloursOfValues } from "../arithmetic/images.js";
import { cellUnder, html, setAttribute, setText } from "./dom.js";
import { onPressAndDrag } from "./grid.js";

/** @typedef {{pixels: Float32Array, rows: number, columns: number}} Grey */

/**
 * A canvas with a caption, and an outline that shows where the window is.
 * @param {object} options
 * @param {string} options.caption
 * @param {string} [options.part] what the prose calls it; see book/_static/lights.js
 * @param {(place: number[]) => void} options.onPoint the pixel that somebody points at
 * @param {(from: number[], to: number[]) => void} [options.onStroke] the pen was drawn along
 * @param {(event: KeyboardEvent) => void} options.onKey
 * @param {string} [options.keys] what the arrow keys do
 * @param {boolean} [options.grab] a mouse that drags is told as a stroke, without a pen
 */
export function createPicture({
  caption,
  part = "picture",
  onPoint,
  onStroke = () => {},
  onKey,
  keys = "Arrow keys move the window",
  grab = false,
}) {
  const canvas = /** @type {HTMLCanvasElement} */ (
    html("canvas", { class: "cnn-picture", role: "img", tabindex: 0, onkeydown: onKey })
  );
  const holder = html("div", { class: "cnn-picture-holder" }, canvas);
  /** @type {HTMLElement[]} */ const outlines = [];
  const title = html("figcaption", { class: "cnn-title" }, caption);
  /** Whether the pen is out, and where it writes. */
  const pen = { out: false, grab, last: /** @type {number[]|null} */ (null) };
  let shown = /** @type {any[]} */ ([]);

  followPointer(canvas, pen, onPoint, onStroke);
  return {
    canvas,
    figure: html(
      "figure",
      { class: "cnn-figure", "data-part": part },
      title,
      html("div", { class: "cnn-picture-frame" }, holder),
    ),
    /** Show these pixels. @param {Grey} grey @param {string} range as `coloursOfValues` has it */
    put(grey, range) {
      if (shown[0] === grey.pixels && shown[1] === range) return;
      shown = [grey.pixels, range];
      const { pixels, rows, columns } = grey;
      canvas.width = Math.max(1, columns);
      canvas.height = Math.max(1, rows);
      // a tall picture is as high as a wide one is wide: nothing below it moves
      holder.style.width = `${100 * Math.min(1, canvas.width / canvas.height)}%`;
      if (!rows || !columns) return;
      canvas
        .getContext("2d")
        ?.putImageData(new ImageData(coloursOfValues(pixels, range), columns, rows), 0, 0);
    },
    /**
     * Outline squares of pixels, or none.
     * @param {...({row: number, column: number, size: number, look?: string}|null)} squares
     */
    mark(...squares) {
      while (outlines.length < squares.length) {
        outlines.push(
          html("div", { "aria-hidden": "true", "data-part": "window", "data-kind": "kernel" }),
        );
        holder.append(outlines[outlines.length - 1]);
      }
      const percent = (value, total) => `${(100 * value) / total}%`;
      outlines.forEach((outline, i) => {
        const at = squares[i];
        outline.hidden = !at;
        if (!at) return;
        setAttribute(outline, "class", `cnn-picture-mark ${at.look ?? ""}`.trim());
        outline.style.left = percent(at.column, canvas.width);
        outline.style.top = percent(at.row, canvas.height);
        outline.style.width = percent(at.size, canvas.width);
        outline.style.height = percent(at.size, canvas.height);
      });
    },
    /** With the pen out a finger draws; without it scrolls the page. @param {boolean} out */
    usePen(out) {
      pen.out = out;
      canvas.classList.toggle("pen", out);
      setText(title, out ? `${caption}: draw here` : caption);
      const dots = out ? ", Space draws a dot" : "";
      setAttribute(canvas, "aria-label", `${caption}. ${keys}${dots}.`);
    },
  };
}

/** Tell where somebody points, and draws while the pen is out. */
function followPointer(canvas, pen, onPoint, onStroke) {
  const under = (event) => cellUnder(canvas, event, canvas.height, canvas.width);
  canvas.addEventListener("pointerdown", (event) => {
    if (!pen.out && !(pen.grab && event.pointerType === "mouse")) return;
    pen.last = under(event);
    onStroke(pen.last, pen.last);
    canvas.setPointerCapture?.(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const place = under(event);
    if (pen.last && event.buttons) {
      onStroke(pen.last, place);
      pen.last = place;
    }
    // a page that scrolls under a mouse reports a move by 0; a finger without a pen scrolls
    const moved = event.movementX !== 0 || event.movementY !== 0;
    if (moved && (pen.out || event.pointerType !== "touch")) onPoint(place);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => (pen.last = null));
  }
  canvas.addEventListener("click", (event) => onPoint(under(event)));
  onPressAndDrag(canvas, (clientX, clientY) => {
    if (!pen.out) onPoint(under({ clientX, clientY }));
  });
}

/**
 * What an arrow key says: rows and columns to go, ten times as far with Shift; or null.
 * @param {KeyboardEvent} event
 * @param {Record<string, number[]>} [more] other keys
 */
export function stepOfKey(event, more = {}) {
  const far = event.shiftKey ? 10 : 1;
  const moves = {
    ArrowUp: [-far, 0],
    ArrowDown: [far, 0],
    ArrowLeft: [0, -far],
    ArrowRight: [0, far],
    ...more,
  };
  if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return null;
  event.preventDefault();
  event.stopPropagation(); // JupyterLab listens to the arrow keys too
  return moves[event.key];
}
