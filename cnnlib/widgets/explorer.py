"""The convolution explorer: padding, stride, dilation and sizes of a 2D convolution by sliders."""

from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from cnnlib import plots
from cnnlib._checks import as_array
from cnnlib.convolution import conv2d
from cnnlib.widgets._base import CourseWidget, bundle

#: The smallest and largest setting of each slider, and of a value in the grids.
LIMITS: dict[str, tuple[int, int]] = {
    "height": (1, 16),
    "width": (1, 16),
    "kernel_size": (1, 9),
    "stride": (1, 8),
    "padding": (0, 8),
    "dilation": (1, 5),
    "value": (-99, 99),
}

SLIDERS = tuple(name for name in LIMITS if name != "value")


def _setting(name: str, default: int) -> Any:
    low, high = LIMITS[name]
    return traitlets.Int(default, min=low, max=high).tag(sync=True)


class ConvolutionExplorer(CourseWidget):
    """Input with its padding, kernel and output of a 2D convolution, on one drawing.

    Hover, focus or tap a cell to see where its number comes from or goes to; a click pins it.
    Works with a kernel (the traits follow the sliders) and on the published page without one.

    Parameters
    ----------
    input : (H, W) numbers, at most 16×16. Default: small whole numbers.
    weight : (k, k) numbers, at most 9×9. Default: a kernel without symmetry.
    sliders : which sliders to show, by the names of their traits. Default all six; the others
        rest at their value. A section of a chapter shows the ones that it speaks of.
    key : name of this widget in a link to its state; each widget of a page needs its own.
    height, width, kernel_size, stride, padding, dilation : traits; the limits are in `LIMITS`.
        Where `input` or `weight` is given, its shape sets the sizes.
    position : trait, index of the output cell that the play bar stands at, row by row.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> ConvolutionExplorer(height=5, width=6, stride=2).output.shape
    (2, 2)
    """

    _esm = bundle("explorer.js")
    shown = ("height", "width", "kernel_size", "stride", "padding", "dilation")

    key = traitlets.Unicode("explorer").tag(sync=True)
    sliders = traitlets.List(traitlets.Enum(SLIDERS), list(SLIDERS)).tag(sync=True)
    height = _setting("height", 7)
    width = _setting("width", 7)
    kernel_size = _setting("kernel_size", 3)
    stride = _setting("stride", 1)
    padding = _setting("padding", 0)
    dilation = _setting("dilation", 1)
    position = traitlets.Int(0, min=0).tag(sync=True)
    #: 16×16 input values, of which the sliders show the first height × width; and 9×9 weights.
    values: Any = traitlets.List().tag(sync=True)
    weights: Any = traitlets.List().tag(sync=True)
    _limits = traitlets.Dict(LIMITS).tag(sync=True)

    def __init__(
        self, input: ArrayLike | None = None, weight: ArrayLike | None = None, **traits: Any
    ) -> None:
        if input is not None:
            traits["values"], (traits["height"], traits["width"]) = _place(
                input, "input", _default_values()
            )
        if weight is not None:
            traits["weights"], shape = _place(weight, "weight", _default_weights())
            if shape[0] != shape[1]:
                raise traitlets.TraitError(f"weight must be square, got shape {shape}")
            traits["kernel_size"] = shape[0]
        super().__init__(**traits)

    @traitlets.default("values")
    def _values(self) -> list[list[int]]:
        return _default_values()

    @traitlets.default("weights")
    def _weights(self) -> list[list[int]]:
        return _default_weights()

    @traitlets.validate("values")
    def _check_values(self, proposal: Any) -> list[list[float]]:
        return _check_table(proposal["value"], "values", LIMITS["height"][1])

    @traitlets.validate("weights")
    def _check_weights(self, proposal: Any) -> list[list[float]]:
        return _check_table(proposal["value"], "weights", LIMITS["kernel_size"][1])

    @traitlets.validate("key")
    def _check_key(self, proposal: Any) -> str:
        key = proposal["value"]
        if not (key.isascii() and key.replace("-", "").isalnum()):
            raise traitlets.TraitError(f"key must be made of letters, digits and -, got {key!r}")
        return key

    @property
    def input(self) -> np.ndarray:
        """The (height, width) input that the sliders show."""
        return np.array(self.values)[: self.height, : self.width]

    @property
    def weight(self) -> np.ndarray:
        """The (kernel_size, kernel_size) kernel that the sliders show."""
        return np.array(self.weights)[: self.kernel_size, : self.kernel_size]

    @property
    def output(self) -> np.ndarray:
        """The output, by `cnnlib.conv2d`. Raises ``ValueError`` where the kernel does not fit."""
        x, w = self.input[None, None], self.weight[None, None]
        return conv2d(x, w, None, self.stride, self.padding, self.dilation)[0, 0]

    def picture(self) -> plots.Picture:
        """Draw the state as a figure."""
        return plots.draw_convolution(
            self.input, self.weight, self.stride, self.padding, self.dilation
        )


def _default_values() -> list[list[int]]:
    """Small numbers that a reader can multiply in the head, with no pattern along an axis."""
    return [
        [(7 * i * i + 3 * i * j + 11 * j * j + 5 * i + 2) % 13 % 10 for j in range(16)]
        for i in range(16)
    ]


def _default_weights() -> list[list[int]]:
    """Weights −1, 0, 1 and 2 without symmetry, so that a flipped kernel would show."""
    return [[(2 * u + 3 * v + u * v + 1) % 4 - 1 for v in range(9)] for u in range(9)]


def _place(given: ArrayLike, name: str, table: list) -> tuple[list, tuple[int, int]]:
    """Put `given` into the top left corner of `table`; return that and the shape of `given`."""
    array = as_array(given, name, (2,), "(rows, columns)")
    most = len(table)
    if not all(1 <= size <= most for size in array.shape):
        raise traitlets.TraitError(
            f"{name} must have 1 to {most} rows and columns, got shape {array.shape}"
        )
    for row, numbers in enumerate(array.tolist()):
        table[row][: len(numbers)] = numbers
    return table, (array.shape[0], array.shape[1])


def _check_table(table: Any, name: str, size: int) -> list[list[float]]:
    """Return a square table of numbers within the limits, or say what is wrong with it."""
    low, high = LIMITS["value"]
    if not isinstance(table, list) or len(table) != size or any(len(row) != size for row in table):
        raise traitlets.TraitError(f"{name} must be a list of {size} lists of {size} numbers")
    for i, row in enumerate(table):
        for j, value in enumerate(row):
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not (number and low <= value <= high):
                raise traitlets.TraitError(
                    f"{name}[{i}][{j}] must be a number from {low} to {high}, got {value!r}"
                )
    return table
