"""Sphinx extension: a page says in its head what it is about, to search engines and shared links.

With `html: baseurl` in _config.yml come the absolute addresses of page and picture. Own, because
sphinxext-opengraph writes relative ones where a book has no address yet, takes the first words of
a page as they come, and would still need all of this around it.
"""

import re
from html import escape
from typing import Any
from urllib.parse import urljoin

from docutils import nodes
from sphinx.application import Sphinx

CARD = "_static/card.png"
CARD_WORDS = (
    "A window on two by two cells of a grid, a green cell for the number that comes out, and the "
    "title of the course"
)
LONGEST = 160
#: Pages without text of their own.
NOT_FOR_SEARCH = {"search", "genindex"}
#: How a chapter begins; a list of what its reader learns follows.
AIMS = "When you finish this chapter you can"


def words_of(node: nodes.Node) -> str:
    """Return the words of a node, without HTML that was written into them."""
    texts = [text for text in node.findall(nodes.Text) if not isinstance(text.parent, nodes.raw)]
    return " ".join("".join(texts).split())


def description(doctree: nodes.document) -> str:
    """Return what a chapter teaches, or the first sentences of a page; at most 160 characters."""
    found = ""
    for paragraph in doctree.findall(nodes.paragraph):
        text = words_of(paragraph)
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


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-page-context", add_head)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
