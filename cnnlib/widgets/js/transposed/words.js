/**
 * Transposed convolution in words: names of cells, rules with their numbers, the note, the
 * read-out, and the code for a state.
 */

import { show } from "../arithmetic/convolution.js";
import {
  collidingSizes,
  overlapInTurn,
  stampAxis,
  transposedRow,
} from "../arithmetic/transposed.js";
import { html } from "../parts/dom.js";
import { positionColour } from "../parts/positions.js";
import { pythonRows } from "../parts/python-code.js";
import { counted, inBrackets, listed, readoutHead, sumAsKernel } from "../parts/readout.js";
import { spreadWindow, weightNumber } from "./seen.js";

/** @typedef {import("./seen.js").State} State */
/** @typedef {import("./seen.js").Seen} Seen */

// ---- names --------------------------------------------------------------------------------------

/** Whether the padding cuts a cell of the sheet off. */
export function isCutOff({ axes }, ...place) {
  return axes.some(({ padding, whole }, a) => place[a] < padding || place[a] >= whole - padding);
}

const bracketed = (letter, numbers) => `${letter}[${numbers.join(", ").replaceAll("-", "−")}]`;
const named = ({ flat }, letter, row, column) => bracketed(letter, flat ? [column] : [row, column]);
/** The name of a cell of the sheet: counted from the first one that the padding leaves. */
const outputName = (state, r, c) =>
  named(state, "Y", r - state.axes[0].padding, c - state.axes[1].padding);

/**
 * The name of a cell, as X[0, 1].
 * @param {import("../parts/scene.js").Place} place
 * @param {State} state
 * @param {number} block the row of the output whose rows of Cᵀ are drawn
 */
export function placeName({ grid, row, column }, state, block) {
  const { axes, flat } = state;
  const columns = axes[1].input;
  switch (grid) {
    case "input":
      return named(state, "X", row, column);
    case "kernel":
      return named(state, "W", row, column);
    case "flipped":
      return named(state, "W", axes[0].kernel - 1 - row, axes[1].kernel - 1 - column);
    case "spread":
      return named(state, "Z", row, column);
    case "stamp":
      return bracketed("S", [row, column]);
    case "stamps":
      return bracketed("S", [row, column - axes[1].padding]);
    case "matrix":
      return bracketed("Cᵀ", [block * axes[1].output + row, column]);
    case "vector":
      return named(state, "X", Math.floor(row / columns), flat ? row : row % columns);
    case "product":
      return named(state, "Y", block, row);
    default:
      return outputName(state, row, column);
  }
}

// ---- the rules and the note ---------------------------------------------------------------------

/** The rules with their numbers. @returns {[string, string][]} */
export function rulesOf({ axes: [, axis], exists }) {
  const { input, kernel, stride, padding, more, dilation, whole, effective } = axis;
  const sum = `(${input} − 1)·${stride} − 2·${padding} + ${dilation}·(${kernel} − 1) + ${more} + 1`;
  const zeros = effective - 1 - padding;
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

/** @param {State} state */
export function noteOf(state) {
  const { exists, flat, axes } = state;
  if (!exists) return { text: whyNone(state), impossible: true };
  const text = `${overlapInWords(state)} All three give the same output.`;
  const size = axes[1].output;
  const told = flat ? counted(size, "cell") : `${size} by ${size}`;
  return { text, spoken: `Output ${told}. ${text}` };
}

/** Why there is no output, and what would mend it. */
function whyNone(state) {
  const { stride, dilation, padding, more, whole, allowed } = state.axes[1];
  const why = allowed
    ? `the stamps cover ${counted(whole, "cell")}, and padding cuts ${padding} off each side`
    : `output padding must be below stride or dilation; it is ${more}, they are ${stride} and ` +
      `${dilation}`;
  const ways = waysOut(state);
  const or = ways.length < 2 ? ways.join("") : `${ways.slice(0, -1).join(", ")} or ${ways.at(-1)}`;
  return `No output: ${why}. Choose ${or}.`;
}

/** The nearest value of each setting that alone gives an output; where none does, of two. */
function waysOut({ axes: [, axis], limits }) {
  const settings = [
    ["padding", "padding", "padding"],
    ["more", "output_padding", "output padding"],
    ["stride", "stride", "stride"],
    ["kernel", "kernel_size", "kernel size"],
    ["input", "size", "input size"],
  ];
  const works = (change) => {
    const { allowed, output } = stampAxis({ ...axis, ...change });
    return allowed && output > 0;
  };
  const found = settings.flatMap(([part, trait, word]) => {
    const [low, high] = limits[trait];
    const values = Array.from({ length: high - low + 1 }, (_, at) => low + at)
      .filter((value) => works({ [part]: value }))
      .sort((a, b) => Math.abs(a - axis[part]) - Math.abs(b - axis[part]));
    return values.length ? [`${word} ${values[0]}`] : [];
  });
  return found.length ? found : ["padding 0 and output padding 0"];
}

/** How many stamps meet, far from the border, and which outputs get none. */
function overlapInWords({ axes: [vertical, axis], flat, overlaps }) {
  const { kernel, stride, dilation, padding, whole } = axis;
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

// ---- the read-out -------------------------------------------------------------------------------

/** @param {Seen} seen @returns {(Node|string)[]} */
export function readoutOf(seen) {
  const { focus, look, chosen, input, weight, block, exists } = seen;
  if (!focus) return [html("p", { class: "cnn-hint" }, "Without an output there is no sum.")];
  const head = (rest, kind) => readoutHead(placeName(look.active, seen, block), rest, kind);
  if (focus.zero) {
    return [
      head(" = 0 is an inserted zero", "input"),
      html("p", {}, "It keeps the inputs apart, and every product with it is 0."),
    ];
  }
  if (focus.input && (focus.output || focus.weight)) return pairInWords(seen);
  if (focus.output) return sumInWords(seen);
  const nothing = html("p", {}, "It stamps nothing: there is no output.");
  if (focus.input) {
    const [i, j] = focus.input;
    const x = show(input[i][j]);
    return [head(` = ${x}`, "input"), ...(exists ? stampInWords(seen, x) : [nothing])];
  }
  const [u, v] = focus.weight;
  const uses = chosen.map(
    ({ i, j, r, c }) =>
      `${named(seen, "X", i, j)}·${named(seen, "W", u, v)} on ${outputName(seen, r, c)}`,
  );
  const told = exists ? `It is in every stamp: ${listed(uses)}.` : "There is no output.";
  return [head(` = ${show(weight[u][v])}`, "kernel"), html("p", {}, told)];
}

/** One product: an input, a weight and the output that it is added to. @param {Seen} seen */
function pairInWords(seen) {
  const { focus, chosen, input, weight } = seen;
  const [term] = chosen;
  const [r, c] = focus.output ?? [term.r, term.c];
  const name = `${named(seen, "X", ...focus.input)} to ${outputName(seen, r, c)}`;
  if (!term) {
    const none = "Nothing: this stamp does not reach that cell, and Cᵀ has a 0 there.";
    return [readoutHead(name, "", "output"), html("p", {}, none)];
  }
  const { i, j, u, v } = term;
  const [x, w] = [input[i][j], weight[u][v]];
  const names = `${named(seen, "X", i, j)}·${named(seen, "W", u, v)}`;
  const say = `${names} = ${inBrackets(x)}·${inBrackets(w)} = ${show(x * w)}`;
  return [readoutHead(name, "", "output"), html("p", {}, say)];
}

/** What an input adds to which output. @param {Seen} seen @param {string} x */
function stampInWords(seen, x) {
  const { chosen, input, weight, view } = seen;
  const all = chosen.map(
    ({ i, j, u, v, r, c }) =>
      `${show(input[i][j] * weight[u][v])} on ${outputName(seen, r, c)}` +
      (isCutOff(seen, r, c) ? " (cut off)" : ""),
  );
  const column = "Its column of Cᵀ holds the kernel where the stamp lands, and zeros.";
  return [
    html("p", {}, `Its stamp is ${x} times the kernel: ${listed(all)}.`),
    ...(view === "matrix" ? [html("p", {}, column)] : []),
  ];
}

/** The sum of one output, as the view makes it. @param {Seen} seen */
function sumInWords(seen) {
  const { focus, axes, view, output, overlaps, count } = seen;
  const [r, c] = focus.output;
  const sum = show(output[r][c]);
  const cut = isCutOff(seen, r, c) ? ", cut off by the padding" : "";
  const met = overlaps[r][c];
  const [how, terms, columns] = {
    zeros: () => ["Window × flipped kernel:", spreadWindow(seen, r, c), axes[1].kernel],
    matrix: () => ["Row of Cᵀ × X:", rowTerms(seen, r, c), axes[1].input],
    stamps: () => ["Added up:", ...stampSum(seen)],
    overlap: () => ["Added up:", ...stampSum(seen)],
  }[view]();
  const coloured = terms.map(({ x, w, by }) => ({
    x,
    w,
    colour: by < 0 ? "transparent" : positionColour(by, count),
    padding: by < 0,
  }));
  return [
    readoutHead(outputName(seen, r, c), ` = ${sum}${cut}`, "output"),
    html("p", {}, `${counted(met, "stamp")} ${met === 1 ? "meets" : "meet"} here. `, how),
    ...(terms.length ? [sumAsKernel(coloured, columns, sum)] : []),
  ];
}

/** The products that stamps add to an output, and in how many columns they stand. */
function stampSum(seen) {
  const { chosen, input, weight } = seen;
  const terms = chosen.map((term) => ({
    x: input[term.i][term.j],
    w: weight[term.u][term.v],
    by: weightNumber(term, seen),
  }));
  return [terms, Math.max(1, new Set(chosen.map(({ j }) => j)).size)];
}

/** The products of a row of Cᵀ with the input; −1 for the weight where the row has none. */
function rowTerms({ axes, weight, input, chosen }, r, c) {
  const by = new Map(
    chosen.map((term) => [term.i * axes[1].input + term.j, weightNumber(term, { axes })]),
  );
  const row = transposedRow(weight, axes, r, c);
  return input.flat().map((x, at) => ({ x, w: row[at], by: by.get(at) ?? -1 }));
}

// ---- code ---------------------------------------------------------------------------------------

/**
 * The calls that compute this state: cnnlib, PyTorch, and the widget itself.
 * @returns {[string, string][]}
 */
export function codeOf({ flat, view, axes: [, axis], input, weight }, key) {
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
        `    weight=${rows(weight).replaceAll("\n", "\n    ")},\n    ${call},\n` +
        `    view="${view}", key="${key}",\n)`,
    ],
  ];
}
