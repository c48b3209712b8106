"""The small networks of the chapters on features, kernels, flattening and design; their training.

All of them read the embedded digits. They are here so that a chapter shows what it measures, and
`tools/record_experiments.py` measures exactly that.
"""

import numpy as np
from numpy.typing import ArrayLike

from cnnlib.nn.digit_reader import digit_reader
from cnnlib.nn.elementwise import ReLU
from cnnlib.nn.layers import AvgPool2d, Conv2d, Flatten, Linear, MaxPool2d
from cnnlib.nn.module import Module, Rng, Sequential
from cnnlib.nn.normalization import BatchNorm2d
from cnnlib.nn.optimizers import Adam
from cnnlib.nn.residual import Residual
from cnnlib.nn.schedules import cosine
from cnnlib.nn.training import fit


def kernel_features(
    kernels: ArrayLike | None = None, cell_size: int = 2, seed: int = 0
) -> Sequential:
    """Return a convolution with eight 3×3 kernels, a ReLU, the mean of each cell, and a flatten.

    Parameters
    ----------
    kernels : (8, 1, 3, 3) weights; the biases are 0 then. Default: random ones, drawn by `seed`.
    cell_size : rows and columns that are averaged. Default 2.

    >>> kernel_features()(np.zeros((1, 1, 8, 8))).shape
    (1, 128)
    """
    layer = Conv2d(1, 8, 3, padding=1, rng=seed)
    if kernels is not None:
        layer.weight.value[:] = kernels
        if layer.bias is not None:
            layer.bias.value[:] = 0
    return Sequential(layer, ReLU(), AvgPool2d(cell_size), Flatten())


def small_fnn(side: int, seed: int = 0) -> Sequential:
    """Return a network of two dense layers for grey images of `side` × `side` pixels.

    >>> small_fnn(8)(np.zeros((1, 1, 8, 8))).shape
    (1, 10)
    """
    return Sequential(
        Flatten(),
        Linear(side * side, 64, rng=seed),
        ReLU(),
        Linear(64, 10, rng=seed + 100),
    )


def small_cnn(side: int, seed: int = 0) -> Sequential:
    """Return a network of two convolutions; its last pooling is the maximum of the whole map.

    >>> small_cnn(12)(np.zeros((1, 1, 12, 12))).shape
    (1, 10)
    """
    return Sequential(
        Conv2d(1, 8, 3, padding=1, rng=seed),
        ReLU(),
        MaxPool2d(2),
        Conv2d(8, 24, 3, padding=1, rng=seed + 50),
        ReLU(),
        MaxPool2d(side // 2),
        Flatten(),
        Linear(24, 10, rng=seed + 100),
    )


def strided_reader(rng: Rng = None) -> Sequential:
    """Return the 8×8 digit reader with a first convolution of stride 2 in place of its pooling.

    >>> strided_reader()(np.zeros((1, 1, 8, 8))).shape
    (1, 10)
    """
    _, relu, _, *rest = digit_reader(rng)
    return Sequential(Conv2d(1, 8, 3, stride=2, padding=1, rng=rng), relu, *rest)


def deep_cnn(
    blocks: int, normalise: bool = False, shortcut: bool = False, seed: int = 0
) -> Sequential:
    """Return a convolution and as many blocks of two more, for grey images of 8×8 pixels.

    Parameters
    ----------
    blocks : pairs of convolutions behind the first one.
    normalise : whether each of them is followed by batch normalisation.
    shortcut : whether a block adds its input to its output.
    seed : of the random weights at the start. Default 0.

    >>> deep_cnn(6, normalise=True, shortcut=True)(np.zeros((2, 1, 8, 8))).shape
    (2, 10)
    """
    rng = np.random.default_rng(seed)
    layers: list[Module] = [Conv2d(1, 6, 3, padding=1, rng=rng), ReLU(), MaxPool2d(2)]
    for _ in range(blocks):
        first, second = (Conv2d(6, 6, 3, padding=1, rng=rng) for _ in range(2))
        block: list[Module] = [first, ReLU(), second]
        if normalise:
            block = [first, BatchNorm2d(6), ReLU(), second, BatchNorm2d(6)]
        layers += [Residual(*block) if shortcut else Sequential(*block), ReLU()]
    return Sequential(*layers, Flatten(), Linear(6 * 4 * 4, 10, rng=rng))


def train_classifier(
    model: Sequential,
    images: np.ndarray,
    labels: np.ndarray,
    epochs: int = 60,
    lr: float = 0.01,
    batch_size: int = 32,
    seed: int = 0,
) -> Sequential:
    """Train a model with Adam, at a rate that falls to 0 at the end, and return it.

    >>> model = small_fnn(2)
    >>> train_classifier(model, np.zeros((4, 1, 2, 2)), np.arange(4), epochs=1) is model
    True
    """
    adam = Adam(model.parameters(), lr=lr)
    fit(
        model,
        (images, labels),
        epochs,
        batch_size,
        optimizer=adam,
        schedule=cosine(lr, epochs),
        seed=seed,
    )
    return model
