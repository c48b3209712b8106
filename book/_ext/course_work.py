"""Sphinx extension: what there is to solve in each chapter, and how answers are kept, for scripts.

`progress-marks.js` and `progress-page.js` read the first from `course-work.js`; the second is the
module of the Question widgets, which `progress.js` uses from `answers.js`. Both are written here.
"""

import json
import re
from pathlib import Path
from typing import Any

from run_cells import EXERCISE
from sphinx.application import Sphinx

from cnnlib.widgets._base import JS, without_spare

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


def answers_script() -> str:
    """Return the module that keeps answers as a script, which also runs from a folder (file://)."""
    module = (JS / "parts" / "answers.js").read_text(encoding="utf-8")
    names = re.findall(r"^export function (\w+)", module, re.MULTILINE)
    inside = without_spare(re.sub(r"^export ", "", module, flags=re.MULTILINE))
    return (
        '"use strict";\nglobalThis.cnnAnswers = (() => {\n'
        f"{inside}\nreturn {{ {', '.join(names)} }};\n}})();\n"
    )


def publish(app: Sphinx, error: Exception | None) -> None:
    """Write both beside the other scripts; of every chapter title and tasks, by its page."""
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
    folder = Path(app.outdir) / "_static"
    script = f'"use strict";\nglobalThis.courseWork = {text};\n'
    (folder / "course-work.js").write_text(script, encoding="utf-8")
    (folder / "answers.js").write_text(answers_script(), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("build-finished", publish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
