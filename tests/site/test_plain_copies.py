"""Each chapter as plain Markdown, with its citations, found from its page and from llms.txt."""

import re
import subprocess
import sys

import nbformat
import plain_copies
import pytest
import yaml

from .conftest import ROOT, SITE, pages

CHAPTERS = [path.removesuffix(".html") for path in pages() if path.startswith("notebooks/")]


def test_the_list_leads_to_every_chapter():
    text = (SITE / "llms.txt").read_text(encoding="utf-8")
    assert re.findall(r"\]\((.*?)\.md\): \w.{40}", text) == CHAPTERS
    assert text.startswith("# Introduction to Convolutional")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_copy_has_all_text_and_code_and_the_page_links_to_it(chapter):
    copy = (SITE / f"{chapter}.md").read_text(encoding="utf-8")
    for cell in nbformat.read(ROOT / f"{chapter}.ipynb", as_version=4).cells:
        assert plain_copies.LIGHTS.sub(r"\1", cell.source) in copy
    assert "<span data-lights" not in copy
    assert "data:image" not in copy
    html = (SITE / f"{chapter}.html").read_text(encoding="utf-8")
    name = chapter.removeprefix("notebooks/")
    for kind in ("md", "bib", "cff"):
        assert f'href="{name}.{kind}"' in html
    entry = (SITE / f"{chapter}.bib").read_text(encoding="utf-8")
    title = re.search(r"title     = \{(.*)\},", entry)[1]
    assert title in copy.split("\n")[0]
    told = yaml.safe_load((SITE / f"{chapter}.cff").read_text(encoding="utf-8"))
    assert told["preferred-citation"]["title"] == title
    assert told["cff-version"] == "1.2.0"


def test_the_citations_keep_the_schema_of_the_citation_file_format():
    files = [ROOT / "CITATION.cff", *(SITE / f"{chapter}.cff" for chapter in CHAPTERS)]
    schema = ["--builtin-schema", "vendor.citation-file-format", "--default-filetype", "yaml"]
    command = [sys.executable, "-m", "check_jsonschema", *schema, *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_figure_is_told_in_words_and_a_long_output_is_cut():
    long = nbformat.v4.new_output("stream", text="line\n" * 100)
    figure = nbformat.v4.new_output(
        "display_data", data={"image/png": "iVBOR", "text/plain": "A grid of 3 by 3 cells."}
    )
    cell = nbformat.v4.new_code_cell("print(```)", outputs=[long])
    other = nbformat.v4.new_code_cell("draw()", outputs=[figure])
    made = plain_copies.as_markdown(nbformat.v4.new_notebook(cells=[cell, other]))
    assert made.count("line\n") == plain_copies.LONGEST
    assert "A grid of 3 by 3 cells." in made
    assert "iVBOR" not in made
    assert made.startswith("````python\nprint(```)\n````")
