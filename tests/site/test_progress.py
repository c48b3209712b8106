"""The page on what you have done: counts, asks again, takes along, adds, refuses, forgets."""

import json

from cnnlib.class_report import class_report
from cnnlib.widgets import Question

from .conftest import settled
from .widgets import widget

PAGE = "book/progress.html"


def test_what_is_solved_counts_goes_to_a_file_and_comes_back(visit, tmp_path):
    chapter = visit.open("notebooks/03_sizes.html", width=390)
    group = chapter.locator("form.course-value[data-exercise='sizes/alexnet']")
    for text in ("(54, 54, 96)", "55 55 96"):
        group.locator("input").fill(text)
        group.locator(".course-value-check").click()
    question, own = widget(chapter, "sizes-output"), Question("convolution size").current
    wrong, why = next(iter(own["mistakes"].items()))
    for answer in (wrong, own["answer"]):
        question.locator("input[name=answer]").fill(answer)
        question.locator("button[name=check]").click()
    settled(chapter)
    page = visit.open(PAGE, width=390)
    row = page.get_by_role("row", name="Sizes")
    said = page.locator("#progress").get_by_role("status")
    assert "2 of " in row.inner_text()

    page.get_by_label("Your name").fill("Ada L.")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save").click()
    assert download.value.suggested_filename == "Ada-L-.json"
    saved = tmp_path / "ada.json"
    download.value.save_as(saved)
    report = class_report(tmp_path)
    assert (report.marks, report.problems) == ({"ada.json": ("Ada L.", 2)}, {})
    assert "the + 1 is missing" in report.items["sizes/alexnet"].mistake
    assert report.items["sizes-output"].mistake == why
    assert report.items["sizes-output"].facility == 0

    assert page.get_by_label("Your name").get_attribute("autocomplete") == "name"
    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Forget").click()
    assert "Forget everything" in asked.value.message
    assert "0 of " in row.inner_text()
    assert page.evaluate("localStorage.getItem('cnnlib-answers')") is None

    page.evaluate("cnnProgress.record('sizes/predict', { right: true })")
    page.get_by_label("Add what a file holds").set_input_files(saved)
    said.filter(has_text="Added: 2").wait_for()
    assert "3 of " in row.inner_text()
    kept = page.evaluate("cnnProgress.all()")
    entry = {"course": "cnnlib", "format": 1, "answers": {"a": {"tries": "1"}}}
    for text in ("{", "[]", "null", '{"course": "cnnlib", "format": 1}', json.dumps(entry)):
        page.evaluate("document.querySelector('#progress [role=status]').textContent = ''")
        (tmp_path / "bad.json").write_text(text, encoding="utf-8")
        page.get_by_label("Add what a file holds").set_input_files(tmp_path / "bad.json")
        said.filter(has_text="bad.json is not a file").wait_for()
        assert page.evaluate("cnnProgress.all()") == kept
    settled(page)


def test_a_due_question_is_asked_again_with_other_numbers(visit):
    page = visit.open(PAGE)
    assert "Due again" not in page.locator("#progress").inner_text()
    page.evaluate("cnnProgress.merge({ 'sizes-output': { tries: 3, solved: [0, 1], due: 9 } })")
    page.reload()
    page.locator("#progress li", has_text="Sizes").get_by_role("link", name="question 3").click()
    question = widget(page, "sizes-output")
    text = Question("convolution size").askings[2]["text"]
    assert question.locator(".cnn-question").inner_text() == text
    assert question.evaluate("root => Math.abs(root.getBoundingClientRect().top) < innerHeight")
    settled(page)
