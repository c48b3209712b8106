"""What every public function asks of its arguments, and the words it uses when they do not fit.

An error names the argument, what came and what is needed. Wrong types raise ``TypeError``, wrong
values raise ``ValueError``.
"""

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

#: The most elements one array may have: 2**30 float64 values are 8 GiB. Beyond that the call is a
#: slip, and refusing it is kinder than taking the machine down.
MAX_ELEMENTS = 2**30


def as_int(value: Any, name: str, minimum: int | None = None) -> int:
    """Return `value` as a Python int; floats and bools are refused, NumPy integers are fine."""
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be an int, got the bool {value}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an int, got {describe(value)}") from None
    if minimum is not None and number < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {number}")
    return number


def as_number(value: Any, name: str, low: float, high: float, open_low: bool = False) -> float:
    """Return `value` as a float between `low` and `high`; `high` itself is excluded."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(
        value, (int, float, np.integer, np.floating)
    ):
        raise TypeError(f"{name} must be a number, got {describe(value)}")
    number = float(value)
    if not low <= number < high or (open_low and number == low):
        need = f"above {low:g}" if open_low else f"at least {low:g}"
        limit = "finite" if high == math.inf else f"below {high:g}"
        raise ValueError(f"{name} must be {need} and {limit}, got {value}")
    return number


def check_flag(value: Any, name: str) -> None:
    """Refuse what is neither True nor False: an int in its place is a slipped argument."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, got {describe(value)}")


def is_per_axis(value: Any) -> bool:
    """Tell whether `value` gives one number for each axis (a tuple or a list)."""
    return isinstance(value, (tuple, list))


def as_axes(value: Any, axes: int, name: str, minimum: int) -> tuple[int, ...]:
    """Return one int for each of `axes` axes: an int stands for all, a tuple gives each."""
    if not is_per_axis(value):
        return (as_int(value, name, minimum),) * axes
    if len(value) != axes:
        need = "1 number" if axes == 1 else f"{axes} numbers, one for each axis"
        raise ValueError(f"{name} must be an int or {need}, got {len(value)}: {tuple(value)}")
    return tuple(as_int(v, f"{name}[{axis}]", minimum) for axis, v in enumerate(value))


def common_axes(**values: Any) -> int | None:
    """Return how many axes the per-axis arguments speak of, or None if all are plain ints."""
    lengths = {name: len(value) for name, value in values.items() if is_per_axis(value)}
    if not lengths:
        return None
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise ValueError(f"per-axis arguments must have the same number of axes, but {told}")
    axes = next(iter(lengths.values()))
    if axes == 0:
        raise ValueError(f"{next(iter(lengths))} must have at least one axis, got an empty tuple")
    return axes


def as_array(value: Any, name: str, ndims: Sequence[int] | None = None, layout: str = "") -> Any:
    """Return `value` as an array of integers or floats, and of one of the allowed `ndims`."""
    if np.ma.is_masked(value):
        raise TypeError(
            f"{name} must have no masked cells, got {np.ma.count_masked(value)}: they would count "
            "as all others do. Fill them first, as with .filled(0)"
        )
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array of numbers: {error}") from None
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold integers or floats, got dtype {array.dtype}")
    if ndims is not None and array.ndim not in ndims:
        need = " or ".join(str(n) for n in ndims)
        shape = f" {layout}" if layout else ""
        raise ValueError(
            f"{name} must have {need} axes{shape}, got {array.ndim}: shape {array.shape}"
        )
    if array.dtype == np.uint64:  # computed in int64 as all integers
        if array.size and array.max() >= 2**63:
            raise ValueError(f"{name} must hold integers below 2**63, got {array.max()}")
        array = array.astype(np.int64)
    return array


def as_classes(value: Any, name: str) -> Any:
    """Return `value` as an array (N,) of integers, the number of a class each."""
    array = np.asarray(value)
    if array.dtype.kind in "bf" and array.size:
        raise TypeError(f"{name} must hold integers, a class each, got dtype {array.dtype}")
    return as_array(array, name, (1,), "(N,)")


def result_dtype(*arrays: np.ndarray | None) -> np.dtype:
    """Return the dtype of a sum of products.

    NumPy's promotion, with one change: integers become int64, so that a photo of bytes does not
    overflow. float32 stays float32.
    """
    dtype = np.result_type(*[a.dtype for a in arrays if a is not None])
    return np.dtype(np.int64) if dtype.kind in "iu" else dtype


def check_result_size(shape: Sequence[int], what: str) -> None:
    """Refuse a result that no machine holds, before anything is allocated."""
    elements = 1
    for size in shape:
        elements *= size
    if elements > MAX_ELEMENTS:
        raise ValueError(
            f"{what} would have shape {tuple(shape)}, that is {elements:,} elements; "
            f"at most {MAX_ELEMENTS:,} are allowed"
        )


def check_shape(shape: Sequence[int], need: Sequence[int], name: str) -> None:
    """Refuse a gradient that has not the shape of what it is the gradient of."""
    if tuple(shape) != tuple(need):
        raise ValueError(f"{name} must have shape {tuple(need)}, got {tuple(shape)}")


def describe(value: Any) -> str:
    """Name a value in an error message, shortly."""
    text = repr(value)
    if len(text) > 40:
        text = text[:37] + "..."
    return f"the {type(value).__name__} {text}"
