"""The trial itself: learners come, work, save; things break; they come again; nothing is lost.

Run it with `python deploy/try_hub.py`, which makes the environment that it needs.
"""

import argparse
import contextlib
import datetime
import importlib.metadata
import json
import os
import platform
import subprocess
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import course
import psutil
from hub import NODE, Hub, wait_for
from learner import KernelDiedError, Learner
from watch import Watch, kernels_of, memory, processor, server_of, shared_memory


def text_of(notebook) -> list:
    """Everything that a learner would miss: sources and outputs, but for the teacher's cell."""
    return [(cell.source, cell.get("outputs")) for cell in notebook.cells[1:]]


class Trial:
    """Learners, their hub, and what was measured."""

    def __init__(self, hub: Hub, repository: Path, learners: int, at_once: int) -> None:
        self.hub, self.repository, self.at_once = hub, repository, at_once
        self.learners = [
            Learner(hub.url, f"learner{number:02}", chapter, repository)
            for number in range(learners)
            for chapter in [course.CHAPTERS[number % len(course.CHAPTERS)]]
        ]
        self.saved: dict[str, list] = {}
        self.load: list[float] = []
        self.measured: dict[str, dict] = {learner.name: {} for learner in self.learners}

    def all(self, do) -> None:
        """Let every learner do something, some at a time; what one finds wrong ends the trial."""
        self.load.append(round(os.getloadavg()[0], 1))
        pool = ThreadPoolExecutor(self.at_once)
        try:
            for future in as_completed([pool.submit(do, learner) for learner in self.learners]):
                future.result()
        finally:
            pool.shutdown(cancel_futures=True)

    def work(self, learner: Learner, words: str, visit: str) -> None:
        """Edit, run all and save; measure the kernel."""
        notebook = learner.open()
        learner.write(notebook, words)
        learner.connect()
        (kernel,) = kernels_of(server_of(learner.name))
        watch = Watch(kernel)
        learner.run_all(notebook)
        peak, seconds = watch.stop()
        learner.save(notebook)
        learner.disconnect()
        self.saved[learner.name] = text_of(notebook)
        self.measured[learner.name][visit] = {"kernel_mb": peak, "kernel_s": seconds}

    def first_visit(self, learner: Learner) -> None:
        """Log in, follow the link, work."""
        learner.log_in()
        opened = learner.follow_link()
        self.work(learner, f"{learner.name} was here", "first")
        self.measured[learner.name]["first"]["open_s"] = opened
        print(f"{learner.name} saved {learner.chapter}", flush=True)

    def second_visit(self, learner: Learner) -> None:
        """Follow the link again: own work is there, the teacher's change too; work again."""
        opened = learner.follow_link()
        notebook = learner.open()
        assert text_of(notebook) == self.saved[learner.name], f"{learner.name} lost work"
        assert course.TITLE in notebook.cells[0].source, f"{learner.name} has no correction"
        assert course.CLASH not in json.dumps(notebook), f"{learner.name}: the teacher's line won"
        learner.ask("GET", f"api/contents/{self.repository.name}/notebooks/news.md")
        self.work(learner, f"{learner.name} came back", "second")
        self.measured[learner.name]["second"]["open_s"] = opened
        print(f"{learner.name} saved {learner.chapter} again", flush=True)

    def kept(self, learner: Learner) -> None:
        """What was saved last is on the disk, with both lines of the learner and their outputs."""
        home = self.hub.work / "homes" / learner.name
        notebook = course.nbformat.read(home / learner.path, as_version=4)
        assert text_of(notebook) == self.saved[learner.name], f"{learner.name} lost work"
        cell = course.edited(notebook)
        said = "".join(output.get("text", "") for output in cell.outputs)
        for words in (f"{learner.name} was here", f"{learner.name} came back"):
            assert words in cell.source, (learner.name, words)
            assert words in said, (learner.name, words)
        files = [path for path in home.rglob("*") if path.is_file() and not path.is_symlink()]
        self.measured[learner.name]["home_mb"] = sum(file.stat().st_size for file in files) / 1e6

    def kill_a_kernel(self, learner: Learner) -> None:
        """A kernel dies in the middle of a cell: what was saved stays, and another one starts."""
        learner.connect()
        server = server_of(learner.name)
        (kernel,) = kernels_of(server)
        number = learner.send("import time; time.sleep(600)")
        kernel.kill()
        with contextlib.suppress(KernelDiedError):
            learner.receive(number)
            raise AssertionError(f"{learner.name} was not told that the kernel died")
        learner.disconnect()
        dead = kernel.pid
        wait_for("another kernel", lambda: {k.pid for k in kernels_of(server)} - {dead})
        assert text_of(learner.open()) == self.saved[learner.name], f"{learner.name} lost work"
        print(f"killed the kernel of {learner.name}; another one runs", flush=True)

    def restart_hub(self, working: Learner) -> None:
        """The hub goes and comes again: servers and kernels stay; one learner works meanwhile."""
        pids = [server_of(learner.name).pid for learner in self.learners]
        self.hub.stop()
        working.connect()
        assert working.run("print(mine)")[0].text == f"{working.name} was here\n"
        notebook = working.open()
        notebook.cells.append(course.nbformat.v4.new_markdown_cell("Written without a hub."))
        working.save(notebook)
        working.disconnect()
        self.saved[working.name] = text_of(notebook)
        self.hub.start()
        assert [server_of(learner.name).pid for learner in self.learners] == pids
        for learner in self.learners:
            assert text_of(learner.open()) == self.saved[learner.name], f"{learner.name} lost work"
        print(f"restarted the hub while {working.name} worked", flush=True)

    def servers(self) -> list[psutil.Process]:
        """Every learner's server."""
        return [server_of(learner.name) for learner in self.learners]

    def play(self) -> dict:
        """The whole trial; returns what was measured."""
        self.all(self.first_visit)
        servers = self.servers()
        kernels = [kernel for server in servers for kernel in kernels_of(server)]
        assert len(kernels) == len(self.learners)
        proxy = [self.hub.proxy, *self.hub.proxy.children(recursive=True)]
        together = shared_memory([*servers, *kernels, self.hub.hub, *proxy])
        self.kill_a_kernel(self.learners[0])
        self.restart_hub(self.learners[-1])
        course.change(self.repository)
        self.all(self.second_visit)
        self.all(self.kept)
        for learner, server in zip(self.learners, servers, strict=True):
            of_server = {"server_mb": memory(server), "server_s": processor(server)}
            self.measured[learner.name] |= {"chapter": learner.chapter, **of_server}
        return {
            "load": self.load,
            "together_mb": together,
            "hub_mb": memory(self.hub.hub),
            "hub_s": self.hub.processor(),
            "proxy_mb": sum(map(memory, proxy)),
            "proxy_s": sum(map(processor, proxy)),
        }


def machine() -> dict:
    """Where and with what it was measured."""
    packages = ("jupyterhub", "jupyterlab", "nbgitpuller", "jupyter_server", "ipykernel", "numpy")
    versions = {name: importlib.metadata.version(name) for name in packages}
    node = subprocess.run([*NODE, "--version"], capture_output=True, text=True, check=True).stdout
    return {
        "date": datetime.date.today().isoformat(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "versions": {"Python": platform.python_version(), "Node.js": node.strip(), **versions},
    }


def main() -> None:
    """Play the trial in a new folder and write what was measured."""
    parser = argparse.ArgumentParser(prog="try_hub.py")
    parser.add_argument("--learners", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=4, help="how many work at the same time")
    parser.add_argument("--work", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--proxy", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--result", type=Path, required=True, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    repository = wanted.work / "course"
    course.publish(repository)
    hub = Hub(wanted.work, wanted.proxy)
    trial = Trial(hub, repository, wanted.learners, wanted.at_once)
    try:
        hub.start_proxy()
        hub.start()
        result = trial.play()
    finally:
        hub.end()
    version = json.loads((wanted.proxy.parents[1] / "package.json").read_text())["version"]
    result |= {"at_once": wanted.at_once, "learners": trial.measured, **machine()}
    result["versions"]["configurable-http-proxy"] = version
    wanted.result.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"nobody lost work: {len(trial.learners)} learners, twice; see {wanted.result}")


if __name__ == "__main__":
    main()
