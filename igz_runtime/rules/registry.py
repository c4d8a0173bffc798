"""Every rule by its id: the built-in ones, and those of other distributions."""

from __future__ import annotations

import importlib
from _thread import RLock
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from igz_runtime.errors import InvalidValue
from igz_runtime.messages import did_you_mean, shown
from igz_runtime.rules.authoring import REGISTRY, Rule
from igz_runtime.rules.plug_ins import register_plug_ins

ON_FUNCTIONS: Final = (
    "spot",
    "modes",
    "resources",
    "memory",
    "priority",
    "placement",
    "helper_pods",
    "capacity",
    "consolidation",
    "replicas",
    "scaling",
    "runs",
    "environment",
    "jupyter",
    "packages",
    "startup",
    "drift",
    "assignment",
    "document",
)
ON_CLUSTERS: Final = (
    "group_capacity",
    "core_group",
    "user_groups",
    "gpu_groups",
    "spot_groups",
    "priority_classes",
    "separation",
    "user_pods",
    "unguaranteed",
    "idle_gpus",
    "pending",
)
"""The modules that have rules: on functions and their documents; on a cluster, its node groups and what runs there."""
MODULES: Final = (*ON_FUNCTIONS, *ON_CLUSTERS)

Rules = tuple[Rule[Any], ...]


class Asked(NamedTuple):
    """The rules on one type of subject, each in order.

    Attributes:
        built_in: igz_runtime's own.
        general: those of them that say the same of functions of one kind whose roles ask for the same.
        particular: the rest of them.
        plug_ins: those of other distributions.
    """

    built_in: Rules
    general: Rules
    particular: Rules
    plug_ins: Rules


def rules() -> Mapping[str, Rule[Any]]:
    """Every rule by id, in order."""
    return _registered(MODULES).rules


def rule_of(rule_id: str) -> Rule[Any] | None:
    """The rule of that id; None where its distribution is not installed here."""
    return _registered(ON_FUNCTIONS).rules.get(rule_id) or rules().get(rule_id)


def rules_on(subject: type) -> Asked:
    """The rules that are asked of subjects of a type."""
    # Who judges a function or its file starts without what clusters are judged by.
    of_cluster = any(each.__module__ in _OF_CLUSTERS for each in subject.__mro__)
    known = _registered(MODULES if of_cluster else ON_FUNCTIONS)
    found = known.asked.get(subject)
    if found is None:
        on = tuple(each for each in known.rules.values() if issubclass(subject, each.on))
        built_in = tuple(each for each in on if not each.owner)
        found = known.asked[subject] = Asked(
            built_in,
            tuple(each for each in built_in if each.is_general),
            tuple(each for each in built_in if not each.is_general),
            tuple(each for each in on if each.owner),
        )
    return found


_OF_CLUSTERS: Final = frozenset({"igz_runtime.rules.audited", "igz_runtime.cluster.capacity"})
"""The modules with the types of subjects that the second of them judge."""


class _Known(NamedTuple):
    """Every rule as of a change of the registry, in order, and those on each type that was asked for since."""

    rules: Mapping[str, Rule[Any]]
    as_of: int
    asked: dict[type, Asked]


def _registered(modules: tuple[str, ...]) -> _Known:
    """Every rule that is registered once these modules are imported."""
    # A rule may be registered later too, in a notebook for one.
    if _known.as_of != REGISTRY.changes or modules not in _imported:
        with _registering:
            _register(modules)
    return _known


def _register(modules: tuple[str, ...]) -> None:
    global _known  # noqa: PLW0603  (the modules are imported once, at the first judgement)
    for module in modules:
        importlib.import_module(f"igz_runtime.rules.{module}")
    register_plug_ins(REGISTRY)
    if _known.as_of != REGISTRY.changes:
        changes = REGISTRY.changes
        _known = _Known(dict(sorted(REGISTRY.copy().items())), changes, {})
    # Last, as who finds it here waits for nobody.
    _imported.add(modules)


_known = _Known({}, -1, {})
_imported: set[tuple[str, ...]] = set()
_registering: Final = RLock()


def require_rule(rule_id: str) -> Rule[Any]:
    """The rule of that id.

    Raises:
        InvalidValue: there is none; names the nearest.
    """
    found = rule_of(rule_id)
    if found is None:
        known = rules()
        named = next((each.id for each in known.values() if each.name == rule_id), "")
        if named:
            raise InvalidValue(f"there is no rule {rule_id!r}; the id of the rule of that name is {named!r}")
        raise InvalidValue(f"there is no rule {rule_id!r}{did_you_mean(str(rule_id).upper(), known)}")
    return found


def selection_fault(beginning: str) -> str:
    """Why a rule's id, or the beginning of ids, means no rule, with the nearest right name; else empty."""
    known = rules()
    if beginning and any(rule_id.startswith(beginning) for rule_id in known):
        return ""
    near = did_you_mean(beginning.upper(), [*known, *{rule_id[:-2] for rule_id in known}])
    return f"there is no rule {shown(beginning)}{near}"
