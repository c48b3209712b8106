"""Sphinx extension: the chapters of the course as cards, each with its picture, question and time.

The directive ``{chapter-cards}`` holds a line for each chapter: its file, a bar, its question.
Title and time are read from the notebook, so they stand in one place; the picture is drawn from
`ICONS`.
"""

import html
import json
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

#: What a picture is made of: boxes (column, row, width, height) on a field of 12×8 cells, by kind:
#: the input, its window, the kernel, the output, a gradient.
ICONS: dict[str, dict[str, list[tuple[float, ...]]]] = {
    "01_filters": {"input": [(0, 1, 6, 6)], "window": [(1, 2, 3, 3)], "output": [(8, 2, 4, 4)]},
    "02_volumes": {
        "input": [(2, 0, 5, 5), (1, 1, 5, 5), (0, 2, 5, 5)],
        "window": [(0.5, 3, 2.5, 2.5)],
        "output": [(8.5, 1.5, 3, 3), (8, 2.5, 3, 3), (7.5, 3.5, 3, 3)],
    },
    "03_sizes": {
        "padding": [(0, 0, 8, 8)],
        "input": [(1, 1, 6, 6)],
        "window": [(0, 0, 3, 3), (4, 4, 3, 3)],
        "output": [(9, 2.5, 3, 3)],
    },
    "04_features": {
        "input": [(0, 1.5, 5, 5)],
        "kernel": [(6.4, 5.5, 0.9, 1), (7.6, 3, 0.9, 3.5), (8.8, 0.5, 0.9, 6), (10, 4, 0.9, 2.5)],
    },
    "05_learned_kernels": {"kernel": [(0, 2, 3, 3), (4.5, 2, 3, 3), (9, 2, 3, 3)]},
    "06_why_not_flat": {
        "input": [(0, 1, 5, 5), (0, 7, 12, 1)],
        "gradient": [(7, 1, 2, 2), (10, 1, 2, 2), (7, 4, 2, 2), (10, 4, 2, 2)],
    },
    "07_weight_sharing": {
        "input": [(0, 0, 7, 8)],
        "kernel": [(0, 0, 2, 2), (5, 0, 2, 2), (0, 6, 2, 2), (5, 6, 2, 2)],
        "output": [(9, 2, 3, 4)],
    },
    "08_receptive_fields": {
        "input": [(0, 6, 12, 1.5)],
        "window": [(2, 6, 7, 1.5)],
        "kernel": [(3, 3.2, 5, 1.5)],
        "output": [(5, 0.4, 1.5, 1.5)],
    },
    "09_pooling": {
        "input": [(0, 0, 4, 4), (4, 0, 4, 4), (0, 4, 4, 4), (4, 4, 4, 4)],
        "window": [(4, 0, 4, 4)],
        "output": [(9.5, 2.5, 3, 3)],
    },
    "10_dilated": {
        "input": [(0, 0, 8, 8)],
        "kernel": [(x, y, 1, 1) for y in (1, 3.5, 6) for x in (1, 3.5, 6)],
        "output": [(9.5, 2.5, 3, 3)],
    },
    "11_transposed": {
        "input": [(0, 2.5, 3, 3)],
        "window": [(0, 2.5, 1, 1)],
        "output": [(5, 0, 7, 8)],
        "kernel": [(5, 0, 3, 3)],
    },
    "12_variants": {
        "kernel": [(0, 0, 5, 8), (7, 3, 1, 5), (9, 0, 3, 1), (9, 2, 3, 1), (9, 4, 3, 1)]
    },
    "13_backpropagation": {
        "input": [(0, 0, 5, 3.4)],
        "output": [(8, 0, 4, 3.4)],
        "gradient": [(8, 4.6, 4, 3.4), (0, 4.6, 5, 3.4)],
    },
    "14_designing": {
        "input": [(0, 0.5, 0.9, 7)],
        "output": [(2.2, 0.5, 1.6, 7), (5, 2.5, 2.2, 5), (8.4, 4.5, 1.6, 3)],
        "kernel": [(11.2, 0.5, 0.7, 7)],
    },
    "15_training": {
        "gradient": [(0, 0.5, 1.4, 7), (2.4, 3, 1.4, 4.5), (4.8, 4.6, 1.4, 2.9)],
        "output": [(7.4, 5.4, 1.4, 2.1), (9.8, 5.8, 1.4, 1.7)],
    },
    "16_homework": {
        "input": [(0, 0, 8, 8)],
        "window": [(2, 2, 4, 4)],
        "output": [(9.5, 5, 2.5, 2.5)],
    },
}


def icon(name: str) -> str:
    """Return the picture of a chapter as SVG; the classes of its boxes give the colours."""
    boxes = "".join(
        f'<rect class="{kind}" x="{x + 0.1:g}" y="{y + 0.1:g}" width="{w - 0.2:g}" '
        f'height="{h - 0.2:g}" rx="0.3"/>'
        for kind, all_boxes in ICONS.get(name, {}).items()
        for x, y, w, h in all_boxes
    )
    return f'<svg viewBox="-0.5 -0.5 13 9" aria-hidden="true">{boxes}</svg>'


def title_and_minutes(notebook: Path) -> tuple[str, str]:
    """Return the title of a chapter and how many minutes it says that it takes."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    time = re.search(r"\*\*Time:\*\* about (\d+) minutes", text)
    if not title or not time:
        raise ValueError(f"{notebook.name} must have a title and a line **Time:** about N minutes")
    return title[1], time[1]


class ChapterCards(SphinxDirective):
    """Cards that lead to the chapters."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return one list item for each line of the directive."""
        cards = []
        for number, line in enumerate(filter(None, self.content), start=1):
            name, question = (part.strip() for part in line.split("|", 1))
            path = Path(self.env.srcdir) / "notebooks" / f"{name}.ipynb"
            self.env.note_dependency(str(path))
            title, minutes = title_and_minutes(path)
            cards.append(
                f'<li><a class="course-card" href="../notebooks/{name}.html">{icon(name)}'
                f'<span class="course-card-title">{number}. {html.escape(title)}</span>'
                f'<span class="course-card-question">{html.escape(question)}</span>'
                f'<span class="course-card-time">{minutes} minutes</span></a></li>'
            )
        text = f'<ol class="course-cards">{"".join(cards)}</ol>'
        return [nodes.raw("", text, format="html")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_directive("chapter-cards", ChapterCards)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
