"""KFP 1.8 pipelines of profiled functions, compiled: what the pods of the steps carry, and what they lose.

What examples/pipeline.py tells its readers is what this file shows.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import mlrun
import pytest
from ruamel.yaml import YAML

from igz_runtime import Cluster, Waiver, profiles
from igz_runtime.cluster import Preemptible
from igz_runtime.cluster.running import Identity
from igz_runtime.cluster.workloads import identity_of
from igz_runtime.effective import effective_pod
from igz_runtime.functions import adapter_for
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Toleration
from tests.conftest import Mlconf

pytestmark = pytest.mark.skipif(importlib.util.find_spec("kfp") is None, reason="needs mlrun[kfp18]")

EXAMPLE = Path(__file__).parents[2] / "examples" / "pipeline.py"
SPOT = "app.iguazio.com/lifecycle"
ON_DEMAND = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": SPOT, "operator": "NotIn", "values": ["preemptible"]}]}]
        }
    }
}
WORKFLOW = """
import mlrun
from kfp import dsl

from igz_runtime import profiles


@dsl.pipeline(name="churn")
def pipeline():
    {body}
"""

Steps = Mapping[str, Mapping[str, Any]]


class Project:
    """A project without a server, which compiles workflows into the templates of their steps."""

    def __init__(self, context: Path) -> None:
        self._context = context
        self.project = mlrun.new_project("churn", context=str(context), save=False)

    def job(self, name: str, kind: str = "job", profile: Any = None) -> Any:
        fn = mlrun.new_function(name, kind=kind, image="registry/churn")
        if profile is not None:
            profile(fn)
        self.project.set_function(fn)
        return fn

    def steps(self, body: str) -> Steps:
        """The templates of the steps of a workflow, by name."""
        workflow, compiled = self._context / "workflow.py", self._context / "workflow.yaml"
        workflow.write_text(WORKFLOW.format(body=body.replace("\n", "\n    ")))
        self.project.set_workflow("main", str(workflow), engine="kfp")
        self.project.save_workflow("main", str(compiled), artifact_path="v3io:///projects/churn")
        return steps_of(compiled)


@pytest.fixture
def project(tmp_path: Path, mlconf: Mlconf) -> Iterator[Project]:
    mlconf.set("dbpath", "offline")
    mlconf.set("httpdb.nop_db.verbose", False)  # noqa: FBT003
    yield Project(tmp_path)
    mlrun.projects.pipelines.pipeline_context.clear(with_project=True)
    mlrun.db.factory.RunDBFactory()._run_db = None


def steps_of(workflow: Path) -> Steps:
    """The templates of a compiled workflow's steps, by name."""
    templates = YAML(typ="safe").load(workflow)["spec"]["templates"]
    return {template["name"]: template for template in templates if "container" in template}


def resources(step: Mapping[str, Any]) -> Any:
    return step["container"].get("resources")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Steps:
    """The steps of the example, compiled as its reader compiles it: in a process of its own."""
    target = tmp_path_factory.mktemp("example") / "churn.yaml"
    told = subprocess.check_output([sys.executable, str(EXAMPLE), str(target)], text=True)
    steps = steps_of(target)
    assert all(f"\n{name}\n" in told for name in steps)
    return steps


class TestTheExample:
    def test_profiled_functions_are_its_steps(self, example: Steps) -> None:
        assert set(example) == {"prepare-prepare", "trainer-train", "deploy-scorer"}

    def test_on_demand_functions_have_on_demand_steps(self, example: Steps) -> None:
        assert example["trainer-train"]["affinity"] == ON_DEMAND
        # The step that deploys has its function's affinity, and prefers to be away from its replicas too.
        assert example["deploy-scorer"]["affinity"]["nodeAffinity"] == ON_DEMAND["nodeAffinity"]

    def test_so_has_the_step_of_one_that_may_be_on_spot(self, example: Steps) -> None:
        assert example["prepare-prepare"]["affinity"] == ON_DEMAND

    def test_every_step_has_resources_of_its_own(self, example: Steps) -> None:
        small = {"cpu": "100m", "memory": "512Mi"}

        assert all(resources(step) == {"requests": small, "limits": small} for step in example.values())

    def test_every_step_has_its_functions_class_under_the_key_of_kubernetes(self, example: Steps) -> None:
        assert {name: step["priorityClassName"] for name, step in example.items()} == {
            "trainer-train": "igz-workload-high",
            "prepare-prepare": "igz-workload-medium",
            "deploy-scorer": "igz-workload-high",
        }
        assert not any("PriorityClassName" in step for step in example.values())

    def test_what_runs_on_spot_is_retried(self, example: Steps) -> None:
        assert example["prepare-prepare"]["retryStrategy"] == {"limit": 3}


class TestWhatStepPodsLose:
    def test_cpu_memory_and_gpus(self, project: Project) -> None:
        project.job("train", profile=profiles.production_job(cpu=4, memory="16Gi", gpus=1))

        steps = project.steps("mlrun.run_function('train')")

        assert resources(steps["train"]) == {"limits": {"nvidia.com/gpu": 0}}

    def test_they_get_mlruns_default_pod_resources(self, project: Project, mlconf: Mlconf) -> None:
        mlconf.set("default_function_pod_resources.requests.cpu", "25m")
        mlconf.set("default_function_pod_resources.limits.memory", "1Gi")
        project.job("train", profile=profiles.production_job(cpu=4, memory="16Gi"))

        steps = project.steps("mlrun.run_function('train')")

        assert resources(steps["train"]) == {"requests": {"cpu": "25m"}, "limits": {"memory": "1Gi"}}

    def test_a_class_where_the_steps_name_does_not_begin_with_the_functions(self, project: Project) -> None:
        project.job("train", profile=profiles.production_job(cpu=1, memory="2Gi"))
        project.job("scorer", "nuclio", profiles.production_service(cpu=1, memory="2Gi"))

        steps = project.steps(
            "mlrun.run_function('train')\n"
            "mlrun.run_function('train', name='train-again')\n"
            "mlrun.run_function('train', name='fit-again')\n"
            "mlrun.deploy_function('scorer')"
        )

        assert {name: step.get("PriorityClassName") for name, step in steps.items()} == {
            "train": "igz-workload-high",
            "train-again": "igz-workload-high",
            "fit-again": None,
            "deploy-scorer": None,
        }

    def test_a_class_of_their_own_where_another_functions_name_begins_theirs(self, project: Project) -> None:
        project.job("train-eval", profile=profiles.development_job(cpu=1, memory="2Gi", priority="low"))
        project.job("train", profile=profiles.production_job(cpu=1, memory="2Gi", priority="high"))

        steps = project.steps("mlrun.run_function('train-eval')")

        assert steps["train-eval"]["PriorityClassName"] == "igz-workload-high"

    def test_sparks_own_fields(self, project: Project) -> None:
        """Executors on spot, by a group of their own: the step's pod knows nothing of it, and stays on demand."""
        waived = {"IGZ101": Waiver("shuffle files are on the platform's file system")}
        spark = project.job(
            "features", "spark", profiles.spot_stateless(cpu=1, memory="2Gi", priority="low", waive=waived)
        )
        spark.with_executor_node_selection(node_selector={"pool": "cheap"})

        step = project.steps("mlrun.run_function('features')")["features"]

        assert spark.spec.executor_preemption_mode == "allow"
        assert step["affinity"] == ON_DEMAND
        assert "nodeSelector" not in step
        assert resources(step) is None
        assert step["PriorityClassName"] == "igz-workload-low"


def test_a_pod_of_a_step_is_known_as_one_and_not_as_a_run(project: Project) -> None:
    """Spark's is no Spark: it submits the run and waits."""
    project.job("features", "spark")

    labels = project.steps("mlrun.run_function('features')")["features"]["metadata"]["labels"]

    assert identity_of(labels).kind == "spark"
    on_pod = {**labels, "workflows.argoproj.io/workflow": "churn-x1"}
    assert identity_of(on_pod) == Identity("step", labels["mlrun/project"], "features", "step")


CONFIGURATIONS = {
    "nothing": Preemptible(),
    "labels": Preemptible(node_selector={SPOT: "preemptible"}),
    "taints": Preemptible(tolerations=(Toleration("spot", "Equal", "true", "NoSchedule"),)),
    "both": Preemptible(
        node_selector={SPOT: "preemptible"}, tolerations=(Toleration("spot", "Equal", "true", "NoSchedule"),)
    ),
}


@pytest.mark.parametrize("configured", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
@pytest.mark.parametrize(
    "profile",
    [
        profiles.production_job(cpu=1, memory="2Gi", node_group="batch"),
        profiles.spot_stateless(cpu=1, memory="2Gi", workload="stateless"),
        profiles.opportunistic_job(cpu=1, memory="2Gi", workload="stateless"),
    ],
    ids=lambda profile: profile.name,
)
def test_step_pods_carry_the_placement_of_the_effective_pod(
    project: Project, mlconf: Mlconf, configured: Preemptible, profile: Any
) -> None:
    mlconf.preemptible(configured)
    fn = project.job("clean", profile=profile)
    function = adapter_for(fn).read()
    expected = effective_pod(function, function.roles[0], Cluster.current()).settings

    step = project.steps("mlrun.run_function('clean')")["clean"]

    assert step.get("nodeSelector", {}) == dict(expected.node_selector)
    assert step.get("affinity") == (codec.write_affinity(expected.affinity) if expected.affinity else None)
    tolerated = codec.read_tolerations(step.get("tolerations"), "tolerations") or ()
    assert set(tolerated) == set(expected.tolerations or ())


def test_the_function_that_is_stored_for_the_run_has_all_of_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[dict[str, Any]] = []
    monkeypatch.setattr(mlrun.db.nopdb.NopDB, "store_function", lambda _db, fn, *_rest: stored.append(fn))
    project.job("train", profile=profiles.production_job(cpu=4, memory="16Gi", gpus=1))

    project.steps("mlrun.run_function('train')")

    (spec,) = [fn["spec"] for fn in stored]
    assert spec["resources"]["requests"] == {"cpu": "4", "memory": "16Gi"}
    assert spec["resources"]["limits"] == {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": 1}
    assert spec["priority_class_name"] == "igz-workload-high"
    assert spec["affinity"] == ON_DEMAND


class TestWhereTheProfileIsApplied:
    """Functions that the project knows by their file are made anew when a workflow is saved."""

    @pytest.fixture
    def function(self, project: Project, tmp_path: Path) -> Any:
        code = tmp_path / "train.py"
        code.write_text("def handler(context):\n    pass\n")
        return project.project.set_function(str(code), name="train", kind="job", image="registry/churn")

    def test_before_it_is_lost(self, project: Project, function: Any) -> None:
        profiles.production_job(cpu=1, memory="2Gi")(function)

        step = project.steps("mlrun.run_function('train')")["train"]

        assert "affinity" not in step
        assert "PriorityClassName" not in step

    def test_in_the_workflows_function_it_stays(self, project: Project, function: Any) -> None:
        step = project.steps(
            "fn = mlrun.get_current_project().get_function('train')\n"
            "fn.apply(profiles.production_job(cpu=1, memory='2Gi'))\n"
            "mlrun.run_function('train')"
        )["train"]

        assert step["affinity"] == ON_DEMAND
        assert step["PriorityClassName"] == "igz-workload-high"
        assert function.spec.affinity is None


def test_retry_belongs_to_the_step(project: Project) -> None:
    project.job("clean")

    with pytest.raises(mlrun.errors.MLRunInvalidArgumentError, match="Use KFP set_retry instead"):
        project.steps("mlrun.run_function('clean', retry={'count': 3})")

    assert project.steps("mlrun.run_function('clean').set_retry(3)")["clean"]["retryStrategy"] == {"limit": 3}
