"""Sphinx extension: MathJax for the formulas, from a package, no more of it than the book uses.

The package `sphinx-mathjax-offline` carries all of MathJax, 24 MB. A page needs five of its
parts, joined here in one file of 140 KB gzipped, and the fonts. Left out: its menu, which makes
every formula a stop of the Tab key, and the speech engine, whose words come from the MathML that
MathJax writes beside each formula anyway.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

PACKAGE = "sphinx-mathjax-offline"
#: `startup` comes first: it waits, the others tell it that they are there.
PARTS = (
    "startup",
    "core",
    "input/tex",
    "output/chtml",
    "output/chtml/fonts/tex",
    "a11y/assistive-mml",
)
#: Asked for by need: fonts by the output, extensions by a command such as \cancel.
FOLDERS = ("output/chtml/fonts/woff-v2", "input/tex/extensions")
JOINED = "mathjax.js"
#: What a page loads: it brings the joined file when the first widget answers.
LOADER = "load-mathjax.js"


def package_folder() -> Path:
    """Return the folder of MathJax in the package that carries it."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"the package {PACKAGE} is missing: pip install {PACKAGE}")
    return Path(spec.origin).parent / "static" / "mathjax"


def publish_mathjax(app: Sphinx, error: Exception | None) -> None:
    """Write the joined script and the folders beside it."""
    if error or app.builder.format != "html":
        return
    source, target = package_folder(), Path(app.outdir) / "_static" / "mathjax"
    parts = [(source / f"{part}.js").read_text(encoding="utf-8") for part in PARTS]
    target.mkdir(parents=True, exist_ok=True)
    (target / JOINED).write_text(";\n".join(parts), encoding="utf-8")
    for folder in FOLDERS:
        shutil.copytree(source / folder, target / folder, dirs_exist_ok=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.config.mathjax_path = LOADER
    app.config.mathjax_options = {"priority": 999}  # the last script of a page
    app.connect("build-finished", publish_mathjax)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
