"""Where the parts of a literal are written: the keys of a mapping, the items of a list, the fields of an object."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python.values import place_of
from igz_runtime.lint.vocabulary.kubernetes_objects import camel
from igz_runtime.text.place import Path


def parts(node: ast.expr) -> Iterator[tuple[Path, Place]]:
    """The paths below a literal, each with its place."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, (str, int)):
                yield (key.value,), place_of(key)
                yield from _below(key.value, value)
    elif isinstance(node, (ast.List, ast.Tuple)):
        for index, value in enumerate(node.elts):
            yield (index,), place_of(value)
            yield from _below(index, value)
    elif isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg:
                name = camel(keyword.arg) if _is_kubernetes(node.func) else keyword.arg
                yield (name,), place_of(keyword)
                yield from _below(name, keyword.value)


def _below(part: str | int, value: ast.expr) -> Iterator[tuple[Path, Place]]:
    for path, place in parts(value):
        yield (part, *path), place


def _is_kubernetes(callee: ast.expr) -> bool:
    name = callee.attr if isinstance(callee, ast.Attribute) else callee.id if isinstance(callee, ast.Name) else ""
    return name.startswith("V1")
