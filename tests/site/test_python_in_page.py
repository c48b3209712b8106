"""A cell runs and an exercise is checked on its page, with CPython in Pyodide's place.

Everything else is as it is published: the buttons, the editor, the worker, the protocol, the module
that runs the cells (tests/page proves that by itself, test_pyodide.py with the real thing).
"""

import re

import pytest
from playwright.sync_api import expect

from ..page.site_with_python import site_with_python
from .conftest import SITE, Visits, settled
from .test_from_a_folder import folder  # noqa: F401  (a fixture)

CHAPTER = "notebooks/03_sizes.html"
SOLUTION = (
    "def output_size(i, k, s, p, d):\n    return (i + 2 * p - k - (k - 1) * (d - 1)) // s + 1"
)
#: The colour of the first pixel of a picture.
CORNER = """async (image) => {
  await image.decode();
  const pen = document.createElement("canvas").getContext("2d");
  pen.drawImage(image, 0, 0);
  return `rgb(${[...pen.getImageData(0, 0, 1, 1).data].slice(0, 3).join(", ")})`;
}"""


@pytest.fixture(scope="module")
def with_python(browser):
    with site_with_python(SITE) as address:
        yield Visits(browser, address)


@pytest.fixture
def visits(with_python):
    """Let `visit` go to the site that has a Python."""
    return with_python


def cell(page, name: str):
    """Return a cell by its exercise or its number, its code unfolded."""
    found = page.locator("div.cell").filter(has=page.locator(f'[data-cell="{name}"]'))
    folded = found.locator("details.above-input")
    if folded.count():
        folded.evaluate("details => (details.open = true)")
    return found


def said(place):
    return place.locator(".course-cell-said")


def press(place) -> None:
    place.locator(".course-run-cell").click()


def test_an_exercise_is_solved_where_it_stands(visit):
    page = visit.open(CHAPTER)
    settled(page)
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    assert not any("python-view" in name or "prism" in name for name in loaded)
    exercise = cell(page, "sizes/output-size")
    told = "[...document.querySelectorAll('.course-cell-said')].map((each) => each.textContent)"
    page.evaluate(
        f"""() => {{ globalThis.heard = [];
        new MutationObserver(() => heard.push(...{told}))
          .observe(document.body, {{ subtree: true, childList: true, characterData: true }}); }}"""
    )
    press(exercise)
    expect(said(exercise)).to_have_text(re.compile(r"^Ran in (less than )?[\d.]+ s\.$"))
    expect(exercise.locator(".cell_output")).to_contain_text("Not answered yet: write a function")
    heard = page.evaluate("heard")
    assert any("about 17 MB from this site, once" in each for each in heard)
    expect(exercise.get_by_text("Insert solution")).to_have_count(0)

    editor = exercise.locator("textarea")
    expect(editor).to_be_focused()
    assert editor.input_value().startswith("def output_size(i, k, s, p, d):\n    ...")
    editor.fill(f'{SOLUTION.replace(" + 1", "")}\n\n\ncheck("sizes/output-size", output_size)')
    editor.press("Control+Enter")
    verdict = exercise.locator(".cnn-verdict")
    expect(verdict).to_contain_text("✗ Not yet.")
    expect(verdict).to_contain_text("+ 1")
    exercise.get_by_text("Insert solution").click()
    assert editor.input_value().count("check(") == 1
    press(exercise)
    expect(verdict).to_contain_text("✓ Right.")
    kept = page.evaluate("cnnProgress.get('sizes/output-size')")
    assert (kept["tries"], kept["solved"], kept["first"]) == (2, [0], False)

    # what was typed is there after a reload, and can be forgotten
    typed = editor.input_value()
    page.reload()
    exercise = cell(page, "sizes/output-size")
    press(exercise)
    expect(exercise.locator(".cnn-verdict")).to_contain_text("✓ Right.")
    assert exercise.locator("textarea").input_value() == typed
    exercise.get_by_text("Forget what I typed").click()
    assert "..." in exercise.locator("textarea").input_value()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('typed'))") == []


def test_cells_run_with_what_they_need_and_can_be_stopped(visit):
    page = visit.open(CHAPTER, width=390, color_scheme="dark")
    photo = page.locator("div.cell").filter(has_text="draw_images([grey").first
    name = photo.locator("[data-cell]").get_attribute("data-cell")
    photo = cell(page, name)
    press(photo)
    expect(said(photo)).to_have_text(re.compile(r"^Ran in .*, after \d cells? above\.$"))
    picture = photo.locator(".cell_output img:visible")
    expect(picture).to_have_class("only-dark")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert picture.evaluate(CORNER) == ground
    expect(picture).to_have_attribute("alt", re.compile(r"^\d images: photo"))
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100

    source = page.locator("div.cell").filter(has_text="source_of(").first
    source = cell(page, source.locator("[data-cell]").get_attribute("data-cell"))
    printed = source.locator(".cell_output pre").inner_text()
    press(source)
    expect(source.locator(".course-fresh pre .token.keyword").first).to_have_text("def")
    assert source.locator(".course-fresh pre").inner_text().split() == printed.split()

    widget = cell(page, "1")
    press(widget)
    live = widget.locator(".course-fresh [data-cnn-ready] .cnn-widget")
    expect(live).to_be_visible()
    before = live.inner_text()
    live.locator("input[type=range]").first.press("End")
    assert live.inner_text() != before

    hidden = page.locator("div.cell.tag_hide-output").first
    press(hidden)
    expect(hidden.locator(".course-fresh pre")).to_be_visible()
    expect(hidden.locator(".course-fresh pre")).to_contain_text("[1, 2, 3] 4 5 6 7")

    editor = hidden.locator("textarea")
    editor.fill("print('first')\nrow = [\n    1 / 0]")
    editor.press("Control+Enter")
    expect(hidden.locator(".course-error")).to_contain_text("line 3")
    expect(hidden.locator(".course-error")).to_contain_text("ZeroDivisionError: division by zero")
    editor.fill("shown = display('a', display_id=True)\nprint('below')\nshown.update('b')")
    editor.press("Control+Enter")
    expect(hidden.locator(".cell_output")).to_have_text("'b'below\n")
    editor.fill("while True:\n    pass")
    editor.press("Control+Enter")
    expect(said(hidden)).to_have_text("Running…")
    expect(hidden.get_by_role("button", name="Stop: Run cell 3")).to_be_visible()
    stop = hidden.get_by_text("Stop", exact=True)
    stop.click()
    expect(said(hidden)).to_contain_text("Stopped. Python was ended and starts anew")
    editor.fill("1 + 1")
    hidden.locator(".course-run-cell").evaluate("button => (button.click(), button.click())")
    expect(said(hidden)).to_contain_text("stopped")  # before it began
    press(hidden)
    expect(hidden.locator(".cell_output")).to_have_text("2")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390

    # Tab indents; after Escape it goes on to the button
    editor.press("Home")
    editor.press("Tab")
    assert editor.input_value() == "    1 + 1"
    editor.press("Escape")
    page.keyboard.press("Tab")
    expect(hidden.locator(".course-run-cell")).to_be_focused()


def test_a_page_from_a_folder_says_what_cannot_work(folder):  # noqa: F811
    page = folder(CHAPTER)
    exercise = cell(page, "sizes/output-size")
    press(exercise)
    expect(said(exercise)).to_contain_text("opened from a folder")


def test_without_javascript_there_is_no_button(visit):
    page = visit.open(CHAPTER, java_script_enabled=False)
    assert page.locator("button.course-run-cell").count() > 20
    assert page.locator("button.course-run-cell:visible").count() == 0
