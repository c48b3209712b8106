"""The exercises of the chapter on factorised convolutions."""

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.operations.convolution import conv2d
from cnnlib.operations.variants import (
    as_dense_kernel,
    depthwise_conv2d,
    depthwise_separable_conv2d,
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


def _separable(x: np.ndarray, depthwise: np.ndarray, pointwise: np.ndarray) -> np.ndarray:
    return depthwise_separable_conv2d(x, depthwise[:, None], pointwise)


_ACROSS, _COLUMN, _ROW = np.array([1, 2, -3]), np.array([1, 0, -1]), np.array([2, 5])

EXERCISES = {
    "clip": Exercise(
        solution=lambda: (64, 14, 110, 110),
        needs="a tuple (channels, frames, height, width) of four whole numbers.",
        why="16 − 3 + 1 = 14 frames, 112 − 3 + 1 = 110 rows and columns, and 64 filters give 64 "
        "channels.",
        parts=("channels", "frames", "height", "width"),
        mistakes=(
            Mistake(
                "The frames are gone. That is what a 2D convolution does when it takes the frames "
                "for channels. A 3D filter slides along time as well.",
                lambda: (64, 110, 110),
            ),
            Mistake(
                "The window covers 3 frames, so it loses frames at the ends just as it loses rows "
                "and columns.",
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
            Mistake(
                "That is with padding 1, as in the real C3D. The task has no padding.",
                lambda: (64, 16, 112, 112),
            ),
            Mistake(
                "The output has a channel for each filter, not for each colour.",
                lambda: (3, 14, 110, 110),
            ),
        ),
    ),
    "mask": Exercise(
        solution=_mask,
        needs="a function of (K, C, groups) that returns a K×C array of 0 and 1.",
        why="Output and input are joined if they belong to the same group, and a group's channels "
        "are neighbours.",
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
                "You deal the channels out like cards. A group's channels are neighbours: the "
                "first C / groups channels, then the next.",
                _interleaved,
            ),
            Mistake(
                "Rows are outputs and columns are inputs: yours is the other way round.",
                lambda k, c, g: _mask(k, c, g).T,
            ),
            Mistake(
                "You join output 0 with input 0 and so on: that is depthwise, with as many groups "
                "as channels.",
                lambda k, c, g: np.eye(k, c, dtype=int),
            ),
            Mistake(
                "A group has K / groups outputs and C / groups inputs. You gave it as many "
                "inputs as outputs.",
                lambda k, c, g: (
                    np.arange(k)[:, None] // (k // g) == np.arange(c) // (k // g)
                ).astype(int),
            ),
        ),
    ),
    "column": Exercise(
        solution=lambda: (2, 1, 3),
        needs="a tuple of three numbers, the column.",
        why="The rows of the kernel are 2, 1 and 3 times (1, 2, 3).",
        mistakes=(
            Mistake(
                "That is the row. What is it multiplied by to give each row of the kernel?",
                lambda: (1, 2, 3),
            ),
            Mistake(
                "Those are the sums of the rows. Divide by the sum of the row [1, 2, 3].",
                lambda: (12, 6, 18),
            ),
            Mistake(
                "The shape is right, but then the row would have to be [2, 4, 6].",
                lambda: (1, 0.5, 1.5),
            ),
            Mistake(
                "That is the middle column of the kernel. It is 2 times the one you want, since "
                "the row has a 2 there.",
                lambda: (4, 2, 6),
            ),
            Mistake(
                "That is the last column of the kernel. It is 3 times the one you want, since the "
                "row has a 3 there.",
                lambda: (6, 3, 9),
            ),
        ),
    ),
    "ratio": Exercise(
        solution=lambda: 19,
        needs="a whole number of output channels.",
        why="1/K + 1/9 < 1/6 means 1/K < 1/18, so K is at least 19.",
        mistakes=(
            Mistake(
                "With 18 the ratio is 1/18 + 1/9 = 1/6 exactly. The task asks for less.",
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
            Mistake(
                "With 9 channels 1/K is 1/9, and both together are 2/9: more than a sixth.",
                lambda: 9,
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
                "Your filters are flipped. A CNN's filter is used as it is.",
                lambda x, depthwise, pointwise: _separable(x, depthwise[:, ::-1, ::-1], pointwise),
            ),
            Mistake(
                "The depthwise step is missing: each channel first meets its own filter.",
                lambda x, depthwise, pointwise: np.tensordot(pointwise, x, 1),
            ),
        ),
    ),
}
