"""The report on a class, from simulated classes, broken files and doubled ones."""

import json
import math

import numpy as np
import pytest
from scipy.stats import pointbiserialr

from cnnlib.class_report import class_report, main


def hand_in(folder, file, name, answers, **more):
    content = {"course": "cnnlib", "format": 1, "name": name, "answers": answers, **more}
    (folder / file).write_text(json.dumps(content), encoding="utf-8")


def entry(first, solved=True, slips=None):
    return {
        "tries": 1 if first else 2,
        "solved": [0] * solved,
        "first": first,
        "slips": slips or {},
    }


def test_a_simulated_class_gets_the_figures_of_scipy(tmp_path):
    rng = np.random.default_rng(3)
    skill, hard = rng.normal(size=60), np.linspace(-1.5, 1.5, 8)
    right = rng.random((60, 8)) < 1 / (1 + np.exp(hard - 2 * skill[:, None]))
    tried = rng.random((60, 8)) < 0.9
    for n in range(60):
        answers = {
            f"sizes/{k}": entry(bool(right[n, k]), slips={} if right[n, k] else {"Slip.": 1})
            for k in range(8)
            if tried[n, k]
        }
        hand_in(tmp_path, f"{n}.json", f"Learner {n}", answers)
    report = class_report(tmp_path)
    assert report.problems == {}
    assert {file: solved for file, (_, solved) in report.marks.items()} == {
        f"{n}.json": tried[n].sum() for n in range(60)
    }
    for k in range(8):
        who = tried[:, k]
        others = (right & tried).sum(axis=1)[who] - right[who, k]
        item = report.items[f"sizes/{k}"]
        assert item.tried == item.solved == who.sum()
        assert math.isclose(item.facility, right[who, k].mean())
        assert math.isclose(item.discrimination, pointbiserialr(right[who, k], others)[0])
    assert report.items["sizes/0"].facility > report.items["sizes/7"].facility


def test_the_most_frequent_mistake_is_named(tmp_path):
    hand_in(tmp_path, "a.json", "A", {"x": entry(False, slips={"One.": 1, "Two.": 2})})
    hand_in(tmp_path, "b.json", "B", {"x": entry(False, False, slips={"One.": 2})})
    item = class_report(tmp_path).items["x"]
    assert (item.mistake, item.tried, item.solved, item.facility) == ("One.", 2, 1, 0)
    assert math.isnan(item.discrimination)


def test_broken_and_doubled_files_are_named_and_none_is_lost(tmp_path, capsys):
    (tmp_path / "sub").mkdir()
    hand_in(tmp_path, "a.json", "Ada", {"x": entry(True)})
    hand_in(tmp_path / "sub", "a.json", "Ada", {"x": entry(True)})
    hand_in(tmp_path, "c.json", " ada ", {"x": entry(False)})
    hand_in(tmp_path, "d.json", "", {"x": entry(True)})
    broken = {
        "cut.json": '{"course": "cnn',
        "list.json": "[1]",
        "deep.json": "[" * 100_000,
        "other.json": '{"course": "biology"}',
        "new.json": '{"course": "cnnlib", "format": 2}',
        "bare.json": '{"course": "cnnlib", "format": 1}',
        "tries.json": '{"course": "cnnlib", "format": 1, "answers": {"x": {"tries": true}}}',
        "slips.json": '{"course": "cnnlib", "format": 1, "answers": '
        '{"x": {"tries": 1, "solved": [], "slips": {"a": -1}}}}',
    }
    for file, text in broken.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    report = class_report(tmp_path)
    assert set(report.marks) == {"a.json", "c.json", "d.json"}
    left_out = {file for file, why in report.problems.items() if why.startswith("left out")}
    assert left_out == {*broken, "bytes.json"}
    assert report.problems["sub/a.json"] == "counted once: the same as a.json"
    assert "2 files have the name" in report.problems["a.json"]
    assert "no name" in report.problems["d.json"]
    assert main([str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "can be forged" in printed
    assert all(f"\n{file}: " in printed for file in report.problems)


def test_no_folder_is_refused_with_a_sentence(tmp_path, capsys):
    with pytest.raises(ValueError, match="must be a folder"):
        class_report(tmp_path / "none")
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
    assert class_report(tmp_path).items == {}
