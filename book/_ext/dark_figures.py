"""A figure for the dark theme: paper turns dark and ink light, all that means something stays.

A pixel is taken for a mix of one of the course's colours (or one between them, by its hue) and a
grey. The colour stays; the grey goes from paper to ground, from ink to light. So soft fills, thin
lines and smooth edges of letters come out right, and a strong colour comes out as it was. Photos,
maps and cells in a strong colour are not touched: `cnnlib.figures` writes their boxes into the PNG.
"""

import json
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from PIL import Image

from cnnlib import colours

#: What the PNG of a figure says: boxes that stay, see `cnnlib.figures._kept`.
KEPT = "cnn-kept"
#: The ground of a page in the dark, that of a widget, and what is written on them.
PAGE = (18, 18, 18)  # the theme's
WIDGET = tuple(round(255 * part) for part in to_rgb(colours.DARK["ground"]))
INK = np.array(to_rgb(colours.DARK["text"]))
#: Ink on white paper is this light.
INK_ON_PAPER = 0.12
#: Input, kernel, output, gradient.
COLORS = np.array([to_rgb(colour) for colour in colours.COLORS.values()])


def hues(pixels: np.ndarray) -> np.ndarray:
    """Return the hue of each colour, from 0 to 6; of a grey, 0."""
    red, green, blue = np.moveaxis(pixels, -1, 0)
    most, least = pixels.max(axis=-1), pixels.min(axis=-1)
    chroma = np.where(most > least, most - least, 1)
    return np.select(
        [most == least, most == red, most == green],
        [0, (green - blue) / chroma % 6, (blue - red) / chroma + 2],
        (red - green) / chroma + 4,
    )


def darkened(pixels: np.ndarray, ground: tuple[int, ...] = PAGE) -> np.ndarray:
    """Return the colours (…, 3), from 0 to 1, as they are in the dark."""
    at, paper = hues(pixels), np.array(ground) / 255
    strong = np.stack([np.interp(at, hues(COLORS), part, period=6) for part in COLORS.T], axis=-1)
    chroma = np.ptp(pixels, axis=-1, keepdims=True)
    share = np.clip(chroma / np.ptp(strong, axis=-1, keepdims=True), 0, 1)
    rest = 1 - share
    grey = (pixels - share * strong).mean(axis=-1, keepdims=True) / np.where(rest > 0, rest, 1)
    light = np.clip((1 - grey) / (1 - INK_ON_PAPER), 0, 1)
    dark = share * strong + rest * (paper + (INK - paper) * light)
    return np.where(rest > 0, np.clip(dark, 0, 1), pixels)


def dark_figure(image: Image.Image, ground: tuple[int, ...] = PAGE) -> Image.Image | None:
    """Return a figure of the course for the dark theme; None for any other picture."""
    boxes: Any = image.info.get(KEPT)
    if boxes is None:
        return None
    before = np.asarray(image.convert("RGB"))
    # a figure has few colours: each is worked out once
    numbers = before.astype(np.int32) @ np.array([65536, 256, 1], dtype=np.int32)
    known, inverse = np.unique(numbers, return_inverse=True)
    colours = np.stack([known >> 16, known >> 8 & 255, known & 255], axis=-1) / 255
    after = np.rint(darkened(colours, ground) * 255).astype(np.uint8)[
        inverse.reshape(numbers.shape)
    ]
    for left, top, right, bottom in json.loads(boxes):
        box = np.s_[max(0, top) : bottom, max(0, left) : right]
        after[box] = before[box]
    return Image.fromarray(after)
