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
    READ,
    SET,
    SWEEP,
    all_numbers,
    focus_cell,
    in_gallery,
    marked,
    numbers,
    observe,
    open_code,
    values,
    widget,
)

SIZES = ("size", "kernel_size", "stride", "padding", "output_padding", "dilation")
FIRST = [[3, 1, 2, 0, 0, 0, 0], [0, 0, 6, 2, 4, 0, 0], [0, 0, 0, 0, 9, 3, 6]]


@pytest.fixture
def transposed(visit):
    return in_gallery(visit, "transposed")


def sheet(own: TransposedConvolution, x=None, w=None) -> np.ndarray:
    """Return the output before the padding cuts anything off."""
    x, w = (own.input if x is None else x), (own.weight if w is None else w)
    line = own.dimensions == "1D"
    transpose = cnnlib.conv_transpose1d if line else cnnlib.conv_transpose2d
    more = {"output_padding": own.output_padding, "dilation": own.dilation}
    return transpose(x[None], w[None, None], stride=own.stride, **more)[0]


def with_traits(own: TransposedConvolution, state: dict) -> TransposedConvolution:
    """Set traits of a widget: to make another takes forty times as long."""
    with own.hold_sync():
        for name, value in state.items():
            setattr(own, name, value)
    return own


def why_none(own: TransposedConvolution) -> str:
    try:
        _ = own.output
    except ValueError as error:
        return str(error)
    return ""


def assert_shows(seen: dict, own: TransposedConvolution) -> None:
    """Hold what every view shows against the library."""
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
        assert set(grids) == {"input", "kernel"}, "no heading over nothing"
        assert_advice_helps(seen["note"], own)
        return
    assert seen["note"].endswith("All three give the same output.")
    assert all_numbers(seen["rules"][0])[-1] == own.output.shape[-1]
    bare = int((own.overlaps == 0).sum())
    assert (f" {bare} output" in seen["note"]) == (bare > 0)
    OF_VIEW[own.view](grids, own)
    if "output" in grids:
        np.testing.assert_array_equal(kept(grids["output"], own), np.atleast_2d(own.output))


def kept(grid: np.ndarray, own: TransposedConvolution) -> np.ndarray:
    """Return the part of a sheet that the padding leaves."""
    top, left = (0 if own.dimensions == "1D" else own.padding), own.padding
    return grid[top : grid.shape[0] - top, left : grid.shape[1] - left]


def assert_stamps(grids: dict, own: TransposedConvolution) -> None:
    np.testing.assert_array_equal(grids["output"], np.atleast_2d(sheet(own)))
    if own.dimensions == "1D":
        stamps = [sheet(own, own.input * unit) for unit in np.eye(own.size, dtype=int)]
        np.testing.assert_array_equal(grids["stamps"], stamps)
    else:
        np.testing.assert_array_equal(grids["stamp"], own.input[-1, -1] * own.weight)


def assert_zeros(grids: dict, own: TransposedConvolution) -> None:
    np.testing.assert_array_equal(grids["output"], np.atleast_2d(sheet(own)))
    around = (own.kernel_size - 1) * own.dilation
    ends = (around, around + own.output_padding)
    spread = cnnlib.insert_zeros(own.input, own.stride)
    ends = ends if own.dimensions == "1D" else (ends, ends)
    np.testing.assert_array_equal(grids["spread"], np.atleast_2d(np.pad(spread, ends)))
    np.testing.assert_array_equal(grids["flipped"], np.flip(grids["kernel"]))


def assert_matrix(grids: dict, own: TransposedConvolution) -> None:
    np.testing.assert_array_equal(grids["vector"], own.input.reshape(-1, 1))
    if own.dimensions == "1D":
        np.testing.assert_array_equal(grids["matrix"], own.matrix)
        np.testing.assert_array_equal(grids["product"][:, 0], own.output)
        return
    size = own.output.shape[0]
    block = min(own.position, own.output.size - 1) // size
    rows = slice(block * size, (block + 1) * size)
    np.testing.assert_array_equal(grids["matrix"], own.matrix[rows])
    np.testing.assert_array_equal(grids["product"][:, 0], own.output[block])


def assert_overlap(grids: dict, own: TransposedConvolution) -> None:
    np.testing.assert_array_equal(kept(grids["overlaps"], own), np.atleast_2d(own.overlaps))


OF_VIEW = {
    "stamps": assert_stamps,
    "zeros": assert_zeros,
    "matrix": assert_matrix,
    "overlap": assert_overlap,
}


def assert_advice_helps(note: str, own: TransposedConvolution) -> None:
    """Each way out that the note names gives an output."""
    state = {name: getattr(own, name) for name in SIZES}
    found = re.findall(
        r"(output padding|padding|stride|kernel size|input size) (\d+)", advice(note)
    )
    assert found
    names = {"kernel size": "kernel_size", "input size": "size"}
    changes = [{names.get(word, word.replace(" ", "_")): int(value)} for word, value in found]
    if "and" in advice(note):
        changes = [{name: value for change in changes for name, value in change.items()}]
    advised = TransposedConvolution()
    for change in changes:
        assert not why_none(with_traits(advised, {**state, **change})), change


def advice(note: str) -> str:
    return note.split("Choose ")[1]


def test_it_starts_with_numbers_to_check_by_hand(transposed):
    seen = observe(transposed, SWEEP, [{}, {"view": "overlap"}])
    grids = {name: values(grid).tolist() for name, grid in seen[0]["grids"].items()}
    assert set(grids) == {"input", "kernel", "stamps", "output"}
    assert grids["stamps"] == FIRST
    assert grids["output"] == [[3, 1, 8, 2, 13, 3, 6]]
    assert values(seen[1]["grids"]["overlaps"]).tolist() == [[1, 1, 2, 1, 2, 1, 1]]
    assert "a convolution of 7 and 8 gives 3" in seen[0]["rules"][2]


@pytest.mark.parametrize("view", OF_VIEW)
def test_every_line_of_the_whole_range(transposed, view):
    ranges = [range(LIMITS[name][0], LIMITS[name][1] + 1) for name in SIZES]
    states = [dict(zip(SIZES, state, strict=True)) for state in itertools.product(*ranges)]
    assert len(states) == 1152
    transposed.evaluate(SET, {"view": view})
    impossible = 0
    own = TransposedConvolution(view=view)
    for state, seen in zip(states, observe(transposed, SWEEP, states), strict=True):
        assert_shows(seen, with_traits(own, state))
        impossible += bool(why_none(own))
    assert 100 < impossible < 700


def random_images(count: int, views: list[str]) -> list[dict]:
    rng = random.Random(13)
    states = []
    for _ in range(count):
        state = {name: rng.randint(*LIMITS[name]) for name in SIZES}
        state |= {"dimensions": "2D", "view": rng.choice(views)}
        own = TransposedConvolution(**state)
        if not why_none(own):
            by_input = state["view"] in ("stamps", "overlap")
            state["position"] = rng.randrange(own.input.size if by_input else own.output.size)
        states.append(state)
    return states


def test_random_images_sum_by_sum(transposed):
    states = random_images(400, ["zeros", "matrix", "overlap"])
    for state, seen in zip(states, observe(transposed, SWEEP, states), strict=True):
        own = TransposedConvolution(**state)
        assert_shows(seen, own)
        if why_none(own) or state["view"] == "overlap":
            continue
        at = state["position"]
        assert all_numbers(seen["lines"][-1])[-1] == own.output.flat[at]
        reached = own.overlaps.flat[at]
        assert len(seen["windows"]["input"]) == reached
        assert f"{reached} stamp{'s meet' if reached != 1 else ' meets'} here." in seen["readout"]
        if state["view"] == "zeros":
            assert len(seen["windows"]["spread"]) == own.kernel_size**2
        else:
            assert len(seen["windows"]["matrix"]) == reached


def test_random_images_stamp_by_stamp(transposed):
    states = random_images(200, ["stamps"])
    for state, seen in zip(states, observe(transposed, SWEEP, states), strict=True):
        own = TransposedConvolution(**state)
        if why_none(own):
            assert_shows(seen, own)
            continue
        at = state["position"]
        done = np.arange(own.input.size).reshape(own.input.shape) <= at
        np.testing.assert_array_equal(values(seen["grids"]["output"]), sheet(own, own.input * done))
        stamp = own.input.flat[at] * own.weight
        np.testing.assert_array_equal(values(seen["grids"]["stamp"]), stamp)
        assert len(seen["windows"]["output"]) == own.kernel_size**2


def test_a_step_adds_the_next_stamp(transposed):
    transposed.evaluate(SET, {"position": 0})
    for at in range(3):
        grids = observe(transposed, READ)["grids"]
        assert marked(grids["stamps"], "window") == {(at, 2 * at + u) for u in range(3)}
        assert numbers(grids["output"]).tolist() == [np.sum(FIRST[: at + 1], axis=0).tolist()]
        if at < 2:
            transposed.locator("button[name=step]").click()
    assert transposed.locator("button[name=step]").get_attribute("aria-disabled") == "true"


def test_products_are_added_one_by_one(transposed):
    """While the second stamp falls, the output has the first one and a part of the second."""
    transposed.evaluate(SET, {"position": 1})
    sums = []
    for moment in range(21):
        transposed.evaluate(SET, {"moment": moment})
        sums.append(values(observe(transposed, SWEEP, [{}])[0]["grids"]["output"])[0].tolist())
    steps = [sums[0]] + [now for last, now in itertools.pairwise(sums) if now != last]
    assert steps == [
        [3, 1, 2, 0, 0, 0, 0],
        [3, 1, 8, 0, 0, 0, 0],
        [3, 1, 8, 2, 0, 0, 0],
        [3, 1, 8, 2, 4, 0, 0],
    ]


def test_one_output_is_the_same_sum_in_all_three_views(transposed):
    for view, marks, terms in (
        ("zeros", {"spread": {(0, 4), (0, 5), (0, 6)}}, "2·2+ 0·1+ 3·3= 13"),
        ("matrix", {"matrix": {(4, 1), (4, 2)}}, "1·0+ 2·2+ 3·3= 13"),
    ):
        transposed.evaluate(SET, {"view": view})
        transposed.evaluate(SET, {"position": 4})
        seen = observe(transposed, READ)
        assert terms in seen["readout"]
        for grid, cells in marks.items():
            assert marked(seen["grids"][grid], "window") == cells
    transposed.evaluate(SET, {"view": "stamps"})
    seen = focus_cell(transposed, "output", 0, 4)
    assert marked(seen["grids"]["stamps"], "window") == {(1, 4), (2, 4)}
    assert "2·2+ 3·3= 13" in seen["readout"]


def test_a_view_has_its_grids_and_no_others(transposed):
    own = {
        "stamps": {"stamps", "output"},
        "zeros": {"spread", "flipped", "output"},
        "matrix": {"matrix", "vector", "product"},
        "overlap": {"overlaps", "output"},
    }
    for view, names in own.items():
        transposed.evaluate(SET, {"view": view})
        assert set(observe(transposed, READ)["grids"]) == names | {"input", "kernel"}


def test_each_cell_says_what_it_is(transposed):
    for view, grid, row, column, words in (
        ("stamps", "input", 0, 1, "2 times the kernel: 6 on Y[2], 2 on Y[3] and 4 on Y[4]."),
        ("matrix", "vector", 2, 0, "X[2] = 3"),
        ("stamps", "kernel", 0, 2, "X[0]·W[2] on Y[2], X[1]·W[2] on Y[4] and X[2]·W[2] on Y[6]"),
        ("zeros", "flipped", 0, 0, "W[2] = 2"),
        ("stamps", "stamps", 1, 4, "X[1] to Y[4]X[1]·W[2] = 2·2 = 4"),
        ("stamps", "stamps", 1, 0, "Nothing: this stamp does not reach that cell"),
        ("zeros", "spread", 0, 3, "inserted zero"),
        ("zeros", "spread", 0, 4, "Z[4] = 2"),
        ("matrix", "matrix", 2, 1, "X[1] to Y[2]X[1]·W[0] = 2·3 = 6"),
        ("matrix", "product", 2, 0, "2 stamps meet here."),
        ("overlap", "overlaps", 0, 0, "1 stamp meets here."),
    ):
        transposed.evaluate(SET, {"view": view})
        assert words in focus_cell(transposed, grid, row, column)["readout"], grid
    transposed.evaluate(SET, {"view": "stamps", "dimensions": "2D"})
    assert "X[2, 2]·W[0, 1] = 2·1 = 2" in focus_cell(transposed, "stamp", 0, 1)["readout"]


def test_arrow_keys_walk_and_values_can_be_typed(transposed):
    keyboard = transposed.page.keyboard
    focus_cell(transposed, "input", 0, 0)
    keyboard.press("ArrowRight")
    keyboard.type("-4")
    keyboard.press("Enter")
    keyboard.press("Escape")
    transposed.locator("button[name=link]").focus()
    own = TransposedConvolution([1, -4, 3], [3, 1, 2], stride=2)
    for view, name in (("stamps", "output"), ("matrix", "product")):
        transposed.evaluate(SET, {"view": view})
        seen = observe(transposed, READ)
        np.testing.assert_array_equal(numbers(seen["grids"][name]).ravel(), own.output)
    focus_cell(transposed, "kernel", 0, 0)
    keyboard.press("End")
    keyboard.type("0.5")
    keyboard.press("Enter")
    own = TransposedConvolution([1, -4, 3], [3, 1, 0.5], stride=2)
    seen = observe(transposed, READ)
    np.testing.assert_allclose(numbers(seen["grids"]["product"]).ravel(), own.output)
    np.testing.assert_allclose(numbers(seen["grids"]["matrix"]), own.matrix)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 664)])
def test_it_fits_the_screen_and_a_slider_moves_nothing(visit, width, height):
    root = in_gallery(visit, "transposed", width=width)
    part = root if width > 1000 else root.locator(".cnn-view")
    for state in ({"dimensions": "1D"}, {"dimensions": "2D"}):
        root.evaluate(SET, state)
        for view in OF_VIEW:
            root.evaluate(SET, {"view": view, "size": 3, "kernel_size": 3, "stride": 2})
            observe(root, READ)  # somebody is there: the drawing gives up the room it had before
            high = part.bounding_box()["height"]
            assert high <= height, view
            view_height = root.locator(".cnn-view").bounding_box()["height"]
            root.evaluate(SET, {"size": 4, "kernel_size": 4, "stride": 3})
            observe(root, READ)
            assert root.locator(".cnn-view").bounding_box()["height"] == view_height


@pytest.mark.parametrize("dimensions", ["1D", "2D"])
def test_code_for_this_state_gives_what_is_shown(transposed, dimensions):
    transposed.evaluate(SET, {"dimensions": dimensions, "padding": 1, "output_padding": 1})
    open_code(transposed)
    shown = numbers(observe(transposed, READ)["grids"]["output"])
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
    transposed.evaluate(SET, {"dimensions": "2D", "padding": 2, "view": "zeros"})
    focus_cell(transposed, "input", 0, 0)
    transposed.page.keyboard.type("-7")
    transposed.page.keyboard.press("Enter")
    transposed.page.keyboard.press("Escape")
    transposed.locator("button[name=link]").click()
    address = transposed.locator(".cnn-address").input_value().split("/", 3)[3]
    again = observe(widget(visit.open(address), "transposed"), READ)
    assert numbers(again["grids"]["input"])[0, 0] == -7
    transposed.locator("button[name=link]").focus()
    seen = observe(transposed, READ)
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
    transposed.evaluate(SET, {"padding": 1})
    for dimensions, view in itertools.product(["1D", "2D"], OF_VIEW):
        transposed.evaluate(SET, {"dimensions": dimensions, "view": view})
        grids = observe(transposed, READ)["grids"]
        for cells in grids.values():
            labels = [cell["label"] for row in cells for cell in row]
            assert len(set(labels)) == len(labels), "no two cells of a grid have one name"
            for cell in (cell for row in cells for cell in row):
                name, _, rest = cell["label"].partition("]: ")
                assert "[" in name
                assert rest.partition(",")[0] == (cell["text"] or "nothing")
        if "output" not in grids:
            continue
        cut = [cell for row in grids["output"] for cell in row if "dropped" in cell["marks"]]
        assert cut
        assert all(cell["label"].endswith(", cut off by the padding") for cell in cut)
