"""Large kernels: correlation as a product of spectra.

Sliding a kernel costs one multiply-add for each of its cells at every stop: 961 for 31×31. Two
Fourier transforms cost about as much as a hundred, however large the kernel is, because the
spectrum of a correlation is the spectrum of the input times the conjugate spectrum of the kernel.

A transform spreads every rounding error, every NaN and every ∞ over all that it computes. So this
is for float32 only, and computed in float64, which takes no longer: an error of some 10⁻¹⁶ of the
largest sum is below what float32 shows. float64 has no such wider dtype and integers must stay
exact: both are left to the sliding window, as is an input with a NaN, an ∞ or a huge number in it.
"""

import math
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np

from cnnlib.operations._windows import WindowAxis

#: How many multiply-adds of a sliding window take as long as all that is done here for one cell
#: of the padded input. Twice what was measured: this is taken only where it wins twofold.
MULTIPLY_ADDS_PER_CELL = 200

#: Results that reach this are not to be used: beside such a number (a NaN, an ∞, the 10²⁰ that
#: stands for "no data"), what is left of the smaller ones may be its rounding error.
LARGEST = 1e8

#: The input is cut into tiles of so many reaches of the kernel. Their transforms stay in the
#: processor's cache, which makes them twice as fast as that of one large image. The tiles overlap
#: by one reach: with eight, a seventh along each axis is computed twice.
REACHES_PER_TILE = 8


def pays_off(x: np.ndarray, weight: np.ndarray, axes: tuple[WindowAxis, ...]) -> bool:
    """Tell whether `correlate` may be used, and is clearly faster than a window that slides.

    Only where each channel has a filter of its own: sums over channels are matrix products, and
    at these the sliding window is good.
    """
    one_to_one = weight.shape[1] == 1 and len(weight) == x.shape[1]
    sliding = weight[0, 0].size * math.prod(axis.output for axis in axes)
    here = MULTIPLY_ADDS_PER_CELL * math.prod(axis.padded for axis in axes)
    return x.dtype == np.float32 and one_to_one and sliding > here


def correlate(x: np.ndarray, weight: np.ndarray, axes: tuple[WindowAxis, ...]) -> np.ndarray:
    """Return each filter's answer to its channel, (N, C, out…): right only below LARGEST.

    To the transform a tile is a ring: a kernel that leaves at one end comes in at the other. Only
    the stops are taken at which it lies within the tile.
    """
    tiles = [_Tiles.make(axis) for axis in axes]
    size, every = tuple(tile.size for tile in tiles), tuple(range(len(axes)))
    inside = tuple(slice(axis.before, axis.before + axis.input) for axis in axes)
    taps = tuple(slice(None, None, axis.dilation) for axis in axes)

    output = np.empty((*x.shape[:2], *(axis.output for axis in axes)), x.dtype)
    plane = np.zeros([axis.padded for axis in axes], x.dtype)
    kernel = np.zeros([axis.effective_kernel_size for axis in axes])
    with np.errstate(all="ignore"):  # what is not finite is not below LARGEST
        for channel in range(x.shape[1]):
            kernel[taps] = weight[channel, 0]
            answer = np.fft.rfftn(kernel, size, every).conj()
            for sample in range(len(x)):
                plane[inside] = x[sample, channel]
                for cuts in product(*(tile.cuts for tile in tiles)):
                    outputs, cells, stops = zip(*cuts, strict=True)
                    spectrum = np.fft.rfftn(plane[cells].astype(np.float64), size, every)
                    spectrum *= answer
                    found = np.fft.irfftn(spectrum, size, every)
                    output[(sample, channel, *outputs)] = found[stops]
    return output


class _Tiles(NamedTuple):
    """How one axis is cut: the size of a transform, and for each tile three slices."""

    size: int
    cuts: list[tuple[slice, slice, slice]]  # outputs, cells of the input, stops within the tile

    @staticmethod
    def make(axis: WindowAxis) -> "_Tiles":
        most = (REACHES_PER_TILE - 1) * axis.effective_kernel_size // axis.stride + 1
        count = math.ceil(axis.output / most)
        edges = [axis.output * tile // count for tile in range(count + 1)]
        cuts = []
        for start, stop in pairwise(edges):
            length = (stop - start - 1) * axis.stride + axis.effective_kernel_size
            cells = slice(start * axis.stride, start * axis.stride + length)
            stops = slice(0, (stop - start) * axis.stride, axis.stride)
            cuts.append((slice(start, stop), cells, stops))
        longest = max(cells.stop - cells.start for _, cells, _ in cuts)
        return _Tiles(_fast_size(longest), cuts)


def _fast_size(size: int) -> int:
    """Return the next size that is a product of 2, 3 and 5: transforms of such sizes are fast."""
    while True:
        rest = size
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return size
        size += 1
