"""A photo filtered by a small kernel that can be changed."""

import base64
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from cnnlib import figures
from cnnlib._checks import as_array
from cnnlib.data.datasets import load_photo
from cnnlib.operations.convolution import convolve2d, correlate2d
from cnnlib.operations.kernels import KERNELS
from cnnlib.widgets._base import CourseWidget, bundle, in_order, key_trait, limited_int
from cnnlib.widgets._tables import check_table, place_in_table

#: The smallest and largest setting of each slider, and of a weight.
LIMITS: dict[str, tuple[int, int]] = {
    "kernel_size": (1, 7),
    "divisor": (1, 64),
    "row": (0, 255),
    "column": (0, 255),
    "value": (-99, 99),
}


def in_whole_numbers(kernel: np.ndarray) -> list:
    """Return a divisor and whole weights that are the kernel: its smallest weight is one.

    >>> in_whole_numbers(np.array([[0.25, 0.25], [0.25, 0.25]]))
    [4, [[1, 1], [1, 1]]]
    """
    divisor = max(1, round(1 / np.abs(kernel[kernel != 0]).min()))
    return [divisor, (kernel * divisor).round().astype(int).tolist()]


#: What a reader can choose: the library's kernels, and one of even size.
PRESETS = {name: in_whole_numbers(kernel) for name, (kernel, _) in KERNELS.items()}
PRESETS["2×2 mean"] = in_whole_numbers(np.full((2, 2), 1 / 4))


class ImageKernels(CourseWidget):
    """A picture, a kernel of odd or even size, and the filtered picture.

    Parameters
    ----------
    image : (H, W) grey values from 0 to 255, at most 256×256. Default: the embedded photo in grey.
        On the page a reader can take an own picture, the camera, or draw; it never leaves the page.
    kernel : (k, k) numbers, at most 7×7. Default: Sobel x.
    mode : trait, ``"correlation"`` as in CNN libraries, or ``"convolution"``, which is flipped.
    padding : trait, ``"zero"``, ``"edge"`` or ``"valid"``.
    range : trait, how values are shown: ``"clip"`` cuts them to 0–255, ``"signed"`` is a map.
    kernel_size, divisor, row, column : traits; the limits are in `LIMITS`. The sum of the products
        is divided by `divisor`; `row` and `column` name the output pixel that is explained.
    key : name of this widget in a link to its state; each widget of a page needs its own.

    A trait that gets nonsense raises ``traitlets.TraitError``.

    >>> ImageKernels().output.shape
    (256, 256)
    """

    _esm = bundle("image-kernels.js")
    shown = ("mode", "padding", "kernel_size", "divisor")

    key = key_trait("image-kernels")
    mode = traitlets.Enum(["correlation", "convolution"], "correlation").tag(sync=True)
    padding = traitlets.Enum(["zero", "edge", "valid"], "zero").tag(sync=True)
    range = traitlets.Enum(["clip", "signed"], "clip").tag(sync=True)
    kernel_size = limited_int(3, LIMITS["kernel_size"])
    divisor = limited_int(1, LIMITS["divisor"])
    row = limited_int(100, LIMITS["row"])
    column = limited_int(100, LIMITS["column"])
    weights: Any = traitlets.List().tag(sync=True)
    #: The picture: grey bytes in base64, and its rows and columns.
    photo = traitlets.Unicode().tag(sync=True)
    photo_shape: Any = traitlets.List().tag(sync=True)
    _limits = traitlets.Dict(LIMITS).tag(sync=True)
    _kernels = in_order(PRESETS)

    def __init__(
        self, image: ArrayLike | None = None, kernel: ArrayLike | None = None, **traits: Any
    ) -> None:
        grey = load_photo().mean(axis=0).round() if image is None else image
        grey = as_array(grey, "image", (2,), "(H, W)")
        if not all(1 <= size <= 256 for size in grey.shape):
            raise traitlets.TraitError(f"image must be at most 256×256, got shape {grey.shape}")
        if not (grey.min() >= 0 and grey.max() <= 255):
            raise traitlets.TraitError("image must hold grey values from 0 to 255")
        self.image = grey.round().astype(np.uint8)
        traits["photo"] = base64.b64encode(self.image.tobytes()).decode()
        traits["photo_shape"] = list(grey.shape)
        if kernel is not None:
            table = [[0] * 7 for _ in np.arange(7)]
            traits["weights"], shape = place_in_table(kernel, "kernel", table)
            if shape[0] != shape[1]:
                raise traitlets.TraitError(f"kernel must be square, got shape {shape}")
            traits["kernel_size"] = shape[0]
        super().__init__(**traits)

    @traitlets.default("weights")
    def _weights(self) -> list[list[int]]:
        return place_in_table(PRESETS["Sobel x"][1], "kernel", [[0] * 7 for _ in np.arange(7)])[0]

    @traitlets.validate("weights")
    def _check_weights(self, proposal: Any) -> list[list[float]]:
        return check_table(proposal["value"], "weights", 7, 7, LIMITS["value"])

    @property
    def kernel(self) -> np.ndarray:
        """The (kernel_size, kernel_size) kernel."""
        return np.array(self.weights)[: self.kernel_size, : self.kernel_size]

    @property
    def output(self) -> np.ndarray:
        """The filtered picture by `cnnlib`. Raises ``ValueError`` where the kernel does not fit."""
        image = self.image.astype(float)
        flipped = self.mode == "convolution"
        if self.padding == "edge":
            before = (self.kernel_size - (0 if flipped else 1)) // 2
            image = np.pad(image, (before, self.kernel_size - 1 - before), mode="edge")
        mode = "same" if self.padding == "zero" else "valid"
        filtered = (convolve2d if flipped else correlate2d)(image, self.kernel, mode)
        return filtered / self.divisor

    def picture(self) -> figures.Picture:
        """Draw the picture and what the kernel makes of it."""
        name = f"filtered by {self.kernel.tolist()}, divided by {self.divisor}"
        shown = np.clip(self.output, 0, 255) if self.range == "clip" else self.output
        return figures.draw_images([self.image, shown], ["The picture", f"{self.mode}: {name}"])
