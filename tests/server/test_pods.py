"""What reaches a pod: MLRun's own server makes it, and a Kubernetes API server takes it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlrun
import mlrun.db.factory
import pytest

from igz_runtime import profiles
from igz_runtime.functions.annotations import ANNOTATION, LABEL
from tests.cluster.control_plane import api_client
from tests.conftest import Mlconf

JOB = profiles.production_job(cpu=1, memory="2Gi")


@pytest.fixture
def project(server: str, mlconf: Mlconf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """A project on MLRun's server."""
    factory, before = mlrun.db.factory.RunDBFactory(), set(os.environ)
    for name in ("_run_db", "_last_db_url"):
        monkeypatch.setattr(factory, name, None)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    mlconf.set("dbpath", server)
    mlrun.get_run_db(server, force_reconnect=True)
    (tmp_path / "train.py").write_text("def train(context):\n    pass\n")
    name = f"churn-{abs(hash(tmp_path)) % 10**8}"
    project = mlrun.new_project(name, context=str(tmp_path), user_project=False)
    project.set_function("train.py", "train", kind="job", image="mlrun/mlrun", handler="train")
    yield project
    for variable in os.environ.keys() - before:
        monkeypatch.delenv(variable)


@pytest.fixture
def pods(kubeconfig: Path, project: Any) -> Callable[[], list[Any]]:
    """The pods of the project, as they are on the API server."""
    from kubernetes.client import CoreV1Api

    api = CoreV1Api(api_client(kubeconfig))
    selector = f"mlrun/project={project.metadata.name}"
    return lambda: api.list_namespaced_pod("default", label_selector=selector).items


def test_a_profile_reaches_the_pod_of_a_run(project: Any, pods: Callable[[], list[Any]]) -> None:
    project.get_function("train").apply(JOB).run(handler="train", watch=False)
    [pod] = pods()
    assert_profiled(pod)


def test_a_profile_reaches_the_pod_of_a_schedule(project: Any, pods: Callable[[], list[Any]]) -> None:
    project.get_function("train").apply(JOB).run(handler="train", schedule="0 1 * * *")
    assert pods() == []
    mlrun.get_run_db().invoke_schedule(project.metadata.name, "train-train")
    [pod] = pods()
    assert_profiled(pod)


def assert_profiled(pod: Any) -> None:
    """The pod is what `JOB` promises, and says so."""
    assert pod.metadata.labels[LABEL] == "production_job"
    assert profiles.Applied.from_text(pod.metadata.annotations[ANNOTATION], "train") is not None
    assert pod.spec.priority_class_name == "igz-workload-high"
    assert pod.status.qos_class == "Guaranteed"
    assert not pod.spec.tolerations or all(each.key != "preemptible" for each in pod.spec.tolerations)
