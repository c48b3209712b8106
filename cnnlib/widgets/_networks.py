"""What a widget with a trained network carries: its weights as whole numbers, and a drawing."""

import base64
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets

from cnnlib.nn.layers import Conv2d, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential

#: Largest whole number that a weight becomes on its way into the page.
_LARGEST = 2**15 - 1


def rows_of(ink: Sequence[Any] | np.ndarray) -> list[list[float]]:
    """Return a drawing as rows of numbers, from numbers or from strings of ``.`` and ``#``."""
    return [
        [int(mark == "#") for mark in row] if isinstance(row, str) else np.asarray(row).tolist()
        for row in ink
    ]


def packed(model: Sequential) -> tuple[Sequential, list[dict], list[tuple[int, int, int]]]:
    """Return the model with the page's weights, their text, and the shape of each layer's maps."""
    rounded: list[Module] = []
    network: list[dict] = []
    shapes: list[tuple[int, int, int]] = []
    shape: tuple[int, ...] = (1, 8, 8)
    for number, layer in enumerate(model):
        if isinstance(layer, (ReLU, Flatten)):
            rounded.append(type(layer)())
            if isinstance(layer, ReLU) and network:
                network[-1]["relu"] = True
            elif isinstance(layer, Flatten):
                shape = (math.prod(shape),)
            continue
        if isinstance(layer, Conv2d) and _is_plain(layer):
            size, padding = layer.kernel_size[0], layer.padding
            entry: dict = {"kind": "conv", "size": size, "padding": padding}
            rows, columns = (int(n + 2 * padding - size + 1) for n in shape[1:])  # type: ignore[operator]
            shape = (layer.out_channels, rows, columns)
            copy: Module = Conv2d(layer.in_channels, layer.out_channels, size, padding=padding)
        elif isinstance(layer, MaxPool2d) and layer.stride == layer.kernel_size:
            size = layer.kernel_size[0]
            entry = {"kind": "pool", "size": size}
            shape = (shape[0], shape[1] // size, shape[2] // size)
            copy = MaxPool2d(size)
        elif isinstance(layer, Linear):
            entry = {"kind": "linear"}
            shape = (layer.out_features,)
            copy = Linear(layer.in_features, layer.out_features)
        else:
            raise traitlets.TraitError(
                "model must be made of Conv2d (square, stride 1, one group, with bias), ReLU, "
                f"MaxPool2d (windows that touch), Flatten and Linear; layer {number} is {layer!r}"
            )
        if isinstance(layer, (Conv2d, Linear)):
            entry |= {"filters": shape[0]}
            for name, parameter in zip(("weight", "bias"), layer.parameters(), strict=True):
                entry[name], value = _whole_numbers(parameter.value)
                getattr(copy, name).value = value
        rounded.append(copy)
        network.append(entry)
        shapes.append((1, 1, shape[0]) if len(shape) == 1 else (shape[0], shape[1], shape[2]))
    if shape != (10,):
        raise traitlets.TraitError(f"model must give ten scores, it gives {shape}")
    return Sequential(*rounded), network, shapes


def _is_plain(layer: Conv2d) -> bool:
    """Say whether the page can compute this convolution."""
    return (
        layer.kernel_size[0] == layer.kernel_size[1]
        and layer.stride in (1, (1, 1))
        and layer.dilation in (1, (1, 1))
        and layer.groups == 1
        and isinstance(layer.padding, int)
        and layer.bias is not None
    )


def _whole_numbers(weights: np.ndarray) -> tuple[dict, np.ndarray]:
    """Return weights as 16-bit whole numbers times a scale, packed and as they come out again."""
    scale = float(np.abs(weights).max()) / _LARGEST or 1.0
    whole = (weights / scale).round().astype("<i2")
    packed = {"data": base64.b64encode(whole.tobytes()).decode(), "scale": scale}
    return packed, (whole * scale).astype(np.float32)
