"""What a trained network looks at: cover a part of the image, or ask the gradient."""

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import as_array, as_int
from cnnlib.nn.layers import Sequential
from cnnlib.nn.losses import softmax


def occlusion(model: Sequential, image: ArrayLike, label: int, size: int = 3) -> np.ndarray:
    """Return how much of the class's probability goes when the part around each pixel is covered.

    Parameters
    ----------
    model : a classifier.
    image : (C, H, W), one image.
    label : the class whose probability is watched.
    size : a square of so many pixels, odd, is set to 0. Default 3.

    Returns (H, W): the probability for the whole image minus that for the covered one. Positive
    where what is covered speaks for the class, negative where it speaks against it.

    Source: Zeiler & Fergus, "Visualizing and understanding convolutional networks", 2014,
    section 4.2.

    >>> from cnnlib import Flatten, Linear
    >>> occlusion(Sequential(Flatten(), Linear(64, 10, rng=0)), np.ones((1, 8, 8)), 3).shape
    (8, 8)
    """
    x = as_array(image, "image", (3,), "(C, H, W)")
    size = as_int(size, "size", 1)
    if size % 2 == 0:
        raise ValueError(f"size must be odd, so that a square has a middle, got {size}")
    height, width = x.shape[1:]
    covered = np.repeat(x[None], height * width, axis=0)
    for number, (row, column) in enumerate(np.ndindex(height, width)):
        top, left = max(0, row - size // 2), max(0, column - size // 2)
        covered[number, :, top : row + size // 2 + 1, left : column + size // 2 + 1] = 0
    whole = softmax(model.predict(x[None]))[0]
    label = _as_class(label, len(whole))
    return (whole[label] - softmax(model.predict(covered))[:, label]).reshape(height, width)


def input_gradient(model: Sequential, image: ArrayLike, label: int) -> np.ndarray:
    """Return the gradient of the class's score with respect to each pixel, (C, H, W).

    Back propagation goes on below the first layer, into the image. Positive where a brighter
    pixel would raise the score.

    Source: Simonyan, Vedaldi & Zisserman, "Deep inside convolutional networks: visualising image
    classification models and saliency maps", 2013, section 3.

    >>> from cnnlib import Flatten, Linear
    >>> line = Linear(64, 10, rng=0)
    >>> gradient = input_gradient(Sequential(Flatten(), line), np.ones((1, 8, 8), np.float32), 3)
    >>> np.array_equal(gradient.ravel(), line.weight.value[3])
    True
    """
    x = as_array(image, "image", (3,), "(C, H, W)")
    grads = [parameter.grad for parameter in model.parameters()]
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        chosen = np.zeros_like(model(x[None]))
        chosen[0, _as_class(label, chosen.shape[1])] = 1
        gradient = model.backward(chosen)
    finally:
        for module, training in modes:
            module.training = training
    for parameter, grad in zip(model.parameters(), grads, strict=True):
        parameter.grad = grad  # nobody wants to learn from this
    assert gradient is not None
    return gradient[0]


def _as_class(label: int, classes: int) -> int:
    number = as_int(label, "label", 0)
    if number >= classes:
        raise ValueError(f"label must be a class from 0 to {classes - 1}, got {number}")
    return number
