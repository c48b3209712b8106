"""The exercises of the chapter on pooling."""

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.operations.geometry import pool_output_size
from cnnlib.operations.pooling import avg_pool2d, max_pool2d, max_pool2d_backward

_A = np.array([[3, 1, 2, 7, 0], [4, 4, 6, 1, 9], [0, 2, 8, 8, 5], [1, 7, 3, 2, 6]])
_B = np.array([[-3.0, -1.5, -2.0], [-4.0, -2.5, -6.0], [-1.0, -8.0, -5.0]])
_TIES = np.array([[5.0, 5.0, 1.0, 2.0], [0.0, 5.0, 3.0, 3.0], [4.0, 1.0, 6.0, 0.0], [4.0, 2, 6, 6]])
_GRAD = np.array([[1.0, 2.0], [3.0, 4.0]])


def _max(x: np.ndarray, size: int, stride: int) -> np.ndarray:
    return max_pool2d(x[None], size, stride)[0]


def _backward(x: np.ndarray, grad: np.ndarray, size: int) -> np.ndarray:
    return max_pool2d_backward(grad[None], x[None], size)[0]


def _to_all_ties(x: np.ndarray, grad: np.ndarray, size: int) -> np.ndarray:
    """Give the whole gradient to each of the equal cells."""
    highest = np.kron(_max(x, size, size), np.ones((size, size)))
    return np.kron(grad, np.ones((size, size))) * (x == highest)


def _shared_out(x: np.ndarray, grad: np.ndarray, size: int) -> np.ndarray:
    """Split the gradient evenly among the equal cells."""
    ones = np.ones_like(grad)
    winners = avg_pool2d(_to_all_ties(x, ones, size)[None], size)[0] * size**2
    return _to_all_ties(x, grad / winners, size)


def _to_last(x: np.ndarray, grad: np.ndarray, size: int) -> np.ndarray:
    """Route to the last of the equal cells."""
    return _backward(x[::-1, ::-1], grad[::-1, ::-1], size)[::-1, ::-1]


def _to_mean(x: np.ndarray, grad: np.ndarray, size: int) -> np.ndarray:
    return np.kron(grad, np.ones((size, size))) / size**2


EXERCISES = {
    "by-hand": Exercise(
        solution=lambda: [[9, 6], [8, 7]],
        needs="a list of two rows of two numbers.",
        why="Each window of 2×2 keeps its largest number.",
        mistakes=(
            Mistake(
                "Those are the means. Take the largest of each window.", lambda: [[4, 3], [5, 5]]
            ),
            Mistake("Those are the smallest numbers of each window.", lambda: [[1, 1], [2, 3]]),
            Mistake(
                "You read the windows column by column. The output's rows follow the input's rows.",
                lambda: [[9, 8], [6, 7]],
            ),
            Mistake(
                "Those are the sums. Pooling takes the largest number of each window.",
                lambda: [[16, 12], [20, 20]],
            ),
            Mistake(
                "That is stride 1. With stride 2 the windows lie side by side.",
                lambda: [[9, 4, 6], [8, 8, 7], [8, 8, 7]],
            ),
        ),
    ),
    "max-pool": Exercise(
        solution=_max,
        needs="a function of (x, size, stride) that returns the maxima as an array.",
        why="Each window, stride cells from the last one, keeps its largest number.",
        cases=(
            (_A, 2, 2),
            (_A, 3, 1),
            (_B, 2, 1),
            (_B, 3, 2),
            (_A / 4 - 3, 2, 3),
            (_A, 1, 2),
            (-_A[:, :2], 2, 1),
            (_A[:3, :3], 3, 3),
        ),
        mistakes=(
            Mistake(
                "You start the search at 0. All numbers of a window can be negative: start at −∞, "
                "or use .max().",
                lambda x, size, stride: np.maximum(_max(x, size, stride), 0),
            ),
            Mistake(
                "That is average pooling. Take the largest number of each window.",
                lambda x, size, stride: avg_pool2d(x[None], size, stride)[0],
            ),
            Mistake(
                "The stride is missing: your windows always lie side by side.",
                lambda x, size, stride: _max(x, size, size),
            ),
            Mistake(
                "The stride is missing: your window moves by one cell each time.",
                lambda x, size, stride: _max(x, size, 1),
            ),
        ),
    ),
    "size": Exercise(
        solution=lambda i, f, s: pool_output_size(i, f, s, ceil_mode=False),
        needs="a function of (i, F, S) that returns a whole number.",
        why="The window takes F cells, the stride divides what is left, and the first window "
        "counts too.",
        cases=(
            (4, 2, 2),
            (4, 2, 1),
            (7, 2, 2),
            (7, 3, 2),
            (8, 3, 3),
            (3, 3, 2),
            (1, 1, 1),
            (9, 2, 3),
            (10, 1, 4),
        ),
        mistakes=(
            Mistake(
                "The + 1 is missing: the first window counts too.",
                lambda i, f, s: (i - f) // s,
            ),
            Mistake(
                "That is right only for windows that lie side by side. In general the stride says "
                "how far apart they are, and the window how many cells must be left.",
                lambda i, f, s: i // s,
            ),
            Mistake(
                "That rounds up. Without ceil mode a window that does not fit completely is left "
                "out.",
                lambda i, f, s: -(-(i - f) // s) + 1,
            ),
            Mistake(
                "That is a fraction where the stride does not divide evenly. Round down with //.",
                lambda i, f, s: (i - f) / s + 1,
            ),
            Mistake(
                "You divided by the window. The step is the stride.",
                lambda i, f, s: i // f,
            ),
            Mistake(
                "The stride is missing: the window moves by S cells.",
                lambda i, f, s: i - f + 1,
            ),
        ),
    ),
    "parameters": Exercise(
        solution=lambda: 0,
        needs="a whole number.",
        why="The maximum has no weights and no bias: there is nothing to learn.",
        mistakes=(
            Mistake("Nothing is multiplied: the window has no weights.", lambda: 9),
            Mistake(
                "Each channel is pooled separately, but still without weights.", lambda: 9 * 64
            ),
            Mistake("There is no bias either.", lambda: 64),
            Mistake("Neither weights nor biases: nothing is learned here.", lambda: 640),
            Mistake(
                "That is a convolution from 64 to 64 channels. Pooling has no weights.",
                lambda: 9 * 64 * 64 + 64,
            ),
        ),
    ),
    "backward": Exercise(
        solution=_backward,
        needs="a function of (x, grad, size) that returns an array of the shape of x.",
        why="Only the cell that won decides the output; at a tie PyTorch and cnnlib take the "
        "first.",
        cases=(
            (_TIES, _GRAD, 2),
            (_A[:, :4].astype(float), _GRAD, 2),
            (_TIES[:2] - 5, np.array([[0.5, -3]]), 2),
            (np.zeros((3, 3)), np.array([[2.5]]), 3),
            (-_TIES[:1], _GRAD[:1].repeat(2, 1), 1),
        ),
        mistakes=(
            Mistake(
                "Equal cells: you give each of them the whole gradient. PyTorch and cnnlib choose "
                "the first in reading order.",
                _to_all_ties,
            ),
            Mistake(
                "Equal cells: you choose the last one. PyTorch and cnnlib choose the first in "
                "reading order.",
                _to_last,
            ),
            Mistake(
                "That is the gradient of average pooling: every cell gets a share. The maximum "
                "depends on the largest cell only.",
                _to_mean,
            ),
            Mistake(
                "The gradient of the output is missing: you mark the winners with 1.",
                lambda x, grad, size: _backward(x, np.ones_like(grad), size),
            ),
            Mistake(
                "At a tie you split the gradient. Mathematics allows that; PyTorch and cnnlib "
                "give all of it to the first in reading order.",
                _shared_out,
            ),
            Mistake(
                "You give the gradient to every cell of the window. Only the largest one gets it.",
                lambda x, grad, size: np.kron(grad, np.ones((size, size))),
            ),
        ),
    ),
}
