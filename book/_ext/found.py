"""Sphinx extension: what lets a page be found, shared and cited.

Each page gets a description and the tags of a shared link; the footer says licence, version and
how to cite. With `html: baseurl` in _config.yml, the one setting for the site's address, come
absolute addresses and a site map. A page for wrong addresses (404) is written always.
"""

import re
import sys
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

ROOT = Path(__file__).parent.parent.parent
sys.path.append(str(ROOT / "tools"))
import copies  # noqa: E402  (it knows the repository)

CARD = "_static/card.png"
CARD_WORDS = "A 3×3 kernel on an input, and the number that it gives, with the title of the course"
LONGEST = 160
#: Pages without text of their own.
NOT_FOR_SEARCH = {"search", "genindex"}


#: How a chapter begins; a list of what its reader learns follows.
AIMS = "When you finish this chapter you can"


def description(doctree: nodes.document) -> str:
    """Return what a chapter teaches, or the first sentences of a page; at most 160 characters."""
    found = ""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if text == AIMS:
            aims = paragraph.next_node(nodes.bullet_list, descend=False, siblings=True)
            found = " ".join(["Learn to", *aims.astext().split()])
            break
        if isinstance(paragraph.parent, nodes.section) and re.search(r"[.!?:]$", text):
            found = f"{found} {text}".strip()
            if len(found) > LONGEST // 2:
                break
    if len(found) <= LONGEST:
        return found
    return found[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def head_tags(title: str, words: str, address: str, base: str, book: str) -> str:
    """Return the meta tags of a page; absolute addresses only where the site has one."""
    tags = {"og:type": "article", "og:site_name": book, "og:title": title, "og:description": words}
    if base:
        tags |= {"og:url": urljoin(base, address), "og:image": urljoin(base, CARD)}
        tags |= {"og:image:alt": CARD_WORDS, "twitter:card": "summary_large_image"}
    lines = [f'<meta name="description" content="{escape(words)}" />'] if words else []
    lines += [
        f'<meta {"name" if ":card" in name else "property"}="{name}" content="{escape(value)}" />'
        for name, value in tags.items()
        if value
    ]
    return "\n".join(lines)


def add_head(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Describe the page in its head."""
    book = app.config.html_title or app.config.project
    if doctree is None or pagename in NOT_FOR_SEARCH:
        return
    title = re.sub(r"<[^>]*>", "", context.get("title", "")) or book
    if pagename == app.config.root_doc:
        # the book's own title is enough: nothing before it, and no dash
        context["title"], context["docstitle"] = book, ""
        title = book
    words = description(doctree)
    address = app.builder.get_target_uri(pagename)
    tags = head_tags(title, words, address, app.config.html_baseurl, book)
    context["metatags"] = f"{context.get('metatags', '')}\n{tags}"


def citation() -> dict[str, Any]:
    """Return what CITATION.cff says."""
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def footer() -> str:
    """Return licence, version and how to cite, for every page."""
    cite = citation()
    names = [author.get("name") or author["family-names"] for author in cite["authors"]]
    year = str(cite["date-released"])[:4]
    who, title, version = " and ".join(names), cite["title"], cite["version"]
    address = copies.repository_url()
    where = f" {escape(address)}" if address else ""
    entry = [
        "@misc{cnn-course,",
        f"  author  = {{{{{who}}}}},",
        f"  title   = {{{title}}},",
        f"  year    = {{{year}}},",
        f"  note    = {{Version {version}}},",
        *([f"  url     = {{{address}}},"] if address else []),
        "}",
    ]
    return (
        "<p>Text and figures: "
        '<a href="https://creativecommons.org/licenses/by/4.0/" rel="license">CC BY 4.0</a>. '
        'Code: <a href="https://opensource.org/license/mit" rel="license">MIT</a>. '
        f"Version {version}.</p>"
        '<details class="hide"><summary>How to cite</summary>'
        f"<p>{escape(who)} ({year}). <cite>{escape(title)}</cite>, version {version}.{where}</p>"
        f'<pre tabindex="0">{escape(chr(10).join(entry))}</pre></details>'
    )


def set_footer(app: Sphinx, config: Config) -> None:
    """Hand the footer to the theme."""
    config.html_theme_options["extra_footer"] = footer()


def site_map(pages: list[str], base: str) -> str:
    """Return the site map of the pages, as XML."""
    rows = "".join(f"  <url><loc>{escape(urljoin(base, page))}</loc></url>\n" for page in pages)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{space}">\n'
    return f"{head}{rows}</urlset>\n"


def not_found(title: str, base: str, start: str) -> str:
    """Return the page for a wrong address; it is shown at any depth, so it needs no other file."""
    root = urlsplit(base).path or "/"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="robots" content="noindex" />
<title>No such page: {escape(title)}</title>
<style>
  :root {{ color-scheme: light dark; }}
  html {{ background: Canvas; color: CanvasText; }}
  body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; }}
  main {{ padding: 0 1rem; }}
  svg {{ width: 7rem; }}
  a {{ color: LinkText; }}
</style>
</head>
<body>
<main>
<svg viewBox="0 0 64 64" aria-hidden="true">
  <g fill="#0072b2"><rect x="8" y="8" width="14" height="14" rx="2"/>
  <rect x="25" y="8" width="14" height="14" rx="2"/>
  <rect x="8" y="25" width="14" height="14" rx="2"/></g>
  <rect x="6" y="6" width="35" height="35" rx="4" fill="none" stroke="#e69f00" stroke-width="4"/>
</svg>
<h1>The window slid off the image</h1>
<p>There is no page at this address. It may have moved, or the link has a slip of the pen.</p>
<p><a href="{escape(urljoin(root, start))}">{escape(title)}: start here</a></p>
</main>
</body>
</html>
"""


def write_files(app: Sphinx, error: Exception | None) -> None:
    """Write the page for wrong addresses, and where the address is known, the site map."""
    if error or app.builder.format != "html":
        return
    site, base = Path(app.outdir), app.config.html_baseurl
    title = app.config.html_title or app.config.project
    start = app.builder.get_target_uri(app.config.root_doc)
    (site / "404.html").write_text(not_found(title, base, start), encoding="utf-8")
    for name in ("sitemap.xml", "robots.txt"):
        (site / name).unlink(missing_ok=True)
    if base:
        pages = [app.builder.get_target_uri(name) for name in sorted(app.env.found_docs)]
        (site / "sitemap.xml").write_text(site_map(pages, base), encoding="utf-8")
        robots = f"User-agent: *\nDisallow: /lite/\nSitemap: {urljoin(base, 'sitemap.xml')}\n"
        (site / "robots.txt").write_text(robots, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("config-inited", set_footer)
    app.connect("html-page-context", add_head)
    app.connect("build-finished", write_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
