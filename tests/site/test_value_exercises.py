"""An exercise that asks for a value is checked on its page, in the words of `check`."""

import json
import re
import time

import numpy as np
import pytest
from playwright.sync_api import expect

from cnnlib.exercises import EXERCISES, check, for_page

from ..notebooks.right_answers import RIGHT
from ..notebooks.wrong_values import WRONG_VALUES
from .conftest import SITE

CHAPTER = "notebooks/03_sizes.html"
VALUES = {name for name, exercise in EXERCISES.items() if exercise.is_value}
FORM = re.compile(r'<form class="course-value[^>]* data-exercise="([^"]+)"')
PAGES = {
    f"notebooks/{path.name}": FORM.findall(path.read_text(encoding="utf-8"))
    for path in sorted((SITE / "notebooks").glob("*.html"))
}

#: What people type, and what they do not.
TEXTS = [
    "", " … ", "abc", "5", "-5", "−5", "+5", "0x13", "1e3", "1_000", "19.004", "5.", ".5", "5/3",
    "5/0", "1,234", "1 234", "1,23", "2,3", "2.3", "1, 2", "1 2", "(1, 2)", "[1, 2]", "(1,)", "[]",
    "[[1, 2], [3, 4]]", "[[1, 2], [3]]", "1 2; 3 4", "1 2\n3 4", "[1, [2]]", "((1)", "1)", "1..2",
    "5 5 5", "(9, 6, 8)", "1e999", "99999999999999999", "nan", "inf", "True", "None", "fnn", "BOTH",
    " Neither ", "9 6; 8 5", "9 6; 1 5", "1/3 2/3", "7 12", "<b>5</b>", "{5}", "５", "1234567.25",
    "[[[[1]], [[2]], [[3]]]]", "1 2 3 4 5 6 7 8 9", "12,,7", ";", "12 7;", ",", "{needs}",
    "0.00002", "-0.0 0", "true", "null", '"5"', "1 234,5", "1/0.0", "5 − 3", "[,]", "9" * 400,
]  # fmt: skip


def typed(value) -> str:
    """Write a value as somebody types it."""
    return value if isinstance(value, str) else json.dumps(np.asarray(value, float).tolist())


def answers(name: str) -> list[str]:
    """Return texts to hold against `check`: known answers, other people's, numbers that are off."""
    exercise = EXERCISES[name]
    others = [row[1] for row in (*RIGHT, *WRONG_VALUES) if row[0] == name]
    plain = [each for each in others if isinstance(each, str | int | float | tuple | list)]
    words = [each for each in plain if isinstance(each, str)]
    numbers = [
        each for each in plain if all(not isinstance(x, str) for x in np.ravel(each).tolist())
    ]
    texts = [*TEXTS, *words, *map(typed, numbers)]
    right = exercise.solution()
    if isinstance(right, str):
        return texts
    array = np.asarray(right, dtype=float)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        off = rng.integers(-1, 2, array.shape) * rng.choice([1, 0.5, 0.001, 1e-8])
        texts += [typed(array + off), typed(2 * array), typed(rng.permutation(array.ravel()))]
    return texts


#: What the check of the page says to each text.
SAY = """([name, texts]) => {
  const form = document.querySelector(`[data-exercise="${name}"]`);
  const about = JSON.parse(form.querySelector("script").textContent);
  return texts.map((text) => {
    const { kind, words } = courseCheckValue(about, text);
    return `${about.marks[kind]} ${words}`;
  });
}"""

#: What the form says once an answer is typed or chosen and sent.
GIVE = """([name, texts]) => {
  const form = document.querySelector(`[data-exercise="${name}"]`);
  return texts.map((text) => {
    for (const input of form.querySelectorAll("input")) {
      if (input.type === "radio") input.checked = input.value === text;
      else input.value = text;
    }
    form.requestSubmit();
    return form.querySelector("[role=status]").textContent;
  });
}"""


def without_widgets(path: str) -> str:
    """Return a page whose widgets do not come: they take long, and are not asked."""
    text = (SITE / path).read_text(encoding="utf-8")
    return re.sub(
        r'<script type="application/vnd.jupyter.widget-view\+json"[^>]*>.*?</script>', "", text
    )


def test_every_value_exercise_has_its_form():
    assert {name for names in PAGES.values() for name in names} == VALUES
    assert sum(map(len, PAGES.values())) == len(VALUES)
    kinds = {for_page(EXERCISES[name])["kind"] for name in VALUES}
    assert kinds == {"number", "list", "table", "array", "choice"}


@pytest.mark.parametrize("path", [path for path, names in PAGES.items() if names])
def test_page_says_what_check_says(visit, path):
    page = visit.open(path, instead=without_widgets(path))
    for name in PAGES[path]:
        exercise = EXERCISES[name]
        slips = [typed(mistake.answer()) for mistake in exercise.mistakes]
        known = [typed(exercise.solution()), *slips, ""]
        said = page.evaluate(GIVE, [name, known])
        assert said == [repr(check(name, text)) for text in known]
        assert said[0] == f"✓ Right. {exercise.why}"
        for words, mistake in zip(said[1:], exercise.mistakes, strict=False):
            assert words.endswith(mistake.words)
        texts = answers(name)
        for text, words in zip(texts, page.evaluate(SAY, [name, texts]), strict=True):
            assert words == repr(check(name, text)), text


def test_no_answer_can_be_read_in_the_page():
    for path, names in PAGES.items():
        data = re.findall(r'<form class="course-value.*?</form>', (SITE / path).read_text(), re.S)
        for name, plain in zip(names, data, strict=True):
            right = EXERCISES[name].solution()
            assert EXERCISES[name].why not in plain
            if not isinstance(right, str) and np.size(right) > 1:
                assert str(list(np.ravel(right))) not in plain
    with pytest.raises(ValueError, match="answer is a value"):
        for_page(EXERCISES["sizes/slide"])


def form_of(page, name: str):
    return page.locator(f'[data-exercise="{name}"]')


def test_typed_by_hand_and_kept_in_this_browser(visit):
    page = visit.open(CHAPTER, 390, without_widgets(CHAPTER), has_touch=True)
    form = form_of(page, "sizes/alexnet")
    field, said = form.get_by_label("Your answer: a tuple (W2, H2, D2)"), form.get_by_role("status")
    field.focus()
    page.keyboard.type("(54, 54, 96)")
    page.keyboard.press("Enter")
    expect(said).to_contain_text("✗ Not yet. You have (54, 54, 96).")
    field.fill("55 55 96")
    expect(said).to_be_empty()
    form.get_by_role("button", name="Check").tap()
    expect(said).to_contain_text("✓ Right.")
    stub = form.locator("+ div.cell")
    expect(stub).to_be_hidden()
    form.get_by_role("button", name="Or in Python").tap()
    expect(stub).to_contain_text('check("sizes/alexnet", answer)')
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    entry = json.loads(page.evaluate("localStorage.getItem('cnnlib-answers')"))["sizes/alexnet"]
    slip = EXERCISES["sizes/alexnet"].mistakes[0].words
    kept = {"tries": 2, "solved": [0], "first": False, "slips": {slip: 1}, "text": "55 55 96"}
    assert entry.pop("due") > time.time() / 86_400 - 1  # the next day, wherever that begins
    assert entry == {**kept, "box": 0}
    page.wait_for_load_state("networkidle")
    page.reload()
    expect(field).to_have_value("55 55 96")
    expect(said).to_contain_text("✓ Right.")


BLOCKED = """<head><script>
for (const name of ["getItem", "setItem", "removeItem"]) {
  const own = Storage.prototype[name];
  Storage.prototype[name] = function (key, ...more) {
    if (key.startsWith("cnnlib-")) throw new DOMException("blocked", "SecurityError");
    return own.call(this, key, ...more);
  };
}
</script>"""


def test_without_storage_scripts_or_server(visit, browser):
    page = visit.open(CHAPTER, instead=without_widgets(CHAPTER).replace("<head>", BLOCKED, 1))
    form = form_of(page, "sizes/predict")
    form.get_by_label("Your answer").fill("4, 5")
    form.get_by_role("button", name="Check").click()
    expect(form.get_by_role("status")).to_contain_text("✓ Right.")

    page = visit.open(CHAPTER, java_script_enabled=False)
    expect(form_of(page, "sizes/predict")).to_be_hidden()
    expect(page.get_by_text('check("sizes/predict", answer)')).to_be_visible()

    page = browser.new_context().new_page()
    page.goto((SITE / CHAPTER).as_uri())
    form = form_of(page, "sizes/predict")
    form.get_by_label("Your answer").fill("4, 6")
    form.get_by_role("button", name="Check").click()
    expect(form.get_by_role("status")).to_contain_text("✗ Not yet.")
    page.context.close()
