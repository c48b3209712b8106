"""axe-core over every page: light and dark, desktop and phone, widgets and outputs included."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe

from .conftest import pages, settled

#: WCAG 2.2, levels A and AA. Without preload: axe would fetch style sheets by wrong addresses. All
#: nodes are looked at; only violations are reported node by node, which takes half the time.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "preload": False,
    "resultTypes": ["violations"],
}


#: Every page is seen light and dark, wide and narrow; the other two pairs only when asked for,
#: because colours do not depend on the width.
LOOKS = [(1280, "light"), (360, "dark")]
if os.environ.get("CNNLIB_EVERY_LOOK"):
    LOOKS += [(1280, "dark"), (360, "light")]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("path", [path for path in pages() if path != "index.html"])
def test_page_has_no_violation(visit, path, width, scheme):
    page = visit.open(path, width=width, color_scheme=scheme)
    settled(page)
    results = Axe().run(page, options=RULES)
    assert results.response["passes"], "axe looked at nothing"
    assert results.violations_count == 0, results.generate_report()


def test_axe_finds_what_is_wrong(visit):
    """The check itself is checked: a picture without words must be found."""
    page = visit.open("book/index.html")
    page.evaluate("document.querySelector('main').append(new Image())")
    found = {violation["id"] for violation in Axe().run(page, options=RULES).response["violations"]}
    assert "image-alt" in found
