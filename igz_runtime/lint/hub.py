"""JupyterHub's configuration in Python: what is assigned to `c.KubeSpawner`, read from the syntax tree and never run.

Only what the module itself assigns once counts. A trait that is assigned or changed anywhere else is not known, and of
a server for which something is not known nothing is judged.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from igz_runtime.code.cells.source import Cell, Source
from igz_runtime.code.python.constants import MUTATORS, binary, bounded, is_constant, unary
from igz_runtime.code.python.values import UNKNOWN, place_of
from igz_runtime.functions.jupyter import jupyter_services
from igz_runtime.functions.jupyter.hub import PROFILE_LIST
from igz_runtime.functions.recognition import SPAWNER
from igz_runtime.lint.documents.jupyter import add_service
from igz_runtime.lint.results import Content
from igz_runtime.text.place import Path, Position, Remark


def read_configuration(text: str) -> Content:
    """The servers that a configuration of JupyterHub offers, and notes on what is not known of them.

    Args:
        text: the file.
    """
    content = Content()
    if SPAWNER in text:
        read_hub(content, Source([Cell(text.removeprefix("\ufeff"))]))
    return content


def read_hub(content: Content, source: Source) -> None:
    """Add the servers that a configuration of JupyterHub offers to what was read of the file.

    Args:
        content: what was read of the file.
        source: the file.
    """
    for parsed in source.parsed:
        _Reader(content, source, parsed.body).read()


class _Reader:
    def __init__(self, content: Content, source: Source, body: list[ast.stmt]) -> None:
        self._content = content
        self._source = source
        self._body = body
        self._nodes: dict[Path, ast.expr] = {}
        self._names: dict[str, Any] = {}

    def read(self) -> None:
        section = dict(self._assigned())
        if not section:
            return
        unknown = [trait for trait, value in section.items() if trait != PROFILE_LIST and not _is_known(value)]
        if unknown or section.get(PROFILE_LIST) is UNKNOWN:
            trait = unknown[0] if unknown else PROFILE_LIST
            self._note((SPAWNER, trait), f"c.{SPAWNER}.{trait}")
            return
        if PROFILE_LIST in section:
            section[PROFILE_LIST] = self._known_entries(section[PROFILE_LIST])
        document = {SPAWNER: section}
        for service in jupyter_services(document):
            add_service(self._content, service, document, self._at)

    def _known_entries(self, entries: Any) -> Any:
        """The entries of which everything is known; the others are named."""
        keyed = (
            entries.items() if isinstance(entries, dict) else enumerate(entries if isinstance(entries, list) else ())
        )
        kept = {}
        for key, entry in keyed:
            if not _is_known(entry):
                self._note((SPAWNER, PROFILE_LIST, key), f"an entry of c.{SPAWNER}.{PROFILE_LIST}")
            kept[key] = entry if _is_known(entry) else None
        return kept if isinstance(entries, dict) else list(kept.values())

    def _note(self, path: Path, what: str) -> None:
        text = f"{what} is not known without running the code: it was not checked"
        self._content.notes.append(Remark(self._at(path), text))

    def _at(self, path: Path) -> Position:
        """The place of what is nearest to a path."""
        node = next((self._nodes[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self._nodes), None)
        return Position() if node is None else self._source.position(place_of(node))

    def _assigned(self) -> Iterator[tuple[str, Any]]:
        """The traits of KubeSpawner, each with its value as far as it is known."""
        stored = Counter(_stored(self._body))
        own = [each for each in self._body if isinstance(each, ast.Assign) and len(each.targets) == 1]
        for statement in own:
            (target,) = statement.targets
            trait = _trait(target)
            if isinstance(target, ast.Name):
                known = stored[target.id] == 1
                self._names[target.id] = self._value(statement.value, ()) if known else UNKNOWN
            elif trait:
                value = self._value(statement.value, (SPAWNER, trait))
                yield trait, value if stored[f".{trait}"] == 1 else UNKNOWN
        seen = {_trait(each.targets[0]) for each in own}
        for name in stored:
            if name.startswith(".") and name[1:] not in seen:
                yield name[1:], UNKNOWN

    def _value(self, node: ast.expr, path: Path) -> Any:
        """What an expression stands for, and where its parts stand."""
        if path:
            self._nodes[path] = node
        match node:
            case ast.Constant(value) if is_constant(value):
                return bounded(value)
            case ast.Name(name):
                return self._names.get(name, UNKNOWN)
            case ast.List(parts) | ast.Tuple(parts):
                return bounded([self._value(each, (*path, i)) for i, each in enumerate(parts)])
            case ast.Dict(keys, values):
                named = [each.value if isinstance(each, ast.Constant) else None for each in keys]
                if not all(isinstance(each, str) for each in named):
                    return UNKNOWN
                pairs = zip(named, values, strict=True)
                return bounded({key: self._value(each, (*path, str(key))) for key, each in pairs})
            case ast.UnaryOp(operator, operand):
                return unary(operator, self._value(operand, ()))
            case ast.BinOp(left, ast.Pow(), right):
                return _power(self._value(left, ()), self._value(right, ()))
            case ast.BinOp(left, operator, right):
                return binary(operator, self._value(left, ()), self._value(right, ()))
        return UNKNOWN


def _power(base: Any, exponent: Any) -> Any:
    """A power that is written for an amount of memory, such as `1024**3`; a larger one is not worked out."""
    small = (
        isinstance(base, int) and isinstance(exponent, int) and 0 <= base <= _MOST_BASE and 0 <= exponent <= _MOST_POWER
    )
    return base**exponent if small else UNKNOWN


_MOST_BASE: Final = 1024
_MOST_POWER: Final = 6


def _stored(body: list[ast.stmt]) -> Iterator[str]:
    """Names that are assigned, and traits of KubeSpawner with a dot before them: once for each change of either."""
    for statement in body:
        for node in ast.walk(statement):
            changed = node.value if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) else None
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
                changed = node.func.value
            if changed is None and isinstance(getattr(node, "ctx", None), ast.Store):
                changed = node  # type: ignore[assignment]  # an expression, as only those have a context
            if isinstance(changed, ast.Name):
                yield changed.id
            elif changed is not None and _trait(changed):
                yield f".{_trait(changed)}"


def _trait(node: ast.AST) -> str:
    """The trait of KubeSpawner that an expression names, as in `c.KubeSpawner.mem_limit`; else empty."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == SPAWNER:
        return node.attr
    return ""


def _is_known(value: Any) -> bool:
    """Whether nothing in a value is unknown."""
    if isinstance(value, dict):
        return all(map(_is_known, value.values()))
    return all(map(_is_known, value)) if isinstance(value, list) else value is not UNKNOWN
