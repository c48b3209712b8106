"""The exercises of the chapter on local receptive fields, weight sharing and a whole CNN."""

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.operations.cost import conv_parameters
from cnnlib.operations.receptive_fields import LayerSpec, receptive_field

Triples = list[tuple[int, int, int]]

_X = np.array([[3.0, 1, 4, 1], [5, 9, 2, 6], [5, 3, 5, 8], [9, 7, 9, 3]])
_SMALL = np.arange(1.0, 37).reshape(3, 3, 2, 2) % 7 - 2
_LARGE = np.arange(1.0, 37).reshape(2, 2, 3, 3) % 5 - 1
_WIDE = np.arange(1.0, 17).reshape(2, 2, 2, 2) % 6


def _windows(x: np.ndarray, size: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(x, (size, size))


def _local(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    windows = _windows(x, weight.shape[-1])
    return (windows[: len(weight), : weight.shape[1]] * weight).sum(axis=(2, 3))


def _shared(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return _local(x, np.broadcast_to(weight[0, 0], weight.shape))


def _view(layers: Triples) -> int:
    view = receptive_field([LayerSpec("conv", k, s, dilation=d) for k, s, d in layers]).size
    assert isinstance(view, int)
    return view


def _own_stride(layers: Triples) -> int:
    """Multiply by the stride of the layer itself, too."""
    size, jump = 1, 1
    for k, s, d in layers:
        jump *= s
        size += (k - 1) * d * jump
    return size


def _count(n: int, f: int, neurons: int | None = None) -> tuple[int, int, int]:
    if neurons is None:
        neurons = (n - f + 1) ** 2
    kernel = conv_parameters(1, 1, f, bias=False)
    return n * n * neurons, kernel * neurons, kernel


EXERCISES = {
    "reach": Exercise(
        solution=lambda: (10, 11, 14, 15),
        needs="a tuple of the numbers of four pixels, smallest first.",
        mistakes=(
            Mistake(
                "You took row 2 and column 3. In h32 the row comes first: row 3, column 2.",
                lambda: (7, 8, 11, 12),
            ),
            Mistake(
                "Those are two rows below each other, but the columns 1 and 2. The window starts "
                "at column 2.",
                lambda: (9, 10, 13, 14),
            ),
            Mistake(
                "That window starts at row 2. That of h32 starts at row 3.",
                lambda: (6, 7, 10, 11),
            ),
            Mistake(
                "Those are four pixels in a row. The window is 2×2: two of row 3 and two of row 4.",
                lambda: (10, 11, 12, 13),
            ),
        ),
    ),
    "predict": Exercise(
        solution=lambda: (13, 4),
        needs="a tuple (view, jump) of two whole numbers.",
        mistakes=(
            Mistake(
                "The dilation is missing: the second kernel reaches 5 units, so it adds 4 steps.",
                lambda: (9, 4),
            ),
            Mistake(
                "The strides are missing: behind stride 2 each step is two inputs wide.",
                lambda: (8, 4),
            ),
            Mistake(
                "A layer's own stride does not widen its own view, only that of the layers behind.",
                lambda: (17, 4),
            ),
            Mistake("The view is right. For the jump the strides multiply.", lambda: (13, 5)),
            Mistake(
                "The view is right. The jump counts all layers: the last one has stride 2 as well.",
                lambda: (13, 2),
            ),
        ),
    ),
    "count": Exercise(
        solution=_count,
        needs="a function of (n, F) that returns a tuple (dense, local, shared).",
        cases=((4, 2), (28, 5), (5, 1), (6, 6)),
        mistakes=(
            Mistake(
                "You count n · n neurons. Without padding there is one for each position: "
                "(n − F + 1)².",
                lambda n, f: _count(n, f, n * n),
            ),
            Mistake(
                "The + 1 is missing: there are (n − F + 1)² positions.",
                lambda n, f: _count(n, f, (n - f) ** 2),
            ),
            Mistake(
                "The neurons stand in rows and columns: (n − F + 1)², not n − F + 1.",
                lambda n, f: _count(n, f, n - f + 1),
            ),
            Mistake(
                "The question asks for weights. You count the biases, too.",
                lambda n, f: (
                    _count(n, f)[0] + (n - f + 1) ** 2,
                    _count(n, f)[1] + (n - f + 1) ** 2,
                    f * f + 1,
                ),
            ),
            Mistake(
                "The order is (dense, local, shared).",
                lambda n, f: _count(n, f)[::-1],
            ),
        ),
    ),
    "local": Exercise(
        solution=_local,
        needs="a function of (x, weight) that returns the outputs as an array (H2, W2).",
        cases=((_X, _SMALL), (_X, _LARGE), (_X[:3, :3], _WIDE)),
        mistakes=(
            Mistake(
                "All neurons use the first kernel: that is a convolution. Neuron (i, j) has "
                "weight[i, j].",
                _shared,
            ),
            Mistake(
                "Rows and columns of the neurons are exchanged: take weight[i, j], not "
                "weight[j, i].",
                lambda x, weight: _local(x, weight.swapaxes(0, 1)),
            ),
            Mistake(
                "The kernels are turned round. They are laid on as they stand.",
                lambda x, weight: _local(x, weight[..., ::-1, ::-1]),
            ),
            Mistake(
                "Every neuron reads the top left window. That of neuron (i, j) starts at row i, "
                "column j.",
                lambda x, weight: (x[: weight.shape[2], : weight.shape[3]] * weight).sum(
                    axis=(2, 3)
                ),
            ),
        ),
    ),
    "view": Exercise(
        solution=_view,
        needs="a function of a list of triples (kernel, stride, dilation) that returns a whole "
        "number.",
        cases=(
            ([(3, 1, 1), (3, 1, 1)],),
            ([(3, 1, 1), (2, 2, 1), (3, 1, 1)],),
            ([(5, 2, 1), (3, 1, 2), (2, 2, 1)],),
            ([(11, 4, 1), (3, 2, 1), (5, 1, 1)],),
            ([(1, 1, 1)],),
        ),
        mistakes=(
            Mistake(
                "You multiply by the layer's own stride, too. It spreads the layers behind it: "
                "change the jump last.",
                _own_stride,
            ),
            Mistake(
                "The strides are missing. Multiply by the product of those before.",
                lambda layers: _view([(k, 1, d) for k, _, d in layers]),
            ),
            Mistake(
                "The dilation is missing: a dilated kernel reaches (kernel − 1) · dilation + 1.",
                lambda layers: _view([(k, s, 1) for k, s, _ in layers]),
            ),
            Mistake(
                "The views overlap, so the kernels do not add up: each adds its reach less one.",
                lambda layers: sum(k for k, _, _ in layers),
            ),
            Mistake(
                "The 1 is missing: a unit with no layer below sees one input, itself.",
                lambda layers: _view(layers) - 1,
            ),
            Mistake(
                "You multiply by the stride of the layer before only. All strides before count: "
                "their product.",
                lambda layers: (
                    1
                    + sum(
                        (k - 1) * d * (layers[at - 1][1] if at else 1)
                        for at, (k, _, d) in enumerate(layers)
                    )
                ),
            ),
        ),
    ),
    "meet": Exercise(
        solution=lambda distance: (distance + 1) // 2,
        needs="a function of the distance that returns a whole number.",
        cases=((4,), (1,), (2,), (7,), (0,), (100,)),
        mistakes=(
            Mistake(
                "Round up: at an odd distance half a layer more is needed.",
                lambda distance: distance // 2,
            ),
            Mistake(
                "Each layer of 3 reaches one further on both sides, so the view grows by 2.",
                lambda distance: distance,
            ),
            Mistake(
                "That is one layer too many: a view of distance + 1 places holds both.",
                lambda distance: distance // 2 + 1,
            ),
            Mistake(
                "The view grows by 2 with each layer, not by 3: neighbouring views overlap.",
                lambda distance: -(-distance // 3),
            ),
        ),
    ),
    "network": Exercise(
        solution=lambda: (576, 5770),
        needs="a tuple (numbers after Flatten, parameters of the dense layer).",
        mistakes=(
            Mistake("The biases are missing: one for each of the 10 neurons.", lambda: (576, 5760)),
            Mistake("The second pooling is missing: 12 rows become 6.", lambda: (2304, 23050)),
            Mistake(
                "That would be with padding that keeps the size. Here each convolution loses a "
                "border: 32 → 28 → 14 → 12 → 6.",
                lambda: (1024, 10250),
            ),
            Mistake(
                "The depth is the number of filters of the last convolution, 16; the maps of the "
                "first are added up in each of them.",
                lambda: (4608, 46090),
            ),
            Mistake("Flatten keeps all 16 maps, not one: 16 · 6 · 6.", lambda: (36, 370)),
        ),
    ),
}
