/**
 * Image kernels: a photo, a picture of the reader's own or a drawing, filtered by a small kernel
 * that can be changed. Pictures never leave the page.
 */

import { bytesOf, show, tidy } from "./arithmetic/convolution.js";
import { coloursOfValues, filterImage } from "./arithmetic/images.js";
import { button, choice } from "./parts/controls.js";
import { cellUnder, html, setText, uniqueId } from "./parts/dom.js";
import { corner, createGridBench, pythonRows } from "./parts/gridbench.js";
import { inBrackets, readoutHead, sumInLines } from "./parts/readout.js";

export default { render };

const SIDE = 256;

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  /** @type {Record<string, [number, number[][]]>} */ const presets = model.get("_kernels");
  let image = photoOf(model.get("photo"), model.get("photo_shape"));
  /** @type {ReturnType<typeof filterImage>} */ let result;
  let lastKey = "";
  const bench = createGridBench({
    context,
    title: "Image kernels",
    label: "The window under the cursor and the kernel",
    settings: [
      {
        name: "mode",
        label: "Operation",
        choices: [
          ["correlation", "correlation (CNN libraries)"],
          ["convolution", "convolution (flipped)"],
        ],
      },
      {
        name: "padding",
        label: "Border",
        choices: [
          ["zero", "pad with zeros"],
          ["edge", "repeat the edge"],
          ["valid", "no padding"],
        ],
      },
      {
        name: "range",
        label: "Show values",
        choices: [
          ["clip", "cut to 0–255"],
          ["signed", "signed map"],
        ],
      },
      { name: "kernel_size", label: "Kernel size" },
      { name: "divisor", label: "Divide by" },
      { name: "row", label: "Output row" },
      { name: "column", label: "Output column" },
    ],
    tables: [{ name: "weights", short: "w", shape: ({ kernel_size: size }) => [size, size] }],
    grids: {
      window: { kind: "input", letter: "window" },
      kernel: { kind: "kernel", letter: "W", table: "weights" },
      output: { kind: "output", letter: "Y" },
    },
    draw,
    code: () => codeFor(),
  });
  const preset = choice({
    label: "Kernel",
    name: "preset",
    value: "",
    choices: [["", "choose…"], ...Object.keys(presets).map((name) => [name, name])],
    onChange(name) {
      if (!(name in presets)) return;
      const [divisor, rows] = presets[name];
      const weights = model
        .get("weights")
        .map((line, i) => line.map((old, j) => rows[i]?.[j] ?? old));
      bench.setAll({ weights, divisor, kernel_size: rows.length });
    },
  });
  const source = canvasFor("The picture", "Arrow keys move the window, Space draws a dot.");
  const filtered = canvasFor("The filtered picture", "Arrow keys move the window.");
  const legend = html("p", { class: "cnn-hint" });
  const file = html("input", {
    type: "file",
    accept: "image/*",
    class: "cnn-hidden",
    id: uniqueId("file"),
    tabindex: -1,
    "aria-label": "Your own picture",
  });
  file.addEventListener("change", () => {
    const chosen = /** @type {HTMLInputElement} */ (file).files?.[0];
    if (chosen) takeFile(chosen);
  });
  const tools = html(
    "div",
    { class: "cnn-buttons" },
    button("Own picture", () => file.click(), { name: "upload" }),
    button("Camera", takePhoto, { name: "camera" }),
    button(
      "Empty sheet to draw on",
      () => useImage(new Float32Array(SIDE * SIDE).fill(255), SIDE, SIDE),
      { name: "sheet" },
    ),
    button("Photo", () => useImage(photoOf(model.get("photo"), model.get("photo_shape"))), {
      name: "photo",
    }),
    file,
  );
  const pictures = html("div", { class: "cnn-pictures" }, source.figure, filtered.figure);
  bench.stage.element.before(preset.element, tools, pictures, legend);
  let drawing = false;
  for (const { canvas } of [source, filtered]) canvas.addEventListener("keydown", moveByKey);
  for (const { canvas } of [source, filtered]) {
    const pointAt = (event) => cellUnder(canvas, event, canvas.height, canvas.width);
    canvas.addEventListener("pointerdown", (event) => {
      drawing = canvas === source.canvas;
      if (drawing) stroke(pointAt(event));
      canvas.setPointerCapture?.(event.pointerId);
    });
    canvas.addEventListener("pointerup", () => (drawing = false));
    canvas.addEventListener("pointermove", (event) => {
      const place = pointAt(event);
      if (drawing && event.buttons) stroke(place);
      bench.setAll({ row: place[0], column: place[1] });
    });
  }
  return bench.start();

  /** The arrow keys move the window, Shift ten pixels at a time; Space draws a dot. */
  function moveByKey(event) {
    const far = event.shiftKey ? 10 : 1;
    const moves = {
      ArrowUp: [-far, 0],
      ArrowDown: [far, 0],
      ArrowLeft: [0, -far],
      ArrowRight: [0, far],
      " ": [0, 0],
    };
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab listens to the arrow keys too
    const step = moves[event.key];
    const within = (at, size) => Math.max(0, Math.min(size - 1, at));
    const row = within(model.get("row") + step[0], image.rows);
    const column = within(model.get("column") + step[1], image.columns);
    if (event.key === " " && event.currentTarget === source.canvas) stroke([row, column]);
    bench.setAll({ row, column });
  }

  /** A dark dot under the pointer: everybody may draw on every picture. */
  function stroke([row, column]) {
    for (let r = Math.max(0, row - 3); r <= Math.min(image.rows - 1, row + 3); r++) {
      for (let c = Math.max(0, column - 3); c <= Math.min(image.columns - 1, column + 3); c++) {
        if ((r - row) ** 2 + (c - column) ** 2 <= 9) image.pixels[r * image.columns + c] = 0;
      }
    }
    useImage(image.pixels, image.rows, image.columns);
  }

  function useImage(pixels, rows, columns) {
    image = rows === undefined ? pixels : { pixels, rows, columns };
    lastKey = "";
    bench.drawSoon();
  }

  /** Take a picture of any size, scaled to fit; a file that is no picture is refused in words. */
  async function takeFile(chosen) {
    try {
      const bitmap = await createImageBitmap(chosen);
      takeDrawable(bitmap, bitmap.width, bitmap.height);
      bitmap.close();
      bench.say("");
    } catch {
      bench.say("This file is no picture that your browser can read. Take a PNG or a JPEG.");
    }
  }

  async function takePhoto() {
    /** @type {MediaStream|undefined} */ let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640 } });
      const video = /** @type {HTMLVideoElement} */ (
        html("video", { muted: true, playsinline: true })
      );
      video.srcObject = stream;
      await video.play();
      takeDrawable(video, video.videoWidth, video.videoHeight);
      bench.say("");
    } catch {
      bench.say(
        "There is no camera, or your browser does not allow it on this page. You can choose a " +
          "picture instead.",
      );
    } finally {
      for (const track of stream?.getTracks() ?? []) track.stop(); // the camera is never left on
    }
  }

  function takeDrawable(drawable, width, height) {
    const scale = Math.min(1, SIDE / Math.max(width, height));
    const [columns, rows] = [width, height].map((size) => Math.max(1, Math.round(size * scale)));
    const sheet = document.createElement("canvas");
    sheet.width = columns;
    sheet.height = rows;
    const brush = /** @type {CanvasRenderingContext2D} */ (
      sheet.getContext("2d", { willReadFrequently: true })
    );
    brush.drawImage(drawable, 0, 0, columns, rows);
    const { data } = brush.getImageData(0, 0, columns, rows);
    const grey = Float32Array.from({ length: rows * columns }, (_, at) =>
      Math.round(0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2]),
    );
    useImage(grey, rows, columns);
  }

  function draw() {
    if (!source) return;
    const size = model.get("kernel_size");
    const weight = corner(model.get("weights"), size, size);
    const flipped = model.get("mode") === "convolution";
    const laid = flipped ? weight.map((line) => [...line].reverse()).reverse() : weight;
    const how = { padding: model.get("padding"), flipped, divisor: model.get("divisor") };
    const key = JSON.stringify([weight, how, model.get("range")]);
    if (key !== lastKey) {
      lastKey = key;
      result = filterImage(image, laid, how);
      source.put(image, "clip");
      filtered.put(result, model.get("range"));
      setText(legend, legendFor(result.pixels, model.get("range")));
    }
    const { rows, columns, padded } = result;
    if (!rows || !columns) {
      bench.stage.draw([]);
      return bench.drawNote(
        `No output: the kernel reaches ${size} cells, the picture has ` +
          `${image.rows}×${image.columns}.`,
        true,
      );
    }
    const [row, column] = [
      Math.min(model.get("row"), rows - 1),
      Math.min(model.get("column"), columns - 1),
    ];
    const window = laid.map((line, u) =>
      line.map((_, v) => padded.pixels[(row + u) * padded.columns + column + v]),
    );
    const sum = window.reduce(
      (total, line, u) => total + line.reduce((part, x, v) => part + x * laid[u][v], 0),
      0,
    );
    const value = tidy(sum / how.divisor);
    const outside = (u, v) => {
      const [r, c] = [row + u - padded.top, column + v - padded.left];
      return r < 0 || c < 0 || r >= image.rows || c >= image.columns;
    };
    const active = bench.selection.active(
      { window: [size, size], kernel: [size, size], output: [1, 1] },
      null,
    );
    const turned = flipped ? (at) => size - 1 - at : (at) => at;
    const meets = (name, u, v) =>
      active &&
      active.grid !== "output" &&
      active.grid !== name &&
      turned(active.row) === u &&
      turned(active.column) === v;
    const panel = (name, title, values, subtitle, own = (_u, _v) => "") => ({
      grid: bench.grids[name],
      title,
      subtitle,
      rows: values.length,
      columns: values[0].length,
      label: `${title}, ${values.length} by ${values[0].length}`,
      cell: (u, v) => ({
        text: show(values[u][v]),
        marks: bench.selection.marks(
          active,
          name,
          u,
          v,
          own(u, v),
          meets(name, u, v) ? "window" : "",
        ),
        label:
          `${title} row ${u}, column ${v}: ` +
          `${show(values[u][v])}${own(u, v) ? ", padding" : ""}`,
      }),
    });
    bench.stage.draw([
      panel("window", "Window", window, `at row ${row}, column ${column}`, (u, v) =>
        outside(u, v) ? "padding" : "",
      ),
      panel("kernel", "Kernel", weight, flipped ? "laid on turned by 180°" : ""),
      panel("output", "Output", [[value]], ""),
    ]);
    source.mark(row - padded.top, column - padded.left, size);
    filtered.mark(row, column, 1);
    bench.drawSizes([]);
    bench.drawNote(
      `The output has ${rows}×${columns} pixels, the picture ${image.rows}×${image.columns}.` +
        (flipped && isTurnSymmetric(weight)
          ? " This kernel is the same when it is turned: convolution and correlation agree."
          : ""),
    );
    bench.drawReadout(
      readoutHead(`Y[${row}, ${column}]`, ` = ${show(value)}`, "output"),
      sumInLines(
        window.map((line, u) => [
          line.map((x, v) => `${u + v ? " + " : ""}${show(x)}·${inBrackets(laid[u][v])}`).join(""),
        ]),
        [`= ${show(sum)}${how.divisor === 1 ? "" : ` / ${how.divisor} = ${show(value)}`}`],
      ),
    );
    bench.drawEditor();
  }

  function codeFor() {
    const size = model.get("kernel_size");
    const name = model.get("mode") === "convolution" ? "convolve2d" : "correlate2d";
    const edge = model.get("padding") === "edge";
    const before =
      model.get("mode") === "convolution" ? Math.floor(size / 2) : Math.floor((size - 1) / 2);
    const padding = edge
      ? `image = np.pad(image, (${before}, ${size - 1 - before}), mode="edge")\n`
      : "";
    return [
      [
        "cnnlib",
        `import numpy as np\nimport cnnlib\nfrom cnnlib.data import load_photo\n\nimage = ` +
          `load_photo().mean(axis=0).round()\n${padding}` +
          `kernel = np.array(${pythonRows(corner(model.get("weights"), size, size))})\n` +
          `output = cnnlib.${name}(image, kernel, ` +
          `mode="${model.get("padding") === "zero" ? "same" : "valid"}") / ` +
          `${model.get("divisor")}\nprint(output)`,
      ],
    ];
  }
}

/** The embedded photo: grey bytes in base64. */
function photoOf(text, [rows, columns]) {
  return { rows, columns, pixels: Float32Array.from(bytesOf(text)) };
}

/** A canvas with a caption, and an outline that shows where the window is. */
function canvasFor(caption, keys) {
  const canvas = /** @type {HTMLCanvasElement} */ (
    html("canvas", {
      class: "cnn-picture",
      role: "img",
      tabindex: 0,
      "aria-label": `${caption}. ${keys}`,
    })
  );
  const outline = html("div", { class: "cnn-picture-mark", "aria-hidden": "true" });
  const holder = html("div", { class: "cnn-picture-holder" }, canvas, outline);
  return {
    canvas,
    figure: html(
      "figure",
      { class: "cnn-figure" },
      html("figcaption", { class: "cnn-title" }, caption),
      holder,
    ),
    put({ pixels, rows, columns }, range) {
      canvas.width = Math.max(1, columns);
      canvas.height = Math.max(1, rows);
      if (!rows || !columns) return;
      canvas
        .getContext("2d")
        ?.putImageData(new ImageData(coloursOfValues(pixels, range), columns, rows), 0, 0);
    },
    mark(row, column, size) {
      const percent = (value, total) => `${(100 * value) / total}%`;
      outline.style.left = percent(column, canvas.width);
      outline.style.top = percent(row, canvas.height);
      outline.style.width = percent(size, canvas.width);
      outline.style.height = percent(size, canvas.height);
    },
  };
}

function legendFor(pixels, range) {
  let [least, most] = [Infinity, -Infinity];
  let outside = 0;
  for (const value of pixels) {
    if (value < least) least = value;
    if (value > most) most = value;
    if (value < 0 || value > 255) outside++;
  }
  if (!pixels.length) return "";
  const round = (value) => show(Math.round(value));
  const spread = `Values from ${round(least)} to ${round(most)}.`;
  if (range === "signed") return `${spread} White is 0, blue is negative, orange is positive.`;
  if (!outside) return `${spread} All lie within 0–255.`;
  const count = outside.toLocaleString("en");
  return `${spread} ${count} pixels lie outside 0–255 and are cut: black or white.`;
}

function isTurnSymmetric(weight) {
  const flat = weight.flat();
  return flat.every((w, at) => w === flat[flat.length - 1 - at]);
}
