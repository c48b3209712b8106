"""The exercises of the chapter on factorised convolutions."""

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.operations.convolution import conv2d
from cnnlib.operations.cost import conv_parameters, variant_parameters
from cnnlib.operations.kernels import get_kernel
from cnnlib.operations.variants import (
    as_dense_kernel,
    depthwise_conv2d,
    depthwise_separable_conv2d,
    pointwise_conv2d,
    spatially_separable_conv2d,
)


def _numbers(*shape: int, start: int = 2) -> np.ndarray:
    """Return small whole numbers without symmetry."""
    count = np.arange(start, start + int(np.prod(shape)))
    return ((7 * count * count + 3 * count) % 11 - 4).reshape(shape)


def _mask(filters: int, channels: int, groups: int) -> np.ndarray:
    weight = np.ones((filters, channels // groups, 1, 1), dtype=int)
    return as_dense_kernel("grouped", weight, groups=groups)[:, :, 0, 0]


def _interleaved(filters: int, channels: int, groups: int) -> np.ndarray:
    return (np.arange(filters)[:, None] % groups == np.arange(channels) % groups).astype(int)


def _passes(x: np.ndarray, column: np.ndarray, row: np.ndarray) -> np.ndarray:
    return spatially_separable_conv2d(x[None], column[None, None], row[None, None])[0]


def _separable(x: np.ndarray, depthwise: np.ndarray, pointwise: np.ndarray) -> np.ndarray:
    return depthwise_separable_conv2d(x, depthwise[:, None], pointwise)


def _dense(across: np.ndarray, column: np.ndarray, row: np.ndarray) -> np.ndarray:
    return as_dense_kernel("flattened", across[None], column[None], row[None])[0]


def _is_separable(kernel: np.ndarray) -> bool:
    return int(np.linalg.matrix_rank(kernel)) == 1


_ACROSS, _COLUMN, _ROW = np.array([1, 2, -3]), np.array([1, 0, -1]), np.array([2, 5])
_MATRIX = np.array([[1, 0, 2], [0, 5, 1]])
_NAMES = ("Sobel x", "Gaussian blur", "Laplacian", "emboss", "Sobel y", "sharpen")
_PRODUCT = np.outer([0, 1, -2], [0.1, 0.5, 0.3])  # separable, with a row of zeros
_KERNELS = tuple((kernel,) for kernel in (*map(get_kernel, _NAMES), np.eye(3), _PRODUCT))

EXERCISES = {
    "clip": Exercise(
        solution=lambda: (64, 14, 110, 110),
        needs="a tuple (channels, frames, height, width) of four whole numbers.",
        why="16 − 3 + 1 = 14 frames, 112 − 3 + 1 = 110 rows and columns, and 64 filters give 64 "
        "channels.",
        parts=("channels", "frames", "height", "width"),
        mistakes=(
            Mistake(
                "The frames are gone. That is what a 2D convolution does which takes the frames "
                "for channels. A 3D filter slides along time as well.",
                lambda: (64, 110, 110),
            ),
            Mistake(
                "The window covers 3 frames, so it loses frames at the ends as it loses "
                "rows and columns.",
                lambda: (64, 16, 110, 110),
            ),
            Mistake(
                "The + 1 is missing: the first position of the window counts too.",
                lambda: (64, 13, 109, 109),
            ),
            Mistake(
                "Each filter reads all 3 colours and gives one number. The depths do not multiply.",
                lambda: (192, 14, 110, 110),
            ),
            Mistake(
                "The channels come first: (channels, frames, height, width).",
                lambda: (14, 64, 110, 110),
            ),
        ),
    ),
    "by-hand": Exercise(
        solution=lambda: _MATRIX @ [4, 1, 3],
        needs="a tuple of two numbers, one for each filter.",
        why="1·4 + 0·1 + 2·3 = 10 and 0·4 + 5·1 + 1·3 = 8.",
        mistakes=(
            Mistake(
                "You gave each channel a weight of its own. A 1×1 filter reads all channels and "
                "adds up.",
                lambda: (4, 5),
            ),
            Mistake(
                "You took the columns for filters. Each row of the matrix is a filter.",
                lambda: (4, 5, 9),
            ),
            Mistake(
                "You added the two filters up. Each gives a map of its own.",
                lambda: 18,
            ),
            Mistake(
                "You took the mean of the products. A filter adds them up.",
                lambda: (10 / 3, 8 / 3),
            ),
        ),
    ),
    "pointwise": Exercise(
        solution=lambda x, matrix: pointwise_conv2d(x, matrix),
        needs="a function of (x, M) that returns an array (K, H, W).",
        why="Every pixel is a column of channels, and M mixes it into K numbers.",
        # as many rows as channels, so that mixing up the axes is no error but a wrong answer
        cases=(
            (_numbers(3, 3, 4), _MATRIX),
            (_numbers(2, 2, 3), _numbers(4, 2)),
            (_numbers(3, 3, 3), _numbers(3, 3, start=5)),
            (_numbers(2, 4, 2) / 4, _numbers(1, 2) * 0.5),
            (_numbers(1, 1, 1), _numbers(1, 1, start=3)),
        ),
        mistakes=(
            Mistake(
                "Your matrix mixes the rows of each channel: @ works on the last two axes. Put "
                "the channels where it looks, or use np.einsum.",
                lambda x, matrix: matrix @ x,
            ),
            Mistake(
                "You added the filters' maps up. Keep one map for each row of M.",
                lambda x, matrix: pointwise_conv2d(x, matrix).sum(axis=0),
            ),
            Mistake(
                "You took the mean over the channels. A filter adds its products up.",
                lambda x, matrix: pointwise_conv2d(x, matrix) / len(x),
            ),
        ),
    ),
    "grouped-parameters": Exercise(
        solution=lambda c, k, f, g: conv_parameters(c, k, f, groups=g),
        needs="a function of (C, K, F, G) that returns a whole number.",
        why="Each of the K filters reads C / G channels and has one bias.",
        cases=(
            (64, 64, 3, 4),
            (8, 12, 3, 2),
            (6, 6, 5, 6),
            (4, 8, 1, 1),
            (3, 12, 3, 3),
            (1, 1, 1, 1),
        ),
        mistakes=(
            Mistake(
                "That is without groups. A filter reads only the C / G channels of its group.",
                lambda c, k, f, g: f * f * c * k + k,
            ),
            Mistake(
                "That is one group of weights. There are G groups, with K / G filters each.",
                lambda c, k, f, g: f * f * (c // g) * (k // g) + k,
            ),
            Mistake(
                "The biases are missing: each of the K filters has one.",
                lambda c, k, f, g: f * f * (c // g) * k,
            ),
            Mistake(
                "One bias for the whole layer is too few: each of the K filters has its own.",
                lambda c, k, f, g: f * f * (c // g) * k + 1,
            ),
        ),
    ),
    "mask": Exercise(
        solution=_mask,
        needs="a function of (K, C, G) that returns a K×C array of 0 and 1.",
        why="Output and input are joined if they are of the same group, and groups are neighbours.",
        cases=(
            (4, 4, 2),
            (6, 4, 2),
            (4, 4, 4),
            (3, 6, 3),
            (2, 6, 2),
            (1, 1, 1),
            (6, 3, 3),
        ),
        mistakes=(
            Mistake(
                "Everything is joined. That is one group only.",
                lambda k, c, g: np.ones((k, c), dtype=int),
            ),
            Mistake(
                "You deal the channels out like cards. The groups are neighbours: the first C / G "
                "channels, then the next.",
                _interleaved,
            ),
            Mistake(
                "Rows are outputs and columns are inputs: yours lies the other way round.",
                lambda k, c, g: _mask(k, c, g).T,
            ),
            Mistake(
                "You join output 0 with input 0 and so on: that is depthwise, with as many groups "
                "as channels.",
                lambda k, c, g: np.eye(k, c, dtype=int),
            ),
        ),
    ),
    "column": Exercise(
        solution=lambda: (2, 1, 3),
        needs="a tuple of three numbers, the column.",
        why="The rows of the kernel are 2, 1 and 3 times (1, 2, 3).",
        mistakes=(
            Mistake(
                "That is the row. By what is it multiplied to give each row of the kernel?",
                lambda: (1, 2, 3),
            ),
            Mistake(
                "Those are the sums of the rows. Divide by what the row [1, 2, 3] adds up to.",
                lambda: (12, 6, 18),
            ),
            Mistake(
                "The shape is right, but then the row would have to be [2, 4, 6].",
                lambda: (1, 0.5, 1.5),
            ),
        ),
    ),
    "separable": Exercise(
        solution=_is_separable,
        needs="a function of the kernel that returns True or False.",
        why="A kernel is a column times a row if its rank is 1.",
        cases=_KERNELS,
        mistakes=(
            Mistake(
                "You accept rank 2 as well: a determinant of 0 only says that the rank is below 3. "
                "Separable means rank 1.",
                lambda kernel: bool(abs(np.linalg.det(kernel)) < 1e-9),
            ),
            Mistake(
                "That asks whether the kernel is symmetric. The Laplacian is symmetric and not "
                "separable; Sobel is separable and not symmetric.",
                lambda kernel: bool((kernel == kernel.T).all()),
            ),
            Mistake(
                "Not every kernel is a column times a row.",
                lambda kernel: True,
            ),
            Mistake(
                "That asks whether all rows are equal. They may be multiples of one row, also "
                "with a minus sign, or zero.",
                lambda kernel: bool((kernel == kernel[0]).all()),
            ),
        ),
    ),
    "two-passes": Exercise(
        solution=_passes,
        needs="a function of (x, column, row) that returns an array.",
        why="The column slides down each column, then the row along each row of the result.",
        cases=(
            (_numbers(5, 6), np.array([1, 2, 1]), np.array([-1, 0, 1])),
            (_numbers(6, 5), np.array([1, 3]), np.array([2, 1, 4])),
            (_numbers(4, 3) / 4, np.array([0.5, -1, 0.25]), np.array([-2.5])),
        ),
        mistakes=(
            Mistake(
                "Your column runs along the rows and your row along the columns.",
                lambda x, column, row: _passes(x, row, column),
            ),
            Mistake(
                "The second pass is missing: the row still has to slide over the result.",
                lambda x, column, row: _passes(x, column, np.array([1])),
            ),
            Mistake(
                "The first pass is missing: the column has to slide, too.",
                lambda x, column, row: _passes(x, np.array([1]), row),
            ),
            Mistake(
                "Your kernels are flipped. np.convolve does that; a CNN's filter is laid on "
                "as it stands.",
                lambda x, column, row: _passes(x, column[::-1], row[::-1]),
            ),
        ),
    ),
    "depthwise-separable-weights": Exercise(
        solution=lambda c, k, f: variant_parameters("depthwise separable", c, k, f, bias=False),
        needs="a function of (C, K, F) that returns a whole number.",
        why="C filters of F · F, then C weights for each of K outputs. The two steps add.",
        cases=(
            (32, 64, 3),
            (8, 16, 5),
            (3, 10, 1),
            (1, 1, 1),
            (2, 3, 7),
        ),
        mistakes=(
            Mistake(
                "That is the dense convolution. Here the two steps add, they do not multiply.",
                lambda c, k, f: c * k * f * f,
            ),
            Mistake(
                "The 1×1 step is missing: C weights for each of K filters.",
                lambda c, k, f: c * f * f,
            ),
            Mistake(
                "The depthwise step has one F×F filter for each input channel, not for each "
                "output channel.",
                lambda c, k, f: k * f * f + c * k,
            ),
            Mistake(
                "A 1×1 filter reads all C channels: C weights, not one.",
                lambda c, k, f: c * f * f + k,
            ),
            Mistake(
                "The task asks for weights, without biases.",
                lambda c, k, f: c * f * f + c * k + k,
            ),
        ),
    ),
    "ratio": Exercise(
        solution=lambda: 19,
        needs="a whole number of output channels.",
        why="1/K + 1/9 < 1/6 means 1/K < 1/18, so K is at least 19.",
        mistakes=(
            Mistake(
                "With 18 the ratio is 1/18 + 1/9 = 1/6 exactly. Less than that is asked for.",
                lambda: 18,
            ),
            Mistake(
                "You left out the 1/9, which the depthwise step never gets rid of.",
                lambda: 7,
            ),
            Mistake(
                "That is with the biases. The line “against standard” counts weights.",
                lambda: 23,
            ),
        ),
    ),
    "depthwise-separable": Exercise(
        solution=_separable,
        needs="a function of (x, depthwise, pointwise) that returns an array (K, H, W).",
        why="Each channel meets its own filter, and the matrix mixes the maps at every pixel.",
        cases=(
            (_numbers(3, 5, 5), _numbers(3, 3, 3), _numbers(2, 3)),
            (_numbers(2, 4, 6), _numbers(2, 2, 2), _numbers(3, 2)),
            (_numbers(3, 2, 3) / 4, _numbers(3, 1, 1) * 0.5, _numbers(1, 3)),
            (_numbers(1, 3, 4), _numbers(1, 3, 3), _numbers(1, 1)),
        ),
        mistakes=(
            Mistake(
                "The 1×1 step is missing: those are the maps of the depthwise step.",
                lambda x, depthwise, pointwise: depthwise_conv2d(x, depthwise[:, None]),
            ),
            Mistake(
                "You added the channels up without their weights: that is one ordinary filter.",
                lambda x, depthwise, pointwise: conv2d(x, depthwise[None]),
            ),
            Mistake(
                "All channels got the first filter. Each has its own.",
                lambda x, depthwise, pointwise: _separable(
                    x, np.repeat(depthwise[:1], len(x), axis=0), pointwise
                ),
            ),
            Mistake(
                "Your filters are flipped. A CNN's filter is laid on as it stands.",
                lambda x, depthwise, pointwise: _separable(x, depthwise[:, ::-1, ::-1], pointwise),
            ),
        ),
    ),
    "flattened": Exercise(
        solution=_dense,
        needs="a function of (across, column, row) that returns an array (C, F_H, F_W).",
        why="Each weight is the product of its three numbers.",
        cases=(
            (_ACROSS, _COLUMN, _ROW),
            (np.array([4, 1]), _ROW, _ACROSS),
            (_ACROSS / 4, _ROW[:1], -_COLUMN * 0.5),
            (np.array([0.0]), _ROW, _ROW),
        ),
        mistakes=(
            Mistake(
                "Height comes before width: the column is the second axis, the row the third.",
                lambda across, column, row: _dense(across, row, column),
            ),
            Mistake(
                "You added the three numbers. The weight of a cell is their product.",
                lambda across, column, row: across[:, None, None] + column[:, None] + row,
            ),
            Mistake(
                "The weights across the channels are missing: all channels look alike.",
                lambda across, column, row: _dense(np.ones_like(across), column, row),
            ),
            Mistake(
                "The channels come first: (C, F_H, F_W).",
                lambda across, column, row: np.moveaxis(_dense(across, column, row), 0, -1),
            ),
        ),
    ),
}
