"""What a widget tells whoever points, types or listens, and that it does so in any mode."""

from .widgets import SET, focus_cell, in_gallery

HELD = """root => {
  const cell = root.querySelector("[data-grid=output] [tabindex='0']");
  return cell === document.activeElement && cell.dataset.row === "2";
}"""
#: Whether something is painted over the grids.
TAGGED = "root => !root.querySelector('.cnn-sky').hidden"


def test_a_complaint_comes_and_ends_and_the_focus_stays(visit):
    root = in_gallery(visit, "explorer")
    page = root.page
    words = root.locator(".cnn-words")
    focus_cell(root, "output", 3, 3)
    page.keyboard.type("5")
    assert words.inner_text() == "Y[3, 3] cannot be changed here."
    page.keyboard.press("Space")
    assert words.inner_text() == ""
    assert root.locator("[aria-selected=true]").get_attribute("data-row") == "3"
    page.keyboard.press("Space")
    assert root.locator("[aria-selected=true]").count() == 0

    root.evaluate(SET, {"stride": 3})  # the focused cell is gone
    page.wait_for_function(HELD, arg=root.element_handle())

    focus_cell(root, "input", 4, 4)
    page.keyboard.type("5x")
    root.locator("[data-grid=input] [data-row='6'][data-column='2']").click()
    assert "needs a number" in words.inner_text()  # also after the click that left the field
    root.locator("button[name=back]").click()
    assert words.inner_text() == ""

    page.evaluate("document.documentElement.dir = 'rtl'")
    assert root.evaluate("root => getComputedStyle(root).direction") == "ltr"
    assert page.locator("#pst-back-to-top:visible").count() == 0


def test_a_cell_too_small_for_letters_has_a_tag(visit):
    root = in_gallery(visit, "receptive-field", width=390)
    assert root.evaluate(TAGGED)
    root.evaluate(SET, {"input_size": 9})
    assert not root.evaluate(TAGGED)


def test_the_first_button_stands_out_without_colours(visit):
    root = in_gallery(visit, "explorer", forced_colors="active")
    border = "button => parseFloat(getComputedStyle(button).borderTopWidth)"
    first, other = (root.locator(f"button[name={name}]") for name in ("play", "step"))
    assert first.evaluate(border) > other.evaluate(border)
