"""Sizes: how large the output of each operation is, and why. Integers only, no arrays.

Every function takes plain ints, or one number for each axis:

>>> conv_output_size(7, 3)
5
>>> conv_output_size((227, 227), (11, 11), stride=4)
(55, 55)
"""

from cnnlib._checks import as_axes, common_axes
from cnnlib.operations._windows import Padding, Size, pool_axes, transposed_axes, window_axes


def effective_kernel_size(kernel_size: Size, dilation: Size = 1) -> Size:
    """Return how many cells a dilated kernel reaches over: k̂ = k + (k − 1)(d − 1).

    Parameters
    ----------
    kernel_size : cells that the kernel has along an axis, at least 1.
    dilation : distance between two neighbouring cells of the kernel, at least 1. With 1 the
        kernel is dense. (Some older texts count that as dilation 0; PyTorch and Keras do not.)

    Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", section 5.1.

    >>> effective_kernel_size(3, 2)
    5
    >>> effective_kernel_size((3, 5), (2, 1))
    (5, 5)
    """
    axes = common_axes(kernel_size=kernel_size, dilation=dilation)
    k = as_axes(kernel_size, axes or 1, "kernel_size", 1)
    d = as_axes(dilation, axes or 1, "dilation", 1)
    reach = tuple(k_ + (k_ - 1) * (d_ - 1) for k_, d_ in zip(k, d, strict=True))
    return reach if axes else reach[0]


def same_padding(kernel_size: Size, dilation: Size = 1) -> tuple:
    """Return the zeros (before, after) that keep the size of the input at stride 1.

    In all k̂ − 1 zeros are needed. For an odd k̂ they split evenly. For an even one the extra zero
    goes after the input, at the bottom and on the right, as PyTorch's ``padding="same"`` does.
    With a tuple the answer is one pair for each axis.

    >>> same_padding(3)
    (1, 1)
    >>> same_padding(4)
    (1, 2)
    >>> same_padding((3, 5), dilation=2)
    ((2, 2), (4, 4))
    """
    axes = common_axes(kernel_size=kernel_size, dilation=dilation)
    reach = as_axes(effective_kernel_size(kernel_size, dilation), axes or 1, "kernel_size", 1)
    pairs = tuple(((r - 1) // 2, r // 2) for r in reach)
    return pairs if axes else pairs[0]


def conv_output_size(
    input_size: Size,
    kernel_size: Size,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
) -> Size:
    """Return the output size of a convolution: ⌊(i + 2p − k̂) / s⌋ + 1.

    Parameters
    ----------
    input_size : i, cells of the input along an axis, at least 1.
    kernel_size : k, cells of the kernel, at least 1.
    stride : s, cells from one position of the kernel to the next, at least 1. Default 1.
    padding : p, zeros added on each side, at least 0. Default 0. Or a rule:
        ``"valid"`` adds none, ``"same"`` keeps the size (stride 1 only), ``"full"`` adds k̂ − 1.
    dilation : d, distance between neighbouring kernel cells, at least 1. Default 1.

    Returns an int if all arguments are ints, otherwise a tuple with one size for each axis.
    Raises ``ValueError`` where the kernel does not fit, with the numbers that do not fit.

    Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning",
    relationships 6 and 15; `torch.nn.Conv2d` documents the same formula.

    >>> conv_output_size(7, 3, stride=2, padding=1)  # the lecture's 7×7 → 4×4
    4
    >>> conv_output_size(5, 3, padding="same")
    5
    >>> conv_output_size(4, 3, padding=1, dilation=3)
    Traceback (most recent call last):
    ValueError: kernel reaches 7 cells, padded input has 6 (input 4, padding 1 + 1, kernel 3, \
dilation 3)
    """
    axes, per_axis = window_axes(input_size, kernel_size, stride, padding, dilation)
    sizes = tuple(axis.output for axis in axes)
    return sizes if per_axis else sizes[0]


def dropped_cells(
    input_size: Size,
    kernel_size: Size,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
) -> Size:
    """Return how many cells at the far end no window reaches: (i + 2p − k̂) mod s.

    These are the rows and columns that the floor in `conv_output_size` drops. They are counted
    in the padded input, so the first of them may be padding.

    >>> dropped_cells(8, 3, stride=2)
    1
    >>> dropped_cells(7, 3, stride=2)
    0
    """
    axes, per_axis = window_axes(input_size, kernel_size, stride, padding, dilation)
    cells = tuple(axis.dropped for axis in axes)
    return cells if per_axis else cells[0]


def conv_transpose_output_size(
    input_size: Size,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
) -> Size:
    """Return the output size of a transposed convolution: (i − 1)s − 2p + d(k − 1) + a + 1.

    Parameters
    ----------
    input_size : i, cells of the input along an axis, at least 1.
    kernel_size : k, cells of the kernel, at least 1.
    stride : s, cells between the stamps of neighbouring inputs, at least 1. Default 1.
    padding : p, cells cut off on each side of the output, at least 0. Default 0.
    output_padding : a, cells more at the far end, below stride or dilation. Default 0.
    dilation : d, distance between neighbouring kernel cells, at least 1. Default 1.

    Returns an int if all arguments are ints, otherwise a tuple with one size for each axis.
    Raises ``ValueError`` where nothing is left of the output.

    Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning",
    relationship 14; `torch.nn.ConvTranspose2d` documents the same formula.

    >>> conv_transpose_output_size(28, 4, stride=2, padding=1)
    56
    >>> [conv_transpose_output_size(3, 3, stride=2, output_padding=a) for a in (0, 1)]
    [7, 8]
    """
    axes, per_axis = transposed_axes(
        input_size, kernel_size, stride, padding, output_padding, dilation
    )
    sizes = tuple(axis.input for axis in axes)
    return sizes if per_axis else sizes[0]


def output_padding_for(
    output_size: Size,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
) -> Size:
    """Return the `output_padding` with which a transposed convolution gives `output_size`.

    A convolution with stride s maps s neighbouring input sizes to one output size, and
    `output_padding` says which of them to go back to. It is the number of cells that the
    convolution of `output_size` drops: (o + 2p − k̂) mod s.

    Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", section 4.5.

    >>> [conv_output_size(size, 5, stride=3, padding=2) for size in (16, 17, 18)]
    [6, 6, 6]
    >>> [output_padding_for(size, 5, stride=3, padding=2) for size in (16, 17, 18)]
    [0, 1, 2]
    >>> conv_transpose_output_size(6, 5, stride=3, padding=2, output_padding=1)
    17
    """
    return dropped_cells(output_size, kernel_size, stride, padding, dilation)


def pool_output_size(
    input_size: Size,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> Size:
    """Return the output size of a pooling layer: ⌊(i + 2p − k̂) / s⌋ + 1.

    Parameters
    ----------
    input_size : i, cells of the input along an axis, at least 1.
    kernel_size : k, cells of the window, at least 1.
    stride : s, cells from one window to the next, at least 1. Default the kernel size, so that
        windows touch but do not overlap.
    padding : p, cells added on each side, at most half of the kernel size. Default 0.
    dilation : d, distance between the cells of a window, at least 1. Default 1.
    ceil_mode : round up instead of down, so that left-over cells get a window of their own which
        hangs over the border; unless it would start beyond the input and the padding before it.
        A window larger than the whole input then has one position. Default False.

    Returns an int if all arguments are ints, otherwise a tuple with one size for each axis.

    Source: the documentation of `torch.nn.MaxPool2d`.

    >>> pool_output_size(5, 2)
    2
    >>> pool_output_size(5, 2, ceil_mode=True), pool_output_size(2, 3, stride=2, ceil_mode=True)
    (3, 1)
    >>> pool_output_size(2, 1, stride=3, ceil_mode=True)  # a window at cell 3 would see nothing
    1
    """
    axes, per_axis = pool_axes(input_size, kernel_size, stride, padding, dilation, ceil_mode)
    sizes = tuple(axis.output for axis in axes)
    return sizes if per_axis else sizes[0]
