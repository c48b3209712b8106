"""Copies of the notebooks for a class: without solutions, with all open, for Colab.

    python tools/copies.py student    [folder]     no solutions; hints and checks stay
    python tools/copies.py instructor [folder]     hints, answers and solutions stand open
    python tools/copies.py setup      [folder]     a first cell fetches cnnlib (Colab, JupyterLite)

The folder is dist/<kind> unless given. The notebooks themselves stay as they are.
"""

import copy
import re
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools import project
from tools.project import ROOT

NOTEBOOKS = ROOT / "notebooks"
#: A folded solution or answer with everything in it; it holds no further <details>.
SOLUTION = re.compile(
    r"\s*<details>\s*<summary>(?:<b>)?(?:Solution|(?:Worked )?[Aa]nswers?)(?:</b>)?</summary>"
    r".*?</details>",
    re.DOTALL,
)
SETUP_ID = "cell-fetch-cnnlib"


def student(notebook: NotebookNode) -> NotebookNode:
    """Return a copy without solutions. The outputs go, too: a class makes its own."""
    made = _unrun(notebook)
    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = SOLUTION.sub("", cell.source).strip()
    made.cells = [cell for cell in made.cells if cell.source]
    return made


def instructor(notebook: NotebookNode) -> NotebookNode:
    """Return a copy in which everything that is folded stands open."""
    made = copy.deepcopy(notebook)
    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("<details>", "<details open>")
    return made


def with_setup(notebook: NotebookNode, command: str, words: str) -> NotebookNode:
    """Return a copy whose first code cell fetches the library, and says so."""
    made = _unrun(notebook)
    first = next(n for n, cell in enumerate(made.cells) if cell.cell_type == "code")
    said = nbformat.v4.new_markdown_cell(words, id=f"{SETUP_ID}-words")
    cell = nbformat.v4.new_code_cell(command, id=SETUP_ID)
    made.cells[first:first] = [said, cell]
    return made


def _unrun(notebook: NotebookNode) -> NotebookNode:
    made = copy.deepcopy(notebook)
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return made


def write(make: Callable[[NotebookNode], NotebookNode], target: Path) -> list[Path]:
    """Write a copy of each notebook and return their paths. Old copies there are replaced."""
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("*.ipynb"):
        old.unlink()
    written = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        made = make(nbformat.read(path, as_version=4))
        nbformat.validate(made)
        nbformat.write(made, target / path.name)
        written.append(target / path.name)
    return written


def fetched_by_pip(notebook: NotebookNode) -> NotebookNode:
    """Return a copy that installs the released wheel, for Colab and other rented machines."""
    from cnnlib import __version__

    repository = project.repository_url()
    if not repository:
        raise SystemExit(
            "_config.yml names no repository, so there is no released wheel for these copies to "
            "fetch. Write the address of the course on GitHub behind `repository: url`."
        )
    wheel = f"cnnlib-{__version__}-py3-none-any.whl"
    address = f"{repository}/releases/download/v{__version__}/{wheel}"
    command = f'%pip install -q "cnnlib[notebooks] @ {address}"'
    return with_setup(notebook, command, "First fetch `cnnlib`, the library of this course.")


KINDS = {"student": student, "instructor": instructor, "setup": fetched_by_pip}


def main(arguments: list[str]) -> None:
    """Write the copies that the command line asks for."""
    if not arguments or arguments[0] not in KINDS:
        raise SystemExit(__doc__)
    kind = arguments[0]
    target = Path(arguments[1]) if len(arguments) > 1 else ROOT / "dist" / kind
    for path in write(KINDS[kind], target):
        print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
