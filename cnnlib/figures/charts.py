"""Charts of numbers: curves over steps, and runs with the interval of their mean."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from cnnlib._checks import as_array
from cnnlib.colours import COLORS, INK, MUTED
from cnnlib.figures.grids import Picture
from cnnlib.nn.experiments import confidence_interval

#: Each curve has a colour and a dash of its own: colour is never the only sign.
_STYLES = (
    (COLORS["input"], "-"),
    (COLORS["kernel"], "--"),
    (COLORS["output"], "-."),
    (COLORS["gradient"], ":"),
)

#: So many points of a curve can be written below its axis.
FEW = 8


def draw_curves(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    x_label: str,
    y_label: str,
    alt: str,
    log_x: bool = False,
    log_y: bool = False,
) -> Picture:
    """Draw up to four curves.

    Parameters
    ----------
    curves : name → (x, y), each (n,) numbers.
    x_label, y_label : what the axes count.
    alt : what the curves show, in words.
    log_x, log_y : whether an axis goes by powers of ten. Default False. The curves' own x are
        written below such an axis if they are few.

    >>> draw_curves({"loss": ([0, 1], [4, 1])}, "step", "loss", "The loss falls.")
    The loss falls.
    """
    if not 1 <= len(curves) <= len(_STYLES):
        raise ValueError(f"curves must be 1 to {len(_STYLES)}, got {len(curves)}")
    figure = Figure(figsize=(6.4, 3.2), layout="tight")
    ax = figure.add_subplot()
    for (name, (xs, ys)), (color, dash) in zip(curves.items(), _STYLES, strict=False):
        x, y = as_array(xs, name, (1,), "(n,)"), as_array(ys, name, (1,), "(n,)")
        ax.plot(x, y, dash, color=color, linewidth=2, label=name)
    ax.set_xscale("log" if log_x else "linear")
    measured = sorted({float(x) for xs, _ in curves.values() for x in np.asarray(xs).ravel()})
    if log_x and len(measured) <= FEW:
        ax.set_xticks(measured, [f"{x:g}" for x in measured])
        ax.minorticks_off()
    ax.set_yscale("log" if log_y else "linear")
    ax.set_xlabel(x_label, color=INK)
    ax.set_ylabel(y_label, color=INK)
    ax.grid(alpha=0.3)
    _open(ax)
    if len(curves) > 1:
        ax.legend(frameon=False)
    return Picture(figure, alt)


def draw_runs(
    groups: Mapping[str, Mapping[str, ArrayLike]],
    label: str,
    plain: str | None = None,
    unit: str = "%",
) -> Picture:
    """Draw what several runs reached: each run a dot, the mean with its interval.

    Parameters
    ----------
    groups : for each kind of model, up to four: its name → what was measured → (runs,) shares from
        0 to 1, or other numbers with their `unit`. All kinds were measured in the same things;
        a single one needs no name.
    label : what the shares are, for example "accuracy on the test digits".
    plain : the plain text. Default that of the next paragraph.
    unit : of the numbers, for example "s". With the default, shares are drawn in percent.

    The alt text says all means and intervals. They differ a little from machine to machine, so the
    plain text, which nbval compares, only says what was measured.

    >>> picture = draw_runs({"": {"plain": [0.96, 0.94], "moved": [0.49, 0.51]}}, "Right")
    >>> picture
    Right, several runs with their means: plain; moved.
    >>> picture.alt
    'Right, mean and 95 % interval. plain: 95.0 % (82.3 to 107.7). moved: 50.0 % (37.3 to 62.7).'
    """
    if not 1 <= len(groups) <= len(_STYLES):
        raise ValueError(f"groups must be 1 to {len(_STYLES)}, got {len(groups)}")
    measured = list(next(iter(groups.values())))
    if any(list(group) != measured for group in groups.values()):
        raise ValueError(f"all groups must have measured {measured}")
    scale = 100 if unit == "%" else 1
    step = 0.8 / len(groups)
    figure = Figure(figsize=(6.4, 0.9 + len(measured) * (0.3 + 0.24 * len(groups))))
    figure.set_layout_engine("constrained")
    ax = figure.add_subplot()
    marks = "os^D"
    for number, (kind, group) in enumerate(groups.items()):
        color = _STYLES[number][0]
        for row, values in enumerate(group.values()):
            shares = scale * as_array(values, kind, (1,), "(runs,)").astype(float)
            y = row + step * (number - (len(groups) - 1) / 2)
            _draw_row(ax, shares, y, unit, color, marks[number], kind if row == 0 else None)
    ax.set_yticks(range(len(measured)), measured)
    ax.set_ylim(len(measured) - 0.5, -0.5)
    ax.set_xlabel(f"{label}, in {'percent' if unit == '%' else unit}", color=INK)
    ax.grid(axis="x", alpha=0.3)
    left, right = ax.get_xlim()
    ax.set_xlim(left, right + 0.1 * (right - left))  # room for the last number
    _open(ax)
    if len(groups) > 1:
        figure.legend(loc="outside upper left", ncols=len(groups), frameon=False)
    names = "; ".join(" ".join(name.split()) for name in measured)
    if plain is None:
        plain = f"{label}, several runs with their means: {names}."
    return Picture(
        figure,
        f"{label}, mean and 95 % interval. {_told(groups, measured, scale, unit)}",
        plain=plain,
    )


def _draw_row(
    ax: Axes, values: np.ndarray, y: float, unit: str, color: str, mark: str, label: str | None
) -> None:
    """Draw runs as dots in one row, their mean and its interval, and the mean as a number."""
    interval = confidence_interval(values)
    half = (interval.high - interval.low) / 2
    ax.plot(values, np.full(len(values), y), ".", color=MUTED, markersize=4, zorder=3)
    look: dict[str, Any] = {"fmt": mark, "color": color, "markersize": 7, "capsize": 4}
    ax.errorbar(interval.mean, y, xerr=half, label=label, **look)
    ax.annotate(
        f"{interval.mean:.1f} {unit}",
        (max(interval.high, values.max()), y),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        fontsize=9,
        color=INK,
        annotation_clip=False,
    )


def _told(
    groups: Mapping[str, Mapping[str, ArrayLike]], measured: Sequence[str], scale: int, unit: str
) -> str:
    """Say the means and intervals in their unit."""
    sentences = []
    for name in measured:
        shares = []
        for kind, group in groups.items():
            mean, low, high = (scale * number for number in confidence_interval(group[name]))
            shares.append(f"{kind} {mean:.1f} {unit} ({low:.1f} to {high:.1f})".strip())
        sentences.append(f"{' '.join(name.split())}: {', '.join(shares)}.")
    return " ".join(sentences)


def _open(ax: Axes) -> None:
    """Leave only the axes that are read."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(colors=INK)
