"""A photo that is shifted, and its map that follows: equivariance, and what pooling makes of it."""

import base64
from typing import Any

import numpy as np
import traitlets

from cnnlib import figures
from cnnlib.operations.convolution import conv2d
from cnnlib.operations.kernels import KERNELS
from cnnlib.operations.pooling import max_pool2d
from cnnlib.widgets._base import CourseWidget, bundle, in_order, key_trait, limited_int
from cnnlib.widgets._tables import small_photo

#: The smallest and largest setting of each slider.
LIMITS: dict[str, tuple[int, int]] = {
    "stride": (1, 4),
    "pool": (1, 8),
    "down": (-8, 8),
    "right": (-8, 8),
}
#: Pixels that the photo can be shifted, and rows and columns of what is seen of it.
ROOM, SIDE = 8, 64
#: Where the part of the small photo begins: a face.
CORNER = (24, 26)
NAMES = ["Sobel x", "Sobel y", "Laplacian"]


class ShiftedPhoto(CourseWidget):
    """A photo that is shifted, its map under a convolution, the pooled map and the maximum.

    Parameters
    ----------
    kernel : trait, ``"Sobel x"``, ``"Sobel y"`` or ``"Laplacian"``.
    stride : trait, of the convolution, which has no padding.
    pool : trait, side and stride of the windows whose maximum is taken.
    down, right : traits, by how many pixels the photo is shifted.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    The limits are in `LIMITS`; a trait that gets nonsense raises ``traitlets.TraitError``.

    >>> before, now = ShiftedPhoto(down=0, right=0), ShiftedPhoto(down=2, right=3)
    >>> bool((now.map[2:, 3:] == before.map[:-2, :-3]).all()), now.maximum == before.maximum
    (True, True)
    """

    _esm = bundle("shifted-photo.js")
    shown = ("kernel", "stride", "pool", "down", "right")

    key = key_trait("shifted-photo")
    kernel = traitlets.Enum(NAMES, NAMES[0]).tag(sync=True)
    stride = limited_int(1, LIMITS["stride"])
    pool = limited_int(4, LIMITS["pool"])
    down = limited_int(1, LIMITS["down"])
    right = limited_int(1, LIMITS["right"])
    #: The part of the photo, with room to shift it: grey bytes in base64.
    photo = traitlets.Unicode().tag(sync=True)
    _kernels = in_order({name: KERNELS[name][0].tolist() for name in NAMES})
    _corner: Any = traitlets.List(list(CORNER)).tag(sync=True)
    _limits = traitlets.Dict(LIMITS).tag(sync=True)

    @traitlets.default("photo")
    def _photo(self) -> str:
        return base64.b64encode(_part().tobytes()).decode()

    @property
    def image(self) -> np.ndarray:
        """The (64, 64) grey values that are seen."""
        top, left = ROOM - self.down, ROOM - self.right
        return _part()[top : top + SIDE, left : left + SIDE].astype(float)

    @property
    def map(self) -> np.ndarray:
        """What the convolution makes of the image."""
        weight = KERNELS[self.kernel][0][None, None]
        output: Any = conv2d(self.image[None, None], weight, stride=self.stride)
        return output[0, 0]

    @property
    def pooled(self) -> np.ndarray:
        """The maximum of each window of the map."""
        output: Any = max_pool2d(self.map[None, None], self.pool)
        return output[0, 0]

    @property
    def maximum(self) -> float:
        """The largest number of the map."""
        return float(self.map.max())

    def picture(self) -> figures.Picture:
        """Draw photo, map and pooled map."""
        shift = f"{self.down} down, {self.right} right"
        titles = [
            f"The photo, shifted by {shift}",
            f"Its map: {self.kernel}, stride {self.stride}",
            f"Maximum of {self.pool}×{self.pool}",
        ]
        return figures.draw_images([self.image, self.map, self.pooled], titles, columns=3)


def _part() -> np.ndarray:
    """Return the part of the small photo, with room on each side."""
    wide = SIDE + 2 * ROOM
    top, left = CORNER
    return small_photo()[top : top + wide, left : left + wide]
