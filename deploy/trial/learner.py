"""A simulated learner: follows the link, opens a chapter, edits a cell, runs all, saves.

It asks the hub what a browser would ask: log in, nbgitpuller's page and its stream, the files,
the kernel's WebSocket.
"""

import html
import json
import re
import time
import urllib.parse
import uuid
from pathlib import Path

import nbformat
import requests
import websocket
from course import edited
from hub import wait_for

PATIENCE = 900  # seconds for one cell, on a machine that others load


class KernelDiedError(RuntimeError):
    """The kernel of a cell that ran is gone; the server starts another."""


class Learner:
    """One learner with a browser's cookies."""

    def __init__(self, hub: str, name: str, chapter: str, repository: Path) -> None:
        self.hub, self.name, self.chapter = hub, name, chapter
        self.repository = repository
        self.path = f"{repository.name}/notebooks/{chapter}"
        self.session = requests.Session()
        self.user = f"{hub}/user/{name}"
        self.token = ""
        self.kernel = ""
        self.socket: websocket.WebSocket | None = None

    def link(self) -> str:
        """The link of the class, in the form that book/teaching.md makes."""
        query = {
            "repo": f"file://{self.repository}",
            "branch": "main",
            "urlpath": f"lab/tree/{self.path}",
        }
        return f"{self.hub}/hub/user-redirect/git-pull?{urllib.parse.urlencode(query)}"

    def ask(self, method: str, address: str, **more) -> requests.Response:
        """One request to the learner's server, with the token that guards against other sites."""
        headers = {"X-XSRFToken": self.token}
        done = self.session.request(
            method, f"{self.user}/{address}", headers=headers, timeout=300, **more
        )
        assert done.ok, f"{method} {address}: {done.status_code} {done.text[:500]}"
        return done

    def log_in(self) -> None:
        """Type a name on the hub's page."""
        page = self.session.get(f"{self.hub}/hub/login", timeout=300)
        hidden = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
        assert hidden, page.text[:2000]
        form = {"username": self.name, "password": "any", "_xsrf": html.unescape(hidden[1])}
        done = self.session.post(f"{self.hub}/hub/login", data=form, timeout=300)
        assert done.ok, f"login: {done.status_code}"

    def follow_link(self) -> float:
        """Follow the link until the chapter's page is there; return the seconds that it took."""
        start = time.perf_counter()
        page = None

        def there() -> bool:
            nonlocal page
            page = self.session.get(self.link(), timeout=300)
            if "/hub/spawn" not in page.url and page.status_code in (424, 503):
                self.session.get(f"{self.hub}/hub/spawn/{self.name}", timeout=300)
            return page.ok and page.url.startswith(f"{self.user}/git-pull")

        wait_for(f"the server of {self.name}", there)

        def data(key: str) -> str:
            found = re.search(f'data-{key}="([^"]*)"', page.text)
            assert found, f"nbgitpuller's page has no data-{key}"
            return urllib.parse.unquote(html.unescape(found[1]))

        self.token = data("xsrf")
        query = {key: data(key) for key in ("repo", "branch", "targetpath")}
        stream = self.ask("GET", "git-pull/api", params={**query, "_xsrf": self.token})
        last = json.loads(stream.text.strip().split("\n\n")[-1].removeprefix("data: "))
        assert last["phase"] == "finished", stream.text
        self.ask("GET", data("path"))
        return time.perf_counter() - start

    def open(self) -> nbformat.NotebookNode:
        """Read the chapter as the server keeps it."""
        return nbformat.from_dict(self.ask("GET", f"api/contents/{self.path}").json()["content"])

    def save(self, notebook: nbformat.NotebookNode) -> None:
        """Save the chapter, as Ctrl-S does."""
        body = {"type": "notebook", "format": "json", "content": notebook}
        self.ask("PUT", f"api/contents/{self.path}", json=body)

    def write(self, notebook: nbformat.NotebookNode, words: str) -> None:
        """Add a line of one's own to the last code cell."""
        edited(notebook).source += f"\nmine = {words!r}\nprint(mine)"

    def connect(self) -> None:
        """Start the chapter's kernel, or find the one that runs, and listen to it."""
        body = {"path": self.path, "name": "", "type": "notebook", "kernel": {"name": "python3"}}
        self.kernel = self.ask("POST", "api/sessions", json=body).json()["kernel"]["id"]
        self.say = uuid.uuid4().hex
        address = f"{self.user}/api/kernels/{self.kernel}/channels".replace("http", "ws", 1)
        query = urllib.parse.urlencode({"session_id": self.say, "_xsrf": self.token})
        cookies = requests.cookies.get_cookie_header(
            self.session.cookies, requests.Request("GET", f"{self.user}/api")
        )
        self.socket = websocket.create_connection(
            f"{address}?{query}", cookie=cookies, timeout=PATIENCE
        )

    def disconnect(self) -> None:
        """Close the page; the kernel stays."""
        if self.socket:
            self.socket.close()

    def send(self, source: str) -> str:
        """Ask the kernel to run something; return the number of the request."""
        number = uuid.uuid4().hex
        header = {
            "msg_id": number, "session": self.say, "username": self.name,
            "msg_type": "execute_request", "version": "5.3", "date": "",
        }  # fmt: skip
        content = {
            "code": source, "silent": False, "store_history": True,
            "user_expressions": {}, "allow_stdin": False, "stop_on_error": False,
        }  # fmt: skip
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        self.socket.send(json.dumps({**message, "channel": "shell", "buffers": []}))
        return number

    def receive(self, number: str) -> list[nbformat.NotebookNode]:
        """All outputs of a request, until the kernel is idle after it."""
        outputs: list[nbformat.NotebookNode] = []
        while True:
            raw = self.socket.recv()
            if not isinstance(raw, str):
                continue  # a widget's numbers
            message = json.loads(raw)
            kind, content = message["header"]["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] in ("restarting", "dead"):
                raise KernelDiedError(self.name)
            if message["parent_header"].get("msg_id") != number:
                continue
            if kind == "status" and content["execution_state"] == "idle":
                return outputs
            if kind in ("stream", "display_data", "execute_result", "error"):
                outputs.append(nbformat.v4.output_from_msg(message))

    def run(self, source: str) -> list[nbformat.NotebookNode]:
        """Run some code and return its outputs."""
        return self.receive(self.send(source))

    def run_all(self, notebook: nbformat.NotebookNode) -> None:
        """Run all cells and put their outputs into the notebook."""
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            cell.outputs = self.run(cell.source)
            for output in cell.outputs:
                meant = "raises-exception" in cell.metadata.get("tags", [])
                assert meant or output.output_type != "error", (self.chapter, output)
