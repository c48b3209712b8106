"""The exercises of the chapter on backpropagation."""

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.operations.convolution import conv2d_backward

_SQUARE = np.array([[2.0, -1, 3], [1, 0, -2], [4, 1, 5]])
_W2, _W3 = _SQUARE[:2, :2], np.array([[1.0, 0, -1], [2, 3, 1], [0, -2, 4]])


def _grad_input(g: np.ndarray, w: np.ndarray, stride: int, size: int) -> np.ndarray:
    gradient = conv2d_backward(g[None], np.zeros((1, size, size)), w[None, None], stride).input
    assert gradient is not None
    return gradient[0]


def _assigned(g: np.ndarray, w: np.ndarray, stride: int, size: int) -> np.ndarray:
    """Let the last window win where windows overlap."""
    result = np.zeros((size, size))
    for i, j in np.ndindex(g.shape):
        top, left = i * stride, j * stride
        result[top : top + len(w), left : left + len(w)] = g[i, j] * w
    return result


def _without_stride(g: np.ndarray, w: np.ndarray, stride: int, size: int) -> np.ndarray:
    """Put the windows side by side at every cell."""
    result = np.zeros((size, size))
    for i, j in np.ndindex(g.shape):
        result[i : i + len(w), j : j + len(w)] += g[i, j] * w
    return result


EXERCISES = {
    "input-by-hand": Exercise(
        solution=lambda: (2, 7, 6, 9),
        needs="a tuple of four numbers, one for each input.",
        why="Each input collects the gradient of every output that it is part of, times its weight "
        "there.",
        parts=("x0", "x1", "x2", "x3"),
        mistakes=(
            Mistake(
                "You slid the kernel over g as it is. Backward, it is flipped.",
                lambda: (6, 5, 10, 3),
            ),
            Mistake(
                "You assigned instead of adding: x1 and x2 are part of two outputs each.",
                lambda: (2, 1, 3, 9),
            ),
            Mistake(
                "The ends are missing: x0 and x3 are part of one output each.",
                lambda: (7, 6),
            ),
            Mistake(
                "That counts w only. Multiply each weight by the gradient of its output.",
                lambda: (1, 4, 4, 3),
            ),
            Mistake(
                "That is the gradient of w, g times x. The input gets g times w.",
                lambda: (17, 15),
            ),
        ),
    ),
    "predict": Exercise(
        solution=lambda: (9, 4, 1),
        needs="a tuple of three whole numbers.",
        why="3 · 3 windows hold the middle at stride 1, 2 · 2 at stride 2, and one holds the "
        "corner.",
        parts=("middle, stride 1", "middle, stride 2", "corner"),
        mistakes=(
            Mistake(
                "With stride 2 there are four windows, and all of them hold the middle cell.",
                lambda: (9, 1, 1),
            ),
            Mistake(
                "That is along one axis. Rows and columns multiply.",
                lambda: (3, 2, 1),
            ),
            Mistake(
                "The corner is read by one window, whatever the stride.",
                lambda: (9, 4, 4),
            ),
            Mistake(
                "The stride makes a difference: with stride 2 there are four windows, not nine.",
                lambda: (9, 9, 1),
            ),
            Mistake(
                "Rows and columns multiply; they do not add: 3 · 3 and 2 · 2.",
                lambda: (6, 4, 1),
            ),
        ),
    ),
    "grad-input": Exercise(
        solution=_grad_input,
        needs="a function of (g, w, stride, size) that returns an array (size, size).",
        why="Every window gives each of its cells the gradient of its output times the weight "
        "there.",
        cases=(
            (_SQUARE, _W2, 1, 4),
            (_W2, _W3, 2, 5),
            (_W2, _W3, 2, 6),
            (_W2, _W2[::-1], 3, 5),
            (_SQUARE / 4, _W2 * 0.5, 2, 7),
            (_W2[:1, :1], _W3, 2, 4),
        ),
        mistakes=(
            Mistake(
                "You assigned instead of adding: where windows overlap, only the last share is "
                "left. Write +=.",
                _assigned,
            ),
            Mistake(
                "The kernel is flipped. Here you stamp it as it is: the flip belongs to the other "
                "way of computing this, where a flipped kernel slides over g.",
                lambda g, w, stride, size: _grad_input(g, w[::-1, ::-1], stride, size),
            ),
            Mistake(
                "The stride is missing: window (i, j) starts at row i · stride, column j · stride.",
                _without_stride,
            ),
            Mistake(
                "The gradient of the output is missing: every window counts alike.",
                lambda g, w, stride, size: _grad_input(np.ones_like(g), w, stride, size),
            ),
            Mistake(
                "The weights are missing: each cell gets the gradient times its weight.",
                lambda g, w, stride, size: _grad_input(g, np.ones_like(w), stride, size),
            ),
        ),
    ),
    "chain": Exercise(
        solution=lambda: (3, 1),
        needs="a tuple of two numbers, one for each weight.",
        why="In h = [1, −3] only the first gets through the ReLU, so w0 gets its 3 and w1 its 1.",
        parts=("w0", "w1"),
        mistakes=(
            Mistake(
                "You forgot the ReLU: it lets no gradient through where h was negative.",
                lambda: (4, 3),
            ),
            Mistake(
                "You reversed the ReLU: it is open where h is positive.",
                lambda: (1, 2),
            ),
            Mistake(
                "The order is (w0, w1): w0 met the 3 in the output that gets through.",
                lambda: (1, 3),
            ),
            Mistake(
                "That is the gradient of the input. Multiply by x, not by w.",
                lambda: (1, -2, 0),
            ),
            Mistake(
                "That is the gradient of h. One more step: w meets x there.",
                lambda: (1, 0),
            ),
            Mistake(
                "That is h itself, forward. The gradient comes back from the loss.",
                lambda: (1, -3),
            ),
        ),
    ),
}
