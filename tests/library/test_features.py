"""Hand-made features against loops, and what must hold when an image is turned."""

import math

import numpy as np
import pytest

from cnnlib import conv2d
from cnnlib.data import load_digits
from cnnlib.operations.features import orientation_histograms, pattern_share, sobel_bank


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def histogram_by_loops(image, cell, directions):
    """Go from pixel to pixel with the definition alone."""
    height, width = image.shape
    around = np.pad(image.astype(float), 1)
    out = np.zeros((directions, height // cell, width // cell))
    for row in range(height // cell * cell):
        for column in range(width // cell * cell):
            b = around[row : row + 3, column : column + 3]
            dx = (b[0, 2] + 2 * b[1, 2] + b[2, 2]) - (b[0, 0] + 2 * b[1, 0] + b[2, 0])
            dy = (b[2, 0] + 2 * b[2, 1] + b[2, 2]) - (b[0, 0] + 2 * b[0, 1] + b[0, 2])
            degrees = math.degrees(math.atan2(dy, dx))
            distances = [
                abs((degrees - 360 * k / directions + 180) % 360 - 180) for k in range(directions)
            ]
            best = int(np.argmin(distances))
            out[best, row // cell, column // cell] += math.hypot(dx, dy) / cell**2
    return out


@pytest.mark.parametrize(("cell", "directions"), [(2, 8), (4, 8), (3, 5), (1, 1)])
def test_histograms_against_loops(cell, directions, rng):
    images = rng.normal(size=(3, 1, 9, 8))  # no gradient lies half way between two directions
    expected = np.stack([histogram_by_loops(image[0], cell, directions) for image in images])
    np.testing.assert_allclose(orientation_histograms(images, cell, directions), expected)
    np.testing.assert_allclose(
        orientation_histograms(images[0], cell, directions), expected[0], rtol=1e-12
    )


def test_a_quarter_turn_moves_the_votes_by_a_quarter_of_the_directions(rng):
    image = rng.normal(size=(1, 8, 8))
    clockwise = np.rot90(image, -1, axes=(1, 2))
    before = orientation_histograms(image, 8)[:, 0, 0]
    after = orientation_histograms(clockwise, 8)[:, 0, 0]
    np.testing.assert_allclose(after, np.roll(before, 2))


def test_kernel_of_a_bank_answers_with_the_cosine(rng):
    patch = rng.normal(size=(1, 3, 3))
    dx, dy = (float(conv2d(patch, sobel_bank(4, float))[k, 0, 0]) for k in (0, 1))
    answers = conv2d(patch, sobel_bank(12, float))[:, 0, 0]
    angles = np.radians(np.arange(12) * 30)
    expected = math.hypot(dx, dy) * np.cos(math.atan2(dy, dx) - angles)
    np.testing.assert_allclose(answers, expected, atol=1e-12)


def test_bank_and_histogram_agree_on_the_strongest_direction():
    digits = load_digits("test")[0]
    soft = np.maximum(conv2d(digits, sobel_bank(), padding=1), 0)
    hard = orientation_histograms(digits, cell_size=1)
    strong = hard.max(axis=1) > 0.5
    agree = (soft.argmax(axis=1) == hard.argmax(axis=1))[strong]
    assert strong.sum() > 5000
    assert agree.mean() > 0.99  # a tie between two directions may fall either way


def test_dtypes():
    assert orientation_histograms(np.zeros((1, 4, 4), np.float32)).dtype == np.float32
    assert orientation_histograms(np.zeros((1, 4, 4), np.uint8)).dtype == np.float64
    assert sobel_bank(dtype=np.float64).dtype == np.float64


def test_bytes_do_not_overflow():
    image = np.full((1, 6, 6), 255, np.uint8)
    image[:, :, :3] = 0
    np.testing.assert_array_equal(
        orientation_histograms(image), orientation_histograms(image.astype(float))
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.zeros((8, 8)),), "images must have"),
        ((np.zeros((3, 8, 8)),), "images must have one channel"),
        ((np.zeros((1, 8, 8)), 0), "cell_size must be at least 1"),
        ((np.zeros((1, 8, 8)), 2, 0), "directions must be at least 1"),
        ((np.zeros((1, 8, 8)), 9), "kernel|window|fit"),
    ],
)
def test_wrong_arguments_are_told(arguments, words):
    with pytest.raises(ValueError, match=words):
        orientation_histograms(*arguments)


def test_pattern_share_is_that_of_the_best_mixture():
    rng = np.random.default_rng(0)
    patterns, kernels = rng.normal(size=(2, 3, 3)), rng.normal(size=(5, 1, 3, 3))
    for kernel, share in zip(kernels, pattern_share(patterns, kernels), strict=True):
        columns = patterns.reshape(2, 9).T
        rest = np.linalg.lstsq(columns, kernel.ravel(), rcond=None)[1][0]
        assert share == pytest.approx(1 - rest / (kernel**2).sum())
    many = pattern_share(patterns, rng.normal(size=(4000, 3, 3)))
    assert many.mean() == pytest.approx(2 / 9, abs=0.01)
    with pytest.raises(ValueError, match="of the size"):
        pattern_share(patterns, np.ones((1, 5, 5)))
