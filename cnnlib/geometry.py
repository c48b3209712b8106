"""Sizes: how large the output of a convolution is, and why. Integers only, nothing is computed.

Every function takes plain ints, or one number for each axis:

>>> conv_output_size(7, 3)
5
>>> conv_output_size((227, 227), (11, 11), stride=4)
(55, 55)
"""

from typing import NamedTuple

from cnnlib._checks import as_axes, as_int, common_axes, describe

#: One number, or one for each axis.
Size = int | tuple[int, ...]
#: What `padding` may be: cells on each side, or the name of a rule.
Padding = int | tuple[int, ...] | str

PADDING_MODES = ("valid", "same", "full")


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


class WindowAxis(NamedTuple):
    """One axis of a sliding window: the numbers that decide its size."""

    input: int
    kernel: int
    stride: int
    before: int
    after: int
    dilation: int

    @property
    def padded(self) -> int:
        """Cells of the input with its padding: i + 2p."""
        return self.before + self.input + self.after

    @property
    def reach(self) -> int:
        """Cells from the first to the last that the kernel touches: k̂."""
        return self.kernel + (self.kernel - 1) * (self.dilation - 1)

    @property
    def output(self) -> int:
        """Positions of the kernel: ⌊(i + 2p − k̂) / s⌋ + 1."""
        return (self.padded - self.reach) // self.stride + 1

    @property
    def dropped(self) -> int:
        """Cells at the far end that the last window does not reach: (i + 2p − k̂) mod s."""
        return (self.padded - self.reach) % self.stride


def window_axes(
    input_size: Size, kernel_size: Size, stride: Size, padding: Padding, dilation: Size
) -> tuple[tuple[WindowAxis, ...], bool]:
    """Check the arguments and return one `WindowAxis` for each axis.

    The second value tells whether any argument was given per axis, so that the answer should be.
    """
    count = common_axes(
        input_size=input_size,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
    )
    n = count or 1
    i = as_axes(input_size, n, "input_size", 1)
    k = as_axes(kernel_size, n, "kernel_size", 1)
    s = as_axes(stride, n, "stride", 1)
    d = as_axes(dilation, n, "dilation", 1)
    p = resolve_padding(padding, k, s, d)
    axes = tuple(WindowAxis(i[a], k[a], s[a], *p[a], d[a]) for a in range(n))
    for number, axis in enumerate(axes):
        if axis.reach > axis.padded:
            where = "" if count is None else f" along axis {number}"
            raise ValueError(
                f"kernel reaches {axis.reach} cells{where}, padded input has {axis.padded} "
                f"(input {axis.input}, padding {axis.before} + {axis.after}, "
                f"kernel {axis.kernel}, dilation {axis.dilation})"
            )
    return axes, count is not None


def resolve_padding(
    padding: Padding, kernel_size: tuple[int, ...], stride: tuple[int, ...], dilation: tuple
) -> tuple[tuple[int, int], ...]:
    """Return the zeros (before, after) on each axis that `padding` stands for.

    >>> resolve_padding("full", (3, 3), (1, 1), (1, 2))
    ((2, 2), (4, 4))
    """
    axes = len(kernel_size)
    if not isinstance(padding, str):
        return tuple((p, p) for p in as_axes(padding, axes, "padding", 0))
    if padding == "valid":
        return ((0, 0),) * axes
    if padding == "full":
        return tuple(((k - 1) * d,) * 2 for k, d in zip(kernel_size, dilation, strict=True))
    if padding == "same":
        if any(s != 1 for s in stride):
            raise ValueError(
                f"padding='same' needs stride 1, got stride {stride}: a larger stride cannot keep "
                "the size. Give the padding as a number"
            )
        return same_padding(kernel_size, dilation)
    raise ValueError(
        f"padding must be an int, one int for each axis, or one of {PADDING_MODES}, "
        f"got {describe(padding)}"
    )


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


def conv_parameters(
    in_channels: int, out_channels: int, kernel_size: Size, groups: int = 1, bias: bool = True
) -> int:
    """Return how many numbers a 2D convolution layer learns.

    Each of the K = `out_channels` filters holds F·F weights for each channel that it reads, that
    is D1 = `in_channels` of them, divided by `groups`; and one bias. An int `kernel_size` stands
    for a square kernel.

    >>> conv_parameters(3, 96, 11)  # AlexNet's first layer: 11 · 11 · 3 · 96 + 96
    34944
    """
    c = as_int(in_channels, "in_channels", 1)
    k = as_int(out_channels, "out_channels", 1)
    check_groups(c, k, groups)
    height, width = as_axes(kernel_size, 2, "kernel_size", 1)
    return height * width * (c // groups) * k + (k if bias else 0)


def check_groups(in_channels: int, out_channels: int, groups: int) -> None:
    """Refuse a number of groups that does not divide both numbers of channels."""
    as_int(groups, "groups", 1)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise ValueError(f"groups must divide {name}: got groups {groups}, {name} {channels}")
