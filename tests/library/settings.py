"""Random settings of convolution and pooling, and what is needed to compare results."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

import cnnlib
from cnnlib import conv_transpose_output_size, effective_kernel_size
from cnnlib.operations import convolution

CONV = {1: "conv1d", 2: "conv2d", 3: "conv3d"}
TRANSPOSED = {1: "conv_transpose1d", 2: "conv_transpose2d"}


@dataclass
class Setting:
    """One call of a convolution: the arrays, and the arguments after input, weight and bias."""

    axes: int
    input: np.ndarray
    weight: np.ndarray
    bias: np.ndarray | None
    keywords: dict


def backward_of(name: str):
    """The function of the gradients; that of conv3d has no public name, as no layer needs it."""
    if name != "conv3d":
        return getattr(cnnlib, name + "_backward")
    names = "stride", "padding", "dilation", "groups"
    return lambda *arrays, **given: convolution._conv_backward(
        3, *arrays, *(given[name] for name in names), True
    )


def random(draw, shape, dtype) -> np.ndarray:
    """Small numbers whose sums are well conditioned, in a memory layout that varies."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    layout = draw(st.sampled_from(["plain", "plain", "transposed", "reversed", "strided"]))
    if layout == "transposed":
        return rng.normal(size=shape[::-1]).astype(dtype).transpose()
    if layout == "reversed":
        return rng.normal(size=shape).astype(dtype)[..., ::-1]
    if layout == "strided":
        return rng.normal(size=(*shape[:-1], 2 * shape[-1])).astype(dtype)[..., ::2]
    return rng.normal(size=shape).astype(dtype)


def per_axis(draw, axes: int, low: int, high: int):
    """One number for all axes, or one for each."""
    number = st.integers(low, high)
    return draw(st.one_of(number, st.tuples(*[number] * axes)))


def spread(value, axes: int) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,) * axes


@st.composite
def conv_settings(draw, axes=None, dtypes=(np.float32, np.float64)) -> Setting:
    axes = axes or draw(st.integers(1, 3))
    dtype = draw(st.sampled_from(dtypes))
    small = 2 if axes == 3 else 3
    groups = draw(st.integers(1, 3))
    channels, filters = (groups * draw(st.integers(1, small)) for _ in range(2))
    kernel = draw(st.tuples(*[st.integers(1, 3 if axes == 3 else 5)] * axes))
    stride, padding = per_axis(draw, axes, 1, 3), per_axis(draw, axes, 0, 3)
    dilation = per_axis(draw, axes, 1, 3)
    reach = effective_kernel_size(kernel, spread(dilation, axes))
    size = [
        max(1, r - 2 * p) + draw(st.integers(0, 4 if axes == 3 else 9))
        for r, p in zip(reach, spread(padding, axes), strict=True)
    ]
    batch = draw(st.sampled_from([(), (0,), (1,), (2,), (3,)]))
    return Setting(
        axes,
        random(draw, (*batch, channels, *size), dtype),
        random(draw, (filters, channels // groups, *kernel), dtype),
        random(draw, (filters,), dtype) if draw(st.booleans()) else None,
        {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups},
    )


@st.composite
def transposed_settings(draw, dtypes=(np.float32, np.float64)) -> Setting:
    axes = draw(st.integers(1, 2))
    dtype = draw(st.sampled_from(dtypes))
    groups = draw(st.integers(1, 3))
    channels, filters = (groups * draw(st.integers(1, 3)) for _ in range(2))
    kernel = draw(st.tuples(*[st.integers(1, 5)] * axes))
    stride, dilation = per_axis(draw, axes, 1, 3), per_axis(draw, axes, 1, 3)
    size, padding, more = [], [], []
    for k, s, d in zip(kernel, spread(stride, axes), spread(dilation, axes), strict=True):
        size.append(draw(st.integers(1, 7)))
        full = conv_transpose_output_size(size[-1], k, s, dilation=d)
        padding.append(draw(st.integers(0, min(3, (full - 1) // 2))))
        more.append(draw(st.integers(0, max(s, d) - 1)))
    batch = draw(st.sampled_from([(), (0,), (1,), (2,), (3,)]))
    return Setting(
        axes,
        random(draw, (*batch, channels, *size), dtype),
        random(draw, (channels, filters // groups, *kernel), dtype),
        random(draw, (filters,), dtype) if draw(st.booleans()) else None,
        {
            "stride": stride,
            "padding": tuple(padding),
            "output_padding": tuple(more),
            "groups": groups,
            "dilation": dilation,
        },
    )


def assert_close(actual, expected, what="") -> None:
    """Same shape and dtype, and equal up to the rounding of sums of some hundred products."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, what
    assert actual.dtype == expected.dtype, what
    largest = max(1.0, np.abs(expected[np.isfinite(expected)]).max(initial=0))
    precision = 1e-4 if expected.dtype == np.float32 else 1e-11
    np.testing.assert_allclose(
        actual, expected, rtol=precision, atol=precision * largest, err_msg=what
    )


def assert_gradient(function, arrays, gradients, rng, step=1e-6) -> None:
    """Compare gradients with central differences of `function` (a float), in float64.

    Along a random direction for each array, which finds any wrong cell almost surely, and then
    cell by cell in some cells, which says where.
    """
    for number, (array, gradient) in enumerate(zip(arrays, gradients, strict=True)):
        assert array.dtype == np.float64, "differences in float32 are mostly rounding"
        assert gradient.shape == array.shape
        directions = [rng.normal(size=array.shape)]
        for cell in rng.choice(array.size, size=min(5, array.size), replace=False):
            unit = np.zeros(array.size)
            unit[cell] = 1
            directions.append(unit.reshape(array.shape))
        for direction in directions:
            moved = [list(arrays), list(arrays)]
            moved[0][number] = array + step * direction
            moved[1][number] = array - step * direction
            slope = (function(*moved[0]) - function(*moved[1])) / (2 * step)
            np.testing.assert_allclose(
                (gradient * direction).sum(), slope, rtol=1e-5, atol=1e-6, err_msg=f"array {number}"
            )
