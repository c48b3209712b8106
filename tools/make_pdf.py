"""Print the whole book to one PDF: title, contents with page numbers, all pages, live links.

    python tools/make_pdf.py [target]        after `make book`; needs Chrome or Chromium

Each page of the built book is opened at the width of the paper, so formulas, figures and widgets
are the page's own; a widget is printed as its first state. All pages become one document, which
the browser prints once: so the PDF has its tags, its nested outline and its links to places. The
reference of the library is left to the web.
"""

import argparse
import io
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import BooleanObject, DictionaryObject, NameObject, TextStringObject

from tools import pdf_tags
from tools.chromium import launch, served
from tools.project import ROOT, read_yaml

SITE = ROOT / "_build" / "html"
TARGET = ROOT / "_build" / "pdf" / "course.pdf"
#: What is left out: the reference of the library, half as long as the rest.
LEFT_OUT = "book/api/"
#: Pixels of the text's width: A4 less the margins of 18 mm.
WIDTH = 658
PREPARE = (Path(__file__).parent / "print_page.js").read_text(encoding="utf-8")
DRAWN = """() => !document.querySelector("script[src*='load-mathjax.js']")
  || document.documentElement.dataset.formulas === "drawn" """
#: Where each link leads, as the print names it, and the words of the first that leads there.
LINKS = """() => Object.fromEntries([...document.links].reverse().map((link) => {
  const [page, place] = link.href.split("#");
  const inside = page === location.href.split("#")[0];
  return [inside ? `/${decodeURIComponent(place)}` : link.href,
    (link.ariaLabel || link.textContent).trim().replace(/\\s+/g, " ")];
}))"""
STYLE = """
  .front { height: 240mm; display: flex; flex-direction: column; justify-content: center; }
  .front svg { width: 45mm; height: 45mm; }
  .front h1 { font-size: 30pt; line-height: 1.2; }
  .book-contents a { display: flex; justify-content: space-between; gap: 5mm; color: inherit;
    text-decoration: none; padding: 0.6mm 0; border-bottom: .2mm solid #ccc; }
  .book-contents ul { list-style: none; padding: 0; margin: 0; }
  .book-contents ul ul { padding-left: 7mm; }
  .book-contents > ul > li > a { font-weight: 600; margin-top: 2mm; }
  mjx-c.printed::before { content: none !important; }
  [data-cnn-page] { contain: none !important; }
"""


def contents() -> Iterator[str]:
    """Yield the pages of the book in reading order, as names without an ending."""
    toc = read_yaml("_toc.yml")

    def names(node: Any) -> Iterator[str]:
        if isinstance(node, list):
            for each in node:
                yield from names(each)
        elif isinstance(node, dict):
            if "file" in node:
                yield node["file"]
            for key in ("parts", "chapters", "sections", "entries", "subtrees"):
                yield from names(node.get(key, []))

    yield toc["root"]
    for name in names(toc):
        if not name.startswith(LEFT_OUT):
            yield name


def prepared(page: Page, host: str, name: str, names: list[str]) -> dict[str, Any]:
    """Return what is printed of a page of the book; see print_page.js."""
    page.goto(f"{host}{name}.html", wait_until="networkidle")
    for place in page.locator("[data-cnn-page]").all():
        place.locator("> *").first.wait_for(state="attached")
    page.wait_for_function(DRAWN)
    return page.evaluate(PREPARE, {"name": name, "pages": names})


def in_css(text: str) -> str:
    """Return a text as a string of CSS."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def table_of_contents(parts: list[dict[str, Any]], at: dict[str, int]) -> str:
    """Return the contents: chapters and sections, with the page of each as far as it is known."""

    def entry(id_: str, title: str) -> str:
        number = at.get(id_, "")
        return f'<a href="#{id_}"><span>{escape(title)}</span> <span>{number}</span></a>'

    rows = []
    for part in parts:
        below = "".join(f"<li>{entry(s['id'], s['title'])}</li>" for s in part["sections"])
        rows.append(f"<li>{entry(part['id'], part['title'])}<ul>{below}</ul></li>")
    return f'<nav class="book-contents"><h1>Contents</h1><ul>{"".join(rows)}</ul></nav>'


def document(book: str, parts: list[dict[str, Any]], at: dict[str, int]) -> str:
    """Return the whole book as one page of HTML."""
    sheets = dict.fromkeys(sheet for part in parts for sheet in part["sheets"])
    links = "".join(f'<link rel="stylesheet" href="{escape(sheet)}">' for sheet in sheets)
    rules = "\n".join(
        "\n".join(sheet)
        for sheet in dict.fromkeys(tuple(sheet) for part in parts for sheet in part["styles"])
    )
    logo = (ROOT / "book" / "_static" / "logo.svg").read_text(encoding="utf-8")
    foot, pages = "font: 8px sans-serif; color: #555; vertical-align: top", []
    body = [
        f'<section style="page: front"><div class="front">{logo}<h1>{escape(book)}</h1>'
        "<p>Text and figures CC BY 4.0, code MIT.</p><p>On the web the pictures of the widgets "
        "move: this is their first state.</p></div></section>",
        f'<section style="page: contents">{table_of_contents(parts, at)}</section>',
    ]
    titles = [("front", ""), ("contents", "Contents")]
    titles += [(part["id"], part["title"]) for part in parts]
    for name, title in titles:
        number = 'content: ""' if name == "front" else "content: counter(page)"
        pages.append(
            f"@page {name} {{ size: A4; margin: 18mm 18mm 20mm; "
            f"@bottom-left {{ content: {in_css(title)}; {foot} }} "
            f"@bottom-right {{ {number}; {foot} }} }}"
        )
    for part in parts:
        own = f'id="{part["id"]}" style="page: {part["id"]}"'
        body.append(f"<article {own} class='bd-article'>{part['html']}</article>")
    return (
        '<!doctype html><html lang="en" data-theme="light" data-mode="light" data-formulas="drawn">'
        f'<meta charset="utf-8"><title>{escape(book)}</title>{links}<style>{rules}</style>'
        f"<style>{STYLE}{' '.join(pages)}</style><body><div class='bd-container'>"
        f"<main class='bd-main'><div class='bd-content'><div class='bd-article-container'>"
        f"{''.join(body)}</div></div></main></div></body></html>"
    )


def printed(browser: Browser, address: str, text: str) -> tuple[bytes, list[str], dict[str, str]]:
    """Return the print of a document at an address of the site, its headings, and its links."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 1000}, color_scheme="light")
    page.emulate_media(media="print")
    page.route(address, lambda route: route.fulfill(body=text, content_type="text/html"))
    page.goto(address, wait_until="networkidle", timeout=120_000)
    page.evaluate("document.fonts.ready")
    data = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
    headings = page.locator("h1, h2, h3, h4, h5, h6").all_inner_texts()
    links = page.evaluate(LINKS)
    page.close()
    return data, [" ".join(heading.split()) for heading in headings], links


def numbers(data: bytes) -> dict[str, int]:
    """Return on which page, counted from 1, each place of a print is that a link leads to."""
    reader = PdfReader(io.BytesIO(data))
    places = reader.named_destinations.items()
    return {
        name.lstrip("/"): (reader.get_destination_page_number(place) or 0) + 1
        for name, place in places
    }


def mend_outline(writer: PdfWriter, headings: list[str]) -> None:
    """Give each entry its heading: the browser doubles one that begins a page, and joins lines."""
    known = {"".join(text.split()): text for text in headings}

    def mend(entry: DictionaryObject | None) -> None:
        while entry is not None:
            key = "".join(str(entry.get("/Title", "")).split())
            half = key[: len(key) // 2]
            title = known.get(key) or (known.get(half) if key == 2 * half else None)
            if title:
                entry[NameObject("/Title")] = TextStringObject(title)
            mend(entry["/First"].get_object() if "/First" in entry else None)
            entry = entry["/Next"].get_object() if "/Next" in entry else None

    mend(writer.root_object["/Outlines"].get_object())


def finished(
    data: bytes, book: str, headings: list[str], formulas: set[str], links: dict[str, str]
) -> PdfWriter:
    """Return the print with its author; a reader shows its title, not the file's name."""
    writer = PdfWriter(clone_from=io.BytesIO(data))
    mend_outline(writer, headings)
    pdf_tags.complete(writer, book, formulas, links)
    writer.compress_identical_objects()  # a picture that is used twice
    writer.pdf_header = "%PDF-1.7"  # the tags need more than the 1.3 that pypdf writes
    writer.add_metadata({"/Title": book, "/Author": "The authors of the course"})
    shown = DictionaryObject({NameObject("/DisplayDocTitle"): BooleanObject(True)})
    writer.root_object[NameObject("/ViewerPreferences")] = shown
    return writer


def main() -> None:
    """Open, join, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", nargs="?", type=Path, default=TARGET)
    parser.add_argument("--pages", nargs="*", help="only these pages, such as notebooks/03_sizes")
    given = parser.parse_args()
    if not (SITE / "index.html").exists():
        raise SystemExit("the book is not built: make book")
    book = read_yaml("_config.yml")["title"]
    names = given.pages or list(contents())
    with served(SITE) as site, sync_playwright() as playwright:
        browser = launch(playwright)
        context = browser.new_context(
            viewport={"width": WIDTH, "height": 1000},
            color_scheme="light",
            reduced_motion="reduce",  # no widget is printed in the middle of a step
            device_scale_factor=2,
        )
        page = context.new_page()
        page.emulate_media(media="print")  # before the widgets lay themselves out
        parts = [prepared(page, f"{site}/", name, names) for name in names]
        address = f"{site}/book/print.html"
        first, *_ = printed(browser, address, document(book, parts, {}))
        # the numbers of the contents change no page
        data, headings, links = printed(browser, address, document(book, parts, numbers(first)))
        browser.close()
    formulas = {words for part in parts for words in part["formulas"]}
    writer = finished(data, book, headings, formulas, links)
    given.target.parent.mkdir(parents=True, exist_ok=True)
    writer.write(given.target)
    size = given.target.stat().st_size / 1e6
    print(f"{given.target}: {len(writer.pages)} pages, {size:.1f} MB")


if __name__ == "__main__":
    main()
