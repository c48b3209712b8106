"""Runs the cells of a page and tells what they show, as a notebook's kernel does. No IPython.

A worker of the page (book/_static/python-worker.js) imports this within Pyodide; the tests use it
in CPython. Outputs have the form of a notebook's, see `nbformat`: dicts with ``output_type``
"stream", "display_data", "execute_result" or "error".
"""

import ast
import builtins
import contextlib
import json
import linecache
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import page_display
import page_imports
import page_plan

Output = dict[str, Any]
#: A cell of the page, in tracebacks.
FILE = "<cell {}>"
#: Characters that a cell may print: an endless loop must not fill the page.
LIMIT = 100_000
#: Seconds between two messages with printed text.
PAUSE = 0.1
EXERCISE = re.compile(r'^check\("([^"]+)"', re.MULTILINE)


class Kernel:
    """The names of a page's cells, and which cells made them.

    Parameters
    ----------
    send : is given each message of a running cell, as JSON.
    """

    def __init__(self, send: Callable[[str], None]) -> None:
        self.tell = lambda message: send(json.dumps(message))
        self.names: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
        self.ran: dict[tuple[int, str], str] = {}
        self.printed = Printed(self.show)
        page_display.install(self.show, self.printed.flush)
        self.names["display"] = page_display.display
        logging.getLogger("matplotlib").setLevel(logging.ERROR)  # "building the font cache"

    def imports(self, request: str) -> str:
        """Return the modules to load before `run`, as JSON; `request` is that of `run`."""
        cells, at = _read(request)
        code = [unit.text for unit in page_plan.plan(cells, at)]
        return json.dumps(page_imports.missing("\n".join([*code, cells[at]])))

    def run(self, request: str) -> str:
        """Run a cell, and first what it needs of the cells above; outputs go to `send`.

        `request` is JSON: ``cells``, the code of the page's cells, and ``at``, the number of one.
        The result is JSON, too: ``seconds`` of the cell itself, ``above`` (how many cells ran
        before it), ``ok``, and for an exercise ``exercise`` and ``verdict``.
        """
        cells, at = _read(request)
        self.printed.empty()
        with (
            contextlib.redirect_stdout(self.printed.out),
            contextlib.redirect_stderr(self.printed.err),
        ):
            above, ok = self._run_above(cells, at)
            started = time.perf_counter()
            value = None
            if ok:
                ok, value = self._run_cell(cells[at], at)
            seconds = time.perf_counter() - started
            self.printed.flush()
        done: dict[str, Any] = {"seconds": seconds, "above": above, "ok": ok}
        exercise = EXERCISE.search(cells[at])
        if exercise and (kind := getattr(value, "kind", None)):
            done |= {"exercise": exercise[1], "verdict": kind}
        return json.dumps(done)

    def show(self, output: Output) -> None:
        """Send an output of the running cell."""
        self.tell({"is": "output", "output": output})

    def _run_above(self, cells: tuple[str, ...], at: int) -> tuple[int, bool]:
        """Run what the cell needs and what has not run as it stands; show nothing of it."""
        due, changed = [], False
        for unit in page_plan.plan(cells, at):
            key = (unit.cell, unit.text if unit.is_import else "")
            changed |= self.ran.get(key, unit.text) != unit.text
            if changed or key not in self.ran:
                due.append((key, unit))
        numbers = sorted({unit.cell for _, unit in due if not unit.is_import})
        for key, unit in due:
            if unit.cell in numbers:
                place = numbers.index(unit.cell) + 1
                self.tell({"is": "above", "cell": unit.cell, "place": place, "of": len(numbers)})
            with page_display.unseen(), self.printed.unseen():
                error = self._execute(unit.code, unit.cell, cells[unit.cell])[1]
            if error:
                self.show(page_display.failure(error, at))
                return len(numbers), False
            self.ran[key] = unit.text
        return len(numbers), True

    def _run_cell(self, code: str, at: int) -> tuple[bool, Any]:
        try:
            tree = ast.parse(code, FILE.format(at))
        except SyntaxError as error:
            self.show(page_display.failure(error, at))
            return False, None
        value, stopped = self._execute(tree, at, code)
        for unit in page_plan.units(code, at) if stopped is None else ():
            self.ran[at, unit.text if unit.is_import else ""] = unit.text
        if stopped is None:
            stopped = self._show_value(None if code.rstrip().endswith(";") else value)
        if stopped:
            self.printed.flush()
            self.show(page_display.failure(stopped, at))
        return stopped is None, value

    def _show_value(self, value: Any) -> Exception | None:
        """Show what a cell ends with, and its figures; return what went wrong."""
        try:
            if value is not None:
                self.names["_"] = value
                output = page_display.as_output(value, "execute_result")
                self.printed.flush()
                self.show(output)
            page_display.show_open_figures()
        except Exception as error:
            return error
        return None

    def _execute(
        self, tree: ast.Module, number: int, code: str
    ) -> tuple[Any, BaseException | None]:
        """Run code; return the value of its last expression, or what stopped it."""
        file = FILE.format(number)
        linecache.cache[file] = (len(code), None, code.splitlines(True), file)
        body, last = tree.body, None
        if body and isinstance(end := body[-1], ast.Expr):
            body, last = body[:-1], end.value
        try:
            exec(compile(ast.Module(body, []), file, "exec"), self.names)
            if last is None:
                return None, None
            return eval(compile(ast.Expression(last), file, "eval"), self.names), None
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            return None, error


class Printed:
    """What a cell prints, gathered, so that many short lines make few messages."""

    def __init__(self, show: Callable[[Output], None]) -> None:
        self.show = show
        self.out, self.err = _Stream(self, "stdout"), _Stream(self, "stderr")
        self.hidden = False
        self.empty()

    def empty(self) -> None:
        """Begin anew, for another cell."""
        self.parts: list[str] = []
        self.name = "stdout"
        self.room = LIMIT
        self.last = time.perf_counter()

    def add(self, name: str, text: str) -> None:
        """Take what was written to a stream."""
        if self.hidden or self.room <= 0:
            return
        if name != self.name:
            self.flush()
            self.name = name
        self.parts.append(text[: self.room])
        self.room -= len(text)
        if self.room <= 0:
            self.parts.append(f"\n… and more: a cell on a page shows {LIMIT:,} characters.\n")
        if text.endswith("\n") and time.perf_counter() - self.last > PAUSE:
            self.flush()

    def flush(self) -> None:
        """Send what was printed so far."""
        text = "".join(self.parts)
        self.parts, self.last = [], time.perf_counter()
        if text:
            self.show({"output_type": "stream", "name": self.name, "text": text})

    @contextlib.contextmanager
    def unseen(self) -> Iterator[None]:
        """Let everything go that is printed meanwhile."""
        self.hidden = True
        try:
            yield
        finally:
            self.hidden = False


class _Stream:
    """What stands for ``sys.stdout`` and ``sys.stderr``."""

    encoding = "utf-8"

    def __init__(self, printed: Printed, name: str) -> None:
        self.printed, self.name = printed, name

    def write(self, text: str) -> int:
        self.printed.add(self.name, text)
        return len(text)

    def flush(self) -> None:
        """Nothing to do: the text is on its way."""

    def isatty(self) -> bool:
        return False


def _read(request: str) -> tuple[tuple[str, ...], int]:
    asked = json.loads(request)
    return tuple(asked["cells"]), asked["at"]


def start(send: Callable[[str], None]) -> Kernel:
    """Return a kernel for a page; called once by the worker."""
    sys.setrecursionlimit(min(sys.getrecursionlimit(), 700))  # a worker's stack is small
    return Kernel(send)
