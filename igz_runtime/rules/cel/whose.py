"""Whose pod it is, in CEL: the table of `cluster/workloads`, and the roles of `functions/kinds`.

Of a function of Nuclio's it is whose its pods would be: they get its labels, and those that Nuclio gives to all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from igz_runtime.cluster.workloads import OBJECT_NAME, TABLE, UNPROFILED, Row
from igz_runtime.functions.annotations import LABEL, WORKLOAD
from igz_runtime.functions.kind import Role
from igz_runtime.functions.kinds import KINDS, by_written_name
from igz_runtime.functions.pod_labels import CLASS, FUNCTION, NUCLIO_CLASS, PROJECT, TAG
from igz_runtime.k8s.pod import Requirement
from igz_runtime.rules.cel.form import FACTS, FUNCTIONS, SETS, Resource, chosen, literal, quoted
from igz_runtime.rules.cel.kinds import is_kind_that

_USERS: Final = tuple(row for row in TABLE if row.kind or row.project)
"""The rows of user work, which stand before all others in the table."""
_STRANGE: Final = -1
"""In place of a row: MLRun's pods of a class that no row knows, and whatever is no user work."""


def label(key: str, labels: str = "variables.labels") -> str:
    """The value of a label; empty where there is none."""
    return f"{labels}[?{quoted(key)}].orValue('')"


def _holds(row: Row, labels: str = "variables.labels") -> str:
    return f"({' && '.join(_requirement(each, labels) for each in row.labels)})"


def _requirement(each: Requirement, labels: str) -> str:
    if (each.key, *(each.values or ())) == NUCLIO_CLASS:  # which Nuclio writes on the pods of each of its functions
        return f"(variables.is_function || {label(each.key, labels)} == {quoted(NUCLIO_CLASS[1])})"
    if each.operator == "Exists":
        return f"{quoted(each.key)} in {labels}"
    return f"{label(each.key, labels)} in {literal(each.values or ())}"


def _by_row(values: Mapping[int, str], otherwise: str) -> str:
    return _by("variables.row", values, otherwise)


def _by_kind(values: Mapping[str, str], otherwise: str) -> str:
    return _by("variables.kind", values, otherwise)


def _by(variable: str, values: Mapping[Any, str], otherwise: str) -> str:
    """What a variable's value stands for, each only once."""
    keys: dict[str, list[Any]] = {}
    for key, value in values.items():
        keys.setdefault(value, []).append(key)
    return chosen(((_is_one_of(variable, those), value) for value, those in keys.items()), otherwise)


def _is_one_of(variable: str, those: Sequence[Any]) -> str:
    return f"{variable} == {literal(those[0])}" if len(those) == 1 else f"{variable} in {literal(those)}"


def _row() -> str:
    return chosen(((_holds(row), str(number)) for number, row in enumerate(_USERS)), str(_STRANGE))


def _kind() -> str:
    renamed = {name: kind.name for name, kind in by_written_name().items() if name != kind.name}
    written = f"{literal(renamed)}[?{label(CLASS)}].orValue({label(CLASS)})"
    return _by_row({number: quoted(row.kind) for number, row in enumerate(_USERS) if row.kind}, written)


def _project() -> str:
    known = {number: label(row.project) for number, row in enumerate(_USERS) if row.project}
    return f"variables.is_set ? '' : {_by_row({**known, _STRANGE: label(PROJECT)}, quoted(''))}"


def _named() -> str:
    """What a label calls the function or the service; empty where none does."""
    known = {number: _first(row.function) for number, row in enumerate(_USERS) if row.function}
    named = _by_row({**known, _STRANGE: label(FUNCTION)}, "''")
    return f"variables.is_function ? variables.whole.metadata.?name.orValue('') : {named}"


def _first(keys: tuple[str, ...]) -> str:
    *others, last = map(label, keys)
    return chosen(((f"{each} != ''", each) for each in others), last) if others else last


def _function() -> str:
    """The same as who wrote it calls it: Nuclio runs a function of MLRun's as `PROJECT-NAME-TAG`."""
    return f"{is_kind_that('passes_on')} ? {_without_tag(_without_project('variables.named'))} : variables.named"


def _without_project(name: str) -> str:
    of_project = f"variables.project != '' && {name}.startsWith(variables.project + '-')"
    return f"({of_project} ? {name}.substring(variables.project.size() + 1) : {name})"


def _without_tag(name: str) -> str:
    tag = label(TAG)
    tagged = f"!({tag} in ['', 'latest']) && {name}.endsWith('-' + {tag})"
    return f"({tagged} ? {name}.substring(0, {name}.size() - {tag}.size() - 1) : {name})"


def _owner() -> str:
    """The name of what makes the pod: of a Deployment where its ReplicaSet does."""
    first, made = "variables.owners[0]", "['ReplicaSet', 'StatefulSet']"
    ending = f"'-' + {label('pod-template-hash')}"
    shorter = f"{first}.name.substring(0, {first}.name.size() - ({ending}).size())"
    of_pod = f"{first}.name.endsWith({ending}) ? {shorter} : {first}.name"
    is_name = f"{first}.name.matches({quoted(OBJECT_NAME)})"
    of_owner = f"variables.owners.size() > 0 && {first}.kind in {made} && {is_name} ? ({of_pod}) : ''"
    return f"variables.is_template ? variables.whole.metadata.?name.orValue('') : ({of_owner})"


def _role() -> str:
    """The role whose label the pod carries, else the one that has none."""
    kinds = (kind for kind in KINDS.values() if any(role.label for role in kind.roles))
    return _by_kind({kind.name: _role_of(kind.roles) for kind in kinds}, "'main'")


def _role_of(roles: tuple[Role, ...]) -> str:
    labelled = [
        (f"{label(each.label[0])} == {quoted(each.label[1])}", quoted(each.role)) for each in roles if each.label
    ]
    return chosen(labelled, quoted(next((each.role for each in roles if not each.label), "main")))


def _lacks_profile() -> str:
    """Whether it is user work without a profile, in a namespace that requires one, of a kind that can have one."""
    required = f"request.namespace in {FACTS}.?requireProfile.orValue([])"
    without = [str(number) for number, row in enumerate(_USERS) if row.unprofiled]
    is_work = f"(variables.row >= 0 ? !(variables.row in [{', '.join(without)}]) : {quoted(CLASS)} in variables.labels)"
    excepted = " || ".join(f"({_requirement(each, 'variables.labels')})" for each, _ in UNPROFILED)
    return f"{required} && variables.profile == '' && {is_work} && !({excepted})"


def _is_about(resource: Resource) -> str:
    return f"request.resource.resource == {quoted(resource)}"


_OF_FUNCTION: Final = ("spec", "metadata.?labels", "metadata.?annotations")
"""What a function of Nuclio's asks for; its controller writes the rest, whenever its state changes."""


def _differs(*fields: str) -> str:
    """Whether a change changes any of these fields."""
    return f"({' || '.join(f'variables.whole.?{each} != dyn(oldObject).?{each}' for each in fields)})"


VARIABLES: Final[Mapping[str, str]] = {
    "whole": "dyn(object)",
    "is_function": _is_about(FUNCTIONS),
    "is_set": _is_about(SETS),
    "is_template": "!variables.is_function && !variables.is_set && has(variables.whole.spec.template)",
    "pod": "variables.is_template ? variables.whole.spec.template : variables.whole",
    "spec": "variables.pod.?spec.orValue({})",
    "labels": "variables.pod.?metadata.?labels.orValue({})",
    "annotations": "variables.pod.?metadata.?annotations.orValue({})",
    "owners": "variables.pod.?metadata.?ownerReferences.orValue([])",
    "row": _row(),
    "kind": _kind(),
    "project": _project(),
    "named": _named(),
    "own_name": _function(),
    "name": f"variables.own_name != '' ? variables.own_name : {_owner()}",
    "role": _role(),
    "profile": label(LABEL),
    "lacks_profile": _lacks_profile(),
    "declared": label(WORKLOAD),
    "changed": f"request.operation == 'CREATE' || (variables.is_function ? {_differs(*_OF_FUNCTION)}"
    f" : variables.is_set ? {_differs('spec')} : {_differs('spec.?template')})",
    "judged": "variables.changed && (variables.is_set"
    f" || (variables.row >= 0 && variables.kind in {literal(list(KINDS))}))",
}
"""Whose pod it is: each variable may use those before it."""
