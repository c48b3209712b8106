"""The two small trained networks that the widget `DrawDigit` carries: layers and weights."""

from importlib.resources import as_file, files

import numpy as np

from cnnlib.nn.checkpoints import load
from cnnlib.nn.digit_networks import cnn
from cnnlib.nn.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Rng, Sequential

#: The sides of the images that they read.
SIDES = (8, 28)


def digit_reader(rng: Rng = None, side: int = 8) -> Sequential:
    """Return one of the networks, untrained: convolutions, pooling between them, ten scores.

    It takes digits (N, 1, side, side): of the embedded digits' 8, or of MNIST's 28.

    >>> [sum(each.value.size for each in digit_reader(0, side).parameters()) for side in SIDES]
    [3818, 16498]
    """
    if side not in SIDES:
        raise ValueError(f"side must be one of {SIDES}, got {side}")
    if side == 8:
        return cnn(rng, 8)
    rng = np.random.default_rng(rng)
    return Sequential(
        Conv2d(1, 8, 3, padding=1, rng=rng),
        ReLU(),
        MaxPool2d(2),
        Conv2d(8, 16, 3, padding=1, rng=rng),
        ReLU(),
        MaxPool2d(2),
        Conv2d(16, 24, 3, padding=1, rng=rng),
        ReLU(),
        Flatten(),
        Linear(24 * 7 * 7, 10, rng=rng),
    )


def load_digit_reader(side: int = 8) -> Sequential:
    """Return the network with the weights that ``tools/train_digits.py`` stored.

    >>> from cnnlib.data.datasets import load_digits
    >>> images, labels = load_digits("test")
    >>> bool((load_digit_reader().predict(images).argmax(axis=1) == labels).mean() > 0.97)
    True
    """
    model = digit_reader(0, side)
    with as_file(files("cnnlib") / "data" / f"digit_reader_{side}.npz") as path:
        load(path, model)
    model.eval()
    return model
