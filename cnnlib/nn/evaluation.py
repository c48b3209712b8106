"""How good a classifier is: loss and accuracy on some data, and which classes it confuses."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import as_array, as_classes, as_int, check_shape, describe
from cnnlib.nn.losses import cross_entropy
from cnnlib.nn.module import Sequential


class Evaluation(NamedTuple):
    """How good a model is on some data."""

    loss: float
    accuracy: float


def evaluate(
    model: Sequential, images: ArrayLike, labels: ArrayLike, batch_size: int = 256
) -> Evaluation:
    """Return loss and accuracy of `model` on images and labels, in evaluation mode.

    The samples go through the network `batch_size` at a time (default 256), so that a large test
    set needs little memory.

    >>> from cnnlib import Flatten, Linear
    >>> from cnnlib.data.datasets import load_digits
    >>> untrained = Sequential(Flatten(), Linear(64, 10, rng=0))
    >>> evaluate(untrained, *load_digits("test")).accuracy < 0.3
    True
    """
    x, t = as_samples((images, labels), "data")
    logits = model.predict(x, batch_size)
    return Evaluation(cross_entropy(logits, t), float((logits.argmax(axis=1) == t).mean()))


def confusion_matrix(
    labels: ArrayLike, predictions: ArrayLike, classes: int | None = None
) -> np.ndarray:
    """Count how often each class was taken for each other.

    Parameters
    ----------
    labels : (N,) integers, the true classes.
    predictions : (N,) integers, the predicted classes.
    classes : how many there are. Default: the largest number in either, plus 1.

    Returns (classes, classes) int64: true class down, predicted class across. The diagonal holds
    what was right.

    >>> confusion_matrix([0, 0, 1, 2], [0, 1, 1, 2])
    array([[1, 1, 0],
           [0, 1, 0],
           [0, 0, 1]])
    """
    t, p = _counted(labels, "labels"), _counted(predictions, "predictions")
    check_shape(p.shape, t.shape, "predictions")
    largest = int(max(t.max(initial=-1), p.max(initial=-1)))
    count = largest + 1 if classes is None else as_int(classes, "classes", 1)
    if largest >= count:
        raise ValueError(f"labels and predictions must be below {count}, got {largest}")
    matrix = np.zeros((count, count), np.int64)
    np.add.at(matrix, (t, p), 1)
    return matrix


def _counted(value: ArrayLike, name: str) -> np.ndarray:
    """Return classes that can be counted."""
    array = as_classes(value, name)
    if array.size and array.min() < 0:
        raise ValueError(f"{name} must be at least 0, got {array.min()}")
    return array.astype(np.int64)


def as_samples(data: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return images and labels as arrays, checked against each other."""
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise TypeError(f"{name} must be a pair (images, labels), got {describe(data)}")
    images, labels = as_array(data[0], f"{name} images"), as_classes(data[1], f"{name} labels")
    if images.dtype.kind != "f":
        raise TypeError(
            f"{name} images must hold floats, got dtype {images.dtype}; divide bytes by 255 first"
        )
    if images.ndim < 2 or len(images) == 0:
        raise ValueError(f"{name} images must be (N, …) with N at least 1, got {images.shape}")
    if len(labels) != len(images):
        raise ValueError(
            f"{name} must have a label for each of {len(images)} images, got {len(labels)}"
        )
    return images, labels
