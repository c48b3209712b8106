"""Measured gradients: right for a known function, and a wrong backward pass is found."""

import numpy as np
import pytest

from cnnlib import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from cnnlib.nn.gradient_check import finite_differences, largest_error


def network():
    return Sequential(
        Conv2d(1, 2, 3, rng=0, dtype=np.float64),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(8, 3, rng=1, dtype=np.float64),
    )


def samples():
    rng = np.random.default_rng(5)
    return rng.normal(size=(3, 1, 6, 6)), np.array([2, 0, 1])


def test_differences_of_a_quadratic_are_exact_at_any_step():
    values = np.array([[1.0, -2.0], [0.5, 4.0]])
    for h in (1e-3, 0.5, 3.0):
        measured = finite_differences(lambda x: (x**2).sum(), values, h)
        np.testing.assert_allclose(measured, 2 * values, atol=1e-9)


def test_right_gradients_pass_and_the_parameters_come_back():
    model = network()
    before = [parameter.value.copy() for parameter in model.parameters()]
    assert largest_error(model, *samples()) < 1e-7
    for parameter, value in zip(model.parameters(), before, strict=True):
        np.testing.assert_array_equal(parameter.value, value)


def test_a_wrong_backward_pass_is_found(monkeypatch):
    right = Linear.backward
    monkeypatch.setattr(Linear, "backward", lambda self, g, need=True: right(self, 1.1 * g, need))
    assert largest_error(network(), *samples()) > 1e-3


def test_gradients_that_were_left_there_do_not_count():
    model = network()
    first = largest_error(model, *samples())
    assert largest_error(model, *samples()) == pytest.approx(first)
