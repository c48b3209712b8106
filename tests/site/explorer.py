"""The convolution explorer on its chapter's page: what the tests of it share."""

import random

import cnnlib
from cnnlib.widgets.explorer import LIMITS

from .widgets import widget

PAGE = "notebooks/03_sizes.html"
SIZES = ("height", "width", "kernel_size", "stride", "padding", "dilation")


def ready(page):
    return widget(page, "explorer")


def random_fitting_state(rng: random.Random) -> dict:
    while True:
        state = {n: rng.randint(*LIMITS[n]) for n in SIZES}
        reach = cnnlib.effective_kernel_size(state["kernel_size"], state["dilation"])
        if reach <= min(state["height"], state["width"]) + 2 * state["padding"]:
            return state
