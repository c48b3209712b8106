"""The widgets in JupyterLab with a kernel: the theme's colours, traits and sliders.

A notebook makes a widget's view before it puts it into the document, where a page does it after.
"""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

import cnnlib.widgets

CELLS = [
    "from cnnlib.widgets import ConvolutionExplorer\n"
    "explorer = ConvolutionExplorer(height=6, width=8)\n"
    "explorer",
    "print('stride', explorer.stride, 'output', explorer.output.shape)",
    "explorer.padding = 2\nexplorer.kernel_size = 5",
    "import cnnlib.widgets as widgets\n"
    "for name in sorted(set(widgets.__all__) - {'Frames', 'Question'}):\n"
    "    display(getattr(widgets, name)())",
]
#: How many widgets the last cell shows.
SHOWN = len(cnnlib.widgets.__all__) - 2

#: For each canvas that is shown: how large a share of it is black, and how large a share has one of
#: the colours that the style sheet gives to things.
PAINTED = """root => {
  const probe = document.createElement("i");
  root.append(probe);
  const named = (name) => {
    probe.style.color = `var(--cnn-${name})`;
    return getComputedStyle(probe).color.match(/[0-9]+/g).slice(0, 3).join();
  };
  const kinds = ["input", "kernel", "output", "gradient"].flatMap((kind) => [kind, `${kind}-soft`]);
  const known = new Set([...kinds, "padding-soft", "ground", "line"].map(named));
  probe.remove();
  return [...root.querySelectorAll("canvas")].filter((one) => one.offsetWidth).map((canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const [count, seen] = [{ all: 0, black: 0, known: 0 }, new Set()];
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] < 255) continue;
      const colour = data.slice(at, at + 3).join();
      count.all++;
      if (colour === "0,0,0") count.black++;
      if (known.has(colour)) count.known++;
    }
    const grid = canvas.className === "cnn-canvas";
    return { name: canvas.className, grid, black: count.black / count.all,
      known: count.known / count.all };
  });
}"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """Start JupyterLab on a notebook of a few cells; return the notebook's address."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    cells.insert(1, nbformat.v4.new_markdown_cell("[Stride 3](#explorer?stride=3)"))
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    nbformat.write(notebook, tmp_path / "explorer.ipynb")
    port = free_port()
    settings = [
        "--no-browser",
        "--allow-root",
        f"--ServerApp.port={port}",
        "--ServerApp.ip=127.0.0.1",
        "--IdentityProvider.token=",
        f"--ServerApp.root_dir={tmp_path}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=None",
    ]
    log = (tmp_path / "lab.log").open("w")
    homes = {name: str(tmp_path / "home") for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")}
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *settings],
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**os.environ, **homes},
        cwd=tmp_path,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, server, tmp_path / "lab.log")
        yield f"{address}/lab/tree/explorer.ipynb"
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    pytest.fail(f"JupyterLab did not start: {log.read_text()}")


class Notebook:
    """The notebook of `CELLS`, open in JupyterLab."""

    def __init__(self, page, address: str) -> None:
        # a busy JupyterLab may ask which kernel it should take: the one that it proposes
        asked = page.locator(".jp-Dialog", has_text="Select Kernel")
        page.add_locator_handler(asked, lambda: asked.locator(".jp-mod-accept").click())
        page.goto(address)
        self.page = page
        self.cells = page.locator(".jp-Notebook .jp-CodeCell")
        self.cells.nth(len(CELLS) - 1).wait_for(timeout=60_000)
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(timeout=60_000)

    def run(self, number: int) -> None:
        """Run a cell; on a busy machine JupyterLab loses keys until the kernel is there."""
        prompt = self.cells.nth(number).locator(".jp-InputArea-prompt")
        for _ in range(6):
            self.cells.nth(number).locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            with contextlib.suppress(AssertionError):
                expect(prompt).not_to_have_text("[ ]:", timeout=5000)
                break
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=60_000)


@pytest.fixture
def notebook(browser, lab) -> Iterator[Notebook]:
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    yield Notebook(context.new_page(), lab)
    context.close()


def is_painted(canvas: dict) -> bool:
    """Tell whether a canvas is not black; a grid shows colours of the style sheet besides."""
    if not canvas["grid"]:
        return canvas["black"] < 0.9
    return canvas["black"] < 0.25 and canvas["known"] > 0.03  # most cells may have own colours


def assert_painted(page) -> None:
    """Assert that all that the widgets paint is painted in the colours of the style sheet."""
    for root in page.locator(".cnn-widget").all():
        root.scroll_into_view_if_needed()
        deadline = time.monotonic() + 60  # a grid is painted when it comes into sight
        while not all(map(is_painted, root.evaluate(PAINTED))) and time.monotonic() < deadline:
            page.wait_for_timeout(50)
        wrong = [canvas for canvas in root.evaluate(PAINTED) if not is_painted(canvas)]
        assert not wrong, (root.get_attribute("aria-label"), wrong)


def traits_and_sliders_follow_each_other(notebook):
    page, run = notebook.page, notebook.run
    run(0)
    root = page.locator(".cnn-widget")
    root.wait_for(timeout=60_000)
    assert root.locator(".cnn-title").first.text_content() == "Input 6×8"
    assert root.locator("button[name=link]").count() == 0, "a notebook has no page to link to"

    stride = root.locator("input[name=stride]")
    stride.press("ArrowRight")
    assert root.locator(".cnn-title").nth(2).text_content() == "Output 2×3"
    run(1)
    page.get_by_text("stride 2 output (2, 3)", exact=True).wait_for(timeout=60_000)

    run(2)
    padded = root.locator(".cnn-subtitle", has_text="padded: 10×12")
    padded.wait_for(timeout=60_000)
    assert root.locator("input[name=padding]").evaluate("input => input.value") == "2"
    assert root.locator(".cnn-title").nth(1).text_content() == "Kernel 5×5"

    # arrow keys in the widget's grid must not move JupyterLab's cells
    root.locator("[data-grid=output] [data-row='0'][data-column='0']").focus()
    page.keyboard.press("ArrowDown")
    assert root.locator(".cnn-readout").text_content().startswith("Y[1, 0]")


def a_link_in_the_text_sets_it(notebook):
    page = notebook.page
    root = page.locator(".cnn-widget")
    page.get_by_role("link", name="Stride 3").click()
    expect(root.locator("input[name=stride]")).to_have_value("3", timeout=30_000)


def every_widget_has_the_colours_of_the_theme(notebook):
    """From the first drawing on; and again when the theme goes dark and comes back."""
    page = notebook.page
    notebook.run(len(CELLS) - 1)
    roots = page.locator(".cnn-widget")
    expect(roots).to_have_count(1 + SHOWN, timeout=60_000)
    assert_painted(page)
    for light in ("false", "true"):
        page.evaluate("light => { document.body.dataset.jpThemeLight = light; }", light)
        assert_painted(page)


def test_a_notebook_with_a_kernel(notebook):
    """All with one JupyterLab: to start one takes longer than to look at it."""
    traits_and_sliders_follow_each_other(notebook)
    a_link_in_the_text_sets_it(notebook)
    every_widget_has_the_colours_of_the_theme(notebook)
