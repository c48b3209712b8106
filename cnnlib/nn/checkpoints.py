"""Models in files: weights, and what training needs to go on, as ``.npz`` without pickle."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from itertools import count, takewhile
from os import PathLike
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np

from cnnlib.nn.layers import Dropout, Module
from cnnlib.nn.optimizers import Optimizer
from cnnlib.nn.training import History, Progress

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
    optimizer, history : of `fit`. Default neither.

    >>> import tempfile
    >>> from cnnlib import Linear
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(f"{folder}/line.npz", Linear(3, 2, rng=0))
    ...     other = Linear(3, 2, rng=1)
    ...     _ = load(f"{folder}/line.npz", other)
    >>> np.array_equal(other.weight.value, Linear(3, 2, rng=0).weight.value)
    True
    """
    content = {"format": np.array(FORMAT)}
    for number, parameter in enumerate(model.parameters()):
        content[f"parameter.{number}"] = parameter.value
    for number, layer in enumerate(_dropouts(model)):
        content[f"dropout.{number}"] = np.array(json.dumps(layer.rng.bit_generator.state))
    if optimizer is not None:
        content["optimizer"] = np.array(type(optimizer).__name__)
        content |= {f"optimizer.{key}": value for key, value in optimizer.state().items()}
    if history is not None:
        content |= {f"history.{key}": value for key, value in _pack(history).items()}
    target = Path(path)
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        try:
            np.savez(file, allow_pickle=False, **content)
            file.close()
            Path(file.name).replace(target)
        except BaseException:
            file.close()
            Path(file.name).unlink(missing_ok=True)
            raise


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
    dropouts = _generator_states(path, _numbered(stored, "dropout."), model)
    history = _unpack(path, {k[8:]: v for k, v in stored.items() if k.startswith("history.")})
    if optimizer is not None:
        name = str(stored.get("optimizer", "none"))
        if name != type(optimizer).__name__:
            raise ValueError(
                f"{path} holds the state of optimizer {name}, but optimizer is an "
                f"{type(optimizer).__name__}"
            )
        optimizer.load_state({k[10:]: v for k, v in stored.items() if k.startswith("optimizer.")})
    for parameter, value in zip(model.parameters(), weights, strict=True):
        parameter.value = value.astype(parameter.value.dtype, copy=False)
    for layer, state in zip(_dropouts(model), dropouts, strict=True):
        layer.rng.bit_generator.state = state
    return history


def _read(path: str | PathLike) -> dict[str, np.ndarray]:
    """Return all arrays of the file."""
    try:
        with Path(path).open("rb") as file:
            content = np.load(file, allow_pickle=False)
            stored = dict(content) if isinstance(content, Mapping) else {}
    except (zipfile.BadZipFile, EOFError, ValueError, KeyError) as error:
        raise ValueError(f"{path} is no complete file of cnnlib.save: {error}") from None
    if str(stored.get("format", "")) != FORMAT:
        raise ValueError(f"{path} is no file of cnnlib.save: its format is not {FORMAT!r}")
    return stored


def _check_fit(path: str | PathLike, weights: list[np.ndarray], model: Module) -> None:
    """Refuse the weights of a network with other layers."""
    needed = model.parameters()
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


def _dropouts(model: Module) -> list[Dropout]:
    return [layer for layer in model.modules() if isinstance(layer, Dropout)]


def _generator_states(path: str | PathLike, texts: list[np.ndarray], model: Module) -> list[dict]:
    """Check the states of the generators by giving each to another one of its kind."""
    layers = _dropouts(model)
    if len(texts) != len(layers):
        raise ValueError(
            f"{path} is of a network with {len(texts)} Dropout layers, the model has {len(layers)}"
        )
    try:
        states = [json.loads(str(text)) for text in texts]
        for state, layer in zip(states, layers, strict=True):
            type(layer.rng.bit_generator)(0).state = state
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path}: the state of a Dropout layer is broken: {error}") from None
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


def _unpack(path: str | PathLike, content: Mapping[str, np.ndarray]) -> History:
    """Turn arrays back into a record."""
    if not content:
        return History()
    try:
        more = json.loads(str(content["more"]))
        history = History(**{name: content[name].tolist() for name in _NUMBERS})
        history.stopped, history.settings = more["stopped"], more["settings"]
        history.progress = Progress(**more["progress"])
        snapshots = range(more["snapshots"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: the history in it is broken: {error}") from None
    history.kernels = _numbered(content, "kernels.")
    history.best_weights = _numbered(content, "best.")
    history.weights = [_numbered(content, f"weights.{epoch}.") for epoch in snapshots]
    return history
