"""Sphinx extension: a page loads what it has a use for, and its text does not wait for any script.

- A style sheet or script comes only with a page that has something for it.
- Every script waits until the text is there; the order stands in _config.yml (MathJax: mathjax.py).
- What the theme and sphinx-thebe bring for services that this book does not use stays out.
"""

from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

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
    "load-mathjax": 'class="math',
    "class-link": 'id="class-link"',
    "progress-page": 'id="progress"',
    "book-files": 'id="keep-book"',
    "keep-book": 'id="keep-book"',
    "from-a-folder": 'href="../lite/',
    "search-page": 'id="search-results"',
    "value-check": 'class="course-value',
    "value-exercises": 'class="course-value',
    "python-start": "course-run-cell",
}
#: Of the theme's search-as-you-type and version switcher, which this book does not have.
NEVER = "DOCUMENTATION_OPTIONS."
#: sphinx-thebe runs code on another host, which this book never does; Jupyter Book adds it always.
THEBE = "thebe"


def trim_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Keep the assets that this page needs, scripts deferred."""
    body = context.get("body", "")
    for kind in ("css_files", "script_files"):
        assets = [each for each in context.get(kind, []) if THEBE not in _told(each).lower()]
        if pagename != "search":  # its own scripts, at their places, count on all of these
            assets = [_deferred(each) for each in assets if _is_of_use(each, body)]
        context[kind] = assets


def _told(asset: Any) -> str:
    inline = getattr(asset, "attributes", {}).get("body") or ""
    return f"{getattr(asset, 'filename', asset) or ''} {inline}"


def _is_of_use(asset: Any, body: str) -> bool:
    told = _told(asset)
    wanted = all(marker in body for part, marker in ONLY_WITH.items() if part in told)
    return wanted and NEVER not in told


def _deferred(asset: Any) -> Any:
    """Return a script that waits for the text; deferred scripts run in their order."""
    name = str(getattr(asset, "filename", None) or "")
    if not name.endswith(".js") or "://" in name:
        return asset
    late = {key: value for key, value in asset.attributes.items() if key != "async"}
    return type(asset)(asset.filename, priority=asset.priority, **{**late, "defer": "defer"})


def tidy_bars(app: Sphinx, config: Config) -> None:
    """Keep the search field in the side bar only, and no place for advertisements below.

    The logo says where its link leads. Set here because ``html_theme_options`` in _config.yml would
    replace Jupyter Book's own.
    """
    config.html_theme_options["navbar_persistent"] = []
    config.html_theme_options["primary_sidebar_end"] = []
    logo = config.html_theme_options.get("logo", {})
    words = f"Start page: {config.html_title or config.project}"
    config.html_theme_options["logo"] = {**logo, "alt_text": words}


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx, after all that add assets to a page."""
    app.connect("config-inited", tidy_bars)
    app.connect("html-page-context", trim_page, priority=950)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
