"""Convolution: a window slides over the input, and every stop is one dot product.

One algorithm for all of it. A view shows every window of the input without copying it; the
windows are copied block by block into a small buffer; one matrix product turns a block of windows
into a block of outputs.
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from cnnlib._checks import as_array, as_axes, as_int, check_result_size, result_dtype
from cnnlib.geometry import Padding, Size, check_groups, resolve_padding, window_axes

#: Bytes of windows that are gathered before they are multiplied: about what a core's cache holds.
BLOCK_BYTES = 2**20


def conv2d(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> np.ndarray:
    """Slide filters over images and return one feature map for each filter.

    This is what every CNN library calls convolution: the filter is not flipped (`convolve2d`
    flips it). Names, order, layout and defaults are those of `torch.nn.functional.conv2d`.

    Parameters
    ----------
    input : (N, C_in, H, W) images, or (C_in, H, W) for one. Integers or floats. N may be 0.
    weight : (C_out, C_in / groups, k_H, k_W) filters.
    bias : (C_out,) one number added to each map. Default none.
    stride : step of the window, an int or (s_H, s_W). Default 1.
    padding : zeros on each side, an int or (p_H, p_W); or ``"valid"`` (none), ``"same"`` (keeps
        the size, stride 1 only), ``"full"`` (every overlap counts). Default 0.
    dilation : distance between the cells that the kernel reads, an int or (d_H, d_W). Default 1.
    groups : the channels are cut into so many groups that do not see each other. Default 1.

    Returns
    -------
    (N, C_out, H_out, W_out) or (C_out, H_out, W_out), with sizes from `conv_output_size`. The
    dtype is NumPy's promotion of the arguments, and int64 if all are integers: float32 stays
    float32, integers stay exact.

    Raises
    ------
    ValueError, TypeError : with the argument, what came and what is needed.

    Source: Goodfellow, Bengio & Courville, "Deep Learning", equation 9.6, with the stride of
    9.8; Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", chapter 2.

    >>> image = np.arange(16).reshape(1, 1, 4, 4)
    >>> conv2d(image, np.ones((1, 1, 3, 3), dtype=int))
    array([[[[45, 54],
             [81, 90]]]])
    >>> conv2d(image, np.ones((1, 1, 3, 3), dtype=int), stride=2, padding=1).shape
    (1, 1, 2, 2)
    """
    return _conv(2, input, weight, bias, stride, padding, dilation, groups)


def convolve2d(image: ArrayLike, kernel: ArrayLike, mode: str = "full") -> np.ndarray:
    """Convolve one grayscale image with one kernel, as mathematics defines it: flipped.

    (I * K)[i, j] = Σ_a Σ_b I[i − a, j − b] K[a, b]. The minus signs turn the kernel by 180°,
    which `conv2d` leaves out. With a symmetric kernel both give the same.

    Parameters
    ----------
    image : (H, W)
    kernel : (k_H, k_W)
    mode : ``"full"`` (H + k_H − 1 rows, every overlap), ``"same"`` (H rows, the middle of
        ``"full"``), ``"valid"`` (H − k_H + 1 rows, no padding). Default ``"full"``, as in
        `scipy.signal.convolve2d`. For an even kernel "same" starts at row (k_H − 1) // 2 of
        "full", as in SciPy.

    Source: Goodfellow, Bengio & Courville, "Deep Learning", equation 9.5.

    >>> convolve2d([[0, 0, 0], [0, 1, 0], [0, 0, 0]], [[1, 2], [3, 4]], mode="same")
    array([[0, 0, 0],
           [0, 1, 2],
           [0, 3, 4]])
    """
    x = as_array(image, "image", (2,), "(H, W)")
    k = as_array(kernel, "kernel", (2,), "(k_H, k_W)")
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"mode must be 'full', 'same' or 'valid', got {mode!r}")
    flipped = k[::-1, ::-1]
    padding = "valid" if mode == "valid" else "full"
    full = _conv(2, x[None, None], flipped[None, None], None, 1, padding, 1, 1)[0, 0]
    if mode == "same":
        top, left = ((size - 1) // 2 for size in k.shape)
        return full[top : top + x.shape[0], left : left + x.shape[1]]
    return full


class ConvArguments(NamedTuple):
    """The checked arguments of a convolution, every one in its full form."""

    input: np.ndarray
    weight: np.ndarray
    bias: np.ndarray | None
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]
    groups: int
    output_shape: tuple[int, ...]
    batched: bool


def conv_arguments(
    axes: int,
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None,
    stride: Size,
    padding: Padding,
    dilation: Size,
    groups: int,
) -> ConvArguments:
    """Check the arguments of a convolution over `axes` spatial axes and write them out in full."""
    letters = ("D", "H", "W")[3 - axes :]
    spatial = ", ".join(letters)
    kernel = ", ".join(f"k_{letter}" for letter in letters)
    x = as_array(input, "input", (axes + 2, axes + 1), f"(N, C_in, {spatial}) or one sample")
    w = as_array(weight, "weight", (axes + 2,), f"(C_out, C_in / groups, {kernel})")
    groups = as_int(groups, "groups", 1)
    batched = x.ndim == axes + 2
    if not batched:
        x = x[None]
    channels, filters = x.shape[1], w.shape[0]
    for name, array in (("input", x), ("weight", w)):
        if 0 in array.shape[1:] or (name == "weight" and 0 in array.shape):
            raise ValueError(f"{name} must have no empty axis but N, got shape {array.shape}")
    check_groups(channels, filters, groups)
    if w.shape[1] * groups != channels:
        raise ValueError(
            f"weight must have C_in / groups = {channels} / {groups} = {channels // groups} "
            f"channels, got {w.shape[1]}: input {x.shape}, weight {w.shape}"
        )
    b = None
    if bias is not None:
        b = as_array(bias, "bias", (1,), "(C_out,)")
        if b.shape != (filters,):
            raise ValueError(
                f"bias must have one number for each of the {filters} filters, got {b.shape}"
            )
    s = as_axes(stride, axes, "stride", 1)
    d = as_axes(dilation, axes, "dilation", 1)
    if isinstance(padding, (tuple, list)):
        padding = as_axes(padding, axes, "padding", 0)
    windows, _ = window_axes(x.shape[2:], w.shape[2:], s, padding, d)
    output_shape = (x.shape[0], filters, *(axis.output for axis in windows))
    check_result_size(output_shape, "the output")
    pads = resolve_padding(padding, w.shape[2:], s, d)
    return ConvArguments(x, w, b, s, pads, d, groups, output_shape, batched)


def _conv(axes, input, weight, bias, stride, padding, dilation, groups) -> np.ndarray:
    """Convolve over the last `axes` axes."""
    a = conv_arguments(axes, input, weight, bias, stride, padding, dilation, groups)
    dtype = result_dtype(a.input, a.weight, a.bias)
    x = _pad(a.input.astype(dtype, copy=False), a.padding)
    windows = _windows(x, a.weight.shape[2:], a.stride, a.dilation)
    samples, filters, *out = a.output_shape
    depth = a.weight[0].size
    matrix = a.weight.astype(dtype, copy=False).reshape(a.groups, filters // a.groups, depth)
    output = np.empty((samples, a.groups, filters // a.groups, int(np.prod(out))), dtype)

    # (N, C, out…, kernel…) → (N, groups, C / groups, kernel…, out…): one column for each window
    columns = windows.reshape(samples, a.groups, -1, *windows.shape[2:])
    columns = np.moveaxis(columns, range(3, 3 + axes), range(-axes, 0))
    step = max(1, BLOCK_BYTES // max(1, columns[:1].nbytes))
    for first in range(0, samples, step):
        block = columns[first : first + step]
        block = block.reshape(len(block), a.groups, depth, -1)
        np.matmul(matrix, block, out=output[first : first + step])

    output = output.reshape(a.output_shape)
    if a.bias is not None:
        output += a.bias.astype(dtype, copy=False).reshape(-1, *(1,) * axes)
    return output if a.batched else output[0]


def _pad(x: np.ndarray, padding: tuple[tuple[int, int], ...]) -> np.ndarray:
    """Return `x` with zeros around its spatial axes."""
    if not any(before or after for before, after in padding):
        return x
    sizes = [b + size + e for size, (b, e) in zip(x.shape[2:], padding, strict=True)]
    check_result_size((*x.shape[:2], *sizes), "the padded input")
    padded = np.zeros((*x.shape[:2], *sizes), x.dtype)
    inner = tuple(slice(b, b + size) for size, (b, _) in zip(x.shape[2:], padding, strict=True))
    padded[(..., *inner)] = x
    return padded


def _windows(
    x: np.ndarray, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> np.ndarray:
    """Return a view (N, C, out…, kernel…) of every window of `x`; nothing is copied."""
    reach = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
    spatial = tuple(range(2, 2 + len(kernel)))
    view = sliding_window_view(x, reach, axis=spatial)
    steps = tuple(slice(None, None, step) for step in (*stride, *dilation))
    return view[(slice(None), slice(None), *steps)]
