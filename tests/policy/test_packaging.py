"""A kustomization and a Helm chart bring what the stream brings, and all of it goes again without stopping anybody."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from igz_runtime import Cluster
from igz_runtime.audit import admission_policies
from igz_runtime.audit.policies.exporting import removal
from igz_runtime.audit.policies.packaging import write_chart, write_kustomization
from igz_runtime.audit.policies.stream import stream
from tests.cluster.binaries import HELM
from tests.cluster.conftest import programs
from tests.cluster.kubectl import Refused
from tests.policy.coming_and_going import CRD_NAME, JUDGED, OTHER, Server, manifests, said

Plain = dict[str, Any]
LABEL = "{{ .Values.x }}"
CLUSTER = Cluster.from_dict(
    {
        "environment": "production",
        "priority_classes": ["igz-workload-low", "igz-workload-medium"],
        "node_groups": [
            {"name": "jobs {{ `a` }} {{{{", "labels": {"team": "1e3"}, "lifecycle": "spot"},
            {"name": "gpu", "gpu": True, "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}]},
        ],
    }
)


class Helm:
    """Helm, with folders of its own."""

    def __init__(self, folder: Path, kubeconfig: Path | None = None) -> None:
        self._program = programs(HELM) / "helm"
        folders = {f"HELM_{name}_HOME": str(folder / name) for name in ("CACHE", "CONFIG", "DATA")}
        self._environment = {**os.environ, **folders, "KUBECONFIG": str(kubeconfig or os.devnull)}

    def __call__(self, *arguments: str) -> str:
        """What it prints.

        Raises:
            Refused: it ended with an error.
        """
        ran = subprocess.run(
            [self._program, *arguments], env=self._environment, capture_output=True, text=True, check=False, timeout=120
        )
        if ran.returncode:
            raise Refused(ran.stdout + ran.stderr)
        return ran.stdout

    def rendered(self, chart: Path, *arguments: str) -> str:
        return self("template", "igz-runtime-policies", str(chart), "--kube-version=1.37.0", *arguments)


@pytest.fixture
def helm(tmp_path: Path) -> Helm:
    """Helm without a cluster."""
    return Helm(tmp_path / "helm")


def by_name(those: Any) -> dict[tuple[str, str], Plain]:
    return {(each["kind"], each["metadata"]["name"]): each for each in those if each}


@pytest.mark.parametrize("inline", [False, True])
def test_a_chart_renders_the_manifests(tmp_path: Path, helm: Helm, *, inline: bool) -> None:
    made = admission_policies(
        CLUSTER, namespaces=["b", "a"], enforce=["IGZ302", "IGZ1"], config="none", inline=inline
    ).manifests
    assert "{{" in stream(made)
    write_chart(made, tmp_path / "chart")
    assert by_name(yaml.safe_load_all(helm.rendered(tmp_path / "chart", "--include-crds"))) == by_name(made)
    assert "0 chart(s) failed" in helm("lint", str(tmp_path / "chart"))


def test_values_are_namespaces_actions_and_facts(tmp_path: Path, helm: Helm) -> None:
    made = admission_policies(CLUSTER, namespaces=["a"], enforce=["IGZ302"], config="none").manifests
    write_chart(made, tmp_path / "chart")
    values = {
        "namespaces": ["other", "judged", "other"],
        "rules": {"IGZ401": "Off"},
        "facts": {"environment": "development"},
    }
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(values))
    held = by_name(yaml.safe_load_all(helm.rendered(tmp_path / "chart", "--values", str(tmp_path / "values.yaml"))))
    selector = held["ValidatingAdmissionPolicy", "igz-runtime-deny"]["spec"]["matchConstraints"]["namespaceSelector"]
    assert selector["matchExpressions"][0]["values"] == ["judged", "other"]
    spec = held["ClusterFacts", "cluster"]["spec"]
    assert spec["rules"] == {"IGZ302": "Deny", "IGZ401": "Off"}
    assert spec["environment"] == "development"
    assert spec["nodes"] == by_name(made)["ClusterFacts", "cluster"]["spec"]["nodes"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("namespaces={}", "namespaces"),
        ("namespaces={kube-system}", "namespaces"),
        ("namespace=x", "namespace"),
        ("rules.IGZ302=Refuse", "IGZ302"),
        ("facts.rules.IGZ302=Deny", "facts"),
    ],
)
def test_a_value_that_would_do_nothing_is_refused(given: str, says: str, tmp_path: Path, helm: Helm) -> None:
    write_chart(manifests(), tmp_path / "chart")
    helm.rendered(tmp_path / "chart")
    with pytest.raises(Refused, match=rf"values don't meet the specifications.*\n(.*\n)*.*{says}"):
        helm.rendered(tmp_path / "chart", "--set", given)


def stored(server: Server) -> dict[tuple[str, str], tuple[str, int]]:
    """What is stored of everything that is applied: its version, and how often what it asks for has changed."""
    kinds = "crd,clusterfacts,validatingadmissionpolicies,validatingadmissionpolicybindings"
    held = by_name(server.kubectl.get(kinds)["items"])
    return {
        name: (each["metadata"]["resourceVersion"], each["metadata"].get("generation", 0))
        for name, each in held.items()
    }


def test_however_it_is_applied_the_same_is_stored_and_applying_again_changes_nothing(
    server: Server, tmp_path: Path, helm: Helm
) -> None:
    made = admission_policies(CLUSTER, namespaces=[JUDGED], enforce=["IGZ302"], config="none").manifests
    with pytest.raises(Refused, match=r"could not find the requested resource|ensure CRDs are installed first"):
        server.apply(*made)
    server.kubectl("wait", "--for=condition=Established", f"crd/{CRD_NAME}")
    server.apply(*made)
    server.until(lambda: bool(server.broken().denied))
    before = stored(server)
    assert len(before) == len(made)
    write_kustomization(made, tmp_path / "folder")
    write_chart(made, tmp_path / "chart")
    rendered = helm.rendered(tmp_path / "chart", "--include-crds")
    for lines in (
        server.kubectl("apply", "-f", "-", text=stream(made)),
        server.kubectl("apply", "-k", str(tmp_path / "folder")),
        server.kubectl("apply", "-f", "-", text=rendered),
    ):
        assert [line.rpartition(" ")[2] for line in lines.splitlines()] == ["unchanged"] * len(made), lines
    assert stored(server) == before


@pytest.mark.parametrize("way", ["stream", "inline", "folder"])
def test_removal_takes_all_of_it_away_and_stops_nobody(server: Server, way: str, tmp_path: Path) -> None:
    inline = way == "inline"
    server.install(inline=inline)
    if way == "folder":
        write_kustomization(manifests(), tmp_path)
    else:
        (tmp_path / "removal.yaml").write_text(stream(removal(inline=inline)))
    these = ["-k", str(tmp_path)] if way == "folder" else ["-f", str(tmp_path / "removal.yaml")]
    removing = subprocess.Popen(server.kubectl.command("delete", "--ignore-not-found", *these))
    while removing.poll() is None:
        server.stops_nobody_else()
    server.until(server.is_silent)
    assert removing.returncode == 0
    kinds = "crd,validatingadmissionpolicies,validatingadmissionpolicybindings"
    assert server.kubectl.get(kinds)["items"] == []


def test_helm_installs_upgrades_and_removes(server: Server, tmp_path: Path) -> None:
    helm = Helm(tmp_path / "helm", server.plane.kubeconfig)
    chart = tmp_path / "chart"
    write_chart(manifests(enforce=()), chart)
    helm("install", "igz-runtime-policies", str(chart))
    server.until(lambda: said(server.broken()) == ([], ["IGZ302", "IGZ404"]))
    upgrade = ("upgrade", "igz-runtime-policies", str(chart), "--set", "rules.IGZ302=Deny")
    helm(*upgrade)
    server.until(lambda: said(server.broken()) == (["IGZ302"], ["IGZ404"]))
    helm(*upgrade, "--set", f"namespaces={{{OTHER}}}")
    assert stored(server)["ValidatingAdmissionPolicy", "igz-runtime-deny"][1] == 2
    # The kind of an earlier igz-runtime knew less; what it does not know is dropped in silence.
    field = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/requireProfile"
    server.kubectl("patch", "crd", CRD_NAME, "--type=json", "--patch", f'[{{"op": "remove", "path": "{field}"}}]')
    with pytest.raises(Refused, match=r"kubectl apply -f CHART/crds/definition.yaml"):
        helm(*upgrade)
    server.kubectl("apply", "-f", str(chart / "crds" / "definition.yaml"))
    helm(*upgrade)
    helm("uninstall", "igz-runtime-policies")
    server.until(server.is_silent)
    assert list(stored(server)) == [("CustomResourceDefinition", CRD_NAME)]
