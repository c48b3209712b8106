"""One chapter by keyboard alone: everything can be reached, is seen, does its work, lets go."""

import contextlib

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout

CHAPTER = "notebooks/09_pooling.html"

#: What has the focus: what it is, whether it can be seen, and whether its focus can be seen.
FOCUSED = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const box = here.getBoundingClientRect();
  const style = getComputedStyle(here);
  const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0)
    || style.boxShadow !== "none";
  here.dataset.walk ??= String(document.querySelectorAll("[data-walk]").length);
  return {
    id: here.dataset.walk,
    what: here.outerHTML.slice(0, 120),
    name: here.getAttribute("aria-label") || here.labels?.[0]?.innerText || here.innerText
      || here.title || here.querySelector("svg title, img")?.textContent
      || here.querySelector("img")?.alt || "",
    tag: here.localName, type: here.type ?? "",
    seen: style.opacity !== "0" && box.width > 0 && box.height > 0
      && box.bottom > 0 && box.top < innerHeight,
    ring: ring || here.matches(".cnn-widget *") && style.stroke !== "none",
    inWidget: !!here.closest(".cnn-widget"),
    summary: here.localName === "summary",
  };
}"""
SHOWN = f"() => {{ const stop = ({FOCUSED})(); return stop.seen && stop.ring; }}"


@pytest.fixture(scope="module")
def walk(browser, site):
    """Walk the page with Tab from its start to its end; return every stop."""
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"/{CHAPTER}")
    page.locator("[data-cnn-ready]").last.wait_for()
    page.wait_for_function("document.documentElement.dataset.formulas === 'drawn'")
    stops = []
    for _ in range(400):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop and not (stop["seen"] and stop["ring"]):
            with contextlib.suppress(PlaywrightTimeout):  # what slides or fades in comes
                page.wait_for_function(SHOWN, timeout=5000)
            stop = page.evaluate(FOCUSED)
        if stop is None or any(stop["id"] == old["id"] for old in stops):
            break
        stops.append(stop)
    yield page, stops
    context.close()


def test_first_stop_skips_to_the_text(visit):
    page = visit.open(CHAPTER)
    page.keyboard.press("Tab")
    assert "Skip to main content" in page.evaluate("document.activeElement.innerText")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main-content"
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_walk_reaches_everything_and_is_never_caught(walk):
    page, stops = walk
    wanted = """() => [...document.querySelectorAll(
        "article a[href], article button, article input, article select, article summary")]
      .filter((each) => each.checkVisibility({ checkVisibilityCSS: true }) && !each.disabled)
      .filter((each) => each.tabIndex >= 0 && each.type !== "radio" && !each.dataset.walk)
      .filter((each) => !each.closest("[inert]"))
      .map((each) => each.outerHTML.slice(0, 120))"""
    assert len(stops) > 40
    assert page.evaluate(wanted) == []


def test_every_stop_has_a_name_and_is_seen(walk):
    _, stops = walk
    assert [stop["what"] for stop in stops if not stop["name"].strip()] == []
    assert [stop["what"] for stop in stops if not stop["seen"]] == []


def test_focus_can_be_seen_at_every_stop(walk):
    _, stops = walk
    assert [stop["what"] for stop in stops if not stop["ring"]] == []


def test_keys_move_a_slider_and_the_words_follow(visit):
    page = visit.open(CHAPTER)
    root = page.locator("[data-cnn-ready] .cnn-widget").first
    root.wait_for()
    slider = root.locator("input[type=range]").first
    slider.focus()
    before = (slider.input_value(), root.inner_text())
    page.keyboard.press("ArrowRight")
    if slider.input_value() == before[0]:
        page.keyboard.press("ArrowLeft")
    assert slider.input_value() != before[0]
    assert root.inner_text() != before[1]


def test_answer_opens_with_a_key(visit):
    page = visit.open(CHAPTER)
    fold = page.locator("article details").first
    fold.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert fold.evaluate("fold => fold.open")
