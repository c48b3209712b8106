"""Correlation by spectra against the window that slides, and when it may be taken."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from settings import CONV, conv_settings

import cnnlib
from cnnlib import conv1d, conv2d
from cnnlib.operations import fourier, sliding
from cnnlib.operations._arguments import conv_arguments


def arguments(x, w, **keywords):
    defaults = {"bias": None, "stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    return conv_arguments(x.ndim - 2, x, w, **(defaults | keywords))


def is_taken(x, w, **keywords) -> bool:
    return fourier.pays_off(x, w, arguments(x, w, **keywords).axes)


def by_sliding(monkeypatch, call):
    with monkeypatch.context() as patch:
        patch.setattr(fourier, "pays_off", lambda *_: False)
        return call()


@settings(max_examples=300)
@given(s=conv_settings(dtypes=(np.float32,)), reaches=st.sampled_from([2, 3, 8]))
def test_spectra_give_what_sliding_gives(s, reaches):
    """Any stride, padding, dilation, cut into any number of tiles, whether or not it pays off."""
    x = s.input if s.input.ndim == s.axes + 2 else s.input[None]
    w = np.resize(s.weight, (x.shape[1], 1, *s.weight.shape[2:]))  # a filter for each channel
    a = arguments(x, w, **(s.keywords | {"groups": x.shape[1]}))
    before = fourier.REACHES_PER_TILE
    try:
        fourier.REACHES_PER_TILE = reaches
        output = fourier.correlate(x, w, a.axes)
    finally:
        fourier.REACHES_PER_TILE = before
    exact = getattr(cnnlib, CONV[s.axes])(
        x.astype(np.float64), w.astype(np.float64), **(s.keywords | {"groups": x.shape[1]})
    )
    assert output.dtype == np.float32
    assert output.shape == exact.shape
    # the transform is exact in float64: all that is left is one rounding to float32, half of 2⁻²³
    np.testing.assert_allclose(output, exact, rtol=2**-24 + 1e-12, atol=1e-12)


LARGE = [
    ((1, 1, 90, 100), (1, 1, 31, 31), {"padding": 15}),
    ((2, 3, 120, 70), (3, 1, 17, 21), {"padding": (3, 20), "groups": 3}),
    ((1, 1, 300, 300), (1, 1, 31, 31), {"stride": (1, 2), "padding": 15}),
    ((2, 2, 150, 150), (2, 1, 19, 19), {"dilation": 2, "groups": 2, "padding": 18}),
]


@pytest.mark.parametrize(("x", "w", "keywords"), LARGE)
def test_large_kernels_are_those_of_pytorch(torch, monkeypatch, x, w, keywords):
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(shape, dtype=np.float32) for shape in (x, w))
    x = x[..., ::-1]  # not as it lies in memory
    b = rng.standard_normal(len(w), dtype=np.float32)
    assert is_taken(x, w, **keywords)
    output = conv2d(x, w, b, **keywords)
    assert output.dtype == np.float32
    assert output.flags.c_contiguous
    expected = torch.nn.functional.conv2d(
        *(torch.from_numpy(a.copy()) for a in (x, w, b)), **keywords
    )
    # PyTorch and the sliding window add up hundreds of products in float32
    scale = np.sqrt(w[0].size)
    np.testing.assert_allclose(output, expected.numpy(), rtol=1e-4, atol=1e-5 * scale)
    slow = by_sliding(monkeypatch, lambda: conv2d(x, w, b, **keywords))
    np.testing.assert_allclose(output, slow, rtol=1e-4, atol=1e-5 * scale)
    assert conv2d(x, w, b, **keywords).tobytes() == output.tobytes()
    np.testing.assert_array_equal(conv2d(x[0], w, b, **keywords), output[0])


def test_a_long_signal_and_an_empty_batch():
    rng = np.random.default_rng(1)
    x, w = (rng.standard_normal((1, 1, n), dtype=np.float32) for n in (5000, 501))
    assert is_taken(x, w)
    expected = np.correlate(x[0, 0].astype(float), w[0, 0].astype(float), "valid")
    np.testing.assert_allclose(conv1d(x, w)[0, 0], expected, rtol=1e-6, atol=1e-6)
    assert conv1d(x[:0], w).shape == (0, 1, 4500)


def test_it_is_taken_only_where_it_is_exact_enough_and_wins():
    x, w = np.ones((1, 1, 512, 512), np.float32), np.ones((1, 1, 31, 31), np.float32)
    assert is_taken(x, w, padding=15)
    for dtype in (np.float16, np.float64, np.longdouble, np.int64):
        assert not is_taken(x.astype(dtype), w.astype(dtype), padding=15)
    assert not is_taken(x, w[..., :7, :7], padding=3), "small kernels slide faster"
    assert not is_taken(x, w, padding=15, stride=4), "few stops"
    assert not is_taken(x[..., :40, :40], w), "few stops"
    assert not is_taken(x, np.repeat(w, 8, axis=0), padding=15), "several filters"


def test_integers_stay_exact():
    rng = np.random.default_rng(0)
    x = rng.integers(-(2**31), 2**31, size=(1, 1, 100, 100))
    ones = np.ones((1, 1, 31, 31), int)
    assert conv2d(x, ones, padding=15)[0, 0, 50, 50] == x[0, 0, 35:66, 35:66].sum()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_stay_where_they_are(bad):
    x, w = np.ones((1, 1, 200, 200), np.float32), np.ones((1, 1, 31, 31), np.float32)
    x[0, 0, 60, 70] = bad
    assert is_taken(x, w, padding=15)
    expected = np.zeros((200, 200), bool)
    expected[45:76, 55:86] = True
    np.testing.assert_array_equal(~np.isfinite(conv2d(x, w, padding=15)[0, 0]), expected)


@pytest.mark.parametrize("large", [1e6, 1e8, 1e20, -9e36])
def test_large_numbers_stay_where_they_are(large):
    """A transform would drown the rest of the image in the rounding error of one cell."""
    x, w = np.zeros((1, 1, 200, 200), np.float32), np.ones((1, 1, 31, 31), np.float32)
    x[0, 0, :100] = 1
    x[0, 0, 60, 70] = large
    assert is_taken(x, w)
    output = conv2d(x, w)[0, 0]
    np.testing.assert_allclose(output[:30], 31 * 31, rtol=1e-6)
    np.testing.assert_allclose(output[100:], 0, atol=1e-8)
    np.testing.assert_allclose(output[61:70], 31 * 31, rtol=1e-6)  # the next rows below it


def test_an_overflow_stays_where_it_is():
    x, w = np.ones((1, 1, 200, 200), np.float32), np.ones((1, 1, 31, 31), np.float32)
    x[0, 0, 60, 70], w[0, 0, 0, 0] = 3e38, 2
    assert is_taken(x, w)
    with np.errstate(over="ignore"):
        output = conv2d(x, w)[0, 0]
    assert np.argwhere(np.isinf(output)).tolist() == [[60, 70]]
    np.testing.assert_allclose(output[100:], 31 * 31 + 1, rtol=1e-6)


def test_memory_is_that_of_a_few_tiles():
    """Beside one padded plane: no array as large as the image in float64."""
    import tracemalloc

    x, w = np.ones((1, 1, 1000, 1000), np.float32), np.ones((1, 1, 25, 25), np.float32)
    assert is_taken(x, w, padding=12)
    vars(sliding._kept).clear()
    tracemalloc.start()
    y = conv2d(x, w, padding=12)
    peak = tracemalloc.get_traced_memory()[1] - y.nbytes
    tracemalloc.stop()
    assert peak < 2 * x.nbytes
