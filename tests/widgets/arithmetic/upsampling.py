"""Enlarged images and their pattern: `js/arithmetic/upsampling.js`."""

import numpy as np
from scipy.signal import convolve2d

import cnnlib

from . import compares, float32
from ._random import whole


@compares("upsampling.stampImage")
def _(rng):
    image = rng.integers(0, 256, (whole(rng, 1, 5), whole(rng, 1, 5)))
    size, stride = whole(rng, 1, 4), whole(rng, 1, 4)
    weight = rng.integers(0, 9, (size, size))
    cut = whole(rng, 0, (size - 1) // 2)
    made = convolve2d(cnnlib.insert_zeros(image, stride), weight)
    made = made[cut : made.shape[0] - cut, cut : made.shape[1] - cut]
    grey = {"pixels": float32(image), "rows": image.shape[0], "columns": image.shape[1]}
    shape = {"rows": made.shape[0], "columns": made.shape[1]}
    given = [grey, weight, stride, *([cut] if cut else [])]
    return given, {"pixels": made.ravel(), **shape}


@compares("upsampling.sumsInTurn")
def _(rng):
    size, stride = whole(rng, 1, 6), whole(rng, 1, 4)
    weight = rng.integers(0, 9, (size, size))
    return [weight, stride], [
        [weight[a::stride, b::stride].sum() for b in range(stride)] for a in range(stride)
    ]


@compares("upsampling.linearKernel")
def _(rng):
    stride = whole(rng, 1, 5)
    box = np.ones(stride)
    line = np.convolve(box, box) / stride
    return [stride], np.outer(line, line)
