"""The checkerboard: the enlarged photos, the pattern and its sums are the library's."""

import itertools

import numpy as np
import pytest

from cnnlib.widgets import Checkerboard
from cnnlib.widgets.checkerboard import LIMITS

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
    pixels,
)


@pytest.fixture
def board(visit):
    return in_gallery(visit, "checkerboard")


def every_state() -> list[dict]:
    sizes, strides = (range(a, b + 1) for a, b in (LIMITS["kernel_size"], LIMITS["stride"]))
    pairs = itertools.product(sizes, strides)
    return [{"kernel_size": size, "stride": stride} for size, stride in pairs]


def assert_pictures(board, own: Checkerboard) -> None:
    for which, image in enumerate((own.learned, own.nearest, own.linear)):
        np.testing.assert_allclose(pixels(board, which), np.clip(image, 0, 255), atol=0.51)


def test_every_state(board):
    states = every_state()
    assert len(states) == 24
    for state, seen in drive(board, states):
        own = Checkerboard(**state)
        size, stride = state.values()
        kernel = np.array(own.weights)[:size, :size]
        np.testing.assert_array_equal(numbers(seen["grids"]["kernel"]), kernel)
        np.testing.assert_allclose(numbers(seen["grids"]["pattern"]), own.pattern, atol=0.0051)
        assert all_numbers(seen["rules"][0])[-1] == own.learned.shape[0]
        told = all_numbers(seen["note"])
        spread = {round(100 * own.pattern.min()), round(100 * own.pattern.max())}
        assert set(told[-len(spread) :]) == spread
        assert ("checkerboard" in seen["note"]) == (size > stride and size % stride > 0)
        assert ("no weight" in seen["note"]) == (size < stride)
        a = size // stride
        if size > stride and size % stride:
            assert f"from {a * a} to {(a + 1) ** 2} weights" in seen["note"]


def test_the_pictures_are_the_librarys(board):
    for state in every_state()[::5]:
        board.evaluate(SET, state)
        assert_pictures(board, Checkerboard(**state))


def test_f_3_s_2_has_a_checkerboard_and_f_4_has_none():
    """The claim of the widget: neighbours of a flat part differ by far more in the one."""
    contrast = {size: float(np.ptp(Checkerboard(kernel_size=size).pattern)) for size in (3, 4)}
    assert contrast[3] > 1.2
    assert contrast[4] < 0.05
    flat = {size: Checkerboard(kernel_size=size).learned[20:40, 20:40] for size in (3, 4)}
    steps = {size: abs(np.diff(part, axis=1)).mean() for size, part in flat.items()}
    assert steps[3] > 5 * steps[4]


def test_a_place_of_the_pattern_has_its_weights(board):
    board.evaluate(SET, {"kernel_size": 5, "stride": 3})
    own = Checkerboard(kernel_size=5, stride=3)
    seen = focus_cell(board, "pattern", 0, 1)
    assert marked(seen["grids"]["kernel"], "window") == {(0, 1), (0, 4), (3, 1), (3, 4)}
    weights = np.array(own.weights)[:5, :5]
    *terms, total, mean, value = all_numbers(seen["sum"])
    assert terms == weights[0::3, 1::3].ravel().tolist()
    assert total == sum(terms)
    assert mean == pytest.approx(weights.sum() / 9, abs=6e-5)
    assert value == pytest.approx(own.pattern[0, 1], abs=0.0051)
    seen = focus_cell(board, "kernel", 4, 2)
    assert marked(seen["grids"]["pattern"], "window") == {(1, 2)}
    assert "W[4, 2]" in seen["readout"]
    assert "at P[1, 2]" in seen["readout"]


def test_a_weight_can_be_typed_and_all_may_be_zero(board):
    board.evaluate(SET, {"kernel_size": 1, "stride": 2})
    focus_cell(board, "kernel", 0, 0)
    board.page.keyboard.type("0")
    board.page.keyboard.press("Enter")
    board.page.keyboard.press("Escape")
    seen = observe(board, READ)
    assert numbers(seen["grids"]["pattern"]).tolist() == [[0, 0], [0, 0]]
    assert pixels(board, 0).max() == 0


def test_a_pixel_chooses_its_place(board):
    picture = board.locator("canvas.cnn-picture").first
    box = picture.bounding_box()
    at = {"x": box["width"] * 31.5 / 65, "y": box["height"] * 20.5 / 65}
    picture.click(position=at)
    assert "P[0, 1]" in observe(board, READ)["readout"]
    board.page.keyboard.press("ArrowRight")
    assert "P[1, 0]" in observe(board, READ)["readout"]


def test_code_for_this_state_gives_what_is_shown(board):
    pytest.importorskip("torch")
    state = {"kernel_size": 5, "stride": 3}
    board.evaluate(SET, state)
    own = Checkerboard(**state)
    open_code(board)
    for code in board.locator(".cnn-code code").all():
        names: dict = {"print": lambda *_: None}
        exec(code.text_content(), names)
        for name in ("learned", "nearest", "linear"):
            np.testing.assert_allclose(np.asarray(names[name]), getattr(own, name), atol=1e-9)
