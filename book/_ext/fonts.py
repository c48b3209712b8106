"""Sphinx extension: the book's own type, cut down to the letters that the book uses.

The faces come from packages (`fontpkg-…`, SIL Open Font License) and are served from the book's
own origin as WOFF2, with their licences beside them. Changed faces may not carry the reserved name,
so theirs is "Course". Until one is there, a face that every system has stands in at the same size,
so that no line moves.
"""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from sphinx.application import Sphinx

#: Our faces: package, file, what is left of its axes, and how the style sheet asks for it.
FACES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "course-sans": (
        "fontpkg_source_sans_3",
        "SourceSans3[wght].ttf",
        {"wght": (400, 700)},
        "font-family: 'Course Sans'; font-weight: 400 700",
    ),
    "course-sans-italic": (
        "fontpkg_source_sans_3",
        "SourceSans3-Italic[wght].ttf",
        {"wght": 400},
        "font-family: 'Course Sans'; font-style: italic",
    ),
    "course-serif": (
        "fontpkg_source_serif_4",
        "SourceSerif4[opsz,wght].ttf",
        {"wght": 600, "opsz": 28},
        "font-family: 'Course Serif'; font-weight: 600",
    ),
}
#: What stands in for a face: a name, what systems call it, and `mean_width` of its letters.
STAND_INS: dict[str, list[tuple[str, tuple[str, ...], float]]] = {
    "course-sans": [
        ("Like Arial", ("Arial", "Liberation Sans", "Roboto", "Helvetica"), 0.4518),
        ("Like DejaVu", ("DejaVu Sans", "Verdana"), 0.5158),
    ],
    "course-serif": [("Like Times", ("Times New Roman Bold", "Liberation Serif Bold"), 0.4375)],
}
#: A text, to compare how wide faces run.
SAMPLE = (
    "A convolutional network slides small windows of numbers over an image. Here you slide them "
    "yourself. Every number on this page is computed in front of you."
)
FEATURES = ["kern", "liga", "ccmp", "mark", "tnum"]


def mean_width(font: TTFont) -> float:
    """Return the mean width of the letters of a text, in ems."""
    cmap, widths = font.getBestCmap(), font["hmtx"]
    total = sum(widths[cmap[ord(letter)]][0] for letter in SAMPLE)
    return total / len(SAMPLE) / font["head"].unitsPerEm


def letters_of(site: Path) -> set[int]:
    """Return the characters of all pages, and those that a keyboard has."""
    letters = set(map(chr, range(32, 127)))
    for page in site.rglob("*.html"):
        if "lite" not in page.parts:
            letters |= set(page.read_text(encoding="utf-8"))
    return {ord(letter) for letter in letters}


def cut_down(name: str, letters: set[int]) -> TTFont:
    """Return a face with these letters alone."""
    package, file, axes, _ = FACES[name]
    font = TTFont(str(files(package) / "files" / file))
    options = Options(layout_features=FEATURES, hinting=False, name_IDs=[0, 13, 14])
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    instantiateVariableFont(font, axes, inplace=True)
    font["name"].setName(name.replace("-", " ").title(), 1, 3, 1, 0x409)
    font.flavor = "woff2"
    return font


def style_of(name: str, font: TTFont) -> str:
    """Return the rules of a face, and of what stands in for it."""
    sheet = f"@font-face {{ {FACES[name][3]}; font-display: swap; src: url({name}.woff2); }}\n"
    em, own, head = font["head"].unitsPerEm, mean_width(font), font["hhea"]
    for family, locals, width in STAND_INS.get(name, []):
        share = own / width
        sources = ", ".join(f"local('{each}')" for each in locals)
        above, below = (100 * abs(part) / em / share for part in (head.ascent, head.descent))
        sheet += (
            f"@font-face {{ font-family: '{family}'; src: {sources}; "
            f"size-adjust: {100 * share:.1f}%; ascent-override: {above:.1f}%; "
            f"descent-override: {below:.1f}%; line-gap-override: 0%; }}\n"
        )
    return sheet


def write_fonts(app: Sphinx, error: Exception | None) -> None:
    """Write faces, their style sheet and their licences into the built site."""
    if error or app.builder.format != "html":
        return
    site = Path(app.outdir)
    folder = site / "_static" / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    letters = letters_of(site)
    made = Path(app.doctreedir) / "fonts.json"  # to cut takes seconds, and seldom a letter is new
    want = json.dumps([sorted(letters), [face[:3] for face in FACES.values()]])
    if made.exists() and made.read_text() == want and (folder / "fonts.css").exists():
        return
    sheet = ""
    for name, (package, *_) in FACES.items():
        font = cut_down(name, letters)
        font.save(folder / f"{name}.woff2")
        sheet += style_of(name, font)
        license = (files(package) / "LICENSE").read_text(encoding="utf-8")
        (folder / f"{package}-LICENSE.txt").write_text(license, encoding="utf-8")
    (folder / "fonts.css").write_text(sheet, encoding="utf-8")
    made.write_text(want)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx; the pages must be there."""
    app.add_css_file("fonts/fonts.css")
    app.connect("build-finished", write_fonts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
