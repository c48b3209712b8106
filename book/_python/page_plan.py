"""What of the cells above must run before a cell can: found in their text, nothing is run for it.

A reader presses *Run* in the middle of a chapter. Of the cells above, those count that make a name
which the cell needs, or that could change what the name stands for; and so on upwards. An import is
taken by itself, name by name, so that an exercise does not wait for the plots of a chapter.
"""

import ast
import builtins
from dataclasses import dataclass, field
from functools import cache

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Unit:
    """A part of a cell that runs or is left out as a whole: one imported name, or all the rest."""

    cell: int
    code: ast.Module = field(compare=False, repr=False)
    text: str
    binds: frozenset[str]
    needs: frozenset[str]
    uses: frozenset[str]
    is_import: bool = False


def plan(cells: tuple[str, ...], at: int) -> list[Unit]:
    """Return what must run before cell number `at`, in order; each cell is Python code.

    >>> cells = ("import numpy as np", "x = np.arange(3)", "print('hello')", "x[0] = 7", "x.sum()")
    >>> [unit.text for unit in plan(cells, 4)]
    ['import numpy as np', 'x = np.arange(3)', 'x[0] = 7']
    """
    above = [unit for number in range(at) for unit in units(cells[number], number)]
    fixed = {name for unit in above for name in _fixed(unit.code)}.union(dir(builtins))
    wanted = set().union(*(unit.needs for unit in units(cells[at], at)))
    chosen = []
    for unit in reversed(above):
        if unit.binds & wanted or (unit.uses - fixed) & wanted:
            chosen.append(unit)
            if unit.is_import:
                wanted -= unit.binds
            wanted |= unit.needs
    return chosen[::-1]


@cache
def units(code: str, cell: int) -> tuple[Unit, ...]:
    """Return the parts of a cell; none if it is not Python."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return ()
    found = []
    others = []
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            found += [_unit([alone], cell) for alone in _one_by_one(statement)]
        else:
            others.append(statement)
    return tuple([*found, _unit(others, cell)] if others else found)


def _one_by_one(statement: ast.Import | ast.ImportFrom) -> list[ast.stmt]:
    alone: list[ast.stmt] = []
    for name in statement.names:
        if isinstance(statement, ast.Import):
            made: ast.stmt = ast.Import([name])
        else:
            made = ast.ImportFrom(statement.module, [name], statement.level)
        alone.append(ast.copy_location(made, statement))
    return alone


def _unit(statements: list[ast.stmt], cell: int) -> Unit:
    names = Names()
    for statement in statements:
        names.visit(statement)
    return Unit(
        cell=cell,
        code=ast.Module(statements, []),
        text="\n".join(ast.unparse(statement) for statement in statements),
        binds=frozenset(names.bound),
        needs=frozenset(_needs(statements, set())),
        uses=frozenset(names.read),
        is_import=isinstance(statements[0], ast.Import | ast.ImportFrom),
    )


def _fixed(code: ast.Module) -> set[str]:
    """Return names of modules, functions and classes: to use one does not change it."""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    names = Names()
    for statement in code.body:
        if isinstance(statement, kinds):
            names.visit(statement)
    return names.bound


def _needs(statements: list[ast.stmt], bound: set[str]) -> set[str]:
    """Return the names that statements read before they make them."""
    needed: set[str] = set()
    for statement in statements:
        names = Names()
        names.visit(statement)
        inside = names.targets if isinstance(statement, ast.For) else set()
        needed |= names.read - bound - inside
        if not isinstance(statement, ast.For | ast.While | ast.If | ast.Try | ast.AugAssign):
            bound |= names.bound
    return needed


class Names(ast.NodeVisitor):
    """The names that code reads from outside, and those that it binds at its own level."""

    def __init__(self) -> None:
        self.read: set[str] = set()
        self.bound: set[str] = set()
        self.targets: set[str] = set()

    def visit(self, node: ast.AST) -> None:
        """Look into a comprehension as into a function."""
        if isinstance(node, COMPREHENSIONS):
            self._scope(list(ast.iter_child_nodes(node)))
        else:
            super().visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        """Note a name that is read or bound."""
        (self.read if isinstance(node.ctx, ast.Load) else self.bound).add(node.id)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """Note that ``x += 1`` reads x, too."""
        if isinstance(node.target, ast.Name):
            self.read.add(node.target.id)
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        """Note what a loop counts with."""
        targets = Names()
        targets.visit(node.target)
        self.targets |= targets.bound
        self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> None:
        """Note what an import binds."""
        self.bound.add(node.asname or node.name.partition(".")[0])

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Look into a function: its own names are not ours."""
        for outside in (*node.decorator_list, node.args, node.returns):
            if outside is not None:
                self.visit(outside)
        self.bound.add(node.name)
        self._scope(node.body, node.args)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Look into a class."""
        for outside in (*node.decorator_list, *node.bases):
            self.visit(outside)
        self.bound.add(node.name)
        self._scope(node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Look into a lambda."""
        self.visit(node.args)
        self._scope([node.body], node.args)

    def _scope(self, body: list, arguments: ast.arguments | None = None) -> None:
        inner = Names()
        for node in body:
            inner.visit(node)
        own = inner.bound | inner.targets
        if arguments is not None:
            own |= {each.arg for each in ast.walk(arguments) if isinstance(each, ast.arg)}
        self.read |= inner.read - own
