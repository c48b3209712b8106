"""Digits to learn from as people draw them on the sheet of `DrawDigit`: drawn anew, or MNIST's.

The pen of a drawing has the same width everywhere, and the digit any size and place. MNIST's digits
become such drawings: moved, turned, slanted, thinned to one cell, and drawn over with a pen. What
MNIST's writers rarely wrote (a 1 with a flag, a 7 with a bar, an open 4) is made of lines and arcs.

Nothing here knows ``tests/drawings.py``: those drawings are for the test.
"""

from collections.abc import Callable

import numpy as np

from cnnlib.data.augment import sample

SHEET = 32
Rng = np.random.Generator
Lines = list[np.ndarray]


def drawn_over(images: np.ndarray, rng: Rng) -> np.ndarray:
    """Return grey digits (N, 1, 28, 28) as drawings (N, 1, 32, 32) of zeros and ones."""
    count = len(images)
    zoom, aspect = rng.uniform(0.5, 1.45, count), np.exp(rng.normal(0, 0.1, count))
    angle, slant = np.radians(rng.normal(0, 8, count)), rng.normal(0, 0.15, count)
    cos, sin = np.cos(angle), np.sin(angle)
    room = np.maximum(0, 15.5 - 11.5 * zoom)
    down, right = rng.uniform(-room, room, (2, count))
    place = np.arange(SHEET) - 15.5
    y = (place[None, :, None] - down[:, None, None]) / zoom[:, None, None]
    x = (place[None, None, :] - right[:, None, None]) / (zoom * aspect)[:, None, None]
    turned_x = cos[:, None, None] * x - sin[:, None, None] * y + slant[:, None, None] * y
    turned_y = cos[:, None, None] * y + sin[:, None, None] * x
    grey = sample(images, turned_y + 13.5, turned_x + 13.5)
    sheets = grey > rng.uniform(0.25, 0.65, (count, 1, 1, 1))
    again = rng.random(count) < 0.6
    pens = np.minimum(rng.integers(1, 5, count), np.maximum(1, 4 * zoom).astype(int))
    sheets[again] = _with_pens(thinned(sheets[again]), pens[again])
    return sheets.astype(np.float32)


def thinned(sheets: np.ndarray) -> np.ndarray:
    """Return drawings of booleans thinned to lines of one cell (Zhang & Suen, 1984)."""
    ink = np.pad(sheets, [(0, 0)] * (sheets.ndim - 2) + [(1, 1), (1, 1)])
    core = (..., slice(1, -1), slice(1, -1))
    ring = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]
    changed = True
    while changed:
        changed = False
        for sides in ((0, 2, 4, 2, 4, 6), (0, 2, 6, 0, 4, 6)):
            around = [np.roll(ink, (-row, -column), (-2, -1))[core] for row, column in ring]
            count = np.sum(around, axis=0)
            rises = np.sum(
                [~a & b for a, b in zip(around, around[1:] + around[:1], strict=True)], axis=0
            )
            open_sides = [
                ~(around[a] & around[b] & around[c]) for a, b, c in (sides[:3], sides[3:])
            ]
            gone = ink[core] & (count >= 2) & (count <= 6) & (rises == 1)
            gone &= open_sides[0] & open_sides[1]
            ink[core] &= ~gone
            changed |= bool(gone.any())
    return ink[core]


def _with_pens(lines: np.ndarray, pens: np.ndarray) -> np.ndarray:
    """Draw lines of one cell over with pens of 1 to 4 cells."""
    drawn = lines.copy()
    near = np.arange(-2, 3)
    for pen in range(2, 5):
        own = pens >= pen if pen == 2 else pens == pen
        shift = 0 if pen % 2 else 0.5
        for row, column in np.argwhere(np.hypot(near[:, None] + shift, near + shift) <= pen / 2):
            moved = np.roll(lines[own], (row - 2, column - 2), (-2, -1))
            drawn[own] |= moved
    return drawn


def _arc(x: float, y: float, wide: float, high: float, start: float, end: float) -> np.ndarray:
    """Return points of an ellipse from one angle to another, in degrees from the right upwards."""
    angle = np.radians(np.linspace(start, end, 16))
    return np.stack([x + wide * np.cos(angle), y - high * np.sin(angle)], axis=1)


def _zero(rng: Rng) -> Lines:
    start, wide = rng.uniform(0, 360), rng.uniform(0.15, 0.5)
    return [_arc(0, 0, wide, 0.5, start, start + rng.uniform(335, 400))]


def _one(rng: Rng) -> Lines:
    lean = rng.uniform(-0.1, 0.35)
    top, foot = np.array([lean / 2, -0.5]), np.array([-lean / 2, 0.5])
    lines = [np.stack([top, foot])]
    if rng.random() < 0.75:
        length, angle = rng.uniform(0.15, 0.6), np.radians(rng.uniform(20, 70))
        lines.append(np.stack([top, top + length * np.array([-np.cos(angle), np.sin(angle)])]))
        if rng.random() < 0.4:
            side = rng.uniform(0.12, 0.3, 2)
            lines.append(foot + np.array([[-side[0], 0], [side[1], 0]]))
    return lines


def _four(rng: Rng) -> Lines:
    bar, wide = rng.uniform(0.0, 0.25), rng.uniform(0.25, 0.42)
    left, stem = [-wide, bar], rng.uniform(0.05, 0.8 * wide)
    right = [stem + rng.uniform(0.03, 0.3), bar + rng.normal(0, 0.03)]
    if rng.random() < 0.4:  # closed: from the top of the stem
        return [np.array([[stem, 0.5], [stem, -0.5], left, right])]
    start = [rng.uniform(-wide, 0.0), -0.5]
    lean = rng.uniform(-0.05, 0.15)
    above = rng.uniform(-0.5, bar - 0.2)
    return [np.array([start, left, right]), np.array([[stem + lean, above], [stem - lean, 0.5]])]


def _seven(rng: Rng) -> Lines:
    wide = rng.uniform(0.22, 0.42)
    corner, foot = np.array([wide, -0.5]), np.array([rng.uniform(-0.35, 0.1), 0.5])
    bend = (corner + foot) / 2 + np.array([rng.uniform(-0.12, 0.02), 0])
    t = np.linspace(0, 1, 8)[:, None]
    stem = (1 - t) ** 2 * corner + 2 * t * (1 - t) * bend + t**2 * foot
    bar = np.array([[-wide, -0.5 + rng.normal(0, 0.04)], corner])
    lines = [bar, stem]
    if rng.random() < 0.3:
        lines.append(np.stack([bar[0], bar[0] + [rng.normal(0, 0.03), rng.uniform(0.08, 0.2)]]))
    if rng.random() < 0.5:
        middle, side = bend + np.array([0, rng.uniform(-0.08, 0.08)]), rng.uniform(0.12, 0.28)
        lines.append(middle + np.array([[-side, 0], [side, rng.normal(0, 0.05)]]))
    return lines


def _nine(rng: Rng) -> Lines:
    wide, high = rng.uniform(0.18, 0.32), rng.uniform(0.18, 0.28)
    start = rng.uniform(0, 60)
    loop = _arc(0, high - 0.5, wide, high, start, start + rng.uniform(300, 370))
    top = np.array([wide, rng.uniform(-0.45, high - 0.5)])
    if rng.random() < 0.5:
        return [loop, np.stack([top, [wide + rng.uniform(-0.2, 0.05), 0.5]])]
    hook = rng.uniform(0.1, 0.3)
    low = _arc(wide - hook, 0.5 - hook, hook, hook, 0, rng.uniform(-160, -40))
    return [loop, np.concatenate([top[None], low])]


WRITERS: dict[int, Callable[[Rng], Lines]] = {0: _zero, 1: _one, 4: _four, 7: _seven, 9: _nine}


def written(count: int, rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Return `count` drawings (N, 1, 32, 32) made of lines and arcs, and their digits (N,)."""
    digits = rng.choice(list(WRITERS), count)
    sheets = np.stack([_drawn(WRITERS[digit](rng), rng) for digit in digits])
    return sheets[:, None].astype(np.float32), digits.astype(np.int64)


def _drawn(lines: Lines, rng: Rng) -> np.ndarray:
    """Put lines somewhere onto a sheet, in some size, with some pen."""
    angle, slant = np.radians(rng.normal(0, 6)), rng.normal(0, 0.12)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    bent = [
        (line + rng.normal(0, 0.012, line.shape)) @ [[1, 0], [-slant, 1]] @ turn for line in lines
    ]
    every = np.concatenate(bent)
    low, high = every.min(axis=0), every.max(axis=0)
    size = rng.uniform(11, 30)
    pen = rng.integers(1, min(5, 1 + int(size / 4)))
    scale = (size - pen) / (high - low).max()
    room = np.maximum(0, 31 - pen - (high - low) * scale)
    corner = pen / 2 + rng.random(2) * room
    cells = np.stack(np.meshgrid(np.arange(SHEET), np.arange(SHEET)), axis=-1)[:, :, None]
    sheet = np.zeros((SHEET, SHEET), bool)
    for line in bent:
        points = corner + (line - low) * scale
        start, way = points[:-1], np.diff(points, axis=0)
        along = ((cells - start) * way).sum(-1) / np.maximum(1e-9, (way**2).sum(-1))
        nearest = start + np.clip(along, 0, 1)[..., None] * way
        distance = np.sqrt(((cells - nearest) ** 2).sum(-1)).min(-1)
        sheet |= distance <= pen / 2 + 0.1
    return sheet
