"""`igz-runtime check` on a project's folder: each function as it will be, and whether anything makes it so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from igz_runtime import profiles
from igz_runtime.cli import main
from tests.unit.cli.checked import CONFIG, PROJECT, SETUP, Checked

pytestmark = pytest.mark.usefixtures("nearest_configuration", "project")


def test_each_function_is_judged_with_the_profile_that_it_will_have(capsys: pytest.CaptureFixture[str]) -> None:
    checked = Checked(capsys)

    assert checked.code == 0
    assert checked.of("IGZ908") == [("report", "info", "project.yaml:8")]
    assert checked.of("IGZ209") == [("report", "info", "project.yaml:8")]
    assert checked.of("IGZ910") == []
    assert checked.notes == ["a function that is fetched (hub://…) is not looked into"]


def test_what_setting_up_would_refuse_is_found_where_the_function_is(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    """By the code that the function runs, too: nothing in its names says training."""
    (project / "igz-runtime.yaml").write_text(CONFIG)
    checked = Checked(capsys)

    assert checked.code == 1
    assert checked.of("IGZ101") == [("train", "error", "project.yaml:6")]
    assert "its code trains: loss.backward at train.py:6" in checked.said("IGZ101")
    assert checked.said("IGZ101").endswith("; spot_stateless is assigned")
    assert "IGZ209" not in [each.rule for each in checked.found if each.function == "train"]


def test_a_function_with_a_profile_is_judged_as_it_is_and_setting_up_may_still_refuse(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    score = project / "functions" / "score.yaml"
    profiles.production_job(cpu=1, memory="2Gi").apply(score)
    assert [each.rule for each in Checked(capsys).found if each.function == "score"] == ["IGZ210"]

    score.write_text(score.read_text().replace("priority_class_name: igz-workload-high", "preemption_mode: none"))
    critical = "score: {profile: spot_stateless, cpu: 1, memory: 2Gi, workload: mission-critical}"
    (project / "igz-runtime.yaml").write_text(f"functions:\n  {critical}\n")
    found = {each.rule: each.message for each in Checked(capsys).found if each.function == "score"}
    assert "priority class is" in found["IGZ907"]
    assert found["IGZ102"].endswith("; spot_stateless is assigned")
    assert found["IGZ908"].endswith("and production_job(cpu='1', memory='2Gi', priority='high') was applied")


def test_a_profile_that_cannot_be_applied(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    (project / "igz-runtime.yaml").write_text(
        "functions:\n  train: {profile: production_service, cpu: 1, memory: 2Gi}\n"
        "  s*: {profile: production_job}\n  sc*: {profile: production_job, cpu: 1, memory: 2Gi}\n"
    )
    checked = Checked(capsys)

    assert checked.code == 1
    assert checked.of("IGZ905") == [
        ("score", "error", "functions/score.yaml:1"),
        ("train", "error", "project.yaml:6"),
    ]
    ambiguous, wrong = [each.message for each in checked.found if each.rule == "IGZ905"]
    assert "matches 's*' and 'sc*', which assign different profiles" in ambiguous
    assert "is for Nuclio, serving and application functions" in wrong


def test_a_waiver_of_the_configuration_counts_in_the_plan(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    waiver = "waivers:\n- {rule: IGZ101, project: churn, function: train, reason: resubmitted by cron every hour}\n"
    (project / "igz-runtime.yaml").write_text(CONFIG + waiver)
    checked = Checked(capsys)

    assert checked.code == 0
    assert [each.function for each in checked.found if each.rule == "IGZ101"] == ["train"]


def test_a_comment_waives_nothing_that_setting_up_would_refuse(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    """`setup` reads no comments."""
    (project / "igz-runtime.yaml").write_text(CONFIG)
    (project / "project.yaml").write_text(
        PROJECT.replace("  - {name: train", "  # igz-runtime: waive IGZ101 resubmitted by cron\n  - {name: train")
    )

    assert Checked(capsys).code == 1


def test_severities_of_the_configuration_count(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    config = project / "igz-runtime.yaml"
    config.write_text(f"{config.read_text()}rules: {{severities: {{IGZ908: error}}}}\n")
    checked = Checked(capsys)

    assert checked.code == 1
    assert checked.of("IGZ908") == [("report", "error", "project.yaml:8")]


def test_without_a_configuration_every_function_lacks_a_profile(capsys: pytest.CaptureFixture[str]) -> None:
    checked = Checked(capsys, "--no-config")

    assert checked.code == 0
    assert [each.function for each in checked.found if each.rule == "IGZ908"] == [
        "score",
        "prepare-data",
        "train",
        "report",
    ]


@pytest.mark.parametrize(("file", "place"), [("src/train.py", 6), ("functions/score.yaml", 7)])
def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str], project: Path, file: str, place: int) -> None:
    """MLRun raises when it makes the function, and so does setting the project up."""
    (project / file).unlink()
    checked = Checked(capsys)

    assert checked.code == 1
    assert checked.of("IGZ901") == [(None, "error", f"project.yaml:{place}")]
    assert checked.said("IGZ901") == f"{file}: there is no such file beside the project"


class TestEnvironments:
    @pytest.fixture(autouse=True)
    def config(self, project: Path) -> None:
        (project / "igz-runtime.yaml").write_text(
            f"{CONFIG.replace('spot_stateless', 'production_job')}"
            "environments:\n  production: {functions: {train: {profile: development_job}}}\n  staging: {}\n"
        )

    def test_an_option(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The cluster that is judged on gets the environment as well: development work is refused there."""
        assert Checked(capsys).of("IGZ403") == []
        assert [each[:2] for each in Checked(capsys, "--environment", "production").of("IGZ403")] == [
            ("train", "error")
        ]

    def test_the_variable(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", "production")
        assert Checked(capsys).of("IGZ403") != []
        assert Checked(capsys, "--environment", "staging").of("IGZ403") == []

    def test_a_parameter_of_the_project(self, capsys: pytest.CaptureFixture[str], project: Path) -> None:
        (project / "project.yaml").write_text(f"{PROJECT}  params: {{environment: production}}\n")
        assert Checked(capsys).of("IGZ403") != []
        (project / "project.yaml").write_text(f"{PROJECT}  params: {{environment: prodution}}\n")
        checked = Checked(capsys)
        assert checked.of("IGZ905") == [("churn", "error", "project.yaml:11")]
        assert checked.said("IGZ905") == "there is no environment 'prodution'; did you mean 'production'?"

    def test_one_that_there_is_not(self, capsys: pytest.CaptureFixture[str]) -> None:
        checked = Checked(capsys, "--environment", "stagin")
        assert (checked.code, checked.out) == (2, "")
        assert checked.err == "igz-runtime: environment: there is no environment 'stagin'; did you mean 'staging'?\n"


class TestAssignments:
    def test_one_that_matches_nothing_is_an_error_at_its_place(
        self, capsys: pytest.CaptureFixture[str], project: Path
    ) -> None:
        (project / "igz-runtime.yaml").write_text(f"{CONFIG}  trian-*: {{profile: production_job}}\n")
        checked = Checked(capsys)

        assert checked.code == 1
        assert checked.of("IGZ910") == [(None, "error", "igz-runtime.yaml:5")]
        assert checked.said("IGZ910") == "'trian-*' matches no function; did you mean 'train*'?"

    @pytest.mark.parametrize("name", ["describe", "notify", "later", "stepped"])
    def test_functions_that_are_fetched_run_here_or_are_made_by_code_count(
        self, capsys: pytest.CaptureFixture[str], project: Path, name: str
    ) -> None:
        (project / "project_setup.py").write_text(
            "from igz_runtime import projects\n\ndef setup(project):\n"
            "    project.set_function('src/later.py', name='later', kind='job')\n    return projects.setup(project)\n"
        )
        (project / "flow.py").write_text(
            "import mlrun\n\ndef pipeline():\n    fn = mlrun.code_to_function('stepped', kind='job', filename='a.py')\n"
        )
        workflows = "  workflows:\n  - {name: main, path: flow.py, run_setup: true}\n"
        (project / "project.yaml").write_text(PROJECT + workflows)
        assigned = f"  {name}: {{profile: production_job, cpu: 1, memory: 1Gi}}\n"
        (project / "igz-runtime.yaml").write_text(CONFIG.replace("spot_stateless", "production_job") + assigned)

        assert Checked(capsys).of("IGZ910") == []

    def test_it_cannot_be_known_where_code_hides_a_name(
        self, capsys: pytest.CaptureFixture[str], project: Path
    ) -> None:
        (project / "project_setup.py").write_text(
            "import os\nfrom igz_runtime import projects\n\ndef setup(project):\n"
            "    project.set_function('a.py', name=os.environ['NAME'], kind='job')\n"
            "    return projects.setup(project)\n"
        )
        (project / "igz-runtime.yaml").write_text(f"{CONFIG}  trian-*: {{profile: production_job}}\n")
        checked = Checked(capsys)

        assert checked.of("IGZ910") == []
        assert "IGZ910 on 1 assignment: code makes functions whose names are not known" in checked.notes

    def test_a_configuration_above_the_project_may_be_for_others(
        self, capsys: pytest.CaptureFixture[str], project: Path
    ) -> None:
        for name in ("project.yaml", "project_setup.py", "src", "functions"):
            (project / "churn").mkdir(exist_ok=True)
            (project / name).rename(project / "churn" / name)
        (project / "igz-runtime.yaml").write_text(f"{CONFIG}  other-*: {{profile: production_job}}\n")
        checked = Checked(capsys, "churn")

        assert checked.of("IGZ910") == []
        assert checked.of("IGZ101") == [("train", "error", "churn/project.yaml:6")]
        assert any("IGZ910: no function of this project matches 1 assignment" in each for each in checked.notes)


class TestWrongUse:
    @pytest.mark.parametrize(
        ("path", "text", "says"),
        [
            ("nowhere", None, "nowhere: there is no such file or folder"),
            ("src", None, "src: there is no project.yaml in this folder; `igz-runtime lint src` checks files"),
            ("functions/score.yaml", None, "functions/score.yaml: is not a project of MLRun: `kind: project` is req"),
            ("project.yaml", "kind: [\n", "project.yaml:2:1: is not YAML"),
            ("project.yaml", f"{PROJECT}---\n{PROJECT}", "project.yaml:12:1: a second project; one is required"),
            ("project.yaml", "- a\n", "project.yaml: is not a project of MLRun"),
            ("project.yaml", "", "project.yaml: is not a project of MLRun"),
        ],
    )
    def test_one_sentence_and_exit_code_2(
        self, capsys: pytest.CaptureFixture[str], project: Path, path: str, text: str | None, says: str
    ) -> None:
        if text is not None:
            (project / path).write_text(text)
        checked = Checked(capsys, path)

        assert (checked.code, checked.out) == (2, "")
        assert checked.err.startswith(f"igz-runtime: {says}")
        assert checked.err.count("\n") == 1

    def test_a_wrong_configuration_is_said_with_its_places(
        self, capsys: pytest.CaptureFixture[str], project: Path
    ) -> None:
        (project / "igz-runtime.yaml").write_text("functions:\n  train: {profile: produktion_job}\n")
        checked = Checked(capsys)

        assert checked.code == 2
        assert checked.err.startswith("igz-runtime: igz-runtime.yaml:2:")
        assert "did you mean 'production_job'?" in checked.err


def test_the_configuration_is_that_of_the_project_and_not_of_the_working_directory(
    capsys: pytest.CaptureFixture[str], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    assert [each[0] for each in Checked(capsys, str(project)).of("IGZ908")] == ["report"]


def test_a_project_in_a_file_of_another_name(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    (project / "project.yaml").rename(project / "churn.yaml")
    (project / "project_setup.py").unlink()
    checked = Checked(capsys, "churn.yaml")

    assert checked.of("IGZ908") == [("churn", "warning", "churn.yaml:1"), ("report", "info", "churn.yaml:8")]


def test_a_baseline_and_another_format(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    (project / "igz-runtime.yaml").write_text(CONFIG)
    assert main(["check", "--write-baseline", "baseline.json"]) == 0
    assert main(["check", "--baseline", "baseline.json"]) == 0
    assert main(["check", "--output", "report.sarif", "--fail-on", "never"]) == 0
    assert (project / "report.sarif").is_file()
    capsys.readouterr()


def test_it_starts_without_mlrun_and_kubernetes_and_runs_nothing(project: Path) -> None:
    (project / "project_setup.py").write_text(f"{SETUP}\nraise RuntimeError('executed')\n")
    (project / "src" / "train.py").write_text("raise RuntimeError('executed')\n")
    unused = {"mlrun", "kubernetes", "nuclio", "kfp", "rich", "igz_runtime.report.text", "igz_runtime.projects"}
    code = f"from igz_runtime.__main__ import main; import sys; main(); print({unused} & set(sys.modules))"

    asked = [sys.executable, "-c", code, "check"]
    told = subprocess.run(asked, cwd=project, capture_output=True, text=True, check=True).stdout

    assert told.splitlines()[-1] == "set()"
    assert "executed" not in told
