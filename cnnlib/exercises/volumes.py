"""The exercises of the chapter on volumes and feature maps."""

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.operations.convolution import conv2d
from cnnlib.operations.cost import conv_parameters

_X = np.array(
    [
        [[1.0, 4, 2, 0, 3], [2, 1, 5, 3, 1], [0, 2, 1, 4, 6], [3, 1, 0, 2, 5]],
        [[2.0, 0, 1, 3, 1], [4, 1, 2, 0, 2], [1, 5, 3, 1, 0], [2, 0, 4, 1, 3]],
    ]
)
_W = np.array(
    [
        [[[1.0, 0], [2, -1]], [[0, 3], [1, 1]]],
        [[[2.0, 1], [0, 1]], [[-1, 0], [0, 2]]],
        [[[0.0, 1], [1, 3]], [[1, 2], [-2, 0]]],
    ]
)
_B = np.array([1.0, -4.0, 2.0])


def _layer(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return conv2d(x, weight, bias)


def _stack(d1: int, layers: list[tuple[int, int]], keep_depth: bool = False) -> int:
    """Count a stack; with `keep_depth` every layer reads the depth of the first input."""
    total = 0
    for f, k in layers:
        total += conv_parameters(d1, k, f)
        d1 = d1 if keep_depth else k
    return total


def _green(red: float, green: float, blue: float) -> np.ndarray:
    return np.array([red, green, blue]).reshape(1, 3, 1, 1)


EXERCISES = {
    "by-hand": Exercise(
        solution=lambda: 15,
        needs="a number.",
        why="Red gives −1, green 8, blue 5, and the bias 3 is added once: 15.",
        mistakes=(
            Mistake("The bias is missing. It is added once, at the end.", lambda: 12),
            Mistake(
                "Those are the three partial sums. The filter adds them up to one number.",
                lambda: (-1, 8, 5),
            ),
            Mistake(
                "Either of two slips gives 21: the bias added for each channel (it is added once), "
                "or the minus sign of the red −1 lost.",
                lambda: 21,
            ),
            Mistake(
                "That is the mean of the channels and the bias. Add the channels up.",
                lambda: 7,
            ),
        ),
    ),
    "predict": Exercise(
        solution=lambda: (4, 4, 3, 111),
        needs="a tuple (rows, columns, depth, parameters) of four whole numbers.",
        why="6 − 3 + 1 = 4 rows and columns, one map for each of the 3 filters, and 3·3·4·3 "
        "weights with 3 biases.",
        parts=("rows", "columns", "depth", "parameters"),
        mistakes=(
            Mistake(
                "The depth of the output is the number of filters, not the depth of the input.",
                lambda: (4, 4, 4, 111),
            ),
            Mistake(
                "Each filter adds its four channels up to one map. The depths do not multiply.",
                lambda: (4, 4, 12, 111),
            ),
            Mistake(
                "The depth is missing from the count: each filter has 3 · 3 · 4 weights.",
                lambda: (4, 4, 3, 30),
            ),
            Mistake("The biases are missing: one for each filter.", lambda: (4, 4, 3, 108)),
            Mistake(
                "One bias for the whole layer is too few: each filter has its own.",
                lambda: (4, 4, 3, 109),
            ),
            Mistake(
                "The + 1 is missing: the first position of the window counts too.",
                lambda: (3, 3, 3, 111),
            ),
        ),
    ),
    "one-number": Exercise(
        solution=lambda patch, weight, bias: _layer(patch, weight[None], np.array([bias]))[0, 0, 0],
        needs="a function of (patch, weight, bias) that returns one number.",
        why="All products of all channels are added up, and the bias is added once.",
        cases=(
            (_X[:, :2, :2], _W[0], 1.0),
            (_X[:, 1:3, 2:4], _W[2], -4.0),
            (_X[:, 2:], _X[:, :2], 0.5),
            (np.array([[[-1.5]]]), np.array([[[0.5]]]), 0.25),
            (_X[:, :3, :3] - 2.5, _X[:, 1:, 2:], 0),
        ),
        mistakes=(
            Mistake(
                "You have one number for each channel. The filter adds the channels up, too.",
                lambda patch, weight, bias: (patch * weight).sum(axis=(1, 2)) + bias,
            ),
            Mistake(
                "The bias is missing.",
                lambda patch, weight, bias: (patch * weight).sum(),
            ),
            Mistake(
                "The bias is added to every product. Add it once, after the sum.",
                lambda patch, weight, bias: (patch * weight + bias).sum(),
            ),
            Mistake(
                "The bias is added once for each channel. Add it once, after the sum.",
                lambda patch, weight, bias: (patch * weight).sum() + len(patch) * bias,
            ),
            Mistake(
                "You have all the products. Add them up to one number.",
                lambda patch, weight, bias: patch * weight + bias,
            ),
        ),
    ),
    "layer": Exercise(
        solution=_layer,
        needs="a function of (x, weight, bias) that returns the maps as an array (K, H2, W2).",
        why="Filter k reads all channels of each window and writes map k, with a bias of its own.",
        cases=(
            (_X, _W, _B),
            (_X[:1], _W[:2, :1], _B[:2]),
            (_X, _W[:1, :, :1, :1], _B[:1]),
            (_X / 4 - 1, _W * 0.5, _B / 8),
            (_X[:, :2, :2], _W, 0 * _B),
        ),
        mistakes=(
            Mistake(
                "The biases are missing: one for each filter.",
                lambda x, weight, bias: _layer(x, weight, 0 * bias),
            ),
            Mistake(
                "Your filter reads the first channel only. Cut x[:, i : i + F, j : j + F].",
                lambda x, weight, bias: _layer(x[:1], weight[:, :1], bias),
            ),
            Mistake(
                "Every map uses the first filter. Filter k gives map k.",
                lambda x, weight, bias: _layer(x, weight[:1].repeat(len(weight), axis=0), bias),
            ),
            Mistake(
                "All maps get the bias of the first filter. Filter k has bias[k].",
                lambda x, weight, bias: _layer(x, weight, np.full(len(bias), bias[0])),
            ),
            Mistake(
                "You added the maps up. Stack them: one for each filter.",
                lambda x, weight, bias: _layer(x, weight, bias).sum(axis=0),
            ),
            Mistake(
                "Your kernels are flipped. A CNN's filter is used as it is.",
                lambda x, weight, bias: _layer(x, weight[..., ::-1, ::-1], bias),
            ),
            Mistake(
                "The last row and column are missing: there are H − F + 1 positions along an axis.",
                lambda x, weight, bias: _layer(x, weight, bias)[:, :-1, :-1],
            ),
            Mistake(
                "The bias is added once for each channel. Add it once, after the sum.",
                lambda x, weight, bias: _layer(x, weight, bias * len(x)),
            ),
        ),
    ),
    "green": Exercise(
        solution=lambda: _green(-0.5, 1, -0.5),
        needs="an array of shape (1, 3, 1, 1): 1 filter, 3 channels, 1×1.",
        why="The weights add up to 0, so grey gives 0; pure green gives 255 · 1.",
        mistakes=(
            Mistake(
                "That copies the green channel. A white pixel has a lot of green, too: subtract "
                "the other two.",
                lambda: _green(0, 1, 0),
            ),
            Mistake(
                "That subtracts all of red and blue, so a grey pixel gives a negative number. "
                "Subtract half of each.",
                lambda: _green(-1, 1, -1),
            ),
            Mistake(
                "The channels are red, green, blue, in that order.",
                lambda: _green(-0.5, -0.5, 1),
            ),
            Mistake(
                "Right weights, wrong shape: (filters, channels, rows, columns), so .reshape(1, 3, "
                "1, 1).",
                lambda: np.array([-0.5, 1, -0.5]),
            ),
            Mistake(
                "That is 0 on grey, but only 0.5 times green. Double it.",
                lambda: _green(-0.25, 0.5, -0.25),
            ),
        ),
    ),
    "stack": Exercise(
        solution=_stack,
        needs="a function of (D1, layers) that returns a whole number.",
        why="The maps of one layer are the channels of the next, and each filter has one bias.",
        cases=(
            (3, [(3, 4), (5, 8), (3, 16)]),
            (1, [(5, 6)]),
            (3, [(11, 96), (5, 256)]),
            (16, [(1, 4), (3, 4)]),
            (1, [(1, 1)]),
            (5, [(1, 2), (2, 7), (1, 3), (4, 2)]),
        ),
        mistakes=(
            Mistake(
                "Every layer reads D1 channels in your count. From the second one on, the depth of "
                "the input is the number of filters in the layer before.",
                lambda d1, layers: _stack(d1, layers, keep_depth=True),
            ),
            Mistake(
                "The biases are missing: one for each filter.",
                lambda d1, layers: _stack(d1, layers) - sum(k for _, k in layers),
            ),
            Mistake(
                "The depth is missing: a filter has F · F weights for each channel of its input.",
                lambda d1, layers: sum(f * f * k + k for f, k in layers),
            ),
            Mistake(
                "That is the last layer alone. Add all of them up.",
                lambda d1, layers: conv_parameters(
                    layers[-2][1] if len(layers) > 1 else d1, layers[-1][1], layers[-1][0]
                ),
            ),
            Mistake(
                "One bias for a layer is too few: each filter has its own.",
                lambda d1, layers: _stack(d1, layers) - sum(k for _, k in layers) + len(layers),
            ),
            Mistake(
                "A filter has one bias, not one for each channel that it reads.",
                lambda d1, layers: sum(
                    (f * f + 1) * depth * k
                    for (f, k), depth in zip(layers, [d1, *(k for _, k in layers)], strict=False)
                ),
            ),
        ),
    ),
}
