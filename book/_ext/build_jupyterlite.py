"""Sphinx extension: JupyterLite beside the book, so that a chapter runs in the reader's browser.

Builds offline, from packages, to _build/lite, and anew only when something that goes in changed.
The notebooks get a first cell that fetches `cnnlib` from the site's own wheel, and what widgets
need in Python from others of the site.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pure_wheels
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

from cnnlib import __version__
from tools import copies
from tools.project import ROOT

#: The notebook, and the list of notebooks; JupyterLab and the rest stay out.
APPS = ["notebooks", "tree"]
#: The kernel and what shows widgets; other extensions that are installed here stay out.
EXTENSIONS = {
    "@jupyterlite/pyodide-kernel-extension",
    "@jupyter-widgets/jupyterlab-manager",
    "anywidget",
    "jupyterlab_pygments",
}
#: What a notebook needs besides `cnnlib` in Python, and Pyodide may lack: else PyPI is asked.
WHEELS = (*pure_wheels.PACKAGES, "jupyterlab_widgets")
#: Icon fonts in forms that only old browsers ask for.
OLD_FONTS = ("*.eot", "*.ttf", "fa-*.svg")
#: Matplotlib tells in red that it builds its list of fonts, at every start here.
QUIET = 'import logging\n\nlogging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)'
#: In the head of the notebook's page.
SAYS = '<script src="../../_static/lite-start.js"></script>\n'
WORDS = (
    "This notebook runs in your browser. The next cell fetches `cnnlib`, the library of this "
    "course, and what it needs. The first time this takes about a minute."
)


def setup_command() -> str:
    """Return what the first cell of a notebook in the browser runs."""
    return f'%pip install -q "cnnlib[notebooks]=={__version__}"\n{QUIET}'


def prepared(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook as JupyterLite gets it."""
    made = copies.with_setup(notebook, setup_command(), WORDS)
    made.metadata.kernelspec = {"name": "python", "display_name": "Python (Pyodide)"}
    return made


def digest() -> str:
    """Return a digest of all that goes into the app."""
    total = hashlib.sha256(version("jupyterlite-core").encode())
    total.update(str([(name, version(name)) for name in WHEELS]).encode())
    sources = [Path(__file__), Path(pure_wheels.__file__)]
    sources += [ROOT / "pyproject.toml", ROOT / "tools" / "copies.py"]
    sources += [*sorted((ROOT / "cnnlib").rglob("*")), *sorted(copies.NOTEBOOKS.glob("*.ipynb"))]
    for path in sources:
        if path.is_file() and "__pycache__" not in path.parts:
            total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()[:16]


def build(folder: Path) -> None:
    """Build the app in `folder`/out."""
    copies.write(prepared, folder / "notebooks")
    run([sys.executable, "-c", BUILD_WHEEL, str(folder)], cwd=ROOT)
    for name in WHEELS:
        pure_wheels.write_wheel(name, folder)
    wheels = sorted(path.name for path in folder.glob("*.whl"))
    settings = {
        "LiteBuildConfig": {
            "apps": APPS,
            "contents": ["notebooks"],
            "output_dir": "out",
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
        },
        "PipliteAddon": {"piplite_urls": wheels},
    }
    (folder / "jupyter_lite_config.json").write_text(json.dumps(settings), encoding="utf-8")
    run([sys.executable, "-m", "jupyterlite_core", "build"], cwd=folder)
    trim(folder / "out")


#: A folded output shows its first line, which gives a prediction away.
UNSPOILED = ".jp-OutputPlaceholder .jp-PlaceholderText { visibility: hidden }"

BUILD_WHEEL = "from hatchling.build import build_wheel; import sys; build_wheel(sys.argv[1])"


def run(command: list[str], cwd: Path) -> None:
    """Run a command; say what it said if it fails."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ExtensionError(f"JupyterLite was not built:\n{done.stdout}\n{done.stderr}")


def trim(out: Path) -> None:
    """Take out what no reader of the course asks for; let the page say when Python cannot come."""
    for pattern in OLD_FONTS:
        for path in (out / "build").glob(pattern):
            path.unlink()
    page = out / "notebooks" / "index.html"
    html = page.read_text(encoding="utf-8")
    page.write_text(html.replace("</head>", f"{SAYS}</head>", 1), encoding="utf-8")
    path = out / "jupyter-lite.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    data = settings["jupyter-config-data"]
    kept = [each for each in data["federated_extensions"] if each["name"] in EXTENSIONS]
    data["federated_extensions"] = kept
    path.write_text(json.dumps(settings, indent=1), encoding="utf-8")
    for page in out.glob("*/index.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace("</head>", f"<style>{UNSPOILED}</style></head>", 1), "utf-8")


def publish(app: Sphinx, error: Exception | None) -> None:
    """Put the app into the built book, under lite/."""
    if error or app.builder.format != "html":
        return
    store = Path(app.outdir).parent / "lite"
    folder = store / digest()
    if not (folder / "done").exists():
        logging.getLogger(__name__).info("building JupyterLite (once for each change)")
        shutil.rmtree(store, ignore_errors=True)
        folder.mkdir(parents=True)
        build(folder)
        (folder / "done").touch()
    target = Path(app.outdir) / "lite"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder / "out", target)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("build-finished", publish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
