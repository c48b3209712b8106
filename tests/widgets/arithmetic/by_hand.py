"""The chain by hand of `js/arithmetic/by-hand.js` against the layers of the library."""

import numpy as np

from cnnlib.widgets import Chain

from . import compares
from ._random import whole


@compares("by-hand.chainNumbers")
def _(rng):
    values, first, second = (rng.integers(-4, 5, (1, n)).tolist() for n in (5, 2, 2))
    target = whole(rng, -9, 9)
    own = Chain(values=values, first=first, second=second, target=target)
    return [values[0], first[0], second[0], target], own.numbers


@compares("by-hand.winnerOf")
def _(rng):
    row, window = rng.integers(0, 4, 4), whole(rng, 0, 1)
    return [row, window], 2 * window + int(np.argmax(row[2 * window : 2 * window + 2]))
