"""What an operation costs: the numbers it learns and the multiplications it makes.

The variants of convolution differ in cost and in nothing else, and each is a chain of ordinary
convolutions. So there are two formulas here, and a table that says which chain a variant is.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from cnnlib._checks import as_axes, as_int, check_flag, describe, is_per_axis
from cnnlib.operations._windows import Size, check_groups


def conv_parameters(
    in_channels: int, out_channels: int, kernel_size: Size, groups: int = 1, bias: bool = True
) -> int:
    """Return how many numbers a convolution layer learns.

    Each of the K = `out_channels` filters holds F·F weights for each channel that it reads, that
    is D1 = `in_channels` of them, divided by `groups`; and one bias. An int `kernel_size` stands
    for a square kernel; a tuple gives one number for each axis, for 1D and 3D as well.

    >>> conv_parameters(3, 96, 11)  # AlexNet's first layer: 11 · 11 · 3 · 96 + 96
    34944
    """
    c = as_int(in_channels, "in_channels", 1)
    k = as_int(out_channels, "out_channels", 1)
    check_groups(c, k, groups)
    axes = len(kernel_size) if is_per_axis(kernel_size) else 2  # type: ignore[arg-type]
    cells = math.prod(as_axes(kernel_size, axes, "kernel_size", 1))
    check_flag(bias, "bias")
    return cells * (c // groups) * k + (k if bias else 0)


def conv_multiply_adds(
    in_channels: int, out_channels: int, kernel_size: Size, output_size: Size, groups: int = 1
) -> int:
    """Return how many multiply-adds a convolution takes for one sample.

    Every weight is used once at every position of the output; the biases are not counted. Ints
    stand for square kernels and outputs. A transposed convolution uses every weight once for
    every cell of its *input*: give that as `output_size`.

    >>> conv_multiply_adds(3, 96, 11, 55)  # AlexNet's first layer
    105415200
    """
    axes = len(output_size) if is_per_axis(output_size) else 2  # type: ignore[arg-type]
    positions = math.prod(as_axes(output_size, axes, "output_size", 1))
    kernel = as_axes(kernel_size, axes, "kernel_size", 1)
    return conv_parameters(in_channels, out_channels, kernel, groups, bias=False) * positions


class Step(NamedTuple):
    """One convolution of a variant's chain."""

    in_channels: int
    out_channels: int
    kernel_size: tuple[int, int]
    groups: int = 1


def _standard(c: int, k: int, f: tuple[int, int], groups: int) -> list[Step]:
    return [Step(c, k, f)]


def _pointwise(c: int, k: int, f: tuple[int, int], groups: int) -> list[Step]:
    return [Step(c, k, (1, 1))]


def _grouped(c: int, k: int, f: tuple[int, int], groups: int) -> list[Step]:
    return [Step(c, k, f, groups)]


def _depthwise(c: int, k: int, f: tuple[int, int], groups: int) -> list[Step]:
    return [Step(c, k, f, c)]


def _depthwise_separable(c: int, k: int, f: tuple[int, int], groups: int) -> list[Step]:
    return [Step(c, c, f, c), Step(c, k, (1, 1))]


def _spatially_separable(c: int, k: int, f: tuple[int, int], groups: int) -> list[Step]:
    return [Step(c, k, (f[0], 1)), Step(k, k, (1, f[1]))]


def _flattened(c: int, k: int, f: tuple[int, int], groups: int) -> list[Step]:
    return [Step(c, k, (1, 1)), Step(k, k, (f[0], 1), k), Step(k, k, (1, f[1]), k)]


def _cross_channel(c: int, k: int, f: tuple[int, int], groups: int) -> list[Step]:
    return [Step(c, k, (1, 1)), Step(k, k, f, groups)]


#: The chain of convolutions behind each variant, in the names of `cnnlib.operations.variants`.
VARIANTS: dict[str, Callable[[int, int, tuple[int, int], int], list[Step]]] = {
    "standard": _standard,
    "pointwise": _pointwise,
    "grouped": _grouped,
    "depthwise": _depthwise,
    "depthwise separable": _depthwise_separable,
    "spatially separable": _spatially_separable,
    "flattened": _flattened,
    "cross-channel": _cross_channel,
}


def variant_parameters(
    variant: str,
    in_channels: int,
    out_channels: int,
    kernel_size: Size,
    groups: int = 1,
    bias: bool = True,
) -> int:
    """Return how many numbers a variant of a 2D convolution learns.

    Parameters
    ----------
    variant : ``"standard"``, ``"pointwise"``, ``"grouped"``, ``"depthwise"``,
        ``"depthwise separable"``, ``"spatially separable"``, ``"flattened"`` or
        ``"cross-channel"`` (1×1 across the channels, then a grouped convolution in space).
    in_channels, out_channels, kernel_size : as in `conv_parameters`.
    groups : of the grouped and of the cross-channel variant. Default 1.
    bias : whether each output channel has one. It is added at the end of the chain. Default True.

    Source: Howard et al., "MobileNets", 2017, section 3.1, for the depthwise separable variant;
    Jin, Dundar & Culurciello, "Flattened convolutional neural networks", 2014, section 3.

    >>> variant_parameters("standard", 32, 64, 3, bias=False)
    18432
    >>> variant_parameters("depthwise separable", 32, 64, 3, bias=False)
    2336
    """
    steps = _steps(variant, in_channels, out_channels, kernel_size, groups)
    weights = sum(conv_parameters(*step, bias=False) for step in steps)
    check_flag(bias, "bias")
    return weights + (out_channels if bias else 0)


def variant_multiply_adds(
    variant: str,
    in_channels: int,
    out_channels: int,
    kernel_size: Size,
    output_size: Size,
    groups: int = 1,
) -> int:
    """Return how many multiply-adds a variant takes for one sample.

    Every step of the chain is counted at `output_size`, which is exact at stride 1 with padding
    that keeps the size. The other arguments are those of `variant_parameters`.

    >>> standard = variant_multiply_adds("standard", 32, 64, 3, 56)
    >>> variant_multiply_adds("depthwise separable", 32, 64, 3, 56) / standard == 1 / 64 + 1 / 9
    True
    """
    steps = _steps(variant, in_channels, out_channels, kernel_size, groups)
    size = as_axes(output_size, 2, "output_size", 1)
    return sum(conv_multiply_adds(*step[:3], size, step.groups) for step in steps)


def _steps(variant: str, c: int, k: int, kernel_size: Size, groups: int) -> list[Step]:
    """Return the chain of convolutions that `variant` stands for."""
    if not isinstance(variant, str) or variant not in VARIANTS:
        raise ValueError(f"variant must be one of {', '.join(VARIANTS)}, got {describe(variant)}")
    c, k = as_int(c, "in_channels", 1), as_int(k, "out_channels", 1)
    height, width = as_axes(kernel_size, 2, "kernel_size", 1)
    return VARIANTS[variant](c, k, (height, width), groups)


def linear_parameters(in_features: int, out_features: int, bias: bool = True) -> int:
    """Return how many numbers a fully connected layer learns: one for each pair, and the biases.

    >>> linear_parameters(1000 * 1000 * 3, 20, bias=False)  # a 1 MP colour photo, 20 neurons
    60000000
    """
    check_flag(bias, "bias")
    n, m = as_int(in_features, "in_features", 1), as_int(out_features, "out_features", 1)
    return n * m + (m if bias else 0)
