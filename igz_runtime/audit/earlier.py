"""An earlier audit, read from its report in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any, Final, NamedTuple, TypeGuard, get_args

from igz_runtime.errors import ConfigurationError
from igz_runtime.messages import shown
from igz_runtime.rules.findings import Severity
from igz_runtime.text.bounded import content_of
from igz_runtime.text.limits import LARGEST_FACTS, Unreadable
from igz_runtime.text.place import Path as Field
from igz_runtime.text.tree import plain_json, read_json, text_of

VERSION: Final = 1
"""The version of the report's shape. It changes when a key goes or means something else; new keys come without."""

_AGAIN: Final = "write one with `igz-runtime audit --format json`"
_TEXTS: Final = ("rule", "severity", "message")
NAMES: Final = ("function", "kind", "role", "namespace", "project", "group")
"""What a finding is about, as a report and `Was` call it."""


class Was(NamedTuple):
    """A finding of an earlier audit; its attributes are those of `Finding` and `AuditFinding`."""

    rule: str
    severity: Severity
    message: str
    function: str = ""
    kind: str = ""
    role: str = ""
    namespace: str = ""
    project: str = ""
    group: str = ""
    nodes: tuple[str, ...] = ()
    field: tuple[str, ...] = ()
    waived: bool = False

    @property
    def identity(self) -> tuple[str, ...]:
        """What is the same of it in the next audit. Its message is not: it counts pods and nodes, which come and go."""
        return self.rule, self.kind, self.namespace, self.project, self.function, self.role, *self.field


class Earlier(NamedTuple):
    """An earlier audit.

    Attributes:
        source: what it says of where its facts came from.
        read: when the cluster was read, in UTC; empty where no API server was asked.
        uid: the UID of the namespace kube-system; empty where it was not known.
        environment: what the cluster was for; None where nobody said so.
        findings: what it found.
    """

    source: str = ""
    read: str = ""
    uid: str = ""
    environment: str | None = None
    findings: tuple[Was, ...] = ()


def read_report(file: str | PathLike[str]) -> Earlier:
    """The audit that a report in JSON holds.

    Raises:
        ConfigurationError: the file cannot be read, or is not such a report; names the place.
    """
    try:
        text = text_of(content_of(file, LARGEST_FACTS))
        held = plain_json(text)
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read ({error.strerror})") from None
    except Unreadable as error:
        raise ConfigurationError(f"{error.remark.in_file(file)}; {_AGAIN}") from None
    fault = _fault(held)
    if fault:
        raise ConfigurationError(f"{file}:{_place(text, fault[0])}: {fault[1]}; {_AGAIN}")
    names = {name: held.get(name) or "" for name in ("source", "read", "uid")}
    return Earlier(**names, environment=held.get("environment"), findings=tuple(map(_finding, held["findings"])))


def _finding(held: Mapping[str, Any]) -> Was:
    return Was(
        held["rule"],
        held["severity"],
        held["message"],
        **{name: held.get(name) or "" for name in NAMES},
        nodes=tuple(held["nodes"]),
        field=tuple(map(str, held["field"])),
        waived=held.get("waived") is not None,
    )


def _fault(held: Any) -> tuple[Field, str] | None:
    """What is wrong with a report, and where; None where nothing is."""
    if not isinstance(held, Mapping) or not isinstance(held.get("unchecked"), list):
        return (), "is not a report of igz-runtime audit"
    version = held.get("version")
    if isinstance(version, bool) or version != VERSION:
        return ("version",), f"version {shown(version)}, and {VERSION} is required"
    for name in ("source", "read", "uid", "environment"):
        if not isinstance(held.get(name), str | None):
            return (name,), f"{name} {shown(held[name])} is not a text"
    findings = held.get("findings")
    if not isinstance(findings, list):
        return ("findings",), "the findings are not a list"
    faults = ((number, _fault_of(one)) for number, one in enumerate(findings))
    return next(((("findings", number), fault) for number, fault in faults if fault), None)


def _fault_of(finding: Any) -> str:
    if not isinstance(finding, Mapping):
        return "a finding is not an object"
    missing = [name for name in _TEXTS if not isinstance(finding.get(name), str)]
    wrong = [name for name in NAMES if not isinstance(finding.get(name), str | None)]
    wrong += [name for name in ("nodes", "field") if not _is_list_of_names(finding.get(name))]
    if missing or wrong:
        return f"a finding needs {', '.join((*missing, *wrong))} as the report's schema has it"
    severity = finding["severity"]
    return "" if severity in get_args(Severity) else f"severity {shown(severity)} is not error, warning or info"


def _is_list_of_names(value: Any) -> TypeGuard[list[str | int]]:
    return isinstance(value, list) and all(isinstance(each, str | int) for each in value)


def _place(text: str, field: Field) -> str:
    try:
        return str(read_json(text).at(field))
    except Unreadable:
        # Larger than what may be read from a stranger, which a report need not be.
        return "1:1"
