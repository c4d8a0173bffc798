"""Pods are judged like the functions that they came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime import Cluster, profiles
from igz_runtime.audit.judging import By
from igz_runtime.audit.pods import on_pods, told_by_pods
from igz_runtime.audit.promised import promises_in
from igz_runtime.audit.results import AuditFinding
from igz_runtime.cluster.api.dry_run import manifest
from igz_runtime.cluster.api.stored import settings_of
from igz_runtime.cluster.api.work import telling
from igz_runtime.cluster.running import Work
from igz_runtime.cluster.workloads import identity_of
from igz_runtime.config.file import NO_FILE
from igz_runtime.effective import Effective, effective_pod
from igz_runtime.functions.kinds import JUPYTER, KINDS, STEP, traits
from igz_runtime.functions.model import Evidence, Function
from igz_runtime.functions.pod_labels import pod_labels
from igz_runtime.k8s.pod import Container, PodSettings
from igz_runtime.k8s.qos import qos_class
from igz_runtime.k8s.quantity import quantity
from igz_runtime.planning.protection import promises_completion
from igz_runtime.planning.subjects import promised_to
from igz_runtime.rules import Finding, Subject
from igz_runtime.rules.audited import AuditedCluster
from igz_runtime.rules.chosen import EVERY
from igz_runtime.rules.engine import About, built_in_verdicts, findings_of
from igz_runtime.rules.waivers import FREE
from tests.examples import examples
from tests.strategies import placements
from tests.unit.audit.running import a_cluster


def said_of(work: Iterable[Work], **facts: Any) -> list[Finding]:
    """What the rules on functions find on pods."""
    cluster = a_cluster(work, **facts)
    promises = promises_in(cluster.live.running if cluster.live else None, NO_FILE)
    said = on_pods(AuditedCluster(cluster), By(FREE, EVERY), promises)
    return [each.finding for each in said if isinstance(each, AuditFinding)]


def the_pods_of(function: Function, role: PodSettings, cluster: Cluster) -> Work:
    """The pods of a role, as they are read off an API server: by their labels, and by what they ask for."""
    pod = effective_pod(function, role, cluster).settings
    labels = pod_labels(function, role.role)
    raw: Any = manifest(pod, labels)
    for container, named in zip(raw["spec"]["containers"], pod.containers, strict=True):
        container["name"] = named.name
    identity = identity_of(labels, "default-tenant", pod.priority_class)
    asked = settings_of(raw, identity.kind, identity.role)
    return Work(identity, "default-tenant", qos_class(asked.containers), asked, telling(labels), nodes={"jobs-1": 1})


amounts = st.sampled_from([{}, {"cpu": quantity("1")}, {"cpu": quantity("2"), "memory": quantity("8Gi")}])
gpus = st.sampled_from([{}, {}, {"nvidia.com/gpu": quantity("1")}])
KINDS_OF_RUNS = sorted(name for name, kind in KINDS.items() if kind.roles and name not in (STEP, JUPYTER))


@st.composite
def functions(draw: st.DrawFn) -> Function:
    kind = traits(draw(st.sampled_from(KINDS_OF_RUNS)))
    roles = []
    for each in kind.roles:
        limits = {**draw(amounts), **draw(gpus)}
        container = Container(each.container or "base", draw(amounts), limits)
        placed = draw(placements).but(role=each.role, containers=(container,))
        roles.append(placed.but(priority_class=draw(st.sampled_from([None, "igz-workload-high", "system-x"]))))
    return Function(
        draw(st.sampled_from(["etl", "trainer"])),
        kind.name,
        tuple(roles),
        project="churn",
        evidence=Evidence(labels=draw(st.sampled_from([{}, {"framework": "pytorch"}]))),
        profile=draw(st.sampled_from([None, "production_job", "opportunistic_job", "development_job"])),
        workload=draw(st.sampled_from([None, "stateless", "stateful"])),
    )


def on_effective_pod(function: Function, role: PodSettings, cluster: Cluster) -> list[Finding]:
    """What these rules find on a role, were its effective pod what it asks for."""
    pods = [effective_pod(function, each, cluster).settings for each in function.roles]
    pod = next(each for each in pods if each.role == role.role)
    shape: Mapping[str, Any] = getattr(profiles, function.profile)().shape if function.profile else {}
    lifecycle = promised_to(shape.get("lifecycle", "any"), function, role)
    beside = pods if traits(function.kind).one_placement else ()
    subject = Subject(
        function.but(roles=(pod, *(each for each in beside if each is not pod))),
        pod,
        cluster,
        qos=shape.get("qos"),
        lifecycle=None if not shape or lifecycle == "any" else lifecycle,
        completion=promises_completion(shape.get("lifecycle", "any"), shape.get("qos"), function.kind),
        development=shape.get("development", False),
        effective=Effective(pod, "none"),
    )
    verdicts = built_in_verdicts(told_by_pods().built_in, subject)
    return list(findings_of(About(function.name, function.kind, (role.role,)), [verdicts]))


@given(functions(), st.sampled_from([None, "development", "production"]))
@settings(max_examples=examples(600), deadline=None)
def test_what_a_pod_is_found_to_be_is_what_its_function_was_found_to_become(
    function: Function, environment: Any
) -> None:
    cluster = a_cluster(environment=environment)
    roles = [each for each in function.roles if each.role != STEP]
    read = said_of([the_pods_of(function, role, cluster) for role in roles], environment=environment)

    expected = [each for role in roles for each in on_effective_pod(function, role, cluster)]
    assert sorted(map(worded, read)) == sorted(map(worded, expected))


THE_SAME: Final = frozenset({"IGZ101", "IGZ112", "IGZ302", "IGZ401", "IGZ402"})
"""Rules that look at nothing but the effective pod, the kind and the name of a function: neither mode nor promise."""


@given(functions().map(lambda each: each.but(profile=None)))
@settings(max_examples=examples(300), deadline=None)
def test_pods_are_judged_like_the_function_that_they_came_from(function: Function) -> None:
    cluster = a_cluster(environment="production")
    for role in function.roles:
        if role.role == STEP:
            continue
        read = said_of([the_pods_of(function, each, cluster) for each in function.roles], environment="production")
        verdicts = built_in_verdicts(told_by_pods().built_in, Subject(function, role, cluster))
        asked = findings_of(About(function.name, function.kind, (role.role,)), [verdicts])

        assert {worded(each) for each in read if each.rule in THE_SAME and each.role == role.role} == {
            worded(each) for each in asked if each.rule in THE_SAME
        }


def worded(finding: Finding) -> tuple[str, ...]:
    """What a finding says. A pod names no field that somebody asked for."""
    return finding.rule, finding.function, finding.role, finding.severity, finding.message
