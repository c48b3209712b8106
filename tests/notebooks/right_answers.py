"""Right answers to the exercises, in many forms."""

import itertools
import math

import numpy as np
from scipy.signal import convolve2d, correlate2d

Z = np.zeros


def windows(x, f, stride=1):
    return np.lib.stride_tricks.sliding_window_view(x, (f, f))[::stride, ::stride]


def consuming_view(layers):
    size, jump = 1, 1
    while layers:
        kernel, stride, dilation = layers.pop(0)
        size, jump = size + (kernel - 1) * dilation * jump, jump * stride
    return size


def consuming_field(f, dilations):
    size = 1
    while dilations:
        size += (f - 1) * dilations.pop()
    return size


def consuming_stack(d1, layers):
    total = 0
    while layers:
        f, k = layers.pop(0)
        total, d1 = total + (f * f * d1 + 1) * k, k
    return total


def recursive_stop(losses, patience):
    best, waited = math.inf, 0
    for number, loss in enumerate(losses, 1):
        best, waited = (loss, 0) if loss < best else (best, waited + 1)
        if waited == patience:
            return np.int64(number)
    return np.int64(len(losses))


def matrix(labels, read, classes):
    matrix = Z((classes, classes))
    np.add.at(matrix, (labels, read), 1)
    return matrix


def in_place_step(w, x, target, lr):
    f = len(w)
    error = (windows(x, f) * w).sum(axis=(2, 3)) - target
    w -= lr * 2 * (windows(x, f) * error[..., None, None]).mean(axis=(0, 1))
    return w


def stamps(x, w, stride, padding, dtype=float, end=None):
    sheet = Z((len(x) - 1) * stride + len(w), dtype)
    for i, value in enumerate(x):
        sheet[i * stride : i * stride + len(w)] += (value * w).astype(dtype)
    return sheet[padding : len(sheet) - padding if end is None else end(padding)]


def move(image, rows, columns, filler=0):
    padded = np.pad(image, ((rows, 0), (columns, 0)), constant_values=filler)
    return padded[: len(image), : image.shape[1]]


def pool(x, size, stride, how=np.max):
    rows, columns = (x.shape[0] - size) // stride + 1, (x.shape[1] - size) // stride + 1
    return [
        [
            how(x[i * stride : i * stride + size, j * stride : j * stride + size])
            for j in range(columns)
        ]
        for i in range(rows)
    ]


#: Right answers, as a loop, in one line, with another library, that use up what they are given.
RIGHT = [
    ("filters/slide-1d", lambda x, w: np.correlate(x, w, "valid")),
    (
        "filters/slide-1d",
        lambda x, w: [float(x[i : i + len(w)] @ w) for i in range(len(x) - len(w) + 1)],
    ),
    ("filters/convolve", lambda image, kernel: convolve2d(image, kernel, mode="same")),
    ("filters/brightness", lambda kernel: float(sum(map(sum, kernel)))),
    ("filters/brightness", lambda kernel: np.vdot(kernel, np.ones_like(kernel))),
    ("filters/weights", lambda k: len(range(-k, k + 1)) ** 2),
    ("filters/weights", lambda k: 4 * k**2 + 4.0 * k + 1),
    ("volumes/one-number", lambda patch, weight, bias: np.tensordot(patch, weight, 3) + bias),
    ("volumes/one-number", lambda patch, weight, bias: np.float64((patch * weight).sum() + bias)),
    (
        "volumes/layer",
        lambda x, weight, bias: [
            sum(correlate2d(c, w, mode="valid") for c, w in zip(x, filters, strict=True)) + b
            for filters, b in zip(weight, bias, strict=True)
        ],
    ),
    ("volumes/stack", consuming_stack),
    ("sizes/output-size", lambda i, k, s, p, d: len(range(0, i + 2 * p - (k - 1) * d, s))),
    ("sizes/output-size", lambda i, k, s, p, d: math.floor((i + 2 * p - (k - 1) * d - 1) / s + 1)),
    ("sizes/same-padding", lambda k, d: (k - 1) * d / 2),
    ("sizes/same-padding", lambda k, d: k // 2 * d),
    ("sizes/dropped", lambda i, k, s, p: divmod(i + 2 * p - k, s)[1]),
    ("sizes/slide", lambda x, w, s, p: correlate2d(np.pad(x, p), w, mode="valid")[::s, ::s]),
    (
        "sizes/slide",
        lambda x, w, s, p: (windows(np.pad(x, p), len(w), s) * w).sum(axis=(2, 3)).tolist(),
    ),
    (
        "features/histogram",
        lambda dx, dy, n: np.array(
            [
                sum(
                    abs(complex(a, b))
                    for a, b in zip(dx.flat, dy.flat, strict=True)
                    if round(math.atan2(b, a) / (2 * math.pi) * n) % n == d
                )
                for d in range(n)
            ]
        ),
    ),
    (
        "features/binary-pattern",
        lambda b: int(
            "".join(
                str(int(v >= b[1, 1]))
                for v in (b[1, 0], b[2, 0], b[2, 1], b[2, 2], b[1, 2], b[0, 2], b[0, 1], b[0, 0])
            ),
            2,
        ),
    ),
    ("learned_kernels/step", in_place_step),
    (
        "learned_kernels/pairs",
        lambda kernel_size, channels: 1 + channels * kernel_size * kernel_size,
    ),
    (
        "why_not_flat/place",
        lambda row, column, width: np.ravel_multi_index((row, column), (99, width)),
    ),
    ("why_not_flat/megabytes", lambda side, c, n: np.float32(side**2 * c * n * 4e-6)),
    ("why_not_flat/shuffle-weights", lambda weight, order: np.take(weight, order, axis=1)),
    (
        "why_not_flat/shuffle-weights",
        lambda weight, order: [[row[k] for k in order] for row in weight],
    ),
    ("why_not_flat/shift", move),
    (
        "weight_sharing/count",
        lambda n, f: [n**2 * (n - f + 1) ** 2, f**2 * (n - f + 1) ** 2, f**2],
    ),
    (
        "weight_sharing/local",
        lambda x, weight: np.einsum("ijuv,ijuv->ij", windows(x, weight.shape[-1]), weight),
    ),
    ("receptive_fields/view", consuming_view),
    ("receptive_fields/meet", lambda distance: math.ceil(distance / 2)),
    ("receptive_fields/meet", lambda distance: -(-distance // 2)),
    ("pooling/max-pool", pool),
    ("pooling/max-pool", lambda x, size, stride: windows(x, size, stride).max(axis=(2, 3))),
    ("pooling/size", lambda i, f, s: len(range(0, i - f + 1, s))),
    ("dilated/reach", lambda f, d: (f - 1) * d + 1),
    ("dilated/stack", consuming_field),
    (
        "dilated/missed",
        lambda dilations: (
            1
            + 2 * sum(dilations)
            - len({sum(steps) for steps in itertools.product(*[(-d, 0, d) for d in dilations])})
        ),
    ),
    ("transposed/transpose", stamps),
    (
        "transposed/output-padding",
        lambda o, f, s, p: (o + 2 * p - f) - (o + 2 * p - f) // s * s,
    ),
    (
        "transposed/overlap",
        lambda i, f, s: tuple(
            sum(0 <= c - n * s < f for n in range(i)) for c in range((i - 1) * s + f)
        ),
    ),
    ("variants/mask", lambda k, c, g: np.kron(np.eye(g), np.ones((k // g, c // g)))),
    ("variants/mask", lambda k, c, g: np.arange(k)[:, None] * g // k == np.arange(c) * g // c),
    (
        "variants/depthwise-separable",
        lambda x, d, p: np.tensordot(
            p, [correlate2d(a, b, "valid") for a, b in zip(x, d, strict=True)], 1
        ),
    ),
    ("training/momentum", lambda w, v, grad, lr, m: [w - lr * (m * v + grad), m * v + grad]),
    ("training/early-stopping", recursive_stop),
    (
        "homework/layer",
        lambda w1, d1, f, k, s, p: [(w1 - f + 2 * p) // s + 1, k, (f * f * d1 + 1) * k],
    ),
    (
        "homework/one-cell",
        lambda x, w, i, j, s, p, d: (
            np.pad(x, 60)[60 + i * s - p :, 60 + j * s - p :][::d, ::d][: len(w), : w.shape[1]] * w
        ).sum(),
    ),
    # values
    ("training/untrained-loss", 2.3),
    ("training/untrained-loss", "2.303"),
    ("training/untrained-loss", -math.log(0.1)),
    ("training/indifferent", " fnn"),
    ("variants/column", [[2], [1], [3]]),
    ("variants/column", np.array([[2.0, 1, 3]])),
    ("features/diagonal", [[-1, -1, 0], [-1, 0, 1], [0, 1, 1]]),
    ("features/diagonal", [[-4, -4, 0], [-4, 0, 4], [0, 4, 4]]),
    ("features/hog-length", "3,780"),
    ("learned_kernels/stripes", "3"),
    ("learned_kernels/noise", "5,760"),
    ("learned_kernels/noise", 5760.0),
    ("weight_sharing/reach", "10, 11, 14, 15"),
    ("weight_sharing/shifts", [4, 8]),
    ("pooling/by-hand", "9 6; 8 7"),
    ("pooling/by-hand", "[[9, 6], [8, 7],]"),
    ("volumes/green", [[[[-0.5]], [[1]], [[-0.5]]]]),
]
