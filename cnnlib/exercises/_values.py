"""The check of an answer that is a value, from a description that a page can hold as well."""

import base64
import itertools
import json
from typing import Any

import numpy as np

from cnnlib.exercises._checking import MARKS, Exercise, Verdict, fresh
from cnnlib.exercises._numbers import LIMIT, brief, numbers, read_numbers, spoken

#: What the sealed part of a description is mixed with: enough against a glance, no secret.
KEY = "cnnlib"

#: How far a number may be off, relative and absolute, and still be the same.
NEAR = (1e-9, 1e-6)

#: How far a fraction may be off and still be a named mistake: people round it.
ROUNDED = 0.006

#: The words of a verdict. A page fills them in the same way.
WORDS = {
    "open": "give {needs}",
    "function": "You gave a function. Give its result: {needs}",
    "unread": "{got} cannot be read as numbers. Give {needs}",
    "choose": "{got} is not among the choices: {choices}.",
    "count": "You have {got}: {count} {number}. Give {needs}",
    "shape": "Your answer has the shape {shape}. Give {needs}",
    "got": "You have {got}. {words}",
    "order": "These are the right numbers in another order.",
    "order of": "These are the right numbers in another order. The order is ({parts}).",
    "small": "The right number is larger.",
    "large": "The right number is smaller.",
    "none": "None of the numbers is right yet.",
    "off": "{places} {verb} not right yet.",
}

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")

#: What a page needs for every exercise.
COMMON: dict[str, Any] = {
    "words": WORDS,
    "marks": MARKS,
    "ordinals": ORDINALS,
    "near": {"relative": NEAR[0], "absolute": NEAR[1], "rounded": ROUNDED, "limit": LIMIT},
    "key": KEY,
}


def describe(exercise: Exercise) -> dict[str, Any]:
    """Return all that the verdict on a value needs, as plain lists, numbers and words."""
    right = exercise.solution()
    word = isinstance(right, str)
    mistakes = [(mistake.answer(), mistake.words) for mistake in exercise.mistakes]
    shape = () if word else np.shape(right)
    return {
        "kind": "choice" if word else {0: "number", 1: "list", 2: "table"}.get(len(shape), "array"),
        "needs": exercise.needs,
        "shape": list(shape),
        "parts": list(exercise.parts),
        "choices": list(exercise.choices),
        "answer": right if word else _plain(right),
        "tolerance": exercise.tolerance,
        "scaled": exercise.scaled,
        "why": exercise.why,
        "mistakes": [
            {"answer": value if word else _plain(value), "words": words}
            for value, words in mistakes
        ],
    }


def for_page(exercise: Exercise) -> dict[str, Any]:
    """Return a description of a value exercise with which a page gives the verdict of `check`.

    What a page may show stands open: `kind` ("number", "list", "table", "array" or "choice"),
    `needs`, `shape`, `parts`, `choices`, and of all exercises `words` (the sentences, with {gaps}),
    `marks` (what a verdict begins with), `ordinals`, `near` and `key`. The answer, its
    tolerance, why it is right and the named mistakes are sealed: JSON in UTF-8, each byte
    exclusive-or with the next byte of `KEY`, in base64. A glance at the page does not show them;
    anyone who opens the console can read them, just as anyone can open the solution. It is
    not for exams.

    How the verdict is found, in this order (`read_numbers` says how text becomes numbers):

    1. Nothing but spaces and dots: open, with `words.open`.
    2. A choice: spaces at the ends and capitals do not count. Else `words.choose`.
    3. No numbers: `words.unread`, with the text in “ ”.
    4. Shape: one number may stand in brackets of its own; a list may be a row or a column of a
       table. Then a mistake of the same shape is looked for, then `words.count` or `words.shape`.
    5. Right, if every number is near: off by at most `tolerance` + 1e-6 + 1e-9 · abs(right). If
       `scaled`, both are divided first by their largest absolute value (a zero answer is wrong).
    6. The first mistake that is near in the same way; a number of a mistake that is not whole may
       be off by 0.006, since people round.
    7. One number: larger or smaller. A list with the right numbers in another order: `words.order`.
       Else the places that are off, in reading order: "the third number (shared)", "row 1, column
       2" (from 1), "the number at (0, 1, 0, 0)" (from 0); of more than three, three and "2 more".
       Separated by ", " (a table: "; ") and a last " and ". `words.none` if all are off.

    Whole numbers are written whole, others rounded to six digits. A list is written (1, 2), a table
    [[1, 2], [3, 4]].

    >>> from cnnlib.exercises import EXERCISES
    >>> page = for_page(EXERCISES["sizes/alexnet"])
    >>> page["kind"], page["shape"], page["parts"]
    ('list', [3], ['W2', 'H2', 'D2'])
    >>> unseal(page["sealed"])["answer"]
    [55.0, 55.0, 96.0]
    """
    if not exercise.is_value:
        raise ValueError("for_page needs an exercise whose answer is a value, got a function's")
    whole = describe(exercise)
    hidden = {
        name: whole.pop(name) for name in ("answer", "tolerance", "scaled", "why", "mistakes")
    }
    mixed = _mix(json.dumps(hidden, ensure_ascii=False).encode())
    return {**whole, **COMMON, "sealed": base64.b64encode(mixed).decode()}


def unseal(sealed: str) -> dict[str, Any]:
    """Return what `for_page` has sealed."""
    return json.loads(_mix(base64.b64decode(sealed)).decode())


def check_value(exercise: Exercise, answer: Any) -> Verdict:
    """Return the verdict on a value: numbers in any form, or text as somebody types it."""
    about = describe(exercise)
    if answer is None or answer is ... or (isinstance(answer, str) and not answer.strip(" .…")):
        return Verdict("open", WORDS["open"].format(**about))
    if callable(answer):
        return Verdict("wrong", WORDS["function"].format(**about))
    if about["kind"] == "choice":
        return _check_choice(about, answer)
    array = _read(about, answer)
    if array is None:
        return Verdict("wrong", WORDS["unread"].format(got=_quoted(answer), needs=about["needs"]))
    return _check_numbers(about, array)


def _check_choice(about: dict[str, Any], answer: Any) -> Verdict:
    given = (answer.strip() if isinstance(answer, str) else brief(answer)).casefold()
    if given == about["answer"].casefold():
        return Verdict("right", about["why"])
    for mistake in about["mistakes"]:
        if given == mistake["answer"].casefold():
            got = _quoted(mistake["answer"])
            return Verdict("wrong", WORDS["got"].format(got=got, words=mistake["words"]))
    choices = ", ".join(f"“{choice}”" for choice in about["choices"])
    return Verdict("wrong", WORDS["choose"].format(got=_quoted(answer), choices=choices))


def _quoted(answer: Any) -> str:
    return f"“{answer.strip() if isinstance(answer, str) else brief(answer)}”"


def _read(about: dict[str, Any], answer: Any) -> np.ndarray | None:
    """Return the answer as an array, in the shape that is due if it is only wrapped otherwise."""
    if isinstance(answer, str):
        answer = read_numbers(answer, about["kind"] == "number")
    array = numbers(fresh(answer))
    truth = np.asarray(fresh(answer)).dtype == bool if array is not None else False
    if array is None or truth or not array.size:
        return None
    if not np.isfinite(array).all() or np.abs(array).max() > LIMIT:
        return None
    wide = sum(length > 1 for length in array.shape)
    if len(about["shape"]) <= 1 and wide <= 1 and array.size == np.prod(about["shape"]):
        return array.reshape(about["shape"])
    return array


def _check_numbers(about: dict[str, Any], array: np.ndarray) -> Verdict:
    got = spoken(array, "(" if array.ndim == 1 else "[")
    right = np.array(about["answer"])
    if _near(array, right, about["tolerance"], about["scaled"]):
        return Verdict("right", about["why"])
    for mistake in about["mistakes"]:
        wrong = np.array(mistake["answer"])
        whole = wrong == np.round(wrong)
        if _near(array, wrong, np.where(whole, 0, ROUNDED), about["scaled"]):
            return Verdict("wrong", WORDS["got"].format(got=got, words=mistake["words"]))
    if array.shape == right.shape:
        words = _where(about, array, right)
        return Verdict("wrong", WORDS["got"].format(got=got, words=words))
    if array.ndim <= 1:
        number = "number" if array.size == 1 else "numbers"
        gaps = {"got": got, "count": array.size, "number": number, "needs": about["needs"]}
        return Verdict("wrong", WORDS["count"].format(**gaps))
    shape = f"({', '.join(map(str, array.shape))})"
    return Verdict("wrong", WORDS["shape"].format(shape=shape, needs=about["needs"]))


def _near(array: np.ndarray, right: np.ndarray, tolerance: Any, scaled: bool) -> bool:
    if array.shape != right.shape:
        return False
    if scaled and array.any() and right.any():
        array, right = array / np.abs(array).max(), right / np.abs(right).max()
    return bool((np.abs(array - right) <= tolerance + NEAR[1] + NEAR[0] * np.abs(right)).all())


def _where(about: dict[str, Any], array: np.ndarray, right: np.ndarray) -> str:
    """Say which of the numbers are not right."""
    if array.ndim == 0:
        return WORDS["small"] if array < right else WORDS["large"]
    if array.ndim == 1 and _near(np.sort(array), np.sort(right), 0, False):
        parts = ", ".join(about["parts"])
        return WORDS["order of"].format(parts=parts) if parts else WORDS["order"]
    off = np.argwhere(~np.isclose(array, right, *NEAR)).tolist()
    if len(off) == array.size:
        return WORDS["none"]
    places = [_place(about, place) for place in off]
    if len(places) > 3:
        places = [*places[:3], f"{len(places) - 3} more"]
    comma = "; " if array.ndim == 2 else ", "
    listed = " and ".join([*([comma.join(places[:-1])] if places[1:] else []), places[-1]])
    verb = "is" if len(places) == 1 else "are"
    return WORDS["off"].format(places=listed[0].upper() + listed[1:], verb=verb)


def _place(about: dict[str, Any], place: list[int]) -> str:
    if len(place) == 1:
        name = f" ({about['parts'][place[0]]})" if about["parts"] else ""
        return f"the {ORDINALS[place[0]]} number{name}"
    if len(place) == 2:
        return f"row {place[0] + 1}, column {place[1] + 1}"
    return f"the number at ({', '.join(map(str, place))})"


def _plain(value: Any) -> Any:
    return np.asarray(value, dtype=float).tolist()


def _mix(data: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(data, itertools.cycle(KEY.encode()), strict=False))
