"""Which input reaches which neuron: dense, local and shared connections."""

from typing import Any

import traitlets

from cnnlib import plots
from cnnlib.cost import conv_parameters, linear_parameters
from cnnlib.geometry import conv_output_size
from cnnlib.widgets._base import CourseWidget, bundle, key_trait, limited_int

#: The smallest and largest setting of each slider.
LIMITS: dict[str, tuple[int, int]] = {
    "size": (1, 8),
    "kernel_size": (1, 5),
    "side": (1, 1000),
    "neurons": (1, 100),
}


class Connections(CourseWidget):
    """A small image and its neurons, fully connected, locally connected, or with shared weights.

    Parameters
    ----------
    kind : trait, ``"dense"``, ``"local"`` or ``"shared"``.
    size, kernel_size : traits; rows of the image and of the kernel.
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

    def picture(self) -> plots.Picture:
        """Say the counts: the drawing of the connections needs the page."""
        try:
            weights = self.weights
        except ValueError as error:
            return plots.draw_text(f"No neurons: {error}.")
        return plots.draw_text(
            f"A {self.size} by {self.size} image and a layer of neurons: {weights['dense']:,} "
            f"weights if dense, {weights['local']:,} if local, {weights['shared']:,} if shared. A "
            f"colour photo of {self.side} by {self.side} with {self.neurons} dense neurons needs "
            f"{weights['photo dense']:,} weights."
        )
