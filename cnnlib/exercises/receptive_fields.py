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

_FLAT = np.arange(15.0).reshape(3, 5) ** 2 % 7
_OWN = np.arange(32.0).reshape(2, 4, 2, 2) % 9 - 3


def _windows(x: np.ndarray, size: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(x, (size, size))


def _local(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    windows = _windows(x, weight.shape[-1])
    return (windows[: len(weight), : weight.shape[1]] * weight).sum(axis=(2, 3))


def _rows_twice(x: np.ndarray, weight: np.ndarray, columns: int) -> np.ndarray:
    """Loop over H2 columns where there are W2."""
    f = weight.shape[-1]
    y = np.zeros((len(weight), columns))
    for i, j in np.ndindex(len(weight), len(weight)):
        y[i, j] = (x[i : i + f, j : j + f] * weight[i, j]).sum()
    return y


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
        why="The window of h32 starts at row 3, column 2: rows 3 and 4, columns 2 and 3.",
        mistakes=(
            Mistake(
                "You took row 2 and column 3. In h32 the row comes first: row 3, column 2.",
                lambda: (7, 8, 11, 12),
            ),
            Mistake(
                "Two slips lead there: the columns 1 and 2 in place of 2 and 3, or pixels numbered "
                "from 0. The first pixel has the number 1.",
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
        why="1 + 2·1 + 4·2 + 1·2 = 13, and the strides multiply: 2 · 1 · 2 = 4.",
        parts=("view", "jump"),
        mistakes=(
            Mistake(
                "The dilation is missing: the second kernel covers 5 units, so it adds 4 steps.",
                lambda: (9, 4),
            ),
            Mistake(
                "The strides are missing: after stride 2 each step is two inputs wide.",
                lambda: (8, 4),
            ),
            Mistake(
                "A layer's own stride does not widen its own view, only that of later layers.",
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
        why="(n − F + 1)² neurons: each reads n² inputs, or F² with weights of its own, or all "
        "share F².",
        cases=(
            (4, 2),
            (28, 5),
            (5, 1),
            (6, 6),
            (1, 1),
            (9, 4),
        ),
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
        why="Neuron (i, j) reads the window that starts at (i, j) and uses its own kernel.",
        cases=(
            (_X, _SMALL),
            (_X, _LARGE),
            (_X[:3, :3], _WIDE),
            (_FLAT, _OWN),
            (_FLAT.T / 4 - 1, _OWN.swapaxes(0, 1) * 0.5),
            (_X[:1, :1], _OWN[:1, :1, :1, :1]),
        ),
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
                "The kernels are flipped. They are laid on as they stand.",
                lambda x, weight: _local(x, weight[..., ::-1, ::-1]),
            ),
            Mistake(
                "Every neuron reads the top left window. That of neuron (i, j) starts at row i, "
                "column j.",
                lambda x, weight: (x[: weight.shape[2], : weight.shape[3]] * weight).sum(
                    axis=(2, 3)
                ),
            ),
            Mistake(
                "Your loop over the columns ends after H2 of them. There are W2: weight.shape[1].",
                lambda x, weight: _rows_twice(x, weight, weight.shape[1]),
            ),
            Mistake(
                "Your output has H2 rows and H2 columns. It has W2 columns: weight.shape[1].",
                lambda x, weight: _rows_twice(x, weight, len(weight)),
            ),
        ),
    ),
    "view": Exercise(
        solution=_view,
        needs="a function of a list of triples (kernel, stride, dilation) that returns a whole "
        "number.",
        why="Each layer adds (kernel − 1) · dilation steps, and a step is worth the strides before "
        "it.",
        cases=(
            ([(3, 1, 1), (3, 1, 1)],),
            ([(3, 1, 1), (2, 2, 1), (3, 1, 1)],),
            ([(5, 2, 1), (3, 1, 2), (2, 2, 1)],),
            ([(11, 4, 1), (3, 2, 1), (5, 1, 1)],),
            ([(1, 1, 1)],),
            ([(2, 2, 1), (2, 2, 1), (2, 2, 1)],),
            ([(1, 3, 1), (3, 1, 4)],),
        ),
        mistakes=(
            Mistake(
                "You multiply by the layer's own stride, too. It spreads the later layers: "
                "change the jump last.",
                _own_stride,
            ),
            Mistake(
                "The strides are missing. Multiply by the product of those before.",
                lambda layers: _view([(k, 1, d) for k, _, d in layers]),
            ),
            Mistake(
                "The dilation is missing: a dilated kernel covers (kernel − 1) · dilation + 1.",
                lambda layers: _view([(k, s, 1) for k, s, _ in layers]),
            ),
            Mistake(
                "The views overlap, so the kernels do not add up: each adds its size less one.",
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
        why="A stack of n layers sees 1 + 2n places, and these must hold distance + 1.",
        cases=(
            (4,),
            (1,),
            (2,),
            (7,),
            (0,),
            (100,),
            (3,),
            (99,),
        ),
        mistakes=(
            Mistake(
                "Round up: at an odd distance half a layer more is needed.",
                lambda distance: distance // 2,
            ),
            Mistake(
                "Each layer of 3 sees one further on both sides, so the view grows by 2.",
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
            Mistake(
                "That is a fraction. A layer is there or not: round up.",
                lambda distance: distance / 2,
            ),
        ),
    ),
    "network": Exercise(
        solution=lambda: (576, 5770),
        needs="a tuple (numbers after Flatten, parameters of the dense layer).",
        why="32 → 28 → 14 → 12 → 6 with 16 maps is 576, and 576 · 10 weights with 10 biases are "
        "5,770.",
        parts=("after Flatten", "parameters"),
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
