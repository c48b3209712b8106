"""Figures of what a network is learning: a kernel with its picture, and outputs side by side."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from cnnlib._checks import as_array
from cnnlib.colours import COLORS, INK, SOFT
from cnnlib.figures.grids import Picture
from cnnlib.figures.networks import SIGNED


def draw_learning(kernel: ArrayLike, output: ArrayLike, target: ArrayLike, alt: str) -> Picture:
    """Draw a kernel with its numbers, the picture that it makes, and the one that it should make.

    Parameters
    ----------
    kernel : (k_H, k_W) numbers: orange is positive, purple negative.
    output, target : (H, W) numbers, drawn on the scale of the target.
    alt : what they show, in words.

    >>> draw_learning([[1]], [[0, 1]], [[0, 2]], "Half as bright.")
    Half as bright.
    """
    weights = as_array(kernel, "kernel", (2,), "(k_H, k_W)")
    figure = Figure(figsize=(6.4, 2.4), layout="tight")
    first, *others = figure.subplots(1, 3)
    most = float(np.abs(weights).max()) or 1.0
    first.imshow(weights, cmap=SIGNED, vmin=-1.6 * most, vmax=1.6 * most)
    for row, column in np.ndindex(weights.shape):
        value = f"{round(float(weights[row, column]), 1) + 0:g}".replace("-", "−")
        first.text(column, row, value, ha="center", va="center", fontsize=11, color=INK)
    end = float(np.abs(as_array(target, "target", (2,), "(H, W)")).max()) or 1.0
    for ax, values in zip(others, (output, target), strict=True):
        ax.imshow(as_array(values, "output", (2,), "(H, W)"), cmap="gray", vmin=-end, vmax=end)
    for ax, title in zip(
        (first, *others), ("the kernel", "what it makes", "what it should make"), strict=True
    ):
        ax.set_title(title, loc="left", fontsize=9, color=INK)
        ax.axis("off")
    return Picture(figure, alt)


def draw_outputs(image: ArrayLike, outputs: Mapping[str, ArrayLike], label: int) -> Picture:
    """Draw a grey image and the probabilities that some networks give to its ten classes.

    Parameters
    ----------
    image : (H, W) numbers.
    outputs : name of the network → (classes,) probabilities.
    label : the right class; its bar is strong.

    >>> draw_outputs([[0, 1]], {"FNN": [0.2, 0.8]}, 1)
    A 1. FNN: 80 % for 1, and 80 % for the most likely class, 1.
    """
    figure = Figure(figsize=(6.4, 2.2), layout="tight")
    first, *others = figure.subplots(1, 1 + len(outputs))
    first.imshow(as_array(image, "image", (2,), "(H, W)"), cmap="gray", vmin=0)
    first.set_title(f"a {label}", loc="left", fontsize=9, color=INK)
    first.set_xticks([])
    first.set_yticks([])
    told = []
    for ax, (name, values) in zip(others, outputs.items(), strict=True):
        shares = 100 * as_array(values, name, (1,), "(classes,)").astype(float)
        best = int(shares.argmax())
        colors = [COLORS["output"] if k == label else SOFT["output"] for k in range(len(shares))]
        ax.bar(range(len(shares)), shares, color=colors)
        ax.set_title(f"{name} says {best}", loc="left", fontsize=9, color=INK)
        ax.set_xticks(range(len(shares)))
        ax.set_ylim(0, 100)
        ax.set_yticks([0, 50, 100], ["0", "50", "100 %"])
        ax.tick_params(labelsize=7, colors=INK)
        ax.spines[["top", "right"]].set_visible(False)
        right = f"{shares[label]:.0f} % for {label}"
        told.append(f"{name}: {right}, and {shares[best]:.0f} % for the most likely class, {best}.")
    return Picture(figure, f"A {label}. {' '.join(told)}", dpi=90)
