"""A chain of layers by hand: numbers forward, gradients back, one step at a time."""

from typing import Any

import numpy as np
import traitlets

from cnnlib import figures
from cnnlib.nn.elementwise import ReLU
from cnnlib.nn.layers import Conv2d, MaxPool2d
from cnnlib.widgets._base import CourseWidget, bundle, key_trait, limited_int
from cnnlib.widgets._tables import check_table

#: The smallest and largest setting, and of a value in the grids.
LIMITS: dict[str, tuple[int, int]] = {"target": (-9, 9), "position": (0, 11), "value": (-9, 9)}
#: Tables of one row: how many numbers each has.
LENGTHS = {"values": 5, "first": 2, "second": 2}


class Chain(CourseWidget):
    """A convolution, ReLU, max pooling, a convolution and a loss: forward, and step by step back.

    Parameters
    ----------
    values, first, second : traits, tables of one row: the five inputs and the two kernels.
    target : trait, what the output should be; the loss is half the square of what is missing.
    position : trait, index of the last step that is done, from 0 to 11.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> Chain().numbers["dw"]
    array([16.,  4.])
    """

    _esm = bundle("chain.js")
    shown = ("target", "position")

    key = key_trait("chain")
    values: Any = traitlets.List([[1, 2, 0, 3, 1]]).tag(sync=True)
    first: Any = traitlets.List([[1, -1]]).tag(sync=True)
    second: Any = traitlets.List([[1, 2]]).tag(sync=True)
    target = limited_int(4, LIMITS["target"])
    position = limited_int(8, LIMITS["position"])
    _limits = traitlets.Dict(LIMITS).tag(sync=True)

    @traitlets.validate("values", "first", "second")
    def _check_tables(self, proposal: Any) -> list[list[float]]:
        name = proposal["trait"].name
        return check_table(proposal["value"], name, 1, LENGTHS[name], LIMITS["value"])

    @property
    def numbers(self) -> dict[str, np.ndarray]:
        """Every number by the library's layers: x, w, h, r, p, v, y, L, and dx, dw, …."""
        layers: list[Any] = [
            Conv2d(1, 1, (1, 2), bias=False, dtype=np.float64),
            ReLU(),
            MaxPool2d((1, 2)),
            Conv2d(1, 1, (1, 2), bias=False, dtype=np.float64),
        ]
        layers[0].weight.value[:] = np.array(self.first)
        layers[3].weight.value[:] = np.array(self.second)
        found = {"x": np.array(self.values, dtype=float).reshape(1, 1, 1, -1)}
        for name, before, layer in zip("hrpy", "xhrp", layers, strict=True):
            found[name] = layer(found[before])
        found["dy"] = found["y"] - self.target
        for name, after, layer in zip(("dp", "dr", "dh", "dx"), "yprh", layers[::-1], strict=True):
            found[name] = layer.backward(found[f"d{after}"])
        found |= {
            "w": layers[0].weight.value,
            "v": layers[3].weight.value,
            "dw": layers[0].weight.grad,
            "dv": layers[3].weight.grad,
            "L": found["dy"] ** 2 / 2,
        }
        return {name: values.ravel() for name, values in found.items()}

    def picture(self) -> figures.Picture:
        """Draw the numbers of the way forward, and tell the gradients."""
        found = self.numbers
        titles = {"x": "Input x", "h": "h", "r": "ReLU", "p": "Max pooling", "y": "Output y"}
        kinds = {"x": "input", "y": "output"}
        told = "; ".join(
            f"{name} {found[name].tolist()}" for name in ("dy", "dv", "dp", "dw", "dx")
        )
        return figures.draw_grids(
            [(title, found[n][None], kinds.get(n, "output")) for n, title in titles.items()],
            f"A chain of layers by hand, loss {found['L'][0]:g}; the gradients: {told}.",
        )
