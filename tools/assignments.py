"""The coding exercises as assignments of nbgrader, one a chapter, graded as the page checks them.

    python tools/assignments.py [folder]      make assignments: dist/assignments

The folder is a course of nbgrader's: `source/<chapter>/<chapter>.ipynb` is for the instructor, with
solutions; `nbgrader generate_assignment` makes the learner's version of it. A test cell calls
`check`, and fails with its words. The format: nbgrader.readthedocs.io, "Notebook metadata".
"""

import re
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from cnnlib.exercises import EXERCISES
from tools import copies
from tools.project import ROOT

CHECK = re.compile(r'^check\("([^"]+)", (\w+)\)', re.MULTILINE)
SOLUTION = re.compile(r"<summary>Solution</summary>.*?```python\n(.*?)```", re.DOTALL)
#: What a function that is still to be written consists of.
EMPTY = "    ..."
SETUP = "import numpy as np\n\nimport cnnlib"
#: `check` is imported anew, for a cell above may have changed the name. A warning would be taken
#: for a failure by nbgrader, which looks for anything on stderr.
TEST = """\
import warnings

from cnnlib.exercises import check

with warnings.catch_warnings(action="ignore"):
    verdict = check("{exercise}", {answer})
assert verdict, verdict
print(verdict)"""
CONFIG = """\
# Settings of nbgrader for this course; see nbgrader.readthedocs.io, "Configuration options".
c = get_config()
c.CourseDirectory.course_id = "convolutional-networks"
# What stands in the place of a solution: a check then says what is still to be written.
c.ClearSolutions.code_stub = {"python": "..."}
"""


def cell(
    kind: str, source: str, id_: str, *, solution: bool = False, points: int = 0
) -> NotebookNode:
    """Return a cell that a learner can change only where its solution is to be."""
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    made = make(source, id=id_)
    about = {"schema_version": 3, "grade_id": id_, "task": False, "solution": solution}
    about |= {"locked": not solution, "grade": points > 0}
    made.metadata["nbgrader"] = about | ({"points": points} if points else {})
    return made


def solved(exercise: str, stub: str, solution: str) -> str:
    """Return a stub with its solution, between the marks of what nbgrader takes out.

    >>> print(solved("x/y", "def y(a):\\n    ...", "def y(a):\\n    return a"))
    def y(a):
        ### BEGIN SOLUTION
        return a
        ### END SOLUTION
    """
    head, body = stub.removesuffix(EMPTY), solution.removeprefix("import cnnlib\n\n\n")
    if head == stub or not body.startswith(head):
        raise ValueError(
            f"the solution of {exercise} must begin as its stub does, which ends with {EMPTY!r}; "
            f"they are {solution!r} and {stub!r}"
        )
    body = body.removeprefix(head).rstrip()
    return f"{head}    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"


def assignment(notebook: NotebookNode) -> NotebookNode:
    """Return the coding exercises of a chapter: task, place for the answer, test, hint."""
    title = notebook.cells[0].source.split("\n")[0]
    about = f"{title}\n\nWrite each function where the three dots are, and run the cell below it."
    cells = [cell("markdown", about, "about"), cell("code", SETUP, "setup")]
    for number, stub in enumerate(notebook.cells):
        found = CHECK.search(stub.source)
        if stub.cell_type != "code" or not found or EXERCISES[found[1]].is_value:
            continue
        name, after = found[1].replace("/", "-"), notebook.cells[number + 1].source
        solution = SOLUTION.search(after)
        if not solution:
            raise ValueError(f"{found[1]} has no solution in Python below its stub")
        answer = solved(found[1], stub.source[: found.start()].strip(), solution[1])
        test = TEST.format(exercise=found[1], answer=found[2])
        cells += [
            cell("markdown", notebook.cells[number - 1].source, f"{name}-task"),
            cell("code", answer, name, solution=True),
            cell("code", test, f"{name}-test", points=1),
            cell("markdown", copies.SOLUTION.sub("", after).strip(), f"{name}-hint"),
        ]
    return nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata)


def write(target: Path) -> list[Path]:
    """Write the assignments; what else lies in the folder, as submissions and grades, stays."""
    written = [target / "nbgrader_config.py"]
    target.mkdir(parents=True, exist_ok=True)
    written[0].write_text(CONFIG, encoding="utf-8")
    for path in sorted(copies.NOTEBOOKS.glob("*.ipynb")):
        made = assignment(nbformat.read(path, as_version=4))
        nbformat.validate(made)
        folder = target / "source" / path.stem
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(made, folder / path.name)
        written.append(folder / path.name)
    return written


def main(arguments: list[str]) -> None:
    """Write the course."""
    for path in write(Path(arguments[0]) if arguments else ROOT / "dist" / "assignments"):
        print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
