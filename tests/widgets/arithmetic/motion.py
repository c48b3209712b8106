"""What flies at a moment of the shared motion: `js/parts/motion.js`."""

from functools import reduce

import numpy as np

from . import compares
from ._random import whole

GLIDE, LIFT, FALL, LAND = 0, 0.2, 0.5, 0.85
WORDS = {GLIDE: "moving", LIFT: "multiplying", FALL: "adding up", LAND: "landing"}


def _moment(rng: np.random.Generator) -> float:
    """Return a moment; some stand where a part of the motion begins, or at its ends."""
    if rng.random() < 0.3:
        return float(rng.choice([GLIDE, LIFT, FALL, LAND, 1, 1]))
    return float(rng.random())


def _smooth(t: float) -> float:
    """Return how far one has come that is slow at both ends: flat there, and halfway in half."""
    return float(np.polynomial.Polynomial([0, 0, 3, -2])(t))


def _own(moment: float, at: int, count: int, start: float, end: float) -> float:
    """Return how far one of `count` has come; each takes three of the `count + 2` parts."""
    parts = np.linspace(start, end, count + 3)
    return float(np.interp(moment, [parts[at], parts[at + 3]], [0, 1]))


@compares("motion.ease")
def _(rng):
    t = float(rng.random())
    return [t], _smooth(t)


@compares("motion.between")
def _(rng):
    t, start, end = rng.random(), 0.4 * rng.random(), 0.5 + 0.4 * rng.random()
    return [t, start, end], np.interp(t, [start, end], [0, 1])


@compares("motion.mix")
def _(rng):
    a, b, t = rng.integers(0, 99, 2), rng.integers(0, 99, 2), rng.random()
    points = [{"x": x, "y": y} for x, y in (a, b)]
    return [*points, t], dict(zip("xy", (1 - t) * a + t * b, strict=True))


@compares("motion.glideAt")
def _(rng):
    moment = _moment(rng)
    return [moment], _smooth(np.interp(moment, [GLIDE, LIFT], [0, 1]))


@compares("motion.fallenBy")
def _(rng):
    count, moment = whole(rng, 1, 9), _moment(rng)
    ends = np.linspace(FALL, LAND, count + 3)[3:]
    return [count, moment], sum(moment >= ends)


@compares("motion.momentInWords")
def _(rng):
    moment = _moment(rng)
    own = {"fall": "choosing"} if rng.random() < 0.5 else None
    begun = max(start for start in WORDS if start <= moment)
    said = "choosing" if own and begun == FALL else WORDS[begun]
    return [moment, *([own] if own else [])], "done" if moment >= 1 else said


def _flight(rng: np.random.Generator) -> dict:
    size = whole(rng, 10, 40)
    alone = bool(rng.random() < 0.2)
    products = [
        {
            "from": {"x": whole(rng, 0, 99), "y": whole(rng, 0, 99)},
            "factors": f"{at}·2",
            "value": whole(rng, -9, 9),
            "colour": f"colour {at}",
            **({"to": {"x": 200, "y": whole(rng, 0, 99)}} if alone else {}),
        }
        for at in range(whole(rng, 1, 6))
    ]
    to = {"x": whole(rng, 0, 99), "y": whole(rng, 0, 99)}
    return {"products": products, "to": to, "sum": "the sum", "size": size, "colour": "green"}


def _in_words(number: int) -> str:
    return str(number).replace("-", "−")


@compares("motion.sceneAt")
def _(rng):
    flight, moment = _flight(rng), _moment(rng)
    if rng.random() < 0.4:  # while some are there already
        moment = float(rng.uniform(FALL, LAND))
    products, to, size = flight["products"], flight["to"], flight["size"]
    extra, gather = {}, lambda total, value: total + value
    if rng.random() < 0.4:  # the larger one stays
        extra, gather = {"start": -99, "gather": {"function": "Math.max"}}, max
    elif rng.random() < 0.5:
        extra = {"start": whole(rng, -9, 9)}
    given = [{**flight, **extra}, moment]
    if moment < LIFT or moment >= 1:
        return given, []
    side = np.sign(np.mean([one["from"]["x"] for one in products]) - to["x"]) or 1
    place = np.array([to["x"] + side * 1.6 * size, to["y"]])
    sprites, landed, count = [], [], len(products)
    for at, one in enumerate(products):
        lifted = _smooth(_own(moment, at, count, LIFT, FALL))
        fallen = _smooth(_own(moment, at, count, FALL, LAND))
        if fallen >= 1:
            landed += [] if "to" in one else [one["value"]]
        elif lifted > 0:
            start = np.array([one["from"]["x"], one["from"]["y"] - 0.35 * size * lifted])
            end = np.array([one["to"]["x"], one["to"]["y"]]) if "to" in one else place
            x, y = (1 - fallen) * start + fallen * end
            text = one["factors"] if lifted < 0.6 else _in_words(one["value"])
            look = {"text": text, "colour": one["colour"], "opacity": min(1, 2 * lifted)}
            sprites.append({"x": x, "y": y, "size": size * (0.8 + 0.15 * lifted), **look})
    if landed:
        total = reduce(gather, landed, extra.get("start", 0))
        text = "the sum" if len(landed) == count else _in_words(total)
        t = _smooth(np.interp(moment, [LAND, 1], [0, 1]))
        x, y = (1 - t) * place + t * np.array([to["x"], to["y"]])
        look = {"text": text, "colour": "green", "opacity": 1}
        sprites.append({"x": x, "y": y, "size": size * (1.25 - 0.25 * t), **look})
    return given, sprites


@compares("motion.turnAt")
def _(rng):
    cells = [
        {"x": whole(rng, 0, 99), "y": whole(rng, 0, 99), "text": str(at), "colour": "blue"}
        for at in range(whole(rng, 1, 9))
    ]
    centre, moment = {"x": whole(rng, 0, 99), "y": whole(rng, 0, 99)}, _moment(rng)
    given = [cells, centre, 20, moment]
    if moment >= 1:
        return given, []
    middle = complex(centre["x"], centre["y"])
    turn = np.exp(1j * np.pi * (_smooth(moment) - 1))
    places = [middle + turn * (complex(cell["x"], cell["y"]) - middle) for cell in cells]
    look = {"size": 17, "opacity": 1}
    return given, [
        {**cell, **look, "x": at.real, "y": at.imag} for cell, at in zip(cells, places, strict=True)
    ]
