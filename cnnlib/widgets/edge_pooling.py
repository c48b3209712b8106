"""Pooling on an edge map of the photo: the maximum beside the mean, and what a nudge changes."""

import base64
from typing import Any

import numpy as np
import traitlets

from cnnlib import figures
from cnnlib.data.datasets import load_photo
from cnnlib.operations.convolution import correlate2d
from cnnlib.operations.pooling import avg_pool2d, max_pool2d
from cnnlib.widgets._base import CourseWidget, bundle, key_trait, limited_int

#: The smallest and largest setting of each slider.
LIMITS: dict[str, tuple[int, int]] = {
    "kernel_size": (2, 8),
    "down": (-8, 8),
    "right": (-8, 8),
    "row": (0, 127),
    "column": (0, 127),
}
#: Pixels that the photo can be nudged; the part of it that is used reaches so much further.
ROOM = 8
#: Rows and columns of the edge map.
SIDE = 128
#: Where the part of the photo begins: a face.
CORNER = (20, 60)
SOBEL = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])


class EdgePooling(CourseWidget):
    """An edge map of the photo pooled with the maximum and the mean, and nudged by some pixels.

    The edge map is abs(Sobel x) + abs(Sobel y) of the photo in grey, divided by 4 and cut at 255.

    Parameters
    ----------
    kernel_size : trait, side of the windows, which is the stride, too.
    down, right : traits, by how many pixels the photo is nudged.
    row, column : traits, the pixel of the edge map whose window is explained.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    The limits are in `LIMITS`; a trait that gets nonsense raises ``traitlets.TraitError``.

    >>> widget = EdgePooling(kernel_size=8, right=1)
    >>> widget.maximum.shape, widget.changed["edges"] > 4 * widget.changed["maximum"]
    ((16, 16), True)
    """

    _esm = bundle("edge-pooling.js")
    shown = ("kernel_size", "down", "right")

    key = key_trait("edge-pooling")
    kernel_size = limited_int(4, LIMITS["kernel_size"])
    down = limited_int(0, LIMITS["down"])
    right = limited_int(1, LIMITS["right"])
    row = limited_int(57, LIMITS["row"])
    column = limited_int(38, LIMITS["column"])
    #: The part of the photo: grey bytes in base64; its corner, and the kernels of the edge map.
    photo = traitlets.Unicode().tag(sync=True)
    _corner: Any = traitlets.List(list(CORNER)).tag(sync=True)
    _kernels: Any = traitlets.List([SOBEL.tolist(), SOBEL.T.tolist()]).tag(sync=True)
    _limits = traitlets.Dict(LIMITS).tag(sync=True)

    @traitlets.default("photo")
    def _photo(self) -> str:
        return base64.b64encode(_part().astype(np.uint8).tobytes()).decode()

    def edges_at(self, down: int, right: int) -> np.ndarray:
        """Return the (128, 128) edge map of the photo nudged by so many pixels."""
        top, left = ROOM - down, ROOM - right
        image = _part()[top : top + SIDE + 2, left : left + SIDE + 2]
        x, y = (correlate2d(image, kernel, mode="valid") for kernel in (SOBEL, SOBEL.T))
        return np.minimum((abs(x) + abs(y)) // 4, 255)

    @property
    def edges(self) -> np.ndarray:
        """The edge map of the nudged photo."""
        return self.edges_at(self.down, self.right)

    @property
    def maximum(self) -> np.ndarray:
        """The edge map after max pooling."""
        return max_pool2d(self.edges[None], self.kernel_size)[0]

    @property
    def mean(self) -> np.ndarray:
        """The edge map after average pooling."""
        return avg_pool2d(self.edges[None], self.kernel_size)[0]

    @property
    def changed(self) -> dict[str, float]:
        """What the nudge changes: the sum of all differences by the sum of the map before."""
        names = ("edges", "maximum", "mean")
        still = EdgePooling(kernel_size=self.kernel_size, down=0, right=0)
        maps = [(getattr(self, name), getattr(still, name)) for name in names]
        shares = [float(abs(now - before).sum() / before.sum()) for now, before in maps]
        return dict(zip(names, shares, strict=True))

    def picture(self) -> figures.Picture:
        """Draw the edge map and both pooled maps."""
        size = self.kernel_size
        titles = ["An edge map of the photo", f"Maximum of {size}×{size}", f"Mean of {size}×{size}"]
        maps = [self.edges, self.maximum, self.mean]
        return figures.draw_images(maps, titles, limits=[(0, 255)] * 3, columns=3)


def _part() -> np.ndarray:
    """Return the part of the photo, in grey, with room to nudge it."""
    side = SIDE + 2 + 2 * ROOM
    grey = load_photo().mean(axis=0).round()
    return grey[CORNER[0] : CORNER[0] + side, CORNER[1] : CORNER[1] + side]
