"""Which input reaches which neuron: dense, local and shared connections."""

from typing import Any

import numpy as np
import traitlets

from cnnlib import figures
from cnnlib.operations.cost import conv_parameters, linear_parameters
from cnnlib.operations.geometry import conv_output_size
from cnnlib.widgets._base import CourseWidget, bundle, key_trait, limited_int

#: The smallest and largest setting of each slider.
LIMITS: dict[str, tuple[int, int]] = {
    "size": (1, 6),
    "kernel_size": (1, 5),
    "position": (0, 35),
    "side": (1, 1000),
    "neurons": (1, 100),
}


class Connections(CourseWidget):
    """A small image and its neurons, fully connected, locally connected, or with shared weights.

    Parameters
    ----------
    kind : trait, ``"dense"``, ``"local"`` or ``"shared"``.
    size, kernel_size : traits; rows of the image and of the kernel.
    position : trait; the neuron that is explained, row by row, counted from 0.
    side, neurons : traits; a colour photo of side × side and as many neurons, to count weights.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> Connections().weights
    {'dense': 144, 'local': 36, 'shared': 4, 'photo dense': 60000000, 'photo shared': 240}
    """

    _esm = bundle("connections.js")
    shown = ("kind", "size", "kernel_size")

    key = key_trait("connections")
    kind = traitlets.Enum(["dense", "local", "shared"], "local").tag(sync=True)
    size = limited_int(4, LIMITS["size"])
    kernel_size = limited_int(2, LIMITS["kernel_size"])
    side = limited_int(1000, LIMITS["side"])
    neurons = limited_int(20, LIMITS["neurons"])
    position = limited_int(4, LIMITS["position"])
    _limits = traitlets.Dict(LIMITS).tag(sync=True)

    @property
    def weights(self) -> dict[str, int]:
        """Weights of each kind. Raises ``ValueError`` where the kernel does not fit."""
        positions: Any = conv_output_size(self.size, self.kernel_size)
        kernel = conv_parameters(1, 1, self.kernel_size, bias=False)
        photo = self.side * self.side * 3
        return {
            "dense": linear_parameters(self.size**2, positions**2, bias=False),
            "local": kernel * positions**2,
            "shared": kernel,
            "photo dense": linear_parameters(photo, self.neurons, bias=False),
            "photo shared": conv_parameters(3, self.neurons, self.kernel_size, bias=False),
        }

    def reads(self) -> list[list[int]]:
        """Of each neuron the pixels that it reads, row by row, counted from 0."""
        positions: Any = conv_output_size(self.size, self.kernel_size)
        if self.kind == "dense":
            return [list(range(self.size**2))] * positions**2
        window = [u * self.size + v for u, v in np.ndindex(self.kernel_size, self.kernel_size)]
        starts = [row * self.size + column for row, column in np.ndindex(positions, positions)]
        return [[start + cell for cell in window] for start in starts]

    def picture(self) -> figures.Picture:
        """Draw pixels and neurons in a row each, with what the first neuron reads."""
        try:
            weights = self.weights
        except ValueError as error:
            return figures.draw_text(f"No neurons: {error}.")
        reads = self.reads()
        pixels = [f"x{number + 1}" for number in range(self.size**2)]
        positions: Any = conv_output_size(self.size, self.kernel_size)
        places = np.ndindex(positions, positions)
        neurons = [f"h{row + 1}{column + 1}" for row, column in places]
        alt = (
            f"An image of {self.size} by {self.size} and a layer of neurons. Weights: "
            f"{weights['dense']:,} if dense, {weights['local']:,} if local, "
            f"{weights['shared']:,} if shared. A colour photo of {self.side} by {self.side} with "
            f"{self.neurons} dense neurons needs {weights['photo dense']:,} weights. Drawn are "
            f"{self.kind} connections: h11 reads {figures.span(reads[0], 'x')}."
        )
        return figures.draw_rows([pixels, neurons], [reads], [set(reads[0]), {0}], alt)
