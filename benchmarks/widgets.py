"""How fast the widgets follow a slider and are there, and how much JavaScript they have.

Needs the built book, Chromium, and a quiet machine. Prints the tables of widgets.md:

    python benchmarks/widgets.py > benchmarks/widgets.md

The time of a step is from the input event to the end of the frame that shows it: script, style,
layout, paint and commit on the page's main thread, at each widget's largest setting, once the page
has come to rest where the widget stands. On a machine that does other work, too, it says little;
the processor time of the same steps then says more.

The first widget counts as there when the frame that shows it is done and its controls answer. The
same page without widgets counts as there when it is parsed and the next frame is done: a frame for
a frame. When it was parsed is told, too; from there on the widget comes later, for its own frame is
counted then and the other page's is not.
"""

import gzip
import os
import platform
import re
import statistics
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from cnnlib.widgets._base import JS, bundle
from tools.chromium import Quiet, launch, served

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build" / "html"
PAGES = ("book/widgets.html", "book/widgets-networks.html", "book/widgets-training.html")
#: Milliseconds that a step may take, at the 95th percentile.
LIMIT = 16
LIMITS = {"image-kernels": 33, "draw-digit": 33}
#: Of each widget the largest setting, and the control that moves between two values.
LARGEST: dict[str, tuple[dict[str, Any], str, tuple[Any, Any]]] = {
    "explorer": (
        {"height": 16, "width": 16, "padding": 8, "kernel_size": 9, "stride": 1},
        "padding",
        (8, 7),
    ),
    "image-kernels": ({"kernel_size": 7}, "divisor", (9, 8)),
    "volume-filter": ({"channels": 4, "filters": 4, "size": 6}, "kernel_size", (3, 2)),
    "connections": ({"size": 6, "kind": "dense"}, "kernel_size", (5, 4)),
    "receptive-field": ({"preset": "VGG16", "input_size": 48}, "input_size", (48, 47)),
    "pooling": (
        {"height": 10, "width": 10, "kernel_size": 4, "stride": 1, "view": "backward"},
        "padding",
        (2, 1),
    ),
    "shifted-photo": ({"stride": 1, "right": 3}, "down", (8, 7)),
    "edge-pooling": ({"kernel_size": 8, "right": 3}, "down", (8, 7)),
    "dilation-stride": ({"size": 12, "kernel_size": 5}, "dilation", (1, 2)),
    "checkerboard": ({"stride": 4}, "kernel_size", (6, 5)),
    "transposed": (
        {
            "dimensions": "2D",
            "size": 4,
            "kernel_size": 4,
            "stride": 3,
            "output_padding": 2,
            "dilation": 2,
        },
        "padding",
        (0, 1),
    ),
    "conv3d": ({"padding": 1, "kernel_depth": 3}, "kernel_size", (2, 1)),
    "draw-digit": ({"thicken": 2, "noise": 50, "right": 4, "down": 4}, "turn", (30, 29)),
    "living-network": ({}, "digit", (5, 6)),
    "variants": ({"in_channels": 99, "out_channels": 99}, "kernel_size", (9, 8)),
    "gradient": ({"size": 7, "kernel_size": 2}, "padding", (3, 2)),
    "chain": ({}, "target", (3, 4)),
    "network-builder": ({"preset": "any input size"}, "size", (64, 63)),
    "training-playground": ({}, "digit", (5, 6)),
    "frames": ({}, "frame-stride", (0, 1)),
    "question-size": ({}, "other", (0, 1)),
}
STEPS = 100
MOVE = """async ([key, state, name, values, steps]) => {
  const root = document.querySelector(`.cnn-widget[data-key="${key}"]`);
  root.scrollIntoView();
  await new Promise((done) => setTimeout(done, 1000)); // what came into sight is painted
  const set = (name, value) => {
    const control = root.querySelector(`[name="${name}"]`);
    if (control.localName === "button") return control.click();
    control.value = value;
    const kind = control.localName === "select" ? "change" : "input";
    control.dispatchEvent(new Event(kind, { bubbles: true }));
  };
  const channel = new MessageChannel();
  const timed = (action) => new Promise((done) => requestAnimationFrame(() => {
    const start = performance.now();
    action();
    channel.port1.onmessage = () => done(performance.now() - start);
    channel.port2.postMessage(0); // comes after the frame's work
  }));
  for (const [name, value] of Object.entries(state)) set(name, value);
  for (let i = 0; i < 10; i++) await timed(() => set(name, values[i % 2])); // warm up
  const times = [];
  for (let i = 0; i < steps; i++) times.push(await timed(() => set(name, values[i % 2])));
  // what the widget leaves for when the slider rests
  const drawing = root.querySelector(".cnn-drawing");
  const rest = await timed(() => drawing?.dispatchEvent(new Event("pointerenter")));
  return [times, rest];
}"""
#: When a frame is done, on the page's own clock: that which shows the first widget of the page, or
#: without widgets that which follows when the page is parsed.
READY = """const nextFrame = () => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => (window.cnnReady = performance.now());
  requestAnimationFrame(() => channel.port2.postMessage(0)); // comes after the frame's work
};
if (location.search === "?bare") addEventListener("DOMContentLoaded", nextFrame);
else new MutationObserver((_, observer) => {
  if (!document.querySelector("[data-cnn-ready]")) return;
  observer.disconnect();
  nextFrame();
}).observe(document, { subtree: true, childList: true, attributes: true });"""
SETTLED = "!document.querySelector('[data-cnn-page]:not([data-cnn-ready])')"
DRAWN = """() => !document.querySelector("script[src*='load-mathjax.js']")
  || document.documentElement.dataset.formulas === "drawn" """
PARSED = """new Promise((done) => {
  const tell = () => done(performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd);
  if (document.readyState === "complete") tell();
  else addEventListener("load", tell);
})"""
WIDGETS = re.compile(
    r'<script type="application/vnd\.jupyter\.widget-(?:state|view)\+json"[^>]*>.*?</script>'
    r'|<script[^>]*src="[^"]*widget-host\.js[^"]*"[^>]*></script>',
    re.DOTALL,
)


class Bare(Quiet):
    """Serves the site; ``?bare`` serves a page without its widgets."""

    def do_GET(self) -> None:  # noqa: N802
        if not self.path.endswith("?bare"):
            return super().do_GET()
        file = SITE / self.path.split("?")[0].lstrip("/")
        page = WIDGETS.sub("", file.read_text(encoding="utf-8")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)


def processor_time(page: Page, move: Any, steps: int) -> float:
    """Return the mean milliseconds of its thread that the page takes for a step."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(m["value"] for m in metrics if m["name"] == "TaskDuration")

    page.evaluate(MOVE, [*move, 0])
    start = spent()
    page.evaluate(MOVE, [*move, 0])  # the way there and the steps to warm up
    way = spent() - start
    start = spent()
    page.evaluate(MOVE, [*move, steps])
    total = spent() - start - way
    session.detach()
    return 1000 * total / steps


def steps(page: Page) -> set[str]:
    """Print a line for each widget of a page; return which these are."""
    shown = page.locator(".cnn-widget").evaluate_all("all => all.map((one) => one.dataset.key)")
    for key in shown:
        state, name, values = LARGEST[key]
        times, rest = page.evaluate(MOVE, [key, state, name, values, STEPS])
        busy = processor_time(page, [key, state, name, values], STEPS)
        late = statistics.quantiles(times, n=20)[18]
        limit = LIMITS.get(key, LIMIT)
        told = ", ".join(f"{n} {v}" for n, v in state.items())
        verdict = "" if late <= limit else " **over**"
        print(
            f"| {key} | {told} | {name} | {statistics.median(times):.1f} | {late:.1f}{verdict} "
            f"| {limit} | {busy:.1f} | {rest:.1f} |"
        )
    return set(shown)


def first_widget(browser: Browser, address: str, path: str, visits: int = 9) -> None:
    """Print when the first widget is ready, and when the page without widgets is."""
    ready, bare, parsed = [], [], []
    for _ in range(visits):
        for times, query in ((ready, ""), (bare, "?bare")):
            page = browser.new_page()
            page.add_init_script(READY)
            page.goto(f"{address}/{path}{query}", wait_until="commit")
            page.wait_for_function("window.cnnReady")
            times.append(page.evaluate("window.cnnReady"))
            if query:
                parsed.append(page.evaluate(PARSED))
            page.close()
    first, without, text = (statistics.median(times) for times in (ready, bare, parsed))
    print(
        f"| {path} | {text:.0f} | {without:.0f} | {first:.0f} | {first - without:.0f} | 150 "
        f"| {first - text:.0f} |"
    )


def bytes_of_javascript() -> None:
    print("| view with what it imports | bytes | gzipped |")
    print("|---|---:|---:|")
    for path in sorted(JS.rglob("*.js")):
        if "export default" in path.read_text(encoding="utf-8"):
            text = bundle(path.name).encode()
            print(f"| {path.name} | {len(text):,} | {len(gzip.compress(text)):,} |")


def report(browser: Browser, address: str) -> None:
    print("# Speed and size of the widgets\n")
    print(f"Chromium {browser.version} without a graphics card, {platform.machine()}.")
    print("Made by `python benchmarks/widgets.py`.\n")
    print("## From the input event to the redrawn frame\n")
    print("In milliseconds. *Processor*: mean time of the page's own thread for a step.")
    print("*At rest*: what the widget does once when the slider rests.\n")
    print("| widget | largest setting | moved | median | 95 % | at most | processor | at rest |")
    print("|---|---|---|---:|---:|---:|---:|---:|")
    left = set(LARGEST)
    for path in PAGES:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/{path}", wait_until="networkidle")
        page.wait_for_function(SETTLED)
        page.wait_for_function(DRAWN)
        left -= steps(page)
        page.close()
    if left:
        raise SystemExit(f"on no page of the gallery: {left}")
    print("\n## The first widget of a page\n")
    print("Median of nine visits in turns, in milliseconds.\n")
    print(
        "| page | without widgets: parsed | without widgets: frame done "
        "| first widget: frame done | later by | at most | later than parsed |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name in ("book/index.html", "notebooks/03_sizes.html", *PAGES):
        first_widget(browser, address, name)


def main() -> None:
    with served(SITE, Bare) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        report(browser, address)
        browser.close()
    print("\n## JavaScript\n")
    bytes_of_javascript()
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg()[:2])
    print(f"\nOther work on the machine: load {load} on {os.cpu_count()} cores at the end.")


if __name__ == "__main__":
    main()
