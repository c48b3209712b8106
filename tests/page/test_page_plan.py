"""What runs before a cell: enough for its numbers, and not a figure or a training more."""

import json
import re
from pathlib import Path

import page_imports
import pytest
from page_plan import plan

ROOT = Path(__file__).parent.parent.parent


def texts(*cells: str) -> list[str]:
    return [unit.text for unit in plan(cells, len(cells) - 1)]


@pytest.mark.parametrize(
    ("above", "cell", "needed"),
    [
        (["x = 1", "y = 2", "print(x)"], "y", ["y = 2"]),
        (["x = [1]", "x.append(2)", "len('x')"], "x", ["x = [1]", "x.append(2)"]),
        (["x = 1", "x = x + 1"], "x", ["x = 1", "x = x + 1"]),
        (["x = 1"], "x = 2\nx", []),
        (["x = 1"], "x += 2", ["x = 1"]),
        (["x = 1"], "def f(x):\n    return x", []),
        (["x = 1"], "def f(y):\n    return x", ["x = 1"]),
        (["x = 1"], "[x for x in range(3)]", []),
        (["n = 3"], "[x for x in range(n)]", ["n = 3"]),
        (["k = 1"], "lambda k: k", []),
        (["i = 1", "total = 0"], "for i in range(3):\n    total = total + i", ["total = 0"]),
        (["a = 1"], "if True:\n    a = 2\na", ["a = 1"]),
        (["import os, math as m"], "m.pi", ["import math as m"]),
        (["from a import b, c"], "c", ["from a import c"]),
        (["import a", "a.go()"], "a", ["import a"]),
        (["def f():\n    return 1", "f()"], "f", ["def f():\n    return 1"]),
        (["x = 1", "print(print)"], "print(x)", ["x = 1"]),
        (["x ="], "x", []),
    ],
)
def test_what_is_needed_runs_and_nothing_else(above, cell, needed):
    assert texts(*above, cell) == needed


def notebooks() -> list[tuple[str, ...]]:
    books = [json.loads(path.read_text("utf-8")) for path in (ROOT / "notebooks").glob("*.ipynb")]
    return [
        tuple("".join(c["source"]) for c in book["cells"] if c["cell_type"] == "code")
        for book in books
    ]


def test_an_exercise_waits_for_no_other_cell_and_no_package_but_numpy(monkeypatch):
    monkeypatch.setattr(page_imports, "_is_here", lambda name: False)
    exercises = 0
    for cells in notebooks():
        for at, cell in enumerate(cells):
            if re.search(r"^check\(", cell, re.MULTILINE):
                exercises += 1
                needed = plan(cells, at)
                assert all(unit.is_import for unit in needed), cell
                assert page_imports.missing("\n".join(unit.text for unit in needed)) == ["numpy"]
    assert exercises > 60


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("import numpy as np", ["numpy"]),
        ("import cnnlib", ["numpy"]),
        ("from cnnlib import figures, formulas", ["matplotlib", "numpy"]),
        ("from cnnlib import formulas", ["numpy"]),
        ("import cnnlib.data.mnist", ["numpy"]),
        ("import json, no_such_package.part", ["no_such_package"]),
        ("from no_such_package import (\n    a,\n    b as c,\n)", ["no_such_package"]),
        ("def f():\n    import no_such_package", ["no_such_package"]),
        ("print('import numpy')", []),
    ],
)
def test_packages_that_a_cell_needs(monkeypatch, code, missing):
    monkeypatch.setattr(page_imports, "_is_here", lambda name: False)
    assert page_imports.missing(code) == missing


def test_what_is_here_is_not_asked_for():
    assert page_imports.missing("import numpy, cnnlib.figures") == []
