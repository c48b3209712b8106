"""The small trained network that the widget `DrawDigit` carries: its layers and its weights."""

from importlib.resources import as_file, files

from cnnlib.nn.checkpoints import load
from cnnlib.nn.digit_networks import cnn
from cnnlib.nn.layers import Rng, Sequential


def digit_reader(rng: Rng = None) -> Sequential:
    """Return the network, untrained: two convolutions, a pooling between them, ten scores.

    It takes digits (N, 1, 8, 8) and learns 3,818 numbers.

    >>> sum(parameter.value.size for parameter in digit_reader(0).parameters())
    3818
    """
    return cnn(rng, 8)


def load_digit_reader() -> Sequential:
    """Return the network with the weights that `tools/train_digits.py` stored, to be evaluated.

    >>> from cnnlib.data.datasets import load_digits
    >>> images, labels = load_digits("test")
    >>> bool((load_digit_reader().predict(images).argmax(axis=1) == labels).mean() > 0.97)
    True
    """
    model = digit_reader(0)
    with as_file(files("cnnlib") / "data" / "digit_reader.npz") as path:
        load(path, model)
    model.eval()
    return model
