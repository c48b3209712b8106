"""Which packages a cell needs before it runs: its imports, and those of the course's own modules.

Nothing is imported for it, and modules are read as text: in a browser each millisecond counts.
"""

import importlib.machinery
import re
import sys
from functools import cache
from pathlib import Path

#: The library of the course, whose imports are followed.
OWN = "cnnlib"
IMPORT = re.compile(
    r"^([ \t]*)"
    r"(?:from[ ]+([\w.]+)[ ]+import[ ]+(\([^)]*\)|[^\n#]+)|import[ ]+([^\n#]+))",
    re.MULTILINE,
)


def missing(code: str) -> list[str]:
    """Return the modules from outside that code needs, and that are not here yet.

    >>> missing("import math, no_such_module")
    ['no_such_module']
    """
    names: set[str] = set()
    seen: set[str] = set()
    waiting = modules_of(code)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        top = name.partition(".")[0]
        if top == OWN:
            waiting += _needs_of(name)
        elif top not in sys.stdlib_module_names and not _is_here(top):
            names.add(top)
    return sorted(names)


def modules_of(code: str, at_top: bool = False) -> list[str]:
    """Return the full names of what code imports; some may be functions, not modules.

    With `at_top`, an import inside a function does not count.
    """
    names = []
    for indent, source, wanted, plain in IMPORT.findall(code):
        if indent and at_top:
            continue
        if source:
            parts = [part.split()[0] for part in wanted.strip("() \n").split(",") if part.strip()]
            names += [source, *(f"{source}.{part}" for part in parts)]
        else:
            names += [part.split()[0] for part in plain.split(",") if part.strip()]
    return names


@cache
def _needs_of(name: str) -> tuple[str, ...]:
    """Return what a module of the library imports, and its packages with it."""
    folder = _folder()
    if folder is None:
        return ()
    path = folder.joinpath(*name.split(".")[1:])
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    found = [name.rpartition(".")[0]] if "." in name else []
    if file.is_file():
        # what a function of the library imports, it can do without
        found += modules_of(file.read_text(encoding="utf-8"), at_top=True)
    return tuple(found)


@cache
def _folder() -> Path | None:
    spec = importlib.machinery.PathFinder.find_spec(OWN)
    return Path(spec.origin).parent if spec and spec.origin else None


def _is_here(name: str) -> bool:
    return name in sys.modules or importlib.machinery.PathFinder.find_spec(name) is not None
