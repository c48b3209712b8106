"""Dilation beside stride: what each of them skips."""

import numpy as np
import traitlets

from cnnlib import figures
from cnnlib.operations.convolution import conv2d
from cnnlib.widgets._base import bundle, key_trait, limited_int
from cnnlib.widgets._square import SquareWidget

#: The smallest and largest setting of each slider, and of a value in the grids.
LIMITS: dict[str, tuple[int, int]] = {
    "size": (1, 12),
    "kernel_size": (1, 5),
    "dilation": (1, 4),
    "stride": (1, 4),
    "position": (0, 143),
    "value": (-99, 99),
}


class DilationStride(SquareWidget):
    """The same input and kernel, once with a dilation and once with a stride.

    Parameters
    ----------
    size, kernel_size, dilation, stride : traits; the limits are in `LIMITS`.
    position : trait, index of the window that the play bar stands at, row by row.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> widget = DilationStride(size=9)
    >>> widget.dilated.shape, widget.strided.shape
    ((5, 5), (4, 4))
    """

    _esm = bundle("dilation-stride.js")
    limits = LIMITS
    shown = ("size", "kernel_size", "dilation", "stride")

    key = key_trait("dilation-stride")
    size = limited_int(7, LIMITS["size"])
    kernel_size = limited_int(3, LIMITS["kernel_size"])
    dilation = limited_int(2, LIMITS["dilation"])
    stride = limited_int(2, LIMITS["stride"])
    position = limited_int(4, LIMITS["position"])
    _limits = traitlets.Dict(LIMITS).tag(sync=True)

    @property
    def dilated(self) -> np.ndarray:
        """The output with the dilation. Raises ``ValueError`` where the kernel does not fit."""
        x, w = self.input[None, None], self.weight[None, None]
        return conv2d(x, w, dilation=self.dilation)[0, 0]

    @property
    def strided(self) -> np.ndarray:
        """The output with the stride. Raises ``ValueError`` where the kernel does not fit."""
        x, w = self.input[None, None], self.weight[None, None]
        return conv2d(x, w, stride=self.stride)[0, 0]

    def picture(self) -> figures.Picture:
        """Draw the state as a figure."""
        grids = [("Input", self.input, "input")]
        told = []
        for name in ("dilated", "strided"):
            try:
                output = getattr(self, name)
            except ValueError as error:
                told.append(f"{name}: no output, {error}")
                continue
            grids.append((name.capitalize(), output, "output"))
            told.append(f"{name}: output {output.shape[0]} by {output.shape[1]}")
        return figures.draw_grids(
            grids,
            f"The same {self.size} by {self.size} input with dilation {self.dilation} and with "
            f"stride {self.stride}; {'; '.join(told)}.",
        )
