"""A chapter's code can be hidden; exercises stay, the choice is kept, nothing else goes."""

PAGE = "notebooks/09_pooling.html"
SEEN = """() => ["div.cell:not(.course-exercise) > .cell_input", ".course-exercise > .cell_input",
  ".cell_output"].map((place) => [...document.querySelectorAll(place)]
    .filter((part) => part.checkVisibility()).length)"""


def test_code_is_hidden_and_shown_again(visit):
    page = visit.open(PAGE)
    code, stubs, outputs = page.evaluate(SEEN)
    assert code > 5
    assert stubs > 2
    page.get_by_role("button", name="Hide code").click()
    assert page.evaluate(SEEN) == [0, stubs, outputs]
    page.reload()
    assert page.evaluate(SEEN) == [0, stubs, outputs]
    page.get_by_role("button", name="Show code").click()
    assert page.evaluate(SEEN) == [code, stubs, outputs]


def test_a_page_without_code_has_no_button(visit):
    assert visit.open("book/glossary.html").get_by_role("button", name="Hide code").count() == 0
