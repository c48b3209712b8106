"""The book's own type: cut down, from its own origin, licensed, and no line moves when it comes."""

from fontTools.ttLib import TTFont

from .conftest import SITE

FONTS = SITE / "_static" / "fonts"
PAGE = "notebooks/03_sizes.html"
#: The height of the text, with our faces and with what stands in for them.
HEIGHTS = """async () => {
    await document.fonts.ready;
    const texts = [...document.querySelectorAll("article > section p, article :is(h1, h2)")]
        .filter((one) => one.checkVisibility() && !one.querySelector("mjx-container"))
        .filter((one) => !one.closest("[data-cnn-page]"));
    const height = () => texts.reduce((sum, one) => sum + one.offsetHeight, 0);
    const ours = height();
    const style = document.documentElement.style;
    for (const kind of ["base", "heading"]) {
        const name = `--pst-font-family-${kind}`;
        const all = getComputedStyle(document.documentElement).getPropertyValue(name);
        style.setProperty(name, all.replace(/"Course \\w+",/, ""));
    }
    return [texts.length, ours, height(), getComputedStyle(texts[0]).fontFamily];
}"""


def test_text_and_headings_have_the_books_own_faces(visit):
    page = visit.open(PAGE)
    loaded = page.evaluate(
        """async () => { await document.fonts.ready; return [...document.fonts]
            .filter((one) => one.status === "loaded").map((one) => one.family); }"""
    )
    assert {"Course Sans", "Course Serif"} <= {name.strip("'\"") for name in loaded}
    family = "one => getComputedStyle(one).fontFamily.split(',')[0]"
    assert page.locator("h1").evaluate(family) == '"Course Serif"'
    assert page.locator("article p").first.evaluate(family) == '"Course Sans"'


def test_no_line_moves_when_the_faces_come(visit):
    count, ours, stand_in, family = visit.open(PAGE).evaluate(HEIGHTS)
    assert count > 20
    assert "Course" not in family
    assert abs(stand_in / ours - 1) < 0.03


def test_the_faces_are_small_licensed_and_called_by_another_name():
    faces = list(FONTS.glob("*.woff2"))
    assert len(faces) == 3
    assert sum(face.stat().st_size for face in faces) < 60_000
    for face in faces:
        names = {record.nameID: str(record) for record in TTFont(face)["name"].names}
        assert names[1].startswith("Course ")
        assert "Source" not in {names.get(at, "") for at in (1, 4, 6, 16)}
    licences = list(FONTS.glob("*LICENSE.txt"))
    assert len(licences) == 2
    for licence in licences:
        assert "SIL Open Font License" in licence.read_text(encoding="utf-8")
