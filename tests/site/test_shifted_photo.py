"""The shifted photo: map, pooled map, maximum and every count are the library's."""

import random
import re

import numpy as np
import pytest

from cnnlib.widgets import ShiftedPhoto
from cnnlib.widgets.shifted_photo import LIMITS, NAMES

from .test_code import has_torch, run
from .widgets import READ, SET, all_numbers, drive, in_gallery, number, observe, open_code, outlines

KEY = "shifted-photo"


def same(before: np.ndarray, now: np.ndarray, down: int = 0, right: int = 0) -> list[int]:
    """Return how many numbers are those of before, shifted, and how many both maps have."""
    rows, columns = now.shape
    if abs(down) >= rows or abs(right) >= columns:
        return [0, 0]
    here = now[max(0, down) : rows + min(0, down), max(0, right) : columns + min(0, right)]
    there = before[max(0, -down) : rows - max(0, down), max(0, -right) : columns - max(0, right)]
    return [int((here == there).sum()), here.size]


def told(readout: str) -> list[list[float]]:
    """Return the numbers of each line of the read-out, without those of the shift."""
    after = re.split(r"Map, moved by .*?: |Map in place: |Pooled map in place: |Maximum: ", readout)
    return [all_numbers(part) for part in after[1:]]


def test_every_count_is_that_of_the_library(visit):
    root = in_gallery(visit, KEY)
    rng = random.Random(14)
    states = [
        {name: rng.randint(*limits) for name, limits in LIMITS.items()}
        | {"kernel": rng.choice(NAMES)}
        for _ in range(150)
    ]
    states += [{**states[0], "down": 0, "right": 0}, {**states[0], "stride": 2, "down": 1}]
    followed = 0
    for state, seen in drive(root, states):
        now, before = ShiftedPhoto(**state), ShiftedPhoto(**{**state, "down": 0, "right": 0})
        stride = state["stride"]
        steps = [int(np.floor(state[name] / stride + 0.5)) for name in ("down", "right")]
        moved, in_place, pooled, most = told(seen["readout"])
        assert moved == same(before.map, now.map, *steps)
        assert in_place == same(before.map, now.map)
        assert pooled == same(before.pooled, now.pooled)
        assert most == [before.maximum, now.maximum]
        if state["down"] % stride == state["right"] % stride == 0:
            followed += 1
            assert moved[0] == moved[1]  # equivariance, number by number
        else:
            assert "cannot follow" in seen["note"]
        assert seen["titles"][1:] == [
            f"Map {now.map.shape[0]}×{now.map.shape[1]}",
            f"Pooled map {now.pooled.shape[0]}×{now.pooled.shape[1]}",
        ]
    assert 10 < followed < 140


def test_by_pointer_and_by_keys(visit):
    root = in_gallery(visit, KEY)
    page = root.page
    root.evaluate(SET, {"down": 0, "right": 0})
    photo = root.locator("canvas").first
    photo.scroll_into_view_if_needed()
    box = photo.bounding_box()
    cell = box["width"] / 64
    middle = [box["x"] + 32.5 * cell, box["y"] + 32.5 * cell]
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - 3 * cell, middle[1] + 5 * cell, steps=4)
    page.mouse.up()
    page.mouse.move(*middle)  # no button: nothing is dragged
    assert observe(root, READ)["sliders"] | {"stride": 1, "pool": 4} == {
        "down": 5,
        "right": -3,
        "stride": 1,
        "pool": 4,
    }
    photo.focus()
    for key in ("ArrowUp", "ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    sliders = observe(root, READ)["sliders"]
    assert (sliders["down"], sliders["right"]) == (8, -2)


def test_the_pictures_are_those_of_the_library(visit):
    root = in_gallery(visit, KEY)
    root.evaluate(SET, {"down": -3, "right": 7})
    pixels = root.locator("canvas").first.evaluate(
        """canvas => [...canvas.getContext("2d").getImageData(0, 0, 64, 64).data]
        .filter((_, at) => at % 4 === 0)"""
    )
    own = ShiftedPhoto(down=-3, right=7)
    np.testing.assert_array_equal(np.reshape(pixels, (64, 64)), own.image)


def test_the_strongest_number_is_outlined_in_all_three(visit):
    root = in_gallery(visit, KEY)
    state = {"stride": 2, "pool": 3, "down": 5, "right": 1}
    root.evaluate(SET, state)
    own = ShiftedPhoto(**state)
    row, column = np.unravel_index(own.map.argmax(), own.map.shape)
    photo = (2 * row, 2 * column, 3)
    assert outlines(root) == [[photo], [(row, column, 1)], [(row // 3, column // 3, 1)]]


@pytest.mark.parametrize("title", ["cnnlib", "PyTorch"])
def test_the_code_gives_what_is_shown(visit, title):
    if title == "PyTorch" and not has_torch():
        pytest.skip("PyTorch is not installed")
    root = in_gallery(visit, KEY)
    open_code(root)
    for state in ({"down": 2, "right": -5}, {"stride": 3, "pool": 2, "kernel": "Laplacian"}):
        root.evaluate(SET, state)
        made, readout = run(root, title), observe(root, READ)["readout"]
        assert float(made["maximum"]) == number(readout.rsplit(" before, ", 1)[1].split()[0])
        own = ShiftedPhoto(**{"down": 2, "right": -5} | state)
        for name in ("map", "pooled"):
            np.testing.assert_allclose(np.asarray(made[name]), getattr(own, name))
