"""The one algorithm behind every convolution here, for any number of spatial axes.

A convolution reads its input through a window that slides. NumPy can show all windows of an array
as a *view*, which copies nothing. Three loops over blocks of that view are the whole family:

- `correlate` gathers the windows of a block into the columns of a matrix and multiplies the
  filters with it: one matrix product gives a block of outputs;
- `correlate_weight` gathers the same columns again, and multiplies the output's gradient with
  them: the gradient of the filters;
- `scatter` goes backwards: filters times a block of the output's gradient gives columns, and
  these are *added* into the windows they would have come from: the gradient of the input, and
  also the transposed convolution.

The full matrix of columns would be as many times larger than the input as the kernel has cells.
It never exists: a block of about `BLOCK_BYTES` stays in the processor's cache, and so memory does
not grow with the batch. The columns are gathered twice, once in each direction, because that is
cheaper than keeping them.
"""

import math
from collections.abc import Iterator
from itertools import pairwise, product
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnlib._checks import check_result_size
from cnnlib.geometry import WindowAxis

#: Bytes of columns that are gathered before they are multiplied: about what a core's cache holds.
BLOCK_BYTES = 2**20

Axes = tuple[WindowAxis, ...]
Index = tuple[Any, ...]


class Block(NamedTuple):
    """Some outputs that lie together in memory, and the windows they are made from."""

    samples: slice
    cells: slice  # of the outputs of one sample, counted in memory order
    windows: np.ndarray  # view (n, C, kernel…, cells…) into the input
    buffer: np.ndarray  # uninitialised, contiguous, of the same shape; used again by every block

    def as_matrices(self, groups: int) -> np.ndarray:
        """Return the buffer as one matrix (cells of a window × windows) per sample and group."""
        count = self.cells.stop - self.cells.start
        return self.buffer.reshape(len(self.buffer), groups, -1, count)


def correlate(x: np.ndarray, weight: np.ndarray, axes: Axes, groups: int) -> np.ndarray:
    """Return the filters' answers (N, K, out…) for x (N, C, size…), weight (K, C / groups, k…)."""
    samples, filters = len(x), len(weight)
    out = [axis.output for axis in axes]
    matrix = weight.reshape(groups, filters // groups, -1)
    output = np.empty((samples, groups, filters // groups, math.prod(out)), x.dtype)
    for block in _blocks(x, axes):
        block.buffer[...] = block.windows
        columns = block.as_matrices(groups)
        np.matmul(matrix, columns, out=output[block.samples, :, :, block.cells])
    return output.reshape(samples, filters, *out)


def correlate_weight(x: np.ndarray, grad_output: np.ndarray, axes: Axes, groups: int) -> np.ndarray:
    """Return the gradient (K, C / groups, k…) of the filters of `correlate`."""
    samples, filters = grad_output.shape[:2]
    kernel = [axis.kernel for axis in axes]
    depth = x.shape[1] // groups
    cells = math.prod(axis.output for axis in axes)
    grad = grad_output.reshape(samples, groups, filters // groups, cells)
    grad_weight = np.zeros((groups, filters // groups, depth * math.prod(kernel)), x.dtype)
    for block in _blocks(x, axes):
        block.buffer[...] = block.windows
        columns = block.as_matrices(groups)
        grad_block = grad[block.samples, :, :, block.cells]
        grad_weight += np.matmul(grad_block, columns.swapaxes(-1, -2)).sum(axis=0)
    return grad_weight.reshape(filters, depth, *kernel)


def scatter(y: np.ndarray, weight: np.ndarray, axes: Axes, groups: int) -> np.ndarray:
    """Send every cell of y (N, K, out…) back into its window: the transpose of `correlate`."""
    samples, filters = y.shape[:2]
    y = y.reshape(samples, groups, filters // groups, math.prod(axis.output for axis in axes))
    matrix = weight.reshape(groups, filters // groups, -1).swapaxes(-1, -2)
    x = np.zeros((samples, weight.shape[1] * groups, *(axis.input for axis in axes)), y.dtype)
    for block in _blocks(x, axes, write=True):
        columns = block.as_matrices(groups)
        # depthwise, each column is one number times a filter: no sum, and so no matrix product,
        # which would take four times as long
        multiply = np.multiply if filters == groups else np.matmul
        multiply(matrix, y[block.samples, :, :, block.cells], out=columns)
        for tap in product(*(range(axis.kernel) for axis in axes)):
            here: Index = (slice(None), slice(None), *tap)
            # added, not assigned: where windows overlap, a cell of x has a share in each of them
            block.windows[here] += block.buffer[here]
    return x


def _blocks(x: np.ndarray, axes: Axes, write: bool = False) -> Iterator[Block]:
    """Cut the outputs into blocks. With `write`, what is added to the windows arrives in x."""
    channels = x.shape[1]
    kernel = [axis.kernel for axis in axes]
    out = [axis.output for axis in axes]
    column = channels * math.prod(kernel)
    batch = max(1, min(len(x), BLOCK_BYTES // (column * math.prod(out) * x.itemsize)))
    boxes = list(_boxes(out, column * x.itemsize))
    largest = max(math.prod(s.stop - s.start for s in box) for box in boxes)
    memory = np.empty(batch * column * largest, x.dtype)
    inside: Index = (..., *(slice(axis.before, axis.before + axis.input) for axis in axes))
    is_padded = any(axis.padded != axis.input for axis in axes)
    if is_padded:
        shape = (batch, channels, *(axis.padded for axis in axes))
        check_result_size(shape, "the padded input")
        padded = np.zeros(shape, x.dtype)  # the border is never written to, so it stays zero
    for first in range(0, len(x), batch):
        samples = slice(first, min(first + batch, len(x)))
        source = x[samples]
        if is_padded:
            source = padded[: len(source)]
            source[inside] = x[samples]
        windows = _windows(source, axes, write)
        start = 0
        for box in boxes:
            here: Index = (..., *box)
            view = windows[here]
            stop = start + math.prod(s.stop - s.start for s in box)
            yield Block(samples, slice(start, stop), view, memory[: view.size].reshape(view.shape))
            start = stop
        if is_padded and write:
            x[samples] = source[inside]


def _boxes(out: list[int], cell_bytes: int) -> Iterator[tuple[slice, ...]]:
    """Cut `out` into boxes of about `BLOCK_BYTES` that follow each other in memory."""
    cut, step_bytes = 0, cell_bytes * math.prod(out[1:])
    while step_bytes > 4 * BLOCK_BYTES and cut + 1 < len(out):
        cut += 1
        step_bytes //= out[cut]
    pieces = math.ceil(out[cut] / max(1, BLOCK_BYTES // step_bytes))
    edges = [out[cut] * piece // pieces for piece in range(pieces + 1)]
    for outer in np.ndindex(*out[:cut]):
        for start, stop in pairwise(edges):
            whole = (slice(0, size) for size in out[cut + 1 :])
            yield *(slice(i, i + 1) for i in outer), slice(start, stop), *whole


def _windows(x: np.ndarray, axes: Axes, write: bool) -> np.ndarray:
    """Return a view (N, C, kernel…, out…) of every window of `x`; nothing is copied."""
    count = len(axes)
    reach = tuple(axis.reach for axis in axes)
    view = sliding_window_view(x, reach, axis=tuple(range(2, 2 + count)), writeable=write)
    strides = (slice(0, axis.output * axis.stride, axis.stride) for axis in axes)
    dilations = (slice(None, None, axis.dilation) for axis in axes)
    view = view[(slice(None), slice(None), *strides, *dilations)]
    return np.moveaxis(view, range(2, 2 + count), range(-count, 0))
