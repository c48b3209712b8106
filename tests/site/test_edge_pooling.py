"""Pooling on an edge map: each map, each number and what a nudge changes are the library's."""

import random

import numpy as np
import pytest

from cnnlib.widgets import EdgePooling
from cnnlib.widgets.edge_pooling import LIMITS

from .widgets import (
    READ,
    SET,
    all_numbers,
    drive,
    focus_cell,
    in_gallery,
    numbers,
    observe,
    open_code,
    outlines,
    pixels,
)

MAPS = ("edges", "maximum", "mean")


@pytest.fixture
def edges(visit):
    return in_gallery(visit, "edge-pooling")


def changes(note: str) -> list[float]:
    return all_numbers(note)[2:]


def test_random_states(edges):
    rng = random.Random(21)
    states = [{name: rng.randint(*LIMITS[name]) for name in LIMITS} for _ in range(150)]
    for state, seen in drive(edges, states):
        own = EdgePooling(**state)
        size = own.kernel_size
        i, j = (min(state[name] // size, 128 // size - 1) for name in ("row", "column"))
        window = own.edges[i * size : (i + 1) * size, j * size : (j + 1) * size]
        np.testing.assert_array_equal(numbers(seen["grids"]["window"]), window)
        assert numbers(seen["grids"]["max"]) == own.maximum[i, j]
        assert numbers(seen["grids"]["mean"]) == pytest.approx(own.mean[i, j], abs=0.0501)
        total, count, mean = all_numbers(seen["readout"].split("Mean: ")[1])[:3]
        assert (total, count) == (window.sum(), window.size)
        assert mean == pytest.approx(own.mean[i, j], abs=6e-5)
        winner = np.unravel_index(window.argmax(), window.shape)
        assert f"found at [{i * size + winner[0]}, {j * size + winner[1]}]" in seen["readout"]
        if (state["down"], state["right"]) == (0, 0):
            assert seen["note"].startswith("Not nudged")
            continue
        assert all_numbers(seen["note"])[:2] == [state["down"], state["right"]]
        told = [100 * own.changed[name] for name in MAPS]
        assert changes(seen["note"]) == pytest.approx(told, abs=0.51)


def assert_pictures(edges, own: EdgePooling) -> None:
    for which, name in enumerate(MAPS):
        np.testing.assert_allclose(pixels(edges, which), getattr(own, name), atol=0.51)


def test_the_pictures_are_the_maps(edges):
    for state in ({"down": -8, "right": 8, "kernel_size": 3}, {"down": 5, "right": -2}):
        edges.evaluate(SET, state)
        assert_pictures(edges, EdgePooling(**{"kernel_size": 3, **state}))


def test_the_window_and_its_numbers_are_outlined(edges):
    edges.evaluate(SET, {"kernel_size": 3, "row": 41, "column": 23})
    assert outlines(edges) == [[(39, 21, 3)], [(13, 7, 1)], [(13, 7, 1)]]


def test_keys_buttons_and_a_drag_nudge_the_photo(edges):
    """All three by the same pixels, to the end of the room and no further."""
    canvas = edges.locator("canvas.cnn-picture").first
    canvas.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowLeft"):
        edges.page.keyboard.press(key)
    edges.locator("button[name=nudge-up]").click()
    sliders = observe(edges, READ)["sliders"]
    assert (sliders["down"], sliders["right"]) == (1, 0)
    for _ in range(10):
        edges.page.keyboard.press("Enter")  # the button has the focus
    assert observe(edges, READ)["sliders"]["down"] == -8
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    pixel = box["width"] / 128
    start = (box["x"] + 60.5 * pixel, box["y"] + 60.5 * pixel)
    edges.page.mouse.move(*start)
    edges.page.mouse.down()
    edges.page.mouse.move(start[0] + 3 * pixel, start[1] + 4 * pixel, steps=4)
    edges.page.mouse.up()
    sliders = observe(edges, READ)["sliders"]
    assert (sliders["down"], sliders["right"]) == (-4, 3)
    assert_pictures(edges, EdgePooling(down=-4, right=3))
    canvas.focus()
    for _ in range(14):
        edges.page.keyboard.press("ArrowDown")
    assert edges.evaluate(READ)["sliders"]["down"] == 8


def test_pointing_chooses_the_window(edges):
    picture = edges.locator("canvas.cnn-picture").nth(1)
    box = picture.bounding_box()
    picture.click(position={"x": box["width"] * 10.5 / 32, "y": box["height"] * 20.5 / 32})
    assert "Window [20, 10]" in observe(edges, READ)["readout"]
    seen = focus_cell(edges, "window", 1, 2)
    value = EdgePooling().edges[81, 42]
    assert f"Edge map [81, 42] = {value:.0f}" in seen["readout"]


def test_code_for_this_state_gives_what_is_shown(edges):
    pytest.importorskip("torch")
    state = {"kernel_size": 5, "down": 3, "right": -4}
    edges.evaluate(SET, state)
    own = EdgePooling(**state)
    open_code(edges)
    for code in edges.locator(".cnn-code code").all():
        names: dict = {"print": lambda *_: None}
        exec(code.text_content(), names)
        np.testing.assert_array_equal(np.asarray(names["maximum"]), own.maximum)
        np.testing.assert_allclose(np.asarray(names["mean"]), own.mean)
