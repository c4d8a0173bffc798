"""A refusal reaches somebody, whatever MLRun makes of it, and leaves nothing behind."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import mlrun
import pytest
from mlrun.projects.pipelines import pipeline_context

from igz_runtime import UnsafeCombination, Workload, profiles, projects
from tests.contract.projects.guarding.functions import RUNS, job, pods, profiled, unsafe
from tests.contract.projects.recorder import Recorder

pytestmark = pytest.mark.usefixtures("nearest_configuration")

RETRIED = "rules: {severities: {IGZ103: error}}\n"
"""A configuration that refuses a run on spot nodes which nothing restarts: the function alone does not say that."""


def swallowed(project: Any) -> Any:
    """A local workflow in which a run is refused: how MLRun says that it ended."""
    unsafe(project.get_function("train"))
    return project.run("local", local=False, dirty=True)


def test_what_a_local_workflow_swallows_is_raised_when_the_block_ends(recorder: Recorder, project: Any) -> None:
    with pytest.raises(UnsafeCombination, match="IGZ101"), projects.guard(project):
        swallowed(project)
    assert pods(recorder) == []


def test_what_it_swallows_is_raised_at_the_next_request_of_the_thread(project: Any) -> None:
    guard = projects.guard(project)
    guard.begin()
    try:
        ended = swallowed(project)
        assert (ended._state, type(ended.exc)) == ("Failed", UnsafeCombination)
        with pytest.raises(UnsafeCombination, match="IGZ101"):
            mlrun.get_run_db().list_runs(project="churn")
        mlrun.get_run_db().list_runs(project="churn")
    finally:
        guard.end()
    assert [each.name for each in guard.refused] == ["train"]


def test_what_somebody_handles_is_handled(project: Any) -> None:
    with projects.guard(project) as guard:
        with pytest.raises(UnsafeCombination):
            unsafe(project.get_function("train")).run(handler="handler")
        profiled(job("other")).run(watch=False)
    assert [each.name for each in guard.refused] == ["train"]
    assert [each.name for each in guard.seen] == ["other"]


def test_an_exception_of_another_kind_comes_out_with_the_refusal_as_a_note(project: Any) -> None:
    def block() -> float:
        with projects.guard(project):
            swallowed(project)
            return 1 / 0

    with pytest.raises(ZeroDivisionError) as raised:
        block()
    [note] = raised.value.__notes__
    assert note.startswith("before that, this was refused, and nobody saw it:\nrun job 'train'")


def test_every_refusal_of_a_block_is_told(recorder: Recorder, project: Any) -> None:
    other = unsafe(job("other"))
    guard = projects.guard(project)

    def block() -> None:
        with guard, ThreadPoolExecutor() as pool:
            thread = threading.Thread(target=swallowed, args=(project,))
            thread.start()
            thread.join()
            pool.submit(other.run)

    with pytest.raises(UnsafeCombination, match="job 'train'") as raised:
        block()
    assert {each.name for each in guard.refused} == {"train", "other"}
    assert "job 'other'" in "".join(raised.value.__notes__)
    assert pods(recorder) == []


def test_a_future_hands_it_over(project: Any) -> None:
    fn = unsafe(project.get_function("train"))
    with projects.guard(project), ThreadPoolExecutor() as pool, pytest.raises(UnsafeCombination):
        pool.submit(fn.run, handler="handler").result()


def test_a_refused_pipeline_leaves_no_workflow_behind(recorder: Recorder, project: Any) -> None:
    pytest.importorskip("kfp", reason="pipelines compile where mlrun[kfp18] is installed")
    unsafe(project.get_function("train"))
    with projects.guard(project):
        with pytest.raises(UnsafeCombination, match="pipeline"):
            project.run("kfp", dirty=True)
        assert pipeline_context.workflow is None
        profiled(job("other")).run(watch=False)
    assert pods(recorder) == ["POST submit_job"]
    assert pipeline_context.project is project


def test_a_refusal_inside_of_a_compilation_leaves_none_either(project: Any) -> None:
    pytest.importorskip("kfp", reason="pipelines compile where mlrun[kfp18] is installed")
    (Path(project.spec.context) / "workflow.py").write_text(
        "import mlrun\n\ndef pipeline():\n    mlrun.get_current_project().get_function('scorer').deploy()\n"
    )
    scorer = mlrun.new_function("scorer", kind="serving", image="mlrun/mlrun", project="churn")
    scorer.set_topology("flow", engine="sync").to(name="first", handler="json.dumps")
    project.set_function(unsafe(scorer))
    with pytest.raises(UnsafeCombination, match="deployment"), projects.guard(project):
        project.run("kfp", dirty=True)
    assert pipeline_context.workflow is None


@pytest.fixture
def decided_by_the_run(project: Any) -> Any:
    (Path(project.spec.context) / "igz-runtime.yaml").write_text(RETRIED)
    fn = project.get_function("train")
    fn.apply(profiles.spot_stateless(cpu=1, memory="2Gi", workload=Workload(stateful=False, restartable=True)))
    return fn


def test_a_run_that_its_own_request_condemns_is_not_stored_as_failed(
    recorder: Recorder, project: Any, decided_by_the_run: Any
) -> None:
    with projects.guard(project), pytest.raises(UnsafeCombination, match="IGZ103"):
        decided_by_the_run.run(handler="handler")
    assert pods(recorder) == []
    assert not recorder.to(RUNS)


def test_its_retry_makes_it_pass(recorder: Recorder, project: Any, decided_by_the_run: Any) -> None:
    with projects.guard(project):
        decided_by_the_run.run(handler="handler", retry={"count": 2}, watch=False)
    assert pods(recorder) == ["POST submit_job"]


def test_a_schedule_that_was_declared_restartable_passes(
    recorder: Recorder, project: Any, decided_by_the_run: Any
) -> None:
    with projects.guard(project):
        decided_by_the_run.run(handler="handler", schedule="0 1 * * *")
    assert pods(recorder) == ["POST submit_job"]


def test_a_schedule_that_mlrun_swallows(recorder: Recorder, project: Any) -> None:
    (Path(project.spec.context) / "igz-runtime.yaml").write_text(RETRIED)
    fn = project.get_function("train").apply(profiles.spot_stateless(cpu=1, memory="2Gi", workload="stateless"))
    with pytest.raises(UnsafeCombination, match=r"schedule job 'train' .*\n.*IGZ103"), projects.guard(project):
        assert fn.run(handler="handler", schedule="0 1 * * *") is None
    assert pods(recorder) == []


def test_the_same_run_passes_when_it_was_corrected(project: Any, decided_by_the_run: Any) -> None:
    task = mlrun.new_task(handler="handler", project="churn")
    task.metadata.uid = "0123456789abcdef"
    with projects.guard(project):
        with pytest.raises(UnsafeCombination):
            decided_by_the_run.run(task)
        run = decided_by_the_run.run(task, retry={"count": 2}, watch=False)
    assert run.state() == "completed"
