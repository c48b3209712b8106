"""What nbval does not look at: unrun cells, swallowed outputs, pictures without words, raw markup.

nbval compares the stored output of each cell with a fresh run. It is silent on a cell that never
ran, and on outputs that somebody told it to ignore. These tests are the guards against that.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn

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
    """The check itself is checked: one other digit fails, in a kernel as in the run of the build.

    No kernel can run the built cells: their outputs can only come from there.
    """
    runs = get_cache(tmp_path / "runs")
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name, code, said in (
        ("right", "print(4)", ""),
        ("wrong", "print(5)", ""),
        ("built_right", "import nothing_of_the_kind", "4\n"),
        ("built_wrong", "import nothing_of_the_kind as other", "5\n"),
    ):
        path = folder / f"{name}.ipynb"
        if said:
            runs.cache_notebook_bundle(CacheBundleIn(notebook_with(code, said), path))
        nbformat.write(notebook_with(code, "4\n"), path)
    command = [sys.executable, "-m", "pytest", "--nbval", "-p", "tests.built_runs", "-q", "-rA"]
    run = subprocess.run(
        [*command, "--built-runs", tmp_path / "runs", "--rootdir", folder, folder],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""},
        check=False,
    )
    told = re.findall(r"^(PASSED|FAILED) (\w+)\.ipynb::Cell 0\b", run.stdout, re.MULTILINE)
    assert sorted(told) == [
        ("FAILED", "built_wrong"),
        ("FAILED", "wrong"),
        ("PASSED", "built_right"),
        ("PASSED", "right"),
    ], run.stdout[-2000:] + run.stderr


def notebook_with(code: str, printed: str) -> nbformat.NotebookNode:
    """Return a notebook of one cell, which has printed that."""
    output = nbformat.v4.new_output("stream", name="stdout", text=printed)
    cell = nbformat.v4.new_code_cell(code, outputs=[output], execution_count=1)
    kernel = {"name": "python3", "display_name": "Python", "language": "python"}
    return nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
