"""The labels that a function's pods have, by which webhooks and policies choose theirs."""

from __future__ import annotations

from typing import Any

import pytest
from mlrun.common.constants import MLRunInternalLabels

from igz_runtime import Waiver, profiles
from igz_runtime.cluster.running import Identity
from igz_runtime.cluster.workloads import identity_of
from igz_runtime.functions import adapter_for
from igz_runtime.functions.pod_labels import pod_annotations, pod_labels

pytestmark = pytest.mark.every_environment

OF_MLRUN = {"mlrun/project": "sales", "mlrun/function": "etl", "mlrun/name": "etl", "mlrun/tag": "latest"}
OF_NUCLIO = {
    "nuclio.io/class": "function",
    "nuclio.io/app": "functionres",
    "nuclio.io/function-name": "sales-etl",
    "nuclio.io/project-name": "sales",
}


def document(kind: str, **labels: str) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "etl", "project": "sales", "labels": labels}, "spec": {}}


@pytest.mark.parametrize(
    ("kind", "role", "labels"),
    [
        ("job", "main", {"mlrun/class": "job", **OF_MLRUN}),
        ("spark", "driver", {"mlrun/class": "spark", **OF_MLRUN, "spark-role": "driver"}),
        ("spark", "executor", {"mlrun/class": "spark", **OF_MLRUN, "spark-role": "executor"}),
        ("dask", "worker", {"mlrun/class": "dask", **OF_MLRUN, "dask.org/component": "worker"}),
        ("mpijob", "launcher", {"mlrun/class": "mpijob", **OF_MLRUN, "mpi-job-role": "launcher"}),
        ("remote", "main", {"mlrun/class": "remote", **OF_NUCLIO}),
        ("serving", "main", {"mlrun/class": "serving", **OF_NUCLIO}),
    ],
)
def test_a_pod_has_the_platforms_labels_and_the_functions(kind: str, role: str, labels: dict[str, str]) -> None:
    function = adapter_for(document(kind, team="a")).read()

    assert pod_labels(function, role) == {"team": "a", **labels}


def test_the_pod_of_a_step_has_the_names_of_its_function_and_none_of_its_labels() -> None:
    function = adapter_for(document("spark", team="a")).read()
    labels = pod_labels(function, "step")

    assert labels == {"workflows.argoproj.io/workflow": "etl", "mlrun/class": "spark", **OF_MLRUN}
    assert identity_of(labels) == Identity("step", "sales", "etl", "step")


def test_a_tag_is_a_label_of_runs() -> None:
    tagged = document("job")
    tagged["metadata"]["tag"] = "v2"

    assert pod_labels(adapter_for(tagged).read(), "main")["mlrun/tag"] == "v2"


def test_the_marks_of_a_profile_are_labels() -> None:
    plan = profiles.production_job(cpu=1, memory="1Gi", workload="stateless").plan(document("job"))
    labels = pod_labels(plan.after, "main")

    assert labels["igz-runtime/profile"] == "production_job"
    assert labels["igz-runtime/workload"] == "stateless"


@pytest.mark.parametrize(("kind", "reach"), [("job", True), ("remote", True), ("spark", False), ("dask", False)])
def test_our_annotations_reach_the_pods_of_kinds_whose_annotations_do(kind: str, *, reach: bool) -> None:
    profile = profiles.production_job(cpu=1, memory="1Gi", waive={"IGZ404": Waiver("licensed for one node")})
    annotations = pod_annotations(profile.plan(document(kind)).after)

    assert annotations.keys() == ({"igz-runtime/applied", "igz-runtime/waive-IGZ404"} if reach else set())


def test_what_is_not_a_label_is_left_out() -> None:
    labels = pod_labels(adapter_for(document("job", note="not a label!", **{"a b": "c"})).read(), "main")

    assert not {"note", "a b"} & labels.keys()


@pytest.mark.parametrize(
    ("kind", "role"), [("job", "main"), ("spark", "driver"), ("dask", "scheduler"), ("remote", "main")]
)
def test_the_names_are_mlruns_own(kind: str, role: str) -> None:
    names = pod_labels(adapter_for(document(kind)).read(), role).keys() - {"nuclio.io/app"}

    assert names <= {value for name, value in vars(MLRunInternalLabels).items() if not name.startswith("_")}
