"""Sphinx extension: under the title of a chapter, links to where it runs; none leads nowhere.

The browser always; GitHub, Colab and Binder when `_config.yml` names a repository on GitHub.
"""

import re
from html import escape
from typing import Any
from urllib.parse import quote

from sphinx.application import Sphinx

from tools import project

FOLDER = "notebooks/"
RUN_PAGE = "book/run"
CLASS_PAGE = "book/teaching"
#: In the text of the run page, replaced by a list of all chapters.
LIST = '<div id="chapters-to-run"></div>'
#: The branch that each release fills with copies that fetch `cnnlib` first.
COPIES_BRANCH = "notebooks"


def launch_links(pagename: str, repository: str, branch: str) -> list[tuple[str, str]]:
    """Return name and address of each place outside this site where a notebook runs."""
    owner = re.fullmatch(r"https://github\.com/([^/]+/[^/]+)", repository)
    if not owner:
        return []
    name = pagename.removeprefix(FOLDER) + ".ipynb"
    path, here = quote(f"{FOLDER}{name}"), owner[1]
    colab = f"https://colab.research.google.com/github/{here}/blob/{COPIES_BRANCH}/setup/{name}"
    binder = f"https://mybinder.org/v2/gh/{here}/{branch}?urlpath=lab/tree/{path}"
    return [
        ("GitHub", f"{repository}/blob/{branch}/{path}"),
        ("Colab", colab),
        ("Binder", binder),
    ]


def lite_address(name: str) -> str:
    """Return the address of a chapter in JupyterLite, from the root of the site."""
    return f"lite/notebooks/index.html?path={quote(name)}.ipynb"


def add_links(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Put a line with the places under the title of a chapter, and lists where one is due."""
    body = context.get("body", "")
    if pagename == RUN_PAGE:
        context["body"] = body.replace(LIST, chapter_list(app))
    if pagename == CLASS_PAGE:
        names = sorted(page for page in app.env.found_docs if page.startswith(FOLDER))
        options = "".join(f"<option>{escape(name)}.ipynb</option>" for name in names)
        context["body"] = re.sub(r"<option>.*?</option>", options, body, count=1)
    if not pagename.startswith(FOLDER):
        return
    name = pagename.removeprefix(FOLDER)
    run = context["pathto"](RUN_PAGE)
    branch = (app.config.html_theme_options or {}).get("repository_branch") or "main"
    links = [
        f'<a class="course-run" href="../{lite_address(name)}">Run this chapter here</a>',
        f'<a href="{run}">What that fetches</a>',
    ]
    links += [
        f'<a href="{escape(address)}">{title}</a>'
        for title, address in launch_links(pagename, project.repository_url(), branch)
    ]
    line = f'<p class="course-places d-print-none">{" ".join(links)}</p>'
    context["body"] = body.replace("</h1>", f"</h1>\n{line}", 1)


def chapter_list(app: Sphinx) -> str:
    """Return a list of all chapters, each with a link that starts it in the browser."""
    rows = []
    for page in app.env.found_docs:
        if page.startswith(FOLDER):
            name = page.removeprefix(FOLDER)
            title = escape(app.env.titles[page].astext())
            address = f"../{lite_address(name)}"
            label = f'aria-label="Start: {title}"'
            start = f'<a class="course-run" href="{address}" {label}>Start</a>'
            rows.append((name, f'<li id="run-{name}">{start} {title}</li>'))
    return f'<ul class="course-chapters">{"".join(row for _, row in sorted(rows))}</ul>'


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-page-context", add_links)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
