"""Every link of the built site: a page, an anchor on it or a file that is really there.

Links to other sites are only looked at, never followed: a test must not need the network. The
weekly workflow follows them.
"""

from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from .conftest import SITE, pages


class Anchors(HTMLParser):
    """Collects where a page's links go and what can be linked to on it."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attributes if value is not None}
        self.ids.update(values[name] for name in ("id", "name") if name in values)
        for name in ("href", "src"):
            if name in values:
                self.links.append(values[name])


@cache
def anchors_of(path: Path) -> Anchors:
    parser = Anchors()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser


def is_widget_state(place: str, path: Path) -> bool:
    """Say whether a fragment such as ``stride?padding=1`` names a widget of the page by its key."""
    key, question, _ = place.partition("?")
    return bool(question) and f'"key": "{key}"' in path.read_text(encoding="utf-8")


def broken(path: Path) -> Iterator[str]:
    """Yield what is wrong with each link of a page that leads nowhere."""
    for link in anchors_of(path).links:
        parts = urlsplit(link)
        if parts.scheme in ("https", "mailto", "data"):
            continue
        if parts.scheme or parts.netloc:
            yield f"{link}: a link to another site starts with https:"
            continue
        # an address from the root is that of the site (the 404 page is shown at any depth)
        place = unquote(parts.path)
        folder = SITE if place.startswith("/") else path.parent
        target = (folder / place.lstrip("/")).resolve() if place else path
        if target.is_dir():
            target /= "index.html"
        if not target.exists():
            yield f"{link}: there is no file {target}"
        elif parts.fragment and target.suffix == ".html":
            place = unquote(parts.fragment)
            if not (is_widget_state(place, target) or place in anchors_of(target).ids):
                yield f"{link}: there is no #{place} in {target.name}"


@pytest.mark.parametrize("path", pages() or ["index.html"])
def test_every_link_leads_somewhere(path):
    assert list(broken(SITE / path)) == []


def test_a_broken_link_would_be_seen(tmp_path):
    (tmp_path / "other.html").write_text("<p id='there'>here</p>")
    page = tmp_path / "page.html"
    page.write_text(
        "<a href='other.html#there'></a><a href='other.html#gone'></a><a href='none.html'></a>"
        "<a href='#self'></a><img src='no.png'><a href='http://example.org'></a>"
        "<a href='#sizes?stride=2'></a><a href='#none?stride=2'></a>"
        '<script type="application/json">{"key": "sizes"}</script>'
    )
    assert [line.split(":")[0] for line in broken(page)] == [
        "other.html#gone",
        "none.html",
        "#self",
        "no.png",
        "http",
        "#none?stride=2",
    ]


def states_linked() -> list[tuple[str, str]]:
    """Return page and link of each link in the text that sets a widget's state."""
    found = []
    for path in pages():
        for link in anchors_of(SITE / path).links:
            parts = urlsplit(link)
            if "?" in parts.fragment and not parts.scheme:
                target = (SITE / path).parent / unquote(parts.path) if parts.path else SITE / path
                found.append((target.resolve().relative_to(SITE.resolve()).as_posix(), link))
    return found


def test_every_link_to_a_state_sets_it_without_a_complaint(visit):
    """A misspelt or impossible parameter is told by the widget; here none is."""
    states = states_linked()
    assert len(states) > 10
    page, opened = None, ""
    for path, link in states:
        fragment = unquote(urlsplit(link).fragment)
        key, _, query = fragment.partition("?")
        if page is None or path != opened:
            page, opened = visit.open(path), path
        page.evaluate("fragment => { location.hash = fragment }", fragment)
        root = page.locator(f"[data-cnn-ready] .cnn-widget[data-key='{key}']")
        root.wait_for()
        page.evaluate("new Promise((done) => setTimeout(done, 0))")
        assert root.locator(".cnn-words").inner_text() == "", (path, link)
        for name, value in parse_qsl(query):
            control = root.locator(f".cnn-controls [name='{name}']")
            if control.count() and control.get_attribute("type") != "checkbox":
                # a slider over steps says its value, and counts the steps
                shown = control.get_attribute("aria-valuetext") or control.input_value()
                assert shown.replace(",", "") == value, (path, link, name)


def test_a_misspelt_parameter_is_told(visit):
    page = visit.open("book/widgets.html#explorer?strid=2")
    words = page.locator("[data-cnn-ready] .cnn-widget[data-key=explorer] .cnn-words")
    words.filter(has_text="There is no “strid” here").wait_for()
