"""Cropped and centred as SciPy does it step by step; what the shipped networks read of drawings."""

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from cnnlib.data import load_digits
from cnnlib.data.ink import crop_and_centre, ink_box, read_sheet, thicken
from cnnlib.nn.digit_reader import SIDES
from cnnlib.widgets import DrawDigit
from tests.drawings import Drawing, drawings, inked


def by_scipy(sheet: np.ndarray, size: int, box: int) -> np.ndarray:
    """Crop, enlarge and centre with SciPy's affine transform, the shift found by trying."""
    (rows, columns) = ndimage.find_objects(np.int64(sheet > 0.2))[0]
    tall, wide = rows.stop - rows.start, columns.stop - columns.start
    zoom = box / max(tall, wide)
    point = []
    for mass, part in zip(ndimage.center_of_mass(sheet), (rows, columns), strict=True):
        low, high = part.stop - 0.5 - size / 2 / zoom, part.start - 0.5 + size / 2 / zoom
        point.append(min(max(mass, low), high))
    offset = np.array(point) - (size - 1) / 2 / zoom
    return ndimage.affine_transform(
        sheet, [1 / zoom] * 2, offset, (size, size), order=1, mode="grid-constant"
    )


def test_crop_and_centre_is_what_scipy_does_step_by_step():
    rng = np.random.default_rng(0)
    for _ in range(40):
        sheet = np.zeros((20, 24))
        tall, wide = rng.integers(1, 15, 2)
        top, left = rng.integers(0, 20 - tall), rng.integers(0, 24 - wide)
        # all above the least that counts as ink, so that SciPy sees one object
        sheet[top : top + tall, left : left + wide] = rng.uniform(0.3, 1, (tall, wide))
        size = int(rng.integers(16, 40))
        box = int(rng.integers(14, size + 1))
        np.testing.assert_allclose(
            crop_and_centre(sheet[None], size, box)[0], by_scipy(sheet, size, box), atol=1e-9
        )


def test_size_and_place_of_a_drawing_do_not_matter_once_cropped():
    stroke = np.zeros((1, 32, 32))
    stroke[0, 2:8, 3:5] = 1
    moved = np.roll(stroke, (15, 20), (1, 2))
    larger = np.kron(stroke[:, :16, :16], np.ones((2, 2)))
    for side in (8, 28):
        same = read_sheet(stroke, side)
        np.testing.assert_allclose(read_sheet(moved, side), same, atol=1e-12)
        assert np.abs(read_sheet(larger, side) - same).max() < 0.5  # edges are less blurred
        assert not np.allclose(read_sheet(moved, side, False), read_sheet(stroke, side, False))


def test_a_digit_of_mnist_s_size_gets_mnist_s_margin():
    sheet = np.zeros((1, 32, 32))
    sheet[0, 5:25, 10:20] = 1
    rows = np.flatnonzero(read_sheet(sheet, 28)[0].max(axis=1) > 0.5)
    assert (rows[0], rows[-1]) == (4, 23)  # 20 of 28


def test_nothing_stays_nothing_and_nonsense_is_refused():
    assert not read_sheet(np.zeros((2, 1, 32, 32)), 28).any()
    assert ink_box(np.zeros((1, 6, 9))).width.tolist() == [9]
    with pytest.raises(ValueError, match="box must be at most size, 4, got 5"):
        crop_and_centre(np.zeros((1, 3, 3)), 4, 5)
    with pytest.raises(ValueError, match="sheets must be square"):
        read_sheet(np.zeros((1, 3, 4)), 8)
    with pytest.raises(ValueError, match="at least 3 axes"):
        ink_box(np.zeros((3, 4)))
    with pytest.raises(TypeError, match="crop must be True or False"):
        read_sheet(np.zeros((1, 3, 3)), 8, 1)


def test_thicken_is_scipy_s_dilation_and_erosion():
    rng = np.random.default_rng(1)
    images = rng.random((3, 1, 9, 11))
    for cells in (-2, -1, 0, 1, 3):
        grown = ndimage.maximum_filter if cells > 0 else ndimage.minimum_filter
        size = (1, 1, *[2 * abs(cells) + 1] * 2)
        np.testing.assert_allclose(thicken(images, cells), grown(images, size, mode="nearest"))


# ---- the drawings that no network has learned from ----------------------------------------------


@pytest.fixture(scope="module")
def drawn() -> tuple[list[Drawing], np.ndarray, np.ndarray]:
    """Return every drawing, its sheet and its digit."""
    every = list(drawings())
    sheets = np.stack([inked(drawing) for drawing in every])[:, None]
    return every, sheets, np.array([drawing.digit for drawing in every])


def test_there_are_enough_drawings_and_all_of_their_ink_is_on_the_sheet(drawn):
    every, sheets, digits = drawn
    assert len(every) == 31 * 8 * 5 * 3
    assert set(digits.tolist()) == set(range(10))
    found = ink_box(sheets)
    assert len(set(np.maximum(found.height, found.width).tolist())) >= 5
    assert sheets.sum(axis=(1, 2, 3)).min() > 8
    edges = [sheets[..., 0, :], sheets[..., -1, :], sheets[..., 0], sheets[..., -1]]
    assert np.mean([edge.any() for edge in edges]) <= 1
    for each in (each for drawing in every for each in drawing.strokes):
        assert each.min() >= 0
        assert each.max() <= 31


#: Percent of the drawings that are read with and without the crop, as CHANGELOG.md tells them.
TOLD = {"8": (98.7, 39.6), "28": (98.7, 28.0)}


@pytest.mark.parametrize(("reader", "goal"), [("8", 0.95), ("28", 0.97)])
def test_the_shipped_networks_read_what_people_draw(drawn, reader, goal):
    _, sheets, digits = drawn
    model = DrawDigit(reader=reader).model  # with the weights that the page has
    right = {}
    for crop in (True, False):
        parts = range(0, len(sheets), 500)
        images = [read_sheet(sheets[at : at + 500], int(reader), crop) for at in parts]
        right[crop] = model.predict(np.concatenate(images)).argmax(axis=1) == digits
    assert right[True].mean() >= goal
    assert min(right[True][digits == digit].mean() for digit in range(10)) >= 0.85
    for crop, told in zip((True, False), TOLD[reader], strict=True):
        assert 100 * right[crop].mean() == pytest.approx(told, abs=0.2)


def test_neither_the_tools_nor_the_library_know_the_drawings():
    root = Path(__file__).parent.parent.parent
    for folder in (root / "tools", root / "cnnlib", root / "benchmarks"):
        for path in folder.rglob("*.py"):
            assert "import drawings" not in path.read_text(encoding="utf-8"), path
            assert "tests.drawings" not in path.read_text(encoding="utf-8"), path


def test_the_small_network_reads_the_embedded_test_digits_too():
    images, labels = load_digits("test")
    assert (DrawDigit().model.predict(images).argmax(axis=1) == labels).mean() > 0.98
    assert SIDES == (8, 28)
