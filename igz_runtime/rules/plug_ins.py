"""Rules of other distributions: announced by the entry point `igz_runtime.rules`, and asked without trust."""

from __future__ import annotations

import inspect
import re
import sys
from collections import Counter
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any, Final

from igz_runtime.errors import ConfigurationError
from igz_runtime.k8s.pod import Field
from igz_runtime.messages import printable, shortened, shown
from igz_runtime.plugins import ANSWERING, Plugin, Unanswered, plugins, said_by, within_time
from igz_runtime.rules.authoring import LONGEST, Check, Found, Rule, Skip, owned_by
from igz_runtime.rules.findings import SEVERITIES

_ID: Final = r"(?!IGZ)[A-Z]{2,10}[0-9]{3}"
_faults: list[str] = []


def asked(rule: Rule[Any], subject: object) -> list[Found | Skip]:
    """What a rule of another distribution finds on one subject; whatever goes wrong in it is an error that is found.

    `sys.exit` in a rule would end a run of lint with whatever code it gives, 0 as well, and take the verdicts of every
    other rule with it. Only KeyboardInterrupt passes: raised by the rule it cannot be told from the user's Ctrl-C, and
    it ends the run with an exit code that nobody reads as a pass.

    Args:
        rule: the rule.
        subject: what it judges, such as a role of a function.
    """
    from igz_runtime.rules.fixed import fixed  # who has no plug-ins does not load it

    found: list[Found | Skip] = []
    try:
        if _stopped[rule.id] >= PATIENCE:
            raise Unanswered(f"it is not asked any more: {PATIENCE} times it did not end")  # noqa: TRY301
        within_time(ANSWERING, f"rule {rule.id} of {rule.owner}", partial(_collect, rule.check, fixed(subject), found))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  (as the docstring says)
        _stopped[rule.id] += isinstance(error, Unanswered)
        # What was left behind may still find something.
        found = [
            *found[:MOST_FOUND],
            Found(f"the rule itself failed ({said_by(error)})", f"report this as a bug in {rule.owner}", "error"),
        ]
    return found


PATIENCE: Final = 3
"""So often a rule may have to be stopped in one process; then it is not asked any more, which is an error as well."""

MOST_FOUND: Final = 100
"""What a rule may find on one subject."""

_LONGEST_PAGE: Final = 50_000
_stopped: Counter[str] = Counter()


def _collect(check: Check[Any], subject: object, found: list[Found | Skip]) -> None:
    for one in check(subject):
        if len(found) == MOST_FOUND:
            raise ValueError(f"it finds more than {MOST_FOUND} things on one subject")
        found.append(plain(one))


def plain(one: object) -> Found | Skip:
    """What a rule yields, as a value of ours that holds nothing of its own. Each part is read once: it may be code.

    Raises:
        TypeError: it is neither Found nor Skip, or a part of it is of the wrong type.
    """
    if isinstance(one, Skip):
        return Skip(_text("Skip.because", one.because))
    if not isinstance(one, Found):
        raise TypeError(f"it yields {shown(one)}, and Found or Skip is required")
    severity, fix = one.severity, one.fix
    if severity is not None and (type(severity) is not str or severity not in SEVERITIES):
        raise TypeError(f"Found.severity is {shown(severity)}, and one of {', '.join(SEVERITIES)} is required")
    return Found(
        _text("Found.message", one.message),
        "" if type(fix) is str and not fix else _text("Found.fix", fix),
        severity,
        _field(one.field),
    )


def _text(name: str, value: object) -> str:
    text = str.__str__(value) if isinstance(value, str) else ""
    if not text.strip():
        raise TypeError(f"{name} is {shown(value)}, and text is required")
    return shortened(text, LONGEST)


def _field(value: object) -> Field | None:
    if value is None:
        return None
    parts = tuple.__getitem__(value, slice(MOST_FOUND)) if isinstance(value, tuple) else (None,)
    if not all(isinstance(part, str | int) for part in parts):
        raise TypeError(f"Found.field is {shown(value)}, and a tuple of strings and numbers is required")
    return tuple(map(_part, parts))


def _part(part: str | int) -> str | int:
    # Python prints no number of more than 4,300 digits, and no list has so many entries.
    return shortened(str.__str__(part), LONGEST) if isinstance(part, str) else min(int(part), sys.maxsize)


def documented(rule: Rule[Any]) -> str:
    """The docstring of a rule of another distribution; what can be called may make it up, and fail at that too."""
    try:
        text = within_time(ANSWERING, f"rule {rule.id} of {rule.owner}", lambda: inspect.getdoc(rule.check) or "")
        return "\n".join(map(printable, shortened(str.__str__(text), _LONGEST_PAGE).split("\n")))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  (as in `asked`: a report in SARIF holds it)
        return f"Its description cannot be read ({said_by(error)})."


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
