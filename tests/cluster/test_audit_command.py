"""`igz-runtime audit` on a real API server: with the rights that we ship, with none, and on what it saved."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from igz_runtime.cli import main
from tests.cluster.control_plane import ControlPlane, namespace_of_its_own
from tests.cluster.rights import allowed, shipped
from tests.cluster.shapes import Group, priority_classes

Plain = dict[str, Any]
POOL = "company.example/pool"
GROUPS = (
    Group("initial", {POOL: "initial", "eks.amazonaws.com/capacityType": "SPOT"}),
    Group("jobs", {POOL: "jobs", "eks.amazonaws.com/capacityType": "ON_DEMAND"}),
)
DESCRIBED = f"""\
cluster:
  environment: production
  node_groups:
  - {{name: initial, labels: {{{POOL}: initial}}, core: true, least: 2, most: 2}}
  - {{name: jobs, labels: {{{POOL}: jobs}}}}
"""
TRAIN: Plain = {
    "metadata": {
        "name": "train-1",
        "labels": {"mlrun/class": "job", "mlrun/project": "churn", "mlrun/function": "train", "mlrun/uid": "1"},
    },
    "spec": {
        "nodeName": "command-jobs-0",
        "containers": [{"name": "base", "image": "i", "env": [{"name": "KEY", "value": "hunter2"}]}],
    },
}


@pytest.fixture(scope="module", autouse=True)
def cluster(kubernetes: Any) -> Iterator[None]:
    """Nodes that only a description tells apart, Iguazio's priority classes, and a pod of a job."""
    from kubernetes.client import CoreV1Api

    core, nodes = CoreV1Api(kubernetes), [node for group in GROUPS for node in group.nodes("command")]
    for node in nodes:
        core.create_node(node)
    with priority_classes(kubernetes, preemptionPolicy="Never"), namespace_of_its_own(kubernetes) as namespace:
        core.create_namespaced_pod(namespace, TRAIN)
        yield
    for node in nodes:
        core.delete_node(node["metadata"]["name"])


@pytest.fixture(scope="module")
def auditor(control_plane: ControlPlane, kubernetes: Any) -> Iterator[str]:
    """The kubeconfig of a user with the rights that we ship for an audit."""
    rules = [*shipped("igz-runtime-reader")["rules"], *shipped("igz-runtime-auditor")["rules"]]
    with allowed(kubernetes, "reader", rules):
        config = str(control_plane.kubeconfig_of("reader"))
        until = time.monotonic() + 10
        while main(["audit", "--kubeconfig", config, "-o", "json=/dev/null"]) == 3:
            assert time.monotonic() < until, "the API server did not take the user's rights up"
        yield config


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration that describes the cluster."""
    (tmp_path / "igz-runtime.yaml").write_text(DESCRIBED)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IGZ_RUNTIME_CONFIG", "igz-runtime.yaml")
    return tmp_path


def audited(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Plain]:
    code = main(["audit", *arguments, "--format", "json"])
    out, err = capsys.readouterr()
    assert err == ""
    report: Plain = json.loads(out)
    return code, report


def test_without_any_right_nothing_is_read_and_the_report_says_so(
    capsys: pytest.CaptureFixture[str], control_plane: ControlPlane
) -> None:
    code = main(["audit", "--kubeconfig", str(control_plane.kubeconfig_of("stranger"))])
    out, err = capsys.readouterr()

    assert code == 3
    assert 'nodes: this user may not (nodes is forbidden: User "stranger" cannot list resource "nodes"' in out
    assert "no findings" in out
    assert err == ""


def test_with_the_rights_that_we_ship_everything_is_read(capsys: pytest.CaptureFixture[str], auditor: str) -> None:
    code, report = audited(capsys, "--kubeconfig", auditor)
    groups = {each["name"]: each for each in report["groups"]}
    found = {each["rule"]: each for each in report["findings"]}

    assert code == 1
    assert [each["because"] for each in report["unchecked"] if "may not" in each["because"]] == []
    assert (report["environment"], report["summary"]["nodes"]) == ("production", 2)
    assert (groups["initial"]["core"], groups["initial"]["bounds"]["most"]) == (True, 2)
    assert groups["jobs"]["user_pods"] == 1
    assert (found["IGZ601"]["function"], found["IGZ601"]["kind"]) == ("initial", "node group")
    assert (found["IGZ611"]["function"], found["IGZ611"]["project"]) == ("train", "churn")
    assert found["IGZ611"]["group"] == "jobs"
    assert report["uid"]


def test_what_was_saved_is_judged_as_it_was_live(
    capsys: pytest.CaptureFixture[str], auditor: str, folder: Path
) -> None:
    code, live = audited(capsys, "--kubeconfig", auditor, "--save", "cluster.json")
    again, saved = audited(capsys, "--cluster", "cluster.json")

    assert "hunter2" not in (folder / "cluster.json").read_text()
    assert (again, saved) == (code, live)


def test_formats_for_files_name_the_context(capsys: pytest.CaptureFixture[str], auditor: str) -> None:
    main(["audit", "--kubeconfig", auditor, "--format", "sarif"])
    (result, *_) = json.loads(capsys.readouterr().out)["runs"][0]["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "kubernetes/test"


def test_without_the_auditors_part_the_rest_is_judged(
    capsys: pytest.CaptureFixture[str], control_plane: ControlPlane, kubernetes: Any
) -> None:
    with allowed(kubernetes, "stranger", shipped("igz-runtime-reader")["rules"]):
        config, until = str(control_plane.kubeconfig_of("stranger")), time.monotonic() + 10
        code, report = audited(capsys, "--kubeconfig", config)
        while code == 3 and time.monotonic() < until:
            code, report = audited(capsys, "--kubeconfig", config)

    assert code == 1
    assert {"IGZ601", "IGZ611"} <= {each["rule"] for each in report["findings"]}
    unread = [each["because"] for each in report["unchecked"] if "may not" in each["because"]]
    assert any("nucliofunctions" in each or "deployments" in each for each in unread)
