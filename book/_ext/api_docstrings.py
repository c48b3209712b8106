"""Sphinx extension: the docstrings of `cnnlib` as pages of the API reference.

The docstrings are plain text that reads well in ``help()``. Two things change on the page: a
section such as *Parameters* becomes a list, and a name in backticks becomes a link where the
reference has it. Neither numpydoc nor napoleon does: both expect a type behind a parameter's colon,
where ours says what it is (the type stands in the signature).
"""

import re
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import cnnlib

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


def full_name(name: str, known: set[str]) -> str | None:
    """Return what the reference calls a name: one of `cnnlib`, or the only one that ends so.

    >>> full_name("cnnlib.conv2d", {"cnnlib.operations.convolution.conv2d"})
    'cnnlib.operations.convolution.conv2d'
    """
    name = name.removeprefix("cnnlib.")
    flat = getattr(cnnlib, name, None)
    if (full := f"{getattr(flat, '__module__', '')}.{name}") in known:
        return full
    found = [each for each in known if each.endswith(f".{name}")]
    return found[0] if len(found) == 1 else None


def link_or_plain(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Element
) -> nodes.Node | None:
    """Link a name that stands without its module, `conv2d`; show one of others as code."""
    target, kind = node.get("reftarget", ""), node.get("reftype")
    if node.get("refdomain") != "py":
        return None
    python = env.get_domain("py")
    if full := full_name(target, {each for each, *_ in python.get_objects()}):
        page = node.get("refdoc", env.docname)
        return python.resolve_xref(env, page, app.builder, "obj", full, node, contnode)
    if kind == "obj" or (kind == "class" and not target.startswith("cnnlib")):
        return nodes.literal(text=contnode.astext())
    return None


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("autodoc-process-docstring", rewrite)
    app.connect("missing-reference", link_or_plain)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
