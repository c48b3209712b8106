"""Gradients measured instead of derived: change a number a little, and see what the loss does."""

from collections.abc import Callable

import numpy as np

from cnnlib.nn.losses import cross_entropy, cross_entropy_backward
from cnnlib.nn.module import Sequential


def finite_differences(
    loss: Callable[[np.ndarray], float], values: np.ndarray, h: float = 1e-4
) -> np.ndarray:
    """Return how fast `loss` grows with each of `values`, by a step of `h` to both sides.

    >>> finite_differences(lambda x: (x**2).sum(), np.array([1.0, 3.0])).round(6)
    array([2., 6.])
    """
    slopes = np.zeros(values.shape)
    for place in np.ndindex(values.shape):
        more, less = values.copy(), values.copy()
        more[place] += h
        less[place] -= h
        slopes[place] = (loss(more) - loss(less)) / (2 * h)
    return slopes


def largest_error(
    model: Sequential, images: np.ndarray, labels: np.ndarray, h: float = 1e-6
) -> float:
    """Return how far a classifier's gradients are at most from finite differences.

    Every parameter is changed once up and once down, so use a small network, in float64.

    Parameters
    ----------
    model : its parameters are float64; they are what they were afterwards.
    images, labels : (N, C, H, W) and (N,), what the cross-entropy is computed for.
    h : the step. Default 1e-6.

    >>> from cnnlib.nn.layers import Flatten, Linear
    >>> model = Sequential(Flatten(), Linear(4, 3, rng=0, dtype=np.float64))
    >>> largest_error(model, np.ones((2, 1, 2, 2)), np.array([0, 2])) < 1e-8
    True
    """
    model.zero_grad()
    model.backward(cross_entropy_backward(model(images), labels))
    worst = 0.0
    for parameter in model.parameters():
        kept = parameter.value

        def loss(values: np.ndarray, parameter: object = parameter) -> float:
            parameter.value = values  # type: ignore[attr-defined]
            return cross_entropy(model(images), labels)

        slopes = finite_differences(loss, kept, h)
        parameter.value = kept
        worst = max(worst, float(np.abs(slopes - parameter.grad).max()))
    return worst
