"""Dilation against stride, gradient, connections, volume filter: each number is the library's."""

import random
import re

import numpy as np
import pytest

import cnnlib
from cnnlib.data import load_photo
from cnnlib.widgets import (
    Connections,
    ConvolutionGradient,
    DilationStride,
    VolumeFilter,
    connections,
    convolution_gradient,
    dilation_stride,
    volume_filter,
)

from .widgets import (
    LINES,
    READ,
    SET,
    all_numbers,
    drive,
    focus_cell,
    in_gallery,
    marked,
    number,
    numbers,
    observe,
)


def random_states(limits: dict, names: tuple[str, ...], seed: int, count: int = 500):
    rng = random.Random(seed)
    yield {name: limits[name][0] for name in names}
    yield {name: limits[name][1] for name in names}
    for _ in range(count):
        yield {name: rng.randint(*limits[name]) for name in names}


def has(own, name: str) -> bool:
    try:
        getattr(own, name)
    except ValueError:
        return False
    return True


def assert_advice_helps(note: str, name: str, state: dict) -> None:
    """Each way out that the note names for a side gives it an output."""
    word = {"dilated": "Dilation", "strided": "Stride"}[name]
    advice = re.search(rf"{word} \d+: no output.*?Choose (.*?)\.", note).group(1)
    found = re.findall(r"(dilation|kernel size) (\d+)", advice)
    assert found
    for trait, value in found:
        assert has(DilationStride(**{**state, trait.replace(" ", "_"): int(value)}), name), advice


def test_both_windows_stand_where_the_play_bar_says(visit):
    root = in_gallery(visit, "dilation-stride")
    own = DilationStride()
    root.evaluate(SET, {"position": 4})
    for moment in (10, 20):
        root.evaluate(SET, {"moment": moment})
        grids = observe(root, READ)["grids"]
        assert marked(grids["dilated"], "window") == {(r, c) for r in (1, 3, 5) for c in (1, 3, 5)}
        assert marked(grids["strided"], "window") == {(r, c) for r in (2, 3, 4) for c in (2, 3, 4)}
        for name in ("dilated", "strided"):
            texts = [cell["text"] for row in grids[f"{name}_output"] for cell in row]
            landed = [*texts[:4], texts[4] or "0", *texts[5:]]
            assert (texts[4] == "") == (moment < 20)
            expected = getattr(own, name).ravel()
            expected[4] *= moment == 20
            assert [number(text) for text in landed] == expected.tolist()
    seen = focus_cell(root, "dilated", 0, 0)
    assert "1 output reads this cell. Y[0, 0] with W[0, 0]" in seen["readout"]
    seen = focus_cell(root, "strided_output", 1, 2)
    assert f"= {own.strided[1, 2]}" in seen["sum"]
    assert marked(seen["grids"]["dilated"], "window") == set()


def test_dilation_and_stride(visit):
    root = in_gallery(visit, "dilation-stride")
    names = ("size", "kernel_size", "dilation", "stride")
    for state, seen in drive(root, random_states(dilation_stride.LIMITS, names, 5)):
        own = DilationStride(**state)
        for name in ("dilated", "strided"):
            np.testing.assert_array_equal(numbers(seen["grids"][name]), own.input)
            shown = seen["grids"][f"{name}_output"]
            if has(own, name):
                np.testing.assert_array_equal(numbers(shown), getattr(own, name))
            else:
                assert shown == []
                assert "no output" in seen["note"]
                assert_advice_helps(seen["note"], name, state)
        if has(own, "dilated") and has(own, "strided"):
            d, k = state["dilation"], state["kernel_size"]
            reach = k + (k - 1) * (d - 1)
            told = all_numbers(seen["note"])
            assert told[:3] == [d, k * k, reach * reach - k * k]
            unread = len(marked(seen["grids"]["strided"], "unread"))
            assert told[-1] == unread
            assert len(marked(seen["grids"]["dilated"], "window")) == k * k


def test_gradient_of_a_convolution(visit):
    root = in_gallery(visit, "gradient")
    rng = random.Random(6)
    names = ("size", "kernel_size", "stride", "padding", "dilation")
    fitting = []
    for state, seen in drive(root, random_states(convolution_gradient.LIMITS, names, 6)):
        own = ConvolutionGradient(**state)
        grids = seen["grids"]
        np.testing.assert_array_equal(numbers(grids["input"]), own.input)
        np.testing.assert_array_equal(numbers(grids["kernel"]), own.weight)
        if not has(own, "grad_output"):
            assert seen["note"].startswith("No output")
            assert "It would fit with" in seen["note"]
            assert list(grids) == ["input", "kernel"]
            continue
        unread = ConvolutionGradient(**state, gradients=[[1] * 13] * 13, weights=[[1] * 4] * 4)
        assert marked(grids["grad_input"], "unread") == {
            (r, c) for r, c in np.argwhere(unread.grad_input == 0)
        }
        for name in ("grad_output", "grad_input", "grad_weight"):
            np.testing.assert_array_equal(numbers(grids[name]), getattr(own, name))
        fitting.append((state, own))
    for state, own in rng.sample(fitting, 50):
        root.evaluate(SET, state)
        name, side = rng.choice([("grad_weight", "kernel_size"), ("grad_input", "size")])
        row, column = rng.randrange(state[side]), rng.randrange(state[side])
        told = focus_cell(root, name, row, column)["readout"]
        value = getattr(own, name)[row, column]
        assert all_numbers(told.rsplit("=", 1)[1]) == [pytest.approx(value, abs=1e-3)]


def test_the_gradient_grows_window_by_window(visit):
    root = in_gallery(visit, "gradient")
    own = ConvolutionGradient()
    root.locator("select[name=speed]").select_option("3200")
    root.locator("button[name=play]").click()
    grids = observe(root, READ)["grids"]
    first = np.zeros_like(own.grad_output)
    first[0, 0] = own.grad_output[0, 0]
    x, w = own.input[None, None], own.weight[None, None]
    gradients = cnnlib.conv2d_backward(first[None, None], x, w)
    np.testing.assert_array_equal(numbers(grids["grad_input"]), gradients[0][0, 0])
    np.testing.assert_array_equal(numbers(grids["grad_weight"]), gradients[1][0, 0])
    root.locator("button[name=play]").click()
    grids = observe(root, READ)["grids"]
    np.testing.assert_array_equal(numbers(grids["grad_input"]), own.grad_input)


def test_a_share_lands_after_the_other(visit):
    """At every moment of a window's motion the gradients hold what has landed so far."""
    root = in_gallery(visit, "gradient")
    own = ConvolutionGradient()
    before, after = (
        cnnlib.conv2d_backward(
            np.where(np.arange(9).reshape(3, 3) < windows, own.grad_output, 0)[None, None],
            own.input[None, None],
            own.weight[None, None],
        )[:2]
        for windows in (4, 5)
    )
    landed = []
    root.evaluate(SET, {"position": 4})
    for moment in range(20):
        root.evaluate(SET, {"moment": moment})
        seen = observe(root, READ)["grids"]
        count = 0
        for name, at in (("grad_input", 0), ("grad_weight", 1)):
            shown, old, new = numbers(seen[name]), before[at][0, 0], after[at][0, 0]
            assert ((shown == old) | (shown == new)).all()
            count += ((shown == new) & (new != old)).sum()
        landed.append(count)
    assert landed[0] == 0
    assert landed == sorted(landed)
    assert landed[-1] == sum((new != old).sum() for old, new in zip(before, after, strict=True))


def test_what_a_window_gives_adds_up_to_the_gradients(visit):
    root = in_gallery(visit, "gradient")
    root.evaluate(SET, {"padding": 1, "dilation": 2, "stride": 2, "size": 5})
    own = ConvolutionGradient(padding=1, dilation=2, stride=2, size=5)
    sums = {"X": np.zeros_like(own.grad_input), "W": np.zeros_like(own.grad_weight)}
    for i, j in np.ndindex(own.grad_output.shape):
        told = focus_cell(root, "grad_output", i, j)["sum"]
        found = re.findall(r"d([XW])\[(\d+), (\d+)\] \+= [^=]*= (−?\d+?)(?=d|$)", told)
        for name, row, column, value in found:
            sums[name][int(row), int(column)] += number(value)
    np.testing.assert_array_equal(sums["X"], own.grad_input)
    np.testing.assert_array_equal(sums["W"], own.grad_weight)


def test_connections(visit):
    root = in_gallery(visit, "connections")
    names = ("size", "kernel_size", "side", "neurons")
    rng = random.Random(7)
    kinds = ["dense", "local", "shared"]
    states = [
        {**state, "kind": rng.choice(kinds)}
        for state in random_states(connections.LIMITS, names, 7)
    ]
    fitting = []
    for state, seen in drive(root, states):
        own, kind = Connections(**state), state["kind"]
        if not has(own, "weights"):
            assert seen["note"].startswith("No neurons")
            assert all_numbers(seen["note"])[-2:] == [state["size"], state["kernel_size"]]
            assert set(seen["grids"]) <= {"input", "hidden"}
            continue
        told = [all_numbers(rule)[-1] for rule in seen["rules"]]
        assert told == list(own.weights.values())
        assert all_numbers(seen["note"])[0] == own.weights[kind]
        fitting.append(state)
    for state in rng.sample(fitting, 100):
        root.evaluate(SET, state)
        n, k = state["size"], state["kernel_size"]
        row, column = rng.randrange(n - k + 1), rng.randrange(n - k + 1)
        read = focus_cell(root, "hidden", row, column)
        count = n * n if state["kind"] == "dense" else k * k
        assert len(marked(read["grids"]["input"], "window")) == count
        assert len(root.evaluate(LINES)) == count


#: How many lines have each colour, among those of all neurons.
COLOURS = """root => Object.fromEntries(
  [...root.querySelectorAll(".cnn-overlay .cnn-line.faint:not(.border)")].map((path) =>
    [path.style.stroke, path.getAttribute("d").match(/M/g).length]))"""


@pytest.mark.parametrize("kind", ["dense", "local", "shared"])
def test_a_weight_has_one_colour_and_one_name_in_every_neuron(visit, kind):
    root = in_gallery(visit, "connections")
    for size, kernel in ((4, 2), (3, 3), (6, 3), (2, 1)):
        root.evaluate(SET, {"kind": kind, "size": size, "kernel_size": kernel})
        own = Connections(kind=kind, size=size, kernel_size=kernel)
        neurons, lines = len(own.reads()), sum(map(len, own.reads()))
        colours = root.evaluate(COLOURS)
        assert sum(colours.values()) == lines
        if kind == "shared":
            assert list(colours.values()) == [neurons] * kernel**2
        else:
            assert len(colours) == min(60, lines)
        grid = observe(root, READ)["grids"]["weights"]
        side = size if kind == "dense" else kernel
        names = np.array([[cell["text"] for cell in row] for row in grid])
        blocks = (
            names.reshape(-1, side, len(grid) // side, side).swapaxes(1, 2).reshape(neurons, -1)
        )
        expected = np.arange(own.weights[kind]) + 1
        if kind == "shared":
            expected = np.tile(expected, neurons)
        assert blocks.flatten().tolist() == [f"w{number}" for number in expected]


def test_a_weight_leads_to_every_neuron_that_has_it(visit):
    root = in_gallery(visit, "connections")
    for kind, uses in (("local", 1), ("shared", 9), ("dense", 1)):
        root.evaluate(SET, {"kind": kind})
        read = focus_cell(root, "weights", 2, 3)
        assert f"is used {uses} time" in read["readout"]
        assert len(root.evaluate(LINES)) == uses
        assert len(marked(read["grids"]["hidden"], "window")) == uses
    assert "By h11 on x12." in read["readout"]


def test_each_position_explains_its_neuron(visit):
    root = in_gallery(visit, "connections")
    for row in range(3):
        for column in range(3):
            root.evaluate(SET, {"position": 3 * row + column})
            read = observe(root, READ)
            assert read["readout"].startswith(f"h{row + 1}{column + 1} has 4 inputs")
            assert marked(read["grids"]["hidden"], "active") == {(row, column)}


def test_connections_start_with_the_lectures_example(visit):
    root = in_gallery(visit, "connections")
    read = focus_cell(root, "hidden", 0, 0)
    assert "It reads x1, x2, x5 and x6." in read["readout"]
    assert all_numbers(read["rules"][3])[-1] == 60_000_000


def test_volume_filter(visit):
    root = in_gallery(visit, "volume-filter")
    names = ("channels", "filters", "size", "kernel_size")
    rng = random.Random(8)
    fitting = []
    states = []
    for state in random_states(volume_filter.LIMITS, names, 8):
        side = max(0, state["size"] - state["kernel_size"] + 1)
        position = rng.randrange(max(1, state["filters"] * side**2))
        source = rng.choice(["numbers", "photo"])
        states.append({**state, "source": source, "position": position})
    for state, seen in drive(root, states):
        own = VolumeFilter(**state)
        grids = seen["grids"]
        for c in range(state["channels"]):
            np.testing.assert_array_equal(numbers(grids[f"input{c}"]), own.input[c])
        assert f"input{state['channels']}" not in grids
        assert all_numbers(seen["rules"][1])[-1] == own.parameters
        if not has(own, "output"):
            assert seen["note"].startswith("No output")
            continue
        k, *place = np.unravel_index(state["position"], own.output.shape)
        assert seen["readout"].startswith(f"Y[{k}, {place[0]}, {place[1]}] = ")
        for c in range(state["channels"]):
            np.testing.assert_array_equal(numbers(grids[f"kernel{c}"]), own.weight[k, c])
        for f in range(state["filters"]):
            np.testing.assert_array_equal(numbers(grids[f"output{f}"]), own.output[f])
        fitting.append((state, own))
    for state, own in rng.sample(fitting, 50):
        root.evaluate(SET, state)
        f, i, j = (rng.randrange(size) for size in own.output.shape)
        focus_cell(root, f"output{f}", i, j)
        assert_products(root, own, (f, i, j))
        told = all_numbers(root.locator(".cnn-check").inner_text())
        total = own.output[f, i, j]
        window = own.input[:, i : i + state["kernel_size"], j : j + state["kernel_size"]]
        parts = (window * own.weight[f]).sum(axis=(1, 2))
        assert told == [*parts.tolist(), own.bias[f], total]


def assert_products(root, own, place) -> None:
    """The read-out has every product of the window in the order of the channels."""
    f, i, j = place
    n = own.kernel_size
    terms = [
        all_numbers(term.replace("+", "")) for term in root.locator(".cnn-term").all_inner_texts()
    ]
    window = own.input[:, i : i + n, j : j + n]
    assert terms == np.stack([window.ravel(), own.weight[f].ravel()], axis=1).tolist()


def test_the_filter_that_is_explained_is_drawn_and_edited(visit):
    root = in_gallery(visit, "volume-filter")
    focus_cell(root, "output1", 1, 1)
    root.page.keyboard.press("Space")
    own = VolumeFilter()
    for c in range(3):
        shown = numbers(observe(root, READ)["grids"][f"kernel{c}"])
        np.testing.assert_array_equal(shown, own.weight[1, c])
    focus_cell(root, "kernel2", 0, 1)
    root.page.keyboard.type("7")
    root.page.keyboard.press("Enter")
    root.page.keyboard.press("Escape")
    weights = np.array(own.weights)
    weights.reshape(4, 4, 3, 3)[1, 2, 0, 1] = 7
    changed = VolumeFilter(weights=weights.tolist())
    grids = observe(root, READ)["grids"]
    for f in range(2):
        np.testing.assert_array_equal(numbers(grids[f"output{f}"]), changed.output[f])


def test_play_fills_one_map_after_the_other(visit):
    """The 12 products of a window fall into one number; nine of these are a map, then the next."""
    root = in_gallery(visit, "volume-filter")
    root.evaluate(SET, {"position": 8})
    root.locator("button[name=step]").click()
    grids = observe(root, READ)["grids"]
    assert marked(grids["output1"], "active") == {(0, 0)}
    assert root.locator(".cnn-overlay rect").count() == 3
    assert all(marked(grids[f"input{c}"], "window") == CORNER for c in range(3))


CORNER = {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_pixels_of_the_photo_are_those_of_the_library(visit):
    root = in_gallery(visit, "volume-filter")
    root.evaluate(SET, {"source": "photo", "size": 6})
    grids = observe(root, READ)["grids"]
    row, column = volume_filter.PATCH
    patch = load_photo()[:, row : row + 6, column : column + 6]
    for c in range(3):
        np.testing.assert_array_equal(numbers(grids[f"input{c}"]), patch[c])
    focus_cell(root, "input0", 0, 0)
    root.page.keyboard.type("200")
    root.page.keyboard.press("Enter")
    assert numbers(observe(root, READ)["grids"]["input0"])[0, 0] == 200
