"""Turns of phrase that read as translated, or talk down, are nowhere: text, widgets, messages.

What each should be stands beside it; CONTRIBUTING says more. Spelling is checked by `typos`.
"""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KINDS = {".ipynb", ".md", ".py", ".js", ".css", ".yml", ".toml", ".html"}
#: A pattern, and what a native writer would write.
PHRASES = {
    r"[Mm]ultipl(?:y|ied|ies) with\b": "multiplied by",
    r"\b[Hh]ow many \w+ has (?:the|a|an|it)\b": "how many … does it have",
    r"\b[Aa] (?:8|11|18)×": "an 8×8, an 11×11",
    r"\bdrops? a rest\b": "drops a remainder",
    r"” is none\.": "is not one, is not a number",
    r"\bwant to be learned\b": "have to be learned",
    r"\b[Pp]ut right, it\b": "counted properly, it",
    r"\beach (?:unit|layer|filter) more\b": "each extra unit",
    r"\bpooled for itself\b": "pooled separately",
    r"\bcomputes? it so\b": "this way",
    r"\b[Ww]ithout another word\b": "by default",
    r"\bat their word\b": "literally",
    r"\blet kernels loose\b": "try kernels",
    r"\bTo have at hand\b": "Reference",
    r"\b[Ss]imply\b": "leave it out",
    r"\b[Oo]bvious(?:ly)?\b": "leave it out",
    r"\b(?:of )?[Ii]t is easy to see\b": "show it",
    r"\b[Aa]s everybody knows\b": "leave it out",
    r"\b[Ii]nformations\b": "information",
    r"\b[Tt]he so called\b": "so-called, or the name alone",
    r"\ballows to \w+": "allows you to, makes it possible to",
    r"\b[Ii]n the following\b": "here, below",
}
#: This file holds them all, and the lock and changelog are no text of the course.
EXEMPT = {"tests/test_prose.py", "package-lock.json"}


def files() -> list[Path]:
    """Return the files of the repository that hold text."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    every = (ROOT / name for name in names.splitlines() if name not in EXEMPT)
    return [path for path in every if path.suffix in KINDS and path.exists()]


@pytest.mark.parametrize("pattern", PHRASES)
def test_a_phrase_is_nowhere(pattern):
    found = []
    for path in files():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if len(line) < 5000 and re.search(pattern, line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert not found, f"write {PHRASES[pattern]!r}:\n" + "\n".join(found)
