"""What a cell deep in a network sees of the input, and what well-known networks look like.

A network is a list of `Layer`s, top to bottom. `receptive_field` says how wide the view of the
last one is; `trace` says for every layer its shape, its view and its cost.

>>> receptive_field(ALEXNET.features()).size, receptive_field(VGG16.features()).size
(195, 212)
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cnnlib._checks import as_axes, as_int, common_axes, describe
from cnnlib._windows import Padding, Size, resolve_padding
from cnnlib.cost import conv_multiply_adds, conv_parameters, linear_parameters
from cnnlib.geometry import (
    conv_output_size,
    conv_transpose_output_size,
    effective_kernel_size,
    pool_output_size,
)


class Layer(NamedTuple):
    """One layer, as far as sizes go.

    Parameters
    ----------
    kind : ``"conv"``, ``"conv_transpose"``, ``"max_pool"``, ``"avg_pool"``, ``"linear"``,
        ``"flatten"``, or ``"pointwise"`` for whatever changes no size (ReLU, dropout).
    channels : of the output; the features of a linear layer. Pooling keeps those it gets.
    """

    kind: str
    kernel_size: Size = 1
    stride: Size = 1
    padding: Padding = 0
    dilation: Size = 1
    channels: int | None = None
    groups: int = 1
    bias: bool = True
    ceil_mode: bool = False
    output_padding: Size = 0
    name: str = ""


#: What each kind of `Layer` does to the receptive field.
WINDOWED = ("conv", "max_pool", "avg_pool")
KINDS = (*WINDOWED, "conv_transpose", "linear", "flatten", "pointwise")


class ReceptiveField(NamedTuple):
    """The view of one cell.

    size : cells of the input that it depends on, along an axis.
    jump : how far the views of two neighbouring cells are apart, in cells of the input.
    start : the first cell of the input that cell 0 sees; negative where it lies in the padding.
    """

    size: Size
    jump: Size
    start: Size


def receptive_field(layers: Iterable[Layer]) -> ReceptiveField:
    """Return size, jump and start of the view that one output cell has of the input.

    A layer with reach k̂ widens the view by k̂ − 1 cells of *its* input, and these are J cells of
    the network's input apart, where J is the product of the strides before it:

    size = 1 + Σ_l (k̂_l − 1) J_l,  jump = Π_l s_l,  start = −Σ_l p_l J_l.

    Parameters
    ----------
    layers : `Layer`s of the kinds ``"conv"``, ``"max_pool"``, ``"avg_pool"`` and ``"pointwise"``,
        in order. An empty list gives size 1, jump 1 and start 0.

    Returns ints if all layers are given with ints, otherwise tuples, one number for each axis.
    Raises ``ValueError`` for layers that have no such view: behind a ``"linear"`` layer every
    cell sees everything, and the view of a transposed convolution differs from cell to cell.

    Source: Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks",
    Distill, 2019, equations 2 and 4.

    >>> receptive_field([Layer("conv", 3), Layer("conv", 3), Layer("max_pool", 2, stride=2)])
    ReceptiveField(size=6, jump=2, start=0)
    """
    layers = list(layers)
    counts = {_axes(layer) for layer in layers} - {None}
    if len(counts) > 1:
        raise ValueError(f"layers must have the same number of axes, got {sorted(counts)}")  # type: ignore[type-var]
    axes = counts.pop() if counts else None
    n = axes or 1
    windows: list[list[tuple[int, int, int]]] = [[] for _ in range(n)]
    for number, layer in enumerate(layers):
        if layer.kind == "pointwise":
            continue
        if layer.kind not in WINDOWED:
            raise ValueError(
                f"layers[{number}] must be one of {(*WINDOWED, 'pointwise')} to have a receptive "
                f"field, got {describe(layer.kind)}"
            )
        kernel = as_axes(layer.kernel_size, n, "kernel_size", 1)
        stride = as_axes(layer.stride, n, "stride", 1)
        dilation = as_axes(layer.dilation, n, "dilation", 1)
        padding = resolve_padding(layer.padding, kernel, stride, dilation)
        reach = as_axes(effective_kernel_size(kernel, dilation), n, "kernel_size", 1)
        for axis in range(n):
            windows[axis].append((reach[axis], stride[axis], padding[axis][0]))
    views = [view_along(each) for each in windows]
    return views[0] if axes is None else ReceptiveField(*zip(*views, strict=True))


def view_along(windows: Iterable[tuple[int, int, int]]) -> ReceptiveField:
    """Return the view along one axis: what `receptive_field` computes, without its checks.

    windows : the reach k̂, the stride and the padding in front of each layer, first layer first.

    >>> view_along([(3, 1, 0), (2, 2, 0), (3, 1, 0)])
    ReceptiveField(size=8, jump=2, start=0)
    """
    size, jump, start = 1, 1, 0
    for reach, stride, before in windows:
        size += (reach - 1) * jump
        start -= before * jump
        jump *= stride
    return ReceptiveField(size, jump, start)


def _axes(layer: Layer) -> int | None:
    """Return how many axes a layer's tuples speak of, or None if there are none."""
    return common_axes(
        kernel_size=layer.kernel_size,
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation,
    )


class Row(NamedTuple):
    """One layer within a network: what comes out of it and what it costs, for one sample."""

    layer: Layer
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    receptive_field: ReceptiveField | None


def trace(layers: Sequence[Layer], input_shape: Sequence[int]) -> list[Row]:
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
        has_view = all(each.kind in (*WINDOWED, "pointwise") for each in seen)
        view = receptive_field(seen) if has_view else None
        rows.append(Row(layer, shape, parameters, multiply_adds, view))
    return rows


def _apply(layer: Layer, shape: tuple[int, ...]) -> tuple[tuple[int, ...], int, int]:
    """Return the output shape, the parameters and the multiply-adds of one layer."""
    if layer.kind not in KINDS:
        raise ValueError(f"kind must be one of {KINDS}, got {describe(layer.kind)}")
    if layer.kind == "pointwise":
        return shape, 0, 0
    if layer.kind == "flatten":
        return (math.prod(shape),), 0, 0
    if layer.kind == "linear":
        if len(shape) != 1:
            raise ValueError(f"a linear layer needs one axis (flatten first), got shape {shape}")
        features = as_int(layer.channels, "channels", 1)
        weights = linear_parameters(shape[0], features, bias=False)
        return (features,), linear_parameters(shape[0], features, layer.bias), weights
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


class Network(NamedTuple):
    """A well-known network: its layers, and the (C, H, W) that it was made for."""

    name: str
    input_shape: tuple[int, int, int]
    layers: tuple[Layer, ...]

    def features(self) -> tuple[Layer, ...]:
        """Return the layers before the classifier: convolution and pooling."""
        kinds = [layer.kind for layer in self.layers]
        return self.layers[: kinds.index("flatten")]


def _conv(name: str, channels: int, kernel: int, **more: int) -> Layer:
    return Layer("conv", kernel, channels=channels, name=name, **more)  # type: ignore[arg-type]


def _fc(name: str, features: int) -> Layer:
    return Layer("linear", channels=features, name=name)


_FLATTEN = Layer("flatten", name="flatten")

#: LeCun et al., "Gradient-based learning applied to document recognition", 1998, section II.B, in
#: the form that is taught today: the second convolution sees all maps, pooling learns nothing.
LENET5 = Network(
    "LeNet-5",
    (1, 32, 32),
    (
        _conv("C1", 6, 5),
        Layer("avg_pool", 2, 2, name="S2"),
        _conv("C3", 16, 5),
        Layer("avg_pool", 2, 2, name="S4"),
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
        Layer("max_pool", 3, 2, name="pool1"),
        _conv("conv2", 256, 5, padding=2, groups=2),
        Layer("max_pool", 3, 2, name="pool2"),
        _conv("conv3", 384, 3, padding=1),
        _conv("conv4", 384, 3, padding=1, groups=2),
        _conv("conv5", 256, 3, padding=1, groups=2),
        Layer("max_pool", 3, 2, name="pool5"),
        _FLATTEN,
        _fc("fc6", 4096),
        _fc("fc7", 4096),
        _fc("fc8", 1000),
    ),
)


def _vgg_block(number: int, channels: int, convolutions: int) -> tuple[Layer, ...]:
    names = (f"conv{number}_{i + 1}" for i in range(convolutions))
    pool = Layer("max_pool", 2, 2, name=f"pool{number}")
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
