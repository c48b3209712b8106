"""A pytest plugin: nbval judges the run that the build of the book has made, and makes no second.

    pytest -p tests.built_runs notebooks

The build keeps what the cells of a notebook said, for as long as its code and the library stay as
they are (book/_ext/stale_runs.py). nbval hears it from there as it would from a kernel. What the
build has not run, or ran with other code, runs in a kernel as ever, which must then have all cells
of its notebook (--dist loadscope).
"""

import functools
from collections import defaultdict, deque
from pathlib import Path
from typing import Any

import nbval.plugin
import pytest
from jupyter_cache import get_cache
from nbformat import NotebookNode

ROOT = Path(__file__).parent.parent
run_in_a_kernel = nbval.plugin.IPyNbFile.setup


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--built-runs", type=Path, help="where the build keeps its runs")


def pytest_configure(config: pytest.Config) -> None:
    nbval.plugin.IPyNbFile.setup = setup


def pytest_unconfigure(config: pytest.Config) -> None:
    nbval.plugin.IPyNbFile.setup = run_in_a_kernel


class BuiltRun:
    """Stands where nbval has its kernel; a cell that is run says what it said in the build."""

    def __init__(self, notebook: NotebookNode) -> None:
        self.cells: dict[str, deque[NotebookNode]] = defaultdict(deque)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                self.cells[cell.source].append(cell)
        self.messages: deque[dict[str, Any]] = deque()

    def execute_cell_input(self, source: str, allow_stdin: bool | None = None) -> str:
        for output in self.cells[source].popleft().outputs:
            self._tell(output.output_type, output)
        self._tell("status", {"execution_state": "idle"})
        return "built"

    def _tell(self, kind: str, content: dict[str, Any]) -> None:
        self.messages.append(
            {"msg_type": kind, "content": content, "parent_header": {"msg_id": "built"}}
        )

    def get_message(self, stream: str, timeout: float | None = None) -> dict[str, Any]:
        return self.messages.popleft()

    def await_reply(self, msg_id: str, timeout: float | None = None) -> None:
        """Return at once: the run is over."""

    def await_idle(self, msg_id: str, timeout: float) -> None:
        self.messages.clear()

    def is_alive(self) -> bool:
        return True

    def stop(self) -> None:
        """There is nothing to stop."""


@functools.cache
def runs_of_the_book() -> Path:
    """Return where the build keeps what ran with the library as it is now."""
    from stale_runs import digest_of  # found once pytest has read its settings

    return ROOT / "_build" / ".jupyter_cache" / digest_of(ROOT / "cnnlib")


def setup(file: nbval.plugin.IPyNbFile) -> None:
    """Prepare a notebook for nbval: with its run in the build, or where there is none a kernel."""
    folder = file.config.getoption("--built-runs") or runs_of_the_book()
    try:
        if not folder.exists():  # get_cache would make it
            raise KeyError(folder)
        _, run = get_cache(folder).merge_match_into_notebook(file.nb)
    except KeyError:
        return run_in_a_kernel(file)
    file.kernel = BuiltRun(run)
    file.setup_sanitize_files()
