"""Each output that a notebook stores is what the build of the book computed anew, digit by digit.

`make book` runs every notebook in a fresh kernel and keeps what came out; so they run once, for the
pages and for this test. Pictures are left to their words: their bytes differ between systems.
"""

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
RUNS = ROOT / "_build" / ".jupyter_cache"
#: What is not compared: random names of widgets, and pictures.
LEFT_OUT = {"application/vnd.jupyter.widget-view+json", "image/png", "image/jpeg"}


def code_cells(path: Path) -> list[NotebookNode]:
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def runs() -> dict[tuple[str, ...], list[NotebookNode]]:
    """Return what the build has run: the outputs by the code that made them."""
    made = [code_cells(path) for path in RUNS.glob("*/executed/*/base.ipynb")]
    return {tuple(cell.source for cell in cells): cells for cells in made}


def comparable(outputs: list[NotebookNode]) -> list[dict]:
    """Return outputs as they are compared: what is printed piece by piece stands together."""
    made: list[dict] = []
    for output in outputs:
        if output.output_type == "stream":
            if not made or made[-1].get("stream") != output.name:
                made.append({"stream": output.name, "text": ""})
            made[-1]["text"] += output.text
        elif output.output_type == "error":
            made.append({"error": output.ename, "text": output.evalue})
        else:
            data = {kind: text for kind, text in output.data.items() if kind not in LEFT_OUT}
            made.append({"kind": output.output_type, "all": sorted(output.data), **data})
    return made


def differences(stored: list[NotebookNode], ran: list[NotebookNode]) -> dict[str, tuple]:
    """Return for each cell that differs what is stored and what came out."""
    pairs = [
        (cell.id, comparable(cell.outputs), comparable(again.outputs))
        for cell, again in zip(stored, ran, strict=True)
    ]
    return {name: (old, new) for name, old, new in pairs if old != new}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_outputs_are_those_of_the_build(path, runs):
    cells = code_cells(path)
    ran = runs.get(tuple(cell.source for cell in cells))
    assert ran, f"the build has not run {path.name} as it stands: make book"
    assert differences(cells, ran) == {}


def test_one_wrong_digit_is_caught(runs):
    path = ROOT / "notebooks" / "03_sizes.ipynb"
    cells = code_cells(path)
    ran = runs[tuple(cell.source for cell in cells)]
    cell = next(cell for cell in cells if cell.id == "cell-floor")
    assert "output: 3" in cell.outputs[0].text
    cell.outputs[0].text = cell.outputs[0].text.replace("output: 3", "output: 4")
    assert list(differences(cells, ran)) == ["cell-floor"]
    cell.outputs = []
    assert list(differences(cells, ran)) == ["cell-floor"]
