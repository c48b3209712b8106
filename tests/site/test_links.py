"""Every link of the built site: a page, an anchor on it or a file that is really there.

Links to other sites are only looked at, never followed: a test must not need the network. The
weekly workflow follows them.
"""

from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

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
