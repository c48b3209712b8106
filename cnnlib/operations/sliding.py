"""The one algorithm behind every convolution here, for any number of spatial axes.

A convolution reads its input through a window that slides. NumPy can show all windows of an array
as a *view*, which copies nothing. Four functions are the whole family:

- `windows` is that view;
- `correlate` copies windows into the columns of a matrix and multiplies the filters with it: one
  matrix product gives a block of outputs;
- `correlate_weight` makes the same columns again, and multiplies the output's gradient with them:
  the gradient of the filters;
- `scatter` goes backwards: filters times a block of the output's gradient gives columns, and
  these are *added* to the cells they would have come from: the gradient of the input, and also
  the transposed convolution.

The full matrix of columns would be as many times larger than the input as the kernel has cells.
It never exists: `blocks` cuts the work into pieces of about `BLOCK_BYTES` that stay in the
processor's cache, and so memory does not grow with the batch. The columns are made twice, once in
each direction, because that is cheaper than keeping them. `share` hands the blocks to threads.

Everywhere x is (N, C, size…), the filters are (K, C / groups, kernel…) and the output is
(N, K, out…), where … stands for one number an axis. Each sample and group has its own matrices.
"""

import math
from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cnnlib._checks import check_result_size
from cnnlib.operations._windows import WindowAxis, taps
from cnnlib.operations.threads import share

#: Bytes of columns that are multiplied at once: about what a core's cache holds.
BLOCK_BYTES = 10**6
#: Sums that the gradient of the filters is added up in, always in the same order.
PARTS = 8

Axes = tuple[WindowAxis, ...]
Index = tuple[Any, ...]


def windows(x: np.ndarray, axes: Axes) -> np.ndarray:
    """Return a view (N, C, kernel…, out…) of all windows of x. Only padding takes a copy.

    >>> axis = WindowAxis(input=4, kernel=2, stride=1, before=0, after=0, dilation=1)
    >>> windows(np.array([[[1, 2, 3, 4]]]), (axis,))[0, 0]
    array([[1, 2, 3],
           [2, 3, 4]])
    """
    x = pad(x, axes)
    pairs = list(zip(axes, x.strides[2:], strict=True))
    # bytes in memory to the next cell of the kernel, and to its next position
    to_cell = [axis.dilation * step for axis, step in pairs]
    to_position = [axis.stride * step for axis, step in pairs]
    shape = *(axis.kernel for axis in axes), *(axis.output for axis in axes)
    steps = *x.strides[:2], *to_cell, *to_position
    return as_strided(x, (*x.shape[:2], *shape), steps, writeable=False)


def correlate(
    x: np.ndarray,
    weight: np.ndarray,
    axes: Axes,
    groups: int = 1,
) -> np.ndarray:
    """Return the filters' responses (N, K, out…) to x."""
    out = [axis.output for axis in axes]
    output = np.empty((len(x), len(weight), *out), x.dtype)
    filters = weight.reshape(groups, len(weight) // groups, -1)

    def work(block: Block) -> None:
        columns = block.matrix(windows(x[block.inputs], block.axes), groups)
        np.matmul(filters, columns, out=block.matrix(output[block.outputs], groups))

    share(work, blocks(x, axes))
    return output


def correlate_weight(
    x: np.ndarray, grad_output: np.ndarray, axes: Axes, groups: int = 1
) -> np.ndarray:
    """Return the gradient (K, C / groups, kernel…) of the filters of `correlate`."""
    shape = grad_output.shape[1], x.shape[1] // groups, *(axis.kernel for axis in axes)

    def work(part: list[Block]) -> np.ndarray:
        total = np.zeros((groups, shape[0] // groups, math.prod(shape[1:])), x.dtype)
        for block in part:
            columns = block.matrix(windows(x[block.inputs], block.axes), groups)
            grad = block.matrix(grad_output[block.outputs], groups)
            total += (grad @ columns.swapaxes(-1, -2)).sum(axis=0)
        return total

    every = blocks(x, axes)
    sums = share(work, [every[number::PARTS] for number in range(PARTS)])
    return np.add.reduce(sums).reshape(shape)


def scatter(
    y: np.ndarray,
    weight: np.ndarray,
    axes: Axes,
    groups: int = 1,
) -> np.ndarray:
    """Send every cell of y (N, K, out…) back into its window: the transpose of `correlate`."""
    size = [axis.input for axis in axes]
    x = np.zeros((len(y), weight.shape[1] * groups, *size), y.dtype)
    filters = weight.reshape(groups, len(weight) // groups, -1).swapaxes(-1, -2)
    # one filter a group: no sum, and a matrix product takes 4 times as long
    multiply = np.multiply if groups == len(weight) else np.matmul

    def work(part: list[Block]) -> None:
        for block in part:
            columns = multiply(filters, block.matrix(y[block.outputs], groups))
            columns = block.as_windows(columns)
            cells_of_block = x[block.inputs]
            for tap, outputs, cells in taps(block.axes):
                # added, not assigned: a cell has a share in each window that reads it
                cells_of_block[(..., *cells)] += columns[(..., *tap, *outputs)]

    # the blocks of one sample overlap, so that one thread must do them all
    by_sample = groupby(blocks(x, axes), lambda block: block.outputs[0])
    share(work, [list(part) for _, part in by_sample])
    return x


class Block(NamedTuple):
    """Some outputs that are computed at once, and what they read."""

    outputs: Index  # where they are in (N, K, out…)
    inputs: Index  # the cells they read, in (N, C, size…)
    axes: Axes  # the windows over these cells alone

    def matrix(self, array: np.ndarray, groups: int) -> np.ndarray:
        """Return (n, channels…, out…) as (n, groups, rows, positions): a copy only if it must."""
        return array.reshape(len(array), groups, -1, math.prod(axis.output for axis in self.axes))

    def as_windows(self, columns: np.ndarray) -> np.ndarray:
        """Return columns (n, groups, rows, positions) in the shape of `windows`."""
        kernel, out = [axis.kernel for axis in self.axes], [axis.output for axis in self.axes]
        return columns.reshape(len(columns), -1, *kernel, *out)


def blocks(x: np.ndarray, axes: Axes) -> list[Block]:
    """Cut the outputs into blocks whose columns take about `BLOCK_BYTES`.

    Whole samples where they are small; else rows of a sample; else parts of a row.
    """
    column = x.shape[1] * math.prod(axis.kernel for axis in axes) * x.itemsize
    found = []
    for samples, *positions in _cut((len(x), *(axis.output for axis in axes)), column):
        cells, parts = zip(*map(WindowAxis.part, axes, positions), strict=True)
        every = slice(None)
        found.append(Block((samples, every, *positions), (samples, every, *cells), parts))
    return found


def _cut(shape: tuple[int, ...], cell_bytes: int) -> Iterator[tuple[slice, ...]]:
    """Cut a grid of outputs, which take `cell_bytes` each, along its first axes."""
    axis, step = 0, cell_bytes * math.prod(shape[1:])
    while step > BLOCK_BYTES and axis + 1 < len(shape):
        axis += 1
        step //= shape[axis]
    pieces = -(-shape[axis] * step // BLOCK_BYTES)
    if pieces > 1:  # an even number, so that two threads end together
        pieces = min(pieces + pieces % 2, shape[axis])
    for outer in np.ndindex(*shape[:axis]):
        for piece in range(pieces):
            part = slice(shape[axis] * piece // pieces, shape[axis] * (piece + 1) // pieces)
            whole = (slice(0, size) for size in shape[axis + 1 :])
            yield *(slice(i, i + 1) for i in outer), part, *whole


def pad(x: np.ndarray, axes: Axes) -> np.ndarray:
    """Return x with its zeros around it; x itself if there are none."""
    size = tuple(axis.padded for axis in axes)
    if size == x.shape[2:]:
        return x
    check_result_size((*x.shape[:2], *size), "the padded input")
    padded = np.zeros((*x.shape[:2], *size), x.dtype)
    inside: Index = (..., *(slice(axis.before, axis.before + axis.input) for axis in axes))
    padded[inside] = x
    return padded
