"""What every function promises: dtypes, untouched arguments, the same bits twice, any layout."""

import importlib
import inspect
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import cnnlib
from cnnlib import (
    conv2d,
    conv2d_backward,
    conv_transpose2d,
    conv_transpose2d_backward,
    max_pool2d,
)
from cnnlib.operations import sliding, threads

X = {1: (2, 4, 9), 2: (2, 4, 9, 8), 3: (2, 4, 5, 6, 4)}


def calls(dtype):
    """Every function on arrays, with arguments of one dtype."""
    rng = np.random.default_rng(0)

    def some(*shape):
        scale = 9 if np.dtype(dtype).kind in "iu" else 1
        return (np.abs(rng.normal(size=shape)) * scale).astype(dtype)

    for axes, shape in X.items():
        kernel = (3,) * axes
        x, w = some(*shape), some(6, 2, *kernel)
        bias = some(6)
        conv = getattr(cnnlib, f"conv{axes}d")
        yield conv, (x, w, bias, 2, 1, 1, 2)
        dy = conv(x, w, bias, 2, 1, 1, 2).astype(dtype)
        if axes == 3:
            continue
        yield getattr(cnnlib, f"conv{axes}d_backward"), (dy, x, w, 2, 1, 1, 2)
        up, w = getattr(cnnlib, f"conv_transpose{axes}d"), some(4, 3, *kernel)
        yield up, (x, w, bias, 2, 1, 1, 2)
        dy = up(x, w, bias, 2, 1, 1, 2).astype(dtype)
        yield getattr(cnnlib, f"conv_transpose{axes}d_backward"), (dy, x, w, 2, 1, 1, 2)
    x = some(*X[2])
    for kind in ("max", "avg"):
        pool = getattr(cnnlib, f"{kind}_pool2d")
        yield pool, (x, 3, 2, 1)
        yield (
            getattr(cnnlib, f"{kind}_pool2d_backward"),
            (pool(x, 3, 2, 1).astype(dtype), x, 3, 2, 1),
        )
    yield cnnlib.global_avg_pool2d, (x,)
    yield cnnlib.convolve2d, (some(6, 7), some(3, 2))
    yield cnnlib.correlate2d, (some(6, 7), some(3, 2))
    yield cnnlib.pointwise_conv2d, (x, some(3, 4))
    yield cnnlib.depthwise_conv2d, (x, some(8, 1, 3, 3))
    yield cnnlib.depthwise_separable_conv2d, (x, some(8, 1, 3, 3), some(3, 8))
    yield cnnlib.spatially_separable_conv2d, (x, some(5, 4, 3), some(6, 5, 3))
    yield cnnlib.flattened_conv2d, (x, some(6, 4), some(6, 3), some(6, 3))
    yield cnnlib.cross_channel_conv2d, (x, some(5, 4), some(6, 5, 3, 3))
    yield cnnlib.conv_matrix, (some(3, 2), (5, 4))
    yield cnnlib.insert_zeros, (some(3, 2), 2)


def arrays_of(result):
    return [r for r in (result if isinstance(result, tuple) else (result,)) if r is not None]


NAMES = [f.__name__ for f, _ in calls(np.float64)]


def call(number, dtype):
    function, arguments = list(calls(dtype))[number]
    return function, arguments


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_floats_keep_their_dtype(number, dtype):
    function, arguments = call(number, dtype)
    for array in arrays_of(function(*arguments)):
        assert array.dtype == dtype


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64])
@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_integers_are_promoted_as_documented(number, dtype):
    function, arguments = call(number, dtype)
    mean = "avg" in function.__name__
    if function is cnnlib.insert_zeros:
        need = np.dtype(dtype)  # it computes nothing
    else:
        need = np.dtype(np.float64 if mean else np.int64)
    for array in arrays_of(function(*arguments)):
        assert array.dtype == need


def test_bytes_do_not_overflow():
    x = np.full((1, 1, 3, 3), 255, np.uint8)
    w = np.full((1, 1, 3, 3), 255, np.uint8)
    assert conv2d(x, w)[0, 0, 0, 0] == 9 * 255 * 255


def test_mixed_dtypes_follow_numpy():
    x, w = np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2))
    for a, b, need in (
        (np.float32, np.float64, np.float64),
        (np.uint8, np.float32, np.float32),
        (np.int64, np.float32, np.float64),
    ):
        assert conv2d(x.astype(a), w.astype(b)).dtype == need


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_arguments_are_left_as_they_are(number):
    function, arguments = call(number, np.float64)
    for a in arguments:
        if isinstance(a, np.ndarray):
            a.flags.writeable = False  # writing to it would raise
    results = arrays_of(function(*arguments))
    inputs = [a for a in arguments if isinstance(a, np.ndarray)]
    for result in results:
        assert not any(np.shares_memory(result, a) for a in inputs), "the result aliases an input"


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_the_same_call_gives_the_same_bits(number):
    function, arguments = call(number, np.float32)
    first = [a.tobytes() for a in arrays_of(function(*arguments))]
    for _ in range(3):
        assert [a.tobytes() for a in arrays_of(function(*arguments))] == first


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_the_layout_in_memory_does_not_matter(number):
    function, arguments = call(number, np.float64)
    expected = arrays_of(function(*arguments))
    layouts = [
        lambda a: np.asfortranarray(a),
        lambda a: a[..., ::-1].copy()[..., ::-1],
        lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    ]
    for layout in layouts:
        other = [layout(a) if isinstance(a, np.ndarray) else a for a in arguments]
        for one, two in zip(arrays_of(function(*other)), expected, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_lists_are_as_good_as_arrays(number):
    function, arguments = call(number, np.float64)
    other = [a.tolist() if isinstance(a, np.ndarray) else a for a in arguments]
    for one, two in zip(arrays_of(function(*other)), arrays_of(function(*arguments)), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9)


def test_nan_and_infinity_spread_as_ieee_says():
    x = np.zeros((1, 1, 5, 5))
    x[0, 0, 2, 2] = np.nan
    y = conv2d(x, np.ones((1, 1, 3, 3)), padding=1)[0, 0]
    expected = np.zeros((5, 5), bool)
    expected[1:4, 1:4] = True
    np.testing.assert_array_equal(np.isnan(y), expected)
    x[0, 0, 2, 2] = np.inf
    assert conv2d(x, np.ones((1, 1, 5, 5)))[0, 0, 0, 0] == np.inf
    with np.errstate(invalid="ignore"):
        assert np.isnan(conv2d(x, np.zeros((1, 1, 5, 5)))[0, 0, 0, 0]), "inf · 0 is NaN"


def test_infinity_reaches_no_gradient_that_it_has_no_part_in():
    """Each tap of the weight, and each cell of the input, against the sum it stands for."""
    rng = np.random.default_rng(0)
    for bad in (np.inf, np.nan):
        x, w = rng.normal(size=(1, 1, 4, 4)), rng.normal(size=(1, 1, 2, 2))
        dy = rng.normal(size=(1, 1, 3, 3))
        x[0, 0, 1, 0] = bad  # seen by the taps of the left column only
        with np.errstate(invalid="ignore"):
            grad = conv2d_backward(dy, x, w).weight[0, 0]
        assert np.isfinite(grad).tolist() == [[False, True], [False, True]]
        w[0, 0, 0, 1] = bad  # reaches all cells but the left column and the lowest row
        with np.errstate(invalid="ignore"):
            grad = conv2d_backward(dy, np.ones((1, 1, 4, 4)), w).input[0, 0]
        expected = np.ones((4, 4), bool)
        expected[:3, 1:] = False
        np.testing.assert_array_equal(np.isfinite(grad), expected)


def test_all_operations_and_sizes_can_be_imported_from_the_top():
    names = []
    for module in ("convolution", "transposed", "pooling", "variants", "geometry", "cost"):
        of_module = vars(importlib.import_module(f"cnnlib.operations.{module}"))
        names += [
            name
            for name, value in of_module.items()
            if inspect.isfunction(value) and value.__module__ == f"cnnlib.operations.{module}"
            if not name.startswith("_")
        ]
        assert all(getattr(cnnlib, n) is of_module[n] for n in names if n in of_module)
    assert set(names) <= set(cnnlib.__all__)
    assert len(names) >= 38


def test_public_names_are_sorted_and_documented():
    assert len(cnnlib.__all__) == len(set(cnnlib.__all__))  # ruff sees to the order
    for name in cnnlib.__all__:
        value = getattr(cnnlib, name)
        if not callable(value):
            continue
        assert value.__doc__, name
        if inspect.isfunction(value):
            assert ">>>" in value.__doc__, f"{name} has no example"
            hints = set(value.__annotations__)
            assert "return" in hints, name
            missing = set(inspect.signature(value).parameters) - hints
            assert not missing, f"{name}: {missing}"


def test_signatures_are_those_of_pytorch(torch):
    """Names and order of the arguments, taken from PyTorch's documentation of each function."""
    functional = torch.nn.functional
    for name in cnnlib.__all__:
        if not hasattr(functional, name) or name.endswith(("loss", "softmax", "entropy")):
            continue
        ours = list(inspect.signature(getattr(cnnlib, name)).parameters)
        head = getattr(functional, name).__doc__.split("->")[0].split("\n")
        line = next((each for each in head if f"{name}(" in each), None)
        if line is None:
            continue
        inside = line.split(f"{name}(")[1].split(")")[0]
        theirs = [part.split("=")[0].split(":")[0].strip() for part in inside.split(",")]
        theirs = [t for t in theirs if t not in ("divisor_override", "*")]
        assert ours[: len(theirs)] == theirs, name


@pytest.mark.parametrize(
    ("x", "w", "keywords"),
    [
        ((8, 64, 56, 56), (64, 64, 3, 3), {"padding": 1}),
        ((64, 8, 28, 28), (32, 8, 5, 5), {"padding": 2}),
        ((1, 1, 256, 256), (1, 1, 31, 31), {"padding": 15}),
        ((4, 3, 227, 227), (96, 3, 11, 11), {"stride": 4}),
        ((2, 64, 6, 40, 40), (32, 64, 3, 3, 3), {"padding": 1}),
    ],
)
def test_memory_beside_input_and_output_is_bounded(x, w, keywords):
    """At most 8 MB, or a quarter of the full matrix of columns."""
    x, w = np.ones(x, np.float32), np.ones(w, np.float32)
    conv = cnnlib.conv2d if x.ndim == 4 else cnnlib.conv3d
    backward = cnnlib.conv2d_backward
    y = conv(x, w, **keywords)
    columns = w[0].nbytes * y[:, :1].size
    allowed = max(8e6, columns / 4)
    for function, results in (
        (lambda: conv(x, w, **keywords), y.nbytes),
        (lambda: backward(y, x, w, **keywords), x.nbytes + w.nbytes),
    )[: 2 if x.ndim == 4 else 1]:
        tracemalloc.start()
        result = function()
        peak = tracemalloc.get_traced_memory()[1] - results
        tracemalloc.stop()
        assert result is not None
        assert peak <= allowed, f"{peak / 1e6:.1f} MB of {allowed / 1e6:.1f}"


@pytest.mark.parametrize(
    ("x", "w", "stride"),
    [
        ((4, 64, 56, 56), (64, 32, 4, 4), 2),
        ((1, 8, 512, 512), (8, 8, 2, 2), 2),
        ((16, 64, 56, 56), (64, 64, 3, 3), 1),
    ],
)
def test_memory_of_a_transposed_convolution_is_bounded(x, w, stride):
    x, w = np.ones(x, np.float32), np.ones(w, np.float32)
    tracemalloc.start()
    y = conv_transpose2d(x, w, stride=stride)
    peak = tracemalloc.get_traced_memory()[1] - y.nbytes
    tracemalloc.stop()
    columns = w[0].nbytes * x[:, :1].size
    assert peak <= max(8e6, columns / 4), f"{peak / 1e6:.1f} MB"


def test_memory_does_not_grow_with_the_batch(monkeypatch):
    # in one thread: how many of two hold a block at once is chance on a loaded machine
    monkeypatch.setattr(threads, "_blas", list)
    w = np.ones((8, 4, 3, 3), np.float32)

    def beside(samples):
        x = np.ones((samples, 4, 28, 28), np.float32)
        tracemalloc.start()
        y = conv2d(x, w, padding=1)
        peak = tracemalloc.get_traced_memory()[1] - y.nbytes
        tracemalloc.stop()
        return peak

    assert beside(1600) < 1.1 * beside(400)


# What people get wrong. Each is also a line in a docstring.


def test_assigning_instead_of_adding_would_lose_gradient():
    """Where windows overlap, a cell has a share in each: the sum, not the last."""
    x, w = np.ones((1, 1, 3)), np.array([[[1.0, 10.0]]])
    grad = cnnlib.conv1d_backward(np.ones((1, 1, 2)), x, w).input
    assert grad.tolist() == [[[1, 11, 10]]]  # assigning gives 1, 1, 10 or 1, 10, 10
    assert "added" in cnnlib.conv2d_backward.__doc__


def test_output_padding_adds_cells_but_no_zeros():
    """The cells that it adds are written to by the kernel as all others are."""
    x, w = np.ones((1, 2)), np.ones((1, 1, 3))
    short = cnnlib.conv_transpose1d(x, w, stride=2, padding=1)
    longer = cnnlib.conv_transpose1d(x, w, stride=2, padding=1, output_padding=1)
    assert short[0].tolist() == [1, 2, 1]
    assert longer[0].tolist() == [1, 2, 1, 1]  # zero padding would have given 1, 2, 1, 0
    assert "pads with nothing" in conv_transpose2d.__doc__


def test_differences_in_float32_are_mostly_rounding():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(1, 1, 8, 8)), rng.normal(size=(1, 1, 3, 3))
    dy = rng.normal(size=(1, 1, 6, 6))
    errors = {}
    for dtype in (np.float32, np.float64):
        a, b, c = (v.astype(dtype) for v in (x, w, dy))
        grad = conv2d_backward(c, a, b).weight[0, 0, 0, 0]
        step = dtype(1e-6)
        up, down = b.copy(), b.copy()
        up[0, 0, 0, 0] += step
        down[0, 0, 0, 0] -= step
        slope = ((conv2d(a, up) * c).sum() - (conv2d(a, down) * c).sum()) / (2 * step)
        errors[dtype] = abs(slope - grad) / abs(grad)
    assert errors[np.float64] < 1e-6
    assert errors[np.float32] > 1e-3
    assert "float64" in conv2d_backward.__doc__


def test_a_transposed_convolution_is_no_inverse():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(1, 1, 6, 6)), rng.normal(size=(1, 1, 3, 3))
    back = conv_transpose2d(conv2d(x, w), w)
    assert back.shape == x.shape
    assert not np.allclose(back, x)


def test_stamps_are_scaled_copies_of_the_kernel():
    x = np.zeros((1, 3, 3))
    x[0, 1, 1] = 2
    w = np.arange(9.0).reshape(1, 1, 3, 3)
    np.testing.assert_array_equal(conv_transpose2d(x, w, padding=1)[0], 2 * w[0, 0])


def test_threads_do_not_share_the_memory_for_blocks():
    rng = np.random.default_rng(0)
    jobs = [(rng.normal(size=(8, 3, 20, 20)), rng.normal(size=(4, 3, 3, 3))) for _ in range(8)]
    expected = [conv2d(x, w, padding=1) for x, w in jobs]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(10):
            found = list(pool.map(lambda job: conv2d(*job, padding=1), jobs))
            for one, two in zip(found, expected, strict=True):
                np.testing.assert_array_equal(one, two)


def test_results_can_be_written_to():
    for function in (
        lambda: conv2d(np.ones((1, 3, 3)), np.ones((1, 1, 1, 1))),
        lambda: max_pool2d(np.ones((1, 3, 3)), 1),
        lambda: conv_transpose2d(np.ones((1, 3, 3)), np.ones((1, 1, 1, 1))),
        lambda: (
            conv_transpose2d_backward(
                np.ones((1, 3, 3)), np.ones((1, 3, 3)), np.ones((1, 1, 1, 1))
            ).input
        ),
    ):
        result = function()
        result += 1
        assert result.flags.writeable


def test_a_block_is_what_a_cache_holds():
    assert 2**18 <= sliding.BLOCK_BYTES <= 2**22
