"""A stack of layers, and what a unit of each sees of the input."""

import base64
from collections.abc import Iterable
from typing import Any

import traitlets

from cnnlib import figures
from cnnlib.nn.architectures import ALEXNET, LENET5, VGG16
from cnnlib.operations import receptive_fields
from cnnlib.operations.receptive_fields import WINDOWED, LayerSpec, receptive_field
from cnnlib.widgets._base import CourseWidget, bundle, in_order, key_trait, limited_int
from cnnlib.widgets._tables import check_table, small_photo

#: The smallest and largest setting of each slider, and of a number in the table.
LIMITS: dict[str, tuple[int, int]] = {
    "input_size": (1, 256),
    "depth": (1, 20),
    "row": (0, 255),
    "column": (0, 255),
    "position": (0, 20),
    "value": (0, 15),
}
LAYER_LIMITS: dict[str, tuple[int, int]] = {
    "kernel": (1, 15),
    "stride": (1, 8),
    "dilation": (1, 8),
    "padding": (0, 8),
}
START = [[0, 3, 1, 1, 0], [1, 2, 2, 1, 0], [0, 3, 1, 1, 0]]
MOST = LIMITS["depth"][1]
#: A layer with more units than these is too fine to draw, and so are more layers.
MOST_DRAWN: dict[str, int] = {"units": 48, "layers": 6}


def _row(layer: LayerSpec) -> list[int]:
    """Return one layer as numbers: pooling or not, kernel, stride, dilation, padding."""
    if layer.kind not in WINDOWED:
        raise traitlets.TraitError(f"layers must be convolution or pooling, got {layer.kind!r}")
    numbers: list[Any] = [layer.kernel_size, layer.stride, layer.dilation, layer.padding]
    for number, (name, (low, high)) in zip(numbers, LAYER_LIMITS.items(), strict=True):
        if not (isinstance(number, int) and low <= number <= high):
            raise traitlets.TraitError(
                f"{name} must be an int from {low} to {high}, got {number!r}"
            )
    return [int(layer.kind != "conv"), *numbers]


PRESETS = {
    network.name: {
        "input": network.input_shape[1],
        "layers": [_row(layer) for layer in network.features()],
    }
    for network in (LENET5, ALEXNET, VGG16)
}
#: The lecture's drawing: x1 and x5 do not meet in layer 1, and they meet in g3.
PRESETS["two layers of 3"] = {"input": 5, "layers": [[0, 3, 1, 1, 1], [0, 3, 1, 1, 1]]}


class ReceptiveField(CourseWidget):
    """Layers that a learner edits, drawn along one axis, with the view of every unit.

    Parameters
    ----------
    layers : a list of at most 20 `cnnlib.LayerSpec`, convolution and pooling with ints; default
        three.
    input_size, depth : traits; units of the input, and how many layers are used.
    row, column : traits; the pixel of the photo around which the views lie.
    position : trait; the layer whose unit is explained, 0 for the input.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> ReceptiveField(ALEXNET.features()).view.size
    195
    """

    _esm = bundle("receptive-field.js")
    shown = ("input_size", "depth")

    key = key_trait("receptive-field")
    input_size = limited_int(24, LIMITS["input_size"])
    depth = limited_int(3, LIMITS["depth"])
    row = limited_int(9, LIMITS["row"])
    column = limited_int(12, LIMITS["column"])
    position = limited_int(3, LIMITS["position"])
    #: The photo of the course: grey bytes in base64, and its rows and columns.
    photo = traitlets.Unicode().tag(sync=True)
    photo_shape: Any = traitlets.List([128, 128]).tag(sync=True)
    #: Twenty layers, of which `depth` are used: pooling or not, kernel, stride, dilation, padding.
    stack: Any = traitlets.List().tag(sync=True)
    presets: Any = in_order(PRESETS)
    _limits = traitlets.Dict(LIMITS).tag(sync=True)
    _most_drawn = traitlets.Dict(MOST_DRAWN).tag(sync=True)
    _layer_limits = traitlets.Dict(LAYER_LIMITS).tag(sync=True)

    def __init__(self, layers: Iterable[LayerSpec] | None = None, **traits: Any) -> None:
        if layers is not None:
            rows = [_row(layer) for layer in layers]
            if not 1 <= len(rows) <= MOST:
                raise traitlets.TraitError(f"layers must be 1 to {MOST}, got {len(rows)}")
            traits["depth"] = len(rows)
            traits["stack"] = rows + [START[0]] * (MOST - len(rows))
        super().__init__(**traits)

    @traitlets.default("photo")
    def _photo(self) -> str:
        return base64.b64encode(small_photo().tobytes()).decode()

    @traitlets.default("stack")
    def _stack(self) -> list[list[int]]:
        return START + [START[0]] * (MOST - len(START))

    @traitlets.validate("stack")
    def _check_stack(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "stack", MOST, 5, LIMITS["value"])

    @property
    def layers(self) -> list[LayerSpec]:
        """The layers in use."""
        return [
            LayerSpec("max_pool" if pool else "conv", kernel, stride, padding, dilation)
            for pool, kernel, stride, dilation, padding in self.stack[: self.depth]
        ]

    @property
    def view(self) -> receptive_fields.ReceptiveField:
        """Size, jump and start of what a unit of the last layer sees."""
        return receptive_field(self.layers)

    def picture(self) -> figures.Picture:
        """Draw the last layers, as far as they can be drawn, and what one unit of them sees."""
        views = [receptive_field(self.layers[: n + 1]) for n in range(self.depth)]
        told = ", ".join(f"layer {n} sees {view.size}" for n, view in enumerate(views, start=1))
        stack = f"A stack of {self.depth} layer{'s' * (self.depth > 1)}"
        alt = f"{stack}. Along one axis of the input, {told}."
        reads: list[figures.units.Reads] = []
        counts = [self.input_size]
        for layer in self.layers:
            try:
                reads.append(figures.reads_along(counts[-1], layer))
            except ValueError:
                break  # the view is what it would be on a larger input
            counts.append(len(reads[-1]))
        first = _first_drawn(counts)
        if first is None:
            return figures.draw_text(alt)
        middle = counts[-1] // 2
        reached = figures.seen_from(reads[first:], middle)
        names = [
            [f"{_letter(level)}{unit + 1}" for unit in range(count)]
            for level, count in enumerate(counts)
        ][first:]
        seen = figures.span(reached[0], _letter(first)) or "padding only"
        lowest = "the inputs" if first == 0 else f"layer {first}"
        alt += (
            f" Drawn from {lowest} up to layer {len(counts) - 1}: {names[-1][middle]} at the top "
            f"sees {seen} at the bottom."
        )
        return figures.draw_rows(names, reads[first:], reached, alt, 0 if first == 0 else None)


def _letter(level: int) -> str:
    """Return what units are called: x for inputs, h and g for the first layers, as on the page."""
    return "xhg"[level] if level < 3 else "u"


def _first_drawn(counts: list[int]) -> int | None:
    """Return the lowest level that is drawn, or None if no two of them are narrow enough."""
    end = len(counts) - 1
    levels = range(max(0, end - MOST_DRAWN["layers"]), end)
    return next((n for n in levels if max(counts[n:]) <= MOST_DRAWN["units"]), None)
