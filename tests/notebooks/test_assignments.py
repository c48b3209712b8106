"""Assignments for nbgrader: in its format, graded as `check` grades, and really autograded.

The last needs nbgrader (requirements-nbgrader.txt) on the path or in the environment of the tests;
where CNNLIB_BUILD_ENVIRONMENTS is set, an environment is made for it.
"""

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from cnnlib.exercises import EXERCISES, check
from tests.required import required
from tools import assignments

from .test_exercises import ROOT, STUBS
from .wrong_functions import WRONG_FUNCTIONS

CODING = {name for name, exercise in EXERCISES.items() if not exercise.is_value}
REGION = re.compile(r"### BEGIN SOLUTION\n.*?### END SOLUTION", re.DOTALL)
GRADED = "09_pooling"
#: What learners hand in for the first exercise of that chapter; the others they solve.
SUBMISSIONS = {
    "right": None,
    "warns": "def pool(x, size, stride):\n    import warnings\n    warnings.warn('slow')\n"
    "    return np.array([[x[i:i + size, j:j + size].max()\n"
    "                      for j in range(0, x.shape[1] - size + 1, stride)]\n"
    "                     for i in range(0, x.shape[0] - size + 1, stride)])",
    "untouched": "def pool(x, size, stride):\n    ...",
    "wrong": "def pool(x, size, stride):\n    return cnnlib.avg_pool2d(x[None], size, stride)[0]",
    "crashing": "def pool(x, size, stride):\n    return x[10**6]",
    "unreadable": "def pool(x, size, stride:\n    return x",
    "endless": "def pool(x, size, stride):\n    while True:\n        pass",
}
WORDS = {
    "untouched": "Not answered yet: write a function of (x, size, stride)",
    "wrong": "That is average pooling. Take the largest number of each window.",
    "crashing": "your function stops with IndexError: index 1000000 is out of bounds",
    "unreadable": "name 'pool' is not defined",
    "endless": "KeyboardInterrupt",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assignments")
    assignments.write(folder)
    return folder


@pytest.fixture(scope="module")
def notebooks(course):
    paths = sorted(course.glob("source/*/*.ipynb"))
    return {path.parent.name: nbformat.read(path, as_version=4) for path in paths}


@pytest.fixture(scope="module")
def exercises(notebooks):
    """Of each exercise the cells with its solution, its test, and the imports."""
    found = {}
    for notebook in notebooks.values():
        cells = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells}
        for cell in cells.values():
            name = re.search(r'check\("([^"]+)"', cell.source)
            if cell.metadata.nbgrader.grade:
                solution = cells[cell.metadata.nbgrader.grade_id.removesuffix("-test")]
                found[name[1]] = solution.source, cell.source, cells["setup"].source
    return found


def test_every_coding_exercise_is_in_the_assignment_of_its_chapter(notebooks, exercises):
    assert sorted(notebooks) == [path.stem for path in sorted(ROOT.glob("notebooks/*.ipynb"))]
    assert set(exercises) == CODING
    for chapter, notebook in notebooks.items():
        graded = [cell for cell in notebook.cells if cell.metadata.nbgrader.grade]
        assert graded, chapter
        assert f'check("{chapter[3:]}/' in graded[0].source


def test_the_metadata_keep_the_rules_of_nbgraders_schema(notebooks):
    """Those of nbgrader/nbgraderformat/v3: the schema, and what the validator adds to it."""
    for notebook in notebooks.values():
        ids = [cell.metadata.nbgrader.grade_id for cell in notebook.cells]
        assert len(ids) == len(set(ids))
        for cell in notebook.cells:
            about = dict(cell.metadata.nbgrader)
            assert re.fullmatch(r"[a-zA-Z0-9_\-]+", about.pop("grade_id"))
            assert about.pop("schema_version") == 3
            assert (about.pop("points", 0) > 0) == about["grade"]
            assert set(about) == {"grade", "locked", "solution", "task"}
            assert {type(value) for value in about.values()} == {bool}
            assert about["locked"] != about["solution"]
            assert not about["task"]
            assert cell.cell_type == "code" or not (about["grade"] or about["solution"])


def test_a_learner_gets_the_chapters_stub_and_no_solution(notebooks, exercises):
    for param in STUBS:
        name, _, stub, _ = param.values
        if name in CODING:
            learners = REGION.sub("...", exercises[name][0])
            assert learners == stub.split("\n\n\n")[0]
    for notebook in notebooks.values():
        text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        assert "<summary>Hint</summary>" in text
        assert "Solution</summary>" not in text
        assert not re.search(r"\.ipynb|\]\(#", text), "a link that leads nowhere outside the book"


def verdict(parts, answer=None) -> str:
    """Run an assignment's cells as a kernel would, and return what the test says."""
    names: dict = {}
    solution, test, setup = parts
    exec(setup, names)
    exec(solution, names)
    if answer is not None:
        names[re.search(r'check\("[^"]+", (\w+)\)', test)[1]] = answer
    try:
        exec(test, names)
    except AssertionError as error:
        return str(error)
    return "passed"


def test_the_tests_pass_on_solutions_and_fail_with_the_words_of_the_page(exercises, capsys):
    for name, parts in exercises.items():
        assert verdict(parts) == "passed", name
        assert "✓ Right." in capsys.readouterr().out
        stub = REGION.sub("...", parts[0])
        assert verdict((stub, *parts[1:])).startswith("Not answered yet: write a function"), name
    for name, answer, _ in WRONG_FUNCTIONS:
        assert verdict(exercises[name], answer) == repr(check(name, answer)), name


@pytest.fixture(scope="module")
def nbgrader(tmp_path_factory):
    """The command of nbgrader, in an environment that has NumPy."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = shutil.which("nbgrader", path=path)
    if command:
        return command
    if not os.environ.get("CNNLIB_BUILD_ENVIRONMENTS"):
        if required("nbgrader"):
            pytest.fail("nbgrader is missing, and CNNLIB_REQUIRE asks for it")
        pytest.skip("nbgrader is not installed")
    made = tmp_path_factory.mktemp("nbgrader")
    uv = [sys.executable, "-m", "uv"]
    run(made, [*uv, "venv", "--quiet", "--python", sys.executable, made / "made"])
    python = made / "made" / ("Scripts" if os.name == "nt" else "bin") / "python"
    listed = ROOT / "requirements-nbgrader.txt"
    run(made, [*uv, "pip", "install", "--quiet", "--python", python, "-r", listed])
    return shutil.which("nbgrader", path=python.parent)


def run(folder: Path, command: list[str | Path]) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    # nbgrader calls another command of its environment
    environment["PATH"] = os.pathsep.join([str(Path(command[0]).parent), os.environ["PATH"]])
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout


def test_nbgrader_grades_right_wrong_crashing_and_endless_submissions(course, nbgrader):
    run(course, [nbgrader, "generate_assignment", GRADED])
    handed_out = course / "release" / GRADED / f"{GRADED}.ipynb"
    assert "SOLUTION" not in handed_out.read_text(encoding="utf-8")
    solved = nbformat.read(course / "source" / GRADED / f"{GRADED}.ipynb", as_version=4)
    right = {cell.id: cell.source for cell in solved.cells}
    for learner, code in SUBMISSIONS.items():
        notebook = nbformat.read(handed_out, as_version=4)
        for cell in notebook.cells:
            if cell.metadata.nbgrader.solution:
                cell.source = right[cell.id]
                if cell.id == "pooling-max-pool" and code:
                    cell.source = code
        folder = course / "submitted" / learner / GRADED
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / handed_out.name)
    # an endless cell is stopped after this; a right one never takes as long, on any machine
    run(course, [nbgrader, "autograde", GRADED, "--Execute.timeout=60"])
    run(course, [nbgrader, "export", "--to", "grades.csv"])
    with (course / "grades.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["assignment"] == GRADED]
    grades = {row["student_id"]: float(row["score"]) for row in rows}
    most = sum(name.startswith("pooling/") for name in CODING)
    assert {float(row["max_score"]) for row in rows} == {most}
    assert grades == {learner: most - (learner in WORDS) for learner in SUBMISSIONS}
    for learner, words in WORDS.items():
        path = course / "autograded" / learner / GRADED / handed_out.name
        cells = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}
        said = "".join(
            f"{output.ename}: {output.evalue}"
            for output in cells["pooling-max-pool-test"].outputs
            if output.output_type == "error"
        )
        assert words in said, learner
