"""Convolution: a window slides over the input, and every position is one dot product.

One, two and three spatial axes are the same operation: the functions below differ only in how many
axes they expect. Each checks its arguments and calls the algorithm that all share (`sliding`).

    conv1d            conv2d            conv3d      slide filters over an input
    conv1d_backward   conv2d_backward               its gradients
    correlate2d       convolve2d                    one plain image, one plain kernel

What is called convolution here and in every CNN library is what mathematics calls correlation:
the kernel is not flipped. Only `convolve2d` flips it. An asymmetric kernel shows the difference:

>>> spot = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]])
>>> kernel = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
>>> convolve2d(spot, kernel, mode="same")  # the kernel itself
array([[1, 2, 3],
       [4, 5, 6],
       [7, 8, 9]])
>>> conv2d(spot[None], kernel[None, None], padding=1)[0]  # the kernel turned by 180°
array([[9, 8, 7],
       [6, 5, 4],
       [3, 2, 1]])
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import check_shape
from cnnlib.operations import sliding
from cnnlib.operations._arguments import add_bias, as_batch, as_image, as_mode, conv_arguments, wide
from cnnlib.operations._windows import Padding, Size


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
    With effective kernel size k̂ = k + (k − 1)(d − 1), stride s, padding p and dilation d:

    output[n, f, i, j] = bias[f] + Σ_c Σ_u Σ_v weight[f, c, u, v]
    · input[n, c, i s_H + u d_H − p_H, j s_W + v d_W − p_W], where a cell outside counts as zero.

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
    float32, integers stay exact. NaN and infinities spread as IEEE 754 says.

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


def conv1d(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> np.ndarray:
    """Slide filters over signals: `conv2d` with one spatial axis.

    Arguments, defaults, dtypes, errors and source are those of `conv2d`, with these shapes:

    input (N, C_in, L) or (C_in, L), weight (C_out, C_in / groups, k)
    → (N, C_out, L_out) or (C_out, L_out)

    >>> conv1d([[1, 2, 4, 8, 16]], [[[-1, 1]]])  # differences of neighbours
    array([[1, 2, 4, 8]])
    """
    return _conv(1, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> np.ndarray:
    """Slide filters over volumes or clips: `conv2d` with a third spatial axis, the depth.

    The filter moves along depth too, unlike the filter of `conv2d`, which is a volume as well but
    always as deep as its input. Arguments, defaults, dtypes and errors are those of `conv2d`,
    with these shapes:

    input (N, C_in, D, H, W) or (C_in, D, H, W), weight (C_out, C_in / groups, k_D, k_H, k_W)
    → (N, C_out, D_out, H_out, W_out) or (C_out, D_out, H_out, W_out)

    Source: Tran et al., "Learning spatiotemporal features with 3D convolutional networks", 2015,
    section 3.1.

    >>> conv3d(np.ones((1, 3, 8, 16, 16)), np.ones((4, 3, 3, 3, 3)), padding=1).shape
    (1, 4, 8, 16, 16)
    """
    return _conv(3, input, weight, bias, stride, padding, dilation, groups)


class Gradients(NamedTuple):
    """Gradients of a convolution. Unpacks as ``grad_input, grad_weight, grad_bias``."""

    input: np.ndarray | None
    weight: np.ndarray
    bias: np.ndarray


def conv2d_backward(
    grad_output: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
    *,
    need_input: bool = True,
) -> Gradients:
    """Return the gradients of `conv2d` with respect to its input, weight and bias.

    The input's gradient gathers, for every cell, the shares of all windows that read it. They are
    *added*: where windows overlap, assigning would keep only the last one's share. The weight's
    gradient is a convolution of the input with `grad_output`; the bias's is a sum.

    Parameters
    ----------
    grad_output : (N, C_out, H_out, W_out) or (C_out, H_out, W_out), the gradient of the loss with
        respect to the output: the shape that `conv2d` returned.
    input, weight, stride, padding, dilation, groups : as given to `conv2d`.
    need_input : with False, `grad_input` is None and is not computed. A network's first layer
        has no use for it. Default True.

    Returns
    -------
    (grad_input, grad_weight, grad_bias) with the shapes of input, weight and (C_out,), and the
    dtype that NumPy's promotion gives (integers become int64). Check gradients in float64: in
    float32, finite differences are mostly rounding.

    Raises
    ------
    ValueError, TypeError : as `conv2d`, and if `grad_output` has not the shape of the output.

    Source: Goodfellow, Bengio & Courville, "Deep Learning", equations 9.11 and 9.13.

    >>> image, kernel = np.ones((1, 1, 3, 3)), np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> grad_input, grad_weight, grad_bias = conv2d_backward(np.ones((1, 1, 2, 2)), image, kernel)
    >>> grad_input[0, 0]  # the middle cell is read by all four windows: 1 + 2 + 3 + 4
    array([[ 1.,  3.,  2.],
           [ 4., 10.,  6.],
           [ 3.,  7.,  4.]])
    >>> grad_bias
    array([4.])
    """
    return _conv_backward(
        2, grad_output, input, weight, stride, padding, dilation, groups, need_input
    )


def conv1d_backward(
    grad_output: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
    *,
    need_input: bool = True,
) -> Gradients:
    """Return the gradients of `conv1d`: `conv2d_backward` with one spatial axis.

    grad_output (N, C_out, L_out) or (C_out, L_out); everything else as in `conv2d_backward`.

    >>> conv1d_backward([[1.0, 1.0]], [[1.0, 2.0, 4.0]], [[[-1.0, 1.0]]]).weight
    array([[[3., 6.]]])
    """
    return _conv_backward(
        1, grad_output, input, weight, stride, padding, dilation, groups, need_input
    )


def correlate2d(image: ArrayLike, kernel: ArrayLike, mode: str = "full") -> np.ndarray:
    """Slide one kernel over one grayscale image, without a flip.

    output[i, j] = Σ_u Σ_v kernel[u, v] · image[i + u, j + v]: what `conv2d` does with many filters
    and channels.

    Parameters
    ----------
    image : (H, W) integers or floats.
    kernel : (k_H, k_W)
    mode : ``"full"`` (H + k_H − 1 rows, every overlap), ``"same"`` (H rows, the middle of
        ``"full"``), ``"valid"`` (H − k_H + 1 rows, no padding). Default ``"full"``, as in
        `scipy.signal.correlate2d`. For an even kernel there is no middle: "same" starts at row
        k_H // 2 of "full", as in SciPy and in `conv2d`.

    Returns an array of the dtype that NumPy's promotion gives; int64 for integers.
    Raises ``ValueError`` and ``TypeError`` as `conv2d`.

    Source: Goodfellow, Bengio & Courville, "Deep Learning", equation 9.6.

    >>> correlate2d([[0, 0, 0], [0, 1, 0], [0, 0, 0]], [[1, 2], [3, 4]], mode="valid")
    array([[4, 3],
           [2, 1]])
    """
    padding = as_mode(mode)
    x, k = as_image(image, "image"), as_image(kernel, "kernel")
    return _conv(2, x[None, None], k[None, None], None, 1, padding, 1, 1)[0, 0]


def convolve2d(image: ArrayLike, kernel: ArrayLike, mode: str = "full") -> np.ndarray:
    """Convolve one grayscale image with one kernel, as mathematics defines it: flipped.

    (I * K)[i, j] = Σ_a Σ_b I[i − a, j − b] K[a, b]. The minus signs turn the kernel by 180°,
    which `conv2d` leaves out. With a symmetric kernel both give the same.

    Parameters
    ----------
    image : (H, W) integers or floats.
    kernel : (k_H, k_W)
    mode : ``"full"`` (H + k_H − 1 rows, every overlap), ``"same"`` (H rows, the middle of
        ``"full"``), ``"valid"`` (H − k_H + 1 rows, no padding). Default ``"full"``, as in
        `scipy.signal.convolve2d`. For an even kernel "same" starts at row (k_H − 1) // 2 of
        "full", as in SciPy.

    Returns an array of the dtype that NumPy's promotion gives; int64 for integers.
    Raises ``ValueError`` and ``TypeError`` as `conv2d`.

    Source: Goodfellow, Bengio & Courville, "Deep Learning", equation 9.5.

    >>> convolve2d([[0, 0, 0], [0, 1, 0], [0, 0, 0]], [[1, 2], [3, 4]], mode="same")
    array([[0, 0, 0],
           [0, 1, 2],
           [0, 3, 4]])
    """
    x, k = as_image(image, "image"), as_image(kernel, "kernel")
    flipped = k[::-1, ::-1]
    if as_mode(mode) != "same":
        return correlate2d(x, flipped, mode)
    # turning an even kernel moves its middle, so "same" is cut from another place than there
    top, left = ((size - 1) // 2 for size in k.shape)
    return correlate2d(x, flipped)[top : top + x.shape[0], left : left + x.shape[1]]


def _conv(
    axes: int,
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None,
    stride: Size,
    padding: Padding,
    dilation: Size,
    groups: int,
) -> np.ndarray:
    """Convolve over the last `axes` axes."""
    a = conv_arguments(axes, input, weight, bias, stride, padding, dilation, groups)
    output = sliding.correlate(wide(a.input), wide(a.weight), a.axes, a.groups)
    output = add_bias(output, a.bias).astype(a.dtype, copy=False)
    return output if a.batched else output[0]


def _conv_backward(
    axes: int,
    grad_output: ArrayLike,
    input: ArrayLike,
    weight: ArrayLike,
    stride: Size,
    padding: Padding,
    dilation: Size,
    groups: int,
    need_input: bool,
) -> Gradients:
    """Return the gradients of `_conv`."""
    dy, _ = as_batch(grad_output, "grad_output", axes)
    a = conv_arguments(axes, input, weight, None, stride, padding, dilation, groups, dy)
    check_shape(np.shape(grad_output), a.output_shape[0 if a.batched else 1 :], "grad_output")
    dy = wide(np.ascontiguousarray(dy, a.dtype))
    grad_input = None
    if need_input:
        grad_input = sliding.scatter(dy, wide(a.weight), a.axes, a.groups)
        grad_input = (grad_input if a.batched else grad_input[0]).astype(a.dtype, copy=False)
    grad_weight = sliding.correlate_weight(wide(a.input), dy, a.axes, a.groups)
    grad_bias = dy.sum(axis=(0, *range(2, dy.ndim)))
    return Gradients(
        grad_input, grad_weight.astype(a.dtype, copy=False), grad_bias.astype(a.dtype, copy=False)
    )
