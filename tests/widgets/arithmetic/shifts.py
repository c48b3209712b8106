"""Shifted pictures and their maps: `js/arithmetic/shifts.js`."""

import numpy as np

from . import compares, float32
from ._random import whole


def _grey(x: np.ndarray) -> dict:
    return {"pixels": float32(x), "rows": x.shape[0], "columns": x.shape[1]}


@compares("shifts.partOf")
def _(rng):
    x = rng.integers(0, 99, (9, 8))
    usual = {"top": 0, "left": 0, "stride": 1}
    own = {"top": whole(rng, 0, 2), "left": whole(rng, 0, 2), "stride": whole(rng, 1, 3)}
    said = {name: value for name, value in own.items() if rng.random() < 0.7}
    top, left, stride = (usual | said).values()
    part = x[top::stride, left::stride]
    part = part[: whole(rng, 1, part.shape[0]), : whole(rng, 1, part.shape[1])]
    rows, columns = part.shape
    return [_grey(x), {**said, "rows": rows, "columns": columns}], {
        "pixels": part.ravel(),
        "rows": rows,
        "columns": columns,
    }


@compares("shifts.sameShifted")
def _(rng):
    before, now = rng.integers(0, 3, (2, whole(rng, 1, 6), whole(rng, 1, 6)))
    down, right = whole(rng, -7, 7), whole(rng, -7, 7)
    same = [
        before[i - down, j - right] == now[i, j]
        for i, j in np.ndindex(*now.shape)
        if 0 <= i - down < now.shape[0] and 0 <= j - right < now.shape[1]
    ]
    return [_grey(before), _grey(now), down, right], {"same": sum(same), "all": len(same)}


@compares("shifts.strongest")
def _(rng):
    x = rng.integers(-9, 9, (whole(rng, 1, 6), whole(rng, 1, 6)))
    row, column = np.unravel_index(x.argmax(), x.shape)
    return [_grey(x)], {"value": x.max(), "row": row, "column": column}
