"""Learning-rate schedules: from the epochs trained so far to the length of the next steps."""

import math
from collections.abc import Callable
from functools import partial

from cnnlib._checks import as_int, as_number

# From the epochs trained so far (2.5: in the middle of the third) to a learning rate.
Schedule = Callable[[float], float]


def cosine(lr: float, epochs: int, warmup: float = 0) -> Schedule:
    """Let the learning rate fall from `lr` to 0 over `epochs`, along half a cosine.

    With `warmup` it first rises from 0 in a straight line, over so many epochs.

    Source: Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017,
    equation 5, without the restarts.

    >>> schedule = cosine(0.1, epochs=10)
    >>> [round(schedule(epoch), 3) for epoch in (0, 5, 10)]
    [0.1, 0.05, 0.0]
    """
    start = as_number(lr, "lr", 0, math.inf, open_low=True)
    total = as_int(epochs, "epochs", 1)
    rise = as_number(warmup, "warmup", 0, total)

    return partial(_cosine_rate, start, total, rise)  # which can be pickled, unlike a closure


def _cosine_rate(start: float, total: int, rise: float, done: float) -> float:
    if done < rise:
        return start * done / rise
    share = min(1.0, (done - rise) / (total - rise))
    return start * (1 + math.cos(math.pi * share)) / 2
