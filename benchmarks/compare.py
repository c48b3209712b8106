"""How fast cnnlib is: against PyTorch, and against other ways to do the same in NumPy.

    python benchmarks/compare.py                    everything, some minutes
    python benchmarks/compare.py --only conv8 pool  the rows whose name contains one of these
    python benchmarks/compare.py --quick            fewer rounds, nothing is written
    python benchmarks/compare.py --growth           only how our time grows with the work

Every contender runs in a process of its own: NumPy and PyTorch within one process slow each other
two- to threefold, because the threads of one wait in a loop while the other works. Contenders take
turns (ours, theirs, ours, theirs, …), so that a machine that slows down slows both; each pair of
turns gives one ratio, and the table shows the median of these. PyTorch and `onnx` are optional:
without them their columns are left out, with a message.

Writes `results.md` and `results.svg` beside this file; `--growth` only that section of the first.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from rivals import RIVALS

HERE = Path(__file__).parent
TURN = 0.06  # seconds that one turn of one contender takes, about
SLOW = 0.5  # seconds a call from which on one call is a turn, and one pair of turns is enough
PAUSE = 0.05  # seconds after which one's threads have stopped waiting for more work, and sleep
BUSY = "--busy" in sys.argv
DISTURBED = 0.1  # share of a core that other programs may use during a pair of turns


@dataclass
class Case:
    """One row of the table. `goals`: passes → time / PyTorch's at 2 threads that we aim for."""

    name: str
    kind: str
    x: tuple[int, ...] = ()
    w: tuple[int, ...] = ()
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1
    goals: dict[str, float] = field(default_factory=dict)
    mean: bool = False  # counts in the geometric mean of the convolution rows


def conv(name, x, w, forward, both, mean=True, **more) -> Case:
    return Case(name, "conv", x, w, goals={"forward": forward, "both": both}, mean=mean, **more)


CASES = [
    conv("conv 1→8 3×3, N=64, 28×28", (64, 1, 28, 28), (8, 1, 3, 3), 0.8, 0.25, padding=1),
    conv("conv 8→16 3×3, N=64, 14×14", (64, 8, 14, 14), (16, 8, 3, 3), 2.3, 2.5, padding=1),
    conv("conv 8→32 5×5, N=64, 28×28", (64, 8, 28, 28), (32, 8, 5, 5), 1.9, 1.9, padding=2),
    conv("conv 64→64 3×3, N=8, 56×56", (8, 64, 56, 56), (64, 64, 3, 3), 1.4, 1.4, padding=1),
    conv("AlexNet conv1, N=4, 227×227", (4, 3, 227, 227), (96, 3, 11, 11), 1.5, 0.8, stride=4),
    conv(
        "dilated 2, 32→32 3×3, N=8, 64×64",
        (8, 32, 64, 64),
        (32, 32, 3, 3),
        1.8,
        2.2,
        padding=2,
        dilation=2,
    ),
    conv(
        "groups 4, 64→64 3×3, N=8, 56×56",
        (8, 64, 56, 56),
        (64, 16, 3, 3),
        2.1,
        2.5,
        padding=1,
        groups=4,
    ),
    conv(
        "depthwise 64 3×3, N=8, 56×56",
        (8, 64, 56, 56),
        (64, 1, 3, 3),
        4.5,
        4.5,
        False,
        padding=1,
        groups=64,
    ),
    conv("1×1 64→128, N=8, 56×56", (8, 64, 56, 56), (128, 64, 1, 1), 0.95, 1.0),
    Case(
        "max pool 2×2, N=64, 16×28×28",
        "pool",
        (64, 16, 28, 28),
        (2, 2),
        2,
        goals={"forward": 0.2, "both": 0.7},
    ),
    Case(
        "max pool 3×3/2, N=64, 16×28×28",
        "pool",
        (64, 16, 28, 28),
        (3, 3),
        2,
        goals={"forward": 0.3, "both": 1.0},
    ),
    Case(
        "transposed 32→16 4×4/2, N=8, 28×28",
        "transposed",
        (8, 32, 28, 28),
        (32, 16, 4, 4),
        2,
        1,
        goals={"forward": 1.05},
    ),
    Case(
        "3D 8→16 3×3×3, N=2, 8×16×16",
        "conv3d",
        (2, 8, 8, 16, 16),
        (16, 8, 3, 3, 3),
        1,
        1,
        goals={"forward": 1.6},
    ),
    *(
        Case(
            f"one 512×512 image, {k}×{k}",
            "conv",
            (1, 1, 512, 512),
            (1, 1, k, k),
            1,
            k // 2,
            goals={"forward": goal},
        )
        for k, goal in ((3, 0.25), (7, 0.35), (31, 0.12))
    ),
    Case("training step, batch 64, 28×28", "train", (64, 1, 28, 28), goals={"both": 1.15}),
]
#: The goals at 1 thread that the project set itself.
GOALS_1 = {
    ("training step, batch 64, 28×28", "both"): 0.85,
    ("geometric mean", "forward"): 1.1,
    ("geometric mean", "both"): 1.0,
}
GOALS_2 = {("geometric mean", "forward"): 1.5, ("geometric mean", "both"): 1.3}
#: How many times faster than each of them we mean to be.
RIVAL_GOALS = {"cs231n": 4, "numpy-ml": 15, "scratch": 4, "onnx": 5, "einsum": 1}


#: What grows → our convolutions 3×3 by size, each several times more work than the one before. The
#: last of each reads and writes about 1 GB.
GROWTH = {
    "N, at 8→8, 56×56": {str(n): ((n, 8, 56, 56), (8, 8, 3, 3)) for n in (40, 200, 1000, 5000)},
    "H·W, at N=1, 8→8": {
        f"{side}×{side}": ((1, 8, side, side), (8, 8, 3, 3)) for side in (354, 791, 1768, 3953)
    },
    "C·K, at N=1, 1024×1024": {
        f"{c}→{c}": ((1, c, 1024, 1024), (c, c, 3, 3)) for c in (16, 32, 64, 128)
    },
}


#: What keeps a row from its goal: a part of its name → the reason, as measured at one thread.
LIMITS = {
    "conv 1→8": "nine columns for eight filters: copying takes as long as multiplying",
    "conv 8→16": "half of the time goes into products of 16 rows, at the core's full speed; they "
    "are too small for two threads, and one large product for all samples is no faster",
    "conv 8→32": "the products themselves, 11 of 12 ms: of 32 and of 8 rows, where BLAS is slow",
    "conv 64→64": "the products themselves, 23 of 24 ms forward; PyTorch's are faster",
    "AlexNet": "a stride that does not divide the kernel: the way back adds 121 taps one by one",
    "dilated": "the products themselves, 10 of 11 ms forward; PyTorch's are faster",
    "groups": "as many columns as without groups, but products of 16 rows",
    "depthwise": "nothing to sum over channels: products of a matrix and a vector, and nine copies "
    "of each plane, all on one core",
    "max pool": "the gradient passes over memory once for each cell of the window; going axis by "
    "axis instead, as forward, is slower",
    "transposed": "its products alone take 0.7 of PyTorch's time; then the columns are copied, and "
    "the phases of the output woven into each other",
    "3D": "two fifths of the time go into products of 16 rows, at 4/5 of the core's speed; a "
    "fifth into copies of short rows",
    "one 512×512": "one filter: copies, and a product of a matrix and a vector, bound by memory; "
    "columns of one row of the kernel instead of all save a third at 3×3 and nothing from 5×5 on",
    "training": "the two small convolutions above, and what runs on one core between them",
}


# ------------------------------------------------------------------ what a contender does


def arrays(case: Case) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal(case.x, dtype=np.float32)
    w = rng.standard_normal(case.w, dtype=np.float32) if case.kind != "pool" else np.float32(0)
    return [x, np.asarray(w)]


def ours(case: Case, passes: str) -> Callable[[], object]:
    import cnnlib

    x, w = arrays(case)
    s, p, d, g = case.stride, case.padding, case.dilation, case.groups
    if case.kind == "train":
        return our_training(x)
    if case.kind == "pool":
        kernel = case.w
        if passes == "forward":
            return lambda: cnnlib.max_pool2d(x, kernel, s)

        def pool_both():
            y = cnnlib.max_pool2d(x, kernel, s)
            return cnnlib.max_pool2d_backward(y, x, kernel, s, output=y)

        return pool_both
    if case.kind == "transposed":
        return lambda: cnnlib.conv_transpose2d(x, w, None, s, p)
    if case.kind == "conv3d":
        return lambda: cnnlib.conv3d(x, w, None, s, p)
    bias = np.zeros(len(w), np.float32)
    if passes == "forward":
        return lambda: cnnlib.conv2d(x, w, bias, s, p, d, g)

    def both():
        y = cnnlib.conv2d(x, w, bias, s, p, d, g)
        return cnnlib.conv2d_backward(y, x, w, s, p, d, g)

    return both


def our_training(x: np.ndarray) -> Callable[[], object]:
    from cnnlib import (
        SGD,
        Conv2d,
        Flatten,
        Linear,
        MaxPool2d,
        ReLU,
        Sequential,
        cross_entropy,
        cross_entropy_backward,
    )

    model = Sequential(
        Conv2d(1, 8, 3, padding=1, rng=0),
        ReLU(),
        MaxPool2d(2),
        Conv2d(8, 16, 3, padding=1, rng=1),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(784, 10, rng=2),
    )
    optimizer = SGD(model.parameters(), lr=0.01, momentum=0.9)
    labels = np.arange(len(x)) % 10

    def step():
        optimizer.zero_grad()
        logits = model(x)
        loss = cross_entropy(logits, labels)
        model.backward(cross_entropy_backward(logits, labels), need_input=False)
        optimizer.step()
        return loss

    return step


def theirs(case: Case, passes: str) -> Callable[[], object]:
    """PyTorch."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(0)
    x, w = (torch.from_numpy(a) for a in arrays(case))
    s, p, d, g = case.stride, case.padding, case.dilation, case.groups
    if case.kind == "train":
        return torch_training(torch, x)
    if case.kind == "pool" and passes == "both":
        x.requires_grad_()

        def pool_both():
            y = functional.max_pool2d(x, case.w, s)
            return torch.autograd.grad(y, x, y.detach())

        return pool_both
    calls = {
        "pool": lambda: functional.max_pool2d(x, case.w, s),
        "transposed": lambda: functional.conv_transpose2d(x, w, None, s, p),
        "conv3d": lambda: functional.conv3d(x, w, None, s, p),
    }
    bias = torch.zeros(len(w)) if case.kind == "conv" else None

    def forward():
        with torch.no_grad():
            if case.kind == "conv":
                return functional.conv2d(x, w, bias, s, p, d, g)
            return calls[case.kind]()

    if passes == "forward":
        return forward
    leaves = [t.requires_grad_() for t in (x, w, bias)]

    def both():
        y = functional.conv2d(x, w, bias, s, p, d, g)
        return torch.autograd.grad(y, leaves, y.detach())

    return both


def torch_training(torch: Any, x: Any) -> Callable[[], object]:
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(784, 10),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    labels = torch.arange(len(x)) % 10

    def step():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def rival(name: str, case: Case, passes: str) -> Callable[[], object]:
    code = RIVALS[name]()
    x, w = arrays(case)
    if case.kind == "train":
        return rival_training(code, x)
    if case.kind == "pool":
        if passes == "forward":
            return lambda: code.pool(x, case.w[0], case.stride)

        def pool_both():
            output, cache = code.pool(x, case.w[0], case.stride)
            return code.pool_backward(output, cache)

        return pool_both
    bias = np.zeros(len(w), np.float32)
    if passes == "forward":
        return lambda: code.conv(x, w, bias, case.stride, case.padding)

    def both():
        output, cache = code.conv(x, w, bias, case.stride, case.padding)
        return code.conv_backward(output, cache)

    return both


def rival_training(code: Any, x: np.ndarray) -> Callable[[], object]:
    rng = np.random.default_rng(0)
    values = [
        rng.standard_normal(shape, dtype=np.float32) * np.float32(0.1)
        for shape in ((8, 1, 3, 3), (8,), (16, 8, 3, 3), (16,), (784, 10), (10,))
    ]
    w1, b1, w2, b2, w3, b3 = values
    labels = np.arange(len(x)) % 10
    velocity = [np.zeros_like(v) for v in values]

    def step():
        a1, c1 = code.conv(x, w1, b1, 1, 1)
        r1 = np.maximum(a1, 0)
        m1, p1 = code.pool(r1, 2, 2)
        a2, c2 = code.conv(m1, w2, b2, 1, 1)
        r2 = np.maximum(a2, 0)
        m2, p2 = code.pool(r2, 2, 2)
        flat = m2.reshape(len(x), -1)
        scores = flat @ w3 + b3
        shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
        dz = shifted / shifted.sum(axis=1, keepdims=True)
        loss = -np.log(dz[np.arange(len(x)), labels]).mean()
        dz[np.arange(len(x)), labels] -= 1
        dz /= len(x)
        d2 = code.pool_backward((dz @ w3.T).reshape(m2.shape), p2) * (a2 > 0)
        dm1, dw2, db2 = code.conv_backward(d2, c2)
        d1 = code.pool_backward(dm1, p1) * (a1 > 0)
        _, dw1, db1 = code.conv_backward(d1, c1)
        grads = [dw1, db1, dw2, db2, flat.T @ dz, dz.sum(axis=0)]
        for value, v, grad in zip(values, velocity, grads, strict=True):
            v *= np.float32(0.9)
            v += grad
            value -= np.float32(0.01) * v
        return loss

    return step


def make(contender: str, case: Case, passes: str) -> Callable[[], object]:
    if contender == "cnnlib":
        return ours(case, passes)
    if contender == "torch":
        return theirs(case, passes)
    return rival(contender, case, passes)


def find(case: int | list) -> Case:
    """Return a row of the table by its number, or one of `GROWTH` by what grows and a number."""
    if isinstance(case, int):
        return CASES[case]
    what, number = case
    x, w = list(GROWTH[what].values())[number]
    return Case(what, "conv", x, w, padding=1)


def serve(contender: str) -> None:
    """Answer requests from the standard input until it ends: one turn each, in seconds a call."""
    current: tuple[Any, ...] = ()
    function: Callable[[], object] = int
    count, slow = 1, False
    for line in sys.stdin:
        request = json.loads(line)
        key = request["case"], request["passes"]
        answer: dict[str, float]
        try:
            if key != current:
                function = int  # lets the arrays of the last case go
                function, current = make(contender, find(key[0]), key[1]), key
                start = time.perf_counter()
                function()
                slow = time.perf_counter() - start > SLOW
                if not slow:
                    start = time.perf_counter()
                    function()
                    count = max(1, round(TURN / (time.perf_counter() - start)))
            if request["what"] == "memory":
                tracemalloc.start()
                function()
                answer = {"bytes": tracemalloc.get_traced_memory()[1]}
                tracemalloc.stop()
            else:
                if not slow:
                    function()  # wakes the threads
                times = []
                for _ in range(1 if slow else count):
                    start = time.perf_counter()
                    function()
                    times.append(time.perf_counter() - start)
                answer = {"seconds": statistics.median(times), "least": min(times)}
        except (AttributeError, ImportError) as error:
            answer = {"error": str(error)}  # type: ignore[dict-item]
        print(json.dumps(answer), flush=True)


# ------------------------------------------------------------------ the referee


class Contender:
    """A process that runs one contender's side."""

    def __init__(self, name: str, threads: int) -> None:
        self.name = name
        limits = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(limits, str(threads))}
        root = str(HERE.parent)
        environment["PYTHONPATH"] = os.pathsep.join(
            [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        )
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def ask(self, case: int | list, passes: str, what: str = "time") -> float | None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        request = {"case": case, "passes": passes, "what": what}
        print(json.dumps(request), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended without an answer")
        answer = json.loads(line)
        if "error" in answer:
            return None
        return answer[{"memory": "bytes", "time": "seconds"}.get(what, what)]

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def foreign_seconds(*ours: Contender) -> float:
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


def duel(one: Contender, two: Contender, case: int, passes: str, rounds: int):
    """Return (median of two / one … as one's time / two's time, one's time), or None."""
    if one.ask(case, passes) is None or two.ask(case, passes) is None:
        return None
    if BUSY:
        pairs = []
        while len(pairs) < rounds and not (pairs and pairs[-1][1] > SLOW):
            pair = []
            for contender in (one, two):
                pair.append(contender.ask(case, passes, "least"))
                time.sleep(PAUSE)
            pairs.append(pair)
        least_one, least_two = (min(times) for times in zip(*pairs, strict=True))
        return least_one / least_two, least_one
    ratios, times = [], []
    for attempt in range(2 * rounds):
        start, foreign = time.perf_counter(), foreign_seconds(one, two)
        first = one.ask(case, passes)
        time.sleep(PAUSE)
        second = two.ask(case, passes)
        time.sleep(PAUSE)
        assert first is not None
        assert second is not None
        foreign = foreign_seconds(one, two) - foreign
        if foreign > DISTURBED * (time.perf_counter() - start) + 0.01 and attempt < rounds:
            time.sleep(0.1)  # someone else has work for this machine: that pair does not count
            continue
        ratios.append(first / second)
        times.append(first)
        if len(ratios) == rounds or second > SLOW:
            break
    return statistics.median(ratios), statistics.median(times)


def available(name: str) -> bool:
    module = {"torch": "torch", "onnx": "onnx"}.get(name)
    if module is None:
        return True
    found = subprocess.run(
        [sys.executable, "-c", f"import {module}"], capture_output=True, check=False
    )
    if found.returncode:
        print(f"{module} is not installed: left out. To compare with it: pip install {module}")
    return found.returncode == 0


def against_torch(
    chosen: list[int], rounds: int, counts: list[int]
) -> dict[tuple[str, str, int], float]:
    """Return time / PyTorch's by (row, passes, threads)."""
    results: dict[tuple[str, str, int], float] = {}
    for threads in counts:
        us, them = Contender("cnnlib", threads), Contender("torch", threads)
        for number in chosen:
            case = CASES[number]
            for passes in case.goals:
                answer = duel(us, them, number, passes, rounds)
                assert answer is not None
                ratio, seconds = answer
                results[case.name, passes, threads] = ratio
                print(
                    f"{case.name:38} {passes:8} {threads} threads  "
                    f"{ratio:6.2f} × PyTorch  ({seconds * 1e3:.2f} ms)",
                    flush=True,
                )
        us.close()
        them.close()
        for passes in ("forward", "both"):
            rows = [
                results[c.name, passes, threads]
                for i, c in enumerate(CASES)
                if c.mean and i in chosen
            ]
            if rows:
                mean = math.exp(sum(map(math.log, rows)) / len(rows))
                results["geometric mean", passes, threads] = mean
                print(f"{'geometric mean':38} {passes:8} {threads} threads  {mean:6.2f}")
    return results


def against_rivals(chosen: list[int], rounds: int) -> dict[tuple[str, str, str], float]:
    """Return how many times faster we are, by (row, passes, rival), at 2 threads."""
    results: dict[tuple[str, str, str], float] = {}
    us = Contender("cnnlib", 2)
    for name in RIVALS:
        if not available(name):
            continue
        them = Contender(name, 2)
        for number in chosen:
            case = CASES[number]
            if case.groups > 1 or case.dilation > 1 or case.kind in ("transposed", "conv3d"):
                continue
            if case.kind == "conv" and case.w[2] > 11:
                continue
            for passes in case.goals:
                answer = duel(us, them, number, passes, rounds)
                if answer is not None:
                    results[case.name, passes, name] = 1 / answer[0]
                    print(
                        f"{case.name:38} {passes:8} {1 / answer[0]:7.1f} × faster than "
                        f"{RIVALS[name].name}",
                        flush=True,
                    )
        them.close()
    us.close()
    return results


def memory(chosen: list[int]) -> list[tuple[str, str, float]]:
    """Return the peak beside nothing: megabytes that forward and backward of the 56×56 row take."""
    number = next(i for i, c in enumerate(CASES) if "64→64 3×3" in c.name and c.groups == 1)
    if number not in chosen:
        return []
    rows = []
    case = CASES[number]
    grown = (2 * np.prod(case.x) + np.prod(case.w)) * 4  # output, and the gradients of x and w
    for name in ("cnnlib", *(r for r in RIVALS if r != "onnx")):
        them = Contender(name, 2)
        for passes in ("forward", "both"):
            peak = them.ask(number, passes, "memory")
            if peak is not None:
                results = np.prod(case.x) * 4 if passes == "forward" else grown
                label = "cnnlib" if name == "cnnlib" else RIVALS[name].name
                rows.append((label, passes, (peak - results) / 1e6))
        them.close()
    return rows


# ------------------------------------------------------------------ the report


PASSES = {"forward": "forward", "both": "forward + backward"}
GROWTH_TITLE = "## Growth"


def growth(rounds: int) -> list[str]:
    """Return the section on how our time grows with the work: all sizes side by side."""
    text = [
        GROWTH_TITLE,
        "",
        "Our convolution 3×3, padding 1, float32, at 1 thread, up to 1 GB of input and output.",
        f"The sizes of a block take turns, {rounds} times; the least time of each. In brackets the",
        "time for a unit of work, that of the first size being 1: where it does not rise, time",
        "grows no faster than the work.",
        "",
        "| what grows | size | MB | forward | forward + backward |",
        "|---|---|---|---|---|",
    ]
    us = Contender("cnnlib", 1)
    for what, sizes in GROWTH.items():
        least: dict[tuple[str, str], float] = {}
        for _ in range(rounds):
            for number, size in enumerate(sizes):
                for passes in PASSES:
                    seconds = us.ask([what, number], passes)
                    assert seconds is not None
                    least[size, passes] = min(seconds, least.get((size, passes), math.inf))
        first = next(iter(sizes))
        for size, (x, w) in sizes.items():
            more = math.prod(x) * w[0] / (math.prod(sizes[first][0]) * sizes[first][1][0])
            cells = [
                f"{least[size, p]:.3g} s ({least[size, p] / least[first, p] / more:.2f})"
                for p in PASSES
            ]
            megabytes = 4e-6 * (math.prod(x) + math.prod(x) // x[1] * w[0])
            text.append(f"| {what} | {size} | {megabytes:.0f} | {' | '.join(cells)} |")
            print(text[-1], flush=True)
    us.close()
    return text


def report(by_torch: dict, by_rival: dict, peaks: list, note: str) -> str:
    versions = [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]
    for module in ("torch", "onnx"):
        code = f"import {module}; print({module}.__version__)"
        told = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        if told.returncode == 0:
            versions.append(f"{module} {told.stdout.strip()}")
    text = [
        "# Benchmarks",
        "",
        "Made by `python benchmarks/compare.py`; do not edit. float32, every contender in its own",
        f"process, turns interleaved, {'ratios of least times' if BUSY else 'medians of ratios'}.",
        "",
        f"- machine: {processor()}, {os.cpu_count()} cores, {platform.system()}",
        f"- versions: {', '.join(versions)}",
        f"- date: {date.today().isoformat()}",
        *([f"- note: {note}"] if note else []),
        "",
        "## Against PyTorch",
        "",
        "Our time over PyTorch's: below 1 we are faster. The goal is what the project set itself.",
        "",
        "| work | passes | 2 threads | goal | 1 thread | goal |",
        "|---|---|---|---|---|---|",
    ]
    rows = [(c.name, p, g) for c in CASES for p, g in c.goals.items()]
    rows += [("geometric mean", p, g) for (_, p), g in GOALS_2.items()]
    for name, passes, goal in rows:
        if (name, passes, 2) not in by_torch:
            continue
        two, one = by_torch[name, passes, 2], by_torch[name, passes, 1]
        goal_1 = GOALS_1.get((name, passes))
        label = "geometric mean of the convolutions but depthwise" if "mean" in name else name
        text.append(
            f"| {label} | {PASSES[passes]} | {verdict(two, goal)} | {goal:g} | "
            f"{verdict(one, goal_1)} | {'' if goal_1 is None else f'{goal_1:g}'} |"
        )
    text += limits(text)
    names = [n for n in RIVALS if any(key[2] == n for key in by_rival)]
    if names:
        text += [
            "",
            "## Against other NumPy codes",
            "",
            "How many times faster than each we are, at 2 threads. Their algorithms are rewritten",
            "from their descriptions in `rivals.py`; what a code cannot do is left out.",
            "",
            f"| work | passes | {' | '.join(RIVALS[n].name for n in names)} |",
            f"|---|---|{'---|' * len(names)}",
        ]
        for case in CASES:
            for passes in case.goals:
                cells = [by_rival.get((case.name, passes, n)) for n in names]
                if any(c is not None for c in cells):
                    shown = " | ".join("" if c is None else f"{c:.1f}" for c in cells)
                    text.append(f"| {case.name} | {PASSES[passes]} | {shown} |")
        means = []
        for n in names:
            every = [v for key, v in by_rival.items() if key[2] == n]
            means.append(f"{math.exp(sum(map(math.log, every)) / len(every)):.1f}")
        text.append(f"| geometric mean | | {' | '.join(means)} |")
        text.append(f"| goal | | {' | '.join(f'{RIVAL_GOALS[n]}' for n in names)} |")
    if peaks:
        text += [
            "",
            "## Memory",
            "",
            "Peak beside input and results, conv 64→64 3×3, N=8, 56×56. The full matrix of columns",
            "would take 57.8 MB; the goal is a quarter of it, 14.5 MB.",
            "",
            "| code | passes | MB |",
            "|---|---|---|",
        ]
        text += [f"| {name} | {PASSES[passes]} | {peak:.1f} |" for name, passes, peak in peaks]
    return "\n".join(text) + "\n"


def limits(table: list[str]) -> list[str]:
    """Return what limits the rows of the table that miss a goal."""
    missed = [line.split("|")[1] for line in table if line.startswith("|") and "**" in line]
    reasons = [
        f"- {part}: {why}." for part, why in LIMITS.items() if any(part in name for name in missed)
    ]
    if not reasons:
        return []
    return [
        "",
        "Figures in bold miss their goal. At 2 threads all rows share one limit: NumPy copies,",
        "adds and compares on one core, and only products of matrices use both; PyTorch uses both",
        "for everything. What else limits those that miss their goal, measured at 1 thread:",
        "",
        *reasons,
    ]


def verdict(value: float, goal: float | None) -> str:
    shown = f"{value:.2f}"
    return f"**{shown}**" if goal is not None and value > goal * 1.005 else shown


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def picture(by_torch: dict, path: Path) -> None:
    """Draw the table: one bar for each row and passes, the goal as a tick."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "cnnlib"
    rows = [(c.name, p, g) for c in CASES for p, g in c.goals.items() if (c.name, p, 2) in by_torch]
    rows += [("geometric mean", p, g) for (_, p), g in GOALS_2.items()]
    figure, axis = plt.subplots(figsize=(9, 0.32 * len(rows) + 1.2), layout="constrained")
    places = range(len(rows))
    for shift, threads, colour in ((-0.2, 2, "#0072B2"), (0.2, 1, "#E69F00")):
        values = [by_torch[name, passes, threads] for name, passes, _ in rows]
        axis.barh(
            [p + shift for p in places],
            values,
            0.38,
            color=colour,
            hatch="" if threads == 2 else "///",
            edgecolor="white",
            label=f"{threads} thread{'s' if threads > 1 else ''}",
        )
    axis.plot(
        [goal for *_, goal in rows],
        [p - 0.2 for p in places],
        "|",
        color="black",
        markersize=9,
        markeredgewidth=2,
        label="goal at 2 threads",
    )
    axis.axvline(1, color="black", linewidth=0.8)
    axis.set_xscale("log", base=2)
    axis.xaxis.set_major_formatter("{x:g}")
    axis.set_yticks(list(places), [f"{n}, {PASSES[p]}" for n, p, _ in rows], fontsize=8)
    axis.invert_yaxis()
    axis.set_xlabel("our time / PyTorch's (left of 1: faster than PyTorch)")
    axis.legend(loc="lower right", fontsize=8)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[""], help="parts of row names")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="5 rounds, nothing is written")
    parser.add_argument("--growth", action="store_true", help="how our time grows, only")
    parser.add_argument(
        "--busy",
        action="store_true",
        help="for a machine with other work: ratios of least times in place of medians of ratios",
    )
    parser.add_argument("--threads", type=int, nargs="*", default=[2, 1], help="for PyTorch")
    parser.add_argument("--no-rivals", action="store_true", help="PyTorch only")
    parser.add_argument("--note", default="", help="a remark for the report, as on the machine")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    results = HERE / "results.md"
    if options.growth:
        before = results.read_text(encoding="utf-8").split(GROWTH_TITLE)[0].rstrip()
        section = "\n".join(growth(min(options.rounds, 3)))
        results.write_text(f"{before}\n\n{section}\n", encoding="utf-8")
        return
    chosen = [i for i, c in enumerate(CASES) if any(part in c.name for part in options.only)]
    rounds = 5 if options.quick else options.rounds
    by_torch = against_torch(chosen, rounds, options.threads) if available("torch") else {}
    by_rival = {} if options.no_rivals else against_rivals(chosen, max(3, rounds // 3))
    peaks = [] if options.no_rivals else memory(chosen)
    text = report(by_torch, by_rival, peaks, options.note)
    print(text)
    is_whole = options.only == [""] and not options.no_rivals and options.threads == [2, 1]
    if is_whole and not options.quick:
        text += "\n" + "\n".join(growth(min(rounds, 3))) + "\n"
        results.write_text(text, encoding="utf-8")
        if by_torch:
            picture(by_torch, HERE / "results.svg")


if __name__ == "__main__":
    main()
