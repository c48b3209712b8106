"""A shortcut around layers: what goes in is added to what comes out."""

import numpy as np
from numpy.typing import ArrayLike

from cnnlib._checks import as_array, check_shape
from cnnlib.nn.module import Sequential


class Residual(Sequential):
    """Layers in a row whose input is added to their output: input + layers(input).

    The layers have to learn the difference only, and the gradient reaches the input by the
    shortcut unchanged, however many layers there are.

    The layers must keep the shape. Raises ``ValueError`` that names both shapes otherwise.

    Source: He, Zhang, Ren & Sun, "Deep residual learning for image recognition", 2015, figure 2.

    >>> from cnnlib import Conv2d
    >>> block = Residual(Conv2d(1, 1, 3, padding=1, rng=0))
    >>> block.layers[0].weight.value[:] = block.layers[0].bias.value[:] = 0
    >>> block(np.array([[[[1.0, 2.0, 3.0]]]]))
    array([[[[1., 2., 3.]]]])
    """

    def forward(self, input: ArrayLike) -> np.ndarray:
        """Return input + layers(input)."""
        x = as_array(input, "input")
        output = super().forward(x)
        if output.shape != x.shape:
            raise ValueError(
                f"the layers of a Residual must keep the shape, got {x.shape} and "
                f"then {output.shape}: set padding, stride and channels so that it stays"
            )
        return x + output

    def backward(self, grad_output: ArrayLike, need_input: bool = True) -> np.ndarray | None:
        """Return the gradient that came by the layers plus the one that came by the shortcut."""
        dy = as_array(grad_output, "grad_output")
        through = super().backward(dy, need_input)
        if through is None:
            return None
        check_shape(dy.shape, through.shape, "grad_output")
        return dy + through
