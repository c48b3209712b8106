"""The exercises of the chapter on sizes."""

import math

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.operations.convolution import conv2d
from cnnlib.operations.geometry import conv_output_size, dropped_cells, same_padding


def _image(height: int, width: int) -> np.ndarray:
    """Return a small image without symmetry."""
    rows, columns = np.indices((height, width))
    return (7 * rows * rows + 3 * rows * columns + columns + 2) % 10


_KERNEL = np.array([[1, 0, -1], [2, 0, -2], [1, 3, -1]])


def _slide(x: np.ndarray, w: np.ndarray, stride: int, padding: int) -> np.ndarray:
    return conv2d(x[None, None], w[None, None], None, stride, padding)[0, 0]


def _slide_reading_apart(x: np.ndarray, w: np.ndarray, stride: int, padding: int) -> np.ndarray:
    """Step by one but read every stride-th pixel, cut to the size that the stride would give."""
    right = _slide(x, w, stride, padding)
    padded = np.pad(x, padding + (w.shape[0] - 1) * stride)
    start = (w.shape[0] - 1) * stride
    apart = conv2d(padded[None, None, start:, start:], w[None, None], dilation=stride)[0, 0]
    return apart[: right.shape[0], : right.shape[1]]


EXERCISES = {
    "alexnet": Exercise(
        solution=lambda: (55, 55, 96),
        needs="a tuple (W2, H2, D2) of three whole numbers.",
        why="(227 − 11) / 4 + 1 = 55 along both axes, and 96 filters give 96 maps.",
        parts=("W2", "H2", "D2"),
        mistakes=(
            Mistake(
                "It looks as if the + 1 is missing: the first position of the window counts too.",
                lambda: (54, 54, 96),
            ),
            Mistake(
                "The output has one map for each filter, so its depth is K, not the depth of the "
                "input. A filter always reads all 3 channels and gives one number.",
                lambda: (55, 55, 3),
            ),
            Mistake(
                "Each filter adds its three channels up to one map. The depths do not multiply.",
                lambda: (55, 55, 288),
            ),
            Mistake(
                "The stride is missing: the window moves 4 pixels at a time.",
                lambda: (217, 217, 96),
            ),
            Mistake(
                "The depth comes last here: (W2, H2, D2).",
                lambda: (96, 55, 55),
            ),
            Mistake(
                "That rounds up, or adds one too many. The division is exact here: 216 / 4 + 1.",
                lambda: (56, 56, 96),
            ),
        ),
    ),
    "predict": Exercise(
        solution=lambda: (4, 5),
        needs="a tuple (height, width) of two whole numbers.",
        why="The kernel covers 3 + 2 = 5 cells: ⌊(9 + 2 − 5) / 2⌋ + 1 = 4 and ⌊(12 + 2 − 5) / 2⌋ "
        "+ 1 = 5.",
        parts=("height", "width"),
        mistakes=(
            Mistake(
                "The dilation is missing: the kernel covers 5 cells, not 3.",
                lambda: (5, 6),
            ),
            Mistake(
                "Any of three slips gives (3, 4): the + 1 forgotten, the padding forgotten, or "
                "dilation 2 read as two zeros between the weights, a kernel of 7 cells instead of "
                "5.",
                lambda: (3, 4),
            ),
            Mistake(
                "Either of two slips gives (3, 5): padding counted on one side only, or the "
                "dilated kernel taken for 3 · 2 = 6 cells. It covers 5, since no gap follows the "
                "last weight.",
                lambda: (3, 5),
            ),
            Mistake("Height comes first: (height, width).", lambda: (5, 4)),
            Mistake(
                "You rounded up. A window that does not fit completely gives nothing: round down.",
                lambda: (4, 6),
            ),
            Mistake(
                "A width of 5.5 is not possible. Round down: a window that does not fit completely "
                "gives nothing.",
                lambda: (4, 5.5),
            ),
        ),
    ),
    "output-size": Exercise(
        solution=conv_output_size,
        needs="a function of (i, k, s, p, d) that returns a whole number.",
        why="The dilated kernel takes its cells first; the stride divides what is left, and the "
        "first position counts too.",
        cases=(
            (7, 3, 1, 0, 1),
            (7, 3, 1, 1, 1),
            (7, 3, 2, 1, 1),
            (8, 3, 2, 0, 1),
            (10, 3, 4, 0, 1),
            (7, 3, 1, 0, 2),
            (227, 11, 4, 0, 1),
            (16, 5, 3, 2, 2),
            (1, 1, 1, 0, 1),
            (5, 5, 3, 0, 1),
            (3, 1, 5, 0, 4),
            (9, 2, 3, 2, 3),
            (12, 4, 2, 3, 2),
            (20, 3, 6, 0, 1),
        ),
        mistakes=(
            Mistake(
                "The + 1 is missing: the first position of the window counts too.",
                lambda i, k, s, p, d: (i + 2 * p - (k + (k - 1) * (d - 1))) // s,
            ),
            Mistake(
                "Padding is added on both sides, so it counts twice: 2p.",
                lambda i, k, s, p, d: (i + p - (k + (k - 1) * (d - 1))) // s + 1,
            ),
            Mistake(
                "Round down, not to the nearest: a window that does not fit completely gives "
                "nothing. In Python that is //.",
                lambda i, k, s, p, d: round((i + 2 * p - (k + (k - 1) * (d - 1))) / s) + 1,
            ),
            Mistake(
                "Round down, not up: a window that does not fit completely gives nothing. In "
                "Python that is //.",
                lambda i, k, s, p, d: math.ceil((i + 2 * p - (k + (k - 1) * (d - 1))) / s) + 1,
            ),
            Mistake(
                "The result is a fraction where the stride does not divide evenly. Round down with "
                "//.",
                lambda i, k, s, p, d: (i + 2 * p - (k + (k - 1) * (d - 1))) / s + 1,
            ),
            Mistake(
                "The dilation is missing: a dilated kernel covers k + (k − 1)(d − 1) cells.",
                lambda i, k, s, p, d: (i + 2 * p - k) // s + 1,
            ),
            Mistake(
                "A dilated kernel does not cover k · d cells: there are gaps between its k cells, "
                "but none after the last. It covers k + (k − 1)(d − 1).",
                lambda i, k, s, p, d: (i + 2 * p - k * d) // s + 1,
            ),
            Mistake(
                "You read d as the zeros between two weights. The libraries count the distance: "
                "d = 1 is the ordinary kernel.",
                lambda i, k, s, p, d: (i + 2 * p - (k + (k - 1) * d)) // s + 1,
            ),
            Mistake(
                "The padding is missing.",
                lambda i, k, s, p, d: (i - (k + (k - 1) * (d - 1))) // s + 1,
            ),
            Mistake(
                "The stride is missing: divide by it.",
                lambda i, k, s, p, d: i + 2 * p - (k + (k - 1) * (d - 1)) + 1,
            ),
        ),
    ),
    "same-padding": Exercise(
        solution=lambda k, d: same_padding(k, d)[0],
        needs="a function of (k, d) that returns a whole number, for an odd k.",
        why="The output loses (k − 1) · d cells, and each side gives back half of them.",
        cases=(
            (3, 1),
            (5, 1),
            (1, 1),
            (3, 2),
            (5, 3),
            (7, 2),
            (9, 4),
            (1, 5),
            (11, 1),
        ),
        mistakes=(
            Mistake(
                "That is right for a dense kernel only. A dilated one covers more.",
                lambda k, d: k // 2,
            ),
            Mistake(
                "That is the padding of “full”, where any overlap counts. “Same” needs half of it.",
                lambda k, d: (k - 1) * d,
            ),
            Mistake(
                "Take half of one less than the kernel covers, not half of k · d.",
                lambda k, d: k * d // 2,
            ),
            Mistake(
                "You read d as the zeros between two weights. Here d is the distance between them.",
                lambda k, d: (k - 1) * (d + 1) // 2,
            ),
            Mistake(
                "That leaves a fraction: k is odd, so (k − 1) · d is even, and half of it is "
                "whole.",
                lambda k, d: k * d / 2,
            ),
            Mistake(
                "That is the effective kernel size. The padding makes up for all of its cells but "
                "one, half on each side.",
                lambda k, d: (k - 1) * d + 1,
            ),
        ),
    ),
    "dropped": Exercise(
        solution=lambda i, k, s, p: dropped_cells(i, k, s, p),
        needs="a function of (i, k, s, p) that returns a whole number.",
        why="After the first window i + 2p − k cells are left, and each move takes s of them.",
        cases=(
            (8, 3, 2, 0),
            (7, 3, 2, 1),
            (10, 3, 4, 1),
            (224, 11, 4, 2),
            (16, 5, 3, 2),
            (9, 1, 5, 0),
            (5, 5, 3, 0),
            (11, 2, 4, 3),
        ),
        mistakes=(
            Mistake(
                "That is how often the window moves on. The cells left over are the remainder of "
                "that division: %, not //.",
                lambda i, k, s, p: (i + 2 * p - k) // s,
            ),
            Mistake(
                "Padding is added on both sides, so it counts twice: 2p.",
                lambda i, k, s, p: (i + p - k) % s,
            ),
            Mistake(
                "The first window already takes k cells: what is left for the stride is i + 2p − "
                "k.",
                lambda i, k, s, p: (i + 2 * p) % s,
            ),
            Mistake(
                "That is how many cells are missing for one more position. Count those left over.",
                lambda i, k, s, p: -(i + 2 * p - k) % s,
            ),
            Mistake(
                "The padding is missing.",
                lambda i, k, s, p: (i - k) % s,
            ),
        ),
    ),
    "slide": Exercise(
        solution=_slide,
        needs="a function of (x, w, stride, padding) that returns the output as an array.",
        why="Each step of i or j moves the window by stride cells, on the padded image.",
        cases=(
            (_image(5, 6), _KERNEL, 1, 0),
            (_image(7, 6), _KERNEL, 2, 1),
            (_image(6, 8), _KERNEL, 3, 2),
            (_image(4, 7) / 4 - 1, _KERNEL[:2, :2] / 2, 2, 0),
            (_image(3, 3), _KERNEL, 1, 0),
            (_image(1, 4), _KERNEL[2:, 1:2], 1, 1),
        ),
        mistakes=(
            Mistake(
                "Your kernel is flipped. That is what mathematics calls convolution; a CNN layer "
                "does not flip.",
                lambda x, w, stride, padding: _slide(x, w[::-1, ::-1], stride, padding),
            ),
            Mistake(
                "The stride moves the window; it does not spread it. Here the window reads every "
                "stride-th pixel: that is dilation.",
                _slide_reading_apart,
            ),
            Mistake(
                "The padding is missing.",
                lambda x, w, stride, padding: _slide(x, w, stride, 0),
            ),
            Mistake(
                "The stride is missing: every position gives an output.",
                lambda x, w, stride, padding: _slide(x, w, 1, padding),
            ),
            Mistake(
                "The padding is at the top and on the left only. It belongs on all four sides.",
                lambda x, w, stride, padding: _slide(
                    np.pad(x, ((padding, 0), (padding, 0))), w, stride, 0
                ),
            ),
        ),
    ),
}
