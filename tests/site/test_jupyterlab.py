"""The explorer in JupyterLab with a kernel: traits and sliders follow each other."""

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

CELLS = [
    "from cnnlib.widgets import ConvolutionExplorer\n"
    "explorer = ConvolutionExplorer(height=6, width=8)\n"
    "explorer",
    "print('stride', explorer.stride, 'output', explorer.output.shape)",
    "explorer.padding = 2\nexplorer.kernel_size = 5",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """Start JupyterLab on a notebook of three cells; return the notebook's address."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
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
    for _ in range(120):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    pytest.fail(f"JupyterLab did not start: {log.read_text()}")


def test_traits_and_sliders_follow_each_other(browser, lab):
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.goto(lab)
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    cells.nth(2).wait_for(timeout=60_000)
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(timeout=60_000)

    def run(number: int) -> None:
        """Run a cell; on a busy machine JupyterLab loses keys until the kernel is there."""
        prompt = cells.nth(number).locator(".jp-InputArea-prompt")
        for _ in range(6):
            cells.nth(number).locator(".cm-content").click()
            page.keyboard.press("Control+Enter")
            page.wait_for_timeout(500)
            if prompt.text_content() != "[ ]:":
                break
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=60_000)

    run(0)
    root = page.locator(".cnn-widget")
    root.wait_for(timeout=60_000)
    assert root.locator(".cnn-title").first.text_content() == "Input 6×8"
    assert root.locator("button[name=link]").count() == 0, "a notebook has no page to link to"

    stride = root.locator("input[name=stride]")
    stride.press("ArrowRight")
    assert root.locator(".cnn-title").nth(2).text_content() == "Output 2×3"
    run(1)
    page.get_by_text("stride 2 output (2, 3)", exact=True).wait_for(timeout=20_000)

    run(2)
    padded = root.locator(".cnn-subtitle", has_text="padded: 10×12")
    padded.wait_for(timeout=20_000)
    assert root.locator("input[name=padding]").evaluate("input => input.value") == "2"
    assert root.locator(".cnn-title").nth(1).text_content() == "Kernel 5×5"

    # arrow keys in the widget's grid must not move JupyterLab's cells
    root.locator("[data-grid=output] [data-row='0'][data-column='0']").focus()
    page.keyboard.press("ArrowDown")
    assert root.locator(".cnn-readout").text_content().startswith("Y[1, 0]")
    context.close()
