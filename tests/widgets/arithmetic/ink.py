"""Ink on a sheet of 32 by 32 cells, a digit of 8 by 8 pixels: `js/arithmetic/ink.js`."""

import numpy as np
from scipy import ndimage

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
    sheet = _sheet(rng)
    return [float32(sheet)], sheet.reshape(8, 4, 8, 4).mean((1, 3)).ravel()


@compares("ink.addNoise")
def _(rng):
    digit, amount = np.float32(rng.random(64)), float(rng.random())
    state, noisy = 1, []
    for value in digit:
        state = (1664525 * state + 1013904223) % 2**32
        noisy.append(np.clip(value + amount * (2 * state / 2**32 - 1), 0, 1))
    return [float32(digit), amount], noisy
