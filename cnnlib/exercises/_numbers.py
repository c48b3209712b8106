"""Answers as numbers: what counts as numbers, when two agree, how they are read and written."""

import json
import numbers as abstract
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

#: No answer further from zero than this is read.
LIMIT = 1e15

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_FRACTION = rf"{_NUMBER}(?:/{_NUMBER})?"


def numbers(value: Any) -> np.ndarray | None:
    """Return numbers, lists, tuples and arrays as an array of floats; None for all else."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):  # a ragged list
        return None
    if array.dtype == object:
        if not all(isinstance(cell, abstract.Real) for cell in array.flat):
            return None
    elif array.dtype.kind not in "biuf":
        return None
    return array.astype(float)


def same(got: Any, expected: Any) -> bool:
    """Compare numbers, lists and arrays: shape and values. True does not count as 1."""
    left, right = numbers(got), numbers(expected)
    if left is None or right is None or left.shape != right.shape:
        return False
    if isinstance(got, bool | np.bool_) and not isinstance(expected, bool | np.bool_):
        return False
    return bool(np.allclose(left, right, rtol=1e-6, atol=1e-9))


def read_numbers(text: str, single: bool) -> list[Any] | float | None:
    """Read a typed answer: a number, a list of numbers, a table; None if it is none of them.

    The rules, for whoever writes the same in another language:

    1. Spaces at the ends go; a no-break or thin space is a space, "−" is a "-".
    2. A number is ``[+-]? (digits [. digits*] | . digits)``, or two of them with a "/" between.
       No exponent, no hexadecimal, no word. Its size is at most 1e15.
    3. If one number is due (`single`): groups of three digits may be separated by a space or a
       comma ("253,440"), or else one comma is a decimal comma ("2,3").
    4. With brackets, round or square: numbers and lists separated by commas, nested like JSON; a
       comma before a closing bracket is ignored. All rows of a table are equally long.
    5. Without brackets: rows are separated by ";" or a line break, numbers by commas or spaces. One
       row is a list, one number alone a number.

    >>> read_numbers("(55, 55, 96)", single=False)
    [55.0, 55.0, 96.0]
    >>> read_numbers("9 6; 8 7", single=False)
    [[9.0, 6.0], [8.0, 7.0]]
    >>> read_numbers("253,440", single=True), read_numbers("0x13", single=True)
    (253440.0, None)
    """
    text = re.sub("[\u00a0\u2009\u202f]", " ", text).replace("−", "-").strip()
    if single and re.fullmatch(r"[+-]?\d{1,3}([ ,]\d{3})+(\.\d+)?", text):
        text = re.sub("[ ,]", "", text)
    elif single and re.fullmatch(r"[+-]?\d+,\d+", text):
        text = text.replace(",", ".")
    if not re.search(r"[()\[\]]", text):
        rows = [re.split(r"[,\s]+", row.strip(" \t,")) for row in re.split(r"[;\n]", text)]
        joined = ["[" + ",".join(row) + "]" for row in rows]
        text = joined[0] if len(joined) == 1 else "[" + ",".join(joined) + "]"
        text = text[1:-1] if len(rows) == 1 and len(rows[0]) == 1 else text
    return _nested(text.replace("(", "[").replace(")", "]"))


def _nested(text: str) -> list[Any] | float | None:
    """Read a number or nested brackets, as rule 4 says."""
    tokens = re.findall(rf"{_FRACTION}|\S", text)
    for place, token in enumerate(tokens):
        if re.fullmatch(_FRACTION, token):
            above, _, below = token.partition("/")
            if below and float(below) == 0:
                return None
            tokens[place] = json.dumps(float(above) / float(below or 1))
        elif token not in "[],":
            return None
    try:
        value = json.loads(re.sub(r", \]", "]", " ".join(tokens)))
        array = np.array(value, dtype=float)
    except ValueError:  # brackets that do not close, rows of different lengths
        return None
    return value if array.size and np.abs(array).max() <= LIMIT else None


def write(value: Any) -> str:
    """Write a number: whole ones whole, others with at most six digits.

    >>> write(55.0), write(7 / 3), write(-0.0)
    ('55', '2.33333', '0')
    """
    number = float(value)
    if number == 0:
        return "0"
    if not np.isfinite(number) or abs(number) > LIMIT:
        return repr(number)
    if number == int(number):
        return str(int(number))
    rounded = float(f"{number:.6g}")
    return str(int(rounded)) if rounded == int(rounded) else repr(rounded)


def spoken(value: Any, opening: str = "[") -> str:
    """Write numbers as a learner would: (1, 2, 3), and a table as [[1, 2], [3, 4]].

    >>> spoken(np.array([1, 2.5])), spoken([[1, 2], [3, 4]])
    ('[1, 2.5]', '[[1, 2], [3, 4]]')
    """
    array = np.asarray(value)
    if array.ndim == 0:
        return write(array)
    cells = ", ".join(spoken(cell) for cell in array)
    return f"({cells})" if opening == "(" else f"[{cells}]"


def brief(value: Any) -> str:
    """Write any value briefly: a large array by its shape, words in quotes."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    array = numbers(value)
    if array is None or (isinstance(value, list | tuple) and not value):
        if isinstance(value, Iterator):
            return f"a {type(value).__name__}, which is not a list yet"
        text = " ".join(getattr(value, "__name__", repr(value)).split())
        return text if len(text) <= 60 else text[:57] + "…"
    if array.size > 16:
        return f"an array of shape {array.shape}"
    if isinstance(value, list) and any(isinstance(cell, tuple) for cell in value):
        return "[" + ", ".join(spoken(cell, "(") for cell in value) + "]"
    return spoken(array, "(" if isinstance(value, tuple) and array.ndim == 1 else "[")
