"""Sphinx extension: an exercise whose answer is a value becomes a form that checks it on the page.

It stands above the cell of the exercise, which waits behind *Or in Python*. What the verdict needs
comes with it (`cnnlib.exercises.for_page`). Without JavaScript, and on paper, there is the cell.
"""

import json
from html import escape
from typing import Any

from docutils import nodes
from run_cells import EXERCISE
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from cnnlib.exercises import EXERCISES, for_page

#: What helps to type each kind of value, after what the exercise asks for.
FORMS = {
    "number": "",
    "list": "Separate the numbers by commas or spaces.",
    "table": "Separate numbers by spaces and rows by semicolons.",
    "array": "Write nested square brackets, with commas between the numbers.",
    "choice": "",
}


class ValueExercises(SphinxPostTransform):
    """Put a form before each cell that asks for a value."""

    default_priority = 2

    def run(self, **kwargs: Any) -> None:
        """Find the cells by the call of `check` that ends them."""
        for cell in list(self.document.findall(nodes.container)):
            found = EXERCISE.search(source(cell)) if cell.get("nb_element") == "cell_code" else None
            if found and EXERCISES[found[1]].is_value:
                cell["classes"].append("course-stub")
                place = cell.parent.index(cell)
                cell.parent.insert(place, nodes.raw("", form(found[1]), format="html"))


def source(cell: nodes.container) -> str:
    """Return the code of a cell."""
    return "\n".join(
        part.astext()
        for part in cell.findall(nodes.container)
        if part.get("nb_element") == "cell_code_source"
    )


def form(name: str) -> str:
    """Return the form of an exercise, with what its verdict needs as JSON."""
    about = for_page(EXERCISES[name])
    own = "value-" + name.replace("/", "-")
    asked = f"Your answer: {about['needs']}"
    data = json.dumps(about, ensure_ascii=False).replace("</", "<\\/")
    return (
        f'<form class="course-value pst-js-only d-print-none" data-exercise="{escape(name)}" '
        f'aria-label="Exercise {escape(name)}">'
        f"{answers(about, own, asked)}"
        '<div class="course-value-tools"><button class="course-value-check">Check</button>'
        '<button type="button" aria-expanded="false">Or in Python</button></div>'
        '<p class="course-value-said" role="status"></p>'
        f'<script type="application/json">{data}</script></form>'
    )


def answers(about: dict[str, Any], own: str, asked: str) -> str:
    """Return the field to type into, or the words to choose from."""
    if about["kind"] == "choice":
        words = "".join(
            f'<label><input type="radio" name="answer" value="{escape(word)}"> '
            f"{escape(word)}</label>"
            for word in about["choices"]
        )
        return f"<fieldset><legend>{escape(asked)}</legend>{words}</fieldset>"
    help_text = FORMS[about["kind"]]
    described = f' aria-describedby="{own}-form"' if help_text else ""
    hint = f'<span class="course-value-form" id="{own}-form">{help_text}</span>'
    return (
        f'<label for="{own}">{escape(asked)}</label>{hint if help_text else ""}'
        f'<input type="text" id="{own}" name="answer" autocomplete="off" autocapitalize="off" '
        f'spellcheck="false"{described}>'
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_post_transform(ValueExercises)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
