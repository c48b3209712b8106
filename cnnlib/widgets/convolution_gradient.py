"""The gradient of a convolution, cell by cell, beside a finite difference."""

from typing import Any

import numpy as np
import traitlets

from cnnlib import figures
from cnnlib.operations.convolution import conv2d_backward
from cnnlib.operations.geometry import conv_output_size
from cnnlib.widgets._base import bundle, key_trait, limited_int
from cnnlib.widgets._square import SquareWidget
from cnnlib.widgets._tables import check_table, default_gradients

#: The smallest and largest setting of each slider, and of a value in the grids.
LIMITS: dict[str, tuple[int, int]] = {
    "size": (1, 7),
    "kernel_size": (1, 4),
    "stride": (1, 3),
    "padding": (0, 3),
    "dilation": (1, 3),
    "position": (0, 168),
    "value": (-99, 99),
}
#: Output cells along an axis at the largest settings.
MOST = 13


class ConvolutionGradient(SquareWidget):
    """How the gradient of the output becomes the gradients of the input and of the kernel.

    Parameters
    ----------
    size, kernel_size, stride, padding, dilation : traits; the limits are in `LIMITS`.
    position : trait, index of the window that the play bar stands at, row by row.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> ConvolutionGradient(size=4, kernel_size=3).grad_weight.shape
    (3, 3)
    """

    _esm = bundle("convolution-gradient.js")
    limits = LIMITS
    shown = ("size", "kernel_size", "stride", "padding", "dilation")

    key = key_trait("gradient")
    size = limited_int(4, LIMITS["size"])
    kernel_size = limited_int(2, LIMITS["kernel_size"])
    stride = limited_int(1, LIMITS["stride"])
    padding = limited_int(0, LIMITS["padding"])
    dilation = limited_int(1, LIMITS["dilation"])
    position = limited_int(8, LIMITS["position"])
    gradients: Any = traitlets.List().tag(sync=True)
    _limits = traitlets.Dict(LIMITS).tag(sync=True)

    @traitlets.default("gradients")
    def _gradients(self) -> list[list[int]]:
        return default_gradients(MOST)

    @traitlets.validate("gradients")
    def _check_gradients(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "gradients", MOST, MOST, LIMITS["value"])

    @property
    def grad_output(self) -> np.ndarray:
        """The gradient of the output. Raises ``ValueError`` where the kernel does not fit."""
        size: Any = conv_output_size(
            self.size, self.kernel_size, self.stride, self.padding, self.dilation
        )
        return np.array(self.gradients)[:size, :size]

    @property
    def grad_input(self) -> np.ndarray:
        """The gradient of the input by `cnnlib.conv2d_backward`."""
        return np.asarray(self._backward()[0])[0, 0]

    @property
    def grad_weight(self) -> np.ndarray:
        """The gradient of the kernel by `cnnlib.conv2d_backward`."""
        return np.asarray(self._backward()[1])[0, 0]

    def _backward(self) -> Any:
        grad, x, w = (a[None, None] for a in (self.grad_output, self.input, self.weight))
        return conv2d_backward(grad, x, w, self.stride, self.padding, self.dilation)

    def picture(self) -> figures.Picture:
        """Draw the state as a figure."""
        try:
            grids = [
                ("Input", self.input, "input"),
                ("Kernel", self.weight, "kernel"),
                ("Gradient of output", self.grad_output, "gradient"),
                ("Gradient of kernel", self.grad_weight, "gradient"),
            ]
        except ValueError as error:
            return figures.draw_text(f"No output and no gradient: {error}.")
        told = self.grad_weight.tolist()
        return figures.draw_grids(grids, f"The gradient of a convolution; of its kernel: {told}.")
