"""The fast functions against the loops that mirror the formulas."""

import inspect
import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from settings import (
    CONV,
    TRANSPOSED,
    assert_close,
    conv_settings,
    per_axis,
    random,
    transposed_settings,
)
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


def weights_of(draw, variant, c, k, m, kernel, groups, dtype):
    """The weights of a variant, in the order of its function."""
    u, v = kernel
    shapes = {
        "pointwise": [(k, c)],
        "grouped": [(k, c // groups, u, v)],
        "depthwise": [(c * m, 1, u, v)],
        "depthwise_separable": [(c * m, 1, u, v), (k, c * m)],
        "spatially_separable": [(m, c, u), (k, m, v)],
        "flattened": [(k, c), (k, u), (k, v)],
        "cross_channel": [(m * groups, c), (k, m, u, v)],
    }
    return [random(draw, shape, dtype) for shape in shapes[variant]]


VARIANTS = [
    "pointwise",
    "grouped",
    "depthwise",
    "depthwise_separable",
    "spatially_separable",
    "flattened",
    "cross_channel",
]


@pytest.mark.parametrize("variant", VARIANTS)
@settings(max_examples=40)
@given(data=st.data())
def test_variants(torch, variant, data):
    """The loops, the fast function, and PyTorch with the dense kernel that does the same."""
    draw = data.draw
    groups, m = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    c, k = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    kernel = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    x = random(draw, (*draw(st.sampled_from([(), (0,), (2,)])), c, 6, 7), dtype)
    weights = weights_of(draw, variant, c, k, m, kernel, groups, dtype)
    dense = cnnlib.as_dense_kernel(
        variant.replace("_", " ") if variant != "cross_channel" else "cross-channel",
        *weights,
        groups=c if variant.startswith("depthwise") else groups,
    )
    bias = random(draw, (len(dense),), dtype) if draw(st.booleans()) else None
    keywords = {}
    if variant != "pointwise":
        keywords = {name: per_axis(draw, 2, 1, 2) for name in ("stride", "dilation")}
        keywords["padding"] = per_axis(draw, 2, 0, 2)
    more = {"groups": groups} if variant in ("grouped", "cross_channel") else {}
    loops = getattr(reference, f"{variant}_conv2d")(x, *weights, bias, **keywords, **more)
    assert_close(getattr(cnnlib, f"{variant}_conv2d")(x, *weights, bias, **keywords, **more), loops)
    tensors = (None if a is None else torch.from_numpy(a.copy()) for a in (x, dense, bias))
    assert_close(torch.nn.functional.conv2d(*tensors, **keywords).numpy(), loops)


@settings(max_examples=60)
@given(data=st.data())
def test_the_matrix_of_a_convolution(data):
    size, kernel = (
        data.draw(st.tuples(st.integers(low, low + 2), st.integers(low, low + 2))) for low in (3, 1)
    )
    k = random(data.draw, kernel, data.draw(st.sampled_from([np.float32, np.int16])))
    keywords = {
        "stride": per_axis(data.draw, 2, 1, 3),
        "padding": per_axis(data.draw, 2, 2, 3),
        "dilation": per_axis(data.draw, 2, 1, 2),
    }
    loops = reference.conv_matrix(k, size, **keywords)
    np.testing.assert_array_equal(cnnlib.conv_matrix(k, size, **keywords), loops)
    assert cnnlib.conv_matrix(k, size, **keywords).dtype == loops.dtype


@given(shape=st.lists(st.integers(1, 4), min_size=1, max_size=4), stride=st.integers(1, 3))
def test_zeros_between_cells(shape, stride):
    x = np.arange(1, np.prod(shape) + 1).reshape(shape)
    np.testing.assert_array_equal(cnnlib.insert_zeros(x, stride), reference.insert_zeros(x, stride))
    steps = tuple(range(1, len(shape) + 1))
    np.testing.assert_array_equal(cnnlib.insert_zeros(x, steps), reference.insert_zeros(x, steps))


def test_every_forward_operation_has_its_loops():
    """All that slides a window: what maps maps to maps, under the same name and arguments."""
    operations = [
        name
        for name in cnnlib.__all__
        if re.search(r"conv.*\dd$|correlate2d|pool\dd$|conv_matrix|insert_zeros", name)
    ]
    assert len(operations) >= 24
    for name in operations:
        ours = inspect.signature(getattr(cnnlib, name)).parameters
        loops = inspect.signature(getattr(reference, name)).parameters
        assert [p for p in ours if p != "return_indices"] == list(loops), name
        for parameter in loops:
            assert loops[parameter].default == ours[parameter].default, (name, parameter)


def test_integers_are_exact():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, size=(2, 3, 6, 6)).astype(np.uint8)
    w = rng.integers(-128, 128, size=(4, 3, 3, 3)).astype(np.int8)
    np.testing.assert_array_equal(cnnlib.conv2d(x, w), reference.conv2d(x, w))
    white = np.full((1, 1, 3, 3), 255, np.uint8)  # no overflow of bytes in the loops either
    assert reference.conv2d(white, white)[0, 0, 0, 0] == 9 * 255 * 255
    assert reference.convolve2d(white[0, 0], white[0, 0], "valid")[0, 0] == 9 * 255 * 255
    assert reference.conv_transpose2d(white, white)[0, 0, 2, 2] == 9 * 255 * 255
