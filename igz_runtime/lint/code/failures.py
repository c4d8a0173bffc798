"""What a failure of our own costs: one expression or statement, which is said, and never the rest of the file."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from typing import Any

from igz_runtime.code.cells.source import Place
from igz_runtime.lint.code.expressions import attribute
from igz_runtime.lint.code.values import UNKNOWN, Frame, Planned, Ref, Step, place_of
from igz_runtime.lint.code.world import World
from igz_runtime.lint.vocabulary.made import Made
from igz_runtime.messages import where_raised


def expression_failed(world: World, node: ast.expr, frame: Frame, error: Exception) -> Any:
    """Say that an expression failed; what it gives is not known, nor what it has done to functions by half."""
    say_failure(world, place_of(world.statement if isinstance(error, RecursionError) else node), error)
    if isinstance(node, ast.Call):
        _lose(world, node, (made for part, whole in _handed(node) for made in _functions(part, frame, whole=whole)))
    return UNKNOWN


def statement_failed(world: World, node: ast.stmt, frame: Frame, error: Exception) -> None:
    """Say that a statement failed: the names that it sets, and the functions that it names, are not known after it."""
    say_failure(world, place_of(node), error)
    named = [each for each in ast.walk(node) if isinstance(each, (ast.Name, ast.Attribute))]
    _lose(world, node, (made for each in named for made in _functions(each, frame, whole=True)))
    frame.names.update({each.id: UNKNOWN for each in named if isinstance(each, ast.Name) and _is_set(each)})
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        frame.names[node.name] = UNKNOWN


def say_failure(world: World, place: Place, error: Exception) -> None:
    """Note a failure down: what is nested too deep is a limit, and everything else a defect of ours."""
    if isinstance(error, RecursionError):
        world.note(place, "is nested deeper than lint follows code")
        return
    if os.environ.get("IGZ_RUNTIME_TRACEBACK"):
        raise error
    said = f"igz-runtime itself failed here ({where_raised(error)}), and does not know what this does; report this"
    world.reading.failures[place, said] = None


def _lose(world: World, node: ast.expr | ast.stmt, functions: Iterator[Made]) -> None:
    begins = place_of(node)
    ends = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    made_here = (made for made in world.made if begins <= made.place < ends)
    for made in {id(each): each for each in (*functions, *made_here)}.values():
        made.lose_settings(begins)
        made.touched = True


def _handed(node: ast.Call) -> Iterator[tuple[ast.expr, bool]]:
    """What a call can change, and whether a field of a function is changed as well as the function itself.

    A method changes what it is called on. An argument `fn.spec.image` is only read, and `fn` or `fn.spec` is not.
    """
    if isinstance(node.func, ast.Attribute):
        yield node.func.value, True
    for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
        items = argument.elts if isinstance(argument, (ast.List, ast.Tuple)) else [argument]
        yield from ((item, False) for item in items)


def _functions(node: ast.expr, frame: Frame, *, whole: bool) -> Iterator[Made]:
    value = _looked_up(node, frame)
    if (isinstance(value, Ref) and (whole or len(value.path) == 1)) or isinstance(value, (Planned, Step)):
        yield value.made
    elif isinstance(value, Made):
        yield value


def _looked_up(node: ast.expr, frame: Frame) -> Any:
    """What a name or an attribute stands for, without evaluating: that is what has failed."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    holder = frame.holder(node.id) if isinstance(node, ast.Name) else None
    value = holder.names[node.id] if holder is not None and isinstance(node, ast.Name) else UNKNOWN
    for name in reversed(names):
        value = attribute(value, name)
    return value


def _is_set(name: ast.Name) -> bool:
    return isinstance(name.ctx, (ast.Store, ast.Del))
