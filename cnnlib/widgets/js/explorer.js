/**
 * The convolution explorer: input with its padding, kernel and output on one drawing; sliders for
 * the sizes, padding, stride and dilation; every number can be traced to where it comes from.
 */

import { conv2d, positionsReading, show, sumOf, table, usesOfCell, windowAxis, windowTerms } from "./arithmetic.js";
import { button, codeBlock, copyText, playBar, slider } from "./controls.js";
import { html, keepKeys, setAttribute, setText, svg, uniqueId } from "./dom.js";
import { createGrid } from "./grid.js";
import { followLinks, linkTo, readNumber } from "./link.js";

/** @typedef {import("./arithmetic.js").Axis} Axis */
/** @typedef {{grid: "input"|"kernel"|"output", row: number, column: number}} Place */

const SLIDERS = [
  ["height", "Input height"],
  ["width", "Input width"],
  ["kernel_size", "Kernel size"],
  ["stride", "Stride"],
  ["padding", "Padding"],
  ["dilation", "Dilation"],
];
const SIZES = SLIDERS.map(([name]) => name);
const TABLES = { input: "values", kernel: "weights" };
const LETTERS = { input: "X", kernel: "W", output: "Y" };

export default { render };

/**
 * @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it
 * @returns {() => void} what to do when the view goes
 */
function render({ model, el }) {
  const limits = Object.fromEntries(
    Object.entries(model.get("_limits")).map(([name, [min, max]]) => [name, { min, max }]),
  );
  const initial = snapshot(model);
  const onPage = el.closest("[data-cnn-page]") !== null;
  /** @type {Place|null} */ let pointed = null;
  /** @type {Place|null} */ let pinned = null;
  let playing = false;

  // ---- the parts of the view -------------------------------------------------------------

  const shown = model.get("sliders");
  const sliders = SLIDERS.filter(([name]) => shown.includes(name)).map(([name, label]) => ({
    name,
    ...slider({ label, name, ...limits[name], onInput: (value) => set(name, value) }),
  }));
  const hatch = uniqueId("hatch");
  const grids = {
    input: makeGrid("input", true),
    kernel: makeGrid("kernel", true),
    output: makeGrid("output", false),
  };
  const titles = { input: makeTitle(), kernel: makeTitle(), output: makeTitle() };
  const frame = svg("rect", { class: "cnn-frame", "aria-hidden": "true" });
  const drawing = svg(
    "svg",
    { class: "cnn-drawing", role: "group", "aria-label": "Input, kernel and output" },
    hatchPattern(hatch),
    ...Object.values(titles).map((title) => title.element),
    ...Object.values(grids).map((grid) => grid.element),
    frame,
  );
  const bar = playBar({
    onStep: (to) => {
      pinned = pointed = null;
      set("position", to);
    },
    onPlaying: (now) => {
      playing = now;
      pinned = pointed = null;
      draw();
    },
    say: (position) => {
      const columns = Math.max(1, compute(model).axes[1].output);
      return `row ${Math.floor(position / columns)}, column ${position % columns}`;
    },
  });
  const readout = html("div", { class: "cnn-readout" });
  const edit = makeEdit();
  const sizes = html("div", { class: "cnn-sizes" });
  const note = html("p", { class: "cnn-note" });
  const status = html("p", { class: "cnn-hidden", role: "status" });
  const words = html("p", { class: "cnn-words", role: "alert" });
  const codes = ["cnnlib", "PyTorch", "This widget in a notebook"].map(codeBlock);
  const link = button("Link to this state", copyLink, { name: "link" });
  const address = /** @type {HTMLInputElement} */ (
    html("input", { class: "cnn-address", readonly: true, "aria-label": "Link to this state", hidden: true })
  );
  const tools = html(
    "div",
    { class: "cnn-buttons" },
    button("Reset", reset, { name: "reset" }),
    // In a notebook there is no page to link to; the code below does that service.
    ...(onPage ? [link, address] : []),
  );
  const root = html(
    "div",
    {
      class: "cnn-widget",
      role: "group",
      "aria-label": "Convolution explorer",
      "data-key": model.get("key"),
      style: `--cnn-hatch: url(#${hatch})`,
    },
    html("div", { class: "cnn-controls" }, ...sliders.map((one) => one.element)),
    sizes,
    note,
    drawing,
    bar.element,
    readout,
    edit.element,
    words,
    status,
    tools,
    html("details", { class: "cnn-more" }, html("summary", {}, "Code for this state"), ...codes.map((c) => c.element)),
  );
  el.append(root);

  keepKeys(root);
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && pinned) {
      pinned = null;
      draw();
    }
  });
  const names = [...SIZES, "position", "values", "weights"];
  for (const name of names) model.on(`change:${name}`, drawSoon);
  let lastWidth = 0;
  const observer = new ResizeObserver(() => {
    if (root.clientWidth !== lastWidth) draw();
  });
  observer.observe(root);
  draw();
  const stopFollowing = onPage ? followLinks(model.get("key"), takeOver) : () => {};
  return () => {
    bar.stop();
    observer.disconnect();
    stopFollowing();
    for (const name of names) model.off(`change:${name}`, drawSoon);
  };

  // ---- what a person does ----------------------------------------------------------------

  function set(name, value) {
    model.set(name, value);
    model.save_changes();
  }

  function reset() {
    bar.stop();
    pinned = pointed = null;
    for (const [name, value] of Object.entries(initial)) model.set(name, value);
    model.save_changes();
    setText(words, "");
  }

  function makeGrid(name, editable) {
    // drawSoon, not draw: removing a focused cell fires onLeave in the middle of a drawing
    return createGrid({
      name,
      onPoint: (row, column) => {
        pointed = { grid: name, row, column };
        drawSoon();
      },
      onLeave: () => {
        pointed = null;
        drawSoon();
      },
      onPin: (row, column) => {
        const again = pinned?.grid === name && pinned.row === row && pinned.column === column;
        pinned = again ? null : { grid: name, row, column };
        bar.stop();
        drawSoon();
      },
      onEdit: editable ? (row, column, typed) => startEdit({ grid: name, row, column }, typed) : undefined,
      onPaste: editable ? (row, column, text) => paste({ grid: name, row, column }, text) : undefined,
    });
  }

  function makeEdit() {
    const id = uniqueId("edit");
    const label = html("label", { for: id });
    const input = /** @type {HTMLInputElement} */ (
      html("input", { id, type: "text", inputmode: "decimal", name: "value", autocomplete: "off", size: 6 })
    );
    const element = html("div", { class: "cnn-edit", hidden: true }, label, input);
    input.addEventListener("change", () => {
      const said = [];
      const value = pinned && readNumber(input.value, nameOf(pinned), limits.value, said);
      setText(words, said.join(" "));
      if (pinned && value !== null) change(pinned, [[value]]);
      else draw();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key === "Escape") input.value = pinned ? show(valueAt(pinned)) : "";
      // leaving the field fires its change event; the cell takes the focus back
      const cell = pinned && cellElement(pinned);
      if (cell) /** @type {any} */ (cell).focus();
      else input.blur();
    });
    return { element, label, input };
  }

  function startEdit(place, typed) {
    if (isPadding(place)) {
      pinned = place;
      setText(words, "Padding is always zero. Choose a cell of the input.");
      return draw();
    }
    pinned = place;
    draw();
    edit.input.focus();
    if (typed) edit.input.value = typed;
    else edit.input.select();
  }

  /** Put rows of numbers into the input or the kernel, from `place` on. */
  function change(place, rows) {
    const trait = TABLES[place.grid];
    const next = model.get(trait).map((row) => [...row]);
    const [top, left] = tablePlace(place);
    rows.forEach((row, i) =>
      row.forEach((value, j) => {
        if (value !== null && next[top + i]?.[left + j] !== undefined) next[top + i][left + j] = value;
      }),
    );
    set(trait, next);
    drawSoon();
  }

  function paste(place, text) {
    if (isPadding(place)) return startEdit(place, "");
    const said = [];
    const rows = text
      .trim()
      .split(/[\r\n;]+/)
      .slice(0, 16)
      .map((line) =>
        line.trim().split(/[\s,\t]+/).slice(0, 16)
          .map((word) => readNumber(word.replace(/[[\]]/g, ""), nameOf(place), limits.value, said)),
      );
    setText(words, said.slice(0, 3).join(" "));
    change(place, rows);
  }

  async function copyLink() {
    const now = snapshot(model);
    const state = Object.fromEntries([...SIZES, "position"].map((name) => [name, now[name]]));
    const { input, weight } = compute(model);
    const differs = (name) => JSON.stringify(now[name]) !== JSON.stringify(initial[name]);
    if (differs("values")) state.x = input.flat();
    if (differs("weights")) state.w = weight.flat();
    address.value = linkTo(model.get("key"), state);
    address.hidden = false;
    await copyText(link, address.value);
    address.select();
  }

  /** Take over the state that a link asks for. @param {URLSearchParams} asked */
  function takeOver(asked) {
    const said = [];
    const next = snapshot(model);
    for (const name of SIZES) {
      if (!asked.has(name)) continue;
      const whole = { ...limits[name], whole: true };
      next[name] = readNumber(asked.get(name), name, whole, said) ?? next[name];
    }
    const last = 32 * 32 - 1;
    next.position = readNumber(asked.get("position") ?? "0", "position", { min: 0, max: last, whole: true }, said) ?? 0;
    fill("x", "values", next.height, next.width);
    fill("w", "weights", next.kernel_size, next.kernel_size);
    for (const [name, value] of Object.entries(next)) model.set(name, value);
    model.save_changes();
    setText(words, said.length ? `The link asked for something else. ${said.slice(0, 3).join(" ")}` : "");
    root.scrollIntoView({ block: "start" });

    function fill(parameter, trait, rows, columns) {
      if (!asked.has(parameter)) return;
      const given = asked.get(parameter).split(",").slice(0, 256);
      if (given.length !== rows * columns) {
        said.push(`${parameter} needs ${rows * columns} numbers and has ${given.length}, so it is left out.`);
        return;
      }
      const numbers = given.map((word) => readNumber(word, parameter, limits.value, said));
      next[trait] = next[trait].map((row, i) =>
        row.map((old, j) => (i < rows && j < columns ? (numbers[i * columns + j] ?? old) : old)),
      );
    }
  }

  // ---- places ----------------------------------------------------------------------------

  /** The place in the trait's table; input cells are drawn with the padding before them. */
  function tablePlace({ grid, row, column }) {
    const p = grid === "input" ? model.get("padding") : 0;
    return [row - p, column - p];
  }

  function isPadding(place) {
    if (place.grid !== "input") return false;
    const [row, column] = tablePlace(place);
    return row < 0 || column < 0 || row >= model.get("height") || column >= model.get("width");
  }

  function nameOf(place) {
    const [row, column] = tablePlace(place);
    return `${LETTERS[place.grid]}[${show(row)}, ${show(column)}]`;
  }

  function valueAt(place) {
    if (isPadding(place)) return 0;
    const [row, column] = tablePlace(place);
    return model.get(TABLES[place.grid])[row][column];
  }

  function cellElement({ grid, row, column }) {
    return grids[grid].element.querySelector(`[data-row="${row}"][data-column="${column}"]`);
  }

  // ---- drawing ---------------------------------------------------------------------------

  /** Draw once after all traits that change together have changed. */
  function drawSoon() {
    if (drawSoon.waiting) return;
    drawSoon.waiting = true;
    queueMicrotask(() => {
      drawSoon.waiting = false;
      draw();
    });
  }

  function draw() {
    const state = compute(model);
    const { axes, input, weight, output } = state;
    const [vertical, horizontal] = axes;
    const count = vertical.output * horizontal.output;
    const position = Math.min(model.get("position"), Math.max(0, count - 1));
    const exists = (place) =>
      place && ({ input: [vertical.padded, horizontal.padded], kernel: [vertical.kernel, horizontal.kernel],
        output: [vertical.output, horizontal.output] })[place.grid].every((size, i) => [place.row, place.column][i] < size);
    if (!exists(pinned)) pinned = null;
    if (!exists(pointed)) pointed = null;
    const step = count
      ? { grid: "output", row: Math.floor(position / horizontal.output), column: position % horizontal.output }
      : null;
    const active = pinned ?? pointed ?? step;
    const marks = marksFor(active, state);

    for (const one of sliders) one.set(model.get(one.name));
    bar.set(position, count);
    drawSizes(state);

    lastWidth = root.clientWidth;
    const place = arrange(drawing.clientWidth || lastWidth || 640, axes);
    setAttribute(drawing, "height", place.height);
    const at = (grid, row, column, extra = "") => {
      const here = active?.grid === grid && active.row === row && active.column === column;
      return [extra, marks[grid](row, column), here ? "active" : "", here && pinned ? "pinned" : ""]
        .filter(Boolean).join(" ");
    };
    const read = axes.map((axis) =>
      Array.from({ length: axis.padded }, (_, at) => positionsReading(axis, at - axis.padding).length > 0));
    const p = vertical.padding;

    titles.input.set(place.input, `Input ${vertical.input}×${horizontal.input}`,
      p ? `padded: ${vertical.padded}×${horizontal.padded}` : "no padding");
    grids.input.draw({
      rows: vertical.padded, columns: horizontal.padded, ...place.input,
      label: `Input with padding, ${vertical.padded} by ${horizontal.padded}`,
      cell(row, column) {
        const padding = isPadding({ grid: "input", row, column });
        const value = padding ? 0 : input[row - p][column - p];
        const dropped = row >= vertical.padded - vertical.dropped || column >= horizontal.padded - horizontal.dropped;
        const unread = !dropped && count > 0 && !(read[0][row] && read[1][column]);
        const kind = [padding && "padding", dropped && "dropped", unread && "unread"].filter(Boolean).join(" ");
        const what = padding ? "Padding" : "Input";
        const fate = dropped ? ", dropped by the stride" : unread ? ", read by no window" : "";
        return {
          text: show(value), marks: at("input", row, column, kind),
          label: `${what} row ${row - p}, column ${column - p}: ${value}${fate}`,
        };
      },
    });

    const reach = vertical.reach;
    titles.kernel.set(place.kernel, `Kernel ${vertical.kernel}×${horizontal.kernel}`,
      vertical.dilation > 1 ? `reaches ${reach}×${reach}` : "");
    grids.kernel.draw({
      rows: vertical.kernel, columns: horizontal.kernel, ...place.kernel,
      label: `Kernel, ${vertical.kernel} by ${horizontal.kernel}`,
      cell: (row, column) => ({
        text: show(weight[row][column]), marks: at("kernel", row, column),
        label: `Weight row ${row}, column ${column}: ${weight[row][column]}`,
      }),
    });

    titles.output.set(place.output, count ? `Output ${vertical.output}×${horizontal.output}` : "No output",
      count ? "" : "the kernel does not fit");
    grids.output.draw({
      rows: output.length, columns: output[0]?.length ?? 0, ...place.output,
      label: `Output, ${vertical.output} by ${horizontal.output}`,
      cell(row, column) {
        const later = playing && row * horizontal.output + column > position;
        return {
          text: later ? "" : show(output[row][column]), marks: at("output", row, column, later ? "later" : ""),
          label: later ? `Output row ${row}, column ${column}: not computed yet`
            : `Output row ${row}, column ${column}: ${output[row][column]}`,
        };
      },
    });
    drawFrame(active, state, place.input);
    drawReadout(active, state);
    drawEdit();
    codes.forEach((code, i) => code.set(codeFor(state, model.get("key"))[i]));
  }

  /** Which cells of each grid belong to the active one. */
  function marksFor(active, { axes }) {
    const none = () => "";
    const p = axes[0].padding;
    const marked = { input: none, kernel: none, output: none };
    if (active?.grid === "output") {
      const inAxis = (axis, out, cell) => {
        const k = (cell - out * axis.stride) / axis.dilation;
        return Number.isInteger(k) && k >= 0 && k < axis.kernel;
      };
      marked.input = (row, column) =>
        inAxis(axes[0], active.row, row) && inAxis(axes[1], active.column, column) ? "window" : "";
      marked.kernel = () => "window";
    } else if (active?.grid === "input") {
      const uses = usesOfCell(axes, active.row - p, active.column - p);
      const outputs = new Set(uses.map(({ i, j }) => `${i},${j}`));
      const weights = new Set(uses.map(({ u, v }) => `${u},${v}`));
      marked.output = (row, column) => (outputs.has(`${row},${column}`) ? "window" : "");
      marked.kernel = (row, column) => (weights.has(`${row},${column}`) ? "window" : "");
    } else if (active?.grid === "kernel") {
      const usedBy = (axis, k, cell) => {
        const out = (cell - k * axis.dilation) / axis.stride;
        return Number.isInteger(out) && out >= 0 && out < axis.output;
      };
      marked.input = (row, column) =>
        usedBy(axes[0], active.row, row) && usedBy(axes[1], active.column, column) ? "window" : "";
      marked.output = () => "window";
    }
    return marked;
  }

  /** The outline of the window; where the kernel does not fit, it sticks out of the input. */
  function drawFrame(active, { axes: [vertical, horizontal] }, { x, y, size }) {
    const fits = vertical.fits && horizontal.fits;
    const visible = !fits || active?.grid === "output";
    setAttribute(frame, "display", visible ? null : "none");
    if (!visible) return;
    const [row, column] = fits ? [active.row * vertical.stride, active.column * horizontal.stride] : [0, 0];
    setAttribute(frame, "class", fits ? "cnn-frame" : "cnn-frame impossible");
    setAttribute(frame, "x", x + column * size);
    setAttribute(frame, "y", y + row * size);
    setAttribute(frame, "width", horizontal.reach * size);
    setAttribute(frame, "height", vertical.reach * size);
  }

  function drawSizes(state) {
    const { axes } = state;
    const lines = [];
    if (axes[0].dilation > 1) {
      const { kernel: k, dilation: d, reach } = axes[0];
      lines.push(["kernel reaches", `F + (F − 1)(D − 1) = ${k} + ${k - 1}·${d - 1} = ${reach}`]);
    }
    axes.forEach((axis, i) => {
      const [letter, word] = [["H", "height"], ["W", "width"]][i];
      const { input, padding, reach, stride, padded, output, fits } = axis;
      const top = `(${input} + 2·${padding} − ${reach})`;
      const rule = fits
        ? `⌊${top} / ${stride}⌋ + 1 = ⌊${show(padded - reach)} / ${stride}⌋ + 1 = ${output}`
        : `none: ${top} = ${show(padded - reach)} is below 0`;
      lines.push([`output ${word} ${letter}₂`, rule]);
    });
    const text = [["rule", "⌊(input + 2P − F) / S⌋ + 1"], ...lines];
    sizes.replaceChildren(
      ...text.flatMap(([name, rule]) => [html("span", { class: "cnn-size-name" }, name), html("span", { class: "cnn-size-rule" }, rule)]),
    );
    const sentence = fateInWords(state);
    setText(note, sentence);
    setAttribute(note, "class", state.fits ? "cnn-note" : "cnn-note impossible");
    const size = state.fits ? `Output ${axes[0].output} by ${axes[1].output}.` : "";
    announce(`${size} ${sentence}`);
  }

  /** Tell a screen reader the result, once the slider rests. */
  function announce(text) {
    clearTimeout(announce.timer);
    announce.timer = setTimeout(() => setText(status, text.trim()), 400);
  }

  function drawReadout(active, state) {
    readout.replaceChildren(...(active ? readoutFor(active, state) : [html("p", {}, fateInWords(state))]));
    if (pinned) announce(`Pinned. ${readout.textContent}`);
  }

  function readoutFor(active, { axes, input, weight, output }) {
    const p = axes[0].padding;
    const name = nameOf(active);
    if (active.grid === "output") {
      const terms = windowTerms(input, weight, axes, active.row, active.column);
      const lines = table(axes[0].kernel, axes[1].kernel, (u, v) => terms[u * axes[1].kernel + v]);
      return [
        head(name, ` = ${show(sumOf(terms))}`, "output"),
        html("p", { class: "cnn-hint" }, "window × kernel, row by row:"),
        html("div", { class: "cnn-sum", tabindex: 0, role: "group", "aria-label": "The sum, term by term" },
          ...lines.map((line, u) => html("div", {}, ...line.flatMap((term, v) => [
            u + v > 0 ? " + " : "", ...product(term, isOutside(term, axes)),
          ]))),
          html("div", {}, "= ", html("strong", { class: "cnn-text-output" }, show(sumOf(terms)))),
        ),
      ];
    }
    if (active.grid === "input") {
      const uses = usesOfCell(axes, active.row - p, active.column - p);
      const what = isPadding(active) ? " = 0 is padding" : ` = ${show(valueAt(active))}`;
      const say = uses.length === 0 ? "No output reads this cell."
        : `${uses.length} ${uses.length === 1 ? "output reads" : "outputs read"} this cell: `;
      const list = uses.map(({ i, j, u, v }) => `Y[${i}, ${j}] with W[${u}, ${v}]`).join("; ");
      return [head(name, what, "input"), html("p", {}, say, list)];
    }
    const count = output.length * (output[0]?.length ?? 0);
    const rows = axes.map((axis, a) => Array.from({ length: axis.output }, (_, i) =>
      show(i * axis.stride + [active.row, active.column][a] * axis.dilation - axis.padding)));
    return [
      head(name, ` = ${show(valueAt(active))}`, "kernel"),
      html("p", {}, count === 0 ? "This weight is not used: the kernel does not fit."
        : `All ${count} outputs share this one weight. It meets the input in rows ${rows[0].join(", ")} and columns ${rows[1].join(", ")}.`),
    ];
  }

  function head(name, rest, kind) {
    return html("p", { class: "cnn-readout-head" }, html("strong", { class: `cnn-text-${kind}` }, name), rest);
  }

  function drawEdit() {
    const editable = pinned && pinned.grid !== "output" && !isPadding(pinned);
    edit.element.hidden = !editable;
    if (!editable) return;
    setText(edit.label, `Change ${nameOf(pinned)} to`);
    if (edit.input.getRootNode().activeElement !== edit.input) edit.input.value = show(valueAt(pinned));
  }
}

// ---- from the traits to numbers, words and code ------------------------------------------------

function snapshot(model) {
  return Object.fromEntries([...SIZES, "position", "values", "weights"].map((name) => [name, model.get(name)]));
}

/** Sizes and values of a state. */
function compute(model) {
  const [stride, padding, dilation, kernel] = ["stride", "padding", "dilation", "kernel_size"].map((n) => model.get(n));
  const axisOf = (input) => windowAxis({ input, kernel, stride, padding, dilation });
  const axes = /** @type {[Axis, Axis]} */ ([axisOf(model.get("height")), axisOf(model.get("width"))]);
  const input = model.get("values").slice(0, axes[0].input).map((row) => row.slice(0, axes[1].input));
  const weight = model.get("weights").slice(0, kernel).map((row) => row.slice(0, kernel));
  const fits = axes[0].fits && axes[1].fits;
  const mostPadding = model.get("_limits").padding[1];
  return { axes, input, weight, fits, mostPadding, output: fits ? conv2d(input, weight, axes) : [] };
}

/** What became of the cells: dropped, skipped, or why there is no output. */
function fateInWords({ axes: [vertical, horizontal], fits, mostPadding }) {
  if (!fits) {
    const short = vertical.input < horizontal.input ? vertical : horizontal;
    const { kernel, dilation, padded, reach, input, padding } = short;
    const enough = Math.ceil((reach - input) / 2);
    const advice = enough <= mostPadding ? [`padding ${enough}`] : [];
    if (padded >= kernel && dilation > 1) advice.push(`dilation ${Math.floor((padded - 1) / (kernel - 1))}`);
    advice.push(`a kernel of ${Math.floor((padded - 1) / dilation) + 1}`);
    return `No output: the kernel reaches ${reach} ${cells(reach)}, the padded input has ${padded} ` +
      `(${input} + 2·${padding}). It would fit with ${advice.join(", or with ")}.`;
  }
  const sentences = [];
  const [rows, columns] = [vertical.dropped, horizontal.dropped];
  if (rows || columns) {
    const parts = [rows && `${rows} ${rows === 1 ? "row" : "rows"}`, columns && `${columns} ${columns === 1 ? "column" : "columns"}`];
    const all = vertical.padded * horizontal.padded - (vertical.padded - rows) * (horizontal.padded - columns);
    const real = (axis) => Math.min(axis.input, Math.max(0, axis.dropped - axis.padding));
    const mine = vertical.input * horizontal.input - (vertical.input - real(vertical)) * (horizontal.input - real(horizontal));
    sentences.push(
      `The stride drops ${parts.filter(Boolean).join(" and ")} at the far border: ${all} ${cells(all)} ` +
      `of the padded input, ${mine === 0 ? "all of them padding" : mine === all ? "none of them padding" : `${all - mine} of them padding`}.`,
    );
  }
  const [missedRows, missedColumns] = [vertical, horizontal].map(countBetween);
  if (missedRows || missedColumns) {
    const inside = (axis) => axis.padded - axis.dropped;
    const all = inside(vertical) * inside(horizontal) -
      (inside(vertical) - missedRows) * (inside(horizontal) - missedColumns);
    sentences.push(`${all} more ${cells(all)} between the windows ${all === 1 ? "is" : "are"} never read.`);
  }
  return sentences.join(" ") || "Every cell of the padded input is read.";
}

/** Cells along an axis, before the dropped ones, that no window reads. */
function countBetween(axis) {
  let count = 0;
  for (let at = 0; at < axis.padded - axis.dropped; at++) {
    if (positionsReading(axis, at - axis.padding).length === 0) count++;
  }
  return count;
}

function cells(count) {
  return count === 1 ? "cell" : "cells";
}

function isOutside({ row, column }, [vertical, horizontal]) {
  return row < 0 || column < 0 || row >= vertical.input || column >= horizontal.input;
}

function product({ x, w }, padding) {
  const factor = w < 0 ? `(${show(w)})` : show(w);
  return [
    html("span", { class: padding ? "cnn-text-padding" : "cnn-text-input" }, show(x)),
    "·",
    html("span", { class: "cnn-text-kernel" }, factor),
  ];
}

/** The calls that compute this state: cnnlib, PyTorch, and the widget itself. */
function codeFor({ axes, input, weight }, key) {
  const [{ kernel, stride, padding, dilation }] = axes;
  const rows = (values) => `[\n${values.map((row) => `    [${row.join(", ")}],`).join("\n")}\n]`;
  const call = `stride=${stride}, padding=${padding}, dilation=${dilation}`;
  return [
    `import numpy as np\nimport cnnlib\n\ninput = np.array(${rows(input)})\nweight = np.array(${rows(weight)})\n` +
      `output = cnnlib.conv2d(input[None, None], weight[None, None], ${call})[0, 0]\nprint(output)`,
    `import torch\nimport torch.nn.functional as F\n\ninput = torch.tensor(${rows(input)}, dtype=torch.float64)\n` +
      `weight = torch.tensor(${rows(weight)}, dtype=torch.float64)\n` +
      `output = F.conv2d(input[None, None], weight[None, None], ${call})[0, 0]\nprint(output)`,
    `from cnnlib.widgets import ConvolutionExplorer\n\nConvolutionExplorer(\n    input=${rows(input).replaceAll("\n", "\n    ")},\n` +
      `    weight=${rows(weight).replaceAll("\n", "\n    ")},\n    ${call}, key="${key}",\n)`,
  ];
}

// ---- where things stand in the drawing -----------------------------------------------------------

const GAP = 26;
const HEAD = 40;
const LARGEST_CELL = 34;
const SMALLEST_CELL = 6;
/** A panel is at least as wide as its title. */
const NARROWEST = 92;
/** Below this cell size three grids side by side give way to two rows of grids. */
const COMFORTABLE = 16;

/**
 * Lay the three grids out side by side, or the input above the others where that shows more.
 * @param {number} width pixels to fill
 * @param {[Axis, Axis]} axes
 */
function arrange(width, [vertical, horizontal]) {
  const rows = [vertical.padded, vertical.kernel, vertical.output];
  const columns = [horizontal.padded, horizontal.kernel, horizontal.output];
  // an impossible kernel sticks out of the input: leave room for it
  rows[0] = Math.max(rows[0], vertical.fits ? 0 : vertical.reach);
  columns[0] = Math.max(columns[0], horizontal.fits ? 0 : horizontal.reach);
  const panel = (i, size) => Math.max(NARROWEST, columns[i] * size);
  const besides = (size) => panel(0, size) + panel(1, size) + panel(2, size) + 2 * GAP;
  const below = (size) => Math.max(panel(0, size), panel(1, size) + panel(2, size) + GAP);
  const largest = (needs) => {
    let size = LARGEST_CELL;
    while (size > SMALLEST_CELL && needs(size) > width - 2) size--;
    return size;
  };
  const [inRow, stacked] = [largest(besides), largest(below)];
  const margin = 1; // half an outline
  if (inRow >= Math.min(COMFORTABLE, stacked)) {
    const size = inRow;
    const at = (x) => ({ x: x + margin, y: HEAD, size });
    return {
      input: at(0), kernel: at(panel(0, size) + GAP), output: at(panel(0, size) + panel(1, size) + 2 * GAP),
      height: HEAD + Math.max(...rows) * size + 4,
    };
  }
  const size = stacked;
  const second = HEAD + rows[0] * size + 12;
  return {
    input: { x: margin, y: HEAD, size },
    kernel: { x: margin, y: second + HEAD, size },
    output: { x: margin + panel(1, size) + GAP, y: second + HEAD, size },
    height: second + HEAD + Math.max(rows[1], rows[2]) * size + 4,
  };
}

function makeTitle() {
  const first = svg("text", { class: "cnn-title" });
  const second = svg("text", { class: "cnn-subtitle" });
  return {
    element: svg("g", { "aria-hidden": "true" }, first, second),
    set({ x, y }, title, subtitle) {
      for (const [line, text, dy] of [[first, title, -22], [second, subtitle, -7]]) {
        setText(line, text);
        setAttribute(line, "x", x);
        setAttribute(line, "y", y + dy);
      }
    },
  };
}

/** Diagonal lines: padding is told by more than its colour. */
function hatchPattern(id) {
  return svg(
    "defs",
    {},
    svg(
      "pattern",
      { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 6, height: 6, class: "cnn-hatch-ground" }),
      svg("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "cnn-hatch-line" }),
    ),
  );
}
