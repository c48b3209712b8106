"use strict";
/**
 * The verdict on an answer that is a value, as `check` of cnnlib.exercises gives it: the rules stand
 * at `for_page` and `read_numbers` in cnnlib/exercises, the words come from there with the exercise.
 */
(() => {
  const NUMBER = String.raw`[+-]?(?:\d+(?:\.\d*)?|\.\d+)`;
  const FRACTION = `${NUMBER}(?:/${NUMBER})?`;
  const TOKEN = new RegExp(String.raw`${FRACTION}|\S`, "g");
  const ONE = new RegExp(`^${FRACTION}$`);

  /**
   * What `for_page` says of an exercise.
   * @typedef {object} Exercise
   * @property {"number"|"list"|"table"|"array"|"choice"} kind
   * @property {string} needs
   * @property {number[]} shape
   * @property {string[]} parts
   * @property {string[]} choices
   * @property {Record<string, string>} words
   * @property {Record<string, string>} marks
   * @property {string[]} ordinals
   * @property {{absolute: number, relative: number, rounded: number, limit: number}} near
   * @property {string} key
   * @property {string} sealed
   *
   * Numbers, in reading order, with their shape.
   * @typedef {{shape: number[], cells: number[]}} Found
   *
   * @typedef {{kind: "right"|"wrong"|"open", words: string, slip?: string}} Verdict with what is said
   *   of a known mistake
   */

  globalThis.courseCheckValue = verdict;

  /**
   * @param {Exercise} about
   * @param {string} text
   * @returns {Verdict}
   */
  function verdict(about, text) {
    const { words, needs } = about;
    if (/^[ .…]*$/.test(text)) return { kind: "open", words: fill(words.open, { needs }) };
    const hidden = unseal(about);
    if (about.kind === "choice") return choose(about, hidden, text.trim());
    const found = read(text, about.kind === "number", about.near.limit);
    if (!found) return wrong(words.unread, { got: `“${text.trim()}”`, needs });
    return judge(about, hidden, due(about.shape, found));
  }

  /** An answer that is only wrapped otherwise takes the shape that is due. */
  function due(shape, { shape: given, cells }) {
    const line = shape.length < 2 && given.filter((length) => length > 1).length < 2;
    return { shape: line && cells.length === (shape[0] ?? 1) ? shape : given, cells };
  }

  /**
   * @param {Exercise} about
   * @param {any} hidden
   * @param {Found} found
   * @returns {Verdict}
   */
  function judge(about, hidden, found) {
    const { words, needs, near } = about;
    const { answer, tolerance, scaled, why, mistakes } = hidden;
    const { shape, cells } = found;
    const right = { shape: shapeOf(answer), cells: [answer].flat(Infinity) };
    const isNear = (/** @type {Found} */ other, slack) =>
      same(shape, other.shape) && allNear(cells, other.cells, slack, near, scaled);
    if (isNear(right, () => tolerance)) return { kind: "right", words: why };
    const got = spoken(shape, cells, shape.length === 1);
    const rounded = (number) => (Number.isInteger(number) ? 0 : near.rounded);
    for (const { answer: slip, words: said } of mistakes) {
      const known = { shape: shapeOf(slip), cells: [slip].flat(Infinity) };
      if (isNear(known, rounded)) return wrong(words.got, { got, words: said }, said);
    }
    if (same(shape, right.shape))
      return wrong(words.got, { got, words: where(about, cells, right.cells) });
    if (shape.length > 1) return wrong(words.shape, { shape: `(${shape.join(", ")})`, needs });
    const number = cells.length === 1 ? "number" : "numbers";
    return wrong(words.count, { got, count: cells.length, number, needs });
  }

  /** @returns {Verdict} */
  function choose({ words, choices }, { answer, why, mistakes }, given) {
    const is = (word) => word.toLowerCase() === given.toLowerCase();
    if (is(answer)) return { kind: "right", words: why };
    const slip = mistakes.find((each) => is(each.answer));
    if (slip) return wrong(words.got, { got: `“${slip.answer}”`, words: slip.words }, slip.words);
    const all = choices.map((choice) => `“${choice}”`).join(", ");
    return wrong(words.choose, { got: `“${given}”`, choices: all });
  }

  /** @returns {Verdict} */
  function wrong(words, gaps, slip = undefined) {
    return { kind: "wrong", words: fill(words, gaps), slip };
  }

  /** Fill the {gaps} of a sentence. */
  function fill(words, gaps) {
    return words.replace(/\{(\w+)\}/g, (_, name) => gaps[name]);
  }

  /** @param {Exercise} about */
  function unseal({ sealed, key }) {
    const mixed = (letter, at) => letter.charCodeAt(0) ^ key.charCodeAt(at % key.length);
    return JSON.parse(new TextDecoder().decode(Uint8Array.from([...atob(sealed)].map(mixed))));
  }

  // ---- text as numbers -----------------------------------------------------------------------

  /**
   * @param {string} typed
   * @param {boolean} single whether one number is due
   * @param {number} limit
   * @returns {Found|null}
   */
  function read(typed, single, limit) {
    let text = typed
      .replace(/[\u00a0\u2009\u202f]/g, " ")
      .replaceAll("−", "-")
      .trim();
    if (single && /^[+-]?\d{1,3}([ ,]\d{3})+(\.\d+)?$/.test(text)) text = text.replace(/[ ,]/g, "");
    else if (single && /^[+-]?\d+,\d+$/.test(text)) text = text.replace(",", ".");
    if (!/[()[\]]/.test(text)) {
      const rows = text.split(/[;\n]/).map((row) => row.split(/[,\s]+/).filter(Boolean));
      const lists = rows.map((row) => `[${row.join(",")}]`);
      const line = rows[0].length > 1 ? lists[0] : (rows[0][0] ?? "");
      text = rows.length > 1 ? `[${lists.join(",")}]` : line;
    }
    return nested(text.replaceAll("(", "[").replaceAll(")", "]"), limit);
  }

  /** @returns {Found|null} */
  function nested(text, limit) {
    const tokens = text.match(TOKEN) ?? [];
    for (const [at, token] of tokens.entries()) {
      if (ONE.test(token)) {
        const [above, below] = token.split("/").map(Number);
        if (below === 0) return null;
        tokens[at] = String(above / (below ?? 1));
      } else if (!"[],".includes(token)) return null;
    }
    let value;
    try {
      value = JSON.parse(tokens.join(" ").replaceAll(", ]", "]"));
    } catch {
      return null; // brackets that do not close
    }
    const shape = shapeOf(value);
    const cells = [value].flat(Infinity);
    const fine = shape && cells.every((cell) => Math.abs(cell) <= limit);
    return fine ? { shape, cells } : null;
  }

  /** The shape of nested lists; null if they are ragged or empty. @returns {number[]|null} */
  function shapeOf(value) {
    if (!Array.isArray(value)) return [];
    const [first, ...others] = value.map(shapeOf);
    if (!first || others.some((other) => !other || !same(first, other))) return null;
    return [value.length, ...first];
  }

  function same(left, right) {
    return left.length === right.length && left.every((each, at) => each === right[at]);
  }

  /** Whether all numbers are near; `slack` says how far each may be off beyond that. */
  function allNear(cells, right, slack, near, scaled = false) {
    const slacks = right.map(slack);
    if (scaled && cells.some(Boolean) && right.some(Boolean))
      [cells, right] = [cells, right].map(unit);
    return cells.every(
      (cell, at) =>
        Math.abs(cell - right[at]) <=
        slacks[at] + near.absolute + near.relative * Math.abs(right[at]),
    );
  }

  function unit(cells) {
    const most = Math.max(...cells.map(Math.abs));
    return cells.map((cell) => cell / most);
  }

  // ---- numbers as text -----------------------------------------------------------------------

  /** Which of the numbers are not right. @param {Exercise} about */
  function where(about, cells, right) {
    const { words, shape, parts, near } = about;
    if (!shape.length) return cells[0] < right[0] ? words.small : words.large;
    const none = () => 0;
    const sorted = [cells, right].map((each) => [...each].sort((a, b) => a - b));
    if (shape.length === 1 && allNear(sorted[0], sorted[1], none, near))
      return parts.length ? fill(words["order of"], { parts: parts.join(", ") }) : words.order;
    const off = [...cells.keys()].filter((at) => !allNear([cells[at]], [right[at]], none, near));
    if (off.length === cells.length) return words.none;
    let places = off.map((at) => placeOf(about, at));
    if (places.length > 3) places = [...places.slice(0, 3), `${places.length - 3} more`];
    const last = places.pop();
    const before = places.join(shape.length === 2 ? "; " : ", ");
    const listed = before ? `${before} and ${last}` : last;
    return fill(words.off, {
      places: listed[0].toUpperCase() + listed.slice(1),
      verb: places.length ? "are" : "is",
    });
  }

  /** @param {Exercise} about */
  function placeOf({ shape, parts, ordinals }, number) {
    if (shape.length === 1)
      return `the ${ordinals[number]} number${parts.length ? ` (${parts[number]})` : ""}`;
    const at = [];
    for (const size of [...shape].reverse()) {
      at.unshift(number % size);
      number = Math.floor(number / size);
    }
    if (shape.length === 2) return `row ${at[0] + 1}, column ${at[1] + 1}`;
    return `the number at (${at.join(", ")})`;
  }

  function spoken(shape, cells, round) {
    if (!shape.length) return write(cells[0]);
    const size = cells.length / shape[0];
    const parts = Array.from({ length: shape[0] }, (_, at) =>
      spoken(shape.slice(1), cells.slice(at * size, (at + 1) * size), false),
    );
    return round ? `(${parts.join(", ")})` : `[${parts.join(", ")}]`;
  }

  /** A whole number whole, others in six digits as Python rounds (a half to even) and writes. */
  function write(number) {
    if (Number.isInteger(number)) return String(number + 0);
    const half = /^(-?\d\.\d{4}[02468])50{14}(?=e)/;
    const rounded = Number(Number(number.toExponential(20).replace(half, "$1")).toPrecision(6));
    if (Math.abs(rounded) >= 1e-4) return String(rounded);
    return rounded.toExponential().replace(/e-(\d)$/, "e-0$1");
  }
})();
