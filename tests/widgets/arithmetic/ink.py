"""Ink on a sheet of 32 by 32 cells, a digit of 8 by 8 pixels: `js/arithmetic/ink.js`."""

import numpy as np
from scipy import ndimage

from cnnlib.data.ink import read_sheet

from . import compares, float32
from ._random import whole


def _sheet(rng: np.random.Generator) -> np.ndarray:
    return np.float32(rng.random((32, 32)) * (rng.random((32, 32)) < 0.3))


@compares("ink.sheetOf")
def _(rng):
    digit = rng.random((8, 8))
    return [digit.ravel()], np.kron(digit, np.ones((4, 4))).ravel()


@compares("ink.thicken")
def _(rng):
    sheet, cells = _sheet(rng), whole(rng, 0, 3)
    thick = ndimage.maximum_filter(sheet, 2 * cells + 1, mode="constant")
    return [float32(sheet), cells], thick.ravel()


@compares("ink.turnAndMove")
def _(rng):
    sheet = _sheet(rng)
    degrees, down, right = whole(rng, -40, 40), whole(rng, -4, 4), whole(rng, -4, 4)
    if rng.random() < 0.2:
        degrees = down = right = 0
    angle = np.deg2rad(degrees)
    back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = np.array([15.5, 15.5])
    offset = middle - back @ (middle + np.array([down, right]))
    turned = ndimage.affine_transform(
        np.float64(sheet), back, offset, order=1, mode="grid-constant"
    )
    return [float32(sheet), degrees, down, right], turned.ravel()


@compares("ink.digitOf")
def _(rng):
    side, block = whole(rng, 2, 8), whole(rng, 1, 4)
    sheet = np.float32(rng.random((side * block, side * block)))
    means = sheet.reshape(side, block, side, block).mean((1, 3))
    return [float32(sheet), side], means.ravel()


def _drawing(rng: np.random.Generator) -> np.ndarray:
    """Return a sheet with ink in a part of it, or nowhere."""
    sheet = np.zeros((32, 32))
    height, width = rng.integers(1, 33, 2)
    top, left = whole(rng, 0, 32 - height), whole(rng, 0, 32 - width)
    ink = rng.random((height, width)) * (rng.random((height, width)) < rng.choice([0, 0.2, 1]))
    sheet[top : top + height, left : left + width] = ink
    return np.float32(sheet)


@compares("ink.inkBox")
def _(rng):
    sheet = _drawing(rng)
    dark = np.argwhere(sheet > 0.2) if (sheet > 0.2).any() else np.array([[0, 0], [31, 31]])
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0)
    row, column = ndimage.center_of_mass(np.float64(sheet)) if sheet.any() else (15.5, 15.5)
    box = {"top": top, "left": left, "height": bottom - top + 1, "width": right - left + 1}
    return [float32(sheet)], {**box, "row": row, "column": column}


@compares("ink.readSheet")
def _(rng):
    sheet, side, crop = _drawing(rng), whole(rng, 8, 28), bool(rng.random() < 0.8)
    seen = read_sheet(np.float64(sheet)[None], side, crop)[0]
    return [float32(sheet), side, crop], seen.ravel()


@compares("ink.addNoise")
def _(rng):
    digit, amount = np.float32(rng.random(64)), float(rng.random())
    state, noisy = 1, []
    for value in digit:
        state = (1664525 * state + 1013904223) % 2**32
        noisy.append(np.clip(value + amount * (2 * state / 2**32 - 1), 0, 1))
    return [float32(digit), amount], noisy
