"""Sphinx extension: the accessibility statement, a row a criterion, with the tests behind it.

Besides: what unfolds a cell is called as it reads, "Show the source", no longer "Toggle hidden
content" (myst-nb), which nobody who speaks to a computer would say.

``{accessibility}`` makes the table from `accessibility.yml`. A criterion that is missing, a row
that names no test, or a test that is not there ends the build.
"""

import functools
import re
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

DATA = Path(__file__).parent.parent / "accessibility.yml"
TESTS = Path(__file__).parent.parent.parent / "tests"

#: The success criteria of WCAG 2.2 at levels A and AA, by guideline: https://www.w3.org/TR/WCAG22/
CRITERIA = {
    "1.1": "1",
    "1.2": "1 2 3 4 5",
    "1.3": "1 2 3 4 5",
    "1.4": "1 2 3 4 5 10 11 12 13",
    "2.1": "1 2 4",
    "2.2": "1 2",
    "2.3": "1",
    "2.4": "1 2 3 4 5 6 7 11",
    "2.5": "1 2 3 4 7 8",
    "3.1": "1 2",
    "3.2": "1 2 3 4 6",
    "3.3": "1 2 3 4 7 8",
    "4.1": "2 3",
}
HEADS = ("Criterion", "How it is met", "Tests that hold it")


@functools.cache
def all_tests() -> set[str]:
    """Return the names of all tests, wherever they stand below tests/."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    return set(re.findall(r"^ *def (test_\w+)", text, re.MULTILINE))


def faults(rows: dict[str, dict[str, Any]]) -> list[str]:
    """Return what is wrong with the statement."""
    wanted = [f"{group}.{last}" for group, all in CRITERIA.items() for last in all.split()]
    found = [f"{number} is missing" for number in wanted if number not in rows]
    found += [
        f"{number} is no criterion of level A or AA" for number in rows if number not in wanted
    ]
    for number, row in rows.items():
        if bool(row.get("none")) == bool(row.get("how") and row.get("tests")):
            found.append(f"{number} needs either `how` and `tests`, or `none` with its reason")
        for test in set(row.get("tests", ())) - all_tests():
            found.append(f"{number} names {test}, which is not there")
    return found


def statement() -> dict[str, dict[str, Any]]:
    """Return the rows, by criterion."""
    return yaml.safe_load(DATA.read_text(encoding="utf-8"))


class Accessibility(SphinxDirective):
    """The table of the statement."""

    def run(self) -> list[nodes.Node]:
        """Make a row of each criterion."""
        self.env.note_dependency(str(DATA))
        rows = statement()
        if wrong := faults(rows):
            raise ExtensionError(f"{DATA.name}: {'; '.join(wrong)}")
        group = nodes.tgroup("", *[nodes.colspec(colwidth=w) for w in (25, 40, 35)], cols=3)
        group += nodes.thead("", nodes.row("", *map(_cell, HEADS)))
        group += nodes.tbody("", *[_row(number, row) for number, row in rows.items()])
        return [nodes.table("", group)]


def _row(number: str, row: dict[str, Any]) -> nodes.row:
    how = row.get("how") or f"Does not apply. {row['none']}"
    limits = f" Known limit: {row['limits']}" if "limits" in row else ""
    names = (test.removeprefix("test_").replace("_", " ") for test in row.get("tests", ()))
    words = (f"{number} {row['name']} ({row['level']})", how + limits, "; ".join(names))
    return nodes.row("", *map(_cell, words))


def _cell(words: str) -> nodes.entry:
    return nodes.entry("", nodes.paragraph(words, words))


def call_as_it_reads(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Let the words of a summary be its name."""
    if "body" in context:
        context["body"] = context["body"].replace(' aria-label="Toggle hidden content"', "")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_directive("accessibility", Accessibility)
    app.connect("html-page-context", call_as_it_reads)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
