"""A 3D convolution over a small clip: the kernel moves in time, too, and so it can see motion."""

from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from cnnlib import figures
from cnnlib._checks import as_array
from cnnlib.operations.convolution import conv3d
from cnnlib.widgets._base import CourseWidget, bundle, in_order, key_trait, limited_int
from cnnlib.widgets._tables import check_table

#: The smallest and largest setting of each slider, and of a weight.
LIMITS: dict[str, tuple[int, int]] = {
    "kernel_depth": (1, 3),
    "kernel_size": (1, 3),
    "stride": (1, 2),
    "padding": (0, 1),
    "position": (0, 342),
    "value": (-99, 99),
}
SIZE = 5  # frames, rows and columns of a clip


def _clip(row: int, column: int, down: int, right: int) -> list:
    """Return frames with one dot, which starts at (row, column) and moves by (down, right)."""
    frames = np.zeros((SIZE, SIZE, SIZE), dtype=int)
    for t in range(SIZE):
        frames[t, row + down * t, column + right * t] = 1
    return frames.tolist()


#: The clips, by the way that the dot moves.
CLIPS: dict[str, list] = {
    "right": _clip(2, 0, 0, 1),
    "left": _clip(2, 4, 0, -1),
    "down": _clip(0, 2, 1, 0),
    "up": _clip(4, 2, -1, 0),
    "still": _clip(2, 2, 0, 0),
}

# it rewards a dot on the left before and on the right after, and punishes the way back
_RIGHT = np.array(
    [
        [[0, 0, 0], [1, 0, -1], [0, 0, 0]],
        [[0, 0, 0], [0, 0, 0], [0, 0, 0]],
        [[0, 0, 0], [-1, 0, 1], [0, 0, 0]],
    ]
)

#: Kernels with a name, each (frames, rows, columns).
KERNELS: dict[str, list] = {
    "motion to the right": _RIGHT.tolist(),
    "motion to the left": _RIGHT[..., ::-1].tolist(),
    "motion down": _RIGHT.swapaxes(1, 2).tolist(),
    "motion up": _RIGHT[..., ::-1].swapaxes(1, 2).tolist(),
    "mean of two frames": [[[0.5]], [[0.5]]],
    "change from frame to frame": [[[-1]], [[1]]],
    "one frame, no time": [[[0, 1, 0], [1, -4, 1], [0, 1, 0]]],
}


class Convolution3d(CourseWidget):
    """A clip of a moving dot, a kernel that reaches through several frames, and the output.

    Parameters
    ----------
    kernel : one of `KERNELS`, or (t, k, k) numbers with t and k at most 3. Default
        ``"motion to the right"``.
    motion : trait, how the dot moves: one of `CLIPS`.
    kernel_depth, kernel_size, stride, padding : traits; the limits are in `LIMITS`. Stride and
        padding hold for time, rows and columns alike.
    position : trait, the output that the play bar stands at, frame by frame, row by row.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> Convolution3d().output.max(), Convolution3d(motion="left").output.max()
    (np.int64(2), np.int64(1))
    """

    _esm = bundle("convolution3d.js")
    shown = ("motion", "kernel_depth", "kernel_size", "stride", "padding")

    key = key_trait("conv3d")
    motion = traitlets.Enum(list(CLIPS), "right").tag(sync=True)
    kernel_depth = limited_int(3, LIMITS["kernel_depth"])
    kernel_size = limited_int(3, LIMITS["kernel_size"])
    stride = limited_int(1, LIMITS["stride"])
    padding = limited_int(0, LIMITS["padding"])
    position = limited_int(13, LIMITS["position"])
    #: Three slices of 3×3 below each other.
    weights: Any = traitlets.List().tag(sync=True)
    _limits = traitlets.Dict(LIMITS).tag(sync=True)
    _clips = in_order(CLIPS)
    _kernels = in_order(KERNELS)

    def __init__(self, kernel: str | ArrayLike | None = None, **traits: Any) -> None:
        if isinstance(kernel, str):
            if kernel not in KERNELS:
                raise traitlets.TraitError(
                    f"kernel must be numbers or one of {', '.join(KERNELS)}, got {kernel!r}"
                )
            kernel = KERNELS[kernel]
        if kernel is not None:
            slices = as_array(kernel, "kernel", (3,), "(t, k, k)")
            t, k, columns = slices.shape
            if k != columns or not (1 <= t <= 3 and 1 <= k <= 3):
                raise traitlets.TraitError(
                    f"kernel must have 1 to 3 slices of 1×1, 2×2 or 3×3, got shape {slices.shape}"
                )
            whole = np.array(_RIGHT, dtype=slices.dtype)
            whole[:t, :k, :k] = slices
            traits |= {"weights": whole.reshape(9, 3).tolist(), "kernel_depth": t, "kernel_size": k}
        super().__init__(**traits)

    @traitlets.default("weights")
    def _weights(self) -> list[list[int]]:
        return _RIGHT.reshape(9, 3).tolist()

    @traitlets.validate("weights")
    def _check_weights(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "weights", 9, 3, LIMITS["value"])

    @property
    def input(self) -> np.ndarray:
        """The (5, 5, 5) clip: frames, rows, columns."""
        return np.array(CLIPS[self.motion])

    @property
    def weight(self) -> np.ndarray:
        """The (kernel_depth, kernel_size, kernel_size) kernel."""
        slices = np.array(self.weights).reshape(3, 3, 3)
        return slices[: self.kernel_depth, : self.kernel_size, : self.kernel_size]

    @property
    def output(self) -> np.ndarray:
        """The output frames, by `cnnlib.conv3d`."""
        x, w = self.input[None, None], self.weight[None, None]
        return conv3d(x, w, None, self.stride, self.padding)[0, 0]

    def picture(self) -> figures.Picture:
        """Draw the state as a figure."""
        output = self.output
        grids = [(f"Frame {t}", frame, "input") for t, frame in enumerate(self.input)]
        grids += [(f"Output {t}", frame, "output") for t, frame in enumerate(output)]
        moves = "stands still" if self.motion == "still" else f"moves {self.motion}"
        return figures.draw_grids(
            grids,
            f"A clip of {SIZE} frames in which a dot {moves}, and a kernel of "
            f"{self.kernel_depth}×{self.kernel_size}×{self.kernel_size}: {len(output)} output "
            f"frames of {output.shape[1]} by {output.shape[2]}, the largest number "
            f"{output.max():g}, the smallest {output.min():g}.",
        )
