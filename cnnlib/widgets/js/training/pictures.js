/** The pictures of a training: kernels, maps, curves, the confusion table and the mistakes. */

import { crossEntropy, forward } from "../arithmetic/layers.js";
import { html } from "../parts/dom.js";

/** @typedef {Record<string, string>} Colours */
/** @typedef {CanvasRenderingContext2D} Ink */
/** @typedef {import("./session.js").Session} Session */

const FONT = "12px system-ui, sans-serif";

/**
 * A picture with its title. `draw` gets a brush, width and height in CSS pixels.
 * @param {string} name its class
 * @param {string} title
 */
export function createFigure(name, title) {
  const head = html("div", { class: "cnn-title" }, title);
  const canvas = /** @type {HTMLCanvasElement} */ (html("canvas", { role: "img" }));
  let [width, height] = [0, 0];
  return {
    element: html("div", { class: `cnn-training-${name}` }, head, canvas),
    head,
    canvas,
    /** The page was laid out anew. */
    measure() {
      [width, height] = [canvas.clientWidth, canvas.clientHeight];
      const scale = devicePixelRatio || 1;
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    },
    /** @param {(ink: Ink, width: number, height: number) => void} paint */
    draw(paint) {
      const ink = canvas.getContext("2d");
      if (!ink || !width) return;
      ink.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
      ink.clearRect(0, 0, width, height);
      ink.font = FONT;
      ink.textBaseline = "middle";
      paint(ink, width, height);
    },
  };
}

/** Where `count` squares stand in a box so that they are as large as can be. */
function squaresIn(count, width, height, gap, below = 0) {
  let best = { size: 0, columns: 1 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const size = Math.floor(
      Math.min((width + gap) / columns - gap, (height + gap) / rows - gap - below),
    );
    if (size > best.size) best = { size, columns };
  }
  const { size, columns } = best;
  return Array.from({ length: count }, (_, at) => ({
    x: (at % columns) * (size + gap),
    y: Math.floor(at / columns) * (size + gap + below),
    size,
  }));
}

/** A square picture of numbers: paper for 0, one colour above it and one below. */
function paintNumbers(ink, values, { x, y, size }, most, { high, low, ground, line }) {
  const side = Math.round(Math.sqrt(values.length));
  const edge = (at) => Math.round((at * size) / side);
  ink.fillStyle = ground;
  ink.fillRect(x, y, size, size);
  values.forEach((value, at) => {
    const [row, column] = [Math.floor(at / side), at % side];
    ink.globalAlpha = Math.min(1, Math.abs(value) / most) || 0;
    ink.fillStyle = value < 0 ? low : high;
    const [left, top] = [edge(column), edge(row)];
    ink.fillRect(x + left, y + top, edge(column + 1) - left, edge(row + 1) - top);
  });
  ink.globalAlpha = 1;
  ink.strokeStyle = line;
  ink.lineWidth = 1;
  ink.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
}

const strongestOf = (values) =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);

/** The weights of the first layer as pictures. @param {any[]} network @param {Colours} colours */
export function paintKernels(network, colours) {
  const { weight, filters } = network.find((layer) => layer.weight);
  const each = weight.length / filters;
  const { kernel: high, input: low, ground, line } = colours;
  return (/** @type {Ink} */ ink, width, height) => {
    squaresIn(filters, width, height, 6).forEach((square, at) => {
      const own = weight.subarray(at * each, (at + 1) * each);
      paintNumbers(ink, own, square, strongestOf(weight), { high, low, ground, line });
    });
  };
}

/**
 * What each convolution makes of a digit, and what the network says in the end.
 * @param {any[]} network @param {Float64Array} digit
 */
export function runOnDigit(network, digit) {
  /** @type {{count: number, values: Float64Array}[]} */ const volumes = [];
  let [x, dense] = [digit, false];
  for (const layer of network) {
    x = forward(layer, x, false).y;
    dense ||= layer.kind === "dense";
    if (dense) continue;
    if (layer.kind === "conv") volumes.push({ count: layer.filters, values: x });
    else volumes[volumes.length - 1].values = x;
  }
  // the gradient for class 0 is each probability, but 1 less at that class
  const chances = crossEntropy(x, [0]).grad;
  chances[0] += 1;
  return { volumes, chances };
}

/** @param {ReturnType<typeof runOnDigit>} run */
export function paintMaps(run, digit, label, colours) {
  const { "input-text": input, output: high, gradient: low, ground, line, text } = colours;
  return (/** @type {Ink} */ ink, width, height) => {
    const bars = Math.min(110, width / 3.4);
    const first = Math.min(height, width / 4.5);
    const square = { x: 0, y: (height - first) / 2, size: first };
    paintNumbers(ink, digit, square, 1, { high: input, low, ground, line });
    const room = (width - first - bars - 12) / Math.max(1, run.volumes.length);
    run.volumes.forEach(({ count, values }, at) => {
      const [left, each, most] = [
        first + 12 + at * room,
        values.length / count,
        strongestOf(values),
      ];
      for (const [map, { x, y, size }] of squaresIn(count, room - 12, height, 3).entries()) {
        const own = values.subarray(map * each, (map + 1) * each);
        const place = { x: left + x, y, size };
        paintNumbers(ink, own, place, most, { high, low, ground, line });
      }
    });
    const step = height / 10;
    ink.font = `${Math.min(12, step)}px system-ui, sans-serif`;
    ink.textAlign = "left";
    run.chances.forEach((chance, k) => {
      const y = k * step;
      ink.fillStyle = k === label ? colours.output : colours.kernel;
      ink.fillRect(width - bars + 12, y + 1, Math.max(1, chance * (bars - 12)) || 0, step - 2);
      ink.fillStyle = text;
      ink.fillText(String(k), width - bars, y + step / 2);
    });
  };
}

/** Loss above, accuracy below, as far as training has come. @param {Session} session */
export function paintCurves({ losses, points, steps, stepsOfEpoch, until }, colours) {
  const most = Math.max(steps, until, 1);
  const finite = losses.filter(Number.isFinite);
  const top = Math.min(10, Math.max(2.5, ...points.map(({ loss }) => loss || 0)));
  const stride = Math.max(1, Math.floor(finite.length / 400));
  const learned = finite.filter((_, at) => at % stride === 0);
  return (/** @type {Ink} */ ink, width, height) => {
    const [left, half] = [44, height / 2 - 10];
    const x = (step) => left + ((width - left - 4) * step) / most;
    const panel = (from, name, ends, ceiling) => {
      const y = (value) => from + half - (half - 8) * Math.min(1, value / ceiling);
      ink.strokeStyle = colours.line;
      ink.lineWidth = 1;
      ink.strokeRect(left, from + 6, width - left - 4, half - 6);
      ink.fillStyle = colours.muted;
      ink.textAlign = "right";
      ends.forEach((end, at) => ink.fillText(end, left - 4, at ? from + half - 4 : from + 12));
      ink.fillText(name, width - 10, from + (ceiling > 1 ? 16 : half - 10));
      return y;
    };
    const curve = (places, colour, thick) => {
      ink.strokeStyle = colour;
      ink.lineWidth = thick;
      ink.beginPath();
      for (const [at, value] of places) if (Number.isFinite(value)) ink.lineTo(x(at), value);
      ink.stroke();
    };
    const loss = panel(0, "loss", [top.toFixed(1), "0"], top);
    curve(
      learned.map((value, at) => [at * stride, loss(value)]),
      colours.input,
      1,
    );
    curve(
      points.map((point) => [point.step, loss(point.loss)]),
      colours.output,
      2.5,
    );
    const share = panel(half + 4, "accuracy", ["100 %", "0"], 1);
    curve(
      points.map(({ step, learned: value }) => [step, share(value)]),
      colours.input,
      1.5,
    );
    curve(
      points.map(({ step, accuracy }) => [step, share(accuracy)]),
      colours.output,
      2.5,
    );
    ink.fillStyle = colours.muted;
    ink.textAlign = "right";
    if (width > 220)
      ink.fillText(`${Math.round(most / stepsOfEpoch)} epochs`, width - 4, height - 7);
    ink.textAlign = "left";
    ink.fillStyle = colours["input-text"];
    ink.fillText("learning", left, height - 7);
    ink.fillStyle = colours["output-text"];
    ink.fillText("held out", left + 10 + ink.measureText("learning").width, height - 7);
  };
}

/** How often each digit, down, was read as each, across. @returns {number[][]} */
export function confusionOf({ guesses, held }) {
  const counts = Array.from({ length: 10 }, () => new Array(10).fill(0));
  guesses.forEach((guess, at) => counts[held.labels[at]][guess]++);
  return counts;
}

/** @param {number[][]} counts @param {Colours} colours */
export function paintConfusion(counts, colours) {
  const wrong = counts.flatMap((row, truth) => row.filter((_, guess) => guess !== truth));
  const most = Math.max(4, ...wrong);
  return (/** @type {Ink} */ ink, width, height) => {
    const cell = Math.floor(Math.min((width - 16) / 10, (height - 16) / 10));
    ink.textAlign = "center";
    const digit = (number, x, y) => {
      ink.fillStyle = colours.muted;
      ink.fillText(String(number), x, y);
    };
    counts.forEach((row, truth) => {
      digit(truth, 8, 16 + (truth + 0.5) * cell);
      digit(truth, 16 + (truth + 0.5) * cell, 8);
      const all = row.reduce((sum, count) => sum + count, 0) || 1;
      row.forEach((count, guess) => {
        const [x, y] = [16 + guess * cell, 16 + truth * cell];
        const right = truth === guess;
        ink.fillStyle = colours.panel;
        ink.fillRect(x, y, cell - 1, cell - 1);
        ink.globalAlpha = right
          ? count / all
          : Math.min(1, 0.3 * (count > 0 ? 1 : 0) + count / most);
        ink.fillStyle = right ? colours.output : colours.kernel;
        ink.fillRect(x, y, cell - 1, cell - 1);
        ink.globalAlpha = 1;
        if (!count || cell < 15) return;
        ink.fillStyle = right && count / all < 0.5 ? colours.text : "#000000";
        if (!right && count < most / 2) ink.fillStyle = colours.text;
        ink.fillText(String(count), x + cell / 2, y + cell / 2);
      });
    });
  };
}

/** The places of the digits that are read wrong. @param {Session} session @returns {number[]} */
export function mistakesOf({ guesses, held }) {
  return Array.from(guesses.keys()).filter((at) => guesses[at] !== held.labels[at]);
}

const mistakePlaces = (room, width, height) =>
  squaresIn(room, width, height, 8, 16).map(({ x, y, size }) => ({
    x,
    y,
    size: Math.min(size, 72),
  }));

/**
 * Which of the mistakes a pointer is on, or −1.
 * @param {HTMLCanvasElement} canvas @param {MouseEvent} event @param {number} room
 */
export function mistakeUnder(canvas, event, room) {
  const under = (at, start, size) => at >= start && at < start + size;
  return mistakePlaces(room, canvas.clientWidth, canvas.clientHeight).findIndex(
    ({ x, y, size }) => under(event.offsetX, x, size) && under(event.offsetY, y, size + 16),
  );
}

/**
 * The first mistakes, as many as have room, each in a place of its own.
 * @param {Session} session @param {number[]} wrong @param {number} room @param {Colours} colours
 */
export function paintMistakes({ guesses, held }, wrong, room, colours) {
  const { "input-text": high, gradient: low, ground, line, text } = colours;
  return (/** @type {Ink} */ ink, width, height) => {
    ink.textAlign = "center";
    mistakePlaces(room, width, height).forEach(({ x, y, size }, n) => {
      const at = wrong[n];
      if (at === undefined) return;
      const place = { x, y, size };
      paintNumbers(ink, digitAtPlace(held, at), place, 1, { high, low, ground, line });
      ink.fillStyle = text;
      const words = `${held.labels[at]} → ${guesses[at]}`;
      ink.fillText(words, x + place.size / 2, y + place.size + 9);
    });
  };
}

/** @param {{images: Float64Array}} digits @param {number} at */
export function digitAtPlace({ images }, at) {
  return images.subarray(at * 64, (at + 1) * 64);
}
