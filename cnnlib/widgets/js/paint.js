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

/** Below this many pixels a cell shows no number; the read-out still does. */
const SMALLEST_WITH_NUMBER = 15;

/**
 * The colours of the style sheet, by their names without `--cnn-`.
 * @param {Element} element
 * @returns {Record<string, string>}
 */
export function coloursOf(element) {
  const style = getComputedStyle(element);
  return Object.fromEntries(
    COLOURS.map((name) => [name, style.getPropertyValue(`--cnn-${name}`).trim()]),
  );
}

/**
 * Call back whenever the page changes between light and dark.
 * @param {() => void} onChange
 * @returns {() => void} stops watching
 */
export function watchTheme(onChange) {
  const observer = new MutationObserver(onChange);
  const watched = ["data-theme", "data-jp-theme-light", "class"];
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributes: true, attributeFilter: watched });
  }
  return () => observer.disconnect();
}

/**
 * A painter of cells.
 * @param {CanvasRenderingContext2D} ink
 */
export function cellPainter(ink) {
  /** @type {Record<string, string>} */ let colours = {};
  /** @type {CanvasPattern|null} */ let hatch = null;
  /**
   * The numbers to write, by font and colour: to change the font takes longer than to write.
   * @type {Map<string, {font: string, colour: string, words: [string, number, number][]}>}
   */
  const numbers = new Map();

  const writeLater = (text, x, y, points, bold, colour) => {
    const font = `${bold ? "700" : "400"} ${Math.round(2 * points) / 2}px system-ui, sans-serif`;
    const key = font + colour;
    if (!numbers.has(key)) numbers.set(key, { font, colour, words: [] });
    numbers.get(key)?.words.push([text, x, y]);
  };

  return {
    /** @param {Record<string, string>} now */
    useColours(now) {
      colours = now;
      hatch = hatchOf(ink, now);
    },
    /**
     * The borders of many cells: what is left free between them. To stroke a thousand outlines
     * takes a frame.
     */
    rule(x, y, width, height) {
      ink.fillStyle = colours.line;
      ink.fillRect(x, y, width, height);
    },
    /** Write the numbers of all cells that were painted. */
    write() {
      ink.textAlign = "center";
      ink.textBaseline = "middle";
      for (const { font, colour, words } of numbers.values()) {
        ink.font = font;
        ink.fillStyle = colour;
        for (const [text, x, y] of words) ink.fillText(text, x, y);
      }
      numbers.clear();
    },
    /**
     * Paint a cell; its number is written with the others.
     * @param {{text: string, marks: string, fill?: string}} look
     * @param {number} x @param {number} y @param {number} size
     * @param {string} kind
     * @param {boolean} [ruled] whether its border is there, see `rule`
     */
    paint({ text, marks, fill }, x, y, size, kind, ruled = false) {
      const has = marks === "" ? () => false : (mark) => marks.includes(mark);
      const strong = has("window") || has("active");
      const lost = !strong && (has("dropped") || has("unread"));
      const padding = !strong && !lost && has("padding");
      const barred = !strong && !lost && !padding && has("forbidden");
      const bare = has("bare");
      const own = strong ? colours[kind] : lost ? colours["padding-soft"] : colours[`${kind}-soft`];
      if (!ruled) {
        ink.fillStyle = colours.line;
        ink.fillRect(x, y, size, size);
      }
      ink.fillStyle = bare ? colours.ground : (padding || barred) && hatch ? hatch : (fill ?? own);
      ink.fillRect(x + 1, y + 1, size - 2, size - 2);
      if (has("active") || has("focus") || has("winner")) outline(has, x, y, size);
      if (text === "" || size < SMALLEST_WITH_NUMBER) return;
      const points = Math.min(size * 0.48, (size * 1.4) / Math.max(1, text.length));
      const colour = lost || padding ? colours.muted : fill ? onFill(fill) : colours.text;
      const written = strong && !fill ? colours[`${kind}-on`] : colour;
      writeLater(text, x + size / 2, y + size / 2 + 0.5, points, strong, written);
      if (!lost) return;
      ink.fillStyle = written;
      ink.fillRect(x + size * 0.2, y + size / 2, size * 0.6, 1);
    },
  };

  /** Outlines lie within the cell, so that its neighbours need not be painted again. */
  function outline(has, x, y, size) {
    const width = has("pinned") ? 4 : has("focus") ? 3 : 2.5;
    ink.strokeStyle = has("active") || has("winner") ? colours.text : colours["input-text"];
    ink.lineWidth = Math.min(width, size / 4);
    const inset = ink.lineWidth / 2;
    ink.strokeRect(x + inset, y + inset, size - 2 * inset, size - 2 * inset);
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
function onFill(fill) {
  const [r, g, b] = (fill.match(/\d+/g) ?? []).map((part) => (Number(part) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000000" : "#ffffff";
}
