"""Sphinx extension: notebooks run side by side, as many as the machine has cores.

myst-nb runs a notebook when its page is read, one page after the other. Here all that must run do
so before the first page is read, by the executor of jupyter-cache; myst-nb then finds their runs.
It finds none of a notebook that fails, runs it again, and reports it as it reports any failure.
"""

from pathlib import Path
from typing import Any

from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor
from myst_nb.core.read import is_myst_markdown_notebook
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

logger = logging.getLogger(__name__)


def run_all(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run the notebooks among the pages that are to be read, and keep what they say."""
    cache = get_cache(app.config.nb_execution_cache_path)
    added = []
    for docname in docnames:
        path = Path(env.doc2path(docname))
        if path.suffix == ".ipynb":
            added.append(cache.add_nb_to_project(str(path)).pk)
        elif is_myst_markdown_notebook(path.read_text(encoding="utf-8")):
            reader = {"type": "plugin", "name": "myst_nb_md"}
            added.append(cache.add_nb_to_project(str(path), read_data=reader).pk)
    if not added:
        return
    logger.info("running notebooks side by side")
    executor = load_executor("local-parallel", cache)
    done = executor.run_and_cache(filter_pks=added, timeout=app.config.nb_execution_timeout)
    logger.info("ran %d notebooks", len(done.succeeded))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("env-before-read-docs", run_all)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
