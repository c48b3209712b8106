"""The hub for a class: its tables, its values, and the record of the trial agree.

The trial itself is `make hub`. The chart's schema is not kept here (it is the chart's): to hold the
values against it, name the folder jupyterhub/ of a copy of zero-to-jupyterhub-k8s in CNNLIB_CHART.
"""

import json
import os
import re
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
sys.path.insert(0, str(DEPLOY))
import tables  # noqa: E402

MEASURED = json.loads((DEPLOY / "measured.json").read_text(encoding="utf-8"))
VALUES = yaml.safe_load((DEPLOY / "zero-to-jupyterhub.yaml").read_text(encoding="utf-8"))


def learner(chapter, first, second, server=(100, 8), home=20):
    """What one learner cost: (MB, s, s until the chapter was there) of both visits."""
    visits = {
        name: dict(zip(("kernel_mb", "kernel_s", "open_s"), visit, strict=True))
        for name, visit in (("first", first), ("second", second))
    }
    server_mb, server_s = server
    more = {"server_mb": server_mb, "server_s": server_s, "home_mb": home}
    return {"chapter": f"{chapter}.ipynb", **visits, **more}


#: Three learners, from whom the tests count by hand.
SMALL = {
    "hub_s": 9.0,
    "proxy_s": 3.0,
    "learners": {
        "a": learner("01_a", (110, 4.0, 30), (120, 2.0, 3)),
        "b": learner("01_a", (115, 6.0, 40), (90, 8.0, 2), server=(150, 12), home=24),
        "c": learner("02_b", (80, 1.0, 20), (70, 2.0, 4)),
    },
}


def test_costs_are_those_counted_by_hand():
    assert tables.kernels(SMALL) == {"01_a": (120, 5.0), "02_b": (80, 1.0)}
    assert tables.costs(SMALL) == {
        "server_mb": 150,
        "server_s": 4.0,  # the median of 8, 8, 12, for two visits
        "kernel_mb": 120,
        "chapter_s": 3.0,
        "longest_s": 5.0,
        "home_mb": 24,
        "hub_s": 1.5,  # 9 s for six visits
    }
    assert tables.waits(SMALL) == {"first": 30, "first_most": 40, "second": 3, "second_most": 4}


def test_sizes_are_those_counted_by_hand(monkeypatch):
    monkeypatch.setattr(tables, "share", lambda: (0.4, 0.1))
    assert tables.sizes(SMALL)[2:] == [
        "| 10 | 4.0 | 1 | 0.24 | 1 |",
        "| 1,000 | 400 | 100 | 24 | 1 |",
        "| 100,000 | 40,000 | 10,000 | 2,400 | 42 |",  # 100,000 * 1.5 s in hours: 41.7
    ]


def test_share_is_that_of_the_values():
    memory = VALUES["singleuser"]["memory"]["guarantee"]
    assert memory == "384M"  # then by hand: 384 * 1024 * 1024 bytes
    assert tables.share() == (0.402653184, 0.1)


@pytest.mark.parametrize("name", ["measured.md", "sizes.md"])
def test_tables_are_made_from_the_record(name):
    assert (DEPLOY / name).read_text(encoding="utf-8") == tables.tables(MEASURED)[name]


def test_trial_was_that_of_which_the_page_tells():
    learners = MEASURED["learners"].values()
    assert len(learners) == 20
    chapters = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {one["chapter"] for one in learners} == chapters
    assert all(one[visit]["kernel_s"] > 0 for one in learners for visit in ("first", "second"))
    for package in ("jupyterhub", "nbgitpuller", "configurable-http-proxy"):
        assert MEASURED["versions"][package]


def test_page_includes_the_tables_and_steps():
    page = (ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
    for name in ("measured.md", "sizes.md", "littlest-jupyterhub.md"):
        assert f"{{include}} ../deploy/{name}" in page


def megabytes(words):
    number, unit = re.fullmatch(r"(\d+)([MG])i?", words).groups()
    return int(number) * 2 ** {"M": 20, "G": 30}[unit] / 1e6


def test_values_hold_what_a_learner_was_measured_to_need():
    cost, single = tables.costs(MEASURED), VALUES["singleuser"]
    one = cost["server_mb"] + cost["kernel_mb"]
    assert one < megabytes(single["memory"]["guarantee"]) < 2 * one
    assert one + 2 * cost["kernel_mb"] < megabytes(single["memory"]["limit"])
    assert 10 * cost["home_mb"] < megabytes(single["storage"]["capacity"])
    assert VALUES["hub"]["activeServerLimit"] * cost["hub_s"] < 3600  # all come in an hour
    assert MEASURED["hub_mb"] < megabytes(VALUES["hub"]["resources"]["requests"]["memory"])


def test_both_hubs_give_the_same_share():
    steps = (DEPLOY / "littlest-jupyterhub.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"tljh-config set (\S+) (\S+)", steps))
    single = VALUES["singleuser"]
    assert told["limits.memory"] == single["memory"]["limit"]
    assert float(told["limits.cpu"]) == single["cpu"]["limit"]
    assert int(told["services.cull.timeout"]) == VALUES["cull"]["timeout"]
    assert json.loads(re.search(r"environment = (\{.*\})", steps)[1]) == single["extraEnv"]


def over(defaults, values):
    """The chart's values with ours over them, as helm takes them."""
    if not isinstance(defaults, dict) or not isinstance(values, dict):
        return values
    return {**defaults, **{key: over(defaults.get(key), one) for key, one in values.items()}}


@pytest.mark.skipif(
    not os.environ.get("CNNLIB_CHART"), reason="CNNLIB_CHART names no folder of the chart"
)
def test_values_are_those_of_the_chart():
    from jsonschema.validators import validator_for

    chart, defaults = (
        yaml.safe_load((Path(os.environ["CNNLIB_CHART"]) / name).read_text(encoding="utf-8"))
        for name in ("values.schema.yaml", "values.yaml")
    )
    schema = validator_for(chart)(chart)
    assert [error.message for error in schema.iter_errors(over(defaults, VALUES))] == []
    assert not schema.is_valid(over(defaults, {"cull": {"patience": 3600}}))


def test_trial_asks_for_bounded_packages_and_names_no_host():
    wanted = [DEPLOY / "trial" / "requirements.txt", ROOT / "binder" / "requirements.txt"]
    for path in wanted:
        for line in path.read_text(encoding="utf-8").splitlines():
            bounded = re.fullmatch(r"[\w-]+>=[\d.]+,<\d+", line)
            assert bounded or line.startswith(("#", ".[", "-c ")), line
    for path in DEPLOY.rglob("*.*"):
        if path.suffix != ".pyc":
            hosts = re.findall(r"https?://([\w.]+)", path.read_text(encoding="utf-8"))
            assert set(hosts) <= {"127.0.0.1", "github.com", "tljh.jupyter.org"}, path
