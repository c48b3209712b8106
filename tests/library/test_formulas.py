"""The short loops that chapters print, against the oracle, PyTorch and SciPy."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from cnnlib import formulas, reference
from cnnlib.sources import source_of

FUNCTIONS = [f for _, f in inspect.getmembers(formulas, inspect.isfunction)]


def integers(*shape, seed=0) -> np.ndarray:
    """Whole numbers, so that sums are exact and results must be equal."""
    return np.random.default_rng([seed, *shape]).integers(-9, 10, size=shape)


def size(low: int, high: int = 4):
    return st.integers(low, low + high)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_is_a_few_lines_that_fit_on_a_page(function):
    lines = source_of(function).splitlines()
    assert len(lines) <= 11, "the line with its name and at most ten"
    assert max(map(len, lines)) <= 88


@given(n=size(3), k=size(1, 2))
def test_along_a_row(n, k):
    x, w = integers(n), integers(k)
    expected = reference.conv(x[None], w[None, None])[0]
    np.testing.assert_array_equal(formulas.correlate1d(x, w), expected)
    np.testing.assert_array_equal(formulas.convolve1d(x, w), np.convolve(x, w))
    np.testing.assert_array_equal(formulas.convolve1d(w, x), np.convolve(x, w))


@given(h=size(3), w=size(3), m=size(1, 2), n=size(1, 2))
def test_over_an_image(h, w, m, n):
    image, kernel = integers(h, w), integers(m, n)
    expected = reference.correlate2d(image, kernel, "valid")
    np.testing.assert_array_equal(formulas.correlate2d(image, kernel), expected)
    np.testing.assert_array_equal(expected, signal.correlate2d(image, kernel, "valid"))


@given(h=size(4), w=size(4), m=size(1, 3), n=size(1, 3))
def test_centred_on_the_pixel(h, w, m, n):
    """As SciPy for odd sizes; for even ones as PyTorch, with its kernel turned."""
    image, kernel = integers(h, w), integers(m, n)
    centred = formulas.convolve_centred(image, kernel)
    turned = kernel[None, None, ::-1, ::-1]
    np.testing.assert_array_equal(centred, reference.conv(image[None], turned, padding="same")[0])
    if m % 2 and n % 2:
        np.testing.assert_array_equal(centred, signal.convolve2d(image, kernel, "same"))
    if m % 2 == 0 and n % 2 == 0:  # one cell further up and left
        np.testing.assert_array_equal(
            centred[:-1, :-1], signal.convolve2d(image, kernel, "same")[1:, 1:]
        )


@given(c=size(1, 2), filters=size(1, 2), m=size(1, 2), n=size(1, 2))
def test_a_volume_and_its_gradients(torch, c, filters, m, n):
    x, w, b = integers(c, 5, 6), integers(filters, c, m, n), integers(filters)
    maps = formulas.conv2d(x, w, b)
    np.testing.assert_array_equal(maps, reference.conv(x, w, b))
    np.testing.assert_array_equal(maps[-1], formulas.volume_filter(x, w[-1], b[-1]))
    np.testing.assert_array_equal(formulas.conv2d(x, w), reference.conv(x, w))
    g = integers(*maps.shape, seed=1)
    leaves = [torch.from_numpy(a.astype(float)).requires_grad_() for a in (x, w, b)]
    torch.nn.functional.conv2d(*leaves).backward(torch.from_numpy(g.astype(float)))
    gradients = formulas.conv2d_backward(g, x, w)
    for got, expected, leaf in zip(
        gradients, reference.conv_backward(g, x, w), leaves, strict=True
    ):
        np.testing.assert_array_equal(got, expected)
        np.testing.assert_array_equal(got, leaf.grad.numpy())


@given(n=size(3), k=size(1, 2))
def test_gradients_along_a_row(n, k):
    x, w, g = integers(n), integers(k), integers(n - k + 1, seed=1)
    grad_x, grad_w = formulas.correlate1d_backward(g, x, w)
    expected = reference.conv_backward(g[None], x[None], w[None, None])
    np.testing.assert_array_equal(grad_x, expected[0][0])
    np.testing.assert_array_equal(grad_w, expected[1][0, 0])


@given(f=size(1, 2), s=size(1, 2), p=size(0, 2), d=size(1, 2), more=size(0))
def test_stride_padding_and_dilation(f, s, p, d, more):
    n = max(1, d * (f - 1) + 1 - 2 * p) + more
    setting = {"stride": s, "padding": p, "dilation": d}
    x, w = integers(n), integers(f)
    expected = reference.conv(x[None], w[None, None], **setting)[0]
    np.testing.assert_array_equal(formulas.slide1d(x, w, s, p, d), expected)
    image, kernel = integers(n, n + 1), integers(f, f)
    expected = reference.conv(image[None], kernel[None, None], **setting)[0]
    np.testing.assert_array_equal(formulas.slide2d(image, kernel, s, p, d), expected)


@given(n=size(1), f=size(1, 3), s=size(1, 2), d=size(1, 2), data=st.data())
def test_stamps(torch, n, f, s, d, data):
    whole = (n - 1) * s + d * (f - 1) + 1
    p = data.draw(st.integers(0, min(3, (whole - 1) // 2)))
    x, w = integers(n), integers(f)
    stamped = formulas.conv_transpose1d(x, w, s, p, d)
    setting = {"stride": s, "padding": p, "dilation": d}
    expected = reference.conv_transpose(x[None], w[None, None], **setting)[0]
    np.testing.assert_array_equal(stamped, expected)
    tensors = (torch.from_numpy(a.astype(float)) for a in (x[None], w[None, None]))
    by_torch = torch.nn.functional.conv_transpose1d(*tensors, **setting)
    np.testing.assert_array_equal(stamped, by_torch[0].numpy())


@given(t=size(1, 2), m=size(1, 2), n=size(1, 2))
def test_through_time(t, m, n):
    clip, kernel = integers(4, 5, 4), integers(t, m, n)
    expected = reference.conv(clip[None], kernel[None, None])[0]
    np.testing.assert_array_equal(formulas.correlate3d(clip, kernel), expected)


@given(f=size(1, 2), s=size(1, 2), more=size(0), rounded=st.booleans())
def test_pooling_and_its_gradients(f, s, more, rounded):
    x = integers(f + more, f + 2) // (5 if rounded else 1)  # many ties
    for name in ("max_pool", "avg_pool"):
        pooled = getattr(formulas, f"{name}2d")(x, f, s)
        expected = getattr(reference, name)(2, x[None], f, s)[0]
        np.testing.assert_allclose(pooled, expected, rtol=1e-13, atol=1e-13)
        g = integers(*pooled.shape, seed=1)
        got = getattr(formulas, f"{name}2d_backward")(g, x, f, s)
        expected = getattr(reference, f"{name}_backward")(2, g[None], x[None], f, s)[0]
        np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-13)


def test_nan_stays_in_sight():
    assert np.isnan(formulas.max_pool2d(np.array([[1, np.nan], [3, 2]]), 2, 2)).all()


@given(c=size(1, 1), k=size(1, 1), groups=size(1, 1), m=size(1, 2), n=size(1, 2))
def test_variants(c, k, groups, m, n):
    """Each against the loops with the dense kernel that does the same."""
    c, k = c * groups, k * groups
    x = integers(c, 4, 5)

    def same(got, variant, *weights, groups=1):
        dense = reference.dense_kernel(variant, *weights, groups=groups)
        np.testing.assert_array_equal(got, reference.conv(x, dense))

    mix = integers(k, c)
    same(formulas.pointwise_conv2d(x, mix), "pointwise", mix)
    w = integers(k, c // groups, m, n)
    same(formulas.grouped_conv2d(x, w, groups), "grouped", w, groups=groups)
    each = integers(c, 1, m, n)
    got = formulas.depthwise_separable_conv2d(x, each, mix)
    same(got, "depthwise separable", each, mix, groups=c)
    columns, rows = integers(k, m), integers(k, n, seed=1)
    same(formulas.flattened_conv2d(x, mix, columns, rows), "flattened", mix, columns, rows)
    outer = np.outer(columns[0], rows[0])
    separable = formulas.spatially_separable_conv2d(x[0], columns[0], rows[0])
    np.testing.assert_array_equal(separable, reference.correlate2d(x[0], outer, "valid"))
