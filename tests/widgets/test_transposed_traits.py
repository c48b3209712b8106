"""The transposed convolution as a Python object: traits, errors, repr, picture."""

import numpy as np
import pytest
from traitlets import TraitError

import cnnlib
from cnnlib.widgets import TransposedConvolution
from cnnlib.widgets.transposed_convolution import LIMITS


def test_repr_is_the_call_and_never_changes():
    widget = TransposedConvolution(dimensions="2D", stride=3)
    assert repr(widget).startswith("TransposedConvolution(dimensions='2D', size=3, kernel_size=3")
    assert repr(eval(repr(widget))) == repr(widget)
    assert "0x" not in repr(widget)


def test_arrays_set_sizes_and_dimensions():
    x, w = np.arange(4).reshape(2, 2), np.array([[1, 2, 0], [3, 4.5, 1], [0, 1, 2]])
    widget = TransposedConvolution(x, w, stride=2, padding=1, output_padding=1)
    assert (widget.dimensions, widget.size, widget.kernel_size) == ("2D", 2, 3)
    expected = cnnlib.conv_transpose2d(x[None], w[None, None], None, 2, 1, 1)[0]
    np.testing.assert_array_equal(widget.output, expected)
    assert TransposedConvolution([1, 2]).dimensions == "1D"


def test_matrix_is_the_transpose_of_the_convolutions():
    widget = TransposedConvolution(dimensions="2D", size=2, padding=1)
    direct = cnnlib.conv_matrix(widget.weight, widget.output.shape, stride=2, padding=1)
    np.testing.assert_array_equal(widget.matrix, direct.T)
    np.testing.assert_array_equal(widget.matrix @ widget.input.ravel(), widget.output.ravel())


def test_colliding_sizes_are_those_that_a_convolution_maps_here():
    assert TransposedConvolution(size=3, kernel_size=3, padding=1).colliding_sizes == [5, 6]
    assert TransposedConvolution(size=1, kernel_size=1, padding=3).colliding_sizes == []
    assert TransposedConvolution(stride=1).colliding_sizes == [5]


@pytest.mark.parametrize("name", [name for name in LIMITS if name != "value"])
def test_nonsense_is_refused_with_the_reason(name):
    low, high = LIMITS[name]
    for wrong in (low - 1, high + 1, 2.5, "3", None):
        with pytest.raises(TraitError, match=name):
            TransposedConvolution(**{name: wrong})


@pytest.mark.parametrize(
    ("traits", "words"),
    [
        ({"values": [[1]]}, "4 lists of 4"),
        ({"weights": [[float("nan")] * 4] * 4}, "got nan"),
        ({"input": np.zeros(5)}, "1 to 4 columns"),
        ({"input": np.zeros((2, 3))}, "square"),
        ({"input": np.zeros((2, 2)), "weight": [1, 2]}, "as many axes as input, got 1 and 2"),
        ({"input": np.zeros((1, 2, 2))}, "input"),
        ({"dimensions": "3D"}, "dimensions"),
        ({"view": "all"}, "view"),
        ({"key": "<b>"}, "letters, digits and -"),
    ],
)
def test_wrong_values_are_refused_with_the_reason(traits, words):
    with pytest.raises((TraitError, ValueError), match=words):
        TransposedConvolution(**traits)


def test_picture_has_words_and_says_why_there_is_no_output():
    widget = TransposedConvolution()
    assert "output [3, 1, 8, 2, 13, 3, 6]" in widget.picture().alt
    assert widget.picture().png == widget.picture().png
    assert "No output" in TransposedConvolution(output_padding=2).picture().alt
