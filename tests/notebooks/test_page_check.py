"""What a page says of a value is what `check` says: the same kind of verdict, the same words."""

import json

import numpy as np
import pytest

from cnnlib.exercises import EXERCISES, check, for_page

from .page_check import verdict

VALUES = [name for name, exercise in EXERCISES.items() if exercise.is_value]


def typed(value) -> str:
    """Write a value as somebody types it."""
    return value if isinstance(value, str) else json.dumps(np.asarray(value, float).tolist())


def agree(name: str, text: str) -> tuple[str, str]:
    said = verdict(json.loads(json.dumps(for_page(EXERCISES[name]))), text)
    own = check(name, text)
    assert said == (own.kind, own.words)
    return said


def test_every_kind_of_value_is_among_the_exercises():
    kinds = {for_page(EXERCISES[name])["kind"] for name in VALUES}
    assert kinds == {"number", "list", "table", "array", "choice"}


@pytest.mark.parametrize("name", VALUES)
def test_solution_and_named_mistakes_get_the_words_of_check(name):
    exercise = EXERCISES[name]
    assert agree(name, typed(exercise.solution())) == ("right", exercise.why)
    own = check(name, exercise.solution())
    assert own.words == exercise.why
    for mistake in exercise.mistakes:
        kind, words = agree(name, typed(mistake.answer()))
        assert kind == "wrong"
        assert words.endswith(mistake.words)
        given = check(name, mistake.answer())
        assert (given.kind, given.words) == (kind, words)


TEXTS = [
    "", " … ", "abc", "5", "-5", "−5", "+5", "0x13", "1e3", "1_000", "19.004", "5.", ".5", "5/3",
    "5/0", "1,234", "1 234", "1,23", "2,3", "2.3", "1, 2", "1 2", "(1, 2)", "[1, 2]", "(1,)", "[]",
    "[[1, 2], [3, 4]]", "[[1, 2], [3]]", "1 2; 3 4", "1 2\n3 4", "[1, [2]]", "((1)", "1)", "1..2",
    "5 5 5", "(9, 6, 8)", "1e999", "99999999999999999", "nan", "inf", "True", "None", "fnn", "BOTH",
    " Neither ", "9 6; 8 5", "9 6; 1 5", "1/3 2/3", "7 12", "<b>5</b>", "{5}", "５", "1234567.25",
    "[[[[1]], [[2]], [[3]]]]", "1 2 3 4 5 6 7 8 9", "12,,7", ";", "12 7;",
]  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_any_text_gets_the_words_of_check(name):
    for text in TEXTS:
        agree(name, text)


@pytest.mark.parametrize("name", VALUES)
def test_a_number_that_is_off_gets_the_words_of_check(name):
    right = EXERCISES[name].solution()
    if isinstance(right, str):
        return
    array = np.asarray(right, dtype=float)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        off = array + rng.integers(-1, 2, array.shape) * rng.choice([1, 0.5, 0.001, 1e-8])
        agree(name, typed(off))


@pytest.mark.parametrize("name", VALUES)
def test_a_glance_at_the_page_shows_no_answer(name):
    page = for_page(EXERCISES[name])
    plain = json.dumps(page, ensure_ascii=False)
    right = EXERCISES[name].solution()
    assert not {"answer", "why", "mistakes"} & set(page)
    assert EXERCISES[name].why not in plain
    if not isinstance(right, str) and np.size(right) > 1:
        assert str(list(np.ravel(right))) not in plain


def test_a_function_has_no_description():
    with pytest.raises(ValueError, match="answer is a value"):
        for_page(EXERCISES["sizes/slide"])
