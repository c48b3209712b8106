"""Layers: an operation together with its parameters, and what its gradient must remember.

Every layer has two halves. ``forward(x)`` computes the output; ``backward(grad_output)`` adds the
gradients of the parameters to their ``grad`` and returns the gradient of the input. `Sequential`
chains layers: forwards in order, backwards in reverse, and that is all of back propagation. Names,
defaults and initial values are those of `torch.nn`.

How a layer remembers: each forward pass puts what its backward pass needs on top of a pile, and
``backward`` takes the topmost away. The last call goes back first. So a layer may stand in a
network twice, and a network may be called twice before it goes back. Training and evaluation have
a pile each, and `predict` remembers nothing: neither disturbs a backward pass still to come.
You call a layer as ``layer(x)``: that is ``forward`` on a copy, so you may change the arrays
afterwards. Between the layers of a `Sequential` nothing is copied. A change of the weights before
``backward`` is not noticed: step after it.

>>> model = Sequential(Conv2d(1, 8, 3, padding=1, rng=0), ReLU(), MaxPool2d(2), Flatten())
>>> output = model(np.ones((5, 1, 28, 28), dtype=np.float32))
>>> output.shape, output.dtype
((5, 1568), dtype('float32'))
>>> model.backward(np.ones_like(output)).shape
(5, 1, 28, 28)
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from cnnlib._checks import as_array, as_axes, as_int, check_flag, check_shape
from cnnlib.nn.elementwise import Dropout, ReLU
from cnnlib.nn.module import Module, Parameter, Rng, Sequential, initial_parameters
from cnnlib.nn.normalization import BatchNorm2d
from cnnlib.nn.residual import Residual
from cnnlib.operations._windows import Padding, Size, check_groups, pool_axes, window_axes
from cnnlib.operations.convolution import Gradients, conv2d, conv2d_backward
from cnnlib.operations.geometry import conv_transpose_output_size, effective_kernel_size
from cnnlib.operations.pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
)
from cnnlib.operations.receptive_fields import LayerSpec
from cnnlib.operations.transposed import conv_transpose2d, conv_transpose2d_backward

__all__ = ["AvgPool2d", "BatchNorm2d", "Conv2d", "ConvTranspose2d", "Dropout", "Flatten"]
__all__ += ["Linear", "MaxPool2d", "Module", "Parameter", "ReLU", "Residual", "Rng", "Sequential"]


class _Filters(Module):
    """What the two kinds of convolution have in common."""

    kind: str
    weight: Parameter
    bias: Parameter | None
    stride: Size
    padding: Padding
    dilation: Size
    output_padding: Size = 0

    def _set_filters(self, c: int, k: int, kernel_size: Size, groups: int) -> tuple[int, int]:
        self.in_channels = as_int(c, "in_channels", 1)
        self.out_channels = as_int(k, "out_channels", 1)
        check_groups(self.in_channels, self.out_channels, groups)
        self.groups, self.kernel_size = groups, as_axes(kernel_size, 2, "kernel_size", 1)
        return self.in_channels, self.out_channels

    def _begin(self, input: ArrayLike) -> tuple[np.ndarray, np.ndarray | None]:
        """Remember the input; return it and the bias. Refuse one with other channels."""
        x, c = as_array(input, "input"), self.in_channels
        if x.ndim in (3, 4) and x.shape[-3] != c:
            hint = "; images without a channel axis get one by input[:, None]"
            raise ValueError(
                f"input must be (N, {c}, H, W) or ({c}, H, W) for a layer of in_channels {c}, got "
                f"shape {x.shape}{hint if x.ndim == 3 and c == 1 else ''}"
            )
        self.remember(x)
        return x, None if self.bias is None else self.bias.value

    def _learn(self, grads: Gradients) -> np.ndarray | None:
        """Add to the parameters' gradients; return the input's."""
        self.weight.accumulate(grads.weight)
        if self.bias is not None:
            self.bias.accumulate(grads.bias)
        return grads.input

    def specs(self) -> list[LayerSpec]:
        """Describe the layer for `trace` and `summary`."""
        return [
            LayerSpec(
                self.kind,
                self.kernel_size,
                self.stride,
                self.padding,
                self.dilation,
                self.out_channels,
                self.groups,
                self.bias is not None,
                output_padding=self.output_padding,
                name=type(self).__name__,
                in_channels=self.in_channels,
            )
        ]


class Conv2d(_Filters):
    """A layer of filters: `conv2d` with its weight and bias.

    Parameters
    ----------
    in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias : as in
        `torch.nn.Conv2d`.
    rng : a NumPy generator or a seed for the initial values, drawn as PyTorch does: uniform
        within ±1/√(weights of one filter). Default unpredictable.
    dtype : of the parameters. Default float32.

    >>> layer = Conv2d(3, 96, 11, stride=4)
    >>> sum(p.value.size for p in layer.parameters())
    34944
    """

    kind = "conv"

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Padding = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        rng: Rng = None,
        dtype: DTypeLike = np.float32,
    ) -> None:
        """Draw the initial weights."""
        c, k = self._set_filters(in_channels, out_channels, kernel_size, groups)
        self.stride, self.padding, self.dilation = stride, padding, dilation
        d = as_axes(dilation, 2, "dilation", 1)
        reach = effective_kernel_size(self.kernel_size, d)
        window_axes(reach, self.kernel_size, stride, padding, d)  # refuses what fits no input
        shape = (k, c // groups, *self.kernel_size)
        self.weight, self.bias = initial_parameters(shape, k, bias, rng, dtype)

    def forward(self, input: ArrayLike) -> np.ndarray:
        """Return (N, C_out, H_out, W_out) for (N, C_in, H, W)."""
        x, bias = self._begin(input)
        return conv2d(x, self.weight.value, bias, *self._arguments())

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Add the gradients of weight and bias and return the input's."""
        (x,) = self.recall()
        weight = self.weight.value
        grads = conv2d_backward(grad_output, x, weight, *self._arguments(), need_input=need_input)
        return self._learn(grads)

    def _arguments(self) -> tuple[Size, Padding, Size, int]:
        return self.stride, self.padding, self.dilation, self.groups


class ConvTranspose2d(_Filters):
    """A layer of stamps: `conv_transpose2d` with its weight and bias.

    Parameters as in `torch.nn.ConvTranspose2d`, then `rng` and `dtype` as in `Conv2d`.

    >>> ConvTranspose2d(16, 8, 4, stride=2, padding=1)(np.zeros((1, 16, 7, 7))).shape
    (1, 8, 14, 14)
    """

    kind = "conv_transpose"

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Size = 1,
        rng: Rng = None,
        dtype: DTypeLike = np.float32,
    ) -> None:
        """Draw the initial weights."""
        c, k = self._set_filters(in_channels, out_channels, kernel_size, groups)
        self.stride, self.padding = stride, padding
        self.output_padding, self.dilation = output_padding, dilation
        some = (2**20, 2**20)  # large enough for all that any input fits
        conv_transpose_output_size(
            some, self.kernel_size, stride, padding, output_padding, dilation
        )
        shape = (c, k // groups, *self.kernel_size)
        self.weight, self.bias = initial_parameters(shape, k, bias, rng, dtype)

    def forward(self, input: ArrayLike) -> np.ndarray:
        """Return (N, C_out, H_out, W_out) for (N, C_in, H, W)."""
        x, bias = self._begin(input)
        return conv_transpose2d(x, self.weight.value, bias, *self._arguments())

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Add the gradients of weight and bias and return the input's."""
        (x,) = self.recall()
        grads = conv_transpose2d_backward(grad_output, x, self.weight.value, *self._arguments())
        return self._learn(grads)

    def _arguments(self) -> tuple[Size, Any, Size, int, Size]:
        return self.stride, self.padding, self.output_padding, self.groups, self.dilation


class Linear(Module):
    """A fully connected layer: output = input · weightᵀ + bias.

    Parameters as in `torch.nn.Linear`, then `rng` and `dtype` as in `Conv2d`. Works on the last
    axis of an input with one axis or more.

    >>> Linear(784, 10)(np.zeros((5, 784), dtype=np.float32)).shape
    (5, 10)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        rng: Rng = None,
        dtype: DTypeLike = np.float32,
    ) -> None:
        """Draw the initial weights."""
        self.in_features = as_int(in_features, "in_features", 1)
        self.out_features = as_int(out_features, "out_features", 1)
        shape = self.out_features, self.in_features
        self.weight, self.bias = initial_parameters(shape, self.out_features, bias, rng, dtype)

    def forward(self, input: ArrayLike) -> np.ndarray:
        """Return (…, out_features) for (…, in_features)."""
        x = as_array(input, "input")
        if x.ndim == 0 or x.shape[-1] != self.in_features:
            raise ValueError(
                f"input must have {self.in_features} features as its last axis, got shape {x.shape}"
            )
        self.remember(x)
        output = x @ self.weight.value.T
        return output if self.bias is None else output + self.bias.value

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Add the gradients of weight and bias and return the input's."""
        (x,) = self.recall()
        dy = as_array(grad_output, "grad_output")
        check_shape(dy.shape, (*x.shape[:-1], self.out_features), "grad_output")
        rows = dy.reshape(-1, self.out_features)
        self.weight.accumulate(rows.T @ x.reshape(-1, self.in_features))
        if self.bias is not None:
            self.bias.accumulate(rows.sum(axis=0))
        return dy @ self.weight.value if need_input else None

    def specs(self) -> list[LayerSpec]:
        """Describe the layer for `trace` and `summary`."""
        spec = LayerSpec("linear", channels=self.out_features, in_channels=self.in_features)
        return [spec._replace(bias=self.bias is not None, name="Linear")]


class MaxPool2d(Module):
    """Max pooling without parameters. Arguments as in `torch.nn.MaxPool2d`.

    >>> MaxPool2d(2)(np.zeros((1, 3, 28, 28))).shape
    (1, 3, 14, 14)
    """

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        ceil_mode: bool = False,
    ) -> None:
        """Keep the arguments of `max_pool2d`."""
        self.kernel_size = as_axes(kernel_size, 2, "kernel_size", 1)
        self.stride = self.kernel_size if stride is None else stride
        self.padding, self.dilation, self.ceil_mode = padding, dilation, ceil_mode
        check_flag(ceil_mode, "ceil_mode")
        reach = effective_kernel_size(self.kernel_size, as_axes(dilation, 2, "dilation", 1))
        pool_axes(reach, self.kernel_size, self.stride, padding, dilation)  # refuses misfits

    def forward(self, input: ArrayLike) -> np.ndarray:
        """Return the maximum of every window."""
        x = np.asarray(input)
        output = max_pool2d(x, *self._arguments())
        assert isinstance(output, np.ndarray)  # a pair only with return_indices
        self.remember(x, output)
        return output

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Return the input's gradient: each window's goes to its maximum."""
        x, output = self.recall()
        return max_pool2d_backward(grad_output, x, *self._arguments(), output)

    def _arguments(self) -> tuple[Size, Size, Size, Size, bool]:
        return self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode

    def specs(self) -> list[LayerSpec]:
        """Describe the layer for `trace` and `summary`."""
        kernel, stride, padding, dilation, ceil = self._arguments()
        name = "MaxPool2d"
        return [LayerSpec("max_pool", kernel, stride, padding, dilation, ceil_mode=ceil, name=name)]


class AvgPool2d(Module):
    """Average pooling without parameters. Arguments as in `torch.nn.AvgPool2d`.

    >>> AvgPool2d(2)(np.zeros((1, 3, 28, 28))).shape
    (1, 3, 14, 14)
    """

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        """Keep the arguments of `avg_pool2d`."""
        self.kernel_size = as_axes(kernel_size, 2, "kernel_size", 1)
        self.stride = self.kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad = count_include_pad
        check_flag(ceil_mode, "ceil_mode")
        check_flag(count_include_pad, "count_include_pad")
        pool_axes(self.kernel_size, self.kernel_size, self.stride, padding, 1)  # refuses misfits

    def forward(self, input: ArrayLike) -> np.ndarray:
        """Return the mean of every window."""
        x = np.asarray(input)
        self.remember(x)
        return avg_pool2d(x, *self._arguments())

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Return the input's gradient: each window's is shared out."""
        (x,) = self.recall()
        return avg_pool2d_backward(grad_output, x, *self._arguments())

    def _arguments(self) -> tuple[Size, Size, Size, bool, bool]:
        return self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad

    def specs(self) -> list[LayerSpec]:
        """Describe the layer for `trace` and `summary`."""
        kernel, stride, padding, ceil, _ = self._arguments()
        return [LayerSpec("avg_pool", kernel, stride, padding, ceil_mode=ceil, name="AvgPool2d")]


class Flatten(Module):
    """Write each sample's numbers in one row: (N, C, H, W) → (N, C · H · W).

    >>> Flatten()(np.zeros((5, 16, 7, 7))).shape
    (5, 784)
    """

    def forward(self, input: ArrayLike) -> np.ndarray:
        """Return the rows."""
        x = as_array(input, "input")
        if x.ndim < 2:
            raise ValueError(f"input must have at least 2 axes (N, …), got shape {x.shape}")
        self.remember(x.shape)
        return x.reshape(len(x), math.prod(x.shape[1:]))

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Return the gradient in the input's shape."""
        (shape,) = self.recall()
        dy = as_array(grad_output, "grad_output")
        check_shape(dy.shape, (shape[0], math.prod(shape[1:])), "grad_output")
        return dy.reshape(shape)

    def specs(self) -> list[LayerSpec]:
        """Describe the layer for `trace` and `summary`."""
        return [LayerSpec("flatten", name="Flatten")]
