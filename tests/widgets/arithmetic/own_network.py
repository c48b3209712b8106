"""A network from a file or from beside the widget: `js/arithmetic/own-network.js`."""

import base64
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cnnlib import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Sequential, save
from cnnlib.widgets._networks import packed, side_of

from . import compares, float64
from ._random import whole


def _network(rng: np.random.Generator) -> Sequential:
    """Return a network of layers that the widget knows, for digits of some side."""
    side, channels, layers = whole(rng, 8, 28), 1, []
    for _ in range(whole(rng, 0, 2)):
        filters, kernel, stride = whole(rng, 1, 3), whole(rng, 1, 3), whole(rng, 1, 2)
        padding = "same" if stride == 1 and kernel == 3 else whole(rng, 0, kernel - 1)
        layers.append(Conv2d(channels, filters, kernel, stride, padding, rng=rng))
        channels = filters
        if rng.integers(2):
            norm = BatchNorm2d(filters)
            for each in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
                each.value = np.float32(rng.uniform(0.5, 2, filters))
            layers.append(norm)
        layers += [ReLU(), Dropout(0.1)][: whole(rng, 0, 2)]
        if rng.integers(2):
            layers.append(MaxPool2d(2))
    features = Sequential(*layers, Flatten()).predict(np.zeros((1, 1, side, side), np.float32))
    layers.append(Flatten())
    if rng.integers(2):
        layers += [Linear(features.shape[1], 7, rng=rng), ReLU()]
        features = np.zeros((1, 7))
    return Sequential(*layers, Linear(features.shape[1], 10, rng=rng))


def _near(want: list[dict]) -> Callable[[Any], bool]:
    """Return what says whether packed layers are these: a whole number may be one off."""

    def agrees(got: Any) -> bool:
        if [layer.keys() for layer in got] != [layer.keys() for layer in want]:
            return False
        for one, other in zip(got, want, strict=True):
            for name, value in other.items():
                if not isinstance(value, dict):
                    if one[name] != value:
                        return False
                    continue
                sides = [
                    np.frombuffer(base64.b64decode(each[name]["data"]), "<i2")
                    for each in (one, other)
                ]
                scales = [each[name]["scale"] for each in (one, other)]
                if np.abs(np.subtract(*map(np.int64, sides))).max() > 1:
                    return False
                if not np.allclose(*scales, rtol=1e-5):
                    return False
        return True

    return agrees


@compares("own-network.packLayers")
def _(rng):
    model = _network(rng)
    kinds = {"Conv2d": "conv", "BatchNorm2d": "norm", "Linear": "dense", "MaxPool2d": "pool"}
    layers = []
    for layer in model:
        name = type(layer).__name__
        one: dict = {"kind": kinds.get(name, "relu" if name == "ReLU" else "nothing")}
        if name == "Conv2d":
            padding = 1 if layer.padding == "same" else layer.padding
            one |= {"kernel": layer.kernel_size[0], "stride": layer.stride, "padding": padding}
        if name == "MaxPool2d":
            one |= {"kernel": 2, "stride": 2}
        if name == "BatchNorm2d":
            one |= {"mean": layer.running_mean.value, "variance": layer.running_var.value}
        if hasattr(layer, "weight"):
            numbers = {"weight": layer.weight.value, "bias": layer.bias.value}
            one |= {"filters": len(layer.bias.value), **numbers}
        arrays = (np.ndarray,)
        layers.append({k: float64(v) if isinstance(v, arrays) else v for k, v in one.items()})
    return [layers], _near(packed(model, side_of(model))[1])


@compares("own-network.sideFor")
def _(rng):
    model = _network(rng)
    side = side_of(model)
    return [packed(model, side)[1]], side


@compares("own-network.readSaved")
def _(rng):
    model = _network(rng)
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder) / "own.npz", model)
        content = (Path(folder) / "own.npz").read_bytes()
    side = side_of(model)
    near = _near(packed(model, side)[1])

    def agrees(got: Any) -> bool:
        return got["side"] == side and near(got["layers"])

    return [{"bytes": base64.b64encode(content).decode()}], agrees
