"""What a function does, read from its code: whether it trains, and whether it writes and reads checkpoints.

Nothing is executed or imported: what is seen is the syntax tree.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from igz_runtime.code.cells.source import Cell, Source
from igz_runtime.code.evidence.checkpoints import uses
from igz_runtime.code.evidence.modules import Class, Function, Module, Part
from igz_runtime.code.evidence.reach import TOO_MUCH, Reach
from igz_runtime.code.evidence.training import goes_in_steps, trains
from igz_runtime.code.evidence.values import Resolver, TooMuch
from igz_runtime.text.limits import Unreadable


class Seen(NamedTuple):
    """Something that the code does, and where.

    Attributes:
        what: it in a word, such as `XGBClassifier.fit`.
        file: the name of the file.
        line: the line; in a notebook, within the cell.
        cell: in a notebook, the number of the cell; else 0.
    """

    what: str
    file: str
    line: int
    cell: int = 0

    def __str__(self) -> str:
        return f"{self.what} at {self.file}:{f'cell {self.cell}:' if self.cell else ''}{self.line}"


class CodeEvidence(NamedTuple):
    """What a function's code does.

    Attributes:
        trains: what trains a model.
        writes: what writes checkpoints.
        reads: what reads them back.
        unread: why not all of what runs is known, such as a module that was not read; empty where all of it is.
    """

    trains: tuple[Seen, ...] = ()
    writes: tuple[Seen, ...] = ()
    reads: tuple[Seen, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether everything that runs is known."""
        return not self.unread


Beside = Callable[[str], tuple[str, str] | None]
"""Gives the name and the text of a module that the code imports, where there is such a file beside it."""

_MOST_MODULES: Final = 20
_MOST_SEEN: Final = 50
_LONGEST: Final = 200
_ENTRIES: Final = ("init_context",)
"""What Nuclio calls beside the handler."""


def evidence_in(text: str, handlers: Iterable[str], name: str, beside: Beside | None = None) -> CodeEvidence:
    """What the code of a file does once one of its handlers is called.

    Args:
        text: the file: Python, or a notebook.
        handlers: how they are called: `train`, `main:train`, `Model.train`; none: it is run as a script.
        name: the file's name, which messages show, and whose ending says how it is read.
        beside: finds the modules that it imports.

    >>> str(evidence_in("def train(model, x): model.fit(x)", ["train"], "churn.py").trains[0])
    'model.fit at churn.py:1'
    """
    handlers = tuple(filter(None, handlers))
    try:
        return _read(text, handlers, name, beside)
    except (RecursionError, MemoryError):
        return CodeEvidence(unread=(f"{name} is nested deeper than can be read",))


def _read(text: str, handlers: tuple[str, ...], name: str, beside: Beside | None) -> CodeEvidence:
    try:
        module = _module(text, name)
    except Unreadable as error:
        return CodeEvidence(unread=(f"{name} {error.remark.text}",))
    modules = _with_imported(module, beside) if beside else {"": module}
    resolver = Resolver(modules)
    reach = Reach(resolver, modules.values())
    unread = [f"{each.name} {remark.text}" for each in modules.values() for remark in each.source.broken]
    try:
        unread += _begin(reach, resolver, module, handlers)
    except TooMuch:
        unread.append(TOO_MUCH)
    found = _seen(reach, resolver, modules.values())
    if not handlers and not found.trains:
        unread += _if_it_is_run(module, resolver, modules)
    return found._replace(unread=tuple(each[:_LONGEST] for each in (*unread, *reach.unread)))


def _module(text: str, name: str) -> Module:
    """A file of code; one that is not large is kept for a while: functions of a project share files, not handlers."""
    return _kept(text, name) if len(text) <= _LARGEST_KEPT else _made(text, name)


_LARGEST_KEPT: Final = 2**16


def _made(text: str, name: str) -> Module:
    if name.endswith(".ipynb"):
        from igz_runtime.code.cells.notebook import cells_of

        return Module(Source(_exported(cells_of(text))), name)
    return Module(Source([Cell(text.removeprefix("\ufeff"))]), name)


_kept: Final = lru_cache(maxsize=8)(_made)


def _exported(cells: list[Cell]) -> list[Cell]:
    """The code that MLRun and Nuclio make a function of: what stands between their marks, where there are such."""
    kept = []
    inside = not any(mark[1] == "start" for cell in cells for mark in _MARK.finditer(cell.text))
    for cell in cells:
        lines = []
        marks = [(_MARK.match(line) or ("", ""))[1] for line in cell.text.split("\n")]
        for line, mark in zip(cell.text.split("\n"), marks, strict=True):
            inside = mark == "start" or (inside and mark != "end")
            lines.append(line if inside and "ignore" not in marks else "")
        kept.append(cell._replace(text="\n".join(lines)))
    return kept


_MARK: Final = re.compile(r"(?m)^[ \t]*#[ \t]*(?:nuclio|mlrun):[ \t]*(start|end|ignore)\b")


def _with_imported(module: Module, beside: Beside) -> dict[str, Module]:
    """A file and those beside it that it imports, by the names that they are imported by."""
    modules = {"": module}
    waiting = [module]
    for each in waiting:
        for imported in each.imports:
            found = beside(imported) if imported not in modules and len(modules) < _MOST_MODULES else None
            if found is None:
                continue
            try:
                modules[imported] = _module(found[1], found[0])
            except Unreadable:
                continue
            waiting.append(modules[imported])
    return modules


def _begin(reach: Reach, resolver: Resolver, module: Module, handlers: tuple[str, ...]) -> list[str]:
    """Enter what is run; returns why that is not known."""
    if not handlers:
        reach.enter(module)
        reach.follow()
        if not reach.functions:
            # A script does its work itself, or calls what does; of what does neither, anything may be the handler.
            reach.enter_all(module)
        return []
    reach.enter(Part(module, [each for each in module.body if not _is_for_scripts(each)], module))
    lost = []
    for handler in (*handlers, *_ENTRIES):
        found = _handler(handler, module, resolver)
        for each in found:
            if isinstance(each, Class):
                reach.make(each)
            reach.enter(each.body)
        if not found and handler not in _ENTRIES:
            lost.append(f"{module.name} does not define {handler!r}")
    if lost:
        reach.enter_all(module)
    return lost


def _if_it_is_run(module: Module, resolver: Resolver, modules: dict[str, Module]) -> list[str]:
    """What trains in a script that runs without it: MLRun can be told to run any function of the file."""
    reach = Reach(resolver, modules.values())
    reach.enter_all(module)
    return [
        f"which part of {module.name} is run, while {each} would train"
        for each in _seen(reach, resolver, modules.values()).trains[:1]
    ]


def _is_for_scripts(statement: ast.stmt) -> bool:
    """Whether a statement is `if __name__ == "__main__"`."""
    return isinstance(statement, ast.If) and any(
        isinstance(each, ast.Name) and each.id == "__name__" for each in ast.walk(statement.test)
    )


def _handler(handler: str, module: Module, resolver: Resolver) -> list[Function | Class]:
    """The function or class that a handler names, with or without the module's name before it."""
    *owner, name = re.split(r"::|[.:]", handler)
    if owner:
        held = [each for each in _defined(owner[-1], module, resolver) if isinstance(each, Class)]
        methods = [method for each in held for method in resolver.methods(each, name)]
        if methods:
            return [*held, *methods]
    return _defined(name, module, resolver)


def _defined(name: str, module: Module, resolver: Resolver) -> list[Function | Class]:
    values = (value for each in module.names.get(name, ()) for value in resolver.bound(each, module))
    return [each for each in values if isinstance(each, (Function, Class))]


def _seen(reach: Reach, resolver: Resolver, modules: Iterable[Module]) -> CodeEvidence:
    packages = frozenset(each for module in modules for each in module.packages)
    found: dict[str, dict[Seen, None]] = {"trains": {}, "writes": {}, "repeats": {}, "reads": {}}
    for call in reach.calls():
        training = trains(call, resolver, packages)
        each_use = [("trains", training), *uses(call)]
        for way, what in each_use:
            if what and len(found[way]) < _MOST_SEEN:
                module = call.scope.module
                position = module.source.position((call.node.lineno, call.node.col_offset))
                found[way][Seen(what, module.name, position.line, position.cell)] = None
    if goes_in_steps((each.what for each in found["trains"]), packages):
        found["writes"] |= found["repeats"]
    trained, writes, reads = (tuple(sorted(found[way], key=_by_place)) for way in ("trains", "writes", "reads"))
    return CodeEvidence(trained, writes, reads)


def _by_place(seen: Seen) -> tuple[str, int, int]:
    return seen.file, seen.cell, seen.line
