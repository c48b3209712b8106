"""The built site with a Python beside it: a real Pyodide from a folder, or CPython in its place.

In the second case the page gets another ``pyodide.mjs``, which hands each call to a process
(stand_in.py). So all else is tested as it is published: buttons, editor, worker, protocol, kernel.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.chromium import Quiet, served

from .stand_in import StandIn

SETTINGS = "/_static/python/settings.json"
FAKE = """
const post = (what, body = "") => {
  const request = new XMLHttpRequest();
  request.open("POST", `/stand-in/${what}`, false);
  request.send(body);
  if (request.status !== 200) throw new Error(request.responseText);
  return request.responseText;
};
const lines = (text) => text.trim().split("\\n").map((line) => JSON.parse(line));
export async function loadPyodide() {
  return {
    unpackArchive() {},
    runPython() {},
    async loadPackagesFromImports() {},
    pyimport: () => ({
      start: (send) => {
        post("start");
        const call = (method) => (request) => {
          const told = lines(post(method, request));
          const [, result] = told.pop();
          for (const [, message] of told) send(message);
          return result;
        };
        return { imports: call("imports"), run: call("run") };
      },
    }),
  };
}
"""


@contextmanager
def site_with_python(site: Path, pyodide: Path | None = None) -> Iterator[str]:
    """Serve the site and a Python for it; `pyodide` is a folder with a real one."""
    process: list[StandIn] = []
    lock = threading.Lock()

    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802
            path = self.path.partition("?")[0]
            if path == SETTINGS:
                text = (site / SETTINGS[1:]).read_text(encoding="utf-8")
                self._send(json.dumps({**json.loads(text), "pyodide": "/pyodide/pyodide.mjs"}))
            elif path.startswith("/pyodide/"):
                if pyodide is None:
                    self._send(FAKE, "text/javascript")
                else:
                    self.directory, self.path = str(pyodide), path.removeprefix("/pyodide")
                    super().do_GET()
            else:
                super().do_GET()

        def do_POST(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            what = self.path.removeprefix("/stand-in/")
            if what == "start":
                with lock:
                    while process:
                        process.pop().end()
                    process.append(StandIn())
                self._send("[]")
            else:
                with suppress(RuntimeError, BrokenPipeError):  # ended, as was the page's worker
                    lines = list(process[-1].lines(what, body))
                    self._send("\n".join(json.dumps(line) for line in lines))

        def _send(self, text: str, kind: str = "application/json") -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with served(site, Handler) as address:
        try:
            yield address
        finally:
            for each in process:
                each.end()
