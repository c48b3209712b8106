"""Links to a state of the convolution explorer, and the code that it writes for one."""

import random
import re

import numpy as np
import pytest

from cnnlib.widgets.explorer import LIMITS

from .explorer import PAGE, SIZES, random_fitting_state, ready
from .widgets import READ, SET, focus_cell, follow, in_gallery, numbers, observe, open_code


def has_torch() -> bool:
    try:
        import torch  # noqa: F401
    except ImportError:
        return False
    return True


def link_of(root) -> str:
    root.locator("button[name=link]").click()
    return root.locator(".cnn-address").input_value()


def test_link_brings_the_state_back(explorer, visit):
    state = {"height": 5, "width": 6, "kernel_size": 2, "stride": 2, "padding": 1, "dilation": 2}
    explorer.evaluate(SET, state)
    focus_cell(explorer, "input", 1, 1)
    explorer.page.keyboard.type("7.25")
    explorer.page.keyboard.press("Enter")
    focus_cell(explorer, "kernel", 1, 0)
    explorer.page.keyboard.type("-8")
    explorer.page.keyboard.press("Enter")
    seen = observe(explorer, READ)
    address = link_of(explorer)
    again = observe(ready(visit.open(address.removeprefix(visit.site + "/"))), READ)
    assert again["sliders"] == state
    for grid in ("input", "kernel", "output"):
        np.testing.assert_array_equal(numbers(again["grids"][grid]), numbers(seen["grids"][grid]))
    assert numbers(again["grids"]["input"])[1, 1] == 7.25


def test_links_of_the_chapter_set_their_explorer(visit):
    page = visit.open(PAGE)
    ready(page)
    links = page.locator("a[href*='#'][href*='?']").all()
    assert len(links) >= 6
    for link in links:
        key, query = link.get_attribute("href").lstrip("#").split("?")
        wanted = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", query)}
        for _ in range(2):  # also when the address already says so
            link.evaluate("a => a.click()")
            root = page.locator(f".cnn-widget[data-key={key}]")
            now = observe(root, READ)
            shown = {name: wanted[name] for name in now["shown"]}
            assert now["shown"] == shown
            assert now["titles"][0] == f"Input {wanted['height']}×{wanted['width']}"
            assert root.locator(".cnn-words").inner_text() == ""
            root.evaluate(SET, {"height": 3})


@pytest.fixture(scope="module")
def one_page(long_visit):
    return in_gallery(long_visit, "explorer")


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("stride=99", "stride takes whole numbers from 1 to 8: 99 became 8"),
        ("stride=-1", "became 1"),
        ("padding=2.5", "whole numbers"),
        ("height=<img src=x onerror=alert(1)>", "needs a number"),
        ("dilation=NaN", "needs a number"),
        ("height=1e999", "needs a number"),
        ("x=1,2,3", "x needs 49 numbers and has 3"),
        ("kernel_size=2&w=1,2,3,1e9", "became 99"),
    ],
)
def test_bad_link_is_mended_with_a_word(one_page, query, word):
    follow(one_page, f"explorer?{query}")
    assert word in one_page.locator(".cnn-words").inner_text()
    seen = observe(one_page, READ)
    for name in SIZES:
        assert LIMITS[name][0] <= seen["sliders"][name] <= LIMITS[name][1]


def test_code_for_this_state_gives_what_is_shown(explorer):
    rng = random.Random(3)
    open_code(explorer)
    for _ in range(5):
        state = random_fitting_state(rng)
        explorer.evaluate(SET, state)
        seen = observe(explorer, READ)
        codes = [code.text_content() for code in explorer.locator(".cnn-code code").all()]
        for code in codes[:2]:
            if "torch" in code and not has_torch():
                continue
            names: dict = {"print": lambda *_: None}
            exec(code, names)  # it is our own page's code, and it must run as it stands
            np.testing.assert_array_equal(
                np.asarray(names["output"]), numbers(seen["grids"]["output"])
            )
        names = {}
        exec(codes[2].replace("\nConvolutionExplorer(", "\nwidget = ConvolutionExplorer("), names)
        np.testing.assert_array_equal(names["widget"].output, numbers(seen["grids"]["output"]))
