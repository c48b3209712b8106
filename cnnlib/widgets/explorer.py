"""The convolution explorer: padding, stride, dilation and sizes of a 2D convolution by sliders."""

from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from cnnlib import figures
from cnnlib._checks import as_axes
from cnnlib.operations.convolution import conv2d
from cnnlib.operations.geometry import conv_output_size
from cnnlib.widgets._base import CourseWidget, bundle, key_trait, limited_int
from cnnlib.widgets._tables import check_table, default_values, default_weights, place_in_table

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
#: Rows and columns of the tables behind input and kernel: the largest that the sliders give.
VALUES = LIMITS["height"][1], LIMITS["width"][1]
WEIGHTS = LIMITS["kernel_size"][1], LIMITS["kernel_size"][1]

#: Output cells at the largest settings: 16 + 2 · 8 positions along each axis.
MOST_CELLS = 32 * 32

SLIDERS = tuple(name for name in LIMITS if name != "value")


def _setting(name: str, default: int) -> Any:
    return limited_int(default, LIMITS[name])


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
    centres : trait, whether to hatch the cells that the kernel's centre cannot stand on.
    shades : trait, whether cells are shaded by their value, so that numbers look like a picture.
    key : name of this widget in a link to its state; each widget of a page needs its own.
    height, width, kernel_size, stride, padding, dilation : traits; the limits are in `LIMITS`.
        Where `input` or `weight` is given, its shape sets the sizes.
    position : trait, index of the output cell that the play bar stands at, row by row. Default
        the one in the middle.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> ConvolutionExplorer(height=5, width=6, stride=2).output.shape
    (2, 2)
    """

    _esm = bundle("explorer.js")
    shown = ("height", "width", "kernel_size", "stride", "padding", "dilation")

    key = key_trait("explorer")
    centres = traitlets.Bool(False).tag(sync=True)
    shades = traitlets.Bool(False).tag(sync=True)
    sliders = traitlets.List(traitlets.Enum(SLIDERS), list(SLIDERS)).tag(sync=True)
    height = _setting("height", 7)
    width = _setting("width", 7)
    kernel_size = _setting("kernel_size", 3)
    stride = _setting("stride", 1)
    padding = _setting("padding", 0)
    dilation = _setting("dilation", 1)
    position = traitlets.Int(min=0, max=MOST_CELLS - 1).tag(sync=True)
    #: 16×16 input values, of which the sliders show the first height × width; and 9×9 weights.
    values: Any = traitlets.List().tag(sync=True)
    weights: Any = traitlets.List().tag(sync=True)
    _limits = traitlets.Dict({**LIMITS, "position": (0, MOST_CELLS - 1)}).tag(sync=True)

    def __init__(
        self, input: ArrayLike | None = None, weight: ArrayLike | None = None, **traits: Any
    ) -> None:
        if input is not None:
            traits["values"], (traits["height"], traits["width"]) = place_in_table(
                input, "input", default_values(*VALUES)
            )
        if weight is not None:
            traits["weights"], shape = place_in_table(weight, "weight", default_weights(*WEIGHTS))
            if shape[0] != shape[1]:
                raise traitlets.TraitError(f"weight must be square, got shape {shape}")
            traits["kernel_size"] = shape[0]
        super().__init__(**traits)

    @traitlets.default("position")
    def _position(self) -> int:
        try:
            rows, columns = as_axes(
                conv_output_size(
                    (self.height, self.width),
                    self.kernel_size,
                    self.stride,
                    self.padding,
                    self.dilation,
                ),
                2,
                "output",
                1,
            )
        except ValueError:  # the kernel does not fit
            return 0
        return rows // 2 * columns + columns // 2

    @traitlets.default("values")
    def _values(self) -> list[list[int]]:
        return default_values(*VALUES)

    @traitlets.default("weights")
    def _weights(self) -> list[list[int]]:
        return default_weights(*WEIGHTS)

    @traitlets.validate("values")
    def _check_values(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "values", *VALUES, LIMITS["value"])

    @traitlets.validate("weights")
    def _check_weights(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "weights", *WEIGHTS, LIMITS["value"])

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

    def picture(self) -> figures.Picture:
        """Draw the state as a figure."""
        return figures.draw_convolution(
            self.input, self.weight, self.stride, self.padding, self.dilation
        )
