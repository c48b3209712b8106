"""cnnlib: convolution, pooling and their variants in readable NumPy.

Names, argument order, layout (N, C, H, W) and defaults are PyTorch's. Read the modules in this
order: `geometry` (sizes), `reference` (the formulas as loops), `convolution` (the fast way) with
`sliding` (the one algorithm behind it), `transposed`, `pooling`, `cost` and `networks`.
"""

from cnnlib import reference
from cnnlib.convolution import (
    conv1d,
    conv1d_backward,
    conv2d,
    conv2d_backward,
    conv3d,
    conv3d_backward,
    convolve2d,
    correlate2d,
)
from cnnlib.cost import (
    conv_multiply_adds,
    conv_parameters,
    linear_parameters,
    variant_multiply_adds,
    variant_parameters,
)
from cnnlib.geometry import (
    conv_output_size,
    conv_transpose_output_size,
    dropped_cells,
    effective_kernel_size,
    output_padding_for,
    pool_output_size,
    same_padding,
)
from cnnlib.networks import (
    ALEXNET,
    LENET5,
    VGG16,
    Layer,
    Network,
    ReceptiveField,
    receptive_field,
    trace,
)
from cnnlib.pooling import (
    avg_pool1d,
    avg_pool1d_backward,
    avg_pool2d,
    avg_pool2d_backward,
    avg_pool3d,
    avg_pool3d_backward,
    global_avg_pool2d,
    global_avg_pool2d_backward,
    max_pool1d,
    max_pool1d_backward,
    max_pool2d,
    max_pool2d_backward,
    max_pool3d,
    max_pool3d_backward,
)
from cnnlib.transposed import (
    conv_transpose1d,
    conv_transpose1d_backward,
    conv_transpose2d,
    conv_transpose2d_backward,
    conv_transpose3d,
    conv_transpose3d_backward,
)

__version__ = "0.1.0"

__all__ = [
    "ALEXNET",
    "LENET5",
    "VGG16",
    "Layer",
    "Network",
    "ReceptiveField",
    "avg_pool1d",
    "avg_pool1d_backward",
    "avg_pool2d",
    "avg_pool2d_backward",
    "avg_pool3d",
    "avg_pool3d_backward",
    "conv1d",
    "conv1d_backward",
    "conv2d",
    "conv2d_backward",
    "conv3d",
    "conv3d_backward",
    "conv_multiply_adds",
    "conv_output_size",
    "conv_parameters",
    "conv_transpose1d",
    "conv_transpose1d_backward",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "conv_transpose3d",
    "conv_transpose3d_backward",
    "conv_transpose_output_size",
    "convolve2d",
    "correlate2d",
    "dropped_cells",
    "effective_kernel_size",
    "global_avg_pool2d",
    "global_avg_pool2d_backward",
    "linear_parameters",
    "max_pool1d",
    "max_pool1d_backward",
    "max_pool2d",
    "max_pool2d_backward",
    "max_pool3d",
    "max_pool3d_backward",
    "output_padding_for",
    "pool_output_size",
    "receptive_field",
    "reference",
    "same_padding",
    "trace",
    "variant_multiply_adds",
    "variant_parameters",
]
