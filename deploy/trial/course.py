"""The course's notebooks as a git repository, and what its teacher changes later."""

import shutil
import subprocess
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
TITLE = "Changed by the teacher between the two visits."
CLASH = "# changed by the teacher, too"


def git(*command: str, folder: Path) -> None:
    """Run git there, as a teacher with a name."""
    name = ["-c", "user.name=Teacher", "-c", "user.email=teacher@example.org"]
    subprocess.run(["git", *name, *command], cwd=folder, check=True, capture_output=True)


def publish(folder: Path) -> None:
    """Put the notebooks into a new repository."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    git("init", "--quiet", "--initial-branch=main", folder=folder)
    git("add", ".", folder=folder)
    git("commit", "--quiet", "-m", "The course", folder=folder)


def edited(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The cell that learner and teacher both change: the last code cell."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"][-1]


def change(folder: Path) -> None:
    """Change what nobody else changes (the title's cell, a new file) and what every learner did."""
    for name in CHAPTERS:
        path = folder / "notebooks" / name
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[0].source += f"\n\n{TITLE}"
        edited(notebook).source += f"\n{CLASH}"
        nbformat.write(notebook, path)
    (folder / "notebooks" / "news.md").write_text(TITLE, encoding="utf-8")
    git("add", ".", folder=folder)
    git("commit", "--quiet", "-m", "A correction", folder=folder)
