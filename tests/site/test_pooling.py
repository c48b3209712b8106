"""The pooling widget: every number forward and backward is the library's, ties included."""

import random

import numpy as np
import pytest

from cnnlib.widgets import Pooling
from cnnlib.widgets.pooling import LIMITS

from .widgets import PAGE, READ, SET, drive, focus_cell, marked, numbers, widget

SIZES = ("height", "width", "kernel_size", "stride", "padding")


@pytest.fixture
def pooling(visit):
    return widget(visit.open(PAGE), "pooling")


def assert_shows(seen: dict, state: dict) -> None:
    own = Pooling(**state)
    padding = state["padding"]
    inner = [row[padding : padding + own.width] for row in seen["grids"]["input"]]
    np.testing.assert_array_equal(numbers(inner[padding : padding + own.height]), own.input)
    try:
        output = own.output
    except ValueError as error:
        reason = str(error)
    else:
        reason = ""
    if reason:
        assert seen["note"].startswith("No output")
        half = state["padding"] > state["kernel_size"] // 2
        assert ("at most half" in seen["note"]) == half
        assert seen["grids"]["output"] == []
        return
    np.testing.assert_allclose(numbers(seen["grids"]["output"]), output, atol=6e-5)
    assert seen["titles"][1] == f"Output {output.shape[0]}×{output.shape[1]}"
    assert seen["grids"]["input"][0][0]["text"] in ("−∞", "0") or padding == 0
    if state["view"] == "backward":
        np.testing.assert_array_equal(numbers(seen["grids"]["grad_output"]), own.grad_output)
        np.testing.assert_allclose(numbers(seen["grids"]["grad_input"]), own.grad_input, atol=6e-5)


def test_it_starts_with_the_lectures_numbers(pooling):
    seen = pooling.evaluate(READ)
    assert numbers(seen["grids"]["input"]).tolist() == [
        [1, 4, 2, 1],
        [5, 8, 3, 4],
        [7, 6, 4, 5],
        [1, 3, 1, 2],
    ]
    assert numbers(seen["grids"]["output"]).tolist() == [[8, 4], [7, 5]]
    pooling.evaluate(SET, {"stride": 1})
    overlapping = numbers(pooling.evaluate(READ)["grids"]["output"]).tolist()
    assert overlapping == [[8, 8, 4], [8, 8, 5], [7, 6, 5]]


def random_state(rng: random.Random) -> dict:
    return {name: rng.randint(*LIMITS[name]) for name in SIZES} | {
        "mode": rng.choice(["max", "average"]),
        "view": rng.choice(["forward", "backward"]),
        "ceil_mode": rng.random() < 0.5,
        "count_include_pad": rng.random() < 0.5,
    }


def test_random_states_from_the_whole_range(pooling):
    rng = random.Random(4)
    for state, seen in drive(pooling, [random_state(rng) for _ in range(500)]):
        assert_shows(seen, state)


def test_ties_go_to_the_first_and_are_told(pooling):
    pooling.evaluate(SET, {"view": "backward"})
    focus_cell(pooling, "input", 0, 1)
    pooling.page.keyboard.type("8")
    pooling.page.keyboard.press("Enter")
    pooling.page.keyboard.press("Escape")
    seen = focus_cell(pooling, "grad_output", 0, 0)
    assert "2 cells tie: X[0, 1] and X[1, 1]" in seen["readout"]
    gradient = numbers(seen["grids"]["grad_input"])
    assert gradient[0, 1] == numbers(seen["grids"]["grad_output"])[0, 0]
    assert gradient[1, 1] == 0
    assert marked(seen["grids"]["input"], "winner") == {(0, 1)}


def test_padding_is_not_editable(pooling):
    pooling.evaluate(SET, {"padding": 1})
    focus_cell(pooling, "input", 0, 0)
    pooling.page.keyboard.press("Enter")
    assert "Padding is never read" in pooling.evaluate(READ)["words"]


def test_code_for_this_state_gives_what_is_shown(pooling):
    pooling.evaluate(SET, {"mode": "average", "stride": 1, "padding": 1, "view": "backward"})
    pooling.locator(".cnn-more summary").click()
    seen = pooling.evaluate(READ)
    names: dict = {"print": lambda *_: None}
    exec(pooling.locator(".cnn-code code").first.text_content(), names)
    np.testing.assert_allclose(names["output"], numbers(seen["grids"]["output"]), atol=6e-5)
    np.testing.assert_allclose(names["grad_input"], numbers(seen["grids"]["grad_input"]), atol=6e-5)
