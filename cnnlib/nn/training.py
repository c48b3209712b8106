"""Training: mini-batches, steps against the gradient, and a record of what happened.

`fit` is a loop of a few lines: take a batch, compute the loss, go back through the layers, step.
All else keeps that loop honest: a seed decides every batch, Ctrl-C leaves a model that can go on,
a loss that is no number stops with an explanation, and a `History` says what was seen.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import as_array, as_int, check_flag, check_shape, describe
from cnnlib._progress import NoBar, bar
from cnnlib.nn.layers import Conv2d, Module, Sequential
from cnnlib.nn.losses import cross_entropy, cross_entropy_backward
from cnnlib.nn.optimizers import Adam, Optimizer

# Images and their labels.
Data = tuple[ArrayLike, ArrayLike]


class DivergedError(ArithmeticError):
    """The loss is no finite number any more. `history` holds what was recorded until then."""

    def __init__(self, message: str, history: "History") -> None:
        """Keep the message and the record."""
        super().__init__(message)
        self.history = history


@dataclass
class Progress:
    """How far the epoch is that is being trained: so a stop in its middle can be made good."""

    batches: int = 0
    samples: int = 0
    loss: float = 0.0
    correct: int = 0
    seconds: float = 0.0


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
        """The epoch, counted from 1, with the smallest validation loss; 0 if there is none."""
        return int(np.argmin(self.validation_loss)) + 1 if self.validation_loss else 0

    def restore(self, model: Module, epoch: int) -> None:
        """Give `model` the weights that it had after `epoch` epochs (0: before training)."""
        number = as_int(epoch, "epoch", 0)
        if number >= len(self.weights):
            had = f"those of epochs 0 to {len(self.weights) - 1}" if self.weights else "none"
            raise ValueError(
                f"epoch {number} has no weights here, only {had}; call fit with keep_weights=True"
            )
        _put(model, self.weights[number])

    def __repr__(self) -> str:
        """Say in one line how it went."""
        if not self.loss:
            return "History(no epoch yet)"
        text = f"{self.epochs} epochs, loss {self.loss[0]:.3g} → {self.loss[-1]:.3g}"
        if self.validation_accuracy:
            text += f", validation accuracy {self.validation_accuracy[-1]:.1%}"
        return f"History({text}{', ' + self.stopped if self.stopped else ''})"


def fit(
    model: Sequential,
    data: Data,
    epochs: int = 10,
    batch_size: int = 32,
    optimizer: Optimizer | None = None,
    schedule: Callable[[float], float] | None = None,
    validation: Data | None = None,
    patience: int | None = None,
    seed: int = 0,
    augment: Callable[[np.ndarray, np.random.Generator], np.ndarray] | None = None,
    on_epoch: Callable[[History], Any] | None = None,
    progress: bool = False,
    keep_weights: bool = False,
    history: History | None = None,
) -> History:
    """Train a classifier on images and labels, and return the record.

    The loss is the cross-entropy. Every epoch visits all samples once, in an order that `seed` and
    the number of the epoch decide. Same seeds, same machine: same result, bit for bit. Afterwards
    the model is in evaluation mode.

    Parameters
    ----------
    model : layers whose output is (N, classes). Trained in place.
    data : images (N, …) of floats and labels (N,) of integers.
    epochs : how many in total, those in `history` included. Default 10.
    batch_size : samples a step. The last step of an epoch takes what is left. Default 32.
    optimizer : an `SGD` or `Adam` over ``model.parameters()``. Default ``Adam`` with lr 0.001.
    schedule : from the epochs trained so far (2.5: in the middle of the third) to the learning
        rate; see `cnnlib.nn.schedules`. Default the optimizer's lr throughout.
    validation : images and labels to measure loss and accuracy on after each epoch.
    patience : stop after so many epochs without a smaller validation loss, and give the model the
        weights of the best epoch. Needs `validation`. Default: do not stop.
    seed : of the order of the samples, and of what `augment` draws. Default 0.
    augment : from a batch of images and a generator to the images that are learned from.
    on_epoch : called with the history after each epoch, for example to draw it.
    progress : show a bar, with `tqdm.auto`. Default False.
    keep_weights : record all weights after each epoch, for `History.restore`. Default False.
    history : of a run that was interrupted, or had fewer epochs: goes on where that ended. With
        the same model, data, optimizer and settings the result is that of a run without a stop,
        bit for bit. `cnnlib.save` and `cnnlib.load` keep all three in a file.

    Returns the `History`: `history` itself if it was given. Ctrl-C ends training after the step
    that is under way, and `fit` returns as usual; a second Ctrl-C raises ``KeyboardInterrupt``.

    Raises `DivergedError` when the loss is no finite number, and ``TypeError`` or ``ValueError``
    where the arguments do not fit each other.

    >>> from cnnlib import Flatten, Linear
    >>> from cnnlib.data.datasets import load_digits
    >>> model = Sequential(Flatten(), Linear(64, 10, rng=0))
    >>> history = fit(model, load_digits("train"), epochs=5)
    >>> history.epochs, history.loss[0] > history.loss[-1]
    (5, True)
    """
    images, labels = _samples(data, "data")
    checked_validation = None if validation is None else _samples(validation, "validation")
    epochs, size = as_int(epochs, "epochs", 0), as_int(batch_size, "batch_size", 1)
    seed = as_int(seed, "seed", 0)
    _check_choices(model, optimizer, validation, patience, progress, keep_weights)
    record = _begin(model, history, optimizer, images, size, seed, keep_weights)
    optimizer = Adam(model.parameters()) if optimizer is None else optimizer
    steps = -(-len(images) // size)
    started = record.epochs * steps + record.progress.batches
    told = bar(initial=started, total=epochs * steps, unit="step") if progress else NoBar()
    model.train()
    try:
        with _interrupt() as interrupt, np.errstate(over="ignore", invalid="ignore"):
            while record.epochs < epochs and not record.stopped:
                batches = shuffled_batches(len(images), size, seed, record.epochs)
                for step, chosen in enumerate(batches):
                    if step < record.progress.batches:
                        continue  # done before an interruption
                    start = time.perf_counter()
                    if schedule is not None:
                        optimizer.lr = _rate(schedule, record.epochs + step / steps)
                    rng = np.random.default_rng([seed, record.epochs, step])
                    batch = images[chosen] if augment is None else augment(images[chosen], rng)
                    loss, correct = train_step(model, optimizer, batch, labels[chosen])
                    if not np.isfinite(loss):
                        raise DivergedError(_explain(loss, record, step, optimizer), record)
                    _count(record.progress, len(chosen), loss, correct, start)
                    told.update()
                    if interrupt.asked and step + 1 < steps:
                        raise KeyboardInterrupt
                if not all(np.isfinite(p.value).all() for p in model.parameters()):
                    raise DivergedError(_explain(np.inf, record, steps, optimizer), record)
                _end_epoch(record, model, optimizer, checked_validation, patience, keep_weights)
                told.set_postfix_str(_latest(record))
                if on_epoch is not None:
                    on_epoch(record)
                if interrupt.asked and record.epochs < epochs:
                    raise KeyboardInterrupt
    except KeyboardInterrupt:
        if interrupt.insisted:
            raise
        record.stopped = f"interrupted in epoch {record.epochs + 1}"
    finally:
        told.close()
        model.eval()
    return record


def train_step(
    model: Sequential, optimizer: Optimizer, images: np.ndarray, labels: np.ndarray
) -> tuple[float, int]:
    """Learn from one batch: forwards, loss, backwards, step.

    Returns the loss and how many were right, both of before the step. Where the loss is no finite
    number no step is made.

    >>> from cnnlib import SGD, Linear
    >>> model = Sequential(Linear(2, 2, rng=0))
    >>> batch, labels = np.eye(2, dtype=np.float32), np.array([0, 1])
    >>> optimizer = SGD(model.parameters(), lr=1.0)
    >>> first, _ = train_step(model, optimizer, batch, labels)
    >>> second, _ = train_step(model, optimizer, batch, labels)
    >>> first > second
    True
    """
    logits = model(images)
    loss = cross_entropy(logits, labels)
    if np.isfinite(loss):
        optimizer.zero_grad()
        model.backward(cross_entropy_backward(logits, labels), need_input=False)
        optimizer.step()
    return loss, int((logits.argmax(axis=1) == labels).sum())


def shuffled_batches(
    samples: int, batch_size: int, seed: int = 0, epoch: int = 0
) -> Iterator[np.ndarray]:
    """Yield the indices of each batch of one epoch: every sample once, in random order.

    The order depends on `seed` and `epoch` only, so an epoch can be repeated at any time.

    >>> [batch.tolist() for batch in shuffled_batches(5, 2)]
    [[2, 4], [3, 0], [1]]
    """
    order = np.random.default_rng([seed, epoch]).permutation(samples)
    for first in range(0, samples, batch_size):
        yield order[first : first + batch_size]


class Evaluation(NamedTuple):
    """How good a model is on some data."""

    loss: float
    accuracy: float


def evaluate(
    model: Sequential, images: ArrayLike, labels: ArrayLike, batch_size: int = 256
) -> Evaluation:
    """Return loss and accuracy of `model` on images and labels, in evaluation mode.

    The samples go through the network `batch_size` at a time (default 256), so that a large test
    set needs little memory.

    >>> from cnnlib import Flatten, Linear
    >>> from cnnlib.data.datasets import load_digits
    >>> untrained = Sequential(Flatten(), Linear(64, 10, rng=0))
    >>> evaluate(untrained, *load_digits("test")).accuracy < 0.3
    True
    """
    x, t = _samples((images, labels), "data")
    logits = model.predict(x, batch_size)
    return Evaluation(cross_entropy(logits, t), float((logits.argmax(axis=1) == t).mean()))


def confusion_matrix(
    labels: ArrayLike, predictions: ArrayLike, classes: int | None = None
) -> np.ndarray:
    """Count how often each class was taken for each other.

    Parameters
    ----------
    labels : (N,) integers, the true classes.
    predictions : (N,) integers, the predicted classes.
    classes : how many there are. Default: the largest number in either, plus 1.

    Returns (classes, classes) int64: true class down, predicted class across. The diagonal holds
    what was right.

    >>> confusion_matrix([0, 0, 1, 2], [0, 1, 1, 2])
    array([[1, 1, 0],
           [0, 1, 0],
           [0, 0, 1]])
    """
    t, p = _classes(labels, "labels"), _classes(predictions, "predictions")
    check_shape(p.shape, t.shape, "predictions")
    largest = int(max(t.max(initial=-1), p.max(initial=-1)))
    count = largest + 1 if classes is None else as_int(classes, "classes", 1)
    if largest >= count:
        raise ValueError(f"labels and predictions must be below {count}, got {largest}")
    matrix = np.zeros((count, count), np.int64)
    np.add.at(matrix, (t, p), 1)
    return matrix


def _classes(value: ArrayLike, name: str) -> np.ndarray:
    """Check a list of classes."""
    array = as_array(value, name, (1,), "(N,)")
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"{name} must hold integers, got dtype {array.dtype}")
    if array.size and array.min() < 0:
        raise ValueError(f"{name} must be at least 0, got {array.min()}")
    return array.astype(np.int64)


def _samples(data: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Check images and labels against each other."""
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise TypeError(f"{name} must be a pair (images, labels), got {describe(data)}")
    images, labels = as_array(data[0], f"{name} images"), as_array(data[1], f"{name} labels", (1,))
    if images.dtype.kind != "f":
        raise TypeError(
            f"{name} images must hold floats, got dtype {images.dtype}; divide bytes by 255 first"
        )
    if images.ndim < 2 or len(images) == 0:
        raise ValueError(f"{name} images must be (N, …) with N at least 1, got {images.shape}")
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{name} labels must hold integers, got dtype {labels.dtype}")
    if len(labels) != len(images):
        raise ValueError(
            f"{name} must have a label for each of {len(images)} images, got {len(labels)}"
        )
    return images, labels


def _check_choices(
    model: Any,
    optimizer: Any,
    validation: Data | None,
    patience: int | None,
    progress: bool,
    keep_weights: bool,
) -> None:
    if not isinstance(model, Sequential):
        raise TypeError(f"model must be a Sequential, got {describe(model)}")
    check_flag(progress, "progress")
    check_flag(keep_weights, "keep_weights")
    if patience is not None:
        as_int(patience, "patience", 1)
        if validation is None:
            raise ValueError("patience needs validation data: it waits for their loss to fall")
    if optimizer is None:
        return
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an SGD or Adam, got {describe(optimizer)}")
    ours, theirs = map(id, model.parameters()), map(id, optimizer.parameters)
    if not set(ours) & set(theirs):
        raise ValueError("optimizer must be made of model.parameters(): it moves another model's")


def _begin(
    model: Sequential,
    history: History | None,
    optimizer: Optimizer | None,
    images: np.ndarray,
    batch_size: int,
    seed: int,
    keep_weights: bool,
) -> History:
    """Return a new record, or the given one after a check that it is of this run."""
    settings = {"samples": len(images), "batch_size": batch_size, "seed": seed}
    if history is None or not history.settings:
        record = History() if history is None else history
        record.settings = settings
        _keep(record, model, keep_weights)
        return record
    if optimizer is None:
        raise ValueError("history needs the optimizer that it was made with: its state goes on")
    if history.settings != settings:
        raise ValueError(f"history was made with {history.settings}, this call has {settings}")
    if history.stopped.startswith("no smaller"):
        raise ValueError(f"history is complete ({history.stopped}); train anew without it")
    history.stopped = ""
    return history


def _rate(schedule: Callable[[float], float], epochs: float) -> float:
    """Ask the schedule for the learning rate, and check its answer."""
    rate = float(schedule(epochs))
    if not 0 <= rate < np.inf:
        raise ValueError(
            f"schedule must return a learning rate of at least 0, got {rate} at epoch {epochs:.2f}"
        )
    return rate


def _count(progress: Progress, samples: int, loss: float, correct: int, start: float) -> None:
    progress.batches += 1
    progress.samples += samples
    progress.loss += loss * samples
    progress.correct += correct
    progress.seconds += time.perf_counter() - start


def _end_epoch(
    record: History,
    model: Sequential,
    optimizer: Optimizer,
    validation: tuple[np.ndarray, np.ndarray] | None,
    patience: int | None,
    keep_weights: bool,
) -> None:
    """Write the epoch into the record; see whether it was time to stop."""
    done, record.progress = record.progress, Progress()
    if validation is not None:
        measured = evaluate(model, *validation)
        record.validation_loss.append(measured.loss)
        record.validation_accuracy.append(measured.accuracy)
    record.loss.append(done.loss / done.samples)
    record.accuracy.append(done.correct / done.samples)
    record.lr.append(optimizer.lr)
    record.seconds.append(done.seconds)
    _keep(record, model, keep_weights)
    if patience is None:
        return
    waited = record.epochs - record.best_epoch
    if waited == 0:
        record.best_weights = _take(model)
    elif waited >= patience:
        _put(model, record.best_weights)
        record.stopped = (
            f"no smaller validation loss for {waited} epochs: the weights are those of epoch "
            f"{record.best_epoch}"
        )


def _keep(record: History, model: Sequential, keep_weights: bool) -> None:
    """Record the first convolution's kernels, and all weights if wanted."""
    convolution = next((layer for layer in model.modules() if isinstance(layer, Conv2d)), None)
    if convolution is not None:
        record.kernels.append(convolution.weight.value.copy())
    if keep_weights:
        record.weights.append(_take(model))


def _take(model: Module) -> list[np.ndarray]:
    return [parameter.value.copy() for parameter in model.parameters()]


def _put(model: Module, weights: list[np.ndarray]) -> None:
    parameters = model.parameters()
    if [p.value.shape for p in parameters] != [w.shape for w in weights]:
        raise ValueError("the weights are of a network with other layers than this model's")
    for parameter, value in zip(parameters, weights, strict=True):
        parameter.value = value.copy()


def _explain(loss: float, record: History, step: int, optimizer: Optimizer) -> str:
    """Say what it means that the loss is no finite number."""
    return (
        f"the loss became {loss} in epoch {record.epochs + 1}, after {step} steps, at learning "
        f"rate {optimizer.lr:g}. The steps were too long (try a tenth of it), or the images hold "
        "NaN or infinity. The model is as that step found it: build a new one before you try again"
    )


def _latest(record: History) -> str:
    text = f"loss {record.loss[-1]:.3f}"
    if record.validation_accuracy:
        text += f", validation accuracy {record.validation_accuracy[-1]:.1%}"
    return text


class _Interrupt:
    """Turns the first Ctrl-C into a wish, so that no step is left half done."""

    def __init__(self) -> None:
        self.asked = self.insisted = False

    def __call__(self, signum: int, frame: Any) -> None:
        if self.asked:
            self.insisted = True
            raise KeyboardInterrupt
        self.asked = True


@contextmanager
def _interrupt() -> Iterator[_Interrupt]:
    """Catch Ctrl-C within; where signals cannot be caught (another thread) leave them alone."""
    wish = _Interrupt()
    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or threading.current_thread() is not threading.main_thread():
        yield wish
        return
    signal.signal(signal.SIGINT, wish)
    try:
        yield wish
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
