"""What is kept of each try, and when a question is due again: `js/parts/answers.js`."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np

from . import compares
from ._random import whole

#: Days that a question waits in each box.
WAIT = [1, 3, 7, 21, 60, 180]
WORDS = ["The + 1 is missing.", "Rounded up.", ""]


def _entry(rng: np.random.Generator) -> dict:
    """Return an entry as it may have been kept, with a past or without."""
    kept = {"tries": whole(rng, 1, 6), "solved": rng.permutation(5)[: whole(rng, 0, 4)].tolist()}
    if rng.random() < 0.8:
        kept |= {"box": whole(rng, 0, 5), "due": whole(rng, 95, 105)}
    if rng.random() < 0.8:
        kept |= {"first": bool(rng.integers(2)), "slips": {WORDS[0]: whole(rng, 1, 3)}}
    return kept


@compares("answers.dayOf")
def _(rng):
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=whole(rng, 0, 10**8))
    behind = whole(rng, -12, 12) * 60
    there = moment.astimezone(timezone(timedelta(minutes=-behind)))
    return [moment.timestamp() * 1000, behind], there.date().toordinal() - 719163


@compares("answers.afterTry")
def _(rng):
    before = _entry(rng) if rng.random() < 0.8 else None
    right, day, slip = bool(rng.integers(2)), 100, str(rng.choice(WORDS))
    result = {"right": right, "set": whole(rng, 0, 4), "slip": "" if right else slip}
    kept = before or {"tries": 0, "solved": []}
    due = kept.get("due", day) <= day
    box = kept.get("box", 0)
    if not right:
        box, day = 0, day + WAIT[0]
    elif due:
        box = box + 1 if box < 5 else 5
        day += WAIT[box]
    else:
        day = kept["due"]
    solved = kept["solved"] + [result["set"]] * (right and result["set"] not in kept["solved"])
    slips = dict(kept.get("slips", {}))
    if result["slip"]:
        slips[slip] = slips.get(slip, 0) + 1
    after = {**kept, "tries": kept["tries"] + 1, "solved": solved, "slips": slips}
    after |= {"box": box, "due": day}
    if not kept["tries"]:
        after["first"] = right
    return [before, result, 100], after


@compares("answers.isDue")
def _(rng):
    if rng.random() < 0.1:
        return [None, 100], False
    kept = _entry(rng)
    return [kept, 100], kept.get("due", 0) <= 100


@compares("answers.nextSet")
def _(rng):
    kept, count = _entry(rng), whole(rng, 1, 5)
    left = set(range(count)) - set(kept["solved"])
    return [kept, count], min(left) if left else kept["tries"] % count


@compares("answers.isEntry")
def _(rng):
    entry = _entry(rng)
    if rng.random() < 0.5:
        return [entry], True
    broken = [
        {**entry, "tries": "1"},
        {**entry, "solved": 3},
        {**entry, "box": 6},
        {**entry, "box": "1"},
        {**entry, "due": 1.5},
        [entry],
        None,
        3,
    ]
    return [broken[rng.integers(len(broken))]], False
