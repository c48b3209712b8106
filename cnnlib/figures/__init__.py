"""Figures of the chapters, each with an alt text made from what it shows. Needs matplotlib."""

from cnnlib.colours import COLORS, INK, SOFT
from cnnlib.figures.charts import draw_curves, draw_runs
from cnnlib.figures.grids import (
    Picture,
    draw_convolution,
    draw_grids,
    draw_images,
    draw_text,
    draw_volume,
)
from cnnlib.figures.learning import draw_learning, draw_outputs
from cnnlib.figures.networks import (
    LiveCurves,
    draw_confusion,
    draw_epoch,
    draw_heat,
    draw_history,
    draw_kernels,
    draw_mistakes,
    draw_network,
)
from cnnlib.figures.units import draw_rows, draw_units, reads_along, seen_from, span

__all__ = [
    "COLORS",
    "INK",
    "SOFT",
    "LiveCurves",
    "Picture",
    "draw_confusion",
    "draw_convolution",
    "draw_curves",
    "draw_epoch",
    "draw_grids",
    "draw_heat",
    "draw_history",
    "draw_images",
    "draw_kernels",
    "draw_learning",
    "draw_mistakes",
    "draw_network",
    "draw_outputs",
    "draw_rows",
    "draw_runs",
    "draw_text",
    "draw_units",
    "draw_volume",
    "reads_along",
    "seen_from",
    "span",
]
