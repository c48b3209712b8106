"""Memory and processor time of a hub's processes: servers, kernels, hub, proxy."""

import threading

import psutil


def server_of(learner: str) -> psutil.Process:
    """The one process that serves a learner."""
    (found,) = [
        process
        for process in psutil.process_iter(["cmdline"])
        if any("jupyterhub-singleuser" in word for word in process.info["cmdline"] or [])
        and process.environ().get("JUPYTERHUB_USER") == learner
    ]
    return found


def kernels_of(server: psutil.Process) -> list[psutil.Process]:
    """The kernels of a server that are alive."""
    return [
        child
        for child in server.children()
        if child.status() != psutil.STATUS_ZOMBIE and "ipykernel_launcher" in child.cmdline()
    ]


def memory(process: psutil.Process) -> float:
    """What would be free without this process (its own memory, nothing shared), in MB."""
    return process.memory_full_info().uss / 1e6


def shared_memory(processes: list[psutil.Process]) -> float:
    """What processes hold together, each shared page counted once, in MB."""
    return sum(process.memory_full_info().pss for process in processes) / 1e6


def processor(process: psutil.Process) -> float:
    """Seconds of processor, with those of children that have ended (git, for one)."""
    times = process.cpu_times()
    return times.user + times.system + times.children_user + times.children_system


class Watch(threading.Thread):
    """Looks at a kernel five times a second: the most memory it held, and its processor time."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.peak = 0.0
        self.before = processor(process)
        self.stopped = threading.Event()
        self.start()

    def run(self) -> None:
        """Look until told to stop."""
        while not self.stopped.wait(0.2):
            self.peak = max(self.peak, memory(self.process))

    def stop(self) -> tuple[float, float]:
        """The most memory in MB, and processor seconds since the start."""
        self.stopped.set()
        self.join()
        self.peak = max(self.peak, memory(self.process))
        return self.peak, processor(self.process) - self.before
