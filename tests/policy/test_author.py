"""What the author of a function sees of the policies: in a preflight, in kubectl, and where no guard sees anything."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any, Final

import pytest
from kubernetes import client as v1
from nuclio.deploy import process_resp

from igz_runtime import Cluster, Preflight, preflight, profiles, projects
from igz_runtime.cluster.policy_words import policy_says
from tests.cluster.binaries import CONTROL_PLANE
from tests.cluster.conftest import programs
from tests.policy.team import NAMESPACE, NODE_GROUP, RESERVED, SPEC, WARNED_AND_REFUSED, Plain, Team, a_team

RESERVED_CLASS: Final = f"priority class {RESERVED!r} is reserved for the system's own services"
ON_CORE: Final = "its pod can land on node group 'initial', which hosts the core services"
ON_GPUS: Final = "asks for no GPU, and its pod can land on node group 'gpu', which has GPUs"
JOBS: Final = {NODE_GROUP: "jobs"}
SMALL: Final = {"cpu": "1", "memory": "1Gi"}
GUARANTEED: Final = {"requests": SMALL, "limits": SMALL}


@pytest.fixture(scope="module")
def team() -> Iterator[Team]:
    with a_team() as team:
        team.enforce()
        yield team


def function(name: str = "etl", kind: str = "job", annotations: Plain | None = None, **spec: Any) -> Plain:
    metadata = {"name": name, "project": "churn", "annotations": annotations or {}}
    return {"kind": kind, "metadata": metadata, "spec": {"resources": GUARANTEED, **spec}}


def looked_at(team: Team, fn: Any) -> Preflight:
    return preflight(fn, team.read(), config="none")


def test_what_a_policy_refuses_and_the_rules_say_too_is_said_once(team: Team) -> None:
    flight = looked_at(team, function(priority_class_name=RESERVED, node_selector=JOBS))
    shown = str(flight)
    assert flight.roles[0].verdict == "refused"
    assert "the API server refuses it: policy 'igz-runtime-deny', 1 finding" in shown
    assert "IGZ302           as below" in shown
    assert shown.count(RESERVED_CLASS) == 1


def test_what_only_the_policy_knows_arrives_as_a_finding(team: Team) -> None:
    flight = looked_at(team, function(node_selector={NODE_GROUP: "initial"}))
    assert not flight.findings.refusing
    shown, page = str(flight), flight._repr_html_().replace("&#x27;", "'")
    assert "not checked: IGZ401" in shown
    assert f"IGZ401           {ON_CORE}\n                     fix: choose a node group" in shown
    assert f'<th scope="row">IGZ401</th><td>{ON_CORE}<br>fix: choose a node group' in page
    assert flight.roles[0].verdict == "refused"


def test_every_finding_of_a_refusal_arrives(team: Team) -> None:
    fn = function("train", priority_class_name=RESERVED, node_selector={NODE_GROUP: "spot"}, preemption_mode="allow")
    fn["spec"]["tolerations"] = [{"key": "spot", "operator": "Exists"}]
    [role] = looked_at(team, fn).roles
    assert role.dry_run is not None
    said = policy_says(role.dry_run.message)
    assert said is not None
    assert [(each.rule, bool(each.fix)) for each in said.findings] == [("IGZ101", True), ("IGZ302", True)]


def test_what_a_policy_warns_of_is_shown(team: Team) -> None:
    flight = looked_at(team, function(affinity=None))
    [role] = flight.roles
    assert role.dry_run is not None
    assert role.dry_run.accepted is False
    assert any(ON_GPUS in each for each in role.dry_run.warnings)

    flight = looked_at(team, function(node_selector={NODE_GROUP: "gpu"}))
    [role] = flight.roles
    assert role.dry_run is not None
    assert role.dry_run.accepted
    [warning] = role.dry_run.warnings
    assert ON_GPUS in warning
    assert "the API server warns: policy 'igz-runtime-warn', 1 finding\n    IGZ402           as below" in str(flight)


def test_what_the_dry_run_does_not_know_of_a_pod_is_no_warning(team: Team) -> None:
    labels = {"pod-security.kubernetes.io/warn": "restricted"}
    v1.CoreV1Api(team.kubernetes).create_namespace({"metadata": {"name": "restricted", "labels": labels}})
    assert "would violate PodSecurity" in kubectl(team, RUN, "restricted").stderr
    cluster = Cluster.from_kubernetes(kubeconfig=str(team.plane.kubeconfig), namespace="restricted")
    [role] = preflight(function(), cluster, config="none").roles
    assert role.dry_run is not None
    assert (role.dry_run.accepted, role.dry_run.warnings) == (True, ())


KINDS: Final = ("job", "databricks", "remote-spark", "mpijob", "spark", "dask", "remote", "serving", "application")


@pytest.mark.parametrize("kind", KINDS)
def test_the_pods_of_every_kind_are_known_as_what_they_are(team: Team, kind: str) -> None:
    fn = function("etl", kind)
    fn["spec"] |= {f"{role}priority_class_name": RESERVED for role in ("", "driver_", "executor_")}
    for role in looked_at(team, fn).roles:
        assert role.dry_run is not None
        assert RESERVED_CLASS in role.dry_run.message, role.role
        whose = "step" if role.role == "step" else kind
        assert f"denied request: {whose} 'etl': " in role.dry_run.message


@pytest.mark.parametrize(("kind", "reach"), [("job", True), ("remote", True), ("dask", False), ("mpijob", False)])
def test_a_waiver_reaches_the_pods_of_kinds_whose_annotations_do(team: Team, kind: str, *, reach: bool) -> None:
    waiver = {"igz-runtime/waive-IGZ401": "until 2099-01-31: licensed for that node"}
    for waived in (True, False):
        fn = function("etl", kind, waiver if waived else None, node_selector={NODE_GROUP: "initial"})
        for role in looked_at(team, fn).roles:
            assert role.dry_run is not None
            assert role.dry_run.accepted is (waived and reach), role.dry_run


def test_a_plan_is_asked_with_the_marks_that_its_profile_leaves(team: Team) -> None:
    plan = profiles.production_job(cpu=1, memory="1Gi", node_group="jobs").plan(function(), team.read())
    [role] = plan.preflight().roles
    assert role.dry_run is not None
    assert role.dry_run.accepted, role.dry_run
    assert role.dry_run.warnings == ()
    # By the label the policy knows what was promised of the pod: with less, it says so.
    labelled = function(resources={}, node_selector=JOBS)
    labelled["metadata"]["labels"] = {"igz-runtime/profile": "production_job"}
    [role] = looked_at(team, labelled).roles
    assert role.dry_run is not None
    assert "IGZ201: container 'base' is not Guaranteed" in role.dry_run.warnings[0]


def kubectl(team: Team, manifest: Plain, namespace: str = NAMESPACE) -> subprocess.CompletedProcess[str]:
    to = (f"--kubeconfig={team.plane.kubeconfig}", "--namespace", namespace, f"--cache-dir={team.plane.folder}")
    return subprocess.run(
        [str(programs(CONTROL_PLANE) / "kubectl"), *to, "create", "--dry-run=server", "-f", "-"],
        input=json.dumps({"apiVersion": "v1", **manifest}),
        capture_output=True,
        text=True,
        check=False,
    )


def test_kubectl_shows_what_is_refused_and_what_is_warned_of(team: Team) -> None:
    ran = kubectl(team, WARNED_AND_REFUSED)
    assert ran.returncode == 1
    assert f"denied request: job 'probe': IGZ302: {RESERVED_CLASS}; fix: use igz-workload-low" in ran.stderr
    ran = kubectl(team, pod("job", nodeSelector={NODE_GROUP: "gpu"}))
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.startswith("Warning: Validation failed for ValidatingAdmissionPolicy 'igz-runtime-warn'")
    assert f"job 'etl': IGZ402: {ON_GPUS}" in ran.stderr


def pod(kind: str, name: str = "etl", labels: Plain | None = None, **spec: Any) -> Plain:
    """A pod as MLRun's server makes it."""
    own = {"mlrun/class": kind, "mlrun/project": "churn", "mlrun/function": name, "mlrun/name": name, "mlrun/uid": "5f"}
    metadata = {"name": "made", "labels": {**own, "mlrun/tag": "latest", **(labels or {})}}
    return {"kind": "Pod", "metadata": metadata, "spec": {**SPEC, **spec}}


def deployment(name: str) -> Plain:
    """A Deployment as Nuclio's controller makes it."""
    labels = {"nuclio.io/class": "function", "nuclio.io/app": "functionres", "nuclio.io/project-name": "churn"}
    labels |= {"nuclio.io/function-name": f"churn-{name}", "mlrun/class": "serving"}
    template = {"metadata": {"labels": labels}, "spec": {**SPEC, "priorityClassName": RESERVED}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return {"kind": "Deployment", "metadata": {"name": f"nuclio-churn-{name}", "labels": labels}, "spec": spec}


def test_what_nuclio_writes_on_a_function_its_client_prints(team: Team) -> None:
    said = team.server.ask(NAMESPACE, deployment("scorer")).said
    # Nuclio's controller writes an error with its cause first (`setFunctionError`, nuclio/errors).
    message = f"\nError - {said}\n    .../functionres/lazy.go:1\n\nCall stack:\nFailed to create resource\n"
    state, _, printed = process_resp({"status": {"state": "error", "message": message}}, 0)
    assert state == "error"
    assert f"denied request: serving 'scorer': IGZ302: {RESERVED_CLASS}; fix: " in "".join(printed)


RUN: Final = pod("job", priorityClassName=RESERVED)
STEP: Final = pod("job", "etl", {"workflows.argoproj.io/workflow": "main-x2"}, priorityClassName=RESERVED)
RUNNER: Final = pod("job", "workflow-runner-main", {"job-type": "workflow-runner"}, priorityClassName=RESERVED)
LOADER: Final = pod("job", "load-churn", {"job-type": "project-loader"}, priorityClassName=RESERVED)
MADE: Final[dict[str, tuple[Plain, ...]]] = {
    "a schedule that fires": (pod("job", "etl", {"mlrun/schedule-name": "nightly"}, priorityClassName=RESERVED),),
    "a schedule that is invoked": (RUN,),
    "a pipeline that is retried": (STEP, RUN),
    "the pods of model monitoring": (deployment("model-monitoring-writer"), deployment("model-monitoring-stream")),
    "the controller of model monitoring, deployed again": (deployment("model-monitoring-controller"),),
    "a project that the server loads": (LOADER,),
    "what a remote or scheduled workflow runs": (RUN, RUNNER),
    "what code in a pod submits": (RUN,),
    "MLRun's user interface, other clients and kubectl": (RUN, pod("spark", priorityClassName=RESERVED)),
}
"""By the ways that no guard sees, what is made then."""
NOT_JUDGED: Final = (pod("build", priorityClassName=RESERVED), {**RUN, "metadata": {"name": "made"}})


def test_what_no_guard_sees_is_judged_at_admission_as_the_guard_says(team: Team) -> None:
    blind = {each.what: each.at_admission for each in projects.guard().blind}
    assert blind.keys() == MADE.keys()
    for what, manifests in MADE.items():
        assert blind[what].startswith("the policies judge ")
        for each in manifests:
            assert f"IGZ302: {RESERVED_CLASS}" in team.server.ask(NAMESPACE, each).said, (what, each)
    for each in NOT_JUDGED:
        answer = team.server.ask(NAMESPACE, each)
        assert (answer.said, answer.warned) == ("", ()), each
