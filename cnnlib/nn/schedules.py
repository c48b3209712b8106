"""Learning-rate schedules: from the epochs trained so far to the length of the next steps."""

import math
from collections.abc import Callable

from cnnlib._checks import as_int, as_number

# From the epochs trained so far (2.5: in the middle of the third) to a learning rate.
Schedule = Callable[[float], float]


def step_decay(lr: float, factor: float, every: int) -> Schedule:
    """Multiply the learning rate by `factor` after every so many epochs.

    As `torch.optim.lr_scheduler.StepLR`.

    >>> schedule = step_decay(0.1, factor=0.5, every=2)
    >>> [schedule(epoch) for epoch in (0, 1.9, 2, 4)]
    [0.1, 0.1, 0.05, 0.025]
    """
    start = as_number(lr, "lr", 0, math.inf, open_low=True)
    factor = as_number(factor, "factor", 0, math.inf, open_low=True)
    period = as_int(every, "every", 1)
    return lambda epochs: start * factor ** (epochs // period)


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

    def rate(done: float) -> float:
        if done < rise:
            return start * done / rise
        share = min(1.0, (done - rise) / (total - rise))
        return start * (1 + math.cos(math.pi * share)) / 2

    return rate
