"""Sphinx extension: leave out what the theme brings and no page needs, and load the rest late.

- Every script waits until the text is there; the widgets come first, the formulas last.
- A style sheet or script comes only with a page that has something for it.
- The state of the widgets stands at the end of the page, not in front of the text.
- Our own scripts are published without their comments.
- Fonts, icon code, translations and source maps that nothing asks for are not published.
"""

import re
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html._assets import _JavaScript

from cnnlib.widgets._base import without_spare

WIDGET_STATE = "application/vnd.jupyter.widget-state+json"

#: Part of an asset's name -> what a page must hold for it to be of use.
ONLY_WITH = {
    "sphinx-design": 'class="sd-',
    "design-tabs": 'class="sd-tab',
    "togglebutton": "dropdown",
    "toggleHint": "dropdown",
    "toggleOpenOnPrint": "dropdown",
    "clipboard": 'class="highlight',
    "copybutton": 'class="highlight',
    "mystnb": "cell",
    "MathJax": 'class="math',
    "formulas.js": 'class="math',
    "class-link": 'id="class-link"',
}
#: The theme's search-as-you-type and version switcher, which this book does not have.
NEVER = ("DOCUMENTATION_OPTIONS.", "sphinx-thebe")
FIRST, LAST = "widget-host", "formulas.js"

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


def lighten_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Keep the assets that this page needs, in the order in which a reader needs them."""
    if pagename == "search":  # its own scripts, at their places, count on these
        return
    body = context.get("body", "")
    states, scripts = [], []
    for script in context.get("script_files", []):
        if getattr(script, "attributes", {}).get("type") == WIDGET_STATE:
            states.append(script)
        elif _is_of_use(script, body):
            scripts.append(_deferred(script))
    context["script_files"] = scripts
    context["css_files"] = [
        sheet for sheet in context.get("css_files", []) if _is_of_use(sheet, body)
    ]
    context["widget_states"] = [state.attributes["body"] for state in states]


def _name(asset: Any) -> str:
    return str(getattr(asset, "filename", asset) or "")


def _is_of_use(asset: Any, body: str) -> bool:
    inline = str(getattr(asset, "attributes", {}).get("body") or "")
    name = f"{_name(asset)} {inline}"
    if any(part in name for part in NEVER):
        return False
    return all(marker in body for part, marker in ONLY_WITH.items() if part in name)


def _deferred(script: Any) -> Any:
    if not _name(script) or "://" in _name(script):
        return script
    late = {key: value for key, value in script.attributes.items() if key != "async"}
    late["defer"] = "defer"  # deferred scripts run in their order
    priority = script.priority
    if FIRST in _name(script):
        priority = 0
    if LAST in _name(script):
        priority = 999
    return _JavaScript(script.filename, priority=priority, **late)


def lighten_site(app: Sphinx, error: Exception | None) -> None:
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
    """Register with Sphinx, after all that add assets to a page."""
    app.connect("html-page-context", lighten_page, priority=950)
    app.connect("build-finished", lighten_site, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
