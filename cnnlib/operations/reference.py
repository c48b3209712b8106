"""The formulas as plain loops, the way the chapters print them.

Read this file first. Nothing here is fast, and nothing is hidden: each loop is one letter of the
formula, and padding is an `if`. The fast functions of the same names in `cnnlib` take the same
arguments, document them, and are tested against these loops.
"""

from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import as_array, as_axes, check_result_size, check_shape, result_dtype
from cnnlib.operations._arguments import (
    as_batch,
    as_image,
    as_mode,
    as_pairs,
    conv_arguments,
    pool_arguments,
    transposed_arguments,
)
from cnnlib.operations._windows import Padding, Size, window_axes
from cnnlib.operations.convolution import Gradients


def conv1d(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> np.ndarray:
    """Convolve signals with filters, one multiplication at a time. See `cnnlib.conv1d`.

    >>> conv1d([[1, 2, 4, 8]], [[[-1, 1]]])
    array([[1, 2, 4]])
    """
    a = conv_arguments(1, input, weight, bias, stride, padding, dilation, groups)
    (axis,) = a.axes
    filters, depth, kernel = a.weight.shape
    output = np.zeros(a.output_shape, a.dtype)

    for n in range(len(a.input)):
        for f in range(filters):
            first_channel = (f // (filters // a.groups)) * depth
            for i in range(axis.output):
                total = output.dtype.type(0)
                for c in range(depth):
                    for u in range(kernel):
                        cell = i * axis.stride + u * axis.dilation - axis.before
                        if 0 <= cell < axis.input:
                            x = a.input[n, first_channel + c, cell]
                            total += a.weight[f, c, u] * x
                output[n, f, i] = total if a.bias is None else total + a.bias[f]
    return output if a.batched else output[0]


def conv2d(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> np.ndarray:
    """Convolve images with filters, one multiplication at a time.

    The same arguments, result and errors as `cnnlib.conv2d`, which documents them. A cell outside
    the image counts as zero: that is all that zero padding means.

    >>> image = np.arange(16).reshape(1, 1, 4, 4)
    >>> conv2d(image, np.ones((1, 1, 3, 3), dtype=int))
    array([[[[45, 54],
             [81, 90]]]])
    """
    a = conv_arguments(2, input, weight, bias, stride, padding, dilation, groups)
    s_h, s_w = (axis.stride for axis in a.axes)
    d_h, d_w = (axis.dilation for axis in a.axes)
    p_h, p_w = (axis.before for axis in a.axes)
    samples, _, height, width = a.input.shape
    filters, depth, k_h, k_w = a.weight.shape
    output = np.zeros(a.output_shape, a.dtype)

    for n in range(samples):
        for k in range(filters):
            first_channel = (k // (filters // groups)) * depth
            for i in range(output.shape[2]):
                for j in range(output.shape[3]):
                    total = output.dtype.type(0)
                    for c in range(depth):
                        for u in range(k_h):
                            for v in range(k_w):
                                row = i * s_h + u * d_h - p_h
                                column = j * s_w + v * d_w - p_w
                                if 0 <= row < height and 0 <= column < width:
                                    x = a.input[n, first_channel + c, row, column]
                                    total += a.weight[k, c, u, v] * x
                    output[n, k, i, j] = total if a.bias is None else total + a.bias[k]
    return output if a.batched else output[0]


def conv3d(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> np.ndarray:
    """Convolve volumes with filters, one multiplication at a time. See `cnnlib.conv3d`.

    `product` stands for one loop over each axis.

    >>> conv3d(np.arange(8).reshape(1, 2, 2, 2), np.ones((1, 1, 2, 2, 2), dtype=int))
    array([[[[28]]]])
    """
    a = conv_arguments(3, input, weight, bias, stride, padding, dilation, groups)
    filters, depth, *kernel = a.weight.shape
    sizes = a.input.shape[2:]
    output = np.zeros(a.output_shape, a.dtype)

    for n, f in product(range(len(a.input)), range(filters)):
        first_channel = (f // (filters // a.groups)) * depth
        for position in product(*(range(axis.output) for axis in a.axes)):
            total = output.dtype.type(0)
            for c, *tap in product(range(depth), *map(range, kernel)):
                cell = [
                    i * axis.stride + u * axis.dilation - axis.before
                    for i, u, axis in zip(position, tap, a.axes, strict=True)
                ]
                if all(0 <= i < size for i, size in zip(cell, sizes, strict=True)):
                    total += a.weight[f, c, *tap] * a.input[n, first_channel + c, *cell]
            output[n, f, *position] = total if a.bias is None else total + a.bias[f]
    return output if a.batched else output[0]


def conv1d_backward(
    grad_output: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Gradients:
    """Send the gradient back, one multiplication at a time. See `cnnlib.conv1d_backward`.

    The loops of `conv1d`: where those multiply a weight with a cell, each of the two gets the
    gradient of the output times the other.

    >>> conv1d_backward([[3, 1, 2]], [[1, 3, 2, 5]], [[[2, -1]]]).input
    array([[ 6, -1,  3, -2]])
    """
    a = conv_arguments(1, input, weight, None, stride, padding, dilation, groups)
    (axis,) = a.axes
    dy = _grad_output(grad_output, a.output_shape)
    dtype = result_dtype(dy, a.input, a.weight)
    grad_input = np.zeros(a.input.shape, dtype)
    grad_weight = np.zeros(a.weight.shape, dtype)
    filters, depth, kernel = a.weight.shape
    grad_bias = np.zeros(filters, dtype)

    for n in range(len(a.input)):
        for f in range(filters):
            first_channel = (f // (filters // a.groups)) * depth
            for i in range(axis.output):
                grad_bias[f] += dy[n, f, i]
                for c in range(depth):
                    for u in range(kernel):
                        cell = i * axis.stride + u * axis.dilation - axis.before
                        if 0 <= cell < axis.input:
                            x = a.input[n, first_channel + c, cell]
                            grad_weight[f, c, u] += dy[n, f, i] * x
                            share = dy[n, f, i] * a.weight[f, c, u]
                            grad_input[n, first_channel + c, cell] += share
    return Gradients(grad_input if a.batched else grad_input[0], grad_weight, grad_bias)


def conv2d_backward(
    grad_output: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Gradients:
    """Send the gradient back, one multiplication at a time. See `cnnlib.conv2d_backward`.

    >>> grads = conv2d_backward([[[1, 3], [4, 6]]], np.ones((1, 3, 3), int), [[[[0, -1], [2, 2]]]])
    >>> grads.input[0]
    array([[ 0, -1, -3],
           [ 2,  4,  0],
           [ 8, 20, 12]])
    """
    a = conv_arguments(2, input, weight, None, stride, padding, dilation, groups)
    dy = _grad_output(grad_output, a.output_shape)
    dtype = result_dtype(dy, a.input, a.weight)
    grad_input, grad_weight = np.zeros(a.input.shape, dtype), np.zeros(a.weight.shape, dtype)
    filters, depth, *kernel = a.weight.shape
    grad_bias = np.zeros(filters, dtype)
    rows, columns = a.axes

    for n, f, i, j in product(*map(range, a.output_shape)):
        first_channel = (f // (filters // a.groups)) * depth
        grad_bias[f] += dy[n, f, i, j]
        for c, u, v in product(range(depth), *map(range, kernel)):
            row = i * rows.stride + u * rows.dilation - rows.before
            column = j * columns.stride + v * columns.dilation - columns.before
            if 0 <= row < rows.input and 0 <= column < columns.input:
                channel = first_channel + c
                grad_weight[f, c, u, v] += dy[n, f, i, j] * a.input[n, channel, row, column]
                grad_input[n, channel, row, column] += dy[n, f, i, j] * a.weight[f, c, u, v]
    return Gradients(grad_input if a.batched else grad_input[0], grad_weight, grad_bias)


def _grad_output(grad_output, shape):
    """Return the gradient of an output as a batch of `shape`."""
    dy, _ = as_batch(grad_output, "grad_output", len(shape) - 2)
    check_shape(dy.shape, shape, "grad_output")
    return dy


def _conv_transpose(axes, *arguments):
    """Stamp every input cell's kernel onto the output, one multiplication at a time."""
    a = transposed_arguments(axes, *arguments)
    channels, depth, *kernel = a.weight.shape
    sizes = a.output_shape[2:]
    output = np.zeros(a.output_shape, a.dtype)

    for n, c in product(range(len(a.input)), range(channels)):
        first_filter = (c // (channels // a.groups)) * depth
        for position in product(*map(range, a.input.shape[2:])):
            for f, *tap in product(range(depth), *map(range, kernel)):
                cell = [
                    i * axis.stride + u * axis.dilation - axis.before
                    for i, u, axis in zip(position, tap, a.axes, strict=True)
                ]
                if all(0 <= i < size for i, size in zip(cell, sizes, strict=True)):
                    stamp = a.weight[c, f, *tap] * a.input[n, c, *position]
                    output[n, first_filter + f, *cell] += stamp
    if a.bias is not None:
        for f in range(len(a.bias)):
            output[:, f] += a.bias[f]
    return output if a.batched else output[0]


def conv_transpose1d(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> np.ndarray:
    """Stamp kernels onto a line, one multiplication at a time. See `cnnlib.conv_transpose1d`.

    >>> conv_transpose1d([[1, 2]], [[[1, 1, 1]]], stride=2)
    array([[1, 1, 3, 2, 2]])
    """
    return _conv_transpose(
        1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose2d(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> np.ndarray:
    """Stamp kernels onto an image, one multiplication at a time. See `cnnlib.conv_transpose2d`.

    >>> conv_transpose2d([[[1, 2]]], [[[[1, 1, 1]]]], stride=(1, 2))
    array([[[1, 1, 3, 2, 2]]])
    """
    return _conv_transpose(
        2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose3d(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> np.ndarray:
    """Stamp kernels into a volume, one multiplication at a time. See `cnnlib.conv_transpose3d`.

    >>> conv_transpose3d(np.ones((1, 2, 2, 2)), np.ones((1, 1, 2, 2, 2))).max()
    np.float64(8.0)
    """
    return _conv_transpose(
        3, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def correlate2d(image: ArrayLike, kernel: ArrayLike, mode: str = "full") -> np.ndarray:
    """Slide a kernel over an image without a flip. See `cnnlib.correlate2d`.

    >>> correlate2d([[0, 0, 0], [0, 1, 0], [0, 0, 0]], [[1, 2], [3, 4]], mode="valid")
    array([[4, 3],
           [2, 1]])
    """
    x, k = as_image(image, "image"), as_image(kernel, "kernel")
    return conv2d(x[None], k[None, None], padding=as_mode(mode))[0]


def convolve2d(image: ArrayLike, kernel: ArrayLike, mode: str = "full") -> np.ndarray:
    """Convolve as mathematics defines it: (I * K)[i, j] = Σ_a Σ_b I[i − a, j − b] K[a, b].

    See `cnnlib.convolve2d`.

    >>> convolve2d([[0, 0, 0], [0, 1, 0], [0, 0, 0]], [[1, 2], [3, 4]], mode="same")
    array([[0, 0, 0],
           [0, 1, 2],
           [0, 3, 4]])
    """
    x, k = as_image(image, "image"), as_image(kernel, "kernel")
    window_axes(x.shape, k.shape, (1, 1), as_mode(mode), (1, 1))  # refuses what does not fit
    dtype = result_dtype(x, k)
    (height, width), (k_h, k_w) = x.shape, k.shape
    # the first row and column of "full" that each mode keeps, and how many
    starts = {"full": (0, 0), "same": ((k_h - 1) // 2, (k_w - 1) // 2), "valid": (k_h - 1, k_w - 1)}
    sizes = {
        "full": (height + k_h - 1, width + k_w - 1),
        "same": (height, width),
        "valid": (height - k_h + 1, width - k_w + 1),
    }
    output = np.zeros(sizes[mode], dtype)
    top, left = starts[mode]
    for i in range(output.shape[0]):
        for j in range(output.shape[1]):
            for a in range(k_h):
                for b in range(k_w):
                    row, column = top + i - a, left + j - b
                    if 0 <= row < height and 0 <= column < width:
                        output[i, j] += dtype.type(x[row, column]) * dtype.type(k[a, b])
    return output


def _window(position, axes):
    """Return the cells of one pooling window that lie on the map, in reading order."""
    lines = []
    for i, axis in zip(position, axes, strict=True):
        line = [i * axis.stride + u * axis.dilation - axis.before for u in range(axis.kernel)]
        lines.append([cell for cell in line if 0 <= cell < axis.input])
    return list(product(*lines))


def _max_pool(axes, *arguments):
    """Look for the largest cell of every window."""
    x, windows, batched = pool_arguments(axes, *arguments)
    output = np.zeros((*x.shape[:2], *(axis.output for axis in windows)), x.dtype)
    for n, c in product(*map(range, x.shape[:2])):
        for position in product(*map(range, output.shape[2:])):
            largest = -np.inf
            for cell in _window(position, windows):
                value = x[n, c, *cell]
                if value > largest or value != value:
                    largest = value
            output[n, c, *position] = largest
    return output if batched else output[0]


def _avg_pool(axes, input, kernel_size, stride, padding, ceil_mode, count_include_pad):
    """Add up the cells of every window and divide by their number."""
    x, windows, batched = pool_arguments(axes, input, kernel_size, stride, padding, 1, ceil_mode)
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    output = np.zeros((*x.shape[:2], *(axis.output for axis in windows)), dtype)
    for n, c in product(*map(range, x.shape[:2])):
        for position in product(*map(range, output.shape[2:])):
            cells = _window(position, windows)
            total = output.dtype.type(0)
            for cell in cells:
                total += x[n, c, *cell]
            output[n, c, *position] = total / _count(position, windows, count_include_pad)
    return output if batched else output[0]


def _count(position, windows, count_include_pad):
    """Return how many cells of a window the mean counts."""
    if not count_include_pad:
        return len(_window(position, windows))
    count = 1
    for i, axis in zip(position, windows, strict=True):
        start = i * axis.stride
        count *= min(start + axis.kernel, axis.padded) - start
    return count


def max_pool1d(
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    """Return the largest cell of every window. See `cnnlib.max_pool1d`.

    >>> max_pool1d([[1, 5, 2, 4]], 2)
    array([[5, 4]])
    """
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d(
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    """Return the largest cell of every window. See `cnnlib.max_pool2d`.

    >>> max_pool2d([[[1, 4, 2, 1], [5, 8, 3, 4]]], 2)
    array([[[8, 4]]])
    """
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool3d(
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    """Return the largest cell of every window. See `cnnlib.max_pool3d`.

    >>> max_pool3d(np.arange(8).reshape(1, 2, 2, 2), 2)
    array([[[[7]]]])
    """
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode)


def avg_pool1d(
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """Return the mean of every window. See `cnnlib.avg_pool1d`.

    >>> avg_pool1d([[1, 5, 2, 4]], 2)
    array([[3., 3.]])
    """
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d(
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """Return the mean of every window. See `cnnlib.avg_pool2d`.

    >>> avg_pool2d([[[1, 4, 2, 1], [5, 8, 3, 4]]], 2)
    array([[[4.5, 2.5]]])
    """
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool3d(
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """Return the mean of every window. See `cnnlib.avg_pool3d`.

    >>> avg_pool3d(np.arange(8).reshape(1, 2, 2, 2), 2)
    array([[[[3.5]]]])
    """
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def max_pool2d_backward(
    grad_output: ArrayLike,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    """Give each gradient to the cell that won. See `cnnlib.max_pool2d_backward`.

    >>> max_pool2d_backward([[[10, 20]]], [[[1, 4, 2, 2], [5, 3, 2, 2]]], 2)
    array([[[ 0,  0, 20,  0],
            [10,  0,  0,  0]]])
    """
    x, windows, batched = pool_arguments(
        2, input, kernel_size, stride, padding, dilation, ceil_mode
    )
    dy = _grad_output(grad_output, (*x.shape[:2], *(axis.output for axis in windows)))
    grad_input = np.zeros(x.shape, dy.dtype)
    for n, c, *position in product(*map(range, dy.shape)):
        winner, *others = _window(position, windows)
        for cell in others:
            if x[n, c, *cell] > x[n, c, *winner]:  # so the first of equal cells stays
                winner = cell
        grad_input[n, c, *winner] += dy[n, c, *position]
    return grad_input if batched else grad_input[0]


def avg_pool2d_backward(
    grad_output: ArrayLike,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """Share each gradient out among the cells of its window. See `cnnlib.avg_pool2d_backward`.

    >>> avg_pool2d_backward([[[8, 4]]], np.zeros((1, 2, 4)), 2)
    array([[[2., 2., 1., 1.],
            [2., 2., 1., 1.]]])
    """
    x, windows, batched = pool_arguments(2, input, kernel_size, stride, padding, 1, ceil_mode)
    dy = _grad_output(grad_output, (*x.shape[:2], *(axis.output for axis in windows)))
    grad_input = np.zeros(x.shape, dy.dtype if dy.dtype.kind == "f" else np.float64)
    for n, c, *position in product(*map(range, dy.shape)):
        share = dy[n, c, *position] / _count(position, windows, count_include_pad)
        for cell in _window(position, windows):
            grad_input[n, c, *cell] += share
    return grad_input if batched else grad_input[0]


def global_avg_pool2d(input: ArrayLike) -> np.ndarray:
    """Return the mean of each map. See `cnnlib.global_avg_pool2d`.

    >>> global_avg_pool2d(np.arange(8.0).reshape(2, 2, 2)).ravel()
    array([1.5, 5.5])
    """
    return avg_pool2d(input, np.shape(input)[-2:])


# The variants of convolution: the same sums, with fewer of their terms.


def pointwise_conv2d(
    input: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None
) -> np.ndarray:
    """Mix the channels of each pixel: output[n, k, i, j] = b[k] + Σ_c W[k, c] X[n, c, i, j].

    See `cnnlib.pointwise_conv2d`.

    >>> pointwise_conv2d([[[10, 20]], [[1, 2]], [[5, 6]]], [[1, 0, 1]])
    array([[[15, 26]]])
    """
    matrix = as_array(weight, "weight", (2,), "(C_out, C_in)")
    a = conv_arguments(2, input, matrix[:, :, None, None], bias, 1, 0, 1, 1)
    output = np.zeros(a.output_shape, a.dtype)
    for n, k, i, j in np.ndindex(output.shape):
        total = output.dtype.type(0) if a.bias is None else a.bias[k]
        for c in range(a.input.shape[1]):
            total += matrix[k, c] * a.input[n, c, i, j]
        output[n, k, i, j] = total
    return output if a.batched else output[0]


def grouped_conv2d(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> np.ndarray:
    """Let each filter see the channels of its group: the loops of `conv2d` with `groups`.

    See `cnnlib.grouped_conv2d`.

    >>> grouped_conv2d([[[1, 2]], [[10, 20]]], [[[[1, 1]]], [[[1, -1]]]], groups=2).ravel()
    array([  3, -10])
    """
    return conv2d(input, weight, bias, stride, padding, dilation, groups)


def depthwise_conv2d(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
) -> np.ndarray:
    """Filter each channel on its own: no sum over the channels is left.

    output[n, f, i, j] = b[f] + Σ_u Σ_v W[f, 0, u, v] X[n, c, i s + u d − p, j s + v d − p] with
    c = ⌊f / m⌋, where each channel has m filters. See `cnnlib.depthwise_conv2d`.

    >>> depthwise_conv2d([[[1, 2]], [[10, 20]]], [[[[1, 1]]], [[[1, -1]]]]).ravel()
    array([  3, -10])
    """
    channels = as_batch(input, "input", 2)[0].shape[1]
    a = conv_arguments(2, input, weight, bias, stride, padding, dilation, channels)
    filters, _, k_h, k_w = a.weight.shape
    (s_h, s_w), (p_h, p_w), (d_h, d_w) = as_pairs(stride, padding, dilation)
    output = np.zeros(a.output_shape, a.dtype)
    for n, f, i, j in np.ndindex(output.shape):
        channel = a.input[n, f // (filters // channels)]
        total = output.dtype.type(0) if a.bias is None else a.bias[f]
        for u in range(k_h):
            for v in range(k_w):
                x = _at(channel, i * s_h + u * d_h - p_h, j * s_w + v * d_w - p_w)
                total += a.weight[f, 0, u, v] * x
        output[n, f, i, j] = total
    return output if a.batched else output[0]


def depthwise_separable_conv2d(
    input: ArrayLike,
    depthwise: ArrayLike,
    pointwise: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
) -> np.ndarray:
    """Filter each channel on its own, then mix the channels of each pixel: two sets of loops.

    See `cnnlib.depthwise_separable_conv2d`.

    >>> two = [[[1, 2]], [[10, 20]]]
    >>> depthwise_separable_conv2d(two, [[[[1, 1]]], [[[1, -1]]]], [[1, 2]])
    array([[[-17]]])
    """
    maps = depthwise_conv2d(input, depthwise, None, stride, padding, dilation)
    return pointwise_conv2d(maps, pointwise, bias)


def spatially_separable_conv2d(
    input: ArrayLike,
    column: ArrayLike,
    row: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
) -> np.ndarray:
    """Slide columns over the image, then rows over the maps that they give.

    maps[n, m, i, j] = Σ_c Σ_u column[m, c, u] X[n, c, i s_H + u d_H − p_H, j]
    output[n, k, i, j] = b[k] + Σ_m Σ_v row[k, m, v] maps[n, m, i, j s_W + v d_W − p_W]

    See `cnnlib.spatially_separable_conv2d`.

    >>> spatially_separable_conv2d([[[1, 2], [3, 4]]], [[[1, 10]]], [[[1, -1]]])
    array([[[-11]]])
    """
    down = as_array(column, "column", (3,), "(M, C_in, k_H)")
    across = as_array(row, "row", (3,), "(C_out, M, k_W)")
    (s_h, s_w), (p_h, p_w), (d_h, d_w) = as_pairs(stride, padding, dilation)

    first = conv_arguments(2, input, down[..., None], None, (s_h, 1), (p_h, 0), (d_h, 1), 1)
    maps = np.zeros(first.output_shape, first.dtype)
    for n, m, i, j in np.ndindex(maps.shape):
        for c in range(down.shape[1]):
            for u in range(down.shape[2]):
                cell = _at(first.input[n, c], i * s_h + u * d_h - p_h, j)
                maps[n, m, i, j] += down[m, c, u] * cell

    last = conv_arguments(2, maps, across[:, :, None], bias, (1, s_w), (0, p_w), (1, d_w), 1)
    output = np.zeros(last.output_shape, last.dtype)
    for n, k, i, j in np.ndindex(output.shape):
        total = output.dtype.type(0) if last.bias is None else last.bias[k]
        for m in range(across.shape[1]):
            for v in range(across.shape[2]):
                total += across[k, m, v] * _at(maps[n, m], i, j * s_w + v * d_w - p_w)
        output[n, k, i, j] = total
    return output if first.batched else output[0]


def flattened_conv2d(
    input: ArrayLike,
    across: ArrayLike,
    column: ArrayLike,
    row: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
) -> np.ndarray:
    """Filter along the channels, then down the columns, then along the rows.

    mixed[n, k, i, j] = Σ_c across[k, c] X[n, c, i, j]
    maps[n, k, i, j] = Σ_u column[k, u] mixed[n, k, i s_H + u d_H − p_H, j]
    output[n, k, i, j] = b[k] + Σ_v row[k, v] maps[n, k, i, j s_W + v d_W − p_W]

    See `cnnlib.flattened_conv2d`.

    >>> flattened_conv2d(np.ones((3, 4, 4), dtype=int), [[1, 1, 1]], [[1, 1]], [[1, 2]])[0, 0]
    array([18, 18, 18])
    """
    down = as_array(column, "column", (2,), "(C_out, k_H)")
    along = as_array(row, "row", (2,), "(C_out, k_W)")
    (s_h, s_w), (p_h, p_w), (d_h, d_w) = as_pairs(stride, padding, dilation)
    mixed, batched = as_batch(pointwise_conv2d(input, across), "input", 2)
    k = mixed.shape[1]

    first = conv_arguments(2, mixed, down[:, None, :, None], None, (s_h, 1), (p_h, 0), (d_h, 1), k)
    maps = np.zeros(first.output_shape, first.dtype)
    for n, k, i, j in np.ndindex(maps.shape):
        for u in range(down.shape[1]):
            maps[n, k, i, j] += down[k, u] * _at(mixed[n, k], i * s_h + u * d_h - p_h, j)

    last = conv_arguments(
        2, maps, along[:, None, None], bias, (1, s_w), (0, p_w), (1, d_w), maps.shape[1]
    )
    output = np.zeros(last.output_shape, last.dtype)
    for n, k, i, j in np.ndindex(output.shape):
        total = output.dtype.type(0) if last.bias is None else last.bias[k]
        for v in range(along.shape[1]):
            total += along[k, v] * _at(maps[n, k], i, j * s_w + v * d_w - p_w)
        output[n, k, i, j] = total
    return output if batched else output[0]


def cross_channel_conv2d(
    input: ArrayLike,
    pointwise: ArrayLike,
    spatial: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> np.ndarray:
    """Mix the channels of each pixel, then convolve the mixtures in space, group by group.

    See `cnnlib.cross_channel_conv2d`.

    >>> rgb = np.ones((3, 4, 4), dtype=int)
    >>> cross_channel_conv2d(rgb, [[1, 1, 1]], np.ones((2, 1, 3, 3), dtype=int)).max()
    np.int64(27)
    """
    mixed = pointwise_conv2d(input, pointwise)
    return conv2d(mixed, spatial, bias, stride, padding, dilation, groups)


def conv_matrix(
    kernel: ArrayLike,
    input_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
) -> np.ndarray:
    """Write the kernel into a row of the matrix for each of its stops. See `cnnlib.conv_matrix`.

    Row i · W_out + j stands for the output cell (i, j), column r · W + q for the input cell (r, q).

    >>> conv_matrix([[1, 2], [3, 4]], (2, 3))
    array([[1, 2, 0, 3, 4, 0],
           [0, 1, 2, 0, 3, 4]])
    """
    k = as_array(kernel, "kernel", (2,), "(k_H, k_W)")
    height, width = as_axes(input_size, 2, "input_size", 1)
    (s_h, s_w), (p_h, p_w), (d_h, d_w) = as_pairs(stride, padding, dilation)
    axes, _ = window_axes((height, width), k.shape, (s_h, s_w), (p_h, p_w), (d_h, d_w))
    out_h, out_w = (axis.output for axis in axes)
    check_result_size((out_h * out_w, height * width), "the matrix")
    matrix = np.zeros((out_h * out_w, height * width), result_dtype(k))
    for i, j in np.ndindex(out_h, out_w):
        for u, v in np.ndindex(k.shape):
            r, q = i * s_h + u * d_h - p_h, j * s_w + v * d_w - p_w
            if 0 <= r < height and 0 <= q < width:
                matrix[i * out_w + j, r * width + q] = k[u, v]
    return matrix


def insert_zeros(input: ArrayLike, stride: Size) -> np.ndarray:
    """Move cell (i, j) to (i s_H, j s_W) and leave zeros between. See `cnnlib.insert_zeros`.

    >>> insert_zeros([1, 2, 3], 2)
    array([1, 0, 2, 0, 3])
    """
    x = as_array(input, "input")
    axes = len(stride) if isinstance(stride, (tuple, list)) else min(2, x.ndim)
    steps = (1,) * (x.ndim - axes) + as_axes(stride, axes, "stride", 1)
    shape = [(size - 1) * s + 1 for size, s in zip(x.shape, steps, strict=True)]
    check_result_size(shape, "the output")
    output = np.zeros(shape, x.dtype)
    for cell in np.ndindex(x.shape):
        output[tuple(i * s for i, s in zip(cell, steps, strict=True))] = x[cell]
    return output


def _at(plane, row, column):
    """Return a cell of one map. Outside the map it is zero: that is all that padding means."""
    height, width = plane.shape
    inside = 0 <= row < height and 0 <= column < width
    return plane[row, column] if inside else plane.dtype.type(0)
