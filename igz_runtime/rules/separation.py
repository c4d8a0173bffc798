"""IGZ620: whether development and production are one cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from igz_runtime.cluster.model import Cluster, Environment
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.environment import NODE_GROUPS


@dataclass(frozen=True, slots=True)
class Separation:
    """A cluster, and what is said to be that of another environment.

    Attributes:
        uid: what no other cluster has: the UID of its namespace kube-system; empty: not known.
        environment: its environment; None: not known.
        other: where the other one was read.
        other_uid: the same of the other one.
        other_environment: its environment.
    """

    uid: str
    environment: Environment | None
    other: str
    other_uid: str
    other_environment: Environment | None

    @classmethod
    def of(cls, cluster: Cluster, other: Cluster) -> Separation:
        """Two clusters."""
        uid, other_uid = (each.live.uid if each.live else "" for each in (cluster, other))
        return cls(uid, cluster.environment, other.source, other_uid, other.environment)


@rule(
    "IGZ620",
    "one-cluster-for-both",
    "one cluster for development and production",
    severity="error",
    waivable=True,
    source="It's strongly recommend to separate the development and production environments into different clusters.",
    origin=NODE_GROUPS,
    fix="give development and production a cluster each",
    reads=("uid", "environment", "other", "other_uid", "other_environment"),
    on=Separation,
    cel=elsewhere.OF_TWO,
)
def one_cluster_for_both(pair: Separation) -> Iterator[Found | Skip]:
    if pair.environment is not None and pair.environment == pair.other_environment:
        yield Skip(f"the cluster of {pair.other} is of the same environment ({pair.environment})")
    elif not pair.uid or not pair.other_uid:
        which = f"the cluster of {pair.other}" if pair.uid else "this cluster"
        yield Skip(f"whether it is a cluster of its own is not known: the UID of kube-system on {which} was not read")
    elif pair.uid == pair.other_uid:
        yield Found(f"it is the cluster of {pair.other} too: their namespaces kube-system have one UID")
