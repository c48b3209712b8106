"""Colours of positions and of values: `js/parts/positions.js`."""

import numpy as np

from . import compares
from ._random import whole

RAMP = [(255, 236, 170), (250, 190, 70), (230, 135, 25), (190, 80, 30), (125, 40, 50), (70, 20, 60)]
FULL = {
    "input": (0, 84, 140),
    "output": (0, 128, 92),
    "kernel": (176, 102, 0),
    "negative": (150, 70, 120),
    "red": (205, 45, 45),
    "green": (30, 135, 60),
    "blue": (40, 85, 200),
    "fourth": (110, 110, 120),
}
PAPER = (250, 251, 252)
IN_THE_DARK = {
    "input": (108, 193, 240),
    "output": (79, 208, 168),
    "kernel": (240, 184, 60),
    "negative": (235, 166, 203),
    "red": (240, 120, 115),
    "green": (100, 200, 125),
    "blue": (125, 160, 250),
    "fourth": (175, 178, 186),
}
NIGHT = (20, 24, 29)


def _between(at: float, colours: list) -> str:
    """Return the colour at a place of a ramp, whose colours stand at 0, 1, 2…"""
    places = np.arange(len(colours))
    mixed = [np.interp(at, places, part) for part in zip(*colours, strict=True)]
    return "rgb({:.0f}, {:.0f}, {:.0f})".format(*np.floor(np.array(mixed) + 0.5 + 1e-9))


@compares("positions.positionColour")
def _(rng):
    count = whole(rng, 1, 25)
    position = whole(rng, 0, count - 1)
    places = np.linspace(0, 5, count)
    return [position, count], _between(places[position] if count > 1 else 1.5, RAMP)


@compares("positions.shadeOf")
def _(rng):
    dark = bool(whole(rng, 0, 1))
    ground, shades = (NIGHT, IN_THE_DARK) if dark else (PAPER, FULL)
    kind, most, value = str(rng.choice(list(shades))), whole(rng, 1, 9), whole(rng, -12, 12)
    full = shades["negative" if value < 0 else kind]
    return [value, most, kind, dark], _between(abs(value) / most, [ground, full])
