"""Widgets that work in a notebook with a kernel and on the published page without one."""

from cnnlib.widgets.chain import Chain
from cnnlib.widgets.checkerboard import Checkerboard
from cnnlib.widgets.concept_test import ConceptTest
from cnnlib.widgets.connections import Connections
from cnnlib.widgets.convolution3d import Convolution3d
from cnnlib.widgets.convolution_gradient import ConvolutionGradient
from cnnlib.widgets.dilation_stride import DilationStride
from cnnlib.widgets.draw_digit import DrawDigit
from cnnlib.widgets.edge_pooling import EdgePooling
from cnnlib.widgets.explorer import ConvolutionExplorer
from cnnlib.widgets.frames import Frames
from cnnlib.widgets.image_kernels import ImageKernels
from cnnlib.widgets.living_network import LivingNetwork
from cnnlib.widgets.network_builder import NetworkBuilder
from cnnlib.widgets.pooling import Pooling
from cnnlib.widgets.question import Question
from cnnlib.widgets.receptive_field import ReceptiveField
from cnnlib.widgets.shifted_photo import ShiftedPhoto
from cnnlib.widgets.training_playground import TrainingPlayground
from cnnlib.widgets.transposed_convolution import TransposedConvolution
from cnnlib.widgets.variants import Variants
from cnnlib.widgets.volume_filter import VolumeFilter

__all__ = [
    "Chain",
    "Checkerboard",
    "ConceptTest",
    "Connections",
    "Convolution3d",
    "ConvolutionExplorer",
    "ConvolutionGradient",
    "DilationStride",
    "DrawDigit",
    "EdgePooling",
    "Frames",
    "ImageKernels",
    "LivingNetwork",
    "NetworkBuilder",
    "Pooling",
    "Question",
    "ReceptiveField",
    "ShiftedPhoto",
    "TrainingPlayground",
    "TransposedConvolution",
    "Variants",
    "VolumeFilter",
]
