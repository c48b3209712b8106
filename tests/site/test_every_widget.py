"""What holds for every widget of the gallery: touch, dark mode, links, labels, random events."""

import random

import pytest

from .widgets import PAGE, READ, widget

KEYS = [
    "explorer",
    "pooling",
    "question-size",
    "dilation-stride",
    "gradient",
    "connections",
    "transposed",
    "conv3d",
    "volume-filter",
    "image-kernels",
    "variants",
    "receptive-field",
    "frames",
]
pytestmark = pytest.mark.parametrize("key", KEYS)


def test_360_pixels_are_enough(visit, key):
    page = visit.open(PAGE, width=360, has_touch=True, is_mobile=True)
    root = widget(page, key)
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


def test_dark_shows_the_same_on_a_dark_ground(visit, key):
    seen, grounds = [], []
    for scheme in ("light", "dark"):
        root = widget(visit.open(PAGE, color_scheme=scheme), key)
        seen.append(root.evaluate(READ))
        ground = root.evaluate("root => getComputedStyle(root).backgroundColor")
        grounds.append(sum(map(int, ground[4:-1].split(", "))))
    assert seen[0] == seen[1]
    assert grounds[0] > 600 > 200 > grounds[1]


def test_every_control_has_a_name(visit, key):
    root = widget(visit.open(PAGE), key)
    for control in root.locator(":is(input, select, button):visible").all():
        name = control.evaluate("c => c.labels?.[0]?.textContent || c.ariaLabel || c.textContent")
        assert name.strip(), control.evaluate("c => c.outerHTML")


def test_a_bad_link_is_mended_with_a_word(visit, key):
    root = widget(visit.open(PAGE), key)
    if not root.locator("button[name=link]").count():
        pytest.skip("nothing of this widget goes into a link")
    names = root.evaluate(
        "root => [...root.querySelectorAll('.cnn-controls [name]')].map(c => c.name)"
    )
    bad = ["<img src=x onerror=alert(1)>", "1e999", "NaN", "-7", "99999"]
    query = "&".join(f"{name}={bad[i % len(bad)]}" for i, name in enumerate(names))
    root = widget(visit.open(f"{PAGE}#{key}?{query}"), key)
    assert "The link asked for something else" in root.locator(".cnn-words").inner_text()
    assert root.locator("img").count() == 0


def test_random_events_leave_no_error(visit, key):
    rng = random.Random(key)
    page = visit.open(PAGE)
    root = widget(page, key)
    keys = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Enter", "Space", "Escape", "Tab"]
    keys += ["Home", "End", "7", "-", ".", "x", "PageUp", "PageDown"]
    focus = "root => root.querySelector('input, select, button, [tabindex=\"0\"]').focus()"
    shuffle = """(root, r) => {
      const controls = [...root.querySelectorAll(".cnn-controls :is(input, select)")];
      const control = controls[Math.floor(r[0] * controls.length)];
      if (!control) return;
      if (control.type === "checkbox") control.checked = r[1] < 0.5;
      else if (control.options) control.selectedIndex = Math.floor(r[1] * control.options.length);
      else if (control.type === "range") {
        control.value = Number(control.min) + r[1] * (control.max - control.min);
      } else return;
      for (const kind of ["input", "change"]) control.dispatchEvent(new Event(kind));
    }"""
    for _ in range(1000):
        action = rng.random()
        if not root.evaluate("root => root.contains(document.activeElement)"):
            root.evaluate(focus)
        if action < 0.5:
            page.keyboard.press(rng.choice(keys))
        elif action < 0.65:
            box = root.bounding_box()
            page.mouse.click(
                box["x"] + rng.random() * box["width"], box["y"] + rng.random() * box["height"]
            )
        else:
            root.evaluate(shuffle, [rng.random(), rng.random()])
        assert page.url.startswith(visit.site), f"left the page for {page.url}"
    visit.check()
