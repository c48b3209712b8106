"""The page of measurements shows each table of `benchmarks/` as its file, and the picture."""

import re
from html import unescape

import pytest

from .conftest import ROOT, SITE

FOLDER = ROOT / "benchmarks"
PAGE = SITE / "book" / "benchmarks.html"
FILES = sorted(FOLDER.glob("*.md"))
CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))


def shown() -> list[list[str]]:
    """Return the rows of all tables of the page, as lists of words."""
    rows = re.findall(r"<tr.*?</tr>", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [words(re.sub(r"<[^>]*>", " ", row)) for row in rows]


def written(path) -> list[list[str]]:
    """Return the rows of all tables of a file, as lists of words."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("|") and not re.fullmatch(r"[-|: ]+", line)]
    return [words(re.sub(r"[|*`]", " ", row)) for row in rows]


def words(text: str) -> list[str]:
    return unescape(text).replace("’", "'").split()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_page_shows_each_row_of_the_file(path):
    rows = written(path)
    assert len(rows) > 2
    on_the_page = shown()
    for row in rows:
        assert row in on_the_page


def test_page_shows_no_other_row():
    assert len(shown()) == sum(len(written(path)) for path in FILES)


def test_a_chapter_computes_as_long_as_the_page_on_running_says():
    """Five to forty seconds: see book/run.md."""
    rows = [row for row in written(FOLDER / "pages.md") if row[0] in CHAPTERS]
    assert [row[0] for row in rows] == CHAPTERS
    seconds = [float(row[1]) for row in rows]
    assert min(seconds) >= 5
    assert max(seconds) <= 40


def test_picture_has_words():
    (tag,) = re.findall(r"<img [^>]*results\.svg[^>]*>", PAGE.read_text(encoding="utf-8"))
    assert len(re.search(r'alt="([^"]*)"', tag)[1]) > 60
