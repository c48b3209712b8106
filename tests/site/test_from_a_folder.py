"""The site from a folder, without a server (file://): pages, formulas, widgets, search.

What cannot work there, because browsers allow no page of a folder to read a file: the lines of
text below a search result, and running a notebook in the browser (JupyterLite).
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from .conftest import SITE

CHAPTER = "notebooks/03_sizes.html"


@pytest.fixture
def folder(browser):
    """Open pages of the folder; fail at the end on any page error or missing file."""
    context = browser.new_context()
    problems: list[str] = []

    def visit(path: str):
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
        page.on("requestfailed", lambda request: problems.append(f"failed: {request.url}"))
        address, _, query = path.partition("?")
        page.goto((SITE / address).as_uri() + (f"?{query}" if query else ""))
        return page

    yield visit
    context.close()
    assert problems == []


def test_first_page_leads_to_the_book(folder):
    page = folder("index.html")
    page.wait_for_url("**/book/index.html")
    assert page.locator(".bd-article h1").count() == 1


def test_formulas_are_drawn_with_their_fonts(folder):
    page = folder(CHAPTER)
    page.locator("mjx-container").first.wait_for()
    page.evaluate("document.fonts.ready")
    drawn = "[...document.fonts].filter((font) => font.status === 'loaded').map((f) => f.family)"
    page.wait_for_function(f"{drawn}.some((name) => name.includes('MJX'))")


def test_widgets_answer(folder):
    page = folder(CHAPTER)
    root = page.locator("[data-cnn-ready] .cnn-widget").first
    root.wait_for()
    before = root.inner_text()
    root.locator("input[type=range]").first.press("End")
    changed = "([root, before]) => root.innerText !== before"
    page.wait_for_function(changed, arg=[root.element_handle(), before])


def test_pictures_are_there(folder):
    page = folder(CHAPTER)
    picture = page.locator("img[src*='_images/']").first
    picture.scroll_into_view_if_needed()
    picture.evaluate("image => image.decode()")
    assert picture.evaluate("image => image.naturalWidth") > 100


def test_search_finds_a_chapter(folder):
    page = folder("search.html?q=dilation")
    page.locator("#search-results a[href*='03_sizes']").first.wait_for()


def test_start_says_why_nothing_can_run(folder):
    page = folder("book/run.html")
    page.get_by_role("link", name="Start: Pooling").click()
    assert page.url.endswith("run.html#from-a-folder")
    assert "this cannot work" in page.locator("#from-a-folder").inner_text()
    assert page.locator("a[href*='lite/']").count() == 0


def test_every_link_of_the_first_page_leads_to_a_file(folder):
    page = folder("book/index.html")
    links = page.locator("a[href]").evaluate_all("links => links.map((link) => link.href)")
    files = {urlsplit(link).path for link in links if link.startswith("file:")}
    assert len(files) > 25
    assert [path for path in files if not Path(unquote(path)).is_file()] == []
