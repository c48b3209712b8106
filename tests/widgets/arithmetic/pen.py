"""The cells under a stroke: `js/parts/pen.js`."""

import numpy as np

from . import compares


@compares("pen.placesBetween")
def _(rng):
    start, end = rng.integers(0, 9, (2, 2))
    if rng.random() < 0.2:
        end = start
    steps = max(1, *abs(end - start))
    return [start, end], np.floor(np.linspace(start, end, steps + 1) + 0.5 + 1e-9)
