"""A filter is a volume: it reaches through all channels, and each filter gives one map."""

from typing import Any

import numpy as np
import traitlets

from cnnlib import figures
from cnnlib.data.datasets import load_photo
from cnnlib.operations.convolution import conv2d
from cnnlib.operations.cost import conv_parameters
from cnnlib.widgets._base import CourseWidget, bundle, key_trait, limited_int
from cnnlib.widgets._tables import check_table, default_values, default_weights

#: The smallest and largest setting of each slider, and of a value in the grids.
LIMITS: dict[str, tuple[int, int]] = {
    "channels": (1, 4),
    "filters": (1, 4),
    "size": (1, 6),
    "kernel_size": (1, 3),
    "position": (0, 143),
    "value": (-255, 255),
}
#: Where the pixels come from: row and column of the embedded photo, at the edge of two colours.
PATCH = (17, 64)


class VolumeFilter(CourseWidget):
    """Channels of an input, filters of the same depth, and one output map for each filter.

    Parameters
    ----------
    channels, filters, size, kernel_size : traits; the limits are in `LIMITS`.
    source : trait, ``"numbers"`` for small ones, or ``"photo"`` for pixels of the embedded photo.
    position : trait, the output number that the play bar stands at: map by map, row by row.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> widget = VolumeFilter(channels=3, filters=2, size=4, kernel_size=2)
    >>> widget.output.shape, widget.parameters
    ((2, 3, 3), 26)
    """

    _esm = bundle("volume-filter.js")
    shown = ("channels", "filters", "size", "kernel_size")

    key = key_trait("volume-filter")
    channels = limited_int(3, LIMITS["channels"])
    filters = limited_int(2, LIMITS["filters"])
    size = limited_int(4, LIMITS["size"])
    kernel_size = limited_int(2, LIMITS["kernel_size"])
    position = limited_int(4, LIMITS["position"])
    source = traitlets.Enum(["numbers", "photo"], "numbers").tag(sync=True)
    #: Four channels of 6×6 below each other, and of the photo three and an empty one; four filters
    #: of four channels of 3×3; four biases.
    pixels: Any = traitlets.List().tag(sync=True)
    values: Any = traitlets.List().tag(sync=True)
    weights: Any = traitlets.List().tag(sync=True)
    biases: Any = traitlets.List().tag(sync=True)
    _limits = traitlets.Dict(LIMITS).tag(sync=True)

    @traitlets.default("values")
    def _values(self) -> list[list[int]]:
        return default_values(24, 6)

    @traitlets.default("pixels")
    def _pixels(self) -> list[list[int]]:
        row, column = PATCH
        patch = load_photo()[:, row : row + 6, column : column + 6]
        return [*patch.reshape(18, 6).tolist(), *([0] * 6 for _ in np.arange(6))]

    @traitlets.default("weights")
    def _weights(self) -> list[list[int]]:
        # the table repeats every 4 rows: each filter's 12 begin one later, or all were alike
        table = default_weights(64, 3)
        return [row for first in (0, 13, 26, 39) for row in table[first : first + 12]]

    @traitlets.default("biases")
    def _biases(self) -> list[list[int]]:
        return [[1, -2, 3, 0]]

    @traitlets.validate("values")
    def _check_values(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "values", 24, 6, LIMITS["value"])

    @traitlets.validate("pixels")
    def _check_pixels(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "pixels", 24, 6, LIMITS["value"])

    @traitlets.validate("weights")
    def _check_weights(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "weights", 48, 3, LIMITS["value"])

    @traitlets.validate("biases")
    def _check_biases(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "biases", 1, 4, LIMITS["value"])

    @property
    def input(self) -> np.ndarray:
        """The (channels, size, size) input that the sliders show."""
        source = self.pixels if self.source == "photo" else self.values
        whole = np.array(source).reshape(4, 6, 6)
        return whole[: self.channels, : self.size, : self.size]

    @property
    def weight(self) -> np.ndarray:
        """The (filters, channels, kernel_size, kernel_size) weights."""
        k = self.kernel_size
        return np.array(self.weights).reshape(4, 4, 3, 3)[: self.filters, : self.channels, :k, :k]

    @property
    def bias(self) -> np.ndarray:
        """One bias for each filter."""
        return np.array(self.biases)[0, : self.filters]

    @property
    def output(self) -> np.ndarray:
        """The maps by `cnnlib.conv2d`. Raises ``ValueError`` where the kernel does not fit."""
        return conv2d(self.input[None], self.weight, self.bias)[0]

    @property
    def parameters(self) -> int:
        """What the layer learns: F·F·D1·K + K."""
        return conv_parameters(self.channels, self.filters, self.kernel_size)

    def picture(self) -> figures.Picture:
        """Draw the state as a figure."""
        try:
            output = self.output
        except ValueError as error:
            return figures.draw_text(f"No output: {error}.")
        grids = [(f"Channel {c + 1}", x, "input") for c, x in enumerate(self.input)]
        return figures.draw_grids(
            [*grids, ("Map 1", output[0], "output")],
            f"An input of depth {self.channels} and {self.filters} filters of "
            f"{self.kernel_size}×{self.kernel_size}×{self.channels}: {self.parameters} "
            f"parameters, {self.filters} maps. The first: {output[0].tolist()}.",
        )
