"""Make a deck of slides of each chapter, with living widgets: _build/html/slides.

    python tools/make_slides.py        after `make book`

A deck is the chapter's own page, cut by slides/deck.js and shown by reveal.js (from npm). It needs
no kernel, no other host and no server: it also opens from a folder.
"""

import re
import shutil
from pathlib import Path

from tools.project import ROOT

SITE = ROOT / "_build" / "html"
DECKS = SITE / "slides"
REVEAL = ROOT / "node_modules" / "reveal.js"
#: What a deck needs of the page's own programs: all else is for reading.
PROGRAMS = ("widget-host", "load-mathjax", "scrollable", "lights")
DECK = """<!DOCTYPE html>
<html lang="en" data-content_root="../" data-theme="auto">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Slides: {title}</title>
{theme}
{sheets}
<link rel="stylesheet" href="reveal.css">
<link rel="stylesheet" href="deck.css">
<link rel="icon" href="../_static/logo.svg">
<script defer src="reveal.js"></script>
<script defer src="deck.js"></script>
{programs}
</head>
<body>
<main class="reveal" aria-label="{title}"><div class="slides"></div></main>
<div class="deck-source">{chapter}</div>
{state}
</body>
</html>
"""


def chapters() -> list[Path]:
    """Return the pages of the chapters of the built book, in their order."""
    return sorted((SITE / "notebooks").glob("[0-9]*.html"))


def find(pattern: str, page: str) -> str:
    """Return what a pattern finds in a page, all of it joined."""
    return "\n".join(match[0] for match in re.finditer(pattern, page, re.DOTALL))


def deck(page: str) -> str:
    """Return the slides of a chapter, given the page of the built book."""
    chapter = find(r'<section class="tex2jax_ignore.*(?=</article>)', page)
    # links of the page count from its own folder; the deck stands beside that
    chapter = re.sub(r'(href=")(?![#a-z]+:|[#./])', r"\1../notebooks/", chapter)
    programs = rf"\.\./_static/(?:{'|'.join(PROGRAMS)})\.|>window\.MathJax"
    return DECK.format(
        title=find(r"(?<=<title>).*?(?= &#8212;)", page),
        theme=find(r"<script>\s*\(\(\) => \{\s*for \(const name of \[.*?</script>", page),
        sheets=find(r'<link [^>]*href="\.\./_static/[^>]*\.css[^>]*>', page),
        programs=find(rf"<script[^>]*(?:{programs}).*?</script>", page),
        chapter=chapter,
        state=find(r'<script type="application/vnd.jupyter.widget-state.*?</script>', page),
    )


def main() -> None:
    """Write all decks, and beside them what they need."""
    pages = chapters()
    if not pages:
        raise SystemExit(f"the book is not built: {SITE} has no chapters. Run: make book")
    if not REVEAL.exists():
        raise SystemExit("reveal.js is not here: run make slides, which fetches it from npm")
    shutil.rmtree(DECKS, ignore_errors=True)
    DECKS.mkdir()
    for source in ("dist/reveal.js", "dist/reveal.css"):
        shutil.copy(REVEAL / source, DECKS)
    shutil.copy(REVEAL / "LICENSE", DECKS / "reveal.js.LICENSE.txt")
    for source in (ROOT / "tools" / "slides").iterdir():
        shutil.copy(source, DECKS)
    for page in pages:
        made = deck(page.read_text(encoding="utf-8"))
        (DECKS / page.name).write_text(made, encoding="utf-8")
    print(f"{len(pages)} decks in {DECKS}: open {pages[0].name}, then press F.")


if __name__ == "__main__":
    main()
