"""A widget with a square input and a square kernel, of which sliders show a part."""

from typing import Any, ClassVar

import numpy as np
import traitlets

from cnnlib.widgets._base import CourseWidget
from cnnlib.widgets._tables import check_table, default_values, default_weights


class SquareWidget(CourseWidget):
    """Input and kernel as tables of the largest size; `size` and `kernel_size` cut them.

    A subclass has the traits ``size`` and ``kernel_size`` and says their ``limits``.
    """

    limits: ClassVar[dict[str, tuple[int, int]]]
    size: Any
    kernel_size: Any
    values: Any = traitlets.List().tag(sync=True)
    weights: Any = traitlets.List().tag(sync=True)

    @traitlets.default("values")
    def _values(self) -> list[list[int]]:
        return default_values(*[self.limits["size"][1]] * 2)

    @traitlets.default("weights")
    def _weights(self) -> list[list[int]]:
        return default_weights(*[self.limits["kernel_size"][1]] * 2)

    @traitlets.validate("values", "weights")
    def _check_tables(self, proposal: Any) -> list[list[float]]:
        name = proposal["trait"].name
        most = self.limits["size" if name == "values" else "kernel_size"][1]
        return check_table(proposal["value"], name, most, most, self.limits["value"])

    @property
    def input(self) -> np.ndarray:
        """The (size, size) input that the slider shows."""
        return np.array(self.values)[: self.size, : self.size]

    @property
    def weight(self) -> np.ndarray:
        """The (kernel_size, kernel_size) kernel."""
        return np.array(self.weights)[: self.kernel_size, : self.kernel_size]
