"""The question widget: right is right, each known mistake is named, progress can be forgotten."""

import pytest

from cnnlib.widgets._topics import TOPICS
from cnnlib.widgets.question import Question

from .widgets import in_gallery, page_of, widget


@pytest.fixture
def question(visit):
    return in_gallery(visit, "question-size")


def give(root, answer: str) -> str:
    root.locator("input[name=answer]").fill(answer)
    root.locator("button[name=check]").click()
    return root.locator(".cnn-feedback").inner_text()


def test_every_asking_knows_its_answer_and_its_mistakes(question):
    own = Question("convolution size", key="question-size")
    for asking in own.askings:
        assert question.locator(".cnn-question").inner_text() == asking["text"]
        assert give(question, asking["answer"]) == f"✓ Right. {asking['worked']}"
        for wrong, why in asking["mistakes"].items():
            assert give(question, wrong) == f"✗ {why}"
        assert "That is not it" in give(question, "987654")
        assert give(question, asking["answer"] + ".5").startswith("✗ The")
        for almost in (f"{asking['answer']}.004", hex(int(asking["answer"])), "1e1", "<b>many</b>"):
            assert "✓" not in give(question, almost)
        question.locator("button[name=worked]").click()
        assert question.locator(".cnn-worked").inner_text() == asking["worked"]
        question.locator("button[name=other]").click()
    assert question.locator(".cnn-question").inner_text() == own.askings[0]["text"]


def test_progress_stays_in_this_browser_until_it_is_forgotten(question):
    page = question.page
    give(question, "987654")
    give(question, Question("convolution size").current["answer"])
    told = "Solved 1 of 5, 2 tries."
    assert told in question.inner_text()
    page.wait_for_load_state("networkidle")
    page.reload()
    question = widget(page, "question-size")
    assert told in question.inner_text()
    question.locator("button[name=forget]").click()
    assert told not in question.inner_text()
    assert page.evaluate("localStorage.getItem('cnnlib-answers')") is None


def test_first_try_and_mistakes_are_kept_and_a_due_question_has_other_numbers(question):
    page, own = question.page, Question("convolution size", key="question-size")
    wrong, why = next(iter(own.current["mistakes"].items()))
    for answer in (wrong, "987654", wrong):
        give(question, answer)
    assert "Solved 0 of 5, 3 tries. Again tomorrow." in question.inner_text()
    kept = page.evaluate("cnnProgress.get('question-size')")
    assert (kept["first"], kept["slips"], kept["box"]) == (False, {why: 2}, 0)
    due = {"tries": 4, "solved": [0], "first": False, "box": 1, "due": 20000}
    page.evaluate(
        "entry => localStorage.setItem('cnnlib-answers', JSON.stringify({'question-size': entry}))",
        due,
    )
    page.wait_for_load_state("networkidle")
    page.reload()
    question = widget(page, "question-size")
    assert question.locator(".cnn-question").inner_text() == own.askings[1]["text"]
    assert "Due again today." in question.inner_text()
    give(question, own.askings[1]["answer"])
    assert "Solved 2 of 5, 5 tries. Again in 7 days." in question.inner_text()


def test_a_link_asks_the_same_numbers(question, visit):
    question.locator("button[name=other]").click()
    question.locator("button[name=other]").click()
    question.locator("button[name=link]").click()
    address = question.locator(".cnn-address").input_value()
    assert address.endswith("#question-size?asking=2")
    again = widget(visit.open(address.removeprefix(visit.site + "/")), "question-size")
    own = Question("convolution size", key="question-size")
    assert again.locator(".cnn-question").inner_text() == own.askings[2]["text"]
    bad = widget(visit.open(f"{page_of('question-size')}#question-size?asking=77"), "question-size")
    assert "became 4" in bad.locator(".cnn-words").inner_text()
    assert bad.locator(".cnn-question").inner_text() == own.askings[4]["text"]


def test_the_repr_is_a_call_that_asks_the_same():
    for own in (Question("depth", seed=3, key="a"), Question("parameters")):
        assert eval(repr(own)).askings == own.askings
    assert repr(Question("depth")) == "Question('depth', key='question')"


@pytest.mark.parametrize("stored", ["{", "null", "[1]", '{"question-size": 3}', '"<b>"'])
def test_a_broken_memory_does_no_harm(question, stored):
    page = question.page
    page.evaluate("stored => localStorage.setItem('cnnlib-answers', stored)", stored)
    page.wait_for_load_state("networkidle")
    page.reload()
    question = widget(page, "question-size")
    assert give(question, "987654").startswith("✗")


@pytest.mark.parametrize("topic", TOPICS)
def test_no_mistake_is_the_right_answer(topic):
    for seed in range(60):
        for asking in Question(topic, seed=seed).askings:
            assert asking["answer"] not in asking["mistakes"]
            assert len(asking["mistakes"]) >= 2
            if "choices" in asking:
                assert asking["answer"] in asking["choices"]
                assert len(set(asking["choices"])) == len(asking["choices"])
                assert set(asking["mistakes"]) <= set(asking["choices"])
            else:
                assert asking["worked"].endswith(f"= {asking['answer']}")


@pytest.mark.parametrize("topic", TOPICS)
def test_no_wrong_answer_has_two_causes(topic):
    for seed in range(60):
        for asking in Question(topic, seed=seed).askings:
            assert not [why for why in asking["mistakes"].values() if " Or: " in why]


def test_of_an_own_question_every_cause_is_named():
    asking = Question("Sum?", answer=4, mistakes={3: "One less.", "3": "Also three."}).current
    assert asking["mistakes"] == {"3": "One less. Or: Also three."}
