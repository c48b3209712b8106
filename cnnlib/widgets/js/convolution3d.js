/**
 * 3D convolution: a small clip of a moving dot, and a kernel that goes through several frames and
 * moves in time as well as over the picture.
 */

import { corner, show, table, tidy, windowAxis } from "./arithmetic/convolution.js";
import { choice } from "./parts/controls.js";
import { html } from "./parts/dom.js";
import { positionColour, shadeOf } from "./parts/positions.js";
import { pythonRows } from "./parts/python-code.js";
import { counted, inBrackets, productOf, readoutHead, sumInLines } from "./parts/readout.js";
import { createScene } from "./parts/scene.js";

export default { render };

/** @typedef {import("./arithmetic/convolution.js").Axis} Axis */
/** @typedef {import("./parts/scene.js").Look} Look */
/** @typedef {ReturnType<typeof clipState>} State */

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const clips = Object.fromEntries(model.get("_clips"));
  const limits = model.get("_limits");
  const [most, largest] = ["kernel_depth", "kernel_size"].map((name) => limits[name][1]);
  const sheets = clips.right.length + 2 * limits.padding[1];
  const each = (name, count, make) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`${name}${at}`, make(at)]));
  const bench = createScene({
    context,
    title: "3D convolution",
    label: "Frames of the clip, slices of the kernel, frames of the output",
    settings: [
      {
        name: "motion",
        label: "The dot",
        choices: Object.keys(clips).map((name) => [name, inMotion(name)]),
        primary: true,
      },
      { name: "padding", label: "Padding P", primary: true },
      { name: "stride", label: "Stride S" },
      { name: "kernel_depth", label: "Kernel frames" },
      { name: "kernel_size", label: "Kernel size F" },
      { name: "position", label: "Position", bare: true },
    ],
    tables: [{ name: "weights", short: "w", shape: () => [most * largest, largest] }],
    grids: {
      ...each("frame", sheets, (t) => ({
        kind: "input",
        letter: "X",
        origin: () => Array(2).fill(model.get("padding")),
        index: (...place) => [t - model.get("padding"), ...place],
      })),
      ...each("kernel", most, (t) => ({
        kind: "kernel",
        letter: "W",
        table: "weights",
        origin: () => [-t * largest, 0],
        index: (row, column) => [t, row - t * largest, column],
      })),
      ...each("output", sheets, (t) => ({
        kind: "output",
        letter: "Y",
        index: (...place) => [t, ...place],
      })),
    },
    layout,
    play: {
      label: "Move the window, also in time",
      count: countOf,
      at: ({ grid, row, column }, state) =>
        grid.startsWith("output") ? numberAt(state, [Number(grid.slice(6)), row, column]) : null,
      say: (position, { axes }) => `Y[${placeOf(position, axes).join(", ")}]`,
    },
    stateOf: () => clipState((name) => model.get(name)),
    shapes: ({ axes: [time, side] }) => ({
      ...each("frame", time.padded, () => [side.padded, side.padded]),
      ...each("kernel", time.kernel, () => [side.kernel, side.kernel]),
      ...each("output", time.output, () => [side.output, side.output]),
    }),
    resting(state, position) {
      const [t, row, column] = placeOf(position, state.axes);
      return { grid: `output${t}`, row, column };
    },
    scene,
    code: (state) => codeFor(state, model.get("motion"), model.get("key")),
  });
  addPresets(model, bench, largest);
  return bench.start();
}

/** A list of kernels with names; it says which one is in use, also after a weight was changed. */
function addPresets(model, bench, largest) {
  const presets = Object.fromEntries(model.get("_kernels"));
  const numbers = (name) => {
    const slices = presets[name];
    return model.get("weights").map((line, n) => {
      const row = slices[Math.floor(n / largest)]?.[n % largest];
      return line.map((old, v) => row?.[v] ?? old);
    });
  };
  const sizes = (name) => [presets[name].length, presets[name][0].length];
  const inUse = (name) =>
    sizes(name).join() === [model.get("kernel_depth"), model.get("kernel_size")].join() &&
    JSON.stringify(numbers(name)) === JSON.stringify(model.get("weights"));
  const preset = choice({
    label: "Kernel",
    name: "preset",
    value: "",
    choices: [["", "your own"], ...Object.keys(presets).map((name) => [name, name])],
    onChange(name) {
      if (!(name in presets)) return;
      const [kernel_depth, kernel_size] = sizes(name);
      bench.setAll({ weights: numbers(name), kernel_depth, kernel_size });
    },
  });
  const tell = () => preset.set(Object.keys(presets).find(inUse) ?? "");
  for (const name of ["weights", "kernel_depth", "kernel_size"]) {
    model.on(`change:${name}`, tell);
    bench.onLeave(() => model.off(`change:${name}`, tell));
  }
  tell();
  bench.controlBox.append(preset.element);
}

/** Clip, kernel and output below each other. @param {number} width */
function layout(width) {
  const line = (name, share) => ({
    share,
    slots: /** @type {[string, number][]} */ ([[name, 1]]),
  });
  return {
    height: width < 420 ? 330 : 372,
    rows: [line("frame", 1.15), line("kernel", 0.9), line("output", 1)],
  };
}

// ---- what is seen: pure functions of the state --------------------------------------------------

/**
 * @param {State} state
 * @param {Look} look
 * @returns {import("./parts/scene.js").Scene}
 */
function scene(state, look) {
  const focus = focusIn(look.active, state.axes);
  const uses = usesFor(focus, state.axes);
  return {
    panels: panels(state, look, focus, uses),
    frames: focus.kind === "output" ? frames(state, look, focus) : [],
    sizes: rules(state),
    note: note(state),
    readout: readoutFor(look.nameOf(look.active), focus, uses, state),
    flight: focus.kind === "output" ? flight(state, look.active, focus.at) : undefined,
  };
}

/** @param {State} state @param {Look} look */
function panels(state, look, focus, uses) {
  const { axes, clip, weight, output, taps, most } = state;
  const [time, side] = axes;
  const p = side.padding;
  const colourOf = (tap) => positionColour(tapNumber(tap, axes), taps);
  /** Cells that take part, each with its weight. @type {Map<string, number[]>} */
  const hits = new Map();
  for (const { place, tap, cell } of look.arrived ? uses : []) {
    hits.set(`output${place}`, tap).set(`kernel${tap}`, tap).set(`frame${cell}`, tap);
  }
  const sheet = (stack, at, title, subtitle, size, cellOf) => ({
    grid: `${stack}${at}`,
    stack,
    title: at ? "" : title,
    subtitle,
    rows: size,
    columns: size,
    label: `${title}, ${subtitle}, ${size} by ${size}`,
    cell: (r, c) => cellOf(stack === "frame" ? [at - p, r - p, c - p] : [at, r, c], r, c),
  });
  const lookOf = (kind, at, [sheetAt, r, c], ...own) => {
    const tap = hits.get(`${kind}${at}`);
    const tagged = tap && kind !== "kernel" && kind !== focus.kind;
    return {
      marks: look.marks(`${kind}${sheetAt}`, r, c, ...own, tap ? "window" : ""),
      tag: tagged ? colourOf(tap) : undefined,
    };
  };
  const inputs = Array.from({ length: time.padded }, (_, t) =>
    sheet(
      "frame",
      t,
      `Clip of ${clip.length} frames`,
      frameName(t - p, clip, p),
      side.padded,
      (at, r, c) => {
        const value = valueAt(clip, at);
        const padding = value === undefined;
        return {
          text: show(value ?? 0),
          fill:
            value || hits.has(`frame${at}`)
              ? shadeOf(value ?? 0, 1, "input", look.dark)
              : undefined,
          ...lookOf("frame", at, [t, r, c], padding ? "padding" : "", value ? "winner" : ""),
          label: `${padding ? "Padding" : "Pixel"} X[${at.map(show).join(", ")}]: ${value ?? 0}`,
        };
      },
    ),
  );
  const kernels = weight.map((slice, t) =>
    sheet("kernel", t, "Kernel", `slice ${t}`, side.kernel, (at, r, c) => ({
      text: show(slice[r][c]),
      fill: colourOf(at),
      ...lookOf("kernel", at, [t, r, c]),
      label: `Weight W[${at.join(", ")}]: ${show(slice[r][c])}`,
    })),
  );
  const outputs = output.map((frame, t) =>
    sheet("output", t, "Output", `frame ${t}`, side.output, (at, r, c) => {
      const number = numberAt(state, at);
      const later = look.playing && number > look.position;
      const empty = later || (look.moment < 1 && number === look.position);
      return {
        text: empty ? "" : show(frame[r][c]),
        fill: empty ? undefined : shadeOf(frame[r][c], most, "output", look.dark),
        ...lookOf("output", at, [t, r, c]),
        label: `Output Y[${at.join(", ")}]: ${later ? "not yet" : show(frame[r][c])}`,
      };
    }),
  );
  return [...inputs, ...kernels, ...outputs];
}

function frameName(t, { length }, padding) {
  if (t < 0 || t >= length) return "pad";
  return padding ? String(t) : `frame ${t}`; // seven names stand close together on a phone
}

/** The window on each frame that it covers. @param {State} state @param {Look} look */
function frames({ axes: [time, side], weight }, { position }, { at }) {
  const before = placeOf(Math.max(0, position - 1), [time, side]);
  const cornerOf = (place) => ({ row: place[1] * side.stride, column: place[2] * side.stride });
  return weight.map((_, u) => ({
    grid: `frame${at[0] * time.stride + u}`,
    ...cornerOf(at),
    from: before[0] === at[0] ? cornerOf(before) : undefined,
    rows: side.kernel,
    columns: side.kernel,
  }));
}

/** The products that are not 0, on their way into the sum. @param {State} state */
function flight({ axes, clip, weight, output, taps }, to, at) {
  const terms = volumeTerms(clip, weight, axes, at).filter(({ x, w }) => x * w !== 0);
  return {
    products: terms.map(({ tap, cell, x, w }) => {
      const [t, row, column] = cell.map((place) => place + axes[0].padding);
      return {
        grid: `frame${t}`,
        row,
        column,
        factors: `${show(x)}·${inBrackets(w)}`,
        value: x * w,
        colour: positionColour(tapNumber(tap, axes), taps),
      };
    }),
    to,
    sum: show(output[at[0]][at[1]][at[2]]),
  };
}

/** @param {State} state @returns {[string, string][]} */
function rules({ axes }) {
  const [time, side] = axes.map(
    ({ input, padding, kernel, stride, output }) =>
      `⌊(${input} + 2·${padding} − ${kernel}) / ${stride}⌋ + 1 = ${output}`,
  );
  return [
    ["output frames", time],
    ["output rows and columns", side],
  ];
}

/** @param {State} state */
function note({ axes: [time, side], output }) {
  const numbers = output.flat(2);
  const [large, small] = [Math.max(...numbers), Math.min(...numbers)].map(show);
  const text = `The largest number is ${large}, the smallest ${small}.`;
  const size = `Output ${time.output} frames of ${side.output} by ${side.output}.`;
  return { text, spoken: `${size} ${text}` };
}

/** What the active cell is: its kind and place. @param {Axis[]} axes time and side */
function focusIn(active, axes) {
  const [, kind, slice] = /** @type {RegExpMatchArray} */ (active.grid.match(/^([a-z]+)(\d+)$/));
  const p = kind === "frame" ? axes[0].padding : 0;
  return { kind, at: [Number(slice), active.row, active.column].map((place) => place - p) };
}

/** @param {State} state */
function readoutFor(name, { kind, at }, uses, state) {
  if (kind === "output") return sumOfSlices(name, at, state);
  const { clip, weight } = state;
  if (kind === "kernel") {
    return [
      readoutHead(name, ` = ${show(weight[at[0]][at[1]][at[2]])}`, "kernel"),
      html("p", {}, `All ${counted(uses.length, "output")} share this one weight.`),
    ];
  }
  const value = valueAt(clip, at);
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

/** One output number: the slices of the kernel add up to it. */
function sumOfSlices(name, at, { axes, clip, weight, output, taps }) {
  const value = show(output[at[0]][at[1]][at[2]]);
  const terms = volumeTerms(clip, weight, axes, at);
  const bySlice = weight.map((_, u) => terms.filter(({ tap }) => tap[0] === u));
  const partial = bySlice.map(
    (slice, u) =>
      `${inBrackets(tidy(slice.reduce((sum, { x, w }) => sum + x * w, 0)))} (slice ${u})`,
  );
  const termOf = (term) => {
    const style = `border-color: ${positionColour(tapNumber(term.tap, axes), taps)}`;
    return html("span", { class: "cnn-term", style }, ...productOf(term, term.outside));
  };
  return [
    readoutHead(name, ` = ${value}`, "output"),
    html("p", { class: "cnn-check" }, `${partial.join(" + ")} = ${value}`),
    sumInLines(
      bySlice.map((slice, u) => [
        `slice ${u} on frame ${show(slice[0].cell[0])}: `,
        ...slice.flatMap((term, n) => [n ? " + " : "", termOf(term)]),
      ]),
      ["= ", html("strong", { class: "cnn-text-output" }, value)],
    ),
  ];
}

/** How the dot moves, in words. */
function inMotion(name) {
  return name === "still" ? "stands still" : `moves ${name}`;
}

// ---- from the traits to numbers and code --------------------------------------------------------

/** Where output number `position` stands: frame, row, column. */
function placeOf(position, [, { output: side }]) {
  return [Math.floor(position / side ** 2), Math.floor(position / side) % side, position % side];
}

/** The other way round. */
function numberAt({ axes: [, { output: side }] }, [t, row, column]) {
  return (t * side + row) * side + column;
}

/** Output numbers in all. @param {State} state */
function countOf({ axes: [time, side] }) {
  return time.output * side.output ** 2;
}

/** The number of a weight in reading order. */
function tapNumber(tap, axes) {
  return tap.reduce((number, at) => number * axes[1].kernel + at, 0);
}

/** A pixel of the clip, or undefined in the padding. */
function valueAt(clip, at) {
  return clip[at[0]]?.[at[1]]?.[at[2]];
}

/** Sizes and values of a state. @param {(name: string) => any} get */
function clipState(get) {
  const clip = Object.fromEntries(get("_clips"))[get("motion")];
  const largest = get("_limits").kernel_size[1];
  const [depth, size] = [get("kernel_depth"), get("kernel_size")];
  const axisOf = (input, kernel) =>
    windowAxis({ input, kernel, stride: get("stride"), padding: get("padding"), dilation: 1 });
  /** @type {[Axis, Axis]} */
  const axes = [axisOf(clip.length, depth), axisOf(clip[0].length, size)];
  const weight = Array.from({ length: depth }, (_, t) =>
    corner(get("weights").slice(t * largest), size, size),
  );
  const sum = (...place) =>
    tidy(volumeTerms(clip, weight, axes, place).reduce((total, { x, w }) => total + x * w, 0));
  const output = Array.from({ length: axes[0].output }, (_, t) =>
    table(axes[1].output, axes[1].output, (r, c) => sum(t, r, c)),
  );
  const most = Math.max(1, ...output.flat(2).map(Math.abs));
  return { axes, clip, weight, output, most, taps: depth * size * size };
}

/** The products that make one output number, slice by slice. */
function volumeTerms(clip, weight, [time, side], place) {
  return weight.flatMap((slice, t) =>
    slice.flatMap((row, u) =>
      row.map((w, v) => {
        const tap = [t, u, v];
        const cell = tap.map((k, a) => place[a] * (a ? side : time).stride + k - side.padding);
        const x = valueAt(clip, cell);
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

/** The calls that compute this state. @returns {[string, string][]} */
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
