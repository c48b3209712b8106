"""Optimizers: how a step is made from a gradient. Names and rules are those of `torch.optim`."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from cnnlib._checks import describe
from cnnlib.layers import Parameter


class Optimizer:
    """What every optimizer can do."""

    def __init__(self, parameters: Iterable[Parameter]) -> None:
        """Keep the parameters that it moves."""
        self.parameters = list(parameters)
        for number, parameter in enumerate(self.parameters):
            if not isinstance(parameter, Parameter):
                raise TypeError(
                    f"parameters[{number}] must be a Parameter, got {describe(parameter)}"
                )
        if not self.parameters:
            raise ValueError("parameters must not be empty: there would be nothing to learn")

    def zero_grad(self) -> None:
        """Forget the gradients. Call it before each backward pass, or they add up."""
        for parameter in self.parameters:
            parameter.grad = None

    def step(self) -> None:
        """Move every parameter that has a gradient."""
        for number, parameter in enumerate(self.parameters):
            if parameter.grad is not None:
                self._move(number, parameter, parameter.grad)

    def _move(self, number: int, parameter: Parameter, grad: np.ndarray) -> None:
        raise NotImplementedError


class SGD(Optimizer):
    """Stochastic gradient descent: a step against the gradient, with momentum if wanted.

    g ← grad + weight_decay · w;  v ← momentum · v + g (v = g at the first step);  w ← w − lr · v

    Parameters
    ----------
    parameters : as `model.parameters()` gives them.
    lr : step length, positive. Default 0.001, as in PyTorch.
    momentum : how much of the last step is kept, 0 to below 1. Default 0.
    weight_decay : pull of the weights towards 0, at least 0. Default 0.

    Source: Sutskever et al., "On the importance of initialization and momentum in deep learning",
    2013, in the form of `torch.optim.SGD`.

    >>> w = Parameter(np.array([1.0]))
    >>> optimizer = SGD([w], lr=0.1)
    >>> w.grad = np.array([2.0])
    >>> optimizer.step()
    >>> w.value
    array([0.8])
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        momentum: float = 0,
        weight_decay: float = 0,
    ) -> None:
        """Start with no velocity."""
        super().__init__(parameters)
        self.lr = _number(lr, "lr", 0, math.inf, open_low=True)
        self.momentum = _number(momentum, "momentum", 0, 1)
        self.weight_decay = _number(weight_decay, "weight_decay", 0, math.inf)
        self._velocity: dict[int, np.ndarray] = {}

    def _move(self, number: int, parameter: Parameter, grad: np.ndarray) -> None:
        if self.weight_decay:
            grad = grad + self.weight_decay * parameter.value
        if self.momentum:
            last = self._velocity.get(number)
            grad = grad.copy() if last is None else self.momentum * last + grad
            self._velocity[number] = grad
        parameter.value -= self.lr * grad


class Adam(Optimizer):
    """Steps whose length adapts to each parameter: mean gradient over its root mean square.

    m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²;
    w ← w − lr · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + eps)

    Parameters
    ----------
    parameters : as `model.parameters()` gives them.
    lr : step length, positive. Default 0.001.
    betas : (β₁, β₂), how slowly the two means forget, each 0 to below 1. Default (0.9, 0.999).
    eps : keeps the quotient finite, positive. Default 1e-8.
    weight_decay : added to the gradient, as in `torch.optim.Adam`. Default 0.

    Source: Kingma & Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1.

    >>> w = Parameter(np.array([1.0]))
    >>> optimizer = Adam([w], lr=0.1)
    >>> w.grad = np.array([1234.0])
    >>> optimizer.step()
    >>> w.value.round(6)  # the first step has length lr, whatever the gradient
    array([0.9])
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
    ) -> None:
        """Start with means of 0."""
        super().__init__(parameters)
        self.lr = _number(lr, "lr", 0, math.inf, open_low=True)
        if not isinstance(betas, (tuple, list)) or len(betas) != 2:
            raise ValueError(f"betas must be two numbers, got {describe(betas)}")
        self.betas = tuple(_number(b, f"betas[{i}]", 0, 1) for i, b in enumerate(betas))
        self.eps = _number(eps, "eps", 0, math.inf, open_low=True)
        self.weight_decay = _number(weight_decay, "weight_decay", 0, math.inf)
        self._state: dict[int, tuple[int, np.ndarray, np.ndarray]] = {}

    def _move(self, number: int, parameter: Parameter, grad: np.ndarray) -> None:
        if self.weight_decay:
            grad = grad + self.weight_decay * parameter.value
        start = 0, np.zeros_like(parameter.value), np.zeros_like(parameter.value)
        steps, mean, square = self._state.get(number, start)
        first, second = self.betas
        steps += 1
        mean = first * mean + (1 - first) * grad
        square = second * square + (1 - second) * grad * grad
        self._state[number] = steps, mean, square
        root = np.sqrt(square) / math.sqrt(1 - second**steps) + self.eps
        parameter.value -= self.lr / (1 - first**steps) * mean / root


def _number(value: Any, name: str, low: float, high: float, open_low: bool = False) -> float:
    """Return `value` as a float between `low` and `high`; `high` itself is excluded."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.floating)):
        raise TypeError(f"{name} must be a number, got {describe(value)}")
    number = float(value)
    if not low <= number < high or (open_low and number == low):
        need = f"above {low:g}" if open_low else f"at least {low:g}"
        limit = "finite" if high == math.inf else f"below {high:g}"
        raise ValueError(f"{name} must be {need} and {limit}, got {number:g}")
    return number
