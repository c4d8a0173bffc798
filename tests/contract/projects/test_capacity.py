"""What `check(project)` says of node groups: what the functions take, each under the profile that is meant for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mlrun
import pytest

from igz_runtime import Cluster, check, profiles
from igz_runtime.cli import main
from igz_runtime.cluster.capacity import GroupCapacity
from igz_runtime.cluster.facts import Live, Node

pytestmark = pytest.mark.usefixtures("nearest_configuration")

GI = 2**30
SIZE = {"cpu": 16, "memory": "64Gi"}
JOBS = {"name": "jobs", "labels": {"pool": "jobs"}, "lifecycle": "on-demand", "allocatable": SIZE}
SERVICES = {"name": "services", "labels": {"pool": "services"}, "lifecycle": "on-demand", "allocatable": SIZE}
CLUSTER = {"mlrun": {}, "node_groups": [{**JOBS, "least": 0, "most": 4}, {**SERVICES, "least": 2, "most": 2}]}
FUNCTIONS = {
    "etl": {"profile": "production_job", "cpu": 4, "memory": "16Gi", "node_group": "jobs"},
    "train": {"profile": "production_job", "cpu": 8, "memory": "8Gi", "node_group": {"pool": "jobs"}},
    "score": {
        "profile": "production_service",
        "cpu": 2,
        "memory": "4Gi",
        "replicas": 2,
        "node_group": "services",
    },
    "anywhere": {"profile": "development_job", "cpu": 1, "memory": "2Gi"},
}
KINDS = {"score": "serving"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir("/")
    (tmp_path / ".git").mkdir()
    return tmp_path


def project(folder: Path, cluster: Any = CLUSTER, **functions: Any) -> Any:
    """A project whose functions have no profile yet."""
    written = {"cluster": cluster, "functions": functions or FUNCTIONS}
    (folder / "igz-runtime.yaml").write_text(json.dumps(written))
    made = mlrun.projects.MlrunProject.from_dict({"metadata": {"name": "churn"}, "spec": {}})
    made.spec.context = str(folder)
    for name in written["functions"]:
        made.set_function(mlrun.new_function(name, kind=KINDS.get(name, "job"), image="mlrun/mlrun"), name=name)
    return made


def taken(capacity: tuple[GroupCapacity, ...]) -> dict[str, tuple[int, int, int]]:
    """By group, cores, GiB and pods that the functions take."""
    return {
        each.name: (each.guaranteed["cpu"] // 1000, each.guaranteed["memory"] // GI, each.pods) for each in capacity
    }


EXPECTED = {"jobs": (12, 24, 2), "services": (4, 8, 2), "jobs or services": (17, 34, 5)}


def test_every_function_counts_under_the_profile_that_is_assigned(folder: Path) -> None:
    found = check(project(folder))

    assert taken(found.capacity) == EXPECTED
    assert [each for each in found if each.rule == "IGZ212"] == []


def test_and_under_the_one_that_was_applied(folder: Path) -> None:
    made = project(folder)
    for name in FUNCTIONS:
        made.get_function(name).apply(profiles.assigned(name, config=folder / "igz-runtime.yaml"))

    assert taken(check(made).capacity) == EXPECTED


def test_the_command_line_says_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = project(folder)
    entries = [{"name": name, "kind": KINDS.get(name, "job"), "image": "mlrun/mlrun"} for name in FUNCTIONS]
    written = {"kind": "project", "metadata": {"name": "churn"}, "spec": {"functions": entries}}
    (folder / "project.yaml").write_text(json.dumps(written))
    main(["check", str(folder)])
    said = capsys.readouterr().out
    shown = str(check(made))

    for line in ("jobs or services   cpu 17: 18 % of 96 at most", "memory 24Gi: 9 % of 256Gi at most"):
        assert line in shown
        assert line.replace("   cpu", "  cpu") in said
    assert "node groups, with every function Guaranteed and at its replicas:\n" in said


def test_a_live_cluster_says_what_is_there_and_what_is_reserved(folder: Path) -> None:
    offers, used = {"cpu": 16_000, "memory": 64 * GI}, {"cpu": 3000, "memory": 8 * GI}
    nodes = tuple(Node(f"jobs-{i}", {"pool": "jobs"}, (), offers, used, 3, group="jobs") for i in range(2))
    groups = Cluster.from_dict(CLUSTER).node_groups
    found = check(project(folder), Cluster(node_groups=groups, live=Live("2026-11-28T08:00:00Z", "ml", nodes)))
    jobs = found.capacity[0]

    assert (jobs.has["cpu"], jobs.may_have["cpu"], jobs.reserved["cpu"]) == (32_000, 64_000, 6000)
    assert "cpu 12: 38 % of 32 now, 19 % of 64 at most; 6 reserved now" in str(found)
    assert "cpu 12: 38 % of 32 now, 19 % of 64 at most; 6 reserved now" in found._repr_html_()


@pytest.mark.parametrize(
    "cluster",
    [
        {"mlrun": {}},
        {"mlrun": {}, "node_groups": [{"name": "jobs", "labels": {"pool": "jobs"}, "lifecycle": "on-demand"}]},
        {"mlrun": {}, "node_groups": [JOBS]},
    ],
    ids=["no groups", "no sizes", "no bounds"],
)
def test_nothing_is_said_where_the_size_of_the_groups_is_not_known(folder: Path, cluster: Any) -> None:
    found = check(project(folder, cluster, etl={**FUNCTIONS["etl"], "node_group": {"pool": "jobs"}}))

    assert found.capacity == ()
    assert "node groups, with" not in str(found) + found._repr_html_()


def test_more_than_a_group_may_have_is_found_and_can_be_waived(folder: Path) -> None:
    score = {**FUNCTIONS["score"], "cpu": 14, "replicas": 3}
    etl = {**FUNCTIONS["etl"], "memory": "63Gi"}
    many = {f"etl-{i}": etl for i in range(5)}
    found = [each for each in check(project(folder, score=score, **many)) if each.rule == "IGZ212"]

    assert [(each.severity, each.function, each.kind) for each in found] == [
        ("warning", "churn", "project"),
        ("info", "churn", "project"),
    ]
    assert "its services alone use up cpu 42 as Guaranteed pods, and node group 'services' may" in found[0].message
    assert "its functions use up memory 315Gi when all of them run as Guaranteed pods" in found[1].message

    waiver = {"rule": "IGZ212", "reason": "they take turns", "project": "churn"}
    made = project(folder, score=score)
    config = json.loads((folder / "igz-runtime.yaml").read_text())
    (folder / "igz-runtime.yaml").write_text(json.dumps({**config, "waivers": [waiver]}))
    (waived,) = [each for each in check(made) if each.rule == "IGZ212"]
    assert waived.waived


def test_a_function_that_its_profile_cannot_be_planned_for_is_named(folder: Path) -> None:
    found = check(project(folder, etl=FUNCTIONS["etl"], job={**FUNCTIONS["score"]}))

    assert taken(found.capacity) == {"jobs": (4, 16, 1)}
    assert any("what 'job' takes: production_service is for Nuclio" in text for text in found.capacity[0].unknown)
