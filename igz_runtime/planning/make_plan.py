"""Making a plan: take back the earlier profile, size, place, prove, judge, and record."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType, NoneType
from typing import Any, Final, NamedTuple

from igz_runtime.cluster.model import Cluster
from igz_runtime.effective import Effective, enriched_by_mode, without_enrichment
from igz_runtime.errors import MissingResources, UnsupportedFunction
from igz_runtime.functions import adapter_for
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import Function
from igz_runtime.functions.record import Applied, Promised
from igz_runtime.functions.taking_back import difference, take_back
from igz_runtime.identity import Beside
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.k8s.quantity import Quantity
from igz_runtime.planning.changing import alone
from igz_runtime.planning.grounds import Grounds
from igz_runtime.planning.placement import place
from igz_runtime.planning.plan import Plan
from igz_runtime.planning.promise import Promise
from igz_runtime.planning.protection import apart, names_of_pods, promises_completion, protected
from igz_runtime.planning.sizing import decided, group_labels, require_sizes, sized
from igz_runtime.planning.subjects import planned_subject, promised_to
from igz_runtime.rules.authoring import REGISTRY
from igz_runtime.rules.declarations import declarations_on
from igz_runtime.rules.engine import About, Verdicts, built_in_verdicts, findings_of, with_the_rest
from igz_runtime.rules.findings import Findings
from igz_runtime.rules.registry import rules_on
from igz_runtime.rules.subject import Subject


class _Outcome(NamedTuple):
    """What becomes of a function's roles under a profile: all that does not depend on what else the function is.

    Attributes:
        roles: what each role asks for.
        effective: the effective pod of each.
        record: the text of the profile annotation.
        subjects: each of them under judgement, alone.
        verdicts: what those of igz_runtime's own rules say of each that read nothing but the roles and the cluster.
    """

    roles: tuple[PodSettings, ...]
    effective: tuple[Effective, ...]
    record: str
    subjects: tuple[Subject, ...]
    verdicts: tuple[Verdicts, ...]


_MOST_REMEMBERED: Final = 512
"""Outcomes on one cluster; each takes some 10 KB."""

_remembered: Final = Beside[dict[Any, _Outcome]]()
"""By cluster, which is compared by identity: what was found out on one goes with it. So nothing in here may keep it."""


def make_plan(profile: Promise, fn: Any, grounds: Grounds, folder: str | None = None) -> Plan:
    """Plan a profile on a function. See `Profile.plan`.

    Args:
        profile: the profile.
        fn: the function.
        grounds: what the plan is judged by.
        folder: where the code of a document is looked for, which stands in a file there; None: where the function says.
    """
    with alone(fn):
        adapter = adapter_for(fn)
        before = adapter.read() if folder is None else adapter.read().seen_from(folder)
    _require_service(profile, before)
    grounds = grounds.of(before)
    cluster = grounds.cluster
    applied = Applied.on(before)
    base = grounds.on_terms(take_back(before, applied))
    try:
        outcome = _outcome(profile, base, cluster)
    except MissingResources as error:
        raise MissingResources(f"{error}{_sizes_of(applied, profile.name)}") from None
    after = base.but(roles=outcome.roles, record=outcome.record, profile=profile.name, **_marks(profile, base))
    about = About.of(after, grounds.unread(after))
    found = findings_of(about, _judged(after, outcome, cluster), profile.waive, grounds.terms, grounds.site(after))
    if base.workload or base.waivers:  # what a person wrote there, and no profile takes back
        found += Findings(declared=declarations_on(base, None, grounds.terms, grounds.site(after)))
    return Plan(profile, grounds, before, after, found, outcome.effective, adapter, fn)


def _require_service(profile: Promise, function: Function) -> None:
    if profile.services_only and not traits(function.kind).service:
        raise UnsupportedFunction(
            f"{profile.name} is for Nuclio, serving and application functions; {function.name!r} is of kind "
            f"{function.kind!r}: use production_job"
        )


def pods_under(profile: Promise, function: Function, cluster: Cluster) -> tuple[PodSettings, ...]:
    """The effective pod of each role of a function, once a profile is applied to it.

    Raises:
        IgzRuntimeError: the profile cannot be planned on it.
    """
    _require_service(profile, function)
    outcome = _outcome(profile, take_back(function, Applied.on(function)), cluster)
    return tuple(effective.settings for effective in outcome.effective)


def _sizes_of(applied: Applied | None, name: str) -> str:
    """Sizes that stand on the function, and go with the profile that brought them: the end of a sentence."""
    sizes = {
        each: applied.parameters[each] for each in ("cpu", "memory", "sizes") if applied and each in applied.parameters
    }
    if not applied or not sizes:
        return ""
    repeated = ", ".join(f"{each}={size!r}" for each, size in sizes.items())
    return (
        f". Those that stand there are {applied.profile}'s, and are taken back with it: repeat them, {name}({repeated})"
    )


def _judged(after: Function, outcome: _Outcome, cluster: Cluster) -> tuple[Verdicts, ...]:
    """What every rule says: what is remembered, and the rules that read a function's name, labels or other evidence.

    Nobody promises that another distribution's say the same twice, so they are always asked.
    """
    rules = rules_on(Subject)
    pairs = zip(outcome.verdicts, outcome.subjects, strict=True)
    return tuple([with_the_rest(rules, said, subject.of(after, cluster)) for said, subject in pairs])


def _outcome(profile: Promise, base: Function, cluster: Cluster) -> _Outcome:
    """The outcome, remembered: functions that ask for the same get the same, and a factory makes many of them."""
    asked = fingerprint(base)
    if asked is None:
        return _worked_out(profile, base, cluster)
    held = _remembered.get(cluster)
    if held is None or len(held) >= _MOST_REMEMBERED:
        held = _remembered.keep(cluster, {})
    # Equal profiles may spell an amount differently, which is recorded. Rules may be registered at any time.
    key = (profile.anywhere, repr(profile), REGISTRY.changes, asked, names_of_pods(profile, base))
    if key not in held:
        held[key] = _worked_out(profile, base, cluster)
    return held[key]


def forget() -> None:
    """Forget every outcome that is remembered."""
    _remembered.clear()


def _worked_out(profile: Promise, base: Function, cluster: Cluster) -> _Outcome:
    require_sizes(profile, base)
    plain = base.but(roles=tuple(_without_other_mode(profile, base, role, cluster) for role in base.roles))
    bare = tuple(sized(profile, plain, role, cluster) for role in plain.roles)
    asked = plain.but(roles=tuple(protected(profile, plain, role, cluster) for role in bare))
    placed = [
        _placed(asked, role, without, cluster, promised_to(profile.lifecycle, base, role))
        for role, without in zip(asked.roles, bare, strict=True)
    ]
    roles, effective = tuple(settings for settings, _ in placed), tuple(effective for _, effective in placed)
    after = base.but(roles=roles)
    pairs = zip(roles, effective, strict=True)
    subjects = tuple(planned_subject(profile, after, role, pod, cluster) for role, pod in pairs)
    verdicts = tuple(built_in_verdicts(rules_on(Subject).general, subject) for subject in subjects)
    record = _record(profile, base, after.but(**_marks(profile, base)), cluster)
    return _Outcome(roles, effective, record, tuple(subject.alone() for subject in subjects), verdicts)


def _placed(
    asked: Function, role: PodSettings, without: PodSettings, cluster: Cluster, promised: Promised
) -> tuple[PodSettings, Effective]:
    """One role placed; without what keeps its replicas apart where no means keeps both that and the promise of nodes.

    The rules then say what stands in the way, and nothing of what was never written.
    """
    placed, effective = place(asked, role, cluster, promised)
    lost = role is not without and not apart(effective.settings) and apart(role)
    return place(asked, without, cluster, promised) if lost else (placed, effective)


def _without_other_mode(profile: Promise, base: Function, role: PodSettings, cluster: Cluster) -> PodSettings:
    """A role without what a preemption mode wrote, where that says the opposite of the promise: the mode goes, too."""
    agreed = {"on-demand": "prevent", "spot": "constrain"}.get(promised_to(profile.lifecycle, base, role))
    if role.preemption_mode == agreed or not enriched_by_mode(role, cluster):
        return role
    return without_enrichment(role)


def _marks(profile: Promise, base: Function) -> dict[str, Any]:
    """What a profile writes on the function for those who cannot read its record: admission, people."""
    marks: dict[str, Any] = {}
    if profile.waive:
        marks["waivers"] = {**base.waivers, **{rule_id: each.to_text() for rule_id, each in profile.waive.items()}}
    if profile.workload.word:
        marks["workload"] = profile.workload.word
    return marks


def _record(profile: Promise, base: Function, after: Function, cluster: Cluster) -> str:
    fields = decided(profile, cluster)
    if promises_completion(profile.lifecycle, profile.qos, base.kind):
        fields += ("annotations",)
    wrote, was = difference(base, after, fields, group_labels(profile, base, cluster))
    return replace(record_of(profile), wrote=wrote, was=was).to_text()


def record_of(profile: Promise) -> Applied:
    """The record of a profile as far as it is the same on every function."""
    promised: dict[str, Any] = {"lifecycle": profile.lifecycle, "qos": profile.qos}
    if profile.development:
        promised["development"] = True
    if profile.workload.stated:
        promised["workload"] = profile.workload.stated
    if profile.definition:
        promised["definition"] = profile.definition
    return Applied(profile.name, dict(profile.parameters), profile.waive, promised)


def is_of(profile: Promise, applied: Applied) -> bool:
    """Whether a record is that of a profile, as it is defined now and with these arguments."""
    return replace(applied, wrote={}, was={}).to_text() == record_of(profile).to_text()


def fingerprint(function: Function) -> Any:
    """What the roles ask for, spelling included, and what a record gives back; None: not to be remembered.

    It goes through the values whatever their fields are, so that one that is added is part of it.
    """
    marks = _hashable(function.waivers), function.workload, function.evidence.undeclarable
    mark = function.kind, _hashable(function.roles), marks
    try:
        hash(mark)
    except TypeError:
        return None
    return mark


def _hashable(value: Any) -> Any:
    if type(value) is Quantity:
        return value.text, value.number
    if not isinstance(value, tuple):
        # 1 and True are equal, and are not the same.
        return _hashable(tuple(value.items())) if isinstance(value, _MAPPINGS) else (type(value), value)
    parts = []
    for each in value:
        if type(each) in _PLAIN:
            parts.append(each)
        else:  # of what has parts, most is empty
            parts.append(_hashable(each) if each or type(each) not in _EMPTY else ())
    return tuple(parts)


_MAPPINGS: Final = (dict, MappingProxyType)
_EMPTY: Final = frozenset({tuple, *_MAPPINGS})
_PLAIN: Final = frozenset({NoneType, str, int})
