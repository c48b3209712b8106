"""Images moved, enlarged, turned and shuffled: for training on more, and for testing what holds.

Images are (…, H, W); what comes in from outside the frame is 0, the paper of the digits. `rng` is
a seed or a generator: the same seed gives the same images.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import as_array, as_int, as_number
from cnnlib.nn.layers import Rng


def shuffle_pixels(images: ArrayLike, rng: Rng = 0) -> np.ndarray:
    """Move every pixel to another place, in all images and channels in the same way.

    Nothing is lost, but neighbours are neighbours no more.

    >>> shuffle_pixels(np.arange(6).reshape(1, 1, 2, 3))
    array([[[[3, 2, 5],
             [4, 0, 1]]]])
    """
    x = _images(images)
    order = np.random.default_rng(rng).permutation(x.shape[-2] * x.shape[-1])
    return x.reshape(*x.shape[:-2], -1)[..., order].reshape(x.shape)


def pad_to(images: ArrayLike, size: int) -> np.ndarray:
    """Put the images into the middle of a larger, empty frame of `size` × `size` pixels.

    >>> pad_to(np.ones((1, 1, 1)), 3)[0]
    array([[0., 0., 0.],
           [0., 1., 0.],
           [0., 0., 0.]])
    """
    x, size = _images(images), as_int(size, "size", 1)
    if max(x.shape[-2:]) > size:
        raise ValueError(f"size must be at least that of the images, {x.shape[-2:]}, got {size}")
    room = [(size - n) // 2 for n in x.shape[-2:]]
    framed = np.zeros((*x.shape[:-2], size, size), x.dtype)
    framed[..., room[0] : room[0] + x.shape[-2], room[1] : room[1] + x.shape[-1]] = x
    return framed


def shift(images: ArrayLike, rows: int, columns: int) -> np.ndarray:
    """Move all images down by `rows` and right by `columns`; negative: up and left.

    >>> shift(np.array([[[1, 2], [3, 4]]]), 0, 1)[0]
    array([[0, 1],
           [0, 3]])
    """
    x = _images(images)
    moved = np.zeros_like(x)
    (top, above), (left, before) = (
        (max(0, step), max(0, -step)) for step in (as_int(rows, "rows"), as_int(columns, "columns"))
    )
    height, width = (
        max(0, n - a - b)
        for n, a, b in zip(x.shape[-2:], (top, left), (above, before), strict=True)
    )
    moved[..., top : top + height, left : left + width] = x[
        ..., above : above + height, before : before + width
    ]
    return moved


def random_shift(images: ArrayLike, most: int, rng: Rng = 0) -> np.ndarray:
    """Move each image by its own random number of whole pixels, up to `most` in each direction.

    images : (N, …, H, W).

    >>> random_shift(np.array([[[1, 2], [3, 4]]]), 1, rng=3)[0]
    array([[0, 0],
           [2, 0]])
    """
    x, most = _images(images, 3), as_int(most, "most", 0)
    steps = np.random.default_rng(rng).integers(-most, most + 1, (len(x), 2))
    moved = np.empty_like(x)
    for rows, columns in np.unique(steps, axis=0):
        chosen = (steps == (rows, columns)).all(axis=1)
        moved[chosen] = shift(x[chosen], rows, columns)
    return moved


def chequered(images: ArrayLike, rng: Rng = 0) -> np.ndarray:
    """Print images anew, twice as large: the ink is a chequer of black and white on grey paper.

    Ink becomes pixels from −1 to 1 around the paper's 0. Whether an image begins with a black or
    with a white square is drawn by `rng`. On average, ink is as bright as paper.

    images : (N, 1, H, W). Returns float32 of the shape (N, 1, 2H, 2W).

    >>> chequered(np.ones((1, 1, 1, 1)))[0, 0]
    array([[ 1., -1.],
           [-1.,  1.]], dtype=float32)
    """
    x = _images(images, 3)
    height, width = (2 * n for n in x.shape[-2:])
    squares = (-1.0) ** np.add.outer(np.arange(height), np.arange(width))
    signs = np.random.default_rng(rng).choice([-1, 1], (len(x), *[1] * (x.ndim - 1)))
    return (np.kron(x, np.ones((2, 2))) * squares * signs).astype(np.float32)


def affine(
    images: ArrayLike,
    degrees: ArrayLike = 0.0,
    scale: ArrayLike = 1.0,
    rows: ArrayLike = 0.0,
    columns: ArrayLike = 0.0,
) -> np.ndarray:
    """Enlarge images about their centre, turn them to the left, and move them.

    Every pixel of the result looks where it came from, and takes the mean of the four pixels
    around that point, weighted by nearness (bilinear interpolation).

    Parameters
    ----------
    images : (N, …, H, W) floats.
    degrees, scale, rows, columns : a number for all images, or (N,) one for each. Default: leave
        as it is.

    Source: Jaderberg et al., "Spatial transformer networks", 2015, sections 3.2 and 3.3.

    >>> affine(np.array([[[0.0, 1.0], [0.0, 0.0]]]), degrees=90)[0].round(6)
    array([[1., 0.],
           [0., 0.]])
    """
    x = _images(images, 3)
    if x.dtype.kind != "f":
        raise TypeError(f"images must hold floats to be interpolated, got dtype {x.dtype}")
    given = {"degrees": degrees, "scale": scale, "rows": rows, "columns": columns}
    angle, zoom, down, right = (_per_image(v, name, len(x)) for name, v in given.items())
    if len(x) and zoom.min() <= 0:
        raise ValueError(f"scale must be above 0, got {zoom.min():g}")
    height, width = x.shape[-2:]
    centre = (height - 1) / 2, (width - 1) / 2
    y = np.arange(height)[:, None] - centre[0] - down
    z = np.arange(width)[None, :] - centre[1] - right
    cos, sin = np.cos(np.radians(angle)) / zoom, np.sin(np.radians(angle)) / zoom
    return sample(x, cos * y + sin * z + centre[0], cos * z - sin * y + centre[1])


def random_affine(
    images: ArrayLike,
    degrees: float = 0.0,
    scale: Sequence[float] = (1.0, 1.0),
    most: float = 0.0,
    rng: Rng = 0,
) -> np.ndarray:
    """Turn, enlarge and move each image by its own random amounts; see `affine`.

    Parameters
    ----------
    images : (N, …, H, W) floats.
    degrees : turn by up to so much, to the left or to the right.
    scale : smallest and largest factor.
    most : move by up to so many pixels, parts of a pixel included, in each direction.

    >>> images = np.ones((2, 1, 8, 8))
    >>> random_affine(images, degrees=10, scale=(0.9, 1.1), most=1).shape
    (2, 1, 8, 8)
    """
    x, rng = _images(images, 3), np.random.default_rng(rng)
    turn = as_number(degrees, "degrees", 0, np.inf)
    move = as_number(most, "most", 0, np.inf)
    if not isinstance(scale, (tuple, list)) or len(scale) != 2 or scale[0] > scale[1]:
        raise ValueError(f"scale must be the smallest and the largest factor, got {scale}")
    angles = rng.uniform(-turn, turn, len(x))
    factors = rng.uniform(scale[0], scale[1], len(x))
    return affine(x, angles, factors, *rng.uniform(-move, move, (2, len(x))))


def _images(images: ArrayLike, least: int = 2) -> np.ndarray:
    x = as_array(images, "images")
    if x.ndim < least:
        need = "(N, …, H, W)" if least == 3 else "(…, H, W)"
        raise ValueError(f"images must have at least {least} axes {need}, got shape {x.shape}")
    return x


def _per_image(value: Any, name: str, count: int) -> np.ndarray:
    """Return one number for each image, (N, 1, 1) to compute with (N, H, W)."""
    numbers = as_array(value, name, (0, 1))
    if numbers.ndim == 1 and len(numbers) != count:
        raise ValueError(
            f"{name} must be a number or one for each of {count} images, got {len(numbers)}"
        )
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} must be finite")
    return np.broadcast_to(numbers, count).astype(np.float64).reshape(-1, 1, 1)


def sample(x: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Read the images at (N, H, W) points between the pixels; outside they are 0.

    >>> half = np.array([[[0.5]]])
    >>> sample(np.array([[[0.0, 4.0]]]), 0 * half, half)
    array([[[2.]]])
    """
    height, width = x.shape[-2:]
    flat = x.reshape(len(x), math.prod(x.shape[1:-2]), height, width)
    framed = np.pad(flat, [(0, 0), (0, 0), (1, 1), (1, 1)])
    each = np.arange(len(x))[:, None, None]
    top, left = np.floor(rows), np.floor(columns)
    result = 0.0
    for row, column in ((top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)):
        weight = (1 - np.abs(rows - row)) * (1 - np.abs(columns - column))
        at = (row + 1).clip(0, height + 1).astype(int), (column + 1).clip(0, width + 1).astype(int)
        value = framed[each, :, *at]  # (N, H, W, channels)
        result = result + weight[..., None].astype(x.dtype) * value
    sampled = np.moveaxis(np.asarray(result), -1, 1)
    return sampled.reshape(*x.shape[:-2], *sampled.shape[-2:])
