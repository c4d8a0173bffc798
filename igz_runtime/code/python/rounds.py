"""Rounds: of comprehensions and of loops, with the values that they take."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.code.python import constants
from igz_runtime.code.python.binding import assign, keeps
from igz_runtime.code.python.classes import Instance
from igz_runtime.code.python.deciding import Turn
from igz_runtime.code.python.endings import Broken, Continued
from igz_runtime.code.python.values import UNKNOWN, Frame, Given, Value, place_of

if TYPE_CHECKING:
    from igz_runtime.code.python.evaluator import Evaluator
    from igz_runtime.code.python.statements import Runner

_MOST_ITEMS: Final = 50
_MOST_ROUNDS: Final = 20
_MOST_CHOICES: Final = 8
Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
Loop = ast.For | ast.AsyncFor | ast.While


def each_item(of: Evaluator, iterable: ast.expr, frame: Frame) -> list[Any] | None:
    """The values that a loop takes: those of a short list; None where that is not known."""
    items = of.settled(iterable, frame)
    if isinstance(items, Instance):
        items = items.special(of, "__iter__")
    return list(items) if isinstance(items, (list, tuple, dict)) and len(items) <= _MOST_ITEMS else None


def any_of(of: Evaluator, container: Any, key: Any) -> Any:
    """One of the objects in a list or a mapping, of which it is not known which one is asked for."""
    if isinstance(container, dict) and key is not UNKNOWN:
        held = [container[UNKNOWN]] if UNKNOWN in container else []
    else:
        items = container.values() if isinstance(container, dict) else container
        held = list(items) if isinstance(container, (dict, list, tuple)) else []
    held = [each for each in held if isinstance(each, Value)][:_MOST_CHOICES]
    for index, each in enumerate(held[:-1]):
        if of.state.decide(((), f"item {index} of {id(container)}")):
            return each
    return held[-1] if held else UNKNOWN


def comprehension(of: Evaluator, node: Comprehension, frame: Frame) -> Any:
    """What a comprehension makes."""
    inner = Frame((frame.call, place_of(node)), frame)
    rounds = _rounds(of, node.generators, inner)
    if isinstance(node, ast.DictComp):
        pairs = [(of.settled(node.key, inner), of.value(node.value, inner)) for _ in rounds]
        return (all(keeps(key, value) for key, value in pairs) and dict(pairs)) or UNKNOWN
    made = [of.value(node.elt, inner) for _ in rounds]
    return UNKNOWN if UNKNOWN in made or not made else made


def _rounds(of: Evaluator, generators: list[ast.comprehension], inner: Frame) -> Iterator[None]:
    """Each round of a comprehension's innermost loop, its names set."""
    first, *more = generators
    items = each_item(of, first.iter, inner)
    for item in [UNKNOWN] if items is None else items:
        assign(of, first.target, Given(item, place_of(first.target)), inner)
        if not any(constants.truth(of.settled(test, inner)) is False for test in first.ifs):
            yield from _rounds(of, more, inner) if more else [None]


def loop(of: Runner, node: Loop, frame: Frame) -> None:
    """Go through the rounds of a loop, and through what follows where nothing breaks it."""
    try:
        if isinstance(node, ast.While):
            _while(of, node, frame)
        else:
            _for(of, node, frame)
    except Broken:
        return
    of.run(node.orelse, frame)


def _for(of: Runner, node: ast.For | ast.AsyncFor, frame: Frame) -> None:
    def take(item: Any = UNKNOWN) -> None:
        assign(of, node.target, Given(item, place_of(node.target)), frame)
        of.state.explore(partial(_round, of, node.body, frame))

    items = each_item(of, node.iter, frame)
    if items is None:
        _unknown_rounds(of, node, frame, take)
    for item in items or ():
        take(item)


def _while(of: Runner, node: ast.While, frame: Frame) -> None:
    """Rounds while it is known that there is another, and how each goes; then one or two for all others."""

    def take() -> None:
        of.settled(node.test, frame)
        of.state.explore(partial(_round, of, node.body, frame))

    for _ in range(_MOST_ROUNDS):
        asked = of.state.asked
        turned = constants.truth(of.settled(node.test, frame))
        if turned is False:
            return
        if turned is None:
            break
        of.state.explore(partial(_round, of, node.body, frame))
        if of.state.asked > asked:
            break
    else:
        if not isinstance(node.test, ast.Constant):
            of.host.note(place_of(node), f"a loop: lint follows {_MOST_ROUNDS} of its rounds")
        return
    _unknown_rounds(of, node, frame, take)


def _round(of: Runner, body: Sequence[ast.stmt], frame: Frame) -> None:
    with suppress(Continued):
        of.run(body, frame)


def _unknown_rounds(of: Runner, node: Loop, frame: Frame, take: Callable[[], None]) -> None:
    """One round of a loop, and another where that changes what was there before it, which the other may read.

    Loops inside of another round have one: rounds must not multiply.
    """

    def take_another() -> None:
        again = f" in another round of {node.lineno}"
        if of.state.decide((frame.call, again)):
            named = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
            names = frozenset(each.id for each in named if not isinstance(each.ctx, ast.Load))
            of.turn = Turn(again, names, frame)
            try:
                take()
            finally:
                of.turn = None

    mark = of.state.mark()
    take()
    if not of.turn and of.state.differs_since(mark):
        of.state.explore(take_another)
