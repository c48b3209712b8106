"""Where a network looks: against a loop, finite differences, and networks whose answer is known."""

import numpy as np
import pytest
from settings import assert_gradient

from cnnlib import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential, softmax
from cnnlib.nn.saliency import input_gradient, occlusion


def build():
    rng = np.random.default_rng(0)
    return Sequential(
        Conv2d(1, 3, 3, padding=1, rng=rng, dtype=np.float64),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(3 * 3 * 2, 4, rng=rng, dtype=np.float64),
    )


IMAGE = np.random.default_rng(1).random((1, 6, 5))


@pytest.mark.parametrize("size", [1, 3, 5])
def test_occlusion_against_a_loop(size):
    model, reach = build(), size // 2
    whole = softmax(model(IMAGE[None]))[0, 2]
    heat = occlusion(model, IMAGE, 2, size)
    assert heat.shape == (6, 5)
    for row, column in np.ndindex(6, 5):
        covered = IMAGE.copy()
        for i, j in np.ndindex(6, 5):
            if abs(i - row) <= reach and abs(j - column) <= reach:
                covered[0, i, j] = 0
        expected = whole - softmax(model(covered[None]))[0, 2]
        assert heat[row, column] == pytest.approx(expected, abs=1e-12)


def test_covering_empty_paper_changes_nothing():
    image = np.zeros((1, 6, 5))
    image[0, 2, 2] = 1
    heat = occlusion(build(), image, 1, size=3)
    assert np.abs(heat[[0, 4, 5]]).max() < 1e-12
    assert np.abs(heat[:, [0, 4]]).max() < 1e-12
    assert abs(heat[2, 2]) > 1e-3


def test_input_gradient_is_that_of_differences_and_leaves_no_trace():
    model = build()
    gradient = input_gradient(model, IMAGE, 3)
    assert_gradient(lambda x: model(x[None])[0, 3], [IMAGE], [gradient], np.random.default_rng(2))
    assert all(parameter.grad is None for parameter in model.parameters())


def test_wrong_calls_are_refused():
    with pytest.raises(ValueError, match="size must be odd"):
        occlusion(build(), IMAGE, 0, size=2)
    for function in (occlusion, input_gradient):
        with pytest.raises(ValueError, match="image must have 3 axes"):
            function(build(), IMAGE[0], 0)


@pytest.mark.parametrize("label", [4, 10, -1])
def test_a_class_that_is_none_is_refused(label):
    for look in (occlusion, input_gradient):
        with pytest.raises(ValueError, match="label must be"):
            look(build(), IMAGE, label)
