/**
 * Pooling: each window of the input becomes its maximum or its mean; and on the way back, where
 * the gradient of each window goes.
 */

import { corner, show } from "./arithmetic/convolution.js";
import { poolAxis, poolBackward, pooled, poolWindows } from "./arithmetic/pooling.js";
import { html } from "./parts/dom.js";
import { createGridBench } from "./parts/gridbench.js";
import { pythonRows } from "./parts/python-code.js";
import { counted, inBrackets, listed, readoutHead } from "./parts/readout.js";

export default { render };

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const shape = (state) => compute((name) => state[name]).outputShape;
  const bench = createGridBench({
    context,
    title: "Pooling",
    label: "Input, output and their gradients",
    settings: [
      {
        name: "mode",
        label: "Take the",
        choices: [
          ["max", "maximum"],
          ["average", "average"],
        ],
      },
      {
        name: "view",
        label: "Show",
        choices: [
          ["forward", "forward"],
          ["backward", "backward: the gradient"],
        ],
      },
      { name: "height", label: "Input height" },
      { name: "width", label: "Input width" },
      { name: "kernel_size", label: "Window F" },
      { name: "stride", label: "Stride S" },
      { name: "padding", label: "Padding P" },
      { name: "ceil_mode", label: "Ceil mode: round up", flag: true },
      { name: "count_include_pad", label: "A mean counts padded zeros", flag: true },
      { name: "position", label: "Position", bare: true },
    ],
    tables: [
      { name: "values", short: "x", shape: ({ height, width }) => [height, width] },
      { name: "gradients", short: "g", shape },
    ],
    grids: {
      input: {
        kind: "input",
        letter: "X",
        table: "values",
        origin: () => [model.get("padding"), model.get("padding")],
        refusal: (place) =>
          isPadding(place) ? "Padding is never read. Choose a cell of the input." : "",
      },
      output: { kind: "output", letter: "Y" },
      grad_output: { kind: "gradient", letter: "dY", table: "gradients" },
      grad_input: { kind: "gradient", letter: "dX" },
    },
    play: {
      say(position) {
        const columns = Math.max(1, compute(model.get.bind(model)).outputShape[1]);
        return `row ${Math.floor(position / columns)}, column ${position % columns}`;
      },
    },
    draw,
    code: () => codeFor(compute(model.get.bind(model))),
  });
  const { grids, selection, stage } = bench;
  return bench.start();

  function isPadding({ grid, row, column }) {
    const p = grid === "input" ? model.get("padding") : 0;
    return (
      row < p || column < p || row >= p + model.get("height") || column >= p + model.get("width")
    );
  }

  function draw() {
    const state = compute(model.get.bind(model));
    const { axes, input, output, gradient, gradInput, mode, outputShape } = state;
    const [vertical, horizontal] = axes;
    const backward = model.get("view") === "backward";
    const p = vertical.padding;
    const count = outputShape[0] * outputShape[1];
    const position = Math.min(model.get("position"), Math.max(0, count - 1));
    const outs = count ? outputShape : [0, 0];
    const over = [vertical.over, horizontal.over];
    const shapes = {
      input: [vertical.padded, horizontal.padded],
      output: outs,
      ...(backward && count
        ? { grad_output: outs, grad_input: [vertical.input, horizontal.input] }
        : {}),
    };
    const start = count
      ? {
          grid: backward ? "grad_output" : "output",
          row: Math.floor(position / outs[1]),
          column: position % outs[1],
        }
      : null;
    const active = selection.active(shapes, start);
    const chosen = reachOf(active, state);
    const later = (row, column) => bench.state.playing && row * outs[1] + column > position;
    const at = (grid, row, column, ...own) => {
      const [r, c] = grid === "input" ? [row - p, column - p] : [row, column];
      const cellGrid = grid === "input" || grid === "grad_input";
      const hit = (cellGrid ? chosen.cells : chosen.windows).has(`${r},${c}`);
      const won = cellGrid && mode === "max" && chosen.winners.has(`${r},${c}`);
      return selection.marks(
        active,
        grid,
        row,
        column,
        ...own,
        hit ? "window" : "",
        won ? "winner" : "",
      );
    };
    const outline = active?.grid.endsWith("output")
      ? [
          {
            grid: "input",
            row: active.row * vertical.stride,
            column: active.column * horizontal.stride,
            rows: vertical.kernel,
            columns: horizontal.kernel,
          },
        ]
      : [];
    const hole = mode === "max" ? "−∞" : "0";
    const numbers = (grid, title, values, extra = {}) => ({
      grid: grids[grid],
      title,
      rows: values.length,
      columns: values[0]?.length ?? 0,
      label: `${title}, ${values.length} by ${values[0]?.length ?? 0}`,
      cell: (row, column) => {
        const hidden = extra.steps && later(row, column);
        return {
          text: hidden ? "" : show(values[row][column]),
          marks: at(grid, row, column),
          label:
            `${title} row ${row}, column ${column}: ` +
            `${hidden ? "not computed yet" : show(values[row][column])}`,
        };
      },
    });
    stage.draw(
      [
        {
          grid: grids.input,
          title: `Input ${vertical.input}×${horizontal.input}`,
          subtitle: p ? `padded: ${vertical.padded}×${horizontal.padded}` : "",
          rows: vertical.padded,
          columns: horizontal.padded,
          room: [vertical.padded + over[0], horizontal.padded + over[1]],
          label: `Input with padding, ${vertical.padded} by ${horizontal.padded}`,
          cell(row, column) {
            const padding = isPadding({ grid: "input", row, column });
            const dropped =
              count > 0 &&
              (row >= vertical.padded - vertical.dropped ||
                column >= horizontal.padded - horizontal.dropped);
            const text = padding ? hole : show(input[row - p][column - p]);
            return {
              text,
              marks: at("input", row, column, padding ? "padding" : "", dropped ? "dropped" : ""),
              label:
                `${padding ? "Padding" : "Input"} row ${row - p}, column ${column - p}: ` +
                `${text}${dropped ? ", dropped by the stride" : ""}`,
            };
          },
        },
        numbers("output", count ? `Output ${outs[0]}×${outs[1]}` : "No output", output, {
          steps: !backward,
        }),
        ...(backward && count
          ? [
              numbers("grad_output", "Gradient of the output", gradient),
              numbers("grad_input", "Gradient of the input", gradInput),
            ]
          : []),
      ],
      { frames: outline },
    );
    bench.bar.set(position, count);
    bench.drawSizes(rulesFor(state));
    const fate = fateFor(state);
    bench.drawNote(fate, !count, `${count ? `Output ${outs[0]} by ${outs[1]}.` : ""} ${fate}`);
    bench.drawReadout(...(active ? readoutFor(active, state) : [html("p", {}, fate)]));
    bench.drawEditor();
  }

  /** Cells, windows and winners that belong to the active cell. */
  function reachOf(active, { windows, axes, mode }) {
    const reach = { cells: new Set(), windows: new Set(), winners: new Set() };
    if (!active) return reach;
    const key = (row, column) => `${row},${column}`;
    const take = (i, j) => {
      reach.windows.add(key(i, j));
      for (const { row, column } of windows[i][j].cells) reach.cells.add(key(row, column));
      reach.winners.add(key(windows[i][j].winners[0].row, windows[i][j].winners[0].column));
    };
    if (active.grid.endsWith("output")) take(active.row, active.column);
    else {
      const p = active.grid === "input" ? axes[0].padding : 0;
      const [r, c] = [active.row - p, active.column - p];
      for (const { i, j } of usesOf(windows, r, c)) reach.windows.add(key(i, j));
      reach.cells.add(key(r, c));
      if (mode === "max" && usesOf(windows, r, c).some(({ wins }) => wins))
        reach.winners.add(key(r, c));
    }
    return reach;
  }

  function readoutFor(active, { windows, output, gradient, gradInput, mode, axes }) {
    const backward = model.get("view") === "backward";
    if (active.grid.endsWith("output")) {
      const window = windows[active.row][active.column];
      const value = output[active.row][active.column];
      const numbers = window.cells.map(({ x }) => show(x)).join(", ");
      const place = ({ row, column }) => `X[${row}, ${column}]`;
      const ties =
        window.winners.length > 1
          ? ` ${counted(window.winners.length, "cell")} tie: ` +
            `${listed(window.winners.map(place))}. The first in reading order wins.`
          : "";
      const how =
        mode === "max"
          ? `max(${numbers}) = ${show(value)}, found at ${place(window.winners[0])}.${ties}`
          : `(${window.cells.map(({ x }, n) => (n ? inBrackets(x) : show(x))).join(" + ")}) / ` +
            `${window.divisor} = ${show(value)}`;
      const head =
        active.grid === "output"
          ? ` = ${show(value)}`
          : ` = ${show(gradient[active.row][active.column])}`;
      const parts = [
        readoutHead(bench.nameOf(active), head, active.grid === "output" ? "output" : "gradient"),
        html("p", {}, how),
      ];
      if (backward) {
        const g = gradient[active.row][active.column];
        parts.push(
          html(
            "p",
            {},
            mode === "max"
              ? `The whole gradient ${show(g)} goes to ${place(window.winners[0])}. The other ` +
                  `cells get 0 from this window.`
              : `Each of its ${counted(window.cells.length, "cell")} gets ${show(g)} / ` +
                  `${window.divisor} = ${show(g / window.divisor)}.`,
          ),
        );
      }
      return parts;
    }
    const p = active.grid === "input" ? axes[0].padding : 0;
    const [r, c] = [active.row - p, active.column - p];
    const kind = active.grid === "input" ? "input" : "gradient";
    if (active.grid === "input" && isPadding(active)) {
      return [
        readoutHead(bench.nameOf(active), " is padding", kind),
        html(
          "p",
          {},
          mode === "max"
            ? "Padding is −∞: it never wins, and it gets no gradient."
            : "Padding is 0, and it gets no gradient.",
        ),
      ];
    }
    const uses = usesOf(windows, r, c);
    const value = active.grid === "input" ? show(model.get("values")[r][c]) : show(gradInput[r][c]);
    const say =
      uses.length === 0
        ? "No window reads this cell."
        : `${counted(uses.length, "window")} ${uses.length === 1 ? "reads" : "read"} this cell: ` +
          uses
            .map(
              ({ i, j, wins }) =>
                `Y[${i}, ${j}]${mode === "max" && wins ? " (it wins there)" : ""}`,
            )
            .join(", ") +
          ".";
    const parts = [readoutHead(bench.nameOf(active), ` = ${value}`, kind), html("p", {}, say)];
    if (backward) {
      const given = uses.filter(({ wins }) => mode === "average" || wins);
      const terms = given.map(({ i, j }) =>
        mode === "max"
          ? inBrackets(gradient[i][j])
          : `${inBrackets(gradient[i][j])}/${windows[i][j].divisor}`,
      );
      parts.push(
        html(
          "p",
          {},
          `Its gradient: ${terms.join(" + ") || "nothing arrives"} = ${show(gradInput[r][c])}`,
        ),
      );
    }
    return parts;
  }
}

/** The windows that hold cell (r, c) of the input, and whether it wins there. */
function usesOf(windows, r, c) {
  return windows.flatMap((line, i) =>
    line.flatMap(({ cells, winners }, j) =>
      cells.some(({ row, column }) => row === r && column === c)
        ? [{ i, j, wins: winners[0].row === r && winners[0].column === c }]
        : [],
    ),
  );
}

/** Sizes and values of a state. @param {(name: string) => any} get */
function compute(get) {
  const axisOf = (input) =>
    poolAxis({
      input,
      kernel: get("kernel_size"),
      stride: get("stride"),
      padding: get("padding"),
      ceil: get("ceil_mode"),
    });
  /** @type {[ReturnType<typeof axisOf>, ReturnType<typeof axisOf>]} */
  const axes = [axisOf(get("height")), axisOf(get("width"))];
  const mode = get("mode");
  const input = corner(get("values"), axes[0].input, axes[1].input);
  const possible = axes.every(({ fits, allowed }) => fits && allowed);
  const outputShape = possible ? axes.map(({ output }) => output) : [0, 0];
  const windows = possible ? poolWindows(input, axes, get("count_include_pad")) : [];
  const gradient = corner(get("gradients"), ...outputShape);
  return {
    axes,
    mode,
    input,
    possible,
    outputShape,
    windows,
    gradient,
    output: windows.map((line) => line.map((window) => pooled(window, mode))),
    gradInput: poolBackward(windows, gradient, mode, axes[0].input, axes[1].input),
    ceil: get("ceil_mode"),
    withPadding: get("count_include_pad"),
  };
}

function rulesFor({ axes, ceil }) {
  const [open, close] = ceil ? ["⌈", "⌉"] : ["⌊", "⌋"];
  return axes.map(({ input, padding, kernel, stride, padded, output, fits }, i) => {
    const name = ["output height", "output width"][i];
    const top = `(${input} + 2·${padding} − ${kernel})`;
    if (!fits) return [name, `none: ${top} = ${show(padded - kernel)} is below 0`];
    const plain = Math.ceil((padded - kernel) / stride) + 1;
    const less =
      ceil && plain > output && output > 0
        ? ` − 1, for the last window would start in the far padding, = ${output}`
        : ` = ${output}`;
    return [name, `${open}${top} / ${stride}${close} + 1${less}`];
  });
}

function fateFor({ axes: [vertical, horizontal], possible }) {
  if (!vertical.allowed) {
    const { padding, kernel } = vertical;
    return (
      `No output: the padding may be at most half of the window, ` +
      `${Math.floor(kernel / 2)} for F = ${kernel}, and it is ${padding}. A window in the ` +
      `corner would hold no cell.`
    );
  }
  if (!possible) {
    const { kernel, padded } = vertical.fits ? horizontal : vertical;
    return (
      `No output: the window reaches ${counted(kernel, "cell")}, the padded input has ` +
      `${padded}.`
    );
  }
  const parts = [];
  const [rows, columns] = [vertical.dropped, horizontal.dropped];
  if (rows || columns) {
    const lost = [rows && counted(rows, "row"), columns && counted(columns, "column")].filter(
      Boolean,
    );
    parts.push(
      `The stride drops ${lost.join(" and ")} at the far border. Ceil mode would give them a ` +
        `window.`,
    );
  }
  if (vertical.over || horizontal.over)
    parts.push("The last windows hang over the border: they have fewer cells.");
  const { kernel, stride } = vertical;
  parts.push(
    stride < kernel
      ? "The windows overlap."
      : stride > kernel
        ? "There are cells between the windows that none reads."
        : "The windows touch and do not overlap.",
  );
  return parts.join(" ");
}

function codeFor({ axes, mode, input, gradient, ceil, withPadding }) {
  const [{ kernel, stride, padding }] = axes;
  const flag = (value) => (value ? "True" : "False");
  const more = mode === "average" ? `, count_include_pad=${flag(withPadding)}` : "";
  const call = `${kernel}, stride=${stride}, padding=${padding}, ceil_mode=${flag(ceil)}${more}`;
  const name = mode === "max" ? "max_pool2d" : "avg_pool2d";
  return [
    [
      "cnnlib",
      `import numpy as np\nimport cnnlib\n\ninput = np.array(${pythonRows(input)}, dtype=float)\n` +
        `output = cnnlib.${name}(input[None], ${call})[0]\nprint(output)\n\n` +
        `grad_output = np.array(${pythonRows(gradient)}, dtype=float)\n` +
        `grad_input = cnnlib.${name}_backward(grad_output[None], input[None], ${call})[0]\n` +
        `print(grad_input)`,
    ],
    [
      "PyTorch",
      `import torch\nimport torch.nn.functional as F\n\ninput = ` +
        `torch.tensor(${pythonRows(input)}, dtype=torch.float64, requires_grad=True)\n` +
        `output = F.${name}(input[None], ${call})[0]\nprint(output)\n\n` +
        `output.backward(torch.tensor(${pythonRows(gradient)}, dtype=torch.float64))\n` +
        `grad_input = input.grad\nprint(grad_input)`,
    ],
  ];
}
