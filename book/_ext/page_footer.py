"""Sphinx extension: the foot of each page says licence, version and how to cite the course."""

from html import escape
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from cnnlib import __version__
from tools import project


def footer() -> str:
    """Return licence, version and how to cite, for every page."""
    who, year, title = project.authors(), project.year(), project.citation()["title"]
    address, version = project.repository_url(), __version__
    where = f" {escape(address)}" if address else ""
    note = f"Version {version}"
    fields = {"author": f"{{{who}}}", "title": title, "year": year, "note": note, "url": address}
    entry = project.bibtex("misc", "cnn-course", fields)
    return (
        "<p>Text and figures: "
        '<a href="https://creativecommons.org/licenses/by/4.0/" rel="license">CC BY 4.0</a>. '
        'Code: <a href="https://opensource.org/license/mit" rel="license">MIT</a>. '
        f"Version {version}.</p>"
        '<details class="hide"><summary>How to cite</summary>'
        f"<p>{escape(who)} ({year}). <cite>{escape(title)}</cite>, version {version}.{where}</p>"
        f'<pre tabindex="0">{escape(entry)}</pre></details>'
    )


def set_footer(app: Sphinx, config: Config) -> None:
    """Hand the footer to the theme."""
    config.html_theme_options["extra_footer"] = footer()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("config-inited", set_footer)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
