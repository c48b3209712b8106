"""The exercises of the chapter on learned kernels."""

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.nn.losses import mse_loss_backward
from cnnlib.operations.convolution import conv2d, conv2d_backward


def _step(
    w: np.ndarray, x: np.ndarray, target: np.ndarray, lr: float, factor: float = 1.0
) -> np.ndarray:
    """Return the kernel after one step down the gradient, times `factor`."""
    output = conv2d(x[None, None], w[None, None])
    grad = mse_loss_backward(output, target[None, None])
    return w - factor * lr * conv2d_backward(grad, x[None, None], w[None, None]).weight[0, 0]


def _error(w: np.ndarray, x: np.ndarray, target: np.ndarray) -> np.ndarray:
    return conv2d(x[None, None], w[None, None])[0, 0] - target


_IMAGE = np.array([[1.0, 0, 2, 1], [0, 3, 1, 0], [2, 1, 0, 1], [1, 0, 1, 2]])
_TARGET = np.array([[1.0, 2.0], [-1.0, 0.0]])
_W = np.array([[0.0, 1, 0], [1, 0, -1], [0, 2, 0]])

EXERCISES = {
    "step": Exercise(
        solution=_step,
        needs="a function of (w, x, target, lr) that returns the new kernel.",
        why="The mean squared error falls against its gradient, 2 · error · window, averaged over "
        "the outputs.",
        cases=(
            (_W, _IMAGE, _TARGET, 0.1),
            (_W.T, _IMAGE, _TARGET, 1.0),
            (np.zeros((3, 3)), np.pad(_IMAGE, (0, 1)), np.arange(9.0).reshape(3, 3), 0.1),
            (
                _W * 0.5,
                np.pad(_IMAGE, ((0, 0), (1, 0))),
                np.array([[1.0, 0, 2], [0, -3, 0.5]]),
                0.2,
            ),
        ),
        mistakes=(
            Mistake(
                "You went up the gradient. The loss falls against it: minus.",
                lambda w, x, target, lr: _step(w, x, target, -lr),
            ),
            Mistake(
                "The 2 is missing: it comes from the square.",
                lambda w, x, target, lr: _step(w, x, target, lr, 0.5),
            ),
            Mistake(
                "Your loss is the sum of the squares. Take their mean: divide by the number of "
                "outputs.",
                lambda w, x, target, lr: _step(w, x, target, lr, target.size),
            ),
            Mistake(
                "You returned the gradient. Subtract lr times it from the kernel.",
                lambda w, x, target, lr: (w - _step(w, x, target, lr)) / lr,
            ),
            Mistake(
                "The rate is missing: subtract lr times the gradient from the kernel.",
                lambda w, x, target, lr: _step(w, x, target, 1.0),
            ),
            Mistake(
                "You subtract the same from every weight. A weight's share is the error times the "
                "pixel under it.",
                lambda w, x, target, lr: w - lr * 2 * _error(w, x, target).mean(),
            ),
        ),
    ),
    "pairs": Exercise(
        solution=lambda kernel_size, channels: kernel_size**2 * channels + 1,
        needs="a function of (kernel_size, channels) that returns a whole number.",
        why="There are F · F weights for each channel and one bias, and each pair gives one "
        "equation.",
        cases=(
            (3, 1),
            (5, 3),
            (1, 64),
            (1, 1),
            (2, 7),
        ),
        mistakes=(
            Mistake(
                "Those are the weights. The bias is unknown as well.",
                lambda kernel_size, channels: kernel_size**2 * channels,
            ),
            Mistake(
                "The depth is missing: the filter has weights for each channel.",
                lambda kernel_size, channels: kernel_size**2 + 1,
            ),
            Mistake(
                "A filter has one bias, not one for each channel.",
                lambda kernel_size, channels: (kernel_size**2 + 1) * channels,
            ),
            Mistake(
                "The kernel has F · F cells, not F.",
                lambda kernel_size, channels: kernel_size * channels + 1,
            ),
            Mistake(
                "You squared the depth as well. A channel has F · F weights, so there are "
                "F · F · D₁.",
                lambda kernel_size, channels: (kernel_size * channels) ** 2 + 1,
            ),
        ),
    ),
    "stripes": Exercise(
        solution=lambda: 3,
        needs="a whole number.",
        why="All three rows of a window are equal, so you learn the sum of each column of the "
        "kernel: three numbers. Which row holds the weight stays unknown.",
        mistakes=(
            Mistake(
                "Nine numbers need nine windows that differ in nine ways. Here the three rows of "
                "every window are the same.",
                lambda: 9,
            ),
            Mistake(
                "That is what a picture of one grey tells you: the sum of all weights. Here "
                "neighbouring columns differ.",
                lambda: 1,
            ),
            Mistake(
                "All three rows of a window are equal: they give three numbers once, not twice.",
                lambda: 6,
            ),
            Mistake(
                "The columns do tell something: their random numbers differ.",
                lambda: 0,
            ),
        ),
    ),
    "noise": Exercise(
        solution=lambda: 5760,
        needs="a whole number of pairs.",
        why="A third of the error takes 3² = 9 times the pairs: 9 · 640 = 5,760.",
        mistakes=(
            Mistake(
                "Three times the pairs divide the error by √3 only.",
                lambda: 1920,
            ),
            Mistake(
                "Four times the pairs give half of the error. You need a third of it.",
                lambda: 2560,
            ),
            Mistake(
                "Those are the additional pairs. Count all of them.",
                lambda: 5120,
            ),
            Mistake(
                "The error falls with the square root of the pairs, not faster: fewer pairs "
                "never help.",
                lambda: 71,
            ),
        ),
    ),
}
