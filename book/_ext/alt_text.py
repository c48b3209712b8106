"""Sphinx extension: a figure has its words as alt text, and a widget has its picture.

The words are the plain text that stands beside a picture in a notebook's output. The picture of a
widget's first state goes into ``<noscript>``.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURE = "image/png"
TEXT = "text/plain"


class AltText(SphinxPostTransform):
    """Give each picture its alt text and each widget its picture.

    Runs before myst-nb's `SelectMimeType` (priority 4), which keeps one form of each output.
    """

    default_priority = 3

    def run(self, **kwargs: Any) -> None:
        """Rewrite every output of the page that holds a picture."""
        for bundle in list(self.document.findall(nodes.container)):
            if bundle.get("nb_element") != "mime_bundle":
                continue
            forms = {form["mime_type"]: form for form in bundle.children}
            if PICTURE not in forms or TEXT not in forms:
                continue
            for image in forms[PICTURE].findall(nodes.image):
                image["alt"] = " ".join(forms[TEXT].astext().split())
            if WIDGET in forms:
                forms[WIDGET].extend(
                    [
                        nodes.raw("", "<noscript>", format="html"),
                        *forms[PICTURE].children,
                        nodes.raw("", "</noscript>", format="html"),
                    ]
                )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_post_transform(AltText)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
