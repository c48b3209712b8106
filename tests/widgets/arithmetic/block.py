"""Where the sheets of a block stand, and the rods between them: `js/parts/block.js`."""

import numpy as np

from . import compares
from ._random import whole

SLOPE, APART = 0.16, (6, 30)


def _rounded(value: float) -> float:
    return float(np.floor(value + 0.5))


def _place(rng: np.random.Generator) -> dict:
    place = {"x": whole(rng, 0, 50), "y": whole(rng, 0, 50), "size": whole(rng, 8, 30)}
    return place | ({"slope": SLOPE} if rng.random() < 0.7 else {})


def _point(place: dict, row: float, column: float) -> np.ndarray:
    """Return a point by the two directions of the grid's lines."""
    across = np.array([1, -place.get("slope", 0)])
    return np.array([place["x"], place["y"]]) + place["size"] * (column * across + [0, row])


@compares("block.cellOfSheets")
def _(rng):
    slot = {"width": whole(rng, 200, 800), "height": whole(rng, 50, 400)}
    count = whole(rng, 1, 6)
    rows, columns = rng.integers(0, 10, 2).tolist() if rng.random() < 0.8 else (0, 0)

    def fits(size: float) -> bool:
        across = count * max(1, columns) * size + (count - 1) * APART[0]
        down = max(1, rows + SLOPE * columns) * size
        return across <= slot["width"] and down <= slot["height"]

    return [slot, count, rows, columns], lambda got: fits(got - 1e-6) and not fits(got + 1e-6)


@compares("block.placeOfSheet")
def _(rng):
    slot = {"x": whole(rng, 0, 50), "y": whole(rng, 0, 50), "width": whole(rng, 200, 800)}
    count, columns, size = whole(rng, 1, 6), whole(rng, 1, 9), whole(rng, 8, 40)
    at, own = whole(rng, 0, count - 1), columns * size
    # the last one ends where the slot does, unless they would stand too far apart
    step = np.diff(np.linspace(slot["x"], slot["x"] + slot["width"] - own, count))
    step = min(own + APART[1], step[0]) if count > 1 else 0
    left = _rounded(slot["x"] + at * step)
    lowered = _rounded(slot["y"] + SLOPE * own)
    expected = {"x": left, "left": left, "y": lowered, "top": slot["y"], "size": size}
    return [slot, at, count, columns, size], expected | {"slope": SLOPE}


@compares("block.pointOn")
def _(rng):
    place, row, column = _place(rng), whole(rng, 0, 9), whole(rng, 0, 9)
    return [place, row, column], _point(place, row, column)


def _rods(boxes: list[dict], places: list[dict]) -> str:
    """Return lines from each corner of a box on one sheet to that of another on the next."""
    made = ""
    for beside in (0, 1):
        for below in (0, 1):
            ends = []
            for box, place in zip(boxes, places, strict=True):
                row, column = box["row"] + below * box["rows"], box["column"]
                point = _point(place, row, column + beside * box["columns"])
                ends.append(" ".join(f"{_rounded(10 * at) / 10:g}" for at in point))
            made += f"M{ends[0]}L{ends[1]}"
    return made


@compares("block.rodsOf")
def _(rng):
    panels, frames = [], []
    shape = {"rows": whole(rng, 1, 4), "columns": whole(rng, 1, 4)}  # of all sheets of a block
    for number in range(whole(rng, 1, 5)):
        panels.append(
            {"grid": {"name": f"g{number}"}, "stack": rng.choice(["", "a", "b"]), **shape}
        )
        if rng.random() < 0.7:
            window = {"row": whole(rng, 0, 2), "column": whole(rng, 0, 2), "rows": 1, "columns": 2}
            frames.append({"grid": f"g{number}", **window})
    panels = [{**panel, "stack": str(panel["stack"])} for panel in panels]
    places = [_place(rng) for _ in panels]
    framed = {frame["grid"]: frame for frame in frames}
    rods, window_rods = "", ""
    for one, two, *both in zip(panels, panels[1:], places, places[1:], strict=False):
        if not one["stack"] or one["stack"] != two["stack"]:
            continue
        whole_sheets = [{"row": 0, "column": 0, **panel} for panel in (one, two)]
        rods += _rods(whole_sheets, both)
        windows = [framed.get(panel["grid"]["name"]) for panel in (one, two)]
        if all(windows):
            window_rods += _rods(windows, both)
    return [panels, places, frames], [
        {"class": "cnn-line rod", "d": rods},
        {"class": "cnn-line window-rod", "d": window_rods},
    ]
