"""Sphinx extension: the page on what you have done knows what each chapter asks."""

import json
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

PAGE = "book/progress"
_CHECK = re.compile(r'^check\("([^"]+)", \w+\)', re.MULTILINE)
_QUESTION = re.compile(r'\bQuestion\(.*?\bkey="([^"]+)"', re.DOTALL)


def tasks_of(notebook: Path) -> list[str]:
    """Return the names of the questions and exercises that a chapter's page can check."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    names: list[str] = []
    for source in ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"):
        names += _QUESTION.findall(source)
        names += _CHECK.findall(source)
    return names


def add_tasks(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Write the list of all chapters into the page."""
    if pagename != PAGE:
        return
    chapters = [
        {
            "title": app.env.titles[name].astext(),
            "address": context["pathto"](name),
            "tasks": tasks_of(Path(app.srcdir) / f"{name}.ipynb"),
        }
        for name in sorted(app.env.found_docs)
        if name.startswith("notebooks/")
    ]
    text = json.dumps(chapters, ensure_ascii=False).replace("</", "<\\/")
    context["body"] += f'<script type="application/json" class="progress-tasks">{text}</script>'


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx, before trim_page."""
    app.connect("html-page-context", add_tasks, priority=940)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
