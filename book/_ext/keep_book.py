"""Sphinx extension: what a browser needs to keep the book on a device and to install it.

Written when all files are there: their list with digests and bytes (`book-files.js`), the service
worker that reads it, and the web manifest. Nothing is registered before a reader asks for it
(`keep-book.js`). Left out: JupyterLite, Python, and the sources to download.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

LIST = "_static/book-files.js"
WORKER = "service-worker.js"
MANIFEST = "manifest.webmanifest"
#: Folders that stay out: what runs Python needs the network anyway, and slides are not for reading.
LEFT_OUT = {"lite", "pyodide", "slides", "_sources"}
#: Files of the build, and those that are written here.
NOT_KEPT = {".buildinfo", "objects.inv", WORKER, LIST}
GROUND, BAR = "#ffffff", "#ffffff"


def files_of(site: Path) -> dict[str, str]:
    """Return the files to keep, as addresses from the site's root, each with its digest."""
    found = {}
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        if path.is_file() and name.split("/")[0] not in LEFT_OUT and name not in NOT_KEPT:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return found


def manifest(title: str, start: str) -> dict[str, Any]:
    """Return the web manifest; addresses count from where it stands."""
    return {
        "name": title,
        "short_name": "CNN course",
        "id": "./",
        "start_url": start,
        "scope": "./",
        "display": "standalone",
        "lang": "en",
        "background_color": GROUND,
        "theme_color": BAR,
        "icons": [{"src": "_static/logo.svg", "sizes": "any", "type": "image/svg+xml"}],
    }


def publish(app: Sphinx, error: Exception | None) -> None:
    """Write manifest, list and worker."""
    if error or app.builder.format != "html":
        return
    site = Path(app.outdir)
    start = app.builder.get_target_uri(app.config.root_doc)
    about = manifest(app.config.html_title or app.config.project, start)
    (site / MANIFEST).write_text(json.dumps(about, indent=1), encoding="utf-8")
    shutil.copy(Path(app.srcdir) / "book" / WORKER, site / WORKER)
    files = files_of(site)
    told = {"bytes": sum((site / name).stat().st_size for name in files), "files": files}
    text = json.dumps(told, separators=(",", ":"))
    (site / LIST).write_text(f'"use strict";\nglobalThis.bookFiles = {text};\n', encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx, after all that write files."""
    app.connect("build-finished", publish, priority=990)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
