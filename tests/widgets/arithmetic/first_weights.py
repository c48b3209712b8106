"""Chance from a seed, against the same generator in Python: `js/arithmetic/first-weights.js`."""

import numpy as np

from cnnlib.widgets.training_playground import random_numbers

from . import compares, float64
from ._random import whole


@compares("first-weights.shuffled")
def _(rng):
    count, seed = whole(rng, 0, 50), whole(rng, 0, 10**6)
    random, order = random_numbers(seed), list(range(count))
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
    random, made = random_numbers(seed), []
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
    images, random = rng.random((count, 8, 8)), random_numbers(seed)
    moved = []
    for image in images:
        down, right = (int(next(random) * (2 * most + 1)) - most for _ in "rc")
        room = np.pad(image, 3)
        rows, columns = (slice(3 - by, 11 - by) for by in (down, right))
        moved.append(room[rows, columns])
    return [float64(images), most, seed], np.ravel(moved)
