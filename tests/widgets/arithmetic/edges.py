"""Edge maps and pooled maps of `js/arithmetic/edges.js`."""

import numpy as np

import cnnlib

from . import compares, float32
from ._random import whole


def _grey(rng: np.random.Generator, least: int) -> tuple[dict, np.ndarray]:
    """Return an image as the JavaScript has it, and as an array."""
    image = rng.integers(-255, 256, (whole(rng, least, 9), whole(rng, least, 9)))
    rows, columns = image.shape
    return {"pixels": float32(image), "rows": rows, "columns": columns}, image


def _told(image: np.ndarray) -> dict:
    return {"pixels": image.ravel(), "rows": image.shape[0], "columns": image.shape[1]}


@compares("edges.edgeMap")
def _(rng):
    grey, image = _grey(rng, 3)
    kernels = rng.integers(-3, 4, (2, 3, 3))
    x, y = (cnnlib.correlate2d(image, kernel, mode="valid") for kernel in kernels)
    return [grey, kernels], _told(np.minimum((abs(x) + abs(y)) // 4, 255))


@compares("edges.poolImage")
def _(rng):
    size = whole(rng, 1, 4)
    grey, image = _grey(rng, size)
    pools = {"max": cnnlib.max_pool2d, "mean": cnnlib.avg_pool2d}
    maps = {name: pool(image[None].astype(float), size)[0] for name, pool in pools.items()}
    single = {name: each.astype(np.float32).astype(float) for name, each in maps.items()}
    return [grey, size], {name: _told(each) for name, each in single.items()}


@compares("edges.shareChanged")
def _(rng):
    now, before = rng.integers(0, 5, (2, whole(rng, 1, 9))) * rng.integers(0, 2, (2, 1))
    total = before.sum()
    return [now, before], abs(now - before).sum() / total if total else 0
