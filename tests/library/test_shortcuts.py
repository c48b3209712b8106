"""Every shortcut against the window that slides, and when it may be taken."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from settings import assert_close, conv_settings, random, transposed_settings

import cnnlib
from cnnlib import conv2d, conv2d_backward, conv_transpose2d
from cnnlib.operations import shortcuts, sliding
from cnnlib.operations._arguments import conv_arguments, transposed_arguments


@settings(max_examples=500)
@given(s=st.one_of(conv_settings(), transposed_settings()), data=st.data())
def test_the_way_back_by_phases_is_that_of_scattering(s, data):
    """All that `_flipped` can describe, whether or not it pays off; the rest is None."""
    is_transposed = "output_padding" in s.keywords
    if is_transposed:
        a = transposed_arguments(s.axes, s.input, s.weight, None, **s.keywords)
        y = a.input
    else:
        a = conv_arguments(s.axes, s.input, s.weight, None, **s.keywords)
        y = random(data.draw, a.output_shape, a.dtype)
    flipped = shortcuts._flipped(0, 1, a.axes)  # no filters: copying costs nothing
    divides = all(axis.kernel % axis.stride == 0 for axis in a.axes)
    if flipped is None:
        assert not divides or any(
            axis.before >= axis.effective_kernel_size
            or axis.after >= axis.effective_kernel_size
            or axis.dilation > 1
            for axis in a.axes
        )
        return
    assert divides
    expected = sliding.scatter(y, a.weight, a.axes, a.groups)
    assert_close(shortcuts._by_phases(y, a.weight, a.axes, flipped, a.groups), expected)


@settings(max_examples=300)
@given(s=conv_settings(), rows=st.integers(1, 5))
def test_several_rows_at_once_are_the_rows_one_by_one(s, rows):
    a = conv_arguments(s.axes, s.input, s.weight, None, **s.keywords)
    first = a.axes[0]
    if s.axes == 1 or first.stride > 1 or first.dilation > 1:
        return
    before = shortcuts.ROWS
    try:
        shortcuts.ROWS = rows
        output = shortcuts._rows_at_once(a.input, a.weight, a.axes, a.groups)
    finally:
        shortcuts.ROWS = before
    assert_close(output, sliding.correlate(a.input, a.weight, a.axes, a.groups))


TAKEN = [  # x, weight, keywords: each goes by a shortcut, forwards or backwards
    ((2, 1, 70, 80), (1, 1, 5, 5), {"padding": 2}),
    ((1, 3, 40, 90), (3, 1, 4, 7), {"padding": (0, 3), "groups": 3, "stride": (1, 1)}),
    ((1, 2, 66, 300), (2, 1, 11, 3), {"groups": 2, "dilation": (1, 2)}),
    ((8, 32, 12, 12), (16, 32, 3, 3), {"padding": 1}),
    ((3, 8, 20, 20), (8, 8, 4, 4), {"padding": 1, "stride": 2}),
]


@pytest.mark.parametrize(("x", "w", "keywords"), TAKEN)
def test_what_goes_by_a_shortcut_is_that_of_pytorch(torch, x, w, keywords):
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(shape, dtype=np.float32) for shape in (x, w))
    x_, w_ = (torch.from_numpy(a).requires_grad_() for a in (x, w))
    expected = torch.nn.functional.conv2d(x_, w_, None, **keywords)
    output = conv2d(x, w, **keywords)
    np.testing.assert_allclose(output, expected.detach().numpy(), rtol=1e-4, atol=1e-4)
    assert output.flags.c_contiguous
    dy = rng.standard_normal(output.shape, dtype=np.float32)
    expected.backward(torch.from_numpy(dy))
    grads = conv2d_backward(dy, x, w, **keywords)
    np.testing.assert_allclose(grads.input, x_.grad.numpy(), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(grads.weight, w_.grad.numpy(), rtol=1e-3, atol=1e-2)
    assert grads.input.flags.c_contiguous
    assert grads.weight.flags.c_contiguous
    assert conv2d(x, w, **keywords).tobytes() == output.tobytes()


def test_shortcuts_are_taken_where_they_win(monkeypatch):
    taken = []
    for name in ("_rows_at_once", "_by_phases"):
        original = getattr(shortcuts, name)
        monkeypatch.setattr(
            shortcuts, name, lambda *a, n=name, f=original: taken.append(n) or f(*a)
        )
    for call, wanted in (
        (lambda: conv2d(np.ones((1, 90, 90)), np.ones((1, 1, 5, 5))), ["_rows_at_once"]),
        (lambda: conv2d(np.ones((1, 90, 90)), np.ones((1, 1, 3, 3))), []),
        (lambda: conv2d(np.ones((1, 90, 90)), np.ones((8, 1, 5, 5))), []),
        (
            lambda: conv_transpose2d(np.ones((32, 5, 5)), np.ones((32, 16, 4, 4)), None, 2),
            ["_by_phases"],
        ),
        (lambda: conv_transpose2d(np.ones((32, 5, 5)), np.ones((32, 16, 3, 3)), None, 2), []),
        (
            lambda: conv_transpose2d(np.ones((32, 5, 5)), np.ones((32, 16, 3, 3)), padding=1),
            ["_by_phases"],
        ),
        (
            lambda: conv_transpose2d(np.ones((32, 5, 5)), np.ones((32, 15, 3, 3)), padding=1),
            [],
        ),
    ):
        taken.clear()
        call()
        assert taken == wanted


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_stays_where_it_is(bad):
    """In the input it reaches the windows that see it, in the weight what it is multiplied with."""
    x, w = np.ones((1, 1, 90, 90)), np.ones((1, 1, 5, 5))
    x[0, 0, 45, 50] = bad
    output = conv2d(x, w)[0, 0]
    assert np.argwhere(~np.isfinite(output)).tolist() == [
        [i, j] for i in range(41, 46) for j in range(46, 51)
    ]
    dy = np.ones((1, 32, 8, 8))
    dy[0, 3, 4, 4] = bad
    back = conv_transpose2d(dy, np.ones((32, 16, 4, 4)), stride=2)
    assert (np.isfinite(back).sum(axis=(2, 3)) == 18 * 18 - 16).all()
    w = np.ones((32, 16, 4, 4))
    w[:, 2, 0, 0] = bad  # of every stamp of this map one cell is bad
    back = conv_transpose2d(np.ones((1, 32, 8, 8)), w, stride=2)
    assert np.isfinite(np.delete(back, 2, axis=1)).all()
    wanted = np.ones((18, 18), bool)
    wanted[0:16:2, 0:16:2] = False
    np.testing.assert_array_equal(np.isfinite(back[0, 2]), wanted)


def test_integers_stay_exact():
    rng = np.random.default_rng(0)
    x = rng.integers(-(2**24), 2**24, size=(1, 1, 80, 80))
    w = rng.integers(-(2**24), 2**24, size=(1, 1, 5, 5))
    expected = cnnlib.reference.conv(x[..., :9], w)
    np.testing.assert_array_equal(conv2d(x, w)[..., :5], expected)
