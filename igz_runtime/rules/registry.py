"""Every rule by its id: the built-in ones, and those of other distributions."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache

from igz_runtime.errors import InvalidValue
from igz_runtime.messages import did_you_mean, shown
from igz_runtime.rules.authoring import REGISTRY, Rule
from igz_runtime.rules.plug_ins import register_plug_ins

_MODULES = ("spot", "modes", "resources", "priority", "placement", "capacity", "document")


def rules() -> Mapping[str, Rule]:
    """Every rule by id, in order."""
    global _ordered  # noqa: PLW0603  (the modules are imported once, at the first judgement)
    if _ordered is None:
        for module in _MODULES:
            importlib.import_module(f"igz_runtime.rules.{module}")
        register_plug_ins(REGISTRY)
        _ordered = dict(sorted(REGISTRY.items()))
    return _ordered


_ordered: Mapping[str, Rule] | None = None


def require_rule(rule_id: str) -> Rule:
    """The rule of that id.

    Raises:
        InvalidValue: there is none; names the nearest.
    """
    known = rules()
    if rule_id not in known:
        raise InvalidValue(f"there is no rule {rule_id!r}{did_you_mean(str(rule_id).upper(), known)}")
    return known[rule_id]


def selection_fault(beginning: str) -> str:
    """Why a rule's id, or the beginning of ids, means no rule, with the nearest right name; else empty."""
    known = rules()
    if beginning and any(rule_id.startswith(beginning) for rule_id in known):
        return ""
    near = did_you_mean(beginning.upper(), [*known, *{rule_id[:-2] for rule_id in known}])
    return f"there is no rule {shown(beginning)}{near}"


@cache
def plug_in_rules() -> tuple[Rule, ...]:
    """The rules of other distributions, in order."""
    return tuple(each for each in rules().values() if each.owner)
