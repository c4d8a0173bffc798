"""By which configuration a submission is judged, and which profiles it assigns."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import mlrun
import pytest
from mlrun.db.httpdb import HTTPRunDB

from igz_runtime import UnsafeCombination, Workload, check, profiles, projects
from igz_runtime.cli import main
from igz_runtime.errors import ConfigurationError, InvalidValue
from igz_runtime.projects.configuration import note
from tests.contract.projects.guarding.functions import job, pods, unsafe
from tests.contract.projects.recorder import Recorder

pytestmark = pytest.mark.usefixtures("project", "nearest_configuration")

ORIGINAL = HTTPRunDB.__dict__["api_call"]
WAIVED = "waivers: [{rule: IGZ101, reason: tried}]\n"


def test_a_project_goes_by_its_own_configuration_and_others_by_theirs(
    project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    (tmp_path / "igz-runtime.yaml").write_text(WAIVED)
    (tmp_path / "third").mkdir()
    (tmp_path / "third" / "igz-runtime.yaml").write_text(WAIVED.replace("tried", "theirs"))
    third = mlrun.projects.MlrunProject(metadata={"name": "third"})
    third.spec.context = str(tmp_path / "third")
    note(third)
    with projects.guard(project) as guard:
        unsafe(job()).run(watch=False)
        with pytest.raises(UnsafeCombination, match="project 'other'"):
            unsafe(job(project="other")).run()
        unsafe(job(project="third")).run(watch=False)
    reasons = [each.waived.reason for seen in guard.seen for each in seen.findings if each.waived]
    assert reasons == ["tried", "theirs"]


@pytest.mark.parametrize("config", ["none", None])
def test_a_guard_without_a_project(tmp_path: Path, config: str | None) -> None:
    (tmp_path / "igz-runtime.yaml").write_text(WAIVED)
    with projects.guard(config=config):
        if config is None:  # MLRun's current project
            unsafe(job()).run(watch=False)
        else:
            with pytest.raises(UnsafeCombination, match="IGZ101"):
                unsafe(job()).run()


def test_a_project_is_assigned_profiles_by_its_configuration(project: Any, tmp_path: Path) -> None:
    (tmp_path / "igz-runtime.yaml").write_text(
        "rules: {severities: {IGZ908: error}}\nfunctions: {train: {profile: production_job, cpu: 1, memory: 2Gi}}\n"
    )
    fn = project.get_function("train")
    with projects.guard(project):
        with pytest.raises(UnsafeCombination, match=r"assigned production_job.*no profile was applied"):
            fn.run(handler="handler")
        fn.apply(profiles.production_job(cpu=1, memory="2Gi")).run(handler="handler", watch=False)


def test_a_waiver_lets_one_pass_that_has_no_profile(project: Any, tmp_path: Path) -> None:
    (tmp_path / "igz-runtime.yaml").write_text("waivers: [{rule: IGZ908, function: scratch-*, reason: experiments}]\n")
    with projects.guard(project, strict=True) as guard:
        job("scratch-1").run(watch=False)
        with pytest.raises(UnsafeCombination, match="IGZ908"):
            job().run()
    assert [each.name for each in guard.seen] == ["scratch-1"]


def test_a_wrong_configuration_is_said_before_anything_is_sent(project: Any, tmp_path: Path) -> None:
    (tmp_path / "igz-runtime.yaml").write_text("functions: {train: {profile: production_jbo}}\n")
    with pytest.raises(ConfigurationError, match=r"igz-runtime.yaml:1:"), projects.guard(project):
        pass
    assert HTTPRunDB.__dict__["api_call"] is ORIGINAL


def test_a_guard_is_of_a_project() -> None:
    with pytest.raises(InvalidValue, match="an MLRun project is required"):
        projects.guard("churn").begin()


def test_a_run_that_a_steps_pod_submits_may_be_declared_restartable(
    recorder: Recorder, project: Any, tmp_path: Path
) -> None:
    (tmp_path / "igz-runtime.yaml").write_text("rules: {severities: {IGZ103: error}}")
    fn = job().apply(profiles.spot_stateless(cpu=1, memory="2Gi", workload=Workload(stateful=False, restartable=True)))
    with projects.guard(project):
        with pytest.raises(UnsafeCombination, match="IGZ103"):
            fn.run()
        fn.run(mlrun.new_task().set_label("mlrun/runner-pod", "main-1"), watch=False)
    assert pods(recorder) == ["POST submit_job"]


GROUPS = "  node_groups: [{name: jobs, lifecycle: on-demand}, {name: cheap, lifecycle: spot, taints: [{key: spot}]}]\n"


@pytest.mark.parametrize(("groups", "refused"), [("", True), (GROUPS, False)])
def test_every_door_goes_by_the_taints_that_node_groups_are_described_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, groups: str, *, refused: bool
) -> None:
    """Without any, spot nodes may be untainted, and `prevent` then rests on nothing: for check, lint and the guard."""
    monkeypatch.chdir(tmp_path)
    both = "{node_selector: {app.iguazio.com/lifecycle: preemptible}, tolerations: [{key: spot, operator: Exists}]}"
    Path("igz-runtime.yaml").write_text(f"cluster:\n  mlrun: {both}\n{groups}")
    fn = job("trainer")
    Path("trainer.yaml").write_text(json.dumps(fn.to_dict()))

    assert [finding.rule for finding in check(fn) if finding.severity == "error"] == ["IGZ101"] * refused
    assert main(["lint"]) == int(refused)
    with projects.guard(), pytest.raises(UnsafeCombination, match="untainted") if refused else nullcontext():
        fn.run(watch=False)
