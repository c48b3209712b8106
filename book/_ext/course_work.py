"""Sphinx extension: what there is to solve in each chapter, for the scripts that count it.

`progress-marks.js` and `progress-page.js` read it from `course-work.js`, which this writes.
"""

import json
import re
from pathlib import Path
from typing import Any

from run_cells import EXERCISE
from sphinx.application import Sphinx

_QUESTION = re.compile(r'\bQuestion\(.*?\bkey="([^"]+)"', re.DOTALL)


def tasks_of(notebook: Path) -> list[str]:
    """Return the names of the questions and exercises that a chapter's page can check."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return [
        name
        for source in sources
        for name in [*_QUESTION.findall(source), *EXERCISE.findall(source)]
    ]


def publish(app: Sphinx, error: Exception | None) -> None:
    """Write title and tasks of every chapter, by its page, beside the scripts."""
    if error or app.builder.format != "html":
        return
    chapters = sorted(name for name in app.env.found_docs if name.startswith("notebooks/"))
    work = {
        f"{name}.html": {
            "title": app.env.titles[name].astext(),
            "tasks": tasks_of(Path(app.srcdir) / f"{name}.ipynb"),
        }
        for name in chapters
    }
    text = json.dumps(work, ensure_ascii=False)
    target = Path(app.outdir) / "_static" / "course-work.js"
    target.write_text(f'"use strict";\nglobalThis.courseWork = {text};\n', encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("build-finished", publish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
