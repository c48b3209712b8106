"""The explorer as a Python object: traits, errors, repr, picture, and its joined JavaScript."""

import re

import numpy as np
import pytest
from traitlets import TraitError

import cnnlib
from cnnlib.widgets import ConvolutionExplorer
from cnnlib.widgets._base import JS
from cnnlib.widgets.explorer import LIMITS


def test_repr_is_the_call_and_never_changes():
    widget = ConvolutionExplorer(height=5, stride=2)
    text = "ConvolutionExplorer(height=5, width=7, kernel_size=3, stride=2, padding=0, dilation=1)"
    assert repr(widget) == text
    assert repr(eval(text)) == text


def test_values_given_as_arrays_set_the_sizes():
    x, w = np.arange(12).reshape(3, 4), np.array([[1, 2], [3, 4.5]])
    widget = ConvolutionExplorer(input=x, weight=w, padding=1)
    np.testing.assert_array_equal(widget.input, x)
    np.testing.assert_array_equal(widget.weight, w)
    expected = cnnlib.conv2d(x[None, None], w[None, None], padding=1)[0, 0]
    np.testing.assert_array_equal(widget.output, expected)


def test_output_says_why_there_is_none():
    with pytest.raises(ValueError, match="kernel reaches 5 cells"):
        _ = ConvolutionExplorer(height=4, dilation=2).output


@pytest.mark.parametrize("name", [name for name in LIMITS if name != "value"])
def test_nonsense_is_refused_with_the_reason(name):
    low, high = LIMITS[name]
    for wrong in (low - 1, high + 1, 2.5, "3", None):
        with pytest.raises(TraitError, match=name):
            ConvolutionExplorer(**{name: wrong})


@pytest.mark.parametrize(
    ("traits", "words"),
    [
        ({"values": [[1]]}, "16 lists of 16"),
        ({"values": [["x"] * 16] * 16}, r"values\[0\]\[0\] must be a number"),
        ({"weights": [[float("nan")] * 9] * 9}, "from -99 to 99, got nan"),
        ({"weights": [[100] * 9] * 9}, "got 100"),
        ({"input": np.zeros((17, 3))}, r"input must have 1 to 16 .* got shape \(17, 3\)"),
        ({"input": np.zeros((0, 3))}, "1 to 16"),
        ({"weight": np.zeros((2, 3))}, "square"),
        ({"input": np.full((3, 3), 1e6)}, "from -99 to 99"),
        ({"key": "<script>"}, "letters, digits and -"),
        ({"sliders": ["height", "nonsense"]}, "sliders"),
        ({"position": -1}, "position"),
    ],
)
def test_wrong_values_are_refused_with_the_reason(traits, words):
    with pytest.raises((TraitError, ValueError), match=words):
        ConvolutionExplorer(**traits)


def test_unknown_argument_is_refused():
    with pytest.raises(TypeError, match=r"has no 'strid'; its traits are .*'stride'"):
        ConvolutionExplorer(strid=2)


def test_output_form_has_view_picture_and_words():
    widget = ConvolutionExplorer(stride=2, padding=1)
    data, metadata = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"].startswith(repr(widget))
    assert "4 by 4 output" in data["text/plain"]
    assert metadata["image/png"]["alt"] == widget.picture().alt
    assert widget.picture().png == widget.picture().png  # the same bits each time
    assert "no output" in ConvolutionExplorer(height=2).picture().alt


def test_modules_import_only_each_other():
    for path in JS.rglob("*.js"):
        for module in re.findall(r'from "([^"]+)"', path.read_text(encoding="utf-8")):
            assert module.startswith("."), (path.name, module)
            assert (path.parent / module).exists()
