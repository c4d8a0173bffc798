"""`check(project)` on real MLRun projects: every function, as it is, against what igz-runtime.yaml assigns."""

from __future__ import annotations

import copy
import html
from pathlib import Path
from typing import Any

import mlrun
import pytest

from igz_runtime import Cluster, check, profiles
from igz_runtime.errors import InvalidValue
from igz_runtime.rules import Findings

pytestmark = pytest.mark.usefixtures("nearest_configuration")

CONFIG = """\
functions:
  prepare-*: {profile: production_job, cpu: 2, memory: 8Gi}
  train: {profile: nightly}
profiles: {nightly: {extends: production_job, cpu: 4, memory: 16Gi}}
"""
SPOT, BATCH = {"pool": "spot"}, {"pool": "batch"}
POOLS = {
    "mlrun": {},
    "node_groups": [
        {"name": "spot", "labels": SPOT, "lifecycle": "spot"},
        {"name": "batch", "labels": BATCH, "lifecycle": "on-demand"},
    ],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder, which the process does not stand in."""
    monkeypatch.chdir("/")
    monkeypatch.delenv("IGZ_RUNTIME_ENVIRONMENT", raising=False)
    (tmp_path / ".git").mkdir()
    (tmp_path / "igz-runtime.yaml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def project(folder: Path) -> Any:
    """A project with two functions, each as it is assigned."""
    made = mlrun.projects.MlrunProject.from_dict({"metadata": {"name": "churn"}, "spec": {}})
    made.spec.context = str(folder)
    for name in ("prepare-data", "train"):
        fn = made.set_function(mlrun.new_function(name, kind="job", image="mlrun/mlrun"), name=name)
        config = folder / "igz-runtime.yaml"
        fn.apply(profiles.assigned(name, config=config).replace(cluster=Cluster.iguazio()))
    return made


def said(findings: Findings, *rules: str) -> list[tuple[str, str, str]]:
    return [(each.rule, each.severity, each.function) for each in findings if each.rule in rules]


def message(findings: Findings, rule: str) -> str:
    (found,) = [each.message for each in findings if each.rule == rule]
    return found


def test_functions_with_the_profiles_that_are_assigned_to_them(project: Any) -> None:
    found = check(project)

    assert {each.severity for each in found} <= {"info"}
    assert said(found, "IGZ907", "IGZ908", "IGZ909", "IGZ910") == []
    assert found.unread == ()


def test_a_function_without_a_profile(project: Any) -> None:
    project.set_function(mlrun.new_function("report", kind="job", image="mlrun/mlrun"))
    found = check(project)

    assert said(found, "IGZ908") == [("IGZ908", "info", "report")]
    assert message(found, "IGZ908") == "no profile was applied, and none is assigned"


def test_what_is_assigned_was_never_applied(project: Any) -> None:
    project.set_function(mlrun.new_function("prepare-labels", kind="spark", image="mlrun/mlrun"))
    found = check(project)

    assert said(found, "IGZ908") == [("IGZ908", "warning", "churn"), ("IGZ908", "info", "prepare-labels")]
    assert found[0].message == "profiles are assigned to its functions, and it was not set up"


def test_drift(project: Any) -> None:
    project.get_function("train").with_limits(mem="32Gi", cpu=4)
    found = check(project)

    assert set(said(found, "IGZ907")) == {("IGZ907", "error", "train")}
    assert found[0].refuses


def test_an_older_definition_and_another_profile(project: Any, folder: Path) -> None:
    (folder / "igz-runtime.yaml").write_text(CONFIG.replace("cpu: 4", "cpu: 8").replace("cpu: 2", "cpu: 1"))
    found = check(project)

    assert said(found, "IGZ908", "IGZ909") == [("IGZ909", "warning", "train"), ("IGZ908", "info", "prepare-data")]
    assert message(found, "IGZ908") == (
        "assigned production_job(cpu='1', memory='8Gi', priority='high'), and "
        "production_job(cpu='2', memory='8Gi', priority='high') was applied"
    )


def test_an_assignment_that_matches_no_function(project: Any, folder: Path) -> None:
    (folder / "igz-runtime.yaml").write_text(CONFIG.replace("train:", "trian:"))
    found = check(project)

    assert said(found, "IGZ910") == [("IGZ910", "error", "churn")]
    assert message(found, "IGZ910").endswith("igz-runtime.yaml:3:3: 'trian' matches no function; did you mean 'train'?")


def test_a_configuration_above_the_project_may_be_for_others(project: Any, folder: Path) -> None:
    (folder / "igz-runtime.yaml").write_text(CONFIG.replace("train:", "trian:"))
    (folder / "below").mkdir()
    project.spec.context = str(folder / "below")
    found = check(project)

    assert said(found, "IGZ910") == []
    assert "no function of this project matches 1 assignment of" in found.unread[0]


def test_patterns_that_differ_are_said_of_the_function(project: Any, folder: Path) -> None:
    (folder / "igz-runtime.yaml").write_text(CONFIG.replace("train:", "p*: {profile: nightly}\n  train:"))
    found = check(project)

    assert said(found, "IGZ905") == [("IGZ905", "error", "prepare-data")]
    assert "matches 'prepare-*' and 'p*', which assign different profiles" in message(found, "IGZ905")


def test_severities_of_the_configuration_count(project: Any, folder: Path) -> None:
    project.set_function(mlrun.new_function("report", kind="job", image="mlrun/mlrun"))
    (folder / "igz-runtime.yaml").write_text(f"{CONFIG}rules: {{severities: {{IGZ908: error}}}}\n")

    assert said(Findings(check(project).refusing), "IGZ908") == [("IGZ908", "error", "report")]


def test_a_waiver_counts(project: Any, folder: Path) -> None:
    project.set_function(mlrun.new_function("report", kind="job", image="mlrun/mlrun"))
    waiver = "waivers: [{rule: IGZ908, function: report, project: churn, reason: it only prints}]\n"
    (folder / "igz-runtime.yaml").write_text(f"{CONFIG}rules: {{severities: {{IGZ908: error}}}}\n{waiver}")

    assert check(project).refusing == ()


def test_the_default_node_selector_counts_though_it_is_not_the_current_project(project: Any, folder: Path) -> None:
    (folder / "igz-runtime.yaml").write_text("{}")
    project.set_function(mlrun.new_function("fit", kind="mpijob", image="mlrun/mlrun"))
    cluster = Cluster.from_dict(POOLS)
    assert ("IGZ101", "error", "fit") in said(check(project, cluster), "IGZ101")
    assert not any("default node selector" in each for each in check(project, cluster).unread)

    project.spec.default_function_node_selector = BATCH
    assert said(Findings(check(project, cluster).refusing), "IGZ101") == []


def test_the_environment_of_the_project(project: Any, folder: Path) -> None:
    """Its assignments count, and the cluster has it too."""
    (folder / "igz-runtime.yaml").write_text(
        f"{CONFIG}environments:\n  production:\n    functions: {{train: {{profile: development_job, cpu: 4}}}}\n"
    )
    assert said(check(project), "IGZ908") == []
    project.spec.params = {"environment": "production"}
    assert said(check(project), "IGZ908") == [("IGZ908", "info", "train")]

    profiles.development_job(cpu=4, memory="16Gi").apply(project.get_function("train"), Cluster.iguazio())
    assert said(check(project), "IGZ403") == [("IGZ403", "error", "train")]

    project.spec.params = {"environment": "prod"}
    with pytest.raises(InvalidValue, match="parameter 'environment' of the project: there is no environment 'prod'"):
        check(project)


def test_a_workload_is_of_one_function(project: Any) -> None:
    with pytest.raises(InvalidValue, match="workload: is declared of one function, and this is none"):
        check(project, workload="stateless")


class TestDefinitions:
    """What a loaded project has not made an object of yet."""

    @pytest.fixture
    def loaded(self, folder: Path) -> Any:
        (folder / "functions").mkdir()
        (folder / "functions" / "train.yaml").write_text(
            "kind: job\nmetadata: {name: other}\nspec: {image: mlrun/mlrun, resources: {requests: {memory: 1gi}}}\n"
        )
        (folder / "fit.py").write_text("raise RuntimeError('executed')\n")
        functions = [
            {"name": "prepare-data", "url": "fit.py", "kind": "job", "image": "mlrun/mlrun", "handler": "fit"},
            {"name": "train", "url": "functions/train.yaml"},
            {"name": "describe", "url": "hub://describe"},
            {"name": "notify", "kind": "local", "handler": "notify.main"},
            {"name": "held", "spec": {"kind": "job", "metadata": {"name": "held"}, "spec": {"image": "x"}}},
            {"name": "gone", "url": "functions/gone.yaml"},
        ]
        document = {"kind": "project", "metadata": {"name": "churn"}, "spec": {"functions": functions}}
        made = mlrun.projects.MlrunProject.from_dict(document)
        made.spec.context = str(folder)
        return made

    def test_they_are_judged_as_they_are_defined(self, loaded: Any) -> None:
        found = check(loaded)

        assert said(found, "IGZ205") == [("IGZ205", "error", "train")]
        lacking = [
            ("IGZ908", "warning", "churn"),
            *(("IGZ908", "info", each) for each in ("prepare-data", "train", "held")),
        ]
        assert said(found, "IGZ908") == lacking
        assert said(found, "IGZ910") == []

    def test_what_would_be_fetched_or_is_not_there_was_not_read(self, loaded: Any) -> None:
        fetched, gone = check(loaded).unread

        assert fetched == (
            "function 'describe': it is fetched from hub://describe when it is needed, and was not looked into"
        )
        assert gone.endswith("functions/gone.yaml: cannot be read: No such file or directory")

    def test_nothing_is_synced_or_changed(self, loaded: Any) -> None:
        before = copy.deepcopy(loaded.to_dict())
        check(loaded)

        assert loaded.spec._function_objects == {}
        assert loaded.to_dict() == before

    def test_an_object_that_was_made_meanwhile_counts(self, loaded: Any) -> None:
        fn = loaded.get_function("held")
        fn.apply(profiles.production_job(cpu=1, memory="1Gi"))

        assert "held" not in [name for *_, name in said(check(loaded), "IGZ908")]


def test_a_function_that_is_there_under_its_name_and_its_tag_is_judged_once(project: Any) -> None:
    fn = mlrun.new_function("report", kind="job", image="mlrun/mlrun", tag="v1")
    project.set_function(fn, name="report", tag="v1")

    assert [name for *_, name in said(check(project), "IGZ209")] == ["report"]


def test_it_prints_by_function_and_says_how_many(project: Any) -> None:
    project.set_function(mlrun.new_function("report", kind="job", image="mlrun/mlrun"))
    project.get_function("train").with_limits(mem="32Gi", cpu=4)
    text = str(check(project))

    headings = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert headings[0] == "job 'train' (main)"
    assert "job 'report' (main)" in headings
    assert " in 3 functions" in headings[-1]
    assert "job 'report' (main)" in html.unescape(check(project)._repr_html_())
