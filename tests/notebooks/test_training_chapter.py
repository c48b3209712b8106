"""The chapter on training: its table is the benchmark's, its PyTorch code runs and is right."""

import importlib
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from cnnlib.data import load_digits
from cnnlib.nn.digit_networks import cnn
from cnnlib.nn.training_runs import training_runs

ROOT = Path(__file__).parent.parent.parent
CELLS = nbformat.read(ROOT / "notebooks" / "15_training.ipynb", as_version=4).cells
SOURCES = {cell.id: cell.source for cell in CELLS}


def test_table_is_that_of_the_benchmark():
    report = (ROOT / "benchmarks" / "mnist.md").read_text(encoding="utf-8")
    rows = [line for line in report.splitlines() if line.startswith("|")]
    assert len(rows) == 4
    assert "\n".join(rows) in SOURCES["cell-mnist"]
    (command,) = re.findall(r"Made by `(.*?)`", report)
    assert command in SOURCES["cell-mnist"]
    assert (ROOT / command.split()[1]).is_file()


def test_goals_on_mnist_are_met():
    """FNN at most 2.0 %, CNN at most 0.9 % in at most 5 minutes: as measured by the benchmark."""
    report = (ROOT / "benchmarks" / "mnist.md").read_text(encoding="utf-8")
    cells = {
        line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[1:-1]]
        for line in report.splitlines()
        if line.startswith(("| FNN", "| CNN"))
    }
    for name, goal in (("FNN", 2.0), ("CNN", 0.9)):
        errors = [float(each) for each in cells[name][4].split(", ")]
        assert len(errors) == 3, "three seeds of each"
        assert np.mean(errors) <= goal
        assert first_number(cells[name][5]) == pytest.approx(np.mean(errors), abs=0.006)
    assert first_number(cells["CNN"][6]) <= 300


def test_a_new_report_changes_its_own_table_only(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    mnist = importlib.import_module("mnist")
    chapter = tmp_path / "chapter.ipynb"
    chapter.write_bytes((ROOT / "notebooks" / "15_training.ipynb").read_bytes())
    monkeypatch.setattr(mnist, "HERE", tmp_path)
    monkeypatch.setattr(mnist, "CHAPTER", chapter)
    runs = {"FNN": [(1.5, 40.0)] * 3, "CNN": [(1.25, 301.0)] * 3}
    mnist.write(mnist.report(runs, 3, None, "a test"))
    (cell,) = (c for c in nbformat.read(chapter, as_version=4).cells if c.id == "cell-mnist")
    before, after = SOURCES["cell-mnist"].splitlines(), cell.source.splitlines()
    assert len(before) == len(after)
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 2
    assert "1.50\u00a0% (≤\u00a02.0\u00a0%)" in changed[0]
    assert "**1.25\u00a0%** (≤\u00a00.9\u00a0%)" in changed[1]
    assert "**301\u00a0s** (≤\u00a0300\u00a0s)" in changed[1]


def test_percentages_of_the_text_are_those_of_the_recorded_runs():
    """Of each claim about the four tests and the rates: the mean, to one decimal."""
    text = SOURCES["cell-compare3"] + SOURCES["cell-rates2"]
    runs = training_runs("tests")
    said = [
        runs[test][kind]["test"]
        for test, kind in (
            *(("centred", kind) for kind in ("FNN", "CNN", "CNN, global pooling")),
            *(("pixels shuffled", kind) for kind in ("FNN", "CNN, global pooling")),
            ("trained centred, tested shifted", "CNN"),
            *(("anywhere", kind) for kind in ("FNN", "CNN", "CNN, global pooling")),
        )
    ]
    said += [runs["anywhere"][kind]["train"] for kind in ("FNN", "CNN")]
    said += training_runs("rates")["0.01"].values()
    for values in said:
        assert f"{100 * values.mean():.1f}" in text
    counts = [training_runs("edges")[when].sum() for when in ("before", "after")]
    assert f"{counts[0]} before, by luck, and {counts[1]} after" in SOURCES["cell-q-sobel"]


def first_number(cell: str) -> float:
    return float(re.search(r"[\d.]+", cell)[0])


def test_pytorch_code_of_the_chapter_gives_equal_scores(capsys):
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    (block,) = re.findall(r"```python\n(.*?)```", SOURCES["cell-torch"], re.DOTALL)
    names = {"np": np, "side": 8, "model": cnn(3, 8), "test": load_digits("test")}
    torch.set_num_threads(1)
    try:
        exec(block, names)
    finally:
        torch.set_num_threads(threads)
    assert capsys.readouterr().out == "equal scores: True\n"
    names["model"].parameters()[2].value[0, 0, 0, 0] += 0.1
    changed = names["model"].predict(names["test"][0])
    assert not np.allclose(names["scores"], changed, atol=1e-4), "the comparison can fail"
