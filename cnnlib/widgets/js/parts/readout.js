/** The read-out: the number of one cell, where it comes from and where it goes, in words. */

import { show } from "../arithmetic/convolution.js";
import { html } from "./dom.js";

/** The line on top: the cell's name in its colour, and what it is. */
export function readoutHead(name, rest, kind) {
  const strong = html("strong", { class: `cnn-text-${kind}` }, name);
  return html("p", { class: "cnn-readout-head" }, strong, rest);
}

/** One product of a sum, with the colours of its factors. */
export function productOf({ x, w }, padding = false) {
  return [
    html("span", { class: padding ? "cnn-text-padding" : "cnn-text-input" }, show(x)),
    "·",
    html("span", { class: "cnn-text-kernel" }, inBrackets(w)),
  ];
}

/** A number as it stands behind an operator: a negative one in brackets. */
export function inBrackets(value) {
  return value < 0 ? `(${show(value)})` : show(value);
}

/**
 * A sum whose products stand as the kernel does, each under the colour of its position.
 * @param {{x: number, w: number, colour: string, padding: boolean}[]} terms in reading order
 * @param {number} columns of the kernel
 * @param {string} result
 */
export function sumAsKernel(terms, columns, result) {
  const cells = terms.map(({ colour, padding, ...term }, at) =>
    html(
      "span",
      { class: "cnn-term", style: `border-color: ${colour}` },
      at ? "+ " : "",
      ...productOf(term, padding),
    ),
  );
  return html(
    "div",
    { class: "cnn-sum", tabindex: 0, role: "group", "aria-label": "The sum, term by term" },
    html("div", { class: "cnn-terms", style: `--columns: ${columns}` }, ...cells),
    html("div", {}, "= ", html("strong", { class: "cnn-text-output" }, result)),
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

/** “1 cell”, “2 cells”. */
export function counted(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** “a, b and c”. */
export function listed(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
