"""What is known of a cluster, as the facts that policies look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from igz_runtime.audit.policies.facts import Facts, Plain, ProfilePromise, plain
from igz_runtime.audit.policies.nodes import nodes_of, spot_taints
from igz_runtime.audit.promised import Promises
from igz_runtime.cluster.model import Cluster


def facts_of(cluster: Cluster, promises: Promises) -> Facts:
    """What is known of a cluster.

    Args:
        cluster: the cluster.
        promises: what profiles promise, by name.
    """
    return Facts(
        environment=cluster.environment,
        assumed=cluster.assumed,
        priority_classes=cluster.priority_classes,
        nodes=tuple(nodes_of(cluster)),
        spot_taints=spot_taints(cluster),
        profiles={name: _promised(promise) for name, promise in promises.items()},
    )


def spec_of(cluster: Cluster, promises: Promises) -> Plain:
    """The same as plain data, which the object of facts holds."""
    spec: Plain = plain(facts_of(cluster, promises))
    return spec


def _promised(promise: Mapping[str, Any]) -> ProfilePromise:
    return ProfilePromise(
        promise["qos"], promise["lifecycle"], promise["development"], promise.get("mission_critical", False)
    )
