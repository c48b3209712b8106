"""Slides of a chapter: nothing is lost, widgets live, keys belong to whom they should."""

import re

import pytest

from tools import make_slides

from ..required import required
from .conftest import FORMULAS_DRAWN

#: Of each slide that no widget stands on: how much of it goes over the lower edge.
TOO_LONG = """() => [...document.querySelectorAll(".slides > section")].flatMap((column, h) =>
  [...column.children].map((slide, v) => {
    Reveal.slide(h, v);
    if (slide.querySelector("[data-cnn-page]")) return 0;
    return slide.clientHeight ? slide.scrollHeight - slide.clientHeight : NaN;
  }))"""
IS_SEEN = """key => {
  const box = document.querySelector(`.cnn-widget[data-key="${key}"]`).getBoundingClientRect();
  return box.width > 0 && box.left >= 0 && box.right <= innerWidth && box.top < innerHeight;
}"""


@pytest.fixture(scope="module")
def decks() -> None:
    if not make_slides.REVEAL.exists() and not required("browser"):
        pytest.skip("reveal.js is not here: make slides fetches it")
    make_slides.main()


def words(html: str) -> list[str]:
    """Return the words of a chapter's text, programs and formulas left out."""
    html = re.sub(r"<(script|style).*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", html).split()


def test_a_deck_holds_the_chapter_and_lives(decks, visit):
    page = visit.open("slides/03_sizes.html")
    source = (make_slides.SITE / "notebooks" / "03_sizes.html").read_text(encoding="utf-8")
    chapter = re.search(r'<section class="tex2jax_ignore.*(?=</article>)', source, re.DOTALL)[0]
    page.wait_for_function(FORMULAS_DRAWN)
    titles = [text.strip("#").split() for text in page.locator(".slides h2").all_text_contents()]
    own = [words(title) for title in re.findall(r"<h2>(.*?)<a class=.headerlink", chapter)]
    assert titles == own
    assert page.locator(".slides > section").count() == len(titles) + 1
    assert page.locator(".slides .cell").count() == chapter.count('<div class="cell ')
    assert page.locator(".slides p").count() >= chapter.count("<p>") > 30
    assert set(page.evaluate(TOO_LONG)) == {0}
    page.keyboard.press("Home")

    page.keyboard.press("Space")
    assert page.evaluate("Reveal.getIndices()") != {"h": 0, "v": 0}
    page.locator(".slides a[href^='#explorer?']").first.evaluate("link => link.click()")
    assert page.evaluate(IS_SEEN, "explorer")
    here = page.evaluate("Reveal.getIndices()")
    slider = page.locator(".cnn-widget[data-key=explorer] input[name=stride]")
    before = slider.input_value()
    slider.press("ArrowRight")
    assert slider.input_value() == str(int(before) + 1)
    assert page.evaluate("Reveal.getIndices()") == here


def test_there_is_a_deck_of_each_chapter(decks):
    pages = make_slides.chapters()
    assert len(pages) == 16
    licence = make_slides.DECKS / "reveal.js.LICENSE.txt"
    assert "Permission is hereby granted" in licence.read_text(encoding="utf-8")
    for page in pages:
        made = (make_slides.DECKS / page.name).read_text(encoding="utf-8")
        views = [text.count("widget-view+json") for text in (made, page.read_text("utf-8"))]
        assert views[0] == views[1]
        assert "http" not in "".join(re.findall(r'(?:src|link [^>]*href)="([^"]*)"', made))
