"""Transposed convolution: every input cell stamps a scaled copy of the kernel onto the output.

It is the transpose of `conv2d` as a matrix: what maps the gradient of a convolution's output to
the gradient of its input. So nothing new is computed here. Forward is `sliding.scatter`, the
backward pass of a convolution; the gradient of the input is `sliding.correlate`, its forward
pass. `conv_matrix` and `insert_zeros` are two more ways to see it.
The name "deconvolution" is a misnomer: what comes back has the old size, not the old values.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import as_array, as_axes, check_result_size, check_shape
from cnnlib.operations import sliding
from cnnlib.operations._arguments import add_bias, as_batch, as_pairs, transposed_arguments, wide
from cnnlib.operations._windows import Size, window_axes
from cnnlib.operations.convolution import Gradients, conv2d


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
    """Stamp each cell's kernel onto a larger grid and add where the stamps overlap.

    Names, order (`groups` before `dilation`), layout and defaults are those of
    `torch.nn.functional.conv_transpose2d`. Cell (i, j) of the input reaches output row
    i s − p + u d for every kernel row u, and likewise for columns.

    Parameters
    ----------
    input : (N, C_in, H, W), or (C_in, H, W) for one. Integers or floats. N may be 0.
    weight : (C_in, C_out / groups, k_H, k_W). The first two axes are swapped against `conv2d`:
        it is the weight of the convolution whose transpose this is.
    bias : (C_out,) one number added to each map. Default none.
    stride : distance between the stamps of neighbouring cells, an int or (s_H, s_W). Default 1.
    padding : rows and columns cut off on each side of the output, an int or (p_H, p_W): the zeros
        that the convolution had added. Default 0.
    output_padding : how many rows and columns more the output has at its far end, below stride or
        dilation. This pads with nothing: several input sizes of a strided convolution share one
        output size, and this number chooses among them (`output_padding_for`). Default 0.
    groups : the channels are cut into so many groups that do not see each other. Default 1.
    dilation : distance between the cells that the kernel writes. Default 1.

    Returns
    -------
    (N, C_out, H_out, W_out) or (C_out, H_out, W_out) with sizes from `conv_transpose_output_size`:
    (i − 1) s − 2p + d (k − 1) + output_padding + 1. The dtype is NumPy's promotion of the
    arguments, int64 if all are integers.

    Raises
    ------
    ValueError, TypeError : with the argument, what came and what is needed.

    Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", chapter 4;
    Zeiler et al., "Deconvolutional networks", 2010.

    >>> conv_transpose2d([[[1, 2]]], [[[[1, 1, 1]]]], stride=(1, 2))  # the middle is stamped twice
    array([[[1, 1, 3, 2, 2]]])
    """
    return _conv_transpose(
        2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


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
    """Transpose a convolution of signals: `conv_transpose2d` with one spatial axis.

    Arguments, defaults, dtypes, errors and source are those of `conv_transpose2d`, with
    input (N, C_in, L) or (C_in, L), weight (C_in, C_out / groups, k) → (N, C_out, L_out) or
    (C_out, L_out).

    >>> conv_transpose1d([[1, 2, 3]], [[[1, 10]]], stride=2)
    array([[ 1, 10,  2, 20,  3, 30]])
    """
    return _conv_transpose(
        1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose2d_backward(
    grad_output: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Gradients:
    """Return the gradients of `conv_transpose2d` with respect to its input, weight and bias.

    The gradient of the input is the convolution of `grad_output` with the same weight.

    Parameters
    ----------
    grad_output : the gradient of the loss with respect to the output, of the output's shape.
    input, weight, stride, padding, output_padding, groups, dilation : as given to
        `conv_transpose2d`.

    Returns (grad_input, grad_weight, grad_bias) with the shapes of input, weight and (C_out,), in
    the dtype that NumPy's promotion gives. Raises as `conv_transpose2d`, and if `grad_output` has
    not the shape of the output.

    Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", section 4.1.

    >>> grads = conv_transpose2d_backward(np.ones((1, 1, 5)), [[[1, 2]]], [[[[1, 1, 1]]]], (1, 2))
    >>> grads.input
    array([[[3., 3.]]])
    """
    return _conv_transpose_backward(
        2, grad_output, input, weight, stride, padding, output_padding, groups, dilation
    )


def conv_transpose1d_backward(
    grad_output: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Gradients:
    """Return the gradients of `conv_transpose1d`: `conv_transpose2d_backward` with one axis.

    >>> conv_transpose1d_backward([[1.0, 0.0, 0.0]], [[1.0, 2.0]], [[[3.0, 4.0]]]).input
    array([[3., 0.]])
    """
    return _conv_transpose_backward(
        1, grad_output, input, weight, stride, padding, output_padding, groups, dilation
    )


def conv_matrix(
    kernel: ArrayLike,
    input_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
) -> np.ndarray:
    """Return the matrix C of a 2D convolution: output = C · input, both read row by row.

    Each row of C holds the kernel at one position, and zeros. Its transpose Cᵀ maps back from
    output to input cells: that is the transposed convolution with the same kernel. It is no
    inverse.

    Parameters
    ----------
    kernel : (k_H, k_W) of integers or floats.
    input_size : (H, W), or an int for a square.
    stride, padding, dilation : as in `conv2d`.

    Returns (H_out · W_out, H · W), in the kernel's dtype (integers become int64).

    Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", section 4.1.

    >>> conv_matrix([[1, 2], [3, 4]], (2, 3))
    array([[1, 2, 0, 3, 4, 0],
           [0, 1, 2, 0, 3, 4]])
    """
    k = as_array(kernel, "kernel", (2,), "(k_H, k_W)")
    size = as_axes(input_size, 2, "input_size", 1)
    if k.size == 0:
        raise ValueError(f"kernel must have no empty axis, got shape {k.shape}")
    axes, _ = window_axes(size, k.shape, *as_pairs(stride, padding, dilation))
    cells = size[0] * size[1]
    check_result_size((axes[0].output * axes[1].output, cells), "the matrix")
    check_result_size((cells, cells), "the identity that the matrix is made from")
    # column by column: what the convolution makes of an image with a single 1
    images = np.eye(cells, dtype=k.dtype).reshape(cells, 1, *size)
    return conv2d(images, k[None, None], None, stride, padding, dilation).reshape(cells, -1).T


def insert_zeros(input: ArrayLike, stride: Size) -> np.ndarray:
    """Put stride − 1 zeros between neighbouring cells, along the last axes.

    A transposed convolution is a convolution with stride 1 of such an input, padded with
    d (k − 1) − p, by the flipped kernel: the second way to see it. Wasteful, as most products are
    with zero.

    Parameters
    ----------
    input : an array of integers or floats; its last axes are the spatial ones.
    stride : an int for the last two axes (the only one of a 1D array), or one int for each axis.

    Returns an array of the input's dtype with (i − 1) s + 1 cells along each of these axes.

    Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", section 4.5.

    >>> insert_zeros([[1, 2], [3, 4]], 2)
    array([[1, 0, 2],
           [0, 0, 0],
           [3, 0, 4]])
    """
    x = as_array(input, "input")
    axes = len(stride) if isinstance(stride, (tuple, list)) else min(2, x.ndim)
    if x.ndim < max(1, axes):
        raise ValueError(f"input must have at least {max(1, axes)} axes, got shape {x.shape}")
    steps = as_axes(stride, axes, "stride", 1)
    size = x.shape[x.ndim - axes :]
    if 0 in size:
        raise ValueError(f"input must have no empty spatial axis, got shape {x.shape}")
    spread = tuple((i - 1) * s + 1 for i, s in zip(size, steps, strict=True))
    shape = (*x.shape[: x.ndim - axes], *spread)
    check_result_size(shape, "the output")
    output = np.zeros(shape, x.dtype)
    cells: tuple[Any, ...] = (..., *(slice(None, None, s) for s in steps))
    output[cells] = x
    return output


def _conv_transpose(
    axes: int,
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None,
    stride: Size,
    padding: Size,
    output_padding: Size,
    groups: int,
    dilation: Size,
) -> np.ndarray:
    """Transpose a convolution over the last `axes` axes."""
    a = transposed_arguments(
        axes, input, weight, bias, stride, padding, output_padding, groups, dilation
    )
    output = sliding.scatter(wide(a.input), wide(a.weight), a.axes, a.groups)
    output = add_bias(output, a.bias).astype(a.dtype, copy=False)
    return output if a.batched else output[0]


def _conv_transpose_backward(
    axes: int,
    grad_output: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    stride: Size,
    padding: Size,
    output_padding: Size,
    groups: int,
    dilation: Size,
) -> Gradients:
    """Return the gradients of `_conv_transpose`."""
    dy, _ = as_batch(grad_output, "grad_output", axes)
    a = transposed_arguments(
        axes, input, weight, None, stride, padding, output_padding, groups, dilation, dy
    )
    check_shape(np.shape(grad_output), a.output_shape[0 if a.batched else 1 :], "grad_output")
    dy = wide(np.ascontiguousarray(dy, a.dtype))
    grads = Gradients(
        sliding.correlate(dy, wide(a.weight), a.axes, a.groups)[... if a.batched else 0],
        sliding.correlate_weight(dy, wide(a.input), a.axes, a.groups),
        dy.sum(axis=(0, *range(2, dy.ndim))),
    )
    return Gradients(*(grad.astype(a.dtype, copy=False) for grad in grads if grad is not None))
