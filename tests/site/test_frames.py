"""Figures as frames: what the function drew, by slider, in the dark, by link, within its bytes."""

import pytest

from cnnlib.widgets import Frames

from .widgets import OTHER_PAGES, SET, in_gallery, widget


def test_frames_show_what_the_function_drew(visit):
    root = in_gallery(visit, "frames")
    seen = set()
    for stride in (0, 1):
        for padding in (0, 1):
            root.evaluate(SET, {"frame-stride": stride, "frame-padding": padding})
            alt = root.locator("img").get_attribute("alt")
            assert f"stride {stride + 1}," in alt
            assert ("padded" in alt) == bool(padding)
            assert root.locator("img").evaluate("img => img.decode().then(() => img.naturalWidth)")
            seen.add(alt)
    assert len(seen) == 4


def test_in_the_dark_figures_keep_their_colours_and_have_no_card(visit):
    """A colour means something: the theme's filter would shift it."""
    look = "img => [getComputedStyle(img).filter, getComputedStyle(img).padding]"
    for path in (OTHER_PAGES[0], "notebooks/13_backpropagation.html"):
        page = visit.open(path, color_scheme="dark")
        page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        figure = page.locator(".cell_output img:not(.only-light)").first
        figure.wait_for(state="attached")
        assert figure.evaluate(look) == ["none", "0px"]


def test_a_link_brings_the_frame_back(visit):
    root = in_gallery(visit, "frames")
    root.evaluate(SET, {"frame-stride": 1, "frame-padding": 1})
    alt = root.locator("img").get_attribute("alt")
    root.locator("button[name=link]").click()
    address = root.locator(".cnn-address").input_value()
    again = widget(visit.open(address.removeprefix(visit.site + "/")), "frames")
    assert again.locator("img").get_attribute("alt") == alt
    again.locator("button[name=reset]").click()
    # a reset leads to what the page has, not to what the link asked for
    assert again.locator("img").get_attribute("alt") != alt


def test_frames_keep_to_their_budget():
    from cnnlib.figures import draw_text

    with pytest.raises(ValueError, match=r"budget is 1,000 bytes, but 1 of 3 frames"):
        Frames(lambda n: draw_text(f"number {n}"), budget=1000, n=[1, 2, 3])
    with pytest.raises(ValueError, match="at least one value"):
        Frames(lambda n: draw_text(f"number {n}"), n=[])
    with pytest.raises(TypeError, match="Picture"):
        Frames(lambda n: n, n=[1])
