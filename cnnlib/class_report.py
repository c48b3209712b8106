"""What a class has solved, from the files that learners save on the page "What you have done".

``python -m cnnlib.class_report FOLDER`` prints it; `class_report` gives it to a programme. Such a
file can be forged with any editor: it is for talking about mistakes, not for grades.
"""

import hashlib
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

NOTE = "Such a file can be forged with any editor: use it to see what is hard, not for grades."


@dataclass(frozen=True)
class Item:
    """One question or exercise in a class.

    Parameters
    ----------
    tried, solved : how many learners.
    facility : share of those who tried whose first try was right.
    discrimination : correlation of a right first try (0 or 1) with how many of their other first
        tries were right, over those who tried; nan where all did alike.
    mistake : what was said most often to a wrong answer, or "".
    """

    tried: int
    solved: int
    facility: float
    discrimination: float
    mistake: str


@dataclass(frozen=True)
class ClassReport:
    """Marks by file, items by name, and the files that need a look, each with the reason."""

    marks: dict[str, tuple[str, int]] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the report as plain text."""
        lines = [NOTE, "", f"Solved, of {len(self.items)} that anybody tried:"]
        ranked = sorted(self.marks.items(), key=lambda mark: (mark[1][0].casefold(), mark[0]))
        lines += [
            f"  {solved:3}  {name or '(no name)'}  [{file}]" for file, (name, solved) in ranked
        ]
        lines += ["", "tried  solved  right at once  discrimination  question"]
        for name, item in sorted(self.items.items(), key=lambda row: row[1].facility):
            lines.append(
                f"{item.tried:5}  {item.solved:6}  {item.facility:13.0%}  "
                f"{item.discrimination:14.2f}  {name}"
            )
            lines += [f"       most frequent mistake: {item.mistake}"] if item.mistake else []
        lines += ["", *(f"{file}: {why}" for file, why in sorted(self.problems.items()))]
        return "\n".join(lines).rstrip()


def class_report(folder: str | Path) -> ClassReport:
    """Read every JSON file of a folder and its subfolders, and say how the class did.

    A file that cannot be read is named as a problem and left out. One with the same content as
    another counts once. Several files of one name all count, and are named, for two learners may
    have the same name.

    Parameters
    ----------
    folder : where the files are, such as a download of all that was handed in.
    """
    root = Path(folder)
    if not root.is_dir():
        raise ValueError(f"folder must be a folder with the learners' files, got {str(folder)!r}")
    problems: dict[str, str] = {}
    learners: dict[str, tuple[str, dict[str, Any]]] = {}
    seen: dict[str, str] = {}
    for path in sorted(root.rglob("*.json")):
        file = path.relative_to(root).as_posix()
        try:
            learner = _read(path)
        except ValueError as error:
            problems[file] = f"left out: {error}"
            continue
        same = hashlib.sha256(json.dumps(learner, sort_keys=True).encode()).hexdigest()
        if same in seen:
            problems[file] = f"counted once: the same as {seen[same]}"
            continue
        seen[same] = file
        learners[file] = learner
    names = Counter(name.casefold() for name, _ in learners.values())
    for file, (name, _) in learners.items():
        if not name:
            problems[file] = "counted, but it has no name"
        elif names[name.casefold()] > 1:
            problems[file] = f"counted, but {names[name.casefold()]} files have the name {name!r}"
    marks = {
        file: (name, sum(bool(entry["solved"]) for entry in answers.values()))
        for file, (name, answers) in learners.items()
    }
    return ClassReport(marks, _items([answers for _, answers in learners.values()]), problems)


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    """Return name and answers; ValueError with the reason if it is no file of ours."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise ValueError("it cannot be read as JSON") from None
    if not isinstance(content, dict) or content.get("course") != "cnnlib":
        raise ValueError("it was not saved by this course")
    if content.get("format") != 1:
        raise ValueError(f"its format must be 1, got {content.get('format')!r}")
    name, answers = content.get("name", ""), content.get("answers")
    if not isinstance(name, str) or not isinstance(answers, dict):
        raise ValueError("name or answers are missing")
    damaged = [key for key, entry in answers.items() if not _is_entry(entry)]
    if damaged:
        raise ValueError(f"what it says of {damaged[0]!r} is damaged")
    return " ".join(name.split()), {key: entry for key, entry in answers.items() if entry["tries"]}


def _is_entry(entry: Any) -> bool:
    """Whether an entry has the form that the page writes (widgets/js/parts/answers.js)."""
    if not isinstance(entry, dict) or not isinstance(entry.get("solved"), list):
        return False
    slips = entry.get("slips", {})
    counts = slips.values() if isinstance(slips, dict) else [None]
    return all(type(n) is int and n >= 0 for n in (entry.get("tries"), *counts))


def _right_at_once(entry: dict[str, Any]) -> bool:
    return entry.get("first") is True


def _items(learners: list[dict[str, Any]]) -> dict[str, Item]:
    """Return how the class did on each question that anybody tried."""
    totals = [sum(map(_right_at_once, answers.values())) for answers in learners]
    items = {}
    for name in sorted({name for answers in learners for name in answers}):
        rows = [
            (answers[name], total)
            for answers, total in zip(learners, totals, strict=True)
            if name in answers
        ]
        first = np.array([_right_at_once(entry) for entry, _ in rows], dtype=float)
        others = np.array([total for _, total in rows]) - first
        alike = first.std() == 0 or others.std() == 0
        slips = sum((Counter(entry.get("slips", {})) for entry, _ in rows), Counter())
        items[name] = Item(
            tried=len(rows),
            solved=sum(bool(entry["solved"]) for entry, _ in rows),
            facility=float(first.mean()),
            discrimination=float("nan") if alike else float(np.corrcoef(first, others)[0, 1]),
            mistake=slips.most_common(1)[0][0] if slips else "",
        )
    return items


def main(arguments: list[str]) -> int:
    """Print the report on a folder; 2 if there is none."""
    try:
        if len(arguments) != 1:
            raise ValueError("usage: python -m cnnlib.class_report FOLDER")
        print(class_report(arguments[0]))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
