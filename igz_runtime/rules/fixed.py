"""What a rule of another distribution is handed in place of a subject: the same, through which none of ours can change.

Subjects share much: a cluster with every other function's, and what is remembered with those that are judged later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from types import MappingProxyType
from typing import Any, Final, TypeVar

from igz_runtime.identity import Beside

T = TypeVar("T")

_OURS: Final = ("igz_runtime.cluster.", "igz_runtime.rules.", "igz_runtime.functions.record")
"""The modules of what holds mappings, and is no tuple."""

_BIG: Final = frozenset({"Cluster", "AuditedCluster"})
"""What many subjects have in common: its twin is made once."""

_twins: Final = Beside[Any]()


def fixed(subject: T) -> T:
    """A twin of a subject: what is set on it stays there, and its mappings take no change."""
    return _fixed(subject, {})  # type: ignore[no-any-return]


def _fixed(value: Any, made: dict[int, Any]) -> Any:
    if isinstance(value, tuple):
        parts = [_fixed(each, made) for each in value]
        same = all(one is other for one, other in zip(parts, value, strict=True))
        return value if same else tuple.__new__(type(value), parts)
    if isinstance(value, dict | MappingProxyType):
        return MappingProxyType({key: _fixed(each, made) for key, each in value.items()})
    if isinstance(value, list):
        return [_fixed(each, made) for each in value]
    return _twin(value, made) if type(value).__module__.startswith(_OURS) else value


def _twin(value: Any, made: dict[int, Any]) -> Any:
    big = type(value).__name__ in _BIG
    twin = made.get(id(value)) or (_twins.get(value) if big else None)
    if twin is None:
        twin = made[id(value)] = object.__new__(type(value))
        for name, each in _parts(value):
            object.__setattr__(twin, name, _fixed(each, made))
        if big:
            _twins.keep(value, twin)
    return twin


def _parts(value: Any) -> Iterable[tuple[str, Any]]:
    """What an object consists of, without the clusters that are kept on another one."""
    if hasattr(value, "__dict__"):
        return [(name, each) for name, each in vars(value).items() if not name.startswith("_in_")]
    return [(each.name, getattr(value, each.name)) for each in fields(value)]
