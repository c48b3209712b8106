"""How an answer is checked: cases, the right answer for each, and the mistakes that we know."""

import html
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

#: The mark beside a verdict: green for right, orange for not yet (the words say it, too).
COLORS = {True: "#009E73", False: "#E69F00"}


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer, and the words that help whoever gave it."""

    words: str
    answer: Callable[..., Any]


@dataclass(frozen=True)
class Exercise:
    """A task with its right answer.

    Parameters
    ----------
    solution : the right answer, as a function of the arguments of a case.
    cases : the arguments of each call. One empty case means that the answer is a plain value.
    mistakes : wrong answers that people give.
    needs : what the answer has to be, for whoever has not begun.
    """

    solution: Callable[..., Any]
    needs: str
    mistakes: tuple[Mistake, ...]
    cases: tuple[tuple[Any, ...], ...] = field(default=((),))

    @property
    def is_value(self) -> bool:
        """Whether the answer is a plain value, no function."""
        return self.cases == ((),)


@dataclass(frozen=True)
class Verdict:
    """What a check found. True if the answer is right."""

    right: bool
    words: str

    def __bool__(self) -> bool:
        """Tell whether the answer is right."""
        return self.right

    def __repr__(self) -> str:
        """Return the words for the learner."""
        return f"✓ Right: {self.words}" if self.right else f"✗ Not yet. {self.words}"

    def _repr_html_(self) -> str:
        """Return the words as HTML, so that a long verdict wraps."""
        color = COLORS[self.right]
        style = f"border-left: 4px solid {color}; padding: 0.2em 0.7em; margin: 0.3em 0"
        return f'<div class="cnn-verdict" style="{style}">{html.escape(repr(self))}</div>'


def check_answer(exercise: Exercise, answer: Any) -> Verdict:
    """Return the verdict on `answer`."""
    if answer is None or answer is ... or (callable(answer) == exercise.is_value):
        return Verdict(False, f"Still missing: {exercise.needs}")
    given: list[Any] = []
    for case in exercise.cases:
        arguments = [copy(argument) for argument in case]
        try:
            given.append(answer if exercise.is_value else answer(*arguments))
        except Exception as error:
            return Verdict(False, f"{call(case)} raised {type(error).__name__}: {error}")
        if given[-1] is None or given[-1] is ...:
            return Verdict(
                False, f"Still missing: {exercise.needs} {call(case)} returned {given[-1]!r}."
            )
    wrong = [
        number
        for number, (case, got) in enumerate(zip(exercise.cases, given, strict=True))
        if not same(got, exercise.solution(*case))
    ]
    if not wrong:
        number = len(exercise.cases)
        words = "it agrees" if exercise.is_value else f"all {number} cases agree"
        return Verdict(True, f"{words} with the library.")
    case, got = exercise.cases[wrong[0]], given[wrong[0]]
    what = f"You have {brief(got)}." if exercise.is_value else f"{call(case)} gave {brief(got)}."
    for mistake in exercise.mistakes:
        if all(
            same(value, mistake.answer(*arguments))
            for value, arguments in zip(given, exercise.cases, strict=True)
        ):
            return Verdict(False, f"{what} {mistake.words}")
    if exercise.is_value:
        return Verdict(False, f"{what} {exercise.needs}")
    expected = exercise.solution(*case)
    return Verdict(False, f"{what} {difference(got, expected)}")


def same(got: Any, expected: Any) -> bool:
    """Compare numbers, tuples and arrays: shape and values."""
    try:
        left, right = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    except (TypeError, ValueError):  # no numbers: words, a ragged list, an object
        return isinstance(got, str) and isinstance(expected, str) and got == expected
    return left.shape == right.shape and bool(np.allclose(left, right, rtol=1e-6, atol=1e-9))


def difference(got: Any, expected: Any) -> str:
    """Say what should have come, and where an array first differs."""
    right = np.asarray(expected)
    try:
        left = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        return f"It should be {brief(expected)}."
    if left.shape != right.shape:
        return f"The shape should be {right.shape}, yours is {left.shape}."
    if right.ndim == 0:
        return f"It should be {brief(expected)}."
    first = tuple(int(i) for i in np.argwhere(~np.isclose(left, right))[0])
    return f"At {first} it should be {brief(right[first])}, yours is {brief(left[first])}."


def call(case: tuple[Any, ...]) -> str:
    """Write a call with the arguments of a case."""
    return f"Your function called with ({', '.join(brief(argument) for argument in case)})"


def brief(value: Any) -> str:
    """Write a value shortly: an array by its shape."""
    array = np.asarray(value) if isinstance(value, (np.ndarray, list)) else None
    if array is not None and array.size > 9:
        return f"an array of shape {array.shape}"
    if array is not None:
        return str(array.tolist())
    return repr(value.item()) if isinstance(value, np.generic) else repr(value)


def copy(argument: Any) -> Any:
    """Return a copy of an array, so that an answer that writes into it spoils nothing."""
    return argument.copy() if isinstance(argument, np.ndarray) else argument
