"""A Python function over a grid of parameters, drawn at build time and chosen by sliders."""

import base64
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import traitlets

from cnnlib import figures
from cnnlib.widgets._base import CourseWidget, bundle, key_trait


class Frames(CourseWidget):
    """Pictures of a function for each setting of its parameters, without a kernel.

    Parameters
    ----------
    function : called with one value of each parameter; returns a `cnnlib.figures.Picture`.
    budget : the most bytes that all pictures may have together. Default 500,000.
    key : a name for this widget.
    parameters : one sequence of values for each argument of the function, by its name.

    Raises ``ValueError`` when the pictures need more than `budget`, with the bytes of each.

    >>> from cnnlib.figures.grids import draw_text
    >>> Frames(lambda n: draw_text(f"{n} squared is {n * n}."), n=[1, 2, 3])
    Frames(n=[1, 2, 3])
    """

    _esm = bundle("frames.js")

    key = key_trait("frames")
    parameters: Any = traitlets.List().tag(sync=True)
    frames: Any = traitlets.List().tag(sync=True)
    indices: Any = traitlets.List().tag(sync=True)
    #: The function's name, for the code under the picture; a lambda has none.
    call = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        function: Callable[..., figures.Picture],
        budget: int = 500_000,
        key: str = "frames",
        **parameters: Sequence[Any],
    ) -> None:
        empty = [name for name, values in parameters.items() if not len(values)]
        if not parameters or empty:
            raise ValueError(f"each parameter needs at least one value, got none for {empty}")
        names = list(parameters)
        pictures, total = [], 0
        count = 1
        for values in parameters.values():
            count *= len(values)
        for values in itertools.product(*parameters.values()):
            picture = function(**dict(zip(names, values, strict=True)))
            if not isinstance(picture, figures.Picture):
                raise TypeError(
                    f"function must return a cnnlib.figures.Picture, got {type(picture).__name__}"
                )
            png = base64.b64encode(picture.png).decode()
            total += len(png)
            pictures.append({"png": png, "alt": picture.alt})
            if total > budget:
                raise ValueError(
                    f"budget is {budget:,} bytes, but {len(pictures)} of {count} frames need "
                    f"{total:,} already: take fewer values or smaller figures"
                )
        self._first = function(**{name: values[0] for name, values in parameters.items()})
        super().__init__(
            key=key,
            frames=pictures,
            indices=[0] * len(names),
            call=name if (name := getattr(function, "__name__", "")).isidentifier() else "",
            parameters=[
                {
                    "name": name,
                    "values": [str(value) for value in values],
                    "written": [repr(value) for value in values],
                }
                for name, values in parameters.items()
            ],
        )
        self._given = {name: list(values) for name, values in parameters.items()}

    @traitlets.validate("indices")
    def _check_indices(self, proposal: Any) -> list[int]:
        indices = proposal["value"]
        sizes = [len(parameter["values"]) for parameter in self.parameters]
        fits = len(indices) == len(sizes) and all(
            isinstance(index, int) and 0 <= index < size
            for index, size in zip(indices, sizes, strict=True)
        )
        if sizes and not fits:
            raise traitlets.TraitError(f"indices must be below {sizes}, got {indices}")
        return indices

    def __repr__(self) -> str:
        """Return the call that makes this widget, without the function."""
        given = ", ".join(f"{name}={values!r}" for name, values in self._given.items())
        return f"Frames({given})"

    def picture(self) -> figures.Picture:
        """Return the first frame."""
        return self._first
