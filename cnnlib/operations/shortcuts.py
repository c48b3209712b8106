"""Shortcuts: a convolution computed as another one, where NumPy is faster at that.

The window that slides (`sliding`) is right for every convolution and good at most. Each
shortcut here stands for a case that it is slow at, and is taken only where it was measured to win
about twofold:

- a kernel of some hundred cells, one for each channel: a product of spectra (`fourier`);
- one filter on large images: several rows of its output at once;
- the way back to an input of many channels: a convolution of the gradient with the flipped kernel.

None of them changes a result by more than rounding does. Where zeros that a shortcut adds meet an
infinity (0 · ∞ is NaN), its result is not used.
"""

import math
from itertools import product

import numpy as np

from cnnlib.operations import fourier, sliding
from cnnlib.operations._windows import WindowAxis

Axes = tuple[WindowAxis, ...]

#: Rows of the output that are computed at once.
ROWS = 4


def correlate(x: np.ndarray, weight: np.ndarray, axes: Axes, groups: int) -> np.ndarray:
    """Return the filters' answers (N, K, out…) for x (N, C, size…), weight (K, C / groups, k…)."""
    if fourier.pays_off(x, weight, axes):
        output = fourier.correlate(x, weight, axes)
        if np.abs(output).max(initial=0) < fourier.LARGEST:  # false also if there is a NaN
            return output
    if _rows_pay_off(weight, axes, groups):
        with np.errstate(all="ignore"):  # 0 · ∞, as below
            output = _rows_at_once(x, weight, axes, groups)
        if np.isfinite(output).all():
            return output
    return sliding.correlate(x, weight, axes, groups)


def scatter(y: np.ndarray, weight: np.ndarray, axes: Axes, groups: int) -> np.ndarray:
    """Send every cell of y (N, K, out…) back into its window: the transpose of `correlate`."""
    flipped = _flipped(len(weight) // groups, weight.shape[1], axes)
    sample = weight.shape[1] * groups * math.prod(axis.input for axis in axes) * y.itemsize
    if any(axis.stride > 1 for axis in axes) and sample > 4 * sliding.BLOCK_BYTES:
        flipped = None  # its phases would be computed in as much memory again
    if flipped is not None and np.isfinite(weight).all():
        return _by_phases(y, weight, axes, flipped, groups)
    return sliding.scatter(y, weight, axes, groups)


def _rows_pay_off(weight: np.ndarray, axes: Axes, groups: int) -> bool:
    """Tell whether `_rows_at_once` wins: one filter of four rows or more, on long rows.

    5×5 on 512×512 takes half the time, 11×11 a bit less than half. The windows of neighbouring
    rows share most of their cells, so that half as many are copied; and what a single filter makes
    is a product of a matrix and a vector, which is slow beside one of two matrices.
    """
    rows = axes[0]
    is_high = len(axes) > 1 and rows.kernel >= ROWS and rows.stride == rows.dilation == 1
    return is_high and len(weight) == groups and axes[-1].output > 64 and rows.output >= ROWS


def _rows_at_once(x: np.ndarray, weight: np.ndarray, axes: Axes, groups: int) -> np.ndarray:
    """Slide `ROWS` copies of each filter, one row below each other, in steps of `ROWS` rows."""
    rows, *others = axes
    filters, depth, height, *widths = weight.shape
    copies = np.zeros((filters, ROWS, depth, height + ROWS - 1, *widths), weight.dtype)
    for row in range(ROWS):
        copies[:, row, :, row : row + height] = weight
    bank = copies.reshape(filters * ROWS, *copies.shape[2:])
    steps = math.ceil(rows.output / ROWS)
    after = steps * ROWS + height - 1 - rows.before - rows.input
    high = WindowAxis(rows.input, height + ROWS - 1, ROWS, rows.before, after, 1)

    output = np.empty((len(x), filters, *(axis.output for axis in axes)), x.dtype)
    for n in range(len(x)):
        answers = sliding.correlate(x[n : n + 1], bank, (high, *others), groups)
        answers = answers.reshape(filters, ROWS, steps, *output.shape[3:])
        for row in range(ROWS):
            target = output[n, :, row::ROWS]
            target[...] = answers[:, row, : target.shape[1]]
    return output


def _flipped(filters: int, depth: int, axes: Axes) -> Axes | None:
    """Return the windows that `_by_phases` slides, or None where it would not pay off.

    `filters` and `depth` are those of one group. It pays off where sliding copies at most twice as
    many cells as scattering adds: adding takes longer, and its columns are written first. By 1.1
    times for 16→32 3×3, 1.4 for 8→16, 1.3 for 64→64, twice for 32→16 4×4/2 and groups, three times
    depthwise, six for 7×7 on 512×512. At a stride that does not divide the kernel it would
    multiply with zeros.
    """
    flipped = []
    for axis in axes:
        kernel, rest = divmod(axis.kernel, axis.stride)
        if rest or axis.stride > 1 < axis.dilation:
            return None
        reach = (kernel - 1) * axis.dilation + 1
        first = axis.before // axis.stride
        steps = (axis.before + axis.input - 1) // axis.stride - first + 1
        before = reach - 1 - first
        after = steps - 1 + reach - before - axis.output
        if before < 0 or after < 0:  # the padding is wider than the kernel
            return None
        flipped.append(WindowAxis(axis.output, kernel, 1, before, after, axis.dilation))
    copied = filters * math.prod(axis.kernel * axis.output for axis in flipped)
    added = depth * math.prod(axis.kernel * axis.output for axis in axes)
    return tuple(flipped) if copied <= 2 * added else None


def _by_phases(
    y: np.ndarray, weight: np.ndarray, axes: Axes, flipped: Axes, groups: int
) -> np.ndarray:
    """Let every cell of x collect what the windows around it send, instead of sending.

    Cells of x that lie a stride apart are reached by the same cells of the kernel: by every s-th.
    So each such phase of x is a convolution of y with these, flipped; and all phases together are
    one convolution with sᵃ times as many filters, whose maps are woven into each other.
    """
    strides = [axis.stride for axis in axes]
    filters, depth = len(weight), weight.shape[1]
    parts = weight.reshape(
        groups,
        filters // groups,
        depth,
        *(size for axis in axes for size in (axis.kernel // axis.stride, axis.stride)),
    )
    taps, phases = range(3, parts.ndim, 2), range(4, parts.ndim, 2)
    parts = np.flip(parts, tuple(taps)).transpose(0, 2, *phases, 1, *taps)
    kernel = [axis.kernel for axis in flipped]
    bank = parts.reshape(groups * depth * math.prod(strides), filters // groups, *kernel)
    bank = np.ascontiguousarray(bank)  # BLAS reads no array backwards
    if math.prod(strides) == 1:
        return correlate(y, bank, flipped, groups)

    x = np.empty((len(y), groups * depth, *(axis.input for axis in axes)), y.dtype)
    batch = max(1, sliding.BLOCK_BYTES * len(x) // max(1, x.nbytes))
    for start in range(0, len(y), batch):
        target = x[start : start + batch]
        maps = sliding.correlate(y[start : start + batch], bank, flipped, groups)
        maps = maps.reshape(*target.shape[:2], *strides, *(axis.output for axis in flipped))
        for phase in product(*map(range, strides)):
            places, stops = zip(*map(_weave, axes, phase), strict=True)
            target[(..., *places)] = maps[(slice(None), slice(None), *phase, *stops)]
    return x


def _weave(axis: WindowAxis, phase: int) -> tuple[slice, slice]:
    """Return the cells of x that belong to a phase, and the stops of the window that give them."""
    first = 1 if phase < axis.before % axis.stride else 0  # that stop's cell is cut off
    start = (phase - axis.before) % axis.stride
    count = len(range(start, axis.input, axis.stride))
    return slice(start, None, axis.stride), slice(first, first + count)
