"""Layers: an operation together with its parameters, and what its gradient must remember.

Every layer has two halves. ``layer(x)`` computes the output and keeps what the way back will need;
``layer.backward(grad_output)`` adds the gradients of the parameters to their ``grad`` and returns
the gradient of the input. `Sequential` chains layers: forwards in order, backwards in reverse, and
that is all of back propagation. Names, defaults and initial values are those of `torch.nn`.

>>> model = Sequential(Conv2d(1, 8, 3, padding=1, rng=0), ReLU(), MaxPool2d(2), Flatten())
>>> output = model(np.ones((5, 1, 28, 28), dtype=np.float32))
>>> output.shape, output.dtype
((5, 1568), dtype('float32'))
>>> model.backward(np.ones_like(output)).shape
(5, 1, 28, 28)
"""

import math
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from cnnlib._checks import as_array, as_axes, as_int, check_flag, check_shape, describe
from cnnlib.operations._windows import Padding, Size, check_groups
from cnnlib.operations.convolution import conv2d, conv2d_backward
from cnnlib.operations.pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
)
from cnnlib.operations.receptive_fields import LayerSpec
from cnnlib.operations.transposed import conv_transpose2d, conv_transpose2d_backward

#: What a layer draws its random numbers from: a generator, or the seed of one.
Rng = np.random.Generator | int | None


class Parameter:
    """Numbers that are learned: their `value`, and the gradient of the loss in `grad`."""

    def __init__(self, value: np.ndarray) -> None:
        """Start with `value` and no gradient."""
        self.value = value
        self.grad: np.ndarray | None = None

    def accumulate(self, grad: np.ndarray) -> None:
        """Add to the gradient: a parameter that is used twice has the sum of both."""
        self.grad = grad if self.grad is None else self.grad + grad


class Module:
    """What every layer can do."""

    #: Dropout acts in training only; `train` and `eval` switch.
    training = True

    def __call__(self, input: ArrayLike) -> np.ndarray:
        """Return the output, and remember what `backward` needs."""
        raise NotImplementedError

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Add to the parameters' gradients and return the input's.

        With `need_input` False, a layer with parameters may return None: nobody is below it.
        """
        raise NotImplementedError

    def parameters(self) -> list[Parameter]:
        """Return the parameters, in a fixed order."""
        return [value for value in vars(self).values() if isinstance(value, Parameter)]

    def zero_grad(self) -> None:
        """Forget the gradients. Call it before each backward pass, or they add up."""
        for parameter in self.parameters():
            parameter.grad = None

    def train(self, mode: bool = True) -> "Module":
        """Switch to training (the default), or with False to evaluation."""
        check_flag(mode, "mode")
        self.training = bool(mode)
        return self

    def eval(self) -> "Module":
        """Switch to evaluation: dropout does nothing."""
        return self.train(False)

    def specs(self) -> list[LayerSpec]:
        """Describe the layer for `trace` and `summary`."""
        return [LayerSpec("elementwise", name=type(self).__name__)]

    def _not_called(self) -> NoReturn:
        raise RuntimeError(
            f"{type(self).__name__}.backward needs a forward pass before it: call the layer first"
        )


class Conv2d(Module):
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
        c = as_int(in_channels, "in_channels", 1)
        k = as_int(out_channels, "out_channels", 1)
        check_groups(c, k, groups)
        self.kernel_size = as_axes(kernel_size, 2, "kernel_size", 1)
        self.in_channels, self.out_channels, self.groups = c, k, groups
        self.stride, self.padding, self.dilation = stride, padding, dilation
        self.weight, self.bias = _initial((k, c // groups, *self.kernel_size), k, bias, rng, dtype)
        self._input: np.ndarray | None = None

    def __call__(self, input: ArrayLike) -> np.ndarray:
        """Return (N, C_out, H_out, W_out) for (N, C_in, H, W)."""
        self._input = np.asarray(input)
        bias = None if self.bias is None else self.bias.value
        return conv2d(self._input, self.weight.value, bias, *self._arguments())

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Add the gradients of weight and bias and return the input's."""
        if self._input is None:
            self._not_called()
        grads = conv2d_backward(
            grad_output,
            self._input,
            self.weight.value,
            *self._arguments(),
            need_input=need_input,
        )
        self.weight.accumulate(grads.weight)
        if self.bias is not None:
            self.bias.accumulate(grads.bias)
        return grads.input

    def _arguments(self) -> tuple[Size, Padding, Size, int]:
        return self.stride, self.padding, self.dilation, self.groups

    def specs(self) -> list[LayerSpec]:
        """Describe the layer for `trace` and `summary`."""
        return [
            LayerSpec(
                "conv",
                self.kernel_size,
                self.stride,
                self.padding,
                self.dilation,
                self.out_channels,
                self.groups,
                self.bias is not None,
                name="Conv2d",
            )
        ]


class ConvTranspose2d(Module):
    """A layer of stamps: `conv_transpose2d` with its weight and bias.

    Parameters as in `torch.nn.ConvTranspose2d`, then `rng` and `dtype` as in `Conv2d`.

    >>> ConvTranspose2d(16, 8, 4, stride=2, padding=1)(np.zeros((1, 16, 7, 7))).shape
    (1, 8, 14, 14)
    """

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
        c = as_int(in_channels, "in_channels", 1)
        k = as_int(out_channels, "out_channels", 1)
        check_groups(c, k, groups)
        self.kernel_size = as_axes(kernel_size, 2, "kernel_size", 1)
        self.in_channels, self.out_channels, self.groups = c, k, groups
        self.stride, self.padding = stride, padding
        self.output_padding, self.dilation = output_padding, dilation
        self.weight, self.bias = _initial((c, k // groups, *self.kernel_size), k, bias, rng, dtype)
        self._input: np.ndarray | None = None

    def __call__(self, input: ArrayLike) -> np.ndarray:
        """Return (N, C_out, H_out, W_out) for (N, C_in, H, W)."""
        self._input = np.asarray(input)
        bias = None if self.bias is None else self.bias.value
        return conv_transpose2d(self._input, self.weight.value, bias, *self._arguments())

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Add the gradients of weight and bias and return the input's."""
        if self._input is None:
            self._not_called()
        grads = conv_transpose2d_backward(
            grad_output, self._input, self.weight.value, *self._arguments()
        )
        self.weight.accumulate(grads.weight)
        if self.bias is not None:
            self.bias.accumulate(grads.bias)
        return grads.input

    def _arguments(self) -> tuple[Size, Size, Size, int, Size]:
        return self.stride, self.padding, self.output_padding, self.groups, self.dilation

    def specs(self) -> list[LayerSpec]:
        """Describe the layer for `trace` and `summary`."""
        return [
            LayerSpec(
                "conv_transpose",
                self.kernel_size,
                self.stride,
                self.padding,
                self.dilation,
                self.out_channels,
                self.groups,
                self.bias is not None,
                output_padding=self.output_padding,
                name="ConvTranspose2d",
            )
        ]


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
        self.weight, self.bias = _initial(shape, self.out_features, bias, rng, dtype)
        self._input: np.ndarray | None = None

    def __call__(self, input: ArrayLike) -> np.ndarray:
        """Return (…, out_features) for (…, in_features)."""
        x = as_array(input, "input")
        if x.ndim == 0 or x.shape[-1] != self.in_features:
            raise ValueError(
                f"input must have {self.in_features} features as its last axis, got shape {x.shape}"
            )
        self._input = x
        output = x @ self.weight.value.T
        return output if self.bias is None else output + self.bias.value

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Add the gradients of weight and bias and return the input's."""
        if self._input is None:
            self._not_called()
        dy = as_array(grad_output, "grad_output")
        check_shape(dy.shape, (*self._input.shape[:-1], self.out_features), "grad_output")
        rows = dy.reshape(-1, self.out_features)
        self.weight.accumulate(rows.T @ self._input.reshape(-1, self.in_features))
        if self.bias is not None:
            self.bias.accumulate(rows.sum(axis=0))
        return dy @ self.weight.value if need_input else None

    def specs(self) -> list[LayerSpec]:
        """Describe the layer for `trace` and `summary`."""
        has_bias = self.bias is not None
        return [LayerSpec("linear", channels=self.out_features, bias=has_bias, name="Linear")]


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
        self._input: np.ndarray | None = None
        self._output: np.ndarray | None = None

    def __call__(self, input: ArrayLike) -> np.ndarray:
        """Return the maximum of every window."""
        self._input = np.asarray(input)
        output = max_pool2d(self._input, *self._arguments())
        assert isinstance(output, np.ndarray)  # a pair only with return_indices
        self._output = output
        return output

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Return the input's gradient: each window's goes to its maximum."""
        if self._input is None:
            self._not_called()
        return max_pool2d_backward(grad_output, self._input, *self._arguments(), self._output)

    def _arguments(self) -> tuple[Size, Size, Size, Size, bool]:
        return self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode

    def specs(self) -> list[LayerSpec]:
        """Describe the layer for `trace` and `summary`."""
        kernel, stride, padding, dilation, ceil_mode = self._arguments()
        return [
            LayerSpec(
                "max_pool", kernel, stride, padding, dilation, ceil_mode=ceil_mode, name="MaxPool2d"
            )
        ]


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
        self._input: np.ndarray | None = None

    def __call__(self, input: ArrayLike) -> np.ndarray:
        """Return the mean of every window."""
        self._input = np.asarray(input)
        return avg_pool2d(self._input, *self._arguments())

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Return the input's gradient: each window's is shared out."""
        if self._input is None:
            self._not_called()
        return avg_pool2d_backward(grad_output, self._input, *self._arguments())

    def _arguments(self) -> tuple[Size, Size, Size, bool, bool]:
        return self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad

    def specs(self) -> list[LayerSpec]:
        """Describe the layer for `trace` and `summary`."""
        kernel, stride, padding, ceil_mode, _ = self._arguments()
        return [
            LayerSpec("avg_pool", kernel, stride, padding, ceil_mode=ceil_mode, name="AvgPool2d")
        ]


class ReLU(Module):
    """Cut off what is negative: max(x, 0). Its slope at 0 is taken as 0, as in PyTorch.

    >>> ReLU()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def __init__(self) -> None:
        """Nothing to keep."""
        self._is_positive: np.ndarray | None = None

    def __call__(self, input: ArrayLike) -> np.ndarray:
        """Return max(x, 0)."""
        x = as_array(input, "input")
        self._is_positive = x > 0
        return np.maximum(x, 0)

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Return the gradient where the input was positive, 0 elsewhere."""
        if self._is_positive is None:
            self._not_called()
        dy = as_array(grad_output, "grad_output")
        check_shape(dy.shape, self._is_positive.shape, "grad_output")
        return dy * self._is_positive


class Flatten(Module):
    """Write each sample's numbers in one row: (N, C, H, W) → (N, C · H · W).

    >>> Flatten()(np.zeros((5, 16, 7, 7))).shape
    (5, 784)
    """

    def __init__(self) -> None:
        """Nothing to keep."""
        self._shape: tuple[int, ...] | None = None

    def __call__(self, input: ArrayLike) -> np.ndarray:
        """Return the rows."""
        x = as_array(input, "input")
        if x.ndim < 2:
            raise ValueError(f"input must have at least 2 axes (N, …), got shape {x.shape}")
        self._shape = x.shape
        return x.reshape(len(x), math.prod(x.shape[1:]))

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Return the gradient in the input's shape."""
        if self._shape is None:
            self._not_called()
        dy = as_array(grad_output, "grad_output")
        check_shape(dy.shape, (self._shape[0], math.prod(self._shape[1:])), "grad_output")
        return dy.reshape(self._shape)

    def specs(self) -> list[LayerSpec]:
        """Describe the layer for `trace` and `summary`."""
        return [LayerSpec("flatten", name="Flatten")]


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
        if isinstance(p, bool) or not isinstance(p, (int, float)):
            raise TypeError(f"p must be a number, got {describe(p)}")
        if not 0 <= p < 1:
            raise ValueError(f"p must be at least 0 and below 1, got {p}")
        self.p = p
        self.rng = np.random.default_rng(rng)
        self._scale: np.ndarray | None = None
        self._called = False

    def __call__(self, input: ArrayLike) -> np.ndarray:
        """Drop numbers in training; return the input as it is in evaluation."""
        x = as_array(input, "input")
        if x.dtype.kind != "f":
            raise TypeError(f"input must hold floats to be scaled, got dtype {x.dtype}")
        self._called = True
        if not self.training or self.p == 0:
            self._scale = None
            return x
        keep = self.rng.random(x.shape) >= self.p
        self._scale = keep.astype(x.dtype) / x.dtype.type(1 - self.p)
        return x * self._scale

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Return the gradient, with the same numbers dropped."""
        if not self._called:
            self._not_called()
        dy = as_array(grad_output, "grad_output")
        return dy if self._scale is None else dy * self._scale


class Sequential(Module):
    """Layers in a row: each one's output is the next one's input.

    >>> model = Sequential(Linear(4, 3, rng=0), ReLU(), Linear(3, 2, rng=1))
    >>> model(np.ones((5, 4), dtype=np.float32)).shape
    (5, 2)
    >>> len(model.parameters())
    4
    """

    def __init__(self, *layers: Module) -> None:
        """Keep the layers, in order."""
        for number, layer in enumerate(layers):
            if not isinstance(layer, Module):
                raise TypeError(f"layers[{number}] must be a layer, got {describe(layer)}")
        self.layers = list(layers)

    def __iter__(self) -> Iterator[Module]:
        """Go through the layers."""
        return iter(self.layers)

    def __call__(self, input: ArrayLike) -> np.ndarray:
        """Return the last layer's output."""
        x: Any = input
        for layer in self.layers:
            x = layer(x)
        return x

    def backward(
        self,
        grad_output: ArrayLike,
        need_input: bool = True,
    ) -> np.ndarray | None:
        """Go back through the layers; return the input's gradient.

        With `need_input` False stop at the first layer with parameters: nothing below it learns.
        """
        grad: Any = grad_output
        learning = [i for i, layer in enumerate(self.layers) if layer.parameters()]
        lowest = 0 if need_input or not learning else learning[0]
        for number in reversed(range(lowest, len(self.layers))):
            grad = self.layers[number].backward(grad, need_input or number > lowest)
        return grad if need_input else None

    def predict(self, input: ArrayLike, batch_size: int = 256) -> np.ndarray:
        """Return the output of many samples, some at a time, in evaluation mode.

        A whole test set at once would need the memory of all its feature maps.
        """
        x = as_array(input, "input")
        step = as_int(batch_size, "batch_size", 1)
        before = [layer.training for layer in all_layers(self)]
        self.eval()
        try:
            parts = [self(x[first : first + step]) for first in range(0, max(1, len(x)), step)]
        finally:
            for layer, training in zip(all_layers(self), before, strict=True):
                layer.training = training
        return np.concatenate(parts)

    def parameters(self) -> list[Parameter]:
        """Return the parameters of all layers, in order."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def train(self, mode: bool = True) -> Module:
        """Switch all layers."""
        super().train(mode)
        for layer in self.layers:
            layer.train(mode)
        return self

    def specs(self) -> list[LayerSpec]:
        """Describe the layers for `trace` and `summary`."""
        return [spec for layer in self.layers for spec in layer.specs()]


def all_layers(module: Module) -> list[Module]:
    """Return `module` and the layers within it."""
    inner = [each for layer in getattr(module, "layers", ()) for each in all_layers(layer)]
    return [module, *inner]


def _initial(
    shape: tuple[int, ...], outputs: int, bias: bool, rng: Rng, dtype: DTypeLike
) -> tuple[Parameter, Parameter | None]:
    """Draw weight and bias as PyTorch does, uniform within ±1/√(fan-in).

    PyTorch takes all axes but the first for the fan-in, in a transposed convolution too.
    """
    check_flag(bias, "bias")
    kind = np.dtype(dtype)
    if kind.kind != "f":
        raise TypeError(f"dtype must be a float type, got {kind}")
    rng = np.random.default_rng(rng)
    bound = 1 / math.sqrt(math.prod(shape[1:]))
    weight = Parameter(rng.uniform(-bound, bound, shape).astype(kind))
    if not bias:
        return weight, None
    return weight, Parameter(rng.uniform(-bound, bound, outputs).astype(kind))
