"""Sphinx extension: the list of references in roles that screen readers know.

docutils marks an entry as ``doc-biblioentry``, a role that ARIA has withdrawn, within a list that
may hold list items only.
"""

from typing import Any

from sphinx.application import Sphinx


def as_list_items(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Make every reference of the page an item of its list."""
    if "body" in context:
        entry, item = 'role="doc-biblioentry"', 'role="listitem"'
        context["body"] = context["body"].replace(entry, item)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-page-context", as_list_items)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
