"""Every cell of a chapter in Pyodide, in the page's own worker: what it prints is what is stored.

And every exercise: its stub, its solution and each named mistake hear the words of CPython. And a
reader on a phone solves one of each chapter, where no other host can be reached.

CNNLIB_PYODIDE names a folder with Pyodide, NumPy and matplotlib (tools/pyodide_for_tests.py makes
one); "network" asks the host that the site asks. CNNLIB_PYODIDE_CHAPTERS=2 takes that many
chapters, others with each commit.
"""

import os
import random
import re
import subprocess
from pathlib import Path

import nbformat
import pytest

from cnnlib.exercises import EXERCISES, check
from tools.chromium import served

from ..page.site_with_python import site_with_python
from .conftest import ROOT, SITE

FOLDER = os.environ.get("CNNLIB_PYODIDE", "")
pytestmark = pytest.mark.skipif(
    FOLDER != "network" and not (FOLDER and (Path(FOLDER) / "pyodide.mjs").exists()),
    reason="no Pyodide: set CNNLIB_PYODIDE",
)
VIEW = "application/vnd.jupyter.widget-view+json"
#: Runs cells of the page in its session, one after the other; returns the outputs of each.
RUN = """async ([cells, numbers]) => {
  const { createSession } = await import("/_static/python-session.js");
  globalThis.session ??= createSession(() => {});
  const results = [];
  for (const at of numbers) {
    const outputs = [];
    const hear = { began() {}, above() {}, output: (each) => outputs.push(each) };
    const done = await session.run(() => ({ cells, at }), hear);
    for (const each of outputs) delete each.widgets;
    results.push({ outputs, done });
  }
  return results;
}"""


def seed() -> str:
    """Return what is another with each commit."""
    asked = ["git", "rev-parse", "HEAD"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout


def chapters() -> list[Path]:
    found = sorted((ROOT / "notebooks").glob("*.ipynb"))
    some = os.environ.get("CNNLIB_PYODIDE_CHAPTERS")
    if not some:
        return found
    return sorted(random.Random(seed()).sample(found, int(some)))


@pytest.fixture(scope="module")
def with_pyodide():
    served_with = served(SITE) if FOLDER == "network" else site_with_python(SITE, Path(FOLDER))
    with served_with as address:
        yield address


@pytest.fixture
def run(browser, with_pyodide):
    """Return a function that runs cells on the page of a chapter."""
    context = browser.new_context(base_url=with_pyodide)
    page = context.new_page()
    page.set_default_timeout(0)  # a loaded machine is slow

    def run(path: Path, cells: list[str], numbers: list[int]) -> list[dict]:
        if path.stem not in page.url:
            page.goto(f"/notebooks/{path.stem}.html")
        return page.evaluate(RUN, [cells, numbers])

    yield run
    context.close()


def texts(outputs: list[dict]) -> list[str]:
    """Return what outputs say, what is printed in one piece, as it is stored."""
    said: list[str] = []
    streams: dict[str, int] = {}
    for output in outputs:
        kind = output["output_type"]
        if kind == "update_display_data":
            continue  # a picture that grows is stored as its last
        if kind == "stream" and output["name"] in streams:
            said[streams[output["name"]]] += output["text"]
        elif kind == "stream":
            streams[output["name"]] = len(said)
            said.append(output["text"])
        elif kind == "error":
            said.append(output["words"])
        else:
            text = output["data"]["text/plain"]
            said.append(text.split(": ")[0] if VIEW in output["data"] else text)
    return said


def exercises_of(path: Path) -> list[str]:
    """Return the names of a chapter's exercises, in their order."""
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells]
    found = re.findall(r'^check\("([^"]+)"', "\n".join(cells), re.MULTILINE)
    return list(dict.fromkeys(found))


@pytest.mark.skipif(FOLDER == "network", reason="asks another host")
@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_a_reader_on_a_phone_solves_an_exercise(browser, with_pyodide, path):
    names = [name for name in exercises_of(path) if not EXERCISES[name].is_value]
    name = random.Random(seed()).choice(names)
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    context = browser.new_context(base_url=with_pyodide, **phone)
    context.set_default_timeout(0)  # a loaded machine is slow
    elsewhere: list[str] = []

    def only_here(route):
        if route.request.url.startswith((with_pyodide + "/", "blob:", "data:")):
            return route.continue_()
        elsewhere.append(route.request.url)
        return route.abort()

    context.route("**/*", only_here)
    page = context.new_page()
    page.goto(f"/notebooks/{path.stem}.html")
    cell = page.locator("div.cell").filter(has=page.locator(f'[data-cell="{name}"]'))
    button, verdict = cell.locator(".course-run-cell"), cell.locator(".cnn-verdict")
    said = cell.locator(".course-cell-said")

    def tap_and_hear(words: str) -> None:
        button.tap()
        said.filter(has_text="Ran in").wait_for()  # until then the button stops
        assert words in verdict.inner_text()

    tap_and_hear("Not answered yet")
    cell.locator("textarea").press("Control+End")
    cell.locator("textarea").press_sequentially("  # a try")
    said.evaluate("said => said.replaceChildren()")
    tap_and_hear("Not answered yet")
    cell.get_by_text("Insert solution").tap()
    said.evaluate("said => said.replaceChildren()")
    tap_and_hear("✓")
    due = repr(check(name, EXERCISES[name].solution))
    assert verdict.inner_text().split() == due.split()
    assert page.evaluate("name => cnnProgress.get(name).solved", name) == [0]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert elsewhere == []
    context.close()


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_cells_print_what_is_stored_and_exercises_hear_the_words_of_cpython(run, path):
    notebook = [
        cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"
    ]
    cells = [cell.source for cell in notebook]
    results = run(path, cells, list(range(len(cells))))
    for cell, result in zip(notebook, results, strict=True):
        if "nbval-ignore-output" not in cell.metadata.get("tags", []):
            assert texts(result["outputs"]) == texts(cell.outputs), cell.source
    asked, due = [], []
    for name in exercises_of(path):
        exercise = EXERCISES[name]
        kinds = ["solution", *(f"mistakes[{n}].answer" for n in range(len(exercise.mistakes)))]
        for kind in kinds:
            call = "()" if exercise.is_value else ""
            asked.append(
                "from cnnlib.exercises import EXERCISES, check\n"
                f'check("{name}", EXERCISES["{name}"].{kind}{call})'
            )
            answer = eval(f"exercise.{kind}{call}", {"exercise": exercise})
            due.append([repr(check(name, answer))])
    asked.append("[0] * 10**9")  # what has no room ends nothing but its cell
    due.append(["MemoryError. Python in a page has about 2 GB: ask for a smaller array."])
    results = run(path, asked, list(range(len(asked))))
    assert [texts(result["outputs"]) for result in results] == due
    assert results
