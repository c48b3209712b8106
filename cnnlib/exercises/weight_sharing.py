"""The exercises of the chapter on local connections and weight sharing."""

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.operations.cost import conv_parameters

_X = np.array([[3.0, 1, 4, 1], [5, 9, 2, 6], [5, 3, 5, 8], [9, 7, 9, 3]])
_SMALL = np.arange(1.0, 37).reshape(3, 3, 2, 2) % 7 - 2
_LARGE = np.arange(1.0, 37).reshape(2, 2, 3, 3) % 5 - 1
_WIDE = np.arange(1.0, 17).reshape(2, 2, 2, 2) % 6
_FLAT = np.arange(15.0).reshape(3, 5) ** 2 % 7
_OWN = np.arange(32.0).reshape(2, 4, 2, 2) % 9 - 3


def _windows(x: np.ndarray, size: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(x, (size, size))


def _local(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    windows = _windows(x, weight.shape[-1])
    return (windows[: len(weight), : weight.shape[1]] * weight).sum(axis=(2, 3))


def _rows_twice(x: np.ndarray, weight: np.ndarray, columns: int) -> np.ndarray:
    """Loop over H2 columns where there are W2."""
    f = weight.shape[-1]
    y = np.zeros((len(weight), columns))
    for i, j in np.ndindex(len(weight), len(weight)):
        y[i, j] = (x[i : i + f, j : j + f] * weight[i, j]).sum()
    return y


def _shared(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return _local(x, np.broadcast_to(weight[0, 0], weight.shape))


def _count(n: int, f: int, neurons: int | None = None) -> tuple[int, int, int]:
    if neurons is None:
        neurons = (n - f + 1) ** 2
    kernel = conv_parameters(1, 1, f, bias=False)
    return n * n * neurons, kernel * neurons, kernel


EXERCISES = {
    "reach": Exercise(
        solution=lambda: (10, 11, 14, 15),
        needs="a tuple of the numbers of four pixels, smallest first.",
        why="The window of h32 starts at row 3, column 2: rows 3 and 4, columns 2 and 3.",
        mistakes=(
            Mistake(
                "You took row 2 and column 3. In h32 the row comes first: row 3, column 2.",
                lambda: (7, 8, 11, 12),
            ),
            Mistake(
                "Either of two slips leads there: columns 1 and 2 instead of 2 and 3, or pixels "
                "numbered from 0. The first pixel is number 1.",
                lambda: (9, 10, 13, 14),
            ),
            Mistake(
                "That window starts at row 2. The window of h32 starts at row 3.",
                lambda: (6, 7, 10, 11),
            ),
            Mistake(
                "Those are four pixels in a row. The window is 2×2: two of row 3 and two of row 4.",
                lambda: (10, 11, 12, 13),
            ),
            Mistake(
                "That window starts at column 3. The window of h32 starts at column 2.",
                lambda: (11, 12, 15, 16),
            ),
        ),
    ),
    "count": Exercise(
        solution=_count,
        needs="a function of (n, F) that returns a tuple (dense, local, shared).",
        why="(n − F + 1)² neurons: each reads n² inputs, or F² with weights of its own, or all "
        "share F².",
        cases=(
            (4, 2),
            (28, 5),
            (5, 1),
            (6, 6),
            (1, 1),
            (9, 4),
        ),
        mistakes=(
            Mistake(
                "You count n · n neurons. Without padding there is one for each position: "
                "(n − F + 1)².",
                lambda n, f: _count(n, f, n * n),
            ),
            Mistake(
                "The + 1 is missing: there are (n − F + 1)² positions.",
                lambda n, f: _count(n, f, (n - f) ** 2),
            ),
            Mistake(
                "The neurons form rows and columns: (n − F + 1)², not n − F + 1.",
                lambda n, f: _count(n, f, n - f + 1),
            ),
            Mistake(
                "The question asks for weights. You count the biases, too.",
                lambda n, f: (
                    _count(n, f)[0] + (n - f + 1) ** 2,
                    _count(n, f)[1] + (n - f + 1) ** 2,
                    f * f + 1,
                ),
            ),
            Mistake(
                "The order is (dense, local, shared).",
                lambda n, f: _count(n, f)[::-1],
            ),
            Mistake(
                "Shared weights are counted once, whatever the number of neurons.",
                lambda n, f: (*_count(n, f)[:2], _count(n, f)[1]),
            ),
        ),
    ),
    "local": Exercise(
        solution=_local,
        needs="a function of (x, weight) that returns the outputs as an array (H2, W2).",
        why="Neuron (i, j) reads the window that starts at (i, j) and uses its own kernel.",
        cases=(
            (_X, _SMALL),
            (_X, _LARGE),
            (_X[:3, :3], _WIDE),
            (_FLAT, _OWN),
            (_FLAT.T / 4 - 1, _OWN.swapaxes(0, 1) * 0.5),
            (_X[:1, :1], _OWN[:1, :1, :1, :1]),
        ),
        mistakes=(
            Mistake(
                "All neurons use the first kernel: that is a convolution. Neuron (i, j) has "
                "weight[i, j].",
                _shared,
            ),
            Mistake(
                "You swapped rows and columns of the neurons: take weight[i, j], not weight[j, i].",
                lambda x, weight: _local(x, weight.swapaxes(0, 1)),
            ),
            Mistake(
                "The kernels are flipped. Use them as they are.",
                lambda x, weight: _local(x, weight[..., ::-1, ::-1]),
            ),
            Mistake(
                "Every neuron reads the top left window. The window of neuron (i, j) starts at row "
                "i, column j.",
                lambda x, weight: (x[: weight.shape[2], : weight.shape[3]] * weight).sum(
                    axis=(2, 3)
                ),
            ),
            Mistake(
                "Your loop over the columns ends after H2 of them. There are W2: weight.shape[1].",
                lambda x, weight: _rows_twice(x, weight, weight.shape[1]),
            ),
            Mistake(
                "Your output has H2 rows and H2 columns. It should have W2 columns: "
                "weight.shape[1].",
                lambda x, weight: _rows_twice(x, weight, len(weight)),
            ),
        ),
    ),
    "shifts": Exercise(
        solution=lambda: (4, 8),
        needs="a tuple of all shifts from 1 to 8 that move the map exactly, smallest first.",
        why="Two strides of 2 make steps of 4 pixels. A shift by 4 moves the map by one cell, a "
        "shift by 8 by two.",
        mistakes=(
            Mistake(
                "Those are right for one stride of 2. After the second one, neighbouring cells are "
                "4 pixels apart: 2 · 2.",
                lambda: (2, 4, 6, 8),
            ),
            Mistake(
                "With stride 1 they all would. Here the windows are 4 pixels apart, and a shift by "
                "1 puts other pixels into them.",
                lambda: (1, 2, 3, 4, 5, 6, 7, 8),
            ),
            Mistake("8 is a multiple of 4 as well: it moves the map by two cells.", lambda: (4,)),
            Mistake(
                "4 is enough: the strides multiply, 2 · 2, and their product is 4.", lambda: (8,)
            ),
            Mistake(
                "None of these is a multiple of 4, so each puts other pixels into the windows.",
                lambda: (1, 3, 5, 7),
            ),
        ),
    ),
}
