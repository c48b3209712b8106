"""Wrong answers to the exercises, each with a piece of the sentence that helps."""

import math

import numpy as np
from scipy.signal import convolve2d, correlate2d

from .right_answers import Z, move, pool, stamps


def square_local(x, weight):
    side, f = len(weight), weight.shape[-1]
    return np.array(
        [[(x[i : i + f, j : j + f] * weight[i, j]).sum() for j in range(side)] for i in range(side)]
    )


def writes_into_x(x, w, stride, padding):
    x[...] = 0
    return correlate2d(np.pad(x, padding), w, mode="valid")[::stride, ::stride]


#: Wrong answers and a piece of the sentence that helps.
WRONG = [
    # values: what is wrong about them
    ("why_not_flat/connections", (576, 144, 10), "10 is with its bias"),
    ("why_not_flat/connections", (576, 144, 11), "The third number (shared) is not right yet."),
    (
        "why_not_flat/connections",
        (1, 2, 9),
        "The first number (dense) and the second number (local) are",
    ),
    ("why_not_flat/connections", (1, 2, 3), "None of the numbers is right yet."),
    (
        "why_not_flat/connections",
        (9, 144, 576),
        "another order. The order is (dense, local, shared).",
    ),
    (
        "why_not_flat/connections",
        (576, 144),
        "You have (576, 144): 2 numbers. Give a tuple of three",
    ),
    ("why_not_flat/connections", 576, "1 number. Give a tuple of three"),
    ("why_not_flat/connections", "many", "“many” cannot be read as numbers."),
    ("why_not_flat/connections", {576, 144, 9}, "cannot be read as numbers."),
    ("why_not_flat/connections", lambda: (576, 144, 9), "You gave a function. Give its result"),
    ("sizes/predict", (3, 4), "the padding forgotten"),
    ("sizes/predict", (3, 5), "Two slips lead to (3, 5)"),
    ("sizes/predict", (4, 6), "You rounded up."),
    ("sizes/alexnet", (96, 55, 55), "The depth comes last here"),
    ("sizes/alexnet", (55, 96), "2 numbers"),
    ("volumes/by-hand", 21, "Two slips lead to 21"),
    ("volumes/by-hand", 14, "The right number is larger."),
    ("volumes/by-hand", True, "“True” cannot be read as numbers."),
    ("volumes/by-hand", float("nan"), "cannot be read as numbers."),
    ("volumes/by-hand", 15j, "cannot be read as numbers."),
    ("volumes/by-hand", "0xf", "cannot be read as numbers."),
    ("volumes/by-hand", "1.5e1", "cannot be read as numbers."),
    ("volumes/by-hand", "15.004", "The right number is smaller."),
    ("volumes/green", [-0.5, 1, -0.5], "Right weights, wrong shape"),
    (
        "volumes/green",
        np.array([[[-0.5]], [[1]], [[-0.5]]]),
        "Your answer has the shape (3, 1, 1).",
    ),
    ("volumes/green", np.array([-0.5, 1, -1]).reshape(1, 3, 1, 1), "The number at (0, 2, 0, 0) is"),
    ("features/diagonal", [[-1, -2, -1], [0, 0, 0], [1, 2, 1]], "That is Sobel y alone"),
    ("features/diagonal", [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], "That is Sobel x alone"),
    ("features/diagonal", [[2, 2, 0], [2, 0, -2], [0, -2, -2]], "opposite direction"),
    ("features/diagonal", [[0, 0, 0]] * 3, "are not right yet"),
    ("learned_kernels/stripes", 9, "the three rows of every window are the same"),
    ("learned_kernels/stripes", 6, "not twice"),
    ("learned_kernels/stripes", 1, "a picture of one grey"),
    ("learned_kernels/stripes", 0, "The columns do tell something"),
    ("learned_kernels/stripes", 2, "The right number is larger."),
    ("learned_kernels/stripes", "many", "cannot be read"),
    ("learned_kernels/noise", 1920, "by √3 only"),
    ("learned_kernels/noise", 2560, "half of the error"),
    ("learned_kernels/noise", 5120, "additional pairs"),
    ("learned_kernels/noise", 71, "fewer pairs"),
    ("learned_kernels/noise", 6000, "The right number is smaller."),
    ("learned_kernels/noise", (640, 9), "2 numbers"),
    ("features/gradient", (3, 3, 0.785), "The angle is in radians."),
    ("features/gradient", (3, 3, 4.24), "length of the gradient"),
    ("pooling/by-hand", [[9, 6], [8, 5]], "Row 2, column 2 is not right yet."),
    ("pooling/by-hand", [9, 6, 8, 7], "4 numbers. Give a list of two rows"),
    ("pooling/by-hand", [[9, 6, 1], [8, 7, 5]], "Your answer has the shape (2, 3)."),
    ("pooling/by-hand", [[9, 4, 6], [8, 8, 7], [8, 8, 7]], "That is stride 1."),
    ("pooling/parameters", False, "“False” cannot be read as numbers."),
    ("pooling/parameters", 36928, "That is a convolution"),
    ("training/untrained-loss", 2.31, "The right number is smaller."),
    ("training/untrained-loss", 3.32, "base 2"),
    ("training/untrained-loss", 2, "The right number is larger."),
    ("training/indifferent", "RNN", "“RNN” is not among the choices"),
    ("training/indifferent", "Both", "Look at the CNN's two rows"),
    ("filters/by-hand", (4, 2.33), "You took the mean of the products."),
    ("weight_sharing/reach", (9, 10, 13, 14), "numbered from 0"),
    ("receptive_fields/predict", (4, 13), "another order. The order is (view, jump)."),
    ("weight_sharing/shifts", (4,), "moves the map by two cells"),
    ("weight_sharing/shifts", (2, 4, 6, 8), "one stride of 2"),
    ("homework/flip", (8, 5), "These are the right numbers in another order."),
    # functions: named mistakes, each written another way than in the exercise
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
]
