/**
 * 3D convolution: a small clip of a moving dot, and a kernel that reaches through several frames
 * and moves in time as well as over the picture.
 */

import { show, table, tidy, windowAxis } from "./arithmetic/convolution.js";
import { choice } from "./parts/controls.js";
import { html } from "./parts/dom.js";
import { createGridBench } from "./parts/gridbench.js";
import { pythonRows } from "./parts/python-code.js";
import { counted, inBrackets, productOf, readoutHead, sumInLines } from "./parts/readout.js";

export default { render };

/** @typedef {import("./arithmetic/convolution.js").Axis} Axis */

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const frames = model.get("_clips").right.length;
  const [most, largest] = ["kernel_depth", "kernel_size"].map(
    (name) => model.get("_limits")[name][1],
  );
  const framesWithPadding = frames + 2 * model.get("_limits").padding[1];
  const each = (length, make) => Object.assign({}, ...Array.from({ length }, (_, at) => make(at)));
  const compute = () => clipState((name) => model.get(name));
  const padding = () => model.get("padding");
  const bench = createGridBench({
    context,
    title: "3D convolution",
    label: "Frames of the clip, slices of the kernel, frames of the output",
    settings: [
      {
        name: "motion",
        label: "The dot",
        choices: Object.keys(model.get("_clips")).map((name) => [name, inMotion(name)]),
      },
      { name: "kernel_depth", label: "Kernel frames" },
      { name: "kernel_size", label: "Kernel size F" },
      { name: "stride", label: "Stride S" },
      { name: "padding", label: "Padding P" },
      { name: "position", label: "Position", bare: true },
    ],
    tables: [{ name: "weights", short: "w", shape: () => [most * largest, largest] }],
    grids: {
      ...each(framesWithPadding, (t) => ({
        [`frame${t}`]: {
          kind: "input",
          letter: "X",
          origin: () => [padding(), padding()],
          index: (row, column) => [t - padding(), row, column],
        },
      })),
      ...each(most, (t) => ({
        [`kernel${t}`]: {
          kind: "kernel",
          letter: "W",
          table: "weights",
          origin: () => [-t * largest, 0],
          index: (row, column) => [t, row - t * largest, column],
        },
      })),
      ...each(framesWithPadding, (t) => ({
        [`output${t}`]: { kind: "output", letter: "Y", index: (row, column) => [t, row, column] },
      })),
    },
    play: {
      label: "Move the window, also in time",
      say: (position) => `Y[${placeOf(position, compute().axes).join(", ")}]`,
    },
    draw,
    code: () => codeFor(compute(), model.get("motion"), model.get("key")),
  });
  const presets = model.get("_kernels");
  const preset = choice({
    label: "Kernel",
    name: "preset",
    value: "",
    choices: [["", "choose…"], ...Object.keys(presets).map((name) => [name, name])],
    onChange(name) {
      if (!(name in presets)) return;
      const slices = presets[name];
      const weights = model.get("weights").map((line, n) => {
        const row = slices[Math.floor(n / largest)]?.[n % largest];
        return line.map((old, v) => row?.[v] ?? old);
      });
      bench.setAll({ weights, kernel_depth: slices.length, kernel_size: slices[0].length });
    },
  });
  bench.controlBox.append(preset.element);
  return bench.start();

  function draw() {
    const state = compute();
    const { axes, clip, weight, output, fits } = state;
    const [time, side] = axes;
    const count = fits ? time.output * side.output ** 2 : 0;
    const position = Math.min(model.get("position"), Math.max(0, count - 1));
    const shapes = {};
    for (let t = 0; t < time.padded; t++) shapes[`frame${t}`] = [side.padded, side.padded];
    for (let t = 0; t < time.kernel; t++) shapes[`kernel${t}`] = [side.kernel, side.kernel];
    for (let t = 0; t < output.length; t++) shapes[`output${t}`] = [side.output, side.output];
    const [t0, row, column] = placeOf(position, axes);
    const active = bench.selection.active(
      shapes,
      count ? { grid: `output${t0}`, row, column } : null,
    );
    const focus = focusOf(active, axes);
    const uses = fits && focus ? usesFor(focus, axes) : [];
    const hits = new Set(
      uses.flatMap(({ place, tap, cell }) => [`output${place}`, `kernel${tap}`, `frame${cell}`]),
    );
    const isLater = (t, r, c) =>
      bench.state.playing && (t * side.output + r) * side.output + c > position;
    const mark = (kind, slice, at, ...own) => {
      const hit = hits.has(`${kind}${at.join()}`) ? "window" : "";
      const place = kind === "frame" ? at.slice(1).map((one) => one + side.padding) : at.slice(1);
      return bench.selection.marks(active, `${kind}${slice}`, ...place, ...own, hit);
    };
    const panel = (name, title, subtitle, size, cell) => ({
      grid: bench.grids[name],
      title,
      subtitle,
      rows: size,
      columns: size,
      label: `${title}, ${size} by ${size}`,
      cell,
    });
    const inputs = Array.from({ length: time.padded }, (_, t) => {
      const outside = t < time.padding || t >= time.padding + frames;
      const title = outside ? "Padding" : `Frame ${t - time.padding}`;
      const room = fits ? undefined : [side.reach, side.reach];
      return {
        ...panel(`frame${t}`, title, "", side.padded, (r, c) => {
          const at = [t, r, c].map((place) => place - side.padding);
          const value = clip[at[0]]?.[at[1]]?.[at[2]];
          const name = bench.nameOf({ grid: `frame${t}`, row: r, column: c });
          return {
            text: show(value ?? 0),
            marks: mark(
              "frame",
              t,
              at,
              value === undefined ? "padding" : "",
              value ? "winner" : "",
            ),
            label: `${value === undefined ? "Padding" : "Pixel"} ${name}: ${show(value ?? 0)}`,
          };
        }),
        room,
      };
    });
    const kernels = weight.map((slice, t) =>
      panel(
        `kernel${t}`,
        weight.length === 1 ? "Kernel" : `Kernel, slice ${t}`,
        "",
        side.kernel,
        (r, c) => ({
          text: show(slice[r][c]),
          marks: mark("kernel", t, [t, r, c]),
          label: `Weight W[${t}, ${r}, ${c}]: ${show(slice[r][c])}`,
        }),
      ),
    );
    const outputs = output.map((frame, t) =>
      panel(`output${t}`, `Output, frame ${t}`, "", side.output, (r, c) => ({
        text: isLater(t, r, c) ? "" : show(frame[r][c]),
        marks: mark("output", t, [t, r, c]),
        label: `Output Y[${t}, ${r}, ${c}]: ${isLater(t, r, c) ? "not yet" : show(frame[r][c])}`,
      })),
    );
    const outlines =
      !fits || focus?.kind !== "output"
        ? []
        : weight.map((_, u) => ({
            grid: `frame${focus.at[0] * time.stride + u}`,
            row: focus.at[1] * side.stride,
            column: focus.at[2] * side.stride,
            rows: side.reach,
            columns: side.reach,
          }));
    const rows = [inputs, kernels, outputs];
    const inLines = (count, width) =>
      count > width ? [width, ...inLines(count - width, width)] : count ? [count] : [];
    const lineUps = [7, 6, 5, 4, 3, 2, 1].map((width) =>
      rows.flatMap(({ length }) => inLines(length, width)),
    );
    // a grid may be a single cell: that is 24 pixels wide, for fingers (WCAG 2.2, 2.5.8)
    bench.stage.draw(rows.flat(), { frames: outlines, lineUps, comfortable: 24 });
    bench.bar.set(position, count);
    drawWords(state);
    bench.drawReadout(
      ...(focus ? readoutFor(active, focus, uses, state) : [html("p", {}, "There is no output.")]),
    );
    bench.drawEditor();
  }

  function drawWords({ axes: [time, side], output, fits }) {
    const rule = ({ input, padding: p, kernel, stride, output: size, padded }) =>
      padded >= kernel
        ? `⌊(${input} + 2·${p} − ${kernel}) / ${stride}⌋ + 1 = ${size}`
        : `none: the kernel reaches ${kernel} cells of ${padded}`;
    bench.drawSizes([
      ["output frames", rule(time)],
      ["output rows and columns", rule(side)],
    ]);
    const numbers = output.flat(2);
    const [large, small] = [Math.max(...numbers), Math.min(...numbers)].map(show);
    const words = fits
      ? `The largest number is ${large}, the smallest ${small}.`
      : "No output: the kernel does not fit.";
    bench.drawNote(
      words,
      !fits,
      fits ? `Output ${time.output} frames of ${side.output} by ${side.output}. ${words}` : words,
    );
  }

  /** What the active cell is: its kind and place. @param {Axis[]} axes time and side */
  function focusOf(active, axes) {
    if (!active) return null;
    const [, kind, slice] = /** @type {RegExpMatchArray} */ (active.grid.match(/^([a-z]+)(\d+)$/));
    const p = kind === "frame" ? axes[0].padding : 0;
    return { kind, at: [Number(slice), active.row, active.column].map((place) => place - p) };
  }

  function readoutFor(active, { kind, at }, uses, { axes, clip, weight, output }) {
    const name = bench.nameOf(active);
    if (kind === "output") {
      const value = show(output[at[0]][at[1]][at[2]]);
      const terms = volumeTerms(clip, weight, axes, at);
      const bySlice = weight.map((_, u) => terms.filter(({ tap }) => tap[0] === u));
      const partial = bySlice.map(
        (slice, u) =>
          `${inBrackets(tidy(slice.reduce((sum, { x, w }) => sum + x * w, 0)))} (slice ${u})`,
      );
      return [
        readoutHead(name, ` = ${value}`, "output"),
        html("p", { class: "cnn-check" }, `${partial.join(" + ")} = ${value}`),
        sumInLines(
          bySlice.map((slice, u) => [
            `slice ${u} on frame ${show(slice[0].cell[0])}: `,
            ...slice.flatMap((term, n) => [n ? " + " : "", ...productOf(term, term.outside)]),
          ]),
          ["= ", html("strong", { class: "cnn-text-output" }, value)],
        ),
      ];
    }
    if (kind === "kernel") {
      return [
        readoutHead(name, ` = ${show(weight[at[0]][at[1]][at[2]])}`, "kernel"),
        html("p", {}, `All ${counted(uses.length, "output")} share this one weight.`),
      ];
    }
    const value = clip[at[0]]?.[at[1]]?.[at[2]];
    const inTime = [...new Set(uses.map(({ place }) => place[0]))].join(", ");
    return [
      readoutHead(name, value === undefined ? " = 0 is padding" : ` = ${show(value)}`, "input"),
      html(
        "p",
        {},
        uses.length
          ? `${counted(uses.length, "output reads", "outputs read")} it, in frames ${inTime}.`
          : "No output reads it.",
      ),
    ];
  }
}

/** How the dot moves, in words. */
function inMotion(name) {
  return name === "still" ? "stands still" : `moves ${name}`;
}

/** Where output number `position` stands: frame, row, column. */
function placeOf(position, [, { output: side }]) {
  const size = Math.max(1, side);
  return [Math.floor(position / size ** 2), Math.floor(position / size) % size, position % size];
}

/** Sizes and values of a state. @param {(name: string) => any} get */
function clipState(get) {
  const clip = get("_clips")[get("motion")];
  const largest = get("_limits").kernel_size[1];
  const [depth, size] = [get("kernel_depth"), get("kernel_size")];
  const axisOf = (input, kernel) =>
    windowAxis({ input, kernel, stride: get("stride"), padding: get("padding"), dilation: 1 });
  /** @type {[Axis, Axis]} */
  const axes = [axisOf(clip.length, depth), axisOf(clip[0].length, size)];
  const weight = Array.from({ length: depth }, (_, t) =>
    get("weights")
      .slice(t * largest, t * largest + size)
      .map((row) => row.slice(0, size)),
  );
  const fits = axes.every((axis) => axis.fits);
  const sum = (...place) =>
    tidy(volumeTerms(clip, weight, axes, place).reduce((total, { x, w }) => total + x * w, 0));
  const output = fits
    ? Array.from({ length: axes[0].output }, (_, t) =>
        table(axes[1].output, axes[1].output, (r, c) => sum(t, r, c)),
      )
    : [];
  return { axes, clip, weight, output, fits };
}

/** The products that make one output number, slice by slice. */
function volumeTerms(clip, weight, [time, side], place) {
  return weight.flatMap((slice, t) =>
    slice.flatMap((row, u) =>
      row.map((w, v) => {
        const tap = [t, u, v];
        const cell = tap.map((k, a) => place[a] * (a ? side : time).stride + k - side.padding);
        const x = clip[cell[0]]?.[cell[1]]?.[cell[2]];
        return { tap, cell, w, x: x ?? 0, outside: x === undefined };
      }),
    ),
  );
}

/** All products that an output, a weight or a pixel takes part in. */
function usesFor({ kind, at }, [time, side]) {
  const along = (axis, a) => {
    const found = [];
    for (let place = 0; place < axis.output; place++) {
      for (let tap = 0; tap < axis.kernel; tap++) {
        const cell = place * axis.stride + tap - axis.padding;
        if ({ output: place, kernel: tap, frame: cell }[kind] === at[a])
          found.push({ place, tap, cell });
      }
    }
    return found;
  };
  const [inTime, down, across] = [along(time, 0), along(side, 1), along(side, 2)];
  return inTime.flatMap((t) =>
    down.flatMap((r) =>
      across.map((c) => ({
        place: [t.place, r.place, c.place],
        tap: [t.tap, r.tap, c.tap],
        cell: [t.cell, r.cell, c.cell],
      })),
    ),
  );
}

function codeFor({ axes, weight }, motion, key) {
  const { stride, padding } = axes[0];
  const slices = (values) => `[${values.map((slice) => pythonRows(slice)).join(", ")}]`;
  const start =
    `from cnnlib.widgets.convolution3d import CLIPS\n\nclip = np.array(CLIPS["${motion}"])\n` +
    `weight = np.array(${slices(weight)})\n`;
  const call = `clip[None, None], weight[None, None], stride=${stride}, padding=${padding}`;
  const kernel = slices(weight).replaceAll("\n", "\n    ");
  return [
    [
      "cnnlib",
      `import numpy as np\nimport cnnlib\n${start}` +
        `output = cnnlib.conv3d(${call})[0, 0]\nprint(output)`,
    ],
    [
      "PyTorch",
      `import numpy as np\nimport torch\nimport torch.nn.functional as F\n${start}` +
        "clip, weight = torch.tensor(clip).double(), torch.tensor(weight).double()\n" +
        `output = F.conv3d(${call})[0, 0]\nprint(output)`,
    ],
    [
      "This widget in a notebook",
      `from cnnlib.widgets import Convolution3d\n\nConvolution3d(\n    kernel=${kernel},\n` +
        `    motion="${motion}", stride=${stride}, padding=${padding}, key="${key}",\n)`,
    ],
  ];
}
