"""Well-known kernels for images, by name: small arrays that a reader can check by hand.

They are written for `cnnlib.conv2d`, which does not flip. Each says what it does.
"""

import numpy as np

#: Name → (kernel, what it does). The blurs sum to 1, the edge kernels to 0.
KERNELS: dict[str, tuple[np.ndarray, str]] = {
    "identity": (
        np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], dtype=float),
        "keeps the image as it is",
    ),
    "box blur": (
        np.ones((3, 3)) / 9,
        "takes the mean of nine pixels",
    ),
    "Gaussian blur": (
        np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
        "takes a mean in which near pixels count more",
    ),
    "sharpen": (
        np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], dtype=float),
        "adds to each pixel its difference from its neighbours",
    ),
    "Sobel x": (
        np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=float),
        "answers where it gets brighter to the right",
    ),
    "Sobel y": (
        np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]], dtype=float),
        "answers where it gets brighter downwards",
    ),
    "Laplacian": (
        np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], dtype=float),
        "answers where a pixel differs from its neighbours",
    ),
    "emboss": (
        np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], dtype=float),
        "lights the image from the top left",
    ),
}


def get_kernel(name: str) -> np.ndarray:
    """Return a copy of a well-known kernel as float64.

    >>> get_kernel("Sobel x")
    array([[-1.,  0.,  1.],
           [-2.,  0.,  2.],
           [-1.,  0.,  1.]])
    """
    if name not in KERNELS:
        raise ValueError(f"name must be one of {sorted(KERNELS)}, got {name!r}")
    return KERNELS[name][0].copy()
