"""Which statements the settings of a function can depend on: only their branches are worth going through each way.

It is a guess by names, on the safe side: what has the name of something that matters, matters.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from igz_runtime.lint.vocabulary.constructors import CONSTRUCTORS, OF_PROJECTS
from igz_runtime.lint.vocabulary.made import PLACEMENT, RESOURCES
from igz_runtime.lint.vocabulary.setters import SETTERS
from igz_runtime.profiles.builtin import BUILT_IN

_NAMES: Final = frozenset(
    {
        *CONSTRUCTORS,
        *OF_PROJECTS,
        *SETTERS,
        *PLACEMENT,
        *RESOURCES,
        *(each.__name__ for each in BUILT_IN),
        *("apply", "plan", "replace", "named", "set_retry"),
    }
)
_MUTATORS: Final = frozenset({"append", "extend", "insert", "update", "setdefault", "pop", "clear"})
_LEAVES: Final = (ast.Return, ast.Break, ast.Continue)
_ASSIGNMENTS: Final = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith)
_INNER: Final = (ast.stmt, ast.excepthandler, ast.match_case)
_DEEPEST: Final = 8


class Relevance:
    """What matters in the statements of a file.

    Args:
        statements: the statements.
        names: names besides MLRun's and ours that matter when they are called.

    Attributes:
        functions: the functions of the file that make or change functions of MLRun's, by identity of their nodes.
    """

    def __init__(self, statements: Sequence[ast.stmt], names: frozenset[str]) -> None:
        self._parts = [_Part(statement, owners) for owners, statement in _each(statements, ())]
        self._known = set(_NAMES | names)
        self._known |= {alias.asname for part in self._parts for alias in part.aliases(self._known) if alias.asname}
        self.functions: set[int] = set()
        self._matter: set[int] = set()
        self._find_functions()
        if self._any():
            self._find_influences()

    def matters(self, statement: ast.AST) -> bool:
        """Whether a function's settings can depend on a statement, or on one in it."""
        return id(statement) in self._matter

    def __bool__(self) -> bool:
        return self._any()

    def _any(self) -> bool:
        return any(part.names & self._known for part in self._parts)

    def _find_functions(self) -> None:
        """The functions that matter, and those that call them; classes are named by their methods."""
        grown = True
        while grown:
            before = len(self._known)
            for part in self._parts:
                if part.names & self._known:
                    self.functions.update(id(owner) for owner in part.owners if not isinstance(owner, ast.ClassDef))
                    self._known.update(owner.name for owner in part.owners)
            grown = len(self._known) > before

    def _find_influences(self) -> None:
        influences: set[str] = set()
        grown = True
        while grown:
            before = len(influences), len(self._matter)
            for part in self._parts:
                if part.names & self._known or self._has_influence(part, influences):
                    influences |= part.names
                    self._matter.update(map(id, (part.statement, *part.around)))
                elif id(part.statement) in self._matter:
                    influences |= part.names
            grown = (len(influences), len(self._matter)) != before

    def _has_influence(self, part: _Part, influences: set[str]) -> bool:
        if part.targets & influences:
            return True
        if isinstance(part.statement, _LEAVES):
            return not part.owners or any(id(own) in self.functions or own.name in influences for own in part.owners)
        return isinstance(part.statement, ast.Expr) and bool(part.names & _MUTATORS and part.names & influences)


Owner = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class _Part:
    """A statement, with the names that it uses itself and not in statements inside of it.

    Args:
        statement: the statement.
        around: the statements that it is inside of, the outermost first.
    """

    def __init__(self, statement: ast.stmt, around: tuple[ast.stmt, ...]) -> None:
        self.statement = statement
        self.around = around
        self.owners: list[Owner] = [
            each for each in around if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        ]
        self.names: set[str] = set()
        self.targets: set[str] = set()
        for node in _own(statement):
            if isinstance(node, ast.Name):
                self.names.add(node.id)
            elif isinstance(node, ast.Attribute):
                self.names.add(node.attr)
            elif isinstance(node, ast.Call) and _says_how_it_is_run(node):
                self.names.add("run_function")
            elif isinstance(node, ast.NamedExpr):
                self.targets.add(node.target.id)
        if isinstance(statement, _ASSIGNMENTS):
            self.targets |= {name for target in _targets(statement) for name in _names_of(target)}

    def aliases(self, names: set[str]) -> list[ast.alias]:
        """The names that an import gives another name, where they matter."""
        if not isinstance(self.statement, (ast.Import, ast.ImportFrom)):
            return []
        return [alias for alias in self.statement.names if alias.name.rpartition(".")[2] in names]


def _each(
    statements: Sequence[ast.stmt], around: tuple[ast.stmt, ...]
) -> Iterator[tuple[tuple[ast.stmt, ...], ast.stmt]]:
    """Each statement, at any depth, with those around it."""
    waiting: list[tuple[tuple[ast.stmt, ...], ast.AST]] = [(around, each) for each in reversed(statements)]
    while waiting:
        outer, node = waiting.pop()
        inner = outer
        if isinstance(node, ast.stmt):
            yield outer, node
            inner = (*outer, node)[-_DEEPEST:]
        waiting += [(inner, each) for each in ast.iter_child_nodes(node) if isinstance(each, _INNER)]


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement without those of statements inside of it."""
    waiting: list[ast.AST] = [each for each in ast.iter_child_nodes(statement) if not isinstance(each, _INNER)]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += ast.iter_child_nodes(node)


def _says_how_it_is_run(node: ast.Call) -> bool:
    """Whether `x.run(…)` has arguments that say something of a function of MLRun's; very much else is run as well."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in ("run", "as_step"):
        return False
    if any(keyword.arg in _OF_RUNS for keyword in node.keywords):
        return True
    other = isinstance(node.func.value, ast.Name) and node.func.value.id in _OTHER_RUNS
    return not other and bool(node.args) and isinstance(node.args[0], (ast.Name, ast.Call, ast.Dict))


_OF_RUNS: Final = frozenset({"handler", "runspec", "retry", "schedule"})
_OTHER_RUNS: Final = frozenset({"subprocess", "asyncio", "uvicorn", "anyio", "trio"})


def _targets(statement: ast.stmt) -> list[ast.AST]:
    if isinstance(statement, ast.Assign):
        return [*statement.targets]
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        return [item.optional_vars for item in statement.items if item.optional_vars]
    return [statement.target] if isinstance(statement, (ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor)) else []


def _names_of(target: ast.AST) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
