"""The fast functions against the oracle of plain counting and adding."""

import ast
import re
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from settings import (
    CONV,
    TRANSPOSED,
    assert_close,
    backward_of,
    conv_settings,
    per_axis,
    random,
    transposed_settings,
)
from test_pooling import pool_settings

import cnnlib
from cnnlib import reference


def loops(name: str):
    """The oracle of a function: one for all dimensions, as `conv` for `conv2d`."""
    found = re.fullmatch(r"(\w+?)(\d)d(_backward)?", name)
    function = getattr(reference, found[1] + (found[3] or ""))
    return partial(function, int(found[2])) if "pool" in name else function


def compare(name: str, *arguments, **keywords) -> None:
    is_backward = name.endswith("_backward")
    function = backward_of(name[: -len("_backward")]) if is_backward else getattr(cnnlib, name)
    got = function(*arguments, **keywords)
    expected = loops(name)(*arguments, **keywords)
    if not isinstance(expected, tuple):
        got, expected = (got,), (expected,)
    for one, other in zip(got, expected, strict=True):
        assert_close(one, other, name)


def test_the_oracle_imports_nothing_of_what_it_judges():
    tree = ast.parse(Path(reference.__file__).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {
        name.split(".")[0]
        for node in imports
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [node.names[0].name])
    }
    assert names - set(sys.stdlib_module_names) == {"numpy"}


@settings(max_examples=60)
@given(s=conv_settings())
def test_convolution(s):
    compare(CONV[s.axes], s.input, s.weight, s.bias, **s.keywords)


@settings(max_examples=40)
@given(
    s=st.one_of(conv_settings(axes=1), conv_settings(axes=2)),
    mode=st.sampled_from(["same", "full", "valid"]),
)
def test_convolution_with_named_padding(s, mode):
    keywords = s.keywords | {"padding": mode}
    if mode == "same":
        keywords["stride"] = 1
    if mode == "valid":
        room = [(0, 0)] * (s.input.ndim - s.axes) + [(3, 3)] * s.axes
        s.input = np.pad(s.input, room)  # so that every kernel fits
    compare(CONV[s.axes], s.input, s.weight, s.bias, **keywords)


@settings(max_examples=60)
@given(s=conv_settings())
def test_convolution_backward(s):
    shape = loops(CONV[s.axes])(s.input, s.weight, **s.keywords).shape
    dy = np.random.default_rng(0).normal(size=shape).astype(s.input.dtype)
    compare(CONV[s.axes] + "_backward", dy, s.input, s.weight, **s.keywords)


@settings(max_examples=60)
@given(s=transposed_settings())
def test_transposed_convolution(s):
    compare(TRANSPOSED[s.axes], s.input, s.weight, s.bias, **s.keywords)


@settings(max_examples=60)
@given(setting=st.one_of(pool_settings(dilated=True), pool_settings(dilated=False)))
def test_pooling_and_its_gradient(setting):
    x, kernel, keywords = setting
    name = f"{'max' if 'dilation' in keywords else 'avg'}_pool2d"
    dy = np.random.default_rng(0).normal(size=loops(name)(x, kernel, **keywords).shape)
    ties = np.round(x)  # so that the first of equal cells is asked for, too
    for values in (x, ties):
        compare(name, values, kernel, **keywords)
        compare(name + "_backward", dy.astype(x.dtype), values, kernel, **keywords)


def test_global_average_pooling():
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    assert_close(cnnlib.global_avg_pool2d(x), reference.avg_pool(2, x, (4, 5)))


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
        "depthwise separable": [(c * m, 1, u, v), (k, c * m)],
        "spatially separable": [(m, c, u), (k, m, v)],
        "flattened": [(k, c), (k, u), (k, v)],
        "cross-channel": [(m * groups, c), (k, m, u, v)],
    }
    return [random(draw, shape, dtype) for shape in shapes[variant]]


VARIANTS = [
    "pointwise",
    "grouped",
    "depthwise",
    "depthwise separable",
    "spatially separable",
    "flattened",
    "cross-channel",
]


@pytest.mark.parametrize("variant", VARIANTS)
@settings(max_examples=40)
@given(data=st.data())
def test_variants(torch, variant, data):
    """The fast function against the loops and PyTorch, both with the dense kernel of the loops."""
    draw = data.draw
    groups, m = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    c, k = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    kernel = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    x = random(draw, (*draw(st.sampled_from([(), (0,), (2,)])), c, 6, 7), dtype)
    weights = weights_of(draw, variant, c, k, m, kernel, groups, dtype)
    own_groups = c if variant.startswith("depthwise") else groups
    dense = reference.dense_kernel(variant, *weights, groups=own_groups).astype(dtype)
    assert_close(cnnlib.as_dense_kernel(variant, *weights, groups=own_groups), dense)
    bias = random(draw, (len(dense),), dtype) if draw(st.booleans()) else None
    keywords = {}
    if variant != "pointwise":
        keywords = {name: per_axis(draw, 2, 1, 2) for name in ("stride", "dilation")}
        keywords["padding"] = per_axis(draw, 2, 0, 2)
    more = {"groups": groups} if variant in ("grouped", "cross-channel") else {}
    name = variant.replace(" ", "_").replace("-", "_") + "_conv2d"
    name = "conv2d" if variant == "grouped" else name
    expected = reference.conv(x, dense, bias, **keywords)
    assert_close(getattr(cnnlib, name)(x, *weights, bias, **keywords, **more), expected)
    tensors = (None if a is None else torch.from_numpy(a.copy()) for a in (x, dense, bias))
    assert_close(torch.nn.functional.conv2d(*tensors, **keywords).numpy(), expected)


@settings(max_examples=60)
@given(data=st.data())
def test_the_matrix_of_a_convolution(data):
    """Column r · W + q is what the convolution makes of an image with a single 1 at (r, q)."""
    size, kernel = (
        data.draw(st.tuples(st.integers(low, low + 2), st.integers(low, low + 2))) for low in (3, 1)
    )
    k = random(data.draw, kernel, data.draw(st.sampled_from([np.float32, np.int16])))
    keywords = {
        "stride": per_axis(data.draw, 2, 1, 3),
        "padding": per_axis(data.draw, 2, 2, 3),
        "dilation": per_axis(data.draw, 2, 1, 2),
    }
    units = np.eye(size[0] * size[1], dtype=k.dtype).reshape(-1, 1, *size)
    maps = reference.conv(units, k[None, None], **keywords)
    assert_close(cnnlib.conv_matrix(k, size, **keywords), maps.reshape(len(units), -1).T)


@given(shape=st.lists(st.integers(1, 4), min_size=1, max_size=4), stride=st.integers(1, 3))
def test_zeros_between_cells(shape, stride):
    x = np.arange(1, np.prod(shape) + 1).reshape(shape)
    one_for_all = (1,) * (len(shape) - 2) + (stride,) * min(2, len(shape))
    for given_stride, steps in ((stride, one_for_all), (tuple(range(1, len(shape) + 1)),) * 2):
        expected = np.zeros([(n - 1) * s + 1 for n, s in zip(shape, steps, strict=True)], x.dtype)
        expected[tuple(slice(None, None, s) for s in steps)] = x
        np.testing.assert_array_equal(cnnlib.insert_zeros(x, given_stride), expected)


def test_integers_are_exact():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, size=(2, 3, 6, 6)).astype(np.uint8)
    w = rng.integers(-128, 128, size=(4, 3, 3, 3)).astype(np.int8)
    np.testing.assert_array_equal(cnnlib.conv2d(x, w), reference.conv(x, w))
    white = np.full((1, 1, 3, 3), 255, np.uint8)  # no overflow of bytes in the loops either
    assert reference.conv(white, white)[0, 0, 0, 0] == 9 * 255 * 255
    assert reference.convolve2d(white[0, 0], white[0, 0], "valid")[0, 0] == 9 * 255 * 255
    assert reference.conv_transpose(white, white)[0, 0, 2, 2] == 9 * 255 * 255


def test_a_pooling_window_larger_than_the_input(torch):
    """PyTorch takes it in ceil mode, and so does the oracle: one window over all there is."""
    x = np.arange(49.0).reshape(1, 7, 7)
    assert reference.avg_pool(2, x, 128, ceil_mode=True).tolist() == [[[24.0]]]
    assert reference.max_pool(2, x[:, :2, :2], 3, 2, ceil_mode=True).tolist() == [[[8.0]]]
    average = torch.nn.functional.avg_pool2d(torch.from_numpy(x), 128, ceil_mode=True)
    assert_close(reference.avg_pool(2, x, 128, ceil_mode=True), average.numpy())
