"""What a file imports and defines, and the parameters of the functions that it defines."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from igz_runtime.code.python.values import (
    UNKNOWN,
    Arguments,
    Frame,
    FunctionNode,
    Imported,
    LocalClass,
    LocalFunction,
)
from igz_runtime.code.python.values_by_way import values

if TYPE_CHECKING:
    from igz_runtime.code.python.evaluator import Evaluator


def import_modules(of: Evaluator, node: ast.Import, frame: Frame) -> None:
    """`import a.b`, `import a.b as c`."""
    for alias in node.names:
        outermost = alias.name.partition(".")[0]
        of.state.set(frame.names, alias.asname or outermost, Imported(alias.name if alias.asname else outermost))


def import_from(of: Evaluator, node: ast.ImportFrom, frame: Frame) -> None:
    """`from a import b`, `from a import *`."""
    module = "." * node.level + (node.module or "")
    for alias in node.names:
        for name in of.host.exports(module) if alias.name == "*" else [alias.name]:
            of.state.set(frame.names, alias.asname or name, Imported(f"{module}.{name}"))


def local_class(node: ast.ClassDef, inner: Frame, frame: Frame) -> LocalClass:
    """A class, once its body has been gone through. Its methods do not see its names."""
    cls = LocalClass(node, inner.names)
    for value in [each for held in inner.names.values() for each in values(held)]:
        if isinstance(value, LocalFunction) and value.frame is inner:
            value.frame, value.receiver = frame, cls
    return cls


def parameters(of: Evaluator, function: LocalFunction, arguments: Arguments) -> dict[str, Any]:
    """What the parameters of a function stand for in a call: arguments, defaults, or what is not known."""
    of_node = function.node.args
    names = [each.arg for each in (*of_node.posonlyargs, *of_node.args)]
    bound: dict[str, Any] = dict.fromkeys((*names, *(each.arg for each in of_node.kwonlyargs)), UNKNOWN)
    if not arguments.more:
        bound |= _defaults(of, function, names)
    positional = [given.value for given in arguments.positional]
    if function.receiver is not None and not is_static(function.node):
        positional.insert(0, function.receiver)
    bound |= dict(zip(names, positional, strict=False))
    bound |= {name: given.value for name, given in arguments.named.items() if name in bound}
    if of_node.vararg:
        bound[of_node.vararg.arg] = UNKNOWN if arguments.more else list(positional[len(names) :])
    if of_node.kwarg:
        rest = {name: given.value for name, given in arguments.named.items() if name not in bound}
        bound[of_node.kwarg.arg] = UNKNOWN if arguments.more or not arguments.callee else rest
    return bound


def is_static(node: FunctionNode) -> bool:
    """Whether a method has no receiver."""
    return any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in node.decorator_list)


def _defaults(of: Evaluator, function: LocalFunction, names: list[str]) -> dict[str, Any]:
    of_node = function.node.args
    given = dict(zip(reversed(names), reversed(of_node.defaults), strict=False))
    given |= {each.arg: value for each, value in zip(of_node.kwonlyargs, of_node.kw_defaults, strict=True) if value}
    return {name: of.settled(value, function.frame) for name, value in given.items()}
