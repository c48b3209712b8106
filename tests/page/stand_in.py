"""Python as a page has it, in CPython: a process that runs book/_python and speaks JSON, by lines.

A line to it: ``[method, request]``; the method "start" forgets all names. Lines from it:
``["message", text]`` for what the kernel sends, then ``["result", text]``.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SERVE = """
import json, os, sys
lines, out = sys.stdin, os.fdopen(os.dup(1), "w")
def write(kind, text):
    out.write(json.dumps([kind, text]) + "\\n")
    out.flush()
import page_kernel
def start(_=""):
    global kernel
    kernel = page_kernel.start(lambda text: write("message", text))
    return "{}"
start()
for line in lines:
    method, request = json.loads(line)
    write("result", start() if method == "start" else getattr(kernel, method)(request))
"""


class StandIn:
    """A kernel of a page in a process of its own."""

    def __init__(self) -> None:
        book = ROOT / "book"
        paths = [str(book / "_python"), str(book / "_ext"), str(ROOT)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}\n{SERVE}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def lines(self, method: str, request: str) -> Iterator[tuple[str, str]]:
        """Call a method; yield what comes back, the result last."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([method, request]) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            kind, text = json.loads(line)
            yield kind, text
            if kind == "result":
                return
        raise RuntimeError(f"Python ended with {self.process.wait()}")

    def run(self, cells: list[str], at: int) -> tuple[list[dict], dict]:
        """Run a cell; return its outputs, and what the kernel says at the end."""
        *sent, (_, result) = self.lines("run", json.dumps({"cells": cells, "at": at}))
        messages = [json.loads(text) for _, text in sent]
        outputs = [message["output"] for message in messages if message["is"] == "output"]
        return outputs, json.loads(result)

    def imports(self, cells: list[str], at: int) -> list[str]:
        """Return the packages that are missing for a cell."""
        (_, result) = list(self.lines("imports", json.dumps({"cells": cells, "at": at})))[-1]
        return json.loads(result)

    def forget(self) -> None:
        """Begin with no names, as a new process would; modules stay imported."""
        list(self.lines("start", ""))

    def end(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.communicate()
