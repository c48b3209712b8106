"""Single pages of the built site, in a browser: what each must show, also without JavaScript."""

import io

import matplotlib.image
import numpy as np
import pytest

from .conftest import SITE, pages, settled


def test_widgets_out_of_sight_rest_while_a_slider_moves(visit):
    page = visit.open("book/widgets.html")
    page.wait_for_function("!document.querySelector('[data-cnn-page]:not([data-cnn-ready])')")
    tell = "[...document.querySelectorAll('[data-cnn-ready]')].map((place) => {0})"
    heights = tell.format("place.getBoundingClientRect().height")
    rests = tell.format("place.style.contentVisibility")
    before = page.evaluate(heights)
    page.locator("[data-key=explorer] input[name=stride]").press("ArrowRight")
    assert page.evaluate(rests) == ["", *["auto"] * (len(before) - 1)]
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate(heights)[1:] == before[1:]  # nothing shifts
    page.wait_for_function(f"{rests}.every((rest) => rest === '')")
    assert page.evaluate(heights)[1:] == before[1:]
    assert page.locator("[data-cnn-page]").last.inner_text().strip()


def test_site_has_its_chapters():
    assert "notebooks/03_sizes.html" in pages()
    assert (SITE / "book" / "index.html").exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_chapter_is_not_blank_and_fits(visit, scheme, width):
    page = visit.open("notebooks/03_sizes.html", width=width, color_scheme=scheme)
    page.locator("[data-cnn-ready]").first.wait_for()
    settled(page)
    shot = matplotlib.image.imread(io.BytesIO(page.screenshot()))
    grey = shot[..., :3].mean(axis=2)
    assert len(np.unique(grey.round(2))) > 20
    assert (grey.mean() > 0.5) == (scheme == "light")
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0, f"the page is {overflow} px wider than the screen"


def test_formulas_are_drawn_by_the_site_itself(visit):
    page = visit.open("notebooks/03_sizes.html")
    page.locator("mjx-container").first.wait_for()
    assert page.locator("mjx-container").count() > 5


#: Of each formula with a line of its own: how high it is, and how high the page took it for.
KEPT = """() => [...document.querySelectorAll("div.math")].map((one) => [
  one.getBoundingClientRect().height,
  one.style.getPropertyValue("--height") * parseFloat(getComputedStyle(one).fontSize)])"""


def test_a_formula_takes_the_room_that_the_page_has_kept_for_it(visit):
    page = visit.open("notebooks/13_backpropagation.html")
    page.wait_for_function("document.documentElement.dataset.formulas === 'drawn'")
    found = np.array(page.evaluate(KEPT))
    assert len(found) > 10
    assert np.ptp(found[:, 0]) > 60
    np.testing.assert_allclose(found[:, 0], found[:, 1], atol=30)


#: Formulas that can be seen as they are written in LaTeX, and how many are set.
SEEN = """() => [
  [...document.querySelectorAll(".math")].filter((one) => one.checkVisibility()).length,
  [...document.querySelectorAll("math")].filter((one) => one.checkVisibility()).length]"""


def test_without_javascript_formulas_are_set_and_widgets_are_pictures(visit):
    page = visit.open("notebooks/03_sizes.html", java_script_enabled=False)
    raw, drawn = page.evaluate(SEEN)
    assert (raw, drawn > 50) == (0, True)
    assert "\\" not in "".join(page.locator("math").all_text_contents())
    picture = page.locator("img[alt^='ConvolutionExplorer']").first
    assert picture.is_visible()
    assert "output" in (picture.get_attribute("alt") or "")


def test_plain_ipywidgets_show_their_last_output_and_where_they_run(visit):
    page = visit.open("notebooks/03_sizes.html")
    offline = page.locator(".cnn-offline")
    offline.wait_for()
    assert "JupyterLab" in offline.inner_text()
    assert offline.locator("input[type=range]:disabled").count() == 3
    image = offline.locator("img")
    assert image.get_attribute("alt")
    image.scroll_into_view_if_needed()
    image.evaluate("image => image.decode()")
    assert image.evaluate("image => image.naturalWidth") > 200


def test_status_names_each_chapter_by_its_title_and_says_passed(visit):
    page = visit.open("book/status.html")
    chapters = [path for path in pages() if path.startswith("notebooks/")]
    links = {link.get_attribute("href"): link.inner_text() for link in page.locator("td a").all()}
    assert {f"../{path}" for path in chapters} <= set(links)
    assert links["../notebooks/03_sizes.html"] == "Sizes: padding, stride and dilation"
    assert not any("_" in title or "/" in title for title in links.values())
    told = page.locator("td:last-child").all_inner_texts()
    assert told == ["passed"] * len(links)
