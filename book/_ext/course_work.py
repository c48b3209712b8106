"""Sphinx extension: what there is to solve in each chapter, written for `progress-marks.js`."""

import json
from pathlib import Path
from typing import Any

from progress_page import tasks_of
from sphinx.application import Sphinx


def publish(app: Sphinx, error: Exception | None) -> None:
    """Write the names of every chapter's exercises and questions beside the scripts."""
    if error or app.builder.format != "html":
        return
    chapters = sorted((Path(app.srcdir) / "notebooks").glob("*.ipynb"))
    names = json.dumps({f"notebooks/{path.stem}.html": tasks_of(path) for path in chapters})
    target = Path(app.outdir) / "_static" / "course-work.js"
    target.write_text(f'"use strict";\nglobalThis.courseWork = {names};\n', encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("build-finished", publish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
