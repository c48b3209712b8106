"""Plant mistakes in the widgets' views, one at a time, and see whether the site's tests notice.

    python tools/mutate_pages.py            # all; after `make book`, some ten minutes
    python tools/mutate_pages.py chain      # those of one module

What computes has no page and is changed operator by operator (mutate_js.py). What draws, speaks
and listens needs a browser: so here the mistakes are chosen, each one that somebody could make.
They are planted in a copy of the built site. What nobody notices is printed at the end.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
JS = ROOT / "cnnlib" / "widgets" / "js"
SITE = "_build/html"
#: By which tests a mistake of each module is noticed.
TESTS = {
    "chain": "test_chain.py -k number|what|sums",
    "edge-pooling": "test_edge_pooling.py -k not|code",
    "checkerboard": "test_checkerboard.py -k not|code",
    "shifted-photo": "test_shifted_photo.py -k not|code",
    "network-builder": "test_network_builder.py -k layer",
    "receptive-field": "test_receptive_field.py",
    "parts/link": "test_kept_state.py",
    "parts/play": "test_explorer_motion.py",
}


class Mistake(NamedTuple):
    """A change of a module: what stands there, and what somebody wrote by mistake."""

    module: str
    right: str
    wrong: str


MISTAKES = [
    Mistake("chain", "return step <= position;", "return step < position;"),
    Mistake("chain", ">= Math.max(1, last);", "> Math.max(1, last);"),
    Mistake("chain", "if (at > look.position)", "if (at > look.position + 1)"),
    Mistake("chain", "STEP_OF[gradient] <= look.position", "STEP_OF[gradient] < look.position"),
    Mistake("chain", "in step ${STEP_OF[gradient] + 1}", "in step ${STEP_OF[gradient]}"),
    Mistake("chain", "(to.row <= row ? at + 1 : found)", "(to.row < row ? at + 1 : found)"),
    Mistake("edge-pooling", "(row + SPARE - down)", "(row + SPARE + down)"),
    Mistake("edge-pooling", "wide + SPARE - right;", "wide + SPARE + right;"),
    Mistake("edge-pooling", "Math.floor(get(name) / size)", "Math.ceil(get(name) / size)"),
    Mistake("edge-pooling", "i * now.max.columns + j;", "j * now.max.columns + i;"),
    Mistake("edge-pooling", "{ row: i, column: j, size: 1 }", "{ row: j, column: i, size: 1 }"),
    Mistake("edge-pooling", "column: j * side, size: side", "column: j * side, size: 1"),
    Mistake("edge-pooling", "column: column * scale() }", "column }"),
    Mistake("edge-pooling", "nudge(to[0] - from[0], to", "nudge(from[0] - to[0], to"),
    Mistake("edge-pooling", "Math.min(SPARE, model", "Math.min(SPARE - 1, model"),
    Mistake("edge-pooling", "flat.indexOf(Math.max", "flat.lastIndexOf(Math.max"),
    Mistake("checkerboard", "stride ** 2 / (total || 1)", "stride / (total || 1)"),
    Mistake("checkerboard", "row % stride) * stride +", "column % stride) * stride +"),
    Mistake("checkerboard", "u % stride === row && v", "u % stride === row || v"),
    Mistake("checkerboard", "stride, stride - 1)", "stride, stride)"),
    Mistake("checkerboard", ": size % stride", ": stride % size"),
    Mistake("checkerboard", "P[${row % stride}, ${column", "P[${row}, ${column"),
    Mistake("checkerboard", 'model.get("position") + by', 'model.get("position") - by'),
    Mistake("checkerboard", "counted((a + 1) ** 2,", "counted((a + 1) * 2,"),
    Mistake("shifted-photo", "[ROOM - rows, ROOM - columns]", "[ROOM + rows, ROOM - columns]"),
    Mistake("shifted-photo", "column: column * stride, size: 3", "column, size: 3"),
    Mistake("shifted-photo", "at[0] - last[0], at[1]", "last[0] - at[0], at[1]"),
    Mistake("shifted-photo", "(full.rows - 1) / stride", "full.rows / stride"),
    Mistake("shifted-photo", "Math.round(by / stride)", "Math.floor(by / stride)"),
    Mistake("shifted-photo", "step * stride ===", "step ==="),
    Mistake("shifted-photo", "Math.floor(at / pool)", "Math.ceil(at / pool)"),
    Mistake("network-builder", "(i === at ? at - 1 : i", "(i === at ? at + 1 : i"),
    Mistake("network-builder", "at + 1), ...rows.slice(at)]", "at), ...rows.slice(at)]"),
    Mistake("network-builder", "filter((_, i) => i !== at)", "filter((_, i) => i === at)"),
    Mistake("network-builder", "Math.min(seen, side)", "Math.max(seen, side)"),
    Mistake("network-builder", "put(c + 1, value)", "put(c, value)"),
    Mistake("network-builder", "layers.length === 12)", "layers.length === 11)"),
    Mistake("network-builder", "(92 * shape.side) / tallest", "(92 * shape.side) / side / 2"),
    Mistake("network-builder", "/ most[c - 1] : 0", "* most[c - 1] : 0"),
    Mistake("receptive-field", "unitNear(viewOf(state, level), pixel)", "pixel"),
    Mistake("receptive-field", "active.column * own.jump +", "active.column +"),
    Mistake("receptive-field", "row: start + row * jump,", "row: start + row,"),
    Mistake("receptive-field", "counts[first - 1] <= units", "counts[first - 1] < units / 2"),
    Mistake("receptive-field", "const lost = size - seen;", "const lost = seen - size;"),
    Mistake("receptive-field", "(before && moment < 1)", "(before && moment > 1)"),
    Mistake("receptive-field", "while (larger <= most.input &&", "while (larger < input &&"),
    Mistake("parts/link", "if (now === first) session", "if (now !== first) session"),
    Mistake("parts/link", "if (kept && !stateIn(key, location.hash))", "if (kept)"),
    Mistake("parts/link", "`cnn ${location.pathname} ${key}`", "`cnn ${key}`"),
    Mistake("parts/link", "else sessionStorage.setItem(place, now);", "else void now;"),
    Mistake("parts/play", "position + 1 >= count && moment >= 1 ? 0", "position < 0 ? 0"),
    Mistake("parts/play", "stepTo(position - 1)", "stepTo(position + 1)"),
    Mistake("parts/play", "Math.min(count - 1, to)", "Math.min(count - 2, to)"),
    Mistake("parts/play", "stepTo(position, at / MOMENTS)", "stepTo(position, 1)"),
    Mistake("parts/play", "run(Math.max(0, rest - DEMO + 1), rest,", "run(0, rest - 1,"),
    Mistake("parts/play", "(running || lessMotion() || count", "(running || count"),
]


def plant(mistake: Mistake, pages: list[Path]) -> dict[Path, str]:
    """Change all pages that carry the code; return what stood there."""
    source = (JS / f"{mistake.module}.js").read_text(encoding="utf-8")
    if source.count(mistake.right) != 1:
        raise SystemExit(f"{mistake.module}.js does not have once: {mistake.right}")
    old, new = (json.dumps(code)[1:-1] for code in mistake[1:])
    kept = {page: page.read_text(encoding="utf-8") for page in pages}
    kept = {page: text for page, text in kept.items() if old in text}
    if not kept:
        raise SystemExit(f"no page carries: {mistake.right}")
    for page, text in kept.items():
        page.write_text(text.replace(old, new), encoding="utf-8")
    return kept


def notices(mistake: Mistake, copy: Path) -> bool:
    """Whether a test fails on the site of the copy."""
    file, *which = TESTS[mistake.module].split(" ", 2)
    which = [word.replace("not|", "not ").replace("|", " or ") for word in which]
    command = ["-m", "pytest", "-qx", "-o", "addopts=", f"tests/site/{file}", *which]
    done = subprocess.run([sys.executable, *command], cwd=copy, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stdout.decode() + done.stderr.decode())
    return done.returncode == 1


def main() -> None:
    """Plant each mistake in a copy of the repository with its site; say what nobody notices."""
    if not (ROOT / SITE / "index.html").exists():
        raise SystemExit("the book is not built: make book")
    wanted = sys.argv[1:]
    planted = [one for one in MISTAKES if not wanted or one.module in wanted]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        leave = shutil.ignore_patterns("node_modules", ".git", ".venv", "_build", ".*_cache")
        shutil.copytree(ROOT, copy, ignore=leave)
        shutil.copytree(ROOT / SITE, copy / SITE, ignore=shutil.ignore_patterns("lite"))
        pages = sorted((copy / SITE).rglob("*.html"))
        missed = []
        for mistake in planted:
            kept = plant(mistake, pages)
            seen = notices(mistake, copy)
            print("noticed  " if seen else "UNNOTICED", *mistake, sep="  ", flush=True)
            missed += [] if seen else [mistake]
            for page, text in kept.items():
                page.write_text(text, encoding="utf-8")
    print(f"{len(planted)} mistakes planted, {len(missed)} noticed by nobody")


if __name__ == "__main__":
    main()
