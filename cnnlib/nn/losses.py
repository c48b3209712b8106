"""Losses: one number that says how wrong the outputs are, and its gradient."""

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import as_array, as_classes, check_shape


def softmax(logits: ArrayLike) -> np.ndarray:
    """Turn scores into probabilities: exp(z_k) / Σ_j exp(z_j) along the last axis.

    The largest score is subtracted first. That changes nothing in the quotient, and exp cannot
    overflow any more.

    Parameters
    ----------
    logits : (…, classes) of integers or floats.

    Returns an array of the same shape; float32 stays float32, integers become float64.

    Source: Goodfellow, Bengio & Courville, "Deep Learning", section 4.1.

    >>> softmax([1000.0, 1000.0])
    array([0.5, 0.5])
    """
    return np.exp(_log_softmax(logits))


def cross_entropy(logits: ArrayLike, target: ArrayLike) -> float:
    """Return the mean over the samples of −log of the true class's probability.

    The softmax is within: give the scores that the last linear layer puts out. The name and the
    order are those of `torch.nn.functional.cross_entropy`.

    Parameters
    ----------
    logits : (N, classes) scores, N at least 1.
    target : (N,) integers, the true classes from 0 to classes − 1.

    Returns a float, in nats. An untrained network has about log(classes).
    Raises ``ValueError`` and ``TypeError`` where the arguments do not fit each other.

    Source: Goodfellow, Bengio & Courville, "Deep Learning", section 6.2.2.3.

    >>> round(cross_entropy([[0.0] * 10], [3]), 4)  # log(10)
    2.3026
    """
    z, t = _scores(logits, target)
    return float(-_log_softmax(z)[np.arange(len(t)), t].mean())


def cross_entropy_backward(logits: ArrayLike, target: ArrayLike) -> np.ndarray:
    """Return the gradient of `cross_entropy`: (softmax − one-hot target) / N.

    Arguments as in `cross_entropy`; returns an array of the shape and dtype of `softmax(logits)`.

    >>> cross_entropy_backward([[0.0, 0.0]], [1])
    array([[ 0.5, -0.5]])
    """
    z, t = _scores(logits, target)
    grad = softmax(z)
    grad[np.arange(len(t)), t] -= 1
    grad /= len(t)
    return grad


def mse_loss(input: ArrayLike, target: ArrayLike) -> float:
    """Return the mean of the squared differences. As `torch.nn.functional.mse_loss`.

    input and target must have the same shape and at least one number.

    >>> mse_loss([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    difference = _difference(input, target)
    return float((difference * difference).mean())


def mse_loss_backward(input: ArrayLike, target: ArrayLike) -> np.ndarray:
    """Return the gradient of `mse_loss` with respect to its input: 2 (input − target) / count.

    >>> mse_loss_backward([1.0, 2.0], [1.0, 4.0])
    array([ 0., -2.])
    """
    difference = _difference(input, target)
    return difference * (2 / difference.size)


def _log_softmax(logits: ArrayLike) -> np.ndarray:
    """Return z_k − max z − log Σ_j exp(z_j − max z).

    The logarithm of `softmax` instead would give −∞ where a probability is rounded to 0.
    """
    z = as_array(logits, "logits")
    if z.ndim == 0 or z.shape[-1] == 0:
        raise ValueError(f"logits must have at least one class, got shape {z.shape}")
    if z.dtype.kind != "f":
        z = z.astype(np.float64)
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _scores(logits: ArrayLike, target: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Check scores and classes against each other."""
    z = as_array(logits, "logits", (2,), "(N, classes)")
    t = as_classes(target, "target")
    check_shape(t.shape, z.shape[:1], "target")
    if z.size == 0:
        raise ValueError(f"logits must hold at least one sample and class, got shape {z.shape}")
    if t.min() < 0 or t.max() >= z.shape[1]:
        raise ValueError(
            f"target must lie between 0 and {z.shape[1] - 1}, got {t.min()} to {t.max()}"
        )
    return z, t


def _difference(input: ArrayLike, target: ArrayLike) -> np.ndarray:
    """Return input − target as floats."""
    x, t = as_array(input, "input"), as_array(target, "target")
    check_shape(t.shape, x.shape, "target")
    if x.size == 0:
        raise ValueError(f"input must hold at least one number, got shape {x.shape}")
    if np.result_type(x, t).kind != "f":
        x = x.astype(np.float64)
    return x - t
