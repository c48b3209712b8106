"""Plant mistakes in the widgets' arithmetic, one at a time, and see whether the comparisons notice.

    python tools/mutate_js.py            # all of js/arithmetic
    python tools/mutate_js.py stacks     # one module

Every operator and small number of the code is changed once. (Stryker does the same by way of a
hundred packages and a process a mistake.) Exit code 1 if a mistake goes unnoticed that is not in
`EQUAL`.
"""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.widgets.arithmetic import FOLDER, Case, agrees, cases, run  # noqa: E402

#: What each operator becomes. Longer ones come first, for a shorter one may be a part of them.
SWAPS = {
    " === ": " !== ",
    " !== ": " === ",
    " >= ": " > ",
    " <= ": " < ",
    " += ": " -= ",
    " -= ": " += ",
    " *= ": " /= ",
    " && ": " || ",
    " || ": " && ",
    " + ": " - ",
    " - ": " + ",
    " * ": " / ",
    " / ": " * ",
    " % ": " * ",
    " < ": " <= ",
    " > ": " >= ",
    "Math.floor": "Math.ceil",
    "Math.ceil": "Math.floor",
    "Math.max": "Math.min",
    "Math.min": "Math.max",
    "true": "false",
    "false": "true",
    "stride": "1",
    "dilation": "1",
    "0": "1",
    "1": "0",
    "2": "3",
}
_WHAT = re.compile(
    "|".join(rf"\b{re.escape(w)}\b" if w[0].isalnum() else re.escape(w) for w in SWAPS)
)
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
#: Mistakes that change no result, with the reason: module, the line, what is changed in it.
EQUAL: dict[tuple[str, str, str], str] = {}


class Mistake(NamedTuple):
    """One change of a module: where, what, and the whole text with it."""

    module: str
    line: int
    code: str
    old: str
    text: str


def mistakes(path: Path) -> Iterator[Mistake]:
    """Yield every mistake that can be planted in a module."""
    text = path.read_text(encoding="utf-8")
    comments = [match.span() for match in _COMMENT.finditer(text)]
    for match in _WHAT.finditer(text):
        start, end = match.span()
        before, after = text[:start], text[end:]
        named = match[0] in ("stride", "dilation")
        if any(a <= start < b for a, b in comments) or (named and _names(before, after)):
            continue
        line = before.count("\n")
        code = text.split("\n")[line].strip()
        if code.startswith("import "):
            continue
        new = before + SWAPS[match[0]] + after
        yield Mistake(path.stem, line + 1, code, match[0], new)


def _names(before: str, after: str) -> bool:
    """Whether a word is taken out of an object or put into one, not computed with."""
    return bool(re.search(r"[.{,]\s*$", before)) or after[:1] in ":,}" or after[:2] == " }"


def notice(mistake: Mistake, made: list[Case]) -> str | None:
    """Return the function whose comparison notices the mistake, or None."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "arithmetic"
        shutil.copytree(FOLDER, folder)
        (folder / f"{mistake.module}.js").write_text(mistake.text, encoding="utf-8")
        try:
            results = run(made, folder)[1]
        except Exception as error:  # it does not even load, or never ends
            return type(error).__name__
    for case, result in zip(made, results, strict=True):
        if not agrees(result.get("value"), case.expected):
            return case.name
    return None


def main() -> int:
    """Plant all mistakes; say which nobody notices."""
    wanted = sys.argv[1:]
    paths = [path for path in sorted(FOLDER.glob("*.js")) if not wanted or path.stem in wanted]
    planted = [mistake for path in paths for mistake in mistakes(path)]
    made = cases()
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        noticed = list(threads.map(lambda mistake: notice(mistake, made), planted))
    missed = [
        mistake
        for mistake, by in zip(planted, noticed, strict=True)
        if by is None and (mistake.module, mistake.code, mistake.old) not in EQUAL
    ]
    for module, line, code, old, _ in missed:
        print(f"{module}.js:{line}: {old.strip()!r} in {code}")
    print(f"{len(planted)} mistakes planted, {len(missed)} noticed by nobody")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
