"""Images moved, turned, shuffled: against np.rot90, np.roll, SciPy, and a seed that holds."""

import numpy as np
import pytest
from scipy import ndimage

from cnnlib.data import (
    affine,
    pad_to,
    random_affine,
    random_shift,
    shift,
    shuffle_pixels,
)

IMAGES = np.random.default_rng(0).random((5, 2, 7, 6)).astype(np.float32)
SQUARE = np.random.default_rng(1).random((4, 1, 9, 9))


def test_shuffling_is_one_permutation_for_all():
    shuffled = shuffle_pixels(IMAGES, rng=4)
    flat, moved = IMAGES.reshape(10, -1), shuffled.reshape(10, -1)
    order = [int(np.flatnonzero(flat[0] == value)[0]) for value in moved[0]]
    assert sorted(order) == list(range(42))
    assert order != list(range(42))
    assert np.array_equal(moved, flat[:, order])
    assert np.array_equal(shuffled, shuffle_pixels(IMAGES, rng=4))
    assert not np.array_equal(shuffled, shuffle_pixels(IMAGES, rng=5))


@pytest.mark.parametrize("rows", [-8, -2, 0, 1, 7])
@pytest.mark.parametrize("columns", [-9, -1, 0, 3, 6])
def test_shift_is_a_roll_without_coming_round(rows, columns):
    framed = np.pad(IMAGES, [(0, 0), (0, 0), (9, 9), (9, 9)])
    rolled = np.roll(framed, (rows, columns), axis=(2, 3))[..., 9:-9, 9:-9]
    assert np.array_equal(shift(IMAGES, rows, columns), rolled)


def test_random_shift_is_a_shift_for_each_image():
    moved = random_shift(IMAGES, 2, rng=0)
    possible = [shift(IMAGES, r, c) for r in range(-2, 3) for c in range(-2, 3)]
    chosen = [
        [k for k, each in enumerate(possible) if np.array_equal(each[n], moved[n])]
        for n in range(len(IMAGES))
    ]
    assert all(len(k) == 1 for k in chosen)
    assert len({k[0] for k in chosen}) > 1
    assert np.array_equal(moved, random_shift(IMAGES, 2, rng=0))
    assert np.array_equal(random_shift(IMAGES, 0), IMAGES)
    many = random_shift(np.ones((2000, 1, 3, 3)), 1)
    sizes = np.unique(many.sum(axis=(1, 2, 3)), return_counts=True)
    assert sizes[0].tolist() == [4, 6, 9], "all nine moves: four corners, four sides, none"


def test_frame_is_larger_and_the_image_in_its_middle():
    framed = pad_to(IMAGES, 11)
    assert framed.shape == (5, 2, 11, 11)
    assert framed.dtype == np.float32
    assert np.array_equal(framed[..., 2:9, 2:8], IMAGES)
    assert framed.sum(dtype=float) == pytest.approx(IMAGES.sum(dtype=float))


def test_quarter_turns_are_those_of_rot90():
    for quarters in range(-1, 3):
        expected = np.rot90(SQUARE, quarters, axes=(2, 3))
        np.testing.assert_allclose(affine(SQUARE, 90 * quarters), expected, atol=1e-12)


def test_whole_moves_are_shifts():
    np.testing.assert_allclose(affine(IMAGES, rows=2, columns=-1), shift(IMAGES, 2, -1), atol=1e-6)
    assert np.array_equal(affine(IMAGES), IMAGES)


@pytest.mark.parametrize(
    ("degrees", "scale", "rows", "columns"),
    [(17, 1, 0, 0), (0, 1.4, 0, 0), (0, 0.6, 0, 0), (0, 1, 0.3, -1.7), (-33, 1.2, 0.8, 0.4)],
)
def test_everything_else_is_that_of_scipy(degrees, scale, rows, columns):
    turned = np.radians(degrees)
    matrix = np.array([[np.cos(turned), np.sin(turned)], [-np.sin(turned), np.cos(turned)]]) / scale
    centre = np.array([3.0, 2.5])
    offset = centre - matrix @ (centre + np.array([rows, columns]))
    result = affine(IMAGES, degrees, scale, rows, columns)
    assert result.dtype == np.float32
    for n, c in np.ndindex(5, 2):
        framed = np.pad(IMAGES[n, c], 8)  # SciPy would treat the border as a wall, not as paper
        expected = ndimage.affine_transform(
            framed, matrix, offset + 8 - matrix @ [8, 8], order=1, output=np.float64
        )[8:-8, 8:-8]
        np.testing.assert_allclose(result[n, c], expected, atol=1e-5)


def test_each_image_may_have_its_own():
    degrees = np.array([0.0, 30, 60, 90])
    together = affine(SQUARE, degrees)
    for n, angle in enumerate(degrees):
        assert np.array_equal(together[n], affine(SQUARE[n : n + 1], angle)[0])


def test_random_affine_keeps_its_bounds_and_its_seed():
    images = np.zeros((300, 1, 15, 15))
    images[:, 0, 6:9, 6:9] = 1
    moved = random_affine(images, scale=(0.8, 1.5), most=2, rng=1)
    assert np.array_equal(moved, random_affine(images, scale=(0.8, 1.5), most=2, rng=1))
    ink = moved.sum(axis=(1, 2, 3))
    assert 9 * 0.8**2 - 1 < ink.min() < 7.5
    assert 17 < ink.max() < 9 * 1.5**2 * 1.1
    where = (moved * np.arange(15)[:, None]).sum(axis=(1, 2, 3)) / ink - 7
    assert -2.01 < where.min() < -1.7
    assert 1.7 < where.max() < 2.01


def test_nothing_given_is_changed_and_no_images_are_fine():
    before = IMAGES.copy()
    for result in (
        shuffle_pixels(IMAGES),
        shift(IMAGES, 0, 0),
        random_shift(IMAGES, 1),
        pad_to(IMAGES, 7),
        affine(IMAGES),
    ):
        result += 1
    assert np.array_equal(before, IMAGES)
    assert random_affine(IMAGES[:0], degrees=9).shape == (0, 2, 7, 6)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: pad_to(IMAGES, 6), r"at least that of the images, \(7, 6\), got 6"),
        (lambda: shift(np.ones(3), 1, 1), "at least 2 axes"),
        (lambda: shift(IMAGES, 0.5, 1), "rows must be an int"),
        (lambda: random_shift(np.ones((3, 3)), 1), "at least 3 axes"),
        (lambda: random_shift(IMAGES, -1), "most must be at least 0"),
        (lambda: affine(IMAGES, degrees=[1, 2]), "one for each of 5 images, got 2"),
        (lambda: affine(IMAGES, degrees=np.nan), "degrees must be finite"),
        (lambda: affine(IMAGES, scale=0), "scale must be above 0"),
        (lambda: affine(np.ones((1, 3, 3), int)), "must hold floats"),
        (lambda: random_affine(IMAGES, scale=(1.2, 0.9)), "smallest and the largest"),
        (lambda: random_affine(IMAGES, degrees=-3), "degrees must be at least 0"),
    ],
)
def test_wrong_calls_are_refused(call, match):
    with pytest.raises((ValueError, TypeError), match=match):
        call()
