"""cnnlib: convolution, pooling and their variants in readable NumPy.

Names, argument order, layout (N, C, H, W) and defaults are PyTorch's. All that a chapter calls is
here under its plain name, ``cnnlib.conv2d``; what it is made of stands in rooms:

- `cnnlib.operations`: what the lecture is about, from the size formula to the variants;
- `cnnlib.nn`: layers, losses and optimizers, and how a network is trained;
- `cnnlib.data`: digits and photo, MNIST, augmentation;
- `cnnlib.figures`, `cnnlib.widgets`, `cnnlib.exercises`: what a chapter shows and asks. They stand
  on the first three, which need nothing but NumPy (and use all cores if threadpoolctl is there).
"""

from cnnlib.nn.architectures import ALEXNET, LENET5, VGG16, Network, trace
from cnnlib.nn.checkpoints import load, save
from cnnlib.nn.evaluation import Evaluation, confusion_matrix, evaluate
from cnnlib.nn.history import DivergedError, History
from cnnlib.nn.layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    Module,
    Parameter,
    ReLU,
    Residual,
    Sequential,
)
from cnnlib.nn.losses import (
    cross_entropy,
    cross_entropy_backward,
    mse_loss,
    mse_loss_backward,
    softmax,
)
from cnnlib.nn.optimizers import SGD, Adam
from cnnlib.nn.summary import Summary, summary
from cnnlib.nn.training import fit, train_step
from cnnlib.operations import formulas, reference
from cnnlib.operations.convolution import (
    conv1d,
    conv1d_backward,
    conv2d,
    conv2d_backward,
    conv3d,
    convolve2d,
    correlate2d,
)
from cnnlib.operations.cost import (
    VARIANTS,
    conv_multiply_adds,
    conv_parameters,
    linear_parameters,
    variant_multiply_adds,
    variant_parameters,
)
from cnnlib.operations.features import orientation_histograms, pattern_share, sobel_bank
from cnnlib.operations.geometry import (
    conv_output_size,
    conv_transpose_output_size,
    dropped_cells,
    effective_kernel_size,
    output_padding_for,
    pool_output_size,
    same_padding,
)
from cnnlib.operations.kernels import KERNELS, get_kernel
from cnnlib.operations.pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    global_avg_pool2d,
    max_pool2d,
    max_pool2d_backward,
)
from cnnlib.operations.receptive_fields import (
    LayerSpec,
    ReceptiveField,
    receptive_field,
    view_along,
)
from cnnlib.operations.transposed import (
    conv_matrix,
    conv_transpose1d,
    conv_transpose1d_backward,
    conv_transpose2d,
    conv_transpose2d_backward,
    insert_zeros,
)
from cnnlib.operations.variants import (
    as_dense_kernel,
    cross_channel_conv2d,
    depthwise_conv2d,
    depthwise_separable_conv2d,
    flattened_conv2d,
    pointwise_conv2d,
    separate,
    spatially_separable_conv2d,
)

__version__ = "0.1.0"

__all__ = [
    "ALEXNET",
    "KERNELS",
    "LENET5",
    "SGD",
    "VARIANTS",
    "VGG16",
    "Adam",
    "AvgPool2d",
    "BatchNorm2d",
    "Conv2d",
    "ConvTranspose2d",
    "DivergedError",
    "Dropout",
    "Evaluation",
    "Flatten",
    "History",
    "LayerSpec",
    "Linear",
    "MaxPool2d",
    "Module",
    "Network",
    "Parameter",
    "ReLU",
    "ReceptiveField",
    "Residual",
    "Sequential",
    "Summary",
    "as_dense_kernel",
    "avg_pool2d",
    "avg_pool2d_backward",
    "confusion_matrix",
    "conv1d",
    "conv1d_backward",
    "conv2d",
    "conv2d_backward",
    "conv3d",
    "conv_matrix",
    "conv_multiply_adds",
    "conv_output_size",
    "conv_parameters",
    "conv_transpose1d",
    "conv_transpose1d_backward",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "conv_transpose_output_size",
    "convolve2d",
    "correlate2d",
    "cross_channel_conv2d",
    "cross_entropy",
    "cross_entropy_backward",
    "depthwise_conv2d",
    "depthwise_separable_conv2d",
    "dropped_cells",
    "effective_kernel_size",
    "evaluate",
    "fit",
    "flattened_conv2d",
    "formulas",
    "get_kernel",
    "global_avg_pool2d",
    "insert_zeros",
    "linear_parameters",
    "load",
    "max_pool2d",
    "max_pool2d_backward",
    "mse_loss",
    "mse_loss_backward",
    "orientation_histograms",
    "output_padding_for",
    "pattern_share",
    "pointwise_conv2d",
    "pool_output_size",
    "receptive_field",
    "reference",
    "same_padding",
    "save",
    "separate",
    "sobel_bank",
    "softmax",
    "spatially_separable_conv2d",
    "summary",
    "trace",
    "train_step",
    "variant_multiply_adds",
    "variant_parameters",
    "view_along",
]
