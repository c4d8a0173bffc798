"""What igz_runtime's own rules say of a pod at admission: those that an audit asks of pods, in Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from igz_runtime.audit.judging import about_work, place_of
from igz_runtime.audit.pods import subject_of
from igz_runtime.audit.policies.policy import expressed
from igz_runtime.cluster.api.stored import settings_of
from igz_runtime.cluster.api.work import owner, telling
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.running import Work
from igz_runtime.cluster.workloads import identity_of
from igz_runtime.errors import InvalidValue
from igz_runtime.functions.annotations import read_waivers
from igz_runtime.rules.audited import AuditedCluster, AuditedWork
from igz_runtime.rules.authoring import Found
from igz_runtime.rules.chosen import EVERY, Chosen
from igz_runtime.rules.engine import built_in_verdicts, findings_of
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
    changed: bool = False,
) -> Iterator[tuple[str, str, str]]:
    """The rule, the severity and the text of each finding that nobody waived.

    Args:
        stored: a pod, or what makes pods, as the API server would store it.
        cluster: what is known of the cluster.
        promises: what profiles promise, by name.
        terms: what the configuration says of waivers.
        chosen: which rules are judged, and how grave each is.
        changed: whether it is there already, and is changed: then no last day is enforced.
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
    if changed:
        waivers, terms = {rule: _endless(text) for rule, text in waivers.items()}, _without_days(terms)
    work = AuditedWork(
        AuditedCluster(cluster, terms=terms), Work(identity, "", pod=settings, labels=telling(labels), waivers=waivers)
    )
    if not work.is_judged:
        return
    subject = subject_of(work, promises, node_name=spec.get("nodeName"))
    about, place = about_work(work), place_of(work)
    for verdict in built_in_verdicts(tuple(rule for _, rule in expressed()), subject):
        rule, found = verdict
        if isinstance(found, Found):
            finding = findings_of(about, [(verdict,)], None, terms, Site(place.project, "", about.name))[0]
            if not finding.waived and chosen.judges(rule.id):
                # Which name is near to another is more than CEL can say.
                fix = (found.fix or rule.fix).partition("; did you mean ")[0]
                text = f"{rule.id}: {found.message}; fix: {fix}"
                yield rule.id, chosen.severity_of(rule.id, finding.severity), text


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
