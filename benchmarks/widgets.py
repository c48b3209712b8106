"""How fast the widgets follow a slider, and how many bytes their JavaScript has.

Needs the built book and Chromium:  python benchmarks/widgets.py

The time is from the input event to the end of the frame that shows it: script, style, layout and
paint on the page's main thread, at each widget's largest setting.
"""

import functools
import gzip
import http.server
import shutil
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

from cnnlib.widgets._base import JS, bundle

SITE = Path(__file__).parent.parent / "_build" / "html"
PAGE = "notebooks/90_widgets.html"
#: Of each widget the largest setting, and the slider that moves between two values.
LARGEST = {
    "explorer": ({"height": 16, "width": 16, "padding": 8, "kernel_size": 9}, "padding", (8, 7)),
    "pooling": ({"height": 10, "width": 10, "kernel_size": 4, "stride": 1}, "padding", (2, 1)),
    "dilation-stride": ({"size": 12, "kernel_size": 5}, "dilation", (1, 2)),
    "gradient": ({"size": 7, "kernel_size": 2}, "padding", (3, 2)),
    "volume-filter": ({"channels": 4, "filters": 4, "size": 6}, "kernel_size", (3, 2)),
    "variants": ({"in_channels": 32, "out_channels": 32}, "kernel_size", (9, 8)),
    "connections": ({"size": 8}, "kernel_size", (5, 4)),
    "image-kernels": ({"kernel_size": 7}, "divisor", (9, 8)),
}
MOVE = """async ([key, state, name, values]) => {
  const root = document.querySelector(`.cnn-widget[data-key="${key}"]`);
  root.scrollIntoView();
  const set = (name, value) => {
    const input = root.querySelector(`.cnn-controls input[name="${name}"]`);
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  for (const [name, value] of Object.entries(state)) set(name, value);
  const channel = new MessageChannel();
  const times = [];
  for (let i = 0; i < 60; i++) {
    times.push(await new Promise((done) => requestAnimationFrame(() => {
      const start = performance.now();
      set(name, values[i % 2]);
      channel.port1.onmessage = () => done(performance.now() - start);
      channel.port2.postMessage(0); // comes after the frame's work
    })));
  }
  times.sort((a, b) => a - b);
  return [times[30], times[57]];
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def main() -> None:
    handler = functools.partial(Quiet, directory=str(SITE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"{'widget':24}{'median ms':>10}{'95 % ms':>10}")
    with sync_playwright() as playwright:
        options = {"executable_path": shutil.which("chromium"), "args": ["--no-sandbox"]}
        browser = playwright.chromium.launch(**options)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"http://127.0.0.1:{server.server_address[1]}/{PAGE}")
        for key, (state, name, values) in LARGEST.items():
            page.locator(f".cnn-widget[data-key={key}]").wait_for()
            median, late = page.evaluate(MOVE, [key, state, name, values])
            print(f"{key:24}{median:10.1f}{late:10.1f}")
        browser.close()
    server.shutdown()
    print(f"\n{'module with its imports':24}{'bytes':>10}{'gzipped':>10}")
    for path in sorted(JS.glob("*.js")):
        if "export default" in path.read_text(encoding="utf-8"):
            text = bundle(path.name).encode()
            print(f"{path.name:24}{len(text):10,}{len(gzip.compress(text)):10,}")


if __name__ == "__main__":
    main()
