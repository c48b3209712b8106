"""Every page of the built site, seen light and dark, wide and narrow: one visit, many eyes.

Nothing fails and nothing leaves the page's origin, each widget is there, axe-core finds nothing
(widgets and outputs included), headings and landmarks are in order, no picture is squeezed, and
each word that lights something up finds it.
"""

import os

import pytest

from .axe import LOOKS, RULES, found_by_axe
from .conftest import IN_SCHEME, STILL, pages, settled

#: What is asked of a whole page besides: everything stands in a landmark, headings are in order.
ORDER = ["region", "heading-order", "landmark-one-main", "landmark-unique", "page-has-heading-one"]
PAGE_RULES = {**RULES, "rules": {name: {"enabled": True} for name in ORDER}}

#: Every page is seen light and dark, wide and narrow; the other two pairs only when asked for,
#: because colours do not depend on the width.
SECOND_LOOKS = [(360, "dark")]
if os.environ.get("CNNLIB_EVERY_LOOK"):
    SECOND_LOOKS += [(1280, "dark"), (360, "light")]

SHAPES = """() => Promise.all([...document.querySelectorAll("article img")]
    .filter(image => image.checkVisibility())
    .map(async image => {
        image.loading = "eager";
        await image.decode();
        const [shown, style] = [image.getBoundingClientRect(), getComputedStyle(image)];
        const frame = (...sides) => sides
            .flatMap((side) => [`padding${side}`, `border${side}Width`])
            .reduce((sum, name) => sum + parseFloat(style[name]), 0);
        const [width, height] = [frame("Left", "Right"), frame("Top", "Bottom")];
        const ratio = (shown.width - width) / (shown.height - height);
        return [image.alt, ratio / (image.naturalWidth / image.naturalHeight)];
    }))"""

#: Each word that lights something up: what, whether word and thing have one colour.
WORDS_THAT_LIGHT = """() => [...document.querySelectorAll("[data-lights]")].map((word) => {
    if (word.getAttribute("role") !== "button") return [word.textContent, "plain text", ""];
    word.focus();
    const lit = [...document.querySelectorAll("[data-lit]")].filter((one) => one.checkVisibility());
    const colour = (one) => getComputedStyle(one).getPropertyValue("--lit");
    const strange = lit.some((one) => colour(one) !== colour(word))
        || (lit[0]?.dataset.kind ?? "") !== word.dataset.kind;
    return [word.textContent, lit.length ? "lit" : "nothing lit", strange ? "strange" : ""];
})"""


@pytest.mark.parametrize("path", [path for path in pages() if path != "index.html"])
def test_page_is_whole_and_in_order(visit, path):
    page = visit.open(path)
    settled(page)
    assert page.title()
    look_at(page, PAGE_RULES)
    for place in page.locator("[data-cnn-page]").all():
        assert place.inner_text().strip(), "a widget left its place empty"
    for word, *found in page.evaluate(WORDS_THAT_LIGHT):
        assert found == ["lit", ""], word
    for width, scheme in SECOND_LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(IN_SCHEME, arg=scheme)
        look_at(page, LOOKS)
    page.wait_for_load_state("networkidle")  # all that was asked for has come, or failed


def look_at(page, rules: dict) -> None:
    """Fail if anything is wrong with how a page looks now."""
    wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room, f"the page is {wide} pixels wide"
    page.evaluate(STILL)
    results = found_by_axe(page, rules)
    assert results.violations_count == 0, results.generate_report()
    for alt, ratio in page.evaluate(SHAPES):
        assert abs(ratio - 1) < 0.02, alt


def test_first_address_opens_without_any_problem(visit):
    page = visit.open("index.html")
    page.wait_for_url("**/book/index.html")
    settled(page)
    assert page.title()


def test_the_book_is_built():
    assert len(pages()) > 10


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        ("document.querySelector('main').append(new Image())", "image-alt"),
        ("document.querySelector('main h2').outerHTML = '<h5>Deep</h5>'", "heading-order"),
        ("document.body.insertAdjacentHTML('beforeend', '<p>Outside</p>')", "region"),
        ("document.querySelector('main p').style.color = '#bbb'", "color-contrast"),
    ],
)
def test_axe_finds_what_is_wrong(visit, damage, rule):
    """The check itself is checked."""
    page = visit.open("book/index.html")
    page.evaluate(damage)
    assert rule in {each["id"] for each in found_by_axe(page, PAGE_RULES).response["violations"]}


def test_axe_finds_one_pale_word_among_a_page_of_code(visit):
    """Words that look like one that was seen are spared; this one does not."""
    page = visit.open("book/api/pooling.html")
    words = page.locator("pre span:not(:has(*)):visible", has_text="np")
    words.nth(words.count() // 2).evaluate("word => (word.style.color = '#bbb')")
    found = found_by_axe(page, PAGE_RULES).response["violations"]
    assert [(each["id"], len(each["nodes"])) for each in found] == [("color-contrast", 1)]
