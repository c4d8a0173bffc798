"""Whose pod it is: the table of labels, and the labels that functions' pods are given."""

from __future__ import annotations

from typing import Any

import pytest

from igz_runtime.cluster.running import Identity
from igz_runtime.cluster.workloads import KEYS, TABLE, UNPROFILED, identity_of, row_of, told_apart_by
from igz_runtime.functions.kinds import KINDS, traits, with_pods
from igz_runtime.functions.model import Evidence, Function
from igz_runtime.functions.pod_labels import pod_labels
from igz_runtime.k8s.pod import PodSettings

pytestmark = pytest.mark.every_environment

ROLES = [(kind, role.role) for kind in with_pods() for role in traits(kind).roles]
RUN = {"mlrun/project": "churn", "mlrun/function": "train", "mlrun/name": "train-1", "mlrun/uid": "6f6f", "team": "a"}
SERVICE = {"nuclio.io/class": "function", "nuclio.io/app": "functionres", "nuclio.io/project-name": "churn"}


@pytest.mark.parametrize(("kind", "role"), ROLES)
def test_the_pods_of_a_function_are_its_own(kind: str, role: str) -> None:
    function = Function(
        *("train", kind, (PodSettings(role),), "churn", Evidence(labels={"team": "a"})),
        profile="production_job",
        workload="stateful",
    )
    whose = Identity(kind, "churn", "train", role, "production_job", "stateful")
    # The pod of a step only starts the run, and MLRun gives it no label of the function's.
    step = Identity("step", "churn", "train", "step")
    assert identity_of(pod_labels(function, role)) == (step if role == "step" else whose)


def test_a_child_of_a_serving_graph_is_a_function_of_its_own() -> None:
    graph = Function("graph", "serving", (), "churn", tag="v2")
    assert identity_of(pod_labels(graph, "child enrich")).function == "graph-enrich-v2"
    assert identity_of({**pod_labels(graph, "main"), "mlrun/tag": "v2"}) == Identity("serving", "churn", "graph")


@pytest.mark.parametrize(
    ("labels", "whose"),
    [
        ({**RUN, "mlrun/class": "job"}, Identity("job", "churn", "train")),
        ({**RUN, "mlrun/class": "databricks"}, Identity("databricks", "churn", "train")),
        ({**RUN, "mlrun/class": "remote-spark"}, Identity("remote-spark", "churn", "train")),
        (
            {**RUN, "mlrun/class": "spark", "mlrun/job": "train-1", "spark-role": "driver"},
            Identity("spark", "churn", "train", "driver"),
        ),
        ({**RUN, "mlrun/class": "spark", "spark-role": "executor"}, Identity("spark", "churn", "train", "executor")),
        ({"spark-role": "executor", "spark-app-selector": "spark-1"}, Identity("spark", role="executor")),
        (
            {**RUN, "mlrun/class": "mpijob", "mlrun/job": "train-1", "mpi-job-role": "launcher"},
            Identity("mpijob", "churn", "train", "launcher"),
        ),
        (
            {**RUN, "mlrun/class": "mpijob", "mlrun/job": "train-1", "mpi-job-role": "worker"},
            Identity("mpijob", "churn", "train", "worker"),
        ),
        (
            {**RUN, "mlrun/class": "dask", "dask.org/component": "scheduler", "dask.org/cluster-name": "c"},
            Identity("dask", "churn", "train", "scheduler"),
        ),
        (
            {"dask.org/component": "worker", "dask.org/cluster-name": "c"},
            Identity("dask", function="c", role="worker"),
        ),
        (
            {
                "mlrun/class": "build",
                "mlrun/task-name": "build-trainer",
                "mlrun/project": "churn",
                "mlrun/function": "t",
            },
            Identity("build", "churn", "t"),
        ),
        (
            {"mlrun/class": "build", "mlrun/task-name": "mlrun-build-trainer", "mlrun/project": "churn"},
            Identity("build", "churn", "trainer"),
        ),
        (
            {**SERVICE, "nuclio.io/function-name": "churn-scorer", "mlrun/class": "serving"},
            Identity("serving", "churn", "scorer"),
        ),
        (
            {**SERVICE, "nuclio.io/function-name": "churn-scorer", "mlrun/class": "nuclio"},
            Identity("remote", "churn", "scorer"),
        ),
        ({**SERVICE, "nuclio.io/function-name": "churn-scorer"}, Identity("nuclio", "churn", "churn-scorer")),
        ({"workflows.argoproj.io/workflow": "pipeline-1"}, Identity("step", role="step")),
        (
            {**RUN, "mlrun/class": "spark", "workflows.argoproj.io/workflow": "pipeline-1"},
            Identity("step", "churn", "train", "step"),
        ),
        ({"app": "jupyter", "chart": "jupyter-0.1", "release": "lab"}, Identity("jupyter", function="lab")),
        (
            {"app": "jupyterhub", "component": "singleuser-server", "hub.jupyter.org/username": "dani"},
            Identity("jupyter", function="dani"),
        ),
        ({"app": "jupyterhub", "component": "hub"}, Identity()),
        ({"notebook-name": "lab", "statefulset": "lab"}, Identity("jupyter", function="lab")),
        (
            {"app.kubernetes.io/component": "jupyter-notebook", "app.kubernetes.io/name": "mlrun"},
            Identity("jupyter"),
        ),
        ({"nuclio.io/app": "controller"}, Identity(core=True)),
        ({"nuclio.io/app": "dashboard"}, Identity(core=True)),
        ({"nuclio.io/app": "autoscaler"}, Identity(core=True)),
        ({"nuclio.io/app": "dlx"}, Identity(core=True)),
        ({"app.kubernetes.io/name": "mlrun", "app.kubernetes.io/component": "api"}, Identity(core=True)),
        ({"component": "ml-pipeline"}, Identity(core=True)),
        ({"app": "grafana"}, Identity(core=True)),
        ({"app": "shop"}, Identity()),
    ],
)
def test_each_origin_of_pods_is_known_by_its_labels(labels: dict[str, str], whose: Identity) -> None:
    assert identity_of(labels) == whose
    assert whose.is_user_work == bool(whose.kind)


@pytest.mark.parametrize(
    ("namespace", "priority", "core"),
    [
        ("default-tenant", "igz-system-medium", True),
        ("team", "system-node-critical", True),
        ("kube-system", None, True),
        ("kube-system-2", "high", False),
    ],
)
def test_core_services_are_known_by_class_and_namespace_too(namespace: str, priority: str | None, core: Any) -> None:
    assert identity_of({}, namespace, priority) == Identity(core=core)


def test_a_users_pod_with_a_class_of_the_platform_stays_the_users() -> None:
    whose = identity_of({**RUN, "mlrun/class": "job"}, "kube-system", "igz-system-high")
    assert (whose.kind, whose.core) == ("job", False)


def test_every_row_is_reached_and_can_be_said_in_cel() -> None:
    asked = [each for row in TABLE for each in row.labels]
    assert {each.operator for each in asked} <= {"In", "Exists"}
    for row in TABLE:
        labels = {each.key: (each.values or ("x",))[0] for each in row.labels}
        assert row_of(labels, row.namespace, row.priority) is row
        assert row.source
        assert row.kind in ("", "build", *KINDS)


def test_what_no_profile_reaches_is_said_with_the_reason() -> None:
    assert [row.name for row in TABLE if row.unprofiled] == [
        "image build",
        "pipeline step",
        "Iguazio's Jupyter service",
    ]
    assert {each.operator for each, _ in UNPROFILED} <= {"In", "Exists"}
    assert all(why for _, why in UNPROFILED)


def test_pods_that_are_told_apart_by_nothing_have_one_identity() -> None:
    """What is remembered of a pod goes by no more than this."""
    one = {**RUN, "mlrun/class": "job"}
    assert told_apart_by(one, "a", "low") == told_apart_by({**one, "mlrun/uid": "other"}, "b", "high")
    for key in KEYS:
        assert told_apart_by({**one, key: "other"}, "a", "low") != told_apart_by(one, "a", "low")
    assert told_apart_by(one, "kube-system", "low") != told_apart_by(one, "a", "low")
    assert told_apart_by(one, "a", "igz-system-high") != told_apart_by(one, "a", "low")
