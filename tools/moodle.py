"""The questions and value exercises of all chapters as a question bank for Moodle (Moodle XML).

    python tools/moodle.py [file]      make moodle: dist/moodle.xml

A category for each question: one whose numbers are drawn has five sets there, so that a quiz can
take one at random. Each known mistake keeps its words. The format: docs.moodle.org, "Moodle XML
format". An exercise with several numbers becomes a short answer that takes the usual ways to write
them; one with a single number is numerical.
"""

import ast
import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import nbformat
from markdown_it import MarkdownIt

from cnnlib.exercises import EXERCISES
from cnnlib.exercises._numbers import write
from cnnlib.exercises._values import ROUNDED, describe
from cnnlib.widgets import Question
from tools.project import ROOT

TOP = "$course$/top/Convolutional networks"
CHECK = re.compile(r'\bcheck\("([^"]+)"')
#: What only a page of the book can show: words that light something up, and roles.
LIGHTS = re.compile(r"</?span[^>]*>")
ROLE = re.compile(r"\{\w+\}`([^`<]*?)(?:\s*<[^>]*>)?`")
FORMULA = re.compile(r"(?<!\$)\$([^$\n]+)\$(?!\$)")
#: Wrong answers that nobody foresaw.
ANYTHING = "*"


def html(markdown: str) -> str:
    r"""Return Markdown as HTML, formulas as Moodle's filter for MathJax finds them.

    >>> html("The width $W_2$")
    '<p>The width \\(W_2\\)</p>'
    """
    plain = LIGHTS.sub("", ROLE.sub(r"\1", markdown))
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[1])
        return f"FORMULA{len(kept) - 1}ENDS"

    made = MarkdownIt().render(FORMULA.sub(keep, plain)).strip()
    return re.sub(r"FORMULA(\d+)ENDS", lambda at: rf"\({kept[int(at[1])]}\)", made)


def text_in(parent: ET.Element, tag: str, text: str, **attributes: str) -> ET.Element:
    """Add an element that holds a text, as the format wants it."""
    made = ET.SubElement(parent, tag, attributes)
    ET.SubElement(made, "text").text = text
    return made


def question(kind: str, name: str, text: str, general: str, hint: str = "") -> ET.Element:
    """Return a question without answers."""
    made = ET.Element("question", type=kind)
    text_in(made, "name", name)
    text_in(made, "questiontext", html(text), format="html")
    text_in(made, "generalfeedback", html(general), format="html")
    ET.SubElement(made, "defaultgrade").text = "1"
    ET.SubElement(made, "penalty").text = "0.3333333"
    if hint:
        text_in(made, "hint", html(hint), format="html")
    return made


def add_answer(made: ET.Element, text: str, right: bool, feedback: str, near: float = -1) -> None:
    """Add an answer, with its feedback and, where it is a number, how far off it may be."""
    answer = text_in(made, "answer", text, fraction="100" if right else "0", format="plain_text")
    text_in(answer, "feedback", html(feedback), format="html")
    if near >= 0:
        ET.SubElement(answer, "tolerance").text = f"{near:g}"


def of_asking(name: str, asking: dict[str, Any]) -> ET.Element:
    """Return one set of numbers of a question."""
    right, mistakes = asking["answer"], asking["mistakes"]
    general, hint = asking["worked"], asking["hint"]
    if "choices" in asking:
        made = question("multichoice", name, asking["text"], general, hint)
        for tag, value in (("single", "true"), ("shuffleanswers", "true")):
            ET.SubElement(made, tag).text = value
        for choice in asking["choices"]:
            add_answer(
                made, choice, choice == right, "" if choice == right else mistakes.get(choice, "")
            )
        return made
    made = question("numerical", name, asking["text"], general, hint)
    add_answer(made, right, True, "", near_of(right))
    for value, words in mistakes.items():
        add_answer(made, value, False, words, near_of(value))
    return made


def near_of(text: str) -> float:
    """Return how far a number may be off: one that is not whole is rounded by people."""
    return 0.0 if float(text).is_integer() else ROUNDED


def forms(value: Any) -> list[str]:
    """Return the usual ways to write a list or a table of numbers.

    >>> forms([55.0, 96.0])
    ['55, 96', '55,96', '55 96', '(55, 96)', '(55,96)', '[55, 96]', '[55,96]']
    """
    if not isinstance(value, list):
        return [write(value)]
    if isinstance(value[0], list) and isinstance(value[0][0], list):
        return [_nested(value, comma) for comma in (", ", ",")]
    if isinstance(value[0], list):
        rows = [
            between.join(gap.join(map(write, row)) for row in value)
            for between, gap in itertools.product(("; ", ";"), (" ", ", ", ","))
        ]
        return [*rows, *(_nested(value, comma) for comma in (", ", ","))]
    if len(value) == 1:
        return [f"({write(value[0])},)", f"[{write(value[0])}]"]
    plain = [gap.join(map(write, value)) for gap in (", ", ",", " ")]
    return [*plain, *(f"{a}{text}{b}" for a, b in ("()", "[]") for text in plain[:2])]


def _nested(value: Any, comma: str) -> str:
    if not isinstance(value, list):
        return write(value)
    return f"[{comma.join(_nested(each, comma) for each in value)}]"


def of_exercise(name: str, task: str) -> ET.Element:
    """Return a value exercise; its text is the task and what the answer has to be."""
    about = describe(EXERCISES[name])
    text = f"{task}\n\nYour answer: {about['needs']}"
    wrong = {}
    for mistake in about["mistakes"]:
        wrong.setdefault(str(mistake["answer"]), mistake)
    if about["kind"] == "choice":
        words = {each["answer"]: each["words"] for each in wrong.values()}
        asking = {"text": text, "answer": about["answer"], "choices": about["choices"]}
        return of_asking(name, {**asking, "mistakes": words, "worked": about["why"], "hint": ""})
    if about["kind"] == "number":
        made = question("numerical", name, text, about["why"])
        add_answer(made, write(about["answer"]), True, "", about["tolerance"] or 1e-6)
        for mistake in wrong.values():
            if isinstance(mistake["answer"], list):
                continue  # Moodle takes one number alone here
            number = write(mistake["answer"])
            add_answer(made, number, False, mistake["words"], near_of(number))
        return made
    made = question("shortanswer", name, text, about["why"])
    ET.SubElement(made, "usecase").text = "0"
    for form in forms(about["answer"]):
        add_answer(made, form, True, "")
    for mistake in wrong.values():
        for form in forms(mistake["answer"]):
            add_answer(made, form, False, mistake["words"])
    return made


def category(chapter: str, name: str = "") -> ET.Element:
    """Return the entry that opens a category; a slash in a name is written twice."""
    made = ET.Element("question", type="category")
    parts = [TOP, *(part.replace("/", "//") for part in (chapter, name) if part)]
    text_in(made, "category", "/".join(parts))
    return made


def questions_of(path: Path) -> Iterator[ET.Element]:
    """Yield what a chapter asks, in its order."""
    notebook = nbformat.read(path, as_version=4)
    title = re.sub("^# ", "", notebook.cells[0].source.split("\n")[0])
    chapter, task = f"{path.name[:2]} {title}", ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            task = re.sub(r"<details>.*?</details>", "", cell.source, flags=re.DOTALL)
            continue
        for call in _calls(cell.source):
            asked = Question(*call[0], **call[1])
            yield category(chapter, asked.key)
            for number, asking in enumerate(asked.askings, 1):
                yield of_asking(f"{asked.key} {number}", asking)
        for name in CHECK.findall(cell.source):
            if EXERCISES[name].is_value:
                yield category(chapter, name.split("/")[1])
                yield of_exercise(name, task)


def _calls(source: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    for node in ast.walk(ast.parse(re.sub("(?m)^[%!].*", "", source))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Question":
            named = {each.arg: ast.literal_eval(each.value) for each in node.keywords if each.arg}
            yield [ast.literal_eval(each) for each in node.args], named


def bank() -> ET.ElementTree:
    """Return the question bank of all chapters."""
    quiz = ET.Element("quiz")
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        quiz.extend(list(questions_of(path)))
    ET.indent(quiz)
    return ET.ElementTree(quiz)


def main(arguments: list[str]) -> None:
    """Write the bank."""
    target = Path(arguments[0]) if arguments else ROOT / "dist" / "moodle.xml"
    target.parent.mkdir(parents=True, exist_ok=True)
    bank().write(target, encoding="UTF-8", xml_declaration=True)
    print(target)


if __name__ == "__main__":
    main(sys.argv[1:])
