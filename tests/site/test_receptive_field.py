"""The receptive field, of a stack and on the photo: every view is the library's."""

import itertools
import random
import re

import numpy as np
import pytest

import cnnlib
from cnnlib.data import load_photo
from cnnlib.nn.architectures import trace
from cnnlib.operations.receptive_fields import receptive_field
from cnnlib.widgets import ReceptiveField
from cnnlib.widgets.receptive_field import LAYER_LIMITS

from .widgets import LINES, READ, SET, all_numbers, focus_cell, in_gallery, marked, number, observe

LAYERS = """root => [...root.querySelectorAll(".cnn-layers tbody tr")].map((row) =>
  [...row.querySelectorAll("[data-told]")].map((cell) => cell.textContent))"""


def set_layer(root, layer: int, values: dict) -> None:
    for name, value in values.items():
        field = root.locator(f"input[aria-label='{name} of layer {layer + 1}']")
        field.fill(str(value))
        field.press("Tab")


def test_presets_have_the_views_of_the_literature(visit):
    root = in_gallery(visit, "receptive-field")
    for network, size in ((cnnlib.LENET5, None), (cnnlib.ALEXNET, 195), (cnnlib.VGG16, 212)):
        root.locator("select[name=preset]").select_option(network.name)
        rows = trace(network.features(), network.input_shape)
        told = [[number(text) for text in line] for line in root.evaluate(LAYERS)]
        assert told == [[row.shape[1], *row.receptive_field] for row in rows]
        if size:
            assert all_numbers(observe(root, READ)["note"])[0] == size


#: Follow many links to the widget, and tell what table and note say after each.
FOLLOW = """async (root, addresses) => {
  const told = [];
  for (const address of addresses) {
    await new Promise((done) => {
      addEventListener("hashchange", () => setTimeout(done, 0), { once: true });
      location.hash = address;
    });
    told.push([(LAYERS)(root), root.querySelector(".cnn-note").textContent]);
  }
  return told;
}""".replace("LAYERS", LAYERS)


def random_stack(rng: random.Random) -> list[list[int]]:
    return [
        [rng.randint(0, 1), *(rng.randint(*limits) for limits in LAYER_LIMITS.values())]
        for _ in range(rng.randint(1, 8))
    ]


def test_random_stacks(visit):
    root = in_gallery(visit, "receptive-field")
    rng = random.Random(12)
    states = [(rng.randint(1, 60), random_stack(rng)) for _ in range(500)]
    addresses = [
        f"#receptive-field?input_size={size}&depth={len(stack)}&stack="
        + ",".join(str(n) for row in stack for n in row)
        for size, stack in states
    ]
    for (size, stack), seen in zip(states, root.evaluate(FOLLOW, addresses), strict=True):
        told, note = seen
        own = ReceptiveField(input_size=size, depth=len(stack))
        own.stack = stack + own.stack[len(stack) :]
        views = [receptive_field(own.layers[: n + 1]) for n in range(len(stack))]
        assert [[number(t) for t in line[1:]] for line in told] == [list(view) for view in views]
        units = size
        for line, layer in zip(told, own.layers, strict=True):
            try:
                units = cnnlib.conv_output_size(
                    units, layer.kernel_size, layer.stride, layer.padding, layer.dilation
                )
            except ValueError:
                units = 0
            assert line[0] == (str(units) if units else "none")
            if not units:
                break
        assert note.startswith("A unit of the last layer sees" if units else "Layer ")
        if not units:
            check_fixes(own, note)


#: What the note says would mend a layer that does not fit.
FIXES = {
    "padding": r"padding (\d+)",
    "dilation": r"dilation (\d+)",
    "kernel_size": r"a kernel of (\d+)",
    "input": r"an input of (\d+)",
}


def check_fixes(own: ReceptiveField, note: str) -> None:
    """Each fix that the note names lets the layer fit, by itself."""
    at = int(all_numbers(note)[0])
    assert f"Layer {at} does not fit" in note
    fixes = {name: re.findall(pattern, note) for name, pattern in FIXES.items()}
    assert len(fixes["kernel_size"]) == 1
    for name, found in fixes.items():
        for value in found:
            units, layers = own.input_size, own.layers[:at]
            if name == "input":
                units = int(value)
            else:
                layers[-1] = layers[-1]._replace(**{name: int(value)})
            for layer in layers:
                units = cnnlib.conv_output_size(
                    units, layer.kernel_size, layer.stride, layer.padding, layer.dilation
                )
            assert units > 0


#: The squares on the photo, the one of the active unit last: column, row and size in shares of it.
SQUARES = """root => [...root.querySelectorAll(".cnn-picture-mark:not([hidden])")].map((mark) =>
  ["left", "top", "width"].map((name) => parseFloat(mark.style[name]) / 100))"""


def test_the_square_on_the_photo_is_the_view_of_the_library(visit):
    root = in_gallery(visit, "receptive-field")
    own = ReceptiveField()
    for level in range(1, own.depth + 1):
        view = receptive_field(own.layers[:level])
        for unit in range(0, 9, 2):
            read = focus_cell(root, f"layer{level}", 0, unit)
            squares = np.array(root.evaluate(SQUARES)) * own.input_size
            assert len(squares) == level  # one inside the other
            column, row, size = squares[-1]
            assert size == pytest.approx(view.size, abs=1e-3)
            assert column == pytest.approx(view.start + unit * view.jump, abs=1e-3)
            assert abs(row + (size - 1) / 2 - own.row) <= view.jump / 2 + 1e-3
            assert f"{view.size}×{view.size} of 24×24 pixels" in read["readout"]
            assert "in the padding" not in read["readout"]
            for inner, outer in itertools.pairwise(squares):
                assert (outer[:2] - 1e-3 <= inner[:2]).all()
                assert (inner[:2] + inner[2] <= outer[:2] + outer[2] + 1e-3).all()


def test_what_a_unit_misses_in_the_padding_is_told(visit):
    root = in_gallery(visit, "receptive-field")
    padded = "receptive-field?input_size=9&depth=1&stack=0,5,1,1,2"
    root.page.evaluate("hash => void (location.hash = hash)", padded)
    root.locator("[data-grid=layer1] [data-column='8']").wait_for(state="attached")
    for unit, lost in enumerate([2, 1, 0, 0, 0, 0, 0, 1, 2]):
        told = focus_cell(root, "layer1", 0, unit)["readout"]
        assert (f"; {lost} of them lie in the padding" in told) == (lost > 0)


def test_the_square_grows_layer_by_layer_and_follows_the_keys(visit):
    root = in_gallery(visit, "receptive-field")
    own, sizes = ReceptiveField(), []
    for level in range(own.depth + 1):
        root.evaluate(SET, {"position": level})
        sizes.append(round(root.evaluate(SQUARES)[-1][2] * own.input_size))
    assert sizes == [1] + [receptive_field(own.layers[: n + 1]).size for n in range(own.depth)]
    root.evaluate(SET, {"moment": 10})
    growing = root.evaluate(SQUARES)[-1][2] * own.input_size
    assert growing == pytest.approx((sizes[-2] + sizes[-1]) / 2, abs=1e-3)
    root.evaluate(SET, {"moment": 20})
    before = np.array(root.evaluate(SQUARES)[-1]) * own.input_size
    root.locator("canvas.cnn-picture").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight"):
        root.page.keyboard.press(key)
    root.evaluate(SET, {})
    after = np.array(root.evaluate(SQUARES)[-1]) * own.input_size
    assert after - before == pytest.approx([own.view.jump, own.view.jump, 0], abs=1e-3)


def test_the_photo_is_that_of_the_library(visit):
    root = in_gallery(visit, "receptive-field")
    root.evaluate(SET, {"input_size": 128})
    pixels = root.evaluate(
        """root => [...root.querySelector("canvas.cnn-picture").getContext("2d")
        .getImageData(0, 0, 128, 128).data].filter((_, at) => at % 4 === 0)"""
    )
    means = load_photo().mean(axis=0).reshape(128, 2, 128, 2).mean(axis=(1, 3))
    np.testing.assert_array_equal(np.reshape(pixels, (128, 128)), means.round())


def test_x1_and_x5_meet_in_g3_and_not_before(visit):
    """The lecture's drawing (3.5): lines lead from a unit to its inputs, through all layers."""
    root = in_gallery(visit, "receptive-field")
    root.locator("select[name=preset]").select_option("two layers of 3")
    for column in range(5):
        read = focus_cell(root, "layer1", 0, column)
        seen = {c + 1 for _, c in marked(read["grids"]["layer0"], "window")}
        assert seen == {c + 1 for c in range(column - 1, column + 2) if 0 <= c < 5}
        assert not {1, 5} <= seen
        assert len(root.evaluate(LINES)) == len(seen)
    read = focus_cell(root, "layer2", 0, 2)
    assert "g3 of layer 2 sees 5 inputs" in read["readout"]
    assert len(marked(read["grids"]["layer0"], "window")) == 5
    assert len(root.evaluate(LINES)) == 3 + 9


def test_a_deep_network_shows_its_last_layers_and_says_so(visit):
    root = in_gallery(visit, "receptive-field")
    for network in (cnnlib.ALEXNET, cnnlib.VGG16):
        root.locator("select[name=preset]").select_option(network.name)
        read = observe(root, READ)
        rows = trace(network.features(), network.input_shape)
        drawn = sorted(int(name.removeprefix("layer")) for name in read["grids"])
        assert f"The drawing shows layer {drawn[0]} to layer {drawn[-1]}" in read["readout"]
        assert drawn == list(range(drawn[0], len(rows) + 1))
        for level in drawn:
            assert len(read["grids"][f"layer{level}"][0]) == rows[level - 1].shape[1]
        assert len(root.evaluate(LINES)) > 0


def test_a_typed_layer_changes_the_drawing(visit):
    root = in_gallery(visit, "receptive-field")
    set_layer(root, 0, {"kernel": 5})
    assert root.evaluate(LAYERS)[0][1] == "5"
    seen = focus_cell(root, "layer1", 0, 2)
    assert marked(seen["grids"]["layer0"], "window") == {(0, c) for c in range(2, 7)}
    set_layer(root, 0, {"kernel": 99})
    assert "became 15" in observe(root, READ)["words"]
