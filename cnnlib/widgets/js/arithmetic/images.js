/** Filtering a grey image with a small kernel, fast enough to follow a slider. */

/**
 * @param {{pixels: Float32Array, rows: number, columns: number}} image
 * @param {number[][]} weight the kernel as it is laid on the image: flipped for a convolution
 * @param {{padding: string, flipped: boolean, divisor: number}} how
 */
export function filterImage(image, weight, { padding, flipped, divisor }) {
  const [kRows, kColumns] = [weight.length, weight[0].length];
  const padded = padImage(image, kRows, kColumns, padding, flipped);
  const rows = Math.max(0, padded.rows - kRows + 1);
  const columns = Math.max(0, padded.columns - kColumns + 1);
  const pixels = new Float32Array(rows * columns);
  for (let u = 0; u < kRows; u++) {
    for (let v = 0; v < kColumns; v++) {
      const w = weight[u][v];
      if (w === 0) continue;
      for (let i = 0; i < rows; i++) {
        let from = (i + u) * padded.columns + v;
        let to = i * columns;
        for (const end = to + columns; to < end; ) pixels[to++] += w * padded.pixels[from++];
      }
    }
  }
  if (divisor !== 1) for (let at = 0; at < pixels.length; at++) pixels[at] /= divisor;
  return { pixels, rows, columns, padded };
}

/** Rows of padding before the image: an even kernel has no middle, and a flip moves it. */
function before(size, flipped) {
  return Math.floor((flipped ? size : size - 1) / 2);
}

function padImage({ pixels, rows, columns }, kRows, kColumns, padding, flipped) {
  if (padding === "valid") return { pixels, rows, columns, top: 0, left: 0 };
  const [top, left] = [before(kRows, flipped), before(kColumns, flipped)];
  const [tall, wide] = [rows + kRows - 1, columns + kColumns - 1];
  const result = new Float32Array(tall * wide);
  const within = (at, size) => Math.max(0, Math.min(size - 1, at));
  for (let i = 0; i < tall; i++) {
    const r = i - top;
    if (padding === "zero" && (r < 0 || r >= rows)) continue;
    const line = within(r, rows) * columns;
    for (let j = 0; j < wide; j++) {
      const c = j - left;
      if (padding === "zero" && (c < 0 || c >= columns)) continue;
      result[i * wide + j] = pixels[line + within(c, columns)];
    }
  }
  return { pixels: result, rows: tall, columns: wide, top, left };
}

/** The colours of values: cut to 0–255, or a signed map, blue below and orange above zero. */
export function coloursOfValues(values, range) {
  const data = new Uint8ClampedArray(values.length * 4);
  let most = 1e-9;
  if (range === "signed") for (const value of values) most = Math.max(most, Math.abs(value));
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    const t = range === "signed" ? Math.abs(value) / most : 0;
    const end = value < 0 ? [0, 114, 178] : [230, 159, 0];
    for (let channel = 0; channel < 3; channel++) {
      data[4 * at + channel] = range === "signed" ? 255 + t * (end[channel] - 255) : value;
    }
    data[4 * at + 3] = 255;
  }
  return data;
}

/** A square picture of `side` pixels: each is the mean of those it stands for, or one of them. */
export function resized({ pixels, rows, columns }, side) {
  const result = new Float32Array(side * side);
  const span = (at, size) => {
    const start = Math.floor((at * size) / side);
    return [start, Math.max(start + 1, Math.floor(((at + 1) * size) / side))];
  };
  for (let i = 0; i < side; i++) {
    const [top, bottom] = span(i, rows);
    for (let j = 0; j < side; j++) {
      const [left, right] = span(j, columns);
      let sum = 0;
      for (let r = top; r < bottom; r++) {
        for (let c = left; c < right; c++) sum += pixels[r * columns + c];
      }
      result[i * side + j] = sum / ((bottom - top) * (right - left));
    }
  }
  return { pixels: result, rows: side, columns: side };
}
