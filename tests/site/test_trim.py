"""What the site weighs, and that nothing it needs went out with what it does not need."""

import re

import pytest

from .conftest import SITE, pages

#: More than this (MB) means that something came in which no page asks for. JupyterLite is apart.
MOST = 30


def size(paths) -> float:
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def test_site_is_small():
    lite = SITE / "lite"
    assert size(path for path in SITE.rglob("*") if lite not in path.parents) < MOST


def test_what_no_page_needs_is_not_published():
    names = {path.name for path in (SITE / "_static").rglob("*")}
    assert not any(name.endswith(".map") for name in names)
    assert not any("fontawesome" in name or name.startswith("fa-solid") for name in names)
    assert not any("thebe" in name for name in names)


def test_every_icon_is_drawn(visit):
    """The theme's icons come from icons.css: none is left without a drawing."""
    page = visit.open("notebooks/03_sizes.html")
    missing = """() => [...document.querySelectorAll(".fas, .fa-solid, .fab, .fa-brands")]
      .filter((icon) => getComputedStyle(icon).maskImage === "none")
      .map((icon) => icon.className)"""
    assert page.locator(".fa-bars").count(), "no icon at all"
    assert page.evaluate(missing) == []
    page.evaluate("document.querySelector('.fa-bars').className = 'fa-solid fa-unheard-of'")
    assert page.evaluate(missing), "the check finds nothing"


@pytest.mark.parametrize("path", pages() or ["index.html"])
def test_pictures_keep_their_place_while_they_load(path):
    text = (SITE / path).read_text(encoding="utf-8")
    for tag in re.findall(r"<img [^>]*_images/[^>]*>", text):
        assert "width=" in tag, tag
        assert "height=" in tag, tag


def test_page_without_formulas_asks_for_no_mathjax(visit):
    page = visit.open("book/index.html")
    page.wait_for_load_state("networkidle")
    names = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert any("widget-host" in name for name in names)
    assert not any("mathjax" in name for name in names)
