"""The notebooks in the reader's browser: the app starts, has all of them, and serves `cnnlib`.

The kernel itself (Pyodide) comes from another host, so here it is not there. Where it can be had,
name it: CNNLIB_PYODIDE=network, or the address of a copy that a server of yours has (the folder
that holds pyodide.mjs, of the version that the site asks for). Then a chapter is run from end to
end.
"""

import base64
import csv
import hashlib
import json
import os
import re
import zipfile

import nbformat
import pytest
from playwright.sync_api import expect

import cnnlib

from .conftest import ROOT, SITE, settled

LITE = SITE / "lite"
NAMES = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
PYODIDE = "https://cdn.jsdelivr.net/pyodide/"


@pytest.fixture
def lite(browser, site):
    """Return a page that reaches this site only, and the addresses that it asked for elsewhere."""
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.elsewhere, page.missing = [], []

    def only_here(route):
        address = route.request.url
        if address.startswith((site + "/", "blob:", "data:")):
            route.continue_()
        else:
            page.elsewhere.append(address)
            route.abort()

    def note_missing(response):
        if response.status >= 400:
            page.missing.append(response.url)

    context.route("**/*", only_here)
    page.on("response", note_missing)
    yield page
    context.close()


def test_app_finds_all_notebooks(lite):
    lite.goto("/lite/tree/index.html")
    items = lite.locator(".jp-DirListing-item")
    expect(items).to_have_count(len(NAMES))
    shown = sorted(items.locator(".jp-DirListing-itemText").all_inner_texts())
    assert [name.strip() for name in shown] == NAMES
    assert lite.elsewhere == [], "the list of notebooks asks nobody else"


def test_chapter_opens_with_the_cell_that_fetches_the_library(lite):
    lite.goto("/lite/notebooks/index.html?path=03_sizes.ipynb")
    expect(lite.locator(".jp-Notebook h1").first).to_contain_text("Sizes")
    expect(lite.locator(".jp-Notebook").get_by_text("%pip install").first).to_be_visible()
    lite.wait_for_load_state("networkidle")
    # the one other host, and only once the reader has pressed Start
    assert all(address.startswith(PYODIDE) for address in lite.elsewhere), lite.elsewhere
    assert lite.missing == []


def test_index_of_wheels_serves_this_version():
    index = json.loads((LITE / "pypi" / "all.json").read_text(encoding="utf-8"))
    (release,) = index["cnnlib"]["releases"][cnnlib.__version__]
    wheel = LITE / "pypi" / release["filename"]
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() == release["digests"]["sha256"]
    settings = json.loads((LITE / "jupyter-lite.json").read_text(encoding="utf-8"))
    plugins = settings["jupyter-config-data"]["litePluginSettings"]
    urls = plugins["@jupyterlite/pyodide-kernel-extension:kernel"]["pipliteUrls"]
    assert urls[0].startswith("./pypi/all.json")  # ours is asked before any other
    # what widgets need in Python comes from here, too, and is not asked of PyPI
    needed = {"anywidget", "comm", "ipywidgets", "jupyterlab-widgets", "psygnal"}
    assert needed <= {name.replace("_", "-") for name in index}
    for releases in (index[name]["releases"] for name in index if name != "cnnlib"):
        ((release,),) = releases.values()
        with zipfile.ZipFile(LITE / "pypi" / release["filename"]) as archive:
            assert archive.testzip() is None
            record = next(name for name in archive.namelist() if name.endswith("/RECORD"))
            rows = csv.reader(archive.read(record).decode().splitlines())
            told = {name: digest for name, digest, _ in rows}
            assert set(told) == set(archive.namelist())
            for name, digest in told.items():
                made = base64.urlsafe_b64encode(hashlib.sha256(archive.read(name)).digest())
                assert name == record or digest == f"sha256={made.decode().rstrip('=')}"


@pytest.mark.parametrize("name", NAMES)
def test_notebook_asks_for_this_version(name):
    notebook = nbformat.read(LITE / "files" / name, as_version=4)
    first = next(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert first.startswith(f'%pip install -q "cnnlib[notebooks]=={cnnlib.__version__}"')


def test_widgets_come_along():
    settings = json.loads((LITE / "jupyter-lite.json").read_text(encoding="utf-8"))
    extensions = settings["jupyter-config-data"]["federated_extensions"]
    names = {extension["name"] for extension in extensions}
    assert {"anywidget", "@jupyter-widgets/jupyterlab-manager"} <= names
    for extension in extensions:
        assert (LITE / "extensions" / extension["name"] / extension["load"]).exists()


def test_only_what_is_used_is_published():
    assert not list(LITE.rglob("*.map"))
    assert sum(path.stat().st_size for path in LITE.rglob("*") if path.is_file()) < 30e6
    assert not (LITE / "lab").exists()


def test_a_folded_output_does_not_show_its_first_line():
    page = (LITE / "notebooks" / "index.html").read_text(encoding="utf-8")
    rule = re.search(r"<style>([^{]+) \{ visibility: hidden \}</style></head>", page)[1]
    code = "".join(path.read_text(encoding="utf-8") for path in (LITE / "build").glob("*.js"))
    for name in rule.split():
        assert name.removeprefix(".") in code, f"JupyterLab has no {name} any more"


def test_button_of_a_chapter_opens_it_and_says_when_python_cannot_come(lite):
    lite.goto("/notebooks/03_sizes.html")
    settled(lite)  # who leaves while fonts are on their way makes them fail
    lite.get_by_role("link", name="Run this chapter here").click()
    expect(lite.locator(".jp-Notebook h1").first).to_contain_text("Sizes")
    told = lite.get_by_role("alert")
    expect(told).to_contain_text("Python did not start: it comes from cdn.jsdelivr.net")


def test_it_is_said_when_the_kernel_does_not_start(lite):
    """As with a Pyodide of another version: the kernel's own message goes nowhere."""
    lite.goto("/lite/notebooks/index.html?path=03_sizes.ipynb")
    lite.locator(".jp-Notebook").wait_for()
    lite.evaluate("document.querySelector('#course-no-python')?.remove()")
    for reason in ("Cancelled", "Traceback (most recent call last):\n  in x\nImportError: no y\n"):
        lite.evaluate("reason => { Promise.reject(reason); }", reason)
    expect(lite.get_by_role("alert")).to_have_text(re.compile("It says: ImportError: no y$"))


def test_page_on_running_says_what_is_fetched_from_where(visit):
    page = visit.open("book/run.html")
    assert "cdn.jsdelivr.net" in page.locator("article table").inner_text()
    starts = page.locator("a.course-run")
    assert starts.count() == len(NAMES)
    for address in starts.evaluate_all("links => links.map((link) => link.href)"):
        found = re.fullmatch(r".*/lite/notebooks/index\.html\?path=(.+)", address)
        assert found[1] in NAMES
    assert (LITE / "notebooks" / "index.html").exists()


@pytest.mark.skipif(
    not os.environ.get("CNNLIB_PYODIDE", "").startswith(("network", "http")),
    reason="no Pyodide of the site's version: set CNNLIB_PYODIDE",
)
def test_chapter_runs_in_the_browser(browser, site):
    """From end to end, with the kernel; a widget is alive at its end."""
    source = os.environ["CNNLIB_PYODIDE"]
    context = browser.new_context(base_url=site)
    page = context.new_page()
    if source != "network":

        def from_the_copy(route):
            address = re.sub(r"^https://.*?/full/", source.rstrip("/") + "/", route.request.url)
            route.fulfill(response=route.fetch(url=address))

        context.route(f"{PYODIDE}**", from_the_copy)
    page.goto("/lite/notebooks/index.html?path=03_sizes.ipynb")
    page.get_by_role("menuitem", name="Run").click(timeout=60_000)
    page.get_by_text("Run All Cells", exact=True).click()
    page.locator(".jp-OutputArea .cnn-widget").first.wait_for(timeout=600_000)
    last = page.locator(".jp-CodeCell .jp-InputPrompt").last
    expect(last).to_have_text(re.compile(r"\[\d+\]:"), timeout=600_000)
    assert page.locator(".jp-RenderedText[data-mime-type*=error]").count() == 0
    context.close()
