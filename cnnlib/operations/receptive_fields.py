"""Receptive fields: which part of the input a cell deep in a network depends on.

A network is described by a list of `LayerSpec`s, the first layer first. `receptive_field` says how
wide the view of one cell behind the last of them is.

>>> receptive_field([LayerSpec("conv", 3), LayerSpec("conv", 3)]).size
5
"""

from collections.abc import Iterable
from typing import NamedTuple

from cnnlib._checks import as_axes, common_axes, describe
from cnnlib.operations._windows import Padding, Size, resolve_padding
from cnnlib.operations.geometry import effective_kernel_size


class LayerSpec(NamedTuple):
    """One layer, as far as sizes go.

    Parameters
    ----------
    kind : ``"conv"``, ``"conv_transpose"``, ``"max_pool"``, ``"avg_pool"``, ``"linear"``,
        ``"flatten"``, or ``"elementwise"`` for whatever changes no size (ReLU, dropout).
    channels : of the output; the features of a linear layer. Pooling keeps those it gets.
    in_channels : of the input, where it has to be a certain number. Default any.
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
    in_channels: int | None = None


#: What each kind of `LayerSpec` does to the receptive field.
WINDOWED = ("conv", "max_pool", "avg_pool")
KINDS = (*WINDOWED, "conv_transpose", "linear", "flatten", "elementwise")


class ReceptiveField(NamedTuple):
    """The view of one cell.

    size : cells of the input that it depends on, along an axis.
    jump : how far the views of two neighbouring cells are apart, in cells of the input.
    start : the first cell of the input that cell 0 sees; negative where it lies in the padding.
    """

    size: Size
    jump: Size
    start: Size


def receptive_field(layers: Iterable[LayerSpec]) -> ReceptiveField:
    """Return size, jump and start of the view that one output cell has of the input.

    A layer with the effective kernel size F̂ widens the view by F̂ − 1 cells of *its* input, and
    these are J cells of the network's input apart, where J is the product of the strides before it:

    size = 1 + Σ_l (F̂_l − 1) J_l,  jump = Π_l S_l,  start = −Σ_l P_l J_l.

    Parameters
    ----------
    layers : `LayerSpec`s of the kinds ``"conv"``, ``"max_pool"``, ``"avg_pool"`` and
        ``"elementwise"``, in order. An empty list gives size 1, jump 1 and start 0.

    Returns ints if all layers are given with ints, otherwise tuples, one number for each axis.
    Raises ``ValueError`` for layers that have no such view: behind a ``"linear"`` layer every
    cell sees everything, and the view of a transposed convolution differs from cell to cell.

    Source: Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks",
    Distill, 2019, equations 2 and 4.

    >>> conv, pool = LayerSpec("conv", 3), LayerSpec("max_pool", 2, stride=2)
    >>> receptive_field([conv, conv, pool])
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
        if layer.kind == "elementwise":
            continue
        if layer.kind not in WINDOWED:
            raise ValueError(
                f"layers[{number}] must be one of {(*WINDOWED, 'elementwise')} to have a receptive "
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

    windows : effective kernel size, stride and padding in front of each layer, first layer first.

    >>> view_along([(3, 1, 0), (2, 2, 0), (3, 1, 0)])
    ReceptiveField(size=8, jump=2, start=0)
    """
    size, jump, start = 1, 1, 0
    for effective, stride, padding in windows:
        size += (effective - 1) * jump
        start -= padding * jump
        jump *= stride
    return ReceptiveField(size, jump, start)


def _axes(layer: LayerSpec) -> int | None:
    """Return how many axes a layer's tuples speak of, or None if there are none."""
    return common_axes(
        kernel_size=layer.kernel_size,
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation,
    )
