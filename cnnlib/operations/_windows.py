"""The windows behind every size: one `WindowAxis` an axis, made from checked arguments.

`geometry` reads sizes off them; `sliding` and `pooling` walk along them, tap by tap: a tap is one
cell of the window.
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from cnnlib._checks import as_axes, as_int, check_flag, common_axes, describe

#: One number, or one for each axis.
Size = int | tuple[int, ...]
#: What `padding` may be: cells on each side, or the name of a rule.
Padding = int | tuple[int, ...] | str

PADDING_MODES = ("valid", "same", "full")


class WindowAxis(NamedTuple):
    """One axis of a sliding window: the numbers that decide its size."""

    input: int
    kernel: int
    stride: int
    before: int
    after: int
    dilation: int
    limit: int | None = None  # positions, where not all that fit are used

    @property
    def padded(self) -> int:
        """Cells of the input with its padding: i + 2p."""
        return self.before + self.input + self.after

    @property
    def effective_kernel_size(self) -> int:
        """Cells from the first to the last that the kernel touches: k̂."""
        return self.kernel + (self.kernel - 1) * (self.dilation - 1)

    @property
    def output(self) -> int:
        """Positions of the kernel: ⌊(i + 2p − k̂) / s⌋ + 1."""
        if self.limit is not None:
            return self.limit
        return (self.padded - self.effective_kernel_size) // self.stride + 1

    @property
    def dropped(self) -> int:
        """Cells at the far end that the last window does not reach: (i + 2p − k̂) mod s."""
        return (self.padded - self.effective_kernel_size) % self.stride

    @property
    def ceil_output(self) -> int:
        """Positions of a pooling window that may hang over the far end.

        The division is rounded up, but a window that would start beyond the input and the padding
        before it is left out: PyTorch's rule.
        """
        output = -(-(self.padded - self.effective_kernel_size) // self.stride) + 1
        return output - 1 if (output - 1) * self.stride >= self.input + self.before else output

    def part(self, positions: slice) -> tuple[slice, "WindowAxis"]:
        """Return the cells that some positions read, and the window over these cells alone."""
        if positions == slice(0, self.output):
            return slice(0, self.input), self
        first = positions.start * self.stride - self.before
        size = (positions.stop - positions.start - 1) * self.stride + self.effective_kernel_size
        before = min(max(0, -first), size)
        start = min(max(0, first), self.input)
        stop = max(start, min(first + size, self.input))
        after = size - before - (stop - start)
        part = self._replace(input=stop - start, before=before, after=after, limit=None)
        return slice(start, stop), part

    def taps(self) -> Iterator[tuple[int, slice, slice]]:
        """Yield each cell of the window with the positions where it reads no padding.

        Three things: the number of the cell; the positions; the cells of the input it reads there.
        """
        for tap in range(self.kernel):
            offset = tap * self.dilation - self.before
            first = max(0, -(offset // self.stride))  # the first output with i s + offset ≥ 0
            stop = min(self.output, (self.input - 1 - offset) // self.stride + 1)
            if first < stop:
                start = first * self.stride + offset
                last = (stop - 1) * self.stride + offset
                yield tap, slice(first, stop), slice(start, last + 1, self.stride)


def taps(axes: tuple[WindowAxis, ...]) -> Iterator[tuple[tuple, tuple, tuple]]:
    """Yield each cell of a window of several axes in reading order, as `WindowAxis.taps` does."""
    for tap in product(*(axis.taps() for axis in axes)):
        yield tuple(zip(*tap, strict=True))


def window_axes(
    input_size: Size,
    kernel_size: Size,
    stride: Size,
    padding: Padding,
    dilation: Size,
    *,
    ceil_mode: bool = False,
) -> tuple[tuple[WindowAxis, ...], bool]:
    """Check the arguments and return one `WindowAxis` for each axis.

    With `ceil_mode`, windows may hang over the far end, as in pooling.
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
    if ceil_mode:
        axes = tuple(axis._replace(limit=axis.ceil_output) for axis in axes)
    for number, axis in enumerate(axes):
        if axis.output < 1:
            where = "" if count is None else f" along axis {number}"
            raise ValueError(
                f"kernel reaches {axis.effective_kernel_size} cells{where}, "
                f"padded input has {axis.padded} (input {axis.input}, "
                f"padding {axis.before} + {axis.after}, kernel {axis.kernel}, "
                f"dilation {axis.dilation})"
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
        # k̂ − 1 zeros in all; of an odd number the extra one goes after the input
        zeros = [(k - 1) * d for k, d in zip(kernel_size, dilation, strict=True)]
        return tuple((z // 2, z - z // 2) for z in zeros)
    raise ValueError(
        f"padding must be an int, one int for each axis, or one of {PADDING_MODES}, "
        f"got {describe(padding)}"
    )


def transposed_axes(
    input_size: Size,
    kernel_size: Size,
    stride: Size,
    padding: Size,
    output_padding: Size,
    dilation: Size,
) -> tuple[tuple[WindowAxis, ...], bool]:
    """Check the arguments and return, for each axis, the window of the convolution transposed.

    Its `input` is the output of the transposed convolution, its `output` is the input. The second
    value tells whether any argument was given per axis.
    """
    count = common_axes(
        input_size=input_size,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        output_padding=output_padding,
        dilation=dilation,
    )
    n = count or 1
    i = as_axes(input_size, n, "input_size", 1)
    k = as_axes(kernel_size, n, "kernel_size", 1)
    s = as_axes(stride, n, "stride", 1)
    p = as_axes(padding, n, "padding", 0)
    more = as_axes(output_padding, n, "output_padding", 0)
    d = as_axes(dilation, n, "dilation", 1)
    axes = []
    for a in range(n):
        if more[a] >= max(s[a], d[a]):
            raise ValueError(
                f"output_padding must be smaller than stride or dilation, got output_padding "
                f"{more[a]}, stride {s[a]}, dilation {d[a]}: the next larger input size gives "
                "that output"
            )
        output = (i[a] - 1) * s[a] - 2 * p[a] + d[a] * (k[a] - 1) + more[a] + 1
        if output < 1:
            raise ValueError(
                f"padding must leave at least one cell of the output, got {output} (input {i[a]}, "
                f"padding {p[a]}, kernel {k[a]}, stride {s[a]}, dilation {d[a]})"
            )
        # with output_padding ≥ stride (dilation allows it) more windows fit than there are inputs
        axes.append(WindowAxis(output, k[a], s[a], p[a], p[a], d[a], limit=i[a]))
    return tuple(axes), count is not None


def pool_axes(
    input_size: Size,
    kernel_size: Size,
    stride: Size | None,
    padding: Padding,
    dilation: Size,
    ceil_mode: bool = False,
) -> tuple[tuple[WindowAxis, ...], bool]:
    """Check the arguments of a pooling window and return one `WindowAxis` for each axis."""
    check_flag(ceil_mode, "ceil_mode")
    stride = kernel_size if stride is None else stride
    if isinstance(padding, str):
        raise TypeError(f"padding must be an int or one int for each axis, got {padding!r}")
    axes, per_axis = window_axes(
        input_size, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode
    )
    for axis in axes:
        if axis.before > axis.kernel // 2:
            raise ValueError(
                f"padding must be at most half of the kernel size, got padding {axis.before}, "
                f"kernel_size {axis.kernel}: a window in the corner would hold no cell"
            )
    return axes, per_axis


def check_groups(in_channels: int, out_channels: int, groups: int) -> None:
    """Refuse a number of groups that does not divide both numbers of channels."""
    as_int(groups, "groups", 1)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise ValueError(f"groups must divide {name}: got groups {groups}, {name} {channels}")
