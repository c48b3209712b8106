"""The exercises of the homework chapter: a mixed exam over the whole course."""

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.operations.convolution import conv2d, convolve2d
from cnnlib.operations.cost import conv_parameters
from cnnlib.operations.geometry import conv_output_size, conv_transpose_output_size

#: The worked example of "A guide to convolution arithmetic" with the wrong output (its issue 17).
GUIDE_INPUT = np.array(
    [[2, 2, 3, 3, 3], [0, 1, 3, 0, 3], [2, 3, 0, 1, 3], [3, 3, 2, 1, 2], [3, 3, 0, 2, 3]]
)
GUIDE_KERNEL = np.array([[2, 0, 1], [1, 0, 0], [0, 1, 1]])

_X = (7 * np.arange(48) ** 2 + 3 * np.arange(48) + 2).reshape(6, 8) % 11
_W = np.array([[1, 0, -1], [2, 5, -2], [1, 3, -4]])


def _slide(x: np.ndarray, w: np.ndarray, stride: int = 1, padding: int = 0) -> np.ndarray:
    return conv2d(x[None], w[None, None], None, stride, padding)[0]


def _size(i: int, k: int, s: int, p: int) -> int:
    size = conv_output_size(i, k, s, p)
    assert isinstance(size, int)
    return size


def _sized(size: float, d1: int, f: int, k: int) -> tuple[float, int, int]:
    return size, k, conv_parameters(d1, k, f)


def _layer(w1: int, d1: int, f: int, k: int, s: int, p: int) -> tuple[float, int, int]:
    return _sized(_size(w1, f, s, p), d1, f, k)


def _largest(i: int, k: int, s: int, p: int) -> int:
    return (_size(i, k, s, p) - 1) * s + k - 2 * p + s - 1


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
                "The size is a fraction where the stride does not divide. Round down with //: that "
                "is the floor that the lecture leaves out.",
                lambda w1, d1, f, k, s, p: _sized((w1 - f + 2 * p) / s + 1, d1, f, k),
            ),
            Mistake(
                "Padding stands on both sides: 2P.",
                lambda w1, d1, f, k, s, p: _sized((w1 - f + p) // s + 1, d1, f, k),
            ),
            Mistake(
                "The depth is missing in the parameters: a filter has F · F weights for each of "
                "D1 channels.",
                lambda w1, d1, f, k, s, p: (_size(w1, f, s, p), k, f * f * k + k),
            ),
            Mistake(
                "The biases are missing in the parameters: one for each filter.",
                lambda w1, d1, f, k, s, p: (_size(w1, f, s, p), k, f * f * d1 * k),
            ),
            Mistake(
                "The depths do not multiply. Each filter adds all channels up into one map.",
                lambda w1, d1, f, k, s, p: (
                    _size(w1, f, s, p),
                    k * d1,
                    conv_parameters(d1, k, f),
                ),
            ),
            Mistake(
                "You round to the nearest. Round down with //: a window that does not fit whole "
                "gives nothing.",
                lambda w1, d1, f, k, s, p: _sized(round((w1 - f + 2 * p) / s) + 1, d1, f, k),
            ),
            Mistake(
                "You round up. Round down with //: a window that does not fit whole gives nothing.",
                lambda w1, d1, f, k, s, p: _sized(-((f - w1 - 2 * p) // s) + 1, d1, f, k),
            ),
        ),
    ),
    "guide": Exercise(
        solution=lambda: _slide(GUIDE_INPUT, GUIDE_KERNEL, stride=2),
        needs="a list of two rows of two numbers.",
        why="With stride 2 the windows start in rows and columns 0 and 2.",
        mistakes=(
            Mistake(
                "Those are the first positions with stride 1: the very mistake of the figure. With "
                "stride 2 the window moves two cells at a time.",
                lambda: _slide(GUIDE_INPUT, GUIDE_KERNEL)[:2, :2],
            ),
            Mistake(
                "You flipped the kernel. The guide, like every CNN library, lays it on as it "
                "stands.",
                lambda: _slide(GUIDE_INPUT, GUIDE_KERNEL[::-1, ::-1], stride=2),
            ),
            Mistake(
                "That is with padding 1. The task has none.",
                lambda: _slide(GUIDE_INPUT, GUIDE_KERNEL, stride=2, padding=1),
            ),
        ),
    ),
    "collide": Exercise(
        solution=_largest,
        needs="a function of (i, k, s, p) that returns a whole number.",
        why="At most s − 1 cells may be dropped, so that many less those dropped already can be "
        "added.",
        cases=(
            (5, 3, 2, 1),
            (6, 3, 2, 1),
            (224, 11, 4, 2),
            (8, 3, 2, 0),
            (7, 2, 3, 0),
            (16, 5, 3, 2),
            (10, 3, 4, 1),
            (5, 5, 4, 0),
            (9, 1, 1, 0),
        ),
        mistakes=(
            Mistake(
                "That holds only where the stride divides. Otherwise i is not the smallest of its "
                "family, and fewer cells can be added.",
                lambda i, k, s, p: i + s - 1,
            ),
            Mistake(
                "That is the smallest input of the family: nothing is left over. Add what the "
                "stride may drop.",
                lambda i, k, s, p: _largest(i, k, s, p) - (s - 1),
            ),
            Mistake(
                "That input has one output more already. What is left must stay below the stride.",
                lambda i, k, s, p: _largest(i, k, s, p) + 1,
            ),
            Mistake(
                "Padding stands on both sides: 2P.",
                lambda i, k, s, p: i + s - 1 - (i + p - k) % s,
            ),
            Mistake(
                "The padding is missing: the stride shares out i + 2p − k.",
                lambda i, k, s, p: i + s - 1 - (i - k) % s,
            ),
            Mistake(
                "Those are the cells that can be added. The answer is the size of the input.",
                lambda i, k, s, p: _largest(i, k, s, p) - i,
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
                "Your kernel is flipped. A CNN's filter is laid on as it stands.",
                lambda x, w, i, j, s, p, d: _cell(x, w[::-1, ::-1], i, j, s, p, d),
            ),
            Mistake(
                "A negative index reads from the other end. Outside the image there are zeros: "
                "ask 0 <= row as well.",
                lambda x, w, i, j, s, p, d: _cell(x, w, i, j, s, p, d, lowest=-9),
            ),
        ),
    ),
    "network": Exercise(
        solution=lambda: conv_parameters(3, 6, 5) + conv_parameters(6, 16, 5),
        needs="a whole number.",
        why="6 · (5·5·3 + 1) = 456 and 16 · (5·5·6 + 1) = 2,416: together 2,872.",
        mistakes=(
            Mistake("The biases are missing: 6 and 16 of them.", lambda: 2850),
            Mistake(
                "The depth is missing: a filter has 5 · 5 weights for each channel of its input.",
                lambda: 572,
            ),
            Mistake(
                "The second layer reads the 6 maps of the first, not the 3 colours.",
                lambda: 1672,
            ),
            Mistake("That is the second layer alone.", lambda: 2416),
        ),
    ),
    "neurons": Exercise(
        solution=lambda: 55 * 55 * 96,
        needs="a whole number.",
        why="⌊(224 − 11 + 4) / 4⌋ + 1 = 55, and 55 · 55 · 96 = 290,400.",
        mistakes=(
            Mistake(
                "That is the number in the paper, which no size of the output explains.",
                lambda: 253_440,
            ),
            Mistake(
                "That is 54 · 54 · 96: either the padding or the + 1 is missing.",
                lambda: 54 * 54 * 96,
            ),
            Mistake("That is one map. There are 96.", lambda: 55 * 55),
            Mistake(
                "Those are the parameters, which are shared by all positions. Count the outputs.",
                lambda: conv_parameters(3, 96, 11),
            ),
        ),
    ),
    "zeros-between": Exercise(
        solution=lambda k, zeros: [u * (zeros + 1) for u in range(k)],
        needs="a function of (k, zeros) that returns a list of k cells.",
        why="Two weights are one cell further apart than the zeros between them.",
        cases=(
            (3, 0),
            (3, 1),
            (2, 3),
            (4, 2),
            (1, 5),
            (5, 1),
        ),
        mistakes=(
            Mistake(
                "You took the number for the distance, as the libraries do. Here it counts the "
                "zeros between two weights: with none of them the weights are neighbours.",
                lambda k, zeros: [u * zeros for u in range(k)],
            ),
            Mistake(
                "Those are neighbours. The zeros between the weights are missing.",
                lambda k, zeros: list(range(k)),
            ),
            Mistake(
                "Those are all cells under the kernel. It reads only those below its weights.",
                lambda k, zeros: list(range(k + (k - 1) * zeros)),
            ),
        ),
    ),
    "view": Exercise(
        solution=lambda: 20,
        needs="a whole number of input cells.",
        why="1 + 4·1 + 1·1 + 2·2 + 1·2 + 2·4 = 20: each step is worth the strides before it.",
        mistakes=(
            Mistake("Sizes do not add up: neighbouring views overlap.", lambda: 15),
            Mistake(
                "The strides are missing: after a pooling layer each step is worth two cells.",
                lambda: 11,
            ),
            Mistake(
                "A stride spreads what comes after it, not the layer's own window.",
                lambda: 23,
            ),
            Mistake("That is what it sees of the layer before, not of the input.", lambda: 3),
        ),
    ),
    "route": Exercise(
        solution=lambda: [[0, 30, 0], [0, 0, 0], [0, 30, 40]],
        needs="a list of three rows of three numbers.",
        why="The first 5 wins at the tie and wins twice: 10 + 20 = 30. In all, 100 go in and 100 "
        "come out.",
        mistakes=(
            Mistake(
                "At the tie you chose the last of the two. PyTorch and cnnlib choose the first.",
                lambda: [[0, 20, 0], [10, 0, 0], [0, 30, 40]],
            ),
            Mistake(
                "At the tie you gave both the whole gradient: 110 come out where 100 went in.",
                lambda: [[0, 30, 0], [10, 0, 0], [0, 30, 40]],
            ),
            Mistake(
                "At the tie you split the gradient. Mathematics allows that; PyTorch and cnnlib "
                "give all of it to the first.",
                lambda: [[0, 25, 0], [5, 0, 0], [0, 30, 40]],
            ),
            Mistake(
                "A cell that wins twice gets both gradients. Yours was overwritten: use +=.",
                lambda: [[0, 20, 0], [0, 0, 0], [0, 30, 40]],
            ),
        ),
    ),
    "back": Exercise(
        solution=lambda i, k, s, p, a: conv_transpose_output_size(i, k, s, p, a),
        needs="a function of (i, k, s, p, a) that returns a whole number.",
        why="There are i − 1 steps of s, the last stamp is k wide, 2p are cut off and a added.",
        cases=(
            (3, 3, 2, 1, 0),
            (3, 3, 2, 1, 1),
            (2, 3, 2, 1, 1),
            (4, 5, 3, 2, 2),
            (7, 4, 2, 0, 0),
            (1, 1, 1, 0, 0),
            (5, 2, 4, 0, 3),
        ),
        mistakes=(
            Mistake(
                "The output padding is missing. It chooses among the sizes that collide.",
                lambda i, k, s, p, a: (i - 1) * s - 2 * p + k,
            ),
            Mistake(
                "There are i − 1 steps between i stamps, not i.",
                lambda i, k, s, p, a: i * s - 2 * p + k + a,
            ),
            Mistake(
                "Padding makes the output of a transposed convolution smaller, not larger.",
                lambda i, k, s, p, a: (i - 1) * s + 2 * p + k + a,
            ),
            Mistake(
                "Padding is cut off on both sides: 2P.",
                lambda i, k, s, p, a: (i - 1) * s - p + k + a,
            ),
            Mistake(
                "That is the size of the convolution that goes forwards.",
                lambda i, k, s, p, a: (i + 2 * p - k) // s + 1,
            ),
        ),
    ),
    "two-passes": Exercise(
        solution=lambda: (49, 14),
        needs="a tuple (one pass, two passes).",
        why="7 · 7 = 49 in one pass, a column of 7 and a row of 7 in two: 14.",
        parts=("one pass", "two passes"),
        mistakes=(
            Mistake(
                "There are two passes, a column and a row, of 7 weights each.", lambda: (49, 7)
            ),
            Mistake("The number for one pass comes first.", lambda: (14, 49)),
            Mistake(
                "The passes come one after the other: their costs add, they do not multiply.",
                lambda: (49, 49),
            ),
        ),
    ),
}
