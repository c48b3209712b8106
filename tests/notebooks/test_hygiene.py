"""What a comparison of outputs does not see: unrun cells, pictures without words, raw markup.

test_outputs.py compares each stored output with a fresh run.
"""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
LONGEST_LINE = 88

#: MyST that shows as raw text outside the book.
RAW_MARKUP = re.compile(r"^(```\{|:::|\{\w+\}`|\(\w[\w-]*\)=)", re.MULTILINE)


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: nbformat.NotebookNode) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestNotebook:
    def test_every_cell_was_run_in_order(self, path):
        counts = [cell.execution_count for cell in code_cells(read(path))]
        assert counts == list(range(1, len(counts) + 1)), "run: make notebooks"

    def test_no_cell_failed(self, path):
        kinds = {o.output_type for cell in code_cells(read(path)) for o in cell.outputs}
        assert "error" not in kinds

    def test_no_cell_is_left_out_or_may_fail(self, path):
        for cell in code_cells(read(path)):
            tags = set(cell.metadata.get("tags", []))
            assert not tags & {"raises-exception", "skip-execution"}, cell.id

    def test_pictures_have_words(self, path):
        for cell in code_cells(read(path)):
            for output in cell.outputs:
                data = output.get("data", {})
                if "image/png" in data or WIDGET_VIEW in data:
                    words = data.get("text/plain", "")
                    assert len(words) > 20, cell.id
                    assert not re.search(r"<Figure|0x[0-9a-f]+| object at ", words), cell.id

    def test_no_raw_markup(self, path):
        for cell in read(path).cells:
            if cell.cell_type == "markdown":
                found = RAW_MARKUP.search(cell.source)
                assert not found, f"{cell.id}: {found and found[0]} shows as text in JupyterLab"

    def test_code_is_short_enough_to_read(self, path):
        for cell in code_cells(read(path)):
            for line in cell.source.splitlines():
                assert len(line) <= LONGEST_LINE, f"{cell.id}: {line}"

    def test_outputs_say_nothing_of_this_machine(self, path):
        text = path.read_text(encoding="utf-8")
        assert "widget-state" not in text
        assert str(ROOT) not in text
        assert "Traceback" not in text
        # the same names in every run, so that a run without a change leaves no difference
        for model in re.findall(r'"model_id": "([^"]+)"', text):
            assert model.startswith(path.stem)
