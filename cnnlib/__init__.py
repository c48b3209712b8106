"""cnnlib: convolution, pooling and their variants in readable NumPy.

Names, argument order, layout (N, C, H, W) and defaults are PyTorch's. Read the modules in this
order: `geometry` (sizes), `reference` (the formulas as loops), `convolution` (the fast way).
"""

from cnnlib import reference
from cnnlib.convolution import conv2d, convolve2d
from cnnlib.geometry import (
    conv_output_size,
    conv_parameters,
    dropped_cells,
    effective_kernel_size,
    same_padding,
)

__version__ = "0.1.0"

__all__ = [
    "conv2d",
    "conv_output_size",
    "conv_parameters",
    "convolve2d",
    "dropped_cells",
    "effective_kernel_size",
    "reference",
    "same_padding",
]
