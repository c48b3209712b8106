"""Wrong functions, each with a piece of the sentence that helps, written as learners do."""

import math

import numpy as np
from scipy.signal import convolve2d, correlate2d

from .right_answers import Z, in_place_step, move, pool, stamps


def square_local(x, weight):
    side, f = len(weight), weight.shape[-1]
    return np.array(
        [[(x[i : i + f, j : j + f] * weight[i, j]).sum() for j in range(side)] for i in range(side)]
    )


def writes_into_x(x, w, stride, padding):
    x[...] = 0
    return correlate2d(np.pad(x, padding), w, mode="valid")[::stride, ::stride]


def same_size(x, w):
    return correlate2d(x, w, mode="same")


WRONG_FUNCTIONS = [
    ("filters/slide-1d", lambda x, w: sum(x[: len(w)] * w), "It should have the shape (4,)"),
    ("filters/convolve", lambda image, kernel: image * kernel.sum(), "should be"),
    ("filters/convolve", lambda image, kernel: same_size(image, kernel.T), "transposed the kernel"),
    ("pooling/max-pool", lambda x, size, stride: x.max(), "It should have the shape (2, 2)"),
    ("pooling/max-pool", lambda x, size, stride: pool(x, size, stride, np.min), "should be"),
    ("dilated/reach", lambda f, d: f + 2 * (d - 1), "three weights only"),
    ("homework/one-cell", lambda x, w, i, j, s, p, d: x[i * s, j * s], "It should be"),
    (
        "homework/one-cell",
        lambda x, w, i, j, s, p, d: np.pad(x, 60)[60 + i :, 60 + j :][: len(w), : w.shape[1]] * w,
        "It should have one number",
    ),
    ("filters/slide-1d", lambda x, w: np.convolve(x, w, "valid"), "Your kernel is flipped."),
    ("filters/slide-1d", lambda x, w: np.correlate(x, w, "full"), "hangs over an end"),
    (
        "filters/slide-1d",
        lambda x, w: np.correlate(x, w, "valid").astype(int),
        "cut fractions off",
    ),
    (
        "filters/convolve",
        lambda image, kernel: correlate2d(image, kernel, mode="same"),
        "That is correlation",
    ),
    (
        "filters/convolve",
        lambda image, kernel: convolve2d(image, kernel),
        "It should have the shape (4, 5)",
    ),
    ("filters/brightness", lambda kernel: 1.0, "add up to 0 give 0"),
    ("filters/weights", lambda k: k**2, "Count the terms from −k to k"),
    (
        "volumes/one-number",
        lambda p, w, b: np.array([(p * w).sum() + b]),
        "one number, without an axis",
    ),
    (
        "volumes/layer",
        lambda x, w, b: sum(correlate2d(c, k, "valid") for c, k in zip(x, w[0], strict=True)),
        "It should have the shape",
    ),
    (
        "sizes/output-size",
        lambda i, k, s, p, d: (i + 2 * p - (k + d * (k - 1))) // s + 1,
        "zeros between two weights",
    ),
    (
        "sizes/output-size",
        lambda i, k, s, p, d: (i + 2 * p - (k - 1) * d - 1) / s + 1,
        "is a fraction",
    ),
    (
        "sizes/output-size",
        lambda i, k, s, p, d: -(-(i + 2 * p - (k - 1) * d - 1) // s) + 1,
        "Round down, not up",
    ),
    ("sizes/output-size", lambda i, k: i - k + 1, "stops with TypeError"),
    (
        "sizes/dropped",
        lambda i, k, s, p: (s - (i + 2 * p - k) % s) % s,
        "missing for one more position",
    ),
    ("sizes/slide", writes_into_x, "yours is 0"),
    (
        "sizes/slide",
        lambda x, w, s, p: convolve2d(np.pad(x, p), w, "valid")[::s, ::s],
        "Your kernel is flipped.",
    ),
    ("sizes/slide", lambda x, w, s, p: [[1], [1, 2]], "It should be"),
    ("features/histogram", lambda dx, dy, n: Z(n + 1), "It should have the shape (8,)"),
    ("features/binary-pattern", lambda block: 255, "1 of 5 cases is right."),
    ("why_not_flat/megabytes", lambda side, c, n: side * side * c * n * 4 / 1024**2, "mebibytes"),
    (
        "why_not_flat/shift",
        lambda image, rows, columns: np.roll(np.roll(image, rows, 0), columns, 1),
        "np.roll",
    ),
    (
        "why_not_flat/shift",
        lambda image, rows, columns: move(image, rows, columns, 1),
        "it should be 0, yours is 1.",
    ),
    ("weight_sharing/local", square_local, "Your output has H2 rows and H2 columns."),
    ("receptive_fields/view", lambda layers: layers.pop(0) and 1, "It should be 5."),
    ("receptive_fields/view", lambda layers: 1, "1 of 7 cases is right."),
    ("receptive_fields/view", lambda layers: layers.clear(), "Is a “return” missing?"),
    (
        "pooling/max-pool",
        lambda x, size, stride: [[max(0, v) for v in row] for row in pool(x, size, stride)],
        "start at −∞",
    ),
    ("pooling/max-pool", lambda x, size, stride: pool(x, size, stride, np.mean), "average pooling"),
    ("pooling/max-pool", 3, "Give the function itself"),
    (
        "pooling/backward",
        lambda x, grad, size: np.kron(grad, np.ones((size, size))),
        "Only the largest one gets it.",
    ),
    ("dilated/reach", lambda f, d: f * d, "F − 1 gaps of D − 1 cells"),
    ("dilated/reach", lambda f, d: f + (f - 1) * d, "D cells into each gap"),
    (
        "dilated/stack",
        lambda f, dilations: f + sum((f - 1) * d for d in dilations),
        "You start with F.",
    ),
    (
        "dilated/missed",
        lambda dilations: 0 if math.gcd(*dilations) == 1 else 2 * sum(d - 1 for d in dilations),
        "rates 2 and 3 miss",
    ),
    ("dilated/missed", lambda dilations: 2 * sum(dilations) + 1, "the size of the view"),
    ("dilated/missed", lambda dilations: 0, "4 of 8 cases are right"),
    ("dilated/stack", lambda f, dilations: 1, "It should be 3."),
    ("dilated/stack", lambda f, dilations: dilations.clear() or 1, "It should be 3."),
    (
        "transposed/transpose",
        lambda x, w, s, p: stamps(x, w, s, p, int),
        "cut fractions off",
    ),
    (
        "transposed/transpose",
        lambda x, w, s, p: stamps(x, w, s, p, end=lambda p: -p),
        "−0 is 0",
    ),
    (
        "training/momentum",
        lambda w, v, grad, lr, m: w - lr * (m * v + grad),
        "It should have the shape (2,)",
    ),
    (
        "training/early-stopping",
        lambda losses, patience: min(int(np.argmin(losses)) + 1 + patience, len(losses)),
        "Training cannot know the later ones",
    ),
    (
        "homework/layer",
        lambda w1, d1, f, k, s, p: (round((w1 - f + 2 * p) / s + 1), k, (f * f * d1 + 1) * k),
        "cases are right",
    ),
    (
        "homework/layer",
        lambda w1, d1, f, k, s, p: (round((w1 - f + 2 * p) / s) + 1, k, (f * f * d1 + 1) * k),
        "You round to the nearest.",
    ),
    (
        "homework/layer",
        lambda w1, d1, f, k, s, p: (math.ceil((w1 - f + 2 * p) / s) + 1, k, (f * f * d1 + 1) * k),
        "You round up.",
    ),
    ("homework/one-cell", lambda x, w, i, j, s, p, d: 0, "It should be"),
    ("filters/brightness", sum, "leaves one number for each column"),
    ("filters/brightness", lambda kernel: max(0, kernel.sum()), "5 of 6 cases"),
    ("filters/brightness", lambda kernel: 255 * kernel.sum(), "It should be 1."),
    ("filters/weights", lambda k: sum(1 for _ in range(k + 1)) ** 2, "The sum starts at −k."),
    ("filters/weights", lambda k: 2 * k**2 + 1, "1 of 4 cases is right."),
    ("volumes/one-number", lambda p, w, b: (p * w).mean() + b, "It should be"),
    ("volumes/layer", lambda x, w, b: [], "It should have the shape"),
    (
        "volumes/stack",
        lambda d1, layers: sum(f * f * d1 + 1 for f, _ in layers),
        "1 of 6 cases is right.",
    ),
    (
        "volumes/stack",
        lambda d1, layers: sum((f * f * d1 + 1) * k for f, k in layers),
        "Every layer reads D1 channels",
    ),
    ("volumes/stack", lambda d1, layers: [(f * f * d1 + 1) * k for f, k in layers], "one number"),
    ("sizes/same-padding", lambda k, d: (k - 1) // 2, "right for a dense kernel only"),
    ("sizes/same-padding", lambda k, d: k + (k - 1) * (d - 1), "the effective kernel size"),
    ("sizes/same-padding", lambda k, d: (k - 1, k - 1), "one number, without an axis"),
    ("sizes/dropped", lambda i, k, s, p: i + 2 * p - k, "1 of 8 cases is right."),
    (
        "sizes/slide",
        lambda x, w, s, p: correlate2d(np.pad(x, p), w, "valid"),
        "The stride is missing",
    ),
    (
        "features/histogram",
        lambda dx, dy, n: np.histogram(np.arctan2(dy, dx), n)[0],
        "should be",
    ),
    ("features/histogram", lambda dx, dy, n: np.hypot(dx, dy).sum(), "It should have the shape"),
    ("features/binary-pattern", lambda b: (b >= b[1, 1]).sum(), "It should be"),
    ("features/binary-pattern", lambda b: b >= b[1, 1], "It should have one number"),
    ("learned_kernels/step", lambda w, x, target, lr: lr, "It should have the shape (3, 3)"),
    (
        "learned_kernels/step",
        lambda w, x, target, lr: 2 * w - in_place_step(w.copy(), x, target, lr),
        "You went up the gradient.",
    ),
    (
        "learned_kernels/step",
        lambda w, x, target, lr: in_place_step(w.copy(), x, target, 1),
        "The rate is missing",
    ),
    ("learned_kernels/pairs", lambda kernel_size, channels: kernel_size**2 * channels, "The bias"),
    (
        "learned_kernels/pairs",
        lambda kernel_size, channels: kernel_size**2 + channels,
        "3 of 5 cases are right.",
    ),
    ("why_not_flat/place", lambda row, column, width: (row, column), "one number, without an"),
    ("why_not_flat/place", lambda row, column, width: row * width, "3 of 7 cases are right."),
    ("why_not_flat/place", lambda row, column, width: column * width + row, "down the columns"),
    ("why_not_flat/megabytes", lambda side, c, n: (side**2 * c * n * 4) >> 20, "It should be 240."),
    ("why_not_flat/shuffle-weights", lambda weight, order: weight[:, order].T, "the shape (2, 4)"),
    (
        "why_not_flat/shuffle-weights",
        lambda weight, order: np.array(list(weight))[order, :],
        "You reorder the rows.",
    ),
    ("why_not_flat/shuffle-weights", lambda weight, order: weight * order, "should be 3"),
    ("weight_sharing/count", lambda n, f: n * n * f * f, "It should have the shape (3,)"),
    (
        "weight_sharing/count",
        lambda n, f: (n**4, f * f * n * n, f * f),
        "You count n · n neurons.",
    ),
    ("weight_sharing/local", lambda x, weight: weight[0, 0] * x[:2, :2], "should"),
    ("receptive_fields/meet", lambda distance: (distance + 1) / 2, "4 of 8 cases"),
    (
        "receptive_fields/meet",
        lambda distance: len(range(distance + 1)),
        "places the stack has to see",
    ),
    ("receptive_fields/meet", lambda distance: max(1, (distance + 1) // 2), "7 of 8 cases"),
    ("pooling/size", lambda i, f, s: i // f, "You divided by the window."),
    ("pooling/size", lambda i, f, s: math.ceil(i / s), "It should be"),
    ("pooling/backward", lambda x, grad, size: grad, "It should have the shape (4, 4)"),
    (
        "pooling/backward",
        lambda x, grad, size: x * np.kron(grad, np.ones((size, size))),
        "should be",
    ),
    ("transposed/output-padding", lambda o, f, s, p: s - 1, "It should be"),
    ("transposed/output-padding", lambda o, f, s, p: (o + p + p - f) // s, "the remainder: %"),
    ("transposed/overlap", lambda i, f, s: [1] * ((i - 1) * s + f), "should be"),
    ("transposed/overlap", lambda i, f, s: i * f, "It should have the shape (7,)"),
    ("transposed/overlap", lambda i, f, s: [math.ceil(f / s)] * ((i - 1) * s + f), "count cell"),
    ("variants/mask", lambda k, c, g: 1 - np.kron(np.eye(g), Z((k // g, c // g)) + 1), "should be"),
    (
        "variants/mask",
        lambda k, c, g: np.kron(np.eye(g), np.ones((c // g, c // g))),
        "cases are right",
    ),
    ("variants/mask", lambda k, c, g: np.arange(k) // (k // g), "It should have the shape (4, 4)"),
    (
        "variants/depthwise-separable",
        lambda x, d, p: np.einsum("kc,chw->khw", p, x),
        "The depthwise step is missing",
    ),
    (
        "variants/depthwise-separable",
        lambda x, d, p: sum(correlate2d(a, b, "valid") for a, b in zip(x, d, strict=True)),
        "It should have the shape (2, 3, 3)",
    ),
    (
        "variants/depthwise-separable",
        lambda x, d, p: np.tensordot(p, list(map(same_size, x, d)), 1),
        "It should have the shape (2, 3, 3)",
    ),
    (
        "backpropagation/grad-input",
        lambda g, w, stride, size: convolve2d(g, w),
        "It should have the shape",
    ),
    (
        "backpropagation/grad-input",
        lambda g, w, stride, size: np.pad(correlate2d(g, w, "full"), 9)[9:-9, 9:-9],
        "should",
    ),
    ("designing/normalise", lambda x, eps: x - x.mean((0, 2, 3), keepdims=True), "should be"),
    (
        "designing/normalise",
        lambda x, eps: (x - x.mean()) / np.sqrt(x.var() + eps),
        "one mean over",
    ),
    ("designing/dense-as-filters", lambda weight, c, h, w: weight, "the shape (3, 3, 2, 2)"),
    (
        "designing/dense-as-filters",
        lambda weight, c, h, w: weight.T.reshape(-1, c, h, w),
        "should be",
    ),
    (
        "designing/dense-as-filters",
        lambda weight, c, h, w: np.moveaxis(weight.reshape(-1, h, w, c), -1, 1),
        "do not transpose",
    ),
    (
        "training/momentum",
        lambda w, v, grad, lr, m: (w + (m * v - lr * grad), m * v - lr * grad),
        "into the velocity",
    ),
    ("training/momentum", lambda w, v, grad, lr, m: (w - lr * grad, v), "should be"),
    (
        "training/early-stopping",
        lambda losses, patience: len(losses) - patience,
        "It should be 5.",
    ),
]
