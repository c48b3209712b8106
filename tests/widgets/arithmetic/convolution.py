"""Sizes, windows and sums of `js/arithmetic/convolution.js`."""

import base64
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

import cnnlib

from . import compares
from ._random import settings, sizes, table, whole, window_axes, window_axis


@compares("convolution.windowAxis")
def _(rng):
    made = sizes(rng, fits=False)
    return [made], window_axis(made)


@compares("convolution.centreMargin")
def _(rng):
    axis = window_axis(sizes(rng, fits=False))
    half = axis["effective"] // 2
    beyond = sum(cell - half < -axis["padding"] for cell in range(axis["input"]))
    return [axis], beyond if axis["effective"] % 2 else None


def _line_uses(axis: dict, at: int) -> list[tuple[int, int]]:
    """Return (position, kernel cell) for each window of an axis that reads input cell `at`."""
    return [
        (position, k)
        for position in range(axis["output"])
        for k in range(axis["kernel"])
        if position * axis["stride"] + k * axis["dilation"] - axis["padding"] == at
    ]


@compares("convolution.positionsReading")
def _(rng):
    axis = window_axis(sizes(rng, fits=False))
    at = whole(rng, -axis["padding"] - 1, axis["input"] + axis["padding"])
    return [axis, at], _line_uses(axis, at)


@compares("convolution.usesOfCell")
def _(rng):
    axes = window_axes(rng)
    row, column = (whole(rng, -axis["padding"], axis["input"]) for axis in axes)
    uses = [
        {"i": i, "j": j, "u": u, "v": v}
        for i, u in _line_uses(axes[0], row)
        for j, v in _line_uses(axes[1], column)
    ]
    return [axes, row, column], uses


@compares("convolution.windowTerms")
def _(rng):
    axes = rows, columns = window_axes(rng)
    x = table(rng, rows["input"], columns["input"])
    w = table(rng, rows["kernel"], columns["kernel"])
    i, j = whole(rng, 0, rows["output"] - 1), whole(rng, 0, columns["output"] - 1)
    padded = np.pad(x, [(axis["padding"],) * 2 for axis in axes])
    terms = []
    for u, v in np.ndindex(w.shape):
        row = i * rows["stride"] + u * rows["dilation"]
        column = j * columns["stride"] + v * columns["dilation"]
        place = {"row": row - rows["padding"], "column": column - columns["padding"]}
        terms.append({"u": u, "v": v, **place, "x": padded[row, column], "w": w[u, v]})
    return [x, w, axes, i, j], terms


@compares("convolution.sumOf")
def _(rng):
    x, w = table(rng, 2, 7)
    terms = [{"x": a, "w": b} for a, b in zip(x, w, strict=True)]
    return [terms], float(x @ w)


@compares("convolution.conv2d")
def _(rng):
    axes = rows, columns = window_axes(rng)
    x = table(rng, rows["input"], columns["input"])
    w = table(rng, rows["kernel"], columns["kernel"])
    y = cnnlib.conv2d(
        x[None, None], w[None, None], **settings(axes, "stride", "padding", "dilation")
    )
    return [x, w, axes], y[0, 0]


@compares("convolution.table")
def _(rng):
    rows, columns = whole(rng, 0, 4), whole(rng, 1, 4)
    cell = {"function": "(row, column) => 10 * row + column"}
    return [rows, columns, cell], [[10 * i + j for j in range(columns)] for i in range(rows)]


def _rounded(value: float) -> Decimal:
    return Decimal(value).quantize(Decimal("0.0001"), ROUND_HALF_UP)


@compares("convolution.tidy")
def _(rng):
    value = float(rng.normal(0, 10)) if rng.random() < 0.7 else float(whole(rng, -9, 9))
    return [value], float(_rounded(value))


@compares("convolution.show")
def _(rng):
    value = float(rng.normal(0, 10)) if rng.random() < 0.7 else float(whole(rng, -9, 9))
    digits = f"{_rounded(value):f}".rstrip("0").rstrip(".")
    return [value], digits.replace("-", "−") if float(digits) else "0"


@compares("convolution.bytesOf")
def _(rng):
    data = rng.bytes(whole(rng, 0, 20))
    return [base64.b64encode(data).decode()], list(data)


@compares("convolution.corner")
def _(rng):
    values = rng.integers(-9, 10, (whole(rng, 1, 6), whole(rng, 1, 6)))
    rows, columns = (whole(rng, 0, size) for size in values.shape)
    return [values, rows, columns], values[:rows, :columns]
