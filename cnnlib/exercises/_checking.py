"""What an exercise holds, what a verdict says, and the check of an answer that is a function."""

import copy
import dis
import html
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cnnlib.colours import COLORS
from cnnlib.exercises._numbers import brief, numbers, same, write

#: The mark and the colour of each kind of verdict (the words say it, too).
MARKS = {"right": "✓ Right.", "wrong": "✗ Not yet.", "open": "Not answered yet:"}
BORDERS = {"right": COLORS["output"], "wrong": COLORS["kernel"], "open": "#767676"}


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
    needs : what the answer has to be, for whoever has not begun.
    why : why the right answer is right, in a sentence or two.
    mistakes : wrong answers that people give.
    cases : the arguments of each call. One empty case means that the answer is a plain value.
    parts : of a value with several numbers, the name of each.
    choices : of a value that is a word, the words to choose from.
    tolerance : how far a value may be off, if people round it.
    scaled : whether a value counts up to a positive factor.
    """

    solution: Callable[..., Any]
    needs: str
    why: str
    mistakes: tuple[Mistake, ...]
    cases: tuple[tuple[Any, ...], ...] = ((),)
    parts: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    tolerance: float = 0.0
    scaled: bool = False

    @property
    def is_value(self) -> bool:
        """Whether the answer is a plain value, not a function."""
        return self.cases == ((),)


@dataclass(frozen=True)
class Verdict:
    """What a check found: right, wrong or, before any answer, open. True if it is right."""

    kind: Literal["right", "wrong", "open"]
    words: str

    def __bool__(self) -> bool:
        """Tell whether the answer is right."""
        return self.kind == "right"

    def __repr__(self) -> str:
        """Return the words for the learner."""
        return f"{MARKS[self.kind]} {self.words}"

    def _repr_html_(self) -> str:
        """Return the words as HTML, so that a long verdict wraps."""
        style = (
            f"border-left: 4px solid {BORDERS[self.kind]}; padding: 0.2em 0.7em; margin: 0.3em 0"
        )
        return f'<div class="cnn-verdict" style="{style}">{html.escape(repr(self))}</div>'


def check_function(exercise: Exercise, answer: Any) -> Verdict:
    """Return the verdict on a function, called with copies of the arguments of every case."""
    if answer is None or answer is ... or untouched(answer):
        return Verdict("open", f"write {exercise.needs}")
    if not callable(answer):
        return Verdict(
            "wrong", f"You gave {brief(answer)}. Give the function itself: its name alone."
        )
    given = outcomes(answer, exercise.cases)
    expected = outcomes(exercise.solution, exercise.cases)
    wrong = [number for number, got in enumerate(given) if not same(got, expected[number])]
    if not wrong:
        return Verdict("right", f"{exercise.why} All {len(given)} cases agree.")
    got, right = given[wrong[0]], expected[wrong[0]]
    where = call(exercise, exercise.cases[wrong[0]])
    if got is None or got is ...:
        return Verdict("wrong", f"{where} your function returns {got!r}. Is a “return” missing?")
    failed = isinstance(got, Exception)
    does = f"stops with {complaint(got)}" if failed else f"gives {brief(got)}"
    words = [f"{where} your function {does}."]
    named = [mistake for mistake in exercise.mistakes if alike(given, mistake, exercise.cases)]
    if named:
        words.append(named[0].words)
    else:
        words += [] if failed else [difference(got, right)]
        words += [score(len(given) - len(wrong), len(given))]
    return Verdict("wrong", " ".join(words).strip())


def outcomes(function: Callable[..., Any], cases: tuple[tuple[Any, ...], ...]) -> list[Any]:
    """Call a function for every case; what it returns or raises is copied before the next call."""
    found: list[Any] = []
    for case in cases:
        try:
            found.append(fresh(function(*fresh(case))))
        except Exception as error:
            found.append(error)
    return found


def alike(given: list[Any], mistake: Mistake, cases: tuple[tuple[Any, ...], ...]) -> bool:
    """Tell whether a mistake leads to the same results and the same kinds of errors."""
    return all(
        type(got) is type(wrong) if isinstance(wrong, Exception) else same(got, wrong)
        for got, wrong in zip(given, outcomes(mistake.answer, cases), strict=True)
    )


def score(right: int, number: int) -> str:
    """Say how many cases are right."""
    if right == 0:
        return "No case is right yet." if number > 1 else ""
    return f"{right} of {number} cases {'is' if right == 1 else 'are'} right."


def complaint(error: Exception) -> str:
    """Write an error in one line, without a full stop."""
    said = " ".join(str(error).split()).rstrip(".:")
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def untouched(answer: Any) -> bool:
    """Tell whether a function does nothing yet: its body is ``...``, ``pass`` or a docstring."""
    code = getattr(answer, "__code__", None)
    return code is not None and _steps(code) == _steps((lambda: None).__code__)


def _steps(code: Any) -> list[tuple[str, Any]]:
    steps = ((step.opname, step.argval) for step in dis.get_instructions(code))
    return [step for step in steps if step[0] not in ("NOP", "RESUME")]


def fresh(value: Any) -> Any:
    """Return a deep copy, so that nothing a learner's function does can change the check."""
    try:
        return copy.deepcopy(value)
    except Exception:  # a generator, say: it is refused later, in words
        return value


def difference(got: Any, expected: Any) -> str:
    """Say what should have come, and where an array first differs."""
    right = np.asarray(expected)
    left = numbers(got)
    if left is None or (isinstance(got, bool) and right.dtype != bool):
        return f"It should be {brief(expected)}."
    if left.shape != right.shape:
        wanted = f"the shape {right.shape}" if right.ndim else "one number, without an axis"
        return f"It should have {wanted}; yours has the shape {left.shape}."
    if right.ndim == 0:
        return f"It should be {brief(expected)}."
    if not np.isfinite(left).all():
        return "Some of its numbers are nan or infinite."
    off = ~np.isclose(left, right, rtol=1e-6, atol=1e-9)
    first = tuple(int(i) for i in np.argwhere(off)[0])
    place = f"Number {first[0]}, counted from 0," if right.ndim == 1 else f"At {first} it"
    words = f"{place} should be {write(right[first])}, yours is {write(left[first])}."
    if np.array_equal(left, np.round(left)) and not np.array_equal(right, np.round(right)):
        words += " All your numbers are whole: does your array cut fractions off?"
    return words


def call(exercise: Exercise, case: tuple[Any, ...]) -> str:
    """Say with which arguments a function was called, by the names that the task gives them."""
    found = re.match(r"a function of \(([^)]*)\)", exercise.needs)
    names = found[1].split(", ") if found else list(inspect.signature(exercise.solution).parameters)
    pairs = zip(names, case, strict=True)
    return f"For {', '.join(f'{name} = {brief(value)}' for name, value in pairs)}"
