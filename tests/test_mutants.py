"""The mutants of tools/mutants.py still fit the code (running them takes long: make mutants)."""

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
