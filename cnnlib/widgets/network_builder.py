"""A network that the learner builds: shapes, parameters, work and receptive field of each layer."""

from collections.abc import Iterable
from typing import Any

import traitlets

from cnnlib import figures
from cnnlib.nn.architectures import LENET5, Network
from cnnlib.nn.layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Rng,
    Sequential,
)
from cnnlib.nn.summary import Summary, summary
from cnnlib.widgets._base import CourseWidget, bundle, in_order, key_trait, limited_int
from cnnlib.widgets._tables import check_table

#: What a layer may be; a row of the table names it by its number in this list.
KINDS = ["conv", "max pool", "mean pool", "ReLU", "batch norm", "global mean", "flatten", "dense"]
#: The smallest and largest setting; of a number in the table; of each of its columns.
LIMITS: dict[str, tuple[int, int]] = {"size": (1, 64), "depth": (1, 12), "value": (0, 512)}
LAYER_LIMITS: dict[str, tuple[int, int]] = {
    "channels": (1, 512),
    "kernel": (1, 11),
    "stride": (1, 4),
    "padding": (0, 5),
}
MOST = LIMITS["depth"][1]

#: A layer as (kind, channels, kernel, stride, padding); what a kind does not need may be left out.
Layer = tuple[Any, ...]

READER: list[Layer] = [
    ("conv", 8, 3, 1, 1),
    ("ReLU",),
    ("max pool", 8, 2, 2),
    ("conv", 16, 3, 1, 1),
    ("ReLU",),
    ("flatten",),
    ("dense", 10),
]
#: What this list calls a kind of `architectures`.
CALLED = {"conv": "conv", "avg_pool": "mean pool", "flatten": "flatten", "linear": "dense"}


def _layers(network: Network) -> list[Layer]:
    return [
        (CALLED[kind], channels or 10, size, stride, padding)
        for kind, size, stride, padding, _, channels, *_ in network.layers
    ]


#: Name → channels and size of the input, and the layers.
PRESETS: dict[str, tuple[int, int, list[Layer]]] = {
    "the digit reader": (1, 8, READER),
    LENET5.name: (*LENET5.input_shape[::2], _layers(LENET5)),
    "no convolution": (1, 28, [("flatten",), ("dense", 128), ("ReLU",), ("dense", 10)]),
    "any input size": (
        3,
        32,
        [
            ("conv", 32, 3, 1, 1),
            ("batch norm",),
            ("ReLU",),
            ("conv", 64, 3, 2, 1),
            ("batch norm",),
            ("ReLU",),
            ("conv", 64, 3, 2, 1),
            ("ReLU",),
            ("global mean",),
            ("flatten",),
            ("dense", 10),
        ],
    ),
    "it does not fit": (1, 8, [("conv", 8, 5), ("max pool", 8, 2, 2), ("conv", 16, 3), ("dense",)]),
}


def _row(layer: Layer) -> list[int]:
    """Return a layer as five numbers, the kind first."""
    kind, *numbers = layer
    if kind not in KINDS:
        raise traitlets.TraitError(f"the kind of a layer must be one of {KINDS}, got {kind!r}")
    row = [KINDS.index(kind)]
    for (name, (low, high)), standard in zip(LAYER_LIMITS.items(), (10, 3, 1, 0), strict=True):
        number = numbers[len(row) - 1] if len(row) <= len(numbers) else standard
        if not (isinstance(number, int) and low <= number <= high):
            raise traitlets.TraitError(
                f"{name} must be an int from {low} to {high}, got {number!r}"
            )
        row.append(number)
    return row


def _table(layers: Iterable[Layer]) -> list[list[int]]:
    rows = [_row(layer) for layer in layers]
    if not 1 <= len(rows) <= MOST:
        raise traitlets.TraitError(f"layers must be 1 to {MOST}, got {len(rows)}")
    return rows + [_row(("conv", 8, 3, 1, 1))] * (MOST - len(rows))


class NetworkBuilder(CourseWidget):
    """Layers that a learner stacks, with what comes out of each and what it costs.

    Parameters
    ----------
    layers : at most 12 tuples (kind, channels, kernel, stride, padding), of which the end may be
        left out; the kinds are in `KINDS`. Default those of the digit reader.
    channels, size, depth : traits; channels and side of the square input, layers in use.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> NetworkBuilder([("conv", 4, 3), ("flatten",), ("dense", 10)], size=8).summary
    layer    output shape  parameters  multiply-adds  receptive field
    -----------------------------------------------------------------
    input    1×8×8
    Conv2d   4×6×6                 40          1,296              3×3
    Flatten  144                    0              0
    Linear   10                 1,450          1,440
    -----------------------------------------------------------------
    total                       1,490          2,736
    """

    _esm = bundle("network-builder.js")
    shown = ("channels", "size", "depth")

    key = key_trait("network-builder")
    channels = traitlets.Enum(["1", "3"], "1").tag(sync=True)
    size = limited_int(8, LIMITS["size"])
    depth = limited_int(len(READER), LIMITS["depth"])
    #: Twelve layers, of which `depth` are used.
    stack: Any = traitlets.List().tag(sync=True)
    _kinds = traitlets.List(KINDS).tag(sync=True)
    _presets: Any = in_order(
        {
            name: {"channels": str(channels), "size": size, "stack": [_row(one) for one in layers]}
            for name, (channels, size, layers) in PRESETS.items()
        }
    )
    _limits = traitlets.Dict(LIMITS).tag(sync=True)
    _layer_limits = traitlets.Dict(LAYER_LIMITS).tag(sync=True)

    def __init__(self, layers: Iterable[Layer] | None = None, **traits: Any) -> None:
        if layers is not None:
            layers = list(layers)
            traits |= {"depth": len(layers), "stack": _table(layers)}
        super().__init__(**traits)

    @traitlets.default("stack")
    def _stack(self) -> list[list[int]]:
        return _table(READER)

    @traitlets.validate("stack")
    def _check_stack(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "stack", MOST, 5, LIMITS["value"])

    def model(self, rng: Rng = None) -> Sequential:
        """Return the network with initial weights, for `cnnlib.fit`.

        Raises ``ValueError`` that names the layer where the sizes do not fit.
        """
        model = Sequential()
        shape: tuple[int, ...] = (int(self.channels), self.size, self.size)
        for kind, *numbers in self.stack[: self.depth]:
            model.layers.append(_layer(KINDS[int(kind)], numbers, shape, rng))
            shape = summary(model, (int(self.channels), self.size, self.size)).rows[-1].shape
        return model

    @property
    def summary(self) -> Summary:
        """Shapes, parameters, multiply-adds and receptive fields, as a table."""
        return summary(self.model(0), (int(self.channels), self.size, self.size))

    def picture(self) -> figures.Picture:
        """Say what comes out of each layer."""
        try:
            table = self.summary
        except ValueError as error:
            return figures.draw_text(f"A network of {self.depth} layers that do not fit: {error}.")
        told = ", ".join(
            f"{KINDS[int(kind)]} {'×'.join(map(str, row.shape))}"
            for (kind, *_), row in zip(self.stack, table.rows, strict=False)
        )
        return figures.draw_text(
            f"A network for an input of {self.channels}×{self.size}×{self.size}: {told}. "
            f"{table.parameters:,} parameters, {table.multiply_adds:,} multiply-adds."
        )


def _layer(kind: str, numbers: list[int], shape: tuple[int, ...], rng: Rng) -> Module:
    """Return a layer for an input of `shape`, (C, H, W) or (features,)."""
    filters, kernel, stride, padding = map(int, numbers)
    makers = {
        "conv": lambda: Conv2d(shape[0], filters, kernel, stride, padding, rng=rng),
        "max pool": lambda: MaxPool2d(kernel, stride),
        "mean pool": lambda: AvgPool2d(kernel, stride),
        "ReLU": ReLU,
        "batch norm": lambda: BatchNorm2d(shape[0]),
        "global mean": lambda: AvgPool2d(shape[-1]),
        "flatten": Flatten,
        "dense": lambda: Linear(shape[0], filters, rng=rng),
    }
    if kind in ("batch norm", "global mean") and len(shape) == 1:
        raise ValueError(f"{kind} needs maps, and gets a list of {shape[0]} numbers")
    if kind == "dense" and len(shape) == 3:
        raise ValueError(f"dense needs a list of numbers, and gets maps of {shape}: flatten first")
    return makers[kind]()
