"""What igz_runtime's own rules say of a pod at admission: those that an audit asks of pods, in Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from igz_runtime.audit.judging import about_work, place_of
from igz_runtime.audit.pods import subject_of
from igz_runtime.audit.policies.policy import expressed
from igz_runtime.cluster.api.stored import settings_of
from igz_runtime.cluster.api.work import owner, telling
from igz_runtime.cluster.facts import Live
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.running import Identity, Work
from igz_runtime.cluster.workloads import UNPROFILED, identity_of, row_of
from igz_runtime.errors import InvalidValue
from igz_runtime.functions import adapter_for
from igz_runtime.functions.annotations import LABEL, read_waivers
from igz_runtime.functions.jupyter import jupyter_services
from igz_runtime.functions.pod_labels import CLASS, FUNCTION, PROJECT, pod_labels
from igz_runtime.k8s.matching import holds
from igz_runtime.planning.subjects import subjects_as_they_are
from igz_runtime.rules.assignment import Assignment
from igz_runtime.rules.audited import AuditedCluster, AuditedWork
from igz_runtime.rules.authoring import Found
from igz_runtime.rules.cel.form import FUNCTIONS, SETS, Resource
from igz_runtime.rules.chosen import EVERY, Chosen
from igz_runtime.rules.engine import About, Verdicts, built_in_verdicts, findings_of
from igz_runtime.rules.subject import Subject
from igz_runtime.rules.terms import Site, Terms, Waivable
from igz_runtime.rules.waivers import FREE, today
from igz_runtime.waiver import Waiver

Plain = dict[str, Any]


def said_of(
    stored: Plain,
    cluster: Cluster,
    promises: Mapping[str, Mapping[str, Any]],
    terms: Terms = FREE,
    chosen: Chosen = EVERY,
    *,
    requires: str = "",
    changed: bool = False,
) -> Iterator[tuple[str, str, str]]:
    """The rule, the severity and the text of each finding that nobody waived.

    Args:
        stored: a pod, or what makes pods, as the API server would store it.
        cluster: what is known of the cluster.
        promises: what profiles promise, by name.
        terms: what the configuration says of waivers.
        chosen: which rules are judged, and how grave each is.
        requires: the namespace, where it requires a profile.
        changed: whether it is there already, and is changed: then no last day is enforced.
    """
    template = stored["spec"].get("template")
    pod = template or stored
    spec, metadata = pod["spec"], pod.get("metadata") or {}
    labels = metadata.get("labels") or {}
    identity = identity_of(labels, stored["metadata"]["namespace"], spec.get("priorityClassName"))
    if not identity.is_user_work and CLASS in labels:
        identity = Identity(labels[CLASS], labels.get(PROJECT, ""), labels.get(FUNCTION, ""), profile=_profile(labels))
    if not identity.is_user_work:
        return
    if not identity.function:
        identity = identity._replace(function=stored["metadata"]["name"] if template else owner(metadata))
    settings = settings_of(pod, identity.kind, identity.role).but(node_name=spec.get("nodeName"))
    waivers = dict(read_waivers(metadata.get("annotations")))
    if changed:
        waivers, terms = {rule: _endless(text) for rule, text in waivers.items()}, _without_days(terms)
    work = AuditedWork(
        AuditedCluster(cluster, terms=terms), Work(identity, "", pod=settings, labels=telling(labels), waivers=waivers)
    )
    subjects: list[object] = []
    if requires and _needs_profile(labels):
        subjects.append(Assignment(identity.function, _profile(labels), _profile(labels), requires))
    if work.is_judged:
        subjects.append(subject_of(work, promises, node_name=spec.get("nodeName")))
    about, place = about_work(work), place_of(work)
    site = Site(place.project, "", about.name)
    for subject in subjects:
        yield from _said(_verdicts(subject), about, site, terms, chosen, live=cluster.live)


def said_of_declared(
    stored: Plain, cluster: Cluster, terms: Terms = FREE, chosen: Chosen = EVERY
) -> Iterator[tuple[str, str, str]]:
    """The same of a function of Nuclio's, or of the services of a set: of each of these, with its name.

    Args:
        stored: the object, as the API server would store it.
        cluster: what is known of the cluster.
        terms: what the configuration says of waivers.
        chosen: which rules are judged, and how grave each is.
    """
    is_function = stored["kind"] == "NuclioFunction"
    reads = [adapter_for(stored).read] if is_function else [each.read for each in jupyter_services(stored)]
    resource: Resource = FUNCTIONS if is_function else SETS
    asked = tuple(expressed(resource))
    for read in reads:
        function = read()
        whose = identity_of({**function.evidence.labels, **pod_labels(function, "main")}, "")
        name, project = (whose.function, whose.project) if is_function else (function.name, "")
        about = About(name, whose.kind, waivers=function.waivers)
        (subject,) = subjects_as_they_are(function, None, cluster)
        said = _said(built_in_verdicts(asked, subject), about, Site(project, "", name), terms, chosen)
        head = "" if is_function else f"jupyter {name!r}: "
        yield from ((rule, severity, f"{head}{text}") for rule, severity, text in said)


def _said(
    verdicts: Verdicts, about: About, site: Site, terms: Terms, chosen: Chosen, *, live: Live | None = None
) -> Iterator[tuple[str, str, str]]:
    for verdict in verdicts:
        rule, found = verdict
        if isinstance(found, Found) and not _is_unsure(found.message, rule.id, live):
            finding = findings_of(about, [(verdict,)], None, terms, site)[0]
            if not finding.waived and chosen.judges(rule.id):
                # Which name is near to another is more than CEL can say.
                fix = (found.fix or rule.fix).partition("; did you mean ")[0]
                text = f"{rule.id}: {found.message}; fix: {fix}"
                severity = finding.severity if rule.id == "IGZ908" else chosen.severity_of(rule.id, finding.severity)
                yield rule.id, severity, text


_OF_AUTOSCALERS: Final = "IGZ211"


def _verdicts(subject: object) -> Verdicts:
    """What each rule says: of a live cluster, admission knows the node groups, and what autoscalers empty."""
    asked = [rule for rule in expressed() if isinstance(subject, rule.on)]
    if not isinstance(subject, Subject):
        return built_in_verdicts(tuple(asked), subject)
    by_description = subject.of(subject.function, _described(subject.cluster))
    return (
        *built_in_verdicts(tuple(rule for rule in asked if rule.id != _OF_AUTOSCALERS), by_description),
        *built_in_verdicts(tuple(rule for rule in asked if rule.id == _OF_AUTOSCALERS), subject),
    )


def _described(cluster: Cluster) -> Cluster:
    """A live cluster as its description would have it, without the amounts that cannot be counted."""
    if cluster.live is None:
        return cluster
    uncounted = cluster.live.devices
    groups = tuple(
        replace(group, allocatable={name: size for name, size in group.allocatable.items() if name not in uncounted})
        for group in cluster.node_groups
    )
    # Its priority classes were read, whoever's spot labels are assumed.
    return replace(cluster, live=None, node_groups=groups, assumed=False)


def _is_unsure(message: str, rule_id: str, live: Live | None) -> bool:
    """Whether nodes that are not known might make it untrue, or whether it is beyond CEL."""
    if rule_id == "IGZ405" and "; did you mean " in message:
        # Which name is near to another is more than CEL can say.
        return True
    of_groups = message.startswith(("its pod fits none", "asks for a GPU, and its pod can land on no"))
    if live is None or not (rule_id == "IGZ208" or of_groups):
        return False
    known = all(pool.autoscaler != "karpenter" and pool.labels for pool in live.pools)
    sized = all(pool.allocatable for pool in live.pools)
    return bool(live.missing) or not known or (rule_id == "IGZ208" and not sized)


def _profile(labels: Mapping[str, str]) -> str:
    return labels.get(LABEL, "")


def _needs_profile(labels: Mapping[str, str]) -> bool:
    """Whether a pod of user work needs a profile, where everything does."""
    row = row_of(labels, "", "")
    excepted = any(holds(each, labels.get(each.key)) for each, _ in UNPROFILED)
    return not excepted and not (row and row.unprofiled)


def _endless(text: str) -> str:
    """A waiver as it is written whose day has not come, if it has one."""
    try:
        return _unended(Waiver.of(text)).to_text()
    except InvalidValue:
        return text


def _unended(waiver: Waiver) -> Waiver:
    return replace(waiver, until=today()) if waiver.until else waiver


def _without_days(terms: Terms) -> Terms:
    return terms._replace(
        waivers=tuple(each._replace(waiver=_unended(each.waiver)) for each in terms.waivers),
        above=None if terms.above is None else _without_days(terms.above),
        waivable=None if terms.waivable is None else tuple(map(_for_any_time, terms.waivable)),
    )


def _for_any_time(each: Waivable) -> Waivable:
    return each if each.days is None else each._replace(days=0)


def called(stored: Plain) -> str:
    """How messages call whose pod it is: its kind and name."""
    pod = stored["spec"].get("template") or stored
    metadata = pod.get("metadata") or {}
    identity = identity_of(
        metadata.get("labels") or {}, stored["metadata"]["namespace"], pod["spec"].get("priorityClassName")
    )
    made_by = owner(metadata) if pod is stored else stored["metadata"]["name"]
    return f"{identity.kind} '{identity.function or made_by}'"
