"""Sizes and the three ways of `js/arithmetic/transposed.js`."""

import numpy as np

import cnnlib

from . import compares
from ._random import settings, table, whole, window_axis

LETTERS = ("i", "u", "r"), ("j", "v", "c")


def _sizes(rng: np.random.Generator, allowed: bool = True) -> dict:
    stride, dilation = whole(rng, 1, 3), whole(rng, 1, 3)
    return {
        "input": whole(rng, 1, 5),
        "kernel": whole(rng, 1, 4),
        "stride": stride,
        "padding": whole(rng, 0, 3),
        "more": whole(rng, 0, max(stride, dilation) - 1 if allowed else 3),
        "dilation": dilation,
    }


def _axis(made: dict) -> dict:
    """Return an axis as `cnnlib` counts: the whole sheet is the output without padding."""
    size, kernel, stride, padding, more, dilation = made.values()
    sheet = cnnlib.conv_transpose_output_size(size, kernel, stride, dilation=dilation) + more
    reached = cnnlib.effective_kernel_size(kernel, dilation)
    return {
        **made,
        "effective": reached,
        "whole": sheet,
        "allowed": more < max(stride, dilation),
        "output": max(0, sheet - 2 * padding),
        # a full convolution gives the sheet: it has one cell less than kernel and input together
        "spread": sheet + reached - 1,
    }


def _axes(rng: np.random.Generator) -> tuple[dict, dict]:
    return _axis(_sizes(rng)), _axis(_sizes(rng))


def _values(rng: np.random.Generator, axes: tuple[dict, dict]) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = axes
    return (
        table(rng, rows["input"], columns["input"]),
        table(rng, rows["kernel"], columns["kernel"]),
    )


def _sheet(x: np.ndarray, w: np.ndarray, axes: tuple[dict, dict]) -> np.ndarray:
    """Return the whole sheet that the stamps cover."""
    how = settings(axes, "stride", "dilation")
    more = tuple(axis["more"] for axis in axes)
    return cnnlib.conv_transpose2d(x[None, None], w[None, None], output_padding=more, **how)[0, 0]


def _terms(axes: tuple[dict, dict]) -> list[dict]:
    lines = [
        [
            dict(zip(letters, (i, u, i * axis["stride"] + u * axis["dilation"]), strict=True))
            for i in range(axis["input"])
            for u in range(axis["kernel"])
        ]
        for axis, letters in zip(axes, LETTERS, strict=True)
    ]
    return [down | across for down in lines[0] for across in lines[1]]


@compares("transposed.stampAxis")
def _(rng):
    made = _sizes(rng, allowed=False)
    return [made], _axis(made)


@compares("transposed.flatAxis")
def _(rng):
    names = ("input", "kernel", "stride", "padding", "more", "dilation")
    return [], _axis(dict(zip(names, (1, 1, 1, 0, 0, 1), strict=True)))


@compares("transposed.stampTerms")
def _(rng):
    axes = _axes(rng)
    return [axes], _terms(axes)


@compares("transposed.scatterStamps")
def _(rng):
    axes = _axes(rng)
    x, w = _values(rng, axes)
    if rng.random() < 0.3:
        return [_terms(axes), x, w, axes], _sheet(x, w, axes)
    count = whole(rng, 0, x.size)
    first = np.where(np.arange(x.size).reshape(x.shape) < count, x, 0)
    return [_terms(axes), x, w, axes, count], _sheet(first, w, axes)


def _spread(x: np.ndarray, axes: tuple[dict, dict]) -> np.ndarray:
    spread = np.zeros([axis["spread"] for axis in axes])
    at = [axis["effective"] - 1 + np.arange(axis["input"]) * axis["stride"] for axis in axes]
    spread[np.ix_(*at)] = x
    return spread


@compares("transposed.spreadInput")
def _(rng):
    axes = _axes(rng)
    x, _ = _values(rng, axes)
    return [x, axes], _spread(x, axes)


@compares("transposed.slideFlipped")
def _(rng):
    axes = _axes(rng)
    x, w = _values(rng, axes)
    return [_spread(x, axes), w, axes], _sheet(x, w, axes)


@compares("transposed.windowsOnSpread")
def _(rng):
    axes = _axes(rng)
    windows = [
        window_axis(
            {
                "input": axis["spread"],
                "kernel": axis["kernel"],
                "stride": 1,
                "padding": 0,
                "dilation": axis["dilation"],
            }
        )
        for axis in axes
    ]
    return [axes], windows


@compares("transposed.flipped")
def _(rng):
    w = table(rng, whole(rng, 1, 4), whole(rng, 1, 4))
    return [w], np.flip(w)


@compares("transposed.transposedRow")
def _(rng):
    axes = _axes(rng)
    x, w = _values(rng, axes)
    r, c = (whole(rng, 0, axis["whole"] - 1) for axis in axes)
    units = np.eye(x.size).reshape(x.size, *x.shape)
    return [w, axes, r, c], [_sheet(unit, w, axes)[r, c] for unit in units]


@compares("transposed.overlapCounts")
def _(rng):
    axes = _axes(rng)
    x, w = _values(rng, axes)
    return [_terms(axes), axes], _sheet(np.ones_like(x), np.ones_like(w), axes)


@compares("transposed.overlapInTurn")
def _(rng):
    axis = _axis(_sizes(rng))
    stride = axis["stride"]
    many = 2 * axis["effective"] + 4
    line = ({**axis, "input": many, "more": 0}, _axis(_sizes(rng)) | {"more": 0})
    counts = _sheet(np.ones((many, 1)), np.ones((axis["kernel"], 1)), line)[:, 0]
    middle = many // 2 * stride  # far from the border, and a stamp begins there
    return [axis], counts[middle : middle + stride]


@compares("transposed.collidingSizes")
def _(rng):
    axis = _axis(_sizes(rng))
    kernel, stride, padding, dilation = (
        axis[name] for name in ("kernel", "stride", "padding", "dilation")
    )
    sizes = [
        size
        for size in range(1, 60)
        if axis["effective"] <= size + 2 * padding
        and cnnlib.conv_output_size(size, kernel, stride, padding, dilation) == axis["input"]
    ]
    return [axis], sizes
