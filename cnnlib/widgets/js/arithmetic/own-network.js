/**
 * A network that is not the page's: one that was trained beside the widget, or a file that
 * `cnnlib.save` wrote. It comes out as Python packs one, or is refused with the reason.
 */

/**
 * A layer on the way: of the kind that `layers.js` has, without the sides of its maps.
 * @typedef {{kind: string, name?: string, filters?: number, kernel?: number, stride?: number,
 *   padding?: number, eps?: number, weight?: ArrayLike<number>, bias?: ArrayLike<number>,
 *   mean?: ArrayLike<number>, variance?: ArrayLike<number>}} Plain
 */

const LARGEST_WHOLE = 2 ** 15 - 1;
const KNOWN_LAYERS =
  "known are Conv2d (square, one group, no dilation, with bias), BatchNorm2d behind a Conv2d, " +
  "ReLU, MaxPool2d (windows that touch), Dropout, Flatten and Linear (with bias)";

/**
 * Pack layers as `cnnlib.widgets._networks.packed` does, a normalisation in the weights of its
 * convolution.
 * @param {Plain[]} layers
 */
export function packLayers(layers) {
  /** @type {any[]} */ const packed = [];
  layers.forEach((layer, at) => {
    const last = packed.at(-1);
    const { kind, filters, kernel, stride, padding, weight, bias } = layer;
    if (kind === "nothing") return;
    if (kind === "relu" && last) last.relu = true;
    else if (kind === "norm" && last?.kind === "conv" && !last.relu) fold(layer, last);
    else if (kind === "pool") packed.push({ kind, size: kernel });
    else if (kind === "conv") {
      packed.push({ kind, size: kernel, stride, padding, filters, weight, bias });
    } else if (kind === "dense") packed.push({ kind: "linear", filters, weight, bias });
    else
      throw new Error(
        `Layer ${at + 1}, ${layer.name ?? kind}, stands where it cannot; ${KNOWN_LAYERS}.`,
      );
  });
  return packed.map((entry) =>
    entry.weight
      ? { ...entry, weight: packNumbers(entry.weight), bias: packNumbers(entry.bias) }
      : entry,
  );
}

/** Let a convolution do the work of the normalisation behind it. @param {any} norm */
function fold(norm, into) {
  const { weight, bias, mean, variance, eps = 1e-5 } = norm;
  const scale = Array.from(variance, (each, f) => weight[f] / Math.sqrt(each + eps));
  const taps = into.weight.length / into.filters;
  into.weight = Array.from(into.weight, (each, at) => each * scale[Math.floor(at / taps)]);
  into.bias = Array.from(into.bias, (each, f) => (each - mean[f]) * scale[f] + bias[f]);
}

/** @param {ArrayLike<number>} numbers as whole numbers of 16 bits times a scale */
function packNumbers(numbers) {
  const all = Array.from(numbers);
  const scale =
    (all.reduce((most, each) => Math.max(most, Math.abs(each)), 0) || 1) / LARGEST_WHOLE;
  const bytes = new Uint8Array(Int16Array.from(all, (each) => Math.round(each / scale)).buffer);
  const data = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return { data, bits: 16, scale: [scale] };
}

/**
 * The side of the images for which packed layers give ten scores; those of the course's digits come
 * first, as in `cnnlib.widgets._networks.side_of`.
 * @param {any[]} packed
 */
export function sideFor(packed) {
  const sides = [28, 8, ...Array.from({ length: 19 }, (_, at) => at + 9)];
  const found = sides.find((side) => scoresOf(packed, side) === 10);
  if (found) return found;
  throw new Error("The network does not give ten scores for images of 8×8 to 28×28.");
}

/** How many scores come out for images of `side`, 0 where the layers do not fit. */
function scoresOf(packed, side) {
  let [channels, wide] = [1, side];
  for (const { kind, size, stride = size, padding = 0, filters, weight } of packed) {
    if (kind === "linear") {
      if (numbersIn(weight) !== channels * wide * wide * filters) return 0;
      [channels, wide] = [filters, 1];
    } else {
      if (kind === "conv" && numbersIn(weight) !== channels * size * size * filters) return 0;
      wide = Math.floor((wide + 2 * padding - size) / stride) + 1;
      channels = filters ?? channels;
      if (wide < 1) return 0;
    }
  }
  return packed.at(-1)?.kind === "linear" ? channels : 0;
}

/** Two bytes each, in base64. */
function numbersIn({ data }) {
  return atob(data).length / 2;
}

// ---- files of cnnlib.save -----------------------------------------------------------------------

/**
 * The network in a file of `cnnlib.save`.
 * @param {ArrayBuffer} buffer
 */
export function readSaved(buffer) {
  /** @type {Record<string, any>} */ let arrays;
  try {
    arrays = Object.fromEntries(entriesOf(buffer));
  } catch {
    throw new Error("That is no file of cnnlib.save, or not all of it.");
  }
  if (arrays.format?.text !== "cnnlib 1") throw new Error("That is no file of cnnlib.save.");
  if (!arrays.layers) {
    throw new Error("The file does not say what its layers are: save the network again.");
  }
  const layers = packLayers(layersOf(JSON.parse(arrays.layers.text), arrays));
  return { side: sideFor(layers), layers };
}

/** Give each layer its numbers: first all weights and biases, then the running means. */
function layersOf(specs, arrays) {
  let next = 0;
  const take = () => arrays[`parameter.${next++}`]?.numbers ?? [];
  const layers = specs.map(plainLayer);
  for (const layer of layers) {
    if (["conv", "dense", "norm"].includes(layer.kind)) {
      Object.assign(layer, { weight: take(), bias: take() });
    }
  }
  for (const layer of layers) {
    if (layer.kind === "norm") Object.assign(layer, { mean: take(), variance: take() });
  }
  return layers;
}

/** @param {any} spec a layer as the file describes it @param {number} at @returns {Plain} */
function plainLayer(spec, at) {
  const { name, channels: filters, eps, bias, groups, ceil_mode: ceil } = spec;
  const same = (setting) => (Array.isArray(setting) ? oneOf(setting) : setting);
  const [kernel, stride, dilation] = [spec.kernel_size, spec.stride, spec.dilation].map(same);
  const padding = spec.padding === "same" ? (kernel - 1) / 2 : same(spec.padding);
  const square = Number.isInteger(kernel + stride + padding) && dilation === 1;
  if (name === "Flatten" || name === "Dropout") return { kind: "nothing" };
  if (name === "ReLU") return { kind: "relu", name };
  if (name === "BatchNorm2d") return { kind: "norm", name, eps };
  if (name === "Linear" && bias) return { kind: "dense", name, filters };
  if (name === "Conv2d" && bias && groups === 1 && square) {
    return { kind: "conv", name, filters, kernel, stride, padding };
  }
  const touching = kernel === stride && padding === 0 && !ceil;
  if (name === "MaxPool2d" && square && touching) return { kind: "pool", name, kernel };
  const settings = ["kernel_size", "stride", "padding", "dilation", "groups", "bias"]
    .filter((key) => spec.kind === "conv" || (spec.kind === "max_pool" && key !== "groups"))
    .map((key) => `${key}=${spec[key]}`);
  const inside = settings.length ? `(${settings.join(", ")})` : "";
  throw new Error(
    `Layer ${at + 1} is ${name}${inside}, which this page cannot compute; ${KNOWN_LAYERS}.`,
  );
}

/** The number along both axes, or NaN where they differ. @param {number[]} setting */
function oneOf(setting) {
  return setting[0] === setting[1] ? setting[0] : Number.NaN;
}

/** Name and content of each array of an .npz file: a zip without compression. */
function* entriesOf(buffer) {
  const view = new DataView(buffer);
  let end = buffer.byteLength - 22; // the end record, if no comment follows
  while (view.getUint32(end, true) !== 0x06054b50) end--;
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  for (let n = 0; n < count; n++) {
    const [nameSize, extra, comment] = [28, 30, 32].map((field) =>
      view.getUint16(at + field, true),
    );
    const [size, local] = [24, 42].map((field) => view.getUint32(at + field, true));
    if (view.getUint16(at + 10, true) !== 0) throw new Error("compressed");
    const name = textOf(buffer, at + 46, nameSize);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    yield [name.replace(/\.npy$/, ""), arrayOf(buffer.slice(start, start + size))];
    at += 46 + nameSize + extra + comment;
  }
}

function textOf(buffer, start, size) {
  return new TextDecoder("latin1").decode(new Uint8Array(buffer, start, size));
}

/** A NumPy array: its numbers in order, or its text. @param {ArrayBuffer} buffer */
function arrayOf(buffer) {
  const view = new DataView(buffer);
  const first = view.getUint8(6) === 1;
  const start = first ? 10 : 12;
  const size = first ? view.getUint16(8, true) : view.getUint32(8, true);
  const head = textOf(buffer, start, size);
  const [, kind] = head.match(/'descr': '([<|=]\w+)'/) ?? [];
  const body = buffer.slice(start + size);
  if (kind?.startsWith("<U")) {
    const points = [...new Uint32Array(body)].filter((point) => point);
    return { text: points.map((point) => String.fromCodePoint(point)).join("") };
  }
  if (head.includes("'fortran_order': True")) return {};
  if (kind === "<f4") return { numbers: new Float32Array(body) };
  return kind === "<f8" ? { numbers: new Float64Array(body) } : {};
}
