/** The read-out: the number of one cell, where it comes from and where it goes, in words. */

import { show } from "../arithmetic/convolution.js";
import { html } from "./dom.js";

/** The line on top: the cell's name in its colour, and what it is. */
export function readoutHead(name, rest, kind) {
  const strong = html("strong", { class: `cnn-text-${kind}` }, name);
  return html("p", { class: "cnn-readout-head" }, strong, rest);
}

/**
 * One product of a sum, with the colours of its factors; without a weight, a plain value.
 * @param {{x: number, w?: number, kinds?: string[]}} factors and whose colours they have
 */
export function productOf({ x, w, kinds: [first, second] = ["input", "kernel"] }, padding = false) {
  return [
    html("span", { class: `cnn-text-${padding ? "padding" : first}` }, show(x)),
    ...(w === undefined ? [] : ["·", html("span", { class: `cnn-text-${second}` }, inBrackets(w))]),
  ];
}

/** A number as it stands behind an operator: a negative one in brackets. */
export function inBrackets(value) {
  return value < 0 ? `(${show(value)})` : show(value);
}

/**
 * A sum whose products stand as the kernel does, each under the colour of its position.
 * @param {{x: any, w?: any, colour: string, padding?: boolean, kinds?: string[]}[]} terms in
 *   reading order: numbers, or their names
 * @param {number} columns of the kernel
 * @param {string} result
 * @param {string} [before] what stands before each term but the first
 * @param {string} [kind] of the result
 */
export function sumAsKernel(terms, columns, result, before = "+ ", kind = "output") {
  const cells = terms.map(({ colour, padding, ...term }, at) =>
    html(
      "span",
      { class: "cnn-term", style: `border-color: ${colour}` },
      at ? before : "",
      ...productOf(term, padding),
    ),
  );
  return html(
    "div",
    { class: "cnn-sum", tabindex: 0, role: "group", "aria-label": "The sum, term by term" },
    html("div", { class: "cnn-terms", style: `--columns: ${columns}` }, ...cells),
    html("div", {}, "= ", html("strong", { class: `cnn-text-${kind}` }, result)),
  );
}

/**
 * A sum that may be long: its terms line by line, and the result. It scrolls on its own, and so
 * the keyboard must reach it.
 * @param {(Node|string)[][]} lines
 * @param {(Node|string)[]} result
 */
export function sumInLines(lines, result) {
  return html(
    "div",
    { class: "cnn-sum", tabindex: 0, role: "group", "aria-label": "The sum, term by term" },
    ...lines.map((line) => html("div", {}, ...line)),
    html("div", {}, ...result),
  );
}

/** “1,438”. `toLocaleString` loads the rules of all languages, which takes a frame or two. */
export function grouped(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** “1 cell”, “2 cells”. */
export function counted(count, one, many = `${one}s`) {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** “a, b and c”. */
export function listed(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/**
 * Why a kernel does not fit, and what would mend it.
 * @param {import("../arithmetic/convolution.js").Axis} axis
 * @param {number} mostPadding that the slider allows
 */
export function whyNoOutput(axis, mostPadding) {
  const { padded, effective, input, padding } = axis;
  const fixes = fixesFor(axis, mostPadding).join(", or with ");
  return (
    `No output: the kernel reaches ${counted(effective, "cell")}, the padded input has ${padded} ` +
    `(${input} + 2·${padding}). It would fit with ${fixes}.`
  );
}

/**
 * What would let a kernel fit along an axis, each by itself.
 * @param {import("../arithmetic/convolution.js").Axis} axis
 * @param {number} mostPadding
 */
export function fixesFor({ kernel, dilation, padded, effective, input }, mostPadding) {
  const enough = Math.ceil((effective - input) / 2);
  const fixes = enough <= mostPadding ? [`padding ${enough}`] : [];
  if (padded >= kernel && dilation > 1)
    fixes.push(`dilation ${Math.floor((padded - 1) / (kernel - 1))}`);
  return [...fixes, `a kernel of ${Math.floor((padded - 1) / dilation) + 1}`];
}
