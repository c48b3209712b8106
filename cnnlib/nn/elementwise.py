"""Layers that take each number on its own: ReLU and Dropout."""

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import as_array, as_number, check_shape
from cnnlib.nn.module import Module, Rng


class ReLU(Module):
    """Cut off what is negative: max(x, 0). Its slope at 0 is taken as 0, as in PyTorch.

    >>> ReLU()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def forward(self, input: ArrayLike) -> np.ndarray:
        """Return max(x, 0)."""
        output = np.maximum(as_array(input, "input"), 0)
        self.remember(output)
        return output

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Return the gradient where the output is positive, 0 elsewhere."""
        (output,) = self.recall()
        dy = as_array(grad_output, "grad_output")
        check_shape(dy.shape, output.shape, "grad_output")
        passes = ~(output <= 0)  # NaN passes, as in PyTorch
        if np.isfinite(dy.max(initial=0) - dy.min(initial=0)):
            return dy * passes
        return np.where(passes, dy, dy.dtype.type(0))  # slower, but 0 · ∞ would be NaN


class Dropout(Module):
    """In training set each number to 0 with probability p and scale the others by 1 / (1 − p).

    So the expected value stays, and in evaluation nothing has to be done.

    Parameters
    ----------
    p : probability, 0 ≤ p < 1. Default 0.5.
    rng : a NumPy generator or a seed. Default unpredictable.

    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from
    overfitting", 2014.

    >>> Dropout(0.5, rng=0)(np.ones(4))
    array([2., 0., 0., 0.])
    """

    def __init__(self, p: float = 0.5, rng: Rng = None) -> None:
        """Keep the probability."""
        self.p = as_number(p, "p", 0, 1)
        self.rng = np.random.default_rng(rng)

    def forward(self, input: ArrayLike) -> np.ndarray:
        """Drop numbers in training; return the input as it is in evaluation."""
        x = as_array(input, "input")
        if x.dtype.kind != "f":
            raise TypeError(f"input must hold floats to be scaled, got dtype {x.dtype}")
        if not self.training or self.p == 0:
            self.remember(x.shape, None)
            return x
        keep = self.rng.random(x.shape) >= self.p
        scale = keep.astype(x.dtype) / x.dtype.type(1 - self.p)
        self.remember(x.shape, scale)
        return x * scale

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Return the gradient, with the same numbers dropped."""
        shape, scale = self.recall()
        dy = as_array(grad_output, "grad_output")
        check_shape(dy.shape, shape, "grad_output")
        return dy if scale is None else dy * scale
