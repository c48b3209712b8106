"""Sphinx extension: the docstrings of `cnnlib` as pages of the API reference.

The docstrings are plain text that reads well in ``help()``. Two things change on the page: a
section such as *Parameters* becomes a list, and a name in backticks becomes a link where the
reference has it.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

#: A name in backticks with a letter behind it, as in `LayerSpec`s, which reStructuredText refuses.
_PLURAL = re.compile(r"(?<!`)(`[^`\n]+`)(?=[a-z])")
_ITEM = re.compile(r"([\w*., \[\]]+?) : (.*)")


def sections_to_lists(lines: list[str]) -> list[str]:
    """Return the docstring with each underlined section as a bold word and a list.

    >>> sections_to_lists(["Parameters", "----------", "size : cells", "    on a side.", "", "End"])
    ['**Parameters**', '', '- **size** – cells', '  on a side.', '', 'End']
    """
    out: list[str] = []
    inside = False
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        item = _ITEM.fullmatch(line)
        if item and number and not lines[number - 1]:
            inside = True  # a list of attributes needs no heading
        if following and set(following) == {"-"} and len(following) >= 4:
            inside = True
            out += [f"**{line.strip()}**", ""]
        elif inside and line and set(line) == {"-"}:
            continue
        elif inside and item:
            out.append(f"- **{item[1].replace('*', chr(92) + '*')}** – {item[2]}")
        elif inside and line.startswith("    "):
            out.append(f"  {line.strip()}")
        elif line.startswith("    ") and not lines[number - 1]:
            out += ["::", "", line]  # a table in plain text stays as it is written
        else:
            inside = inside and bool(line)
            out.append(line)
    return out


def rewrite(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Rewrite a docstring in place (autodoc's event)."""
    lines[:] = [_PLURAL.sub(r"\1\\ ", line) for line in sections_to_lists(lines)]


def plain_where_no_target(
    app: Sphinx, env: Any, node: pending_xref, contnode: nodes.Element
) -> nodes.Node | None:
    """Show a name that the reference does not list as code, without a link."""
    target = node.get("reftarget", "")
    is_foreign = node.get("reftype") == "class" and not target.startswith("cnnlib")
    if node.get("refdomain") == "py" and (node.get("reftype") == "obj" or is_foreign):
        return nodes.literal(text=contnode.astext())
    return None


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("autodoc-process-docstring", rewrite)
    app.connect("missing-reference", plain_where_no_target)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
