"""What is solved is counted beside each chapter, in two tabs at once, and can be forgotten."""

import json
import re

from playwright.sync_api import expect

from cnnlib.exercises import EXERCISES

from .conftest import SITE, settled
from .test_page_weight import contents_of
from .test_value_exercises import CHAPTER, form_of, without_widgets

WORK = json.loads(
    re.search(r"\{.*\}", (SITE / "_static" / "course-work.js").read_text(encoding="utf-8"))[0]
)


def test_what_there_is_to_solve_is_what_the_chapters_ask():
    names = [name for own in WORK.values() for name in own["tasks"]]
    assert len(names) == len(set(names))
    assert {name for name in names if "/" in name} == set(EXERCISES)
    for path, own in WORK.items():
        models = [model for content in contents_of(path) for model in content["state"].values()]
        asked = {model["state"]["key"] for model in models if "askings" in model["state"]}
        assert {name for name in own["tasks"] if "/" not in name} == asked


def solve(page, name: str, answer: str) -> None:
    form = form_of(page, name)
    form.get_by_label("Your answer").fill(answer)
    form.get_by_role("button", name="Check").click()
    expect(form.get_by_role("status")).to_contain_text("✓ Right.")


def test_marks_count_in_every_tab_until_they_are_forgotten(visit):
    count = len(WORK[CHAPTER]["tasks"])
    chapter = visit.open(CHAPTER, instead=without_widgets(CHAPTER))
    start = visit.open("book/index.html", instead=without_widgets("book/index.html"))
    own, card = (
        chapter.locator(".bd-links .course-done"),
        start.locator(".course-card-time .course-done"),
    )
    expect(own).to_have_count(0)
    solve(chapter, "sizes/alexnet", "55 55 96")
    solve(chapter, "sizes/alexnet", "(55, 55, 96)")
    expect(own).to_have_text(f"1 of {count}")
    expect(card).to_have_text(f"· 1 of {count} solved")
    start.evaluate("cnnProgress.record('sizes/slide', { right: true })")
    start.evaluate("cnnProgress.record('sizes/dropped', { right: false })")
    expect(own).to_have_text(f"2 of {count}")
    solve(chapter, "sizes/predict", "4 5")
    expect(card).to_have_text(f"· 3 of {count} solved")
    for name in WORK[CHAPTER]["tasks"]:
        start.evaluate("name => cnnProgress.record(name, { right: true })", name)
    expect(own).to_have_text(f"✓ {count} of {count}")

    past = "name => cnnProgress.merge({ [name]: { tries: 9, solved: [], due: 9 } })"
    for name in ("sizes-output", "sizes/predict"):  # an exercise has the same numbers always
        start.evaluate(past, name)
    expect(own).to_have_text(f"✓ {count} of {count} · 1 due")
    expect(card).to_have_text(f"· ✓ {count} of {count} solved · 1 due again")

    start.evaluate("localStorage.setItem('course-typed:/x', '{}')")
    start.evaluate("cnnProgress.forget()")
    expect(own).to_have_count(0)
    expect(card).to_have_count(0)
    kept = "Object.keys(localStorage).filter((key) => /^(course-typed|cnnlib-answers)/.test(key))"
    assert start.evaluate(kept) == []
    for each in (chapter, start):
        settled(each)
