"""Tables of numbers in a widget: rows that sliders show a part of, and the checks of them."""

from functools import cache
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from cnnlib._checks import as_array
from cnnlib.data.datasets import load_photo


def default_values(rows: int = 16, columns: int = 16) -> list[list[int]]:
    """Small numbers that a reader can multiply in the head, with no pattern along an axis."""
    return [
        [(7 * i * i + 3 * i * j + 11 * j * j + 5 * i + 2) % 13 % 10 for j in range(columns)]
        for i in range(rows)
    ]


def default_weights(rows: int = 9, columns: int = 9) -> list[list[int]]:
    """Weights −1, 0, 1 and 2 without symmetry, so that a flipped kernel would show."""
    return [[(2 * u + 3 * v + u * v + 1) % 4 - 1 for v in range(columns)] for u in range(rows)]


def default_gradients(size: int) -> list[list[int]]:
    """Small numbers, no two neighbours alike."""
    return [[(3 * i + 2 * j) % 9 + 1 for j in range(size)] for i in range(size)]


@cache
def small_photo() -> np.ndarray:
    """Return the photo of the course in grey and half as large: (128, 128) bytes."""
    means = load_photo().mean(axis=0).reshape(128, 2, 128, 2).mean(axis=(1, 3))
    return means.round().astype(np.uint8)


def place_in_table(given: ArrayLike, name: str, table: list) -> tuple[list, tuple[int, int]]:
    """Put `given` into the top left corner of `table`; return that and the shape of `given`."""
    array = as_array(given, name, (2,), "(rows, columns)")
    most = (len(table), len(table[0]))
    if not all(1 <= size <= high for size, high in zip(array.shape, most, strict=True)):
        raise traitlets.TraitError(
            f"{name} must have 1 to {most[0]} rows and 1 to {most[1]} columns, got shape "
            f"{array.shape}"
        )
    for row, numbers in enumerate(array.tolist()):
        table[row][: len(numbers)] = numbers
    return table, (array.shape[0], array.shape[1])


def check_table(
    table: Any, name: str, rows: int, columns: int, limits: tuple[float, float]
) -> list[list[float]]:
    """Return a table of numbers within the limits, or say what is wrong with it."""
    low, high = limits
    is_table = isinstance(table, list) and len(table) == rows
    if not is_table or any(not isinstance(row, list) or len(row) != columns for row in table):
        raise traitlets.TraitError(f"{name} must be a list of {rows} lists of {columns} numbers")
    for i, row in enumerate(table):
        for j, value in enumerate(row):
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not (number and low <= value <= high):
                raise traitlets.TraitError(
                    f"{name}[{i}][{j}] must be a number from {low} to {high}, got {value!r}"
                )
    return table
