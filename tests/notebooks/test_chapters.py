"""Every chapter has its parts and its exercises: of three kinds, each with hint and solution."""

import re
from pathlib import Path

import nbformat
import pytest

from tools.reading_time import LONGEST, walk

NOTEBOOKS = Path(__file__).parent.parent.parent / "notebooks"
CHAPTERS = {
    path.stem: nbformat.read(path, as_version=4).cells for path in sorted(NOTEBOOKS.glob("*.ipynb"))
}
LAST = list(CHAPTERS)[-1]
PARTS = (
    "**When you finish this chapter you can**",
    "**Time:**",
    "**You need:**",
    "## What people get wrong",
    "## Summary",
    "**Sources.**",
)
HEADED = re.compile(r"^### ((?:Exercise|Task) \d+: .*)$", re.MULTILINE)


def words(cells) -> str:
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def code(cells) -> list[str]:
    return [cell.source for cell in cells if cell.cell_type == "code"]


def headed(cells) -> dict[str, str]:
    """Return the text below the heading of each exercise, with its hint and solution."""
    pieces = HEADED.split(words(cells))[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def questions(cells) -> list[str]:
    return [source for source in code(cells) if source.startswith("Question(")]


@pytest.mark.parametrize("chapter", CHAPTERS)
class TestChapter:
    def test_has_its_parts(self, chapter):
        text = words(CHAPTERS[chapter])
        for part in PARTS:
            assert part in text, part
        assert ("**Next:**" in text) == (chapter != LAST)

    def test_takes_75_minutes_at_most_and_says_how_many(self, chapter):
        found = walk(NOTEBOOKS / f"{chapter}.ipynb")
        assert found.whole <= LONGEST
        assert found.line() in words(CHAPTERS[chapter]), "run tools/reading_time.py --write"

    def test_shows_the_librarys_own_source(self, chapter):
        shown = [source for source in code(CHAPTERS[chapter]) if source.startswith("source_of(")]
        assert bool(shown) == (chapter != LAST)

    def test_prints_no_private_function_and_no_oracle(self, chapter):
        """What a chapter prints is a loop for readers, or public code that runs."""
        for source in code(CHAPTERS[chapter]):
            for shown in re.findall(r"source_of\((.*?)\)", source):
                assert "._" not in shown
                assert "reference" not in shown

    def test_has_exercises_of_three_kinds(self, chapter):
        cells = CHAPTERS[chapter]
        with_numbers = [source for source in questions(cells) if "answer=" not in source]
        predicted = [title for title in headed(cells) if re.search(r"\bpredict\b", title)]
        checked = [source for source in code(cells) if re.search(r"^check\(", source, re.M)]
        written = [source for source in checked if source.startswith("def ")]
        assert with_numbers, "a question that asks again with other numbers"
        assert predicted, "predict, then check with the widget"
        assert written, "code with a check"
        assert len(checked) >= 4

    def test_every_exercise_has_hint_and_solution(self, chapter):
        for title, text in headed(CHAPTERS[chapter]).items():
            closed = re.findall(r"<summary>(.*?)</summary>", text)
            assert closed[:1] == ["Hint"], title
            assert closed[1:2] in (["Solution"], ["Answer"]), title

    def test_no_answer_of_a_question_is_read_by_accident(self, chapter):
        """The call holds the answer, so book and JupyterLab fold it; hint and answer are there."""
        for cell in CHAPTERS[chapter]:
            if cell.source.startswith("Question(") and "answer=" in cell.source:
                assert "hide-input" in cell.metadata.tags
                assert cell.metadata.jupyter.source_hidden
                assert "hint=" in cell.source
                assert "worked=" in cell.source


def test_the_course_has_at_least_sixty_exercises():
    asked = sum(len(questions(cells)) for cells in CHAPTERS.values())
    given = sum(len(headed(cells)) for cells in CHAPTERS.values())
    assert asked >= 20
    assert given >= 60


def test_no_line_of_shown_source_is_cut_off():
    """A page has room for 88 columns of code."""
    for cells in CHAPTERS.values():
        for cell in cells:
            if cell.cell_type == "code" and cell.source.startswith("source_of("):
                text = cell.outputs[0].data["text/plain"]
                assert max(map(len, text.splitlines())) <= 88, cell.id
