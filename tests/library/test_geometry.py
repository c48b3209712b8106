"""Sizes, receptive fields and costs: the published figures, and PyTorch's sizes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlib import (
    ALEXNET,
    LENET5,
    VGG16,
    LayerSpec,
    conv2d,
    conv_multiply_adds,
    conv_output_size,
    conv_parameters,
    conv_transpose_output_size,
    dropped_cells,
    effective_kernel_size,
    linear_parameters,
    output_padding_for,
    pool_output_size,
    receptive_field,
    same_padding,
    trace,
    variant_multiply_adds,
    variant_parameters,
)


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ((7, 3), 5),  # the lecture's drawings
        ((7, 3, 1, 1), 7),
        ((7, 3, 2, 1), 4),
        ((227, 11, 4), 55),  # AlexNet's first layer, and what the paper's 224 gives
        ((224, 11, 4, 0), 54),
        ((224, 11, 4, 1), 54),
        ((224, 11, 4, 2), 55),
        ((224, 11, 4, 3), 55),
        ((32, 5), 28),  # the homework
        ((7, 3, 1, 0, 2), 3),  # dilated
        ((5, 3, 2, 1), 3),  # two inputs, one output
        ((6, 3, 2, 1), 3),
        ((16, 5, 3, 2), 6),
        ((17, 5, 3, 2), 6),
        ((5, 4, 1, "full"), 8),
        ((5, 4, 1, "same"), 5),
        ((5, 4, 1, "valid"), 2),
    ],
)
def test_published_output_sizes(arguments, size):
    assert conv_output_size(*arguments) == size


def test_the_homework_has_six_maps_of_28_by_28():
    assert conv2d(np.zeros((3, 32, 32)), np.zeros((6, 3, 5, 5))).shape == (6, 28, 28)


def test_sizes_there_and_back():
    assert conv_transpose_output_size(6, 5, stride=3, padding=2) == 16
    assert conv_transpose_output_size(6, 5, 3, 2, output_padding_for(17, 5, 3, 2)) == 17


integers = st.integers


@settings(max_examples=500)
@given(
    size=integers(1, 60),
    kernel=integers(1, 7),
    stride=integers(1, 5),
    padding=integers(0, 6),
    dilation=integers(1, 4),
)
def test_output_padding_undoes_every_convolution_size(size, kernel, stride, padding, dilation):
    window = kernel, stride, padding
    if effective_kernel_size(kernel, dilation) > size + 2 * padding:
        with pytest.raises(ValueError, match="kernel reaches"):
            conv_output_size(size, *window, dilation)
        return
    out = conv_output_size(size, *window, dilation)
    back = output_padding_for(size, *window, dilation)
    assert back == dropped_cells(size, *window, dilation)
    assert conv_transpose_output_size(out, *window, back, dilation) == size


@settings(max_examples=500)
@given(
    size=integers(1, 40),
    kernel=integers(1, 6),
    stride=integers(1, 8),
    half=integers(0, 3),
    dilation=integers(1, 3),
    ceil_mode=st.booleans(),
)
def test_pooling_sizes_are_those_of_pytorch(torch, size, kernel, stride, half, dilation, ceil_mode):
    padding = min(half, kernel // 2)
    if effective_kernel_size(kernel, dilation) > size + 2 * padding:
        return
    expected = torch.nn.functional.max_pool1d(
        torch.zeros(1, 1, size), kernel, stride, padding, dilation, ceil_mode
    ).shape[-1]
    assert pool_output_size(size, kernel, stride, padding, dilation, ceil_mode) == expected


def test_same_padding_puts_the_odd_zero_behind():
    assert [same_padding(k) for k in (1, 2, 3, 4, 5)] == [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2)]
    assert same_padding(3, 4) == (4, 4)


def test_same_padding_and_stride_are_refused_because_the_size_cannot_stay():
    with pytest.raises(ValueError, match=r"padding='same' needs stride 1.*cannot keep"):
        conv_output_size(7, 3, 2, "same")


def test_tuples_answer_with_tuples():
    assert conv_output_size((7, 9), 3) == (5, 7)
    assert conv_output_size(7, (3, 5), stride=(1, 2)) == (5, 2)
    assert pool_output_size((7, 9), 2) == (3, 4)
    assert conv_transpose_output_size((3, 4), 2, stride=2) == (6, 8)
    assert output_padding_for((8, 9), 3, stride=2) == (1, 0)


def test_published_receptive_fields():
    assert receptive_field(ALEXNET.features()).size == 195
    assert receptive_field(VGG16.features()).size == 212
    assert receptive_field(ALEXNET.features()).jump == 32
    assert receptive_field(VGG16.features()).jump == 32
    assert receptive_field([]) == (1, 1, 0)
    assert receptive_field([LayerSpec("conv", 3, dilation=2, padding=2)] * 2) == (9, 1, -4)
    assert receptive_field([LayerSpec("conv", (3, 5), stride=(1, 2))]) == ((3, 5), (1, 2), (0, 0))


def test_a_receptive_field_is_where_the_gradient_reaches():
    """The cells that move one output cell are the ones that size, jump and start name."""
    rng = np.random.default_rng(0)
    layers = [
        LayerSpec("conv", 3, stride=2, padding=1),
        LayerSpec("conv", 3, dilation=2, padding=2),
        LayerSpec("max_pool", 2, 2),
    ]
    view = receptive_field(layers)

    def run(x):
        for layer in layers[:2]:
            x = conv2d(x, weight, None, layer.stride, layer.padding, layer.dilation)
        return x[..., ::2, ::2] + x[..., 1::2, ::2] + x[..., ::2, 1::2] + x[..., 1::2, 1::2]

    weight = 1 + rng.random((1, 1, 3, 3))
    zero = np.zeros((1, 1, 32, 32))
    cell = 3
    moved = []
    for row in range(32):
        x = zero.copy()
        x[0, 0, row] = 1
        if run(x)[0, 0, cell, cell] != 0:
            moved.append(row)
    first = view.start + cell * view.jump
    # dilation leaves holes inside; the ends are exact
    assert (min(moved), max(moved)) == (first, first + view.size - 1)


def test_published_parameters_and_costs():
    assert conv_parameters(3, 96, 11, bias=False) == 34_848
    assert conv_parameters(3, 96, 11) == 34_944
    assert conv_parameters(3, 50, 3) == 1_400
    assert conv_parameters(50, 50, 3) == 22_550
    assert linear_parameters(1000 * 1000 * 3, 20, bias=False) == 60_000_000
    assert variant_parameters("standard", 32, 64, 3, bias=False) == 18_432
    assert variant_parameters("depthwise separable", 32, 64, 3, bias=False) == 2_336
    standard = conv_multiply_adds(32, 64, 3, 56)
    assert variant_multiply_adds("standard", 32, 64, 3, 56) == standard
    ratio = variant_multiply_adds("depthwise separable", 32, 64, 3, 56) / standard
    assert ratio == pytest.approx(1 / 64 + 1 / 9)


def test_published_networks():
    for network, parameters in ((LENET5, 61_706), (ALEXNET, 60_965_224), (VGG16, 138_357_544)):
        rows = trace(network.layers, network.input_shape)
        assert sum(row.parameters for row in rows) == parameters, network.name
    rows = trace(ALEXNET.layers, ALEXNET.input_shape)
    assert np.prod(rows[0].shape) == 290_400
    assert rows[7].shape == (256, 6, 6)
    rows = trace(VGG16.layers, VGG16.input_shape)
    assert rows[17].shape == (512, 7, 7)
    assert sum(row.multiply_adds for row in rows) == 15_470_264_320


def test_a_layer_that_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"layers\[1\] \(second\) does not fit .*kernel reaches"):
        trace(
            [LayerSpec("conv", 3, channels=1), LayerSpec("conv", 9, channels=1, name="second")],
            (1, 8, 8),
        )


def test_checkerboard_counts():
    """Overlap of a transposed convolution: uneven when the stride does not divide the kernel."""
    from cnnlib import conv_transpose1d, conv_transpose2d

    ones = conv_transpose1d(np.ones((1, 4), int), np.ones((1, 1, 3), int), stride=2)
    assert ones[0].tolist() == [1, 1, 2, 1, 2, 1, 2, 1, 1]
    square = conv_transpose2d(np.ones((1, 4, 4), int), np.ones((1, 1, 3, 3), int), stride=2)
    np.testing.assert_array_equal(square[0], np.outer(ones, ones))
    even = conv_transpose1d(np.ones((1, 4), int), np.ones((1, 1, 4), int), stride=2, padding=1)
    assert set(even[0, 1:-1].tolist()) == {2}
