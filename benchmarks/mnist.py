"""An FNN and a CNN on the real MNIST: error, parameters and time, mean of some seeds.

    python benchmarks/mnist.py                     three seeds of each, and the table is written
    python benchmarks/mnist.py --seeds 1 --only CNN --no-write

Reads the files that `cnnlib.data.load_mnist` finds (see there; ``--download`` fetches them) and
writes `mnist.md` beside this file, and its table into the chapter on training. All 60,000 training
images are trained on, none is held back, and the 10,000 test images are looked at once, at the end.
"""

import argparse
import os
import platform
import statistics
import time
from datetime import date
from itertools import dropwhile
from pathlib import Path

import nbformat
import numpy as np
from report import processor

from cnnlib import (
    Adam,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    evaluate,
    fit,
    summary,
)
from cnnlib.data import load_mnist
from cnnlib.nn.schedules import cosine

HERE = Path(__file__).parent
CHAPTER = HERE.parent / "notebooks" / "15_training.ipynb"


def fnn(seed: int) -> Sequential:
    return Sequential(
        Flatten(),
        Linear(784, 400, rng=seed),
        ReLU(),
        Dropout(0.3, rng=seed),
        Linear(400, 10, rng=seed + 1),
    )


def cnn(seed: int) -> Sequential:
    return Sequential(
        Conv2d(1, 16, 5, rng=seed),
        ReLU(),
        MaxPool2d(2),
        Conv2d(16, 32, 5, rng=seed + 1),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(512, 128, rng=seed + 2),
        ReLU(),
        Dropout(0.4, rng=seed),
        Linear(128, 10, rng=seed + 3),
    )


#: Name → network, epochs, goal for the error in per cent, goal for the time in seconds.
NETWORKS = {"FNN": (fnn, 15, 2.0, None), "CNN": (cnn, 10, 0.9, 300)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, help="for both; default: each its own")
    parser.add_argument("--only", choices=NETWORKS, help="one of the two networks")
    parser.add_argument("--download", action="store_true", help="fetch the files if need be")
    parser.add_argument("--no-write", action="store_true", help="leave mnist.md as it is")
    parser.add_argument("--note", default="", help="a line about the machine for the report")
    options = parser.parse_args()
    train = load_mnist(download=options.download, split="train")
    test = load_mnist(download=options.download, split="test")
    chosen = {name: n for name, n in NETWORKS.items() if options.only in (None, name)}
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in chosen}
    for name, (build, epochs, *_) in chosen.items():
        for seed in range(options.seeds):
            runs[name].append(run(name, build, options.epochs or epochs, seed, train, test))
            text = report(runs, options.seeds, options.epochs, options.note)
            if not options.no_write:  # after each run, so that a run cut short leaves its results
                write(text)
    print(text)


def write(text: str) -> None:
    """Store the report, and its table in the chapter, so that the two cannot drift apart."""
    (HERE / "mnist.md").write_text(text, encoding="utf-8")
    chapter = nbformat.read(CHAPTER, as_version=4)
    (cell,) = (cell for cell in chapter.cells if cell.id == "cell-mnist")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    lines = cell.source.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("|"))
    rest = dropwhile(lambda line: line.startswith("|"), lines[first:])
    cell.source = "\n".join([*lines[:first], *rows, *rest])
    nbformat.write(chapter, CHAPTER)


def run(name, build, epochs, seed, train, test) -> tuple[float, float]:
    """Train one network; return its error on the test images in per cent, and the seconds."""
    model = build(100 * seed)
    start = time.perf_counter()
    fit(
        model,
        train,
        epochs=epochs,
        batch_size=64,
        optimizer=Adam(model.parameters()),
        schedule=cosine(2e-3, epochs, warmup=0.2),
        seed=seed,
        on_epoch=lambda history: print(f"{name}, seed {seed}: {history}", flush=True),
    )
    seconds = time.perf_counter() - start
    error = 100 * (1 - evaluate(model, *test).accuracy)
    print(f"{name}, seed {seed}: {error:.2f} % error, {seconds:.0f} s", flush=True)
    return error, seconds


def row(name, build, epochs, runs, goal, time_goal) -> str:
    """Return one row of the table; what misses its goal is bold."""
    sizes = summary(build(0), (1, 28, 28))
    errors, seconds = zip(*runs, strict=True)
    mean, longest = statistics.mean(errors), max(seconds)
    cells = [
        name,
        f"{sizes.parameters:,}",
        f"{sizes.multiply_adds:,}",
        str(epochs),
        ", ".join(f"{error:.2f}" for error in errors),
        judged(mean, ".2f", goal, "%"),
        judged(longest, ".0f", time_goal, "s"),
    ]
    return f"| {' | '.join(cells)} |"


def judged(value: float, form: str, goal: float | None, unit: str) -> str:
    """Return a figure with its goal, if it has one; in bold what misses it."""
    text = f"{value:{form}}\u00a0{unit}"
    if goal is None:
        return text
    text = f"**{text}**" if value > goal else text
    return f"{text} (≤\u00a0{goal}\u00a0{unit})"


def report(runs, seeds, epochs, note) -> str:
    """Return the page with the table of all networks that were run so far."""
    rows = []
    for name, done in runs.items():
        build, usual, *goals = NETWORKS[name]
        if done:
            rows.append(row(name, build, epochs or usual, done, *goals))
    missing = [f"{name} {seeds - len(done)}" for name, done in runs.items() if len(done) < seeds]
    return "\n".join(
        [
            "# FNN and CNN on MNIST",
            "",
            f"Made by `python benchmarks/mnist.py`; do not edit. {seeds} seeds of each network,",
            "60,000 training images as they are. The error is that on the 10,000 test images at",
            "the end.",
            "",
            f"- machine: {processor()}, {os.cpu_count()} cores, {platform.system()}",
            f"- threads: {os.environ.get('OPENBLAS_NUM_THREADS', 'as many as cores')}",
            f"- versions: Python {platform.python_version()}, NumPy {np.__version__}",
            f"- date: {date.today().isoformat()}",
            *([f"- seeds still to run: {', '.join(missing)}"] if missing else []),
            *([f"- note: {note}"] if note else []),
            "",
            "| network | parameters | multiply-adds | epochs | error of each seed, % "
            "| mean error (goal) | longest training (goal) |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            "Figures in bold miss their goal.",
            "",
        ]
    )


if __name__ == "__main__":
    main()
