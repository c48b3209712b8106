"""Sphinx extension: notebooks run again when `cnnlib` has changed.

Jupyter Book keeps the run of a notebook until the notebook itself changes. Here a digest of the
library is part of the place where runs are kept.
"""

import hashlib
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config


def digest_of(folder: Path) -> str:
    """Return a digest of every source file of the library."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            total.update(str(path.relative_to(folder)).encode())
            total.update(path.read_bytes())
    return total.hexdigest()[:16]


def forget_stale_runs(app: Sphinx, config: Config) -> None:
    """Keep the runs of the notebooks only as long as the library that they ran with."""
    config.cnnlib_digest = digest_of(Path(app.srcdir) / "cnnlib")
    caches = Path(app.outdir).parent / ".jupyter_cache"
    for stale in caches.glob("*"):
        if stale.name != config.cnnlib_digest:
            shutil.rmtree(stale)
    config.nb_execution_cache_path = str(caches / config.cnnlib_digest)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_config_value("cnnlib_digest", "", "env")
    app.connect("config-inited", forget_stale_runs)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
