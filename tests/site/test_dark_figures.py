"""Figures follow the dark: paper and ink change places, what means something stays as it is."""

import io

import numpy as np
import pytest
from dark_figures import INK, PAGE, dark_figure, darkened
from PIL import Image

from cnnlib import figures
from cnnlib.figures import COLORS, SOFT

from .conftest import SITE, pages


def rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255


def contrast(a: np.ndarray, b: np.ndarray) -> float:
    """WCAG's contrast of two colours."""
    light = [np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) for c in (a, b)]
    low, high = sorted(float(c @ [0.2126, 0.7152, 0.0722]) for c in light)
    return (high + 0.05) / (low + 0.05)


def pixels(picture: figures.Picture) -> tuple[np.ndarray, np.ndarray]:
    """Return the figure as it is, and for the dark."""
    image = Image.open(io.BytesIO(picture.png))
    return np.asarray(image.convert("RGB")), np.asarray(dark_figure(image))


def test_paper_and_ink_change_places():
    assert np.allclose(darkened(np.ones(3)) * 255, PAGE)
    assert np.allclose(darkened(rgb(figures.INK)), INK, atol=0.06)


@pytest.mark.parametrize("colour", COLORS.values())
def test_the_course_colours_stay(colour):
    assert np.allclose(darkened(rgb(colour)), rgb(colour), atol=0.01)


@pytest.mark.parametrize("colour", SOFT.values())
def test_a_number_is_read_on_a_soft_cell(colour):
    assert contrast(darkened(rgb(colour)), darkened(rgb(figures.INK))) > 7


def test_a_smooth_edge_is_between_line_and_ground():
    """Half blue, half paper: half blue, half ground."""
    half = (rgb(COLORS["input"]) + 1) / 2
    expected = (rgb(COLORS["input"]) + np.array(PAGE) / 255) / 2
    assert np.allclose(darkened(half), expected, atol=0.01)


def test_a_photo_stays_and_its_title_does_not():
    ramp = np.arange(256).reshape(16, 16)
    before, after = pixels(figures.draw_images([ramp], ["A title"], [(0, 255)]))
    middle = np.s_[before.shape[0] // 4 : -before.shape[0] // 4]
    same = (before == after).all(axis=-1)
    columns = same[middle].all(axis=0)
    assert columns.sum() > 0.5 * before.shape[0]  # as wide as it is high, nearly
    assert len(np.unique(before[middle][:, columns].reshape(-1, 3), axis=0)) > 100
    assert not same[0].any()
    assert not same[:, 0].any()


def test_a_number_on_a_strong_cell_stays():
    """White on blue, and ink on orange."""
    before, after = pixels(figures.draw_convolution(np.eye(4), np.eye(2)))
    assert (before == after).all(axis=-1).mean() > 0.02
    for colour, on in (
        (COLORS["input"], [255, 255, 255]),
        (COLORS["kernel"], rgb(figures.INK) * 255),
    ):
        strong = (np.abs(after / 255 - rgb(colour)) < 0.01).all(axis=-1)
        rows, columns = np.nonzero(strong)
        cell = after[rows.min() : rows.max(), columns.min() : columns.max()].reshape(-1, 3)
        assert (np.abs(cell - np.asarray(on)) < 2).all(axis=1).any(), colour


def test_another_picture_is_left_alone():
    assert dark_figure(Image.new("RGB", (3, 3))) is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_loads_the_one_that_it_shows(visit, scheme):
    page = visit.open("notebooks/07_weight_sharing.html", color_scheme=scheme)
    figure = page.locator(f".cell_output img.only-{scheme}:visible").first
    figure.scroll_into_view_if_needed()
    figure.evaluate("image => image.decode()")
    loaded = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    assert any(name.endswith("-dark.webp") for name in loaded) == (scheme == "dark")
    shown = page.evaluate(
        """() => [...document.querySelectorAll("article img:is(.only-light, .only-dark)")]
            .map((image) => [image.className, getComputedStyle(image).display !== "none"])"""
    )
    assert len(shown) > 4
    assert [name for name, seen in shown if seen != (name == f"only-{scheme}")] == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    if scheme == "dark":
        assert ground == f"rgb({', '.join(map(str, PAGE))})"


def test_every_figure_of_a_chapter_has_both():
    for path in pages():
        text = (SITE / path).read_text(encoding="utf-8")
        assert text.count('class="only-light"') == text.count('class="only-dark"'), path
