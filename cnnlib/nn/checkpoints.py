"""Models in files: weights, and what training needs to go on, as ``.npz`` without pickle."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from io import BytesIO
from itertools import count, takewhile
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from cnnlib._checks import as_int, as_number
from cnnlib._files import write_whole
from cnnlib.nn.history import History, Progress
from cnnlib.nn.layers import BatchNorm2d, Dropout, Module, Sequential
from cnnlib.nn.optimizers import Optimizer

FORMAT = "cnnlib 1"
_NUMBERS = ("loss", "accuracy", "validation_loss", "validation_accuracy", "lr", "seconds")


def save(
    path: str | PathLike,
    model: Module,
    optimizer: Optimizer | None = None,
    history: History | None = None,
) -> None:
    """Write the weights of `model` to a file, and with the others all that `fit` needs to go on.

    Parameters
    ----------
    path : the file, usually ``….npz``. It is replaced at once when it is complete, so a crash
        leaves the old file or the new one.
    model : its weights are stored, and the state of the random numbers of its `Dropout` layers.
        What its layers are is written down too, so that the widget `DrawDigit` can open the file.
    optimizer, history : of `fit`. Default neither. The optimizer's learning rate is stored too.

    >>> import tempfile
    >>> from cnnlib import Linear
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(f"{folder}/line.npz", Linear(3, 2, rng=0))
    ...     other = Linear(3, 2, rng=1)
    ...     _ = load(f"{folder}/line.npz", other)
    >>> np.array_equal(other.weight.value, Linear(3, 2, rng=0).weight.value)
    True
    """
    content = {"format": np.array(FORMAT), "layers": np.array(json.dumps(_layers(model)))}
    for number, parameter in enumerate(model.state()):
        content[f"parameter.{number}"] = np.ascontiguousarray(parameter.value)
    for number, layer in enumerate(_dropouts(model)):
        content[f"dropout.{number}"] = np.array(json.dumps(layer.rng.bit_generator.state))
    if optimizer is not None:
        content["optimizer"] = np.array(type(optimizer).__name__)
        content["lr"] = np.array(optimizer.lr, np.float64)
        content |= {f"optimizer.{key}": value for key, value in optimizer.state().items()}
    if history is not None:
        content |= {f"history.{key}": value for key, value in _pack(history).items()}
    file = BytesIO()
    np.savez(file, allow_pickle=False, **content)
    write_whole(path, file.getbuffer())


def load(path: str | PathLike, model: Module, optimizer: Optimizer | None = None) -> History:
    """Read what `save` wrote into `model` and, if given, into `optimizer`.

    Returns the `History` that was saved, an empty one if there was none. Everything is checked
    before anything is changed. Raises ``ValueError`` that says what does not fit: another network,
    another optimizer, a file that is no such file. Nothing in the file is executed.

    >>> import tempfile
    >>> from cnnlib import Linear
    >>> with tempfile.TemporaryDirectory() as folder:  # doctest: +ELLIPSIS
    ...     save(f"{folder}/line.npz", Linear(3, 2))
    ...     load(f"{folder}/line.npz", Linear(4, 2))
    Traceback (most recent call last):
    ValueError: ...line.npz: parameter 0 has shape (2, 3) and dtype float32, the model's has shape
    (2, 4) and dtype float32
    """
    stored = _read(path)
    weights = _numbered(stored, "parameter.")
    _check_fit(path, weights, model)
    with _or_broken(path, "the state of a Dropout layer"):
        dropouts = _generator_states(_numbered(stored, "dropout."), model)
    with _or_broken(path, "the history in it"):
        history = _unpack({k[8:]: v for k, v in stored.items() if k.startswith("history.")})
    if optimizer is not None:
        _load_optimizer(path, stored, optimizer)
    for parameter, value in zip(model.state(), weights, strict=True):
        parameter.value = value.astype(parameter.value.dtype, copy=False)
    for layer, state in zip(_dropouts(model), dropouts, strict=True):
        layer.rng.bit_generator.state = state
    return history


def _read(path: str | PathLike) -> dict[str, np.ndarray]:
    """Return all arrays of the file."""
    file = BytesIO(Path(path).read_bytes())
    try:
        if file.getbuffer()[:6] == b"\x93NUMPY":
            raise ValueError("it is a single array, of another format")
        with zipfile.ZipFile(file) as parts:
            if any(part.compress_type != zipfile.ZIP_STORED for part in parts.infolist()):
                raise ValueError("it is compressed")  # save never does; and no bomb gets in
        with np.load(file, allow_pickle=False) as content:
            stored = dict(content)
    except Exception as error:  # a damaged zip raises nearly anything
        raise ValueError(f"{path} is no complete file of cnnlib.save: {error}") from None
    if str(stored.get("format", "")) != FORMAT:
        raise ValueError(f"{path} is no file of cnnlib.save: its format is not {FORMAT!r}")
    if not all(isinstance(value, np.ndarray) for value in stored.values()):
        raise ValueError(f"{path} is no file of cnnlib.save: it does not hold arrays only")
    return stored


@contextmanager
def _or_broken(path: str | PathLike, part: str) -> Iterator[None]:
    """Turn whatever a crafted value raises into a ValueError that names the file and the part."""
    try:
        yield
    except Exception as error:
        raise ValueError(f"{path}: {part} is broken or does not fit: {error}") from None


def _load_optimizer(
    path: str | PathLike, stored: Mapping[str, np.ndarray], optimizer: Optimizer
) -> None:
    """Give the optimizer its state and its learning rate."""
    name = str(stored.get("optimizer", "none"))
    if name != type(optimizer).__name__:
        raise ValueError(
            f"{path} holds the state of optimizer {name}, but optimizer is an "
            f"{type(optimizer).__name__}"
        )
    with _or_broken(path, "the state of the optimizer"):
        lr = as_number(float(stored.get("lr", optimizer.lr)), "lr", 0, np.inf)
        optimizer.load_state({k[10:]: v for k, v in stored.items() if k.startswith("optimizer.")})
        optimizer.lr = lr


def _check_fit(path: str | PathLike, weights: list[np.ndarray], model: Module) -> None:
    """Refuse the weights of a network with other layers."""
    needed = model.state()
    if len(weights) != len(needed):
        raise ValueError(
            f"{path} holds {len(weights)} parameters, but the model has {len(needed)}: it was "
            "saved from a network with other layers"
        )
    for number, (value, parameter) in enumerate(zip(weights, needed, strict=True)):
        if value.shape != parameter.value.shape or value.dtype != parameter.value.dtype:
            raise ValueError(
                f"{path}: parameter {number} has shape {value.shape} and dtype {value.dtype}, the "
                f"model's has shape {parameter.value.shape} and dtype {parameter.value.dtype}"
            )


def _layers(model: Module) -> list[dict[str, Any]]:
    """Return what each layer is: its name and its settings, those of a `Residual` left out."""
    if type(model) is Sequential:
        return [each for layer in model.layers for each in _layers(layer)]
    specs = model.specs()
    settings = specs[0]._asdict() if len(specs) == 1 else {}
    if isinstance(model, BatchNorm2d):
        settings["eps"] = model.eps
    return [{**settings, "name": type(model).__name__}]


def _dropouts(model: Module) -> list[Dropout]:
    return [layer for layer in model.modules() if isinstance(layer, Dropout)]


def _generator_states(texts: list[np.ndarray], model: Module) -> list[dict]:
    """Check the states of the generators by giving each to another one of its kind."""
    layers = _dropouts(model)
    if len(texts) != len(layers):
        raise ValueError(
            f"it is of a network with {len(texts)} Dropout layers, the model has {len(layers)}"
        )
    states = [json.loads(str(text)) for text in texts]
    for state, layer in zip(states, layers, strict=True):
        type(layer.rng.bit_generator)(0).state = state
    return states


def _numbered(stored: Mapping[str, np.ndarray], prefix: str) -> list[np.ndarray]:
    """Return prefix0, prefix1, … in order."""
    keys = takewhile(stored.__contains__, (f"{prefix}{number}" for number in count()))
    return [stored[key] for key in keys]


def _pack(history: History) -> dict[str, np.ndarray]:
    """Turn a record into arrays."""
    content = {name: np.array(getattr(history, name), np.float64) for name in _NUMBERS}
    more = {
        "stopped": history.stopped,
        "settings": history.settings,
        "progress": asdict(history.progress),
        "snapshots": len(history.weights),
    }
    content["more"] = np.array(json.dumps(more))
    for number, kernels in enumerate(history.kernels):
        content[f"kernels.{number}"] = kernels
    for number, value in enumerate(history.best_weights):
        content[f"best.{number}"] = value
    for epoch, weights in enumerate(history.weights):
        for number, value in enumerate(weights):
            content[f"weights.{epoch}.{number}"] = value
    return content


def _unpack(content: Mapping[str, np.ndarray]) -> History:
    """Turn arrays back into a record."""
    if not content:
        return History()
    numbers: dict[str, Any] = {name: _numbers(content[name]) for name in _NUMBERS}
    history = History(**numbers)
    more = json.loads(str(content["more"]))
    history.stopped = str(more["stopped"])
    history.settings = {str(key): as_int(value, key, 0) for key, value in more["settings"].items()}
    history.progress = _progress(**more["progress"])
    snapshots = as_int(more["snapshots"], "snapshots", 0)
    if snapshots > history.epochs + 1:
        raise ValueError(f"{snapshots} snapshots of {history.epochs} epochs")
    history.kernels = _numbered(content, "kernels.")
    history.best_weights = _numbered(content, "best.")
    history.weights = [_numbered(content, f"weights.{epoch}.") for epoch in range(snapshots)]
    return history


def _numbers(array: np.ndarray) -> list[float]:
    if array.ndim != 1 or array.dtype.kind != "f":
        raise ValueError(f"a list of floats is needed, got {array.ndim} axes of {array.dtype}")
    return array.tolist()


def _progress(batches: Any, samples: Any, loss: Any, correct: Any, seconds: Any) -> Progress:
    counts = [as_int(each, "progress", 0) for each in (batches, samples, correct)]
    sums = [as_number(each, "progress", 0, np.inf) for each in (loss, seconds)]
    return Progress(counts[0], counts[1], sums[0], counts[2], sums[1])
