"""Binder's files build an environment in which a chapter runs; the workflows are sound.

Building needs the network, so it runs where CNNLIB_BUILD_ENVIRONMENTS is set (CI does).
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.skipif(
    not os.environ.get("CNNLIB_BUILD_ENVIRONMENTS"), reason="set CNNLIB_BUILD_ENVIRONMENTS=1"
)
def test_binder_environment_runs_a_chapter(tmp_path):
    for name in ("cnnlib", "notebooks", "binder"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path / name)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*command: str | Path) -> str:
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
        return done.stdout

    uv = [sys.executable, "-m", "uv"]
    run(*uv, "venv", "--quiet", "--python", sys.executable, "made")
    python = tmp_path / "made" / ("Scripts" if os.name == "nt" else "bin") / "python"
    # in Binder `pip install -r binder/requirements.txt` runs in the folder of the repository
    run(*uv, "pip", "install", "--quiet", "--python", python, "-r", "binder/requirements.txt")
    made = set(run(*uv, "pip", "freeze", "--python", python).lower().replace("_", "-").split("\n"))
    loose = [
        line
        for line in made - pins("binder/constraints.txt")
        if line and not line.startswith("cnnlib")
    ]
    assert loose == [], "versions that binder/constraints.txt does not pin"
    run(python, "-m", "nbconvert", "--to", "notebook", "--execute", "notebooks/09_pooling.ipynb")


def pins(name: str) -> set[str]:
    """Return the pins of a file, such as numpy==2.5.5."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return set(re.findall(r"^[\w.-]+==[^\s;]+", text, re.MULTILINE))


def test_binder_asks_for_what_the_library_asks_for_in_the_versions_of_the_lock():
    wanted = (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8").split("\n")
    assert {"-c constraints.txt", ".[notebooks]"} <= set(wanted)
    # repo2docker knows no patch: it takes that of its own lock
    runtime = (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8").strip()
    assert re.fullmatch(r"python-3\.\d+", runtime)
    pinned = pins("binder/constraints.txt")
    beside = pinned - pins("requirements.lock")
    assert [pin.split("==")[0] for pin in beside] == ["nbgitpuller"], "run make lock"
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    asked = re.findall(r'^  "([\w-]+)>=', settings, re.MULTILINE)
    asked += re.findall(r"^([\w-]+)>=", "\n".join(wanted), re.MULTILINE)
    assert {"numpy", "matplotlib", "jupyterlab", *asked} <= {pin.split("==")[0] for pin in pinned}


def test_there_are_four_workflows():
    assert [path.stem for path in WORKFLOWS] == ["links", "newest", "publish", "test"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
class TestWorkflow:
    def test_actions_are_pinned_by_commit(self, path):
        uses = re.findall(r"uses: (\S+)(.*)", path.read_text(encoding="utf-8"))
        assert uses
        for action, comment in uses:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action

    def test_permissions_are_named_and_secrets_are_not(self, path):
        text = path.read_text(encoding="utf-8")
        workflow = yaml.safe_load(text)
        assert workflow["permissions"] in ({}, {"contents": "read"})
        assert "secrets." not in text
        for job in workflow["jobs"].values():
            assert "timeout-minutes" in job

    def test_make_targets_exist(self, path):
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        for target in re.findall(r"run: make (\w+)", path.read_text(encoding="utf-8")):
            assert target in targets


def test_oldest_and_newest_python_on_three_systems():
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]
    oldest = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text())[1]
    assert matrix["python"][0] == oldest
    systems = {name.split("-")[0] for name in matrix["os"]}
    assert systems == {"ubuntu", "macos", "windows"}
