"""Optimizers: how a step is made from a gradient. Names and rules are those of `torch.optim`."""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from cnnlib._checks import as_number, check_shape, describe
from cnnlib.nn.layers import Parameter


class Optimizer:
    """What every optimizer can do."""

    #: How long a step is; a schedule changes it.
    lr: float

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

    def state(self) -> dict[str, np.ndarray]:
        """Return copies of what the steps so far left behind, for `load_state`."""
        raise NotImplementedError

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from what `state` returned; refuse what does not fit the parameters."""
        raise NotImplementedError

    def _fitting(self, state: Mapping[str, np.ndarray], kinds: Sequence[str]) -> dict[int, list]:
        """Sort the arrays of a state by parameter; refuse a foreign or incomplete state."""
        found = sorted({int(key.partition(".")[2]) for key in state})
        needed = {f"{kind}.{number}" for number in found for kind in kinds}
        if set(state) != needed or not set(found) <= set(range(len(self.parameters))):
            raise ValueError(
                f"state is not one of this {type(self).__name__} over {len(self.parameters)} "
                f"parameters: it holds {sorted(state)}"
            )
        for number in found:
            for kind in kinds:
                key, value = f"{kind}.{number}", self.parameters[number].value
                check_shape(state[key].shape, () if kind == "steps" else value.shape, key)
                need = "iu" if kind == "steps" else "f"
                if state[key].dtype.kind not in need:
                    raise ValueError(f"state {key} must hold numbers, got {state[key].dtype}")
        return {number: [np.array(state[f"{k}.{number}"]) for k in kinds] for number in found}


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
        self.lr = as_number(lr, "lr", 0, math.inf, open_low=True)
        self.momentum = as_number(momentum, "momentum", 0, 1)
        self.weight_decay = as_number(weight_decay, "weight_decay", 0, math.inf)
        self._velocity: dict[int, np.ndarray] = {}

    def _move(self, number: int, parameter: Parameter, grad: np.ndarray) -> None:
        if self.weight_decay:
            grad = grad + self.weight_decay * parameter.value
        if self.momentum:
            last = self._velocity.get(number)
            grad = grad.copy() if last is None else self.momentum * last + grad
            self._velocity[number] = grad
        parameter.value -= self.lr * grad

    def state(self) -> dict[str, np.ndarray]:
        """Return the velocity of each parameter."""
        return {f"velocity.{number}": v.copy() for number, v in self._velocity.items()}

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on with these velocities."""
        self._velocity = {n: v for n, (v,) in self._fitting(state, ["velocity"]).items()}


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
        self.lr = as_number(lr, "lr", 0, math.inf, open_low=True)
        if not isinstance(betas, (tuple, list)) or len(betas) != 2:
            raise ValueError(f"betas must be two numbers, got {describe(betas)}")
        self.betas = tuple(as_number(b, f"betas[{i}]", 0, 1) for i, b in enumerate(betas))
        self.eps = as_number(eps, "eps", 0, math.inf, open_low=True)
        self.weight_decay = as_number(weight_decay, "weight_decay", 0, math.inf)
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

    def state(self) -> dict[str, np.ndarray]:
        """Return the number of steps and the two means of each parameter."""
        state = {}
        for number, (steps, mean, square) in self._state.items():
            state[f"steps.{number}"] = np.array(steps)
            state[f"mean.{number}"], state[f"square.{number}"] = mean.copy(), square.copy()
        return state

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on with these steps and means."""
        fitting = self._fitting(state, ["steps", "mean", "square"])
        self._state = {
            n: (int(steps), mean, square) for n, (steps, mean, square) in fitting.items()
        }
