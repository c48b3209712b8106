"""How well the training playground learns in 20 seconds on a slow processor.

And how long the frames are in the meantime.

Needs the built book, Chromium, and a quiet machine. Prints the table of playground.md:

    python benchmarks/playground.py > benchmarks/playground.md

The processor is slowed four times by DevTools. Everything stands at its default but the seed.
"""

import itertools
import os
import platform
import statistics
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tools.chromium import launch, served

SITE = Path(__file__).parent.parent / "_build" / "html"
PAGE = "book/widgets-training.html"
SLOWER, SECONDS, GOAL = 4, 20, 95
#: Train for so many milliseconds; return when a frame began and what was read right by then.
TRAIN = """async ([milliseconds]) => {
  const root = document.querySelector(".cnn-widget");
  root.scrollIntoView();
  const told = root.querySelector(".cnn-readout");
  const train = root.querySelector("[name=train]");
  train.click();
  const start = performance.now();
  const seen = [];
  await new Promise((done) => {
    const look = () => {
      const now = performance.now() - start;
      seen.push([now, parseFloat(told.textContent), train.textContent === "Pause"]);
      if (now < milliseconds) requestAnimationFrame(look);
      else done();
    };
    requestAnimationFrame(look);
  });
  return seen;
}"""


def learn(page: Page, address: str, seed: int, slower: int) -> list[tuple[float, float, bool]]:
    """Train a fresh network of this seed; return what each frame showed."""
    page.goto("about:blank")
    page.goto(f"{address}/{PAGE}#training-playground?seed={seed}")
    page.locator("[data-cnn-ready] .cnn-widget").wait_for()
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    seen = page.evaluate(TRAIN, [1000 * SECONDS])
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    session.detach()
    return seen


def row(seed: int, slower: int, seen: list[tuple[float, float, bool]]) -> str:
    """Return the row of one training."""
    first = next((time for time, right, _ in seen if right >= GOAL), None)
    busy = [time for time, _, playing in seen if playing]
    gaps = [after - before for before, after in itertools.pairwise(busy)]
    right = seen[-1][1]
    told = f"{right:.1f}" if right >= GOAL else f"**{right:.1f}**"
    when = f"{first / 1000:.1f}" if first is not None else "–"
    late = statistics.quantiles(gaps, n=20)[18]
    return (
        f"| {seed} | {slower}× | {when} | {told} | {GOAL} | {statistics.median(gaps):.0f} "
        f"| {late:.0f} |"
    )


def main() -> None:
    with served(SITE) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        print("# The training playground on a slow processor\n")
        print(f"Chromium {browser.version} without a graphics card, {platform.machine()}, default")
        print("settings, 20 seconds of training. Made by `python benchmarks/playground.py`.\n")
        print(
            "| seed | processor slower by | 95 % right after, s | held-out digits right, % "
            "| at least | frame, median ms | frame, 95 %, ms |"
        )
        print("|---:|---:|---:|---:|---:|---:|---:|")
        for seed in range(5):
            print(row(seed, SLOWER, learn(page, address, seed, SLOWER)), flush=True)
        print(row(0, 1, learn(page, address, 0, 1)))
        browser.close()
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg()[:2])
    print(f"\nOther work on the machine: load {load} on {os.cpu_count()} cores at the end.")


if __name__ == "__main__":
    main()
