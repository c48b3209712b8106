"""Digits drawn with a pen, that no network has learned from: 31 ways to write ten digits.

Each way is a few strokes through points (x, y), x to the right and y down, both from 0 to 1. Eight
hands write each of them: points strayed, the whole slanted, turned, stretched and squeezed. Each
drawing then goes onto the sheet of `DrawDigit` at five places in five sizes, with three pens.

No tool may import this file, and nothing may be chosen by what a network makes of it: for that
there are the validation digits of ``tools/train_digits.py``.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cnnlib.widgets._digits import SHEET

#: Digit, how wide it is for its height, and its strokes: ``~`` is a curve, ``-`` has corners.
WAYS = """
0 0.75 ~ 50,0 20,8 2,45 18,92 50,100 82,92 98,50 80,8 50,0
0 0.45 ~ 50,0 12,18 2,50 14,84 50,100 88,82 98,50 86,16 50,0
0 0.7 ~ 70,4 30,4 4,40 14,86 52,100 90,80 97,38 78,8 58,2
0 0.95 ~ 50,0 12,14 0,50 12,86 50,100 88,86 100,50 88,14 55,1
1 0.12 - 50,0 50,100
1 0.4 - 85,0 20,100
1 0.4 - 10,25 70,0 70,100
1 0.55 - 8,28 58,0 58,100 | - 15,100 100,100
1 0.6 - 0,45 85,0 85,100
2 0.7 ~ 4,24 28,2 70,4 92,26 72,58 30,86 2,100 | - 2,100 98,98
2 0.7 ~ 6,22 34,0 80,8 86,36 48,76 14,98 4,86 24,76 60,92 98,98
2 0.65 - 4,6 92,4 4,98 98,98
3 0.65 ~ 8,12 44,0 84,14 78,38 40,47 | ~ 40,47 88,58 94,82 54,100 4,90
3 0.65 - 6,2 92,2 42,40 | ~ 42,40 86,50 96,78 60,100 4,92
3 0.6 ~ 10,6 60,2 86,24 40,46 92,64 84,92 40,100 2,90
4 0.75 - 22,0 4,62 98,62 | - 66,28 66,100
4 0.75 - 70,100 70,0 2,70 98,70
4 0.7 - 10,0 10,50 88,50 | - 84,0 84,100
4 0.8 ~ 30,0 18,30 6,60 | - 6,60 100,56 | - 62,36 54,100
5 0.65 - 90,2 20,2 14,42 | ~ 14,42 56,36 94,62 80,92 40,100 4,90
5 0.65 ~ 14,4 10,44 50,38 92,58 88,88 46,100 4,92 | - 14,4 92,0
6 0.6 ~ 76,0 34,22 8,60 18,92 52,100 88,86 88,62 54,50 16,64
6 0.55 - 60,0 14,60 | ~ 14,60 10,86 44,100 88,88 86,62 50,54 16,68
7 0.7 - 4,4 96,2 40,100
7 0.75 - 2,4 96,2 44,100 | - 22,52 82,48
7 0.7 - 4,20 6,2 98,0 46,100
8 0.6 ~ 80,14 50,0 20,12 24,34 72,60 86,84 52,100 14,84 28,60 74,34 80,14
8 0.6 ~ 50,0 18,10 20,36 50,46 80,36 82,10 50,0 | ~ 50,46 10,62 8,90 50,100 92,90 90,62 50,46
9 0.6 ~ 86,18 50,0 12,16 16,44 52,52 86,36 88,10 | - 88,8 86,100
9 0.6 ~ 88,16 52,0 12,14 14,44 52,52 88,26 90,20 86,66 64,96 20,96
9 0.55 ~ 84,30 54,50 16,42 8,16 44,0 84,14 84,50 48,100
"""
HANDS = 8
PENS = (1, 2, 3)
#: Height of the digit in cells, and where its middle is: in the middle and near the corners.
PLACES = ((28, 0.5, 0.5), (22, 0.3, 0.3), (18, 0.7, 0.3), (15, 0.25, 0.75), (12, 0.8, 0.8))


class Drawing(NamedTuple):
    """One digit as it was drawn: strokes of points (row, column) in cells, and the pen's width."""

    digit: int
    way: int
    strokes: list[np.ndarray]
    pen: int


def curve(points: np.ndarray, steps: int = 8) -> np.ndarray:
    """Return points on the smooth line through `points` (Catmull & Rom, 1974)."""
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        cubic = (3 * (b - c) + d - a) * t**3 + (2 * a - 5 * b + 4 * c - d) * t**2 + (c - a) * t
        parts.append(b + cubic / 2)
    return np.concatenate([*parts, points[-1:]])


def ways() -> Iterator[tuple[int, float, list[tuple[str, np.ndarray]]]]:
    """Yield digit, width and strokes of each way to write."""
    for line in WAYS.strip().splitlines():
        digit, width, *rest = line.split(" ", 2)
        strokes = []
        for stroke in rest[0].split(" | "):
            kind, *points = stroke.split()
            numbers = [[int(n) / 100 for n in point.split(",")] for point in points]
            strokes.append((kind, np.array(numbers)))
        yield int(digit), float(width), strokes


def drawings() -> Iterator[Drawing]:
    """Yield every drawing, always the same ones."""
    for way, (digit, width, strokes) in enumerate(ways()):
        for hand in range(HANDS):
            rng = np.random.default_rng([2026, way, hand])
            written = _by_hand(strokes, width, rng)
            for height, across, down in PLACES:
                for pen in PENS:
                    yield Drawing(digit, way, _placed(written, height, across, down, pen), pen)


def _by_hand(
    strokes: list[tuple[str, np.ndarray]], width: float, rng: np.random.Generator
) -> list[np.ndarray]:
    """Return strokes as somebody writes them, the whole in a box of height 1 around (0, 0)."""
    slant, turn = rng.normal(0, 0.12), np.radians(rng.normal(0, 4))
    wide = width * np.exp(rng.normal(0, 0.12))
    lean = np.array([[wide, 0], [slant, 1]])  # of (x, y) rows: the lower, the further to one side
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    written = []
    for kind, points in strokes:
        strayed = points - 0.5 + rng.normal(0, 0.022, points.shape)
        line = curve(strayed) if kind == "~" else strayed
        written.append(line @ lean @ spin)
    every = np.concatenate(written)
    low, high = every.min(axis=0), every.max(axis=0)
    return [(line - (low + high) / 2) / (high - low).max() for line in written]


def _placed(
    strokes: list[np.ndarray], height: int, across: float, down: float, pen: int
) -> list[np.ndarray]:
    """Return strokes (row, column) in cells of the sheet, all of their ink on it."""
    tall = height - pen  # the ink ends half a pen beyond the line
    every = np.concatenate(strokes) * tall
    room = np.abs(every).max(axis=0) + pen / 2 + 0.5
    middle = np.clip(np.array([across, down]) * SHEET, room, SHEET - 1 - room)
    return [(middle + line * tall)[:, ::-1] for line in strokes]


def inked(drawing: Drawing) -> np.ndarray:
    """Return the sheet (32, 32), 1 where the pen of the widget leaves ink."""
    sheet = np.zeros((SHEET, SHEET), np.float32)
    near = np.arange(-2, 3)
    shift = 0 if drawing.pen % 2 else 0.5
    dot = near[np.argwhere(np.hypot(near[:, None] + shift, near + shift) <= drawing.pen / 2)]
    for stroke in drawing.strokes:
        cells = np.floor(stroke + 0.5)
        start, way = cells[:-1, None], np.diff(cells, axis=0)[:, None]
        steps = np.maximum(1, np.abs(way).max(axis=2, keepdims=True))
        part = np.minimum(np.arange(steps.max() + 1)[None, :, None], steps) / steps
        places = np.floor(start + way * part + 0.5).astype(int).reshape(-1, 1, 2) + dot
        places = places[((places >= 0) & (places < SHEET)).all(axis=2)]
        sheet[places[:, 0], places[:, 1]] = 1
    return sheet
