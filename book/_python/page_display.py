"""What a value looks like on a page: the forms that IPython's display would give, without IPython.

`install` puts a few functions in the place of the package IPython, since ipywidgets asks for it and
a reader may write ``from IPython.display import display``.
"""

import base64
import contextlib
import io
import itertools
import pprint
import sys
import traceback
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

Output = dict[str, Any]
WIDGET = "application/vnd.jupyter.widget-view+json"
METHODS = {
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
}
#: Characters of a line that IPython fills.
WIDTH = 79


class _Place:
    """Where outputs go."""

    show: Callable[[Output], None]
    before: Callable[[], None]
    hidden = False


def install(show: Callable[[Output], None], before: Callable[[], None]) -> None:
    """Send what is displayed to `show`, after a call of `before`, and stand in for IPython."""
    _Place.show, _Place.before = staticmethod(show), staticmethod(before)
    top, shown = ModuleType("IPython"), ModuleType("IPython.display")
    core, shell = ModuleType("IPython.core"), ModuleType("IPython.core.interactiveshell")
    top.get_ipython = lambda: None  # type: ignore[attr-defined]
    top.version_info = (9, 0)  # type: ignore[attr-defined]  # matplotlib asks
    top.display = shown  # type: ignore[attr-defined]
    shown.display = display  # type: ignore[attr-defined]
    shown.clear_output = clear_output  # type: ignore[attr-defined]
    shell.InteractiveShell = type("InteractiveShell", (), {})  # type: ignore[attr-defined]
    sys.modules |= {module.__name__: module for module in (top, shown, core, shell)}


class Handle:
    """What was shown under a name, so that something else can come in its place."""

    numbers = itertools.count()

    def __init__(self) -> None:
        self.name = f"shown-{next(self.numbers)}"

    def show(self, value: Any, kind: str = "update_display_data") -> None:
        """Show a value, at first or in the place of the last one."""
        _send(lambda: {**as_output(value, kind), "transient": {"display_id": self.name}})

    update = show


def display(*values: Any, display_id: bool = False, **options: Any) -> Handle | None:
    """Show values in the output of the running cell; with `display_id` the last can change."""
    handle = None
    for value in values:
        handle = Handle()
        handle.show(value, "display_data")
    return handle if display_id else None


#: A cell of a page shows what changes, as a notebook does, though it has no kernel of IPython.
display.shows_changes = True  # type: ignore[attr-defined]


def clear_output(wait: bool = False) -> None:
    """Take away what the running cell has shown so far."""
    _send(lambda: {"output_type": "clear"})


def _send(make: Callable[[], Output]) -> None:
    """Show an output; one that nobody sees is not made."""
    if not _Place.hidden:
        output = make()
        _Place.before()
        _Place.show(output)


@contextlib.contextmanager
def unseen() -> Iterator[None]:
    """Let everything go that is displayed meanwhile."""
    _Place.hidden = True
    try:
        yield
    finally:
        _Place.hidden = False


def as_output(value: Any, kind: str) -> Output:
    """Return an output of a notebook with all forms of a value, and the state of a widget."""
    if _is_a("ipywidgets", "Widget", value):
        return _as_widget(value, kind)
    data, metadata = forms(value)
    output: Output = {"output_type": kind, "data": data, "metadata": metadata}
    if "image/png" in data and (dark := _for_the_dark(base64.b64decode(data["image/png"]))):
        output["dark"] = base64.b64encode(dark).decode()
    return output


def _for_the_dark(png: bytes) -> bytes | None:
    """Return a figure of the course for the dark theme, as the book has it; None for another."""
    if "matplotlib" not in sys.modules:  # no figure, and perhaps nothing that could read it
        return None
    from dark_figures import KEPT, dark_figure
    from PIL import Image

    if KEPT.encode() not in png[:100]:
        return None
    made, buffer = dark_figure(Image.open(io.BytesIO(png))), io.BytesIO()
    assert made is not None
    made.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _as_widget(value: Any, kind: str) -> Output:
    """Return a view of a widget with its state: a page needs no picture of it, it is alive there.

    Its picture would have to be drawn with matplotlib, which takes seconds in a browser.
    """
    from ipywidgets.embed import dependency_state

    view = {"version_major": 2, "version_minor": 0, "model_id": value.model_id}
    return {
        "output_type": kind,
        "data": {WIDGET: view, "text/plain": plain(value)},
        "metadata": {},
        "widgets": dependency_state([value], drop_defaults=False),
    }


def forms(value: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the forms of a value by MIME type, and what is told about each.

    >>> forms([1, 2])
    ({'text/plain': '[1, 2]'}, {})
    """
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    if not isinstance(value, type):
        bundle = getattr(value, "_repr_mimebundle_", None)
        if bundle is not None:
            made = bundle(include=None, exclude=None)
            data, metadata = made if isinstance(made, tuple) else (made or {}, {})
        for form, name in METHODS.items():
            if form not in data and (method := getattr(value, name, None)):
                made = method()
                if made is not None:
                    data[form] = _text(made)
        if _is_a("matplotlib.figure", "Figure", value):
            data["image/png"] = _png(value)
    if "text/plain" not in data:
        data["text/plain"] = plain(value)
    return data, metadata


def plain(value: Any) -> str:
    """Return the text of a value; a long list or dict has a line for each item."""
    text = repr(value)
    if type(value) in (dict, list, set, tuple) and len(text) > WIDTH:
        return pprint.pformat(value, width=WIDTH, sort_dicts=False)
    return text


def _text(made: Any) -> Any:
    return base64.b64encode(made).decode() if isinstance(made, bytes) else made


def _is_a(module: str, name: str, value: Any) -> bool:
    """Tell whether a value is of a class of a module, without importing that."""
    found = sys.modules.get(module)
    return found is not None and isinstance(value, getattr(found, name))


def _png(figure: Any) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight")
    return base64.b64encode(buffer.getvalue()).decode()


def show_open_figures() -> None:
    """Show the figures that ``pyplot`` holds, as a notebook does at the end of a cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    for number in pyplot.get_fignums():
        display(pyplot.figure(number))
    pyplot.close("all")


def failure(error: BaseException, at: int) -> Output:
    """Return what stopped cell `at`, in short: where in the reader's own code, and why.

    ``line`` is the line of the cell, ``cell`` the number of the cell above if it is not this one.
    """
    told = traceback.TracebackException.from_exception(error, capture_locals=False)
    words = list(told.format_exception_only())[-1].strip()
    cell, line, code = _place(error)
    output: Output = {
        "output_type": "error",
        "ename": type(error).__name__,
        "evalue": str(error),
        "words": words,
        "line": line,
        "code": code,
    }
    if cell is not None and cell != at:
        output["cell"] = cell
    if isinstance(error, MemoryError):
        output["words"] += ". Python in a page has about 2 GB: ask for a smaller array."
    if isinstance(error, SystemExit):
        output["words"] = "The cell ended itself (SystemExit)."
    return output


def _place(error: BaseException) -> tuple[int | None, int | None, str]:
    """Return cell, line and code where an error comes from, seen from the reader's code."""
    if isinstance(error, SyntaxError) and (error.filename or "").startswith("<cell "):
        text = (error.text or "").rstrip("\n")
        caret = " " * max(0, (error.offset or 1) - 1) + "^"
        return _number(error.filename or ""), error.lineno, f"{text}\n{caret}"
    found: tuple[int | None, int | None, str] = (None, None, "")
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith("<cell "):
            found = (_number(frame.filename), frame.lineno, frame.line or "")
    return found


def _number(file: str) -> int:
    return int(file.removeprefix("<cell ").removesuffix(">"))
