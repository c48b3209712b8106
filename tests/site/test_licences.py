"""What the site ships of others: all of it is listed, and each licence's text is there."""

import licences

from .conftest import ROOT, SITE

#: Ours, written by the build.
WRITTEN = {"answers.js", "course-work.js", "book-files.js", "colours.css", "python/settings.json"}
WRITTEN |= {"python/support.zip"}


def test_every_file_is_ours_or_in_the_list():
    static = SITE / "_static"
    ours = {path.name for path in (ROOT / "book" / "_static").iterdir()} | WRITTEN
    unknown = []
    for path in static.rglob("*"):
        name = path.relative_to(static).as_posix()
        if path.is_file() and name not in ours and not name.startswith(f"{licences.FOLDER}/"):
            unknown += [] if licences.owners(name) else [name]
    assert unknown == []


def test_each_licence_has_its_text_and_stands_on_the_page():
    html = (SITE / "book" / "licences.html").read_text(encoding="utf-8")
    first = {"Apache": "Apache License", "OFL": "SIL OPEN FONT", "MIT": "MIT", "BSD": "Redistribut"}
    for row in licences.shipped():
        text = (SITE / "_static" / licences.FOLDER / licences.file_of(row)).read_text("utf-8")
        word = first[row["licence"].split("-")[0]]
        assert word in text or (word == "MIT" and "Permission is hereby granted" in text), row
        assert row["name"].split(",")[0] in html
        assert licences.version_of(row["package"]) in html
