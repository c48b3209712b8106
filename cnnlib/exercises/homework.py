"""The exercises of the homework chapter: a mixed exam over the whole course."""

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.operations.convolution import convolve2d
from cnnlib.operations.cost import conv_parameters
from cnnlib.operations.geometry import conv_output_size

#: The worked example of "A guide to convolution arithmetic" with the wrong output (its issue 17).

_X = (7 * np.arange(48) ** 2 + 3 * np.arange(48) + 2).reshape(6, 8) % 11
_W = np.array([[1, 0, -1], [2, 5, -2], [1, 3, -4]])


def _size(i: int, k: int, s: int, p: int) -> int:
    size = conv_output_size(i, k, s, p)
    assert isinstance(size, int)
    return size


def _sized(size: float, d1: int, f: int, k: int) -> tuple[float, int, int]:
    return size, k, conv_parameters(d1, k, f)


def _layer(w1: int, d1: int, f: int, k: int, s: int, p: int) -> tuple[float, int, int]:
    return _sized(_size(w1, f, s, p), d1, f, k)


def _cell(
    x: np.ndarray, w: np.ndarray, i: int, j: int, s: int, p: int, d: int, lowest: int = 0
) -> int:
    """One output number; cells outside, below index `lowest` or too far, count as zero."""
    total = 0
    for u, v in np.ndindex(w.shape):
        row, column = i * s + u * d - p, j * s + v * d - p
        if lowest <= row < x.shape[0] and lowest <= column < x.shape[1]:
            total += w[u, v] * x[row, column]
    return total


EXERCISES = {
    "flip": Exercise(
        solution=lambda: convolve2d([[1, 2, 3, 4]], [[1, 0, 2]], mode="valid")[0],
        needs="a tuple of two numbers.",
        why="The flipped kernel is [2, 0, 1]: 2·1 + 0·2 + 1·3 = 5 and 2·2 + 0·3 + 1·4 = 8.",
        mistakes=(
            Mistake(
                "That is correlation, which a CNN computes. Convolution flips the kernel first.",
                lambda: (7, 10),
            ),
            Mistake(
                "Those are all overlaps. Only two of the six have the whole kernel inside.",
                lambda: (1, 2, 5, 8, 6, 8),
            ),
            Mistake(
                "You took the mean of the products. A filter adds them up.",
                lambda: (5 / 3, 8 / 3),
            ),
            Mistake(
                "At your first and last positions the kernel hangs over an end of the row.",
                lambda: (2, 5, 8, 6),
            ),
            Mistake(
                "Those are the sums of the numbers under the kernel. Multiply each by its weight "
                "first.",
                lambda: (6, 9),
            ),
        ),
    ),
    "layer": Exercise(
        solution=_layer,
        needs="a function of (W1, D1, F, K, S, P) that returns (W2, D2, parameters).",
        why="The size is rounded down, and each of the K filters has F · F · D1 weights and one "
        "bias.",
        cases=(
            (32, 3, 5, 6, 1, 0),
            (227, 3, 11, 96, 4, 0),
            (224, 3, 7, 64, 2, 3),
            (10, 1, 3, 8, 2, 0),
            (224, 3, 11, 96, 4, 3),
            (1, 2, 1, 1, 1, 0),
            (9, 1, 4, 2, 4, 0),
        ),
        mistakes=(
            Mistake(
                "The + 1 of the size is missing: the first position counts too.",
                lambda w1, d1, f, k, s, p: _sized((w1 - f + 2 * p) // s, d1, f, k),
            ),
            Mistake(
                "The size is a fraction where the stride does not divide evenly. Round down with "
                "//: that is the floor that the lecture leaves out.",
                lambda w1, d1, f, k, s, p: _sized((w1 - f + 2 * p) / s + 1, d1, f, k),
            ),
            Mistake(
                "Padding is on both sides: 2P.",
                lambda w1, d1, f, k, s, p: _sized((w1 - f + p) // s + 1, d1, f, k),
            ),
            Mistake(
                "The depth is missing in the parameters: a filter has F · F weights for each of "
                "the D1 channels.",
                lambda w1, d1, f, k, s, p: (_size(w1, f, s, p), k, f * f * k + k),
            ),
            Mistake(
                "The biases are missing in the parameters: one for each filter.",
                lambda w1, d1, f, k, s, p: (_size(w1, f, s, p), k, f * f * d1 * k),
            ),
            Mistake(
                "The depths do not multiply. Each filter adds all channels up to one map.",
                lambda w1, d1, f, k, s, p: (
                    _size(w1, f, s, p),
                    k * d1,
                    conv_parameters(d1, k, f),
                ),
            ),
            Mistake(
                "You round to the nearest. Round down with //: a window that does not fit "
                "completely gives nothing.",
                lambda w1, d1, f, k, s, p: _sized(round((w1 - f + 2 * p) / s) + 1, d1, f, k),
            ),
            Mistake(
                "You round up. Round down with //: a window that does not fit completely gives "
                "nothing.",
                lambda w1, d1, f, k, s, p: _sized(-((f - w1 - 2 * p) // s) + 1, d1, f, k),
            ),
        ),
    ),
    "one-cell": Exercise(
        solution=_cell,
        needs="a function of (x, w, i, j, S, P, D) that returns one number.",
        why="Stride moves the window, padding moves it back, dilation spreads its weights.",
        cases=(
            (_X, _W, 0, 0, 1, 0, 1),
            (_X, _W, 1, 2, 2, 1, 1),
            (_X, _W, 1, 1, 1, 1, 2),
            (_X, _W, 0, 2, 2, 2, 2),
            (_X, _W, 0, 1, 3, 0, 2),
            (_X, _W, 0, 0, 1, 1, 1),
            (_X / 4 - 1, _W[:2] * 0.5, 2, 1, 2, 1, 1),
            (_X, _W[:1, 1:], 5, 7, 1, 0, 1),
        ),
        mistakes=(
            Mistake(
                "You swapped stride and dilation. The stride multiplies the place in the output, "
                "the dilation the place in the kernel.",
                lambda x, w, i, j, s, p, d: _cell(x, w, i, j, d, p, s),
            ),
            Mistake(
                "The dilation is missing: it multiplies the place in the kernel.",
                lambda x, w, i, j, s, p, d: _cell(x, w, i, j, s, p, 1),
            ),
            Mistake(
                "The stride is missing: it multiplies the place in the output.",
                lambda x, w, i, j, s, p, d: _cell(x, w, i, j, 1, p, d),
            ),
            Mistake(
                "The padding is missing: it moves the window back.",
                lambda x, w, i, j, s, p, d: _cell(x, w, i, j, s, 0, d),
            ),
            Mistake(
                "Your kernel is flipped. A CNN's filter is used as it is.",
                lambda x, w, i, j, s, p, d: _cell(x, w[::-1, ::-1], i, j, s, p, d),
            ),
            Mistake(
                "A negative index reads from the other end. Outside the image there are zeros: "
                "check 0 <= row as well.",
                lambda x, w, i, j, s, p, d: _cell(x, w, i, j, s, p, d, lowest=-9),
            ),
        ),
    ),
    "view": Exercise(
        solution=lambda: 20,
        needs="a whole number of input cells.",
        why="1 + 4·1 + 1·1 + 2·2 + 1·2 + 2·4 = 20: each step is multiplied by the strides before "
        "it.",
        mistakes=(
            Mistake(
                "Either of two slips gives 15: the sizes added up (but neighbouring views "
                "overlap), or only the stride of the layer before (but the product of all before "
                "counts).",
                lambda: 15,
            ),
            Mistake("The 1 is missing: with no layer at all you see one cell.", lambda: 19),
            Mistake("You start with 5 and add its 4 again. Start with 1.", lambda: 24),
            Mistake(
                "The strides are missing: after a pooling layer each step is worth two cells.",
                lambda: 11,
            ),
            Mistake(
                "A stride spreads what comes after it, not the layer's own window.",
                lambda: 23,
            ),
            Mistake("That is its view of the layer before, not of the input.", lambda: 3),
        ),
    ),
}
