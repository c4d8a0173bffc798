"""Kubernetes' own spelling (camelCase mappings) of placements and resources, read and written.

Every reader names the field when it finds a value of the wrong type: in its message as `field`, and as a path.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from igz_runtime.errors import BrokenFunction
from igz_runtime.k8s.pod import Affinity, Container, ContainerSort, Requirement, Term, Toleration
from igz_runtime.k8s.quantity import Quantity, quantity

Raw = Mapping[str, Any]
Path = tuple[str | int, ...]

_MOST = 2**63 - 1


def mapping(value: object, field: str, at: Path | None = None) -> Raw:
    """A mapping, or an empty one for None."""
    if value is None:
        return {}
    if not (type(value) is dict or isinstance(value, Mapping)):
        raise _broken(field, f"a mapping is required, found {_kind_of(value)}", at)
    return value


def sequence(value: object, field: str, at: Path | None = None) -> list[Any]:
    """A list, or an empty one for None."""
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        raise _broken(field, f"a list is required, found {_kind_of(value)}", at)
    return list(value)


def text(value: object, field: str, at: Path | None = None) -> str | None:
    """Text or None."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, str):
        # A YAML file's, which knows its quotes: they are not part of what is remembered and compared.
        return str(value)
    raise _broken(field, f"text is required, found {_kind_of(value)}", at)


def whole(value: object, field: str) -> int | None:
    """A whole number or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise _broken(field, f"a whole number is required, found {_kind_of(value)}")
    if abs(value) > _MOST:
        raise _broken(field, "a number that is too large")
    return value


def read_selector(value: object, field: str) -> dict[str, str]:
    """A node selector. YAML's bare numbers and booleans are refused by Kubernetes, and so here."""
    if not value:
        return {}
    selector = {}
    for key, label in mapping(value, field).items():
        if not isinstance(label, str) and label is not None:
            raise _broken(f"{field}[{key!r}]", f"a label value is text, found {_kind_of(label)}; quote it")
        selector[str(key)] = str(label or "")
    return selector


def read_resources(value: object, field: str) -> tuple[dict[str, Quantity], dict[str, Quantity]]:
    """Requests and limits of a `resources` mapping."""
    if not value:
        return {}, {}
    resources = mapping(value, field)
    return _amounts(resources, field, "requests"), _amounts(resources, field, "limits")


def read_containers(value: object, field: str, sort: ContainerSort) -> list[Container]:
    """Sidecars or init containers as Kubernetes spells them."""
    found = [_read_container(raw, f"{field}[{i}]", sort) for i, raw in enumerate(sequence(value, field))]
    for i, container in enumerate(found):
        if container.name in (before.name for before in found[:i]):
            raise _broken(f"{field}[{i}].name", f"another container is called {container.name!r}")
    return found


def _read_container(value: object, field: str, sort: ContainerSort) -> Container:
    raw = mapping(value, field)
    requests, limits = read_resources(raw.get("resources"), f"{field}.resources")
    name = text(raw.get("name"), f"{field}.name")
    if not name:
        raise _broken(f"{field}.name", "a container needs a name")
    return Container(name, requests, limits, sort)


def read_tolerations(value: object, field: str) -> tuple[Toleration, ...] | None:
    """Tolerations; None where the field is absent."""
    if value is None:
        return None
    return tuple(read_toleration(raw, f"{field}[{i}]") for i, raw in enumerate(sequence(value, field)))


def read_toleration(value: object, field: str) -> Toleration:
    """One toleration."""
    raw = _camel(mapping(value, field), field)
    return Toleration(
        key=text(raw.get("key"), f"{field}.key"),
        operator=text(raw.get("operator"), f"{field}.operator"),
        value=text(raw.get("value"), f"{field}.value"),
        effect=text(raw.get("effect"), f"{field}.effect"),
        seconds=whole(raw.get("tolerationSeconds"), f"{field}.tolerationSeconds"),
    )


def read_affinity(value: object, field: str) -> Affinity | None:
    """An affinity; None where the field is absent or empty."""
    if not value:
        return None
    raw = _camel(mapping(value, field), field)
    node = raw.get("nodeAffinity")
    node_raw = mapping(node, f"{field}.nodeAffinity")
    required = node_raw.get("requiredDuringSchedulingIgnoredDuringExecution")
    preferred = node_raw.get("preferredDuringSchedulingIgnoredDuringExecution")
    where = f"{field}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
    terms = None
    if required is not None:
        listed = sequence(mapping(required, where).get("nodeSelectorTerms"), f"{where}.nodeSelectorTerms")
        terms = tuple(_term(term, f"{where}.nodeSelectorTerms[{i}]") for i, term in enumerate(listed))
    return Affinity(
        required=terms,
        preferred=None if preferred is None else tuple(sequence(preferred, f"{field}.nodeAffinity.preferred")),
        empty_node=node is not None and required is None and preferred is None,
        pod={key: value for key, value in raw.items() if key != "nodeAffinity" and value is not None},
    )


def write_tolerations(tolerations: Iterable[Toleration]) -> list[dict[str, Any]]:
    """Tolerations as Kubernetes spells them."""
    return [
        {
            name: value
            for name, value in (
                ("key", t.key),
                ("operator", t.operator),
                ("value", t.value),
                ("effect", t.effect),
                ("tolerationSeconds", t.seconds),
            )
            if value is not None
        }
        for t in tolerations
    ]


def write_affinity(affinity: Affinity) -> dict[str, Any]:
    """An affinity as Kubernetes spells it."""
    raw: dict[str, Any] = dict(affinity.pod)
    if affinity.node:
        node: dict[str, Any] = {}
        if affinity.required is not None:
            node["requiredDuringSchedulingIgnoredDuringExecution"] = {
                "nodeSelectorTerms": [_write_term(term) for term in affinity.required]
            }
        if affinity.preferred is not None:
            node["preferredDuringSchedulingIgnoredDuringExecution"] = [dict(p) for p in affinity.preferred]
        raw["nodeAffinity"] = node
    return raw


def write_resources(container: Container) -> dict[str, dict[str, str]]:
    """Requests and limits as Kubernetes spells them."""
    return {
        section: {name: str(amount) for name, amount in amounts.items()}
        for section, amounts in (("requests", container.requests), ("limits", container.limits))
        if amounts
    }


def _amounts(resources: Raw, field: str, section: str) -> dict[str, Quantity]:
    amounts = resources.get(section)
    if not amounts:
        return {}
    return {
        str(name): quantity(amount) if type(amount) is str else read_amount(amount, f"{field}.{section}[{name!r}]")
        for name, amount in mapping(amounts, f"{field}.{section}").items()
        if amount is not None
    }


def read_amount(value: object, field: str) -> Quantity:
    """A quantity as people write it: text, or a bare YAML number."""
    if isinstance(value, str):
        return quantity(str(value))
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise _broken(field, f"a quantity is required, found {_kind_of(value)}")
    try:
        return quantity(str(value))
    except ValueError:  # Python prints no whole number of more than 4,300 digits
        raise _broken(field, "a number that is too large for any node") from None


def _camel(raw: Raw, field: str) -> Raw:
    """A mapping without the Python client's spelling, which MLRun refuses and Nuclio ignores in silence."""
    for key in raw:
        if "_" in str(key):
            first, *rest = str(key).split("_")
            meant = first + "".join(map(str.title, rest))
            raise _broken(f"{field}.{key}", f"no field of Kubernetes; did you mean {meant!r}?", (*path_in(field), key))
    return raw


def _term(value: object, field: str) -> Term:
    raw = mapping(value, field)
    return Term(
        _requirements(raw.get("matchExpressions"), f"{field}.matchExpressions"),
        _requirements(raw.get("matchFields"), f"{field}.matchFields"),
    )


def _requirements(value: object, field: str) -> tuple[Requirement, ...] | None:
    if value is None:
        return None
    return tuple(_requirement(raw, f"{field}[{i}]") for i, raw in enumerate(sequence(value, field)))


def _requirement(value: object, field: str) -> Requirement:
    raw = mapping(value, field)
    values = raw.get("values")
    return Requirement(
        text(raw.get("key"), f"{field}.key") or "",
        text(raw.get("operator"), f"{field}.operator") or "",
        None if values is None else tuple(str(v) for v in sequence(values, f"{field}.values")),
    )


def _write_term(term: Term) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for key, requirements in (("matchExpressions", term.expressions), ("matchFields", term.fields)):
        if requirements is not None:
            raw[key] = [
                {"key": r.key, "operator": r.operator, **({} if r.values is None else {"values": list(r.values)})}
                for r in requirements
            ]
    return raw


def _broken(field: str, says: str, at: Path | None = None) -> BrokenFunction:
    """The error about a field, with its place; `at` is for one that the message calls by another name."""
    return BrokenFunction(f"{field}: {says}", path_in(field) if at is None else at)


def path_in(field: str) -> Path:
    """The place of a field as messages write it.

    >>> path_in("tolerations[1].key"), path_in("config[spec.sidecars][0].resources.limits['nvidia.com/gpu']")
    (('tolerations', 1, 'key'), ('config', 'spec.sidecars', 0, 'resources', 'limits', 'nvidia.com/gpu'))
    """
    return tuple(_part(quoted, bracketed, name) for quoted, bracketed, name in re.findall(_PART, field))


_PART = r"""\[('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\]|\[([^\[\]]*)\]|([^.\[\]]+)"""


def _part(quoted: str, bracketed: str, name: str) -> str | int:
    if quoted:
        return str(ast.literal_eval(quoted))
    return int(bracketed) if bracketed.isdecimal() else bracketed or name


def _kind_of(value: object) -> str:
    """The type of a value in words; never the value, which may be a secret."""
    names = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list", dict: "a mapping"}
    return names.get(type(value), type(value).__name__)
