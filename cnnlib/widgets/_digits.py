"""What the widgets that read a digit share: digits to choose from, a sheet, and what is said."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets

from cnnlib import figures
from cnnlib.data.datasets import load_digits
from cnnlib.nn.layers import Sequential
from cnnlib.nn.losses import softmax
from cnnlib.widgets._base import CourseWidget, limited_int
from cnnlib.widgets._tables import check_table

#: Cells of the sheet along a side; each 4×4 block of them becomes one pixel of an 8×8 digit.
SHEET = 32
#: The smallest and largest setting, and ink, that each has.
LIMITS: dict[str, tuple[int, int]] = {"pen": (1, 4), "value": (0, 1)}


class DigitWidget(CourseWidget):
    """A digit or a drawing, and a network that reads it; not shown by itself."""

    source = traitlets.Enum(["digit", "drawing"], "digit").tag(sync=True)
    crop = traitlets.Bool(True).tag(sync=True)
    pen = limited_int(2, LIMITS["pen"])
    ink: Any = traitlets.List().tag(sync=True)
    #: Pixels 0 to 16 of the digits to choose from, one byte each in base64; and what they are.
    digits = traitlets.Unicode().tag(sync=True)
    labels: Any = traitlets.List().tag(sync=True)
    _limits: Any = traitlets.Dict().tag(sync=True)

    @property
    def model(self) -> Sequential:
        """The network that reads, with the weights that the page has."""
        raise NotImplementedError

    @property
    def image(self) -> np.ndarray:
        """What the network sees: (1, side, side)."""
        raise NotImplementedError

    def _own_traits(
        self,
        digits: tuple[np.ndarray, np.ndarray] | None,
        ink: Sequence[Any] | np.ndarray | None,
        limits: dict[str, tuple[int, int]],
    ) -> dict[str, Any]:
        """Return the traits that follow from what was given; the digits are kept as pixels."""
        images, labels = load_digits("test") if digits is None else digits
        if images.shape[1:] != (1, 8, 8) or len(images) == 0:
            raise traitlets.TraitError(f"digits must be (N, 1, 8, 8), got shape {images.shape}")
        pixels = (images * 16).round().clip(0, 16).astype(np.uint8)
        self._images = pixels.astype(np.float32) / np.float32(16)
        traits = {
            "digits": base64.b64encode(pixels.tobytes()).decode(),
            "labels": [int(label) for label in labels],
            "_limits": {**LIMITS, **limits, "digit": (0, len(images) - 1)},
        }
        if ink is not None:
            traits |= {"ink": _rows_of(ink), "source": "drawing"}
        return traits

    @traitlets.default("ink")
    def _empty_sheet(self) -> list[list[int]]:
        return [[0] * SHEET for _ in np.arange(SHEET)]

    @traitlets.validate("ink")
    def _check_ink(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "ink", SHEET, SHEET, LIMITS["value"])

    def _check_limit(self, proposal: Any) -> int:
        """Return what a trait was set to, if it is within its limits."""
        name, value = proposal["trait"].name, proposal["value"]
        low, high = self._limits[name]
        if not low <= value <= high:
            raise traitlets.TraitError(f"{name} must be {low} to {high}, got {value}")
        return value

    @property
    def probabilities(self) -> np.ndarray:
        """The ten probabilities that `model`, with the page's weights, gives."""
        return softmax(self.model.predict(self.image[None]))[0]

    @property
    def prediction(self) -> int:
        """The most probable digit."""
        return int(np.argmax(self.probabilities))

    def _draw_bars(self, ax: Any) -> None:
        ax.barh(range(10), 100 * self.probabilities, color=figures.COLORS["output"])
        ax.set(yticks=range(10), xlim=(0, 100), xlabel="probability in %")
        ax.invert_yaxis()


def _rows_of(ink: Sequence[Any] | np.ndarray) -> list[list[float]]:
    """Return a drawing as rows of numbers, from numbers or from strings of ``.`` and ``#``."""
    return [
        [int(mark == "#") for mark in row] if isinstance(row, str) else np.asarray(row).tolist()
        for row in ink
    ]
