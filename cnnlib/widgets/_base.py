"""What every widget of the course shares: its JavaScript in one module, its picture, its repr.

The views are plain ES modules in ``js/``; what they share stands in ``js/parts/``, what they
compute in ``js/arithmetic/``. anywidget wants one module, so `bundle` joins a view with what it
imports: imports, `export`, comments, indentation and needless ends of lines go away, and nothing
else is changed. Names at the top level must therefore not meet:
those of shared modules are unique among all, those of a view differ from them
(tests/widgets/test_bundle.py).

A line ``// ==== name ====`` stands before each module: at these lines the book takes the text of
several widgets apart again, so that a page carries each module once (book/_ext/widget_state.py).
"""

import base64
import posixpath
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from cnnlib.colours import STYLE

JS = Path(__file__).parent / "js"

_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.[\w./-]+\.js)";\n', re.MULTILINE)
_DOC = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*\*/\n", re.MULTILINE | re.DOTALL)
#: Comments, indentation and empty lines: a page need not carry them.
_SPARE = re.compile(
    r"/\*\* @type [^*]*\*/ ?|^[ \t]*//.*\n|(?<=[;,{(]) // [^\"'`\n]*$|^[ \t]+|^\n", re.MULTILINE
)
#: Where a line goes on whatever stands there, and the comma that ends a list of lines.
_BREAK = re.compile(r"(?<=[\[({,])\n|,?\n(?=[)\]}])|\n(?=[?:.&|+])|(?<=;)\n(?!$)")


def without_spare(source: str) -> str:
    """Return JavaScript without comments, indentation and the ends of lines that it can spare."""
    return _BREAK.sub("", _SPARE.sub("", _DOC.sub("", source)))


@cache
def bundle(view: str) -> str:
    """Return the module ``js/<view>`` joined with all that it imports, each module once."""
    parts: dict[str, str] = {}

    def add(name: str) -> None:
        if name in parts:
            return
        source = (JS / name).read_text(encoding="utf-8")
        for needed in _IMPORT.findall(source):
            add(posixpath.normpath(posixpath.join(posixpath.dirname(name), needed)))
        source = _IMPORT.sub("", source)
        if name != view:
            source = re.sub(r"^export (?!default)", "", source, flags=re.MULTILINE)
        parts[name] = without_spare(source).strip()

    add(view)
    return "".join(f"// ==== {name} ====\n{source}\n" for name, source in parts.items())


@cache
def stylesheet() -> str:
    """Return the style sheet that all widgets share, after the colours of the course."""
    return STYLE + (JS / "widget.css").read_text(encoding="utf-8")


def limited_int(default: int, limits: tuple[int, int]) -> Any:
    """Return a trait that the view sees: a whole number within `limits`."""
    return traitlets.Int(default, min=limits[0], max=limits[1]).tag(sync=True)


def in_order(choices: Mapping[str, Any]) -> Any:
    """Return a trait for the view: pairs of name and value, for a stored notebook sorts a dict."""
    return traitlets.List([[name, value] for name, value in choices.items()]).tag(sync=True)


class _Key(traitlets.Unicode):
    """The name of a widget in a link: letters, digits and hyphens."""

    info_text = "letters, digits and -"

    def validate(self, obj: Any, value: Any) -> str:
        key = super().validate(obj, value)
        if not (key.isascii() and key.replace("-", "").isalnum()):
            raise traitlets.TraitError(f"key must be made of letters, digits and -, got {key!r}")
        return key


def key_trait(default: str) -> Any:
    """Return the trait that tells a widget's links from those of the others on its page."""
    return _Key(default).tag(sync=True)


class CourseWidget(anywidget.AnyWidget):
    """A widget that lives in a notebook with a kernel and on the published page without one.

    A subclass names its view in ``_esm``, and the traits that make its `repr` in ``shown``.
    """

    _css = stylesheet()
    #: Traits that the repr names, in this order.
    shown: tuple[str, ...] = ()

    def __init__(self, **traits: Any) -> None:
        unknown = sorted(set(traits) - set(self.trait_names()))
        if unknown:
            known = [name for name in self.trait_names() if name in type(self).class_own_traits()]
            raise TypeError(f"{type(self).__name__} has no {unknown[0]!r}; its traits are {known}")
        super().__init__(**traits)

    def __repr__(self) -> str:
        """Return the call that makes this widget; no address, so that it never changes."""
        arguments = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.shown)
        return f"{type(self).__name__}({arguments})"

    def picture(self) -> Any:
        """Return the first state as a `cnnlib.figures.grids.Picture`, for paper and for GitHub."""
        raise NotImplementedError(f"{type(self).__name__} needs a picture of its first state")

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict]:
        """Return the view, and the picture for where no view can be."""
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        picture = self.picture()
        data["image/png"] = base64.b64encode(picture.png).decode()
        data["text/plain"] = f"{self!r}: {picture.plain}"
        return data, {**metadata, "image/png": {"alt": picture.alt}}
