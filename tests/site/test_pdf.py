"""Three pages of the book as a PDF: contents, outline, links, tags, and nothing cut at the edge."""

import subprocess
import sys

import pytest
from pypdf import PdfReader

from tools import make_pdf
from tools.make_pdf import DRAWN

from .conftest import ROOT, SITE

NAMES = ["book/index", "notebooks/09_pooling", "book/teaching"]
CHAPTER = "notebooks-09_pooling"
#: Points of the margin at the sides, 18 mm, and what rounding may add.
MARGIN, ROUNDING = 51, 2
#: Operators that draw.
DRAWS = {b"f", b"f*", b"S", b"s", b"B", b"B*", b"b", b"b*", b"Tj", b"TJ", b"Do", b"sh"}
#: The tags of PDF 1.7 (ISO 32000-1, 14.8.4) that a book may have.
STANDARD = {f"/H{level}" for level in range(1, 7)}
STANDARD |= {"/Document", "/Art", "/Sect", "/Div", "/Caption", "/P", "/L", "/LI", "/Lbl", "/LBody"}
STANDARD |= {"/Table", "/TR", "/TH", "/TD", "/THead", "/TBody", "/Span", "/Quote", "/Note"}
STANDARD |= {"/Code", "/Link", "/Figure", "/Formula", "/Form", "/BlockQuote", "/NonStruct"}


@pytest.fixture(scope="module")
def pdf(tmp_path_factory, browser):
    target = tmp_path_factory.mktemp("pdf") / "course.pdf"
    command = [sys.executable, "tools/make_pdf.py", str(target), "--pages", *NAMES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return PdfReader(target)


def words(pdf, page: int) -> str:
    return " ".join(pdf.pages[page].extract_text().split())


def page_of(pdf, place: str) -> int:
    return pdf.get_destination_page_number(pdf.named_destinations[f"/{place}"])


def elements(node):
    """Yield every tag of the structure below a node, depth first."""
    node = node.get_object()
    if isinstance(node, list):
        for each in node:
            yield from elements(each)
    elif hasattr(node, "get"):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


@pytest.fixture(scope="module")
def tags(pdf):
    return list(elements(pdf.trailer["/Root"]["/StructTreeRoot"]))


def test_contents_tell_the_page_of_each_chapter_and_section(pdf):
    for title, place in (
        ("9. Pooling", CHAPTER),
        ("Overlapping windows", f"{CHAPTER}--overlapping-windows"),
    ):
        at = page_of(pdf, place)
        assert f"{title} {at + 1}" in words(pdf, 1)
        assert title in words(pdf, at)
        assert words(pdf, at).startswith(f"{at + 1}9. Pooling"), "the foot of the page"


def test_outline_is_nested_as_the_headings_are(pdf):
    titles = [item if isinstance(item, list) else item.title for item in pdf.outline]
    assert titles[0] == titles[2] == "Introduction to Convolutional Neural Networks"
    sections = titles[titles.index("9. Pooling") + 1]
    assert sections[0].title == "The largest of each window"  # once: the browser doubles some
    exercises = sections[[getattr(each, "title", "") for each in sections].index("Exercises") + 1]
    assert exercises[0].title == "Exercise 1: by hand"
    text = words(pdf, pdf.get_destination_page_number(exercises[0]))
    assert exercises[0].title in text


def test_every_link_inside_leads_to_its_section_and_none_to_this_machine(pdf):
    inside, outside = set(), set()
    for page in pdf.pages:
        for reference in page.get("/Annots", []):
            link = reference.get_object()
            if "/Dest" in link:
                inside.add(str(link["/Dest"]))
            else:
                outside.add(str(link["/A"]["/URI"]))
            words = link["/Contents"]  # what a reader hears
            assert words == " ".join(words.split()) != ""
            if link.get("/Dest") == f"/{CHAPTER}--exercises":
                assert words.startswith("Exercises ")  # the contents, with the page
    assert inside <= set(pdf.named_destinations), "a dead link"
    assert f"/{CHAPTER}--exercises" in inside
    section = pdf.named_destinations[f"/{CHAPTER}--overlapping-windows"]
    chapter = pdf.named_destinations[f"/{CHAPTER}"]
    assert section["/Top"] < chapter["/Top"] - 50, "leads to the start of a page"
    assert any(address.startswith("https://") for address in outside)
    assert not any("127.0.0.1" in address or "file:" in address for address in outside)


def test_language_title_and_tags(pdf, tags):
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata.title == "Introduction to Convolutional Neural Networks"
    assert pdf.xmp_metadata.dc_title["x-default"] == pdf.metadata.title
    kinds = {tag["/S"] for tag in tags}
    assert {"/H1", "/H2", "/H3", "/P", "/L", "/Table", "/TH", "/Figure", "/Link"} <= kinds
    roles = pdf.trailer["/Root"]["/StructTreeRoot"]["/RoleMap"]
    assert kinds <= STANDARD | set(roles)
    assert set(roles.values()) <= STANDARD
    for tag in tags:  # an entry of a list is a label and a body
        if tag["/S"] == "/LI":
            assert {kid.get_object()["/S"] for kid in tag["/K"]} <= {"/Lbl", "/LBody"}


def test_a_formula_says_its_source(tags):
    formulas = [tag for tag in tags if tag["/S"] == "/Formula"]
    said = [tag["/Alt"] for tag in formulas]
    assert any(r"\max_{0 \le u, v < F} X_{iS+u,\; jS+v}" in words for words in said)
    assert all(any("/K" in part for part in elements(tag["/K"])) for tag in formulas)


def test_every_picture_says_what_it_shows(tags):
    pictures = [tag for tag in tags if tag["/S"] == "/Figure"]
    said = [tag.get("/Alt", "") for tag in pictures]
    assert all(said)
    assert not any("Arrow keys" in alt for alt in said), "on paper there are none"
    drawing = next(alt for alt in said if alt.startswith("Input, output and their gradients."))
    assert "Input with padding, 4 by 4: 1 4 2 1; 5 8 3 4; 7 6 4 5; 1 3 1 2." in drawing
    assert "Output, 2 by 2: 8 4; 7 5." in drawing


def test_no_picture_is_cut_at_the_edge_of_a_page_and_nothing_is_without_a_tag(pdf):
    seen = 0
    for number, page in enumerate(pdf.pages):
        open_tags = 0

        def look(operator, operands, matrix, _, page=page, number=number):
            nonlocal seen, open_tags
            open_tags += (operator in (b"BDC", b"BMC")) - (operator == b"EMC")
            assert open_tags or operator not in DRAWS, f"page {number + 1}: {operator}"
            if operator != b"Do":
                return
            if page["/Resources"]["/XObject"][operands[0]]["/Subtype"] != "/Image":
                return
            seen += 1
            right = max(matrix[4], matrix[4] + matrix[0])
            assert matrix[4] >= MARGIN - ROUNDING, f"page {number + 1}"
            assert right <= float(page.mediabox.width) - MARGIN + ROUNDING, f"page {number + 1}"

        page.extract_text(visitor_operand_before=look)
    assert seen > 5


def test_solutions_are_open_and_formulas_are_set(pdf):
    pages = range(page_of(pdf, CHAPTER), len(pdf.pages))
    text = " ".join(words(pdf, page) for page in pages)
    assert "Solution" in text
    for source in ("\\frac", "\\lfloor", "\\max", "Show the", "Hide the", "right="):
        assert source not in text, "a formula is not set, or code stands there that a page hides"


def test_what_stands_in_the_fields_of_a_widget_is_printed(visit):
    """As in the table of layers: a value that a script has set is no part of a page's text."""
    name = "notebooks/08_receptive_fields"
    page = visit.open(f"{name}.html")
    page.locator("[data-cnn-page] table input").first.wait_for(state="attached")
    values = """(page) => [...page.querySelectorAll("article table :is(input, select)")]
      .map((field) => field.type === "checkbox" ? field.checked : field.value)"""
    before = page.evaluate(f"() => ({values})(document)")
    part = page.evaluate(make_pdf.PREPARE, {"name": name, "pages": [name]})
    read = f"""(html) => ({values})(new DOMParser().parseFromString(html, "text/html"))"""
    assert page.evaluate(read, f"<article>{part['html']}</article>") == before
    assert {"3", "2"} < set(before)


def test_the_whole_book_but_the_reference_is_printed():
    names = list(make_pdf.contents())
    assert names[0] == "book/index"
    assert set(NAMES) <= set(names)
    assert not any(name.startswith("book/api") for name in names)
    assert all((SITE / f"{name}.html").exists() for name in names)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_cheat_sheet_is_one_sheet_and_readable(visit, tmp_path, paper):
    page = visit.open("book/cheat-sheet.html")
    page.wait_for_function(DRAWN)
    page.pdf(path=tmp_path / "sheet.pdf", format=paper, print_background=True)
    sheet = PdfReader(tmp_path / "sheet.pdf")
    text = "".join(sheet.pages[0].extract_text().split())  # kerning is read as a space: T raining
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
