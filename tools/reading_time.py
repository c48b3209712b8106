"""Estimate how long a student needs for each chapter, by a walk through its cells.

    python tools/reading_time.py [--write] [notebook …]     all of notebooks/ without arguments

The rates are set so that the walk agrees with a second-year student who took the time for the
first edition of chapters 1 to 8 (75, 75, 110, 150, 55, 95, 40 and 105 minutes). With --write the
line **Time:** of each chapter says what the walk found.
"""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
WORDS_A_MINUTE = 200
#: Minutes for one of each.
CODE_LINE, PICTURE, WIDGET, QUESTION = 0.2, 0.5, 4.0, 1.5
#: Minutes for an exercise, by what it asks for.
VALUE_EXERCISE, CODE_EXERCISE, QUESTION_EXERCISE = 4.0, 7.0, 2.0
LONGEST = 75
TIME = re.compile(r"\*\*Time:\*\* [^\n]*")
FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)


@dataclass(frozen=True)
class Walk:
    """Minutes that a chapter takes: to read, to play with widgets and questions, to exercise."""

    read: float
    play: float
    exercise: float

    @property
    def whole(self) -> int:
        """All of it, to the next five minutes."""
        return sum(self.rounded())

    def rounded(self) -> tuple[int, int, int]:
        """Each part to the next five minutes, at least five."""
        read, play, exercise = (
            max(5, 5 * round(part / 5)) for part in (self.read, self.play, self.exercise)
        )
        return read, play, exercise

    def line(self) -> str:
        """Return what the chapter says of its time."""
        read, play, exercise = self.rounded()
        return (
            f"**Time:** about {self.whole} minutes: {read} to read, {play} to play, "
            f"{exercise} for the exercises."
        )


def walk(notebook: Path) -> Walk:
    """Return how long one chapter takes."""
    read = play = exercise = 0.0
    in_exercises = False
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            if re.search(r"^## ", source, re.MULTILINE):
                in_exercises = bool(re.search(r"^## (Exercises|Exam)", source, re.MULTILINE))
            minutes = len(FOLDED.sub("", source).split()) / WORDS_A_MINUTE
            if in_exercises:
                exercise += minutes
            else:
                read += minutes
        elif "check(" in source:
            exercise += CODE_EXERCISE if "def " in source else VALUE_EXERCISE
        elif source.startswith("Question("):
            if in_exercises:
                exercise += QUESTION_EXERCISE
            else:
                play += QUESTION
        else:
            shown = {"hide-input", "hide-cell"}.isdisjoint(cell["metadata"].get("tags", []))
            lines = [line for line in source.split("\n") if line.strip()]
            read += CODE_LINE * len(lines) * shown
            kinds = [kind for out in cell["outputs"] for kind in out.get("data", {})]
            read += PICTURE * kinds.count("image/png")
            play += WIDGET * kinds.count("application/vnd.jupyter.widget-view+json")
    return Walk(read, play, exercise)


def main() -> None:
    """Print the walk of each chapter, and write it into the chapters if --write is given."""
    given = [Path(name) for name in sys.argv[1:] if name != "--write"]
    for notebook in given or sorted((ROOT / "notebooks").glob("*.ipynb")):
        found = walk(notebook)
        print(f"{notebook.stem:28} {found.whole:4} min {found.rounded()}", end="")
        print("  too long" if found.whole > LONGEST else "")
        if "--write" in sys.argv:
            write(notebook, found.line())


def write(notebook: Path, line: str) -> None:
    """Put the line into the chapter, in place of the one that stands there."""
    content = nbformat.read(notebook, as_version=4)
    for cell in content.cells:
        cell.source = TIME.sub(line, cell.source)
    nbformat.write(content, notebook)


if __name__ == "__main__":
    main()
