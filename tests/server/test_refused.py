"""What an admission policy refuses arrives with whoever runs a function: MLRun's server passes on what it is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import mlrun
import mlrun.errors
import pytest
from kubernetes import client as v1

from igz_runtime.audit.policies.policy import policy
from igz_runtime.cluster.policy_words import policy_says
from tests.cluster.control_plane import api_client
from tests.policy.enforced import WAYS, Enforced

NAMESPACE: Final = "default"
RESERVED: Final = "igz-system-high"
SAID: Final = f"job 'train': IGZ302: priority class {RESERVED!r} is reserved for the system's own services"


@pytest.fixture(scope="module")
def _policies(kubeconfig: Path) -> Iterator[None]:
    """Policies in the server's namespace."""
    kubernetes = api_client(kubeconfig)
    v1.SchedulingV1Api(kubernetes).create_priority_class({"metadata": {"name": RESERVED}, "value": 10})
    facts = {"rules": {"IGZ302": "Deny"}}
    Enforced(kubeconfig).install([NAMESPACE], {way: policy(way, [NAMESPACE], facts) for way in WAYS})
    yield
    api = v1.AdmissionregistrationV1Api(kubernetes)
    api.delete_collection_validating_admission_policy_binding()
    api.delete_collection_validating_admission_policy()


@pytest.fixture
def train(project: Any) -> Any:
    """A function that asks for a class that is not for users."""
    train = project.get_function("train")
    train.spec.priority_class_name = RESERVED
    return train


def runs(project: Any) -> list[Any]:
    found: list[Any] = mlrun.get_run_db().api_call("GET", f"projects/{project.metadata.name}/runs").json()["runs"]
    return found


@pytest.mark.usefixtures("_policies")
def test_who_runs_a_function_reads_the_sentence_and_so_does_who_looks_at_the_run(project: Any, train: Any) -> None:
    with pytest.raises(mlrun.errors.MLRunBadRequestError) as raised:
        train.run(handler="train", watch=False)
    assert SAID in str(raised.value)
    [run] = runs(project)
    assert run["status"]["state"] == "error"
    said = policy_says(run["status"]["error"])
    assert said is not None
    assert SAID in said.text


@pytest.mark.usefixtures("_policies")
def test_a_schedule_that_is_invoked_leaves_the_sentence_on_its_run(project: Any, train: Any) -> None:
    train.run(handler="train", schedule="0 1 * * *")
    with pytest.raises(mlrun.errors.MLRunBadRequestError) as raised:
        mlrun.get_run_db().invoke_schedule(project.metadata.name, "train-train")
    # The client says it in the quotes of Python's, several times over.
    assert SAID in str(raised.value).replace("\\", "")
    [run] = runs(project)
    assert SAID in run["status"]["error"]
