"""`igz-runtime policy`: where the cluster comes from, what is printed where, and what is said when it cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from igz_runtime.audit import admission_policies
from igz_runtime.audit.policies.exporting import removal
from igz_runtime.cluster import Cluster
from igz_runtime.cluster.facts import Live
from igz_runtime.cluster.node_groups import NodeGroup
from tests.unit.cli.called import Called

GROUPS = (NodeGroup("jobs", {"pool": "jobs"}, lifecycle="on-demand"), NodeGroup("initial", core=True))
UNREAD = {"nodes": "this user may not (403)"}
CLUSTER = Cluster(node_groups=GROUPS, environment="production", priority_classes=("low",))
LIVE = Live("2026-11-28T05:00:00Z", "ml", unknown=UNREAD, version="v1.28.4")

pytestmark = pytest.mark.usefixtures("nearest_configuration")


@pytest.fixture(autouse=True)
def folder(empty_home: Path) -> Path:
    CLUSTER.save(empty_home / "cluster.yaml")
    replace(CLUSTER, live=LIVE).save(empty_home / "saved.json")
    return empty_home


class Said(Called):
    command = "policy"


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
        (("--namespace", "ml"), "; --cluster takes a file instead\n"),
        (("--cluster", "broken.yaml", "--namespace", "ml"), "igz-runtime: broken.yaml:1:5: neither YAML nor JSON"),
    ],
)
def test_usage(capsys: pytest.CaptureFixture[str], folder: Path, arguments: tuple[str, ...], says: str) -> None:
    (folder / "broken.yaml").write_text("a: b: c")
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


def test_folders_are_written_in_place_of_the_stream(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    asked = (*DESCRIBED, "--kustomize", "folder", "--helm", "chart")
    said = Said(capsys, *asked)
    assert (said.code, said.out) == (0, "")
    assert said.err.splitlines()[:2] == ["folder: written", "chart: written"]
    made = admission_policies(Cluster.load("cluster.yaml"), namespaces=["ml"]).manifests
    listed = yaml.safe_load((folder / "folder" / "kustomization.yaml").read_text())["resources"]
    assert tuple(yaml.safe_load((folder / "folder" / name).read_text()) for name in listed) == made
    values = yaml.safe_load((folder / "chart" / "values.yaml").read_text())
    assert values == {"namespaces": ["ml"], "rules": {}, "facts": made[-1]["spec"]}

    inline = Said(capsys, *asked, "--inline")
    assert inline.err.splitlines()[:2] == [
        "folder: written; no longer needed, and removed: definition.yaml, facts.yaml",
        "chart: written; no longer needed, and removed: crds/definition.yaml, templates/facts.yaml",
    ]
    assert yaml.safe_load((folder / "chart" / "values.yaml").read_text()) == {"namespaces": ["ml"]}


@pytest.mark.parametrize(
    ("arguments", "says", "twice"),
    [
        ((), "every rule warns", True),
        (("--enforce", "IGZ302"), "IGZ302 refuses, and all else warns", True),
        (("--enforce", "IGZ302,IGZ101"), "IGZ302, IGZ101 refuse, and all else warns", True),
        (("--inline",), "every rule warns", False),
        (("--kustomize", "folder"), "every rule warns", True),
        (("--helm", "chart"), "every rule warns", False),
        (("--helm", "chart", "--kustomize", "folder"), "every rule warns", True),
    ],
)
def test_the_last_line_says_what_is_in_force_and_how_it_is_applied(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str, *, twice: bool
) -> None:
    last = Said(capsys, *DESCRIBED, *arguments).err.splitlines()[-1]

    again = "; kubectl applies ClusterFacts only where the cluster has the kind: else apply twice"
    assert last == f"igz-runtime: in ml {says}{again if twice else ''}"


def test_a_file_of_somebody_else_stays(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "values.yaml").write_text("mine: 1\n")
    said = Said(capsys, *DESCRIBED, "--helm", ".")
    assert (said.code, said.out) == (2, "")
    assert "values.yaml: is there, and igz-runtime did not write it" in said.err
    assert not (folder / "Chart.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--remove", "--helm", "chart"), "leave out --helm"),
        (("--remove", "--kustomize", "folder"), "leave out --kustomize"),
        ((*DESCRIBED, "--kustomize", "one", "--helm", "./one"), "would both go to ./one"),
    ],
)
def test_usage_of_folders(
    capsys: pytest.CaptureFixture[str], folder: Path, arguments: tuple[str, ...], says: str
) -> None:
    said = Said(capsys, *arguments)
    assert said.code == 2
    assert says in said.err
    assert not (folder / "one").exists()
