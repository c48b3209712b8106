"""Sphinx extension: each formula as MathML, too, for readers without JavaScript, and its height.

MathJax sets the formulas, some time after the page is there. Without JavaScript a browser shows
the MathML that stands in ``<noscript>`` behind the formula; with it nobody reads that. Of a formula
in a line of its own the page is told about how high it will be, so that the text below stays where
it is when it is set.
"""

import html
import re
from typing import Any

from latex2mathml.converter import convert
from sphinx.application import Sphinx

_MATH = re.compile(
    r'<(?P<tag>span|div) class="math[^>]*>(?P<before>\s*)\\[(\[](?P<tex>.*?)\\[)\]]\s*</(?P=tag)>',
    re.DOTALL,
)
_ROWS = re.compile(r"\\begin\{\w*(?:matrix|cases|aligned|array)\}(.*?)\\end", re.DOTALL)
_LIMITS = re.compile(r"\\(?:sum|prod)_(?:\w|\{[^}]*\})\^|\\sum_\{[^}]*=")
_TALL = re.compile(r"\\(?:sum|prod|frac|underbrace)(?![a-z])")


def height_of(tex: str) -> float:
    """Return about how high MathJax sets a formula in a line of its own, with margins, in em."""
    rows = max((inside.count(r"\\") for inside in _ROWS.findall(tex)), default=0)
    tall = 5.6 if _LIMITS.search(tex) else 4.8 if _TALL.search(tex) else 3.4
    return round(max(tall, 3.4 + 1.55 * rows), 2)


def with_mathml(match: re.Match[str]) -> str:
    """Return a formula of the page with its MathML, and its height if it has its own line."""
    formula, tex = match[0], html.unescape(match["tex"])
    alone = match["tag"] == "div"
    if alone:
        formula = formula.replace("<div ", f'<div style="--height: {height_of(tex)}" ', 1)
    mathml = convert(tex, display="block" if alone else "inline")
    return f"{formula}<noscript>{mathml}</noscript>"


def add_mathml(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Give all formulas of a page their MathML."""
    if "body" in context:
        context["body"] = _MATH.sub(with_mathml, context["body"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-page-context", add_mathml)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
