/**
 * A filter is a volume: it reaches through all channels of the input. The partial sums of the
 * channels and the bias add up to one number, and each filter gives one map.
 */

import { show, sumOf, table, tidy, windowAxis, windowTerms } from "./arithmetic/convolution.js";
import { html } from "./parts/dom.js";
import { createGridBench } from "./parts/gridbench.js";
import { cnnlibCode, pythonArray } from "./parts/python-code.js";
import { counted, inBrackets, readoutHead } from "./parts/readout.js";

export default { render };

const MOST = 4; // channels, and filters
const NAMES = ["red", "green", "blue", "fourth"];

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const each = (make) => Object.assign({}, ...Array.from({ length: MOST }, (_, at) => make(at)));
  const largest = model.get("values").length / MOST;
  const kernelMost = model.get("weights")[0].length;
  const sourceOf = () => (model.get("source") === "photo" ? "pixels" : "values");
  const filterOf = () => Math.min(model.get("filter"), model.get("filters")) - 1;
  const bench = createGridBench({
    context,
    title: "Volume filter",
    label: "Channels of the input, channels of one filter, and the output maps",
    settings: [
      {
        name: "source",
        label: "Input",
        choices: [
          ["numbers", "small numbers"],
          ["photo", "pixels of a photo"],
        ],
      },
      { name: "channels", label: "Depth D₁" },
      { name: "filters", label: "Filters K" },
      { name: "filter", label: "Show filter" },
      { name: "size", label: "Input size" },
      { name: "kernel_size", label: "Kernel size F" },
      { name: "position", label: "Position", bare: true },
    ],
    tables: [
      { name: "values", short: "x", shape: () => [MOST * largest, largest] },
      { name: "pixels", short: "p", shape: () => [MOST * largest, largest] },
      { name: "weights", short: "w", shape: () => [MOST * MOST * kernelMost, kernelMost] },
      { name: "biases", short: "b", shape: () => [1, MOST] },
    ],
    grids: {
      ...each((c) => ({
        [`input${c}`]: {
          kind: "input",
          letter: `X${c}`,
          origin: () => [-c * largest, 0],
          get table() {
            return sourceOf();
          },
        },
      })),
      ...each((c) => ({
        [`kernel${c}`]: {
          kind: "kernel",
          letter: `W${c}`,
          table: "weights",
          origin: () => [-(filterOf() * MOST + c) * kernelMost, 0],
        },
      })),
      bias: { kind: "kernel", letter: "b", table: "biases", origin: () => [0, -filterOf()] },
      ...each((k) => ({ [`output${k}`]: { kind: "output", letter: `Y${k}` } })),
    },
    play: { say: (position) => `window ${position + 1}` },
    draw,
    code: () => codeFor(),
  });
  return bench.start();

  function codeFor() {
    const [depth, filters, size, kernel] = ["channels", "filters", "size", "kernel_size"].map(
      (name) => model.get(name),
    );
    const parts = (name, first, count, every, cut) =>
      Array.from({ length: count }, (_, at) =>
        model
          .get(name)
          .slice((first + at) * every, (first + at) * every + cut)
          .map((row) => row.slice(0, cut)),
      );
    return [
      cnnlibCode(
        pythonArray("input", parts(sourceOf(), 0, depth, largest, size)),
        pythonArray(
          "weight",
          Array.from({ length: filters }, (_, k) =>
            parts("weights", k * MOST, depth, kernelMost, kernel),
          ),
        ),
        `bias = np.array([${model.get("biases")[0].slice(0, filters).join(", ")}])`,
        "output = cnnlib.conv2d(input[None], weight, bias)[0]",
        `parameters = cnnlib.conv_parameters(${depth}, ${filters}, ${kernel})`,
        "print(output)\nprint(parameters)",
      ),
    ];
  }

  function draw() {
    const [depth, filters, size, kernel] = ["channels", "filters", "size", "kernel_size"].map(
      (name) => model.get(name),
    );
    const axis = windowAxis({ input: size, kernel, stride: 1, padding: 0, dilation: 1 });
    const axes = /** @type {[typeof axis, typeof axis]} */ ([axis, axis]);
    const cut = (values, top, count) =>
      values.slice(top, top + count).map((row) => row.slice(0, count));
    const input = Array.from({ length: depth }, (_, c) =>
      cut(model.get(sourceOf()), c * largest, size),
    );
    const weightOf = (k) =>
      Array.from({ length: depth }, (_, c) =>
        cut(model.get("weights"), (k * MOST + c) * kernelMost, kernel),
      );
    const biases = model.get("biases")[0];
    const partial = (k, c, i, j) => sumOf(windowTerms(input[c], weightOf(k)[c], axes, i, j));
    const output = Array.from({ length: filters }, (_, k) => {
      return table(axis.output, axis.output, (i, j) =>
        tidy(input.reduce((total, _x, c) => total + partial(k, c, i, j), biases[k])),
      );
    });
    const count = axis.output ** 2;
    const position = Math.min(model.get("position"), Math.max(0, count - 1));
    const shapes = { bias: [1, 1] };
    for (let c = 0; c < depth; c++)
      Object.assign(shapes, { [`input${c}`]: [size, size], [`kernel${c}`]: [kernel, kernel] });
    for (let k = 0; k < filters; k++) shapes[`output${k}`] = [axis.output, axis.output];
    const shownFilter = filterOf();
    const start = count
      ? {
          grid: `output${shownFilter}`,
          row: Math.floor(position / axis.output),
          column: position % axis.output,
        }
      : null;
    const active = bench.selection.active(shapes, start);
    const window = active?.grid.startsWith("output") ? active : start;
    const k = active?.grid.startsWith("output") ? Number(active.grid.slice(6)) : shownFilter;
    const weight = weightOf(k);
    const inside = (at, begin) => at >= begin && at < begin + kernel;
    const coloured = model.get("source") === "photo";
    const fillOf = (c, value) => {
      const shade = Math.max(0, Math.min(255, Math.round(value)));
      return coloured && c < 3
        ? `rgb(${[0, 1, 2].map((own) => (own === c ? shade : 0))})`
        : undefined;
    };
    const panel = (name, title, values, hit, fill) => ({
      grid: bench.grids[name],
      title,
      rows: values.length,
      columns: values[0]?.length ?? 0,
      label: `${title}, ${values.length} by ${values[0]?.length ?? 0}`,
      cell: (row, column) => ({
        text: show(values[row][column]),
        fill: fill?.(values[row][column]),
        marks: bench.selection.marks(
          active,
          name,
          row,
          column,
          window && hit(row, column) ? "window" : "",
        ),
        label: `${title} row ${row}, column ${column}: ${values[row][column]}`,
      }),
    });
    const panels = [
      ...input.map((values, c) =>
        panel(
          `input${c}`,
          `Input, ${NAMES[c]}`,
          values,
          (row, column) => inside(row, window.row) && inside(column, window.column),
          (value) => fillOf(c, value),
        ),
      ),
      ...weight.map((values, c) =>
        panel(`kernel${c}`, `Filter ${k + 1}, ${NAMES[c]}`, values, () => true),
      ),
      panel("bias", "Bias", [[biases[k]]], () => true),
      ...output.map((values, f) =>
        panel(
          `output${f}`,
          axis.fits ? `Map ${f + 1}` : "No map",
          values,
          (row, column) => row === window.row && column === window.column && f === k,
        ),
      ),
    ];
    const frames = window
      ? input.map((_, c) => ({
          grid: `input${c}`,
          row: window.row,
          column: window.column,
          rows: kernel,
          columns: kernel,
        }))
      : [];
    const half = (total) => [Math.ceil(total / 2), Math.floor(total / 2)].filter(Boolean);
    bench.stage.draw(panels, {
      frames,
      lineUps: [
        [depth, depth + 1, filters],
        [...half(depth), ...half(depth + 1), ...half(filters)],
      ],
    });
    const parameters = kernel * kernel * depth * filters + filters;
    bench.bar.set(position, count);
    bench.drawSizes([
      [
        "output",
        axis.fits
          ? `${axis.output}×${axis.output}×${filters}: one map for each filter`
          : `none: the kernel reaches ${kernel} cells of ${size}`,
      ],
      [
        "parameters",
        `F·F·D₁·K + K = ${kernel}·${kernel}·${depth}·${filters} + ${filters} = ${parameters}`,
      ],
    ]);
    bench.drawNote(
      axis.fits
        ? `Each filter has ${counted(kernel * kernel * depth, "weight")}: it always has the ` +
            `depth of the input.`
        : `No output: the kernel reaches ${counted(kernel, "cell")}, the input has ${size}.`,
      !axis.fits,
    );
    const parts = window
      ? Array.from({ length: depth }, (_, c) => partial(k, c, window.row, window.column))
      : [];
    bench.drawReadout(...(window ? readoutFor(k, window, parts, biases[k], output) : []));
    bench.drawEditor();
  }
}

/** One output number: the partial sums of the channels and the bias add up to it. */
function readoutFor(k, { row, column }, parts, bias, output) {
  const value = show(output[k][row][column]);
  const terms = parts.map((part, c) => `${c ? inBrackets(part) : show(part)} (${NAMES[c]})`);
  return [
    readoutHead(`Y${k}[${row}, ${column}]`, ` = ${value}`, "output"),
    html(
      "p",
      { class: "cnn-check" },
      `${terms.join(" + ")} + ${inBrackets(bias)} (bias) = ${value}`,
    ),
  ];
}
