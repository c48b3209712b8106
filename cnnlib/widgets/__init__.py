"""Widgets that work in a notebook with a kernel and on the published page without one."""

from cnnlib.widgets.explorer import ConvolutionExplorer

__all__ = ["ConvolutionExplorer"]
