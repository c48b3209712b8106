"""The lecture map leads from every row of the lecture to a section of a chapter."""

import re
from pathlib import Path

from .conftest import ROOT, SITE
from .test_links import broken

#: The rows of the lecture, as the founders' list of it numbers them, and the part on training.
ROWS = [
    *(f"1.{row}" for row in range(1, 5)),
    *(f"2.{row}" for row in range(1, 7)),
    *(f"3.{row}" for row in range(1, 8)),
    *(f"4.{row}" for row in range(1, 4)),
    *(f"5.{row}" for row in range(1, 10)),
    *(f"6.{row}" for row in range(1, 5)),
    "7.1",
    "7.2",
]
LINE = re.compile(r"^\| (\d\.\d) \| ([^|]+) \| ([^|]+) \|", re.MULTILINE)


def lines() -> dict[str, str]:
    text = (ROOT / "book" / "lecture-map.md").read_text(encoding="utf-8")
    return {number: sections for number, _, sections in LINE.findall(text)}


def test_every_row_of_the_lecture_is_there():
    assert list(lines()) == ROWS


def test_the_rows_are_those_of_the_lecture():
    lecture = Path(ROOT).parent / "shared" / "lecture.md"
    if lecture.exists():
        found = re.findall(r"^\| (\d\.\d) \|", lecture.read_text(encoding="utf-8"), re.MULTILINE)
        assert found == [row for row in ROWS if not row.startswith("7")]


def test_every_row_leads_to_a_section_of_a_chapter():
    for number, sections in lines().items():
        targets = re.findall(r"\(\.\./notebooks/\d\d_\w+\.ipynb#[\w-]+\)", sections)
        assert targets, f"{number} leads to no section"


def test_the_targets_exist():
    assert list(broken(SITE / "book" / "lecture-map.html")) == []
