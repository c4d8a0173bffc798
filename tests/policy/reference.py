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
from igz_runtime.cluster.running import Work
from igz_runtime.cluster.workloads import identity_of
from igz_runtime.functions.annotations import read_waivers
from igz_runtime.rules.audited import AuditedCluster, AuditedWork
from igz_runtime.rules.authoring import Found
from igz_runtime.rules.chosen import EVERY, Chosen
from igz_runtime.rules.engine import Verdicts, built_in_verdicts, findings_of
from igz_runtime.rules.subject import Subject
from igz_runtime.rules.terms import Site, Terms
from igz_runtime.rules.waivers import FREE

Plain = dict[str, Any]


def said_of(
    stored: Plain,
    cluster: Cluster,
    promises: Mapping[str, Mapping[str, Any]],
    terms: Terms = FREE,
    chosen: Chosen = EVERY,
) -> Iterator[tuple[str, str, str]]:
    """The rule, the severity and the text of each finding that nobody waived.

    Args:
        stored: a pod, or what makes pods, as the API server would store it.
        cluster: what is known of the cluster.
        promises: what profiles promise, by name.
        terms: what the configuration says of waivers.
        chosen: which rules are judged, and how grave each is.
    """
    template = stored["spec"].get("template")
    pod = template or stored
    spec, metadata = pod["spec"], pod.get("metadata") or {}
    labels = metadata.get("labels") or {}
    identity = identity_of(labels, stored["metadata"]["namespace"], spec.get("priorityClassName"))
    if not identity.is_user_work:
        return
    if not identity.function:
        identity = identity._replace(function=stored["metadata"]["name"] if template else owner(metadata))
    settings = settings_of(pod, identity.kind, identity.role).but(node_name=spec.get("nodeName"))
    waivers = dict(read_waivers(metadata.get("annotations")))
    work = AuditedWork(
        AuditedCluster(cluster, terms=terms), Work(identity, "", pod=settings, labels=telling(labels), waivers=waivers)
    )
    if not work.is_judged:
        return
    subject = subject_of(work, promises, node_name=spec.get("nodeName"))
    about, place = about_work(work), place_of(work)
    for verdict in _verdicts(subject):
        rule, found = verdict
        if isinstance(found, Found) and not _is_unsure(found.message, rule.id, cluster.live):
            finding = findings_of(about, [(verdict,)], None, terms, Site(place.project, "", about.name))[0]
            if not finding.waived and chosen.judges(rule.id):
                # Which name is near to another is more than CEL can say.
                fix = (found.fix or rule.fix).partition("; did you mean ")[0]
                text = f"{rule.id}: {found.message}; fix: {fix}"
                yield rule.id, chosen.severity_of(rule.id, finding.severity), text


_OF_AUTOSCALERS: Final = "IGZ211"


def _verdicts(subject: Subject) -> Verdicts:
    """What each rule says: of a live cluster, admission knows the node groups, and what autoscalers empty."""
    asked = [rule for _, rule in expressed()]
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
    return replace(cluster, live=None, node_groups=groups)


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
