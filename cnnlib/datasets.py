"""The data of the course. What is embedded needs no network."""

from importlib.resources import files

import numpy as np


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
