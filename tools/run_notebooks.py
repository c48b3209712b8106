"""Run notebooks and store their outputs, so that GitHub shows them and nbval has what to compare.

What differs from run to run and says nothing is taken out: the state of widgets, their random
ids, the version of the kernel. So a run without a change leaves no difference in git.

    python tools/run_notebooks.py [notebook …]        all of notebooks/ without arguments
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
#: What stands for a box of ipywidgets, whose own words are code.
SLIDERS = "Sliders and what they change. Run this cell to move them."


def run(path: Path) -> None:
    """Run one notebook from its own folder and write it back."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        coalesce_streams=True,
    )
    client.execute()
    tidy(notebook, path.stem)
    nbformat.validate(notebook)
    nbformat.write(notebook, path)


def tidy(notebook: nbformat.NotebookNode, stem: str) -> None:
    """Take out what changes without meaning; give cells and widgets names that stay."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    widgets = 0
    for number, cell in enumerate(notebook.cells):
        if not cell.get("id", "").startswith("cell-"):
            cell["id"] = f"cell-{number:03d}-{cell['id']}"[:64]
        for output in cell.get("outputs", []):
            view = output.get("data", {}).get(WIDGET_VIEW)
            if view:
                view["model_id"] = f"{stem}-{widgets}"
                widgets += 1
                if "(children=" in output.data["text/plain"]:  # GitHub would show it raw
                    output.data["text/plain"] = SLIDERS


if __name__ == "__main__":
    given = [Path(name) for name in sys.argv[1:]]
    for notebook_path in given or sorted((ROOT / "notebooks").glob("*.ipynb")):
        print("running", notebook_path)
        run(notebook_path)
