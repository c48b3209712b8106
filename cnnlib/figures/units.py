"""Figures of units in rows, the input at the bottom: which unit reads which, layer by layer."""

from collections.abc import Iterable, Sequence

from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from cnnlib.colours import COLORS, FAINT, INK, LINE, SOFT
from cnnlib.figures.grids import LIGHT_INK_ON, Picture
from cnnlib.operations._windows import window_axes
from cnnlib.operations.receptive_fields import LayerSpec

#: Names of units, layer by layer: inputs x, then h, g, f, e.
_LETTERS = "xhgfe"
#: A row with more units than these shows no names: they would be too small to read.
_MOST_NAMED = 24

#: Of each unit of a layer, the units of the layer below that it reads.
Reads = Sequence[Sequence[int]]


def reads_along(size: int, layer: LayerSpec) -> list[list[int]]:
    """Return, for each unit of a layer along one axis, the units below that it reads.

    Parameters
    ----------
    size : how many units are below.
    layer : a convolution, pooling or linear layer (`cnnlib.LayerSpec`).

    Units in the padding are left out. Raises ``ValueError`` where the kernel does not fit.

    >>> reads_along(4, LayerSpec("conv", 3, padding=1))
    [[0, 1], [0, 1, 2], [1, 2, 3], [2, 3]]
    """
    if layer.kind == "linear":
        return [list(range(size))] * (layer.channels or 1)
    (axis,), _ = window_axes(size, layer.kernel_size, layer.stride, layer.padding, layer.dilation)
    starts = [i * axis.stride - axis.before for i in range(axis.output)]
    windows = [[start + u * axis.dilation for u in range(axis.kernel)] for start in starts]
    return [[unit for unit in window if 0 <= unit < size] for window in windows]


def seen_from(reads: Sequence[Reads], unit: int) -> list[set[int]]:
    """Return the units that reach `unit` of the last layer, level by level, inputs first.

    >>> seen_from([[[0, 1], [1, 2], [2, 3]], [[0, 1], [1, 2]]], unit=1)
    [{1, 2, 3}, {1, 2}, {1}]
    """
    reached = [{unit}]
    for below in reversed(reads):
        reached.insert(0, {cell for top in reached[0] for cell in below[top]})
    return reached


def draw_rows(
    names: Sequence[Sequence[str]],
    reads: Sequence[Reads],
    reached: Sequence[set[int]],
    alt: str,
    inputs_at: int | None = 0,
) -> Picture:
    """Draw rows of units, the first at the bottom, a line wherever one reads another.

    Parameters
    ----------
    names : of the units of each row.
    reads : for each row but the first, what its units read of the row below.
    reached : of each row the units to draw in the strong colour, with all lines between them.
    alt : what is drawn, in words.
    inputs_at : the row that holds the input; None if none does. Default 0.
    """
    widest, height = max(len(row) for row in names), len(names)
    cell = min(0.62, 7.2 / (widest + 0.2))
    # a few wide rows stand further apart, or their lines would lie flat
    rise = max(1.0, widest / (6 * max(1, height - 1)))
    named = widest <= _MOST_NAMED
    tall = (height - 1) * rise + 1
    figure = Figure(figsize=(cell * (widest + 0.2), cell * tall))
    ax = figure.add_axes((0, 0, 1, 1))
    place = [
        [((widest - len(row)) / 2 + i, level * rise) for i in range(len(row))]
        for level, row in enumerate(names)
    ]
    lines: dict[bool, list] = {False: [], True: []}
    for level, below in enumerate(reads):
        for top, window in enumerate(below):
            strong = top in reached[level + 1]
            for unit in window:
                is_reached = strong and unit in reached[level]
                lines[is_reached].append((place[level][unit], place[level + 1][top]))
    for strong, color in ((False, FAINT), (True, COLORS["kernel"])):
        width = (1 + strong) * (1 if named else 0.6)
        drawn = LineCollection(lines[strong], colors=color, linewidths=width, zorder=1 + strong)
        ax.add_collection(drawn)
    for level, row in enumerate(names):
        kind = "input" if level == inputs_at else "output"
        for i, name in enumerate(row):
            strong = i in reached[level]
            face = COLORS[kind] if strong else SOFT[kind]
            at = place[level][i]
            ax.add_patch(Circle(at, 0.27, facecolor=face, edgecolor=LINE, zorder=3))
            if not named:
                continue
            ink = "white" if strong and kind in LIGHT_INK_ON else INK
            weight = "bold" if strong else "normal"
            size = min(10, 19 * cell)
            ax.text(
                *at, name, ha="center", va="center", color=ink, weight=weight, size=size, zorder=4
            )
    ax.set_xlim(-0.6, widest - 0.4)
    ax.set_ylim(-0.5, tall - 0.5)
    ax.set_aspect("equal")
    ax.axis("off")
    return Picture(figure, alt)


def draw_units(size: int, layers: Sequence[LayerSpec], unit: int) -> Picture:
    """Draw a row of inputs, layers of units above it, and all that reaches one unit at the top.

    Parameters
    ----------
    size : how many inputs.
    layers : convolution, pooling or linear layers (`cnnlib.LayerSpec`), along one axis, at most 4.
    unit : of the last layer, counted from 0.

    Raises ``ValueError`` for more layers, for a unit that is not there, and where a kernel does
    not fit.

    >>> draw_units(5, [LayerSpec("conv", 3), LayerSpec("conv", 3)], unit=0)
    Units along one axis: 5 inputs x, then 3 units h, then 1 unit g. g1 reads h1 to h3; through \
them it sees x1 to x5.
    """
    if not 1 <= len(layers) < len(_LETTERS):
        raise ValueError(f"layers must be 1 to {len(_LETTERS) - 1}, got {len(layers)}")
    reads: list[Reads] = []
    for layer in layers:
        reads.append(reads_along(len(reads[-1]) if reads else size, layer))
    if not 0 <= unit < len(reads[-1]):
        raise ValueError(f"unit must be from 0 to {len(reads[-1]) - 1}, got {unit}")
    reached = seen_from(reads, unit)
    counts = [size, *map(len, reads)]
    letters = _LETTERS[: len(counts)]
    names = [
        [f"{letter}{i + 1}" for i in range(n)] for letter, n in zip(letters, counts, strict=True)
    ]
    words = [f"{size} inputs x"]
    for n, letter in zip(counts[1:], letters[1:], strict=True):
        words.append(f"{n} unit{'s' * (n > 1)} {letter}")
    told = f"{names[-1][unit]} reads {span(reached[-2], letters[-2])}"
    if len(layers) > 1:
        told += f"; through them it sees {span(reached[0], 'x')}"
    alt = f"Units along one axis: {', then '.join(words)}. {told}."
    return draw_rows(names, reads, reached, alt)


def span(units: Iterable[int], letter: str) -> str:
    """Name units: x2 to x4 if they lie side by side, otherwise each.

    >>> span({1, 2, 3}, "x"), span({1, 4}, "h")
    ('x2 to x4', 'h2, h5')
    """
    numbers = sorted(units)
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{letter}{numbers[0] + 1} to {letter}{numbers[-1] + 1}"
    return ", ".join(f"{letter}{number + 1}" for number in numbers)
