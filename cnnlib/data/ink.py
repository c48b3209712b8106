"""From a drawing to the image that a network reads: cropped, scaled and centred, as MNIST is.

A drawing lies anywhere, in any size. Networks that read digits have learned from images in which
all are about as large and stand in the middle, so a drawing is brought there first.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import as_array, as_int, check_flag
from cnnlib.data.augment import sample
from cnnlib.operations.pooling import avg_pool2d, max_pool2d

#: A cell with more ink than this belongs to the digit, one with less is a smear of turning it.
LEAST_INK = 0.2
#: In images of this side and more, digits have a margin: of 28 pixels, MNIST's fill 20. In smaller
#: ones they fill the image.
MARGIN_FROM = 20


class Box(NamedTuple):
    """Where the ink of each drawing is: (N,) first row and column, height, width, centre of mass.

    A drawing without ink has the whole sheet for its box.
    """

    top: np.ndarray
    left: np.ndarray
    height: np.ndarray
    width: np.ndarray
    row: np.ndarray
    column: np.ndarray


def ink_box(images: ArrayLike) -> Box:
    """Return where the ink of images (N, …, H, W) is.

    >>> box = ink_box(np.array([[[0, 0, 0, 0], [0, 1, 1, 1], [0, 1, 0, 0]]]))
    >>> [each.tolist() for each in box]
    [[1], [1], [2], [3], [1.25], [1.75]]
    """
    x = _sheets(images)
    masses = x.reshape(len(x), -1, *x.shape[-2:]).sum(axis=1, dtype=np.float64)
    edges, centres = [], []
    for axis in (1, 2):  # rows, then columns
        lines = masses.sum(axis=3 - axis)
        inked = (masses > LEAST_INK).any(axis=3 - axis)
        inked |= ~inked.any(axis=1, keepdims=True)
        first = inked.argmax(axis=1)
        edges.append((first, inked.shape[1] - inked[:, ::-1].argmax(axis=1) - first))
        total = lines.sum(axis=1)
        middle = (inked.shape[1] - 1) / 2
        weighted = lines @ np.arange(inked.shape[1])
        centres.append(np.where(total > 0, weighted / np.where(total > 0, total, 1), middle))
    (top, height), (left, width) = edges
    return Box(top, left, height, width, *centres)


def crop_and_centre(images: ArrayLike, size: int = 28, box: int = 20) -> np.ndarray:
    """Cut each drawing's ink out, scale it, and put its centre of mass into the middle.

    The longer side of the ink becomes `box` pixels; the other one keeps its proportion. Between the
    pixels it takes the mean of the four nearest, weighted by nearness, so it is made to enlarge: to
    shrink, make it `n` times as large and pool. Where the centre of mass would push ink
    out of the image, the ink ends at the edge instead.

    Parameters
    ----------
    images : (N, …, H, W) floats, 0 for paper. A drawing without ink stays empty.
    size : side of the result, (N, …, size, size). Default 28.
    box : pixels of the longer side of the ink, at most `size`. Default 20.

    Source: LeCun et al., "Gradient-based learning applied to document recognition", 1998,
    section III A, which does so for MNIST, in images of 28×28 with a box of 20×20.

    >>> drawing = np.zeros((1, 1, 6, 6))
    >>> drawing[0, 0, :2, 5] = 1  # a short stroke in a corner
    >>> crop_and_centre(drawing, size=4, box=4)[0, 0].round(1)
    array([[0.2, 0.6, 0.6, 0.2],
           [0.2, 0.8, 0.8, 0.2],
           [0.2, 0.8, 0.8, 0.2],
           [0.2, 0.6, 0.6, 0.2]])
    """
    x, size = _sheets(images), as_int(size, "size", 1)
    if not 1 <= as_int(box, "box", 1) <= size:
        raise ValueError(f"box must be at most size, {size}, got {box}")
    found = ink_box(x)
    zoom = box / np.maximum(found.height, found.width)
    room = size / (2 * zoom)
    row = np.clip(found.row, found.top + found.height - 0.5 - room, found.top - 0.5 + room)
    column = np.clip(found.column, found.left + found.width - 0.5 - room, found.left - 0.5 + room)
    return _frame(x, size, zoom, row, column)


def read_sheet(sheets: ArrayLike, size: int, crop: bool = True) -> np.ndarray:
    """Return what a network for images of `size`×`size` gets of drawings on larger sheets.

    With `crop`, the ink fills 20/28 of the image as MNIST's does, or all of it where `size` is
    below 20, as in the embedded digits. Without, the whole sheet becomes the image, and a small
    drawing stays small.

    sheets : (N, …, H, H) floats. Returns (N, …, size, size).

    >>> sheet = np.zeros((1, 1, 32, 32))
    >>> sheet[..., 4:12, 4:12] = 1
    >>> float(read_sheet(sheet, 8, crop=False).sum()), float(read_sheet(sheet, 8).sum().round())
    (4.0, 60.0)
    """
    x, size = _sheets(sheets), as_int(size, "size", 1)
    side = x.shape[-1]
    if x.shape[-2] != side:
        raise ValueError(f"sheets must be square, got shape {x.shape}")
    cells = math.ceil(side / size)  # of the fine image, along a side of each pixel
    fine = size * cells
    check_flag(crop, "crop")
    if crop:
        framed = crop_and_centre(x, fine, round(fine * 20 / 28) if size >= MARGIN_FROM else fine)
    else:
        middle = np.full(len(x), (side - 1) / 2)
        framed = _frame(x, fine, np.full(len(x), fine / side), middle, middle)
    return avg_pool2d(framed, cells)


def thicken(images: ArrayLike, cells: int) -> np.ndarray:
    """Let the ink grow by so many cells in each direction; below 0, shrink.

    >>> line = np.array([[[0, 0, 1, 1, 1, 0, 0]]])
    >>> thicken(line, 1), thicken(line, -1)
    (array([[[0, 1, 1, 1, 1, 1, 0]]]), array([[[0, 0, 0, 1, 0, 0, 0]]]))
    """
    x, cells = _sheets(images), as_int(cells, "cells")
    return x if cells == 0 else _grown(x, cells)


def _grown(x: np.ndarray, cells: int) -> np.ndarray:
    """Take the largest cell of each window, or the smallest of those of the window on the sheet."""
    side, sign = 2 * abs(cells) + 1, 1 if cells > 0 else -1
    return sign * np.asarray(max_pool2d(sign * x, side, stride=1, padding=abs(cells)))


def _frame(
    x: np.ndarray, size: int, zoom: np.ndarray, row: np.ndarray, column: np.ndarray
) -> np.ndarray:
    """Enlarge by `zoom`, so that the point (row, column) of each image is in the middle."""
    steps = (np.arange(size) - (size - 1) / 2) / zoom[:, None]
    return sample(x, (row[:, None] + steps)[:, :, None], (column[:, None] + steps)[:, None, :])


def _sheets(images: ArrayLike) -> np.ndarray:
    x = as_array(images, "images")
    if x.ndim < 3:
        raise ValueError(f"images must have at least 3 axes (N, …, H, W), got shape {x.shape}")
    return x
