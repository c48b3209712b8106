"""The variants of convolution and their price, side by side."""

import numpy as np
import traitlets

from cnnlib import figures
from cnnlib.operations.cost import VARIANTS, variant_multiply_adds, variant_parameters
from cnnlib.widgets._base import CourseWidget, bundle, key_trait, limited_int

#: The smallest and largest setting. The sliders of channels and groups stop at round numbers.
LIMITS: dict[str, tuple[int, int]] = {
    "in_channels": (1, 512),
    "out_channels": (1, 512),
    "kernel_size": (1, 9),
    "groups": (1, 32),
    "size": (1, 64),
}
#: Cells along an axis of the dense kernel in the picture.
DRAWN = 12


class Variants(CourseWidget):
    """The weights that a variant stores, the dense kernel that they stand for, and its price.

    Parameters
    ----------
    variant : trait, one of the names in `cnnlib.operations.cost.VARIANTS`.
    in_channels, out_channels, kernel_size, groups, size : traits; the limits are in `LIMITS`.
        `size` is that of the output, for the multiply-adds.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> Variants(in_channels=8, out_channels=16).costs["depthwise separable"]
    (216, 156800)
    """

    _esm = bundle("variants.js")
    shown = ("variant", "in_channels", "out_channels", "kernel_size", "groups")

    key = key_trait("variants")
    variant = traitlets.Enum(list(VARIANTS), "depthwise separable").tag(sync=True)
    in_channels = limited_int(6, LIMITS["in_channels"])
    out_channels = limited_int(6, LIMITS["out_channels"])
    kernel_size = limited_int(3, LIMITS["kernel_size"])
    groups = limited_int(2, LIMITS["groups"])
    size = limited_int(28, LIMITS["size"])
    _limits = traitlets.Dict(LIMITS).tag(sync=True)

    @property
    def costs(self) -> dict[str, tuple[int, int] | None]:
        """Parameters and multiply-adds of each variant; None where the groups do not divide."""
        c, k, f = self.in_channels, self.out_channels, self.kernel_size
        result: dict[str, tuple[int, int] | None] = {}
        for name in VARIANTS:
            try:
                parameters = variant_parameters(name, c, k, f, self.groups)
                multiply_adds = variant_multiply_adds(name, c, k, f, self.size, self.groups)
            except ValueError:
                result[name] = None
            else:
                result[name] = (parameters, multiply_adds)
        return result

    def picture(self) -> figures.Picture:
        """Draw the first channels of the dense kernel, and say the costs."""
        f = self.kernel_size
        told = [f"{name} {cost[0]:,}" for name, cost in self.costs.items() if cost]
        alt = (
            f"Parameters of a {f}×{f} convolution from {self.in_channels} to {self.out_channels} "
            f"channels: {', '.join(told)}."
        )
        if self.costs[self.variant] is None:
            return figures.draw_text(f"{self.variant} is impossible here. {alt}")
        most = max(1, DRAWN // f)
        steps = VARIANTS[self.variant](self.in_channels, self.out_channels, (f, f), self.groups)
        products = np.eye(self.in_channels, dtype=int)
        for step in steps:
            inside = (step.out_channels // step.groups, step.in_channels // step.groups)
            products = np.kron(np.eye(step.groups, dtype=int), np.ones(inside, int)) @ products
        block = np.ones((f, f), int)
        if all(step.kernel_size == (1, 1) for step in steps):
            block = np.zeros((f, f), int)
            block[(f - 1) // 2, (f - 1) // 2] = 1
        dense = np.kron(products[:most, :most], block)
        title = f"{self.variant} as a dense kernel"
        return figures.draw_grids([(title, dense, "kernel")], alt, mark_nonzero=True)
