"""The questions that are known by name: their numbers are drawn, each mistake has its words."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from cnnlib.operations.cost import conv_parameters, linear_parameters, variant_parameters
from cnnlib.operations.geometry import (
    conv_output_size,
    conv_transpose_output_size,
    effective_kernel_size,
    pool_output_size,
)
from cnnlib.operations.receptive_fields import LayerSpec, receptive_field

#: One asking: text, answer, mistakes, hint, worked; choices where it is no number.
Asking = dict[str, Any]


def make_asking(
    text: str,
    answer: Any,
    mistakes: Sequence[tuple[Any, str]],
    hint: str,
    worked: str,
    **more: Any,
) -> Asking:
    """Return an asking whose mistakes are all wrong answers; two that lead to one say so both."""
    wrong: dict[str, list[str]] = {}
    for value, why in mistakes:
        if str(value) != str(answer):
            wrong.setdefault(str(value), []).append(why)
    named = {value: " Or: ".join(whys) for value, whys in wrong.items()}
    asking = {"text": text, "answer": str(answer), "mistakes": named}
    return {**asking, "hint": hint, "worked": worked, **more}


def clear_asking(topic: str, rng: random.Random) -> Asking:
    """Draw numbers until every mistake leads to a wrong answer of its own."""
    for _ in range(1000):
        asking = TOPICS[topic](rng)
        if not any(" Or: " in why for why in asking["mistakes"].values()):
            break
    return asking


def _fraction(above: int, below: int) -> float:
    """Return what is left where nobody rounds down, to four decimals."""
    return round(above / below + 1, 4) if above % below else above // below + 1


def _convolution_size(rng: random.Random) -> Asking:
    kernel = rng.choice([3, 5, 7])
    stride, padding = rng.choice([2, 3, 4]), rng.choice([0, 1, 2])
    size = rng.randint(kernel + 5, 40)
    size += (size + 2 * padding - kernel) % 2 == 0 and stride == 2  # so that the floor matters
    top = size + 2 * padding - kernel
    right = conv_output_size(size, kernel, stride, padding)
    mistakes = [
        (
            _fraction(top, stride),
            "The size is a fraction. A window that does not fit is left out: floor.",
        ),
        (top // stride, "You forgot the + 1: the first position counts too."),
        ((size + padding - kernel) // stride + 1, "You padded one side. There are two: 2P."),
        (-(-top // stride) + 1, "You rounded up. A window that does not fit is left out: floor."),
        ((size - kernel) // stride + 1, "You forgot the padding."),
        (top + 1, "You forgot to divide by the stride."),
        (size // stride, "You divided the input by the stride. The kernel's size counts too."),
    ]
    return make_asking(
        f"An input of {size}×{size} meets a kernel of {kernel}×{kernel} with stride {stride} and "
        f"padding {padding}. How many rows does the output have?",
        right,
        mistakes,
        "The rule is ⌊(W + 2P − F) / S⌋ + 1.",
        f"⌊({size} + 2·{padding} − {kernel}) / {stride}⌋ + 1 = ⌊{top} / {stride}⌋ + 1 = {right}",
    )


def _parameters(rng: random.Random) -> Asking:
    kernel, depth = rng.choice([3, 5, 7]), rng.choice([3, 16, 32])
    filters = rng.choice([6, 10, 20, 64])
    right = conv_parameters(depth, filters, kernel)
    mistakes = [
        (kernel * kernel * filters + filters, "You forgot the depth: each filter is a volume."),
        (right - filters, "You forgot the biases: one for each filter."),
        (kernel * kernel * filters, "You forgot the depth and the biases."),
        (kernel * kernel * depth + 1, "That is one filter. There are more."),
        (right - filters + 1, "Each filter has a bias of its own, not one for all."),
        (kernel * depth * filters + filters, "The kernel has F·F cells, not F."),
    ]
    return make_asking(
        f"A layer has {filters} filters of {kernel}×{kernel} on an input of depth {depth}, with "
        "biases. How many parameters does it have?",
        right,
        mistakes,
        "Each filter has F·F·D1 weights and one bias.",
        f"{kernel}·{kernel}·{depth}·{filters} + {filters} = {right}",
    )


def _pooling_size(rng: random.Random) -> Asking:
    kernel, stride = rng.choice([(2, 2), (3, 2), (3, 3)])
    size = rng.randint(9, 40)
    right = pool_output_size(size, kernel, stride)
    assert isinstance(right, int)
    mistakes = [
        (_fraction(size - kernel, stride), "The size is a fraction. Without ceil mode: floor."),
        ((size - kernel) // stride, "You forgot the + 1: the first position counts too."),
        (-(-(size - kernel) // stride) + 1, "You rounded up. That is what ceil mode does."),
        (size // kernel, "You divided by the window. The stride is the step."),
        (size - kernel + 1, "You forgot to divide by the stride."),
    ]
    return make_asking(
        f"Max pooling with a {kernel}×{kernel} window and stride {stride} meets a {size}×{size} "
        "map. How many rows come out?",
        right,
        mistakes,
        "Pooling has the sizes of a convolution: ⌊(W − F) / S⌋ + 1.",
        f"⌊({size} − {kernel}) / {stride}⌋ + 1 = {right}",
    )


def _depth(rng: random.Random) -> Asking:
    size, kernel, filters = rng.choice([28, 32, 64]), rng.choice([3, 5]), rng.choice([6, 10, 12])
    out = size - kernel + 1
    right = f"{out}×{out}×{filters}"
    mistakes = [
        (f"{out}×{out}×3", "The depth of the output is the number of filters, not of the input."),
        (f"{out}×{out}×{3 * filters}", "A filter adds its channels up: one map for each filter."),
        (f"{out - 1}×{out - 1}×{filters}", "You forgot the + 1: the first position counts too."),
        (f"{size}×{size}×{filters}", "Without padding the output is smaller than the input."),
    ]
    choices = [right, *(value for value, _ in mistakes)]
    rng.shuffle(choices)
    return make_asking(
        f"An image of {size}×{size}×3 meets {filters} filters of {kernel}×{kernel}×3, stride 1, "
        "padding 0. What is the output?",
        right,
        mistakes,
        "Rows and columns follow from the size rule, the depth from the number of filters.",
        f"({size} − {kernel}) / 1 + 1 = {out}, and {filters} filters give {filters} maps: {right}",
        choices=choices,
    )


def _receptive_field(rng: random.Random) -> Asking:
    first, second = rng.choice([3, 5]), rng.choice([3, 5])
    stride = rng.choice([2, 3])
    right = receptive_field([LayerSpec("conv", first, stride), LayerSpec("conv", second)]).size
    mistakes = [
        (first + second - 1, "You forgot the stride: it spreads what the second layer sees."),
        (first + second, "Sizes do not add up. Neighbouring views overlap."),
        (second, "That is what it sees of the layer before, not of the input."),
        (first + second * stride, "The first view counts once: add (F − 1) steps, not F."),
        (first * second, "Views overlap, so they do not multiply."),
    ]
    return make_asking(
        f"A convolution with a kernel of {first} and stride {stride} is followed by one with a "
        f"kernel of {second} and stride 1. How many inputs, along one axis, does a unit of the "
        "second see?",
        right,
        mistakes,
        "A unit sees F units of the layer before. Their views start a stride apart.",
        f"{first} + ({second} − 1)·{stride} = {right}",
    )


def _dense_weights(rng: random.Random) -> Asking:
    side, neurons = rng.choice([100, 200, 1000]), rng.choice([10, 20, 50])
    right = linear_parameters(side * side * 3, neurons, bias=False)
    mistakes = [
        (side * side * neurons, "You forgot the depth: a colour image has three channels."),
        (right + neurons, "Those are the parameters with biases. The question asks for weights."),
        (side * side * 3 + neurons, "Every input meets every neuron: multiply."),
    ]
    return make_asking(
        f"A {side}×{side} colour image is flattened and meets {neurons} fully connected neurons. "
        "How many weights is that, without biases?",
        right,
        mistakes,
        "One weight for each pair of an input and a neuron.",
        f"{side}·{side}·3·{neurons} = {right}",
    )


def _transposed_size(rng: random.Random) -> Asking:
    size, kernel, stride = rng.randint(3, 12), rng.choice([3, 4, 5]), rng.choice([2, 3])
    padding = rng.choice([0, 1])
    right = conv_transpose_output_size(size, kernel, stride, padding)
    mistakes = [
        (size * stride, "You multiplied by the stride. Kernel and padding count too."),
        (size * stride - 2 * padding + kernel, "There are i − 1 steps between i stamps."),
        ((size - 1) * stride + kernel, "You forgot the padding: here it cuts cells off."),
        ((size - 1) * stride + 2 * padding + kernel, "Padding makes the output smaller here."),
        ((size - 1) * stride - padding + kernel, "Padding is cut off on both sides: 2P."),
        (
            (size - 1) * stride - 2 * padding + kernel - 1,
            "A kernel of F covers F cells, not F − 1.",
        ),
    ]
    return make_asking(
        f"A transposed convolution has a kernel of {kernel}, stride {stride} and padding {padding}."
        f" Its input has {size} rows. How many does its output have?",
        right,
        mistakes,
        "The rule is (i − 1)·S − 2P + F.",
        f"({size} − 1)·{stride} − 2·{padding} + {kernel} = {right}",
    )


def _dilated_size(rng: random.Random) -> Asking:
    size, kernel, dilation = rng.randint(24, 40), rng.choice([3, 5]), rng.choice([3, 4])
    right: Any = conv_output_size(size, kernel, dilation=dilation)
    effective = effective_kernel_size(kernel, dilation)
    mistakes = [
        (size - kernel + 1, "You forgot the dilation."),
        (
            size - kernel * dilation + 1,
            "No gap follows the last weight: the kernel covers F + (F − 1)(D − 1) cells.",
        ),
        (
            size - (kernel + (kernel - 1) * dilation) + 1,
            "There are D − 1 cells in a gap, not D. With D = 1 there is no gap.",
        ),
        (right - 1, "You forgot the + 1: the first position counts too."),
        (
            conv_output_size(size, kernel, dilation),
            "That is a stride. A dilation spreads the weights; the window still moves by one.",
        ),
    ]
    return make_asking(
        f"An input of {size}×{size} meets a kernel of {kernel}×{kernel} with dilation {dilation}, "
        "stride 1 and no padding. How many rows does the output have?",
        right,
        mistakes,
        "First the effective kernel size, F + (F − 1)(D − 1). It takes the place of F.",
        f"{kernel} + {kernel - 1}·{dilation - 1} = {effective}, and {size} − {effective} + 1 = "
        f"{right}",
    )


def _window(rng: random.Random) -> Asking:
    row = rng.sample(range(1, 10), 4)
    kernel = rng.choice([[1, 3, -1], [2, -1, 1], [-1, 0, 1], [-2, 1, 3], [3, -2, 1]])
    products = [w * x for w, x in zip(kernel, row, strict=False)]
    right = sum(products)
    mistakes = [
        (
            sum(w * x for w, x in zip(kernel[::-1], row, strict=False)),
            "You flipped the kernel. That is convolution in mathematics.",
        ),
        (sum(w * x for w, x in zip(kernel, row[1:], strict=True)), "That is the second position."),
        (sum(abs(product) for product in products), "Mind the minus sign of a weight."),
        (sum(row[:3]), "Multiply each number by its weight before you add up."),
    ]
    return make_asking(
        f"A window with the weights {kernel} slides over the row {row}, laid on as it stands, as a "
        "CNN library does. What is the first number that comes out?",
        right,
        mistakes,
        "Each of the first three numbers meets the weight above it.",
        " + ".join(f"({w})·{x}" if w < 0 else f"{w}·{x}" for w, x in zip(kernel, row, strict=False))
        + f" = {right}",
    )


def _separable_weights(rng: random.Random) -> Asking:
    depth, filters, kernel = rng.choice([8, 16, 32]), rng.choice([24, 64, 100]), rng.choice([3, 5])
    right = variant_parameters("depthwise separable", depth, filters, kernel, bias=False)
    mistakes = [
        (kernel * kernel * depth * filters, "Those are the weights of the dense convolution."),
        (kernel * kernel * depth, "That is the depthwise step. A 1×1 convolution follows."),
        (depth * filters, "That is the 1×1 step. Before it, each channel has its own filter."),
        (
            kernel * kernel + depth * filters,
            "Each channel has a filter of its own, not one for all.",
        ),
        (
            kernel * kernel * filters + depth * filters,
            "The first step has a filter for each channel "
            "that comes in, not for each that goes out.",
        ),
    ]
    return make_asking(
        f"A depthwise separable convolution has {kernel}×{kernel} kernels, {depth} channels in and "
        f"{filters} out. How many weights does it have, without biases?",
        right,
        mistakes,
        "First a filter for each channel, then a 1×1 convolution. Add the two.",
        f"{depth}·{kernel}·{kernel} + {depth}·{filters} = {right}",
    )


def _weight_gradient(rng: random.Random) -> Asking:
    row, grad = [rng.randint(1, 9) for _ in range(4)], rng.sample(range(1, 6), 3)
    right = sum(g * x for g, x in zip(grad, row[1:], strict=True))
    mistakes = [
        (sum(g * x for g, x in zip(grad, row, strict=False)), "That is the gradient of w₀."),
        (
            sum(g * x for g, x in zip(grad, row[:0:-1], strict=True)),
            "Nothing is flipped here: g lies on x as it stands.",
        ),
        (sum(grad), "That is the gradient of the bias. A weight also meets the input."),
        (grad[0] * row[1], "That is the share of y₀ only. w₁ stands in all three outputs."),
        (grad[-1] * row[-1], "Add the shares up. With = in place of += only the last one stays."),
    ]
    return make_asking(
        f"A row x = {row} meets a kernel of two weights, w₀ and w₁. From above comes the gradient "
        f"g = {grad}, a number for each output. What is the gradient of w₁?",
        right,
        mistakes,
        "yᵢ = w₀·xᵢ + w₁·xᵢ₊₁. By what is w₁ multiplied in each of the three outputs?",
        " + ".join(f"{g}·{x}" for g, x in zip(grad, row[1:], strict=True)) + f" = {right}",
    )


#: The questions that are known by name.
TOPICS: dict[str, Callable[[random.Random], Asking]] = {
    "convolution size": _convolution_size,
    "parameters": _parameters,
    "pooling size": _pooling_size,
    "depth": _depth,
    "receptive field": _receptive_field,
    "dense weights": _dense_weights,
    "transposed size": _transposed_size,
    "dilated size": _dilated_size,
    "window": _window,
    "separable weights": _separable_weights,
    "weight gradient": _weight_gradient,
}
