"""A network that the learner builds, and that learns to read digits in the page itself."""

import base64
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import traitlets
from matplotlib.figure import Figure

from cnnlib import figures
from cnnlib.data.datasets import load_digits
from cnnlib.nn.layers import BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, Module, ReLU
from cnnlib.nn.module import Sequential
from cnnlib.widgets._base import CourseWidget, bundle, in_order, key_trait, limited_int
from cnnlib.widgets._tables import check_table

#: What each column of `stack` may hold, a row for each convolution.
COLUMNS: dict[str, tuple[int, ...]] = {
    "filters": (1, 2, 4, 8, 12, 16),
    "kernel": (1, 3, 5, 7),
    "stride": (1, 2),
    "norm": (0, 1),
    "relu": (0, 1),
    "pool": (0, 1),
}
#: The smallest and largest setting; `digit` counts the held-out digits.
LIMITS: dict[str, tuple[int, int]] = {
    "depth": (0, 3),
    "seed": (0, 99),
    "digit": (0, 358),
    "value": (0, 16),
}
RATES = ["0.0001", "0.001", "0.003", "0.01", "0.03", "0.1", "1"]
#: Bits of a word of the generator.
_WORD = 2**32 - 1


class TrainingPlayground(CourseWidget):
    """A small network that learns the embedded digits while one watches.

    It learns from the 1,438 training digits; accuracy is measured on the 359 others, which it never
    learns from. Everything is computed in the page, so no Python is needed; where there is a
    kernel, `network` is what has been learned so far.

    Parameters
    ----------
    depth : trait, how many convolutions, 0 to 3. Default 2.
    stack : trait, three rows (filters, kernel, stride, norm, relu, pool); what each may be stands
        in `COLUMNS`. A kernel has "same" padding, a pooling takes windows of 2×2.
    hidden : trait, units of a dense layer with ReLU before the last one, ``"0"`` for none.
    rate, batch, optimizer, seed : traits, how it learns. ``"momentum"`` is SGD with momentum 0.9.
    data : trait, ``"plain"``, ``"shuffled"`` (pixels change places, in all digits alike),
        ``"shifted"`` (held-out digits moved by up to 2 pixels) or ``"moved"`` (all of them).
    images : trait, how many digits it learns from: ``"all"``, ``"100"`` or ``"10"``.
    start : trait, first weights: ``"random"``, ``"equal"``, or ``"dead"`` (biases of −5).
    digit : trait, the held-out digit whose maps are shown.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> widget = TrainingPlayground(depth=1)
    >>> widget.network()(np.zeros((5, 1, 8, 8), dtype=np.float32)).shape
    (5, 10)
    """

    _esm = bundle("training-playground.js")
    shown = ("depth", "hidden", "rate", "batch", "optimizer", "seed", "data", "images", "start")

    key = key_trait("training-playground")
    depth = limited_int(2, LIMITS["depth"])
    stack: Any = traitlets.List().tag(sync=True)
    hidden = traitlets.Enum(["0", "16", "32", "64"], "0").tag(sync=True)
    rate = traitlets.Enum(RATES, "0.01").tag(sync=True)
    batch = traitlets.Enum(["4", "16", "32", "64"], "32").tag(sync=True)
    optimizer = traitlets.Enum(["SGD", "momentum", "Adam"], "Adam").tag(sync=True)
    seed = limited_int(0, LIMITS["seed"])
    data = traitlets.Enum(["plain", "shuffled", "shifted", "moved"], "plain").tag(sync=True)
    images = traitlets.Enum(["all", "100", "10"], "all").tag(sync=True)
    start = traitlets.Enum(["random", "equal", "dead"], "random").tag(sync=True)
    pace = traitlets.Enum(["watch", "fast"], "watch").tag(sync=True)
    digit = limited_int(5, LIMITS["digit"])
    #: A letter for each pixel, ``a`` for no ink and ``q`` for most; the training digits first.
    _digits = traitlets.Unicode().tag(sync=True)
    _labels = traitlets.Unicode().tag(sync=True)
    #: What the view has learned: all numbers of `network().state()` as float32 in base64.
    _learned = traitlets.Unicode().tag(sync=True)
    _limits = traitlets.Dict(LIMITS).tag(sync=True)
    _columns = in_order({name: list(each) for name, each in COLUMNS.items()})

    @traitlets.default("stack")
    def _stack(self) -> list[list[int]]:
        return [[8, 3, 1, 0, 1, 1], [16, 3, 1, 0, 1, 0], [16, 3, 1, 0, 1, 0]]

    @traitlets.validate("stack")
    def _check_stack(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "stack", 3, len(COLUMNS), LIMITS["value"])

    @traitlets.default("_digits")
    def _all_digits(self) -> str:
        images = np.concatenate([load_digits(split)[0] for split in ("train", "test")])
        return (images * 16 + ord("a")).astype(np.uint8).tobytes().decode()

    @traitlets.default("_labels")
    def _all_labels(self) -> str:
        return "".join(str(n) for split in ("train", "test") for n in load_digits(split)[1])

    def network(self) -> Sequential:
        """Return the network with what it has learned so far, for `cnnlib.save` and all else.

        Raises ``ValueError`` where a pooling does not fit.
        """
        model = self._first_network()
        state = model.state()
        numbers = np.frombuffer(base64.b64decode(self._learned), "<f4")
        if numbers.size == sum(each.value.size for each in state):
            ends = np.cumsum([each.value.size for each in state])[:-1]
            for each, part in zip(state, np.split(numbers, ends), strict=True):
                each.value = part.reshape(each.value.shape).astype(np.float32)
        model.eval()
        return model

    @property
    def weights(self) -> list[np.ndarray]:
        """All that it has learned so far: weight and bias of each layer, in order."""
        return [each.value for each in self.network().parameters()]

    def _first_network(self) -> Sequential:
        """Return the network with the first weights that the view gives it, too."""
        layers: list[Module] = []
        channels, side = 1, 8
        for row in self.stack[: self.depth]:
            filters, kernel, stride, norm, relu, pool = _allowed(row)
            layers.append(Conv2d(channels, filters, kernel, stride, kernel // 2))
            channels, side = filters, (side - 1) // stride + 1
            layers += [BatchNorm2d(channels)] * norm + [ReLU()] * relu
            if pool:
                if side < 2:
                    raise ValueError(f"a pooling of 2×2 does not fit into maps of {side}×{side}")
                layers.append(MaxPool2d(2))
                side //= 2
        layers.append(Flatten())
        features = channels * side * side
        if self.hidden != "0":
            layers += [Linear(features, int(self.hidden)), ReLU()]
            features = int(self.hidden)
        layers.append(Linear(features, 10))
        _set_first_weights(layers, self.seed, self.start)
        return Sequential(*layers)

    def picture(self) -> figures.Picture:
        """Draw what the first layer looks like before it learns, and some digits."""
        images, labels = load_digits("test")
        first = self.weights[0]
        side = int(np.sqrt(first.shape[-1])) if first.ndim == 2 else first.shape[-1]
        kernels = first.reshape(-1, side, side)[:16]
        figure = Figure(figsize=(7.2, 2.4), layout="constrained")
        axes = figure.subplots(2, 8)
        for ax in axes.flat:
            ax.axis("off")
        for ax, kernel in zip(axes[0], kernels, strict=False):
            most = np.abs(first).max()
            ax.imshow(kernel, cmap="PuOr_r", vmin=-most, vmax=most)
        for ax, image in zip(axes[1], images[self.digit :, 0], strict=False):
            ax.imshow(1 - image, cmap="gray", vmin=0, vmax=1)
        axes[0, 0].set_title("First layer, untrained", loc="left", fontsize=9)
        axes[1, 0].set_title("Held-out digits", loc="left", fontsize=9)
        count = sum(each.size for each in self.weights)
        return figures.Picture(
            figure,
            f"A network of {count:,} parameters before it learns: the weights of its first layer "
            f"are noise. Below, digits that it will be tested on, the first one a "
            f"{labels[self.digit]}.",
        )


def _allowed(row: list[float]) -> list[int]:
    """Return the nearest settings that a convolution may have."""
    return [
        min(choices, key=lambda choice, value=value: abs(choice - value))  # type: ignore[misc]
        for value, choices in zip(row, COLUMNS.values(), strict=True)
    ]


def random_numbers(seed: int) -> Iterator[float]:
    """Yield numbers from 0 to below 1 as the view draws them: xorshift (Marsaglia, 2003).

    >>> [round(each, 3) for each in islice(random_numbers(0), 3)]
    [0.411, 0.773, 0.029]
    """
    state = ((seed + 1) * 0x9E3779B1 & _WORD) | 1
    number = 0
    while True:
        state ^= state << 13 & _WORD
        state ^= state >> 17
        state ^= state << 5 & _WORD
        number += 1
        if number > 8:  # small seeds begin alike
            yield state / 2**32


def _set_first_weights(layers: list[Module], seed: int, start: str) -> None:
    """Give convolutions and dense layers the first numbers that the view gives them."""
    random = random_numbers(seed)
    for layer in layers:
        if not isinstance(layer, (Conv2d, Linear)):
            continue
        assert layer.bias is not None
        bound = 1 / np.sqrt(layer.weight.value[0].size)
        for each in (layer.weight, layer.bias):
            drawn = np.array(list(islice(random, each.value.size)))
            each.value = ((2 * drawn - 1) * bound).reshape(each.value.shape).astype(np.float32)
        if start == "equal":
            layer.weight.value[...], layer.bias.value[...] = bound / 2, 0
        elif start == "dead" and isinstance(layer, Conv2d):
            layer.bias.value[...] = -5
