"""Where nobody is told: pods that controllers make, and policies refuse. An audit finds those of Deployments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from kubernetes import client as v1
from kubernetes.client.rest import ApiException

from igz_runtime.audit import audit_cluster
from igz_runtime.cli import main
from igz_runtime.rules.findings import Finding
from tests.policy.team import NAMESPACE, RESERVED, SPEC, Plain, Team, a_team, awaited

CONTROLLERS: Final = ("deployment-controller", "replicaset-controller", "statefulset-controller", "job-controller")
OF_NUCLIO: Final = {
    "nuclio.io/class": "function",
    "nuclio.io/app": "functionres",
    "nuclio.io/project-name": "churn",
    "nuclio.io/function-name": "churn-scorer",
    "mlrun/class": "serving",
}
SAID: Final = f"IGZ302: priority class {RESERVED!r} is reserved for the system's own services"

CONFLICT: Final = 409


@pytest.fixture(scope="module")
def team() -> Iterator[Team]:
    """Work that was there before the policies, and of which no pod was made before them."""
    with a_team() as team:
        made(team)
        team.enforce()
        with team.plane.controllers(*CONTROLLERS):
            yield team


def template(**spec: Any) -> Plain:
    return {"metadata": {"labels": OF_NUCLIO}, "spec": {**SPEC, "priorityClassName": RESERVED, **spec}}


def made(team: Team) -> None:
    selected = {"selector": {"matchLabels": OF_NUCLIO}, "template": template()}
    apps, batch = v1.AppsV1Api(team.kubernetes), v1.BatchV1Api(team.kubernetes)
    apps.create_namespaced_deployment(NAMESPACE, {"metadata": {"name": "scorer"}, "spec": {**selected, "replicas": 2}})
    stateful = {**selected, "serviceName": "x"}
    apps.create_namespaced_stateful_set(NAMESPACE, {"metadata": {"name": "store"}, "spec": stateful})
    job = {"template": template(restartPolicy="Never")}
    batch.create_namespaced_job(NAMESPACE, {"metadata": {"name": "once"}, "spec": job})


def not_made(team: Team) -> list[Finding]:
    audit = audit_cluster(team.read(running=True), config="none")
    return [each.finding for each in audit.found if each.finding.rule == "IGZ618"]


def test_the_audit_finds_at_once_what_a_policy_refuses_of_a_deployment(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    [finding] = awaited(lambda: not_made(team))
    assert (finding.kind, finding.function) == ("serving", "scorer")
    assert f"policy 'igz-runtime-deny' refuses them: {SAID}" in finding.message
    assert "IGZ302: use igz-workload-low, igz-workload-medium or igz-workload-high" in finding.fix
    command = ["audit", "--kubeconfig", str(team.plane.kubeconfig), "--no-config", "--select", "IGZ618"]
    main([*command, "--namespace", NAMESPACE])
    assert SAID in " ".join(capsys.readouterr().out.split())


def test_a_deployment_is_judged_when_its_pods_change_and_not_when_it_is_written_again(team: Team) -> None:
    """Nuclio's controller writes its Deployments again from time to time, and an autoscaler changes their number."""
    api = v1.AppsV1Api(team.kubernetes)
    api.patch_namespaced_deployment(
        "scorer", NAMESPACE, {"metadata": {"annotations": {"a": "b"}}, "spec": {"replicas": 3}}
    )
    _written_again(api)
    another = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 5}}}}
    with pytest.raises(v1.ApiException) as refused:
        api.patch_namespaced_deployment("scorer", NAMESPACE, another)
    assert SAID in refused.value.body


@pytest.mark.parametrize(("kind", "name"), [("StatefulSet", "store"), ("Job", "once")])
def test_of_others_only_an_event_says_it(team: Team, kind: str, name: str) -> None:
    api = v1.CoreV1Api(team.kubernetes)
    events = awaited(lambda: api.list_namespaced_event(NAMESPACE, field_selector=f"involvedObject.name={name}").items)
    assert {(each.involved_object.kind, each.reason) for each in events} == {(kind, "FailedCreate")}
    assert any(SAID in each.message for each in events)
    held = {
        "StatefulSet": lambda: v1.AppsV1Api(team.kubernetes).read_namespaced_stateful_set(name, NAMESPACE),
        "Job": lambda: v1.BatchV1Api(team.kubernetes).read_namespaced_job(name, NAMESPACE),
    }[kind]()
    assert not held.status.conditions
    assert "IGZ302" not in str(held.status)


def _written_again(api: Any) -> None:
    """Write the Deployment as it is, also where its controller writes its status meanwhile."""
    for _ in range(100):
        try:
            api.replace_namespaced_deployment("scorer", NAMESPACE, api.read_namespaced_deployment("scorer", NAMESPACE))
        except ApiException as error:
            if error.status != CONFLICT:
                raise
        else:
            return
    pytest.fail("the Deployment changes all the time")
