"""What is read of code without running it is what MLRun makes of it when it is run."""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import mlrun
import pytest
from mlrun.launcher.base import BaseLauncher
from mlrun.runtimes.base import BaseRuntime

from igz_runtime import Cluster
from igz_runtime.functions import adapter_for
from igz_runtime.functions.model import Function
from igz_runtime.functions.names import RELEASED_THRESHOLDS
from igz_runtime.lint.code import read_python
from tests.conftest import Mlconf

HEAD = """\
import mlrun
from kubernetes import client as k8s
from igz_runtime import profiles, Waiver, Workload
from igz_runtime.profiles import production_job

SELECTOR = {"app.iguazio.com/lifecycle": "non-preemptible"}
TOLERATION = k8s.V1Toleration(key="spot", operator="Equal", value="true", effect="NoSchedule")
AFFINITY = k8s.V1Affinity(
    node_affinity=k8s.V1NodeAffinity(
        required_during_scheduling_ignored_during_execution=k8s.V1NodeSelector(
            node_selector_terms=[
                k8s.V1NodeSelectorTerm(
                    match_expressions=[k8s.V1NodeSelectorRequirement(key="zone", operator="In", values=["a", "b"])]
                )
            ]
        )
    )
)
"""

JOB = 'fn = mlrun.new_function("my_Job", kind="job", image="mlrun/mlrun", handler="train")\n'
SERVICE = 'fn = mlrun.new_function("svc", kind="nuclio", image="mlrun/mlrun")\n'
SPARK = 'fn = mlrun.new_function("sp", kind="spark", image="mlrun/mlrun")\n'
DASK = 'fn = mlrun.new_function("dk", kind="dask", image="mlrun/mlrun")\n'

SNIPPETS = {
    "nothing set": JOB,
    "name of the command": 'fn = mlrun.new_function(command="my_train.py", kind="job", image="i")\n',
    "positional": 'fn = mlrun.new_function("a b", "proj", "", "job", "x.py", "img")\n',
    "limits and requests": JOB + 'fn.with_limits("4G", "2")\nfn.with_requests(mem="2G", cpu=1)\n',
    "limits replace": JOB + 'fn.with_limits(mem="4G", cpu="2", gpus=1)\nfn.with_limits(cpu="3")\n',
    "limits patched": JOB + 'fn.with_limits(mem="4G", gpus=1)\nfn.with_limits(cpu="3", patch=True)\n',
    "gpu type patched": JOB + 'fn.with_limits(gpus=2, gpu_type="amd.com/gpu", patch=True)\n',
    "nothing omitted": JOB + 'fn.with_limits(mem="", cpu=0, gpus=0)\nfn.with_requests()\n',
    "selection": JOB + "fn.with_node_selection(node_selector=SELECTOR, tolerations=[TOLERATION], affinity=AFFINITY)\n",
    "selection by position": JOB + 'fn.with_node_selection("node-7", {"a": "b"})\n',
    "selection replaced": JOB
    + 'fn.with_node_selection(node_selector={"a": "b"})\nfn.with_node_selection(node_selector={})\n',
    "one toleration": JOB + "fn.with_node_selection(tolerations=TOLERATION)\n",
    "plain tolerations": JOB + 'fn.with_node_selection(tolerations=[{"key": "a", "operator": "Exists"}])\n',
    "mode": JOB + 'fn.with_preemption_mode("allow")\n',
    "mode of the enumeration": JOB + "fn.with_preemption_mode(mlrun.common.schemas.PreemptionModes.constrain)\n",
    "mode as an attribute": JOB + 'fn.spec.preemption_mode = "none"\n',
    "mode put back": JOB + 'fn.with_preemption_mode("allow")\nfn.spec.preemption_mode = None\n',
    "priority class": JOB + 'fn.with_priority_class("igz-workload-high")\n',
    "priority class as an attribute": JOB + 'fn.spec.priority_class_name = "igz-workload-low"\n',
    "thresholds": JOB + 'fn.set_state_thresholds({"pending_not_scheduled": "1h"})\n',
    "thresholds replaced": JOB + 'fn.set_state_thresholds({"pending_not_scheduled": "2h"}, patch=False)\n',
    "thresholds of a run": JOB + 'fn.set_state_thresholds({"executing": "36h", "image_pull_backoff": "5m"})\n',
    "labels": JOB + 'fn.set_label("team", "x")\nfn.metadata.labels["framework"] = "sklearn"\n',
    "annotations": JOB + 'fn.with_annotations({"igz-runtime/waive-IGZ101": "checkpoints"})\n',
    "attributes": JOB
    + "fn.spec.node_selector = SELECTOR\nfn.spec.tolerations = [TOLERATION]\nfn.spec.affinity = AFFINITY\n",
    "items": JOB + 'fn.spec.node_selector["pool"] = "x"\nfn.spec.node_selector.update({"a": "b"})\n',
    "tolerations appended": JOB + "fn.spec.tolerations = []\nfn.spec.tolerations.append(TOLERATION)\n",
    "node name": JOB + 'fn.spec.node_name = "node-1"\n',
    "resources assigned": JOB
    + 'fn.spec.resources = {"limits": {"cpu": "4", "memory": "8Gi", "nvidia.com/gpu": 1}, "requests": {"cpu": "1"}}\n',
    "gpus in the requests": JOB + 'fn.spec.resources = {"requests": {"nvidia.com/gpu": 1, "cpu": "1"}}\n',
    "resources emptied": JOB + 'fn.with_limits(cpu="1")\nfn.spec.resources = {}\n',
    "resources as items": JOB + 'fn.with_limits(cpu="1")\nfn.spec.resources["limits"]["cpu"] = "2"\n',
    "spec's own setter": JOB + 'fn.spec.with_limits(mem="1G", cpu="1")\n',
    "requirements": JOB + 'fn.with_requirements(["horovod"])\nfn.with_requirements(["pandas"])\n',
    "a build": JOB + 'fn.build_config(commands=["pip install horovod"], base_image="deepspeed/deepspeed")\n',
    "commands of a build": JOB + 'fn.with_commands(["pip install horovod"])\nfn.with_commands(["true"])\n',
    "categories": JOB + 'fn.set_categories(["model-training"])\n',
    "a volume": JOB + 'fn.apply(mlrun.runtimes.mounts.mount_pvc("claim", "data", "/data"))\n',
    "harmless mounts": JOB + 'fn.apply(mlrun.runtimes.mounts.set_env_variables({"A": "b"}))\n',
    "copied": JOB + 'fn.with_limits(cpu="1")\nfn = fn.copy()\nfn.with_limits(cpu="2")\n',
    "from another": JOB + 'fn.with_limits(cpu="1")\nfn = mlrun.new_function("other", runtime=fn)\n',
    "from a document": 'fn = mlrun.new_function("d", runtime={"kind": "job", "spec": {"node_selector": {"a": "b"}}})\n',
    "mpijob": 'fn = mlrun.new_function("m", kind="mpijob", image="i")\nfn.spec.replicas = 4\nfn.with_limits(cpu="2")\n',
    "databricks": 'fn = mlrun.new_function("m", kind="databricks", image="i")\nfn.with_preemption_mode("prevent")\n',
    "spark's own": SPARK,
    "spark": SPARK
    + 'fn.with_driver_requests(mem="4g", cpu="2")\nfn.with_driver_limits(cpu="2")\n'
    + 'fn.with_executor_requests("8g", "4")\nfn.with_executor_limits("4", 1)\nfn.spec.replicas = 3\n'
    + "fn.with_cores(executor_cores=2)\n",
    "spark's placement": SPARK
    + "fn.with_driver_node_selection(node_selector=SELECTOR)\n"
    + "fn.with_executor_node_selection(tolerations=[TOLERATION], affinity=AFFINITY)\n"
    + 'fn.with_driver_preemption_mode("prevent")\nfn.with_executor_preemption_mode("allow")\n',
    "spark's common placement": SPARK + "fn.with_node_selection(node_selector=SELECTOR)\n",
    "dask": DASK
    + 'fn.with_scheduler_limits(mem="2G", cpu="1")\nfn.with_scheduler_requests("2G", "1")\n'
    + 'fn.with_worker_limits("8G", "4", 1)\nfn.with_worker_requests(mem="8G")\nfn.spec.replicas = 4\n',
    "service": SERVICE + 'fn.with_limits(mem="1G", cpu="1")\nfn.spec.min_replicas = 0\nfn.spec.max_replicas = 2\n',
    "service's configuration": SERVICE
    + 'fn.set_config("spec.nodeSelector", {"a": "b"})\nfn.set_config("spec.targetCPU", 60)\n',
    "service's triggers": "import nuclio\nfrom nuclio.triggers import V3IOStreamTrigger\n"
    + SERVICE
    + 'fn.add_trigger("nightly", nuclio.CronTrigger(schedule="0 0 2 * * *"))\nfn.add_trigger("q", {"kind": "mqtt"})\n'
    + 'fn.add_trigger("s", V3IOStreamTrigger(name="s", access_key="k"))\nfn.with_http(workers=2)\n',
    "service's HTTP trigger": SERVICE + 'fn.with_http(2, trigger_name="web")\n',
    "service's stream": SERVICE + 'fn.add_v3io_stream_trigger("v3io:///a/b@c", shards=2)\n',
    "service's annotation": SERVICE + 'fn.with_annotations({"nuclio.io/preemptible-mode": "allow"})\n',
    "sidecar": SERVICE
    + 'fn.with_limits(mem="1G", cpu="1")\nfn.with_sidecar("proxy", "img", 8080)\nfn.with_limits(cpu="2")\n',
    "serving": 'fn = mlrun.new_function("s", kind="serving", image="i")\nfn.with_limits(cpu="2")\n',
    "serving as a job": 'fn = mlrun.new_function("s", kind="serving")\nfn.with_limits(cpu="2")\nfn = fn.to_job()\n',
    "application": 'fn = mlrun.new_function("app", kind="application", image="i")\nfn.with_limits(cpu="2", mem="1G")\n',
    "code": 'fn = mlrun.code_to_function("My Fn", filename="code.py", kind="job", image="i", handler="train")\n',
    "code without a name": 'fn = mlrun.code_to_function(filename="code.py", kind="job", image="i")\n',
    "code with everything": 'fn = mlrun.code_to_function("f", "", "", "code.py", "train", "job", labels={"a": "b"}, '
    'categories=["c"])\n',
    "code of a service": 'fn = mlrun.code_to_function("f", filename="code.py", kind="nuclio", handler="train")\n',
    "code of a serving function": 'fn = mlrun.code_to_function("f", filename="code.py", kind="serving", image="i")\n',
    "code of spark": 'fn = mlrun.code_to_function("f", filename="code.py", kind="spark", image="i")\n'
    'fn.with_executor_requests(cpu="2")\n',
    "of a project": 'project = mlrun.new_project("p", context="./", save=False)\n'
    'fn = project.set_function("code.py", "My_fn", kind="job", image="i", handler="train")\n'
    'fn.with_limits(cpu="1")\n',
    "service of a project": 'project = mlrun.new_project("p", context="./", save=False)\n'
    'fn = project.set_function("code.py", name="f", kind="nuclio", image="i", handler="train")\n',
    "object of a project": JOB
    + 'project = mlrun.new_project("p", context="./", save=False)\nfn = project.set_function(fn, image="other")\n'
    + 'fn.with_limits(cpu="1")\n',
    "profile": JOB + 'fn.apply(profiles.production_job(cpu=4, memory="16Gi"))\n',
    "profile with sizes of the function": JOB
    + 'fn.with_limits(mem="2G", cpu="1")\nfn.apply(profiles.production_job())\n',
    "profile by its name": JOB + 'fn.apply(profiles.named("production_job", cpu=4, memory="16Gi"))\n',
    "profile by its name, imported": JOB
    + 'from igz_runtime.profiles import named\nnamed(name="production_job", cpu=4, memory="16Gi")(fn)\n',
    "profile by its name, planned": JOB
    + 'profiles.named("spot_stateless", cpu=4, memory="1Gi", workload="stateless").plan(fn).apply()\n',
    "profile unless there is one": JOB
    + 'if profiles.applied_to(fn) is None:\n    fn.apply(production_job(cpu=1, memory="1Gi"))\n'
    + 'if profiles.applied_to(fn) is None:\n    fn.apply(production_job(cpu=2, memory="1Gi"))\n',
    "profile applied otherwise": JOB
    + 'profile = production_job(cpu=1, memory="1Gi")\nprofile.apply(fn)\nprofile(fn)\n',
    "profile removed": JOB
    + 'fn.with_priority_class("igz-workload-low")\nfn.apply(production_job(cpu=1, memory="1Gi"))\n'
    + "profiles.remove(fn)\n",
    "plan applied": JOB + 'production_job(cpu=1, memory="1Gi").plan(fn).apply()\n',
    "plan only looked at": JOB + 'production_job(cpu=1, memory="1Gi").plan(fn)\n',
    "profile replaced": JOB
    + 'base = production_job(cpu=1, memory="1Gi")\nfn.apply(base.replace(cpu=2, name="ours"))\nfn.apply(base)\n',
    "profile with a waiver": JOB
    + 'fn.apply(profiles.spot_stateless(cpu=1, memory="1Gi", workload=Workload(restartable=True), '
    + 'waive={"IGZ101": Waiver("checkpoints every epoch")}))\n',
    "profile of a service": SERVICE + 'fn.apply(profiles.production_service(cpu=1, memory="1Gi", replicas=3))\n',
    "profile of a notebook": SERVICE + 'fn.apply(profiles.gpu_notebook(cpu=1, memory="1Gi"))\n',
    "profile of spark": SPARK
    + 'fn.apply(profiles.production_job(cpu=2, memory="4Gi", sizes={"driver": {"cpu": 1, "memory": "2Gi"}}))\n',
    "profile, then by hand": JOB
    + 'fn.apply(production_job(cpu=1, memory="1Gi"))\nfn.with_limits(cpu="8", patch=True)\n',
    "constants and loops": JOB
    + 'GI = "Gi"\nfor key in ("a", "b"):\n    fn.spec.node_selector[f"pool-{key}"] = "x".upper()\n'
    + 'fn.with_limits(mem=f"{2 * 4}{GI}", cpu="%s" % (1 + 1))\n',
    "a factory": 'def make(name, cpu="1", *, mode="allow", **more):\n'
    '    fn = mlrun.new_function(name, kind="job", image="i")\n    fn.with_limits(cpu=cpu, **more)\n'
    "    fn.with_preemption_mode(mode)\n    return fn\n\n"
    'def configure(fn):\n    fn.with_requests(cpu="1")\n    return fn\n\n'
    'fn = configure(make("x", "2", mem="1G"))\n',
    "an object's": "class Team:\n    mode = 'constrain'\n\n    def __init__(self, name):\n"
    "        self.fn = mlrun.new_function(name, kind='job', image='i')\n\n"
    "    def configure(self, cpu):\n        self.fn.with_limits(cpu=cpu)\n"
    "        self.fn.with_preemption_mode(self.mode)\n        return self.fn\n\n"
    "fn = Team('x').configure(cpu='3')\n",
}


@pytest.mark.parametrize("snippet", SNIPPETS.values(), ids=SNIPPETS)
def test_code_is_read_as_mlrun_runs_it(
    snippet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mlconf: Mlconf
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code.py").write_text("def handler(context, event):\n    pass\n\n\ndef train(context):\n    pass\n")
    mlconf.set("valid_function_priority_class_names", "igz-workload-low,igz-workload-medium,igz-workload-high")
    names: dict[str, Any] = {"__name__": "__main__"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(HEAD + snippet, names)  # noqa: S102  (running it is what reading is compared with)
    fn = names["fn"]

    content = read_python(HEAD + snippet, cluster=Cluster.current())

    assert [*content.notes, *content.broken, *content.faults] == []
    written = next(each for each in reversed(content.functions) if _is_final(each.document, fn))
    assert not written.unknown
    assert _comparable(adapter_for(written.document).read()) == _comparable(adapter_for(fn).read())
    for field in ("resources", "driver_resources", "executor_resources", "scheduler_resources", "worker_resources"):
        assert _sections(written.document["spec"].get(field)) == _sections(getattr(fn.spec, field, None))


def _is_final(document: MutableMapping[str, Any], fn: Any) -> bool:
    """Whether a document is the last that the snippet made: a copy keeps the name."""
    return bool(document["metadata"]["name"] == fn.metadata.name)


def _comparable(function: Function) -> Function:
    """Without what MLRun's configuration gives a function that states nothing. Code is read from its file.

    Of a function with packages MLRun makes its image the one that it is built from, which says the same of its work.
    """
    evidence = function.evidence
    evidence = evidence._replace(image="", base_image="") if evidence.requirements else evidence
    files = [name.rpartition("/")[2] for name in evidence.code.files]
    evidence = evidence._replace(code=evidence.code._replace(embedded="", files=tuple(files)))
    roles = tuple(
        role.but(
            preemption_mode=role.preemption_mode or "prevent",
            priority_class=role.priority_class or None,
            running_limit=role.running_limit or (role.waiting_limit and RELEASED_THRESHOLDS["executing"]),
        )
        for role in function.roles
    )
    # What a profile found there before it differs by that configuration as well.
    record = function.record and {**json.loads(function.record), "wrote": None, "was": None}
    return function.but(roles=roles, evidence=evidence, project="", record=record)


def _sections(resources: dict[str, Any] | None) -> dict[str, Any]:
    return {section: amounts for section, amounts in (resources or {}).items() if amounts}


TASK = 'task = mlrun.new_task("t", handler="train")\n'
OF_PROJECT = (
    'project = mlrun.new_project("p", context="./", save=False)\n'
    'project.set_function("code.py", name="my_fn", kind="job", image="i")\n'
)
NEW = 'fn = mlrun.new_function("my_fn", kind="job", image="i")\n'
RUNS = {
    "by keyword": NEW + 'fn.run(handler="train")\n',
    "by position": NEW + 'fn.run(None, "train")\n',
    "with a task": NEW + TASK + "fn.run(task)\n",
    "with a task by keyword": NEW + TASK + "fn.run(runspec=task)\n",
    "with a task by position of its handler": NEW + 'fn.run(mlrun.new_task("t", "p", "train"))\n',
    "with a task that is refined": NEW
    + 'fn.run(mlrun.new_task(handler="train").with_params(p1=5).set_label("a", "b"))\n',
    "with a task of a task": NEW + TASK + 'fn.run(mlrun.new_task("u", base=task))\n',
    "with a task whose handler is set": NEW + 'task = mlrun.new_task()\ntask.spec.handler = "train"\nfn.run(task)\n',
    "with a task as a document": NEW + 'fn.run({"spec": {"handler": "train"}})\n',
    "the call's handler before the task's": NEW + TASK + 'fn.run(task, handler="fetch")\n',
    "with a function for a handler": NEW + "def train(context):\n    pass\nfn.run(handler=train)\n",
    "with several": NEW + 'for handler in ("fetch", "train"):\n    fn.run(handler=handler)\n',
    "without one": NEW + "fn.run()\n",
    "by MLRun's function": NEW + 'mlrun.run_function(fn, handler="train")\n',
    "by MLRun's function, by position": NEW + 'mlrun.run_function(fn, "train")\n',
    "by MLRun's function, with a task": NEW + TASK + "mlrun.run_function(fn, base_task=task)\n",
    "by a project, by name": OF_PROJECT + 'project.run_function("my_fn", handler="train")\n',
    "by a project, by name, by position": OF_PROJECT + 'project.run_function("my_fn", "train")\n',
    "by a project, by MLRun's own name": OF_PROJECT + 'project.run_function("my-fn", handler="train")\n',
    "by a project, of an object": OF_PROJECT + 'project.run_function(project.get_function("my_fn"), handler="train")\n',
    "of a project's function": OF_PROJECT + 'project.get_function("my_fn").run(handler="train")\n',
    "of a factory's function": f'{NEW}def main(fn, handler="train"):\n    fn.run(handler=handler)\nmain(fn)\n',
}


@pytest.mark.parametrize("snippet", RUNS.values(), ids=RUNS)
def test_a_run_has_the_handler_that_mlrun_gives_it(
    snippet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code.py").write_text("def fetch(context):\n    pass\n\n\ndef train(context):\n    pass\n")
    handlers: list[str] = []

    def submit(fn: Any, runspec: Any = None, handler: Any = None, **_: Any) -> Any:
        """As MLRun's launchers begin, up to the request to its server."""
        run = BaseLauncher._enrich_run(fn, BaseLauncher._create_run_object(runspec), handler=handler)
        handlers.append(run.spec.handler_name)
        return run

    monkeypatch.setattr(BaseRuntime, "run", submit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(HEAD + snippet, {"__name__": "__main__"})  # noqa: S102  (running it is what reading is compared with)

    content = read_python(HEAD + snippet)

    assert [*content.notes, *content.broken, *content.faults] == []
    assert [*content.functions[-1].runs] == [handler for handler in handlers if handler]


def test_mlruns_parameters_stand_where_they_are_read() -> None:
    from igz_runtime.lint.vocabulary import runs

    for called, names in (
        (BaseRuntime.run, ("self", *runs.RUN)),
        (BaseRuntime.as_step, ("self", *runs.RUN)),
        (mlrun.run_function, runs.RUN_FUNCTION),
        (mlrun.projects.MlrunProject.run_function, ("self", *runs.RUN_FUNCTION)),
        (mlrun.new_task, runs.NEW_TASK),
    ):
        assert tuple(inspect.signature(called).parameters)[: len(names)] == names


def test_mlrun_has_every_setter_that_is_read() -> None:
    from igz_runtime.lint.vocabulary.setters import SETTERS

    for name, kinds in SETTERS.items():
        for kind in kinds:
            assert callable(getattr(mlrun.new_function("f", kind=kind, image="i"), name)), (name, kind)
