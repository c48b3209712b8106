"""Make each mistake of `tools/mutants.py` in a copy of the course and see who notices.

    python tools/mutate.py              # all, two at a time; writes tests/mutants.md
    python tools/mutate.py pooling      # those of one module, and write nothing
    python tools/mutate.py --no-notebooks

Exit code 1 if the unit tests miss a mutant, or the notebooks alone notice fewer than 30.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from mutants import MUTANTS, Mutant

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "tests" / "mutants.md"
#: How many of them the notebooks alone must notice.
BY_NOTEBOOKS = 30
#: What a copy of the course needs for its tests.
NEEDED = ("cnnlib", "tests", "notebooks", "tools", "benchmarks", "pyproject.toml")


class Result(NamedTuple):
    """Who noticed a mutant: the first failing test and the first failing notebook, or none."""

    mutant: Mutant
    test: str | None
    notebook: str | None


def copy_with(mutant: Mutant | None, folder: Path) -> None:
    """Copy the course into `folder`, with the mistake in it."""
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, folder / name)
    if mutant:
        path = folder / "cnnlib" / f"{mutant.module}.py"
        text = path.read_text(encoding="utf-8")
        if text.count(mutant.old) != 1:
            raise ValueError(f"{mutant.old!r} stands {text.count(mutant.old)} times in {path.name}")
        path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")


def first_failure(folder: Path, *arguments: str) -> str | None:
    """Run pytest in `folder` until something fails, and return its name, or None."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    run = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(
        run, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return None
    if done.returncode not in (1, 2):  # 2: a module could not even be imported
        raise RuntimeError(f"pytest did not run:\n{done.stdout}\n{done.stderr}")
    for line in done.stdout.splitlines():
        if line.startswith(("FAILED ", "ERROR ")):
            return line.split()[1]
    return "an error while collecting"


def judge(mutant: Mutant, with_notebooks: bool) -> Result:
    """Return who notices `mutant`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_with(mutant, folder)
        plain = ("-o", "addopts=--doctest-modules")
        # the tests that carry the module's name first, for they are the quickest to notice
        own = [
            f"tests/library/{path.name}" for path in (folder / "tests/library").glob("test_*.py")
        ]
        own.sort(key=lambda path: mutant.module not in path)
        test = first_failure(folder, *plain, f"cnnlib/{mutant.module}.py", *own)
        notebook = None
        if with_notebooks:
            paths = sorted((folder / "notebooks").glob("*.ipynb"))
            paths.sort(key=lambda path: not path.name.startswith(mutant.chapter))
            for path in paths:
                if first_failure(folder, "-o", "addopts=--nbval", f"notebooks/{path.name}"):
                    notebook = path.name
                    break
    print(f"{mutant.module}: {mutant.mistake}\n    {test}\n    {notebook}", flush=True)
    return Result(mutant, test, notebook)


def table(results: list[Result]) -> str:
    """Return the results as a page."""
    by_tests = sum(result.test is not None for result in results)
    by_notebooks = sum(result.notebook is not None for result in results)
    lines = [
        "# Mutants",
        "",
        "Written by `make mutants`. Each line is a mistake that the script makes in a copy of",
        "`cnnlib`, with the first test and the first notebook that notice it. The notebooks are",
        "asked on their own, by nbval.",
        "",
        f"{len(results)} mutants: the unit tests notice {by_tests}, the notebooks {by_notebooks}.",
        "",
        "| module | mistake | first test | first notebook |",
        "|---|---|---|---|",
    ]
    for mutant, test, notebook in results:
        short = (test or "**none**").rsplit("/", 1)[-1].split("[")[0]
        lines.append(f"| `{mutant.module}` | {mutant.mistake} | {short} | {notebook or '–'} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Judge the mutants and say what was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", help="only the mutants of these modules")
    parser.add_argument("--no-notebooks", action="store_true", help="ask the unit tests only")
    options = parser.parse_args()
    chosen = [m for m in MUTANTS if not options.modules or m.module in options.modules]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda m: judge(m, not options.no_notebooks), chosen))
    print(table(results))
    missed = [result.mutant for result in results if result.test is None]
    enough = sum(result.notebook is not None for result in results) >= BY_NOTEBOOKS
    if len(chosen) == len(MUTANTS) and not options.no_notebooks:
        TABLE.write_text(table(results), encoding="utf-8")
        return int(bool(missed) or not enough)
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
