"""The kind of the facts: its CustomResourceDefinition, whose schema follows from their types."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from igz_runtime.audit.policies.facts import ALWAYS_WHOLE, About, Amount, Facts, Plain, Text, plain, spelled
from igz_runtime.rules.cel.form import Cel, literal
from igz_runtime.rules.registry import rules

GROUP: Final = "igz-runtime.io"
VERSION: Final = "v1"
DEFINITION: Final = "CustomResourceDefinition"
KIND: Final = "ClusterFacts"
PLURAL: Final = "clusterfacts"
NAME: Final = "cluster"
"""The name of the one object that policies look at."""


def definition() -> Plain:
    """The CustomResourceDefinition, without labels and annotations."""
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema()},
        "additionalPrinterColumns": [
            {"name": "Environment", "type": "string", "jsonPath": ".spec.environment"},
            {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
        ],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": DEFINITION,
        "metadata": {"name": f"{PLURAL}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Cluster",
            "names": {"kind": KIND, "listKind": f"{KIND}List", "plural": PLURAL, "singular": PLURAL},
            "versions": [version],
        },
    }


def facts_object(spec: Plain, name: str = NAME) -> Plain:
    """An object of the kind, without labels and annotations."""
    return {"apiVersion": f"{GROUP}/{VERSION}", "kind": KIND, "metadata": {"name": name}, "spec": spec}


def schema() -> Plain:
    """The schema of the kind, in OpenAPI 3."""
    words = f"What igz-runtime's admission policies know of the cluster; they look at the one that is named {NAME}."
    return {"type": "object", "description": words, "required": ["spec"], "properties": {"spec": _of(Facts)}}


def _of(hint: Any) -> Plain:
    """The schema of a type."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _bounded(_of(parts[0]), hint.__metadata__)
    if origin in (Union, UnionType):
        (stated,) = (part for part in parts if part is not NoneType)
        return _of(stated)
    if origin is Literal:
        return {"type": "string", "enum": list(parts)}
    if origin is tuple:
        return {"type": "array", "items": _of(parts[0])}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _of(parts[1])}
    return _object(hint) if hasattr(hint, "_fields") else {"type": _NAMES[hint]}


_NAMES: Final = {str: "string", int: "integer", bool: "boolean"}
_MOST: Final = {"array": "maxItems", "object": "maxProperties", "integer": "maximum"}


def _object(hint: Any) -> Plain:
    hints = get_type_hints(hint, include_extras=True)
    required = [spelled(name) for name in hint._fields if name not in hint._field_defaults]
    return {
        "type": "object",
        "description": hint.__doc__ or "",
        **({"required": required} if required else {}),
        "properties": {spelled(name): {**_of(hints[name]), **_default(hint, name)} for name in hint._fields},
    }


def _default(hint: Any, name: str) -> Plain:
    """What the API server writes where a field is left out that is always stated."""
    if hint not in ALWAYS_WHOLE or name not in hint._field_defaults:
        return {}
    return {"default": plain(hint._field_defaults[name])}


def _bounded(form: Plain, metadata: tuple[Any, ...]) -> Plain:
    """The schema of a type with what is said of it beside that."""
    for each in metadata:
        if isinstance(each, Amount):
            form = {"x-kubernetes-int-or-string": True, "pattern": each.pattern, "maxLength": _LONGEST_AMOUNT}
        elif isinstance(each, Text):
            form = {**form, **_of_text(each)}
        elif isinstance(each, About):
            form = {**form, "description": each.words, **_of_field(each, form["type"])}
    return form


_LONGEST_AMOUNT: Final = 40


def _of_text(text: Text) -> Plain:
    found: Plain = {"maxLength": text.longest}
    if text.pattern:
        found["pattern"] = text.pattern
    if text.holds:
        found["x-kubernetes-validations"] = [{"rule": text.holds, "message": text.message}]
    return found


def _of_field(about: About, kind: str) -> Plain:
    found: Plain = {_MOST[kind]: about.most} if about.most else {}
    if kind == "integer":
        found["minimum"] = 0
    return {**found, **_of_rules(about)} if about.rules else found


def _of_rules(about: About) -> Plain:
    """What holds of a mapping of rules: whoever writes another is told, and not left with a rule that does nothing."""
    asked = {rule_id: each.cel for rule_id, each in rules().items() if isinstance(each.cel, Cel)}
    listed = ", ".join(asked)
    validations = [
        {"rule": f"self.all(id, id in {literal(list(asked))})", "message": f"admission asks these rules: {listed}"}
    ]
    warning = [rule_id for rule_id, cel in asked.items() if cel.warns]
    if about.denies and warning:
        rule = f"self.all(id, self[id] != 'Deny' || !(id in {literal(warning)}))"
        validations.append({"rule": rule, "message": f"these only warn: {', '.join(warning)}"})
    return {"description": f"{about.words}; the rules are {listed}", "x-kubernetes-validations": validations}
