"""Sphinx extension: each chapter as Markdown, for those who read by machine, and how to cite it.

Beside `03_sizes.html` stand `03_sizes.md` (text, code and outputs, figures in words), `.bib` and
`.cff`; the chapter's end links to them. `llms.txt` lists the chapters: https://llmstxt.org
"""

import re
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import nbformat
import yaml
from docutils import nodes
from page_meta import description
from sphinx.application import Sphinx

from cnnlib import __version__
from tools import project

FOLDER = "notebooks/"
#: What a page does with a word is of no use in a plain text.
LIGHTS = re.compile(r"<span data-lights=[^>]*>(.*?)</span>", re.DOTALL)
#: Lines of an output that a copy shows.
LONGEST = 60


def as_markdown(notebook: nbformat.NotebookNode) -> str:
    """Return a notebook as Markdown: code is fenced, a figure says in words what it shows."""
    parts = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(LIGHTS.sub(r"\1", cell.source))
        elif cell.source.strip():
            parts.append(_fenced(cell.source, "python"))
            said = "".join(map(_words_of, cell.outputs)).strip("\n")
            parts += [_fenced(_shortened(said), "text")] if said else []
    return "\n\n".join(parts) + "\n"


def _words_of(output: nbformat.NotebookNode) -> str:
    text = output.get("text") or output.get("data", {}).get("text/plain", "")
    return text if text.endswith("\n") else f"{text}\n"


def _shortened(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(lines if len(lines) <= LONGEST else [*lines[:LONGEST], "…"])


def _fenced(text: str, language: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def bib(name: str, title: str, number: str, address: str) -> str:
    """Return a chapter as an entry of BibTeX."""
    fields = {
        "author": f"{{{project.authors()}}}",
        "title": title,
        "chapter": number,
        "booktitle": project.citation()["title"],
        "year": project.year(),
        "note": f"Version {__version__}",
        "url": address,
    }
    return project.bibtex("incollection", f"cnn-course-{name}", fields) + "\n"


def cff(title: str, number: str, address: str) -> str:
    """Return a chapter in the Citation File Format: the course's own file, with what to prefer."""
    whole = project.citation()
    part = {
        "type": "book",
        "title": title,
        "collection-title": whole["title"],
        "section": number,
        "authors": whole["authors"],
        "year": int(project.year()),
        "version": __version__,
    }
    part |= {"url": address} if address else {}
    return yaml.safe_dump({**whole, "preferred-citation": part}, sort_keys=False)


def chapters(app: Sphinx) -> list[tuple[str, str, str, str]]:
    """Return of each chapter its page, title, number, and address, which may be unknown."""
    found = []
    for page in sorted(app.env.found_docs):
        if page.startswith(FOLDER):
            title, number = app.env.titles[page].astext(), page.removeprefix(FOLDER)[:2].lstrip("0")
            base = app.config.html_baseurl
            address = urljoin(base, app.builder.get_target_uri(page)) if base else ""
            found.append((page, title, number, address))
    return found


def link_copies(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Say at the end of a chapter how to cite it, and where its plain copy is."""
    for page, title, number, address in chapters(app):
        if page != pagename:
            continue
        name = page.removeprefix(FOLDER)
        entry = escape(bib(name, title, number, address).strip())
        context["metatags"] += f'\n<link rel="alternate" type="text/markdown" href="{name}.md" />'
        context["body"] += (
            '<details class="hide course-cite"><summary>Cite this chapter, or take it along as text'
            f'</summary><pre tabindex="0">{entry}</pre><p><a href="{name}.bib">BibTeX</a>, '
            f'<a href="{name}.cff">CITATION.cff</a>, <a href="{name}.md">the whole chapter as '
            "Markdown</a></p></details>"
        )


def keep_description(app: Sphinx, doctree: nodes.document) -> None:
    """Remember what a chapter teaches, for the list."""
    if app.env.docname.startswith(FOLDER):
        app.env.metadata[app.env.docname]["teaches"] = description(doctree)


def publish(app: Sphinx, error: Exception | None) -> None:
    """Write the copies, the citations and the list."""
    if error or app.builder.format != "html":
        return
    site, course = Path(app.outdir), project.citation()
    rows = []
    for page, title, number, address in chapters(app):
        name = page.removeprefix(FOLDER)
        notebook = nbformat.read(Path(app.srcdir) / f"{page}.ipynb", as_version=4)
        (site / f"{page}.md").write_text(as_markdown(notebook), encoding="utf-8")
        (site / f"{page}.bib").write_text(bib(name, title, number, address), encoding="utf-8")
        (site / f"{page}.cff").write_text(cff(title, number, address), encoding="utf-8")
        teaches = app.env.metadata[page].get("teaches", "")
        rows.append(f"- [{number}. {title}]({page}.md): {teaches}")
    head = f"# {course['title']}\n\n> {course['abstract']}\n\n"
    about = "Text and figures: CC BY 4.0. Code: MIT. Each chapter is text, code and outputs.\n\n"
    text = f"{head}{about}## Chapters\n\n" + "\n".join(rows) + "\n"
    (site / "llms.txt").write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("doctree-read", keep_description)
    app.connect("html-page-context", link_copies, priority=600)  # after page_meta
    app.connect("build-finished", publish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
