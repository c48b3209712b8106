"""Intervals against SciPy's Student t, and charts that say what they show."""

import numpy as np
import pytest
from scipy import stats

from cnnlib.figures import draw_curves, draw_runs
from cnnlib.nn.experiments import STUDENT_T, confidence_interval, over_seeds


def test_table_is_students_t():
    freedom = np.arange(1, len(STUDENT_T) + 1)
    np.testing.assert_allclose(STUDENT_T, stats.t.ppf(0.975, freedom), atol=6e-4)


@pytest.mark.parametrize("n", [2, 5, 30])
def test_interval_against_scipy(n):
    values = np.random.default_rng(n).normal(3, 2, n)
    mean, low, high = confidence_interval(values)
    left, right = stats.t.interval(0.95, n - 1, loc=values.mean(), scale=stats.sem(values))
    assert high - low == pytest.approx(right - left, rel=3e-4)  # the table has three decimals
    assert (high + low) / 2 == pytest.approx((right + left) / 2)
    assert mean == pytest.approx(values.mean())


def test_interval_covers_the_truth_in_95_of_100_cases():
    rng = np.random.default_rng(0)
    intervals = [confidence_interval(rng.normal(7, 3, 5)) for _ in range(2000)]
    assert np.mean([i.low < 7 < i.high for i in intervals]) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("values", [[1.0], range(31)])
def test_interval_needs_runs(values):
    with pytest.raises(ValueError, match="values must be 2 to 30 numbers"):
        confidence_interval(list(values))


def test_over_seeds_collects_by_name():
    measured = over_seeds(lambda seed: {"a": seed, "b": -seed}, [3, 5])
    assert measured["a"].tolist() == [3, 5]
    assert measured["b"].tolist() == [-3, -5]
    with pytest.raises(ValueError, match="seeds must not be empty"):
        over_seeds(lambda seed: {}, [])
    with pytest.raises(ValueError, match="the same things"):
        over_seeds(lambda seed: {str(seed): 0.0}, [1, 2])


def test_alt_text_of_runs_is_made_of_their_means():
    groups = {
        "FNN": {"plain": [0.93, 0.95], "moved": [0.18, 0.19]},
        "CNN": {"plain": [0.97, 0.99], "moved": [0.61, 0.70]},
    }
    picture = draw_runs(groups, "share")
    for group in groups.values():
        for values in group.values():
            mean, low, high = (100 * number for number in confidence_interval(values))
            assert f"{mean:.1f} % ({low:.1f} to {high:.1f})" in picture.alt
    assert not any(sign.isdigit() for sign in picture.plain)  # nbval compares it


def test_charts_refuse_what_they_cannot_draw():
    with pytest.raises(ValueError, match="must have measured"):
        draw_runs({"a": {"x": [0, 1]}, "b": {"y": [0, 1]}}, "share")
    with pytest.raises(ValueError, match="groups must be 1 to 4"):
        draw_runs({}, "share")
    with pytest.raises(ValueError, match="curves must be 1 to 4"):
        draw_curves({str(n): ([0], [0]) for n in range(5)}, "x", "y", "five curves")
