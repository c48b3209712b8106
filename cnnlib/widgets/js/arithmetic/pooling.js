/** Pooling: its sizes, the cells of a window, maxima and means, and where their gradients go. */

import { table, tidy, windowAxis } from "./convolution.js";

/**
 * One axis of pooling. In ceil mode a window may hang over the far end, unless it would start
 * beyond the input and the padding before it.
 * @param {{input: number, kernel: number, stride: number, padding: number, ceil: boolean}} a
 */
export function poolAxis({ ceil, ...sizes }) {
  const axis = windowAxis({ ...sizes, dilation: 1 });
  const allowed = axis.padding <= Math.floor(axis.kernel / 2);
  let { output } = axis;
  if (ceil) {
    output = Math.ceil((axis.padded - axis.effective) / axis.stride) + 1;
    if ((output - 1) * axis.stride >= axis.input + axis.padding) output -= 1;
    output = Math.max(0, output);
  }
  const covered = (output - 1) * axis.stride + axis.kernel;
  return {
    ...axis,
    // with ceil mode even a window that is larger than the input may stand there, once
    fits: output > 0,
    allowed,
    output: allowed ? output : 0,
    dropped: Math.max(0, axis.padded - covered),
    over: Math.max(0, covered - axis.padded),
  };
}

/** The input's cells along one axis that window `i` holds, from first to before last. */
function span(axis, i) {
  const start = i * axis.stride - axis.padding;
  return [Math.max(0, start), Math.min(axis.input, start + axis.kernel)];
}

/** Cells that a mean along one axis is divided by. */
function countOf(axis, i, withPadding) {
  const start = i * axis.stride - axis.padding;
  const [first, last] = span(axis, i);
  return withPadding
    ? Math.min(start + axis.kernel, axis.input + axis.padding) - start
    : last - first;
}

/**
 * The window of output cell (i, j): its cells of the input, and the one that wins, the first in
 * reading order among equal ones; and the number that a mean is divided by.
 */
export function poolWindow(input, [vertical, horizontal], i, j, withPadding) {
  const [top, bottom] = span(vertical, i);
  const [left, right] = span(horizontal, j);
  const cells = [];
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++)
      cells.push({ row, column, x: input[row][column] });
  }
  const best = Math.max(...cells.map(({ x }) => x));
  const winners = cells.filter(({ x }) => x === best);
  const divisor = countOf(vertical, i, withPadding) * countOf(horizontal, j, withPadding);
  return { cells, winners, divisor };
}

/** The number that a window gives. */
export function pooled({ cells, winners, divisor }, mode) {
  return mode === "max"
    ? winners[0].x
    : tidy(cells.reduce((total, { x }) => total + x, 0) / divisor);
}

/** All windows of an input, as a table. */
export function poolWindows(input, axes, withPadding) {
  return table(axes[0].output, axes[1].output, (i, j) =>
    poolWindow(input, axes, i, j, withPadding),
  );
}

/** The gradient of the input: max pooling sends a window's to its winner, a mean shares it out. */
export function poolBackward(windows, gradient, mode, rows, columns) {
  const result = table(rows, columns, () => 0);
  windows.forEach((line, i) =>
    line.forEach(({ cells, winners, divisor }, j) => {
      if (mode === "max") result[winners[0].row][winners[0].column] += gradient[i][j];
      else for (const { row, column } of cells) result[row][column] += gradient[i][j] / divisor;
    }),
  );
  return result.map((line) => line.map(tidy));
}
