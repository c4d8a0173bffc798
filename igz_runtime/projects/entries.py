"""Entries of igz-runtime.yaml as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from igz_runtime.messages import printable, yaml_text
from igz_runtime.profiles.catalog import built_in
from igz_runtime.profiles.profile import Profile

DEFAULTS: Final[Mapping[str, str]] = {"cpu": "1", "memory": "2Gi"}
"""What is written where nobody says how much a function needs: a place to put the real figure, and no advice."""

TO_REPLACE: Final = "a default: replace it"
"""The comment beside such a figure."""


def entry_of(
    name: str, profile: Profile, missing: Iterable[tuple[str, str]] = (), said: Iterable[str] = ()
) -> list[str]:
    """The lines of an entry of `functions`, as deep as they stand there.

    Args:
        name: the function's name, or a pattern.
        profile: its profile, a built-in one.
        missing: sizes that nobody states, as `Advice.missing` has them: they get a default, and a comment.
        said: what stands above the entry as comments.
    """
    absent = list(missing)
    arguments = _arguments(profile)
    for where, resource in absent:
        if where:
            arguments.setdefault("sizes", {}).setdefault(where, {})[resource] = DEFAULTS[resource]
    whole = {resource: DEFAULTS[resource] for where, resource in absent if not where}
    ordered = {key: value for key in ("cpu", "memory") if (value := {**arguments, **whole}.get(key)) is not None}
    of_parts = {"sizes"} if any(where for where, _ in absent) else set()
    lines = [f"  # {printable(line)}" for line in said]
    lines += [*_key(scalar(name)), f"    profile: {profile.name}"]
    for key, value in {**ordered, **arguments, **whole}.items():
        comment = f"  # {TO_REPLACE}" if key in {*whole, *of_parts} else ""
        lines.append(f"    {key}: {_flow(value, key)}{comment}")
    return lines


def _key(name: str) -> tuple[str, ...]:
    """A key of `functions`."""
    return (f"  {name}:",) if _is_short(name) else (f"  ? {name}", "  :")


def _is_short(key: str) -> bool:
    """Whether a key needs no mark: YAML has none of more than 1,024 characters without it."""
    return len(key) <= 1000  # noqa: PLR2004


def _arguments(profile: Profile) -> dict[str, Any]:
    """The arguments that differ from those that the profile has by itself, as they are written."""
    usual = built_in()[profile.name]().parameters
    given = {key: value for key, value in profile.parameters.items() if key not in usual or usual[key] != value}
    if "workload" in given:
        given["workload"] = _WORDS.get(json.dumps(given["workload"]), given["workload"])
    if "sizes" in given:
        given["sizes"] = {name: dict(size) for name, size in given["sizes"].items()}
    return given


_WORDS: Final = {
    '{"stateful": true}': "stateful",
    '{"stateful": false}': "stateless",
    '{"mission_critical": true}': "mission-critical",
}


def _flow(value: Any, key: str = "") -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow_key(scalar(name))}: {_flow(item, name)}" for name, item in value.items()) + "}"
    if isinstance(value, str):
        return value if key in DEFAULTS and value.isdecimal() and value.isascii() else scalar(value)
    return json.dumps(value)


def _flow_key(name: str) -> str:
    return name if _is_short(name) else f"? {name} "


_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*\*?|[1-9][0-9]{0,8}(m|k|M|G|T|Ki|Mi|Gi|Ti)")
_NOT_TEXT: Final = re.compile(r"y|n|yes|no|on|off|true|false|null", re.IGNORECASE)


def scalar(text: str) -> str:
    """Text as YAML reads it back, in quotes where it needs them."""
    plain = _PLAIN.fullmatch(text) and not _NOT_TEXT.fullmatch(text)
    return text if plain else yaml_text(text)
