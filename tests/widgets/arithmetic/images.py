"""Filtered pictures and their colours: `js/arithmetic/images.js`."""

import numpy as np
from matplotlib.colors import to_rgb
from scipy.signal import correlate2d

from cnnlib.colours import COLORS

from . import compares, float32
from ._random import table, whole


@compares("images.filterImage")
def _(rng):
    x = rng.integers(0, 256, (whole(rng, 1, 7), whole(rng, 1, 7)))  # sums are exact in float32
    w = table(rng, whole(rng, 1, 4), whole(rng, 1, 4)).round()
    padding, flipped = str(rng.choice(["zero", "edge", "valid"])), bool(rng.integers(2))
    divisor = whole(rng, 1, 4)
    # PyTorch's "same": of an odd number of rows the one more comes after, a flip turns that
    wide = [((k - 1) // 2, k // 2)[:: -1 if flipped else 1] for k in w.shape]
    if padding == "valid":
        wide = [(0, 0), (0, 0)]
    padded = np.pad(x, wide, mode="edge" if padding == "edge" else "constant")
    fits = all(a >= b for a, b in zip(padded.shape, w.shape, strict=True))
    left = [max(0, a - b + 1) for a, b in zip(padded.shape, w.shape, strict=True)]
    y = correlate2d(padded, w, "valid") / divisor if fits else np.zeros(left)
    image = {"pixels": float32(x), "rows": x.shape[0], "columns": x.shape[1]}
    how = {"padding": padding, "flipped": flipped, "divisor": divisor}
    top, beside = wide[0][0], wide[1][0]
    return [image, w, how], {
        "pixels": y.ravel(),
        "rows": left[0],
        "columns": left[1],
        "padded": {
            "pixels": padded.ravel(),
            "rows": padded.shape[0],
            "columns": padded.shape[1],
            "top": top,
            "left": beside,
        },
    }


@compares("images.coloursOfValues")
def _(rng):
    values = np.float32(rng.uniform(-300, 300, whole(rng, 1, 12)))
    colours = np.full((values.size, 4), 255.0)
    if rng.random() < 0.5:
        colours[:, :3] = np.clip(values, 0, 255)[:, None]
        return [float32(values), "cut"], np.rint(colours).ravel()
    share = (np.abs(values) / np.float64(np.abs(values).max()))[:, None]
    blue, orange = (np.rint(np.multiply(255, to_rgb(COLORS[k]))) for k in ("input", "kernel"))
    ends = np.where(values[:, None] < 0, blue, orange)
    colours[:, :3] = (1 - share) * 255 + share * ends
    return [float32(values), "signed"], np.rint(colours).ravel()


@compares("images.resized")
def _(rng):
    x, side = rng.integers(0, 256, (whole(rng, 2, 9), whole(rng, 2, 9))), whole(rng, 1, 12)
    at = np.arange(side + 1)
    starts = [at[:-1] * size // side for size in x.shape]
    ends = [
        np.maximum(first + 1, at[1:] * size // side)
        for first, size in zip(starts, x.shape, strict=True)
    ]
    small = [
        x[top:bottom, left:right].mean()
        for top, bottom in zip(starts[0], ends[0], strict=True)
        for left, right in zip(starts[1], ends[1], strict=True)
    ]
    image = {"pixels": float32(x), "rows": x.shape[0], "columns": x.shape[1]}
    return [image, side], {"pixels": np.float32(small), "rows": side, "columns": side}
