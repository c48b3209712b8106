"""What the tests of training share: a small network, its data, the bits that a run leaves."""

import numpy as np

from cnnlib import (
    SGD,
    Adam,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)


def build(dtype=np.float32, seed=0, drop=0.0):
    return Sequential(
        Conv2d(1, 3, 3, padding=1, rng=seed, dtype=dtype),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Dropout(drop, rng=seed),
        Linear(3 * 4 * 4, 10, rng=seed + 1, dtype=dtype),
    )


def bits(model, history):
    """All that a run leaves behind, but for the time that it took."""
    numbers = [history.loss, history.accuracy, history.validation_loss, history.lr]
    arrays = [p.value for p in model.parameters()] + history.kernels
    return [np.array(n).tobytes() for n in numbers] + [a.tobytes() for a in arrays]


OPTIMIZERS = [
    (SGD, {"lr": 0.2, "momentum": 0.9, "weight_decay": 1e-3}),
    (Adam, {"lr": 0.01, "weight_decay": 1e-3}),
]
