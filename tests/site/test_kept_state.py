"""A widget stands as it was left after a reload and on the way back; a link comes first."""

from .conftest import settled
from .widgets import PAGE, SET, widget

SLIDERS = "root => [...root.querySelectorAll('[type=range]')].map((s) => [s.name, s.value])"


def left_with(visit, state: dict):
    page = visit.open(PAGE)
    root = widget(page, "explorer")
    settled(page)  # what is still on its way when one leaves counts as failed
    root.evaluate(SET, state)
    return page, root.evaluate(SLIDERS)


def test_a_reload_and_the_way_back_find_the_state(visit):
    page, left = left_with(visit, {"stride": 3, "padding": 2})
    page.reload()
    assert widget(page, "explorer").evaluate(SLIDERS) == left
    settled(page)
    page.goto(page.url.replace(PAGE, "notebooks/03_sizes.html"))
    assert widget(page, "explorer").evaluate(SLIDERS) != left  # another page's, of the same name
    settled(page)
    page.go_back()
    assert widget(page, "explorer").evaluate(SLIDERS) == left
    settled(page)


def test_reset_forgets_it_and_the_address_of_another_state(visit):
    page, left = left_with(visit, {"stride": 3})
    root = widget(page, "explorer")
    root.locator("button[name=link]").click()
    assert root.locator(".cnn-address").is_visible()
    root.get_by_role("button", name="Reset").click()
    assert not root.locator(".cnn-address").is_visible()
    page.reload()
    assert widget(page, "explorer").evaluate(SLIDERS) != left
    settled(page)


def test_a_link_comes_first(visit):
    page, _ = left_with(visit, {"stride": 3})
    address = page.url
    page.goto(address.replace(PAGE, "search.html"))  # what was left is kept now
    page.goto(address + "#explorer?stride=4")
    stride = widget(page, "explorer").locator("[name=stride]")
    assert stride.input_value() == "4"
    settled(page)
