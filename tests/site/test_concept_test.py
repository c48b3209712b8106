"""The concept test: a score before, reasons after, all of it in this browser until forgotten."""

import pytest

from cnnlib.widgets import ConceptTest

from .conftest import ROOT, SITE
from .widgets import widget

PAGE = "book/concept-test.html"
CONCEPTS = ConceptTest().questions


def take(root, choices: list[int]) -> None:
    for choice in choices:
        root.locator("input[type=radio]").nth(choice).check()
        root.locator("button[name=next]").click()


def test_each_question_is_one_idea_with_a_reason_for_each_choice():
    assert len(CONCEPTS) == 20
    assert len({concept["idea"] for concept in CONCEPTS}) == 20
    for concept in CONCEPTS:
        assert (ROOT / "notebooks" / f"{concept['chapter']}.ipynb").exists()
        assert len(set(concept["choices"])) == len(concept["words"]) >= 4
        assert all(len(words.split()) > 3 for words in concept["words"])
        assert concept["idea"].lower() not in concept["choices"][concept["right"]].lower()
    # whoever always takes the same place, or the longest choice, knows nothing
    for place in range(4):
        assert sum(concept["right"] == place for concept in CONCEPTS) <= 7
    longest = [max(concept["choices"], key=len) for concept in CONCEPTS]
    right = [concept["choices"][concept["right"]] for concept in CONCEPTS]
    assert sum(map(str.__eq__, longest, right)) <= 10


def test_before_gives_a_score_and_no_reason_after_gives_both(visit):
    page = visit.open(PAGE)
    root = widget(page, "concepts")
    right = [concept["right"] for concept in CONCEPTS]
    wrong = [(place + 1) % 4 for place in right]
    unsure = [len(concept["choices"]) - 1 for concept in CONCEPTS]
    root.locator("button[name=next]").click()
    assert "Choose one" in root.inner_text()
    take(root, right[:5] + wrong[5:10])
    page.wait_for_load_state("networkidle")
    page.reload()
    root = widget(page, "concepts")
    assert "Question 11 of 20, before" in root.inner_text()
    root.locator("button[name=back]").click()
    assert "Question 10 of 20" in root.inner_text()
    take(root, wrong[9:15] + unsure[15:])
    said = root.inner_text()
    assert "Before the course: 5 of 20 right." in said
    for concept in CONCEPTS:
        assert (concept["idea"] in said) == (CONCEPTS.index(concept) >= 5)
        assert not any(words in said for words in [*concept["choices"], *concept["words"]])

    root.locator("button[name=again]").click()
    take(root, [*right[:18], wrong[18], unsure[19]])
    said = root.inner_text()
    assert "Before the course: 5 of 20 right. After the course: 18." in said
    rows = root.locator("details").all()
    assert [row.get_attribute("data-right") for row in rows] == ["true"] * 18 + ["false"] * 2
    assert rows[0].locator("summary").inner_text().startswith("✓ → ✓")
    assert rows[18].locator("summary").inner_text().startswith("✗ → ✗")
    for number, row in enumerate(rows):
        row.evaluate("row => { row.open = true; }")
        concept, told = CONCEPTS[number], row.inner_text()
        assert (
            f"Right: “{concept['choices'][right[number]]}” {concept['words'][right[number]]}"
            in told
        )
        assert ("You chose" in told) == (number == 18)
        for link in row.locator("a").all():
            assert (SITE / "book" / link.get_attribute("href")).resolve().exists()
    assert CONCEPTS[18]["words"][wrong[18]] in rows[18].inner_text()

    page.evaluate("dispatchEvent(new Event('cnn-progress'))")  # something else was kept
    assert "After the course: 18." in root.inner_text()
    page.evaluate("localStorage.removeItem('cnnlib-answers')")  # as progress.js forgets all
    page.evaluate("dispatchEvent(new Event('cnn-progress'))")
    assert "Question 1 of 20, before" in root.inner_text()
    take(root, right[:1])
    root.locator("button[name=forget]").click()
    assert "forgotten" in root.inner_text()
    assert page.evaluate("localStorage.getItem('cnnlib-answers')") == "{}"


@pytest.mark.parametrize("stored", ["{", "null", "7", '{"concepts": {"taken": {"now": [99]}}}'])
def test_a_broken_memory_does_no_harm(visit, stored):
    page = visit.open(PAGE)
    page.evaluate("stored => localStorage.setItem('cnnlib-answers', stored)", stored)
    page.wait_for_load_state("networkidle")
    page.reload()
    assert "Question 1 of 20" in widget(page, "concepts").inner_text()
