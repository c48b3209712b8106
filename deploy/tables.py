"""The tables of book/teaching.md, from what the trial measured.

python deploy/tables.py     (writes deploy/measured.md and deploy/sizes.md, prints the sizes)
"""

import json
import math
from pathlib import Path
from statistics import median

import yaml

FOLDER = Path(__file__).parent
SIZES = (10, 1_000, 100_000)


def share() -> tuple[float, float]:
    """What zero-to-jupyterhub.yaml guarantees a learner: memory in GB, part of a core."""
    text = (FOLDER / "zero-to-jupyterhub.yaml").read_text(encoding="utf-8")
    learner = yaml.safe_load(text)["singleuser"]
    # the hub's spawner counts in powers of two: M is 1024 * 1024 bytes
    memory = int(learner["memory"]["guarantee"].removesuffix("M")) * 2**20 / 1e9
    return memory, learner["cpu"]["guarantee"]


def kernels(measured: dict) -> dict[str, tuple[float, float]]:
    """For each chapter: the most memory of a kernel in MB, processor seconds of a first run."""
    chapters = sorted({learner["chapter"] for learner in measured["learners"].values()})
    found = {}
    for chapter in chapters:
        who = [one for one in measured["learners"].values() if one["chapter"] == chapter]
        peak = max(one[visit]["kernel_mb"] for one in who for visit in ("first", "second"))
        seconds = median(one["first"]["kernel_s"] for one in who)  # with all imports
        found[chapter.removesuffix(".ipynb")] = peak, seconds
    return found


def costs(measured: dict) -> dict[str, float]:
    """What one learner costs: memory in MB, processor in seconds."""
    learners = list(measured["learners"].values())
    chapters = kernels(measured)
    return {
        "server_mb": max(learner["server_mb"] for learner in learners),
        "server_s": median(learner["server_s"] for learner in learners) / 2,  # two visits
        "kernel_mb": max(peak for peak, _ in chapters.values()),
        "chapter_s": sum(seconds for _, seconds in chapters.values()) / len(chapters),
        "longest_s": max(seconds for _, seconds in chapters.values()),
        "home_mb": max(learner["home_mb"] for learner in learners),
        "hub_s": measured["hub_s"] / len(learners) / 2,
    }


def waits(measured: dict) -> dict[str, float]:
    """Seconds from the link to the chapter, for each visit: median and most."""
    found: dict[str, float] = {}
    for visit in ("first", "second"):
        seconds = [learner[visit]["open_s"] for learner in measured["learners"].values()]
        found |= {visit: median(seconds), f"{visit}_most": max(seconds)}
    return found


def number(value: float) -> str:
    """A figure with two digits that count: 0.038, 4.0, 38, 38,000."""
    place = 1 - math.floor(math.log10(value))
    return f"{round(value, place):,.{max(place, 0)}f}"


def in_words(measured: dict) -> str:
    """What the table of sizes comes from, and the worst minutes of a class."""
    memory, core = share()
    cost, sharing = costs(measured), round(1 / share()[1])
    return (
        "The largest server and the hungriest chapter take "
        f"{cost['server_mb'] + cost['kernel_mb']:.0f} MB. The cluster's values guarantee each "
        f"learner {1000 * memory:.0f} MB and {core} of a core. A learner's folder takes "
        f"{cost['home_mb']:.0f} MB. Nearly all of a learner's time goes into reading and thinking, "
        f"so {sharing} learners can share a core. If all {sharing} come in the same minute, their "
        f"servers keep it busy for {sharing * cost['server_s']:.0f} s. If they press *Run all* in "
        f"the same minute, the last waits {sharing * cost['chapter_s']:.0f} s for an average "
        f"chapter, and {sharing * cost['longest_s']:.0f} s for the longest."
    )


def sizes(measured: dict) -> list[str]:
    """A class, a school, everybody: what they need at the same time."""
    memory, core = share()
    cost = costs(measured)
    lines = [
        "| Learners at a time | Memory, GB | Cores | Disk, GB | Hubs, if all come in an hour |",
        "|---:|---:|---:|---:|---:|",
    ]
    for learners in SIZES:
        columns = (
            number(learners * memory),
            f"{math.ceil(learners * core):,}",
            number(learners * cost["home_mb"] / 1000),
            str(math.ceil(learners * cost["hub_s"] / 3600)),  # a hub is one process, on one core
        )
        lines.append(f"| {learners:,} | " + " | ".join(columns) + " |")
    return lines


def tables(measured: dict) -> dict[str, str]:
    """The two files of Markdown, by name."""
    cost, wait = costs(measured), waits(measured)
    learners = len(measured["learners"])
    versions = ", ".join(f"`{name}` {version}" for name, version in measured["versions"].items())
    load = f"{min(measured['load'])} to {max(measured['load'])}"
    result = [
        "# A hub, tried",
        "",
        "Made by `python deploy/try_hub.py`; all figures are in `deploy/measured.json`.",
        "",
        "<!-- table -->",
        f"{learners} learners, {measured['at_once']} of them working at a time. A server's and a "
        "kernel's memory is the most that any held, a kernel's time is that of its first run.",
        "",
        "| | memory, MB | processor, s |",
        "|---|---:|---:|",
        f"| a learner's server, a visit | {cost['server_mb']:.0f} | {cost['server_s']:.1f} |",
        *(
            f"| kernel: {name} | {peak:.0f} | {seconds:.1f} |"
            for name, (peak, seconds) in kernels(measured).items()
        ),
        f"| the hub, {2 * learners} visits | {measured['hub_mb']:.0f} | {measured['hub_s']:.1f} |",
        f"| its proxy | {measured['proxy_mb']:.0f} | {measured['proxy_s']:.1f} |",
        f"| all at once, shared pages counted once | {measured['together_mb']:.0f} | |",
        "",
        f"From the link to the chapter: {wait['first']:.0f} s at the first visit (the slowest "
        f"{wait['first_most']:.0f} s), {wait['second']:.1f} s at the second "
        f"({wait['second_most']:.1f} s). "
        "These seconds, unlike those of the processor, grow with other work on the machine.",
        "",
        f"Measured on {measured['date']}: {measured['system']}, {measured['cores']} cores, "
        f"{measured['memory_gb']} GB, load {load}. {versions}.",
    ]
    return {
        "measured.md": "\n".join(result) + "\n",
        "sizes.md": "\n".join(
            ["# Sizes", "", "<!-- table -->", *sizes(measured), "", in_words(measured)]
        )
        + "\n",
    }


def main() -> None:
    """Write the tables and print the sizes."""
    measured = json.loads((FOLDER / "measured.json").read_text(encoding="utf-8"))
    for name, text in tables(measured).items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    print("\n".join(sizes(measured)))


if __name__ == "__main__":
    main()
