"""The data of the course. What is embedded needs no network."""

from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike


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


def make_clip(
    background: ArrayLike,
    frames: int = 5,
    start: tuple[int, int] = (0, 0),
    step: tuple[int, int] = (0, 1),
    size: int = 1,
    value: int = 9,
) -> np.ndarray:
    """Return a clip (frames, H, W): a bright square moves over a picture that stands still.

    Parameters
    ----------
    background : (H, W) numbers.
    frames : how many pictures. Default 5.
    start : row and column of the square's top left cell in the first frame. Default (0, 0).
    step : rows and columns that it moves from frame to frame. Default (0, 1), to the right.
    size, value : cells along a side of the square, and the number in them. Defaults 1 and 9.

    Raises ``ValueError`` where the square leaves the picture.

    >>> make_clip([[0, 0, 0, 0]], frames=3)[:, 0]
    array([[9, 0, 0, 0],
           [0, 9, 0, 0],
           [0, 0, 9, 0]])
    """
    clip = np.repeat(np.asarray(background)[None], frames, axis=0)
    height, width = clip.shape[1:]
    for number, frame in enumerate(clip):
        row, column = (first + number * move for first, move in zip(start, step, strict=True))
        if not (0 <= row <= height - size and 0 <= column <= width - size):
            raise ValueError(
                f"the square must stay inside the {height}×{width} picture, got row {row} and "
                f"column {column} in frame {number}"
            )
        frame[row : row + size, column : column + size] = value
    return clip
