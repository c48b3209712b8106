"""What a widget with a trained network carries: its layers, and its weights as whole numbers."""

import base64
import math
from typing import Any

import numpy as np
import traitlets

from cnnlib.nn.layers import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
)

#: The sides of images that a network may be for; those of the course's digits come first.
SIDES = (28, 8, *range(9, 28))
KNOWN = (
    "Conv2d (square, one group, no dilation, with bias), BatchNorm2d behind a Conv2d, ReLU, "
    "MaxPool2d (windows that touch), Dropout, Flatten and Linear (with bias)"
)


def side_of(model: Sequential) -> int:
    """Return the side of the images (N, 1, side, side) for which a model gives ten scores."""
    for side in SIDES:
        try:
            shape = model.predict(np.zeros((1, 1, side, side), np.float32)).shape
        except ValueError:
            continue
        if shape == (1, 10):
            return side
    raise traitlets.TraitError(
        "model must give ten scores (N, 10) for images (N, 1, H, H) of 8×8 to 28×28"
    )


def packed(model: Sequential, side: int = 8, bits: int = 16) -> tuple[Sequential, list[dict], list]:
    """Return the model with the page's weights, their text, and the shape of each layer's maps.

    Weights become whole numbers of 16 bits, or of 8 with a scale for each filter.
    """
    network: list[dict] = []
    shapes: list[tuple[int, ...]] = []
    shape: tuple[int, ...] = (1, side, side)
    for number, layer in enumerate(model):
        if isinstance(layer, ReLU) and network:
            network[-1]["relu"] = True
        elif isinstance(layer, Flatten):
            shape = (math.prod(shape),)
        elif isinstance(layer, BatchNorm2d) and network and _can_fold(network[-1]):
            network[-1] |= _folded(layer, network[-1])
        elif not isinstance(layer, Dropout):
            entry = _entry(layer)
            if entry is None:
                raise traitlets.TraitError(
                    f"model must be made of {KNOWN}; layer {number} is {_words(layer)}"
                )
            network.append(entry)
            shape = _shape_after(entry, shape)
            shapes.append((1, 1, shape[0]) if len(shape) == 1 else shape)
    if shape != (10,):
        raise traitlets.TraitError(f"model must give ten scores, it gives {shape}")
    for entry in network:
        if "weight" in entry:
            entry["weight"] = _whole_numbers(entry["weight"], bits)
            entry["bias"] = _whole_numbers(entry["bias"], 16)
    return unpacked(network), network, shapes


def _words(layer: Module) -> str:
    """Return the name of a layer with what is unusual about it."""
    names = ("kernel_size", "stride", "padding", "dilation", "groups")
    settings = {name: getattr(layer, name) for name in names if hasattr(layer, name)}
    inside = ", ".join(f"{name}={value}" for name, value in settings.items())
    return f"{type(layer).__name__}({inside})"


def _entry(layer: Module) -> dict | None:
    """Return what the page needs of a layer with weights or windows, None if it knows no such."""
    if isinstance(layer, Conv2d):
        size, stride = layer.kernel_size[0], _number(layer.stride)
        padding = (size - 1) // 2 if layer.padding == "same" else _number(layer.padding)
        plain = layer.kernel_size == (size, size) and _number(layer.dilation) == 1
        even = layer.padding == "same" and size % 2 == 0
        if not plain or even or layer.groups != 1 or None in (layer.bias, stride, padding):
            return None
        entry = {"kind": "conv", "size": size, "stride": stride, "padding": padding}
    elif isinstance(layer, MaxPool2d):
        size = layer.kernel_size[0]
        same = layer.kernel_size == (size, size) and _number(layer.stride) == size
        if not same or _number(layer.padding) or layer.ceil_mode or _number(layer.dilation) != 1:
            return None
        return {"kind": "pool", "size": size}
    elif isinstance(layer, Linear) and layer.bias is not None:
        entry = {"kind": "linear"}
    else:
        return None
    assert layer.bias is not None
    weight, bias = layer.weight.value, layer.bias.value
    return {**entry, "filters": len(weight), "weight": weight, "bias": bias}


def _number(setting: Any) -> int | None:
    """Return a setting that is the same along both axes."""
    both = (setting, setting) if isinstance(setting, int) else tuple(setting)
    return both[0] if both[0] == both[1] and isinstance(both[0], int) else None


def _can_fold(entry: dict) -> bool:
    return entry["kind"] == "conv" and "relu" not in entry


def _folded(layer: BatchNorm2d, entry: dict) -> dict[str, np.ndarray]:
    """Return weight and bias of a convolution that does the work of the normalisation as well."""
    scale = layer.weight.value / np.sqrt(layer.running_var.value + layer.eps)
    bias = (entry["bias"] - layer.running_mean.value) * scale + layer.bias.value
    return {"weight": entry["weight"] * scale[:, None, None, None], "bias": bias}


def _shape_after(entry: dict, shape: tuple[int, ...]) -> tuple[int, ...]:
    if entry["kind"] == "linear":
        return (entry["filters"],)
    size, padding = entry["size"], entry.get("padding", 0)
    step = size if entry["kind"] == "pool" else entry["stride"]
    sides = [(n + 2 * padding - size) // step + 1 for n in shape[1:]]
    return (entry.get("filters", shape[0]), *sides)


def _whole_numbers(weights: np.ndarray, bits: int) -> dict[str, Any]:
    """Return weights as whole numbers times a scale: of 16 bits, or of 8 and a scale a filter."""
    rows = weights.reshape(len(weights) if bits == 8 else 1, -1).astype(np.float64)
    most = np.abs(rows).max(axis=1, keepdims=True)
    scale = np.where(most > 0, most, 1.0) / (2 ** (bits - 1) - 1)
    whole = (rows / scale).round().astype(f"<i{bits // 8}")
    data = base64.b64encode(whole.tobytes()).decode()
    return {"data": data, "bits": bits, "scale": scale.ravel().tolist()}


def _numbers(stored: dict[str, Any]) -> np.ndarray:
    """Return packed numbers, a row for each scale."""
    scale = np.array(stored["scale"], np.float64)
    whole = np.frombuffer(base64.b64decode(stored["data"]), f"<i{stored['bits'] // 8}")
    return (whole.reshape(len(scale), -1) * scale[:, None]).astype(np.float32)


def unpacked(network: list[dict]) -> Sequential:
    """Return the model that the page computes with."""
    layers: list[Module] = []
    channels = 1
    for entry in network:
        if entry["kind"] == "pool":
            layers.append(MaxPool2d(entry["size"]))
        else:
            filters = entry["filters"]
            weight, bias = _numbers(entry["weight"]), _numbers(entry["bias"])
            if entry["kind"] == "conv":
                how = {name: entry[name] for name in ("stride", "padding") if name in entry}
                layer: Conv2d | Linear = Conv2d(channels, filters, entry["size"], **how)
                channels = filters
            else:
                flat = any(isinstance(each, Linear) for each in layers)
                layers += [] if flat else [Flatten()]
                layer = Linear(weight.size // filters, filters)
            assert layer.bias is not None
            layer.weight.value = weight.reshape(layer.weight.value.shape)
            layer.bias.value = bias.ravel()
            layers.append(layer)
        if entry.get("relu"):
            layers.append(ReLU())
    model = Sequential(*layers)
    model.eval()
    return model
