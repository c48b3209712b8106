"""Pooling against PyTorch, finite differences, and the cases that its gradient gets wrong."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from settings import assert_close, assert_gradient, per_axis, random, spread

import cnnlib
from cnnlib import (
    avg_pool2d,
    avg_pool2d_backward,
    global_avg_pool2d,
    max_pool2d,
    max_pool2d_backward,
)

LECTURE = np.array([[1, 4, 2, 1], [5, 8, 3, 4], [7, 6, 4, 5], [1, 3, 1, 2]])


@st.composite
def pool_settings(draw, dilated: bool, dtypes=(np.float32, np.float64)):
    axes = 2
    kernel = per_axis(draw, axes, 1, 4)
    dilation = per_axis(draw, axes, 1, 3) if dilated else 1
    stride = draw(st.one_of(st.none(), st.just(per_axis(draw, axes, 1, 5))))
    padding, size = [], []
    for k, d in zip(spread(kernel, axes), spread(dilation, axes), strict=True):
        reach = d * (k - 1) + 1
        padding.append(draw(st.integers(0, k // 2)))
        size.append(max(1, reach - 2 * padding[-1]) + draw(st.integers(0, 9)))
        # PyTorch's index of a window that holds no cell at all lies outside the map
        assume(reach == k or size[-1] >= d)
    batch = draw(st.sampled_from([(), (0,), (1,), (2,)]))
    x = random(draw, (*batch, draw(st.integers(1, 3)), *size), draw(st.sampled_from(dtypes)))
    if draw(st.booleans()):
        x = np.round(x)  # many ties
    keywords = {"stride": stride, "padding": tuple(padding), "ceil_mode": draw(st.booleans())}
    if dilated:
        keywords["dilation"] = dilation
    else:
        keywords["count_include_pad"] = draw(st.booleans())
    return x, kernel, keywords


def leaf(torch, x):
    return torch.from_numpy(x.copy(order="C")).requires_grad_()


@settings(max_examples=800)
@given(setting=pool_settings(dilated=True))
def test_max_pooling_and_its_gradient_are_those_of_pytorch(torch, setting):
    x, kernel, keywords = setting
    x_ = leaf(torch, x)
    name = "max_pool2d"
    expected, where = getattr(torch.nn.functional, name)(
        x_, kernel, **keywords, return_indices=True
    )
    before = x.copy()
    assert_close(getattr(cnnlib, name)(x, kernel, **keywords), expected.detach().numpy())
    best, indices = getattr(cnnlib, name)(x, kernel, **keywords, return_indices=True)
    assert_close(best, expected.detach().numpy())
    np.testing.assert_array_equal(indices, where.numpy())
    dy = np.random.default_rng(5).normal(size=expected.shape).astype(x.dtype)
    expected.backward(torch.from_numpy(dy))
    grad = getattr(cnnlib, name + "_backward")(dy, x, kernel, **keywords)
    assert_close(grad, x_.grad.numpy(), "gradient")
    np.testing.assert_array_equal(x, before, "the input was changed")


@settings(max_examples=800)
@given(setting=pool_settings(dilated=False))
def test_average_pooling_and_its_gradient_are_those_of_pytorch(torch, setting):
    x, kernel, keywords = setting
    name = "avg_pool2d"
    x_ = leaf(torch, x)
    expected = getattr(torch.nn.functional, name)(x_, kernel, **keywords)
    assert_close(getattr(cnnlib, name)(x, kernel, **keywords), expected.detach().numpy())
    dy = np.random.default_rng(5).normal(size=expected.shape).astype(x.dtype)
    expected.backward(torch.from_numpy(dy))
    grad = getattr(cnnlib, name + "_backward")(dy, x, kernel, **keywords)
    assert_close(grad, x_.grad.numpy(), "gradient")


@settings(max_examples=100)
@given(setting=pool_settings(dilated=True, dtypes=(np.float64,)), seed=st.integers(0, 1000))
def test_gradient_of_max_pooling_is_the_slope(setting, seed):
    x, kernel, keywords = setting
    rng = np.random.default_rng(seed)
    # differences need a gap between the cells that is larger than the step
    x = rng.permutation(x.size).reshape(x.shape).astype(np.float64)
    pool, backward = (getattr(cnnlib, "max_pool2d" + end) for end in ("", "_backward"))
    dy = rng.normal(size=pool(x, kernel, **keywords).shape)
    assert_gradient(
        lambda x: (np.where(np.isfinite(y := pool(x, kernel, **keywords)), y, 0) * dy).sum(),
        [x],
        [backward(dy, x, kernel, **keywords)],
        rng,
    )


@settings(max_examples=100)
@given(setting=pool_settings(dilated=False, dtypes=(np.float64,)), seed=st.integers(0, 1000))
def test_gradient_of_average_pooling_is_the_slope(setting, seed):
    x, kernel, keywords = setting
    rng = np.random.default_rng(seed)
    pool, backward = (getattr(cnnlib, "avg_pool2d" + end) for end in ("", "_backward"))
    dy = rng.normal(size=pool(x, kernel, **keywords).shape)
    assert_gradient(
        lambda x: (pool(x, kernel, **keywords) * dy).sum(),
        [x],
        [backward(dy, x, kernel, **keywords)],
        rng,
    )


def test_the_lectures_numbers():
    assert max_pool2d(LECTURE[None], 2).tolist() == [[[8, 4], [7, 5]]]
    assert max_pool2d(LECTURE[None], 2, stride=1).tolist() == [[[8, 8, 4], [8, 8, 5], [7, 6, 5]]]


def test_overlapping_windows_add_their_gradients():
    grad = max_pool2d_backward(np.ones((1, 3, 3)), LECTURE[None], 2, stride=1)
    # 8 wins four windows, 7 and 6 one each, the 4 at the top right one, the 5 two
    assert grad.tolist() == [[[0, 0, 0, 0], [0, 4, 0, 1], [1, 1, 0, 2], [0, 0, 0, 0]]]


def test_of_equal_cells_the_first_in_reading_order_wins():
    ties = np.array([[[2.0, 7.0, 7.0], [7.0, 7.0, 7.0], [1.0, 7.0, 0.0]]])
    grad = max_pool2d_backward([[[1.0]]], ties, 3)
    assert grad.tolist() == [[[0, 1, 0], [0, 0, 0], [0, 0, 0]]]
    _, where = max_pool2d(ties, 3, return_indices=True)
    assert where.tolist() == [[[1]]]
    constant = max_pool2d_backward(np.ones((1, 2, 2)), np.full((1, 4, 4), 3.0), 2)
    assert constant[0, ::2, ::2].tolist() == [[1, 1], [1, 1]]
    assert constant.sum() == 4


def test_padding_never_wins_over_negative_numbers():
    x = np.full((1, 4, 4), -5.0)
    assert (max_pool2d(x, 3, stride=1, padding=1) == -5).all()
    assert max_pool2d_backward(np.ones((1, 4, 4)), x, 3, stride=1, padding=1).sum() == 16
    assert (max_pool2d(x.astype(int), 3, stride=1, padding=1) == -5).all()
    # not even over −∞ itself
    lowest = np.full((1, 4, 4), -np.inf)
    grad = max_pool2d_backward(np.ones((1, 4, 4)), lowest, 3, stride=1, padding=1)
    assert grad.sum() == 16
    _, where = max_pool2d(lowest, 3, stride=1, padding=1, return_indices=True)
    assert where[0, 0, 0] == 0


def test_left_over_rows_get_no_gradient_unless_ceil_mode_gives_them_a_window():
    x = np.arange(25.0).reshape(1, 5, 5)
    grad = max_pool2d_backward(np.ones((1, 2, 2)), x, 2)
    assert grad[0, 4].sum() == grad[0, :, 4].sum() == 0
    grad = max_pool2d_backward(np.ones((1, 3, 3)), x, 2, ceil_mode=True)
    assert grad[0, 4].sum() == 3


def test_a_window_that_would_start_in_the_far_padding_is_left_out(torch):
    x = np.arange(4.0).reshape(1, 2, 2)
    expected = torch.nn.functional.max_pool2d(torch.from_numpy(x), 2, 2, 1, ceil_mode=True)
    assert_close(max_pool2d(x, 2, 2, 1, ceil_mode=True), expected.numpy())


@pytest.mark.parametrize(
    ("size", "window"), [((7, 7), (1280, None, 0)), ((2, 2), (3, 2, 0)), ((2, 9), (4, 3, 1))]
)
def test_a_window_larger_than_the_input_has_one_position_in_ceil_mode(torch, size, window):
    x = np.random.default_rng(0).normal(size=(1, 2, *size))
    for name in ("max_pool2d", "avg_pool2d"):
        x_ = leaf(torch, x)
        expected = getattr(torch.nn.functional, name)(x_, *window, ceil_mode=True)
        output = getattr(cnnlib, name)(x, *window, ceil_mode=True)
        assert_close(output, expected.detach().numpy())
        expected.sum().backward()
        grad = getattr(cnnlib, name + "_backward")(np.ones_like(output), x, *window, ceil_mode=True)
        assert_close(grad, x_.grad.numpy())
        with pytest.raises(ValueError, match="kernel reaches"):
            getattr(cnnlib, name)(x, 1280)
    kernel, stride, padding = window
    layer = cnnlib.LayerSpec("max_pool", kernel, stride or kernel, padding, ceil_mode=True)
    assert cnnlib.trace([layer], (2, *size))[0].shape == output.shape[1:]


def test_sums_of_float16_are_computed_wider():
    assert avg_pool2d(np.ones((1, 1, 4096), np.float16), (1, 4096)) == 1
    assert global_avg_pool2d(np.ones((1, 256, 256), np.float16)) == 1
    assert avg_pool2d(np.full((1, 8, 8), 2000, np.float16), 8) == 2000
    grad = avg_pool2d_backward(np.ones((1, 1, 1), np.float16), np.ones((1, 256, 256)), 256)
    np.testing.assert_array_equal(grad, np.float16(1 / 256**2))
    assert grad.dtype == np.float16


def test_unsigned_integers_are_exact_or_refused():
    large = np.array([[[2**53 + 1, 2**53], [1, 1]]], np.uint64)
    assert max_pool2d(large, 2).item() == 2**53 + 1
    large[0, 0, 0] = 2**63
    with pytest.raises(ValueError, match=r"below 2\*\*63"):
        max_pool2d(large, 2)


@settings(max_examples=200)
@given(seed=st.integers(0, 2**32 - 1), kernel=st.integers(1, 3), stride=st.integers(1, 3))
def test_infinite_gradients_and_inputs_are_those_of_pytorch(torch, seed, kernel, stride):
    """Without a warning, too: pytest makes them errors."""
    rng = np.random.default_rng(seed)
    x = rng.integers(-2, 3, size=(1, 2, 6, 7)).astype(np.float64)
    expected = torch.nn.functional.max_pool2d(leaf(torch, x), kernel, stride)
    dy = rng.normal(size=expected.shape)
    for array in (x, dy):
        for bad in rng.choice([np.nan, np.inf, -np.inf], size=rng.integers(0, 4)):
            array[rng.random(array.shape) < 0.2] = bad
    x_ = leaf(torch, x)
    torch.nn.functional.max_pool2d(x_, kernel, stride).backward(torch.from_numpy(dy))
    for dtype in (np.float64, np.longdouble):
        grad = max_pool2d_backward(dy.astype(dtype), x, kernel, stride)
        np.testing.assert_allclose(grad.astype(np.float64), x_.grad.numpy())


def test_nan_and_infinity_pass_through():
    x = np.array([[[1.0, np.nan, 3.0, 4.0]]])
    assert np.isnan(max_pool2d(x, (1, 2))[0, 0, 0])
    assert np.isnan(avg_pool2d(x, (1, 2))[0, 0, 0])
    _, where = max_pool2d(x, (1, 2), return_indices=True)
    assert where[0, 0].tolist() == [1, 3]
    assert max_pool2d_backward([[[1.0, 2.0]]], x, (1, 2)).tolist() == [[[0, 1, 0, 2]]]
    # an infinite gradient reaches the winner and nobody else
    grad = max_pool2d_backward([[[np.inf, 1.0]]], np.arange(4.0).reshape(1, 1, 4), (1, 2))
    assert grad.tolist() == [[[0, np.inf, 0, 1]]]


@settings(max_examples=300)
@given(setting=pool_settings(dilated=True), share=st.sampled_from([0.1, 0.5, 1.0]))
def test_the_gradient_of_a_nan_goes_where_pytorch_sends_it(torch, setting, share):
    x, kernel, keywords = setting
    assume(x.shape[0] > 0)
    rng = np.random.default_rng(11)
    x = np.where(rng.random(x.shape) < share, np.array(np.nan, x.dtype), x)
    x_ = leaf(torch, x)
    name = "max_pool2d"
    expected = getattr(torch.nn.functional, name)(x_, kernel, **keywords)
    dy = rng.normal(size=expected.shape).astype(x.dtype)
    expected.backward(torch.from_numpy(dy))
    output = getattr(cnnlib, name)(x, kernel, **keywords)
    np.testing.assert_array_equal(output, expected.detach().numpy())
    for known in (None, output):
        grad = getattr(cnnlib, name + "_backward")(dy, x, kernel, **keywords, output=known)
        assert_close(grad, x_.grad.numpy(), "gradient")


def test_the_indices_point_at_the_maxima():
    x = np.random.default_rng(0).normal(size=(2, 3, 7, 9))
    best, where = max_pool2d(x, 3, stride=2, padding=1, return_indices=True)
    picked = np.take_along_axis(x.reshape(2, 3, -1), where.reshape(2, 3, -1), axis=2)
    np.testing.assert_array_equal(picked.reshape(best.shape), best)


def test_global_average_pooling(torch):
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 7))
    expected = torch.nn.functional.adaptive_avg_pool2d(leaf(torch, x), 1)
    assert_close(global_avg_pool2d(x), expected.detach().numpy())


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_integers(dtype):
    x = LECTURE[None].astype(dtype)
    assert max_pool2d(x, 2).dtype == np.int64
    assert avg_pool2d(x, 2).dtype == np.float64
    assert avg_pool2d(x, 2).tolist() == [[[4.5, 2.5], [4.25, 3.0]]]


def test_the_size_of_a_block_changes_nothing(monkeypatch):
    x = np.random.default_rng(0).normal(size=(5, 3, 9, 8))
    x[3, 1, 2, 2] = np.nan

    def every() -> list[np.ndarray]:
        best, where = max_pool2d(x, 3, 2, 1, return_indices=True)
        mean = avg_pool2d(x, 3, 2, 1)
        grads = max_pool2d_backward(best, x, 3, 2, 1), avg_pool2d_backward(mean, x, 3, 2, 1)
        return [best, where, mean, max_pool2d(x, 3, 2, 1), *grads]

    whole = every()
    monkeypatch.setattr("cnnlib.operations.pooling.BLOCK_BYTES", 2000)
    for one, other in zip(every(), whole, strict=True):
        np.testing.assert_array_equal(one, other)
