"""Each variant is the dense convolution with the kernel that `as_dense_kernel` writes out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from settings import assert_close

from cnnlib import (
    as_dense_kernel,
    conv2d,
    conv_matrix,
    conv_transpose2d,
    cross_channel_conv2d,
    depthwise_conv2d,
    depthwise_separable_conv2d,
    flattened_conv2d,
    insert_zeros,
    pointwise_conv2d,
    separate,
    spatially_separable_conv2d,
    variant_parameters,
)

C, K, M = 4, 6, 4  # channels, filters, channels between the two steps
KERNEL = (3, 2)
rng = np.random.default_rng(3)
X = rng.normal(size=(2, C, 9, 8))
BIAS = rng.normal(size=K)
KEYWORDS = [
    {},
    {"stride": (2, 1)},
    {"padding": (1, 2)},
    {"dilation": 2},
    {"stride": (1, 3), "padding": 2, "dilation": (2, 1)},
]


def weight(*shape):
    return rng.normal(size=shape)


VARIANTS = {
    "grouped": (conv2d, [weight(K, C // 2, *KERNEL)], 2),
    "depthwise separable": (
        depthwise_separable_conv2d,
        [weight(C, 1, *KERNEL), weight(K, C)],
        1,
    ),
    "spatially separable": (
        spatially_separable_conv2d,
        [weight(K, C, KERNEL[0]), weight(K, K, KERNEL[1])],
        1,
    ),
    "flattened": (flattened_conv2d, [weight(K, C), weight(K, KERNEL[0]), weight(K, KERNEL[1])], 1),
    "cross-channel": (cross_channel_conv2d, [weight(K, C), weight(K, K // 2, *KERNEL)], 2),
}


@pytest.mark.parametrize("keywords", KEYWORDS, ids=str)
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_is_a_dense_convolution(variant, keywords):
    function, weights, groups = VARIANTS[variant]
    more = {"groups": groups} if groups > 1 else {}
    dense = as_dense_kernel(variant, *weights, **more)
    assert dense.shape == (K, C, *KERNEL)
    expected = conv2d(X, dense, BIAS, **keywords)
    assert_close(function(X, *weights, BIAS, **keywords, **more), expected)
    assert_close(function(X[0], *weights, BIAS, **keywords, **more), expected[0])


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_weights_are_as_many_as_cost_says_and_fewer_than_dense(variant):
    _, weights, groups = VARIANTS[variant]
    count = variant_parameters(variant, C, K, KERNEL, groups, bias=False)
    assert sum(w.size for w in weights) == count
    many = variant_parameters(variant, 64, 64, 3, groups, bias=False)
    assert many < variant_parameters("standard", 64, 64, 3, bias=False) or groups == 2


def test_pointwise_is_a_matrix_product_per_pixel():
    w = weight(K, C)
    expected = np.einsum("kc,nchw->nkhw", w, X) + BIAS[:, None, None]
    assert_close(pointwise_conv2d(X, w, BIAS), expected)
    assert_close(conv2d(X, as_dense_kernel("pointwise", w), BIAS), expected)
    assert variant_parameters("pointwise", C, K, 5) == w.size + K


@pytest.mark.parametrize("multiplier", [1, 3])
def test_depthwise_is_a_dense_kernel_of_mostly_zeros(multiplier):
    w = weight(C * multiplier, 1, *KERNEL)
    dense = as_dense_kernel("depthwise", w, groups=C)
    assert_close(depthwise_conv2d(X, w, padding=1), conv2d(X, dense, padding=1))
    separable = depthwise_separable_conv2d(X, w, mix := weight(K, C * multiplier))
    dense = as_dense_kernel("depthwise separable", w, mix, groups=C)
    assert_close(separable, conv2d(X, dense))
    if multiplier == 1:
        assert variant_parameters("depthwise", C, C, KERNEL, bias=False) == w.size


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_variants_keep_the_dtype(dtype):
    for function, weights, groups in VARIANTS.values():
        arrays = [w.astype(dtype) for w in weights]
        more = {"groups": groups} if groups > 1 else {}
        assert function(X.astype(dtype), *arrays, **more).dtype == dtype


def test_separable_kernels_are_found_and_others_are_told():
    for kernel in (
        [[1, 0, -1], [2, 0, -2], [1, 0, -1]],  # Sobel
        np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]),  # Gaussian
        np.ones((3, 5)),  # box
    ):
        column, row, error = separate(kernel)
        assert_close(np.outer(column, row), np.asarray(kernel, float))
        assert error < 1e-12
    assert separate([[0, 1, 0], [1, -4, 1], [0, 1, 0]]).error > 0.05
    assert separate(np.eye(3)).error == pytest.approx(np.sqrt(2 / 3))
    assert separate(np.zeros((2, 2))).error == 0
    assert separate(np.float32([[1, 2]])).column.dtype == np.float32


@given(seed=st.integers(0, 10_000))
def test_the_error_of_separate_is_the_share_that_is_lost(seed):
    kernel = np.random.default_rng(seed).normal(size=(3, 4))
    column, row, error = separate(kernel)
    lost = np.linalg.norm(kernel - np.outer(column, row)) / np.linalg.norm(kernel)
    assert error == pytest.approx(lost, abs=1e-12)
    # no other product is nearer
    rng = np.random.default_rng(seed + 1)
    for _ in range(5):
        other = np.outer(column + 0.1 * rng.normal(size=3), row + 0.1 * rng.normal(size=4))
        assert np.linalg.norm(kernel - other) >= lost * np.linalg.norm(kernel) - 1e-12


@settings(max_examples=200)
@given(
    size=st.tuples(st.integers(3, 7), st.integers(3, 7)),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    seed=st.integers(0, 99),
)
def test_the_matrix_is_the_convolution_and_its_transpose_the_transposed(
    size, kernel, stride, padding, seed
):
    rng = np.random.default_rng(seed)
    k = rng.normal(size=kernel)
    matrix = conv_matrix(k, size, stride, padding)
    x = rng.normal(size=size)
    y = conv2d(x[None], k[None, None], stride=stride, padding=padding)[0]
    assert_close((matrix @ x.ravel()).reshape(y.shape), y)
    from cnnlib import conv2d_backward

    back = conv2d_backward(y[None], x[None], k[None, None], stride=stride, padding=padding)
    assert_close((matrix.T @ y.ravel()).reshape(size), back.input[0])


@settings(max_examples=200)
@given(
    size=st.integers(1, 6),
    kernel=st.integers(1, 4),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 2),
    seed=st.integers(0, 99),
)
def test_three_views_of_the_transposed_convolution_agree(size, kernel, stride, dilation, seed):
    """Stamps; zeros inserted and a flipped kernel; the transposed matrix."""
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(1, 1, size, size)), rng.normal(size=(1, 1, kernel, kernel))
    stamped = conv_transpose2d(x, w, stride=stride, dilation=dilation)
    spread = insert_zeros(x, stride)
    full = dilation * (kernel - 1)
    assert_close(conv2d(spread, w[..., ::-1, ::-1], padding=full, dilation=dilation), stamped)
    matrix = conv_matrix(w[0, 0], stamped.shape[2:], stride, 0, dilation)
    assert_close((matrix.T @ x.ravel()).reshape(stamped.shape), stamped)


def test_the_guides_worked_example():
    """The right output of the figure in Dumoulin & Visin's guide (conv_arithmetic #17)."""
    image = [[2, 2, 3, 3, 3], [0, 1, 3, 0, 3], [2, 3, 0, 1, 3], [3, 3, 2, 1, 2], [3, 3, 0, 2, 3]]
    kernel = [[[[2, 0, 1], [1, 0, 0], [0, 1, 1]]]]
    output = conv2d([image], kernel, stride=2, padding=1)
    assert output[0].tolist() == [[1, 5, 6], [7, 8, 3], [3, 10, 4]]


def test_zeros_between_cells():
    assert insert_zeros([1, 2, 3], 3).tolist() == [1, 0, 0, 2, 0, 0, 3]
    assert insert_zeros(np.ones((2, 3, 4)), (2, 1, 3)).shape == (3, 3, 10)
    np.testing.assert_array_equal(insert_zeros(X, 1), X)
