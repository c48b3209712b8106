"""A living network: a digit goes through all layers of a trained network, drawn as one picture."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets
from matplotlib.figure import Figure

from cnnlib import figures
from cnnlib.data.ink import read_sheet
from cnnlib.nn.digit_reader import load_digit_reader
from cnnlib.nn.layers import Linear, MaxPool2d, ReLU, Sequential
from cnnlib.widgets._base import bundle, key_trait
from cnnlib.widgets._digits import DigitWidget
from cnnlib.widgets._networks import packed, side_of, unpacked

#: Layers that a network may have, and maps of a layer: they stand in two columns of eight.
MOST_LAYERS, MOST_MAPS = 7, 16
#: The smallest and largest setting; each ends where the layer ends that is looked at.
LIMITS: dict[str, tuple[int, int]] = {
    "layer": (0, MOST_LAYERS - 1),
    "map": (0, MOST_MAPS - 1),
    "channel": (0, MOST_MAPS - 1),
    "position": (0, 8 * 8 - 1),
}


class LivingNetwork(DigitWidget):
    """A network from the drawing to its ten probabilities, with filters and connections.

    Point at a cell of any map: the window behind it lights up, and the sum is told. Click a map or
    a number to go in: the layer stands large, with those very numbers, and its window moves.

    Parameters
    ----------
    model : a `Sequential` of `Conv2d`, `BatchNorm2d`, `ReLU`, `MaxPool2d`, and in the end `Flatten`
        and one `Linear`, that takes (N, 1, 8, 8) and gives ten scores; at most 7 layers, counted
        without normalisation and ReLU, of at most 16 maps. In 28×28 numbers a picture of all
        layers cannot be read: `DrawDigit` takes larger images and hidden units. On a page, the
        network of a `TrainingPlayground` comes in its place when it is offered; `model` is then
        that one. Default: the one of `load_digit_reader`.
    digits : (images, labels) to choose from, as `load_digits` gives them. Default: the test part.
    ink : 32 rows of 32 numbers 0 or 1, or 32 strings of ``.`` and ``#``: a drawing to start with.
    source : trait, ``"digit"`` or ``"drawing"``: which of the two is read.
    digit, layer, map, position : traits: the test digit, and the number that is explained: of
        which layer (counted without ReLU), which map of it, and where, row by row.
        Default: the largest number of the layer.
    channel : trait, which map of the layer before is drawn large.
    zoom : trait, whether that layer is drawn alone.
    crop : trait, whether a drawing is cropped, scaled and centred before it is read. Default True.
    pen : trait, cells that the pen is wide.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> widget = LivingNetwork(digit=3)
    >>> [volume.shape for volume in widget.volumes]
    [(1, 8, 8), (8, 8, 8), (8, 4, 4), (16, 4, 4), (10, 1, 1)]
    """

    _esm = bundle("living-network.js")
    shown = ("source", "digit", "layer", "map", "position", "zoom")

    key = key_trait("living-network")
    digit = traitlets.Int(1).tag(sync=True)
    layer = traitlets.Int(0).tag(sync=True)
    map = traitlets.Int(0).tag(sync=True)
    channel = traitlets.Int(0).tag(sync=True)
    position = traitlets.Int(0).tag(sync=True)
    zoom = traitlets.Bool(False).tag(sync=True)
    network: Any = traitlets.List().tag(sync=True)
    #: Whether the network is the reader's own, and not the course's.
    own = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        model: Sequential | None = None,
        digits: tuple[np.ndarray, np.ndarray] | None = None,
        ink: Sequence[Any] | np.ndarray | None = None,
        **traits: Any,
    ) -> None:
        given = load_digit_reader() if model is None else model
        _check_side(given)
        _, network, shapes = packed(given)
        _check_layers(network, shapes)
        traits = {
            "network": network,
            "own": model is not None,
            **self._own_traits(digits, ink, LIMITS),
            **traits,
        }
        super().__init__(**traits)
        if not {"map", "position"} & set(traits):
            volume = self.volumes[1:][: self.layer + 1][-1]
            self.map, self.position = map(int, divmod(volume.argmax(), volume[0].size))

    @traitlets.validate("digit", "layer", "map", "channel", "position")
    def _check_place(self, proposal: Any) -> int:
        return self._check_limit(proposal)

    @property
    def model(self) -> Sequential:
        """The network that reads, with the weights that the page has."""
        return unpacked(self.network)

    @property
    def image(self) -> np.ndarray:
        """What the network sees: (1, 8, 8), the digit or the drawing on its way in."""
        if self.source == "digit":
            return self._images[self.digit]
        return read_sheet(np.array(self.ink, np.float32)[None, None], 8, crop=self.crop)[0]

    @property
    def volumes(self) -> list[np.ndarray]:
        """The image and what each layer makes of it, (maps, rows, columns), after its ReLU."""
        x = self.image[None]
        volumes = [x[0]]
        for layer in self.model:
            x = layer(x)
            if isinstance(layer, ReLU):
                volumes[-1] = x[0]
            elif isinstance(layer, Linear):
                volumes.append(x[0][:, None, None])
            elif x.ndim == 4:
                volumes.append(x[0])
        return volumes

    def picture(self) -> figures.Picture:
        """Draw the image, all maps and the probabilities."""
        volumes = self.volumes
        figure = Figure(figsize=(7.2, 3.6), layout="constrained")
        names = ["Input", *_names(self.model)]
        widths = [1.3] * (len(volumes) - 1) + [2.0]
        parts: Any = figure.subfigures(1, len(volumes), width_ratios=widths)
        for part, name, volume in zip(parts[:-1], names, volumes, strict=False):
            across = -(-len(volume) // 8)
            axes = part.subplots(-(-len(volume) // across), across, squeeze=False)
            most = max(float(volume.max()), 1e-6)
            for ax, values in zip(axes.flat, volume, strict=True):
                ax.imshow(1 - values / most, cmap="gray", vmin=0, vmax=1)
                ax.axis("off")
            part.suptitle(name, fontsize=10, color=figures.INK)
        self._draw_bars(parts[-1].subplots())
        what = "a drawing" if self.source == "drawing" else f"a {self.labels[self.digit]}"
        shapes = ", ".join("×".join(map(str, volume.shape)) for volume in volumes[:-1])
        sure = 100 * self.probabilities.max()
        return figures.Picture(
            figure,
            f"{what} on its way through a network of volumes {shapes} and ten scores; it is read "
            f"as a {self.prediction} with {sure:.0f} %.",
        )


def _names(model: Sequential) -> list[str]:
    """Return the names of the layers that give maps, numbered."""
    counts = {"conv": 0, "pool": 0}
    names = []
    for layer in model:
        kind = "pool" if isinstance(layer, MaxPool2d) else "conv"
        if not isinstance(layer, ReLU) and type(layer).__name__ in ("Conv2d", "MaxPool2d"):
            counts[kind] += 1
            names.append(f"{kind} {counts[kind]}")
    return names


def _check_side(model: Sequential) -> None:
    """Refuse a network that is for larger images, or for none."""
    side = side_of(model)
    if side != 8:
        raise traitlets.TraitError(
            f"model must take images of 8×8, it takes {side}×{side}: give it to DrawDigit, which "
            "takes 8×8 to 28×28"
        )


def _check_layers(network: list[dict], shapes: list[tuple[int, int, int]]) -> None:
    """Refuse what the drawing has no room for."""
    kinds = [layer["kind"] for layer in network]
    if kinds.count("linear") != 1:
        raise traitlets.TraitError(
            f"model must have one Linear layer, the last, it has {kinds.count('linear')}: give it "
            "to DrawDigit, which takes hidden units, too"
        )
    most = max([maps for maps, _, _ in shapes[:-1]], default=1)
    if most > MOST_MAPS or len(kinds) > MOST_LAYERS:
        raise traitlets.TraitError(
            f"model must have at most {MOST_LAYERS} layers with {MOST_MAPS} maps each, it has "
            f"{len(kinds)} with up to {most}"
        )
