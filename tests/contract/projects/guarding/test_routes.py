"""Every route from a project to a pod, past the guard: what it sends arrives, is refused, or is named as blind."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import mlrun
import pytest

from igz_runtime import UnsafeCombination, profiles, projects
from tests.contract.projects.guarding.functions import JOBS, RUNS, pods, profiled, served, unsafe
from tests.contract.projects.recorder import Recorder


def job(_: Any, kind: str = "job") -> Any:
    fn = mlrun.new_function("train", kind=kind, image="mlrun/mlrun", project="churn")
    if kind == "remote-spark":
        fn.spec.provider = "iguazio"
    if kind == "spark":
        fn.spec.command = "train.py"
    return fn


def graph(project: Any) -> Any:
    fn = mlrun.new_function("scorer", kind="serving", image="mlrun/mlrun", project="churn")
    steps = fn.set_topology("flow", engine="async")
    steps.to(name="first", handler="json.dumps").to(">>", "stream", path="topic", kafka_brokers="broker:9092").to(
        name="second", handler="json.dumps", function="child"
    )
    fn.add_child_function("child", str(Path(project.spec.context) / "train.py"), "mlrun/mlrun")
    return fn


def nuclio(project: Any) -> Any:
    return mlrun.code_to_function(
        "scorer", kind="nuclio", image="mlrun/mlrun", filename=str(Path(project.spec.context) / "train.py")
    )


def application(_: Any) -> Any:
    fn = mlrun.new_function("scorer", kind="application", image="mlrun/mlrun", project="churn")
    fn.set_internal_application_port(8080)
    return fn


def from_project(project: Any) -> Any:
    return project.get_function("train")


class Way(NamedTuple):
    """A way to a pod.

    Attributes:
        made: makes the function.
        send: submits it.
        what: what the guard calls it.
        pods: the requests from which pods follow.
    """

    made: Callable[[Any], Any]
    send: Callable[[Any, Any], Any]
    what: str
    pods: list[str]


def deploys(*names: str) -> list[str]:
    return [f"POST projects/churn/nuclio/{name}/deploy" for name in names]


def run(_: Any, fn: Any) -> Any:
    return fn.run(handler="handler", watch=False)


WAYS: Final = {
    **{
        f"run of {kind}": Way(partial(job, kind=kind), run, "run", JOBS)
        for kind in ("job", "spark", "mpijob", "databricks", "remote-spark")
    },
    "schedule": Way(job, lambda _, fn: fn.run(handler="handler", schedule="0 1 * * *"), "schedule", JOBS),
    "hyper-parameters": Way(
        job, lambda _, fn: fn.run(handler="handler", hyperparams={"p": [1, 2]}, watch=False), "run", JOBS
    ),
    "Dask": Way(partial(job, kind="dask"), lambda _, fn: fn._start(watch=False), "start", ["POST start/function"]),
    "nuclio": Way(nuclio, lambda _, fn: fn.deploy(), "deployment", deploys("scorer")),
    "serving graph": Way(graph, lambda _, fn: fn.deploy(), "deployment", deploys("scorer-child", "scorer")),
    "application": Way(
        application, lambda _, fn: fn.deploy(create_default_api_gateway=False), "deployment", deploys("scorer")
    ),
    "deploy_function": Way(nuclio, lambda project, fn: project.deploy_function(fn), "deployment", deploys("scorer")),
    "run_function": Way(
        from_project, lambda project, fn: project.run_function(fn, handler="handler", watch=False), "run", JOBS
    ),
    "build": Way(
        from_project,
        lambda project, fn: project.build_function(fn, base_image="mlrun/mlrun", requirements=["pandas"]),
        "build",
        ["POST build/function"],
    ),
    "deploy of a job": Way(
        from_project, lambda _, fn: fn.with_requirements(["pandas"]).deploy(), "build", ["POST build/function"]
    ),
    "serving graph as a job": Way(
        lambda project: served(project).to_job(), lambda _, fn: fn.run(watch=False), "run", JOBS
    ),
}
ways = pytest.mark.parametrize("name", WAYS)


@ways
def test_it_arrives(recorder: Recorder, project: Any, name: str) -> None:
    way = WAYS[name]
    fn = profiled(way.made(project))
    with projects.guard(project, strict=True) as guard:
        way.send(project, fn)
    assert not guard.refused
    assert pods(recorder) == way.pods
    assert [each.what for each in guard.seen] == [way.what] * len(way.pods)
    assert guard.seen[-1].profile == profiles.applied_to(fn).profile  # type: ignore[union-attr]


@ways
def test_it_is_refused(recorder: Recorder, project: Any, name: str) -> None:
    way = WAYS[name]
    fn = unsafe(way.made(project))
    with projects.guard(project) as guard, pytest.raises(UnsafeCombination, match="IGZ101") as refused:
        way.send(project, fn)
    assert [each.name for each in guard.refused] == [fn.metadata.name]
    assert refused.value.findings.refusing
    assert pods(recorder) == [path for path in way.pods if "child" in path]
    assert not recorder.to(RUNS)


def test_what_runs_here_is_nobodys_submission(recorder: Recorder, project: Any) -> None:
    with projects.guard(project, strict=True) as guard:
        unsafe(project.get_function("train")).run(handler="handler", local=True)
    assert (guard.seen, guard.refused, pods(recorder)) == ((), (), [])


def test_the_image_of_a_project_needs_no_profile(recorder: Recorder, project: Any) -> None:
    with projects.guard(project, strict=True) as guard:
        project.build_image(image=".churn", base_image="mlrun/mlrun", requirements=["pandas"], set_as_default=False)
    assert pods(recorder) == ["POST build/function"]
    assert [(each.what, each.profile, each.note) for each in guard.seen] == [("build", None, "it builds an image")]


def test_a_function_that_was_exported_has_lost_its_profile(recorder: Recorder, project: Any, tmp_path: Path) -> None:
    profiled(project.get_function("train")).export(str(tmp_path / "function.yaml"))
    imported = mlrun.import_function(str(tmp_path / "function.yaml"), project="churn")
    with (
        projects.guard(project, strict=True),
        pytest.raises(UnsafeCombination, match=r"IGZ908.*no profile was applied"),
    ):
        imported.run(handler="handler")
    assert pods(recorder) == []


def test_a_function_of_the_database_has_kept_its_profile(recorder: Recorder, project: Any) -> None:
    uri = profiled(project.get_function("train")).save(versioned=True)
    with projects.guard(project, strict=True) as guard:
        mlrun.import_function(uri).run(handler="handler", watch=False)
    assert [each.profile for each in guard.seen] == ["production_job"]
    assert pods(recorder) == JOBS


def test_a_function_of_model_monitoring_is_a_service_like_any_other(recorder: Recorder, project: Any) -> None:
    fn = project.set_model_monitoring_function(
        func=str(Path(project.spec.context) / "train.py"),
        application_class="Application",
        name="drift",
        image="mlrun/mlrun",
    )
    with projects.guard(project, strict=True), pytest.raises(UnsafeCombination, match="IGZ908"):
        fn.deploy()
    assert pods(recorder) == []


APPLICATION = """\
from mlrun.model_monitoring.applications import ModelMonitoringApplicationBase


class Application(ModelMonitoringApplicationBase):
    def do_tracking(self, monitoring_context):
        return []
"""


def test_an_evaluation_of_model_monitoring_is_a_job_of_its_own(recorder: Recorder, project: Any) -> None:
    path = Path(project.spec.context) / "application.py"
    path.write_text(APPLICATION)
    application = runpy.run_path(str(path))["Application"]
    with projects.guard(project, strict=True), pytest.raises(UnsafeCombination, match="IGZ908"):
        application.evaluate(func_path=str(path), func_name="drift", run_local=False, image="mlrun/mlrun")
    assert pods(recorder) == []


def test_a_profile_of_a_service_does_not_hold_for_a_job(recorder: Recorder, project: Any) -> None:
    fn = profiled(served(project)).to_job()
    with projects.guard(project), pytest.raises(UnsafeCombination, match=r"IGZ907.*production_service wrote"):
        fn.run()
    assert pods(recorder) == []


BLIND: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "a schedule that is invoked": lambda db, _: db.invoke_schedule("churn", "nightly"),
    "a pipeline that is retried": lambda db, _: db.retry_pipeline("pipeline-1", "churn"),
    "the pods of model monitoring": lambda db, _: db.enable_model_monitoring("churn", image="mlrun/mlrun"),
    "a project that the server loads": lambda db, _: db.api_call("POST", "projects/churn/load", params={"url": "git"}),
}


@pytest.mark.parametrize("what", BLIND)
def test_it_is_named_as_blind(recorder: Recorder, project: Any, what: str) -> None:
    with projects.guard(project, strict=True) as guard:
        BLIND[what](mlrun.get_run_db(), project)
    [seen] = guard.seen
    assert seen.what == what
    assert seen.note.startswith("not judged: ")
    [blind] = [each for each in guard.blind if each.what == what]
    assert seen.note.endswith(f"at admission, {blind.at_admission}")
    assert recorder.sent


def test_what_no_client_sends_is_named_as_blind_too(project: Any) -> None:
    named = "\n".join(map(str, projects.guard(project).blind))
    for what in ("a schedule that fires", "user interface", "remote or scheduled workflow", "code in a pod"):
        assert what in named
    assert named.count("At admission: the policies judge") == len(projects.guard(project).blind)


@pytest.mark.parametrize("stored", [profiled, unsafe], ids=["arrives", "is refused"])
def test_the_dask_cluster_of_a_hyper_parameter_run(recorder: Recorder, project: Any, stored: Any) -> None:
    cluster = stored(mlrun.new_function("cluster", kind="dask", image="mlrun/mlrun", project="churn")).save()
    options = mlrun.model.HyperParamOptions(dask_cluster_uri=cluster)
    fn = profiled(project.get_function("train"))
    guard = projects.guard(project)
    expected = pytest.raises(UnsafeCombination, match="dask 'cluster'") if stored is unsafe else nullcontext()
    with guard, expected:
        fn.run(handler="handler", hyperparams={"p": [1, 2]}, hyper_param_options=options, watch=False)
    assert pods(recorder) == ([] if stored is unsafe else JOBS)
    assert not recorder.to(RUNS)
    assert [each.note for each in guard.seen] == ([] if stored is unsafe else ["with dask 'cluster'"])


def scheduled(uri: str) -> dict[str, Any]:
    """A schedule as it is changed: the run stands in a field of its own."""
    spec = {"function": uri.removeprefix("db://"), "handler": "handler"}
    task = {"metadata": {"project": "churn", "name": "nightly"}, "spec": spec}
    return {"scheduled_object": {"task": task}, "cron_trigger": {"minute": 0}}


def test_a_schedule_that_is_changed_is_judged_where_it_holds_the_run(recorder: Recorder, project: Any) -> None:
    db = mlrun.get_run_db()
    uri = unsafe(project.get_function("train")).save(versioned=True)
    with projects.guard(project) as guard:
        with pytest.raises(UnsafeCombination, match="schedule job 'train'"):
            db.api_call("PUT", "projects/churn/schedules/nightly", body=json.dumps(scheduled(uri)))
        db.api_call("PUT", "projects/churn/schedules/nightly", body=json.dumps({"cron_trigger": {"minute": 0}}))
    assert [each.what for each in guard.seen] == ["schedule"]
    assert guard.seen[0].note.startswith("not judged: it holds no function")
    assert len(recorder.to("PUT projects/churn/schedules/nightly")) == 1


@pytest.mark.usefixtures("nearest_configuration")
def test_the_environment_that_a_project_was_set_up_in_counts(project: Any, tmp_path: Path) -> None:
    (tmp_path / "igz-runtime.yaml").write_text("functions: {train: {profile: production_job, cpu: 1, memory: 2Gi}}")
    projects.setup(project, environment="production")
    fn = mlrun.new_function("notebook", kind="job", image="mlrun/mlrun", project="churn")
    profiles.development_job(cpu=1, memory="2Gi").apply(fn)
    with projects.guard(project), pytest.raises(UnsafeCombination, match="IGZ403"):
        fn.run()
