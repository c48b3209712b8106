"""Every exercise: the stub is told what is missing, the solution passes, mistakes are named."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from cnnlib.exercises import EXERCISES, check
from cnnlib.exercises._checking import outcomes
from cnnlib.exercises._numbers import same

from .wrong_functions import WRONG_FUNCTIONS
from .wrong_values import WRONG_VALUES

WRONG = WRONG_VALUES + WRONG_FUNCTIONS

ROOT = Path(__file__).parent.parent.parent


def alike(left, right):
    return left is right or left == right if isinstance(left, str) else same(left, right)


def chapters():
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        yield path.stem, nbformat.read(path, as_version=4).cells


def stubs_with_solutions():
    """Yield (name, stub, solution) for each exercise of the chapters."""
    for _, cells in chapters():
        for number, cell in enumerate(cells):
            found = re.search(r'^check\("([^"]+)", (\w+)\)', cell.source, re.MULTILINE)
            if cell.cell_type == "code" and found:
                yield pytest.param(
                    found[1], found[2], cell.source, cells[number + 1].source, id=found[1]
                )


STUBS = list(stubs_with_solutions())


def run(code: str, name: str) -> object:
    names: dict = {"np": np, "check": lambda *_: None}
    exec(code, names)
    return names[name]


@pytest.mark.parametrize(("exercise", "name", "stub", "after"), STUBS)
def test_stub_says_what_is_missing_and_solution_passes(exercise, name, stub, after):
    verdict = check(exercise, run(stub, name))
    assert verdict.kind == "open"
    assert EXERCISES[exercise].needs in verdict.words
    assert "<summary>Hint</summary>" in after
    solution = after.split("<summary>Solution</summary>")[1]
    code = re.search(r"```python\n(.*?)```", solution, re.DOTALL)[1]
    assert check(exercise, run(code, name)), check(exercise, run(code, name))


def test_every_exercise_stands_in_a_chapter():
    assert {param.values[0] for param in STUBS} == set(EXERCISES)


@pytest.mark.parametrize("name", EXERCISES)
def test_typical_mistakes_are_named(name):
    exercise = EXERCISES[name]
    assert check(name, exercise.solution() if exercise.is_value else exercise.solution)
    assert len(exercise.mistakes) >= 3
    answers = [outcomes(mistake.answer, exercise.cases) for mistake in exercise.mistakes]
    for number, mistake in enumerate(exercise.mistakes):
        answer = mistake.answer() if exercise.is_value else mistake.answer
        verdict = check(name, answer)
        assert not verdict
        assert mistake.words in verdict.words
        for other in answers[:number]:
            assert not all(alike(a, b) for a, b in zip(other, answers[number], strict=True))


@pytest.mark.parametrize("name", EXERCISES)
def test_six_wrong_answers_and_two_of_them_written_apart(name):
    exercise = EXERCISES[name]
    apart = [answer for row, answer, _ in WRONG if row == name]
    fed = [
        mistake.answer() if exercise.is_value else mistake.answer for mistake in exercise.mistakes
    ]
    different = []
    for answer in [*fed, *apart]:
        found = [answer] if exercise.is_value else outcomes(answer, exercise.cases)
        if not any(all(map(alike, found, other)) for other in different):
            different.append(found)
    assert len(apart) >= 2
    assert len(different) >= 6


@pytest.mark.parametrize("name", EXERCISES)
def test_an_unknown_wrong_answer_is_wrong_too(name):
    exercise = EXERCISES[name]
    for wrong in (-12345, "x", np.ones((2, 2, 2)), [], float("nan")):
        assert not check(name, wrong if exercise.is_value else lambda *_, w=wrong: w)

    def fails(*_):
        raise ZeroDivisionError("division by zero")

    assert not check(name, fails)
    assert not check(name, None)


def test_an_answer_cannot_spoil_the_cases():
    def writes(x, w, stride, padding):
        x[:] = 0
        w[:] = 0
        return x

    assert not check("sizes/slide", writes)
    assert check("sizes/slide", EXERCISES["sizes/slide"].solution)


def test_wrong_name_is_told():
    with pytest.raises(ValueError, match="name must be one of"):
        check("sizes/nonsense", 1)


def test_verdict_is_text_and_escaped_html():
    verdict = check("sizes/alexnet", "<script>")
    assert repr(verdict).startswith("✗ Not yet.")
    assert "<script>" not in verdict._repr_html_()
