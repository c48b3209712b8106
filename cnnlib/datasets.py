"""The data of the course. What is embedded needs no network."""

from importlib.resources import files
from typing import Literal

import numpy as np

from cnnlib.mnist import load_mnist

__all__ = ["load_digits", "load_mnist", "load_photo"]


def load_digits(
    split: Literal["train", "test", "all"] = "all",
) -> tuple[np.ndarray, np.ndarray]:
    """Return the embedded handwritten digits as images and labels.

    Images have the shape (N, 1, 8, 8), float32 in [0, 1]; labels have the shape (N,), int64. There
    are 1,797 digits: 1,438 in ``"train"`` and 359 in ``"test"``. The split is fixed and stratified,
    so each digit takes the same share of both; the same 13 people wrote in both.

    Each pixel counts how many of 4×4 finer pixels hold ink, divided by 16.

    Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI Machine Learning
    Repository, 1998, doi:10.24432/C50P49, CC BY 4.0; the part that the UCI names its test set, in
    the order of scikit-learn's copy (``tools/make_digits.py``).

    >>> images, labels = load_digits("train")
    >>> images.shape, images.dtype, labels.shape
    ((1438, 1, 8, 8), dtype('float32'), (1438,))
    """
    if split not in ("train", "test", "all"):
        raise ValueError(f"split must be 'train', 'test' or 'all', got {split!r}")
    with (files("cnnlib") / "data" / "digits.npz").open("rb") as file, np.load(file) as stored:
        images = stored["images"][:, np.newaxis].astype(np.float32) / np.float32(16)
        labels = stored["labels"].astype(np.int64)
        test = stored["test"]
    if split == "all":
        return images, labels
    chosen = test if split == "test" else ~test
    return images[chosen], labels[chosen]


def load_photo() -> np.ndarray:
    """Return the embedded colour photo: (3, 256, 256) bytes, channels red, green, blue.

    Grace Hopper, computer scientist and rear admiral; official portrait of the US Navy by
    James S. Davis, 1984, in the public domain. Taken from matplotlib's sample data and shrunk by
    ``tools/make_photo.py``.

    >>> load_photo().shape, load_photo().dtype
    ((3, 256, 256), dtype('uint8'))
    """
    with (files("cnnlib") / "data" / "photo.npz").open("rb") as file, np.load(file) as stored:
        return stored["photo"]
