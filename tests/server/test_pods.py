"""What reaches a pod: MLRun's own server makes it, and a Kubernetes API server takes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlrun
import pytest

from igz_runtime import UnsafeCombination, profiles, projects
from igz_runtime.cluster.running import Identity
from igz_runtime.cluster.workloads import identity_of
from igz_runtime.functions.annotations import ANNOTATION, LABEL
from tests.cluster.control_plane import api_client

JOB = profiles.production_job(cpu=1, memory="2Gi")


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


@pytest.mark.usefixtures("nearest_configuration")
def test_a_project_that_was_set_up_is_saved_loaded_and_run(project: Any, pods: Callable[[], list[Any]]) -> None:
    assign(project, "production_job")
    setup = "import igz_runtime.projects\ndef setup(project):\n    return igz_runtime.projects.setup(project)\n"
    Path(project.spec.context, "project_setup.py").write_text(setup)
    projects.setup(project)
    project.save()
    # What a notebook of somebody else's does: the project comes from the server, without its functions' placement.
    loaded = mlrun.get_or_create_project(project.metadata.name, context=project.spec.context, user_project=False)
    loaded.sync_functions()
    loaded.run_function("train", handler="train", watch=False)
    [pod] = pods()
    assert_profiled(pod)


@pytest.mark.usefixtures("nearest_configuration")
def test_what_the_guard_refuses_makes_no_pod_and_no_run(project: Any, pods: Callable[[], list[Any]]) -> None:
    train = project.get_function("train").apply(JOB)
    train.with_preemption_mode("allow")
    with projects.guard(project), pytest.raises(UnsafeCombination, match="IGZ907"):
        train.run(handler="train", watch=False)
    assert pods() == []
    assert mlrun.get_run_db().api_call("GET", f"projects/{project.metadata.name}/runs").json()["runs"] == []


def test_the_pod_that_builds_an_image_is_known_as_one(project: Any, pods: Callable[[], list[Any]]) -> None:
    train = project.get_function("train")
    train.build_config(base_image="python:3.9", commands=["true"], image="registry.local/train:1")
    train.deploy(watch=False, with_mlrun=False)
    [pod] = pods()
    assert identity_of(pod.metadata.labels) == Identity("build", project.metadata.name, "train")


def assign(project: Any, profile: str) -> None:
    """Write the configuration of the project."""
    Path(project.spec.context, ".git").mkdir()
    text = f"functions: {{train: {{profile: {profile}, cpu: 1, memory: 2Gi}}}}\n"
    Path(project.spec.context, "igz-runtime.yaml").write_text(text)


def assert_profiled(pod: Any) -> None:
    """The pod is what `JOB` promises, and says so and whose it is."""
    labels = pod.metadata.labels
    assert identity_of(labels) == Identity("job", labels["mlrun/project"], "train", profile="production_job")
    assert pod.metadata.labels[LABEL] == "production_job"
    assert profiles.Applied.from_text(pod.metadata.annotations[ANNOTATION], "train") is not None
    assert pod.spec.priority_class_name == "igz-workload-high"
    assert pod.status.qos_class == "Guaranteed"
    assert not pod.spec.tolerations or all(each.key != "preemptible" for each in pod.spec.tolerations)
