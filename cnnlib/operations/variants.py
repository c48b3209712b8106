"""The variants of convolution: the same operation with a kernel that has a structure.

A dense kernel of C_out × C_in × k_H × k_W numbers looks at all channels and all cells of the
window at once. Every variant says that it need not: it looks at one channel, or one cell, or one
axis at a time. Each is a few lines on `conv2d`, and for each `as_dense_kernel` writes out the
dense kernel that does the same, which is always larger.

    pointwise            1 × 1 cell, all channels
    grouped              all cells, the channels of one group: `conv2d` with `groups`
    depthwise            all cells, one channel
    depthwise separable  depthwise, then pointwise
    spatially separable  one column of cells, then one row
    flattened            the channels of one cell, then a column, then a row, one channel each
    cross-channel        pointwise, then grouped in space

All functions take (N, C, H, W) or (C, H, W), return what `conv2d` returns, with the same rules for
dtypes and the same errors. What `cnnlib.variant_parameters` counts are these weights.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import as_array, as_int, describe
from cnnlib.operations._arguments import as_pairs
from cnnlib.operations._windows import Size, check_groups
from cnnlib.operations.convolution import conv2d


def pointwise_conv2d(
    input: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None
) -> np.ndarray:
    """Mix the channels of each pixel: a 1×1 convolution, a matrix product per pixel.

    Parameters
    ----------
    input : (N, C_in, H, W) or (C_in, H, W).
    weight : (C_out, C_in) the matrix.
    bias : (C_out,). Default none.

    Returns (N, C_out, H, W) or (C_out, H, W).

    Source: Lin, Chen & Yan, "Network in network", 2013, section 3.1.

    >>> rgb = np.array([[[10, 20]], [[1, 2]], [[5, 6]]])
    >>> pointwise_conv2d(rgb, [[1, 0, 1], [0, 1, 0]])
    array([[[15, 26]],
    <BLANKLINE>
           [[ 1,  2]]])
    """
    return conv2d(input, as_dense_kernel("pointwise", weight), bias)


def depthwise_conv2d(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
) -> np.ndarray:
    """Give each channel its own filters, which see no other channel.

    Parameters
    ----------
    input : (N, C, H, W) or (C, H, W).
    weight : (C · m, 1, k_H, k_W): m filters for each channel, mostly 1.
    bias, stride, padding, dilation : as in `conv2d`.

    Returns (N, C · m, H_out, W_out) or without N.

    Source: Howard et al., "MobileNets", 2017, section 3.1.

    >>> two = np.array([[[1, 2]], [[10, 20]]])
    >>> depthwise_conv2d(two, [[[[1, 1]]], [[[1, -1]]]]).ravel()
    array([  3, -10])
    """
    channels = as_array(input, "input", (4, 3), "(N, C, H, W) or (C, H, W)").shape[-3]
    return conv2d(input, weight, bias, stride, padding, dilation, groups=channels)


def depthwise_separable_conv2d(
    input: ArrayLike,
    depthwise: ArrayLike,
    pointwise: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
) -> np.ndarray:
    """Filter each channel in space, then mix the channels of each pixel.

    Costs 1/C_out + 1/(k_H k_W) of the dense convolution.

    Parameters
    ----------
    input : (N, C_in, H, W) or (C_in, H, W).
    depthwise : (C_in · m, 1, k_H, k_W), as in `depthwise_conv2d`.
    pointwise : (C_out, C_in · m), as in `pointwise_conv2d`.
    bias, stride, padding, dilation : as in `conv2d`; the bias is added at the end.

    Source: Howard et al., "MobileNets", 2017, section 3.1; Chollet, "Xception", 2017.

    >>> two = np.array([[[1, 2]], [[10, 20]]])
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
    """Slide a column over the image, then a row over the result.

    A kernel that is a column times a row (rank 1: Sobel, Gaussian, box) costs k_H + k_W
    multiplications instead of k_H · k_W. `separate` finds the two.

    Parameters
    ----------
    input : (N, C_in, H, W) or (C_in, H, W).
    column : (M, C_in, k_H) the first step's filters.
    row : (C_out, M, k_W) the second step's filters. M is C_out as a rule.
    bias, stride, padding, dilation : as in `conv2d`; the bias is added at the end.

    Source: Szegedy et al., "Rethinking the Inception architecture", 2016, section 3.2.

    >>> column, row, error = separate([[1, 0, -1], [2, 0, -2], [1, 0, -1]])  # Sobel
    >>> image = np.arange(9.0).reshape(1, 3, 3)
    >>> spatially_separable_conv2d(image, column[None, None], row[None, None]).round(6)
    array([[[-8.]]])
    """
    down = as_array(column, "column", (3,), "(M, C_in, k_H)")[:, :, :, None]
    across = as_array(row, "row", (3,), "(C_out, M, k_W)")[:, :, None, :]
    (s_h, s_w), (p_h, p_w), (d_h, d_w) = as_pairs(stride, padding, dilation)
    maps = conv2d(input, down, None, (s_h, 1), (p_h, 0), (d_h, 1))
    return conv2d(maps, across, bias, (1, s_w), (0, p_w), (1, d_w))


class Separated(NamedTuple):
    """The outer product nearest to a kernel. Unpacks as ``column, row, error``."""

    column: np.ndarray
    row: np.ndarray
    error: float


def separate(kernel: ArrayLike) -> Separated:
    """Split a kernel into a column and a row whose product is as near to it as can be.

    The singular value decomposition writes a matrix as a sum of columns times rows, the weightiest
    first; we keep that one. It is the best rank-1 approximation in the sum of squares.

    Parameters
    ----------
    kernel : (k_H, k_W) of integers or floats.

    Returns
    -------
    column (k_H,), row (k_W,), both of equal length and with the signs such that the column's
    largest entry is positive; and error, the share of the kernel that is lost:
    ‖kernel − column · row‖ / ‖kernel‖, which is 0 (up to rounding) just for kernels of rank 1.
    Float64 for integers, else the kernel's dtype.

    Source: Eckart & Young, "The approximation of one matrix by another of lower rank", 1936.

    >>> column, row, error = separate([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    >>> np.outer(column, row).round(6)
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    >>> round(separate([[0, 1, 0], [1, -4, 1], [0, 1, 0]]).error, 2)  # Laplace has rank 2
    0.1
    """
    k = as_array(kernel, "kernel", (2,), "(k_H, k_W)")
    if k.size == 0:
        raise ValueError(f"kernel must have no empty axis, got shape {k.shape}")
    if not np.isfinite(k).all():
        raise ValueError("kernel must hold finite numbers to be separated, got NaN or infinity")
    dtype = k.dtype if k.dtype.kind == "f" else np.dtype(np.float64)
    work = k.astype(np.float32 if dtype.itemsize <= 4 else np.float64)  # what LAPACK knows
    left, weights, right = np.linalg.svd(work, full_matrices=False)
    share = np.sqrt(weights[0])
    column, row = share * left[:, 0], share * right[0]
    if column[np.abs(column).argmax()] < 0:
        column, row = -column, -row
    total = float(np.sqrt((weights**2).sum()))
    lost = float(np.sqrt((weights[1:] ** 2).sum()))
    return Separated(column.astype(dtype), row.astype(dtype), lost / total if total else 0.0)


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
    """Filter along the channels, then along the columns, then along the rows: three 1D filters.

    Parameters
    ----------
    input : (N, C_in, H, W) or (C_in, H, W).
    across : (C_out, C_in) one filter along the channels for each output channel.
    column : (C_out, k_H) one filter along H for each.
    row : (C_out, k_W) one filter along W for each.
    bias, stride, padding, dilation : as in `conv2d`; the bias is added at the end.

    Source: Jin, Dundar & Culurciello, "Flattened convolutional neural networks for feedforward
    acceleration", 2014, section 3.

    >>> rgb = np.ones((3, 4, 4), dtype=int)
    >>> flattened_conv2d(rgb, [[1, 1, 1]], [[1, 1]], [[1, 2]])[0, 0]  # 3 · 2 · 3
    array([18, 18, 18])
    """
    down = as_array(column, "column", (2,), "(C_out, k_H)")[:, None, :, None]
    along = as_array(row, "row", (2,), "(C_out, k_W)")[:, None, None, :]
    (s_h, s_w), (p_h, p_w), (d_h, d_w) = as_pairs(stride, padding, dilation)
    maps = pointwise_conv2d(input, across)
    maps = depthwise_conv2d(maps, down, None, (s_h, 1), (p_h, 0), (d_h, 1))
    return depthwise_conv2d(maps, along, bias, (1, s_w), (0, p_w), (1, d_w))


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
    """Look at correlations across the channels first, and at those in space afterwards.

    The idea behind Inception: a 1×1 convolution maps the channels to M new ones, and these are
    convolved in space in `groups` segments that do not see each other. With groups = M it is the
    extreme form, a depthwise separable convolution in the other order.

    Parameters
    ----------
    input : (N, C_in, H, W) or (C_in, H, W).
    pointwise : (M, C_in).
    spatial : (C_out, M / groups, k_H, k_W).
    bias, stride, padding, dilation : as in `conv2d`; the bias is added at the end.
    groups : segments of the M channels. Default 1.

    Source: Chollet, "Xception: deep learning with depthwise separable convolutions", 2017,
    section 1.1; Szegedy et al., "Going deeper with convolutions", 2015.

    >>> rgb = np.ones((3, 4, 4), dtype=int)
    >>> cross_channel_conv2d(rgb, [[1, 1, 1]], np.ones((2, 1, 3, 3), dtype=int)).max()
    np.int64(27)
    """
    return conv2d(
        pointwise_conv2d(input, pointwise), spatial, bias, stride, padding, dilation, groups
    )


def as_dense_kernel(variant: str, *weights: ArrayLike, groups: int | None = None) -> np.ndarray:
    """Write out the weight (C_out, C_in, k_H, k_W) with which `conv2d` does the same.

    Parameters
    ----------
    variant : the name of a variant, as in `variant_parameters`.
    weights : the weights of that variant's function, in its order.
    groups : of the grouped and the cross-channel variant, by default 1. Of a depthwise weight the
        number of channels, by default as many as filters: one for each channel.

    Returns an array of the dtype that NumPy's promotion gives.

    >>> as_dense_kernel("spatially separable", [[[1, 2, 1]]], [[[1, 0, -1]]])[0, 0]
    array([[ 1,  0, -1],
           [ 2,  0, -2],
           [ 1,  0, -1]])
    >>> as_dense_kernel("depthwise", np.ones((2, 1, 1, 1), dtype=int))[:, :, 0, 0]
    array([[1, 0],
           [0, 1]])
    """
    known = {  # the names of the weights, and their axes
        "standard": {"weight": "ocuv"},
        "pointwise": {"weight": "oc"},
        "grouped": {"weight": "ocuv"},
        "depthwise": {"weight": "ocuv"},
        "depthwise separable": {"depthwise": "mcuv", "pointwise": "om"},
        "spatially separable": {"column": "mcu", "row": "omv"},
        "flattened": {"across": "oc", "column": "ou", "row": "ov"},
        "cross-channel": {"pointwise": "mc", "spatial": "omuv"},
    }
    if not isinstance(variant, str) or variant not in known:
        raise ValueError(f"variant must be one of {', '.join(known)}, got {describe(variant)}")
    parts = known[variant]
    if len(weights) != len(parts):
        raise ValueError(f"{variant} needs the weights {', '.join(parts)}, got {len(weights)}")
    arrays = [
        as_array(value, name, (len(axes),), f"({', '.join(axes)})")
        for value, (name, axes) in zip(weights, parts.items(), strict=True)
    ]
    if variant == "pointwise":
        return arrays[0][:, :, None, None]
    if variant == "depthwise":
        return _without_groups(arrays[0], len(arrays[0]) if groups is None else groups)
    if variant == "depthwise separable":
        arrays[0] = _without_groups(arrays[0], len(arrays[0]) if groups is None else groups)
    if variant in ("grouped", "cross-channel"):
        arrays[-1] = _without_groups(arrays[-1], 1 if groups is None else groups)
    try:
        return np.einsum(",".join(parts.values()) + "->ocuv", *arrays)
    except ValueError:
        told = ", ".join(f"{n} {a.shape}" for n, a in zip(parts, arrays, strict=True))
        raise ValueError(f"the weights of {variant} do not fit each other: {told}") from None


def _without_groups(weight: np.ndarray, groups: int) -> np.ndarray:
    """Return the weight (K, C, k_H, k_W) of a grouped one: zeros where a filter does not look."""
    groups = as_int(groups, "groups", 1)
    filters, depth = weight.shape[:2]
    check_groups(depth * groups, filters, groups)
    dense = np.zeros((filters, depth * groups, *weight.shape[2:]), weight.dtype)
    for f in range(filters):
        first = (f // (filters // groups)) * depth
        dense[f, first : first + depth] = weight[f]
    return dense
