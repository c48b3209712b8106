"""The named image kernels: what they keep, what they answer to, and SciPy's Sobel and Laplace."""

import numpy as np
import pytest
from scipy import ndimage

import cnnlib
from cnnlib.operations.kernels import KERNELS, get_kernel
from cnnlib.widgets.image_kernels import PRESETS

IMAGE = np.random.default_rng(0).random((9, 11))


def answer(name: str) -> np.ndarray:
    return cnnlib.conv2d(IMAGE[None], get_kernel(name)[None, None])[0]


@pytest.mark.parametrize("name", KERNELS)
def test_a_plain_area_stays_as_it_is_or_becomes_nothing(name):
    assert get_kernel(name).sum() in (pytest.approx(0), pytest.approx(1))


@pytest.mark.parametrize("name", ["identity", "box blur", "Gaussian blur", "sharpen", "emboss"])
def test_a_plain_area_stays(name):
    assert get_kernel(name).sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("identity", IMAGE),
        ("box blur", ndimage.uniform_filter(IMAGE, 3)),
        ("Sobel x", ndimage.sobel(IMAGE, axis=1)),
        ("Sobel y", ndimage.sobel(IMAGE, axis=0)),
        ("Laplacian", ndimage.laplace(IMAGE)),
    ],
)
def test_answers_as_scipy_does(name, oracle):
    np.testing.assert_allclose(answer(name), oracle[1:-1, 1:-1], atol=1e-12)


def test_unknown_name_is_named():
    with pytest.raises(ValueError, match=r"name must be one of .*Sobel x.*, got 'Prewitt'"):
        get_kernel("Prewitt")


def test_caller_may_change_what_it_got():
    get_kernel("identity")[:] = 7
    assert get_kernel("identity").sum() == 1


@pytest.mark.parametrize("name", KERNELS)
def test_the_photo_widget_offers_it_in_whole_numbers(name):
    divisor, rows = PRESETS[name]
    np.testing.assert_allclose(np.array(rows) / divisor, get_kernel(name))
