"""Lint on what MLRun and KFP themselves write: exported functions, saved projects, compiled pipelines."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import mlrun
import pytest
from mlrun.projects.pipelines import pipeline_context

from igz_runtime.lint.judging import lint_text
from igz_runtime.lint.results import Report
from igz_runtime.lint.run import Run
from igz_runtime.lint.settings import Settings
from igz_runtime.lint.walk import files_under
from tests.kinds import OF_MLRUN

PIPELINE = Path(__file__).parents[2] / "examples" / "pipeline.py"


def found(report: Report) -> set[tuple[str, str]]:
    return {(located.finding.rule, located.finding.function) for located in report.findings}


def line_of(report: Report, rule: str) -> int:
    return next(located.position.line for located in report.findings if located.finding.rule == rule)


class TestFunctionFiles:
    @pytest.mark.parametrize("kind", OF_MLRUN)
    def test_a_new_function_of_every_kind_draws_advice_and_nothing_worse(self, kind: str) -> None:
        text = mlrun.new_function("etl", kind=kind, image="mlrun/mlrun").to_yaml()

        report = lint_text("function.yaml", text)

        assert report.functions == 1
        assert {located.finding.severity for located in report.findings} <= {"info"}

    @pytest.mark.parametrize("kind", ["job", "dask", "mpijob", "remote", "application"])
    def test_what_a_setter_wrote_is_found_on_its_line(self, kind: str) -> None:
        fn = mlrun.new_function("etl", kind=kind, image="mlrun/mlrun")
        fn.spec.preemption_mode = "Allow"
        lines = fn.to_yaml().split("\n")

        report = lint_text("function.yaml", "\n".join(lines))

        assert lines[line_of(report, "IGZ110") - 1].strip() == "preemption_mode: Allow"

    def test_spark_s_own_fields(self) -> None:
        fn = mlrun.new_function("etl", kind="spark", image="mlrun/mlrun")
        fn.with_driver_requests(mem="4g", cpu=1)
        fn.with_executor_preemption_mode("allow")
        fn.with_executor_requests(mem="4g", cpu=1)
        lines = fn.to_yaml().split("\n")

        report = lint_text("function.yaml", "\n".join(lines))

        assert lines[line_of(report, "IGZ101") - 1].strip() == "executor_preemption_mode: allow"

    def test_export_to_a_file(self, tmp_path: Path) -> None:
        fn = mlrun.new_function("trainer", kind="job", image="mlrun/mlrun")
        fn.with_preemption_mode("allow")
        target = tmp_path / "function.yaml"
        fn.export(str(target), strip=False)

        assert ("IGZ101", "trainer") in found(lint_text(target.name, target.read_bytes()))


class TestProjects:
    @pytest.mark.usefixtures("project_of_its_own")
    def test_a_saved_project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        project = mlrun.new_project("churn", context=str(tmp_path), save=False)
        scorer = mlrun.new_function("scorer", kind="job", image="mlrun/mlrun")
        scorer.spec.state_thresholds = {"pending_not_schedule": "1h"}
        project.set_function(scorer)
        trainer = mlrun.new_function("trainer", kind="job", image="mlrun/mlrun")
        trainer.with_preemption_mode("allow")
        trainer.export(str(tmp_path / "trainer.yaml"), strip=False)
        project.set_function("trainer.yaml", name="trainer")
        project.export(str(tmp_path / "project.yaml"))
        pipeline_context.clear(with_project=True)  # else it is the current one in the tests after this
        monkeypatch.chdir(tmp_path)

        run = Run(Settings(), jobs=1)
        run.files(files_under(["project.yaml"]))
        report = run.report()

        assert {located.file for located in report.findings} >= {"trainer.yaml"}
        assert ("IGZ101", "trainer") in found(report)
        assert report.functions >= 2


@pytest.fixture(scope="module")
def workflow(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The example's pipeline, compiled by KFP in a process of its own."""
    target = tmp_path_factory.mktemp("pipeline") / "churn.yaml"
    subprocess.run([sys.executable, str(PIPELINE), str(target)], check=True, capture_output=True)
    return target.read_text()


@pytest.mark.skipif(importlib.util.find_spec("kfp") is None, reason="needs mlrun[kfp18]")
class TestPipelines:
    def test_every_step_is_judged(self, workflow: str) -> None:
        report = lint_text("churn.yaml", workflow)

        assert report.functions == 3
        assert not report.unreadable
        assert {located.finding.role for located in report.findings} <= {"step"}

    def test_what_a_step_asks_for_is_found_on_its_line(self, workflow: str) -> None:
        text = workflow.replace("igz-workload-high", "igz-system-critical")
        report = lint_text("churn.yaml", text)

        assert "igz-system-critical" in text.split("\n")[line_of(report, "IGZ302") - 1]
        assert ("IGZ302", "trainer-train") in found(report)
