"""Sphinx extension: fonts, icon code, translations and source maps that no page asks for stay out.

Our own scripts are published without their comments.
"""

import re
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from cnnlib.widgets._base import without_spare

#: Published by the theme, asked for by no page.
UNUSED = (
    "_static/vendor",
    "_static/locales",
    "_static/scripts/fontawesome.js",
    "_static/styles/theme.css",
    "_static/sbt-webpack-macros.html",
    "_static/webpack-macros.html",
    "_static/sphinx-thebe.js",
    "_static/sphinx-thebe.css",
    "_static/jquery.js",
    "_static/images",
)
ICON_FONT = re.compile(r"@font-face\{font-display:block;font-family:Font Awesome[^}]*\}")
ICON = re.compile(r'(?:\.fa-[\w-]+:{1,2}before,?)+\{content:"[^"]*"\}')


def trim_site(app: Sphinx, error: Exception | None) -> None:
    """Take the files that no page asks for out of the built site."""
    if error or app.builder.format != "html":
        return
    site = Path(app.outdir)
    for script in (Path(app.srcdir) / "book" / "_static").glob("*.js"):
        published = site / "_static" / script.name
        published.write_text(without_spare(script.read_text("utf-8")), encoding="utf-8")
    for name in UNUSED:
        path = site / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for path in (site / "_static").rglob("*.map"):
        path.unlink()
    for path in (site / "_static").rglob("*.LICENSE.txt"):
        if path.name.startswith("fontawesome"):
            path.unlink()
    for path in [*(site / "_static").rglob("*.css"), *(site / "_static" / "scripts").glob("*.js")]:
        text = path.read_text(encoding="utf-8")
        lean = re.sub(r"\n?(/\*|//)# sourceMappingURL=\S+( \*/)?", "", text)
        lean = ICON.sub("", ICON_FONT.sub("", lean))
        if lean != text:
            path.write_text(lean, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx, after all that publish files."""
    app.connect("build-finished", trim_site, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
