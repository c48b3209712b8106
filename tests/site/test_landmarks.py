"""Everything on a page stands in a landmark, the headings are in order."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from .conftest import pages, settled

RULES = ["region", "heading-order", "landmark-one-main", "landmark-unique", "page-has-heading-one"]
OPTIONS = {"runOnly": {"type": "rule", "values": RULES}, "preload": False}


@pytest.mark.parametrize("path", [path for path in pages() if path != "index.html"])
def test_page_is_in_order(visit, path):
    page = visit.open(path)
    settled(page)
    results = Axe().run(page, options=OPTIONS)
    assert results.response["passes"], "axe looked at nothing"
    assert results.violations_count == 0, results.generate_report()
