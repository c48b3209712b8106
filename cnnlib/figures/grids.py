"""Figures: grids of numbers with their windows, each with an alt text made from what it shows.

A figure is a `Picture`: a PNG and its alt text. Its plain-text form is the alt text, so the
notebook check compares what a figure says even though it does not compare pixels.
"""

import base64
import io
import textwrap
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from cnnlib._checks import as_array
from cnnlib.colours import COLORS, FAINT, INK, LINE, MUTED, PADDING, SOFT
from cnnlib.figures._kept import with_kept_parts
from cnnlib.operations._windows import WindowAxis, window_axes
from cnnlib.operations.convolution import conv2d

LIGHT_INK_ON = {"input"}  # the blue is dark enough to need white text


class Picture:
    """A PNG and the words that say what it shows.

    `plain` replaces the words as plain text where they would differ from machine to machine.

    >>> picture = Picture(Figure(figsize=(1, 1)), "an empty figure")
    >>> picture
    an empty figure
    """

    def __init__(self, figure: Figure, alt: str, dpi: int = 120, plain: str | None = None) -> None:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
        self.png = with_kept_parts(buffer.getvalue(), figure, dpi, set(COLORS.values()))
        self.alt = alt
        self.plain = alt if plain is None else plain

    def __repr__(self) -> str:
        """Return the plain text, usually the alt text."""
        return self.plain

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict]:
        data = {"image/png": base64.b64encode(self.png).decode(), "text/plain": self.plain}
        return data, {"image/png": {"alt": self.alt}}


def draw_convolution(
    input: ArrayLike,
    weight: ArrayLike,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    at: tuple[int, int] = (0, 0),
) -> Picture:
    """Draw a 2D input with its padding, the kernel and the output, and one window of it.

    Parameters
    ----------
    input : (H, W) numbers.
    weight : (k_H, k_W) numbers.
    stride, padding, dilation : as in `cnnlib.conv2d`, one int for both axes.
    at : (row, column) of the output cell whose window is marked. Default the first.

    Where the kernel does not fit, the output is left out, and the alt text says why.
    """
    x = as_array(input, "input", (2,), "(H, W)")
    w = as_array(weight, "weight", (2,), "(k_H, k_W)")
    try:
        axes, _ = window_axes(x.shape, w.shape, stride, padding, dilation)
    except ValueError as error:
        return _draw_impossible(x, w, padding, str(error))
    y = conv2d(x[None, None], w[None, None], None, stride, padding, dilation)[0, 0]
    padded = np.pad(x, padding)
    panels = _panels([padded.shape, w.shape, y.shape])
    figure, (left, middle, right) = panels
    window = _window_cells(axes, at)
    _draw_grid(left, padded, "input", marked=window, padding=padding, dropped=_dropped(axes))
    _draw_grid(middle, w, "kernel", marked=set(np.ndindex(w.shape)))
    _draw_grid(right, y, "output", marked={at})
    _title(left, "Input", x.shape, f"padded to {padded.shape[0]}×{padded.shape[1]}" * (padding > 0))
    _title(middle, "Kernel", w.shape, f"dilation {dilation}" if dilation > 1 else "")
    _title(right, "Output", y.shape)
    return Picture(figure, _alt(axes, y, at))


def _draw_grid(
    ax: Axes,
    values: ArrayLike,
    kind: str,
    marked: set[tuple[int, ...]] | None = None,
    padding: int = 0,
    dropped: tuple[int, int] = (0, 0),
) -> None:
    """Draw a grid of numbers into `ax`.

    Parameters
    ----------
    values : (H, W) numbers, padding included.
    kind : ``"input"``, ``"kernel"``, ``"output"`` or ``"gradient"``: its colour.
    marked : cells in the strong colour, with bold numbers.
    padding : so many cells on each side are hatched.
    dropped : so many rows at the bottom and columns on the right are greyed and crossed.
    """
    grid = np.asarray(values)
    rows, columns = grid.shape
    marked = marked or set()
    for row, column in np.ndindex(rows, columns):
        is_padding = not (padding <= row < rows - padding and padding <= column < columns - padding)
        is_dropped = row >= rows - dropped[0] or column >= columns - dropped[1]
        strong = (row, column) in marked
        face = COLORS[kind] if strong else PADDING if is_padding or is_dropped else SOFT[kind]
        hatch = "xx" if is_dropped else "///" if is_padding else None
        ax.add_patch(Rectangle((column, row), 1, 1, facecolor=face, edgecolor=LINE, linewidth=0.8))
        if hatch and not strong:
            ax.add_patch(
                Rectangle(
                    (column, row), 1, 1, fill=False, hatch=hatch, edgecolor=FAINT, linewidth=0
                )
            )
        on_strong = "white" if kind in LIGHT_INK_ON else INK
        ax.text(
            column + 0.5,
            row + 0.5,
            _number(grid[row, column]),
            ha="center",
            va="center",
            color=on_strong if strong else MUTED if is_padding or is_dropped else INK,
            fontweight="bold" if strong else "normal",
            fontsize=9,
        )
    ax.set_xlim(-0.1, columns + 0.1)
    ax.set_ylim(rows + 0.1, -0.1)
    ax.set_aspect("equal")
    ax.set_anchor("NW")
    ax.axis("off")


def draw_grids(
    grids: Sequence[tuple[str, ArrayLike, str]], alt: str, mark_nonzero: bool = False
) -> Picture:
    """Draw grids of numbers side by side.

    Parameters
    ----------
    grids : title, (H, W) numbers and kind ("input", "kernel", "output" or "gradient") of each.
    alt : what they show, in words.
    mark_nonzero : whether to draw what is not 0 in the strong colour. Default False.
    """
    tables = [as_array(values, title, (2,), "(H, W)") for title, values, _ in grids]
    figure, axes = _panels([table.shape for table in tables])
    for ax, table, (title, _, kind) in zip(axes, tables, grids, strict=True):
        strong = np.argwhere(table).tolist() if mark_nonzero else []
        _draw_grid(ax, table, kind, marked={(row, column) for row, column in strong})
        _title(ax, title, table.shape)
    return Picture(figure, alt)


def draw_volume(
    input: ArrayLike,
    weight: ArrayLike,
    bias: float = 0,
    at: tuple[int, int] = (0, 0),
    names: Sequence[str] = ("red", "green", "blue"),
) -> Picture:
    """Draw the channels of an input, one filter that is as deep, and its map, with one window.

    Parameters
    ----------
    input : (C, H, W) numbers.
    weight : (C, k_H, k_W) numbers, one filter.
    bias : of the filter. Default 0.
    at : (row, column) of the output cell whose window is marked. Default the first.
    names : of the channels.

    >>> draw_volume([[[1, 2]], [[3, 4]], [[5, 6]]], [[[1]], [[0]], [[1]]], bias=1)
    A 1 by 2 input with 3 channels, red, green and blue; one filter of 1 by 1 by 3; and its map \
of 1 by 2. At [0, 0] the channels add 1 + 0 + 5, and the bias 1: 7.
    """
    x = as_array(input, "input", (3,), "(C, H, W)")
    w = as_array(weight, "weight", (3,), "(C, k_H, k_W)")
    axes, _ = window_axes(x.shape[1:], w.shape[1:], 1, 0, 1)
    y = conv2d(x, w[None], np.array([bias]))[0]
    channels, sizes = len(x), (x.shape[1:], w.shape[1:])
    figure, (above, below) = _sheet([[sizes[0]] * channels + [y.shape], [sizes[1]] * channels], 4)
    window = _window_cells(axes, at)
    parts = []
    for c in range(channels):
        _draw_grid(above[c], x[c], "input", marked=window)
        _draw_grid(below[c], w[c], "kernel", marked=set(np.ndindex(w[c].shape)))
        above[c].set_title(f"Input, {names[c]}", loc="left", fontsize=10, color=INK)
        below[c].set_title(f"Filter, {names[c]}", loc="left", fontsize=10, color=INK)
        block = x[c, at[0] : at[0] + w.shape[1], at[1] : at[1] + w.shape[2]]
        parts.append(_number((block * w[c]).sum()))
    _draw_grid(above[-1], y, "output", marked={at})
    _title(above[-1], "Map", y.shape)
    told = ", ".join(names[: channels - 1]) + f" and {names[channels - 1]}"
    return Picture(
        figure,
        f"A {_by(*sizes[0])} input with {channels} channels, {told}; one filter of "
        f"{_by(*sizes[1])} by {channels}; and its map of {_by(*y.shape)}. At [{at[0]}, {at[1]}] "
        f"the channels add {' + '.join(parts)}, and the bias {_number(bias)}: {_number(y[at])}.",
    )


def draw_text(text: str) -> Picture:
    """Draw a sentence, for a widget that is made of words; the alt text is the sentence.

    >>> draw_text("How many rows does the output have?")
    How many rows does the output have?
    """
    lines = textwrap.wrap(text, 70)
    figure = Figure(figsize=(6, 0.3 + 0.22 * len(lines)))
    figure.text(0.02, 0.5, "\n".join(lines), va="center", fontsize=10, color=INK)
    return Picture(figure, text)


def draw_images(
    images: Sequence[ArrayLike],
    titles: Sequence[str],
    limits: Sequence[tuple[float, float] | None] | None = None,
    columns: int = 2,
) -> Picture:
    """Draw images side by side.

    Parameters
    ----------
    images : arrays of shape (H, W) in grey, or (3, H, W) in colour: bytes, or floats from 0 to 1.
    titles : one for each image. The alt text is made of them.
    limits : for each image the values that are drawn black and white. None, for an image or for
        all, takes its darkest and its brightest value.
    columns : so many images in a row; the more, the smaller they are. Default 2.
    """
    if len(images) != len(titles):
        raise ValueError(f"titles must be one for each of {len(images)} images, got {len(titles)}")
    side = 6.4 / columns
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(side * columns, (side + 0.2) * rows), layout="tight")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    ends = limits or [None] * len(images)
    for ax, image, title, end in zip(axes, images, titles, ends, strict=False):
        low, high = end or (None, None)
        array = as_array(image, "image", (2, 3), "(H, W) or (3, H, W)")
        pixels = array if array.ndim == 2 else np.moveaxis(array, 0, -1)
        ax.imshow(pixels, cmap="gray", vmin=low, vmax=high)
        ax.set_title(title, loc="left", fontsize=10 if columns < 4 else 8, color=INK)
    for ax in axes:
        ax.axis("off")
    return Picture(figure, f"{len(images)} images: {'; '.join(titles)}.")


def _panels(shapes: list[tuple[int, ...]]) -> tuple[Figure, list[Axes]]:
    """Return a figure with one panel for each grid, all cells of one size."""
    figure, (axes,) = _sheet([shapes], 2.6 if len(shapes) < 4 else 6)
    return figure, axes


def _sheet(lines: list[list[tuple[int, ...]]], least: float) -> tuple[Figure, list[list[Axes]]]:
    """Return a figure with lines of panels, all cells of one size, `least` cells to a column."""
    filled = zip_longest(*([columns for _, columns in line] for line in lines), fillvalue=0)
    widths = [max(least, *column) for column in filled]
    gap = 1.2
    cell = min(0.36, 7.2 / (sum(widths) + gap * (len(widths) - 1)))
    total = (sum(widths) + gap * (len(widths) - 1)) * cell
    head = 0.45
    heights = [max(rows for rows, _ in line) * cell + head for line in lines]
    height = sum(heights)
    figure = Figure(figsize=(total, height))
    axes: list[list[Axes]] = []
    top = 0.0
    for line, line_height in zip(lines, heights, strict=True):
        axes.append([])
        x = 0.0
        for (rows, columns), width in zip(line, widths, strict=False):
            box = (x / total, 1 - (top + head + rows * cell) / height)
            panel = figure.add_axes((*box, columns * cell / total, rows * cell / height))
            axes[-1].append(panel)
            x += (width + gap) * cell
        top += line_height
    return figure, axes


def _draw_impossible(x: np.ndarray, w: np.ndarray, padding: int, reason: str) -> Picture:
    """Draw an input and a kernel that does not fit, without an output."""
    padded = np.pad(x, padding)
    figure, (left, right) = _panels([padded.shape, w.shape])
    _draw_grid(left, padded, "input", padding=padding)
    _draw_grid(right, w, "kernel")
    _title(left, "Input", x.shape)
    _title(right, "Kernel", w.shape, "does not fit")
    return Picture(figure, f"An input and a kernel, and no output: {reason}.")


def _window_cells(axes: tuple[WindowAxis, ...], at: tuple[int, int]) -> set[tuple[int, ...]]:
    """Return the cells of the padded input that the output cell `at` reads."""
    rows, columns = (
        [out * a.stride + k * a.dilation for k in range(a.kernel)]
        for out, a in zip(at, axes, strict=True)
    )
    return {(row, column) for row in rows for column in columns}


def _dropped(axes: tuple[WindowAxis, ...]) -> tuple[int, int]:
    return axes[0].dropped, axes[1].dropped


def _alt(axes: tuple[WindowAxis, ...], y: np.ndarray, at: tuple[int, int]) -> str:
    """Say in words what `draw_convolution` shows."""
    rows, columns = axes
    text = f"A {_by(rows.input, columns.input)} input"
    if rows.before:
        text += f", padded to {_by(rows.padded, columns.padded)}"
    text += f", a {_by(rows.kernel, columns.kernel)} kernel"
    if rows.dilation > 1:
        reached = _by(rows.effective_kernel_size, columns.effective_kernel_size)
        text += f" with dilation {rows.dilation} that reaches {reached}"
    text += f", stride {rows.stride}, and the {_by(y.shape)} output. The marked window gives "
    text += f"output [{at[0]}, {at[1]}] = {_number(y[at])}."
    if rows.dropped or columns.dropped:
        text += f" Dropped at the far border: {rows.dropped} rows and {columns.dropped} columns."
    return text


def _title(ax: Axes, name: str, shape: tuple[int, ...], more: str = "") -> None:
    text = f"{name} {shape[0]}×{shape[1]}" + (f"\n{more}" if more else "")
    ax.set_title(text, loc="left", fontsize=10, color=INK)


def _by(*size: Any) -> str:
    rows, columns = size if len(size) == 2 else size[0]
    return f"{rows} by {columns}"


def _number(value: Any) -> str:
    """Write a number shortly, with a true minus sign."""
    return f"{value:.4g}".replace("-", "−")
