"""The three small networks that the chapter on training compares, and how it trains them."""

from typing import Any

import numpy as np

from cnnlib.nn.elementwise import ReLU
from cnnlib.nn.history import History
from cnnlib.nn.layers import Conv2d, Flatten, Linear, MaxPool2d
from cnnlib.nn.module import Rng, Sequential
from cnnlib.nn.optimizers import Adam
from cnnlib.nn.schedules import cosine
from cnnlib.nn.training import fit


def fnn(seed: int, side: int) -> Sequential:
    """Return a network without convolution: 50 hidden units see every pixel of `side`×`side`.

    >>> sum(each.value.size for each in fnn(0, 8).parameters())
    3760
    """
    rng = np.random.default_rng(seed)
    return Sequential(
        Flatten(),
        Linear(side * side, 50, rng=rng),
        ReLU(),
        Linear(50, 10, rng=rng),
    )


def cnn(seed: Rng, side: int) -> Sequential:
    """Return two convolutions with a pooling between them, and one linear layer.

    At side 8 it is the network that `cnnlib.nn.digit_reader` carries, trained.

    >>> sum(each.value.size for each in cnn(0, 8).parameters())
    3818
    """
    rng = np.random.default_rng(seed)  # one for all layers, or they would start alike
    return Sequential(
        Conv2d(1, 8, 3, padding=1, rng=rng),
        ReLU(),
        MaxPool2d(2),
        Conv2d(8, 16, 3, padding=1, rng=rng),
        ReLU(),
        Flatten(),
        Linear(16 * (side // 2) ** 2, 10, rng=rng),
    )


def cnn_global(seed: int, side: int) -> Sequential:
    """Return a CNN that keeps only the maximum of each of its last 32 maps.

    >>> sum(each.value.size for each in cnn_global(0, 8).parameters())
    2746
    """
    rng = np.random.default_rng(seed)
    return Sequential(
        Conv2d(1, 8, 3, padding=1, rng=rng),
        ReLU(),
        MaxPool2d(2),
        Conv2d(8, 32, 3, padding=1, rng=rng),
        ReLU(),
        MaxPool2d(side // 2),
        Flatten(),
        Linear(32, 10, rng=rng),
    )


#: Name → network, as the chapter's tables and charts name them.
NETWORKS = {"FNN": fnn, "CNN": cnn, "CNN, global pooling": cnn_global}


def train_on(
    model: Sequential,
    data: tuple[np.ndarray, np.ndarray],
    seed: int = 0,
    epochs: int = 12,
    rate: float = 6e-3,
    **more: Any,
) -> History:
    """Train with batches of 64 and Adam, the learning rate falling along half a cosine.

    Parameters
    ----------
    data : images (N, 1, H, W) and labels (N,).
    seed : of the order of the images. Default 0.
    epochs, rate : how often each image is seen, and the first learning rate. Defaults 12, 6e-3.
    more : further arguments of `fit`.

    >>> from cnnlib.data import load_digits
    >>> train_on(fnn(0, 8), load_digits("test"), epochs=2).epochs
    2
    """
    schedule = cosine(rate, epochs)
    optimizer = Adam(model.parameters())
    return fit(model, data, epochs, 64, optimizer, schedule, seed=seed, **more)
