"""Three pages of the book as a PDF: contents, text, formulas, widgets as pictures, live links."""

import subprocess
import sys

import pytest
from pypdf import PdfReader

from tools.make_pdf import DRAWN

from .conftest import ROOT

NAMES = ["book/index", "notebooks/09_pooling", "book/teaching"]


@pytest.fixture(scope="module")
def pdf(tmp_path_factory, browser):
    target = tmp_path_factory.mktemp("pdf") / "course.pdf"
    command = [sys.executable, "tools/make_pdf.py", str(target), "--pages", *NAMES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return PdfReader(target)


def words(pdf, page: int) -> str:
    return " ".join(pdf.pages[page].extract_text().split())


def test_contents_and_outline_lead_to_the_chapters(pdf):
    assert [item.title for item in pdf.outline][1] == "9. Pooling"
    place = pdf.get_destination_page_number(pdf.outline[1])
    assert words(pdf, place).startswith("9. Pooling")
    assert f"9. Pooling {place + 1}" in words(pdf, 1)
    assert words(pdf, place).endswith(str(place + 1))


def test_widgets_are_their_first_state(pdf):
    assert "Input 8×8" in words(pdf, 2) or "Input" in words(pdf, 2)
    assert "Output" in words(pdf, 2)


def test_solutions_are_open_and_formulas_are_set(pdf):
    place = pdf.get_destination_page_number(pdf.outline[1])
    text = " ".join(words(pdf, page) for page in range(place, len(pdf.pages)))
    assert "Solution" in text
    for source in ("\\frac", "\\lfloor", "\\max"):
        assert source not in text, "a formula is not set"


def test_links_are_alive(pdf):
    inside = outside = 0
    for page in pdf.pages:
        for reference in page.get("/Annots", []):
            link = reference.get_object()
            address = link.get("/A", {}).get("/URI", "")
            assert "127.0.0.1" not in address, "leads to the machine that made the PDF"
            outside += bool(address)
            inside += "/Dest" in link
    assert inside >= 1
    assert outside >= 1


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_cheat_sheet_is_one_sheet_and_readable(visit, tmp_path, paper):
    page = visit.open("book/cheat-sheet.html")
    page.wait_for_function(DRAWN)
    page.pdf(path=tmp_path / "sheet.pdf", format=paper, print_background=True)
    sheet = PdfReader(tmp_path / "sheet.pdf")
    text = " ".join(sheet.pages[0].extract_text().split())
    assert len(sheet.pages) == 1
    for topic in ("Sizes", "Values", "Training", "Costs", "Receptive", "Gradients", "VGG16"):
        assert topic in text
    page.emulate_media(media="print")
    small = """() => Math.min(...[...document.querySelectorAll(
      "#cheat-sheet :is(p, td, mjx-container)")]
      .map((part) => parseFloat(getComputedStyle(part).fontSize)))"""
    assert page.evaluate(small) * 72 / 96 >= 7.5
    over = """() => [...document.querySelectorAll("#cheat-sheet td")]
      .filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent)"""
    page.set_viewport_size({"width": 658, "height": 900})  # A4 without its margins
    assert page.evaluate(over) == []
