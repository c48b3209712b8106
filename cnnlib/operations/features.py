"""Hand-made features: what people measured in images before networks learned what to measure.

Both functions are fixed: they have numbers in them that somebody chose, and nothing that is
learned. `orientation_histograms` is the heart of HoG; `sobel_bank` is nearly the same thing written
as the weights of a convolution layer.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from cnnlib._checks import as_array, as_int
from cnnlib.operations.convolution import conv2d
from cnnlib.operations.kernels import get_kernel
from cnnlib.operations.pooling import avg_pool2d


def orientation_histograms(
    images: ArrayLike, cell_size: int = 2, directions: int = 8
) -> np.ndarray:
    """Return, for each cell of each image, how strong the edges of each direction are.

    Two Sobel kernels give the gradient of every pixel (zeros around the image). The pixel votes for
    the direction next to its gradient's, and its vote is the gradient's length. A cell is a square
    of pixels; it has the mean of their votes.

    Parameters
    ----------
    images : (N, 1, H, W) or (1, H, W) numbers.
    cell_size : rows and columns of a cell. What does not fill a cell is dropped. Default 2.
    directions : how many there are around the circle, the first one to the right, the next ones
        clockwise, since rows count downwards. Default 8.

    Returns (N, directions, H // cell_size, W // cell_size), or without the N; float32 stays
    float32, everything else becomes float64.

    This is the core of Dalal & Triggs, "Histograms of oriented gradients for human detection",
    2005, without their normalisation over blocks of cells, with hard votes, and with directions
    all around the circle where they count opposite ones as one.

    >>> corner = np.array([[[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 8, 8], [0, 0, 8, 8]]])
    >>> histogram = orientation_histograms(corner)
    >>> histogram.shape
    (8, 2, 2)
    >>> int(histogram[:, 0, 0].argmax())  # brighter to the right and downwards: 45 degrees
    1
    """
    x = as_array(images, "images", (3, 4), "(N, 1, H, W) or (1, H, W)")
    if x.shape[-3] != 1:
        raise ValueError(f"images must have one channel, got shape {x.shape}")
    size, count = as_int(cell_size, "cell_size", 1), as_int(directions, "directions", 1)
    if x.dtype != np.float32:
        x = x.astype(np.float64)
    kernels = np.stack([get_kernel("Sobel x"), get_kernel("Sobel y")])[:, np.newaxis]
    gradient = conv2d(x, kernels.astype(x.dtype), padding=1)
    along_x, along_y = gradient[..., 0, :, :], gradient[..., 1, :, :]
    length, angle = np.hypot(along_x, along_y), np.arctan2(along_y, along_x)
    nearest = np.rint(angle * count / (2 * math.pi)).astype(int) % count
    votes = [np.where(nearest == direction, length, 0) for direction in range(count)]
    return avg_pool2d(np.stack(votes, axis=-3).astype(x.dtype), size)


def sobel_bank(directions: int = 8, dtype: DTypeLike = np.float32) -> np.ndarray:
    """Return Sobel kernels that are turned all around the circle: (directions, 1, 3, 3).

    The kernel of the angle θ is cos θ · Sobel x + sin θ · Sobel y, so it answers with
    length · cos(gradient's angle − θ). Behind a ReLU that is a vote as in
    `orientation_histograms`, but a soft one, shared among the directions near by.

    Source: Freeman & Adelson, "The design and use of steerable filters", 1991, section II.

    >>> bank = sobel_bank(4)
    >>> bank[:, 0, 1].round(6) + 0  # the middle rows: right, down, left, up
    array([[-2.,  0.,  2.],
           [ 0.,  0.,  0.],
           [ 2.,  0., -2.],
           [ 0.,  0.,  0.]], dtype=float32)
    """
    count = as_int(directions, "directions", 1)
    across, down = get_kernel("Sobel x"), get_kernel("Sobel y")
    angles = [2 * math.pi * number / count for number in range(count)]
    kernels = [math.cos(angle) * across + math.sin(angle) * down for angle in angles]
    return np.stack(kernels)[:, np.newaxis].astype(dtype)


def pattern_share(patterns: ArrayLike, kernels: ArrayLike) -> np.ndarray:
    """Return which share of each kernel's strength some patterns explain.

    The strength of a kernel is the sum of its squares. The share is that of its projection onto
    all mixtures of the patterns: 1 for such a mixture, 0 for a kernel that has nothing of them. A
    random kernel of n cells has about (number of patterns) / n.

    Parameters
    ----------
    patterns : (P, k_H, k_W) numbers, independent of each other.
    kernels : (K, k_H, k_W) or (K, 1, k_H, k_W) numbers, none of them all 0.

    Returns (K,) float64.

    >>> sobel = [get_kernel("Sobel x"), get_kernel("Sobel y")]
    >>> pattern_share(sobel, [sobel[0] - sobel[1], np.ones((3, 3))]).round(6)
    array([1., 0.])
    """
    p = as_array(patterns, "patterns", (3,), "(P, k_H, k_W)").astype(np.float64)
    k = as_array(kernels, "kernels", (3, 4), "(K, k_H, k_W)").astype(np.float64)
    flat = k.reshape(len(k), -1)
    if p[0].size != flat.shape[1]:
        raise ValueError(f"kernels must be of the size {p.shape[1:]} of the patterns")
    basis, _ = np.linalg.qr(p.reshape(len(p), -1).T)
    return ((flat @ basis) ** 2).sum(axis=1) / (flat**2).sum(axis=1)
