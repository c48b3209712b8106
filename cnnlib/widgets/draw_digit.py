"""Draw a digit: a trained network that reads it, with every map and the sum behind every cell."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import traitlets
from matplotlib.figure import Figure

from cnnlib import figures
from cnnlib.data.augment import affine
from cnnlib.data.ink import read_sheet, thicken
from cnnlib.nn.digit_reader import load_digit_reader
from cnnlib.nn.layers import Sequential
from cnnlib.widgets import _digits
from cnnlib.widgets._base import bundle, key_trait, limited_int
from cnnlib.widgets._digits import DigitWidget
from cnnlib.widgets._networks import packed, side_of, unpacked

#: The smallest and largest setting of each slider; `digit` depends on the digits to choose from.
LIMITS: dict[str, tuple[int, int]] = {
    "digit": (0, 0),
    "right": (-12, 12),
    "down": (-12, 12),
    "turn": (-90, 90),
    "thicken": (0, 3),
    "noise": (0, 50),
    "layer": (0, 15),
    "map": (0, 255),
    "row": (0, 27),
    "column": (0, 255),
    **_digits.LIMITS,
}


class DrawDigit(DigitWidget):
    """A sheet to draw on, what a network sees of it, all its maps, and what it says.

    The networks are in the page, so a reader needs no Python. Draw by mouse, finger or keyboard, or
    take a digit that the network has not learned from. Move, turn and thicken it, add noise. Point
    at a cell of any map for the sum behind it. The page opens files of `cnnlib.save`, too.

    Parameters
    ----------
    model : a `Sequential` of `Conv2d`, `BatchNorm2d`, `ReLU`, `MaxPool2d`, `Dropout`, `Flatten` and
        `Linear` that gives ten scores for images (N, 1, H, H) of 8×8 to 28×28. It becomes the
        network that is read by, ``reader="own"``; its weights go into the page as whole numbers of
        16 bits times a scale. Default: the networks of `load_digit_reader` only.
    digits : (images, labels) to choose from, as `load_digits` gives them. Default: the test part.
    ink : 32 rows of 32 numbers 0 or 1, or 32 strings of ``.`` and ``#``: a drawing to start with.
    reader : trait, ``"8"`` or ``"28"``, the side of the images that the network reads, or
        ``"own"``: `model`, or what was opened in the page. Default ``"8"``.
    crop : trait, whether the ink is cropped, scaled and centred by `read_sheet`. Default True.
    source : trait, ``"digit"`` or ``"drawing"``: which of the two is read.
    digit, right, down, turn, thicken, noise, pen : traits; the limits are in `LIMITS`. Moves are in
        cells of the sheet, the turn in degrees to the left, noise in percent of full ink.
    layer, map, row, column : traits, the cell that is explained.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> widget = DrawDigit(digit=3)
    >>> widget.probabilities.shape, widget.prediction == widget.labels[3]
    ((10,), True)
    >>> corner = ["#" * 3 + "." * 29] * 12 + ["." * 32] * 20  # a short 1 in a corner
    >>> [DrawDigit(ink=corner, crop=crop, reader="28").prediction for crop in (True, False)]
    [1, 6]
    """

    _esm = bundle("draw-digit.js")
    shown = ("source", "digit", "reader", "crop", "right", "down", "turn", "thicken", "noise")

    key = key_trait("draw-digit")
    reader = traitlets.Enum(["8", "28", "own"], "8").tag(sync=True)
    digit = traitlets.Int(0).tag(sync=True)
    right = limited_int(0, LIMITS["right"])
    down = limited_int(0, LIMITS["down"])
    turn = limited_int(0, LIMITS["turn"])
    thicken = limited_int(0, LIMITS["thicken"])
    noise = limited_int(0, LIMITS["noise"])
    layer = limited_int(0, LIMITS["layer"])
    map = limited_int(0, LIMITS["map"])
    row = limited_int(3, LIMITS["row"])
    column = limited_int(4, LIMITS["column"])
    #: The networks of the course: the side of their images, and their layers.
    networks: Any = traitlets.List().tag(sync=True)
    #: One more, from Python or from the page: the same, or empty; the view says where it is from.
    own: Any = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        model: Sequential | None = None,
        digits: tuple[np.ndarray, np.ndarray] | None = None,
        ink: Sequence[Any] | np.ndarray | None = None,
        **traits: Any,
    ) -> None:
        given = self._own_traits(digits, ink, LIMITS)
        if model is not None:
            side = side_of(model)
            given["own"] = {"side": side, "layers": packed(model, side)[1], "from": "Python"}
            given["reader"] = "own"
        super().__init__(networks=[stored for stored, _ in _shipped()], **given | traits)

    @traitlets.validate("digit")
    def _check_digit(self, proposal: Any) -> int:
        return self._check_limit(proposal)

    @property
    def model(self) -> Sequential:
        """The network that reads, with the weights that the page has."""
        return self._reads_by[1]

    @property
    def _reads_by(self) -> tuple[int, Sequential]:
        """The side of the images, and the model; without one of your own, the small one."""
        if self.reader == "own" and self.own:
            return self.own["side"], unpacked(self.own["layers"])
        stored, model = _shipped()[int(self.reader == "28")]
        return stored["side"], model

    @property
    def sheet(self) -> np.ndarray:
        """The ink (32, 32) before it is cropped: thickened, turned and moved."""
        if self.source == "drawing":
            sheet = np.array(self.ink, dtype=np.float32)[None]
        else:
            sheet = np.kron(self._images[self.digit], np.ones((4, 4), np.float32))
        return affine(thicken(sheet, self.thicken), self.turn, rows=self.down, columns=self.right)[
            0
        ]

    @property
    def image(self) -> np.ndarray:
        """What the network sees: (1, side, side), the share of ink in each pixel, and the noise."""
        image = read_sheet(self.sheet[None, None], self._reads_by[0], self.crop)[0]
        state, noise = 1, np.empty(image.size)
        for at in np.arange(image.size):  # the generator of Numerical Recipes (Press et al., 1992)
            state = (1664525 * state + 1013904223) % 2**32
            noise[at] = 2 * state / 2**32 - 1
        noisy = image + (self.noise / 100 * noise).reshape(image.shape)
        return np.clip(noisy, 0, 1).astype(np.float32)

    def picture(self) -> figures.Picture:
        """Draw the sheet, what the network sees, and its probabilities."""
        figure = Figure(figsize=(7.2, 2.6), layout="constrained")
        sheet, seen, bars = figure.subplots(1, 3)
        sheet.imshow(1 - self.sheet, cmap="gray", vmin=0, vmax=1)
        sheet.set_title("The sheet", loc="left", fontsize=10, color=figures.INK)
        seen.imshow(1 - self.image[0], cmap="gray", vmin=0, vmax=1)
        side = self._reads_by[0]
        seen.set_title(
            f"The network sees {side}×{side}", loc="left", fontsize=10, color=figures.INK
        )
        for ax in (sheet, seen):
            ax.axis("off")
        self._draw_bars(bars)
        what = "a drawing"
        if self.source == "digit":
            what = f"test digit {self.digit}, written as a {self.labels[self.digit]}"
        sure = 100 * self.probabilities.max()
        return figures.Picture(
            figure, f"{what}; the network says {self.prediction} with {sure:.0f} %."
        )


@cache
def _shipped() -> list[tuple[dict, Sequential]]:
    """Return the networks of the course as the page gets them, and as models."""
    shipped = []
    for side, bits in ((8, 16), (28, 8)):
        model, layers, _ = packed(load_digit_reader(side), side, bits)
        shipped.append(({"side": side, "layers": layers}, model))
    return shipped
