"""Chance from a seed, against Python's own whole numbers: `js/arithmetic/first-weights.js`."""

from collections.abc import Iterator

import numpy as np

from . import compares, float64
from ._random import whole

WORD = 2**32 - 1


def chance(seed: int) -> Iterator[float]:
    """Yield the numbers of a seed: xorshift on 32 bits, the first eight left out."""
    state = ((seed + 1) * 0x9E3779B1 & WORD) | 1
    for number in range(10**6):
        state ^= state << 13 & WORD
        state ^= state >> 17
        state ^= state << 5 & WORD
        if number >= 8:
            yield state / 2**32


@compares("first-weights.shuffled")
def _(rng):
    count, seed = whole(rng, 0, 50), whole(rng, 0, 10**6)
    random, order = chance(seed), list(range(count))
    for at in reversed(range(1, count)):
        other = int(next(random) * (at + 1))
        order[at], order[other] = order[other], order[at]
    return [count, seed], order


@compares("first-weights.withFirstWeights")
def _(rng):
    seed, start = whole(rng, 0, 99), str(rng.choice(["random", "equal", "dead"]))
    channels, filters, kernel = whole(rng, 1, 3), whole(rng, 1, 4), whole(rng, 1, 3)
    plan = [
        {"kind": "conv", "channels": channels, "filters": filters, "kernel": kernel},
        {"kind": "norm", "channels": filters},
        {"kind": "relu"},
        {"kind": "dense", "channels": filters, "filters": 10},
    ]
    random, made = chance(seed), []
    for layer, each in zip(plan, (channels * kernel**2, 0, 0, filters), strict=True):
        layer = dict(layer)
        made.append(layer)
        if layer["kind"] == "norm":
            ones, zeros = np.ones(filters), np.zeros(filters)
            layer |= {"weight": ones, "bias": zeros, "mean": zeros, "variance": ones}
        if not each:
            continue
        count = layer["filters"]
        numbers = np.array([2 * next(random) - 1 for _ in range(count * (each + 1))]) / each**0.5
        layer["weight"], layer["bias"] = numbers[: count * each], numbers[count * each :]
        if start == "equal":
            layer["weight"], layer["bias"] = np.full(count * each, each**-0.5 / 2), np.zeros(count)
        if start == "dead" and layer["kind"] == "conv":
            layer["bias"] = np.full(count, -5)
    return [plan, seed, start], made


@compares("first-weights.movedAbout")
def _(rng):
    count, most, seed = whole(rng, 1, 3), whole(rng, 0, 3), whole(rng, 0, 99)
    images, random = rng.random((count, 8, 8)), chance(seed)
    moved = []
    for image in images:
        down, right = (int(next(random) * (2 * most + 1)) - most for _ in "rc")
        room = np.pad(image, 3)
        rows, columns = (slice(3 - by, 11 - by) for by in (down, right))
        moved.append(room[rows, columns])
    return [float64(images), most, seed], np.ravel(moved)
