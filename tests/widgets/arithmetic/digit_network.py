"""A small network: `js/arithmetic/digit-network.js`. Whole numbers, so that float32 is exact."""

import base64

import numpy as np
from scipy.special import softmax

import cnnlib

from . import compares, float32
from ._random import whole


def _layer(rng: np.random.Generator, kind: str, channels: int, cells: int) -> tuple[dict, dict]:
    """Return a layer as `readNetwork` gives it, and the arrays that `cnnlib` takes."""
    size = whole(rng, 1, 3) if kind != "linear" else 1
    filters = 0 if kind == "pool" else whole(rng, 1, 3)
    padding = whole(rng, 0, size - 1) if kind == "conv" else 0
    stride = {"conv": whole(rng, 1, 2), "pool": size, "linear": 1}[kind]
    each = {"conv": channels * size * size, "pool": 0, "linear": channels * cells}[kind]
    weight = np.float32(rng.integers(-3, 4, (filters, each)))
    bias = np.float32(rng.integers(-3, 4, filters))
    relu = bool(rng.integers(2))
    layer = {"kind": kind, "size": size, "stride": stride, "padding": padding, "relu": relu}
    read = {**layer, "weights": [float32(row) for row in weight], "bias": float32(bias)}
    return read, {**layer, "weight": weight, "bias": bias}


def _after(layer: dict, x: np.ndarray) -> np.ndarray:
    """Return what `cnnlib` makes of the maps `x`, (channels, rows, columns)."""
    if layer["kind"] == "pool":
        y = cnnlib.max_pool2d(x[None], layer["size"])[0]
    elif layer["kind"] == "linear":
        y = (layer["weight"] @ x.ravel() + layer["bias"])[None, None]
    else:
        weight = layer["weight"].reshape(-1, len(x), layer["size"], layer["size"])
        y = cnnlib.conv2d(x[None], weight, layer["bias"], layer["stride"], layer["padding"])[0]
    return np.maximum(y, 0) if layer["relu"] else y


def _volume(x: np.ndarray) -> dict:
    maps = [float32(each) for each in x]
    return {"maps": maps, "rows": x.shape[1], "columns": x.shape[2]}


def _maps(rng: np.random.Generator) -> np.ndarray:
    return np.float32(rng.integers(-5, 6, (whole(rng, 1, 3), whole(rng, 8, 9), whole(rng, 8, 9))))


@compares("digit-network.readNetwork")
def _(rng):
    spec, layers = [], []
    for kind in ("conv", "pool", "linear"):
        bits = int(rng.choice([8, 16]))
        numbers = rng.integers(-99, 99, (2, 6)).astype(f"int{bits}")
        scales = rng.random(2 if bits == 8 else 1)
        data = base64.b64encode(numbers.tobytes()).decode()
        packed = {"data": data, "bits": bits, "scale": scales}
        bias = rng.integers(-999, 999, 2).astype(np.int16)
        data = base64.b64encode(bias.tobytes()).decode()
        packed_bias = {"data": data, "bits": 16, "scale": scales[:1]}
        own = {"size": 1, "stride": 1, "padding": 0, "relu": False, "weights": [], "bias": []}
        if kind == "pool":
            spec.append({"kind": kind, "size": 2})
            own |= {"size": 2, "stride": 2}
        else:
            how = {"size": 3, "padding": 1, "relu": True} if kind == "conv" else {}
            how |= {"stride": 2} if kind == "conv" and bits == 8 else {}
            spec.append({"kind": kind, **how, "filters": 2, "weight": packed, "bias": packed_bias})
            own |= how | {"weights": numbers * scales[:, None], "bias": bias * scales[0]}
        layers.append({"kind": kind, **own})
    return [spec], layers


@compares("digit-network.runNetwork")
def _(rng):
    x = _maps(rng)
    layers, volumes, y = [], [], x
    for kind in ("conv", "pool", "linear"):
        read, layer = _layer(rng, kind, len(y), y[0].size)
        y = _after(layer, y)
        layers.append(read)
        flat = [each.ravel() for each in y]
        volumes.append({"maps": flat, "rows": y.shape[1], "columns": y.shape[2]})
    return [layers, _volume(x)], volumes


def _window(x: np.ndarray, layer: dict, i: int, j: int) -> list[list[tuple]]:
    """Return for each channel the cells under a window: row, column, value."""
    size, padding, step = layer["size"], layer["padding"], layer["stride"]
    padded = np.pad(x, [(0, 0), (padding, padding), (padding, padding)])
    return [
        [
            (i * step + u - padding, j * step + v - padding, channel[i * step + u, j * step + v])
            for u, v in np.ndindex(size, size)
        ]
        for channel in padded
    ]


@compares("digit-network.windowOf")
def _(rng):
    x = _maps(rng)
    kind = str(rng.choice(["conv", "pool"]))
    read, layer = _layer(rng, kind, len(x), 0)
    y = _after(layer, x)
    f, i, j = (whole(rng, 0, count - 1) for count in y.shape)
    if rng.random() < 0.3:
        i = y.shape[1] - 1  # beside the padding
    c = f if kind == "pool" else whole(rng, 0, len(x) - 1)
    weights = (
        np.ones(layer["size"] ** 2)
        if kind == "pool"
        else layer["weight"].reshape(len(y), len(x), -1)[f, c]
    )
    inside = [range(length) for length in x.shape[1:]]
    terms = [
        {
            "row": row,
            "column": column,
            "outside": row not in inside[0] or column not in inside[1],
            "x": value,
            "w": w,
        }
        for (row, column, value), w in zip(_window(x, layer, i, j)[c], weights, strict=True)
    ]
    given = [read, _volume(x), f, i, j]
    return (given if kind == "pool" else [*given, c]), terms


@compares("digit-network.sumBehind")
def _(rng):
    x = _maps(rng)
    kind = str(rng.choice(["conv", "linear"]))
    read, layer = _layer(rng, kind, len(x), x[0].size)
    y = _after({**layer, "relu": False}, x)
    f, i, j = (whole(rng, 0, count - 1) for count in y.shape)
    filter = f if kind == "conv" else j
    parts = []
    for c in range(len(x)):
        alone = np.where(np.arange(len(x))[:, None, None] == c, x, np.float32(0))
        without = {**layer, "relu": False, "bias": 0 * layer["bias"]}
        parts.append(_after(without, alone)[f, i, j])
    bias = layer["bias"][filter]
    return [read, _volume(x), f, i, j], {"parts": parts, "bias": bias, "total": y[f, i, j]}


@compares("digit-network.softmaxOf")
def _(rng):
    spread = float(rng.choice([5, 5000]))  # the exponentials of large scores have no room
    scores = np.float32(rng.normal(0, spread, whole(rng, 1, 10)))
    return [float32(scores)], softmax(np.float64(scores))
