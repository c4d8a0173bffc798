"""Every regular expression of the package, how it is used, and texts that are the worst for it.

The worst are made of its own parts: what precedes a repetition, what is repeated very often, and what makes it fail.
"""

from __future__ import annotations

import ast
import importlib
import random
import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

PACKAGE = Path(__file__).parents[3] / "igz_runtime"
METHODS = ("match", "fullmatch", "search", "sub", "split", "findall", "finditer")
HANDED_ON = dict.fromkeys(
    (
        "READING_CALLS",
        "SAVING_UNLESS_TOLD",
        "TRAINING_CALLS",
        "WRITING_CALLS",
        "WRITING_IN_LOOPS",
        "_REPEATED",
        "_PLACE",
    ),
    "fullmatch",
)
"""How those are used that are handed to a function."""
REPEATED = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
ENDS = ("", "\0", "!", "\n\0", " \0", "a\0")


class Used(NamedTuple):
    """An expression, and how it is used.

    Attributes:
        where: the file, and the line.
        name: what it is called; empty where it has no name.
        pattern: the expression.
        method: `match`, `fullmatch` or `search`, which stands for all that look everywhere.
    """

    where: str
    name: str
    pattern: re.Pattern[str]
    method: str


@cache
def expressions() -> tuple[Used, ...]:
    """Those that are used as constants; others are made of names at run time, and escape them."""
    files = {file: ast.parse(file.read_text()) for file in sorted(PACKAGE.rglob("*.py"))}
    methods = {file: _methods(tree) for file, tree in files.items()}
    anywhere: Methods = {}
    for each in methods.values():
        for name, used in each.items():
            anywhere.setdefault(name, set()).update(used)
    return tuple(used for file, tree in files.items() for used in _in_file(file, tree, methods[file], anywhere))


Methods = dict[str, set[str]]


def _methods(tree: ast.Module) -> Methods:
    """What is called of each name that a file uses."""
    found: Methods = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in METHODS and isinstance(node.value, ast.Name):
            found.setdefault(node.value.id, set()).add(node.attr)
    return found


def _in_file(file: Path, tree: ast.Module, own: Methods, anywhere: Methods) -> Iterator[Used]:
    names = {**vars(importlib.import_module(".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts)))}
    bound = {id(each): name for node in tree.body for name in _target(node) for each in ast.walk(node)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and node.args):
            continue
        method, where = node.func.attr, f"{file.relative_to(PACKAGE.parent)}:{node.lineno}"  # type: ignore[attr-defined]
        flags = [each for each in node.args[1:] + [k.value for k in node.keywords] if "re." in ast.unparse(each)]
        try:
            given = [eval(ast.unparse(each), names) for each in (node.args[0], *flags)]  # noqa: S307  (ours)
        except NameError:
            continue
        name = bound.get(id(node), "")
        called = (own if name.startswith("_") else anywhere).get(name) or {HANDED_ON.get(name, "search")}
        used = called if method == "compile" else {method}
        if method in (*METHODS, "compile"):
            for each in {one if one in ("match", "fullmatch") else "search" for one in used}:
                yield Used(where, name, re.compile(*given[:2]), each)


def _target(node: ast.stmt) -> Iterator[str]:
    """The name that a statement of a module gives to what it makes."""
    for each in node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]:
        if isinstance(each, ast.Name):
            yield each.id


def worst(pattern: str, times: int, chance: random.Random) -> Iterator[str]:
    """Texts that are the worst for an expression: each of its repetitions, very often, and then what does not fit."""
    tree = list(parser.parse(pattern))
    pumps = [("", _example(tree, chance))]
    for before, body, behind in _repetitions(tree):
        pumps += [(_example(before, chance), _example(each, chance)) for each in (body, body, [*body, *behind], behind)]
    letters = sorted(set(_letters(tree, chance)))
    pumps += [("", letter) for letter in letters]
    pumps += [("", "".join(chance.sample(letters, min(2, len(letters))))) for _ in range(3)]
    for begin, pump in dict.fromkeys(pumps):
        for end in ENDS if pump else ():
            yield begin + pump * (times // len(pump)) + end


Items = list[Any]


def _repetitions(items: Items, before: Items | None = None) -> Iterator[tuple[Items, Items, Items]]:
    """What precedes each repetition, what is repeated, and what comes next."""
    for number, (op, value) in enumerate(items):
        preceding = [*(before or []), *items[:number]]
        if op in REPEATED:
            body = list(value[2])
            yield preceding, body, items[number + 1 : number + 3]
            yield from _repetitions(body, preceding)
        for inner in _inner(op, value):
            yield from _repetitions(list(inner), preceding)


def _inner(op: Any, value: Any) -> list[Any]:
    if op is sre.SUBPATTERN:
        return [value[3]]
    if op is sre.BRANCH:
        return list(value[1])
    if op is sre.ATOMIC_GROUP:
        return [value]
    return [value[1]] if op in (sre.ASSERT, sre.ASSERT_NOT) else []


def _example(items: Any, chance: random.Random) -> str:
    """A text that fits."""
    return "".join(_of(op, value, chance) for op, value in items)


def _of(op: Any, value: Any, chance: random.Random) -> str:
    if op is sre.LITERAL:
        return chr(value)
    if op is sre.IN:
        return _of_class(value, chance)
    if op in (sre.ANY, sre.NOT_LITERAL):
        return chance.choice([letter for letter in "a0 .:-" if ord(letter) != value])
    if op in REPEATED:
        least, most, body = value
        count = chance.randint(least, min(int(most), least + 2))
        return "".join(_example(body, chance) for _ in range(count))
    inner = _inner(op, value) if op not in (sre.ASSERT, sre.ASSERT_NOT) else []
    return _example(chance.choice(inner), chance) if inner else ""


def _of_class(members: Any, chance: random.Random) -> str:
    fits = re.compile("[" + "".join(_written(op, value) for op, value in members) + "]")
    letters = [letter for letter in map(chr, (*range(32, 127), 9, 10, 0xE9)) if fits.match(letter)]
    return chance.choice(letters or ["\u20ac"])


_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_NOT_DIGIT: r"\D", sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S", sre.CATEGORY_WORD: r"\w", sre.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


def _written(op: Any, value: Any) -> str:
    if op is sre.NEGATE:
        return "^"
    if op is sre.CATEGORY:
        return _CATEGORIES[value]
    return "-".join(f"\\U{each:08x}" for each in (value if op is sre.RANGE else (value,)))


def _letters(items: Any, chance: random.Random) -> Iterator[str]:
    """One letter for each place of an expression."""
    for op, value in items:
        if op in (sre.LITERAL, sre.IN, sre.ANY, sre.NOT_LITERAL):
            yield _of(op, value, chance)
        elif op in REPEATED:
            yield from _letters(value[2], chance)
        for inner in _inner(op, value):
            yield from _letters(inner, chance)
