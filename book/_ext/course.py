"""Sphinx extension of the course: live widgets with a picture behind them, alt text, no stale runs.

- A widget on a page has its first state as a picture in ``<noscript>``.
- The widgets of a page share the JavaScript modules that they have in common.
- A figure takes its alt text from the plain text that stands beside it in the output.
- A changed `cnnlib` makes every stored notebook run stale, so it is part of the cache's path.
"""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import widget_state
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform

WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
PICTURE = "image/png"
TEXT = "text/plain"


class WidgetsAndAltText(SphinxPostTransform):
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
            if WIDGET_VIEW in forms:
                forms[WIDGET_VIEW].extend(
                    [
                        nodes.raw("", "<noscript>", format="html"),
                        *forms[PICTURE].children,
                        nodes.raw("", "</noscript>", format="html"),
                    ]
                )


def digest_of(folder: Path) -> str:
    """Return a digest of every source file of the library."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            total.update(str(path.relative_to(folder)).encode())
            total.update(path.read_bytes())
    return total.hexdigest()[:16]


def forget_stale_runs(app: Sphinx, config: Config) -> None:
    """Keep the runs of the notebooks only as long as the library that they ran with."""
    config.cnnlib_digest = digest_of(Path(app.srcdir) / "cnnlib")
    caches = Path(app.outdir).parent / ".jupyter_cache"
    for stale in caches.glob("*"):
        if stale.name != config.cnnlib_digest:
            shutil.rmtree(stale)
    config.nb_execution_cache_path = str(caches / config.cnnlib_digest)


def tidy_bars(app: Sphinx, config: Config) -> None:
    """Keep the search field in the side bar only, and no place for advertisements below.

    Set here because ``html_theme_options`` in _config.yml would replace Jupyter Book's own.
    """
    config.html_theme_options["navbar_persistent"] = []
    config.html_theme_options["primary_sidebar_end"] = []


def leave_out_thebe(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Take sphinx-thebe's scripts off the page.

    Jupyter Book adds them to every page. They run code on another host, which this book never
    does, and their first line fails where it is added twice.
    """
    for kind in ("script_files", "css_files"):
        context[kind] = [asset for asset in context.get(kind, []) if not _is_thebe(asset)]


def share_modules(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Write each module once into the state of the page's widgets."""
    assets = context.get("script_files", [])
    context["script_files"] = widget_state.state_scripts(assets, WIDGET_STATE)


def _is_thebe(asset: Any) -> bool:
    body = getattr(asset, "attributes", {}).get("body") or ""
    return "thebe" in f"{getattr(asset, 'filename', asset)} {body}".lower()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_config_value("cnnlib_digest", "", "env")
    app.connect("config-inited", forget_stale_runs)
    app.connect("config-inited", tidy_bars)
    # after the extension that adds them (500 is the usual priority)
    app.connect("html-page-context", leave_out_thebe, priority=900)
    app.connect("html-page-context", share_modules, priority=900)
    app.add_post_transform(WidgetsAndAltText)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
