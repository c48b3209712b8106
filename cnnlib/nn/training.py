"""Training: mini-batches, steps against the gradient, and a record of what happened.

`fit` is a loop of a few lines: take a batch, compute the loss, go back through the layers, step.
All else keeps that loop honest: a seed decides every batch, Ctrl-C leaves a model that can go on,
a loss that is no number stops with an explanation, and a `History` says what was seen.
"""

import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import as_int, check_flag, describe
from cnnlib._progress import NoBar, bar
from cnnlib.nn._interrupt import interruptible
from cnnlib.nn.evaluation import as_samples, evaluate
from cnnlib.nn.history import DivergedError, History, copy_weights, set_weights
from cnnlib.nn.losses import cross_entropy, cross_entropy_backward
from cnnlib.nn.module import Module, Sequential
from cnnlib.nn.optimizers import Adam, Optimizer
from cnnlib.nn.schedules import Schedule

# Images and their labels.
Data = tuple[ArrayLike, ArrayLike]

# From a batch of images and a generator to the images that are learned from.
Augment = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def fit(
    model: Sequential,
    data: Data,
    epochs: int = 10,
    batch_size: int = 32,
    optimizer: Optimizer | None = None,
    schedule: Schedule | None = None,
    validation: Data | None = None,
    patience: int | None = None,
    seed: int = 0,
    augment: Augment | None = None,
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
    images, labels = as_samples(data, "data")
    checked = None if validation is None else as_samples(validation, "validation")
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
        with interruptible() as interrupt, np.errstate(over="ignore", invalid="ignore"):
            while record.epochs < epochs and not record.stopped:
                for step, chosen in _batches_left(record, len(images), size, seed):
                    start = time.perf_counter()
                    _set_rate(optimizer, schedule, record.epochs + step / steps)
                    batch = _augmented(images[chosen], augment, [seed, record.epochs, step])
                    loss, correct = train_step(model, optimizer, batch, labels[chosen])
                    _refuse_divergence(loss, record, step, optimizer)
                    record.progress.count(len(chosen), loss, correct, time.perf_counter() - start)
                    told.update()
                    if step + 1 < steps:
                        interrupt.obey()
                _refuse_divergence(_largest(model), record, steps, optimizer)
                _end_epoch(record, model, optimizer, checked, keep_weights)
                _stop_early(record, model, patience)
                told.set_postfix_str(record.latest)
                if on_epoch is not None:
                    on_epoch(record)
                if record.epochs < epochs:
                    interrupt.obey()
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
        record.keep(model, keep_weights)
        return record
    if optimizer is None:
        raise ValueError("history needs the optimizer that it was made with: its state goes on")
    if history.settings != settings:
        raise ValueError(f"history was made with {history.settings}, this call has {settings}")
    if history.stopped.startswith("no smaller"):
        raise ValueError(f"history is complete ({history.stopped}); train anew without it")
    history.stopped = ""
    return history


def _batches_left(
    record: History, samples: int, batch_size: int, seed: int
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield number and indices of the epoch's batches that were not done before a stop."""
    done = record.progress.batches
    batches = shuffled_batches(samples, batch_size, seed, record.epochs)
    yield from islice(enumerate(batches), done, None)


def _set_rate(optimizer: Optimizer, schedule: Schedule | None, epochs: float) -> None:
    """Ask the schedule for the learning rate, and check its answer."""
    if schedule is None:
        return
    rate = float(schedule(epochs))
    if not 0 <= rate < np.inf:
        raise ValueError(
            f"schedule must return a learning rate of at least 0, got {rate} at epoch {epochs:.2f}"
        )
    optimizer.lr = rate


def _augmented(images: np.ndarray, augment: Augment | None, seeds: list[int]) -> np.ndarray:
    return images if augment is None else augment(images, np.random.default_rng(seeds))


def _largest(model: Module) -> float:
    """Return infinity if a parameter is no finite number, else 0."""
    finite = all(np.isfinite(p.value).all() for p in model.parameters())
    return 0.0 if finite else np.inf


def _refuse_divergence(loss: float, record: History, step: int, optimizer: Optimizer) -> None:
    """Say what it means that the loss is no finite number."""
    if np.isfinite(loss):
        return
    raise DivergedError(
        f"the loss became {loss} in epoch {record.epochs + 1}, after {step} steps, at learning "
        f"rate {optimizer.lr:g}. The steps were too long (try a tenth of it), or the images hold "
        "NaN or infinity. The model is as that step found it: build a new one before you try again",
        record,
    )


def _end_epoch(
    record: History,
    model: Sequential,
    optimizer: Optimizer,
    validation: tuple[np.ndarray, np.ndarray] | None,
    keep_weights: bool,
) -> None:
    """Write the epoch into the record."""
    if validation is not None:
        measured = evaluate(model, *validation)
        record.validation_loss.append(measured.loss)
        record.validation_accuracy.append(measured.accuracy)
    record.end_epoch(optimizer.lr)
    record.keep(model, keep_weights)


def _stop_early(record: History, model: Sequential, patience: int | None) -> None:
    """See whether it is time to stop, and go back to the best weights then."""
    if patience is None:
        return
    waited = record.epochs - record.best_epoch
    if waited == 0:
        record.best_weights = copy_weights(model)
    elif waited >= patience:
        kept = "there was none that is a number"
        if record.best_weights:
            set_weights(model, record.best_weights)
            kept = f"the weights are those of epoch {record.best_epoch}"
        record.stopped = f"no smaller validation loss for {waited} epochs: {kept}"
