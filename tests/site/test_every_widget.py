"""What holds for every widget of the gallery: touch, dark mode, links, labels, random events.

Also: axe-core finds nothing in several states of each, light and dark.
"""

import random

import pytest

from .axe import COLOURS, RULES, found_by_axe
from .conftest import IN_SCHEME, STILL, settled
from .widgets import (
    READ,
    SHUFFLE,
    follow,
    in_gallery,
    observe,
    only,
    page_of,
    random_events,
    widget,
    with_names_backwards,
)

KEYS = [
    "explorer",
    "pooling",
    "question-size",
    "dilation-stride",
    "gradient",
    "chain",
    "connections",
    "transposed",
    "conv3d",
    "volume-filter",
    "image-kernels",
    "variants",
    "receptive-field",
    "network-builder",
    "shifted-photo",
    "draw-digit",
    "living-network",
    "training-playground",
    "checkerboard",
    "edge-pooling",
    "frames",
]
pytestmark = pytest.mark.parametrize("key", KEYS)


def test_360_pixels_are_enough(visit, key):
    root = in_gallery(visit, key, width=360, has_touch=True, is_mobile=True)
    box = root.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    parts = ":is([data-grid], button, input, select, output, .cnn-scroll):visible"
    for part in root.locator(parts).all():
        if part.evaluate("part => part.parentElement.closest('.cnn-scroll') !== null"):
            continue  # a wide table scrolls in its own box
        area = part.bounding_box()
        assert area["x"] >= box["x"]
        assert area["x"] + area["width"] <= box["x"] + box["width"] + 1
    cell = root.locator("[role=gridcell]").last
    if cell.count():
        cell.tap()
        assert root.locator("[data-marks~=pinned]").count() == 1


#: All words but those for a screen reader, which come when the widget rests.
WORDS = """root => {
  const copy = root.cloneNode(true);
  copy.querySelector("[role=status]").remove();
  return copy.textContent;
}"""


def brightness(root) -> int:
    """Return the sum of red, green and blue behind a widget."""
    ground = root.evaluate("root => getComputedStyle(root).backgroundColor")
    return sum(map(int, ground[4:-1].split(", ")))


#: Which grids are white, or nearly, in more than a sixth of what is painted.
WHITE = """root => [...root.querySelectorAll("canvas.cnn-canvas")].filter((canvas) => {
  const { width, height } = canvas;
  if (!canvas.checkVisibility()) return false;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  let [painted, white] = [0, 0];
  for (let at = 0; at < data.length; at += 4) {
    painted += data[at + 3] === 255;
    white += data[at + 3] === 255 && Math.min(...data.slice(at, at + 3)) > 225;
  }
  return white > painted / 6;
}).length"""


def test_dark_shows_the_same_on_a_dark_ground_and_names_may_come_in_any_order(visit, key):
    seen, grounds = [], []
    for scheme, page in (("light", only(key)), ("dark", with_names_backwards(only(key)))):
        root = widget(visit.open(page_of(key), instead=page, color_scheme=scheme), key)
        seen.append([observe(root, READ), root.evaluate(WORDS)])
        grounds.append(brightness(root))
    assert key == "image-kernels" or root.evaluate(WHITE) == 0  # that one shows a photo's pixels
    assert seen[0] == seen[1]
    assert grounds[0] > 600 > 200 > grounds[1]


#: The visible controls of a widget that have no name.
NAMELESS = """root => [...root.querySelectorAll("input, select, button")]
  .filter((c) => c.checkVisibility({ checkVisibilityCSS: true }))
  .filter((c) => !(c.labels?.[0]?.textContent || c.ariaLabel || c.textContent).trim())
  .map((c) => c.outerHTML)"""


HAS_FOCUS = "root => root.contains(document.activeElement)"


def test_every_control_has_a_name_and_axe_finds_nothing_in_any_state(visit, key):
    rng = random.Random(key)
    root = in_gallery(visit, key)
    page = root.page
    assert root.evaluate(NAMELESS) == []
    settled(page)  # what comes late would push the widget below the bar while axe looks
    page.clock.install()
    for opener in root.locator("summary:visible, button[name=link]").all():
        opener.click()
    for state in range(4):
        for _ in range(3 if state else 0):
            root.evaluate(SHUFFLE, [rng.random(), rng.random()])
        page.clock.run_for(450)  # the slider rests: the cells are where they are painted
        cell = root.locator("[role=gridcell]:visible").last
        if state % 2 and cell.count():
            cell.focus()
            assert root.evaluate(HAS_FOCUS), "Space would scroll the page away"
            page.keyboard.press("Space")
        page.clock.run_for(450)  # words are announced
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(IN_SCHEME, arg=scheme)
            page.evaluate(STILL)
            assert (brightness(root) < 200) == (scheme == "dark")
            # clear of the page's own bar on top, which stays there while one scrolls
            root.evaluate("root => scrollTo(0, root.getBoundingClientRect().top + scrollY - 120)")
            rules = RULES if scheme == "light" else COLOURS  # the rest is as it was
            results = found_by_axe(page, rules, within=f"[data-key={key}]")
            assert results.violations_count == 0, results.generate_report()


def test_a_bad_link_is_mended_with_a_word(visit, key):
    root = in_gallery(visit, key)
    if not root.locator("button[name=link]").count():
        pytest.skip("nothing of this widget goes into a link")
    names = root.evaluate(
        "root => [...root.querySelectorAll('.cnn-controls [name]')].map(c => c.name)"
    ) or ["asking"]
    bad = ["<img src=x onerror=alert(1)>", "1e999", "NaN", "-7", "99999"]
    query = "&".join(f"{name}={bad[i % len(bad)]}" for i, name in enumerate(names))
    for arrive in (lambda: follow(root, f"#{key}?{query}"), root.page.reload):
        arrive()
        widget(root.page, key)
        assert "The link asked for something else" in root.locator(".cnn-words").inner_text()
        assert root.locator("img:not(.cnn-frame-picture)").count() == 0


def test_random_events_leave_no_error(visit, key):
    random_events(in_gallery(visit, key), seed=key, count=1000)
    visit.check()
