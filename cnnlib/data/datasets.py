"""The data of the course. What is embedded needs no network."""

import json
from importlib.resources import files
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike


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


def load_experiment(name: str, *measurements: str) -> dict[str, dict[str, np.ndarray]]:
    """Return what a recorded experiment measured: kind of model → what → one number for each seed.

    They take minutes, so the chapters draw the record. ``tools/record_experiments.py`` made it,
    and holds the code of every experiment.

    Parameters
    ----------
    name : of the experiment.
    measurements : which ones, in this order. Default all.

    >>> load_experiment("plain digits", "test")["turned Sobels"]["test"].shape
    (5,)
    """
    stored = json.loads((files("cnnlib") / "data" / "experiments.json").read_text("utf-8"))
    if name not in stored:
        raise ValueError(f"name must be one of {sorted(stored)}, got {name!r}")
    known = next(iter(stored[name].values()))
    unknown = [each for each in measurements if each not in known]
    if unknown:
        raise ValueError(f"measurements must be among {list(known)}, got {unknown}")
    return {
        model: {what: np.array(measured[what]) for what in measurements or measured}
        for model, measured in stored[name].items()
    }


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
