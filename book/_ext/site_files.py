"""Sphinx extension: the page for wrong addresses, and where the site has an address, its site map.

Own, because sphinx-sitemap warns where there is no address yet, and a warning is an error here; and
because the page of sphinx-notfound-page takes the theme's side bar along, whose links lead nowhere
from a deeper address.
"""

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from sphinx.application import Sphinx

#: The site's address comes from `html: baseurl` in _config.yml alone.
ROBOTS = "User-agent: *\nDisallow: {}\nSitemap: {}\n"


def start_of(base: str, start: str) -> str:
    """Return the address of the first page, from the root of the host."""
    return urljoin(urlsplit(base).path or "/", start)


def not_found_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Give name, words and template of the page for wrong addresses (Sphinx's event)."""
    start = app.builder.get_target_uri(app.config.root_doc)
    words = {
        "book": app.config.html_title or app.config.project,
        "start": start_of(app.config.html_baseurl, start),
    }
    yield "404", words, "not-found.html"


def site_map(pages: list[str], base: str) -> str:
    """Return the site map of the pages, as XML."""
    rows = "".join(f"  <url><loc>{escape(urljoin(base, page))}</loc></url>\n" for page in pages)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{space}">\n'
    return f"{head}{rows}</urlset>\n"


def robots(base: str) -> str:
    """Return what robots may read: not the app. A rule counts from the root of the host."""
    return ROBOTS.format(urljoin(urlsplit(base).path, "lite/"), urljoin(base, "sitemap.xml"))


def write_site_map(app: Sphinx, error: Exception | None) -> None:
    """Write the site map and what leads a search engine to it."""
    if error or app.builder.format != "html":
        return
    site, base = Path(app.outdir), app.config.html_baseurl
    for name in ("sitemap.xml", "robots.txt"):
        (site / name).unlink(missing_ok=True)
    if base:
        pages = [app.builder.get_target_uri(name) for name in sorted(app.env.found_docs)]
        (site / "sitemap.xml").write_text(site_map(pages, base), encoding="utf-8")
        (site / "robots.txt").write_text(robots(base), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-collect-pages", not_found_page)
    app.connect("build-finished", write_site_map)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
