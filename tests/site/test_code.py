"""The code under each widget, run as it stands, gives the numbers that the widget shows."""

import importlib.util
import random

import numpy as np
import pytest

from cnnlib.operations.cost import VARIANTS
from cnnlib.widgets import connections, convolution_gradient, dilation_stride, volume_filter

from .widgets import READ, SET, all_numbers, in_gallery, number, numbers, observe, open_code


def run(root, title: str = "cnnlib") -> dict:
    """Run a piece of code of a widget; return the names that it made."""
    names: dict = {"print": lambda *_: None}
    block = root.locator(".cnn-code").filter(has_text=f"{title}Copy")
    exec(block.locator("code").text_content(), names)
    return names


def has_torch() -> bool:
    return importlib.util.find_spec("torch") is not None


def with_code(visit, key: str):
    root = in_gallery(visit, key)
    open_code(root)
    return root


def states(limits: dict, names: tuple[str, ...], seed: str, count: int = 12):
    rng = random.Random(seed)
    return [{name: rng.randint(*limits[name]) for name in names} for _ in range(count)]


def tried(root, state: dict) -> tuple[dict, dict | None]:
    """Return what is shown in a state, and what the code makes: None where it does not fit."""
    root.evaluate(SET, state)
    seen = observe(root, READ)
    try:
        return seen, run(root)
    except ValueError:
        return seen, None


def test_dilation_and_stride(visit):
    root = with_code(visit, "dilation-stride")
    names = ("size", "kernel_size", "dilation", "stride")
    fitting = 0
    for state in states(dilation_stride.LIMITS, names, "ds"):
        seen, made = tried(root, state)
        if made is None:
            assert "no output" in seen["note"]
            continue
        fitting += 1
        for name in ("dilated", "strided"):
            shown = numbers(seen["grids"][f"{name}_output"])
            np.testing.assert_array_equal(shown, made[name])
    assert fitting >= 3


def test_gradient_of_a_convolution(visit):
    root = with_code(visit, "gradient")
    names = ("size", "kernel_size", "stride", "padding", "dilation")
    fitting = 0
    for state in states(convolution_gradient.LIMITS, names, "grad"):
        seen, made = tried(root, state)
        if seen["note"].startswith("No output"):
            continue
        assert made is not None
        fitting += 1
        for name in ("grad_input", "grad_weight"):
            np.testing.assert_array_equal(numbers(seen["grids"][name]), made[name][0, 0])
    assert fitting >= 3


@pytest.mark.parametrize("source", ["numbers", "photo"])
def test_volume_filter(visit, source):
    root = with_code(visit, "volume-filter")
    sizes = ("channels", "filters", "size", "kernel_size")
    fitting = 0
    for state in states(volume_filter.LIMITS, sizes, "volume"):
        seen, made = tried(root, {**state, "source": source})
        if made is None:
            assert seen["note"].startswith("No output")
            continue
        fitting += 1
        for f, shown in enumerate(made["output"]):
            np.testing.assert_array_equal(numbers(seen["grids"][f"output{f}"]), shown)
        assert all_numbers(seen["rules"][1])[-1] == made["parameters"]
    assert fitting >= 3
    pytest.importorskip("torch")
    root.evaluate(SET, {"channels": 4, "filters": 3, "size": 5, "kernel_size": 3})
    seen, (numpy, torch) = tried(root, {})[0], root.locator(".cnn-code code").all()
    for block in (numpy, torch):
        names = {"print": lambda *_: None}
        exec(block.text_content(), names)
        shown = [numbers(seen["grids"][f"output{f}"]) for f in range(3)]
        np.testing.assert_array_equal(shown, np.asarray(names["output"]))


def test_connections(visit):
    root = with_code(visit, "connections")
    names = ("size", "kernel_size", "side", "neurons")
    fitting = 0
    for state in states(connections.LIMITS, names, "connections"):
        seen, made = tried(root, state)
        if made is None:
            assert seen["note"].startswith("No neurons")
            continue
        fitting += 1
        kinds = ("dense", "local", "shared", "photo_dense", "photo_shared")
        told = [all_numbers(rule)[-1] for rule in seen["rules"]]
        assert told == [made[kind] for kind in kinds]
        if has_torch():
            made = run(root, "PyTorch")
            assert told == [made[kind].weight.numel() for kind in kinds]
    assert fitting >= 3


def test_chain(visit):
    root = with_code(visit, "chain")
    for target in (4, -3):
        seen, made = tried(root, {"target": target, "position": 11})
        for name, values in (
            ("L", made["loss"]),
            ("dv", made["second"].weight.grad),
            ("dw", made["first"].weight.grad),
            ("dx", made["grad_x"]),
        ):
            np.testing.assert_array_equal(numbers(seen["grids"][name]).ravel(), np.ravel(values))


@pytest.mark.parametrize("variant", VARIANTS)
def test_variants(visit, variant):
    root = with_code(visit, "variants")
    # the sliders of channels and groups count their stops
    for channels, kernel in ((2, 3), (5, 5), (17, 2)):
        state = {"in_channels": channels, "out_channels": 11, "kernel_size": kernel, "groups": 1}
        seen, made = tried(root, {**state, "variant": variant})
        if made is None:
            assert "impossible" in seen["note"]
            continue
        told = [number(text) for text in seen["bars"][variant]]
        assert told == [made["parameters"], made["multiply_adds"]]


ALL_TOLD = """root => [...root.querySelectorAll(".cnn-layers tbody tr")].map((row) =>
  [...row.querySelectorAll("[data-told]")].map((cell) => cell.textContent))"""


def test_receptive_field(visit):
    root = with_code(visit, "receptive-field")
    for preset in ("LeNet-5", "AlexNet", "VGG16", "two layers of 3"):
        root.locator("select[name=preset]").select_option(preset)
        made = run(root)["views"]
        told = root.evaluate(
            """root => [...root.querySelectorAll(".cnn-layers tbody tr")].map((row) =>
            [...row.querySelectorAll("[data-told]")].slice(1).map((cell) => cell.textContent))"""
        )
        assert [[number(text) for text in line] for line in told] == [list(view) for view in made]
        if has_torch():
            units = [line[0] for line in root.evaluate(ALL_TOLD)]
            assert [number(text) for text in units] == run(root, "PyTorch")["units"]


def test_frames(visit):
    """The code is the call that drew the frame."""
    root = with_code(visit, "frames")
    root.evaluate(SET, {"frame-stride": 1, "frame-padding": 0})
    assert root.locator(".cnn-code code").text_content() == "explain(stride=2, padding=0)"
    assert "stride 2," in root.locator("img").get_attribute("alt")
