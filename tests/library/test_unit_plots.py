"""Rows of units: what is said to read what, against where numbers arrive in a real layer."""

import io

import numpy as np
import pytest
from matplotlib.image import imread

from cnnlib import LayerSpec, avg_pool2d, conv1d, conv2d
from cnnlib.figures import draw_rows, draw_units, reads_along, seen_from
from cnnlib.widgets import Connections, ReceptiveField

STACKS = [
    (9, [LayerSpec("conv", 3), LayerSpec("conv", 3)]),
    (
        12,
        [LayerSpec("conv", 3, padding=1), LayerSpec("avg_pool", 2, stride=2), LayerSpec("conv", 2)],
    ),
    (15, [LayerSpec("conv", 3, stride=2, dilation=2, padding=2), LayerSpec("conv", 3, padding=1)]),
    (10, [LayerSpec("avg_pool", 3, stride=2, padding=1), LayerSpec("conv", 2, dilation=3)]),
]
KERNEL_ORANGE = (0xE6, 0x9F, 0x00)


def run(layer: LayerSpec, x: np.ndarray) -> np.ndarray:
    """One layer on (units,) numbers, with weights of 1."""
    if layer.kind == "avg_pool":
        window = [(1, n) for n in (layer.kernel_size, layer.stride)]
        return avg_pool2d(x[None, None], *window, (0, layer.padding))[0, 0]
    weight = np.ones((1, 1, layer.kernel_size))
    return conv1d(x[None], weight, None, layer.stride, layer.padding, layer.dilation)[0]


@pytest.mark.parametrize(("size", "layers"), STACKS)
def test_units_read_what_reaches_them(size, layers):
    below = size
    for layer in layers:
        arriving = np.stack([run(layer, one) for one in np.eye(below)])  # input × output
        reads = reads_along(below, layer)
        assert reads == [list(np.flatnonzero(column)) for column in arriving.T]
        below = len(reads)


@pytest.mark.parametrize(("size", "layers"), STACKS)
def test_a_unit_sees_what_reaches_it_through_all_layers(size, layers):
    arriving = np.eye(size)
    reads = []
    for layer in layers:
        reads.append(reads_along(arriving.shape[1], layer))
        arriving = np.stack([run(layer, one) for one in arriving])
    for unit in range(arriving.shape[1]):
        assert seen_from(reads, unit)[0] == set(np.flatnonzero(arriving[:, unit]))


@pytest.mark.parametrize("kind", ["local", "shared"])
@pytest.mark.parametrize(("size", "kernel_size"), [(4, 2), (5, 3), (6, 5), (1, 1)])
def test_neurons_read_the_pixels_of_their_window(kind, size, kernel_size):
    pixels = np.eye(size**2).reshape(-1, 1, size, size)
    arriving = conv2d(pixels, np.ones((1, 1, kernel_size, kernel_size))).reshape(size**2, -1)
    reads = Connections(kind=kind, size=size, kernel_size=kernel_size).reads()
    assert reads == [list(np.flatnonzero(column)) for column in arriving.T]
    dense = Connections(kind="dense", size=size, kernel_size=kernel_size)
    assert np.sum([len(pixels) for pixels in dense.reads()]) == dense.weights["dense"]
    assert np.sum([len(pixels) for pixels in reads]) == dense.weights["local"]


def orange_pixels(picture) -> int:
    image = imread(io.BytesIO(picture.png))
    bytes_ = (image[..., :3] * 255).round().astype(int)
    return int(np.all(np.abs(bytes_ - KERNEL_ORANGE) <= 2, axis=-1).sum())


@pytest.mark.parametrize(
    "widget",
    [
        Connections(),
        Connections(kind="dense", size=6),
        ReceptiveField(),
        ReceptiveField([LayerSpec("conv", 3, stride=2)] * 3, input_size=90),
    ],
    ids=repr,
)
def test_a_widget_without_javascript_draws_its_lines(widget):
    assert orange_pixels(widget.picture()) > 50, "lines in the colour of the kernel"


def test_where_nothing_can_be_drawn_words_say_so():
    assert "kernel reaches 5" in Connections(size=2, kernel_size=5).picture().alt
    for widget in (ReceptiveField(input_size=1), ReceptiveField(input_size=200)):
        picture = widget.picture()
        assert "layer 3 sees 8" in picture.alt
        assert orange_pixels(picture) == 0


def test_more_lines_are_strong_where_more_is_reached():
    names = [["x1", "x2", "x3"], ["h1", "h2"]]
    reads = [[[0, 1], [1, 2]]]
    none = draw_rows(names, reads, [set(), set()], "nothing reached")
    one = draw_rows(names, reads, [{0, 1}, {0}], "one reached")
    both = draw_rows(names, reads, [{0, 1, 2}, {0, 1}], "both reached")
    assert 0 == orange_pixels(none) < orange_pixels(one) < orange_pixels(both)


def test_words_name_units_that_do_not_lie_side_by_side():
    picture = draw_units(5, [LayerSpec("conv", 3, dilation=2)], unit=0)
    assert picture.alt.endswith("h1 reads x1, x3, x5.")


@pytest.mark.parametrize(
    ("layers", "unit", "word"),
    [
        ([], 0, "layers must be 1 to 4, got 0"),
        ([LayerSpec("conv", 2)] * 5, 0, "layers must be 1 to 4, got 5"),
        ([LayerSpec("conv", 2)], 8, "unit must be from 0 to 7, got 8"),
        ([LayerSpec("conv", 2)], -1, "unit must be from 0 to 7, got -1"),
        ([LayerSpec("conv", 10)], 0, "kernel reaches 10 cells"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_reason(layers, unit, word):
    with pytest.raises(ValueError, match=word):
        draw_units(9, layers, unit)
