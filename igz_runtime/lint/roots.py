"""Reads a file of code: its module, then each function that nothing in it calls, in every world."""

from __future__ import annotations

import ast
import json
from contextlib import suppress
from typing import Any, Final

from igz_runtime.code.cells.source import Place, Source
from igz_runtime.code.python.definitions import is_static
from igz_runtime.code.python.failures import say_failure
from igz_runtime.code.python.statements import Left, Runner
from igz_runtime.code.python.values import Arguments, FunctionNode, LocalClass, LocalFunction, place_of
from igz_runtime.code.python.world import Budget, Exhausted, Stopped, World, worlds
from igz_runtime.functions.kinds import KINDS
from igz_runtime.lint.relevance import Relevance
from igz_runtime.lint.results import Content, Written
from igz_runtime.lint.vocabulary.made import Made
from igz_runtime.lint.vocabulary.reading import Reading
from igz_runtime.text.place import Remark

_DEEPEST: Final = 3
_MOST_FUNCTIONS: Final = 2_000
Chain = tuple[FunctionNode, ...]


def read(source: Source, reading: Reading) -> Content:
    """The functions that the code makes, and what of it could not be followed."""
    reader = _Reader(source, reading)
    try:
        reader.read()
    except Exhausted:
        reading.notes[(1, 0), "holds more than lint follows: what comes late in it is not known"] = None
    for written in reader.functions.values():
        by_name = reading.runs.get(str(written.document["metadata"].get("name")), {})
        written.runs = tuple(dict.fromkeys((*written.runs, *by_name)))
    return Content(
        functions=sorted(reader.functions.values(), key=lambda each: each.at(())),
        notes=[*_remarks(source, reading.failures, defect=True), *_remarks(source, reading.notes)],
        broken=list(source.broken),
        faults=_remarks(source, reading.faults),
    )


class _Reader:
    def __init__(self, source: Source, reading: Reading) -> None:
        self.functions: dict[str, Written] = {}
        self._source = source
        self._reading = reading
        self._budget = Budget()
        self._statements = [statement for parsed in source.parsed for statement in parsed.body]
        names = frozenset(name.rpartition(".")[2] for name in reading.profiles)
        self._relevance = Relevance(self._statements, names)
        self._entered: set[int] = set()
        self._chains: dict[int, Chain] = {}
        self._of_module: dict[str, str] = {}
        self._finished: set[str] = set()

    def read(self) -> None:
        if not self._relevance:
            return
        self._budget.matters = self._relevance.matters
        worlds(self._budget, lambda world: self._through(world, ()))
        begun: set[int] = set()
        while True:
            waiting = [each for each in self._chains if each not in begun and each not in self._entered]
            if not waiting:
                break
            begun.add(waiting[0])
            chain = self._chains[waiting[0]]
            worlds(self._budget, lambda world, chain=chain: self._through(world, chain))  # type: ignore[misc]
        for identity, origin in self._of_module.items():
            # What the module makes and a function of it finishes is judged as finished.
            if origin in self._finished:
                self.functions.pop(identity, None)

    def _through(self, world: World, chain: Chain) -> None:
        """Go through the module, and then through functions of it, each of which the one before defines."""
        made_here = self._reading.made = []
        runner = self._reading.of = Runner(world, self._reading)
        runner.run_module(self._statements, world.frame(None))
        before = {id(made): (made.changes, len(made.unknown)) for made in made_here} if chain else {}
        for node in chain:
            function = world.defined.get(id(node))
            if function is None:
                return
            if node is chain[-1]:
                before = {id(made): (made.changes, len(made.unknown)) for made in made_here}
            _begin(runner, function)
        self._entered |= world.entered
        for key, function in world.defined.items():
            if key in self._relevance.functions and len(chain) < _DEEPEST:
                self._chains.setdefault(key, (*chain, function.node))
        for made in made_here:
            changes, unknown = before.get(id(made), (-1, -1))
            if changes != made.changes:
                self._keep(made, of_module=not chain)
            if changes not in (-1, made.changes) and len(made.unknown) <= unknown:
                self._finished.add(_origin(made))

    def _keep(self, made: Made, *, of_module: bool) -> None:
        if made.known_kind is None and not made.touched:
            return
        if made.kind not in KINDS:
            if made.kind not in ("local", "handler"):
                made.note(made.place_at(("kind",)), f"{made.kind!r} is not a kind of function that MLRun knows")
            return
        if made.origin and made.known_kind is None:
            what = "what it holds is not known, so that only what the code sets on it is judged"
            made.note(made.place, f"{made.origin.rpartition('.')[2]}(…): {what}")
        if len(self.functions) >= _MOST_FUNCTIONS:
            raise Exhausted
        identity = _identity(made)
        self.functions.setdefault(identity, made.written(self._source.position))
        if of_module:
            self._of_module[identity] = _origin(made)


def _begin(runner: Runner, function: LocalFunction) -> None:
    try:
        with suppress(Left):  # an __init__ may raise, before its object's method is begun
            runner.begin(_received(runner, function))
    except Stopped:
        raise
    except Exception as error:  # noqa: BLE001  (a defect of ours must not cost the file's other findings)
        say_failure(runner, place_of(function.node), error)


def _received(runner: Runner, function: LocalFunction) -> LocalFunction:
    """A function as it is begun; a method gets an object of its class."""
    if isinstance(function.receiver, LocalClass) and not is_static(function.node):
        instance: Any = function.receiver
        if not any(isinstance(each, ast.Name) and each.id == "classmethod" for each in function.node.decorator_list):
            begun = Arguments(place_of(function.node), "", more=True)
            instance = function.receiver.call(runner, begun)
        return LocalFunction(function.node, function.frame, instance)
    return function


def _origin(made: Made) -> str:
    return f"{made.place} {made.document['metadata'].get('name')}"


def _identity(made: Made) -> str:
    """What tells one function from another; the same in two worlds is one."""
    refused = [(place, [finding.rule for finding in findings]) for findings, place in made.refused]
    parts = (made.place, made.document, sorted(map(str, made.unknown)), sorted(map(str, made.places.items())))
    return json.dumps((*parts, refused, made.restartable, [*made.runs]), sort_keys=True, default=str)


def _remarks(source: Source, said: dict[tuple[Place, str], None], *, defect: bool = False) -> list[Remark]:
    return sorted(Remark(source.position(place), text, defect) for place, text in said)
