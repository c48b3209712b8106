"""Answers that people give: right ones pass, wrong ones hear what helps, in whole sentences."""

import copy
import re

import numpy as np
import pytest

from cnnlib.exercises import EXERCISES, check

from .right_answers import RIGHT
from .wrong_functions import WRONG_FUNCTIONS
from .wrong_values import WRONG_VALUES

WRONG = WRONG_VALUES + WRONG_FUNCTIONS

NUMBERS = [name for name, own in EXERCISES.items() if own.is_value and not own.choices]
FUNCTIONS = [name for name, own in EXERCISES.items() if not own.is_value]

#: What is no answer to any exercise.
NONSENSE = {
    "minus": -12345,
    "word": "x",
    "html": "<b>5</b>",
    "cube": np.ones((2, 2, 2)),
    "nothing": [],
    "nan": float("nan"),
    "infinity": np.inf,
    "huge": 1e300,
    "true": np.True_,
    "set": {1, 2},
    "dict": {"a": 1},
    "ragged": [[1], [1, 2]],
    "words": ["1", "2"],
    "complex": 1j,
    "object": object(),
    "exponent": "1e2",
    "code": "__import__('os')",
}


def names(table):
    return [f"{number}-{row[0]}" for number, row in enumerate(table)]


def is_well_written(verdict) -> None:
    words = repr(verdict)
    assert words.rstrip("”").endswith((".", "?")), words
    assert not re.search(r"[{}]", re.sub(r"\{[\d, ]+\}|\{'a': 1\}", "", words)), words
    assert not re.search(r"  |\n", words), words
    assert not re.search(r"\.\.|\?\.|:\.|, ,|\s\.\s", words.replace("...", "")), words
    prose = re.sub(r"np\.\w+|\w+\.\w+\(|`[^`]*`|\([^()]*\)|“[^”]*”", "", words)
    assert not re.search(r"[a-z)\]][.?] [a-z]", prose), words


@pytest.mark.parametrize(("name", "answer"), RIGHT, ids=names(RIGHT))
def test_right_in_another_form_is_right(name, answer):
    verdict = check(name, answer)
    assert verdict, verdict
    assert EXERCISES[name].why in repr(verdict)
    assert check(name, answer)  # nothing was used up
    is_well_written(verdict)


@pytest.mark.parametrize(("name", "answer", "words"), WRONG, ids=names(WRONG))
def test_wrong_hears_what_helps(name, answer, words):
    verdict = check(name, answer)
    assert verdict.kind == "wrong"
    assert words in repr(verdict), verdict
    assert repr(check(name, answer)) == repr(verdict)
    is_well_written(verdict)


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_is_wrong_and_said_in_whole_sentences(nonsense):
    wrong = NONSENSE[nonsense]
    for name, exercise in EXERCISES.items():
        verdict = check(name, wrong if exercise.is_value else lambda *_: wrong)
        assert verdict.kind == "wrong"
        is_well_written(verdict)
        assert check(name, wrong).kind == "wrong"


def test_open_is_neither_right_nor_wrong():
    def doc(*_):
        """Say what it will do."""

    def dots(*_): ...

    for name, exercise in EXERCISES.items():
        blanks = (None, ..., "", " ... ") if exercise.is_value else (None, ..., dots, doc)
        for blank in blanks:
            verdict = check(name, blank)
            assert verdict.kind == "open"
            assert not verdict
            assert repr(verdict).startswith("Not answered yet:")
            assert verdict.words.endswith(exercise.needs)
            is_well_written(verdict)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_right_value_passes_in_every_form(name):
    right = np.asarray(EXERCISES[name].solution(), dtype=float)
    forms = [right, right.tolist(), right.astype(np.float64), right.astype(object)]
    if np.abs(right).max() < 2048 and np.all(right == right.astype(np.float16)):
        forms += [right.astype(np.float16)]
    if np.all(right == right.astype(int)):
        forms += [right.astype(int), right.astype(np.int64).tolist(), right + 1e-9]
    if right.ndim == 0:
        forms += [right[()], [float(right)], (float(right),), f" {float(right)!r} "]
    if right.ndim == 1:
        forms += [tuple(right), right[:, None], right[None], ", ".join(map(str, right))]
        forms += [f"({', '.join(map(str, right))})", " ".join(map(str, right))]
    if right.ndim == 2:
        forms += [str(right.tolist()), "; ".join(" ".join(map(str, row)) for row in right)]
    for form in forms:
        assert check(name, form), form


@pytest.mark.parametrize("name", NUMBERS)
def test_a_value_that_is_off_by_one_is_wrong(name):
    right = np.asarray(EXERCISES[name].solution(), dtype=float)
    for place in np.ndindex(right.shape):
        for step in (1, -1, 0.01):
            off = right.copy()
            off[place] += step
            verdict = check(name, off)
            assert verdict.kind == "wrong"
            is_well_written(verdict)


def clobbering(solution):
    """Work on the arguments themselves and leave nothing of them."""

    def answer(*arguments):
        result = solution(*copy.deepcopy(arguments))
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument[...] = -99
            elif isinstance(argument, list):
                argument.clear()
        return result

    return answer


def whole(result):
    array = np.asarray(result)
    return array.astype(np.int16) if np.array_equal(array, array.astype(np.int16)) else array


#: What a right function may return.
FORMS = {
    "list": lambda result: np.asarray(result).tolist(),
    "array": np.asarray,
    "float32": np.float32,
    "float64": np.float64,
    "near": lambda result: np.asarray(result) + 1e-10,
    "int16": whole,
    "object": lambda result: np.asarray(result, dtype=object),
    "by columns": lambda result: np.array(result, order="F"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_right_function_may_return_any_form(form):
    for name in FUNCTIONS:
        solution = clobbering(EXERCISES[name].solution)
        verdict = check(name, lambda *case, own=solution: FORMS[form](own(*case)))
        assert verdict, (name, verdict)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_that_a_function_does_changes_the_check(name):
    """A function that wrecks its arguments is wrong, and the solution is right afterwards."""
    seen = []

    def wrecks(*arguments):
        seen.append(arguments)
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument[...] = 7
            elif isinstance(argument, list):
                for inner in argument:
                    if isinstance(inner, list):
                        inner.clear()
                argument.clear()
        return "no"

    before = repr(check(name, wrecks))
    assert before.startswith("✗ Not yet.")
    assert repr(check(name, wrecks)) == before
    assert check(name, EXERCISES[name].solution)


def test_a_result_that_is_used_again_is_judged_as_it_was_returned():
    sheet = np.zeros(2)

    def step(w, v, grad, lr, momentum):
        sheet[1] = momentum * v + grad
        sheet[0] = w - lr * sheet[1]
        return sheet

    assert check("training/momentum", step)


def test_exercises_cannot_be_replaced():
    with pytest.raises(TypeError):
        EXERCISES["sizes/alexnet"] = None


@pytest.mark.parametrize("name", EXERCISES)
def test_every_sentence_of_an_exercise_is_one(name):
    exercise = EXERCISES[name]
    assert re.fullmatch(r"[a-z].*\.", exercise.needs)
    article = ("a ", "an ", "one of ")
    assert exercise.needs.startswith(article if exercise.is_value else "a function of ")
    for words in (exercise.why, *(mistake.words for mistake in exercise.mistakes)):
        assert re.fullmatch(r"[^a-z].*[.?…]\)?", words)
    assert exercise.parts == () or len(exercise.parts) == len(exercise.solution())
