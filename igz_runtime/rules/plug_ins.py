"""Rules of other distributions: announced by the entry point `igz_runtime.rules`, and asked without trust."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from types import ModuleType
from typing import Any, Final

from igz_runtime.errors import ConfigurationError
from igz_runtime.k8s.pod import Field
from igz_runtime.messages import described, shown
from igz_runtime.plugins import Plugin, plugins
from igz_runtime.rules.authoring import Check, Found, Skip, owned_by
from igz_runtime.rules.findings import SEVERITIES

_ID: Final = r"(?!IGZ)[A-Z]{2,10}[0-9]{3}"
_faults: list[str] = []


def asked(check: Check[Any], subject: object, owner: str) -> list[Found | Skip]:
    """What a rule of another distribution finds on one subject; whatever goes wrong in it is an error that is found.

    `sys.exit` in a rule would end a run of lint with whatever code it gives, 0 as well, and take the verdicts of every
    other rule with it. Only KeyboardInterrupt passes: raised by the rule it cannot be told from the user's Ctrl-C, and
    it ends the run with an exit code that nobody reads as a pass.

    Args:
        check: the rule's function.
        subject: what it judges, such as a role of a function.
        owner: who is told when it fails.
    """
    found: list[Found | Skip] = []
    try:
        for one in check(subject):
            found.append(plain(one))  # noqa: PERF401  (a comprehension would lose what came before an error)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  (as the docstring says)
        message = f"the rule itself failed ({described(error)})"
        found.append(Found(message, f"report this as a bug in {owner}", "error"))
    return found


def plain(one: object) -> Found | Skip:
    """What a rule yields, as a value of ours that holds nothing of its own.

    Raises:
        TypeError: it is neither Found nor Skip, or a part of it is of the wrong type.
    """
    if isinstance(one, Skip):
        return Skip(_text("Skip.because", one.because))
    if not isinstance(one, Found):
        raise TypeError(f"it yields {shown(one)}, and Found or Skip is required")
    if one.severity is not None and one.severity not in SEVERITIES:
        raise TypeError(f"Found.severity is {shown(one.severity)}, and one of {', '.join(SEVERITIES)} is required")
    return Found(
        _text("Found.message", one.message),
        "" if type(one.fix) is str and not one.fix else _text("Found.fix", one.fix),
        one.severity,
        _field(one.field),
    )


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{name} is {shown(value)}, and text is required")
    return str.__str__(value)


def _field(value: object) -> Field | None:
    if value is None:
        return None
    if not isinstance(value, tuple) or not all(isinstance(part, str | int) for part in value):
        raise TypeError(f"Found.field is {shown(value)}, and a tuple of strings and numbers is required")
    return tuple(value)


def documented(check: Check[Any]) -> str:
    """The docstring of a rule of another distribution; what can be called may make it up, and fail at that too."""
    try:
        return inspect.getdoc(check) or ""
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  (as in `asked`: a report in SARIF holds it)
        return f"Its description cannot be read ({described(error)})."


def register_plug_ins(registry: MutableMapping[str, Any]) -> None:
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
    faults = [*_faults, *_id_faults(registry)]
    if faults:
        raise ConfigurationError("; ".join(faults))


def _registered(registry: MutableMapping[str, Any]) -> Iterator[str]:
    try:
        before = set(registry)
        for plugin in plugins("igz_runtime.rules"):
            _own(registry, plugin, set(registry) - before)
            before = set(registry)
            if not isinstance(plugin.value, ModuleType):
                yield f"{plugin.origin}: is not a module; name the module that registers the rules"
    except ConfigurationError as error:
        yield str(error)


def _own(registry: MutableMapping[str, Any], plugin: Plugin, added: set[str]) -> None:
    """Note a plug-in as the owner of its module's rules, whoever imported it first, and of those that came with it."""
    module = f"module {plugin.value.__name__}" if isinstance(plugin.value, ModuleType) else ""
    for rule_id, rule in registry.items():
        first = owned_by(rule_id, rule.check)
        if rule_id in added or (module and f"{first}.".startswith(f"{module}.")):
            registry[rule_id] = replace(rule, owner=plugin.origin)


def _id_faults(registry: MutableMapping[str, Any]) -> Iterator[str]:
    for rule_id, rule in sorted(registry.items()):
        if rule.owner and not re.fullmatch(_ID, rule_id):
            yield (
                f"{rule.owner}: rule id {rule_id!r}; 2 to 10 capital letters, not beginning with IGZ, and 3 digits "
                "are required, such as 'ACME101'"
            )
