"""The fast functions against the loops that mirror the formulas."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from settings import CONV, TRANSPOSED, assert_close, conv_settings, transposed_settings
from test_pooling import pool_settings

import cnnlib
from cnnlib import reference


@settings(max_examples=60)
@given(s=conv_settings())
def test_convolution(s):

    name = CONV[s.axes]
    arguments = s.input, s.weight, s.bias
    assert_close(
        getattr(cnnlib, name)(*arguments, **s.keywords),
        getattr(reference, name)(*arguments, **s.keywords),
    )


@settings(max_examples=60)
@given(s=st.one_of(conv_settings(axes=1), conv_settings(axes=2)))
def test_convolution_backward(s):
    shape = getattr(cnnlib, CONV[s.axes])(s.input, s.weight, **s.keywords).shape
    dy = np.random.default_rng(0).normal(size=shape).astype(s.input.dtype)
    arguments = dy, s.input, s.weight
    name = CONV[s.axes] + "_backward"
    fast = getattr(cnnlib, name)(*arguments, **s.keywords)
    loops = getattr(reference, name)(*arguments, **s.keywords)
    for got, expected in zip(fast, loops, strict=True):
        assert_close(got, expected)


@settings(max_examples=60)
@given(setting=st.one_of(pool_settings(dilated=True), pool_settings(dilated=False)))
def test_pooling_backward(setting):
    axes, x, kernel, keywords = setting
    assume(axes == 2)
    name = "max_pool2d" if "dilation" in keywords else "avg_pool2d"
    dy = np.random.default_rng(0).normal(size=getattr(cnnlib, name)(x, kernel, **keywords).shape)
    ties = np.round(x)  # so that the first of equal cells is asked for, too
    for values in (x, ties):
        arguments = dy.astype(x.dtype), values, kernel
        assert_close(
            getattr(cnnlib, name + "_backward")(*arguments, **keywords),
            getattr(reference, name + "_backward")(*arguments, **keywords),
        )


def test_a_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="grad_output"):
        reference.conv2d_backward(np.ones((1, 3, 3)), np.ones((1, 3, 3)), np.ones((1, 1, 2, 2)))


@settings(max_examples=60)
@given(s=transposed_settings())
def test_transposed_convolution(s):
    name = TRANSPOSED[s.axes]
    arguments = s.input, s.weight, s.bias
    assert_close(
        getattr(cnnlib, name)(*arguments, **s.keywords),
        getattr(reference, name)(*arguments, **s.keywords),
    )


@settings(max_examples=60)
@given(setting=st.one_of(pool_settings(dilated=True), pool_settings(dilated=False)))
def test_pooling(setting):
    axes, x, kernel, keywords = setting
    name = f"{'max' if 'dilation' in keywords else 'avg'}_pool{axes}d"
    assert_close(
        getattr(cnnlib, name)(x, kernel, **keywords),
        getattr(reference, name)(x, kernel, **keywords),
    )


def test_global_average_pooling():
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    assert_close(cnnlib.global_avg_pool2d(x), reference.global_avg_pool2d(x))


@settings(max_examples=60)
@given(
    image=st.tuples(st.integers(4, 6), st.integers(4, 6)),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    mode=st.sampled_from(["full", "same", "valid"]),
    name=st.sampled_from(["convolve2d", "correlate2d"]),
)
def test_plain_images(image, kernel, mode, name):
    rng = np.random.default_rng(sum(image) * 10 + sum(kernel))
    x, k = rng.integers(-9, 9, size=image), rng.integers(-9, 9, size=kernel)
    assert_close(getattr(cnnlib, name)(x, k, mode), getattr(reference, name)(x, k, mode))


def test_integers_are_exact():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, size=(2, 3, 6, 6)).astype(np.uint8)
    w = rng.integers(-128, 128, size=(4, 3, 3, 3)).astype(np.int8)
    np.testing.assert_array_equal(cnnlib.conv2d(x, w), reference.conv2d(x, w))
