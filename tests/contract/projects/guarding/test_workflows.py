"""Workflows, past the guard: run here, compiled, and run by a pod."""

from __future__ import annotations

import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import mlrun
import pytest
from mlrun.runtimes.utils import global_context

from igz_runtime import UnsafeCombination, profiles, projects
from igz_runtime.projects.mlrun_project import RUNS_SETUP
from tests.contract.projects.guarding.functions import JOBS, RUNS, pods, profiled, served, unsafe
from tests.contract.projects.recorder import Recorder

needs_kfp = pytest.mark.skipif(find_spec("kfp") is None, reason="pipelines compile where mlrun[kfp18] is installed")


ENGINES: Final = {
    "local": ("run", JOBS),
    "kfp": ("pipeline", ["POST projects/churn/pipelines"]),
}
engines = pytest.mark.parametrize("engine", ["local", pytest.param("kfp", marks=needs_kfp)])


@engines
def test_a_workflow_arrives(recorder: Recorder, project: Any, engine: str) -> None:
    profiled(project.get_function("train"))
    what, arrived = ENGINES[engine]
    with projects.guard(project, strict=True) as guard:
        run = project.run(engine, local=False, dirty=True)
    assert run.exc is None
    assert pods(recorder) == arrived
    assert [each.what for each in guard.seen] == [what]


@engines
def test_a_workflow_is_refused_with_the_function_of_its_step(recorder: Recorder, project: Any, engine: str) -> None:
    unsafe(project.get_function("train"))
    with pytest.raises(UnsafeCombination, match=r"job 'train' .*spot"), projects.guard(project) as guard:
        project.run(engine, local=False, dirty=True)
    assert len(guard.refused) == 1
    assert pods(recorder) == []
    assert not recorder.to(RUNS)
    assert mlrun.projects.pipelines.pipeline_context.workflow is None


@engines
def test_a_workflow_of_a_function_without_a_profile(recorder: Recorder, project: Any, engine: str) -> None:
    with pytest.raises(UnsafeCombination, match="IGZ908 error: job 'train'"), projects.guard(project, strict=True):
        project.run(engine, local=False, dirty=True)
    assert pods(recorder) == []


@pytest.mark.parametrize("arguments", [{}, {"schedule": "0 1 * * *"}], ids=["now", "schedule"])
def test_a_remote_workflow_holds_no_function(recorder: Recorder, project: Any, arguments: dict[str, Any]) -> None:
    project.spec.source = "git://github.com/example/churn.git#main"
    with projects.guard(project) as guard:
        project.run("local", engine="remote:local", dirty=True, **arguments)
    [seen] = guard.seen
    assert (seen.what, seen.name, list(seen.findings)) == ("workflow", "local", [])
    assert "its runner makes the functions anew" in seen.note
    assert len(pods(recorder)) == 1


def test_a_runner_that_does_not_run_the_setup_script_is_refused_where_profiles_are_required(
    recorder: Recorder, project: Any
) -> None:
    project.spec.source = "git://github.com/example/churn.git#main"
    if not RUNS_SETUP:
        pytest.skip("before MLRun 1.12 the runner always runs project_setup.py")
    with pytest.raises(UnsafeCombination, match="set run_setup=True"), projects.guard(project, strict=True):
        project.run("local", engine="remote:local", dirty=True)
    assert pods(recorder) == []
    with projects.guard(project, strict=True):
        project.run("local", engine="remote:local", dirty=True, run_setup=True)
    assert len(pods(recorder)) == 1


@needs_kfp
@pytest.mark.usefixtures("nearest_configuration")
@pytest.mark.parametrize("ending", ["yaml", "zip"])
def test_a_pipeline_that_was_compiled_before(recorder: Recorder, project: Any, tmp_path: Path, ending: str) -> None:
    """Compiling it makes its functions anew: without their profiles, unless the project was set up."""
    profiled(project.get_function("train"))
    db = mlrun.get_run_db()
    with projects.guard(project, strict=True), pytest.raises(UnsafeCombination, match="IGZ908 error: job 'train'"):
        db.submit_pipeline("churn", compiled(project, tmp_path, ending))
    (tmp_path / "igz-runtime.yaml").write_text("functions: {train: {profile: production_job, cpu: 1, memory: 2Gi}}")
    projects.setup(project)
    with projects.guard(project, strict=True) as guard:
        db.submit_pipeline("churn", compiled(project, tmp_path, ending))
    assert [(each.what, each.note) for each in guard.seen] == [("pipeline", "1 step")]
    assert pods(recorder) == ["POST projects/churn/pipelines"]


def compiled(project: Any, folder: Path, ending: str) -> str:
    project.save_workflow("kfp", str(folder / "compiled.yaml"))
    if ending == "zip":
        with zipfile.ZipFile(folder / "compiled.zip", "w") as archive:
            archive.write(folder / "compiled.yaml", "pipeline.yaml")
    return str(folder / f"compiled.{ending}")


@needs_kfp
def test_a_pipeline_that_builds_and_deploys(recorder: Recorder, project: Any) -> None:
    (Path(project.spec.context) / "workflow.py").write_text(
        "import mlrun\n\n\ndef pipeline():\n"
        "    project = mlrun.get_current_project()\n"
        "    built = project.build_function('train', requirements=['pandas'])\n"
        "    ran = project.run_function('train', handler='handler').after(built)\n"
        "    project.deploy_function('scorer').after(ran)\n"
    )
    project.set_function(profiled(served(project)))
    profiled(project.get_function("train"))
    with projects.guard(project, strict=True) as guard:
        project.run("kfp", dirty=True)
    assert [each.note for each in guard.seen] == ["3 steps"]
    profiles.remove(project.get_function("scorer"))
    with projects.guard(project, strict=True), pytest.raises(UnsafeCombination, match="IGZ908 error: serving 'scorer'"):
        project.run("kfp", dirty=True)
    assert pods(recorder) == ["POST projects/churn/pipelines"]


def test_the_runner_of_a_workflow_makes_functions_without_profiles(
    recorder: Recorder, project: Any, tmp_path: Path
) -> None:
    project.save()
    project.export()
    global_context.set(None)
    runner = mlrun.get_or_create_ctx("runner", project="churn")
    with pytest.raises(UnsafeCombination, match="IGZ908 error: job 'train'"), projects.guard(strict=True):
        mlrun.projects.load_and_run_workflow(
            *(runner, ""),
            project_name="churn",
            workflow_name="local",
            engine="local",
            project_context=str(tmp_path),
            dirty=True,
        )
    assert pods(recorder) == []
