"""Whether two readings are of one cluster, as the UID of kube-system tells."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from igz_runtime import Cluster
from igz_runtime.audit import audit_cluster


def test_a_cluster_is_itself_and_no_other(kubernetes: Any, kubeconfig: Path, namespace: str, tmp_path: Path) -> None:
    from kubernetes.client import CoreV1Api

    read = [Cluster.from_kubernetes(kubeconfig=str(kubeconfig), namespace=namespace, running=True) for _ in range(2)]
    read[0].in_environment("development").save(tmp_path / "development.json")
    development = Cluster.load(tmp_path / "development.json")
    assert development.live is not None
    elsewhere = replace(
        development, live=replace(development.live, uid=CoreV1Api(kubernetes).read_namespace(namespace).metadata.uid)
    )

    def found(other: Cluster) -> list[str]:
        audit = audit_cluster(read[1], environment="production", config="none", apart_from=[other])
        assert "IGZ620" not in {each.rule for each in audit.skipped}
        return [each.finding.kind for each in audit.found if each.finding.rule == "IGZ620"]

    assert found(development) == ["cluster"]
    assert found(elsewhere) == []
