"""Reads a file of code: its module, then each function that nothing in it calls."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

from igz_runtime.code.cells.source import Place, Source
from igz_runtime.code.python.classes import Instance, LocalClass, LocalFunction
from igz_runtime.code.python.endings import Exhausted, Left, Stopped, say_failure
from igz_runtime.code.python.statements import Runner
from igz_runtime.code.python.values import Arguments, Frame, place_of
from igz_runtime.functions.recognition import not_checked, placed_by_mlrun, runs_here
from igz_runtime.lint.results import Content, Written
from igz_runtime.lint.vocabulary.constructors import ONLY_WHAT_IS_SET
from igz_runtime.lint.vocabulary.made import SETTINGS, Made
from igz_runtime.lint.vocabulary.mlrun import Vocabulary
from igz_runtime.text.limits import TOO_MANY_FUNCTIONS
from igz_runtime.text.place import Remark

_DEEPEST: Final = 3
_MOST_FUNCTIONS: Final = 2_000
Seen = dict[int, tuple[int, int]]
"""Functions, with how often something had set a field of them, and how many fields were not known."""


def read(source: Source, reading: Vocabulary) -> Content:
    """The functions that the code makes, and what of it could not be followed."""
    reader = _Reader(source, reading)
    reader.read()
    for written in reader.functions.values():
        by_name = reading.runs.get(str(written.document["metadata"].get("name")), {})
        written.runs = tuple(dict.fromkeys((*written.runs, *by_name)))
    too_many = [Remark(source.position(reading.too_many), TOO_MANY_FUNCTIONS)] if reading.too_many else []
    return Content(
        functions=sorted(reader.functions.values(), key=lambda each: each.at(())),
        notes=sorted(_remarks(source, reading.notes), key=lambda note: not note.defect),
        broken=[*source.broken, *too_many],
        faults=_remarks(source, reading.faults),
    )


class _Reader:
    def __init__(self, source: Source, reading: Vocabulary) -> None:
        self.functions: dict[str, Written] = {}
        self._source = source
        self._reading = reading
        self._runner = reading.of = Runner(reading)
        self._begun: set[int] = set()
        self._worth_begun: set[int] = set()
        self._before: Seen = {}
        self._of_module: dict[str, tuple[Any, ...]] = {}
        self._finished: set[tuple[Any, ...]] = set()

    def read(self) -> None:
        statements = [statement for parsed in self._source.parsed for statement in parsed.body]
        names = _Names(statements)
        by_text = names.with_each(self._reading.dynamic)
        if not by_text and not names.has_any(self._reading.telling):
            return
        self._runner.worth = names.using(self._reading.telling | self._reading.words)
        self._runner.worth |= names.with_each(self._reading.dynamic[:1])
        self._worth_begun = names.using(self._reading.telling) | names.beside(self._reading.makers, self._runner.worth)
        self._worth_begun |= by_text
        try:
            self._runner.run_module(statements, Frame((), None))
            self._judge(of_module=True)
            self._begin_each(0)
        except Exhausted:
            self._runner.state.recover()
            with suppress(Exhausted):
                self._judge()
            if self._reading.too_many is None:
                self._reading.note((1, 0), "holds more than lint follows: what comes late in it is not known")
        self._say_unreached(statements)
        for identity, origin in self._of_module.items():
            # What the module makes and a function of it finishes is judged as finished.
            if origin in self._finished:
                self.functions.pop(identity, None)

    def _say_unreached(self, statements: list[ast.stmt]) -> None:
        """Say where the code calls a setter that was not gone through, however it gets there."""
        for node in (each for statement in statements for each in ast.walk(statement)):
            if not isinstance(node, ast.Attribute) or id(node) in self._runner.reached:
                continue
            if node.attr in self._reading.distinct:
                self._reading.note(place_of(node), f"{node.attr}: lint does not follow how the code gets here")

    def _begin_each(self, depth: int) -> None:
        """Begin each function that nothing has called, in the state in which it was defined, and judge what it does."""
        runner = self._runner
        while depth < _DEEPEST:
            waiting = (self._worth_begun & runner.defined.keys()) - runner.entered - self._begun
            function = next((runner.defined[each] for each in runner.defined if each in waiting), None)
            if function is None:
                return
            self._begun.add(id(function.node))
            before, defined = self._before, dict(runner.defined)
            self._before = {id(made): (made.changes, made.unknowns) for made in self._reading.made}
            runner.state.each_way(partial(self._begin, function, depth))
            self._before, runner.defined = before, defined

    def _begin(self, function: LocalFunction, depth: int) -> None:
        for receiver in self._receivers(function):
            try:
                with suppress(Left):
                    self._runner.begin(replace(function, receiver=receiver))
            except Stopped:
                raise
            except Exception as error:  # noqa: BLE001  (a defect of ours must not cost the file's other findings)
                say_failure(self._runner, place_of(function.node), error)
        self._judge()
        self._begin_each(depth + 1)

    def _receivers(self, function: LocalFunction) -> list[Any]:
        """What a function is begun with: a method with the objects that the code makes of its class, else with another.

        That one stands for objects that are made elsewhere.
        """
        cls = function.of_class
        if not isinstance(cls, LocalClass) or function.is_decorated("staticmethod"):
            return [None]
        if function.is_decorated("classmethod"):
            return [cls]
        made = [each for each in cls.instances if each.attributes]
        if made:
            return list(made)
        with suppress(Left):  # an __init__ may raise, before its object's method is begun
            instance = cls.call(self._runner, Arguments(place_of(function.node), "", more=True))
            if isinstance(instance, Instance):
                instance.outside = True
            cls.instances.clear()
            return [instance]
        return []

    def _judge(self, *, of_module: bool = False) -> None:
        """Keep what was made or changed, on each way that it can have become so."""
        for number in list(self._reading.numbered):
            for way in self._runner.state.each_way(partial(self._written, number)):
                if way.value is None:
                    continue
                made, written = way.value
                changes, unknown = self._before.get(id(made), (-1, -1))
                self._keep(made, written, of_module=of_module)
                if changes != -1 and len(written.unknown) <= unknown:
                    self._finished.add(_origin(made, written))

    def _written(self, number: int) -> tuple[Made, Written] | None:
        """A function as it is on this way, where something has changed it."""
        made = self._reading.find(number)
        if made is None or self._before.get(id(made), (-1, -1))[0] == made.changes:
            return None
        self._runner.state.spend()
        return made, made.written(self._source.position)

    def _keep(self, made: Made, written: Written, *, of_module: bool) -> None:
        if made.known_kind is None and not made.touched:
            return
        kind = written.document["kind"]
        if not placed_by_mlrun(kind):
            if not runs_here(kind):
                self._reading.note(made.place, not_checked(kind))
            return
        if made.origin and made.known_kind is None:
            made.note(made.place, f"{made.origin.rpartition('.')[2]}(…): what it holds is not known{ONLY_WHAT_IS_SET}")
        for place, text in made.notes:
            self._reading.note(place, text)
        if len(self.functions) >= _MOST_FUNCTIONS:
            raise Exhausted
        identity = _identity(made, written)
        self.functions.setdefault(identity, written)
        # A function that nothing calls may finish what the module only makes, and takes back nothing that it sets.
        if of_module and not any(path[:2] in SETTINGS for path in written.placed):
            self._of_module[identity] = _origin(made, written)


def _origin(made: Made, written: Written) -> tuple[Any, ...]:
    return made.place, written.document["metadata"].get("name")


def _identity(made: Made, written: Written) -> str:
    """What tells one function from another; the same on two ways is one."""
    parts = (made.place, written.document, sorted(map(str, written.unknown)), sorted(map(str, written.placed.items())))
    again = written.workload is not None
    text = json.dumps((*parts, [*map(str, made.refused)], again, written.runs), default=str)
    # Keys of several types have an order once they are text.
    return json.dumps(json.loads(text), sort_keys=True)


def _remarks(source: Source, said: Iterable[tuple[Place, str, bool]]) -> list[Remark]:
    return sorted(Remark(source.position(place), text, defect) for place, text, defect in said)


class _Names:
    """The names that a file uses, and where: what has the name of something that matters, matters.

    An attribute counts by its name, and with a point before it, for names that say something as an attribute alone.

    Args:
        statements: the statements of the file.
    """

    def __init__(self, statements: list[ast.stmt]) -> None:
        self._used: dict[ast.AST | None, set[str]] = {None: set()}
        self._within: dict[ast.AST, ast.AST | None] = {}
        self._aliases: list[ast.alias] = []
        waiting: list[tuple[ast.AST, ast.AST | None]] = [(each, None) for each in statements]
        while waiting:
            node, owner = waiting.pop()
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
                self._within[node], self._used[node] = owner, set()
                owner = node
            elif isinstance(node, ast.alias):
                self._aliases.append(node)
            elif isinstance(node, ast.Name):
                self._used[owner].add(node.id)
            elif isinstance(node, ast.Attribute):
                self._used[owner].update((node.attr, f".{node.attr}"))
            waiting += [(each, owner) for each in ast.iter_child_nodes(node)]

    def has_any(self, names: frozenset[str]) -> bool:
        """Whether the file uses one of several names."""
        known = self._known(names)
        return any(not used.isdisjoint(known) for used in self._used.values())

    def with_each(self, names: Iterable[frozenset[str]]) -> set[int]:
        """The functions that use one of each of several sets of names themselves, by identity of their nodes."""
        known = [self._known(each) for each in names]
        return {id(node) for node, used in self._used.items() if not any(map(used.isdisjoint, known))}

    def using(self, names: frozenset[str]) -> set[int]:
        """The functions that use one of several names, or call others that do, by identity of their nodes."""
        known = self._known(names)
        found: set[ast.AST] = set()
        grown = True
        while grown:
            before = len(found)
            for node, used in self._used.items():
                owner: ast.AST | None = node if node not in found and not used.isdisjoint(known) else None
                while owner is not None and owner not in found:
                    found.add(owner)
                    known.add(getattr(owner, "name", "lambda"))
                    owner = self._within[owner]
            grown = len(found) > before
        return {id(node) for node in found}

    def beside(self, makers: frozenset[str], functions: set[int]) -> set[int]:
        """Those of some functions that may be given what the module makes, or their class."""
        if not self._used[None].isdisjoint(self._known(makers)):
            return functions
        classes = self.using(makers)
        return {id(node) for node, owner in self._within.items() if id(node) in functions and id(owner) in classes}

    def _known(self, names: frozenset[str]) -> set[str]:
        """Names, and those under which the file imports them."""
        return {
            *names,
            *(each.asname for each in self._aliases if each.asname and each.name.rpartition(".")[2] in names),
        }
