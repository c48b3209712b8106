"""Wrong calls: each must raise, and say which argument, what came and what is needed.

No wrong call may return an array, and none may take the machine down: the absurd ones are refused
before anything is allocated.
"""

import fractions

import numpy as np
import pytest

from cnnlib import (
    SGD,
    Adam,
    AvgPool2d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    LayerSpec,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    as_dense_kernel,
    avg_pool2d,
    conv1d,
    conv2d,
    conv2d_backward,
    conv3d,
    conv_matrix,
    conv_multiply_adds,
    conv_output_size,
    conv_parameters,
    conv_transpose2d,
    conv_transpose2d_backward,
    conv_transpose_output_size,
    convolve2d,
    correlate2d,
    cross_entropy,
    depthwise_conv2d,
    depthwise_separable_conv2d,
    dropped_cells,
    effective_kernel_size,
    flattened_conv2d,
    global_avg_pool2d,
    insert_zeros,
    linear_parameters,
    max_pool2d,
    max_pool2d_backward,
    mse_loss,
    output_padding_for,
    pointwise_conv2d,
    pool_output_size,
    receptive_field,
    same_padding,
    separate,
    softmax,
    spatially_separable_conv2d,
    summary,
    trace,
    variant_parameters,
)

X = np.ones((2, 4, 6, 6))
W = np.ones((8, 4, 3, 3))
UP = np.ones((4, 8, 3, 3))
V = ValueError
T = TypeError

# (call, error, words that must be in it)
WRONG = [
    # what is no array of numbers
    (lambda: conv2d("image", W), T, "input integers or floats <U5"),
    (lambda: conv2d(None, W), T, "input integers or floats object"),
    (lambda: conv2d(X.astype(complex), W), T, "input integers or floats complex128"),
    (lambda: conv2d(X > 0, W), T, "input integers or floats bool"),
    (lambda: conv2d(X, W.astype(complex)), T, "weight integers or floats complex128"),
    (lambda: conv2d(X.astype(object), W), T, "input integers or floats object"),
    (lambda: conv2d(X, W, ["a"] * 8), T, "bias integers or floats <U1"),
    (lambda: conv2d([[1, 2], [3]], W), V, "input rectangular"),
    (lambda: conv2d(X.astype("M8[s]"), W), T, "input integers or floats datetime64"),
    (lambda: conv2d(np.zeros(3, dtype=[("a", int)]), W), T, "input integers or floats"),
    # axes
    (lambda: conv2d(X[0, 0], W), V, "input 4 or 3 axes (N, C, H, W) 2 (6, 6)"),
    (lambda: conv2d(X[None], W), V, "input 4 or 3 axes got 5"),
    (lambda: conv2d(3.0, W), V, "input 4 or 3 axes got 0"),
    (lambda: conv2d(X, W[0]), V, "weight 4 axes (C_out, C_in / groups, k_H, k_W) got 3"),
    (lambda: conv1d(X, W), V, "input 3 or 2 axes (N, C, L)"),
    (lambda: conv1d(X[0], W), V, "weight 3 axes (C_out, C_in / groups, k)"),
    (lambda: conv3d(X[0], W), V, "input 5 or 4 axes (N, C, D, H, W)"),
    (lambda: conv2d(X, W, np.ones((8, 1))), V, "bias 1 axes (C_out,) got 2"),
    # shapes that do not fit
    (lambda: conv2d(X, W[:, :3]), V, "weight C_in / groups = 4 / 1 = 4 channels got 3"),
    (lambda: conv2d(X, W, np.ones(7)), V, "bias 8 filters (7,)"),
    (lambda: conv2d(X, np.ones((8, 4, 7, 3))), V, "kernel reaches 7 cells axis 0 input has 6"),
    (lambda: conv2d(X, W, dilation=3), V, "kernel reaches 7 padded input has 6 dilation 3"),
    (lambda: conv2d(np.ones((2, 4, 0, 6)), W), V, "input empty axis but N (2, 4, 0, 6)"),
    (lambda: conv2d(np.ones((2, 0, 6, 6)), W), V, "input empty axis but N (2, 0, 6, 6)"),
    (lambda: conv2d(np.ones((0, 6, 6)), W), V, "input empty axis"),
    (lambda: conv2d(X, np.ones((0, 4, 3, 3))), V, "weight empty axis (0, 4, 3, 3)"),
    (lambda: conv2d(X, np.ones((8, 4, 0, 3))), V, "weight empty axis (8, 4, 0, 3)"),
    # stride, padding, dilation, groups
    (lambda: conv2d(X, W, stride=0), V, "stride at least 1 got 0"),
    (lambda: conv2d(X, W, stride=-1), V, "stride at least 1 got -1"),
    (lambda: conv2d(X, W, stride=1.0), T, "stride int float 1.0"),
    (lambda: conv2d(X, W, stride="2"), T, "stride int str '2'"),
    (lambda: conv2d(X, W, stride=None), T, "stride int None"),
    (lambda: conv2d(X, W, stride=True), T, "stride int bool True"),
    (lambda: conv2d(X, W, stride=(1, 2, 3)), V, "stride 2 numbers, one for each axis got 3"),
    (lambda: conv2d(X, W, stride=(1,)), V, "stride 2 numbers got 1"),
    (lambda: conv2d(X, W, stride=(1, 0)), V, "stride[1] at least 1 got 0"),
    (lambda: conv2d(X, W, stride=(1, 2.5)), T, "stride[1] int float 2.5"),
    (lambda: conv2d(X, W, stride=np.array([1, 2])), T, "stride int ndarray"),
    (lambda: conv2d(X, W, padding=-1), V, "padding at least 0 got -1"),
    (lambda: conv2d(X, W, padding=0.5), T, "padding int float 0.5"),
    (lambda: conv2d(X, W, padding=((1, 1), (1, 1))), T, "padding[0] int tuple"),
    (lambda: conv2d(X, W, padding="reflect"), V, "padding valid same full reflect"),
    (lambda: conv2d(X, W, 2, "same"), V, "bias 1 axes got 0"),
    (lambda: conv2d(X, W, None, 2, "same"), V, "padding same stride 1 got stride (2, 2) size"),
    (lambda: conv2d(X, W, dilation=0), V, "dilation at least 1 got 0"),
    (lambda: conv2d(X, W, dilation=fractions.Fraction(3, 2)), T, "dilation int Fraction"),
    (lambda: conv2d(X, W, groups=0), V, "groups at least 1 got 0"),
    (lambda: conv2d(X, W, groups=3), V, "groups divide in_channels groups 3 in_channels 4"),
    (lambda: conv2d(X, W[:6, :1], groups=4), V, "groups divide out_channels 4 out_channels 6"),
    (lambda: conv2d(X, W, groups=2.0), T, "groups int float 2.0"),
    (lambda: conv2d(X, W, groups=2), V, "weight C_in / groups = 4 / 2 = 2 channels got 4"),
    (lambda: conv2d(X, W, groups=(1, 1)), T, "groups int tuple"),
    # absurd sizes
    (lambda: conv2d(X, W, padding=10**9), V, "output shape elements at most"),
    (lambda: conv2d(X, W, padding=10**30), V, "output shape elements at most"),
    (lambda: conv2d(X, W, stride=10**9, padding=10**9), V, "padded input elements at most"),
    (lambda: conv_transpose2d(X, UP, stride=10**6), V, "output shape elements at most"),
    (lambda: conv_transpose2d(X, UP, dilation=10**9), V, "output shape elements at most"),
    (lambda: conv_matrix(np.ones((3, 3)), 100_000), V, "matrix shape elements at most"),
    (lambda: insert_zeros(X, 10**6), V, "output shape elements at most"),
    # gradients
    (lambda: conv2d_backward(X, X, W), V, "grad_output shape (2, 8, 4, 4) got (2, 4, 6, 6)"),
    (
        lambda: conv2d_backward(np.ones((8, 4, 4)), X, W),
        V,
        "grad_output shape (2, 8, 4, 4) got (8, 4, 4)",
    ),
    (lambda: conv2d_backward("dy", X, W), T, "grad_output integers or floats"),
    (lambda: conv_transpose2d_backward(X, X, UP), V, "grad_output shape (2, 8, 8, 8)"),
    (lambda: max_pool2d_backward(X, X, 2), V, "grad_output shape (2, 4, 3, 3)"),
    # transposed
    (lambda: conv_transpose2d(X, W), V, "weight C_in = 4 first axis got 8"),
    (lambda: conv_transpose2d(X, UP, output_padding=1), V, "output_padding smaller than stride"),
    (lambda: conv_transpose2d(X, UP, None, 2, 0, 2), V, "output_padding 2 stride 2 dilation 1"),
    (lambda: conv_transpose2d(X, UP, output_padding=-1), V, "output_padding at least 0 got -1"),
    (lambda: conv_transpose2d(X, UP, padding=4), V, "padding leave at least one cell got 0"),
    (lambda: conv_transpose2d(X, UP, padding="same"), T, "padding int str same"),
    (lambda: conv_transpose2d(X, UP, groups=3), V, "groups divide in_channels"),
    (lambda: conv_transpose2d(X, UP, np.ones(4)), V, "bias 8 filters (4,)"),
    # plain images
    (lambda: convolve2d(X, W), V, "image 2 axes got 4"),
    (lambda: convolve2d(X[0, 0], W), V, "kernel 2 axes got 4"),
    (lambda: convolve2d(X[0, 0], X[0, 0], "Full"), V, "mode full same valid Full"),
    (lambda: convolve2d(X[0, 0], X[0, 0], None), V, "mode full same valid None"),
    (lambda: correlate2d(X[0, 0], np.ones((0, 2))), V, "kernel empty axis (0, 2)"),
    (lambda: correlate2d(X[0, 0], np.ones((7, 7)), "valid"), V, "kernel reaches 7 input has 6"),
    # pooling
    (lambda: max_pool2d(X, 0), V, "kernel_size at least 1 got 0"),
    (lambda: max_pool2d(X, 2.0), T, "kernel_size int float"),
    (lambda: max_pool2d(X, None), T, "kernel_size int None"),
    (lambda: max_pool2d(X, 2, 0), V, "stride at least 1 got 0"),
    (lambda: max_pool2d(X, 2, padding=2), V, "padding half of the kernel size got 2 kernel_size 2"),
    (lambda: max_pool2d(X, 7), V, "kernel reaches 7 padded input has 6"),
    (lambda: max_pool2d(X, 2, ceil_mode=1), T, "ceil_mode True or False int 1"),
    (lambda: max_pool2d(X, 2, return_indices="yes"), T, "return_indices True or False yes"),
    (lambda: max_pool2d(X[0, 0], 2), V, "input 4 or 3 axes got 2"),
    (lambda: max_pool2d(X[0, 0], 2), V, "input 4 or 3 axes got 2"),
    (lambda: max_pool2d(X, 2, padding="same"), T, "padding int same"),
    (lambda: avg_pool2d(X, 2, count_include_pad=0), T, "count_include_pad True or False 0"),
    (lambda: avg_pool2d(X * 1j, 2), T, "input integers or floats complex128"),
    (lambda: global_avg_pool2d(X[0, 0]), V, "input 4 or 3 axes got 2"),
    # variants
    (lambda: pointwise_conv2d(X, W), V, "weight 2 axes (o, c) got 4"),
    (lambda: depthwise_conv2d(X, W), V, "weight channels got 4"),
    (lambda: depthwise_separable_conv2d(X, np.ones((4, 1, 3, 3)), np.ones((8, 3))), V, "weight 3"),
    (lambda: conv2d(X, W, groups=2), V, "weight C_in / groups = 2 got 4"),
    (lambda: spatially_separable_conv2d(X, np.ones(3), np.ones(3)), V, "column 3 axes got 1"),
    (lambda: flattened_conv2d(X, np.ones((8, 4)), np.ones(3), np.ones(3)), V, "column 2 axes"),
    (lambda: separate(np.ones(3)), V, "kernel 2 axes got 1"),
    (lambda: separate([[np.nan]]), V, "kernel finite NaN"),
    (lambda: as_dense_kernel("dense", W), V, "variant one of standard dense"),
    (lambda: as_dense_kernel("flattened", W), V, "flattened across, column, row got 1"),
    (
        lambda: as_dense_kernel("spatially separable", np.ones((2, 3, 3)), np.ones((2, 3, 3))),
        V,
        "weights do not fit column row",
    ),
    (lambda: as_dense_kernel("depthwise", W[:, :1], groups=3), V, "groups divide out_channels"),
    (lambda: as_dense_kernel("grouped", W, groups=0), V, "groups at least 1 got 0"),
    (lambda: conv_matrix(np.ones(3), 5), V, "kernel 2 axes got 1"),
    (lambda: conv_matrix(np.ones((3, 3)), 2), V, "kernel reaches 3 input has 2"),
    (lambda: insert_zeros(X, 0), V, "stride at least 1 got 0"),
    (lambda: insert_zeros(5, 2), V, "input at least 1 axes ()"),
    # sizes and costs
    (lambda: conv_output_size(0, 3), V, "input_size at least 1 got 0"),
    (lambda: conv_output_size(7, 3.0), T, "kernel_size int float 3.0"),
    (lambda: conv_output_size((7, 7), (3, 3, 3)), V, "same number of axes 2 3"),
    (lambda: conv_output_size((), 3), V, "input_size at least one axis empty"),
    (lambda: conv_transpose_output_size(3, 3, output_padding=1), V, "output_padding smaller"),
    (lambda: pool_output_size(5, 2, padding=2), V, "padding half"),
    (lambda: pool_output_size(5, 2, padding="same"), T, "padding int same"),
    (lambda: output_padding_for(2, 3), V, "kernel reaches 3"),
    (lambda: dropped_cells(7, 3, 0), V, "stride at least 1"),
    (lambda: effective_kernel_size(3, 0), V, "dilation at least 1 got 0"),
    (lambda: same_padding(0), V, "kernel_size at least 1 got 0"),
    (lambda: conv_parameters(3, 8, 3, groups=2), V, "groups divide in_channels"),
    (lambda: conv_parameters(3, 8, 3, bias=0), T, "bias True or False"),
    (lambda: conv_multiply_adds(3, 8, 3, (5, 0)), V, "output_size[1] at least 1 got 0"),
    (lambda: linear_parameters(0, 8), V, "in_features at least 1 got 0"),
    (lambda: variant_parameters("deep", 3, 8, 3), V, "variant one of standard deep"),
    (lambda: receptive_field([LayerSpec("linear")]), V, "layers[0] conv max_pool linear"),
    (
        lambda: receptive_field([LayerSpec("conv", (3, 3)), LayerSpec("conv", (3,))]),
        V,
        "number of axes",
    ),
    (lambda: trace([LayerSpec("conv", 3)], (3, 8, 8)), T, "channels int None"),
    (lambda: trace([LayerSpec("linear", channels=3)], (3, 8, 8)), V, "layers[0] one axis flatten"),
    (lambda: trace([LayerSpec("magic")], (3, 8, 8)), V, "kind one of magic"),
    (lambda: summary("model", (3, 8, 8)), T, "model layer str"),
    # layers, losses, optimizers
    (lambda: Conv2d(0, 8, 3), V, "in_channels at least 1 got 0"),
    (lambda: Conv2d(3, 8, 3, groups=2), V, "groups divide in_channels"),
    (lambda: Conv2d(3, 8, 3, dtype=int), T, "dtype float int64"),
    (lambda: Conv2d(3, 8, 3).backward(X), RuntimeError, "Conv2d.backward call the layer first"),
    (lambda: Conv2d(1, 8, 3)(np.ones((64, 28, 28))), V, "(N, 1, H, W) (64, 28, 28) input[:, None]"),
    (lambda: Conv2d(3, 8, 3)(X), V, "(N, 3, H, W) in_channels 3 (2, 4, 6, 6)"),
    (lambda: Conv2d(1, 8, 3, stride=0), V, "stride at least 1 got 0"),
    (lambda: Conv2d(1, 8, 3, padding="half"), V, "padding valid same full half"),
    (lambda: Conv2d(1, 8, 3, 2, "same"), V, "padding same stride 1"),
    (lambda: ConvTranspose2d(1, 8, 3, output_padding=1), V, "output_padding smaller than stride"),
    (lambda: MaxPool2d(2, padding=5), V, "padding half of the kernel size got 5"),
    (lambda: MaxPool2d(2, ceil_mode=2), T, "ceil_mode True or False"),
    (lambda: AvgPool2d(2, stride=0), V, "stride at least 1 got 0"),
    (lambda: cross_entropy(np.ones((2, 3)), [True, False]), T, "target integers, class bool"),
    (lambda: ReLU().backward(X), RuntimeError, "ReLU.backward call the layer first"),
    (lambda: Dropout().backward(X), RuntimeError, "Dropout.backward call the layer first"),
    (lambda: MaxPool2d(2).backward(X), RuntimeError, "MaxPool2d.backward call the layer first"),
    (lambda: AvgPool2d(0), V, "kernel_size at least 1 got 0"),
    (lambda: ConvTranspose2d(3, 8, 3, groups=2), V, "groups divide in_channels"),
    (lambda: Linear(4, 3)(X), V, "input 4 features (2, 4, 6, 6)"),
    (lambda: Flatten()(np.ones(3)), V, "input at least 2 axes (3,)"),
    (lambda: Dropout(1.0), V, "p at least 0 and below 1 got 1.0"),
    (lambda: Dropout("half"), T, "p number str"),
    (lambda: Dropout()(np.ones(3, int)), T, "input floats int64"),
    (lambda: Sequential(Flatten), T, "layers[0] layer"),
    (lambda: Sequential(Flatten()).predict(X, 0), V, "batch_size at least 1 got 0"),
    (lambda: cross_entropy(np.ones((2, 3)), [0, 3]), V, "target between 0 and 2 got 0 to 3"),
    (lambda: cross_entropy(np.ones((2, 3)), [0.0, 1.0]), T, "target integers float64"),
    (lambda: cross_entropy(np.ones((2, 3)), [0]), V, "target shape (2,) got (1,)"),
    (lambda: cross_entropy(np.ones(3), [0]), V, "logits 2 axes (N, classes) got 1"),
    (lambda: cross_entropy(np.ones((0, 3)), np.ones(0, int)), V, "logits at least one sample"),
    (lambda: softmax(np.ones((2, 0))), V, "logits at least one class (2, 0)"),
    (lambda: mse_loss(np.ones(2), np.ones(3)), V, "target shape (2,) got (3,)"),
    (lambda: SGD([], lr=0.1), V, "parameters empty"),
    (lambda: SGD([W], lr=0.1), T, "parameters[0] Parameter ndarray"),
    (lambda: SGD(Linear(1, 1).parameters(), lr=0), V, "lr above 0 got 0"),
    (lambda: SGD(Linear(1, 1).parameters(), lr=float("nan")), V, "lr above 0 got nan"),
    (lambda: SGD(Linear(1, 1).parameters(), momentum=1), V, "momentum below 1 got 1"),
    (lambda: Adam(Linear(1, 1).parameters(), betas=0.9), V, "betas two numbers"),
    (lambda: Adam(Linear(1, 1).parameters(), eps="0"), T, "eps number str"),
]


@pytest.mark.parametrize(("call", "error", "words"), WRONG, ids=[w[2] for w in WRONG])
def test_a_wrong_call_says_what_is_wrong(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    said = str(caught.value)
    missing = [word for word in words.split() if word not in said]
    assert not missing, f"{missing} not in: {said}"
    assert len(said) < 300


def test_the_table_is_long_enough():
    assert len(WRONG) >= 60


def test_numpy_integers_are_as_good_as_ints():
    expected = conv2d(X, W, stride=2, padding=1)
    np.testing.assert_array_equal(conv2d(X, W, stride=np.int64(2), padding=np.uint8(1)), expected)
    np.testing.assert_array_equal(conv2d(X, W, stride=[2, 2], padding=[1, 1]), expected)
