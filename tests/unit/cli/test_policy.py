"""`igz-runtime policy`: where the cluster comes from, what is printed where, and what is said when it cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from igz_runtime.audit import admission_policies
from igz_runtime.audit.policies.exporting import removal
from igz_runtime.cli import main
from igz_runtime.cluster import Cluster
from igz_runtime.cluster.facts import Live
from igz_runtime.cluster.node_groups import NodeGroup

GROUPS = (NodeGroup("jobs", {"pool": "jobs"}, lifecycle="on-demand"), NodeGroup("initial", core=True))
UNREAD = {"nodes": "this user may not (403)"}
CLUSTER = Cluster(node_groups=GROUPS, environment="production", priority_classes=("low",))
LIVE = Live("2026-11-28T05:00:00Z", "ml", unknown=UNREAD, version="v1.28.4")

pytestmark = pytest.mark.usefixtures("nearest_configuration")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    CLUSTER.save(tmp_path / "cluster.yaml")
    replace(CLUSTER, live=LIVE).save(tmp_path / "saved.json")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


class Said:
    """What a call printed, and its exit code."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        self.code = main(["policy", *arguments])
        self.out, self.err = capsys.readouterr()
        assert "Traceback" not in self.out + self.err
        assert "defect" not in self.err


DESCRIBED = ("--cluster", "cluster.yaml", "--namespace", "ml")


def test_it_prints_what_the_library_makes(capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, *DESCRIBED, "--namespace", "team", "--enforce", "IGZ302,IGZ4", "--require-profile", "team")
    made = admission_policies(
        Cluster.load("cluster.yaml"), namespaces=["ml", "team"], enforce=["IGZ302", "IGZ4"], require_profile=["team"]
    )

    assert said.code == 0
    assert said.out == made.to_yaml()
    assert said.err.startswith("igz-runtime: in ml, team IGZ302, IGZ401, IGZ402, IGZ403, IGZ404")
    assert len(said.err.splitlines()) == 1


def test_what_is_not_carried_over_is_said_beside_the_stream(capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, "--cluster", "saved.json", "--namespace", "ml")

    assert said.code == 0
    assert list(yaml.safe_load_all(said.out))[-1]["spec"]["unread"] is True
    first, second, _ = said.err.splitlines()
    assert "Kubernetes 1.28" in first
    assert "nodes: this user may not (403)" in second


def test_the_environment_and_the_configuration_count_as_elsewhere(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "igz-runtime.yaml").write_text("rules: {ignore: [IGZ402]}\n")
    (folder / "other.yaml").write_text("rules: {ignore: [IGZ401]}\n")

    def facts(*arguments: str) -> object:
        *_, last = yaml.safe_load_all(Said(capsys, *DESCRIBED, *arguments).out)
        return last["spec"]["environment"], [*last["spec"].get("rules", ())]

    assert facts() == ("production", ["IGZ402"])
    assert facts("--config", "other.yaml") == ("production", ["IGZ401"])
    assert facts("--no-config", "--environment", "development") == ("development", [])
    monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", "development")
    assert facts("--no-config") == ("development", [])


def test_inline_and_removal_print_what_belongs_to_them(capsys: pytest.CaptureFixture[str]) -> None:
    inline = list(yaml.safe_load_all(Said(capsys, *DESCRIBED, "--inline").out))
    removed = list(yaml.safe_load_all(Said(capsys, "--remove").out))
    removed_inline = list(yaml.safe_load_all(Said(capsys, "--remove", "--inline").out))

    assert [each["kind"] for each in inline] == [
        *["ValidatingAdmissionPolicy"] * 2,
        *["ValidatingAdmissionPolicyBinding"] * 2,
    ]
    assert removed == list(removal())
    assert removed_inline == list(removal(inline=True))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--cluster", "cluster.yaml"), "--namespace: at least one is required"),
        ((*DESCRIBED, "--context", "a"), "--context is for a live cluster, and --cluster names a file"),
        ((*DESCRIBED, "--kubeconfig", "a"), "--kubeconfig is for a live cluster"),
        ((*DESCRIBED, "--timeout", "5"), "--timeout is for a live cluster"),
        ((*DESCRIBED, "--namespace", "kube-system"), "'kube-system' is Kubernetes' own"),
        ((*DESCRIBED, "--enforce", "IGZ999"), "enforce: there is no rule 'IGZ999'"),
        ((*DESCRIBED, "--require-profile", "mll"), "'mll' is not among the namespaces"),
        ((*DESCRIBED, "--environment", "staging"), "'staging' is not one of"),
        ((*DESCRIBED, "--config", "other.yaml"), "other.yaml: there is no such file"),
        (("--cluster", "other.json", "--namespace", "ml"), "other.json: cannot be read"),
        (
            ("--remove", "--enforce", "IGZ302"),
            "--remove takes all of it away, whatever was asked",
        ),
        (("--remove", "--namespace", "ml"), "leave out --namespace"),
        (("--namespace", "ml"), "no kubeconfig can be read (~/.kube/config, as $KUBECONFIG names none): "),
    ],
)
def test_usage(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str) -> None:
    said = Said(capsys, *arguments)

    assert said.code == 2
    assert said.out == ""
    assert says in said.err


def test_a_cluster_that_cannot_be_reached(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    cluster = {"clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:9"}}]}
    named = {
        "users": [{"name": "a", "user": {}}],
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
    }
    (folder / "closed.yaml").write_text(yaml.safe_dump({**cluster, **named, "current-context": "a"}))

    said = Said(capsys, "--kubeconfig", "closed.yaml", "--namespace", "ml")

    assert said.code == 3
    assert said.out == ""
