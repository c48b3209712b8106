"""The pooling widget: maximum or average over windows, forward and backward."""

from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from cnnlib import figures
from cnnlib.operations.pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
)
from cnnlib.widgets._base import CourseWidget, bundle, key_trait, limited_int
from cnnlib.widgets._tables import check_table, default_gradients, default_values, place_in_table

#: The smallest and largest setting of each slider, and of a value in the grids.
LIMITS: dict[str, tuple[int, int]] = {
    "height": (1, 10),
    "width": (1, 10),
    "kernel_size": (1, 5),
    "stride": (1, 5),
    "padding": (0, 2),
    "position": (0, 120),
    "value": (-99, 99),
}
#: Output cells along an axis at the largest settings.
MOST = 11
LECTURE = [[1, 4, 2, 1], [5, 8, 3, 4], [7, 6, 4, 5], [1, 3, 1, 2]]


class Pooling(CourseWidget):
    """Max and average pooling of a small input, and the way of the gradient back through it.

    Parameters
    ----------
    input : (H, W) numbers, at most 10×10. Default: the 4×4 example of the lecture.
    grad_output : numbers for the gradient of the output, at most 11×11. Default: small ones.
    mode : trait, ``"max"`` or ``"average"``.
    view : trait, ``"forward"`` or ``"backward"``.
    height, width, kernel_size, stride, padding : traits; the limits are in `LIMITS`.
    ceil_mode, count_include_pad : traits, as in `cnnlib.avg_pool2d`.
    position : trait, index of the window that the play bar stands at, row by row.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> Pooling().output
    array([[8, 4],
           [7, 5]])
    """

    _esm = bundle("pooling.js")
    shown = ("mode", "height", "width", "kernel_size", "stride", "padding", "ceil_mode")

    key = key_trait("pooling")
    mode = traitlets.Enum(["max", "average"], "max").tag(sync=True)
    view = traitlets.Enum(["forward", "backward"], "forward").tag(sync=True)
    height = limited_int(4, LIMITS["height"])
    width = limited_int(4, LIMITS["width"])
    kernel_size = limited_int(2, LIMITS["kernel_size"])
    stride = limited_int(2, LIMITS["stride"])
    padding = limited_int(0, LIMITS["padding"])
    ceil_mode = traitlets.Bool(False).tag(sync=True)
    count_include_pad = traitlets.Bool(True).tag(sync=True)
    position = limited_int(2, LIMITS["position"])
    values: Any = traitlets.List().tag(sync=True)
    gradients: Any = traitlets.List().tag(sync=True)
    _limits = traitlets.Dict(LIMITS).tag(sync=True)

    def __init__(
        self, input: ArrayLike | None = None, grad_output: ArrayLike | None = None, **traits: Any
    ) -> None:
        if input is not None:
            traits["values"], (traits["height"], traits["width"]) = place_in_table(
                input, "input", default_values(10, 10)
            )
        if grad_output is not None:
            table = default_gradients(MOST)
            traits["gradients"], _ = place_in_table(grad_output, "grad_output", table)
        super().__init__(**traits)

    @traitlets.default("values")
    def _values(self) -> list[list[int]]:
        return place_in_table(LECTURE, "input", default_values(10, 10))[0]

    @traitlets.default("gradients")
    def _gradients(self) -> list[list[int]]:
        return default_gradients(MOST)

    @traitlets.validate("values")
    def _check_values(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "values", 10, 10, LIMITS["value"])

    @traitlets.validate("gradients")
    def _check_gradients(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "gradients", MOST, MOST, LIMITS["value"])

    @property
    def input(self) -> np.ndarray:
        """The (height, width) input that the sliders show."""
        return np.array(self.values)[: self.height, : self.width]

    @property
    def output(self) -> np.ndarray:
        """The output by `cnnlib`. Raises ``ValueError`` where the window does not fit."""
        k, s, p = self.kernel_size, self.stride, self.padding
        x = self.input[None]
        if self.mode == "max":
            pooled: Any = max_pool2d(x, k, s, p, ceil_mode=self.ceil_mode)
            return pooled[0]
        return avg_pool2d(x, k, s, p, self.ceil_mode, self.count_include_pad)[0]

    @property
    def grad_output(self) -> np.ndarray:
        """The gradient of the output, of its shape."""
        rows, columns = self.output.shape
        return np.array(self.gradients)[:rows, :columns]

    @property
    def grad_input(self) -> np.ndarray:
        """The gradient of the input by `cnnlib`."""
        k, s, p = self.kernel_size, self.stride, self.padding
        grad, x = self.grad_output[None], self.input[None]
        if self.mode == "max":
            return max_pool2d_backward(grad, x, k, s, p, ceil_mode=self.ceil_mode)[0]
        return avg_pool2d_backward(grad, x, k, s, p, self.ceil_mode, self.count_include_pad)[0]

    def picture(self) -> figures.Picture:
        """Draw the state as a figure."""
        try:
            output = self.output
        except ValueError as error:
            return figures.draw_grids(
                [("Input", self.input, "input")], f"An input and no output: {error}."
            )
        grids = [("Input", self.input, "input"), ("Output", output, "output")]
        if self.view == "backward":
            grids.append(("Gradient of the output", self.grad_output, "gradient"))
            grids.append(("Gradient of the input", self.grad_input, "gradient"))
        told = "; ".join(f"{name.lower()} {np.asarray(g).tolist()}" for name, g, _ in grids)
        return figures.draw_grids(
            grids,
            f"{self.mode.capitalize()} pooling with a {self.kernel_size}×{self.kernel_size} "
            f"window and stride {self.stride}: {told}.",
        )
