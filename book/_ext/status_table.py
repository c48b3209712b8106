"""Sphinx extension: the table of run times, with titles instead of file names, words for signs."""

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

PAGE = "book/status"
#: What myst-nb writes for a run without an error: not every font has it, nor every screen reader.
RAN = "✅"


class ReadableTable(SphinxPostTransform):
    """Let the links of the table say the title of the page they lead to, and the rest be words.

    Runs after myst-nb has made the table (priority 8) and before links are resolved (10): a link
    to a page that has no text of its own gets the title then.
    """

    default_priority = 9

    def run(self, **kwargs: Any) -> None:
        """Take the file names out of the links, and a sign out of the last column."""
        if self.env.docname != PAGE:
            return
        for table in self.document.findall(nodes.table):
            for link in table.findall(addnodes.pending_xref):
                link["refexplicit"] = False
            for text in list(table.findall(nodes.Text)):
                if text.astext() == RAN:
                    text.parent.replace(text, nodes.Text("passed"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_post_transform(ReadableTable)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
