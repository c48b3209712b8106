"""The tests' oracle: convolution, pooling and their gradients by plain counting and adding.

Nothing here is fast or checked, and nothing comes from the rest of `cnnlib`, so that no mistake can
stand on both sides of a comparison. Each function takes the arguments of the function of the same
name in `cnnlib`, in any number of dimensions (`conv1d`, `conv2d` and `conv3d` are one `conv`), well
formed. Sums are kept in float64 or int64 and rounded once, at the end. The loops that a chapter
prints are in `formulas`; they are held against these.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

#: One number for each axis of the window.
Cell = tuple[int, ...]
Size = int | Cell


def per_axis(value: Size, axes: int) -> Cell:
    """Return one number for each axis.

    >>> per_axis(2, 3), per_axis((1, 2), 2)
    ((2, 2, 2), (1, 2))
    """
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * axes


def sides(padding: Size | str, kernel: Cell, dilation: Cell) -> list[tuple[int, int]]:
    """Return the zeros before and after, for each axis; an odd rest of "same" stands after.

    >>> sides("same", (4,), (1,)), sides("full", (3,), (2,))
    ([(1, 2)], [(4, 4)])
    """
    gaps = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    if padding == "full":
        return [(gap, gap) for gap in gaps]
    if padding == "same":
        return [(gap // 2, gap - gap // 2) for gap in gaps]
    zeros = 0 if isinstance(padding, str) else padding  # "valid"
    return [(p, p) for p in per_axis(zeros, len(kernel))]


def starts(
    size: int, kernel: int, stride: int, before: int, after: int, dilation: int, ceil: bool = False
) -> list[int]:
    """Move a window along one axis for as long as it fits: the cell at which each one starts.

    With `ceil` a last window may hang over the end, if something is left over for it and it starts
    before the padding at the end.

    >>> starts(8, 3, 2, 0, 0, 1), starts(8, 3, 2, 0, 0, 1, ceil=True)
    ([0, 2, 4], [0, 2, 4, 6])
    """
    found, start, last = [], -before, dilation * (kernel - 1)
    while start + last < size + after:
        found.append(start)
        start += stride
    if ceil and start - stride + last + 1 < size + after and start < size:
        found.append(start)
    return found


def windows(
    sizes: Cell,
    kernel: Size,
    stride: Size | None,
    padding: Size | str,
    dilation: Size,
    ceil: bool = False,
) -> Iterator[tuple[Cell, list[tuple[Cell, Cell]]]]:
    """Go through all windows: where the output stands, and the pairs (tap, cell) inside the input.

    >>> for position, pairs in windows((3,), (2,), 2, 1, 1):
    ...     print(position, pairs)
    (0,) [((1,), (0,))]
    (1,) [((0,), (1,)), ((1,), (2,))]
    """
    axes = len(sizes)
    kernel, dilation = per_axis(kernel, axes), per_axis(dilation, axes)
    stride = kernel if stride is None else per_axis(stride, axes)
    ends = sides(padding, kernel, dilation)
    lines = [
        starts(n, k, s, *end, d, ceil)
        for n, k, s, end, d in zip(sizes, kernel, stride, ends, dilation, strict=True)
    ]
    for position in product(*(range(len(line)) for line in lines)):
        corner = [line[i] for i, line in zip(position, lines, strict=True)]
        pairs = []
        for tap in product(*map(range, kernel)):
            cell = tuple(a + u * d for a, u, d in zip(corner, tap, dilation, strict=True))
            if all(0 <= i < n for i, n in zip(cell, sizes, strict=True)):
                pairs.append((tap, cell))
        yield position, pairs


def exact(*arrays: ArrayLike | None) -> tuple:
    """Return the arrays in the dtype that sums are kept in, and the dtype of the result.

    >>> exact(np.ones(1, np.uint8))[1], exact(np.ones(1, np.float32))[1]
    (dtype('int64'), dtype('float32'))
    """
    given = [None if a is None else np.asarray(a) for a in arrays]
    result = np.result_type(*(a for a in given if a is not None))
    if result.kind in "iu":
        result = np.dtype(np.int64)
    keep = result if result.kind == "i" else np.result_type(result, np.float64)
    return [None if a is None else a.astype(keep) for a in given], result


def batch(array: ArrayLike, axes: int) -> tuple[np.ndarray, bool]:
    """Return (N, C, …) and whether the batch axis was there.

    >>> batch(np.ones((3, 5)), 1)[0].shape
    (1, 3, 5)
    """
    array = np.asarray(array)
    return (array, True) if array.ndim == axes + 2 else (array[None], False)


def conv(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> np.ndarray:
    """Convolve: each output is the sum of weights times cells, over channels of its group and taps.

    >>> conv([[1, 2, 4, 8]], [[[-1, 1]]])
    array([[1, 2, 4]])
    """
    (x, w, b), dtype = exact(input, weight, bias)
    filters, depth, *kernel = w.shape
    x, batched = batch(x, len(kernel))
    found = list(windows(x.shape[2:], kernel, stride, padding, dilation))
    output = np.zeros((len(x), filters, *(i + 1 for i in found[-1][0])), w.dtype)
    for position, pairs in found:
        for n, f in product(range(len(x)), range(filters)):
            first = f // (filters // groups) * depth
            total = 0 if b is None else b[f]
            for (tap, cell), c in product(pairs, range(depth)):
                total += w[f, c, *tap] * x[n, first + c, *cell]
            output[n, f, *position] = total
    return (output if batched else output[0]).astype(dtype)


def conv_backward(
    grad_output: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> tuple:
    """Return the gradients of input, weight, bias: each factor gets the output's times the other.

    >>> conv_backward([[3, 1, 2]], [[1, 3, 2, 5]], [[[2, -1]]])[0]
    array([[ 6, -1,  3, -2]])
    """
    (g, x, w), dtype = exact(grad_output, input, weight)
    filters, depth, *kernel = w.shape
    x, batched = batch(x, len(kernel))
    g, _ = batch(g, len(kernel))
    grad_x, grad_w, grad_b = np.zeros_like(x), np.zeros_like(w), np.zeros(filters, w.dtype)
    for position, pairs in windows(x.shape[2:], kernel, stride, padding, dilation):
        for n, f in product(range(len(x)), range(filters)):
            first = f // (filters // groups) * depth
            share = g[n, f, *position]
            grad_b[f] += share
            for (tap, cell), c in product(pairs, range(depth)):
                grad_w[f, c, *tap] += share * x[n, first + c, *cell]
                grad_x[n, first + c, *cell] += share * w[f, c, *tap]
    grad_x = grad_x if batched else grad_x[0]
    return grad_x.astype(dtype), grad_w.astype(dtype), grad_b.astype(dtype)


def conv_transpose(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> np.ndarray:
    """Stamp the kernel onto an output without padding, cell by cell; then cut the padding off.

    >>> conv_transpose([[1, 2, 3]], [[[3, 1, 2]]], stride=2)
    array([[ 3,  1,  8,  2, 13,  3,  6]])
    """
    (x, w, b), dtype = exact(input, weight, bias)
    channels, depth, *kernel = w.shape
    axes = len(kernel)
    x, batched = batch(x, axes)
    stride, dilation = per_axis(stride, axes), per_axis(dilation, axes)
    padding, more = per_axis(padding, axes), per_axis(output_padding, axes)
    settings = list(zip(x.shape[2:], kernel, stride, dilation, padding, more, strict=True))
    sizes = [(n - 1) * s + d * (k - 1) + 1 + extra for n, k, s, d, _, extra in settings]
    output = np.zeros((len(x), groups * depth, *sizes), w.dtype)
    for n, c, f in product(range(len(x)), range(channels), range(depth)):
        target = c // (channels // groups) * depth + f
        for cell, tap in product(product(*map(range, x.shape[2:])), product(*map(range, kernel))):
            place = [i * s + u * d for i, s, u, d in zip(cell, stride, tap, dilation, strict=True)]
            output[n, target, *place] += x[n, c, *cell] * w[c, f, *tap]
    for f in range(0 if b is None else len(b)):
        output[:, f] += b[f]
    kept = [slice(p, size - p) for p, size in zip(padding, sizes, strict=True)]
    output = output[:, :, *kept]
    return (output if batched else output[0]).astype(dtype)


def correlate2d(image: ArrayLike, kernel: ArrayLike, mode: str = "full") -> np.ndarray:
    """Slide a kernel over an image without a flip.

    >>> correlate2d([[0, 0, 0], [0, 1, 0], [0, 0, 0]], [[1, 2], [3, 4]], mode="valid")
    array([[4, 3],
           [2, 1]])
    """
    return conv(np.asarray(image)[None], np.asarray(kernel)[None, None], padding=mode)[0]


def convolve2d(image: ArrayLike, kernel: ArrayLike, mode: str = "full") -> np.ndarray:
    """Add each product I[i, j] K[a, b] to the output (i + a, j + b), and keep what `mode` keeps.

    >>> convolve2d([[0, 0, 0], [0, 1, 0], [0, 0, 0]], [[1, 2], [3, 4]], mode="same")
    array([[0, 0, 0],
           [0, 1, 2],
           [0, 3, 4]])
    """
    (x, k), dtype = exact(image, kernel)
    (height, width), (rows, columns) = x.shape, k.shape
    output = np.zeros((height + rows - 1, width + columns - 1), x.dtype)
    for i, j, a, b in product(range(height), range(width), range(rows), range(columns)):
        output[i + a, j + b] += x[i, j] * k[a, b]
    if mode == "same":
        top, left = (rows - 1) // 2, (columns - 1) // 2
        output = output[top : top + height, left : left + width]
    if mode == "valid":
        output = output[rows - 1 : height, columns - 1 : width]
    return output.astype(dtype)


def max_pool(
    axes: int,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    """Return the largest cell of each window, NaN if it holds one; nothing in it counts as −∞.

    >>> max_pool(2, [[[1, 4, 2, 1], [5, 8, 3, 4]]], 2)
    array([[[8, 4]]])
    """
    x, batched = batch(input, axes)
    setting = kernel_size, stride, padding, dilation, ceil_mode
    found = list(windows(x.shape[2:], *setting))
    output = np.zeros((*x.shape[:2], *(i + 1 for i in found[-1][0])), x.dtype)
    for position, pairs in found:
        for n, c in product(*map(range, x.shape[:2])):
            values = [x[n, c, *cell] for _, cell in pairs]
            nan = [value for value in values if value != value]
            output[n, c, *position] = nan[0] if nan else max(values, default=-np.inf)
    return output if batched else output[0]


def max_pool_backward(
    axes: int,
    grad_output: ArrayLike,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    """Give each gradient to the cell that won, the first of equal ones.

    >>> max_pool_backward(2, [[[10, 20]]], [[[1, 4, 2, 2], [5, 3, 2, 2]]], 2)
    array([[[ 0,  0, 20,  0],
            [10,  0,  0,  0]]])
    """
    x, batched = batch(input, axes)
    g, _ = batch(grad_output, axes)
    grad = np.zeros(x.shape, exact(g)[0][0].dtype)
    setting = kernel_size, stride, padding, dilation, ceil_mode
    for position, pairs in windows(x.shape[2:], *setting):
        for n, c in product(*map(range, x.shape[:2])):
            winner = pairs[0][1]
            for _, cell in pairs[1:]:
                if x[n, c, *cell] > x[n, c, *winner]:
                    winner = cell
            grad[n, c, *winner] += g[n, c, *position]
    return (grad if batched else grad[0]).astype(g.dtype)


def _shares(sizes, kernel, stride, padding, ceil, count_include_pad) -> Iterator[tuple]:
    """Go through the windows of an average: position, cells, and by how many the sum is divided."""
    padded = tuple(n + 2 * p for n, p in zip(sizes, per_axis(padding, len(sizes)), strict=True))
    all_cells = windows(padded, kernel, stride, 0, 1, ceil)
    counted = {position: len(pairs) for position, pairs in all_cells}
    for position, pairs in windows(sizes, kernel, stride, padding, 1, ceil):
        cells = [cell for _, cell in pairs]
        yield position, cells, counted[position] if count_include_pad else len(cells)


def avg_pool(
    axes: int,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """Return the sum of each window, divided by its cells, with those of the padding or without.

    >>> avg_pool(2, [[[1, 4, 2, 1], [5, 8, 3, 4]]], 2)
    array([[[4.5, 2.5]]])
    """
    x, batched = batch(input, axes)
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    setting = kernel_size, stride, padding, ceil_mode, count_include_pad
    found = list(_shares(x.shape[2:], *setting))
    output = np.zeros((*x.shape[:2], *(i + 1 for i in found[-1][0])))
    for position, cells, count in found:
        for n, c in product(*map(range, x.shape[:2])):
            output[n, c, *position] = sum(float(x[n, c, *cell]) for cell in cells) / count
    return (output if batched else output[0]).astype(dtype)


def avg_pool_backward(
    axes: int,
    grad_output: ArrayLike,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """Share each gradient equally among the cells that its mean has counted.

    >>> avg_pool_backward(2, [[[8, 4]]], np.zeros((1, 2, 4)), 2)
    array([[[2., 2., 1., 1.],
            [2., 2., 1., 1.]]])
    """
    x, batched = batch(input, axes)
    g, _ = batch(grad_output, axes)
    dtype = g.dtype if g.dtype.kind == "f" else np.dtype(np.float64)
    grad = np.zeros(x.shape)
    setting = kernel_size, stride, padding, ceil_mode, count_include_pad
    for position, cells, count in _shares(x.shape[2:], *setting):
        for (n, c), cell in product(product(*map(range, x.shape[:2])), cells):
            grad[n, c, *cell] += g[n, c, *position] / count
    return (grad if batched else grad[0]).astype(dtype)


def dense_kernel(variant: str, *weights: ArrayLike, groups: int = 1) -> np.ndarray:
    """Write a variant as the one kernel (K, C, rows, columns) with which `conv` does the same.

    Each weight of it is the sum over the ways from input c to output k.

    >>> dense_kernel("spatially separable", [[[1, 2, 1]]], [[[-1, 0, 1]]])[0, 0]
    array([[-1,  0,  1],
           [-2,  0,  2],
           [-1,  0,  1]])
    """
    (first, *rest), _ = exact(*weights)
    if variant == "pointwise":
        return first[:, :, None, None]
    if variant in ("grouped", "depthwise"):
        filters, depth, *kernel = first.shape
        dense = np.zeros((filters, depth * groups, *kernel), first.dtype)
        for f, c in product(range(filters), range(depth)):
            dense[f, f // (filters // groups) * depth + c] = first[f, c]
        return dense
    if variant == "depthwise separable":
        each = dense_kernel("depthwise", first, groups=groups)
        return sum(p[:, None, None, None] * e for p, e in zip(rest[0].T, each, strict=True))
    if variant == "spatially separable":
        pairs = zip(rest[0].swapaxes(0, 1), first, strict=True)  # row[:, m], column[m]
        return sum(row[:, None, None, :] * column[None, :, :, None] for row, column in pairs)
    if variant == "flattened":
        column, row = rest
        return first[:, :, None, None] * column[:, None, :, None] * row[:, None, None, :]
    assert variant == "cross-channel"
    space = dense_kernel("grouped", rest[0], groups=groups)
    return sum(space[:, m, None] * first[m][None, :, None, None] for m in range(len(first)))
