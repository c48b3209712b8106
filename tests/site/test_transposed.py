"""Transposed convolution: three views of the same numbers, each held against the library."""

import itertools
import random
import re

import numpy as np
import pytest
from playwright.sync_api import expect

import cnnlib
from cnnlib.widgets import TransposedConvolution
from cnnlib.widgets.transposed_convolution import LIMITS

from .widgets import (
    PAGE,
    READ,
    SET,
    SWEEP,
    all_numbers,
    focus_cell,
    marked,
    numbers,
    values,
    widget,
)

SIZES = ("size", "kernel_size", "stride", "padding", "output_padding", "dilation")
FIRST = [[3, 1, 2, 0, 0, 0, 0], [0, 0, 6, 2, 4, 0, 0], [0, 0, 0, 0, 9, 3, 6]]


@pytest.fixture
def transposed(visit):
    return widget(visit.open(PAGE), "transposed")


def sheet(own: TransposedConvolution, x=None, w=None) -> np.ndarray:
    """Return the output before the padding cuts anything off."""
    x, w = (own.input if x is None else x), (own.weight if w is None else w)
    line = own.dimensions == "1D"
    transpose = cnnlib.conv_transpose1d if line else cnnlib.conv_transpose2d
    more = {"output_padding": own.output_padding, "dilation": own.dilation}
    return transpose(x[None], w[None, None], stride=own.stride, **more)[0]


def why_none(own: TransposedConvolution) -> str:
    try:
        _ = own.output
    except ValueError as error:
        return str(error)
    return ""


def assert_shows(seen: dict, own: TransposedConvolution) -> None:
    """Hold what both a line and an image show against the library."""
    grids = {name: values(grid) for name, grid in seen["grids"].items()}
    np.testing.assert_array_equal(grids["input"], np.atleast_2d(own.input))
    np.testing.assert_array_equal(grids["kernel"], np.atleast_2d(own.weight))
    told = all_numbers(seen["rules"][2])
    assert [size for size in told if size in own.colliding_sizes] or not own.colliding_sizes
    for size in own.colliding_sizes:
        assert size in told
    why = why_none(own)
    if why:
        assert seen["note"].startswith("No output")
        assert ("below stride" in seen["note"]) == why.startswith("output_padding")
        assert not any(grids[name].size for name in grids if name not in ("input", "kernel"))
        return
    whole, p = np.atleast_2d(sheet(own)), own.padding
    np.testing.assert_array_equal(grids["output"], whole)
    kept = own.output.shape[-1]
    top = 0 if own.dimensions == "1D" else p
    rows = slice(top, whole.shape[0] - top)
    part = grids["output"][rows, p : p + kept]
    np.testing.assert_array_equal(part, np.atleast_2d(own.output))
    counts = grids["overlaps"][rows, p : p + kept]
    np.testing.assert_array_equal(counts, np.atleast_2d(own.overlaps))
    assert all_numbers(seen["rules"][0])[-1] == kept
    bare = int((own.overlaps == 0).sum())
    assert (f" {bare} output" in seen["note"]) == (bare > 0)
    around = (own.kernel_size - 1) * own.dilation
    ends = (around, around + own.output_padding)
    spread = cnnlib.insert_zeros(own.input, own.stride)
    ends = ends if own.dimensions == "1D" else (ends, ends)
    np.testing.assert_array_equal(grids["spread"], np.atleast_2d(np.pad(spread, ends)))
    np.testing.assert_array_equal(grids["flipped"], np.flip(grids["kernel"]))
    np.testing.assert_array_equal(grids["vector"], own.input.reshape(-1, 1))


def test_it_starts_with_numbers_to_check_by_hand(transposed):
    seen = transposed.evaluate(SWEEP, [{}])[0]
    grids = {name: values(grid).tolist() for name, grid in seen["grids"].items()}
    assert grids["stamps"] == FIRST
    assert grids["output"] == [[3, 1, 8, 2, 13, 3, 6]]
    assert grids["overlaps"] == [[1, 1, 2, 1, 2, 1, 1]]
    assert "a convolution of 7 and 8 gives 3" in seen["rules"][2]


def test_every_line_of_the_whole_range(transposed):
    ranges = [range(LIMITS[name][0], LIMITS[name][1] + 1) for name in SIZES]
    states = [dict(zip(SIZES, state, strict=True)) for state in itertools.product(*ranges)]
    assert len(states) == 1152
    impossible = 0
    for state, seen in zip(states, transposed.evaluate(SWEEP, states), strict=True):
        own = TransposedConvolution(**state)
        assert_shows(seen, own)
        if why_none(own):
            impossible += 1
            continue
        np.testing.assert_array_equal(values(seen["grids"]["matrix"]), own.matrix)
        np.testing.assert_array_equal(values(seen["grids"]["product"])[:, 0], own.output)
        stamps = [sheet(own, own.input * unit) for unit in np.eye(own.size, dtype=int)]
        np.testing.assert_array_equal(values(seen["grids"]["stamps"]), stamps)
    assert 100 < impossible < 700


def test_random_images_and_steps(transposed):
    rng = random.Random(13)
    states = []
    for _ in range(500):
        state = {name: rng.randint(*LIMITS[name]) for name in SIZES}
        state |= {"dimensions": "2D", "step": rng.choice(["input", "output"])}
        own = TransposedConvolution(**state)
        if not why_none(own):
            places = own.input.size if state["step"] == "input" else own.output.size
            state["position"] = rng.randrange(places)
        states.append(state)
    for state, seen in zip(states, transposed.evaluate(SWEEP, states), strict=True):
        own = TransposedConvolution(**state)
        assert_shows(seen, own)
        if why_none(own):
            continue
        kept, at = own.output.shape[0], state["position"]
        if state["step"] == "output":
            block = at // kept
            told = [all_numbers(line)[-1] for line in seen["lines"][:3]]
            assert told == [own.output.flat[at]] * 3
            stamped = own.input
            assert len(seen["windows"]["spread"]) == own.kernel_size**2
            reached = own.overlaps.flat[at]
            assert len(seen["windows"]["input"]) == reached
            assert (
                f"{reached} stamp{'s meet' if reached != 1 else ' meets'} here." in seen["readout"]
            )
        else:
            row = at // own.size * own.stride - own.padding
            block = min(max(row, 0), kept - 1)
            done = np.arange(own.input.size).reshape(own.input.shape) <= at
            stamped = own.input * done
            assert len(seen["windows"]["stamps"]) == own.kernel_size**2
        np.testing.assert_array_equal(values(seen["grids"]["stamps"]), sheet(own, stamped))
        rows = slice(block * kept, (block + 1) * kept)
        np.testing.assert_array_equal(values(seen["grids"]["matrix"]), own.matrix[rows])
        np.testing.assert_array_equal(values(seen["grids"]["product"])[:, 0], own.output[block])


def test_one_step_moves_all_three_views(transposed):
    for at in range(3):
        grids = transposed.evaluate(READ)["grids"]
        assert marked(grids["stamps"], "window") == {(at, 2 * at + u) for u in range(3)}
        assert marked(grids["matrix"], "window") == {(2 * at + u, at) for u in range(3)}
        assert marked(grids["spread"], "window") == {(0, 2 + 2 * at)}
        if at < 2:
            transposed.locator("button[name=step]").click()
    assert transposed.locator("button[name=step]").is_disabled()
    transposed.evaluate(SET, {"step": "output"})
    transposed.evaluate(SET, {"position": 4})
    seen = transposed.evaluate(READ)
    assert marked(seen["grids"]["stamps"], "window") == {(1, 4), (2, 4)}
    assert marked(seen["grids"]["matrix"], "window") == {(4, 1), (4, 2)}
    assert marked(seen["grids"]["spread"], "window") == {(0, 4), (0, 5), (0, 6)}
    assert "Scatter: 2·2 + 3·3 = 13" in seen["readout"]
    assert "Zeros inserted: 2·2 + 0·1 + 3·3 = 13" in seen["readout"]
    assert "Row of Cᵀ times X: 0·1 + 2·2 + 3·3 = 13" in seen["readout"]


def test_playing_adds_stamp_after_stamp(transposed):
    transposed.locator("select[name=speed]").select_option("1200")
    transposed.locator("button[name=play]").click()
    seen = transposed.evaluate(SWEEP, [{}])[0]
    assert values(seen["grids"]["stamps"]).tolist() == [FIRST[0], [0] * 7, [0] * 7]
    assert values(seen["grids"]["output"]).tolist() == [FIRST[0]]
    transposed.locator("button[name=play]").click()
    assert numbers(transposed.evaluate(READ)["grids"]["output"]).sum() == 36


def test_a_view_has_its_grids_and_no_others(transposed):
    own = {"scatter": "stamps", "zeros": "spread", "matrix": "matrix", "overlap": "overlaps"}
    for view in ("scatter", "zeros", "matrix", "overlap", "all"):
        transposed.evaluate(SET, {"view": view})
        grids = set(transposed.evaluate(READ)["grids"])
        assert {"input", "kernel"} < grids
        assert {name for key, name in own.items() if view in ("all", key)} <= grids
        assert view not in ("zeros", "matrix") or not {"stamps", "overlaps"} & grids


def test_each_cell_says_what_it_is(transposed):
    for grid, row, column, words in (
        ("input", 0, 1, "Its stamp is 2 times the kernel: 6 on Y[2], 2 on Y[3] and 4 on Y[4]."),
        ("vector", 2, 0, "X[2] = 3"),
        ("kernel", 0, 2, "X[0]·W[2] on Y[2], X[1]·W[2] on Y[4] and X[2]·W[2] on Y[6]"),
        ("flipped", 0, 0, "W[2] = 2"),
        ("stamps", 1, 4, "X[1] to Y[4]X[1]·W[2] = 2·2 = 4"),
        ("stamps", 1, 0, "Nothing: this stamp does not reach that cell"),
        ("spread", 0, 3, "inserted zero"),
        ("spread", 0, 4, "X[1] = 2"),
        ("matrix", 2, 1, "X[1] to Y[2]X[1]·W[0] = 2·3 = 6"),
        ("product", 2, 0, "2 stamps meet here."),
        ("overlaps", 0, 0, "1 stamp meets here."),
    ):
        assert words in focus_cell(transposed, grid, row, column)["readout"], grid


def test_arrow_keys_walk_and_values_can_be_typed(transposed):
    keyboard = transposed.page.keyboard
    focus_cell(transposed, "input", 0, 0)
    keyboard.press("ArrowRight")
    keyboard.type("-4")
    keyboard.press("Enter")
    keyboard.press("Escape")
    seen = transposed.evaluate(READ)
    own = TransposedConvolution([1, -4, 3], [3, 1, 2], stride=2)
    for name in ("output", "product"):
        np.testing.assert_array_equal(numbers(seen["grids"][name]).ravel(), own.output)
    focus_cell(transposed, "kernel", 0, 0)
    keyboard.press("End")
    keyboard.type("0.5")
    keyboard.press("Enter")
    own = TransposedConvolution([1, -4, 3], [3, 1, 0.5], stride=2)
    seen = transposed.evaluate(READ)
    np.testing.assert_allclose(numbers(seen["grids"]["output"]).ravel(), own.output)
    np.testing.assert_allclose(numbers(seen["grids"]["matrix"]), own.matrix)


@pytest.mark.parametrize("dimensions", ["1D", "2D"])
def test_code_for_this_state_gives_what_is_shown(transposed, dimensions):
    transposed.evaluate(SET, {"dimensions": dimensions, "padding": 1, "output_padding": 1})
    transposed.locator(".cnn-more summary").click()
    shown = numbers(transposed.evaluate(READ)["grids"]["output"])
    inner = shown[:, 1:-1] if dimensions == "1D" else shown[1:-1, 1:-1]
    blocks = [block.text_content() for block in transposed.locator(".cnn-code code").all()]
    names: dict = {"print": lambda *_: None}
    exec(blocks[0], names)
    np.testing.assert_array_equal(np.atleast_2d(names["output"]), inner)
    exec(blocks[2].replace("\n\nT", "\n\nmade = T"), names)
    np.testing.assert_array_equal(np.atleast_2d(names["made"].output), inner)
    assert names["made"].output_padding == 1
    pytest.importorskip("torch")
    exec(blocks[1], names)
    np.testing.assert_array_equal(np.atleast_2d(names["output"].numpy()), inner)


def test_link_brings_the_state_back(transposed, visit):
    transposed.evaluate(SET, {"dimensions": "2D", "padding": 2, "view": "zeros", "step": "output"})
    focus_cell(transposed, "input", 0, 0)
    transposed.page.keyboard.type("-7")
    transposed.page.keyboard.press("Enter")
    transposed.page.keyboard.press("Escape")
    transposed.locator("button[name=link]").click()
    address = transposed.locator(".cnn-address").input_value().split("/", 3)[3]
    again = widget(visit.open(address), "transposed").evaluate(READ)
    assert numbers(again["grids"]["input"])[0, 0] == -7
    transposed.locator("button[name=link]").focus()
    seen = transposed.evaluate(READ)
    assert {name: numbers(grid).tolist() for name, grid in again["grids"].items()} == {
        name: numbers(grid).tolist() for name, grid in seen["grids"].items()
    }


def test_screen_reader_is_told(transposed):
    status = transposed.locator("[role=status]")
    transposed.evaluate(SET, {"kernel_size": 4})
    expect(status).to_have_text(re.compile("^Output 8 cells. Far from the border 2 stamps meet"))
    transposed.evaluate(SET, {"kernel_size": 1, "size": 1, "padding": 1})
    expect(status).to_have_text(re.compile("^No output"))


def test_each_cell_says_its_name_and_its_number(transposed):
    for state in ({"padding": 1}, {"dimensions": "2D", "padding": 1, "stride": 2}):
        transposed.evaluate(SET, state)
        grids = transposed.evaluate(READ)["grids"]
        assert len(grids) == 10
        for cells in grids.values():
            labels = [cell["label"] for row in cells for cell in row]
            assert len(set(labels)) == len(labels), "no two cells of a grid have one name"
            for cell in (cell for row in cells for cell in row):
                name, _, rest = cell["label"].partition("]: ")
                assert "[" in name
                assert rest.partition(",")[0] == (cell["text"] or "nothing")
        cut = [cell for row in grids["output"] for cell in row if "dropped" in cell["marks"]]
        assert cut
        assert all(cell["label"].endswith(", cut off by the padding") for cell in cut)
