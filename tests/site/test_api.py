"""The API reference: nothing public is missing, and what a docstring names is a link."""

import importlib
import pkgutil
import re

import pytest

import cnnlib

from .conftest import ROOT, SITE

FOLDER = SITE / "book" / "api"
#: Rooms whose files are told as one: their names are imported from the room itself.
AS_ONE = ("cnnlib.exercises", "cnnlib.widgets")


def public_modules() -> set[str]:
    """Return every module that a reader may import, without those that only hold others."""
    names = set(AS_ONE)
    for info in pkgutil.walk_packages(cnnlib.__path__, "cnnlib."):
        is_private = any(part.startswith("_") for part in info.name.split("."))
        if not info.ispkg and not is_private and not info.name.startswith(AS_ONE):
            names.add(info.name)
    return names


def test_every_public_module_is_told_once():
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "book/api").glob("*.md"))
    assert sorted(re.findall(r"automodule:: (\S+)", text)) == sorted(public_modules())


@pytest.mark.parametrize("room", ["cnnlib", "cnnlib.figures", "cnnlib.widgets", "cnnlib.exercises"])
def test_every_name_of_a_room_is_there(room):
    text = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.html"))
    ids = {
        name.rsplit(".", 1)[-1] for name in re.findall(r' id="(?:module-)?(cnnlib\.[\w.]+)"', text)
    }
    module = importlib.import_module(room)
    names = getattr(module, "__all__", ["check"])
    made = {name for name in names if callable(getattr(module, name))}
    assert made
    assert made - ids == set()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.html")), ids=lambda path: path.stem)
def test_a_name_of_the_library_in_a_docstring_is_a_link(path):
    text = path.read_text(encoding="utf-8")
    # in a docstring a name in backticks; on the page itself it would be plain code
    docstrings = "".join(re.findall(r"<dd>.*?</dd>", text, re.DOTALL))
    plain = re.findall(
        r'(?<!">)<code class="docutils literal[^>]*><span class="pre">([\w.]+)<', docstrings
    )
    linked = re.findall(r'<a [^>]*title="cnnlib[^>]*><code[^>]*><span class="pre">([\w.]+)<', text)
    names = {name.removeprefix("cnnlib.") for name in {*plain} - {*linked}}
    assert names & set(cnnlib.__all__) == set()
