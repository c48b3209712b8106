"""The recorded runs of the training chapter: complete, and a run of today agrees with one."""

import numpy as np
import pytest

from cnnlib.data import load_digits
from cnnlib.nn.digit_networks import NETWORKS, fnn, train_on
from cnnlib.nn.evaluation import evaluate
from cnnlib.nn.training_runs import accuracy_table, training_runs


def test_every_training_has_five_seeds_of_both_accuracies():
    runs = [each for test in training_runs("tests").values() for each in test.values()]
    assert len(runs) == 4 * len(NETWORKS)
    runs += training_runs("rates").values()
    runs += [each for network in training_runs("few").values() for each in network.values()]
    for run in runs:
        assert {name: values.shape for name, values in run.items()} == {"train": (5,), "test": (5,)}
        assert all(((values > 0.1) & (values <= 1)).all() for values in run.values())


def test_a_fresh_run_agrees_with_its_record():
    """One seed of the cheapest training; other processors round differently, so within 2 points."""
    model = fnn(0, 8)
    train_on(model, load_digits("train"), 0, 40, 3e-3)
    recorded = training_runs("tests")["centred"]["FNN"]["test"][0]
    assert evaluate(model, *load_digits("test")).accuracy == pytest.approx(recorded, abs=0.02)


def test_an_unknown_part_is_named():
    with pytest.raises(ValueError, match="part must be one of edges, tests, rates, few, got 'x'"):
        training_runs("x")


def test_table_averages_over_seeds():
    values = {"train": np.array([0.25, 0.75]), "test": np.array([0.0, 1.0])}
    assert accuracy_table({"a": {"B": values}}).split()[-3:] == ["50.0", "/", "50.0"]
