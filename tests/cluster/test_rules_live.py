"""Rules that go by live facts, on a real cluster and on one where these facts could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, check, profiles
from igz_runtime.cluster import Preemptible
from igz_runtime.k8s.pod import Toleration
from tests.cluster.shapes import CLASSES, SHAPES, priority_classes, standing

pytestmark = pytest.mark.every_environment

Plain = dict[str, Any]
GROUP = "app.iguazio.com/node-group"
SMALL = {"cpu": "1", "memory": "1Gi"}


@pytest.fixture(scope="module")
def cluster(kubernetes: Any, kubeconfig: Path) -> Iterator[Cluster]:
    """Iguazio on EKS as its API server tells it, with tainted spot nodes and two priority classes."""
    shape = SHAPES[1]
    with priority_classes(kubernetes, CLASSES[:2]), standing(kubernetes, shape, "rules"):
        yield replace(
            Cluster.from_kubernetes(kubeconfig=str(kubeconfig), core_labels=shape.core_labels), mlrun=shape.preemptible
        )


def job(requests: Plain | None = None, **spec: Any) -> Plain:
    return {"kind": "job", "metadata": {"name": "etl"}, "spec": {"resources": {"requests": requests or SMALL}, **spec}}


def found(fn: Plain, cluster: Cluster, rule: str) -> list[str]:
    return [finding.message for finding in check(fn, cluster) if finding.rule == rule]


def skipped(fn: Plain, cluster: Cluster, rule: str) -> list[str]:
    return [skip.because for skip in check(fn, cluster).skipped if skip.rule == rule]


def not_read(cluster: Cluster, *what: str) -> Cluster:
    """The same cluster, had the user not been allowed to read that: nodes, pods, or priority classes."""
    assert cluster.live is not None
    unknown = dict.fromkeys(what, "this user may not (403)")
    live = replace(cluster.live, unknown=unknown, nodes=() if "nodes" in what else cluster.live.nodes)
    return replace(cluster, live=live, node_groups=() if "nodes" in what else cluster.node_groups)


def test_igz105_goes_by_the_nodes_that_there_are(cluster: Cluster) -> None:
    """With nothing configured, `prevent` does nothing: harmless where every spot node has a taint."""
    unconfigured = replace(cluster, mlrun=Preemptible(), nuclio=Preemptible())
    assert not found(job(), unconfigured, "IGZ105")
    tolerating = job(tolerations=[{"key": "spot", "operator": "Exists"}])
    assert found(tolerating, unconfigured, "IGZ105") == [
        "preemption mode 'prevent' does nothing: MLRun has no preemptible nodes configured"
    ]
    assert skipped(tolerating, not_read(unconfigured, "nodes"), "IGZ105")


def test_igz108_goes_by_the_nodes_that_there_are(cluster: Cluster) -> None:
    """With only tolerations configured, `constrain` keeps the pod nowhere, unless its own selection does."""
    tolerations_only = replace(cluster, mlrun=Preemptible({}, (Toleration("spot", "Equal", "true", "NoSchedule"),)))
    assert found(job(preemption_mode="constrain"), tolerations_only, "IGZ108")
    # Only the cluster itself tells that every node of this group is a spot node.
    selecting = job(preemption_mode="constrain", node_selector={GROUP: "spot"})
    assert not found(selecting, tolerations_only, "IGZ108")
    assert found(selecting, replace(not_read(tolerations_only, "nodes")), "IGZ108")


def test_igz208_goes_by_the_largest_node(cluster: Cluster) -> None:
    assert not found(job({"cpu": "16", "memory": "64Gi"}), cluster, "IGZ208")
    (said,) = found(job({"cpu": "17", "memory": "1Gi"}), cluster, "IGZ208")
    assert said.startswith("its pod requests cpu 17, and no node that it can land on is that large, even when empty:")
    assert said.endswith("the largest has cpu 16")
    both = job({"cpu": "17", "nvidia.com/gpu": "5"}, node_selector={GROUP: "gpu"})
    assert "cpu 17 and nvidia.com/gpu 5" in found(both, cluster, "IGZ208")[0]
    assert skipped(job({"cpu": "17"}), not_read(cluster, "nodes"), "IGZ208") == [
        "not everything was read (nodes: this user may not (403))"
    ]
    # An autoscaler that could not be asked may add a larger one; a node that is large enough settles it.
    hidden = not_read(cluster, "Karpenter's node pools")
    assert skipped(job({"cpu": "17"}), hidden, "IGZ208")
    assert not skipped(job({"cpu": "16"}), hidden, "IGZ208")


def test_igz301_goes_by_the_priority_classes(cluster: Cluster) -> None:
    assert not found(job(priority_class_name="igz-workload-low"), cluster, "IGZ301")
    (message,) = found(job(priority_class_name="igz-workload-high"), cluster, "IGZ301")
    assert "does not exist; the cluster has: igz-workload-low, igz-workload-medium" in message


def test_igz401_finds_the_core_services(cluster: Cluster) -> None:
    assert found(job(), cluster, "IGZ401") == [
        "its pod can land on node group 'initial', which hosts the core services"
    ]
    assert not found(job(node_selector={GROUP: "jobs"}), cluster, "IGZ401")
    assert skipped(job(), not_read(cluster, "nodes"), "IGZ401")


def test_igz402_finds_the_gpus(cluster: Cluster) -> None:
    assert found(job(), cluster, "IGZ402") == [
        "asks for no GPU, and its pod can land on node group 'gpu', which has GPUs"
    ]
    gpu: Plain = {"resources": {"limits": {"nvidia.com/gpu": 1}}}
    assert not found(job(**gpu, node_selector={GROUP: "gpu"}), cluster, "IGZ402")
    assert (
        "can land on no node group that has GPUs"
        in found(job(**gpu, node_selector={GROUP: "jobs"}), cluster, "IGZ402")[0]
    )
    assert skipped(job(**gpu), not_read(cluster, "nodes"), "IGZ402")


def test_igz405_finds_what_no_node_takes(cluster: Cluster) -> None:
    assert found(job(node_selector={GROUP: "jobs"}), cluster, "IGZ405") == []
    lost = job(node_selector={GROUP: "jobs", "disk": "fast"})
    (message,) = found(lost, cluster, "IGZ405")
    assert message.startswith(
        "its pod fits no node, and none can be added: it would never be scheduled (6 node(s) didn't"
    )
    for what in ("nodes", "Karpenter's node pools", "the Cluster Autoscaler's status"):
        assert skipped(lost, not_read(cluster, what), "IGZ405") == [
            f"not everything was read ({what}: this user may not (403))"
        ]


def test_a_profile_refuses_what_no_node_takes(cluster: Cluster) -> None:
    plan = profiles.production_job(cpu=17, memory="1Gi", node_group="jobs", priority="medium").plan(job(), cluster)
    assert [finding.rule for finding in plan.findings.refusing] == ["IGZ208"]
