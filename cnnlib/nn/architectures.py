"""What well-known networks look like, and what every layer of a network makes of its input.

`trace` follows one sample through a list of `LayerSpec`s: shapes, parameters, work, views.

>>> receptive_field(ALEXNET.features()).size, receptive_field(VGG16.features()).size
(195, 212)
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from cnnlib._checks import as_axes, as_int, describe
from cnnlib.operations.cost import conv_multiply_adds, conv_parameters, linear_parameters
from cnnlib.operations.geometry import (
    conv_output_size,
    conv_transpose_output_size,
    pool_output_size,
)
from cnnlib.operations.receptive_fields import (
    KINDS,
    WINDOWED,
    LayerSpec,
    ReceptiveField,
    receptive_field,
)


class Row(NamedTuple):
    """One layer within a network: what comes out of it and what it costs, for one sample."""

    layer: LayerSpec
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    receptive_field: ReceptiveField | None


def trace(layers: Sequence[LayerSpec], input_shape: Sequence[int]) -> list[Row]:
    """Follow one sample of `input_shape` (C, H, W) through 2D layers.

    Returns a `Row` for each layer: its output shape, its parameters, its multiply-adds (biases
    and comparisons are not counted) and its receptive field, which is None from the first linear,
    flatten or transposed layer on. Raises ``ValueError`` where a layer does not fit.

    >>> rows = trace(ALEXNET.layers, ALEXNET.input_shape)
    >>> rows[0].shape, rows[0].parameters
    ((96, 55, 55), 34944)
    >>> sum(row.parameters for row in rows)  # the paper's "60 million parameters"
    60965224
    """
    shape = tuple(as_int(size, "input_shape", 1) for size in input_shape)
    rows: list[Row] = []
    for number, layer in enumerate(layers):
        try:
            shape, parameters, multiply_adds = _apply(layer, shape)
        except ValueError as error:
            label = f" ({layer.name})" if layer.name else ""
            raise ValueError(f"layers[{number}]{label} does not fit {shape}: {error}") from None
        seen = layers[: number + 1]
        has_view = all(each.kind in (*WINDOWED, "elementwise") for each in seen)
        view = receptive_field(seen) if has_view else None
        rows.append(Row(layer, shape, parameters, multiply_adds, view))
    return rows


def _apply(layer: LayerSpec, shape: tuple[int, ...]) -> tuple[tuple[int, ...], int, int]:
    """Return the output shape, the parameters and the multiply-adds of one layer."""
    if layer.kind not in KINDS:
        raise ValueError(f"kind must be one of {KINDS}, got {describe(layer.kind)}")
    if layer.kind == "elementwise":
        return shape, 0, 0
    if layer.kind == "flatten":
        return (math.prod(shape),), 0, 0
    if layer.kind == "linear":
        if len(shape) != 1 and layer.in_channels is None:
            raise ValueError(f"a linear layer needs one axis (flatten first), got shape {shape}")
        *rows, fan_in = shape
        _check_channels(layer, fan_in)
        features = as_int(layer.channels, "channels", 1)
        weights = linear_parameters(fan_in, features, bias=False)
        parameters = linear_parameters(fan_in, features, layer.bias)
        return (*rows, features), parameters, math.prod(rows) * weights
    if len(shape) != 3:
        raise ValueError(f"{layer.kind} needs an input of three axes (C, H, W), got shape {shape}")
    channels, *size_ = shape
    size = tuple(size_)
    kernel = as_axes(layer.kernel_size, 2, "kernel_size", 1)
    if layer.kind in ("max_pool", "avg_pool"):
        if isinstance(layer.padding, str):
            raise ValueError(f"padding of a pooling layer must be ints, got {layer.padding!r}")
        out = pool_output_size(
            size, kernel, layer.stride, layer.padding, layer.dilation, layer.ceil_mode
        )
        return (channels, *as_axes(out, 2, "output", 1)), 0, 0
    _check_channels(layer, channels)
    filters = as_int(layer.channels, "channels", 1)
    parameters = conv_parameters(channels, filters, kernel, layer.groups, layer.bias)
    if layer.kind == "conv":
        out = conv_output_size(size, kernel, layer.stride, layer.padding, layer.dilation)
        positions = out
    else:
        if isinstance(layer.padding, str):
            raise ValueError(f"padding of a transposed layer must be ints, got {layer.padding!r}")
        out = conv_transpose_output_size(
            size, kernel, layer.stride, layer.padding, layer.output_padding, layer.dilation
        )
        positions = size  # each input cell stamps every weight once
    multiply_adds = conv_multiply_adds(channels, filters, kernel, positions, layer.groups)
    return (filters, *as_axes(out, 2, "output", 1)), parameters, multiply_adds


def _check_channels(layer: LayerSpec, channels: int) -> None:
    if layer.in_channels not in (None, channels):
        what = "features" if layer.kind == "linear" else "channels"
        raise ValueError(f"it takes {layer.in_channels} {what}, and gets {channels}")


class Network(NamedTuple):
    """A well-known network: its layers, and the (C, H, W) that it was made for."""

    name: str
    input_shape: tuple[int, int, int]
    layers: tuple[LayerSpec, ...]

    def features(self) -> tuple[LayerSpec, ...]:
        """Return the layers before the classifier: convolution and pooling."""
        kinds = [layer.kind for layer in self.layers]
        return self.layers[: kinds.index("flatten")]


def _conv(name: str, channels: int, kernel: int, **more: int) -> LayerSpec:
    return LayerSpec("conv", kernel, channels=channels, name=name, **more)  # type: ignore[arg-type]


def _fc(name: str, features: int) -> LayerSpec:
    return LayerSpec("linear", channels=features, name=name)


_FLATTEN = LayerSpec("flatten", name="flatten")

#: LeCun et al., "Gradient-based learning applied to document recognition", 1998, section II.B, in
#: the form that is taught today: the second convolution sees all maps, pooling learns nothing.
LENET5 = Network(
    "LeNet-5",
    (1, 32, 32),
    (
        _conv("C1", 6, 5),
        LayerSpec("avg_pool", 2, 2, name="S2"),
        _conv("C3", 16, 5),
        LayerSpec("avg_pool", 2, 2, name="S4"),
        _conv("C5", 120, 5),
        _FLATTEN,
        _fc("F6", 84),
        _fc("output", 10),
    ),
)

#: Krizhevsky, Sutskever & Hinton, "ImageNet classification with deep convolutional neural
#: networks", 2012, section 3.5. The paper says 224, but its own sizes need 227.
ALEXNET = Network(
    "AlexNet",
    (3, 227, 227),
    (
        _conv("conv1", 96, 11, stride=4),
        LayerSpec("max_pool", 3, 2, name="pool1"),
        _conv("conv2", 256, 5, padding=2, groups=2),
        LayerSpec("max_pool", 3, 2, name="pool2"),
        _conv("conv3", 384, 3, padding=1),
        _conv("conv4", 384, 3, padding=1, groups=2),
        _conv("conv5", 256, 3, padding=1, groups=2),
        LayerSpec("max_pool", 3, 2, name="pool5"),
        _FLATTEN,
        _fc("fc6", 4096),
        _fc("fc7", 4096),
        _fc("fc8", 1000),
    ),
)


def _vgg_block(number: int, channels: int, convolutions: int) -> tuple[LayerSpec, ...]:
    names = (f"conv{number}_{i + 1}" for i in range(convolutions))
    pool = LayerSpec("max_pool", 2, 2, name=f"pool{number}")
    return *(_conv(name, channels, 3, padding=1) for name in names), pool


#: Simonyan & Zisserman, "Very deep convolutional networks for large-scale image recognition",
#: 2014, table 1, column D.
VGG16 = Network(
    "VGG16",
    (3, 224, 224),
    (
        *_vgg_block(1, 64, 2),
        *_vgg_block(2, 128, 2),
        *_vgg_block(3, 256, 3),
        *_vgg_block(4, 512, 3),
        *_vgg_block(5, 512, 3),
        _FLATTEN,
        _fc("fc6", 4096),
        _fc("fc7", 4096),
        _fc("fc8", 1000),
    ),
)
