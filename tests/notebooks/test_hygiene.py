"""What nbval does not look at: unrun cells, swallowed outputs, pictures without words, raw markup.

nbval compares the stored output of each cell with a fresh run. It is silent on a cell that never
ran, and on outputs that somebody told it to ignore. These tests are the guards against that.
"""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
LONGEST_LINE = 88

#: Outputs that nbval must not compare: why, and which test looks at them instead.
IGNORED = {
    ("03_sizes", "cell-build-sliders"): (
        "nbval runs no Output widget, so the picture would count as an output of the cell; "
        "tests/site/test_pages.py::test_plain_ipywidgets_show_their_last_output_and_where_they_run"
    ),
}

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

    def test_every_ignored_output_has_a_reason(self, path):
        for cell in code_cells(read(path)):
            tags = set(cell.metadata.get("tags", []))
            assert not tags & {"raises-exception", "nbval-skip", "nbval-raises-exception"}
            source = cell.source.upper().replace("_", "-")
            ignored = "nbval-ignore-output" in tags or "NBVAL-" in source
            assert ignored == ((path.stem, cell.id) in IGNORED), cell.id

    def test_pictures_have_words(self, path):
        for cell in code_cells(read(path)):
            for output in cell.outputs:
                data = output.get("data", {})
                if "image/png" in data or WIDGET_VIEW in data:
                    words = data.get("text/plain", "")
                    assert len(words) > 20, cell.id
                    assert not re.search(r"<Figure|0x[0-9a-f]+| object at |\(children=", words), (
                        cell.id
                    )

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


def test_nothing_is_sanitized_away():
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "sanitize" not in settings
    assert "--nbval-lax" not in settings
    assert "--nbval" in settings


def test_listed_exceptions_exist():
    cells = {(path.stem, cell.id) for path in NOTEBOOKS for cell in code_cells(read(path))}
    assert set(IGNORED) <= cells


def test_a_wrong_stored_output_is_caught(tmp_path):
    """The check itself is checked: one changed digit must fail."""
    notebook = read(ROOT / "notebooks" / "03_sizes.ipynb")
    cell = next(cell for cell in code_cells(notebook) if cell.id == "cell-floor")
    assert "output: 3" in cell.outputs[0].text
    cell.outputs[0].text = cell.outputs[0].text.replace("output: 3", "output: 4")
    until = notebook.cells.index(cell) + 1
    setup = [c for c in notebook.cells[:until] if c.id in ("cell-setup", "cell-floor")]
    for path, text in (("wrong.ipynb", "output: 4"), ("right.ipynb", "output: 3")):
        setup[-1].outputs[0].text = re.sub("output: [34]", text, setup[-1].outputs[0].text)
        notebook.cells = setup
        nbformat.write(notebook, tmp_path / path)
    command = [sys.executable, "-m", "pytest", "--nbval", "-p", "no:cacheprovider", "-q", "-rA"]
    run = subprocess.run(
        [*command, "--rootdir", tmp_path, tmp_path],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    told = re.findall(r"^(PASSED|FAILED) (\w+)\.ipynb::Cell 1\b", run.stdout, re.MULTILINE)
    assert sorted(told) == [("FAILED", "wrong"), ("PASSED", "right")], run.stdout[-2000:]
