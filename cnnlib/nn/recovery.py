"""A kernel found again from a picture and what it made of it: by descent, or from a few pairs."""

import numpy as np

from cnnlib.nn.layers import Conv2d
from cnnlib.nn.losses import mse_loss_backward
from cnnlib.nn.optimizers import SGD


def recover_kernel(
    picture: np.ndarray, target: np.ndarray, steps: int = 1000, lr: float = 0.1
) -> np.ndarray:
    """Return the 3×3 kernel at every step of gradient descent: (steps + 1, 3, 3) float64.

    It begins with random weights, always the same.

    Parameters
    ----------
    picture : (1, 1, H, W) numbers.
    target : (1, 1, H − 2, W − 2), what the secret kernel made of the picture.
    steps, lr : how many steps down the mean squared error, and their length. Defaults 1000, 0.1.

    >>> picture = np.random.default_rng(0).normal(size=(1, 1, 12, 12))
    >>> kernels = recover_kernel(picture, 3 * picture[..., 1:-1, 1:-1])
    >>> kernels[-1].round(3) + 0  # it kept the middle pixel, three times as bright
    array([[0., 0., 0.],
           [0., 3., 0.],
           [0., 0., 0.]])
    """
    layer = Conv2d(1, 1, 3, bias=False, rng=0, dtype=np.float64)
    descent = SGD(layer.parameters(), lr=lr)
    kernels = [layer.weight.value[0, 0].copy()]
    for _ in range(steps):
        output = layer(picture)
        descent.zero_grad()
        layer.backward(mse_loss_backward(output, target))
        descent.step()
        kernels.append(layer.weight.value[0, 0].copy())
    return np.array(kernels)


def recover_from_pairs(
    picture: np.ndarray, target: np.ndarray, pairs: int, noise: float = 0, seed: int = 0
) -> np.ndarray:
    """Return the 3×3 kernel that fits some pairs of window and output best, by least squares.

    Of several kernels that fit, it is the one with the smallest weights.

    Parameters
    ----------
    picture, target : as in `recover_kernel`.
    pairs : how many, drawn at random.
    noise : standard deviation of what is added to the outputs. Default 0.
    seed : of the draw and of the noise. Default 0.

    >>> picture = np.random.default_rng(0).normal(size=(1, 1, 12, 12))
    >>> recover_from_pairs(picture, 3 * picture[..., 1:-1, 1:-1], pairs=9).round(3) + 0
    array([[0., 0., 0.],
           [0., 3., 0.],
           [0., 0., 0.]])
    """
    rng = np.random.default_rng(seed)
    windows = np.lib.stride_tricks.sliding_window_view(picture[0, 0], (3, 3)).reshape(-1, 9)
    some = rng.permutation(len(windows))[:pairs]
    outputs = target.ravel()[some] + rng.normal(scale=noise, size=len(some))
    return np.linalg.lstsq(windows[some], outputs)[0].reshape(3, 3)
