"""What all layers have in common: parameters, a memory for `backward`, and layers in a row."""

import math
from collections import deque
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from cnnlib._checks import as_array, as_int, check_flag, describe
from cnnlib.operations.receptive_fields import LayerSpec

#: What a layer draws its random numbers from: a generator, or the seed of one.
Rng = np.random.Generator | int | None

#: How many calls without their `backward` a layer remembers; older ones are forgotten.
REMEMBERED = 8

Kept = TypeVar("Kept")

_remembers = ContextVar("remembers", default=True)


class Parameter:
    """Numbers that are learned: their `value`, and the gradient of the loss in `grad`."""

    def __init__(self, value: np.ndarray) -> None:
        """Start with `value` and no gradient."""
        self.value = value
        self.grad: np.ndarray | None = None

    def accumulate(self, grad: np.ndarray) -> None:
        """Add to the gradient: a parameter that is used twice has the sum of both."""
        self.grad = grad if self.grad is None else self.grad + grad


class Buffer:
    """Numbers that a layer keeps with its weights but does not learn, in `value`."""

    def __init__(self, value: np.ndarray) -> None:
        """Start with `value`."""
        self.value = value


class Module:
    """What every layer can do. A layer of your own defines `forward` and `backward`.

    Parameters and layers that you keep as attributes, or in a list that is one, are found.
    """

    #: Dropout and batch normalisation differ in training; `train` and `eval` switch.
    training = True

    def __call__(self, input: ArrayLike) -> np.ndarray:
        """Return the output, and remember what `backward` needs.

        Works on a copy and returns one: whatever you do with the arrays later, `backward` is right.
        """
        return self.forward(as_array(input, "input").copy()).copy()

    def forward(self, input: ArrayLike) -> np.ndarray:
        """Return the output, and `remember` what `backward` needs."""
        raise NotImplementedError(f"{type(self).__name__} must define forward")

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Add to the parameters' gradients and return the input's.

        With `need_input` False, a layer with parameters may return None: nobody is below it.
        """
        raise NotImplementedError(f"{type(self).__name__} must define backward")

    def remember(self, *things: Any) -> None:
        """Lay down what the backward pass of this call needs, on top of earlier calls."""
        if _remembers.get():
            self._memory().append(things)

    def recall(self) -> Any:
        """Take up what the last call laid down."""
        if not self._memory():
            mode = "training" if self.training else "evaluation"
            raise RuntimeError(
                f"{type(self).__name__}.backward needs a forward pass before it, in the same mode "
                f"({mode}): call the layer first, once for each backward"
            )
        return self._memory().pop()

    def forget(self) -> None:
        """Drop what the last call laid down, if anything: its backward pass will not come."""
        if self._memory():
            self._memory().pop()

    def _memory(self) -> deque:
        """Training and evaluation have a memory each, so that one does not disturb the other."""
        both = self.__dict__.setdefault(
            "_memories", {mode: deque(maxlen=REMEMBERED) for mode in (True, False)}
        )
        return both[self.training]

    def children(self) -> list["Module"]:
        """Return the layers that are attributes of this one, or in a list or tuple that is."""
        found: list[Module] = []
        for value in vars(self).values():
            inside = value if isinstance(value, (list, tuple)) else [value]
            found += [each for each in inside if isinstance(each, Module)]
        return found

    def modules(self) -> list["Module"]:
        """Return this layer and all layers within it, each once."""
        within = [each for child in self.children() for each in child.modules()]
        return list(dict.fromkeys([self, *within]))

    def parameters(self) -> list[Parameter]:
        """Return the parameters of this layer and of those within it, each once, in order."""
        return self._own(Parameter)

    def state(self) -> list[Parameter | Buffer]:
        """Return all that a copy of the layer needs: the parameters, then the buffers."""
        return [*self.parameters(), *self._own(Buffer)]

    def _own(self, kind: type[Kept]) -> list[Kept]:
        every = (value for module in self.modules() for value in vars(module).values())
        return list(dict.fromkeys(value for value in every if isinstance(value, kind)))

    def zero_grad(self) -> None:
        """Forget the gradients. Call it before each backward pass, or they add up."""
        for parameter in self.parameters():
            parameter.grad = None

    def train(self, mode: bool = True) -> "Module":
        """Switch this layer and all within to training (the default), or to evaluation."""
        check_flag(mode, "mode")
        for module in self.modules():
            module.training = bool(mode)
        return self

    def eval(self) -> "Module":
        """Switch to evaluation: dropout does nothing, BatchNorm2d uses its running means."""
        return self.train(False)

    def specs(self) -> list[LayerSpec]:
        """Describe the layer for `trace` and `summary`; as it is here, one that keeps all sizes."""
        return [LayerSpec("elementwise", name=type(self).__name__)]


class Sequential(Module):
    """Layers in a row: each one's output is the next one's input. One may stand there twice.

    >>> from cnnlib import Linear, ReLU
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

    def forward(self, input: ArrayLike) -> np.ndarray:
        """Return the last layer's output."""
        x: Any = input
        for layer in self.layers:
            x = layer.forward(x)
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
        for layer in self.layers[:lowest]:
            layer.forget()
        return grad if need_input else None

    def forget(self) -> None:
        """Drop what the layers remember of the last call."""
        for layer in self.layers:
            layer.forget()

    def predict(self, input: ArrayLike, batch_size: int = 256) -> np.ndarray:
        """Return the output of many samples, some at a time, in evaluation mode.

        A whole test set at once would need the memory of all its feature maps. Nothing is
        remembered: a `backward` that is still to come is not disturbed.
        """
        x = as_array(input, "input")
        step = as_int(batch_size, "batch_size", 1)
        before = [(module, module.training) for module in self.modules()]
        self.eval()
        token = _remembers.set(False)
        try:
            starts = range(0, max(1, len(x)), step)
            parts = [self.forward(x[first : first + step]) for first in starts]
        finally:
            _remembers.reset(token)
            for module, training in before:
                module.training = training
        return np.concatenate(parts)

    def specs(self) -> list[LayerSpec]:
        """Describe the layers for `trace` and `summary`."""
        return [spec for layer in self.layers for spec in layer.specs()]


def initial_parameters(
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
