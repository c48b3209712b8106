"""The convolution explorer on the built page: every number it shows is the library's."""

import itertools
import random
import re

import numpy as np
import pytest

import cnnlib
from cnnlib.widgets import ConvolutionExplorer
from cnnlib.widgets.explorer import LIMITS

from .explorer import PAGE, SIZES, random_fitting_state, ready
from .widgets import READ, SET, drive, focus_cell, marked, number, numbers, observe, widget


def cells_read(state) -> set[tuple[int, int]]:
    """Which cells of the padded input any window reads, by stamping them."""
    axes = []
    for size in (state["height"], state["width"]):
        out = cnnlib.conv_output_size(
            size, state["kernel_size"], state["stride"], state["padding"], state["dilation"]
        )
        axes.append(
            {
                o * state["stride"] + k * state["dilation"]
                for o in range(out)
                for k in range(state["kernel_size"])
            }
        )
    return set(itertools.product(*axes))


def assert_shows(seen: dict, state: dict) -> None:
    """Hold everything that the explorer shows in `state` against cnnlib."""
    assert seen["sliders"] == seen["shown"] == state
    own = ConvolutionExplorer(**state)
    padding = state["padding"]
    np.testing.assert_array_equal(numbers(seen["grids"]["input"]), np.pad(own.input, padding))
    np.testing.assert_array_equal(numbers(seen["grids"]["kernel"]), own.weight)
    conv = {name: state[name] for name in ("stride", "padding", "dilation")}
    size, k = (state["height"], state["width"]), state["kernel_size"]
    try:
        cnnlib.conv_output_size(min(size), k, **conv)
    except ValueError as error:
        reach, padded = re.search(r"reaches (\d+) cells.* input has (\d+)", str(error)).groups()
        assert f"the kernel reaches {reach} cell" in seen["note"]
        assert f"the padded input has {padded} " in seen["note"]
        assert seen["titles"][2] == "No output"
        assert seen["grids"]["output"] == []
        assert_advice_helps(seen["note"], state)
        return
    shape = cnnlib.conv_output_size(size, (k, k), **conv)
    np.testing.assert_array_equal(numbers(seen["grids"]["output"]), own.output)
    assert numbers(seen["grids"]["output"]).shape == shape
    assert seen["titles"][2] == f"Output {shape[0]}×{shape[1]}"
    ends = [int(rule.rsplit("= ", 1)[1]) for rule in seen["rules"][-2:]]
    assert tuple(ends) == shape
    if state["dilation"] > 1:
        reach = int(seen["rules"][1].rsplit("= ", 1)[1])
        assert reach == cnnlib.effective_kernel_size(k, state["dilation"])
    assert_dropped_cells(seen, state)


def assert_dropped_cells(seen: dict, state: dict) -> None:
    conv = {name: state[name] for name in ("stride", "padding", "dilation")}
    k = state["kernel_size"]
    size = (state["height"], state["width"])
    rows, columns = cnnlib.dropped_cells(size, (k, k), **conv)
    padded = tuple(s + 2 * state["padding"] for s in size)
    dropped = {
        (r, c)
        for r in range(padded[0])
        for c in range(padded[1])
        if r >= padded[0] - rows or c >= padded[1] - columns
    }
    everything = set(itertools.product(range(padded[0]), range(padded[1])))
    unread = everything - cells_read(state) - dropped
    assert marked(seen["grids"]["input"], "dropped") == dropped
    assert marked(seen["grids"]["input"], "unread") == unread
    note = seen["note"]
    assert (f"{rows} row" in note) == bool(rows)
    assert (f"{columns} column" in note) == bool(columns)
    if dropped:
        count = int(re.search(r"border: (\d+) cell", note)[1])
        assert count == len(dropped)
        p = state["padding"]
        pads = {(r, c) for r, c in dropped if not (p <= r < p + size[0] and p <= c < p + size[1])}
        told = re.search(r"input, (all|none|\d+) of them padding", note)[1]
        known = {"all": len(dropped), "none": 0}
        assert (known[told] if told in known else int(told)) == len(pads)
    if unread:
        assert int(re.search(r"(\d+) more cell", note)[1]) == len(unread)
    if not dropped and not unread:
        assert note == "Every cell of the padded input is read."


def assert_advice_helps(note: str, state: dict) -> None:
    """Each way out that the explorer names is the nearest one that works on the short axis."""
    size = min(state["height"], state["width"])
    for name, words in (("padding", "padding"), ("dilation", "dilation"), ("kernel_size", "of")):
        found = re.search(rf"{words} (\d+)(?=[,.])", note.split("It would fit")[1])
        if not found:
            continue
        mended = {**state, name: int(found[1])}
        arguments = [mended[n] for n in ("kernel_size", "stride", "padding", "dilation")]
        assert cnnlib.conv_output_size(size, *arguments) >= 1
        nearer = {**mended, name: mended[name] + (-1 if name == "padding" else 1)}
        arguments = [nearer[n] for n in ("kernel_size", "stride", "padding", "dilation")]
        with pytest.raises(ValueError, match="kernel reaches"):
            cnnlib.conv_output_size(size, *arguments)


def snake(ranges: list[range]):
    """Visit a whole grid of settings; from each to the next one setting moves by one."""
    if not ranges:
        yield ()
        return
    forth = True
    for rest in snake(ranges[1:]):
        yield from ((value, *rest) for value in (ranges[0] if forth else reversed(ranges[0])))
        forth = not forth


def test_full_grid_of_small_settings_by_keyboard(explorer):
    ranges = [range(1, 5), range(1, 4), range(1, 4), range(1, 4), range(0, 3), range(1, 3)]
    page = explorer.page
    element = explorer.element_handle()
    start = dict(zip(SIZES, next(snake(ranges)), strict=True))
    for name in SIZES:
        explorer.locator(f".cnn-controls input[name={name}]").focus()
        page.keyboard.press("Home")
    now, focused, states = start, None, 0
    for setting in snake(ranges):
        state = dict(zip(SIZES, setting, strict=True))
        for name in SIZES:
            if state[name] != now[name]:
                if focused != name:
                    explorer.locator(f".cnn-controls input[name={name}]").focus()
                    focused = name
                page.keyboard.press("ArrowRight" if state[name] > now[name] else "ArrowLeft")
        now = state
        assert_shows(observe(element, READ), state)
        states += 1
    assert states == 4 * 3 * 3 * 3 * 3 * 2


def test_random_settings_from_the_whole_range(explorer):
    rng = random.Random(20261122)
    corners = [{n: LIMITS[n][i] for n in SIZES} for i in (0, 1)]
    states = corners + [{n: rng.randint(*LIMITS[n]) for n in SIZES} for _ in range(500)]
    for state, seen in drive(explorer, states):
        assert_shows(seen, state)


def test_forbidden_centres_are_hatched_and_counted(visit):
    page = visit.open(PAGE)
    root = widget(page, "no-padding")
    for height, width, kernel in itertools.product((1, 4, 7, 16), (5, 8), range(1, 10)):
        root.evaluate(SET, {"height": height, "width": width, "kernel_size": kernel})
        seen = observe(root, READ)
        if kernel > min(height, width):
            assert "No output" in seen["note"]
            continue
        if kernel % 2 == 0:
            assert seen["note"] == "An even kernel has no centre cell."
            continue
        rows, columns = cnnlib.conv_output_size((height, width), (kernel, kernel))
        first = kernel // 2
        free = {(first + r, first + c) for r in range(rows) for c in range(columns)}
        everything = set(itertools.product(range(height), range(width)))
        assert marked(seen["grids"]["input"], "forbidden") == everything - free
        if everything - free:
            told = re.findall(r"\d+", seen["note"])
            assert [int(n) for n in told] == [len(everything - free), len(everything)]
        else:
            assert f"all {len(everything)} cells" in seen["note"]


def test_sliders_reach_the_ends_of_their_range(explorer):
    for name in SIZES:
        slider = explorer.locator(f".cnn-controls input[name={name}]")
        for key, end in (("End", 1), ("Home", 0)):
            slider.press(key)
            assert slider.evaluate("s => s.valueAsNumber") == LIMITS[name][end]


def test_each_cell_tells_where_it_comes_from_or_goes_to(explorer):
    rng = random.Random(7)
    for _ in range(60):
        state = random_fitting_state(rng)
        explorer.evaluate(SET, state)
        own = ConvolutionExplorer(**state)
        k, s, p, d = (state[n] for n in SIZES[2:])
        rows, columns = own.output.shape
        padded = np.pad(own.input, p)

        i, j = rng.randrange(rows), rng.randrange(columns)
        seen = focus_cell(explorer, "output", i, j)
        window = {(i * s + u * d, j * s + v * d) for u in range(k) for v in range(k)}
        assert marked(seen["grids"]["input"], "window") == window
        assert marked(seen["grids"]["output"], "active") == {(i, j)}
        terms = re.findall(r"(−?[\d.]+)·\(?(−?[\d.]+)", seen["sum"])
        expected = [
            (padded[i * s + u * d, j * s + v * d], own.weight[u, v])
            for u in range(k)
            for v in range(k)
        ]
        assert [(number(x), number(w)) for x, w in terms] == expected
        assert number(seen["sum"].rsplit("= ", 1)[1]) == own.output[i, j]
        assert seen["readout"].startswith(f"Y[{i}, {j}] = ")

        r, c = rng.randrange(padded.shape[0]), rng.randrange(padded.shape[1])
        seen = focus_cell(explorer, "input", r, c)
        uses = {
            (i, j, u, v)
            for i, u in itertools.product(range(rows), range(k))
            if i * s + u * d == r
            for j, v in itertools.product(range(columns), range(k))
            if j * s + v * d == c
        }
        told = re.findall(r"Y\[(\d+), (\d+)\] with W\[(\d+), (\d+)\]", seen["readout"])
        assert {tuple(map(int, use)) for use in told} == uses
        assert marked(seen["grids"]["output"], "window") == {use[:2] for use in uses}
        if not uses:
            assert "No output reads this cell" in seen["readout"]

        u, v = rng.randrange(k), rng.randrange(k)
        seen = focus_cell(explorer, "kernel", u, v)
        met = {(i * s + u * d, j * s + v * d) for i in range(rows) for j in range(columns)}
        assert marked(seen["grids"]["input"], "window") == met
        assert f"All {rows * columns} outputs" in seen["readout"]


def test_hover_shows_and_click_pins_and_escape_lets_go(explorer):
    explorer.evaluate(SET, {"position": 0})
    cell = explorer.locator("[data-grid=output] [data-row='1'][data-column='2']")
    explorer.locator(".cnn-note").hover()  # a mouse that appears from nowhere has not moved
    cell.hover()
    assert observe(explorer, READ)["readout"].startswith("Y[1, 2]")
    explorer.locator(".cnn-note").hover()
    assert observe(explorer, READ)["readout"].startswith("Y[0, 0]")
    cell.click()
    explorer.locator("[data-grid=output] [data-row='0'][data-column='1']").hover()
    seen = observe(explorer, READ)
    assert seen["readout"].startswith("Y[1, 2]")
    assert marked(seen["grids"]["output"], "pinned") == {(1, 2)}
    explorer.page.keyboard.press("Escape")
    assert not marked(observe(explorer, READ)["grids"]["output"], "pinned")


def test_arrow_keys_walk_through_a_grid(explorer):
    page = explorer.page
    focus_cell(explorer, "output", 0, 0)
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    assert observe(explorer, READ)["readout"].startswith("Y[1, 1]")
    page.keyboard.press("Space")
    assert marked(observe(explorer, READ)["grids"]["output"], "pinned") == {(1, 1)}


def test_values_can_be_edited_typed_and_pasted(explorer):
    page = explorer.page
    before = numbers(observe(explorer, READ)["grids"]["output"])
    focus_cell(explorer, "kernel", 1, 1)
    page.keyboard.type("-3.5")
    page.keyboard.press("Enter")
    seen = observe(explorer, READ)
    own = ConvolutionExplorer(**seen["sliders"])
    weight = own.weight.astype(float)
    weight[1, 1] = -3.5
    conv = {name: seen["sliders"][name] for name in ("stride", "padding", "dilation")}
    after = cnnlib.conv2d(own.input[None, None], weight[None, None], **conv)[0, 0]
    np.testing.assert_array_equal(numbers(seen["grids"]["output"]), after)
    assert not np.array_equal(before, after)

    field = explorer.locator("input[name=value]")
    for wrong, word in (("12a", "needs a number"), ("1e9", "became 99"), ("0.123", "became 0.12")):
        focus_cell(explorer, "kernel", 0, 0)
        page.keyboard.press("Enter")
        field.fill(wrong)
        page.keyboard.press("Enter")
        assert word in explorer.locator(".cnn-words").inner_text()

    focus_cell(explorer, "kernel", 0, 0)
    page.evaluate(
        """() => document.activeElement.dispatchEvent(Object.assign(
        new Event("paste", { bubbles: true, cancelable: true }),
        { clipboardData: { getData: () => "[1, 0, -1]\\n[2 0 -2]\\n1\\t0\\t-1" } }))"""
    )
    sobel = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
    np.testing.assert_array_equal(numbers(observe(explorer, READ)["grids"]["kernel"]), sobel)
    explorer.locator("button[name=reset]").click()
    np.testing.assert_array_equal(numbers(observe(explorer, READ)["grids"]["output"]), before)


def test_padding_cannot_be_edited(explorer):
    explorer.evaluate(SET, {"padding": 1})
    focus_cell(explorer, "input", 0, 0)
    explorer.page.keyboard.press("Enter")
    assert "always zero" in explorer.locator(".cnn-words").inner_text()


def test_the_read_out_keeps_the_focus_while_it_changes(explorer):
    """Whoever scrolls in a long sum with the keyboard stays there while the explorer plays."""
    total = explorer.locator(".cnn-sum")
    total.focus()
    before = total.text_content()
    explorer.evaluate(SET, {"kernel_size": 2, "position": 3})
    assert total.text_content() != before
    assert total.evaluate("sum => document.activeElement === sum")
    assert total.locator(".cnn-term").count() == 2 * 2


def test_screen_reader_is_told(explorer):
    explorer.evaluate(SET, {"height": 7, "width": 8, "stride": 3, "padding": 1, "kernel_size": 3})
    status = explorer.locator("[role=status]")
    status.page.wait_for_function(
        "s => s.textContent.startsWith('Output 3 by 3.')", arg=status.element_handle()
    )
    label = explorer.locator("[data-grid=input] [data-row='0'][data-column='0']")
    assert label.get_attribute("aria-label").startswith("Padding row -1, column -1: 0")
    for control in explorer.locator(":is(input, select, button):visible").all():
        name = control.evaluate("c => c.labels?.[0]?.textContent || c.ariaLabel || c.textContent")
        assert name.strip(), control.evaluate("c => c.outerHTML")


def test_touch_at_360_pixels(visit):
    page = visit.open(PAGE, width=360, has_touch=True, is_mobile=True)
    root = ready(page)
    root.locator("[data-grid=output] [data-row='1'][data-column='1']").tap()
    seen = observe(root, READ)
    assert seen["readout"].startswith("Y[1, 1]")
    assert marked(seen["grids"]["output"], "pinned") == {(1, 1)}
    box = root.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    for state in ({"height": 16, "width": 16, "padding": 8}, {"kernel_size": 9, "dilation": 5}):
        root.evaluate(SET, state)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        for grid in ("input", "kernel", "output"):
            area = root.locator(f"[data-grid={grid}]").bounding_box()
            if area:
                assert area["x"] + area["width"] <= 360
