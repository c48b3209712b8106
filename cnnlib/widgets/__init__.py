"""Widgets that work in a notebook with a kernel and on the published page without one."""

from cnnlib.widgets.explorer import ConvolutionExplorer
from cnnlib.widgets.pooling import Pooling
from cnnlib.widgets.question import Question

__all__ = ["ConvolutionExplorer", "Pooling", "Question"]
