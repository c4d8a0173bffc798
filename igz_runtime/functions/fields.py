"""Fields of function documents, set and removed by key.

A plain mapping below `metadata` or `spec` may be shared with another function (a team's own `LABELS`, the `config` that
MLRun's `to_dict()` shares with its object), so that it is copied before it is changed. A mapping of a YAML file is
changed in place, which keeps its comments, unless other places of the file refer to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from igz_runtime.errors import BrokenFunction
from igz_runtime.k8s.codec import mapping

Holder = MutableMapping[str, Any]


def spelled(mapping: Mapping[str, Any], name: str) -> str:
    """How a field of a Nuclio spec is spelled there: its decoder ignores case (MLRun itself sends `PreemptionMode`)."""
    if name in mapping:
        return name
    lowered = name.lower()
    return next((key for key in mapping if isinstance(key, str) and key.lower() == lowered), name)


def put(holder: Holder, key: str, value: Any) -> None:
    """Set a field, or with None remove it."""
    if value is None:
        holder.pop(key, None)
    elif isinstance(value, dict) and is_own(holder.get(key)):
        _revise(holder[key], value)
    else:
        holder[key] = value


def owned(holder: Holder, key: str) -> Holder:
    """The mapping at a key, to be changed; an empty one is put where there is none."""
    held: Any = holder.get(key)
    if not is_own(held):
        held = holder[key] = dict(held or {})
    return held  # type: ignore[no-any-return]


def put_below(root: Holder, path: tuple[str, ...], key: str, value: Any) -> None:
    """Set or remove a key below nested mappings; a mapping that is left empty goes as well."""
    if value is None and not _reaches(root, path):
        return
    holders = [root]
    for name in path:
        holders.append(owned(holders[-1], name))
    put(holders[-1], key, value)
    for holder, name in zip(reversed(holders[:-1]), reversed(path), strict=True):
        if not holder[name]:
            del holder[name]


def below(config: Any, prefix: str) -> dict[str, Any]:
    """What keys such as `spec.resources.limits.cpu` say, nested as nuclio does: at each dot outside of backslashes."""
    found: dict[str, Any] = {}
    for key, value in mapping(config, "config").items():
        if not str(key).startswith(prefix):
            continue
        *path, last = parts_below(key, prefix) or [""]
        holder = found
        for name in path:
            holder = holder.setdefault(name, {})
            if not isinstance(holder, dict):
                raise BrokenFunction(f"config[{key}]: {name!r} has a value, and fields below it", ("config", key))
        holder[last] = value
    return found


def parts_below(key: str, prefix: str) -> list[str]:
    """The names in a dotted key after its prefix, as nuclio splits them."""
    return [escaped or plain for escaped, plain in re.findall(_PARTS, key[len(prefix) :])]


_PARTS = r"\\([^\\]+)\\|([^.\\]+)"


def with_resources(listed: Any, resources: list[dict[str, Any]]) -> list[Any]:
    """Sidecars or init containers with other resources, in their order."""
    if not is_own(listed):
        listed = list(listed)
    for i, (raw, amounts) in enumerate(zip(listed, resources, strict=False)):
        container = raw if is_own(raw) else dict(raw)
        put(container, "resources", amounts or None)
        listed[i] = container
    return listed  # type: ignore[no-any-return]


def is_own(value: Any) -> bool:
    """Whether a mapping or list is a YAML file's, with its comments, and nothing else in the file refers to it."""
    return hasattr(value, "ca") and value.anchor.value is None


def _revise(held: Holder, value: Mapping[str, Any]) -> None:
    for key in [key for key in held if key not in value]:
        del held[key]
    for key, item in value.items():
        if held.get(key) != item:
            put(held, key, item)


def _reaches(root: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    for name in path:
        found = root.get(name)
        if not isinstance(found, Mapping):
            return False
        root = found
    return True
