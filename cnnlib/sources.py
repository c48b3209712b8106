"""The library's own source as text, so that a chapter shows the code that really runs."""

import ast
import inspect
import textwrap
from collections.abc import Callable


class Source(str):
    """Source code that a notebook shows in colours; printed, it is plain text."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the code itself, for a notebook that shows text only."""
        return str(self)

    def _repr_markdown_(self) -> str:
        """Return the code as a block of Markdown, which JupyterLab, GitHub and the book colour."""
        return f"```python\n{self}\n```"


def source_of(function: Callable) -> Source:
    """Return the source of `function` without its docstring.

    >>> from cnnlib.operations._windows import WindowAxis
    >>> source_of(WindowAxis.padded.fget)
    @property
    def padded(self) -> int:
        return self.before + self.input + self.after
    """
    source = textwrap.dedent(inspect.getsource(function))
    tree = ast.parse(source).body[0]
    assert isinstance(tree, ast.FunctionDef)
    lines = source.splitlines()
    first = tree.body[0]
    if ast.get_docstring(tree) is not None and first.end_lineno is not None:
        del lines[first.lineno - 1 : first.end_lineno]
    return Source("\n".join(lines).strip())
