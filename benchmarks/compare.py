"""How fast cnnlib is: against PyTorch, against older code, and against other codes in NumPy.

    python benchmarks/compare.py                         everything, about 10 minutes
    python benchmarks/compare.py torch --rounds 3        one table, here with fewer rounds
    python benchmarks/compare.py torch --old ../before   another checkout's cnnlib takes part
    python benchmarks/compare.py torch --only conv pool  rows whose name contains one of these

The tables: torch, rivals, memory, growth. Each is written into `results.md` beside this file, in
place of its last version, unless there is `--only` or `--no-write`; `torch` with its picture.

Every contender runs in a process of its own: NumPy and PyTorch within one process slow each other
two- to threefold, because the threads of one wait in a loop while the other works. Contenders take
turns, so that a machine that slows down slows all; each round of turns gives one ratio of times,
and the table shows the median of these. A round during which other programs were busy is repeated.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import report
from cases import CASES, GROWTH, LARGE, PASSES
from rivals import RIVALS

HERE = Path(__file__).parent
THREADS = (1, 2)
RIVAL_KINDS = ("conv", "pool", "train")  # what the other codes in NumPy can do
SLOW = 0.5  # seconds a turn from which on one round is enough
PAUSE = 0.05  # seconds after which one's threads have stopped waiting for more work, and sleep
DISTURBED = 0.1  # share of a core that other programs may use during a round


class Contender:
    """A process that does one contender's part."""

    def __init__(self, name: str, threads: int, root: Path) -> None:
        self.name = name
        limits = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(limits, str(threads)), "PYTHONPATH": str(root)}
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "contenders.py"), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def ask(self, row: int | list, passes: str, what: str = "time") -> float | None:
        """Return the time or memory of one row; None if this code cannot do it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps([row, passes, what]), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended without an answer")
        return json.loads(line)

    def __enter__(self) -> "Contender":
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


class Referee:
    """Starts contenders, lets them take turns, and notes what they need."""

    def __init__(self, old: Path | None, rounds: int, only: list[str]) -> None:
        self.old, self.rounds = old, rounds
        self.rows = {
            number: case
            for number, case in enumerate(CASES)
            if any(part in case.name for part in only)
        }

    def contenders(self, names: Iterable[str], threads: int, stack: ExitStack) -> list[Contender]:
        """Start contenders that end with `stack`: those of `names` that are here."""
        found = []
        for name in names:
            root = self.old if name == "before" else HERE.parent
            if root is not None and available(name):
                found.append(stack.enter_context(Contender(name, threads, root)))
        return found

    def against_torch(self) -> report.Ratios:
        """Return the time over PyTorch's by (row, passes, threads, contender)."""
        ratios: report.Ratios = {}
        for threads in THREADS:
            with ExitStack() as stack:
                every = self.contenders(("torch", "cnnlib", "before"), threads, stack)
                for number, case in self.rows.items():
                    for passes in case.passes:
                        for name, ratio in race(every, number, passes, self.rounds).items():
                            ratios[case.name, passes, threads, name] = ratio
        return ratios

    def against_rivals(self) -> dict[tuple[str, str, str], float]:
        """Return how many times faster we are by (row, passes, rival), at 2 threads."""
        ratios = {}
        for rival in RIVALS:
            with ExitStack() as stack:
                pair = self.contenders(("cnnlib", rival), 2, stack)
                for number, case in self.rows.items():
                    plain = case.kind in RIVAL_KINDS and case.groups == 1 == case.dilation
                    for passes in case.passes if plain and len(pair) == 2 else ():
                        for name, ratio in race(pair, number, passes, self.rounds).items():
                            ratios[case.name, passes, name] = ratio
        return ratios

    def memory(self) -> list[tuple[str, str, float]]:
        """Return (code, passes, megabytes at the peak beside input and results)."""
        rows = []
        outputs = np.prod(LARGE.x) * 4
        results = {"forward": outputs, "both": 2 * outputs + np.prod(LARGE.w) * 4}
        for name in ("cnnlib", "before", *RIVALS):
            with ExitStack() as stack:
                for contender in self.contenders([name], 2, stack):
                    for passes in PASSES:
                        peak = contender.ask(CASES.index(LARGE), passes, "memory")
                        if peak is not None:
                            rows.append((name, passes, (peak - results[passes]) / 1e6))
        return rows

    def growth(self) -> dict[tuple[str, str, str], float]:
        """Return our least time in seconds by (what grows, size, passes), at 1 thread."""
        least: dict[tuple[str, str, str], float] = {}
        with ExitStack() as stack:
            (us,) = self.contenders(["cnnlib"], 1, stack)
            for what, sizes in GROWTH.items():
                for _ in range(min(self.rounds, 2)):
                    for number, size in enumerate(sizes):
                        for passes in PASSES:
                            seconds = us.ask([what, number], passes)
                            assert seconds is not None
                            key = what, size, passes
                            least[key] = min(seconds, least.get(key, math.inf))
        return least


def race(every: list[Contender], row: int, passes: str, rounds: int) -> dict[str, float]:
    """Return for each but the first contender the median of its time over the first's."""
    able = [one for one in every if one.ask(row, passes) is not None]
    times: list[list[float]] = []
    for attempt in range(2 * rounds):
        start, foreign = time.perf_counter(), foreign_seconds(able)
        turns = []
        for one in able:
            turns.append(one.ask(row, passes) or math.nan)
            time.sleep(PAUSE)
        foreign = foreign_seconds(able) - foreign
        disturbed = foreign > DISTURBED * (time.perf_counter() - start) + 0.01
        if disturbed and attempt < rounds:
            continue
        if disturbed:
            print(f"{CASES[row].name}, {passes}: other programs were busy in a round that counts")
        times.append(turns)
        if len(times) == rounds or max(turns) > SLOW:
            break
    first, *others = zip(*times, strict=True)
    ratios = {}
    for one, own in zip(able[1:], others, strict=True):
        ratios[one.name] = statistics.median(a / b for a, b in zip(own, first, strict=True))
        print(
            f"{CASES[row].name:38} {passes:8} {one.name:8} {statistics.median(own) * 1e3:8.2f} ms  "
            f"{ratios[one.name]:8.2f} × {every[0].name}",
            flush=True,
        )
    return ratios


def foreign_seconds(ours: list[Contender]) -> float:
    """Return the processor time that all others have used so far; 0 where it cannot be known."""
    try:
        ticks = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
        busy = sum(map(int, ticks)) - int(ticks[3]) - int(ticks[4])  # all but idle and waiting
        for contender in ours:
            fields = Path(f"/proc/{contender.process.pid}/stat").read_text().rsplit(")")[-1].split()
            busy -= int(fields[11]) + int(fields[12])
        return busy / os.sysconf("SC_CLK_TCK") - time.process_time()
    except OSError:
        return 0.0


def available(name: str) -> bool:
    """Tell whether a contender's package is installed."""
    if name not in ("torch", "onnx") or report.version(name):
        return True
    print(f"{name} is not installed: left out. To compare with it: pip install {name}")
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*", help=f"of {', '.join(report.TITLES)}; default all")
    parser.add_argument("--old", type=Path, help="another checkout, whose cnnlib takes part")
    parser.add_argument("--rounds", type=int, default=5, help="of turns; default 5")
    parser.add_argument("--only", nargs="*", help="parts of the names of rows; writes nothing")
    parser.add_argument("--no-write", action="store_true")
    options = parser.parse_args()
    if unknown := set(options.tables) - set(report.TITLES):
        parser.error(f"no such table: {', '.join(unknown)}. There are {', '.join(report.TITLES)}")
    referee = Referee(options.old, options.rounds, options.only or [""])
    make = {
        "torch": (referee.against_torch, report.against_torch),
        "rivals": (referee.against_rivals, report.against_rivals),
        "memory": (referee.memory, report.memory),
        "growth": (referee.growth, report.growth),
    }
    for table in options.tables or make:
        measure, describe = make[table]
        if table == "torch" and not available("torch"):
            continue
        measured = measure()
        section = describe(measured)
        print("\n".join(section))
        if options.only or options.no_write:
            continue
        report.write(HERE / "results.md", table, section, options.rounds)
        if table == "torch":
            report.picture(measured, HERE / "results.svg")


if __name__ == "__main__":
    main()
