"""Plant mistakes in the widgets' arithmetic, one at a time, and see whether the comparisons notice.

    python tools/mutate_js.py            # all that computes: js/arithmetic and some of js/parts
    python tools/mutate_js.py stacks     # one module

Every operator and small number of the code is changed once, and the comparisons of that module are
run. (Stryker would do the same by way of a hundred packages and a process of pytest a mistake.)
What is printed at the end was noticed by nobody. For the views, which need a page, there is
mutate_pages.py.
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

from tests.widgets.arithmetic import NEEDS_A_PAGE, PURE, cases, notice  # noqa: E402

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


#: Changes that change no result: module, what is changed, and a part of the line.
NO_MISTAKES = [
    # past the end of a typed array nothing is written, and nothing there is larger
    *(("digit-network", " < ", f"{name} < ") for name in ("i", "j")),
    *(("images", " < ", f"{name} < ") for name in ("i", "j", "at", "channel")),
    *(("shifts", " < ", f"{name} < ") for name in ("i", "j", "at")),
    ("edges", " < ", "i < rows * size"),
    *(("layers", " < ", f"{name} < ") for name in ("map", "r", "n", "k", "at")),
    ("first-weights", " < ", "from < images.length"),
    ("training", " < ", "i < value.length"),
    *(("upsampling", old, "top + u < 0 || top + u >= rows") for old in (" || ", " + ", " >= ")),
    # a start that the first step replaces, or that no step reads
    ("digit-network", "0", "new Float32Array(0)"),
    ("network", "0", "let before = {"),
    ("shifts", "1", "let at = 1"),
    ("first-weights", " > ", "at > 0; at--"),
    ("first-weights", "0", "[0, 0].map("),
    ("first-weights", "1", "channels = 1, filters = 1, kernel = 1"),
    ("block", " > ", "count > 1 ?"),
    *(("block", old, "/ (count - 1) : 0") for old in "10"),
    # both ways lead to the same number: −0 is 0, x/1 is x, |−x| is |x|, 180° is −180°
    ("convolution", " + ", "+ 0; // + 0 turns −0 into 0"),
    *(("images", old, "if (divisor !== 1) for") for old in "1"),
    ("images", "0", "Math.abs(value) / most : 0"),
    ("images", " < ", "value < 0 ?"),
    ("edges", "false", "flipped: false"),
    *(("positions", old, 'value < 0 ? "negative"') for old in (" < ", "0")),
    ("motion", " < ", "moment < PHASES.lift"),
    ("motion", " < ", "lifted < 0.6"),
    ("motion", " - ", "ease(moment) - 1"),
    ("layers", " <= ", "end <= first"),
    ("layers", "0", "if (d === 0) continue"),
    ("training", " > ", "at > lowest"),
    # how many samples are taken at once changes no number
    *(("training", old, "Math.ceil(PART /") for old in ("Math.ceil", " / ", " * ")),
    *(("training", old, "Math.min(most * each, x.length)") for old in (" === ", "Math.min")),
    ("training", " < ", "from < count"),
    *(("training", old, "if (parts.length < 2)") for old in (" < ", "2")),
    *(("training", old, "(at + 1) * size") for old in ("Math.min", " + ", "1", " * ")),
    ("training", "Math.ceil", "Math.ceil(x.length / size)"),
    ("training", " === ", "? sampleParts(layer, kept) : []"),
    # what comes in is never so: no products, a kernel that fits
    ("motion", "1", "products.length || 1"),
    ("motion", "1", "x - to.x || 1"),
    *(("readout", old, "dilation > 1") for old in (" > ", "1")),
]


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
    spared = [match.span() for match in _COMMENT.finditer(text)]
    for name in NEEDS_A_PAGE:
        module, own = name.split(".")
        if module == path.stem:
            whole = rf"^export (?:function {own}\(.*?^}}|const {own} = [^\n]*)"
            found = re.search(whole, text, re.DOTALL | re.MULTILINE)
            assert found, name
            spared.append(found.span())
    for match in _WHAT.finditer(text):
        start, end = match.span()
        before, after = text[:start], text[end:]
        named = match[0] in ("stride", "dilation")
        if any(a <= start < b for a, b in spared) or (named and _names(before, after)):
            continue
        line = before.count("\n")
        code = text.split("\n")[line].strip()
        known = (
            module == path.stem and old == match[0] and part in code
            for module, old, part in NO_MISTAKES
        )
        if code.startswith("import ") or any(known):
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
