"""Pooling: a window slides over each map on its own; every position gives a maximum or a mean.

Both take one axis at a time: the maximum over a rectangle is the maximum of its columns' maxima,
and the sum of its columns' sums. So a window of k × k cells costs 2k steps and not k². Only the
gradient of a maximum goes cell by cell.

Padding is never read: a window has fewer cells there, which is what padding with −∞ means
for a maximum and padding with zeros for a sum.

A window's gradient in max pooling goes to the cell that was the maximum; among equal cells, to
the first one in reading order, as in PyTorch.

Maps are pooled in blocks that a core's cache holds, shared between threads (`threads.share`).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import check_flag, check_shape, result_dtype
from cnnlib.operations._arguments import as_batch, pool_arguments, wide
from cnnlib.operations._windows import Size, WindowAxis, taps
from cnnlib.operations.threads import share

#: Bytes of maps that are pooled at once. In pieces of 2¹⁸ two threads take twice as long: calls
#: so short get into each other's way.
BLOCK_BYTES = 2**21

Axes = tuple[WindowAxis, ...]


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
    x, axes, batched = pool_arguments(2, input, kernel_size, stride, padding, dilation, ceil_mode)
    check_flag(return_indices, "return_indices")
    best = np.empty(_pooled_shape(x, axes), x.dtype)
    if not return_indices:
        _by_maps(_find_largest, axes, x, best)
        return best if batched else best[0]
    where = np.empty(best.shape, np.int64)
    _by_maps(_find_largest_and_where, axes, x, best, where)
    return (best, where) if batched else (best[0], where[0])


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
    x, axes, batched = pool_arguments(2, input, kernel_size, stride, padding, dilation, ceil_mode)
    grad = _as_gradient(grad_output, x, axes, batched)
    if output is None:
        best = np.empty(grad.shape, x.dtype)
        _by_maps(_find_largest, axes, x, best)
    else:
        best, _ = as_batch(output, "output", 2)
        check_shape(np.shape(output), np.shape(grad_output), "output")
    shares = wide(grad)
    grad_x = np.zeros(x.shape, shares.dtype)
    _by_maps(_send_to_largest, axes, shares, x, best, grad_x)
    return (grad_x if batched else grad_x[0]).astype(grad.dtype, copy=False)


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
    x, axes, batched = pool_arguments(2, input, kernel_size, stride, padding, 1, ceil_mode)
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    x = wide(x.astype(dtype, copy=False))
    mean = np.empty(_pooled_shape(x, axes), x.dtype)
    _by_maps(_add_up, axes, x, mean)
    mean /= _counts(axes, count_include_pad, x.dtype)
    return (mean if batched else mean[0]).astype(dtype, copy=False)


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
    x, axes, batched = pool_arguments(2, input, kernel_size, stride, padding, 1, ceil_mode)
    grad = _as_gradient(grad_output, x, axes, batched)
    dtype = grad.dtype if grad.dtype.kind == "f" else np.dtype(np.float64)
    shares = wide(grad.astype(dtype, copy=False))
    shares = shares / _counts(axes, count_include_pad, shares.dtype)
    grad_x = np.empty(x.shape, shares.dtype)
    _by_maps(_send_to_all, axes, shares, grad_x)
    return (grad_x if batched else grad_x[0]).astype(dtype, copy=False)


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
    return avg_pool2d(input, as_batch(input, "input", 2)[0].shape[2:])


def _by_maps(function: Callable[..., None], axes: Axes, *arrays: np.ndarray) -> None:
    """Call `function` with the axes and with blocks of maps (n, H, W) of arrays (N, C, H, W).

    The last arrays, contiguous, are those that it writes to.
    """
    count = arrays[0].shape[0] * arrays[0].shape[1]
    if count == 0:
        return
    maps = [array.reshape(count, *array.shape[2:]) for array in arrays]
    step = max(1, BLOCK_BYTES // max(array[0].nbytes for array in maps))
    parts = [slice(start, start + step) for start in range(0, count, step)]
    share(lambda part: function(axes, *(array[part] for array in maps)), parts)


def _find_largest(axes: Axes, x: np.ndarray, best: np.ndarray) -> None:
    """Write the maximum of each window of x to `best`."""
    rows, columns = axes
    halfway = np.full((len(x), rows.output, x.shape[2]), _lowest(x.dtype), x.dtype)
    for _, outputs, cells in rows.taps():
        np.maximum(halfway[:, outputs], x[:, cells], out=halfway[:, outputs])
    best[...] = _lowest(x.dtype)
    for _, outputs, cells in columns.taps():
        np.maximum(best[..., outputs], halfway[..., cells], out=best[..., outputs])


def _find_largest_and_where(axes: Axes, x: np.ndarray, best: np.ndarray, where: np.ndarray) -> None:
    """Write the maxima to `best`, and to `where` their positions in the flat map, −1 for none."""
    best[...], where[...] = _lowest(x.dtype), -1
    positions = np.arange(x[0].size).reshape(x.shape[1:])
    for _, outputs, cells in taps(axes):
        here, cell = (..., *outputs), x[(..., *cells)]
        # a NaN is larger than everything, and not equal to itself
        better = (cell > best[here]) | (cell != cell) | (where[here] < 0)
        np.copyto(best[here], cell, where=better)
        np.copyto(where[here], positions[cells], where=better)


def _send_to_largest(
    axes: Axes, grad: np.ndarray, x: np.ndarray, best: np.ndarray, grad_x: np.ndarray
) -> None:
    """Add each number of `grad` to the cell of `grad_x`, zeros, that was its window's maximum."""
    if np.isnan(best.min()):  # a NaN is not equal to itself: only its index tells
        where = np.empty(best.shape, np.int64)
        _find_largest_and_where(axes, x, best.copy(), where)
        shares = np.where(where < 0, 0, grad).reshape(len(x), -1)
        cells_of_map = grad_x.reshape(len(x), -1)
        np.add.at(cells_of_map, (np.arange(len(x))[:, None], where.reshape(len(x), -1)), shares)
        return
    is_open = np.ones(best.shape, bool)
    overlap = any(axis.effective_kernel_size > axis.stride for axis in axes)
    for _, outputs, cells in taps(axes):
        here, there = (..., *outputs), (..., *cells)
        wins = is_open[here] & (x[there] == best[here])
        is_open[here] ^= wins
        if overlap:  # added, not assigned: a cell may win in several windows
            grad_x[there] += _where(wins, grad[here])
        else:
            _where(wins, grad[here], grad_x[there])


def _where(wins: np.ndarray, grad: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Return `grad` where `wins`, else 0: ∞ · 0 would be NaN.

    So the integers that the bits spell are multiplied, 3 times as fast as `np.where`.
    """
    out = np.empty(grad.shape, grad.dtype) if out is None else out
    bits = {4: np.int32, 8: np.int64}.get(grad.itemsize)
    if bits is None:
        out[...] = np.where(wins, grad, 0)
    else:
        np.multiply(grad.view(bits), wins, out=out.view(bits))
    return out


def _add_up(axes: Axes, x: np.ndarray, total: np.ndarray) -> None:
    """Write the sum of each window of x to `total`."""
    rows, columns = axes
    halfway = np.zeros((len(x), rows.output, x.shape[2]), x.dtype)
    for _, outputs, cells in rows.taps():
        halfway[:, outputs] += x[:, cells]
    total[...] = 0
    for _, outputs, cells in columns.taps():
        total[..., outputs] += halfway[..., cells]


def _send_to_all(axes: Axes, grad: np.ndarray, grad_x: np.ndarray) -> None:
    """Write to `grad_x`, for each cell, the sum of the numbers of all windows that read it."""
    rows, columns = axes
    halfway = np.zeros((len(grad), rows.input, grad.shape[2]), grad.dtype)
    for _, outputs, cells in rows.taps():
        halfway[:, cells] += grad[:, outputs]
    grad_x[...] = 0
    for _, outputs, cells in columns.taps():
        grad_x[..., cells] += halfway[..., outputs]


def _counts(axes: Axes, count_include_pad: bool, dtype: np.dtype) -> np.ndarray:
    """Return how many cells each window's mean is over, of the shape of one pooled map."""
    check_flag(count_include_pad, "count_include_pad")
    counts = np.ones((), dtype)
    for axis in axes:
        start = np.arange(axis.output) * axis.stride - axis.before
        stop = np.minimum(start + axis.kernel, axis.input + axis.after)
        if not count_include_pad:
            start, stop = np.maximum(start, 0), np.minimum(stop, axis.input)
        counts = np.multiply.outer(counts, (stop - start).astype(dtype))
    return counts


def _pooled_shape(x: np.ndarray, axes: Axes) -> tuple[int, ...]:
    """Return the shape of x once it is pooled."""
    return (*x.shape[:2], *(axis.output for axis in axes))


def _lowest(dtype: np.dtype) -> Any:
    """Return what a maximum starts from: −∞, or the smallest integer."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _as_gradient(grad_output: ArrayLike, x: np.ndarray, axes: Axes, batched: bool) -> np.ndarray:
    """Return `grad_output` with its batch axis, if it has the output's shape."""
    grad, _ = as_batch(grad_output, "grad_output", 2)
    check_shape(np.shape(grad_output), _pooled_shape(x, axes)[0 if batched else 1 :], "grad_output")
    return np.ascontiguousarray(grad, result_dtype(grad))
