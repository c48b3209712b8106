"""Variants, receptive field and frames: every count and every view is the library's."""

import random

import pytest

import cnnlib
from cnnlib.cost import VARIANTS
from cnnlib.networks import receptive_field, trace
from cnnlib.widgets import Frames, ReceptiveField, Variants
from cnnlib.widgets.receptive_field import LAYER_LIMITS
from cnnlib.widgets.variants import LIMITS

from .widgets import PAGE, READ, SET, all_numbers, focus_cell, marked, number, widget

BARS = """root => Object.fromEntries([...root.querySelectorAll("tr[data-variant]")].map((row) =>
  [row.dataset.variant, [...row.querySelectorAll(".cnn-bar-number")].map((n) => n.textContent)]))"""
LAYERS = """root => [...root.querySelectorAll(".cnn-layers tbody tr")].map((row) =>
  [...row.querySelectorAll("[data-told]")].map((cell) => cell.textContent))"""


def test_variants_cost_what_the_library_counts(visit):
    root = widget(visit.open(PAGE), "variants")
    rng = random.Random(10)
    for _ in range(500):
        state = {name: rng.randint(*limits) for name, limits in LIMITS.items()}
        variant = rng.choice(list(VARIANTS))
        root.evaluate(SET, {**state, "variant": variant})
        costs = Variants(**state).costs
        for name, told in root.evaluate(BARS).items():
            if costs[name] is None:
                assert told == ["impossible", ""]
            else:
                assert [number(text) for text in told] == list(costs[name])
        seen = root.evaluate(READ)
        if costs[variant] is None:
            assert "do not divide" in seen["note"]
            assert seen["grids"] == {}
            continue
        steps = VARIANTS[variant](
            state["in_channels"],
            state["out_channels"],
            (state["kernel_size"],) * 2,
            state["groups"],
        )
        assert len(seen["grids"]) == len(steps)
        for step, grid in zip(steps, seen["grids"].values(), strict=True):
            per_output = step.in_channels // step.groups
            assert len(grid) == step.out_channels
            assert all(sum("window" in cell["marks"] for cell in row) == per_output for row in grid)


def set_layer(root, layer: int, values: dict) -> None:
    for name, value in values.items():
        field = root.locator(f"input[aria-label='{name} of layer {layer + 1}']")
        field.fill(str(value))
        field.press("Tab")


def test_presets_have_the_views_of_the_literature(visit):
    root = widget(visit.open(PAGE), "receptive-field")
    for network, size in ((cnnlib.LENET5, None), (cnnlib.ALEXNET, 195), (cnnlib.VGG16, 212)):
        root.locator("select[name=preset]").select_option(network.name)
        rows = trace(network.features(), network.input_shape)
        told = [[number(text) for text in line] for line in root.evaluate(LAYERS)]
        assert told == [[row.shape[1], *row.receptive_field] for row in rows]
        if size:
            assert all_numbers(root.evaluate(READ)["note"])[0] == size


def test_random_stacks(visit):
    page = visit.open(PAGE)
    rng = random.Random(12)
    for _ in range(500):
        depth, size = rng.randint(1, 8), rng.randint(1, 60)
        stack = [
            [rng.randint(0, 1), *(rng.randint(*limits) for limits in LAYER_LIMITS.values())]
            for _ in range(depth)
        ]
        numbers = ",".join(str(n) for row in stack for n in row)
        address = f"#receptive-field?input_size={size}&depth={depth}&stack={numbers}"
        page.evaluate("address => { location.hash = address }", address)
        root = widget(page, "receptive-field")
        page.wait_for_function(
            "([root, depth]) => root.querySelectorAll('.cnn-layers tbody tr').length === depth",
            arg=[root.element_handle(), depth],
        )
        own = ReceptiveField(input_size=size, depth=depth)
        own.stack = stack + own.stack[depth:]
        views = [receptive_field(own.layers[: n + 1]) for n in range(depth)]
        told = root.evaluate(LAYERS)
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


def test_a_typed_layer_changes_the_drawing(visit):
    root = widget(visit.open(PAGE), "receptive-field")
    set_layer(root, 0, {"kernel": 5})
    assert root.evaluate(LAYERS)[0][1] == "5"
    seen = focus_cell(root, "layer1", 0, 2)
    assert marked(seen["grids"]["layer0"], "window") == {(0, c) for c in range(2, 7)}
    set_layer(root, 0, {"kernel": 99})
    assert "became 15" in root.evaluate(READ)["words"]


def test_frames_show_what_the_function_drew(visit):
    root = widget(visit.open(PAGE), "frames")
    seen = set()
    for stride in (0, 1):
        for padding in (0, 1):
            root.evaluate(SET, {"frame-stride": stride, "frame-padding": padding})
            alt = root.locator("img").get_attribute("alt")
            assert f"stride {stride + 1}," in alt
            assert ("padded" in alt) == bool(padding)
            assert root.locator("img").evaluate("img => img.decode().then(() => img.naturalWidth)")
            seen.add(alt)
    assert len(seen) == 4


def test_frames_keep_to_their_budget():
    from cnnlib.plots import draw_text

    with pytest.raises(ValueError, match=r"budget is 1,000 bytes, but 1 of 3 frames"):
        Frames(lambda n: draw_text(f"number {n}"), budget=1000, n=[1, 2, 3])
    with pytest.raises(ValueError, match="at least one value"):
        Frames(lambda n: draw_text(f"number {n}"), n=[])
    with pytest.raises(TypeError, match="Picture"):
        Frames(lambda n: n, n=[1])
