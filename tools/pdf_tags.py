"""What the browser leaves out of the tags of a print, so that a screen reader reads all of it.

The browser tags text and pictures. It does not say that the rest is decoration, what a link leads
to, that a formula is one, what the body of an entry of a list is, or which standard role a tag of
its own has. PDF/UA-1 asks for all of it.
"""

import re
from collections.abc import Iterator
from typing import Any

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    StreamObject,
    TextStringObject,
)
from pypdf.xmp import XmpInformation

#: Tags of PDF 2.0 that the browser uses, and what they are in a PDF 1.7.
ROLES = {"/Strong": "/Span", "/Em": "/Span"}
PATH = re.compile(rb"[-+.\d ]+ (?:m|l|c|v|y|re)$|h$")
PAINTS = {b"f", b"F", b"f*", b"S", b"s", b"B", b"B*", b"b", b"b*"}
ARTIFACT, END = b"/Artifact BMC", b"EMC"


def complete(writer: PdfWriter, title: str, formulas: set[str], links: dict[str, str]) -> None:
    """Add what the browser leaves out.

    Parameters
    ----------
    writer : the print, as a browser tags it.
    title : of the document.
    formulas : the words of each formula, by which its picture is known.
    links : of each place and address that a link leads to, the words of the link.
    """
    metadata = XmpInformation.create()
    metadata.dc_title = {"x-default": title}
    writer.xmp_metadata = metadata
    tree = writer.root_object["/StructTreeRoot"].get_object()
    roles = {NameObject(one): NameObject(other) for one, other in ROLES.items()}
    tree[NameObject("/RoleMap")] = DictionaryObject(roles)
    for tag in list(elements(tree["/K"])):
        if tag["/S"] == "/Figure" and tag.get("/Alt") in formulas:
            tag[NameObject("/S")] = NameObject("/Formula")
        elif tag["/S"] == "/LI":
            give_body(writer, tag)
    for page in writer.pages:
        for link in (each.get_object() for each in page.get("/Annots", [])):
            goal = str(link["/Dest"] if "/Dest" in link else link["/A"]["/URI"])
            link[NameObject("/Contents")] = TextStringObject(links.get(goal) or goal)
        drawn = page["/Contents"].get_object()
        forms = page["/Resources"].get("/XObject", {})
        tagged = {name.encode() for name, form in forms.items() if has_tags(form.get_object())}
        drawn.set_data(decorated(drawn.get_data(), tagged))


def elements(node: Any) -> Iterator[DictionaryObject]:
    """Yield every tag of the structure below a node."""
    waiting = [node]
    while waiting:
        one = waiting.pop().get_object()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, DictionaryObject):
            if "/S" in one:
                yield one
            if "/K" in one:
                waiting.append(one["/K"])


def give_body(writer: PdfWriter, entry: DictionaryObject) -> None:
    """Put what an entry of a list holds, all but its label, into a body."""
    held = entry.get("/K", ArrayObject()).get_object()
    held = held if isinstance(held, ArrayObject) else ArrayObject([entry.raw_get("/K")])
    label = [one for one in held if is_tag(one) and one.get_object()["/S"] == "/Lbl"]
    rest = ArrayObject(one for one in held if one not in label)
    parts = {"/Type": NameObject("/StructElem"), "/S": NameObject("/LBody"), "/K": rest}
    body = DictionaryObject({NameObject(key): value for key, value in parts.items()})
    body[NameObject("/P")] = entry.indirect_reference
    if "/Pg" in entry:
        body[NameObject("/Pg")] = entry.raw_get("/Pg")
    place = writer._add_object(body)
    for one in filter(is_tag, rest):
        one.get_object()[NameObject("/P")] = place
    entry[NameObject("/K")] = ArrayObject([*label, place])


def is_tag(one: Any) -> bool:
    """Tell whether a kid of a tag is a tag, and no number or content."""
    return isinstance(one.get_object(), DictionaryObject) and "/S" in one.get_object()


def has_tags(form: StreamObject) -> bool:
    """Tell whether a form brings tags of its own."""
    return form["/Subtype"] == "/Form" and b"/MCID" in form.get_data()


def decorated(content: bytes, tagged: set[bytes]) -> bytes:
    r"""Return what draws a page, with all that stands outside the tags marked as decoration.

    The browser writes an operator a line; what draws is a text object, a path, or a `Do`.

    >>> print(decorated(b"q\n0 0 9 9 re\nf\n/P <</MCID 0>>BDC\n/X1 Do\nEMC", set()).decode())
    q
    /Artifact BMC
    0 0 9 9 re
    f
    EMC
    /P <</MCID 0>>BDC
    /X1 Do
    EMC
    """
    lines: list[bytes] = []
    depth, start = 0, None  # of the tags that are open; where a path or a text has begun
    for line in content.split(b"\n"):
        lines.append(line)
        depth += line.endswith(b"BDC") - (line == END)
        if depth:
            continue
        if start is None and (line == b"BT" or PATH.match(line)):
            start = len(lines) - 1
        if line.endswith(b" Do") and line.split()[-2] not in tagged:
            start = len(lines) - 1
        elif line not in PAINTS and line != b"ET":
            if start is not None and line.split()[-1:] == [b"n"]:
                start = None  # a path that clips draws nothing
            continue
        if start is None:
            raise ValueError(f"{line!r} ends what has not begun, in what draws a page")
        lines[start:start] = [ARTIFACT]
        lines.append(END)
        start = None
    return b"\n".join(lines)
