"""Print the whole book to one PDF: title, contents with page numbers, all pages, live links.

    python tools/make_pdf.py [target]        after `make book`; needs Chrome or Chromium

Each page of the built book is printed by the browser, so formulas, figures and widgets are the
page's own; a widget is printed as its first state. Then the prints are joined: a link from one
page of the book to another leads to its place in the PDF, and the outline follows the contents.
"""

import argparse
import io
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import Fit, NameObject

from tools.chromium import launch, served
from tools.project import ROOT, read_yaml

SITE = ROOT / "_build" / "html"
TARGET = ROOT / "_build" / "pdf" / "course.pdf"
PAPER = {"format": "A4", "print_background": True, "prefer_css_page_size": True}
MARGIN = {"top": "18mm", "bottom": "20mm", "left": "18mm", "right": "18mm"}
FOOT = '<div style="font-size:8px;width:100%;padding-left:18mm;color:#555">{}</div>'
DRAWN = """() => !document.querySelector("script[src*='load-mathjax.js']")
  || document.documentElement.dataset.formulas === "drawn" """
#: On paper nothing can be opened by a click, and every picture must be there.
PREPARE = """async () => {
  document.documentElement.dataset.theme = "light";
  for (const fold of document.querySelectorAll("article details")) fold.open = true;
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].filter((image) => image.isConnected)
    .map((image) => image.decode().catch(() => null)));
}"""

#: Number and words, without the sign that links to the heading.
TITLE = """(heading) => {
  const copy = heading.cloneNode(true);
  copy.querySelector(".headerlink")?.remove();
  return copy.textContent.trim();
}"""


def contents() -> list[str]:
    """Return the pages of the book in reading order, as names without an ending."""
    toc = read_yaml("_toc.yml")
    names = [toc["root"]]

    def add(node: object) -> None:
        if isinstance(node, list):
            for each in node:
                add(each)
        elif isinstance(node, dict):
            if "file" in node:
                names.append(node["file"])
            for key in ("parts", "chapters", "sections", "entries", "subtrees"):
                add(node.get(key, []))

    add([{key: value for key, value in toc.items() if key != "root"}])
    return names


def print_page(browser: Browser, address: str) -> tuple[str, bytes]:
    """Return a page's title and its print."""
    page = browser.new_page(viewport={"width": 900, "height": 1200}, color_scheme="light")
    page.goto(address, wait_until="networkidle")
    for place in page.locator("[data-cnn-page]").all():
        place.locator("> *").first.wait_for(state="attached")
    page.wait_for_function(DRAWN)
    page.evaluate(PREPARE)
    title = page.locator(".bd-article h1").first.evaluate(TITLE)
    foot = {"display_header_footer": True, "header_template": "<span></span>"}
    data = page.pdf(**PAPER, **foot, margin=MARGIN, footer_template=FOOT.format(escape(title)))
    page.close()
    return title, data


def front(browser: Browser, book: str, entries: list[tuple[str, int]]) -> bytes:
    """Return title page and contents; the page numbers are those of the joined PDF."""
    rows = "".join(
        f"<tr><td>{escape(title)}</td><td>{number}</td></tr>" for title, number in entries
    )
    logo = (ROOT / "book" / "_static" / "logo.svg").read_text(encoding="utf-8")
    licence = "Text and figures CC BY 4.0, code MIT."
    page = browser.new_page()
    page.set_content(f"""<html lang="en"><title>{escape(book)}</title><style>
      body {{ font: 12pt/1.5 'DejaVu Sans', system-ui, sans-serif; margin: 0; }}
      .title {{ height: 240mm; display: flex; flex-direction: column; justify-content: center;
        break-after: page; }}
      .title svg {{ width: 45mm; }} h1 {{ font-size: 30pt; line-height: 1.2; }}
      table {{ width: 100%; border-collapse: collapse; }} td {{ padding: 1.5mm 0;
        border-bottom: .2mm solid #ccc; }} td + td {{ text-align: right; }}</style>
      <body><div class="title">{logo}<h1>{escape(book)}</h1><p>{licence}</p>
      <p>On the web the pictures of the widgets move: this is their first state.</p></div>
      <h2>Contents</h2><table>{rows}</table></body></html>""")
    data = page.pdf(**PAPER, margin=MARGIN)
    page.close()
    return data


def numbers(browser: Browser, count: int) -> PdfReader:
    """Return empty pages that hold their number only, to lay over the book's."""
    sheets = "".join(f"<div><span>{number}</span></div>" for number in range(1, count + 1))
    page = browser.new_page()
    page.set_content(f"""<style>@page {{ size: A4; margin: 0 }} body {{ margin: 0 }}
      div {{ height: 297mm; break-after: page; position: relative; overflow: hidden }}
      span {{ position: absolute; bottom: 9mm; right: 18mm; font: 8px sans-serif; color: #555 }}
      </style>{sheets}""")
    data = page.pdf(**PAPER)
    page.close()
    return PdfReader(io.BytesIO(data))


def join(book: str, prints: dict[str, tuple[str, bytes]], browser: Browser, host: str) -> PdfWriter:
    """Join the prints behind a front matter whose length is measured first."""
    readers = {name: PdfReader(io.BytesIO(data)) for name, (_, data) in prints.items()}
    lengths = {name: len(reader.pages) for name, reader in readers.items()}

    def starts(offset: int) -> dict[str, int]:
        made = {}
        for name, length in lengths.items():
            made[name] = offset
            offset += length
        return made

    def front_at(offset: int) -> PdfReader:
        entries = [(prints[name][0], at + 1) for name, at in starts(offset).items()]
        return PdfReader(io.BytesIO(front(browser, book, entries)))

    first = front_at(len(front_at(2).pages))
    places = starts(len(first.pages))
    writer = PdfWriter()
    for page in first.pages:
        writer.add_page(page)
    for name, reader in readers.items():
        for page in reader.pages:
            writer.add_page(page)
        writer.add_outline_item(title=prints[name][0], page_number=places[name])
    for page, number in zip(writer.pages, numbers(browser, len(writer.pages)).pages, strict=False):
        page.merge_page(number)
        page.compress_content_streams()
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    relink(writer, {f"{host}{name}.html": at for name, at in places.items()})
    writer.add_metadata({"/Title": book, "/Author": "The authors of the course"})
    return writer


def relink(writer: PdfWriter, places: dict[str, int]) -> None:
    """Turn links between pages of the book into links inside the PDF; drop dead ones."""
    host = next(iter(places)).split("/", 3)[:3]
    for number, page in enumerate(writer.pages):
        inside, kept = [], []
        for reference in page.get("/Annots", []):
            annotation = reference.get_object()
            address = str(annotation.get("/A", {}).get("/URI", ""))
            target = places.get(address.split("#")[0].split("?")[0])
            if target is not None:
                inside.append(
                    Link(rect=annotation["/Rect"], target_page_index=target, fit=Fit.fit())
                )
            elif address.split("/", 3)[:3] != host:
                kept.append(reference)
        if "/Annots" in page:
            page[NameObject("/Annots")] = type(page["/Annots"])(kept)
        for link in inside:
            writer.add_annotation(page_number=number, annotation=link)


def main() -> None:
    """Print, join, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", nargs="?", type=Path, default=TARGET)
    parser.add_argument("--pages", nargs="*", help="only these pages, such as notebooks/03_sizes")
    given = parser.parse_args()
    if not (SITE / "index.html").exists():
        raise SystemExit("the book is not built: make book")
    book = read_yaml("_config.yml")["title"]
    with served(SITE) as address, sync_playwright() as playwright:
        host = f"{address}/"
        browser = launch(playwright)
        prints = {
            name: print_page(browser, f"{host}{name}.html") for name in given.pages or contents()
        }
        writer = join(book, prints, browser, host)
        browser.close()
    given.target.parent.mkdir(parents=True, exist_ok=True)
    writer.write(given.target)
    size = given.target.stat().st_size / 1e6
    print(f"{given.target}: {len(writer.pages)} pages, {size:.1f} MB")


if __name__ == "__main__":
    main()
