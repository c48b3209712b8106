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

With stride 1 the view has a shortcut. A padded image lies in memory row after row, so all windows
of an image can be counted through by a single number, the place of their first cell. What one cell
of the kernel sees is then one long run of memory, and copying it is up to twice as fast as copying
many short rows. The few windows that begin in one row and end in the next come along: `room` has
place for them, and they are left out of the result.
"""

import math
import threading
from collections.abc import Iterator
from itertools import pairwise, product
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from cnnlib._checks import check_result_size
from cnnlib.operations._windows import WindowAxis

#: Bytes of columns that are gathered before they are multiplied: about what a core's cache holds.
#: And no more than 10⁶: OpenBLAS is two to three times as fast at products of up to 10⁶
#: multiply-adds with few rows, and four float32 filters on such a block are just that.
BLOCK_BYTES = 10**6

Axes = tuple[WindowAxis, ...]
Index = tuple[Any, ...]


_kept = threading.local()  # each thread's own memory for blocks, from call to call


def _memory(name: str, elements: int, dtype: np.dtype) -> np.ndarray:
    """Return uninitialised memory, the same again at the next call.

    Memory that is new costs more than what is done with it here: the system hands it out page by
    page, and clears each.
    """
    size = elements * dtype.itemsize
    if size > 4 * BLOCK_BYTES:  # rather slow once than kept for good
        return np.empty(elements, dtype)
    kept = getattr(_kept, name, None)
    if kept is None or len(kept) < size:
        kept = np.empty(size, np.uint8)
        setattr(_kept, name, kept)
    return kept[:size].view(dtype)


def correlate(x: np.ndarray, weight: np.ndarray, axes: Axes, groups: int) -> np.ndarray:
    """Return the filters' answers (N, K, out…) for x (N, C, size…), weight (K, C / groups, k…)."""
    filters = len(weight)
    plan = _Plan.make(x, axes, filters)
    matrix = weight.reshape(groups, filters // groups, -1)
    output = np.empty((len(x), filters, *(axis.output for axis in axes)), x.dtype)
    answers = plan.scratch(filters, x.dtype)
    for block in _blocks(x, axes, plan):
        target = answers.part(output, block)
        np.matmul(matrix, block.gather(groups), out=_by_group(target, groups))
        if plan.has_gaps:
            output[block.outputs] = answers.rows(block)
    return output


def correlate_weight(
    x: np.ndarray, grad_output: np.ndarray, axes: Axes, groups: int, allow_flat: bool = True
) -> np.ndarray:
    """Return the gradient (K, C / groups, k…) of the filters of `correlate`."""
    filters, depth = grad_output.shape[1], x.shape[1] // groups
    plan = _Plan.make(x, axes, filters, allow_flat)
    kernel = [axis.kernel for axis in axes]
    # columns times gradients, and turned at the end: BLAS takes half as long as the other way round
    turned = np.zeros((groups, depth * math.prod(kernel), filters // groups), x.dtype)
    grads = plan.scratch(filters, x.dtype)
    for block in _blocks(x, axes, plan):
        grad = _by_group(grads.filled(grad_output, block), groups)
        turned += np.matmul(block.gather(groups), grad.swapaxes(-1, -2)).sum(axis=0)
    if plan.has_gaps and not np.isfinite(turned).all():
        # a NaN or ∞ in x, times the 0 of a window that crosses two rows, has no place here
        return correlate_weight(x, grad_output, axes, groups, allow_flat=False)
    return np.ascontiguousarray(turned.swapaxes(-1, -2)).reshape(filters, depth, *kernel)


def scatter(y: np.ndarray, weight: np.ndarray, axes: Axes, groups: int) -> np.ndarray:
    """Send every cell of y (N, K, out…) back into its window: the transpose of `correlate`."""
    filters, depth = weight.shape[:2]
    x = np.zeros((len(y), depth * groups, *(axis.input for axis in axes)), y.dtype)
    plan = _Plan.make(x, axes, filters, bool(np.isfinite(weight).all()))  # ∞ · 0, as above
    matrix = weight.reshape(groups, filters // groups, -1).swapaxes(-1, -2)
    values = plan.scratch(filters, y.dtype)
    # depthwise, each column is one number times a filter: no sum, and so no matrix product, which
    # would take four times as long
    multiply = np.multiply if filters == groups else np.matmul
    for block in _blocks(x, axes, plan, write=True):
        columns = block.columns(groups)
        multiply(matrix, _by_group(values.filled(y, block), groups), out=columns)
        for tap in product(*(range(axis.kernel) for axis in axes)):
            here: Index = (slice(None), slice(None), *tap)
            # added, not assigned: where windows overlap, a cell of x has a share in each of them
            block.windows[here] += block.buffer[here]
    return x


def _by_group(y: np.ndarray, groups: int) -> np.ndarray:
    """Return (n, K, cells) as (n, groups, K / groups, cells)."""
    return y.reshape(len(y), groups, y.shape[1] // groups, y.shape[2])


class _Block(NamedTuple):
    """Some outputs that lie together in memory, and the windows they are made from."""

    outputs: Index  # into (N, K, out…)
    room: tuple[int, ...]  # shape of these outputs, with room for windows that cross two rows
    cells: int  # how many windows there are
    windows: np.ndarray  # view (n, C, kernel…, cells…) into the input
    buffer: np.ndarray  # contiguous, of the same shape, uninitialised; the next block's as well

    def columns(self, groups: int) -> np.ndarray:
        """Return the buffer as one matrix (cells of a window × windows) per sample and group."""
        depth = self.buffer[0].size // (groups * self.cells)
        return self.buffer.reshape(len(self.buffer), groups, depth, self.cells)

    def gather(self, groups: int) -> np.ndarray:
        """Copy the windows into the buffer and return its columns."""
        if self.windows[0].size == self.windows.shape[1] * self.windows.shape[-1]:
            # 1×1: the view is such a matrix already
            return self._replace(buffer=self.windows).columns(groups)
        self.buffer[...] = self.windows
        return self.columns(groups)


class _Plan(NamedTuple):
    """How the work on one input is cut into blocks."""

    is_flat: bool  # whether the windows of a sample are counted by one number
    has_gaps: bool  # whether some of these cross two rows
    batch: int  # samples in a block
    boxes: list[tuple[slice, ...]]  # outputs of one sample, in blocks
    rest: tuple[int, ...]  # shape of one row of windows: all axes but the first

    @staticmethod
    def make(x: np.ndarray, axes: Axes, filters: int, allow_flat: bool = True) -> "_Plan":
        out = tuple(axis.output for axis in axes)
        column = x.shape[1] * math.prod(axis.kernel for axis in axes) * x.itemsize
        rest = tuple(axis.padded for axis in axes[1:])
        is_flat = allow_flat and all(axis.stride == 1 for axis in axes)
        if rest != out[1:]:
            # taking the outputs out of their gaps costs a copy of `filters` rows. It pays where
            # rows are short, the columns many more than the outputs, and a row fits into a block
            is_flat = is_flat and out[-1] <= 64 and 2 * filters * x.itemsize <= column
            is_flat = is_flat and column * math.prod(rest) <= 4 * BLOCK_BYTES
        if not is_flat:
            rest = out[1:]
        boxes = list(_boxes((out[0], *rest), out, column))
        batch = max(1, min(len(x), BLOCK_BYTES // (column * out[0] * math.prod(rest))))
        return _Plan(is_flat, rest != out[1:], batch, boxes, rest)

    def room(self, box: tuple[slice, ...]) -> tuple[int, ...]:
        """Return the shape of a box, with room for windows that cross two rows."""
        shape = tuple(part.stop - part.start for part in box)
        return (shape[0], *self.rest) if self.has_gaps else shape

    def scratch(self, filters: int, dtype: np.dtype) -> "_Scratch":
        """Return memory for the outputs of one block."""
        largest = max(math.prod(self.room(box)) for box in self.boxes) if self.has_gaps else 0
        memory = _memory("outputs", self.batch * filters * largest, dtype)
        memory[...] = 0
        return _Scratch(memory.reshape(self.batch, filters, largest), self.has_gaps)


class _Scratch(NamedTuple):
    """Outputs of one block, in rows that have room; or none, where the outputs need no room."""

    memory: np.ndarray  # (batch, K, room), zero between the rows
    has_gaps: bool

    def part(self, output: np.ndarray, block: _Block) -> np.ndarray:
        """Return where the block's outputs (n, K, cells) are to be written."""
        if self.has_gaps:
            return self.memory[: len(block.windows), :, : block.cells]
        target = output[block.outputs]
        return target.reshape(*target.shape[:2], block.cells)

    def rows(self, block: _Block) -> np.ndarray:
        """Return a view (n, K, out…) of the memory, without what lies between the rows."""
        memory = self.memory[: len(block.windows), :, : math.prod(block.room)]
        view = memory.reshape(*memory.shape[:2], *block.room)
        inside: Index = (..., *(slice(0, part.stop - part.start) for part in block.outputs[2:]))
        return view[inside]

    def filled(self, y: np.ndarray, block: _Block) -> np.ndarray:
        """Return the block's part of y as (n, K, cells)."""
        if self.has_gaps:
            self.rows(block)[...] = y[block.outputs]
        return self.part(y, block)


def _blocks(x: np.ndarray, axes: Axes, plan: _Plan, write: bool = False) -> Iterator[_Block]:
    """Go through the blocks. With `write`, what is added to the windows arrives in x."""
    channels = x.shape[1]
    kernel = tuple(axis.kernel for axis in axes)
    largest = max(math.prod(plan.room(box)) for box in plan.boxes)
    memory = _memory("columns", plan.batch * channels * math.prod(kernel) * largest, x.dtype)
    inside: Index = (..., *(slice(axis.before, axis.before + axis.input) for axis in axes))
    size = tuple(axis.padded for axis in axes)
    is_padded = size != x.shape[2:]
    if is_padded or not x.flags.c_contiguous:
        check_result_size((plan.batch, channels, *size), "the padded input")
        padded = np.zeros((plan.batch, channels, *size), x.dtype)
    for first in range(0, len(x), plan.batch):
        samples = slice(first, min(first + plan.batch, len(x)))
        source = x[samples]
        if is_padded or not x.flags.c_contiguous:
            source = padded[: len(source)]
            source[inside] = x[samples]
        grid = None if plan.is_flat else _grid(source, axes, write)
        for box in plan.boxes:
            room = plan.room(box)
            here: Index = (..., *box)
            windows = _run(source, axes, box) if grid is None else grid[here]
            buffer = memory[: windows.size].reshape(windows.shape)
            cells = math.prod(windows.shape[2 + len(axes) :])
            yield _Block((samples, slice(None), *box), room, cells, windows, buffer)
        if is_padded and write:
            x[samples] = source[inside]


def _boxes(
    room: tuple[int, ...], out: tuple[int, ...], cell_bytes: int
) -> Iterator[tuple[slice, ...]]:
    """Cut outputs into boxes of about `BLOCK_BYTES` that follow each other in memory."""
    cut, step_bytes = 0, cell_bytes * math.prod(room[1:])
    while step_bytes > 4 * BLOCK_BYTES and cut + 1 < len(out):
        cut += 1
        step_bytes //= room[cut]
    pieces = math.ceil(out[cut] / max(1, BLOCK_BYTES // step_bytes))
    edges = [out[cut] * piece // pieces for piece in range(pieces + 1)]
    for outer in np.ndindex(*out[:cut]):
        for start, stop in pairwise(edges):
            whole = (slice(0, size) for size in out[cut + 1 :])
            yield *(slice(i, i + 1) for i in outer), slice(start, stop), *whole


def _run(x: np.ndarray, axes: Axes, box: tuple[slice, ...]) -> np.ndarray:
    """Return a view (n, C, kernel…, cells) of windows at stride 1, counted by one number."""
    steps = x.strides[2:]
    shape = (part.stop - part.start for part in box)
    last = sum((size - 1) * step for size, step in zip(shape, steps, strict=True))
    cells = last // x.itemsize + 1
    view = (*x.shape[:2], *(axis.kernel for axis in axes), cells)
    taps = (axis.dilation * step for axis, step in zip(axes, steps, strict=True))
    first: Index = (..., *(slice(part.start, None) for part in box))
    return as_strided(x[first], view, (*x.strides[:2], *taps, x.itemsize))


def _grid(x: np.ndarray, axes: Axes, write: bool) -> np.ndarray:
    """Return a view (n, C, kernel…, out…) of all windows, row by row."""
    count = len(axes)
    reach = tuple(axis.effective_kernel_size for axis in axes)
    view = sliding_window_view(x, reach, axis=tuple(range(2, 2 + count)), writeable=write)
    places = (slice(0, axis.output * axis.stride, axis.stride) for axis in axes)
    taps = (slice(None, None, axis.dilation) for axis in axes)
    view = view[(slice(None), slice(None), *places, *taps)]
    return np.moveaxis(view, range(2, 2 + count), range(-count, 0))
