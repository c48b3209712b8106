"""Layers forward and backward, against those of `cnnlib`: `js/arithmetic/layers.js`."""

import numpy as np

import cnnlib
from cnnlib import BatchNorm2d, Conv2d, Linear, MaxPool2d, Module, ReLU

from . import compares, float64
from ._random import whole

KINDS = ["conv", "relu", "pool", "norm", "dense"]


def given_layer(module: Module, side: int) -> dict:
    """Return a layer of `cnnlib` as JavaScript has it, for maps of `side`."""
    if isinstance(module, ReLU):
        return {"kind": "relu"}
    if isinstance(module, Linear):
        sizes = {"channels": module.in_features, "filters": module.out_features}
        made = {"kind": "dense", **sizes}
    elif isinstance(module, MaxPool2d):
        kernel, stride = module.kernel_size[0], module.stride[0]
        out = (side - kernel) // stride + 1
        return {"kind": "pool", "kernel": kernel, "stride": stride, "side": side, "out": out}
    elif isinstance(module, BatchNorm2d):
        made = {"kind": "norm", "channels": module.num_features, "side": side, "out": side}
        made["mean"] = module.running_mean.value.copy()
        made["variance"] = module.running_var.value.copy()
    else:
        assert isinstance(module, Conv2d)
        (kernel, _), stride, padding = module.kernel_size, module.stride, module.padding
        sizes = {"channels": module.in_channels, "filters": module.out_channels}
        sizes |= {"kernel": kernel, "stride": stride, "padding": padding, "side": side}
        sizes["out"] = (side + 2 * padding - kernel) // stride + 1
        made = {"kind": "conv", **sizes}
    made["weight"], made["bias"] = module.weight.value.ravel().copy(), module.bias.value.copy()
    return made


def sent(layer: dict) -> dict:
    """Return a layer with its arrays as they travel to JavaScript."""
    return {
        name: float64(value) if isinstance(value, np.ndarray) else value
        for name, value in layer.items()
    }


def random_layer(rng: np.random.Generator, kind: str) -> tuple[Module, int, np.ndarray]:
    """Return a layer of `cnnlib` with random numbers, the side of its maps and a batch for it."""
    side, channels, count = whole(rng, 3, 6), whole(rng, 1, 3), whole(rng, 2, 3)
    x = rng.normal(size=(count, channels, side, side))
    kernel, stride, filters = whole(rng, 1, 3), whole(rng, 1, 3), whole(rng, 1, 3)
    if kind == "dense":
        flat = x.reshape(count, -1)
        return Linear(flat.shape[1], filters, rng=rng, dtype=float), side, flat
    if kind == "norm":
        norm = BatchNorm2d(channels, dtype=float)
        for part in norm.state():
            part.value = rng.random(channels) + 0.5
        return norm, side, x
    if kind == "pool":
        x = x.round()  # equal numbers meet in a window
        return MaxPool2d(kernel, (stride, stride)), side, x
    if kind == "relu":
        return ReLU(), side, x.round()
    padding = whole(rng, 0, kernel)
    conv = Conv2d(channels, filters, kernel, stride, padding, rng=rng, dtype=float)
    return conv, side, x


def kept_of(module: Module, x: np.ndarray, y: np.ndarray) -> np.ndarray | dict:
    """Return what a layer keeps for its way backward."""
    if isinstance(module, MaxPool2d):
        return {"winners": winners(x, module.kernel_size[0], module.stride[0]), "size": x.size}
    if isinstance(module, BatchNorm2d):
        mean, variance = module.running_mean.value, module.running_var.value
        if module.training:
            mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3))
        scale = 1 / np.sqrt(variance + 1e-5)
        normal = (x - mean[:, None, None]) * scale[:, None, None]
        return {"normal": normal.ravel(), "scale": scale, "mean": mean, "variance": variance}
    return y.ravel() if isinstance(module, ReLU) else x.ravel()


def winners(x: np.ndarray, kernel: int, stride: int) -> list[int]:
    """Return where in `x` the largest number of each window is, the first of equal ones."""
    out = (x.shape[-1] - kernel) // stride + 1
    cells = np.arange(x.size).reshape(x.shape)
    found = []
    for n, c, i, j in np.ndindex(*x.shape[:2], out, out):
        rows, columns = (slice(at * stride, at * stride + kernel) for at in (i, j))
        best = x[n, c, rows, columns].argmax()
        found.append(cells[n, c, rows, columns].flat[best])
    return found


@compares("layers.forward")
def _(rng):
    layer, side, x = random_layer(rng, str(rng.choice(KINDS)))
    training = bool(rng.integers(2))
    layer.train(training)
    given = [sent(given_layer(layer, side)), float64(x), training]
    y = layer(x)
    return given, {"y": y.ravel(), "kept": kept_of(layer, x, y)}


@compares("layers.backward")
def _(rng):
    layer, side, x = random_layer(rng, str(rng.choice(KINDS)))
    given, y = sent(given_layer(layer, side)), layer(x)
    dy = rng.normal(size=y.shape)
    dx = layer.backward(dy)
    grads = [each.grad.ravel() for each in layer.parameters()]
    kept = kept_of(layer, x, y)
    kept = sent(kept) if isinstance(kept, dict) else float64(kept)
    return [given, float64(dy), kept], {"dx": dx.ravel(), "grads": grads}


@compares("layers.crossEntropy")
def _(rng):
    count, classes = whole(rng, 1, 5), whole(rng, 2, 10)
    scores = rng.normal(0, 5, (count, classes))
    labels = rng.integers(0, classes, count)
    guesses = scores.argmax(axis=1)
    return [float64(scores), labels], {
        "loss": cnnlib.cross_entropy(scores, labels),
        "right": (guesses == labels).sum(),
        "grad": cnnlib.cross_entropy_backward(scores, labels).ravel(),
        "guesses": guesses,
    }
