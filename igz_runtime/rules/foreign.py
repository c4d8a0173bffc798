"""Rules of other distributions: modules that are announced by the entry point `igz_runtime.rules`."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from types import ModuleType
from typing import Any, Final

from igz_runtime.errors import ConfigurationError
from igz_runtime.plugins import Plugin, plugins

_ID: Final = re.compile(r"(?!IGZ)[A-Z]{2,10}[0-9]{3}")
_faults: list[str] = []


def register_foreign(registry: MutableMapping[str, Any]) -> None:
    """Import what other distributions announce; each module registers its rules while it is imported.

    Args:
        registry: the rules by id.

    Raises:
        ConfigurationError: a module cannot be imported, or registers an id that is not its own to give; names the
            distribution.
    """
    if not _faults:
        _faults.extend(_registered(registry))
    # A module is imported once. Whoever asks again must be told the same, and not judge with half of the rules.
    if _faults:
        raise ConfigurationError("; ".join(_faults))


def _registered(registry: MutableMapping[str, Any]) -> Iterator[str]:
    try:
        before = set(registry)
        for plugin in plugins("igz_runtime.rules"):
            yield from _faults_of(plugin, set(registry) - before)
            before = set(registry)
    except ConfigurationError as error:
        yield str(error)


def _faults_of(plugin: Plugin, added: set[str]) -> Iterator[str]:
    if not isinstance(plugin.value, ModuleType):
        yield f"{plugin.origin}: is no module; name the module that registers the rules"
    for rule_id in sorted(added):
        if not _ID.fullmatch(rule_id):
            yield (
                f"{plugin.origin}: rule id {rule_id!r}; 2 to 10 capital letters, not beginning with IGZ, and 3 digits "
                "are required, such as 'ACME101'"
            )
