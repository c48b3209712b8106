"""What the repository promises: commands, pinned packages, one version, an installable package."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import cnnlib
from cnnlib.colours import COLORS, SOFT, STYLE
from cnnlib.widgets._base import stylesheet

ROOT = Path(__file__).parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def packages(text: str) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z][\w.-]*)(?:\[[^\]]*\])?\s*([=<>~!][^\s;#]*)", text, re.MULTILINE)
    return {name.lower().replace("_", "-"): rest for name, rest in found}


def test_requirements_are_bounded_and_locked():
    direct = packages(read("requirements.txt"))
    locked = packages(read("requirements.lock"))
    assert {"numpy", "matplotlib", "ipywidgets", "anywidget", "jupyter-book", "nbval"} <= set(
        direct
    )
    for name, bounds in direct.items():
        assert ">=" in bounds, f"{name} has no lower bound"
        assert "<" in bounds, f"{name} has no upper bound"
        assert name in locked
    assert all(rest.startswith("==") for rest in locked.values())
    pins = re.findall(r"^\S+==(?:.*\\\n)+.*", read("requirements.lock"), re.MULTILINE)
    assert len(pins) >= len(locked)
    assert all("--hash=sha256:" in pin for pin in pins)
    for name, package in (("torch", "torch"), ("mutants", "mutmut"), ("nbgrader",) * 2):
        assert packages(read(f"requirements-{name}.txt"))[package].startswith("==")


@pytest.mark.parametrize(
    "name",
    [*sorted(path.name for path in ROOT.glob("requirements*")), "binder/constraints.txt"],
)
def test_no_index_is_named(name):
    assert not re.search(r"--(extra-)?index-url|--find-links|https?://", read(name))


def test_readme_commands_are_in_the_makefile_and_ci():
    targets = set(re.findall(r"^(\w+):", read("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", read("README.md"), re.MULTILINE))
    assert {"book", "test", "serve", "lab"} <= named <= targets
    assert "make test" in read(".ci/run")


def test_one_version():
    assert f"version: {cnnlib.__version__}\n" in read("CITATION.cff")
    assert f"## {cnnlib.__version__}" in read("CHANGELOG.md")


def test_wheel_holds_everything(tmp_path):
    """The package as others get it: Python, JavaScript, style and data."""
    build = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    run = [sys.executable, "-c", build, str(tmp_path)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "cnnlib").rglob("*")
        if path.suffix in {".py", ".js", ".css", ".npz"}
    }
    assert wanted <= names
    assert not any(name.startswith(("tests/", "notebooks/", "book/")) for name in names)


def test_core_imports_only_numpy():
    """The numerical core must not pull in matplotlib or widgets."""
    code = (
        "import sys, cnnlib; "
        "loaded = {name.split('.')[0] for name in sys.modules}; "
        "print(sorted(loaded & {'matplotlib', 'ipywidgets', 'anywidget', 'scipy', 'torch'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


#: Files that no style sheet reaches: they repeat the colours of the list.
REPEAT = ["book/_static/logo.svg", "book/_templates/not-found.html"]


def test_the_colours_stand_in_one_place():
    colours = {colour for kinds in (COLORS, SOFT) for colour in kinds.values()}
    assert len(colours) == 8
    for folder in ("cnnlib", "book", "tools", "benchmarks"):
        for path in (ROOT / folder).rglob("*.*"):
            if path.suffix in {".py", ".js", ".css", ".md"} and path.name != "colours.css":
                text = path.read_text(encoding="utf-8").lower()
                assert not [colour for colour in colours if colour in text], path
    for name in REPEAT:
        assert set(re.findall(r"#[0-9a-f]{6}", read(name))) <= colours, name
    assert STYLE in stylesheet()
    assert "colours.css" in read("_config.yml")
