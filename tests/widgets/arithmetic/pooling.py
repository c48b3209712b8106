"""Sizes, windows and gradients of `js/arithmetic/pooling.js`."""

import numpy as np

import cnnlib

from . import compares
from ._random import whole


def _sizes(rng: np.random.Generator, allowed: bool = True) -> dict:
    kernel = whole(rng, 1, 4)
    padding = whole(rng, 0, kernel // 2 if allowed else kernel)
    low = max(1, kernel - 2 * padding) if allowed else 1
    return {
        "input": whole(rng, low, 9),
        "kernel": kernel,
        "stride": whole(rng, 1, 3),
        "padding": padding,
        "ceil": bool(rng.integers(2)),
    }


def _windows_along(made: dict) -> int:
    """Return how many windows there are along an axis, counted one by one."""
    size, kernel, stride, padding, ceil = made.values()
    padded, count = size + 2 * padding, 0
    while count * stride + kernel <= padded:
        count += 1
    if ceil:
        hangs = count * stride + kernel - padded  # over the end, were there one more
        count += hangs < stride
        count -= (count - 1) * stride >= size + padding  # it holds no cell of the input
    return max(0, count)


def _axis(made: dict) -> dict:
    """Return an axis as `cnnlib` counts."""
    size, kernel, stride, padding, ceil = made.values()
    padded = size + 2 * padding
    allowed, windows = padding <= kernel // 2, _windows_along(made)
    if kernel <= padded and allowed:
        own = cnnlib.pool_output_size(size, kernel, stride, padding, ceil_mode=ceil)
        assert windows == own
    axis = {key: value for key, value in made.items() if key != "ceil"}
    axis |= {"dilation": 1, "padded": padded, "effective": kernel}
    last = (windows - 1) * stride + kernel
    return axis | {
        "fits": windows > 0,
        "allowed": allowed,
        "output": windows if allowed else 0,
        "dropped": max(0, padded - last),
        "over": max(0, last - padded),
    }


@compares("pooling.poolAxis")
def _(rng):
    made = _sizes(rng, allowed=bool(rng.integers(2)))
    if rng.random() < 0.3:  # it may be too large
        made |= {"input": whole(rng, 1, 2), "padding": 0}
    return [made], _axis(made)


def _pair(rng: np.random.Generator) -> tuple[list[dict], np.ndarray, dict]:
    """Return two axes of one kernel, an input with ties, and how `cnnlib` is told all that."""
    made = _sizes(rng)
    both = [made, {**made, "input": whole(rng, max(1, made["kernel"]), 9)}]
    x = rng.integers(-4, 5, [one["input"] for one in both])
    names = {"kernel_size": made["kernel"], "stride": made["stride"], "padding": made["padding"]}
    return [_axis(one) for one in both], x, {**names, "ceil_mode": made["ceil"]}


def _window(x: np.ndarray, axes: list[dict], i: int, j: int, with_padding: bool) -> dict:
    """Return the window of one output, found by asking every place of the padded input."""
    cells, counted = [], 0
    start = [
        place * axis["stride"] - axis["padding"] for place, axis in zip((i, j), axes, strict=True)
    ]
    for row, column in np.ndindex(axes[0]["kernel"], axes[1]["kernel"]):
        place = (start[0] + row, start[1] + column)
        inside = all(0 <= at < axis["input"] for at, axis in zip(place, axes, strict=True))
        padded = all(
            at < axis["input"] + axis["padding"] for at, axis in zip(place, axes, strict=True)
        )
        counted += padded if with_padding else inside
        if inside:
            cells.append({"row": place[0], "column": place[1], "x": int(x[place])})
    most = max(cell["x"] for cell in cells)
    winners = [cell for cell in cells if cell["x"] == most]
    return {"cells": cells, "winners": winners, "divisor": counted}


def _windows(x: np.ndarray, axes: list[dict], with_padding: bool) -> list[list[dict]]:
    return [
        [_window(x, axes, i, j, with_padding) for j in range(axes[1]["output"])]
        for i in range(axes[0]["output"])
    ]


@compares("pooling.poolWindow")
def _(rng):
    axes, x, _ = _pair(rng)
    i, j = (whole(rng, 0, axis["output"] - 1) for axis in axes)
    with_padding = bool(rng.integers(2))
    return [x, axes, i, j, with_padding], _window(x, axes, i, j, with_padding)


@compares("pooling.poolWindows")
def _(rng):
    axes, x, _ = _pair(rng)
    with_padding = bool(rng.integers(2))
    return [x, axes, with_padding], _windows(x, axes, with_padding)


@compares("pooling.pooled")
def _(rng):
    axes, x, how = _pair(rng)
    mode, with_padding = str(rng.choice(["max", "mean"])), bool(rng.integers(2))
    i, j = (whole(rng, 0, axis["output"] - 1) for axis in axes)
    if mode == "max":
        y = cnnlib.max_pool2d(x[None, None], **how)
    else:
        y = cnnlib.avg_pool2d(x[None, None].astype(float), **how, count_include_pad=with_padding)
    return [_window(x, axes, i, j, with_padding), mode], round(float(y[0, 0, i, j]), 4)


@compares("pooling.poolBackward")
def _(rng):
    axes, x, how = _pair(rng)
    mode, with_padding = str(rng.choice(["max", "mean"])), bool(rng.integers(2))
    gradient = rng.integers(-9, 10, [axis["output"] for axis in axes])
    given = gradient[None, None].astype(float), x[None, None].astype(float)
    if mode == "max":
        back = cnnlib.max_pool2d_backward(*given, **how)
    else:
        back = cnnlib.avg_pool2d_backward(*given, **how, count_include_pad=with_padding)
    windows = _windows(x, axes, with_padding)
    return [windows, gradient, mode, *x.shape], np.round(back[0, 0], 4)
