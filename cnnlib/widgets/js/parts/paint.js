/** Painting on a canvas: the theme's colours, and a cell with its number. */

const COLOURS = [
  "text",
  "muted",
  "ground",
  "panel",
  "line",
  "padding-soft",
  "hatch-line",
  "impossible",
  ...["input", "kernel", "output", "gradient"].flatMap((kind) =>
    ["", "-soft", "-on", "-text"].map((part) => kind + part),
  ),
];

/** The marks of cells that have an outline. */
const OUTLINED = ["active", "focus", "winner", "pointed"];

/** A cell of fewer pixels is filled by its number: a phone's are small. */
const CRAMPED = 20;
/** In a cell below this, a number of smaller letters is left out; the read-out still says it. */
export const SMALLEST_WITH_NUMBER = 15;
const SMALLEST_LETTERS = 7.5;

/**
 * The theme's colours where an element stands: those of the style sheet, by their names without
 * `--cnn-`. To ask for them lays out the page, so they are kept until the theme changes. A notebook
 * draws a widget before it is in the document, where there are none: then `redraw` is called as
 * soon as the element has a place.
 * @param {Element} element
 * @param {() => void} redraw what to do when there are other colours
 */
export function themeOf(element, redraw) {
  /** @type {Record<string, string>} */ let colours = {};
  const known = () => Boolean(colours.text);
  const forget = () => {
    colours = {};
    redraw();
  };
  const observer = new MutationObserver(forget);
  const watched = ["data-theme", "data-jp-theme-light", "class"];
  for (const root of [document.documentElement, document.body]) {
    observer.observe(root, { attributes: true, attributeFilter: watched });
  }
  const arrival = new ResizeObserver(() => {
    if (!known()) forget();
  });
  arrival.observe(element);
  return {
    colours() {
      if (known()) return colours;
      const style = getComputedStyle(element);
      colours = Object.fromEntries(
        COLOURS.map((name) => [name, style.getPropertyValue(`--cnn-${name}`).trim()]),
      );
      return colours;
    },
    stop() {
      observer.disconnect();
      arrival.disconnect();
    },
  };
}

/**
 * A painter of cells.
 * @param {CanvasRenderingContext2D} ink
 */
export function cellPainter(ink) {
  /** @type {Record<string, string>} */ let colours = {};
  /** @type {CanvasPattern|null} */ let hatch = null;
  /** Colours by kind and marks. @type {Map<string, ReturnType<typeof findLook>>} */
  const known = new Map();
  /**
   * The numbers to write, by font and colour: to change the font takes longer than to write.
   * @type {Map<string, {font: string, colour: string, words: [string, number, number][]}>}
   */
  const numbers = new Map();

  const writeLater = (text, x, y, points, bold, colour) => {
    const half = Math.round(2 * points);
    const key = `${half}${bold}${colour}`;
    let group = numbers.get(key);
    if (!group) {
      const font = `${bold ? "700" : "400"} ${half / 2}px system-ui, sans-serif`;
      group = { font, colour, words: [] };
      numbers.set(key, group);
    }
    group.words.push([text, x, y]);
  };

  /** What the marks of a cell mean for its colours. */
  function findLook(kind, marks) {
    const has = (mark) => marks.includes(mark);
    const strong = has("window") || has("active");
    const lost = !strong && (has("dropped") || has("unread"));
    const hatched = !strong && !lost && (has("padding") || has("forbidden"));
    if (hatched) hatch ??= hatchOf(ink, colours);
    const soft = colours[lost ? "padding-soft" : `${kind}-soft`];
    return {
      strong,
      lost,
      // a colour of its own goes before this one, but not before those
      own: strong ? colours[kind] : soft,
      fixed: has("bare") ? colours.ground : hatched ? hatch : null,
      text: lost || (hatched && has("padding")) ? colours.muted : strong ? "" : colours.text,
      outlined: OUTLINED.some(has) ? has : null,
    };
  }

  function lookOf(kind, marks) {
    const key = `${kind} ${marks}`;
    let look = known.get(key);
    if (!look) {
      look = findLook(kind, marks);
      known.set(key, look);
    }
    return look;
  }

  /**
   * The ground of a cell; `fill` is a colour or the name of one in colours.css.
   * @param {{marks: string, fill?: string}} look @param {string} kind
   */
  const fillOf = ({ marks, fill }, kind) => {
    const { fixed, own } = lookOf(kind, marks);
    return fixed ?? (fill && (colours[fill] ?? fill)) ?? own;
  };

  return {
    /** @param {Record<string, string>} now */
    useColours(now) {
      colours = now;
      hatch = null;
      known.clear();
    },
    /**
     * The grounds of a whole grid: neighbours of one colour as one, and the borders over them.
     * To fill or to stroke a thousand cells one by one takes a frame.
     * @param {{marks: string, fill?: string}[][]} looks
     * @param {number} size
     * @param {string} kind
     * @param {boolean} [seamless] no lines between the cells
     */
    grounds(looks, size, kind, seamless = false) {
      looks.forEach((row, r) => {
        const fills = row.map((look) => fillOf(look, kind));
        for (let from = 0, to = 1; from < fills.length; from = to++) {
          while (to < fills.length && fills[to] === fills[from]) to++;
          ink.fillStyle = fills[from];
          ink.fillRect(from * size, r * size, (to - from) * size, size);
        }
      });
      const [rows, columns] = [looks.length, looks[0]?.length ?? 0];
      ink.fillStyle = colours.line;
      const along = (at, count) => [at ? at * size - 1 : 0, at % count ? 2 : 1];
      if (seamless && rows) {
        ink.strokeStyle = colours.line;
        ink.lineWidth = 1;
        ink.strokeRect(0.5, 0.5, columns * size - 1, rows * size - 1);
        return;
      }
      for (let r = 0; rows && r <= rows; r++) {
        const [from, thick] = along(r, rows);
        ink.fillRect(0, from, columns * size, thick);
      }
      for (let c = 0; columns && c <= columns; c++) {
        const [from, thick] = along(c, columns);
        ink.fillRect(from, 0, thick, rows * size);
      }
    },
    /** The border and the ground of one cell. */
    ground(look, x, y, size, kind, seamless = false) {
      const edge = seamless ? 0 : 1;
      if (!seamless) {
        ink.fillStyle = colours.line;
        ink.fillRect(x, y, size, size);
      }
      ink.fillStyle = fillOf(look, kind);
      ink.fillRect(x + edge, y + edge, size - 2 * edge, size - 2 * edge);
    },
    /** Write the numbers of all cells that were painted. */
    write() {
      if (!numbers.size) return;
      withLetters(ink, (pen) => {
        for (const { font, colour, words } of numbers.values()) {
          pen.font = font;
          pen.fillStyle = colour;
          for (const [text, x, y] of words) pen.fillText(text, x, y);
        }
      });
      numbers.clear();
    },
    /**
     * What stands on the ground of a cell; its number is written with the others.
     * @param {{text: string, marks: string, fill?: string, tag?: string}} look
     * @param {number} x @param {number} y @param {number} size
     * @param {string} kind
     */
    paint({ text, marks, fill, tag }, x, y, size, kind) {
      const { strong, lost, text: own, outlined } = lookOf(kind, marks);
      if (tag) {
        const high = Math.max(3, Math.round(size * 0.16));
        ink.fillStyle = tag;
        ink.fillRect(x + 1, y + size - 1 - high, size - 2, high);
      }
      if (outlined) outline(outlined, x, y, size);
      const widest = size * (strong ? 1.3 : 1.4); // bold letters are wider
      const highest = size * (size < CRAMPED ? 0.64 : 0.48);
      const points = Math.min(highest, widest / Math.max(1, text.length));
      if (text === "" || (size < SMALLEST_WITH_NUMBER && points < SMALLEST_LETTERS)) return;
      const muted = own === colours.muted;
      const ground = fill ? (colours[`${fill}-on`] ?? onFill(fill)) : "";
      const colour = muted ? own : ground || own || colours[`${kind}-on`];
      writeLater(text, x + size / 2, y + size / 2 + 0.5, points, strong, colour);
      if (!lost) return;
      ink.fillStyle = colour;
      ink.fillRect(x + size * 0.2, y + size / 2, size * 0.6, 1);
    },
  };

  /** A pinned cell has a corner turned in. */
  function pinCorner(x, y, size) {
    ink.fillStyle = colours.text;
    ink.beginPath();
    ink.moveTo(x + size, y);
    ink.lineTo(x + size, y + size * 0.4);
    ink.lineTo(x + size * 0.6, y);
    ink.fill();
  }

  /** Outlines lie within the cell, so that its neighbours need not be painted again. */
  function outline(has, x, y, size) {
    const width = has("pinned") ? 4 : has("focus") ? 3 : 2.5;
    ink.strokeStyle = has("active") || has("winner") ? colours.text : colours["input-text"];
    ink.lineWidth = Math.min(width, size / 4);
    const inset = ink.lineWidth / 2;
    ink.setLineDash(has("pointed") ? [4, 3] : []); // only looked at, while another one is pinned
    ink.strokeRect(x + inset, y + inset, size - 2 * inset, size - 2 * inset);
    ink.setLineDash([]);
    if (has("pinned")) pinCorner(x, y, size);
    if (!has("focus") || !has("active")) return;
    ink.strokeStyle = colours["input-on"];
    ink.lineWidth = 1;
    ink.strokeRect(
      x + 2 * inset + 0.5,
      y + 2 * inset + 0.5,
      size - 4 * inset - 1,
      size - 4 * inset - 1,
    );
  }
}

/** @type {OffscreenCanvasRenderingContext2D|null} */ let sheet = null;
/**
 * Write on a sheet that is no part of the page, shared by all, and lay it over a canvas: to choose
 * a font on a canvas of the page lays out the page, each time that something on it has changed.
 * @param {CanvasRenderingContext2D} ink
 * @param {(pen: OffscreenCanvasRenderingContext2D) => void} write
 */
export function withLetters(ink, write) {
  const { width, height } = ink.canvas;
  if (!width || !height) return;
  sheet ??= new OffscreenCanvas(width, height).getContext("2d");
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (sheet);
  if (pen.canvas.width < width) pen.canvas.width = width;
  if (pen.canvas.height < height) pen.canvas.height = height;
  pen.resetTransform();
  pen.clearRect(0, 0, width, height);
  pen.setTransform(ink.getTransform());
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  write(pen);
  ink.save();
  ink.resetTransform();
  ink.drawImage(pen.canvas, 0, 0, width, height, 0, 0, width, height);
  ink.restore();
}

/** Diagonal lines: padding is told by more than its colour. */
function hatchOf(ink, colours) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const brush = tile.getContext("2d");
  if (!brush) return null;
  brush.fillStyle = colours["padding-soft"];
  brush.fillRect(0, 0, 8, 8);
  brush.strokeStyle = colours["hatch-line"];
  brush.lineWidth = 2;
  for (const at of [-8, 0, 8]) {
    brush.beginPath();
    brush.moveTo(at - 1, 9);
    brush.lineTo(at + 9, -1);
    brush.stroke();
  }
  return ink.createPattern(tile, "repeat");
}

/** Black or white, whichever is read better on an `rgb(r, g, b)` colour. */
export function onFill(fill) {
  if (!inks.has(fill)) inks.set(fill, inkOn(fill));
  return /** @type {string} */ (inks.get(fill));
}

/** @type {Map<string, string>} */ const inks = new Map();

function inkOn(fill) {
  const [r, g, b] = (fill.match(/\d+/g) ?? []).map((part) => (Number(part) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000000" : "#ffffff";
}
