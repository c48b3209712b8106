"""Transposed convolution: stamps, inserted zeros and the matrix Cᵀ, three ways that agree."""

from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from cnnlib import figures
from cnnlib.operations.geometry import (
    conv_output_size,
    conv_transpose_output_size,
    effective_kernel_size,
)
from cnnlib.operations.transposed import conv_transpose1d, conv_transpose2d
from cnnlib.widgets._base import CourseWidget, bundle, key_trait, limited_int
from cnnlib.widgets._tables import check_table, place_in_table

#: The smallest and largest setting of each slider, and of a value in the grids.
LIMITS: dict[str, tuple[int, int]] = {
    "size": (1, 4),
    "kernel_size": (1, 4),
    "stride": (1, 3),
    "padding": (0, 3),
    "output_padding": (0, 2),
    "dilation": (1, 2),
    "position": (0, 323),
    "value": (-99, 99),
}
#: The tables that the sliders show a part of; a line is their first row.
VALUES = [[1, 2, 3, 1], [2, 0, 1, 3], [3, 1, 2, 0], [0, 2, 1, 1]]
WEIGHTS = [[3, 1, 2, -1], [0, 2, 1, 1], [1, -1, 4, 2], [2, 1, 0, 3]]


class TransposedConvolution(CourseWidget):
    """A transposed convolution of a line or an image, seen in one of three ways that agree.

    Each input stamps the kernel onto the output; or zeros are put between the inputs and the
    flipped kernel slides over them; or the matrix of a convolution is transposed.

    Parameters
    ----------
    input : (n,) or (n, n) numbers, n at most 4. Default: small whole numbers.
    weight : (k,) or (k, k) numbers, k at most 4. Default: a kernel without symmetry.
    dimensions : trait, ``"1D"`` or ``"2D"``. Where `input` or `weight` is given, its axes say.
    view : trait, as what it is seen: ``"stamps"``, inserted ``"zeros"``, the ``"matrix"`` Cᵀ, or
        ``"overlap"``, how many stamps meet.
    size, kernel_size, stride, padding, output_padding, dilation : traits; the limits are in
        `LIMITS`.
    position : trait, where the play bar stands, row by row: at an input where stamps are seen, else
        at an output. Default: the last input, when all stamps are added up.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> TransposedConvolution([1, 2, 3], [3, 1, 2], stride=2).output
    array([ 3,  1,  8,  2, 13,  3,  6])
    """

    _esm = bundle("transposed-convolution.js")
    shown = (
        "dimensions",
        "size",
        "kernel_size",
        "stride",
        "padding",
        "output_padding",
        "dilation",
    )

    key = key_trait("transposed")
    dimensions = traitlets.Enum(["1D", "2D"], "1D").tag(sync=True)
    view = traitlets.Enum(["stamps", "zeros", "matrix", "overlap"], "stamps").tag(sync=True)
    size = limited_int(3, LIMITS["size"])
    kernel_size = limited_int(3, LIMITS["kernel_size"])
    stride = limited_int(2, LIMITS["stride"])
    padding = limited_int(0, LIMITS["padding"])
    output_padding = limited_int(0, LIMITS["output_padding"])
    dilation = limited_int(1, LIMITS["dilation"])
    position = limited_int(LIMITS["size"][1] ** 2 - 1, LIMITS["position"])
    values: Any = traitlets.List().tag(sync=True)
    weights: Any = traitlets.List().tag(sync=True)
    _limits = traitlets.Dict(LIMITS).tag(sync=True)

    def __init__(
        self, input: ArrayLike | None = None, weight: ArrayLike | None = None, **traits: Any
    ) -> None:
        given = (("input", input, "size", "values"), ("weight", weight, "kernel_size", "weights"))
        for name, array, size, table in given:
            if array is None:
                continue
            array = np.asarray(array)
            traits["dimensions"] = "1D" if array.ndim == 1 else "2D"
            start = [list(row) for row in (VALUES if name == "input" else WEIGHTS)]
            traits[table], shape = place_in_table(np.atleast_2d(array), name, start)
            if array.ndim == 2 and shape[0] != shape[1]:
                raise traitlets.TraitError(f"{name} must be square, got shape {shape}")
            traits[size] = shape[1]
        if input is not None and weight is not None and np.ndim(input) != np.ndim(weight):
            raise traitlets.TraitError(
                f"weight must have as many axes as input, got {np.ndim(weight)} and "
                f"{np.ndim(input)}"
            )
        super().__init__(**traits)

    @traitlets.default("values")
    def _values(self) -> list[list[int]]:
        return [list(row) for row in VALUES]

    @traitlets.default("weights")
    def _weights(self) -> list[list[int]]:
        return [list(row) for row in WEIGHTS]

    @traitlets.validate("values")
    def _check_values(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "values", 4, 4, LIMITS["value"])

    @traitlets.validate("weights")
    def _check_weights(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "weights", 4, 4, LIMITS["value"])

    @property
    def input(self) -> np.ndarray:
        """The (size,) or (size, size) input."""
        return self._part(self.values, self.size)

    @property
    def weight(self) -> np.ndarray:
        """The (kernel_size,) or (kernel_size, kernel_size) kernel."""
        return self._part(self.weights, self.kernel_size)

    @property
    def output(self) -> np.ndarray:
        """The output by `cnnlib`. Raises ``ValueError`` where there is none."""
        return self._transpose(self.input[None], self.weight)[0]

    @property
    def overlaps(self) -> np.ndarray:
        """How many stamps meet on each output: the output of ones with a kernel of ones."""
        return self._transpose(np.ones_like(self.input)[None], np.ones_like(self.weight))[0]

    @property
    def matrix(self) -> np.ndarray:
        """The matrix Cᵀ, a row for each output and a column for each input."""
        cells = self.input.size
        units = np.eye(cells, dtype=int).reshape(cells, 1, *self.input.shape)
        return self._transpose(units, self.weight).reshape(cells, -1).T

    @property
    def colliding_sizes(self) -> list[int]:
        """The input sizes that the direct convolution maps to `size`: all the same to it."""
        k, s, p, d = self.kernel_size, self.stride, self.padding, self.dilation
        first: Any = effective_kernel_size(k, d)
        sizes = range(max(1, first - 2 * p), first + self.size * s)
        return [i for i in sizes if conv_output_size(i, k, s, p, d) == self.size]

    def _part(self, table: list, size: int) -> np.ndarray:
        return np.array(table[0] if self.dimensions == "1D" else table)[..., :size][:size]

    def _transpose(self, x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        """Transpose-convolve maps of one channel; x may have a batch axis in front of it."""
        name = conv_transpose1d if self.dimensions == "1D" else conv_transpose2d
        return name(
            x,
            kernel[None, None],
            None,
            self.stride,
            self.padding,
            self.output_padding,
            dilation=self.dilation,
        )

    def picture(self) -> figures.Picture:
        """Draw the state as a figure."""
        try:
            output = self.output
        except ValueError as error:
            return figures.draw_text(f"No output: {error}.")
        grids = [
            ("Input", np.atleast_2d(self.input), "input"),
            ("Kernel", np.atleast_2d(self.weight), "kernel"),
            ("Output", np.atleast_2d(output), "output"),
            ("Stamps that overlap", np.atleast_2d(self.overlaps), "output"),
        ]
        size = conv_transpose_output_size(
            self.size,
            self.kernel_size,
            self.stride,
            self.padding,
            self.output_padding,
            self.dilation,
        )
        return figures.draw_grids(
            grids,
            f"A transposed convolution with stride {self.stride} makes {size} cells along an axis "
            f"out of {self.size}: input {self.input.tolist()}, kernel {self.weight.tolist()}, "
            f"output {output.tolist()}, stamps that overlap {self.overlaps.tolist()}.",
        )
