"""The mutants of tools/mutants.py still fit the code, and the table is of these mutants.

Running them takes long: `make mutants` does it and writes the table, tests/mutants.md.
"""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def mutants():
    path = ROOT / "tools" / "mutants.py"
    spec = importlib.util.spec_from_file_location("mutants", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.MUTANTS


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.mistake)
def test_mutant_can_be_made(mutant):
    text = (ROOT / "cnnlib" / f"{mutant.module}.py").read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1
    compile(text.replace(mutant.old, mutant.new), mutant.module, "exec")


def test_the_table_is_of_these_mutants_and_all_are_noticed():
    text = (ROOT / "tests" / "mutants.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    assert [(row[0].strip("`"), row[1]) for row in rows] == [
        (mutant.module, mutant.mistake) for mutant in mutants()
    ], "run `make mutants` again"
    assert len(rows) >= 40
    assert all("none" not in test for _, _, test, _ in rows), "the unit tests must notice all"
    assert sum(notebook.endswith(".ipynb") for *_, notebook in rows) >= 30
