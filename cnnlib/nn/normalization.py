"""Batch normalisation: each channel is brought to mean 0 and spread 1, then scaled as learned."""

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from cnnlib._checks import as_array, as_int, as_number, check_shape
from cnnlib.nn.module import Buffer, Module, Parameter
from cnnlib.operations.receptive_fields import LayerSpec

#: The axes over which a channel's mean is taken: samples, rows, columns.
_ALL_BUT_CHANNELS = (0, 2, 3)


class BatchNorm2d(Module):
    """Subtract each channel's mean, divide by its spread, then scale and shift as learned.

    In training, mean and variance are those of the batch, and running means of both are kept; in
    evaluation these stand in, so that the output for one image does not depend on the others.

    Parameters
    ----------
    num_features : channels C of the input (N, C, H, W).
    eps : is added to the variance, so that a constant channel is not divided by 0. Default 1e-5.
    momentum : how much of the running mean each batch replaces. Default 0.1.
    dtype : of the parameters and the running means. Default float32.

    Names, defaults and results are those of `torch.nn.BatchNorm2d`; the running variance is the
    unbiased one, as there. A batch with one number a channel has no spread: ``ValueError``.

    Source: Ioffe & Szegedy, "Batch normalization: accelerating deep network training by reducing
    internal covariate shift", 2015, algorithms 1 and 2.

    >>> output = BatchNorm2d(1)(np.array([[[[1.0, 3.0]]], [[[5.0, 7.0]]]]))
    >>> output.round(2).ravel()
    array([-1.34, -0.45,  0.45,  1.34])
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        dtype: DTypeLike = np.float32,
    ) -> None:
        """Begin with scale 1, shift 0, running mean 0 and running variance 1."""
        self.num_features = as_int(num_features, "num_features", 1)
        self.eps = as_number(eps, "eps", 0, np.inf)
        self.momentum = as_number(momentum, "momentum", 0, np.inf)
        kind = np.dtype(dtype)
        if kind.kind != "f":
            raise TypeError(f"dtype must be a float type, got {kind}")
        self.weight = Parameter(np.ones(num_features, kind))
        self.bias = Parameter(np.zeros(num_features, kind))
        self.running_mean = Buffer(np.zeros(num_features, kind))
        self.running_var = Buffer(np.ones(num_features, kind))

    def forward(self, input: ArrayLike) -> np.ndarray:
        """Return the normalised input, of the same shape (N, C, H, W)."""
        x = as_array(input, "input")
        if x.ndim != 4 or x.shape[1] != self.num_features:
            raise ValueError(
                f"input must be (N, {self.num_features}, H, W) for a layer of num_features "
                f"{self.num_features}, got shape {x.shape}"
            )
        mean, var = self._batch_statistics(x) if self.training else self._running()
        scale = 1 / np.sqrt(_along(var, x) + x.dtype.type(self.eps))
        normal = (x - _along(mean, x)) * scale
        self.remember(normal, scale)
        return _along(self.weight.value, x) * normal + _along(self.bias.value, x)

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Add the gradients of scale and shift and return the input's.

        In training the mean and the spread depend on every number too: what all of a channel's
        numbers have in common, and what goes along with them, drops out of the gradient.
        """
        normal, scale = self.recall()
        dy = as_array(grad_output, "grad_output")
        check_shape(dy.shape, normal.shape, "grad_output")
        self.bias.accumulate(dy.sum(axis=_ALL_BUT_CHANNELS))
        self.weight.accumulate((dy * normal).sum(axis=_ALL_BUT_CHANNELS))
        if not need_input:
            return None
        grad = dy * _along(self.weight.value, dy)
        if self.training:
            grad = grad - _mean(grad) - normal * _mean(grad * normal)
        return grad * scale

    def _batch_statistics(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and variance of each channel, and let the running means follow."""
        count = x.size // max(1, self.num_features)
        if count < 2:
            raise ValueError(
                f"in training each channel needs 2 numbers or more to have a spread, got shape "
                f"{x.shape}; switch to evaluation by eval(), or give a larger batch"
            )
        mean, var = x.mean(axis=_ALL_BUT_CHANNELS), x.var(axis=_ALL_BUT_CHANNELS)
        for running, now in (
            (self.running_mean, mean),
            (self.running_var, var * count / (count - 1)),
        ):
            change = self.momentum * (now - running.value)
            running.value = running.value + change.astype(running.value.dtype)
        return mean, var

    def _running(self) -> tuple[np.ndarray, np.ndarray]:
        return self.running_mean.value, self.running_var.value

    def specs(self) -> list[LayerSpec]:
        """Describe the layer for `trace` and `summary`: it keeps all sizes."""
        return [LayerSpec("elementwise", name="BatchNorm2d")]


def _along(channels: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return one number a channel in a shape that meets (N, C, H, W), in the dtype of x."""
    return channels[:, None, None].astype(x.dtype)


def _mean(x: np.ndarray) -> np.ndarray:
    return x.mean(axis=_ALL_BUT_CHANNELS, keepdims=True)
