"""What one learner costs a JupyterHub: memory and time of a kernel that runs a chapter.

    python benchmarks/learners.py     (writes benchmarks/learners.md)

Each chapter is run from end to end in a fresh kernel, as a learner's would be. Memory is the
highest that the kernel held (its own, not shared), time is that of the processor.
"""

import os
import statistics
import threading
import time
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "benchmarks" / "learners.md"


class Watch(threading.Thread):
    """Looks at a kernel ten times a second, until told to stop."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.memory = 0.0
        self.cpu = 0.0
        self.stopped = threading.Event()

    def look(self) -> None:
        memory = self.process.memory_full_info().uss / 1e6
        times = self.process.cpu_times()
        self.memory, self.cpu = max(self.memory, memory), times.user + times.system

    def run(self) -> None:
        while not self.stopped.wait(0.1):
            self.look()


def measure(path: Path) -> tuple[float, float, float]:
    """Run a notebook; return its memory in MB, processor seconds and seconds."""
    client = NotebookClient(
        nbformat.read(path, as_version=4),
        timeout=240,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.create_kernel_manager()
    client.start_new_kernel(env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)})
    client.start_new_kernel_client()
    watch = Watch(psutil.Process(client.km.provisioner.process.pid))
    start = time.perf_counter()
    watch.start()
    with client.setup_kernel(cleanup_kc=False):
        for number, cell in enumerate(client.nb.cells):
            client.execute_cell(cell, number)
        watch.stopped.set()
        watch.look()
    seconds = time.perf_counter() - start
    client.km.shutdown_kernel(now=True)
    return watch.memory, watch.cpu, seconds


def main() -> None:
    rows = {path.stem: measure(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
    lines = [
        "# One learner on a server",
        "",
        "Made by `python benchmarks/learners.py`: each chapter from end to end in a fresh kernel.",
        "",
        "<!-- table -->",
        "| chapter | memory, MB | processor, s |",
        "|---|---:|---:|",
        *(f"| {name} | {memory:.0f} | {cpu:.1f} |" for name, (memory, cpu, _) in rows.items()),
    ]
    memory = max(memory for memory, _, _ in rows.values())
    cpu = statistics.mean(cpu for _, cpu, _ in rows.values())
    lines += ["", f"The hungriest takes {memory:.0f} MB; a chapter takes {cpu:.1f} s on average."]
    text = "\n".join(lines) + "\n"
    print(text)
    TABLE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
