"""Python in a page: how long the first press takes, and how long each chapter computes there.

    python tools/pyodide_for_tests.py      (fetches a Pyodide)
    python benchmarks/pages.py             (writes benchmarks/pages.md; needs the built book)
    python benchmarks/pages.py 05 15 -v    (these chapters only, cell by cell; writes nothing)

Pyodide's files are local. What a press takes by the clock is the least of a few; another programme
makes it much longer, so the load is told. A chapter's time is that of the processor, which others
disturb less: all cells of its page, without the start of Python.
"""

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import nbformat
import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from tests.page.site_with_python import site_with_python
from tools.chromium import launch
from tools.project import ROOT

SITE, PYODIDE = ROOT / "_build" / "html", ROOT / "_build" / "pyodide"
TABLE = ROOT / "benchmarks" / "pages.md"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
RUNS = 3
#: What the course promises, in seconds.
GOALS = {"first verdict": 6.0, "first figure": 10.0, "next cell, besides its own time": 0.05}
CHAPTER_GOAL = 60
PAGE = "notebooks/03_sizes.html"
VERDICT, FIGURE = "sizes/output-size", "draw_images([grey"
#: Runs a cell of the page in one session; returns the seconds of the cell itself.
RUN = """async ([cells, at]) => {
  const { createSession } = await import("/_static/python-session.js");
  globalThis.session ??= createSession(() => {});
  const hear = { began() {}, above() {}, output() {} };
  return (await session.run(() => ({ cells, at }), hear)).seconds;
}"""


def press(page: Page, name: str) -> float:
    """Press the button of a cell; return the seconds to its end."""
    cell = page.locator("div.cell").filter(has=page.locator(f'[data-cell="{name}"]'))
    cell.evaluate("c => c.querySelectorAll('details').forEach((d) => (d.open = true))")
    milliseconds, said = cell.evaluate(
        """async (cell) => {
          const said = cell.querySelector(".course-cell-said");
          const start = performance.now();
          cell.querySelector(".course-run-cell").click();
          while (!/^Ran in|not start|broke/.test(said.textContent))
            await new Promise((done) => setTimeout(done, 1));
          return [performance.now() - start, said.textContent];
        }"""
    )
    if not said.startswith("Ran in"):
        raise SystemExit(f"{name}: {said}")
    return milliseconds / 1000


def waits(browser: Browser, address: str) -> dict[str, float]:
    """Return the least seconds of a first verdict, a first figure, and what a next cell adds."""
    found: dict[str, list[float]] = {name: [] for name in GOALS}
    for _ in range(RUNS):
        for name in ("first verdict", "first figure"):
            page = browser.new_page()
            page.goto(f"{address}/{PAGE}")
            page.wait_for_load_state("networkidle")
            drawn = page.locator("div.cell").filter(has_text=FIGURE).first.locator("[data-cell]")
            cell = VERDICT if name == "first verdict" else str(drawn.get_attribute("data-cell"))
            found[name].append(press(page, cell))
            if name == "first verdict":  # a cell that computes nothing to speak of
                found["next cell, besides its own time"] += [press(page, cell) for _ in "1234"]
            page.close()
    return {name: min(times) for name, times in found.items()}


def processor() -> float:
    """Return the processor seconds of all pages of the browser that this programme started."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        if "--type=renderer" in process.cmdline():
            total += sum(process.cpu_times()[:2])
    return total


def chapter(browser: Browser, address: str, path: Path, tell: bool) -> float:
    """Return the processor seconds of all cells of a chapter."""
    read = nbformat.read(path, as_version=4).cells
    cells = [cell.source for cell in read if cell.cell_type == "code"]
    page = browser.new_page()
    page.set_default_timeout(0)
    page.goto(f"{address}/notebooks/{path.stem}.html")
    page.evaluate(RUN, [["1"], 0])
    begun = processor()
    for at, code in enumerate(cells):
        before, wall = processor(), time.perf_counter()
        page.evaluate(RUN, [cells, at])
        spent = processor() - before
        if tell and spent > 0.5:
            print(
                f"{path.stem} {at + 1}: {spent:.1f} s, {time.perf_counter() - wall:.1f} by the "
                f"clock: {code.splitlines()[0][:60]}",
                flush=True,
            )
    spent = processor() - begun
    page.close()
    return spent


def table(first: dict[str, float], chapters: dict[str, float], load: float) -> Iterable[str]:
    """Return the lines of the report."""
    yield from ("# Python in a page", "")
    yield (
        "Made by `python benchmarks/pages.py` with Pyodide's files on the same machine: seconds of "
        "processor for all cells of a chapter, one after the other."
    )
    yield from ("", "| chapter | processor, s |", "|---|---:|")
    yield f"| *goal: at most* | *{CHAPTER_GOAL}* |"
    for name, seconds in chapters.items():
        yield f"| {name} | {bold(seconds, CHAPTER_GOAL, 0)} |"
    yield from ("", f"From the press of a button to the end, least of {RUNS}:", "")
    yield from ("| to the | s | goal: at most |", "|---|---:|---:|")
    for name, seconds in first.items():
        yield f"| {name} | {bold(seconds, GOALS[name], 2)} | {GOALS[name]:g} |"
    yield from ("", "Figures in bold miss their goal. Other work on the machine before it began:")
    yield f"load {load:.1f} on {os.cpu_count()} cores."


def bold(seconds: float, goal: float, digits: int) -> str:
    text = f"{seconds:.{digits}f}"
    return text if seconds <= goal else f"**{text}**"


def main() -> None:
    asked = [word for word in sys.argv[1:] if word != "-v"]
    paths = [path for path in NOTEBOOKS if not asked or path.name.startswith(tuple(asked))]
    with sync_playwright() as started, site_with_python(SITE, PYODIDE) as address:
        browser = launch(started)
        load = os.getloadavg()[1]  # of five minutes
        first = {} if asked else waits(browser, address)
        print(first, flush=True)
        chapters = {}
        for path in paths:
            chapters[path.stem] = chapter(browser, address, path, "-v" in sys.argv)
            print(f"{path.stem}: {chapters[path.stem]:.0f} s", flush=True)
        browser.close()
    if not asked:
        TABLE.write_text("\n".join(table(first, chapters, load)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
