"""Pictures of a trained network: its kernels and maps, its mistakes, and where it looks.

What a network has learned differs a little from machine to machine. So a picture here has two
texts: the alt text says what it shows, and the plain text, which nbval compares, only of what kind
it is.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from cnnlib._checks import as_array
from cnnlib.colours import COLORS, INK, MUTED
from cnnlib.figures.grids import Picture
from cnnlib.nn.history import History
from cnnlib.nn.layers import Conv2d, ReLU, Sequential
from cnnlib.nn.losses import softmax

#: Negative numbers are purple and positive ones orange: safe for colour-blind eyes.
SIGNED = "PuOr_r"


def draw_kernels(rows: dict[str, ArrayLike]) -> Picture:
    """Draw 2D kernels in rows: orange is positive, purple negative, white 0.

    Parameters
    ----------
    rows : name → (K, k_H, k_W) numbers. Each row has its own scale.

    >>> draw_kernels({"mean": np.ones((1, 3, 3))})
    1 row of kernels: mean.
    """
    kernels = {name: as_array(k, name, (3,), "(K, k_H, k_W)") for name, k in rows.items()}
    columns = max(len(each) for each in kernels.values())
    figure = Figure(figsize=(6.4, len(kernels) * (6.4 / max(columns, 6) + 0.35)))
    figure.set_layout_engine("constrained")
    axes = figure.subplots(len(kernels), columns, squeeze=False)
    for line, (name, each) in zip(axes, kernels.items(), strict=True):
        largest = float(np.abs(each).max()) or 1.0
        for ax, kernel in zip(line, each, strict=False):
            ax.imshow(kernel, cmap=SIGNED, vmin=-largest, vmax=largest)
        line[0].set_title(name, loc="left", fontsize=10, color=INK)
        _bare(line)
    count = f"{len(kernels)} row{'s' * (len(kernels) > 1)}"
    return Picture(figure, f"{count} of kernels: {', '.join(kernels)}.")


def draw_network(model: Sequential, image: ArrayLike, label: int, title: str = "") -> Picture:
    """Draw one image on its way: the first kernels, maps after each ReLU, the probabilities.

    Of kernels and maps the first eight are drawn.

    Parameters
    ----------
    model : a classifier that begins with a `Conv2d` on grey images.
    image : (1, H, W), one image.
    label : its class, marked among the probabilities.
    title : stands above.
    """
    x = as_array(image, "image", (3,), "(1, H, W)")
    kernels, stages, probabilities = _on_the_way(model, x)
    figure = Figure(figsize=(6.4, 1.6 + 0.8 * (1 + len(stages))))
    tall = 0.8 / figure.get_figheight()  # one row of small images
    rows = [("kernels", kernels, True)]
    rows += [(f"maps after ReLU {number + 1}", maps, False) for number, maps in enumerate(stages)]
    for number, (name, images, signed) in enumerate(rows):
        bottom = 1 - 0.22 / figure.get_figheight() - (number + 1) * tall
        ax = figure.add_axes((0.14, bottom, 0.85, 0.76 * tall))
        _mosaic(ax, images[:8], signed)
        ax.set_title(name, loc="left", fontsize=8, color=INK, pad=2)
    ax = figure.add_axes((0.01, 1 - 0.22 / figure.get_figheight() - 2 * tall, 0.11, 1.5 * tall))
    _show(ax, x[0], "image")
    _probabilities(
        figure.add_axes((0.08, 0.22 / figure.get_figheight(), 0.9, tall)), probabilities, label
    )
    if title:
        figure.text(0.01, 1 - 0.16 / figure.get_figheight(), title, fontsize=10, color=INK)
    read = int(np.argmax(probabilities))
    alt = f"{title + ': ' if title else ''}a {label} that the network reads as {read}, with "
    alt += f"probability {probabilities[read]:.0%}; its kernels and its maps above."
    plain = f"An image of a {label}, the kernels, the maps and the ten probabilities."
    return Picture(figure, alt, dpi=80, plain=plain)


def draw_epoch(
    history: History, model: Sequential, epoch: int, images: ArrayLike, labels: Sequence[int]
) -> Picture:
    """Draw what the network was after an epoch: as `draw_network` for the first of `images`.

    The title counts how many of all `images` it got wrong. `history` must hold the weights
    (``fit(…, keep_weights=True)``); `model` is given those of the epoch, and then its own back.
    """
    own = [each.value for each in model.state()]
    history.restore(model, epoch)
    x = as_array(images, "images", (4,), "(N, 1, H, W)")
    wrong = int((model.predict(x).argmax(axis=1) != np.asarray(labels)).sum())
    when = f"after epoch {epoch}" if epoch else "before training"
    picture = draw_network(model, x[0], int(labels[0]), f"{when}: {wrong} of {len(x)} wrong")
    for each, value in zip(model.state(), own, strict=True):
        each.value = value
    return picture


def draw_confusion(matrix: ArrayLike) -> Picture:
    """Draw a confusion matrix: the true class down, the predicted one across.

    What is right is green, what is wrong orange; every cell has its number.

    >>> draw_confusion([[5, 0], [2, 3]])
    A confusion matrix of 2 classes, 10 images.
    """
    m = as_array(matrix, "matrix", (2,), "(classes, classes)")
    figure = Figure(figsize=(4.8, 4.8))
    figure.set_layout_engine("constrained")
    ax = figure.add_subplot()
    largest = max(1, int((m - np.diag(np.diag(m))).max(initial=0)))
    for row, column in np.ndindex(m.shape):
        if m[row, column]:
            right = row == column
            alpha = 0.35 if right else 0.3 + 0.6 * m[row, column] / largest
            color = COLORS["output" if right else "kernel"]
            ax.fill(
                [column - 0.5, column + 0.5, column + 0.5, column - 0.5],
                [row - 0.5, row - 0.5, row + 0.5, row + 0.5],
                color=color,
                alpha=alpha,
                lw=0,
            )
        ax.text(
            column,
            row,
            str(m[row, column] or "·"),
            ha="center",
            va="center",
            fontsize=9,
            color=INK if m[row, column] else MUTED,
        )
    ax.set(xlim=(-0.5, len(m) - 0.5), ylim=(len(m) - 0.5, -0.5), aspect="equal")
    ax.set_xticks(range(len(m)))
    ax.set_yticks(range(len(m)))
    ax.set_xlabel("predicted", color=INK)
    ax.set_ylabel("true", color=INK)
    wrong = [(int(m[a, b]), a, b) for a, b in np.ndindex(m.shape) if a != b and m[a, b]]
    plain = f"A confusion matrix of {len(m)} classes, {int(m.sum())} images."
    often = "; ".join(f"{n} times {a} read as {b}" for n, a, b in sorted(wrong, reverse=True)[:5])
    return Picture(figure, f"{plain} {often or 'No mistake'}.", plain=plain)


def draw_mistakes(
    images: ArrayLike, labels: Sequence[int], predictions: Sequence[int], columns: int = 6
) -> Picture:
    """Draw images with their true class and what the network read.

    images : (N, 1, H, W).

    >>> draw_mistakes(np.ones((1, 1, 8, 8)), [3], [8])
    Images with their true class and the class that the network read: 1.
    """
    x = as_array(images, "images", (4,), "(N, 1, H, W)")
    titles = [f"{a} read as {b}" for a, b in zip(labels, predictions, strict=True)]
    rows = max(1, -(-len(x) // columns))
    figure = Figure(figsize=(6.4, rows * (6.4 / columns + 0.2)), layout="tight")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax, image, title in zip(axes, x, titles, strict=False):
        _show(ax, image[0], title)
    _bare(axes)
    plain = f"Images with their true class and the class that the network read: {len(x)}."
    return Picture(figure, f"{plain} {'; '.join(titles)}.", plain=plain)


def draw_heat(images: ArrayLike, heats: Sequence[ArrayLike], titles: Sequence[str]) -> Picture:
    """Draw images, and below each its map of signed numbers: orange for, purple against.

    images : (N, 1, H, W). heats : (H, W) each. titles : one for each.
    """
    x = as_array(images, "images", (4,), "(N, 1, H, W)")
    figure = Figure(figsize=(6.4, 2.6 * 6.4 / max(len(x), 4)), layout="tight")
    axes = figure.subplots(2, max(len(x), 4), squeeze=False)
    for (above, below), image, heat, title in zip(axes.T, x, heats, titles, strict=False):
        _show(above, image[0], title)
        values = np.asarray(heat)
        largest = float(np.abs(values).max()) or 1.0
        below.imshow(values, cmap=SIGNED, norm=TwoSlopeNorm(0, -largest, largest))
    _bare(axes.ravel())
    plain = (
        f"{len(x)} images, and below each what speaks for it and against it: {', '.join(titles)}."
    )
    return Picture(figure, plain)


class LiveCurves:
    """Loss and accuracy as curves that grow while a network trains: give it to `fit` as `on_epoch`.

    Where there is no notebook, nothing is drawn; `picture` is there all the same.

    >>> from cnnlib import Flatten, Linear, Sequential, fit
    >>> from cnnlib.data.datasets import load_digits
    >>> live = LiveCurves()
    >>> model = Sequential(Flatten(), Linear(64, 10, rng=0))
    >>> history = fit(model, load_digits("train"), epochs=2, on_epoch=live)
    >>> live.picture
    Loss and accuracy after each epoch, drawn while the network trains.
    """

    def __init__(self) -> None:
        """Nothing is drawn yet."""
        self.picture: Picture | None = None
        self._handle: Any = None

    def __call__(self, history: History) -> None:
        """Draw the history so far in the place of the last drawing."""
        self.picture = draw_history(history)
        display = _notebook_display()
        if display is None:
            return
        if self._handle is None:
            self._handle = display(self.picture, display_id=True)
        else:
            self._handle.update(self.picture)


def draw_history(history: History) -> Picture:
    """Draw loss and accuracy of training and, dashed, of validation over the epochs."""
    figure = Figure(figsize=(6.4, 2.7))
    left, right = figure.subplots(1, 2)
    figure.subplots_adjust(0.07, 0.18, 0.99, 0.9)
    epochs = range(1, history.epochs + 1)
    for ax, name, of_training, of_validation in (
        (left, "loss", history.loss, history.validation_loss),
        (right, "accuracy", history.accuracy, history.validation_accuracy),
    ):
        ax.plot(epochs, of_training, "o-", markersize=3, color=COLORS["input"], label="training")
        if of_validation:
            ax.plot(
                epochs,
                of_validation,
                "s--",
                markersize=3,
                color=COLORS["kernel"],
                label="validation",
            )
        ax.set_title(name, loc="left", fontsize=10, color=INK)
        ax.set_xlabel("epoch", color=INK)
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(alpha=0.3)
        ax.xaxis.get_major_locator().set_params(integer=True)
    left.set_ylim(bottom=0)
    left.legend(frameon=False)
    plain = "Loss and accuracy after each epoch, drawn while the network trains."
    return Picture(figure, f"{plain} {history!r}", plain=plain)


def _notebook_display() -> Callable[..., Any] | None:
    """Return IPython's `display` if a notebook is there to show it."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return None
    page = getattr(display, "shows_changes", False)  # a page of the book, which runs a cell
    return display if page or getattr(get_ipython(), "kernel", None) else None


def _on_the_way(
    model: Sequential, x: np.ndarray
) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """Return the first kernels, the maps after each ReLU on maps, and the probabilities."""
    first = next((layer for layer in model if isinstance(layer, Conv2d)), None)
    if first is None:
        raise ValueError("model must have a Conv2d layer to show kernels")
    model.eval()
    stages, value = [], x[None]
    for layer in model:
        value = layer(value)
        if isinstance(layer, ReLU) and value.ndim == 4:
            stages.append(value[0])
    return first.weight.value[:, 0], stages, softmax(value)[0]


def _mosaic(ax: Axes, images: np.ndarray, signed: bool) -> None:
    """Draw small images side by side, all with one scale, as one picture: that is fast."""
    height, width = images[0].shape
    gap = max(1, width // 8)
    wide = np.full((height, 8 * (width + gap) - gap), np.nan)
    for number, image in enumerate(images):
        left = number * (width + gap)
        wide[:, left : left + width] = image
    largest = float(np.abs(images).max()) or 1.0
    low = -largest if signed else 0
    ax.imshow(wide, cmap=SIGNED if signed else "gray", vmin=low, vmax=largest, aspect="equal")
    ax.set_anchor("W")
    _bare([ax])


def _probabilities(ax: Axes, probabilities: np.ndarray, label: int) -> None:
    classes = range(len(probabilities))
    colors = [COLORS["output" if each == label else "input"] for each in classes]
    ax.bar(
        classes, probabilities, color=colors, hatch=["//" if k == label else "" for k in classes]
    )
    ax.set_xticks(classes)
    ax.set_ylim(0, 1)
    ax.set_ylabel("probability", fontsize=8, color=INK)
    ax.tick_params(labelsize=8, colors=INK)
    ax.spines[["top", "right"]].set_visible(False)


def _show(ax: Axes, image: np.ndarray, title: str) -> None:
    ax.imshow(image, cmap="gray", vmin=0, vmax=1)
    ax.set_title(title, loc="left", fontsize=8, color=INK)
    _bare([ax])


def _bare(axes: Iterable[Any]) -> None:
    for ax in axes:
        ax.axis("off")
