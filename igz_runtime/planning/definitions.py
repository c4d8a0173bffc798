"""How an organisation defines its profiles, as a short hash: one that differs from a record's says that it changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from igz_runtime.errors import IgzRuntimeError
from igz_runtime.functions.record import Applied
from igz_runtime.planning.promise import Promise
from igz_runtime.plugins import Plugin, plugins


def definition(name: str, entries: Mapping[str, Any]) -> str | None:
    """The definition of a profile as it is now; None for a built-in one, and for one that is not known.

    Args:
        name: the profile's name.
        entries: the profiles of igz-runtime.yaml, as they are written.

    Raises:
        ConfigurationError: another distribution's factory cannot be loaded.
    """
    entry = entries.get(name)
    if isinstance(entry, Mapping):
        below = {each: value for each, value in entries.items() if each != name}
        return _hash([entry, definition(str(entry.get("extends")), below)])
    plugin = next((each for each in plugins("igz_runtime.profiles") if each.name == name), None)
    return _made(plugin) if plugin and callable(plugin.value) else None


def definition_now(applied: Applied | None, entries: Mapping[str, Any]) -> str | None:
    """How an applied profile is defined now, where its record says how it was.

    Args:
        applied: the record, where a profile was applied.
        entries: the profiles of igz-runtime.yaml, as they are written.
    """
    return definition(applied.profile, entries) if applied and applied.promised.get("definition") else None


def _made(plugin: Plugin) -> str | None:
    """What a factory makes of no arguments; of one that requires some, or that fails, nothing is known."""
    try:
        made = plugin.answer(plugin.value)
    except IgzRuntimeError:  # who makes a profile of it says so
        return None
    if not isinstance(made, Promise):
        return None
    waivers = {rule_id: waiver.to_text() for rule_id, waiver in made.waive.items()}
    return _hash([dict(made.shape), dict(made.parameters), waivers])


def _hash(parts: Any) -> str:
    return sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:12]
