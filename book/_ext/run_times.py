"""Sphinx extension: the table of run times names chapters by their titles, not by their files."""

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

PAGE = "book/status"


class ChapterTitles(SphinxPostTransform):
    """Let the links of the table say the title of the page they lead to.

    Runs after myst-nb has made the table (priority 8) and before links are resolved (10): a link
    to a page that has no text of its own gets the title then.
    """

    default_priority = 9

    def run(self, **kwargs: Any) -> None:
        """Take the file names out of the links."""
        if self.env.docname != PAGE:
            return
        for table in self.document.findall(nodes.table):
            for link in table.findall(addnodes.pending_xref):
                link["refexplicit"] = False


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_post_transform(ChapterTitles)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
