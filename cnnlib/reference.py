"""The formulas as plain loops, the way the chapters print them.

Read this file first. Nothing here is fast, and nothing is hidden. The fast functions in
`cnnlib.convolution` are tested against these loops.
"""

import numpy as np
from numpy.typing import ArrayLike

from cnnlib.convolution import conv_arguments
from cnnlib.geometry import Padding, Size


def conv2d(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> np.ndarray:
    """Convolve images with filters, one multiplication at a time.

    The same arguments, result and errors as `cnnlib.conv2d`, which documents them. A cell outside
    the image counts as zero: that is all that zero padding means.

    >>> image = np.arange(16).reshape(1, 1, 4, 4)
    >>> conv2d(image, np.ones((1, 1, 3, 3), dtype=int))
    array([[[[45, 54],
             [81, 90]]]])
    """
    a = conv_arguments(2, input, weight, bias, stride, padding, dilation, groups)
    (s_h, s_w), (d_h, d_w) = ((axis.stride for axis in a.axes), (axis.dilation for axis in a.axes))
    p_h, p_w = (axis.before for axis in a.axes)
    samples, _, height, width = a.input.shape
    filters, depth, k_h, k_w = a.weight.shape
    output = np.zeros(a.output_shape, a.dtype)

    for n in range(samples):
        for k in range(filters):
            first_channel = (k // (filters // groups)) * depth
            for i in range(output.shape[2]):
                for j in range(output.shape[3]):
                    total = output.dtype.type(0)
                    for c in range(depth):
                        for u in range(k_h):
                            for v in range(k_w):
                                row = i * s_h + u * d_h - p_h
                                column = j * s_w + v * d_w - p_w
                                if 0 <= row < height and 0 <= column < width:
                                    x = a.input[n, first_channel + c, row, column]
                                    total += a.weight[k, c, u, v] * x
                    output[n, k, i, j] = total if a.bias is None else total + a.bias[k]
    return output if a.batched else output[0]
