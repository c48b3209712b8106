"""The exercises of the chapter on designing a network."""

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.operations.cost import conv_parameters, linear_parameters

_RNG = np.random.default_rng(14)
_MAPS = _RNG.integers(-4, 9, (3, 2, 2, 4)).astype(float)
_ONE_CONSTANT = np.stack([_MAPS[:, 0], np.full((3, 2, 4), 5.0)], axis=1)
_SCORES = _RNG.integers(-3, 4, (3, 12)).astype(float)
_SCORES_5 = _RNG.integers(-3, 4, (2, 30)).astype(float)


def _normalise(x: np.ndarray, eps: float) -> np.ndarray:
    mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
    return (x - mean) / np.sqrt(var + eps)


def _over(*axes: int):
    """Return `_normalise` over other axes."""

    def normalise(x: np.ndarray, eps: float) -> np.ndarray:
        mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
        return (x - mean) / np.sqrt(var + eps)

    return normalise


def _eps_outside(x: np.ndarray, eps: float) -> np.ndarray:
    mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
    return (x - mean) / (np.sqrt(var) + eps)


def _by_variance(x: np.ndarray, eps: float) -> np.ndarray:
    mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
    return (x - mean) / (var + eps)


def _not_centred(x: np.ndarray, eps: float) -> np.ndarray:
    return x / np.sqrt(x.var((0, 2, 3), keepdims=True) + eps)


def _unbiased(x: np.ndarray, eps: float) -> np.ndarray:
    mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True, ddof=1)
    return (x - mean) / np.sqrt(var + eps)


def _dense_as_filters(weight: np.ndarray, c: int, h: int, w: int) -> np.ndarray:
    return weight.reshape(len(weight), c, h, w)


EXERCISES = {
    "two-in-one": Exercise(
        solution=lambda: [1, 1, -2],
        needs="a list of three numbers.",
        why="Each output of the second layer is y₀ − y₁ of the first, and "
        "(x₀ + 2x₁) − (x₁ + 2x₂) = x₀ + x₁ − 2x₂.",
        mistakes=(
            Mistake(
                "You multiplied weight by weight. The second layer's window covers two outputs of "
                "the first, and these share x₁: add what meets the same input.",
                lambda: [1, -2],
            ),
            Mistake(
                "You added the two kernels. The second layer reads outputs of the first, not x.",
                lambda: [2, 1],
            ),
            Mistake(
                "That is the mirror image. x₀ meets the first weight of both layers.",
                lambda: [-2, 1, 1],
            ),
            Mistake("Watch the sign of the second weight: −1 times 2 is −2.", lambda: [1, 1, 2]),
            Mistake(
                "In the middle two terms meet the same x₁: 2 from the first output and −1 from "
                "the second.",
                lambda: [1, 3, -2],
            ),
            Mistake(
                "In the middle, the second output of the first layer is subtracted: 2 − 1.",
                lambda: [1, 2, -2],
            ),
        ),
    ),
    "two-threes": Exercise(
        solution=lambda: (2 * 9 * 64 * 64, 25 * 64 * 64),
        needs="a tuple of two whole numbers: (two layers of 3×3, one layer of 5×5).",
        why="2·3·3·64·64 = 73,728 and 5·5·64·64 = 102,400. Both see 5×5 pixels, and the two layers "
        "have a nonlinearity in between.",
        parts=("two layers of 3×3", "one layer of 5×5"),
        mistakes=(
            Mistake("That is one layer of 3×3. There are two.", lambda: (9 * 4096, 25 * 4096)),
            Mistake(
                "Each filter is a volume: it has 64 channels, too.",
                lambda: (2 * 9 * 64, 25 * 64),
            ),
            Mistake(
                "That is with the biases. The task asks for weights only.",
                lambda: (2 * conv_parameters(64, 64, 3), conv_parameters(64, 64, 5)),
            ),
            Mistake(
                "Those are the cells of the kernels, for one pair of channels.",
                lambda: (2 * 9, 25),
            ),
            Mistake("A kernel of F×F has F·F cells, not F.", lambda: (2 * 3 * 4096, 5 * 4096)),
        ),
    ),
    "spread": Exercise(
        solution=lambda: float(np.sqrt(2 / (9 * 32))),
        needs="a number: the standard deviation of the weights.",
        why="Each sum has 3·3·32 = 288 terms, and √(2 / 288) = 0.083.",
        tolerance=0.005,
        mistakes=(
            Mistake(
                "You left out the depth: a sum has a term for each weight of the filter, over all "
                "channels.",
                lambda: float(np.sqrt(2 / 9)),
            ),
            Mistake(
                "That is the variance. The standard deviation is its square root.",
                lambda: 2 / (9 * 32),
            ),
            Mistake(
                "You counted the outputs, 96. What matters is how many terms are added: the inputs "
                "of one sum.",
                lambda: float(np.sqrt(2 / (9 * 96))),
            ),
            Mistake(
                "You left out the 2. ReLU cuts off half of the signal, and the 2 makes up for it.",
                lambda: float(np.sqrt(1 / (9 * 32))),
            ),
            Mistake(
                "You left out the kernel: it has 3·3 cells in each channel.",
                lambda: float(np.sqrt(2 / 32)),
            ),
            Mistake(
                "You took inputs and outputs together. That is Glorot's rule; He counts the "
                "inputs of one sum.",
                lambda: float(np.sqrt(2 / (9 * 32 + 9 * 96))),
            ),
        ),
    ),
    "input-size": Exercise(
        solution=lambda: linear_parameters(16 * 8 * 8, 10),
        needs="a whole number.",
        why="The dense layer gets 16·8·8 = 1,024 numbers now: 1,024·10 + 10 = 10,250. The "
        "convolutions have the same weights as before.",
        mistakes=(
            Mistake(
                "That is what it had before: 8×8 pixels are halved to 4×4.",
                lambda: linear_parameters(16 * 4 * 4, 10),
            ),
            Mistake(
                "The pooling halves both sides: 16 maps of 8×8 reach the dense layer.",
                lambda: linear_parameters(16 * 16 * 16, 10),
            ),
            Mistake("You forgot the ten biases.", lambda: 16 * 8 * 8 * 10),
            Mistake("You forgot the 16 maps.", lambda: linear_parameters(8 * 8, 10)),
            Mistake(
                "In yours 512 numbers reach the layer. Twice the side is four times the pixels: 16 "
                "maps of 8×8.",
                lambda: linear_parameters(512, 10),
            ),
            Mistake(
                "That is the whole network. The task asks for the dense layer only.",
                lambda: linear_parameters(1024, 10) + 80 + 1168,
            ),
        ),
    ),
    "normalise": Exercise(
        solution=_normalise,
        needs="a function of x, (N, C, H, W), and eps, which returns the normalised array.",
        why="A channel's mean and variance are taken over samples, rows and columns: axes 0, 2, 3.",
        cases=((_MAPS, 1e-5), (_ONE_CONSTANT, 1e-3), (_MAPS[:1] * 0.001, 1e-5), (_MAPS + 70, 0.5)),
        mistakes=(
            Mistake(
                "You took one mean over everything. Each channel has its own.", _over(0, 1, 2, 3)
            ),
            Mistake(
                "You took a mean for each image. The batch shares one per channel.", _over(2, 3)
            ),
            Mistake(
                "You took a mean for each place. The whole map of a channel shares one.", _over(0)
            ),
            Mistake(
                "You normalised each image over all of its channels (that is layer "
                "normalisation). Here every channel has its own mean, over the batch.",
                _over(1, 2, 3),
            ),
            Mistake("Add eps to the variance, under the root, not to the root.", _eps_outside),
            Mistake("Divide by the root of the variance.", _by_variance),
            Mistake("Subtract the mean first.", _not_centred),
            Mistake("Divide by N, not N − 1: within the batch it is the plain mean.", _unbiased),
        ),
    ),
    "dense-as-filters": Exercise(
        solution=_dense_as_filters,
        needs="a function of weight, (K, C·H·W), and C, H, W, which returns K filters.",
        why="Flatten writes channel after channel, row after row: reshape (K, C, H, W) undoes it.",
        cases=((_SCORES, 3, 2, 2), (_SCORES, 2, 2, 3), (_SCORES_5, 5, 3, 2), (_SCORES, 1, 3, 4)),
        mistakes=(
            Mistake(
                "You put the channels last. flatten() writes channel after channel: (K, C, H, W).",
                lambda weight, c, h, w: weight.reshape(len(weight), h, w, c),
            ),
            Mistake(
                "You swapped rows and columns of the map.",
                lambda weight, c, h, w: weight.reshape(len(weight), c, w, h),
            ),
            Mistake(
                "The shape is right, but the numbers are in another order: do not transpose.",
                lambda weight, c, h, w: weight.reshape(len(weight), h, w, c).transpose(0, 3, 1, 2),
            ),
            Mistake(
                "The shape is right, but the numbers are in another order: do not flip.",
                lambda weight, c, h, w: weight.reshape(len(weight), c, h, w)[..., ::-1, ::-1],
            ),
            Mistake(
                "The K outputs come first: one filter for each.",
                lambda weight, c, h, w: weight.reshape(c, len(weight), h, w),
            ),
        ),
    ),
}
