"""The record of a training: what was seen after each epoch, and how far a stopped one had come."""

from dataclasses import dataclass, field

import numpy as np

from cnnlib._checks import as_int
from cnnlib.nn.layers import Conv2d, Module


class DivergedError(ArithmeticError):
    """The loss is no finite number any more. `history` holds what was recorded until then."""

    def __init__(self, message: str, history: "History") -> None:
        """Keep the message and the record."""
        super().__init__(message)
        self.history = history

    def __reduce__(self) -> tuple:
        """Let a pool of processes hand it over: pickle would call it with the message alone."""
        return type(self), (str(self), self.history)


@dataclass
class Progress:
    """How far the epoch is that is being trained: so a stop in its middle can be made good."""

    batches: int = 0
    samples: int = 0
    loss: float = 0.0
    correct: int = 0
    seconds: float = 0.0

    def count(self, samples: int, loss: float, correct: int, seconds: float) -> None:
        """Add a step."""
        self.batches += 1
        self.samples += samples
        self.loss += loss * samples
        self.correct += correct
        self.seconds += seconds


@dataclass(repr=False)
class History:
    """What `fit` records: one number an epoch in each list.

    Attributes
    ----------
    loss, accuracy : of the training batches, each measured just before the step that learns from
        it; so these of the first epoch are worse than the model that the epoch ends with.
    validation_loss, validation_accuracy : of the validation data after the epoch; empty without.
    lr : the learning rate at the end of the epoch.
    seconds : the time of the steps, without validation.
    kernels : the weights of the first `Conv2d`, before training and after each epoch, so one
        entry more than epochs; empty if there is no convolution.
    weights : all parameters, likewise, if `fit` was asked to keep them.
    stopped : why training ended before the last epoch, in words; empty if it did not.
    """

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    kernels: list[np.ndarray] = field(default_factory=list)
    weights: list[list[np.ndarray]] = field(default_factory=list)
    best_weights: list[np.ndarray] = field(default_factory=list)
    stopped: str = ""
    settings: dict[str, int] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)

    @property
    def epochs(self) -> int:
        """How many epochs were trained to their end."""
        return len(self.loss)

    @property
    def best_epoch(self) -> int:
        """The epoch, counted from 1, with the smallest validation loss; 0 if there is none.

        A loss that is NaN is not better than any other.
        """
        if np.isnan(self.validation_loss).all():
            return 0
        return int(np.nanargmin(self.validation_loss)) + 1

    def end_epoch(self, lr: float) -> None:
        """Turn the steps since the last epoch into one."""
        done, self.progress = self.progress, Progress()
        self.loss.append(done.loss / done.samples)
        self.accuracy.append(done.correct / done.samples)
        self.lr.append(lr)
        self.seconds.append(done.seconds)

    def keep(self, model: Module, weights: bool) -> None:
        """Record the first convolution's kernels, and all weights if wanted."""
        first = next((each for each in model.modules() if isinstance(each, Conv2d)), None)
        if first is not None:
            self.kernels.append(first.weight.value.copy())
        if weights:
            self.weights.append(copy_weights(model))

    @property
    def latest(self) -> str:
        """The last epoch in a few words, for a progress bar."""
        text = f"loss {self.loss[-1]:.3f}"
        if self.validation_accuracy:
            text += f", validation accuracy {self.validation_accuracy[-1]:.1%}"
        return text

    def restore(self, model: Module, epoch: int) -> None:
        """Give `model` the weights that it had after `epoch` epochs (0: before training)."""
        number = as_int(epoch, "epoch", 0)
        if number >= len(self.weights):
            had = f"those of epochs 0 to {len(self.weights) - 1}" if self.weights else "none"
            raise ValueError(
                f"epoch {number} has no weights here, only {had}; call fit with keep_weights=True"
            )
        set_weights(model, self.weights[number])

    def __repr__(self) -> str:
        """Say in one line how it went."""
        if not self.loss:
            return "History(no epoch yet)"
        text = f"{self.epochs} epochs, loss {self.loss[0]:.3g} → {self.loss[-1]:.3g}"
        if self.validation_accuracy:
            text += f", validation accuracy {self.validation_accuracy[-1]:.1%}"
        return f"History({text}{', ' + self.stopped if self.stopped else ''})"


def copy_weights(model: Module) -> list[np.ndarray]:
    """Return a copy of the value of every parameter and buffer."""
    return [each.value.copy() for each in model.state()]


def set_weights(model: Module, weights: list[np.ndarray]) -> None:
    """Give every parameter and buffer its value of `copy_weights`."""
    state = model.state()
    if [each.value.shape for each in state] != [w.shape for w in weights]:
        raise ValueError("the weights are of a network with other layers than this model's")
    for each, value in zip(state, weights, strict=True):
        each.value = value.copy()
