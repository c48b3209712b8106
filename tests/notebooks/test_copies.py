"""Copies for a class: no solution slips through, stubs say what is missing, the notebooks run."""

import re

import nbformat
import pytest
from nbclient import NotebookClient

from tools import copies, project

from .test_exercises import ROOT, STUBS

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
#: What stays folded in a copy, too: thoughts, and what the chapter teaches.
FOLDED_FOR_ALL = re.compile("Pause and ponder|What you learn")
SOLUTION_CODE = re.compile(r"<summary>Solution</summary>.*?```python\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def students(tmp_path_factory):
    folder = tmp_path_factory.mktemp("student")
    return {path.stem: path for path in copies.write(copies.student, folder)}


def texts(path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestStudentCopy:
    def test_holds_no_solution(self, path, students):
        whole, copied = "\n\n".join(texts(path)), "\n\n".join(texts(students[path.stem]))
        folded = re.findall(r"<summary>(.*?)</summary>", copied)
        left = [name for name in folded if name != "Hint" and not FOLDED_FOR_ALL.search(name)]
        assert left == [], "an answer that is folded in the chapter"
        for solution in SOLUTION_CODE.findall(whole):
            assert solution.strip() not in copied
        assert copied.count("<details") == copied.count("</details>")

    def test_keeps_hints_checks_and_all_else(self, path, students):
        whole, copied = "\n\n".join(texts(path)), "\n\n".join(texts(students[path.stem]))
        for kept in ("<summary>Hint</summary>", "check(", "## ", "<b>Pause and ponder:</b>"):
            assert copied.count(kept) == copies.SOLUTION.sub("", whole).count(kept), kept

    def test_holds_no_output(self, path, students):
        for cell in nbformat.read(students[path.stem], as_version=4).cells:
            assert not cell.get("outputs")


def test_student_copy_has_every_stub(students):
    """What each stub says then, test_exercises.py proves."""
    copied = {text for path in students.values() for text in texts(path)}
    assert STUBS
    for stub in STUBS:
        assert stub.values[2] in copied


def test_student_copy_runs_and_says_what_is_missing(students):
    """One chapter from end to end; nbval runs the same cells of all of them."""
    notebook = nbformat.read(students["09_pooling"], as_version=4)
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    said = [
        output.get("data", {}).get("text/plain", "")
        for cell in notebook.cells
        if cell.cell_type == "code" and "check(" in cell.source
        for output in cell.outputs
    ]
    missing = [words for words in said if "Not answered yet" in words]
    assert len(missing) == len([1 for stub in STUBS if stub.values[0].startswith("pooling/")])


def test_instructor_copy_is_open(tmp_path):
    for path in copies.write(copies.instructor, tmp_path):
        whole = "\n\n".join(texts(path))
        assert "<details>" not in whole
        assert ("<details open>" in whole) == (
            "<details>" in "\n".join(texts(copies.NOTEBOOKS / path.name))
        )


def test_setup_cell_comes_before_all_code(tmp_path):
    made = copies.write(lambda nb: copies.with_setup(nb, "%pip install x", "words"), tmp_path)
    for path in made:
        cells = nbformat.read(path, as_version=4).cells
        code = [cell.source for cell in cells if cell.cell_type == "code"]
        assert code[0] == "%pip install x"
        assert cells[0].source.startswith("# ")


def test_copies_for_colab_need_a_repository(tmp_path, monkeypatch):
    notebook = nbformat.read(NOTEBOOKS[0], as_version=4)
    monkeypatch.setattr(project, "repository_url", lambda: "")
    with pytest.raises(SystemExit, match="names no repository"):
        copies.fetched_by_pip(notebook)
    monkeypatch.setattr(project, "repository_url", lambda: "https://example.org/x/y")
    made = copies.fetched_by_pip(notebook)
    code = [cell.source for cell in made.cells if cell.cell_type == "code"]
    assert "https://example.org/x/y/releases/download/v" in code[0]
