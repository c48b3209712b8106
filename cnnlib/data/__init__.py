"""The data of the course: digits and a photo that come along, MNIST, images moved, drawings."""

from cnnlib.data.augment import (
    affine,
    chequered,
    pad_to,
    random_affine,
    random_shift,
    shift,
    shuffle_pixels,
)
from cnnlib.data.datasets import load_digits, load_experiment, load_photo, make_clip
from cnnlib.data.ink import crop_and_centre, read_sheet, thicken
from cnnlib.data.mnist import load_mnist

__all__ = [
    "affine",
    "chequered",
    "crop_and_centre",
    "load_digits",
    "load_experiment",
    "load_mnist",
    "load_photo",
    "make_clip",
    "pad_to",
    "random_affine",
    "random_shift",
    "read_sheet",
    "shift",
    "shuffle_pixels",
    "thicken",
]
