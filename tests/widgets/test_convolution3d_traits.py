"""The 3D convolution as a Python object: traits, errors, repr, picture."""

from itertools import pairwise

import numpy as np
import pytest
from traitlets import TraitError

import cnnlib
from cnnlib.widgets import Convolution3d
from cnnlib.widgets.convolution3d import CLIPS, KERNELS, LIMITS


def test_repr_is_the_call_and_never_changes():
    widget = Convolution3d(motion="up", stride=2)
    text = "Convolution3d(motion='up', kernel_depth=3, kernel_size=3, stride=2, padding=0)"
    assert repr(widget) == text
    assert repr(eval(text)) == text


def test_the_dot_is_one_pixel_that_moves_one_step_a_frame():
    for name, clip in CLIPS.items():
        places = [np.argwhere(frame) for frame in np.array(clip)]
        assert all(len(place) == 1 for place in places)
        steps = {tuple(b[0] - a[0]) for a, b in pairwise(places)}
        moves = {"right": (0, 1), "left": (0, -1), "down": (1, 0), "up": (-1, 0), "still": (0, 0)}
        assert steps == {moves[name]}


@pytest.mark.parametrize("name", KERNELS)
def test_a_named_kernel_and_its_numbers_are_the_same(name):
    kernel = np.array(KERNELS[name])
    widget = Convolution3d(kernel, padding=1)
    np.testing.assert_array_equal(widget.weight, kernel)
    np.testing.assert_array_equal(widget.output, Convolution3d(name, padding=1).output)
    expected = cnnlib.reference.conv(widget.input[None], kernel[None, None], padding=1)[0]
    np.testing.assert_array_equal(widget.output, expected)


@pytest.mark.parametrize("name", [name for name in LIMITS if name != "value"])
def test_nonsense_is_refused_with_the_reason(name):
    low, high = LIMITS[name]
    for wrong in (low - 1, high + 1, 1.5, "1", None):
        with pytest.raises(TraitError, match=name):
            Convolution3d(**{name: wrong})


@pytest.mark.parametrize(
    ("traits", "words"),
    [
        ({"kernel": "sobel"}, "one of motion to the right, .* got 'sobel'"),
        ({"kernel": np.zeros((4, 3, 3))}, "1 to 3 slices"),
        ({"kernel": np.zeros((2, 2, 3))}, "1 to 3 slices"),
        ({"kernel": np.zeros((2, 2))}, "kernel"),
        ({"kernel": np.full((1, 1, 1), np.inf)}, "from -99 to 99"),
        ({"motion": "sideways"}, "motion"),
        ({"weights": [[1]]}, "9 lists of 3"),
    ],
)
def test_wrong_values_are_refused_with_the_reason(traits, words):
    with pytest.raises((TraitError, ValueError), match=words):
        Convolution3d(**traits)


def test_picture_has_words():
    picture = Convolution3d().picture()
    assert "a dot moves right" in picture.alt
    assert "the largest number 2" in picture.alt
    assert picture.png == Convolution3d().picture().png
