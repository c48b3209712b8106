"""Sphinx extension: the state of a page's widgets, with each JavaScript module in it once.

Each widget carries its whole view as one text, ``_esm``, made of the modules that it needs, and its
style sheet, ``_css``. A page with ten widgets would carry the shared modules ten times. Here every
text becomes a list of names, and the parts stand once beside the state, under ``parts``;
widget-host.js puts them together again. Where a widget will stand, the page has its place, which
names its module, so that the style sheet knows how much room it needs (course.css).
"""

import hashlib
import json
import re
from typing import Any

from sphinx.application import Sphinx

#: The type of the script that holds the state; widget-host.js looks for it.
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
#: What `cnnlib.widgets._base.bundle` writes before each module.
_HEAD = re.compile(r"^// ==== ([\w./-]+) ====\n", re.MULTILINE)
_VIEW = re.compile(
    r'<script type="application/vnd\.jupyter\.widget-view\+json">(?P<view>[^<]*)</script>'
)


def share_parts(body: str) -> str:
    """Return the state of all widgets of a page as JSON, with each part of their texts once."""
    content = json.loads(body)
    parts: dict[str, str] = {}
    for model in content["state"].values():
        state = model["state"]
        for trait, ending in (("_esm", ".js"), ("_css", ".css")):
            if isinstance(state.get(trait), str):
                state[trait] = [_keep(part, ending, parts) for part in _split(state[trait])]
    # in an order of their own, not in that of the widgets' random names, so that a page weighs the
    # same at every build; the largest first, for then gzip finds most to share
    content["parts"] = dict(sorted(parts.items(), key=lambda part: (-len(part[1]), part[0])))
    # "</" would end the script element that holds the state
    return json.dumps(content).replace("</", "<\\/")


def _split(text: str) -> list[tuple[str, str]]:
    """Return name and text of each module; a text of somebody else is one part without a name."""
    found = _HEAD.split(text)
    return list(zip(found[1::2], found[2::2], strict=True)) if len(found) > 1 else [("", text)]


def _keep(part: tuple[str, str], ending: str, parts: dict[str, str]) -> str:
    """Put a part among the others, and return the name that it has there."""
    name, text = part
    if not name or parts.get(name, text) != text:
        name = hashlib.sha256(text.encode()).hexdigest()[:12] + ending
    parts[name] = text
    return name


def make_places(body: str, states: list[str]) -> str:
    """Return the text of a page with a place for each widget, which names its module."""
    models = {name: model for state in states for name, model in json.loads(state)["state"].items()}

    def with_place(found: re.Match[str]) -> str:
        model = models.get(json.loads(found["view"])["model_id"], {})
        module = model.get("state", {}).get("_esm", [""])[-1]
        return f'{found[0]}<div data-cnn-page data-view="{module}"></div>'

    return _VIEW.sub(with_place, body)


def is_state(asset: Any) -> bool:
    """Whether a script of a page holds the state of its widgets."""
    return getattr(asset, "attributes", {}).get("type") == WIDGET_STATE


def share_modules(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Take the states out of the page's scripts: layout.html writes them at its end."""
    scripts = context.get("script_files", [])
    context["widget_states"] = [
        share_parts(script.attributes["body"]) for script in scripts if is_state(script)
    ]
    context["script_files"] = [script for script in scripts if not is_state(script)]
    context["body"] = make_places(context.get("body", ""), context["widget_states"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx, after myst-nb, which adds the state (500 is the usual priority)."""
    app.connect("html-page-context", share_modules, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
