"""What `compare.py` measured, as the sections of `results.md` and the picture `results.svg`."""

import math
import os
import platform
from datetime import date
from functools import cache
from importlib import metadata
from pathlib import Path

from cases import CASES, GROWTH, LARGE, PASSES, Case
from rivals import RIVALS

from cnnlib.colours import COLORS

#: Time over PyTorch's by row, passes, threads and contender.
Ratios = dict[tuple[str, str, int, str], float]

#: Table → its heading, in the order of the file.
TITLES = {
    "torch": "Against PyTorch",
    "rivals": "Against other NumPy codes",
    "memory": "Memory",
    "growth": "Growth",
}
MEAN = "geometric mean of the nine convolutions"
#: (row or kind, passes) → the goals at 1 and at 2 threads.
GOALS = {
    (MEAN, "forward"): (1.1, 0.65),
    (MEAN, "both"): (1.1, 0.9),
    ("train", "both"): (0.95, 1.2),
    ("depthwise", "forward"): (4, 4),
}
EVERY_GOAL = 2.5
NOISE = 1.1  # a row of pooling is no slower than before if it takes no more than this times as long
#: How many times faster than each of them we mean to be.
RIVAL_GOALS = {"cs231n": 4, "numpy-ml": 15, "scratch": 4, "onnx": 5, "einsum": 1}

#: What keeps a row from its goal, as profiled at 1 thread: a part of its name → the reason.
LIMITS: dict[str, str] = {
    "8→16": "products take a fifth of 2.3 ms forward; the rest are copies, padding and fresh "
    "memory, and four blocks are few for two threads",
    "groups": "products of 16 rows, 10 of 14 ms forward; backward 17 of 23 ms add the taps",
    "depthwise": "no sum over channels: products of a vector and a matrix, 4 of 8 ms, and nine "
    "copies of each plane; backward 17 of 21 ms add taps. Two threads wait for the same memory",
    "transposed": "adding the taps takes 3.0 of 4.6 ms; PyTorch multiplies without that",
    "3D": "forward half the time copies short rows; 27 taps take 1.5 of 2.1 ms backward",
    "max pool": "the same code as before for one cell of the window after the other",
    "training": "pooling, ReLU and the joins between two small convolutions run on one core",
    "geometric mean": "at 2 threads a forward pass takes 0.55 to 0.65 of its time at 1, but adding "
    "the taps gains little, since memory is the limit. The trial with which the goals for two "
    "threads were set takes 1.1 times as long as this code on this machine",
}


def write(path: Path, table: str, section: list[str], rounds: int) -> None:
    """Put a section into the file in place of its last version."""
    before = path.read_text(encoding="utf-8").split("\n## ")[1:] if path.exists() else []
    sections = {part.split("\n")[0]: part.partition("\n")[2].strip() for part in before}
    versions = ", ".join(
        f"{name} {version(name)}" for name in ("numpy", "torch", "onnx") if version(name)
    )
    where = f"{processor()}, {os.cpu_count()} cores, {platform.system()}"
    what = f"Python {platform.python_version()}, {versions}"
    foot = f"{date.today().isoformat()}, {rounds} rounds at most; {where}; {what}."
    sections[TITLES[table]] = "\n".join([*section, "", foot])
    text = [
        "# Benchmarks",
        "",
        "Made by `python benchmarks/compare.py`; do not edit. float32, every contender in its own",
        "process, in turns, medians of ratios.",
    ]
    for title in TITLES.values():
        if title in sections:
            text += ["", f"## {title}", "", sections[title]]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")


@cache
def version(package: str) -> str:
    """Return a package's version, empty if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def against_torch(ratios: Ratios) -> list[str]:
    """Return the section on PyTorch: one line for each row and passes, goals missed in bold."""
    has_old = any(name == "before" for *_, name in ratios)
    columns = [(threads, name) for threads in (1, 2) for name in ("cnnlib", "before")]
    columns = [column for column in columns if has_old or column[1] == "cnnlib"]
    heads = [f"{t} thread{'s' * (t > 1)}{', before' * (n == 'before')}" for t, n in columns]
    text = [
        "Our time over PyTorch's: below 1 we are faster. Figures in bold miss the goal: one for",
        f"each number of threads where two stand there; “before” may be missed by {NOISE - 1:.0%}.",
        "",
        f"| work | passes | {' | '.join(heads)} | goal |",
        f"|---|---|{'---|' * len(columns)}---|",
    ]
    ratios = ratios | _means(ratios)
    missed = []
    for case in [*CASES, Case(MEAN, MEAN, ())]:
        for passes in case.passes:
            if (case.name, passes, 1, "cnnlib") not in ratios:
                continue
            cells = []
            for threads, name in columns:
                value = ratios[case.name, passes, threads, name]
                goal = _goal(case, passes, threads, ratios)
                is_missed = name == "cnnlib" and float(f"{value:.2f}") > goal
                missed += [case.name] if is_missed else []
                cells.append(f"**{value:.2f}**" if is_missed else f"{value:.2f}")
            goal_text = _goal_text(case, passes)
            text.append(f"| {case.name} | {PASSES[passes]} | {' | '.join(cells)} | {goal_text} |")
    reasons = [f"- {part}: {why}." for part, why in LIMITS.items() if _holds(part, missed)]
    return [*text, "", "What limits those that miss their goal:", "", *reasons] if reasons else text


def _holds(part: str, names: list[str]) -> bool:
    return any(part in name for name in names)


def _means(ratios: Ratios) -> Ratios:
    """Return the geometric means over the rows that count in them."""
    counted = {case.name for case in CASES if case.mean}
    logs: dict[tuple[str, int, str], list[float]] = {}
    for (row, passes, threads, name), value in ratios.items():
        if row in counted:
            logs.setdefault((passes, threads, name), []).append(math.log(value))
    return {(MEAN, *key): math.exp(sum(every) / len(every)) for key, every in logs.items()}


def _fixed(case: Case, passes: str) -> tuple[float, float]:
    """Return a row's goals at 1 and at 2 threads, if they do not depend on the old code."""
    for part in (case.kind, case.name.split()[0]):
        if (part, passes) in GOALS:
            return GOALS[part, passes]
    return EVERY_GOAL, EVERY_GOAL


def _goal(case: Case, passes: str, threads: int, ratios: Ratios) -> float:
    if case.kind == "pool":
        return ratios.get((case.name, passes, threads, "before"), EVERY_GOAL / NOISE) * NOISE
    return _fixed(case, passes)[threads - 1]


def _goal_text(case: Case, passes: str) -> str:
    if case.kind == "pool":
        return "before"
    return " / ".join(f"{goal:g}" for goal in dict.fromkeys(_fixed(case, passes)))


def against_rivals(ratios: dict[tuple[str, str, str], float]) -> list[str]:
    """Return the section on other codes in NumPy."""
    names = [name for name in RIVALS if any(key[2] == name for key in ratios)]
    text = [
        "How many times faster than each we are, at 2 threads. Their algorithms are rewritten",
        "from their descriptions in `rivals.py`; what a code cannot do is left out.",
        "",
        f"| work | passes | {' | '.join(RIVALS[name].name for name in names)} |",
        f"|---|---|{'---|' * len(names)}",
    ]
    for case in CASES:
        for passes in case.passes:
            cells = [ratios.get((case.name, passes, name)) for name in names]
            if any(cells):
                shown = " | ".join("" if cell is None else f"{cell:.1f}" for cell in cells)
                text.append(f"| {case.name} | {PASSES[passes]} | {shown} |")
    means = []
    for name in names:
        logs = [math.log(value) for key, value in ratios.items() if key[2] == name]
        means.append(f"{math.exp(sum(logs) / len(logs)):.1f}")
    text.append(f"| geometric mean | | {' | '.join(means)} |")
    return [*text, f"| goal | | {' | '.join(str(RIVAL_GOALS[name]) for name in names)} |"]


def memory(peaks: list[tuple[str, str, float]]) -> list[str]:
    """Return the section on memory."""
    full = math.prod(LARGE.x) * math.prod(LARGE.w[2:]) * 4e-6
    labels = {name: rival.name for name, rival in RIVALS.items()}
    return [
        f"Peak beside input and results, {LARGE.name}. The full matrix of columns would take",
        f"{full:.1f} MB; the goal is a quarter of it, {full / 4:.1f} MB.",
        "",
        "| code | passes | MB |",
        "|---|---|---|",
        *(f"| {labels.get(name, name)} | {PASSES[p]} | {peak:.1f} |" for name, p, peak in peaks),
    ]


def growth(least: dict[tuple[str, str, str], float]) -> list[str]:
    """Return the section on how our time grows with the work."""
    text = [
        "Our convolution 3×3, padding 1, at 1 thread, up to 1 GB of input and output. The sizes",
        "take turns, twice; the least time of each. In brackets the time for a unit of work, that",
        "of the first size being 1: where it does not rise, time grows no faster than the work.",
        "",
        "| what grows | size | MB | forward | forward + backward |",
        "|---|---|---|---|---|",
    ]
    for what, sizes in GROWTH.items():
        first, (x0, w0) = next(iter(sizes.items()))
        for size, (x, w) in sizes.items():
            more = math.prod(x) * w[0] / (math.prod(x0) * w0[0])
            megabytes = 4e-6 * (math.prod(x) + math.prod(x) // x[1] * w[0])
            cells = []
            for passes in PASSES:
                seconds = least[what, size, passes]
                unit = seconds / least[what, first, passes] / more
                cells.append(f"{seconds:.3g} s ({unit:.2f})")
            text.append(f"| {what} | {size} | {megabytes:.0f} | {' | '.join(cells)} |")
    return text


def processor() -> str:
    """Return the name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def picture(ratios: Ratios, path: Path) -> None:
    """Draw our figures of the table on PyTorch: a bar for each row, pass and thread count."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "cnnlib"
    ratios = ratios | _means(ratios)
    rows = [
        (row, passes) for row, passes, threads, name in ratios if (threads, name) == (1, "cnnlib")
    ]
    figure, axis = plt.subplots(figsize=(9, 0.32 * len(rows) + 1.2), layout="constrained")
    for threads, colour, hatch in ((1, COLORS["kernel"], "///"), (2, COLORS["input"], "")):
        axis.barh(
            [place + 0.4 * threads - 0.6 for place in range(len(rows))],
            [ratios[row, passes, threads, "cnnlib"] for row, passes in rows],
            0.38,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            label=f"{threads} thread{'s' * (threads > 1)}",
        )
    axis.axvline(1, color="black", linewidth=0.8)
    axis.set_xscale("log", base=2)
    axis.xaxis.set_major_formatter("{x:g}")
    names = [f"{row}, {PASSES[passes]}" for row, passes in rows]
    axis.set_yticks(range(len(rows)), names, fontsize=8)
    axis.invert_yaxis()
    axis.set_xlabel("our time / PyTorch's (left of 1: faster than PyTorch)")
    axis.legend(loc="lower right", fontsize=8)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
