"""Experiments: the same training with several seeds, and what may be said about the mean.

One run of a network is one throw of the dice: its initial weights, the order of its samples and
perhaps the choice of its data are random. So a chapter runs it several times and gives an interval.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import as_array
from cnnlib.nn.evaluation import evaluate
from cnnlib.nn.layers import Sequential
from cnnlib.nn.optimizers import Adam
from cnnlib.nn.training import Data, fit

#: Student's t, two-sided 95 %: the factor for 1, 2, 3, … degrees of freedom.
STUDENT_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045),
)


class Interval(NamedTuple):
    """A mean and the 95 % confidence interval around it."""

    mean: float
    low: float
    high: float


def over_seeds(
    run: Callable[[int], Mapping[str, float]], seeds: Iterable[int] = range(5)
) -> dict[str, np.ndarray]:
    """Call `run` with each seed and collect what it measured, by name.

    >>> over_seeds(lambda seed: {"square": seed**2}, range(4))
    {'square': array([0., 1., 4., 9.])}
    """
    measured = [run(seed) for seed in seeds]
    if not measured:
        raise ValueError("seeds must not be empty")
    names = list(measured[0])
    if any(list(each) != names for each in measured):
        raise ValueError("run must measure the same things with every seed")
    return {name: np.array([float(each[name]) for each in measured]) for name in names}


def confidence_interval(values: ArrayLike) -> Interval:
    """Return the mean of several runs and its 95 % confidence interval.

    mean ± t · s / √n, with the standard deviation s of the n runs and Student's t for n − 1
    degrees of freedom. It speaks of other seeds only, not of other test images: those have their
    own scatter, about √(p (1 − p) / images) for an accuracy p.

    Parameters
    ----------
    values : (n,) numbers, n from 2 to 30.

    Source: "Student", "The probable error of a mean", Biometrika, 1908.

    >>> interval = confidence_interval([1.0, 2.0, 3.0])
    >>> [round(number, 3) for number in interval]
    [2.0, -0.484, 4.484]
    """
    x = as_array(values, "values", (1,), "(n,)").astype(np.float64)
    if not 2 <= len(x) <= len(STUDENT_T) + 1:
        raise ValueError(f"values must be 2 to {len(STUDENT_T) + 1} numbers, got {len(x)}")
    half = STUDENT_T[len(x) - 2] * float(x.std(ddof=1)) / math.sqrt(len(x))
    mean = float(x.mean())
    return Interval(mean, mean - half, mean + half)


def accuracy_over_seeds(
    make: Callable[[np.random.Generator], Sequential],
    train: Data,
    test: Data,
    seeds: Iterable[int] = range(5),
    lr: float = 3e-3,
    epochs: int = 15,
    batch_size: int = 64,
) -> np.ndarray:
    """Train a network with each seed by Adam, and return each one's share of right test images.

    Parameters
    ----------
    make : builds the untrained network from a generator of random numbers.
    train, test : images (N, C, H, W) and labels (N,).
    seeds : one training each; a seed decides the initial weights and the order of the samples.

    >>> from cnnlib import Flatten, Linear
    >>> images = np.eye(4, dtype=np.float32).reshape(4, 1, 2, 2)
    >>> data = images, np.array([0, 1, 2, 3])
    >>> def make(rng):
    ...     return Sequential(Flatten(), Linear(4, 4, rng=rng))
    >>> accuracy_over_seeds(make, data, data, range(2), lr=0.1, epochs=20)
    array([1., 1.])
    """

    def run(seed: int) -> dict[str, float]:
        model = make(np.random.default_rng(seed))
        optimizer = Adam(model.parameters(), lr)
        fit(model, train, epochs=epochs, batch_size=batch_size, optimizer=optimizer, seed=seed)
        return {"accuracy": evaluate(model, *test).accuracy}

    return over_seeds(run, seeds)["accuracy"]


def means(groups: Mapping[str, Mapping[str, ArrayLike]]) -> str:
    """Write the mean of several runs as a table in percent: a column a kind, a row a measurement.

    groups : as `figures.draw_runs` takes them: kind → what was measured → (runs,) shares. A single
        kind needs no name.

    >>> print(means({"FNN": {"plain": [0.5, 0.7], "moved": [0, 0.25]}, "CNN": {"plain": [1, 1]}}))
              FNN      CNN
    plain   60.0 %  100.0 %
    moved   12.5 %
    """
    rows = list(dict.fromkeys(name for group in groups.values() for name in group))
    wide = max(map(len, rows))
    lines = ["".join([" " * wide, *(f"  {kind:^7}" for kind in groups)])] if any(groups) else []
    for name in rows:
        cells = (
            f"  {100 * np.asarray(g[name], float).mean():{max(5, len(kind) - 2)}.1f} %"
            for kind, g in groups.items()
            if name in g
        )
        lines.append("".join([f"{name:{wide}}", *cells]))
    return "\n".join(line.rstrip() for line in lines)
