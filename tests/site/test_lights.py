"""Words in the prose light up what they name: by pointer, by keyboard, until they are let go.

That each word of each page finds what it names: `test_every_page.py`."""

from .conftest import SITE, pages, settled

WORDS = [path for path in pages() if "data-lights=" in (SITE / path).read_text(encoding="utf-8")]
LIT = "[data-lit]"


def test_every_chapter_has_words_that_light_up_its_first_figure():
    assert {path for path in pages() if path.startswith("notebooks/")} <= set(WORDS)
    assert "book/index.html" in WORDS


def test_a_word_is_pointed_at_focused_and_pressed(visit):
    page = visit.open("notebooks/03_sizes.html")
    word = page.get_by_role("button", name="window", exact=True)
    lit = page.locator(LIT)
    word.hover()
    assert lit.first.get_attribute("class") == "cnn-frame"
    page.mouse.move(0, 0)
    assert lit.count() == 0
    word.focus()
    assert lit.count() == 1
    word.press("Enter")
    assert word.get_attribute("aria-pressed") == "true"
    output = page.get_by_role("button", name="output", exact=True)
    output.focus()
    assert lit.get_attribute("data-grid") == "output"
    output.blur()
    assert lit.get_attribute("class") == "cnn-frame"  # what was pressed stays lit
    page.keyboard.press("Escape")
    assert lit.count() == 0
    assert word.get_attribute("aria-pressed") == "false"
    described = page.locator(f"#{word.get_attribute('aria-describedby')}")
    assert described.text_content() == "Lights up in the figure"


def test_a_tap_shows_what_it_lights(visit):
    page = visit.open("notebooks/08_receptive_fields.html", width=390, has_touch=True)
    page.get_by_role("button", name="face", exact=True).tap()
    page.wait_for_function(
        """() => { const box = document.querySelector("[data-lit]")?.getBoundingClientRect();
            return box && box.top >= 0 && box.bottom <= innerHeight; }"""
    )


#: How far the first box is from the first half of its picture: left, top, width and height.
OFF = """() => {
  const box = document.querySelector(".course-lit-share");
  const [own, all] = [box, box.previousElementSibling].map((one) => one.getBoundingClientRect());
  return [own.x - all.x, own.y - all.y, own.width - all.width / 2, own.height - all.height];
}"""


def test_a_share_of_a_picture_is_lit_where_it_is(visit):
    page = visit.open("notebooks/04_features.html")
    settled(page)
    page.locator("[role=button][data-lights='1/2']").first.focus()
    assert [round(off) for off in page.evaluate(OFF)] == [0, 0, 0, 0]
