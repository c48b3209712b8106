"""How fast the site is for a reader on a slow line, and how many bytes a page has.

Needs the built book and Chromium:  python benchmarks/site.py     (writes benchmarks/site.md)

    python benchmarks/site.py 12_variants -v     (that page only, with all that it asked for)

Each page with a widget is opened with an empty cache on a line of 4 Mbit/s with 40 ms delay, by a
processor made four times slower. The server gzips, as every host of static pages does. The text
counts as readable at the first contentful paint; the first widget of a page answers when its first
slider, list or button changes its words. Bytes and shift are those of a page read to its end; the
shift is that of Web Vitals: the most within five seconds, without a second of rest.
"""

import gzip
import os
import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import ClassVar

from playwright.sync_api import Browser, sync_playwright

from tools.chromium import Quiet, launch, served

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build" / "html"
TABLE = ROOT / "benchmarks" / "site.md"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGES = ["book/index", *(f"notebooks/{path.stem}" for path in NOTEBOOKS), "book/widgets"]
LINE = {"offline": False, "latency": 40, "downloadThroughput": 5e5, "uploadThroughput": 5e5}
SLOWER = 4
RUNS = 3
#: What the course promises: text within, first widget within (seconds), kB, layout shift.
GOALS = {"text": 1.5, "widget": 2.5, "total": 650, "shift": 0.05}
ZIPPED = {".html", ".js", ".css", ".svg", ".json", ".txt", ".xml"}

#: Told by the page itself: when it painted, how much it moved, when its first widget answered.
WATCH = """
window.shift = 0;
window.moves = [];
let burst = { start: -1e9, end: -1e9, value: 0 };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    const at = entry.startTime;
    if (at - burst.end > 1000 || at - burst.start > 5000) burst = { start: at, value: 0 };
    burst.end = at;
    burst.value += entry.value;
    window.shift = Math.max(window.shift, burst.value);
    const names = entry.sources.map(({ node }) => node?.className || node?.nodeName);
    window.moves.push(`${entry.value.toFixed(3)} at ${entry.startTime.toFixed(0)} ms: ${names}`);
  }
}).observe({ type: "layout-shift", buffered: true });
const move = (control) => {
  if (control.matches("button")) return control.click();
  if (control.matches("select")) control.selectedIndex = control.selectedIndex ? 0 : 1;
  else control.value = Number(control.value) > Number(control.min) ? control.min : control.max;
  for (const name of ["input", "change"]) {
    control.dispatchEvent(new Event(name, { bubbles: true }));
  }
};
const clock = setInterval(() => {
  const root = document.querySelector("[data-cnn-ready] .cnn-widget");
  const control = root?.querySelector("input[type=range], select, button");
  if (!control) return;
  clearInterval(clock);
  const before = root.textContent;
  move(control);
  const wait = () => {
    if (root.textContent !== before) window.answered = performance.now();
    else requestAnimationFrame(wait);
  };
  wait();
}, 10);
"""

SCROLL = """async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += 800) {
    scrollTo(0, y);
    await new Promise((done) => setTimeout(done, 100));
  }
}"""


class Zipped(Quiet):
    """Serves text gzipped, as a host of static pages does, and counts the bytes by kind."""

    protocol_version = "HTTP/1.1"
    bytes_by_kind: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:  # noqa: N802
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        self.send_response(200)
        if path.suffix in ZIPPED:
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.bytes_by_kind[path.suffix.lstrip(".")] += len(body)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def measure(browser: Browser, address: str, verbose: bool) -> dict[str, float]:
    """Open one page with an empty cache and return seconds, kB by kind, and layout shift."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    client.send("Network.emulateNetworkConditions", LINE)
    client.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(WATCH)
    Zipped.bytes_by_kind.clear()
    page.goto(address)
    page.wait_for_function("window.answered", timeout=60_000)
    page.wait_for_load_state("networkidle")
    page.evaluate(SCROLL)  # pictures far below come when the reader comes near
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    painted = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    found = {
        "text": page.evaluate(painted) / 1000,
        "widget": page.evaluate("window.answered") / 1000,
        "shift": page.evaluate("window.shift"),
    }
    if verbose:
        print(*page.evaluate("window.moves"), sep="\n")
        entries = "performance.getEntriesByType('resource')"
        for name, start, end in page.evaluate(
            f"{entries}.map((entry) => [entry.name, entry.startTime, entry.responseEnd])"
        ):
            print(f"{start:7.0f} {end:7.0f}  {name}")
    context.close()
    sizes = {kind: count / 1000 for kind, count in Zipped.bytes_by_kind.items()}
    return found | sizes | {"total": sum(sizes.values())}


def main(names: list[str], verbose: bool) -> None:
    asked = [page for page in PAGES if not names or page.rpartition("/")[2] in names]
    rows = {}
    with served(SITE, Zipped) as host, sync_playwright() as playwright:
        browser = launch(playwright)
        for path in asked:
            runs = [measure(browser, f"{host}/{path}.html", verbose) for _ in range(RUNS)]
            kinds = sorted(set().union(*runs))
            rows[path] = {k: statistics.median(run.get(k, 0) for run in runs) for k in kinds}
        browser.close()
    table = report(rows)
    print(table)
    if asked == PAGES:
        TABLE.write_text(table, encoding="utf-8")


def report(rows: dict[str, dict[str, float]]) -> str:
    """Return the measurements as a page of Markdown."""
    kinds = sorted(set().union(*rows.values()) - set(GOALS))
    lines = [
        "# The site on a slow line",
        "",
        f"Made by `python benchmarks/site.py`: Chromium with an empty cache, 4 Mbit/s with 40 ms "
        f"delay, processor {SLOWER} times slower, median of {RUNS} runs. The machine has "
        f"{os.cpu_count()} cores and had {os.getloadavg()[0]:.0f} jobs running: each more makes it "
        f"slower.",
        "",
        "| page | text readable, s | first widget answers, s | layout shift | kB, gzipped | "
        + " | ".join(f"of it {kind}" for kind in kinds)
        + " |",
        "|---|" + "---:|" * (4 + len(kinds)),
        "| *goal: at most* | "
        + " | ".join(f"*{GOALS[key]}*" for key in ("text", "widget", "shift", "total"))
        + " |" * (len(kinds) + 1),
    ]
    for page, row in rows.items():
        cells = [marked(row, key) for key in ("text", "widget", "shift", "total")]
        cells += [f"{row.get(kind, 0):.0f}" for kind in kinds]
        lines.append(f"| {page.rpartition('/')[2]} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", "Figures in bold miss their goal."]) + "\n"


def marked(row: dict[str, float], key: str) -> str:
    """Return a figure; in bold if it misses its goal."""
    text = f"{row[key]:.0f}" if key == "total" else f"{row[key]:.2f}"
    return f"**{text}**" if row[key] > GOALS[key] else text


if __name__ == "__main__":
    main([each for each in sys.argv[1:] if each != "-v"], verbose="-v" in sys.argv)
