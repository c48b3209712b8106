"""The gallery and a chapter as others hear and see them: screen reader, and the looks they set.

Chromium's own accessibility tree has a role and a name for every control, and what an action
changes is said once. 200 % zoom (640 pixels of 1280), wider spacing, forced colours and a page that
runs from right to left lose nothing: the counts come from the page, not from a stored list.
"""

import collections
import re

import accessibility
import pytest

from .conftest import SITE, pages, settled
from .widgets import OTHER_PAGES, PAGE

GALLERY = [PAGE, *OTHER_PAGES]
CHAPTER = "notebooks/03_sizes.html"
LIVE = "!document.querySelector('[data-cnn-page]:empty')"

#: Roles in the tree, and what has them in a widget.
CONTROLS = {
    "slider": "input[type=range]",
    "combobox": "select",
    "checkbox": "input[type=checkbox]",
    "gridcell": "[role=gridcell]",
    "button": "button",
}
COUNT = """(selector) => [...document.querySelectorAll(selector)]
  .filter((one) => one.checkVisibility({ checkVisibilityCSS: true }) && !one.closest("[inert]"))
  .length"""

#: Move one control after the other, in all widgets at once; of each turn return who had one to move
#: and what the live regions said. What waits until a slider rests need not: time is ours.
WALK = """async () => {
  // what the first drawing says is due in 400 ms, so it is heard before this is over
  await new Promise((done) => setTimeout(done, 450));
  const waiting = new Map();
  globalThis.setTimeout = (act) => {
    const key = {};
    waiting.set(key, act);
    return key;
  };
  globalThis.clearTimeout = (key) => waiting.delete(key);
  const rest = () => [...waiting].forEach(([key, act]) => waiting.delete(key) && act());
  let heard = [];
  const widgets = [...document.querySelectorAll(".cnn-widget[data-key]")].map((root) => {
    for (const region of root.querySelectorAll("[role=status], [role=alert]")) {
      new MutationObserver(() => {
        if (region.textContent) heard.push([root.dataset.key, region.textContent]);
      }).observe(region, { childList: true, characterData: true, subtree: true });
    }
    return [root, [...root.querySelectorAll(".cnn-controls :is([type=range], select)")]];
  });
  const turns = [];
  for (let turn = 0; turn < 10; turn += 1) {
    heard = [];
    const moved = widgets.filter(([, all]) => all[turn]?.checkVisibility());
    for (const [, { [turn]: control }] of moved) {
      if (control.options) control.selectedIndex = control.selectedIndex ? 0 : 1;
      else control.value = control.value === control.max ? control.min : control.max;
      control.dispatchEvent(new Event(control.options ? "change" : "input", { bubbles: true }));
    }
    await new Promise((done) => requestAnimationFrame(done));
    rest();
    await new Promise((done) => requestAnimationFrame(done));
    turns.push([moved.map(([root]) => root.dataset.key), heard]);
  }
  return [turns, widgets.map(([root]) => root.dataset.key)];
}"""


def tree_of(page) -> list[dict]:
    """Return what a screen reader meets: the nodes of Chromium's accessibility tree."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    return [node for node in nodes if not node["ignored"]]


@pytest.mark.parametrize("path", GALLERY)
def test_a_screen_reader_meets_every_control_and_hears_each_change_once(visit, path):
    page = visit.open(path)
    page.wait_for_function(LIVE)
    settled(page)
    found = collections.Counter()
    for node in tree_of(page):
        found[node["role"]["value"]] += 1
        if node["role"]["value"] in CONTROLS:
            assert node["name"]["value"].strip(), node
    for role, selector in CONTROLS.items():
        wanted = page.evaluate(COUNT, f".cnn-widget {selector}")
        assert found[role] >= wanted, role
        assert found[role] == wanted or role == "button"  # of these the page has some of its own
    turns, keys = page.evaluate(WALK)
    spoke = set()
    for moved, said in turns:
        heard = collections.defaultdict(list)
        for key, words in said:
            heard[key].append(words)
        assert set(heard) <= set(moved)
        for key, (words, *more) in heard.items():
            assert not more, f"{key} says two things of one change: {words!r}, {more}"
            assert words.endswith((".", "?")), (key, words)
        spoke |= set(heard)
    # a question, a chain whose steps a button takes, a training that has not begun
    assert set(keys) - spoke <= {"question-size", "chain", "training-playground"}


#: WCAG 1.4.12: what readers may set, and no text may suffer from.
SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }"""

#: What is lost in a look: a page to be scrolled sideways, text that is cut off or lies on other
#: text, a part that sticks out of its widget, a control that nothing bounds.
LOST = """() => {
  const seen = (one) => one.checkVisibility({ checkVisibilityCSS: true });
  const lost = [];
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) lost.push(`the page is ${wide} pixels too wide`);
  const told = (one, what) => lost.push(`${what}: ${one.outerHTML.slice(0, 120)}`);
  for (const root of [...document.querySelectorAll("main .cnn-widget")].filter(seen)) {
    const { left, right } = root.getBoundingClientRect();
    const texts = [];
    for (const one of root.querySelectorAll(":not(.cnn-drawing *, .cnn-hidden, svg *)")) {
      if (!seen(one)) continue;
      const box = one.getBoundingClientRect();
      if (box.width <= 2) continue; // for those who hear
      const style = getComputedStyle(one);
      const scrolls = one.closest(".cnn-scroll, pre, .cnn-sum, .cnn-readout");
      if (box.width && !scrolls && (box.left < left - 1 || box.right > right + 1)) {
        told(one, "sticks out");
      }
      const cut = one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1;
      const hides = /hidden|clip/.test(style.overflow) && !one.matches(".cnn-drawing, canvas");
      if (hides && cut && one.textContent) told(one, "cut off");
      const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
      if (own && !scrolls && style.display !== "inline" && one.localName !== "option") {
        texts.push([one, box]);
      }
      if (one.matches("button, select") && parseFloat(style.borderTopWidth) === 0) {
        told(one, "no border");
      }
    }
    texts.forEach(([one, a], at) => {
      for (const [other, b] of texts.slice(at + 1)) {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        const on = across > 3 && down > 3 && !one.contains(other);
        if (on) told(other, `lies on “${one.textContent}”`);
      }
    });
  }
  return lost;
}"""
#: The painted pixels of every canvas, told apart from their ground.
COLOURS = """() => [...document.querySelectorAll(".cnn-canvas")].map((canvas) => {
  const { width, height } = canvas;
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  return new Set(new Uint32Array(copy.getImageData(0, 0, width, height).data.buffer)).size;
})"""


@pytest.mark.parametrize("path", GALLERY)
def test_no_look_loses_anything(visit, path):
    page = visit.open(path)
    page.wait_for_function(LIVE)
    settled(page)
    html = "document.documentElement"
    looks = {
        "as it is": "",
        "zoomed to 200 %": lambda: page.set_viewport_size({"width": 640, "height": 450}),
        "and from right to left": lambda: page.evaluate(f"{html}.dir = 'rtl'"),
        "and in forced colours": lambda: page.emulate_media(forced_colors="active"),
        "wide again": lambda: page.set_viewport_size({"width": 1280, "height": 900}),
        "and widely spaced": lambda: page.add_style_tag(content=SPACING),
    }
    before = page.evaluate(COLOURS)
    for look, change in looks.items():
        if change:
            change()
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        lost = page.evaluate(LOST)
        if not change:  # a button on a sheet to draw on lies where it is meant to
            meant = [one for one in lost if one.startswith("lies on")]
        assert [one for one in lost if one not in meant] == [], look
    after = page.evaluate(COLOURS)
    assert [now for now, was in zip(after, before, strict=True) if now <= 3 < was] == []
    directions = page.evaluate(
        "[...document.querySelectorAll('main :is(.cnn-widget, .highlight pre)')]"
        ".map((one) => getComputedStyle(one).direction)"
    )
    assert set(directions) == {"ltr"}  # numbers and code do not turn round: −1 is not 1−


#: Where the focus hides below the bar on top; names that lack the words shown; what blinks.
UNSEEN = """() => {
  const bar = document.querySelector(".bd-header-article").getBoundingClientRect();
  const stops = "article :is(a[href], button, input, select, summary)";
  return [...document.querySelectorAll(stops)]
    .filter((one) => one.checkVisibility({ checkVisibilityCSS: true }))
    .filter((one) => {
      one.focus();
      const { bottom, height } = one.getBoundingClientRect();
      return height > 2 && document.activeElement === one && bottom <= bar.bottom && bar.top <= 0;
    }).map((one) => one.outerHTML.slice(0, 120));
}"""
OTHERWISE_NAMED = """() => {
  const plain = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();
  return [...document.querySelectorAll(":is(button, a, summary)[aria-label]")]
    .filter((one) => one.checkVisibility({ checkVisibilityCSS: true }))
    .filter((one) => !one.querySelector("kbd")) // the theme shows the keys of its search
    .filter((one) => !plain(one.ariaLabel).includes(plain(one.innerText)))
    .map((one) => one.outerHTML.slice(0, 120));
}"""
BLINKS = """() => document.getAnimations().map(({ effect }) => effect.getComputedTiming())
  .filter(({ iterations, duration }) => iterations > 1 && duration < 334).length"""


def test_a_chapter_waits_for_its_reader(visit):
    """No letter does anything by itself, nothing blinks, no name or focus is hidden."""
    page = visit.open(CHAPTER, reduced_motion="no-preference")
    page.wait_for_function(LIVE)
    settled(page)
    assert page.evaluate(BLINKS) == 0
    assert page.evaluate(OTHERWISE_NAMED) == []
    page.evaluate("document.activeElement.blur()")
    shown = page.evaluate("JSON.stringify(localStorage) + location.href")
    for key in "abcdefghijklmnopqrstuvwxyz0123456789/?.,[]":
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement === document.body")
    assert page.evaluate("JSON.stringify(localStorage) + location.href") == shown
    assert page.evaluate(UNSEEN) == []


def test_every_page_has_the_same_shell():
    """Language, search and contents, in one order; no control jumps the queue of Tab."""
    contents = {}
    for path in pages():
        html = (SITE / path).read_text(encoding="utf-8")
        if path == "index.html":
            continue  # leads on at once
        assert '<html lang="en"' in html, path
        assert not re.search(r'tabindex="[1-9]', html), path
        if path == "404.html":
            continue
        assert 'type="search"' in html, path
        nav = re.search(r'<nav class="bd-links.*?</nav>', html, re.DOTALL)
        contents[path] = re.findall(r"<a [^>]*>\s*([^<]+?)\s*</a>", nav[0])
    first = contents["book/index.html"]
    assert "How to use this book" in first
    for path, titles in contents.items():
        assert [title for title in titles if title in first] == first, path


def test_the_statement_has_every_criterion_and_real_tests():
    rows = accessibility.statement()
    assert accessibility.faults(rows) == []
    assert len(rows) == 31 + 24  # levels A and AA
    del rows["1.1.1"]
    rows["1.2.1"] = {"how": "well"}
    rows["9.9.9"] = {"none": "no such thing"}
    rows["2.4.7"]["tests"] = ["test_gone", "fixture"]
    found = " ".join(accessibility.faults(rows))
    for number in (
        "1.1.1 is missing",
        "9.9.9 is no",
        "1.2.1 needs",
        "2.4.7 names test_gone,",
        "fixture,",
    ):
        assert number in found
