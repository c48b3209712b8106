"""Plant mistakes in the widgets' arithmetic, one at a time, and see whether the comparisons notice.

    python tools/mutate_js.py            # all of js/arithmetic
    python tools/mutate_js.py stacks     # one module

Every operator and small number of the code is changed once, and the comparisons of that module are
run. (Stryker would do the same by way of a hundred packages and a process of pytest a mistake.)
What is printed at the end was noticed by nobody. Some of it changes no result, as a loop that
writes past the end of a typed array: read it, there is no verdict.
"""

import os
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.widgets.arithmetic import PURE, cases, notice  # noqa: E402

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


def main() -> None:
    """Plant all mistakes; say which nobody notices."""
    wanted = sys.argv[1:]
    paths = [path for path in PURE if not wanted or path.stem in wanted]
    planted = [mistake for path in paths for mistake in mistakes(path)]
    made = cases()

    def is_noticed(mistake: Mistake) -> bool:
        own = [case for case in made if case.name.startswith(f"{mistake.module}.")]
        return notice(mistake.module, mistake.text, own) is not None

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        noticed = list(threads.map(is_noticed, planted))
    missed = [mistake for mistake, seen in zip(planted, noticed, strict=True) if not seen]
    for module, line, code, old, _ in missed:
        print(f"{module}.js:{line}: {old.strip()!r} in {code}")
    print(f"{len(planted)} mistakes planted, {len(missed)} noticed by nobody")


if __name__ == "__main__":
    main()
