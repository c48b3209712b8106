"""The arguments of every operation, checked and written out in full: what the loops start from.

An image without its batch axis gets one, an int that stands for all axes becomes a tuple, and
whatever does not fit is refused with the argument, what came and what is needed.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import (
    as_array,
    as_axes,
    as_int,
    check_result_size,
    describe,
    result_dtype,
)
from cnnlib.operations._windows import (
    PADDING_MODES,
    Padding,
    Size,
    WindowAxis,
    check_groups,
    pool_axes,
    transposed_axes,
    window_axes,
)


class ConvArguments(NamedTuple):
    """The checked arguments of a convolution, every one in its full form, arrays of one dtype."""

    input: np.ndarray  # always with its batch axis
    weight: np.ndarray
    bias: np.ndarray | None
    axes: tuple[WindowAxis, ...]
    groups: int
    batched: bool  # whether the caller gave a batch axis
    dtype: np.dtype

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the output, with its batch axis."""
        return len(self.input), len(self.weight), *(axis.output for axis in self.axes)


def conv_arguments(
    axes: int,
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None,
    stride: Size,
    padding: Padding,
    dilation: Size,
    groups: int,
    grad_output: np.ndarray | None = None,
) -> ConvArguments:
    """Check the arguments of a convolution over `axes` spatial axes and write them out in full.

    `grad_output` has a say in the dtype, and is not looked at for more.
    """
    x, batched = as_batch(input, "input", axes)
    w = as_filters(weight, axes, "(C_out, C_in / groups, {kernel})")
    groups = as_int(groups, "groups", 1)
    channels, filters = x.shape[1], w.shape[0]
    check_groups(channels, filters, groups)
    if w.shape[1] * groups != channels:
        raise ValueError(
            f"weight must have C_in / groups = {channels} / {groups} = {channels // groups} "
            f"channels, got {w.shape[1]}: input {x.shape}, weight {w.shape}"
        )
    b = as_bias(bias, filters)
    if isinstance(padding, (tuple, list)):
        padding = as_axes(padding, axes, "padding", 0)
    s = as_axes(stride, axes, "stride", 1)
    d = as_axes(dilation, axes, "dilation", 1)
    windows, _ = window_axes(x.shape[2:], w.shape[2:], s, padding, d)
    dtype = result_dtype(x, w, b, grad_output)
    x, w = (np.ascontiguousarray(array, dtype) for array in (x, w))  # as BLAS likes it
    b = None if b is None else b.astype(dtype, copy=False)
    arguments = ConvArguments(x, w, b, windows, groups, batched, dtype)
    check_result_size(arguments.output_shape, "the output")
    return arguments


class TransposedArguments(NamedTuple):
    """The checked arguments of a transposed convolution, in full form, arrays of one dtype.

    `axes` describe the convolution that is transposed: its input is our output.
    """

    input: np.ndarray
    weight: np.ndarray
    bias: np.ndarray | None
    axes: tuple[WindowAxis, ...]
    groups: int
    batched: bool
    dtype: np.dtype

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the output, with its batch axis."""
        filters = self.weight.shape[1] * self.groups
        return len(self.input), filters, *(axis.input for axis in self.axes)


def transposed_arguments(
    axes: int,
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None,
    stride: Size,
    padding: Size,
    output_padding: Size,
    groups: int,
    dilation: Size,
    grad_output: np.ndarray | None = None,
) -> TransposedArguments:
    """Check the arguments of a transposed convolution, as `conv_arguments` does."""
    x, batched = as_batch(input, "input", axes)
    w = as_filters(weight, axes, "(C_in, C_out / groups, {kernel})")
    groups = as_int(groups, "groups", 1)
    if w.shape[0] != x.shape[1]:
        raise ValueError(
            f"weight must have C_in = {x.shape[1]} as its first axis, got {w.shape[0]}: "
            f"input {x.shape}, weight {w.shape}"
        )
    check_groups(x.shape[1], w.shape[1] * groups, groups)
    b = as_bias(bias, w.shape[1] * groups)
    windows, _ = transposed_axes(
        x.shape[2:],
        w.shape[2:],
        as_axes(stride, axes, "stride", 1),
        as_axes(padding, axes, "padding", 0),
        as_axes(output_padding, axes, "output_padding", 0),
        as_axes(dilation, axes, "dilation", 1),
    )
    dtype = result_dtype(x, w, b, grad_output)
    x, w = (np.ascontiguousarray(array, dtype) for array in (x, w))  # as BLAS likes it
    b = None if b is None else b.astype(dtype, copy=False)
    arguments = TransposedArguments(x, w, b, windows, groups, batched, dtype)
    check_result_size(arguments.output_shape, "the output")
    return arguments


def pool_arguments(
    axes: int,
    input: ArrayLike,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    dilation: Size,
    ceil_mode: bool,
) -> tuple[np.ndarray, tuple[WindowAxis, ...], bool]:
    """Check the arguments of pooling; return input, windows and whether there was a batch axis."""
    x, batched = as_batch(input, "input", axes)
    kernel = as_axes(kernel_size, axes, "kernel_size", 1)
    windows, _ = pool_axes(
        x.shape[2:],
        kernel,
        None if stride is None else as_axes(stride, axes, "stride", 1),
        as_axes(padding, axes, "padding", 0),
        as_axes(dilation, axes, "dilation", 1),
        ceil_mode,
    )
    check_result_size((*x.shape[:2], *(axis.output for axis in windows)), "the output")
    return np.ascontiguousarray(x, result_dtype(x)), windows, batched


def as_batch(value: ArrayLike, name: str, axes: int) -> tuple[np.ndarray, bool]:
    """Return `value` as (N, C, spatial…), and whether it came with its batch axis."""
    spatial = ", ".join("DHW"[3 - axes :]) if axes > 1 else "L"
    array = as_array(value, name, (axes + 2, axes + 1), f"(N, C, {spatial}) or (C, {spatial})")
    batched = array.ndim == axes + 2
    if 0 in array.shape[1 if batched else 0 :]:
        raise ValueError(f"{name} must have no empty axis but N, got shape {array.shape}")
    return array if batched else array[None], batched


def as_filters(weight: ArrayLike, axes: int, layout: str) -> np.ndarray:
    """Return `weight` as an array of `axes` + 2 axes, none of them empty."""
    kernel = ", ".join(f"k_{letter}" for letter in "DHW"[3 - axes :]) if axes > 1 else "k"
    array = as_array(weight, "weight", (axes + 2,), layout.format(kernel=kernel))
    if array.size == 0:
        raise ValueError(f"weight must have no empty axis, got shape {array.shape}")
    return array


def as_bias(bias: ArrayLike | None, filters: int) -> np.ndarray | None:
    """Return `bias` as an array with one number for each filter, or None."""
    if bias is None:
        return None
    array = as_array(bias, "bias", (1,), "(C_out,)")
    if array.shape != (filters,):
        raise ValueError(
            f"bias must have one number for each of the {filters} filters, got {array.shape}"
        )
    return array


def as_image(value: ArrayLike, name: str) -> np.ndarray:
    """Return `value` as an array of two axes, neither of them empty."""
    array = as_array(value, name, (2,), "(rows, columns)")
    if array.size == 0:
        raise ValueError(f"{name} must have no empty axis, got shape {array.shape}")
    return array


def as_mode(mode: str) -> str:
    """Return `mode`, if it is one of SciPy's three."""
    if mode not in PADDING_MODES:
        raise ValueError(f"mode must be 'full', 'same' or 'valid', got {describe(mode)}")
    return mode


def as_pairs(stride: Size, padding: Padding, dilation: Size) -> list[tuple[int, ...]]:
    """Return stride, padding and dilation of a 2D window as pairs (vertical, horizontal)."""
    if isinstance(padding, str):
        raise TypeError(f"padding must be an int or one int for each axis here, got {padding!r}")
    return [
        as_axes(stride, 2, "stride", 1),
        as_axes(padding, 2, "padding", 0),
        as_axes(dilation, 2, "dilation", 1),
    ]


def wide(array: np.ndarray) -> np.ndarray:
    """Return what sums are computed in: float32 for float16, which stops at 65,504; else as is."""
    return array.astype(np.float32) if array.dtype == np.float16 else array


def add_bias(output: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    """Add one number to each map of `output` (N, C, spatial…), in place."""
    if bias is not None:
        output += bias.reshape(-1, *(1,) * (output.ndim - 2))
    return output
