"""Pooling: a window slides over each map on its own, and every stop is one maximum or one mean.

Both take one axis at a time: the maximum over a rectangle is the maximum of its columns' maxima,
and the sum of its columns' sums. So a window of k × k cells costs 2k steps and not k², and one,
two and three axes are the same code. Only the gradient of a maximum goes cell by cell.

Padding is never read: a window simply has fewer cells there, which is what padding with −∞ means
for a maximum and padding with zeros for a sum.

A window's gradient in max pooling goes to the cell that was the maximum; among equal cells, to
the first one in reading order, as in PyTorch.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import check_flag, check_shape, result_dtype
from cnnlib.operations._arguments import as_batch, pool_arguments
from cnnlib.operations._windows import Size, WindowAxis

Index = tuple[Any, ...]


def max_pool2d(
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """Return the largest cell of every window: non-linear down-sampling without parameters.

    Names, order, layout and defaults are those of `torch.nn.functional.max_pool2d`.

    Parameters
    ----------
    input : (N, C, H, W) maps, or (C, H, W). Integers or floats. N may be 0.
    kernel_size : cells of the window, an int or (k_H, k_W).
    stride : step of the window. Default the kernel size: windows touch but do not overlap.
    padding : cells of −∞ on each side, at most half of the kernel size, so that a maximum of
        negative numbers stays one of them. Default 0.
    dilation : distance between the cells of the window. Default 1.
    ceil_mode : give left-over rows and columns at the far end a window of their own. By default
        they are dropped. See `pool_output_size`.
    return_indices : also return where each maximum was found.

    Returns
    -------
    (N, C, H_out, W_out) of the input's dtype (integers become int64), sizes from
    `pool_output_size`. With `return_indices` a pair: the maxima, and int64 positions in the flat
    map, row · W + column. Of equal cells the first in reading order is taken. NaN is larger than
    everything, and of several the last is taken. Each is PyTorch's rule.

    Raises
    ------
    ValueError, TypeError : with the argument, what came and what is needed.

    Source: Goodfellow, Bengio & Courville, "Deep Learning", section 9.3.

    >>> image = np.array([[[1, 4, 2, 1], [5, 8, 3, 4], [7, 6, 4, 5], [1, 3, 1, 2]]])
    >>> max_pool2d(image, 2)
    array([[[8, 4],
            [7, 5]]])
    >>> max_pool2d(image, 2, stride=1)  # overlapping windows
    array([[[8, 8, 4],
            [8, 8, 5],
            [7, 6, 5]]])
    """
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool1d(
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """Return the largest cell of every window of signals, with one spatial axis.

    Arguments, defaults, dtypes, errors and source are those of `max_pool2d`, with input
    (N, C, L) or (C, L).

    >>> max_pool1d([[1, 5, 2, 4]], 2)
    array([[5, 4]])
    """
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """Return the largest cell of every window of volumes, with a third spatial axis.

    Arguments, defaults, dtypes, errors and source are those of `max_pool2d`, with input
    (N, C, D, H, W) or (C, D, H, W).

    >>> max_pool3d(np.arange(8).reshape(1, 2, 2, 2), 2)
    array([[[[7]]]])
    """
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d_backward(
    grad_output: ArrayLike,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    output: np.ndarray | None = None,
) -> np.ndarray:
    """Return the gradient of `max_pool2d` with respect to its input.

    The maximum changes with its largest cell only, at rate 1: each window hands its gradient to
    the cell that won, and nothing to the others. Among equal cells the first in reading order
    wins, as in PyTorch (there, where cells tie, the maximum has no derivative; this is one of its
    subgradients). A cell that wins in several overlapping windows collects their sum; cells that
    no window reaches, as the rows that the floor drops, get 0; padding never wins. A NaN wins over
    every number, and of several the last, as in PyTorch: `max_pool2d` finds it there.

    Parameters
    ----------
    grad_output : the gradient of the loss with respect to the output, of the output's shape.
    input, kernel_size, stride, padding, dilation, ceil_mode : as given to `max_pool2d`.
    output : what `max_pool2d` returned, if at hand: saves computing it again. Default None.

    Returns an array of the input's shape and the dtype of `grad_output` (integers become int64).
    Raises as `max_pool2d`, and if `grad_output` has not the shape of the output.

    >>> max_pool2d_backward([[[10, 20]]], [[[1, 4, 2, 2], [5, 3, 2, 2]]], 2)
    array([[[ 0,  0, 20,  0],
            [10,  0,  0,  0]]])
    """
    return _max_pool_backward(
        2, grad_output, input, kernel_size, stride, padding, dilation, ceil_mode, output
    )


def max_pool1d_backward(
    grad_output: ArrayLike,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    output: np.ndarray | None = None,
) -> np.ndarray:
    """Return the gradient of max pooling of signals, with one spatial axis.

    Arguments, defaults, dtypes, errors and source are those of `max_pool2d_backward`, with input
    (N, C, L) or (C, L).

    >>> max_pool1d_backward([[10, 20]], [[1, 5, 2, 4]], 2)
    array([[ 0, 10,  0, 20]])
    """
    return _max_pool_backward(
        1, grad_output, input, kernel_size, stride, padding, dilation, ceil_mode, output
    )


def max_pool3d_backward(
    grad_output: ArrayLike,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    output: np.ndarray | None = None,
) -> np.ndarray:
    """Return the gradient of max pooling of volumes, with a third spatial axis.

    Arguments, defaults, dtypes, errors and source are those of `max_pool2d_backward`, with input
    (N, C, D, H, W) or (C, D, H, W).

    >>> max_pool3d_backward([[[[6]]]], np.arange(8).reshape(1, 2, 2, 2), 2).sum()
    np.int64(6)
    """
    return _max_pool_backward(
        3, grad_output, input, kernel_size, stride, padding, dilation, ceil_mode, output
    )


def avg_pool2d(
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """Return the mean of every window.

    Names, order, layout and defaults are those of `torch.nn.functional.avg_pool2d`.

    Parameters
    ----------
    input : (N, C, H, W) maps, or (C, H, W). Integers or floats. N may be 0.
    kernel_size : cells of the window, an int or (k_H, k_W).
    stride : step of the window. Default the kernel size: windows touch but do not overlap.
    padding : zeros on each side, at most half of the kernel size. Default 0.
    ceil_mode : give left-over rows and columns at the far end a window of their own. By default
        they are dropped. See `pool_output_size`.
    count_include_pad : whether padded zeros count as cells of the mean. With True, the default,
        means at the border are pulled towards 0. What hangs over the padding in `ceil_mode` never
        counts.

    Returns
    -------
    (N, C, H_out, W_out) of the input's dtype; float64 for integers, whose mean is no integer.

    Raises
    ------
    ValueError, TypeError : with the argument, what came and what is needed.

    Source: LeCun et al., "Gradient-based learning applied to document recognition", 1998,
    section II.A (as sub-sampling); the documentation of `torch.nn.AvgPool2d`.

    >>> avg_pool2d(np.array([[[1, 4, 2, 1], [5, 8, 3, 4]]]), 2)
    array([[[4.5, 2.5]]])
    """
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool1d(
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """Return the mean of every window of signals, with one spatial axis.

    Arguments, defaults, dtypes, errors and source are those of `avg_pool2d`, with input
    (N, C, L) or (C, L).

    >>> avg_pool1d([[1, 5, 2, 4]], 2)
    array([[3., 3.]])
    """
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool3d(
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """Return the mean of every window of volumes, with a third spatial axis.

    Arguments, defaults, dtypes, errors and source are those of `avg_pool2d`, with input
    (N, C, D, H, W) or (C, D, H, W).

    >>> avg_pool3d(np.arange(8).reshape(1, 2, 2, 2), 2)
    array([[[[3.5]]]])
    """
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d_backward(
    grad_output: ArrayLike,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """Return the gradient of `avg_pool2d` with respect to its input.

    Each window hands the same share of its gradient to each of its cells: one over the number that
    the mean was divided by. Where windows overlap, the shares add up.

    Parameters
    ----------
    grad_output : the gradient of the loss with respect to the output, of the output's shape.
    input, kernel_size, stride, padding, ceil_mode, count_include_pad : as given to `avg_pool2d`.
        Of the input only the shape matters.

    Returns an array of the input's shape and the dtype of `grad_output` (float64 for integers).
    Raises as `avg_pool2d`, and if `grad_output` has not the shape of the output.

    >>> avg_pool2d_backward([[[4.0, 8.0]]], np.zeros((1, 2, 4)), 2)
    array([[[1., 1., 2., 2.],
            [1., 1., 2., 2.]]])
    """
    return _avg_pool_backward(
        2, grad_output, input, kernel_size, stride, padding, ceil_mode, count_include_pad
    )


def avg_pool1d_backward(
    grad_output: ArrayLike,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """Return the gradient of average pooling of signals, with one spatial axis.

    Arguments, defaults, dtypes, errors and source are those of `avg_pool2d_backward`, with input
    (N, C, L) or (C, L).

    >>> avg_pool1d_backward([[10.0, 20.0]], np.zeros((1, 4)), 2)
    array([[ 5.,  5., 10., 10.]])
    """
    return _avg_pool_backward(
        1, grad_output, input, kernel_size, stride, padding, ceil_mode, count_include_pad
    )


def avg_pool3d_backward(
    grad_output: ArrayLike,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """Return the gradient of average pooling of volumes, with a third spatial axis.

    Arguments, defaults, dtypes, errors and source are those of `avg_pool2d_backward`, with input
    (N, C, D, H, W) or (C, D, H, W).

    >>> avg_pool3d_backward([[[[8.0]]]], np.zeros((1, 2, 2, 2)), 2).max()
    np.float64(1.0)
    """
    return _avg_pool_backward(
        3, grad_output, input, kernel_size, stride, padding, ceil_mode, count_include_pad
    )


def global_avg_pool2d(input: ArrayLike) -> np.ndarray:
    """Return the mean of each whole map: one number a channel, whatever the size of the image.

    It replaces the large fully connected layer at the end of a network: with one map a class, the
    means are the classes' scores.

    Parameters
    ----------
    input : (N, C, H, W) maps, or (C, H, W). Integers or floats.

    Returns (N, C, 1, 1) or (C, 1, 1), as `torch.nn.AdaptiveAvgPool2d(1)` does; the input's dtype,
    float64 for integers. Raises ``ValueError`` and ``TypeError`` as `avg_pool2d`.

    Source: Lin, Chen & Yan, "Network in network", 2013, section 3.2.

    >>> global_avg_pool2d(np.arange(8.0).reshape(2, 2, 2)).ravel()
    array([1.5, 5.5])
    """
    size = as_batch(input, "input", 2)[0].shape[2:]
    return _avg_pool(2, input, size, None, 0, False, True)


def global_avg_pool2d_backward(grad_output: ArrayLike, input: ArrayLike) -> np.ndarray:
    """Return the gradient of `global_avg_pool2d`: every cell gets 1 / (H · W) of its map's.

    grad_output (N, C, 1, 1) or (C, 1, 1), input as given to `global_avg_pool2d`.

    >>> global_avg_pool2d_backward([[[8.0]]], np.zeros((1, 2, 2)))
    array([[[2., 2.],
            [2., 2.]]])
    """
    size = as_batch(input, "input", 2)[0].shape[2:]
    return _avg_pool_backward(2, grad_output, input, size, None, 0, False, True)


def _max_pool(
    axes: int,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    dilation: Size,
    ceil_mode: bool,
    return_indices: bool,
) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """Pool the last `axes` axes by their maximum."""
    x, windows, batched = pool_arguments(
        axes, input, kernel_size, stride, padding, dilation, ceil_mode
    )
    check_flag(return_indices, "return_indices")
    if return_indices:
        best, indices = _max_and_indices(x, windows)
        return (best, indices) if batched else (best[0], indices[0])
    for number, window in enumerate(windows, start=2):
        x = _max_along(x, number, window)
    return x if batched else x[0]


def _max_pool_backward(
    axes: int,
    grad_output: ArrayLike,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    dilation: Size,
    ceil_mode: bool,
    output: np.ndarray | None,
) -> np.ndarray:
    """Return the gradient of `_max_pool`: go through each window's cells in reading order."""
    x, windows, batched = pool_arguments(
        axes, input, kernel_size, stride, padding, dilation, ceil_mode
    )
    grad = _as_gradient(grad_output, x, windows, batched)
    if output is None:
        best = x
        for number, window in enumerate(windows, start=2):
            best = _max_along(best, number, window)
    else:
        best, _ = as_batch(output, "output", axes)
        check_shape(np.shape(output), np.shape(grad_output), "output")
    if np.isnan(best.min(initial=0)):  # a NaN is not equal to itself: only its index tells
        return _send_to(_max_and_indices(x, windows)[1], grad, x.shape)[... if batched else 0]
    grad_x = np.zeros(x.shape, grad.dtype)
    is_open = np.ones(best.shape, bool)
    bits, bits_x, share = _as_bits(grad), _as_bits(grad_x), np.empty(grad.shape, grad.dtype)
    overlap = any(window.effective_kernel_size > window.stride for window in windows)
    for outputs, cells in _taps(windows):
        wins = is_open[outputs] & (x[cells] == best[outputs])
        is_open[outputs] ^= wins
        if overlap:  # added, not assigned: a cell may win in several windows
            np.multiply(bits[outputs], wins, out=_as_bits(share)[outputs])
            grad_x[cells] += share[outputs]
        else:
            np.multiply(bits[outputs], wins, out=bits_x[cells])
    return grad_x if batched else grad_x[0]


def _send_to(indices: np.ndarray, grad: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Add each number of `grad` to the cell of its map that `indices` names (−1 for none)."""
    grad_x = np.zeros((shape[0] * shape[1], math.prod(shape[2:])), grad.dtype)
    cells = indices.reshape(len(grad_x), -1)
    shares = np.where(cells < 0, 0, grad.reshape(cells.shape))
    np.add.at(grad_x, (np.arange(len(grad_x))[:, None], cells), shares)
    return grad_x.reshape(shape)


def _as_bits(array: np.ndarray) -> np.ndarray:
    """Return a view of floats as the integers that their bits spell.

    Times 1 or 0 these give the float or 0 exactly, while ∞ · 0 would be NaN. And a product is
    three times faster than a choice (`np.where`).
    """
    integers = {2: np.int16, 4: np.int32, 8: np.int64}
    return array.view(integers.get(array.itemsize, array.dtype))


def _max_along(x: np.ndarray, number: int, window: WindowAxis) -> np.ndarray:
    """Return the maximum of each window along axis `number`."""
    best = np.full(_pooled_shape(x, number, window), _lowest(x.dtype), x.dtype)
    for outputs, cells in _taps([window], number):
        np.maximum(best[outputs], x[cells], out=best[outputs])
    return best


def _max_and_indices(
    x: np.ndarray, windows: tuple[WindowAxis, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the maxima and their positions in the flat map."""
    size = x.shape[2:]
    found = np.broadcast_to(np.arange(np.prod(size)).reshape(size), x.shape)
    for number in reversed(range(2, x.ndim)):  # the last first, as in the way back
        window = windows[number - 2]
        best = np.full(_pooled_shape(x, number, window), _lowest(x.dtype), x.dtype)
        where = np.full(best.shape, -1)  # what a window without any cell keeps
        for outputs, cells in _taps([window], number):
            cell = x[cells]
            better = (cell > best[outputs]) | (cell != cell) | (where[outputs] < 0)
            np.copyto(best[outputs], cell, where=better)
            np.copyto(where[outputs], found[cells], where=better)
        x, found = best, where
    return x, found


def _avg_pool(
    axes: int,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    ceil_mode: bool,
    count_include_pad: bool,
) -> np.ndarray:
    """Pool the last `axes` axes by their mean."""
    x, windows, batched = pool_arguments(axes, input, kernel_size, stride, padding, 1, ceil_mode)
    if x.dtype.kind == "i":
        x = x.astype(np.float64)
    counts = _counts(windows, count_include_pad, x.dtype)
    for number, window in enumerate(windows, start=2):
        total = np.zeros(_pooled_shape(x, number, window), x.dtype)
        for outputs, cells in _taps([window], number):
            total[outputs] += x[cells]
        x = total
    x /= counts
    return x if batched else x[0]


def _avg_pool_backward(
    axes: int,
    grad_output: ArrayLike,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    ceil_mode: bool,
    count_include_pad: bool,
) -> np.ndarray:
    """Return the gradient of `_avg_pool`."""
    x, windows, batched = pool_arguments(axes, input, kernel_size, stride, padding, 1, ceil_mode)
    grad = _as_gradient(grad_output, x, windows, batched)
    if grad.dtype.kind == "i":
        grad = grad.astype(np.float64)
    grad = grad / _counts(windows, count_include_pad, grad.dtype)
    for number, window in enumerate(windows, start=2):
        shape = (*grad.shape[:number], window.input, *grad.shape[number + 1 :])
        grad_x = np.zeros(shape, grad.dtype)
        for outputs, cells in _taps([window], number):
            grad_x[cells] += grad[outputs]
        grad = grad_x
    return grad if batched else grad[0]


def _taps(windows: Sequence[WindowAxis], first_axis: int = 2) -> Iterator[tuple[Index, Index]]:
    """Yield, for each cell of the window, the outputs that have it and the inputs it falls on.

    Both are indices into arrays whose axes from `first_axis` on are those of `windows`. Where the
    cell falls on padding the output is left out. The order is reading order.
    """
    before = (slice(None),) * first_axis
    for tap in product(*(_line(window) for window in windows)):
        yield (*before, *(outputs for outputs, _ in tap)), (*before, *(cells for _, cells in tap))


def _line(window: WindowAxis) -> Iterator[tuple[slice, slice]]:
    """Yield outputs and inputs for each cell of a window along one axis."""
    for tap in range(window.kernel):
        offset = tap * window.dilation - window.before
        first = max(0, -(offset // window.stride))  # the first output with i s + offset ≥ 0
        stop = min(window.output, (window.input - 1 - offset) // window.stride + 1)
        if first < stop:
            start = first * window.stride + offset
            last = (stop - 1) * window.stride + offset
            yield slice(first, stop), slice(start, last + 1, window.stride)


def _counts(
    windows: tuple[WindowAxis, ...], count_include_pad: bool, dtype: np.dtype
) -> np.ndarray:
    """Return how many cells each window's mean is over, of the shape of one pooled map."""
    check_flag(count_include_pad, "count_include_pad")
    counts = np.ones((), dtype)
    for window in windows:
        start = np.arange(window.output) * window.stride - window.before
        stop = np.minimum(start + window.kernel, window.input + window.after)
        if not count_include_pad:
            start, stop = np.maximum(start, 0), np.minimum(stop, window.input)
        counts = np.multiply.outer(counts, (stop - start).astype(dtype))
    return counts


def _pooled_shape(x: np.ndarray, number: int, window: WindowAxis) -> tuple[int, ...]:
    """Return the shape of x once axis `number` is pooled."""
    return (*x.shape[:number], window.output, *x.shape[number + 1 :])


def _lowest(dtype: np.dtype) -> Any:
    """Return what a maximum starts from: −∞, or the smallest integer."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _as_gradient(
    grad_output: ArrayLike, x: np.ndarray, windows: tuple[WindowAxis, ...], batched: bool
) -> np.ndarray:
    """Return `grad_output` with its batch axis, if it has the output's shape."""
    grad, _ = as_batch(grad_output, "grad_output", len(windows))
    need = (*x.shape[:2], *(window.output for window in windows))
    check_shape(np.shape(grad_output), need[0 if batched else 1 :], "grad_output")
    return grad.astype(result_dtype(grad), copy=False)
