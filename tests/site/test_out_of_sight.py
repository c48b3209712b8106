"""Grids out of sight wait until a slider rests, or until somebody scrolls to them."""

import time

import pytest
from playwright.sync_api import expect

from .conftest import settled
from .widgets import PAGE, SET, widget

LARGE = {"dimensions": "2D", "size": 4, "kernel_size": 4, "stride": 3, "dilation": 2, "position": 0}
#: Every grid looks different after it.
CHANGE = {"size": 3, "kernel_size": 3}
#: The pixels of each grid's canvas, from top to bottom, and whether it can be seen.
CANVASES = """root => [...root.querySelectorAll(".cnn-canvas:not([hidden])")].map((canvas) => {
  const { top, bottom } = canvas.getBoundingClientRect();
  return { pixels: canvas.toDataURL(), seen: bottom > 0 && top < innerHeight };
})"""
#: Wait until the browser has told everybody who asked which grids can be seen. All are told in one
#: task, in any order: the task that follows comes after the widget.
SEEN = """root => new Promise((done) => {
  new IntersectionObserver(() => setTimeout(done)).observe(root.querySelector(".cnn-canvas"));
})"""
#: Move the slider and look in the very frame that follows. However slow the machine is, the slider
#: has not rested yet: its time begins when all has been looked at.
MOVE = f"""async (root, state) => {{
  await ({SEEN})(root);
  const start = window.setTimeout;
  const held = [];
  window.setTimeout = (what, after) => after ? held.push([what, after]) && 0 : start(what);
  try {{
    await ({SET})(root, state);
    await new Promise(requestAnimationFrame);
    return ({CANVASES})(root);
  }} finally {{
    window.setTimeout = start;
    for (const timer of held) start(...timer);
  }}
}}"""


def pixels_of(root) -> list[str]:
    return [canvas["pixels"] for canvas in root.evaluate(CANVASES)]


def wait_for(root, wanted) -> None:
    """Wait until the last pixels are as `wanted` says of them."""
    deadline = time.monotonic() + 60
    while not wanted(pixels_of(root)):
        assert time.monotonic() < deadline, "the grids do not get there"
        root.page.wait_for_timeout(20)


def start(visit, height: int):
    """Return the widget on a page where it begins at the top of a window of this height."""
    page = visit.open(PAGE)
    page.set_viewport_size({"width": 1280, "height": height})
    page.wait_for_function("height => innerHeight === height", arg=height)  # it comes when it likes
    root = widget(page, "transposed")
    settled(page)
    root.evaluate(SET, LARGE)
    # the cells follow when the slider rests: nothing is on its way any more
    expect(root.locator("[data-grid=input] [role=gridcell]")).to_have_count(16)
    root.evaluate("root => root.scrollIntoView()")
    return root


@pytest.fixture(scope="module")
def expected(long_visit):
    """The pixels of all grids at two positions, where the window holds them all."""
    tall = start(long_visit, 4000)
    before = pixels_of(tall)
    moved = tall.evaluate(MOVE, CHANGE)
    assert all(canvas["seen"] for canvas in moved)
    pixels = [canvas["pixels"] for canvas in moved]
    next_one = [canvas["pixels"] for canvas in tall.evaluate(MOVE, {"position": 1})]
    back = [canvas["pixels"] for canvas in tall.evaluate(MOVE, {"position": 0})]
    assert back == pixels != next_one, "what can be seen is drawn at once"
    assert not set(before) & set(pixels)
    return pixels, next_one


def test_what_can_be_seen_follows_at_once_and_the_rest_when_the_slider_rests(visit, expected):
    low = start(visit, 200)
    moved = low.evaluate(MOVE, CHANGE)
    right = [canvas["pixels"] == pixels for canvas, pixels in zip(moved, expected[0], strict=True)]
    seen = [canvas["seen"] for canvas in moved]
    assert right == seen, "grids out of sight take no part in the frame"
    assert 0 < sum(seen) < len(seen)
    wait_for(low, lambda pixels: pixels == expected[0])


def test_whoever_scrolls_to_a_grid_finds_it_right(visit, expected):
    low = start(visit, 200)
    # a slider that never rests: each step comes before the time of rest is over
    low.evaluate(
        """root => {
          const slider = root.querySelector("[name=position]");
          window.restless = setInterval(() => {
            slider.value = 1 - Number(slider.value);
            slider.dispatchEvent(new Event("input", { bubbles: true }));
          }, 40);
        }"""
    )
    low.evaluate(MOVE, CHANGE)
    low.locator(".cnn-canvas:not([hidden])").last.scroll_into_view_if_needed()
    wait_for(low, lambda pixels: pixels[-1] in (expected[0][-1], expected[1][-1]))
    assert low.evaluate(CANVASES)[-1]["seen"]
    low.evaluate("clearInterval(window.restless)")
    low.evaluate(SET, {"position": 0})
    wait_for(low, lambda pixels: pixels[-1] == expected[0][-1])
