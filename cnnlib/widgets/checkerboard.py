"""The checkerboard: the photo enlarged by a transposed convolution, nearest and linear."""

import base64
from typing import Any

import numpy as np
import traitlets

from cnnlib import figures
from cnnlib.data.datasets import load_photo
from cnnlib.operations.pooling import avg_pool2d
from cnnlib.operations.transposed import conv_transpose2d
from cnnlib.widgets._base import CourseWidget, bundle, key_trait, limited_int
from cnnlib.widgets._tables import check_table

#: The smallest and largest setting of each slider, and of a weight.
LIMITS: dict[str, tuple[int, int]] = {
    "kernel_size": (1, 6),
    "stride": (1, 4),
    "position": (0, 15),
    "value": (0, 99),
}
#: Where the part of the photo begins, how large it is, and how much smaller it gets.
CORNER, SIDE, SHRUNK = (36, 64), 128, 4
#: Weights of a kernel as training leaves them: near each other, and none like the next.
UNEVEN = [
    [10, 11, 9, 10, 11, 9],
    [11, 10, 10, 9, 9, 11],
    [10, 9, 11, 10, 10, 11],
    [9, 10, 10, 11, 11, 9],
    [11, 9, 10, 11, 9, 10],
    [9, 11, 11, 9, 10, 10],
]


class Checkerboard(CourseWidget):
    """A small photo enlarged by a stride: a kernel with uneven weights, nearest, and linear.

    All three are transposed convolutions. The weights are scaled so that the mean brightness stays.

    Parameters
    ----------
    kernel_size, stride : traits; the limits are in `LIMITS`.
    position : trait, index of the output in the pattern that the play bar stands at.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> Checkerboard(kernel_size=3, stride=2).pattern.round(2)
    array([[1.76, 0.88],
           [0.92, 0.44]])
    """

    _esm = bundle("checkerboard.js")
    shown = ("kernel_size", "stride")

    key = key_trait("checkerboard")
    kernel_size = limited_int(3, LIMITS["kernel_size"])
    stride = limited_int(2, LIMITS["stride"])
    position = limited_int(1, LIMITS["position"])
    weights: Any = traitlets.List(UNEVEN).tag(sync=True)
    #: The small photo: grey bytes in base64. What it was made from, for the code.
    photo = traitlets.Unicode().tag(sync=True)
    _place: Any = traitlets.List([*CORNER, SIDE, SHRUNK]).tag(sync=True)
    _limits = traitlets.Dict(LIMITS).tag(sync=True)

    @traitlets.default("photo")
    def _photo(self) -> str:
        return base64.b64encode(self.image.astype(np.uint8).tobytes()).decode()

    @traitlets.validate("weights")
    def _check_weights(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "weights", 6, 6, LIMITS["value"])

    @property
    def image(self) -> np.ndarray:
        """The (32, 32) photo in grey."""
        (top, left), side = CORNER, SIDE
        grey = load_photo().mean(axis=0).round()[top : top + side, left : left + side]
        return avg_pool2d(grey[None], SHRUNK)[0].round()

    @property
    def weight(self) -> np.ndarray:
        """The kernel, scaled so that the mean brightness stays."""
        weight = np.array(self.weights, float)[: self.kernel_size, : self.kernel_size]
        return weight * self.stride**2 / (weight.sum() or 1)

    @property
    def pattern(self) -> np.ndarray:
        """What a white photo becomes, in turn: the (stride, stride) sums of the weights."""
        s = self.stride
        return np.array([[self.weight[a::s, b::s].sum() for b in range(s)] for a in range(s)])

    @property
    def learned(self) -> np.ndarray:
        """The photo enlarged with the kernel."""
        return self._enlarged(self.weight)

    @property
    def nearest(self) -> np.ndarray:
        """The photo with each pixel repeated: a kernel of ones, as large as the stride."""
        return self._enlarged(np.ones((self.stride, self.stride)))

    @property
    def linear(self) -> np.ndarray:
        """The photo with straight lines between its pixels: a kernel of size 2S − 1."""
        fall = np.convolve(np.ones(self.stride), np.ones(self.stride)) / self.stride
        return self._enlarged(np.outer(fall, fall), self.stride - 1)

    def _enlarged(self, weight: np.ndarray, padding: int = 0) -> np.ndarray:
        x, how = self.image[None], {"stride": self.stride, "padding": padding}
        return conv_transpose2d(x, weight[None, None], **how)[0]

    def picture(self) -> figures.Picture:
        """Draw the three enlarged photos."""
        name = f"A {self.kernel_size}×{self.kernel_size} kernel, stride {self.stride}"
        images = [np.clip(each, 0, 255) for each in (self.learned, self.nearest, self.linear)]
        limits = [(0.0, 255.0)] * 3
        return figures.draw_images(images, [name, "Nearest", "Linear"], limits=limits, columns=3)
