/**
 * Transposed convolution: three ways to the same numbers, stepping together. Every input stamps
 * the kernel onto the output; or zeros go between the inputs and the flipped kernel slides over
 * them; or the matrix of a convolution is transposed and multiplied with the input.
 */

import { show, tidy } from "./arithmetic/convolution.js";
import {
  collidingSizes,
  flatAxis,
  flipped,
  overlapCounts,
  overlapInTurn,
  scatterStamps,
  slideFlipped,
  spreadInput,
  stampAxis,
  stampTerms,
  transposedRow,
} from "./arithmetic/transposed.js";
import { html } from "./parts/dom.js";
import { corner, createGridBench, pythonRows } from "./parts/gridbench.js";
import { counted, inBrackets, listed, readoutHead, sumInLines } from "./parts/readout.js";

export default { render };

/** @typedef {import("./arithmetic/transposed.js").StampAxis} StampAxis */

/** Which grids each view has; a line of the drawing for each list. */
const LINES = [
  { views: ["all", "scatter", "zeros", "matrix", "overlap"], grids: ["input", "kernel"] },
  { views: ["all", "scatter"], grids: ["stamps"] },
  { views: ["all", "scatter", "zeros", "overlap"], grids: ["output"] },
  { views: ["all", "scatter", "overlap"], grids: ["overlaps"] },
  { views: ["all", "zeros"], grids: ["spread", "flipped"] },
  { views: ["all", "matrix"], grids: ["matrix", "vector", "product"] },
];

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const compute = () => stateOf((name) => model.get(name));
  const isFlat = () => model.get("dimensions") === "1D";
  const cell = (row, column) => (isFlat() ? [column] : [row, column]);
  const flipCell = (row, column) =>
    cell(...[row, column].map((at) => model.get("kernel_size") - 1 - at));
  const cutOff = () => [isFlat() ? 0 : model.get("padding"), model.get("padding")];
  // Of Cᵀ in 2D only the rows that give one row of the output are drawn: which, and how many.
  let block = 0;
  let blockRows = 0;
  const bench = createGridBench({
    context,
    title: "Transposed convolution",
    label: "Input, kernel and output, with the three ways from one to the other",
    settings: [
      {
        name: "dimensions",
        label: "Input",
        choices: [
          ["1D", "1D: a line"],
          ["2D", "2D: an image"],
        ],
      },
      {
        name: "view",
        label: "Show",
        choices: [
          ["all", "all three ways"],
          ["scatter", "scatter: stamps"],
          ["zeros", "zeros inserted"],
          ["matrix", "matrix Cᵀ"],
          ["overlap", "overlap of stamps"],
        ],
      },
      { name: "size", label: "Input size" },
      { name: "kernel_size", label: "Kernel size F" },
      { name: "stride", label: "Stride S" },
      { name: "padding", label: "Padding P" },
      { name: "output_padding", label: "Output pad. A" },
      { name: "dilation", label: "Dilation D" },
      {
        name: "step",
        label: "Step over",
        choices: [
          ["input", "inputs, stamp by stamp"],
          ["output", "outputs, sum by sum"],
        ],
      },
      { name: "position", label: "Position", bare: true },
    ],
    tables: [
      {
        name: "values",
        short: "x",
        shape: ({ dimensions, size }) => [dimensions === "1D" ? 1 : size, size],
      },
      {
        name: "weights",
        short: "w",
        shape: ({ dimensions, kernel_size: size }) => [dimensions === "1D" ? 1 : size, size],
      },
    ],
    grids: {
      input: { kind: "input", letter: "X", table: "values", index: cell },
      kernel: { kind: "kernel", letter: "W", table: "weights", index: cell },
      stamps: { kind: "output", letter: "S", origin: cutOff },
      output: { kind: "output", letter: "Y", origin: cutOff, index: cell },
      overlaps: { kind: "output", letter: "Y", origin: cutOff, index: cell },
      spread: { kind: "input", letter: "Z", index: cell },
      flipped: { kind: "kernel", letter: "W", index: flipCell },
      matrix: {
        kind: "kernel",
        letter: "Cᵀ",
        index: (row, column) => [block * blockRows + row, column],
      },
      vector: { kind: "input", letter: "X", index: (row) => cell(...placeOfInput(row)) },
      product: { kind: "output", letter: "Y", index: (row) => cell(block, row) },
    },
    play: {
      label: "Move through all three ways",
      say(position) {
        const state = compute();
        const { row, column } = stepAt(state, position);
        const [top, left] = state.axes.map(({ padding }) => padding);
        return model.get("step") === "input"
          ? `stamp of X[${cell(row, column).join(", ")}]`
          : `sum Y[${cell(row - top, column - left).join(", ")}]`;
      },
    },
    draw,
    code: () => codeFor(compute(), model.get("key")),
  });
  return bench.start();

  function placeOfInput(number) {
    const columns = model.get("size");
    return [Math.floor(number / columns), number % columns];
  }

  /** The place that the play bar stands at, in its grid. */
  function stepAt({ axes: [vertical, horizontal] }, position) {
    const byInput = model.get("step") === "input";
    const columns = Math.max(1, byInput ? horizontal.input : horizontal.output);
    const [row, column] = [Math.floor(position / columns), position % columns];
    return byInput
      ? { grid: "input", row, column }
      : { grid: "output", row: row + vertical.padding, column: column + horizontal.padding };
  }

  function draw() {
    const state = compute();
    const { axes, exists, input, weight, output, terms, flat } = state;
    const [vertical, horizontal] = axes;
    const n = input.length * input[0].length;
    const byInput = model.get("step") === "input";
    const count = !exists ? 0 : byInput ? n : vertical.output * horizontal.output;
    const position = Math.min(model.get("position"), Math.max(0, count - 1));
    blockRows = exists ? horizontal.output : 0;
    const size = (values) => [values.length, values[0]?.length ?? 0];
    const shapes = {
      input: size(input),
      kernel: size(weight),
      stamps: exists ? [flat ? input[0].length : vertical.whole, horizontal.whole] : [0, 0],
      output: size(output),
      overlaps: size(output),
      spread: size(state.spread),
      flipped: exists ? size(weight) : [0, 0],
      matrix: [blockRows, n],
      vector: [exists ? n : 0, 1],
      product: [blockRows, 1],
    };
    const active = bench.selection.active(shapes, count ? stepAt(state, position) : null);
    block = blockOf(active, state, block);
    const focus = focusOf(active, state);
    const chosen = terms.filter((term) => isChosen(term, focus));
    const hits = hitsOf(chosen, focus, state);
    const now =
      bench.state.playing && exists
        ? nowOf(state, byInput, position)
        : { output, isLater: () => false, isStamped: () => true };
    const upTo =
      focus?.input && !focus.output ? focus.input[0] * horizontal.input + focus.input[1] + 1 : n;
    const soFar = exists && !flat ? scatterStamps(terms, input, weight, axes, upTo) : [];
    const inside = (row, column) =>
      row >= vertical.padding &&
      row < vertical.whole - vertical.padding &&
      column >= horizontal.padding &&
      column < horizontal.whole - horizontal.padding;
    const panels = panelsFor();
    const view = model.get("view");
    const lines = LINES.filter(({ views }) => views.includes(view)).map(({ grids }) => grids);
    const shown = lines.flat();
    bench.stage.draw(
      shown.map((name) => panels[name]),
      {
        frames: framesFor(focus, state, block).filter(({ grid }) => shown.includes(grid)),
        lineUps: lineUpsFor(lines, flat),
      },
    );
    bench.bar.set(position, count);
    bench.drawSizes(rulesFor(state));
    const words = inWords(state);
    const told = flat
      ? counted(horizontal.output, "cell")
      : `${vertical.output} by ${horizontal.output}`;
    bench.drawNote(words, !exists, `${exists ? `Output ${told}.` : ""} ${words}`);
    bench.drawReadout(
      ...(active ? readoutFor(active, focus, chosen, state) : [html("p", {}, words)]),
    );
    bench.drawEditor();

    function panelsFor() {
      const counts = state.overlaps;
      const turned = flipped(weight);
      const flatInput = input.flat();
      const most = Math.max(1, ...counts.flat());
      const mark = (grid, row, column, ...own) =>
        bench.selection.marks(active, grid, row, column, ...own);
      const hit = (set, r, c) => (hits[set].has(`${r},${c}`) ? "window" : "");
      const none = (_row, _column) => [];
      const nothing = (_row, _column) => "";
      const panel = (name, word, title, subtitle, value, more = none, say = nothing) => {
        const [rows, columns] = shapes[name];
        return {
          grid: bench.grids[name],
          title,
          subtitle,
          rows,
          columns,
          label: `${title}, ${rows} by ${columns}`,
          cell(row, column) {
            const what = value(row, column);
            return {
              text: what === null ? "" : show(what),
              marks: mark(name, row, column, ...more(row, column)),
            };
          },
          labelOf: (row, column, text) =>
            `${word} ${bench.nameOf({ grid: name, row, column })}: ${text || "nothing"}` +
            say(row, column),
        };
      };
      const cut = (row, column) => (inside(row, column) ? "" : "dropped");
      const sayCut = (row, column) => (inside(row, column) ? "" : ", cut off by the padding");
      const sizeOf = (axis) => (flat ? counted(axis, "cell") : `${axis}×${axis}`);
      const cutting = horizontal.padding ? `${horizontal.padding} cut off on each side` : "";
      const stampOf = (row, column) => transposedRow(weight, axes, 0, column)[row];
      const reaches = (axis, i, at) => {
        const tap = (at - i * axis.stride) / axis.dilation;
        return Number.isInteger(tap) && tap >= 0 && tap < axis.kernel;
      };
      const meets = (r, c, i, j) => reaches(vertical, i, r) && reaches(horizontal, j, c);
      const isZero = (row, column) => {
        const place = (axis, at) => (at - axis.reach + 1) / axis.stride;
        const [i, j] = [place(vertical, row), place(horizontal, column)];
        return !(
          Number.isInteger(i) &&
          Number.isInteger(j) &&
          i >= 0 &&
          j >= 0 &&
          i < vertical.input &&
          j < horizontal.input
        );
      };
      const unread = (row, column) =>
        row < vertical.padding ||
        row >= vertical.spread - vertical.padding ||
        column < horizontal.padding ||
        column >= horizontal.spread - horizontal.padding;
      const target = (row) => [block + vertical.padding, row + horizontal.padding];
      return {
        input: panel(
          "input",
          "Input",
          `Input: ${sizeOf(horizontal.input)}`,
          "",
          (r, c) => input[r][c],
          (r, c) => [hit("inputs", r, c)],
        ),
        kernel: panel(
          "kernel",
          "Weight",
          `Kernel: ${sizeOf(horizontal.kernel)}`,
          "",
          (r, c) => weight[r][c],
          (r, c) => [hit("weights", r, c)],
        ),
        stamps: flat
          ? panel(
              "stamps",
              "Stamp",
              "1. Scatter",
              "a row for each input's stamp",
              (r, c) =>
                reaches(horizontal, r, c) && now.isStamped(r)
                  ? tidy(input[0][r] * stampOf(r, c))
                  : null,
              (r, c) => [cut(0, c), hit("stamps", r, c), reaches(horizontal, r, c) ? "" : "bare"],
              (_r, c) => sayCut(0, c),
            )
          : panel(
              "stamps",
              "Stamp",
              "1. Scatter",
              upTo < n ? `after ${upTo} of ${n} stamps` : "all stamps added up",
              (r, c) => soFar[r][c],
              (r, c) => [cut(r, c), hit("outputs", r, c)],
              sayCut,
            ),
        output: panel(
          "output",
          "Output",
          exists ? `Output: ${sizeOf(horizontal.output)}` : "No output",
          cutting,
          (r, c) => (now.isLater(r, c) ? null : now.output[r][c]),
          (r, c) => [cut(r, c), hit("outputs", r, c)],
          sayCut,
        ),
        overlaps: withFill(
          panel(
            "overlaps",
            "Stamps on",
            "Stamps that overlap",
            "",
            (r, c) => counts[r][c],
            (r, c) => [cut(r, c), hits.outputs.has(`${r},${c}`) ? "winner" : ""],
            sayCut,
          ),
          (r, c) => shade(counts[r][c] / most),
        ),
        spread: panel(
          "spread",
          "Spread input",
          "2. Zeros inserted",
          "between and around the inputs",
          (r, c) => state.spread[r][c],
          (r, c) => [
            isZero(r, c) ? "padding" : "",
            unread(r, c) ? "unread" : "",
            hit("spread", r, c),
          ],
          (r, c) => (isZero(r, c) ? ", an inserted zero" : ", an input"),
        ),
        flipped: panel(
          "flipped",
          "Flipped weight",
          "Kernel, flipped",
          "slides with stride 1",
          (r, c) => turned[r][c],
          (r, c) => [hit("weights", weight.length - 1 - r, weight[0].length - 1 - c)],
        ),
        matrix: panel(
          "matrix",
          "Matrix",
          "3. Matrix Cᵀ",
          flat
            ? `${blockRows}×${n}`
            : `rows ${block * blockRows} to ${(block + 1) * blockRows - 1} of ${blockRows ** 2}`,
          (r, c) => state.rowOf(...target(r))[c],
          (r, c) => [
            hit("pairs", target(r), c),
            meets(...target(r), ...placeOfInput(c)) ? "" : "bare",
          ],
        ),
        vector: panel(
          "vector",
          "Input",
          "times X",
          "",
          (r) => input[placeOfInput(r)[0]][placeOfInput(r)[1]],
          (r) => [hit("inputs", ...placeOfInput(r))],
        ),
        product: panel(
          "product",
          "Output",
          "gives Y",
          flat ? "" : `row ${block}`,
          (r) =>
            now.isLater(...target(r))
              ? null
              : bench.state.playing
                ? now.output[target(r)[0]][target(r)[1]]
                : tidy(state.rowOf(...target(r)).reduce((sum, w, i) => sum + w * flatInput[i], 0)),
          (r) => [hit("outputs", ...target(r))],
        ),
      };
    }
  }

  /** What the active cell stands for: an input, a weight, a place of the sheet, or two of them. */
  function focusOf(active, { axes: [vertical, horizontal], weight, flat }) {
    if (!active) return null;
    const { grid, row, column } = active;
    const target = [block + vertical.padding, row + horizontal.padding];
    if (grid === "input") return { input: [row, column] };
    if (grid === "vector") return { input: placeOfInput(row) };
    if (grid === "kernel") return { weight: [row, column] };
    if (grid === "flipped")
      return { weight: [weight.length - 1 - row, weight[0].length - 1 - column] };
    if (grid === "product") return { output: target };
    if (grid === "matrix") return { output: target, input: placeOfInput(column) };
    if (grid === "stamps" && flat) return { output: [0, column], input: [0, row] };
    if (grid !== "spread") return { output: [row, column] };
    const [i, j] = [
      [row, vertical],
      [column, horizontal],
    ].map(([at, axis]) => (at - axis.reach + 1) / axis.stride);
    const real =
      Number.isInteger(i) &&
      Number.isInteger(j) &&
      i >= 0 &&
      j >= 0 &&
      i < vertical.input &&
      j < horizontal.input;
    return real ? { input: [i, j] } : { zero: true };
  }

  function readoutFor(active, focus, chosen, state) {
    const {
      axes: [vertical, horizontal],
      input,
      weight,
      output,
      overlaps,
    } = state;
    const joined = (numbers) => numbers.map((number) => show(number)).join(", ");
    const at = (letter, ...place) => `${letter}[${joined(cell(...place))}]`;
    const outputName = (r, c) => at("Y", r - vertical.padding, c - horizontal.padding);
    const named = ({ i, j, u, v }) => `${at("X", i, j)}·${at("W", u, v)}`;
    const product = ({ i, j, u, v }) => `${inBrackets(input[i][j])}·${inBrackets(weight[u][v])}`;
    const isCut = (r, c) =>
      r < vertical.padding ||
      c < horizontal.padding ||
      r >= vertical.whole - vertical.padding ||
      c >= horizontal.whole - horizontal.padding;
    if (focus.zero) {
      return [
        readoutHead(bench.nameOf(active), " = 0 is an inserted zero", "input"),
        html("p", {}, "It keeps the inputs apart, and every product with it is 0."),
      ];
    }
    if (focus.output && focus.input) {
      const [r, c] = focus.output;
      const name = `${at("X", ...focus.input)} to ${outputName(r, c)}`;
      const say = chosen.length
        ? `${named(chosen[0])} = ${product(chosen[0])} = ` +
          `${show(input[chosen[0].i][chosen[0].j] * weight[chosen[0].u][chosen[0].v])}`
        : "Nothing: this stamp does not reach that cell, and Cᵀ has a 0 there.";
      return [readoutHead(name, "", "output"), html("p", {}, say)];
    }
    if (focus.output) {
      const [r, c] = focus.output;
      const sum = show(output[r][c]);
      const gone = isCut(r, c) ? `, cut off by the padding` : "";
      const row = state
        .rowOf(r, c)
        .map((w, i) => `${inBrackets(w)}·${inBrackets(input.flat()[i])}`)
        .join(" + ");
      const window = windowOn(state, r, c)
        .map(({ z, w }) => `${inBrackets(z)}·${inBrackets(w)}`)
        .join(" + ");
      return [
        readoutHead(outputName(r, c), ` = ${sum}${gone}`, "output"),
        html(
          "p",
          {},
          `${counted(overlaps[r][c], "stamp")} ${overlaps[r][c] === 1 ? "meets" : "meet"} here.`,
        ),
        sumInLines(
          [
            [`Scatter: ${chosen.map(product).join(" + ") || "no stamp, 0"} = ${sum}`],
            [`Zeros inserted: ${window} = ${sum}`],
            [`Row of Cᵀ times X: ${row} = ${sum}`],
          ],
          [],
        ),
      ];
    }
    if (focus.input) {
      const [i, j] = focus.input;
      const all = chosen.map(
        ({ u, v, r, c }) =>
          `${show(input[i][j] * weight[u][v])} on ` +
          `${outputName(r, c)}${isCut(r, c) ? " (cut off)" : ""}`,
      );
      return [
        readoutHead(at("X", i, j), ` = ${show(input[i][j])}`, "input"),
        html(
          "p",
          {},
          chosen.length
            ? `Its stamp is ${show(input[i][j])} times the kernel: ${listed(all)}.`
            : "It stamps nothing: there is no output.",
        ),
        html(
          "p",
          {},
          chosen.length
            ? "Column of Cᵀ: it holds the kernel where the stamp lands, and zeros."
            : "",
        ),
      ];
    }
    const [u, v] = focus.weight;
    return [
      readoutHead(at("W", u, v), ` = ${show(weight[u][v])}`, "kernel"),
      html(
        "p",
        {},
        chosen.length
          ? `It is in every stamp: ` +
              `${listed(chosen.map((term) => `${named(term)} on ${outputName(term.r, term.c)}`))}.`
          : "There is no output.",
      ),
    ];
  }
}

// ---- from the traits to numbers, marks, words and code -----------------------------------------

/** Sizes and values of a state. @param {(name: string) => any} get */
function stateOf(get) {
  const flat = get("dimensions") === "1D";
  const axis = stampAxis({
    input: get("size"),
    kernel: get("kernel_size"),
    stride: get("stride"),
    padding: get("padding"),
    more: get("output_padding"),
    dilation: get("dilation"),
  });
  /** @type {[StampAxis, StampAxis]} */
  const axes = [flat ? flatAxis() : axis, axis];
  const input = corner(get("values"), axes[0].input, axis.input);
  const weight = corner(get("weights"), axes[0].kernel, axis.kernel);
  const exists = axis.allowed && axis.output > 0;
  const terms = exists ? stampTerms(axes) : [];
  const spread = exists ? spreadInput(input, axes) : [];
  /** Rows of Cᵀ: each is asked for by all its cells. */
  const rows = new Map();
  return {
    flat,
    axes,
    input,
    weight,
    exists,
    terms,
    spread,
    output: exists ? slideFlipped(spread, weight, axes) : [],
    overlaps: exists ? overlapCounts(terms, axes) : [],
    rowOf(r, c) {
      const key = r * axis.whole + c;
      if (!rows.has(key)) rows.set(key, transposedRow(weight, axes, r, c));
      return rows.get(key);
    },
  };
}

/**
 * The row of the output whose rows of Cᵀ are drawn: that of the active cell. What has none keeps
 * the last one, for pointing into the matrix must not change it.
 */
function blockOf(active, { axes, exists, flat }, last) {
  const axis = axes[0];
  const row =
    flat || !exists || !active
      ? 0
      : ["output", "overlaps", "stamps"].includes(active.grid)
        ? active.row - axis.padding
        : active.grid === "input"
          ? active.row * axis.stride - axis.padding
          : last;
  return Math.max(0, Math.min(axis.output - 1, row));
}

function isChosen({ i, j, u, v, r, c }, focus) {
  if (!focus || focus.zero) return false;
  const fits = (place, a, b) => !place || (place[0] === a && place[1] === b);
  return fits(focus.input, i, j) && fits(focus.weight, u, v) && fits(focus.output, r, c);
}

/** Which cells take part, by grid. */
function hitsOf(chosen, focus, { axes: [vertical, horizontal], flat }) {
  const hits = {
    inputs: new Set(),
    weights: new Set(),
    outputs: new Set(),
    stamps: new Set(),
    spread: new Set(),
    pairs: new Set(),
  };
  for (const { i, j, u, v, r, c } of chosen) {
    hits.inputs.add(`${i},${j}`);
    hits.weights.add(`${u},${v}`);
    hits.outputs.add(`${r},${c}`);
    if (flat) hits.stamps.add(`${j},${c}`);
    hits.pairs.add(`${r},${c},${i * horizontal.input + j}`);
    hits.spread.add(
      `${i * vertical.stride + vertical.reach - 1},${j * horizontal.stride + horizontal.reach - 1}`,
    );
  }
  if (!focus?.output || focus.input) return hits;
  const [r, c] = focus.output;
  hits.outputs.add(focus.output.join());
  for (let u = 0; u < vertical.kernel; u++) {
    for (let v = 0; v < horizontal.kernel; v++) {
      hits.spread.add(`${r + u * vertical.dilation},${c + v * horizontal.dilation}`);
    }
  }
  return hits;
}

/** While it plays: the stamps or the sums so far. */
function nowOf({ terms, input, weight, axes, output }, byInput, position) {
  if (byInput) {
    return {
      output: scatterStamps(terms, input, weight, axes, position + 1),
      isLater: () => false,
      isStamped: (row) => row <= position,
    };
  }
  const [vertical, horizontal] = axes;
  const isLater = (r, c) =>
    (r - vertical.padding) * horizontal.output + c - horizontal.padding > position;
  return { output, isLater, isStamped: () => true };
}

/** The cells that one window of the spread-out input holds, with the flipped kernel's weights. */
function windowOn({ spread, weight, axes: [vertical, horizontal] }, r, c) {
  return flipped(weight).flatMap((line, u) =>
    line.map((w, v) => ({ z: spread[r + u * vertical.dilation][c + v * horizontal.dilation], w })),
  );
}

function framesFor(focus, state, block) {
  const {
    axes: [vertical, horizontal],
    flat,
    exists,
  } = state;
  if (!exists || !focus) return [];
  const [rows, columns] = [vertical.reach, horizontal.reach];
  const n = vertical.input * horizontal.input;
  const frames = [];
  if (focus.input && !focus.output) {
    const [i, j] = focus.input;
    const number = i * horizontal.input + j;
    const [row, column] = [i * vertical.stride, j * horizontal.stride];
    frames.push(
      { grid: "stamps", row: flat ? number : row, column, rows, columns },
      { grid: "output", row, column, rows, columns },
    );
    frames.push({ grid: "matrix", row: 0, column: number, rows: horizontal.output, columns: 1 });
  }
  if (focus.output && !focus.input) {
    const [row, column] = focus.output;
    frames.push({ grid: "spread", row, column, rows, columns });
    if (flat) frames.push({ grid: "stamps", row: 0, column, rows: n, columns: 1 });
    const line = column - horizontal.padding;
    const inBlock = row - vertical.padding === block && line >= 0 && line < horizontal.output;
    if (inBlock) frames.push({ grid: "matrix", row: line, column: 0, rows: 1, columns: n });
  }
  return frames;
}

/** Ways to put the grids into lines: lines of cells above each other, so that they align. */
function lineUpsFor(lines, flat) {
  const groups = lines.map((line) => line.length);
  const single = lines.flatMap((line) => (line.includes("matrix") ? [1, 2] : line.map(() => 1)));
  const pairs = [];
  for (const count of groups) {
    if (!flat && pairs.length && pairs.at(-1) + count <= 3) pairs.push(pairs.pop() + count);
    else pairs.push(count);
  }
  return [pairs, groups, single];
}

/** A grid whose cells have colours of their own. */
function withFill(panel, fill) {
  const { cell } = panel;
  const filled = (row, column) => Object.assign(cell(row, column), { fill: fill(row, column) });
  return { ...panel, cell: filled };
}

/** Light for few, dark green for many. */
function shade(part) {
  const mix = (from, to) => Math.round(from + (to - from) * part);
  return `rgb(${mix(240, 0)}, ${mix(250, 105)}, ${mix(246, 76)})`;
}

/** The rules with their numbers. @returns {[string, string][]} */
function rulesFor({ axes: [, axis], exists }) {
  const { input, kernel, stride, padding, more, dilation, whole, reach } = axis;
  const sum = `(${input} − 1)·${stride} − 2·${padding} + ${dilation}·(${kernel} − 1) + ${more} + 1`;
  const zeros = reach - 1 - padding;
  const around = zeros >= 0 ? `${zeros} around` : `${-zeros} cut off each end`;
  const sizes = collidingSizes(axis);
  const colliding = sizes.length
    ? `a convolution of ${listed(sizes.map(String))} gives ${input}; A = 0 to ${stride - 1} chooses`
    : "none";
  return [
    ["output size", `(i − 1)·S − 2P + D·(F − 1) + A + 1 = ${sum} = ${show(whole - 2 * padding)}`],
    [
      "zeros inserted",
      exists ? `S − 1 = ${stride - 1} between, D·(F − 1) − P = ${around}` : "none",
    ],
    [
      "sizes that collide",
      stride > 1
        ? colliding
        : sizes.length
          ? `no others: only a convolution of ${sizes[0]} gives ${input}`
          : "none",
    ],
  ];
}

/** What became of it: the overlap, or why there is no output. */
function inWords({ axes: [vertical, axis], exists, flat, overlaps }) {
  const { kernel, stride, dilation, padding, more, whole } = axis;
  if (!axis.allowed) {
    return (
      `No output: output padding must be below stride or dilation. It is ${more}, they are ` +
      `${stride} and ${dilation}. ` +
      "One more input cell would give that size."
    );
  }
  if (!exists)
    return (
      `No output: the stamps cover ${counted(whole, "cell")}, and padding cuts ` +
      `${padding} off each side.`
    );
  const turn = overlapInTurn(axis);
  const line = [...new Set(turn)].sort((a, b) => a - b);
  const met = flat
    ? line
    : [...new Set(line.flatMap((a) => line.map((b) => a * b)))].sort((a, b) => a - b);
  const even = met.length === 1;
  const why =
    dilation > 1
      ? `F = ${kernel}, S = ${stride}, D = ${dilation}`
      : `F = ${kernel} ${even ? "is" : "is not"} a multiple of S = ${stride}`;
  const words = [
    even
      ? `Far from the border ${counted(met[0], "stamp")} ${met[0] === 1 ? "meets" : "meet"} ` +
        `on each output, the same everywhere: ${why}.`
      : `Far from the border ${listed(met.map(String)).replace(" and ", " or ")} stamps meet ` +
        `on an output, in turn: ${why}. ${flat ? "" : "That is the checkerboard."}`,
  ];
  const bare = overlaps
    .slice(vertical.padding, vertical.whole - vertical.padding)
    .flatMap((row) => row.slice(padding, whole - padding))
    .filter((count) => count === 0).length;
  if (bare)
    words.push(
      `${counted(bare, "output gets", "outputs get")} no stamp and ` +
        `${bare === 1 ? "stays" : "stay"} 0.`,
    );
  return words.join(" ").replaceAll("  ", " ");
}

function codeFor({ flat, axes: [, axis], input, weight }, key) {
  const rows = (values) => (flat ? `[${values[0].join(", ")}]` : pythonRows(values));
  const { stride, padding, more, dilation } = axis;
  const call = `stride=${stride}, padding=${padding}, output_padding=${more}, dilation=${dilation}`;
  const name = flat ? "conv_transpose1d" : "conv_transpose2d";
  return [
    [
      "cnnlib",
      `import numpy as np\nimport cnnlib\n\ninput = np.array(${rows(input)})\nweight = ` +
        `np.array(${rows(weight)})\n` +
        `output = cnnlib.${name}(\n    input[None], weight[None, None],\n    ${call},\n)[0]\n` +
        `print(output)`,
    ],
    [
      "PyTorch",
      `import torch\nimport torch.nn.functional as F\n\ninput = torch.tensor(${rows(input)}, ` +
        `dtype=torch.float64)\n` +
        `weight = torch.tensor(${rows(weight)}, dtype=torch.float64)\n` +
        `output = F.${name}(\n    input[None, None], weight[None, None],\n    ${call},\n)[0, ` +
        `0]\nprint(output)`,
    ],
    [
      "This widget in a notebook",
      `from cnnlib.widgets import TransposedConvolution\n\nTransposedConvolution(\n    ` +
        `input=${rows(input).replaceAll("\n", "\n    ")},\n` +
        `    weight=${rows(weight).replaceAll("\n", "\n    ")},\n    ${call}, key="${key}",\n)`,
    ],
  ];
}
