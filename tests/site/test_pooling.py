"""The pooling widget: every number forward and backward is the library's, ties included."""

import random
import re

import numpy as np
import pytest

from cnnlib.widgets import Pooling
from cnnlib.widgets.pooling import LIMITS

from .widgets import (
    READ,
    SET,
    all_numbers,
    drive,
    focus_cell,
    in_gallery,
    marked,
    numbers,
    observe,
    open_code,
)

SIZES = ("height", "width", "kernel_size", "stride", "padding")


@pytest.fixture
def pooling(visit):
    return in_gallery(visit, "pooling")


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
        assert set(seen["grids"]) == {"input", "output"}, "no heading over nothing"
        assert any(rule.startswith("none") for rule in seen["rules"])
        assert_advice_helps(seen["note"], state)
        return
    assert [all_numbers(rule)[-1] for rule in seen["rules"]] == list(output.shape)
    np.testing.assert_allclose(numbers(seen["grids"]["output"]), output, atol=6e-5)
    assert seen["titles"][1] == f"Output {output.shape[0]}×{output.shape[1]}"
    assert seen["grids"]["input"][0][0]["text"] in ("−∞", "0") or padding == 0
    if state["view"] == "backward":
        np.testing.assert_array_equal(numbers(seen["grids"]["grad_output"]), own.grad_output)
        np.testing.assert_allclose(numbers(seen["grids"]["grad_input"]), own.grad_input, atol=6e-5)


def assert_advice_helps(note: str, state: dict) -> None:
    """Each way out that the note names gives an output."""
    found = re.findall(r"(padding|kernel size) (\d+)", note.split("Choose ")[1])
    assert len(found) == 2
    for name, value in found:
        changed = {**state, name.replace(" ", "_"): int(value)}
        assert Pooling(**changed).output.size, (name, value)


def test_it_starts_with_the_lectures_numbers(pooling):
    seen = observe(pooling, READ)
    assert numbers(seen["grids"]["input"]).tolist() == [
        [1, 4, 2, 1],
        [5, 8, 3, 4],
        [7, 6, 4, 5],
        [1, 3, 1, 2],
    ]
    assert numbers(seen["grids"]["output"]).tolist() == [[8, 4], [7, 5]]
    pooling.evaluate(SET, {"stride": 1})
    overlapping = numbers(observe(pooling, READ)["grids"]["output"]).tolist()
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
    assert "Padding is never read" in observe(pooling, READ)["words"]


def test_a_number_lands_last(pooling):
    """The output stays empty until the maximum has landed; what is later than it is there."""
    pooling.locator("button[name=play]").focus()  # from now on it does not play by itself
    for moment, first in ((0, ""), (10, ""), (19, ""), (20, "8")):
        pooling.evaluate(SET, {"position": 0})
        pooling.evaluate(SET, {"moment": moment})
        grids = observe(pooling, READ)["grids"]
        texts = [[cell["text"] for cell in row] for row in grids["output"]]
        assert texts == [[first, "4"], ["7", "5"]]
        window = marked(grids["input"], "window")
        assert window == ({(0, 0), (0, 1), (1, 0), (1, 1)} if moment else set())


@pytest.mark.parametrize("mode", ["max", "average"])
def test_a_gradient_lands_on_what_the_others_gave(pooling, mode):
    pooling.evaluate(SET, {"mode": mode, "view": "backward", "stride": 1})
    own = Pooling(mode=mode, view="backward", stride=1)
    without = own.grad_output.copy()
    without[1, 1] = 0
    before = Pooling(mode=mode, stride=1, grad_output=without)
    for moment, expected in ((10, before), (20, own)):
        pooling.evaluate(SET, {"position": 4})
        pooling.evaluate(SET, {"moment": moment})
        shown = numbers(observe(pooling, READ)["grids"]["grad_input"])
        np.testing.assert_allclose(shown, expected.grad_input, atol=6e-5)


def test_what_does_nothing_cannot_be_set(pooling):
    box = pooling.locator("[name=count_include_pad]")
    for mode, idle in (("max", True), ("average", False)):
        pooling.evaluate(SET, {"mode": mode})
        assert box.evaluate("box => box.closest('[inert]') !== null") == idle


def test_each_cell_says_where_its_number_goes(pooling):
    seen = focus_cell(pooling, "input", 1, 1)
    assert "1 window reads this cell: Y[0, 0] (it wins there)." in seen["readout"]
    assert marked(seen["grids"]["output"], "window") == {(0, 0)}
    pooling.evaluate(SET, {"mode": "average", "stride": 1})
    seen = focus_cell(pooling, "output", 1, 2)
    assert "3+ 4+ 4+ 5= 16 / 4 = 4" in seen["readout"]
    pooling.evaluate(SET, {"view": "backward"})
    seen = focus_cell(pooling, "grad_input", 0, 0)
    gradient = Pooling().gradients[0][0]
    assert f"Its gradient: {gradient}/4 = {gradient / 4}" in seen["readout"]


def test_code_for_this_state_gives_what_is_shown(pooling):
    pooling.evaluate(SET, {"mode": "average", "stride": 1, "padding": 1, "view": "backward"})
    open_code(pooling)
    seen = observe(pooling, READ)
    names: dict = {"print": lambda *_: None}
    exec(pooling.locator(".cnn-code code").first.text_content(), names)
    np.testing.assert_allclose(names["output"], numbers(seen["grids"]["output"]), atol=6e-5)
    np.testing.assert_allclose(names["grad_input"], numbers(seen["grids"]["grad_input"]), atol=6e-5)
