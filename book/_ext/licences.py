"""Sphinx extension: what the site ships of others, under which licence, with the licence texts.

``{licences}`` makes the table from `licences.yml`. The texts come from the packages as installed
and are published in `_static/licences`.
"""

import json
from fnmatch import fnmatch
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from run_cells import NPM
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "book" / "licences.yml"
FOLDER = "licences"
HEADS = ("What", "Package", "Licence", "What for")


def shipped() -> list[dict[str, Any]]:
    """Return the rows of the list."""
    return yaml.safe_load(DATA.read_text(encoding="utf-8"))


def version_of(package: str) -> str:
    """Return the version that is installed, from PyPI or from npm."""
    if package.startswith("npm:"):
        lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
        return lock["packages"][f"node_modules/{package[4:]}"]["version"]
    return distribution(package).version


def text_of(row: dict[str, Any]) -> str:
    """Return the licence text that comes with a package."""
    package = row.get("text", row["package"])
    if package.startswith("npm:"):
        return (NPM / "node_modules" / package[4:] / "LICENSE").read_text(encoding="utf-8")
    found = _licence_file(distribution(package))
    if found is None:
        raise ExtensionError(f"{DATA.name}: {package} carries no licence text: name another `text`")
    return found.read_text(encoding="utf-8")


def _licence_file(package: Distribution) -> Path | None:
    for file in package.files or []:
        if file.name.startswith("LICENSE") and ".dist-info" in str(file):
            return Path(str(file.locate()))
    return None


def owners(name: str) -> list[str]:
    """Return of whom a file in `_static` is; of nobody else's, if it is our own."""
    return [row["name"] for row in shipped() if any(fnmatch(name, one) for one in row["files"])]


class Licences(SphinxDirective):
    """The table of what is shipped."""

    def run(self) -> list[nodes.Node]:
        """Make a row of each package."""
        self.env.note_dependency(str(DATA))
        group = nodes.tgroup("", *[nodes.colspec(colwidth=w) for w in (30, 24, 16, 30)], cols=4)
        group += nodes.thead("", nodes.row("", *[_cell(nodes.Text(head)) for head in HEADS]))
        group += nodes.tbody("", *map(_row, shipped()))
        return [nodes.table("", group)]


def _row(row: dict[str, Any]) -> nodes.row:
    address = f"../_static/{FOLDER}/{file_of(row)}"
    licence = nodes.reference("", row["licence"], refuri=address)
    first, last = nodes.Text(row["name"]), nodes.Text(row["use"].replace("`", ""))
    package = nodes.Text(f"{row['package'].removeprefix('npm:')} {version_of(row['package'])}")
    return nodes.row("", *map(_cell, (first, package, licence, last)))


def _cell(content: nodes.Node) -> nodes.entry:
    return nodes.entry("", nodes.paragraph("", "", content))


def file_of(row: dict[str, Any]) -> str:
    """Return the name under which a licence text is published."""
    return f"{row['package'].removeprefix('npm:')}.txt"


def publish(app: Sphinx, error: Exception | None) -> None:
    """Write the licence texts."""
    if error or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static" / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for row in shipped():
        (folder / file_of(row)).write_text(text_of(row), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_directive("licences", Licences)
    app.connect("build-finished", publish, priority=700)  # run_cells has fetched the npm packages
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
