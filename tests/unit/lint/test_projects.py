"""Lint judges a project's functions with what the project gives to them, wherever it is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from igz_runtime.cli import main
from igz_runtime.lint.results import Report
from igz_runtime.lint.run import Run
from igz_runtime.lint.settings import load_settings
from igz_runtime.lint.walk import files_under

pytestmark = pytest.mark.usefixtures("nearest_configuration")

CONFIG = """\
functions:
  train: {profile: production_job, cpu: 1, memory: 2Gi}
  train-own: {profile: production_job, cpu: 1, memory: 2Gi}
"""
GROUPS = """\
cluster:
  mlrun: {}
  node_groups:
  - {name: spot, labels: {pool: spot}, lifecycle: spot}
  - {name: batch, labels: {pool: batch}, lifecycle: on-demand}
"""
PROJECT = """\
kind: project
metadata: {name: churn}
spec:
  default_function_node_selector: {pool: batch}
  functions:
  - {name: train, url: functions/train.yaml}
"""
FUNCTION = "kind: job\nmetadata: {name: called-otherwise}\nspec: {image: mlrun/mlrun, default_handler: train}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("IGZ_RUNTIME_ENVIRONMENT", raising=False)
    repository = tmp_path / "repository"
    for below in (".git", "functions"):
        (repository / below).mkdir(parents=True)
    (repository / "functions" / "train.yaml").write_text(FUNCTION)
    (repository / "project.yaml").write_text(PROJECT)
    monkeypatch.chdir(repository)
    return repository


def linted(*paths: str, jobs: int = 1) -> Report:
    run = Run(load_settings(Path("igz-runtime.yaml")), jobs)
    run.files(files_under(paths))
    return run.report()


def found(report: Report) -> list[tuple[str, str, str]]:
    return [(one.finding.rule, one.finding.function, one.file) for one in report.findings]


@pytest.mark.parametrize("paths", [("functions/train.yaml",), (".",), ("project.yaml",), ("functions", "project.yaml")])
def test_a_function_has_the_name_the_selector_and_the_profile_of_its_project(
    folder: Path, paths: tuple[str, ...]
) -> None:
    """Whether the file is named by itself, walked to, or followed from the project: the verdict is the same."""
    (folder / "igz-runtime.yaml").write_text(GROUPS)
    assert found(linted(*paths)) == [("IGZ209", "train", "functions/train.yaml")]

    (folder / "igz-runtime.yaml").write_text(f"{GROUPS}{CONFIG}")
    assert [rule for rule, name, _ in found(linted(*paths)) if name == "train"] == ["IGZ210"]

    (folder / "project.yaml").unlink()
    assert {rule for rule, *_ in found(linted("functions"))} >= {"IGZ101", "IGZ209", "IGZ908"}


def test_a_project_beside_names_a_file_that_is_not_below_it(folder: Path) -> None:
    (folder / "igz-runtime.yaml").write_text(f"{GROUPS}{CONFIG}")
    (folder / "churn").mkdir()
    (folder / "project.yaml").rename(folder / "churn" / "project.yaml")
    (folder / "churn" / "project.yaml").write_text(PROJECT.replace("functions/train.yaml", "../functions/train.yaml"))

    assert [rule for rule, name, _ in found(linted(".")) if name == "train"] == ["IGZ210"]


def test_a_function_in_no_project_is_judged_as_it_is(folder: Path) -> None:
    (folder / "igz-runtime.yaml").write_text(CONFIG)
    (folder / "functions" / "train-own.yaml").write_text(FUNCTION.replace("called-otherwise", "train-own"))
    report = linted("functions/train-own.yaml")

    assert {rule for rule, *_ in found(report)} >= {"IGZ209", "IGZ908"}
    (said,) = [one.finding.message for one in report.findings if one.finding.rule == "IGZ908"]
    assert said == "assigned production_job(cpu='1', memory='2Gi', priority='high'), and no profile was applied"


def test_of_patterns_that_differ_a_function_in_no_project_hears_beside_its_other_findings(folder: Path) -> None:
    (folder / "igz-runtime.yaml").write_text(
        "functions:\n  own-*: {profile: production_job, cpu: 1, memory: 1Gi}\n"
        "  '*-own': {profile: production_job, cpu: 2, memory: 1Gi}\n"
    )
    (folder / "functions" / "own.yaml").write_text(FUNCTION.replace("called-otherwise", "own-own"))

    assert {rule for rule, *_ in found(linted("functions/own.yaml"))} >= {"IGZ905", "IGZ209"}


def test_where_nothing_is_assigned_nobody_asks_for_a_profile(folder: Path) -> None:
    (folder / "igz-runtime.yaml").write_text("profiles: {nightly: {extends: production_job}}")
    assert "IGZ908" not in {rule for rule, *_ in found(linted("."))}


@pytest.mark.parametrize(
    ("code", "silent"),
    [
        ("fn = mlrun.new_function('etl', kind='job', image='x')", False),
        ("fn = mlrun.new_function('etl', kind='job')\nfn.apply(profiles.production_job(cpu=1, memory='1Gi'))", True),
        ("fn = mlrun.import_function('hub://etl')\nfn.with_limits(mem='1Gi')", True),
        ("fn = mlrun.new_function(os.environ['NAME'], kind='job', image='x')", True),
        ("fn = mlrun.new_function('etl', kind='job', image='x')\nhanded_over(fn)", True),
        ("fn = mlrun.new_function('etl', kind='local')", True),
    ],
)
def test_of_a_function_whose_record_or_name_code_does_not_say_nothing_is_said(
    folder: Path, code: str, *, silent: bool
) -> None:
    (folder / "igz-runtime.yaml").write_text(CONFIG)
    (folder / "factory.py").write_text(f"import os\nimport mlrun\nfrom igz_runtime import profiles\n{code}\n")

    assert ("IGZ908" not in {rule for rule, *_ in found(linted("factory.py"))}) is silent


def test_many_files_are_judged_alike_by_several_processes(folder: Path) -> None:
    (folder / "igz-runtime.yaml").write_text(CONFIG)
    for number in range(160):
        (folder / f"etl-{number}.yaml").write_text(FUNCTION)

    assert found(linted(".", jobs=2)) == found(linted(".", jobs=1))


class TestUnmatchedAssignments:
    """Said where all below the configuration's folder was looked into, and never else."""

    @pytest.fixture(autouse=True)
    def config(self, folder: Path) -> None:
        (folder / "igz-runtime.yaml").write_text(CONFIG)

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ((), True),
            ((".",), True),
            (("..",), True),
            (("functions/train.yaml",), False),
            (("project.yaml",), False),
            (("functions", "project.yaml"), False),
            (("--found", "functions/train.yaml", "project.yaml"), False),
            ((".", "--ignore", "IGZ910"), False),
        ],
    )
    def test_by_what_was_looked_into(
        self, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], *, said: bool
    ) -> None:
        main(["lint", *arguments, "--config", "igz-runtime.yaml"])
        printed = capsys.readouterr().out

        assert ("IGZ910 error  'train-own' matches no function; did you mean 'train'?" in printed) is said

    def test_a_function_anywhere_is_enough(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        (folder / "factory.py").write_text(
            "import mlrun\nfn = mlrun.new_function('train-own', kind='job', image='x')\n"
        )
        main(["lint"])

        assert "IGZ910" not in capsys.readouterr().out

    def test_an_environment_has_assignments_as_well(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        (folder / "igz-runtime.yaml").write_text(
            "functions: {train: {profile: production_job, cpu: 1, memory: 1Gi}}\n"
            "environments:\n  staging:\n    functions:\n      tain: {profile: development_job, cpu: 1, memory: 1Gi}\n"
        )
        assert main(["lint", ".", "--format", "github"]) == 1
        assert "::error file=igz-runtime.yaml,line=5," in capsys.readouterr().out
