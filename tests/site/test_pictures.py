"""A picture on a page keeps its shape, however narrow the page is."""

import pytest

from .conftest import pages

SHAPES = """() => Promise.all([...document.querySelectorAll("article img")]
    .filter(image => image.checkVisibility())
    .map(async image => {
        image.loading = "eager";
        await image.decode();
        const shown = image.getBoundingClientRect();
        const ratio = shown.width / shown.height / (image.naturalWidth / image.naturalHeight);
        return [image.alt, ratio];
    }))"""


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", [path for path in pages() if path.startswith("notebooks/")])
def test_no_picture_is_squeezed(visit, path, width):
    for alt, ratio in visit.open(path, width=width).evaluate(SHAPES):
        assert abs(ratio - 1) < 0.02, alt
