"""The question bank for Moodle: in its documented format, complete, graded as the page grades."""

import re
from xml.etree import ElementTree as ET

import pytest

from cnnlib.exercises import EXERCISES, check
from tools import moodle

#: Of each kind: what the format asks for beside name, text and answers.
NEEDED = {
    "multichoice": {"single", "shuffleanswers"},
    "numerical": set(),
    "shortanswer": {"usecase"},
}
COMMON = {"name", "questiontext", "generalfeedback", "defaultgrade", "penalty", "hint", "answer"}


@pytest.fixture(scope="module")
def quiz(tmp_path_factory):
    """The bank as a file, read again."""
    target = tmp_path_factory.mktemp("moodle") / "moodle.xml"
    moodle.main([str(target)])
    assert target.read_text(encoding="utf-8").startswith("<?xml version='1.0' encoding='UTF-8'?>")
    return ET.parse(target).getroot()


def by_category(quiz) -> dict[str, list]:
    found, last = {}, None
    for each in quiz:
        if each.get("type") == "category":
            last = found.setdefault(each.findtext("category/text"), [])
        else:
            last.append(each)
    return found


def test_the_format(quiz):
    assert quiz.tag == "quiz"
    names = []
    for each in quiz:
        assert each.tag == "question"
        kind = each.get("type")
        if kind == "category":
            assert each.findtext("category/text").startswith("$course$/top/")
            continue
        names.append(each.findtext("name/text"))
        tags = {child.tag for child in each}
        assert NEEDED[kind] <= tags <= COMMON | NEEDED[kind]
        assert each.find("questiontext").get("format") == "html"
        assert each.findtext("questiontext/text").startswith("<")
        answers = each.findall("answer")
        rights = [one for one in answers if one.get("fraction") == "100"]
        assert {one.get("fraction") for one in answers} <= {"0", "100"}
        assert len(rights) == 1 or kind == "shortanswer"
        for one in answers:
            assert one.find("text").text
            assert one.find("feedback/text") is not None
            assert (one.find("tolerance") is not None) == (kind == "numerical")
            assert kind != "numerical" or float(one.findtext("text")) is not None
        texts = [one.findtext("text") for one in answers]
        assert len(texts) == len(set(texts)), names[-1]
        if kind == "multichoice":
            assert len(answers) >= 2
    assert len(names) == len(set(names))


def test_every_exercise_and_question_is_there_with_five_sets_of_numbers(quiz):
    banks = by_category(quiz)
    names = {each.findtext("name/text") for some in banks.values() for each in some}
    assert {name for name, one in EXERCISES.items() if one.is_value} <= names
    drawn = [some for some in banks.values() if len(some) > 1]
    assert len(drawn) > 15
    for some in drawn:
        assert len(some) == 5
        texts = {each.findtext("questiontext/text") for each in some}
        assert len(texts) > 1
    assert len({name.split("/")[3] for name in banks}) == 16  # chapters


def test_a_form_that_moodle_takes_is_right_on_the_page_too(quiz):
    """Right forms are right, and a mistake has the words that `check` says."""
    seen = 0
    for each in quiz.findall("question"):
        name = each.findtext("name/text")
        if name not in EXERCISES:
            continue
        for one in each.findall("answer"):
            verdict = check(name, one.findtext("text"))
            if one.get("fraction") == "100":
                assert verdict, (name, one.findtext("text"))
                seen += 1
            elif each.get("type") != "multichoice":
                said = re.sub(r"<[^>]+>|\s+", " ", one.findtext("feedback/text") or "")
                assert not verdict
                assert " ".join(said.split())[:25] in re.sub(r"\s+", " ", verdict.words), name
    assert seen > 100
