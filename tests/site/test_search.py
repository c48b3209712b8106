"""The search page: words that all of JavaScript knows, and a browser that keeps nothing."""

import pytest

#: What a browser does that keeps no data for a site: to ask is an error.
KEEPS_NOTHING = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { configurable: true, get() {
    throw new DOMException("The operation is insecure.", "SecurityError");
  } });"""


@pytest.mark.parametrize("word", ["constructor", "__proto__", "toString", "hasOwnProperty"])
def test_a_word_of_javascript_is_a_word(visit, word):
    page = visit.open(f"search.html?q={word}")
    page.locator("#search-results p.search-summary").wait_for()  # it is empty until all is found


def test_search_and_colours_work_where_nothing_is_kept(visit, browser):
    context = browser.new_context(reduced_motion="reduce")
    context.add_init_script(KEEPS_NOTHING)
    page, problems = context.new_page(), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{visit.site}/search.html?q=dilation")
    page.locator("#search-results a[href*='10_dilated']").first.wait_for()
    root = page.locator("html")
    before = root.get_attribute("data-mode")
    page.locator(".theme-switch-button:visible").first.click()
    assert root.get_attribute("data-mode") != before
    page.goto(f"{visit.site}/notebooks/09_pooling.html")
    page.locator(".cnn-widget").first.wait_for()
    page.get_by_role("button", name="Hide code").click()
    page.get_by_role("button", name="Show code").wait_for()
    context.close()
    assert problems == []
