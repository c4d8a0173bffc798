"""A control plane with nodes, and a namespace that policies look at: some of what they find is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from kubernetes import client as v1

from igz_runtime import Cluster
from igz_runtime.audit.policies.known import spec_of
from igz_runtime.audit.policies.policy import policy
from tests.cluster.binaries import CONTROL_PLANE
from tests.cluster.conftest import programs
from tests.cluster.control_plane import PATIENCE, ControlPlane, api_client, running
from tests.cluster.shapes import SHAPES, priority_classes, standing
from tests.policy.enforced import WAYS, Enforced
from tests.policy.random_pods import PROFILES

Plain = dict[str, Any]

NAMESPACE: Final = "team"
RESERVED: Final = "igz-system-high"
ENFORCED: Final = ("IGZ101", "IGZ302", "IGZ401")
NODE_GROUP: Final = "app.iguazio.com/node-group"
SPEC: Final[Plain] = {"containers": [{"name": "base", "image": "x"}]}
WARNED_AND_REFUSED: Final[Plain] = {
    "kind": "Pod",
    "metadata": {"generateName": "probe-", "labels": {"mlrun/class": "job", "mlrun/function": "probe"}},
    "spec": {**SPEC, "priorityClassName": RESERVED},
}
"""A pod whose class is reserved, and that may land on nodes with GPUs."""


class Team(NamedTuple):
    """The namespace.

    Attributes:
        plane: its control plane.
        kubernetes: the official client's ApiClient, as administrator.
        server: its API server, as policies' tests ask it.
    """

    plane: ControlPlane
    kubernetes: Any
    server: Enforced

    def read(self, **options: Any) -> Cluster:
        """The cluster as it is now."""
        return Cluster.from_kubernetes(kubeconfig=str(self.plane.kubeconfig), namespace=NAMESPACE, **options)

    def enforce(self) -> None:
        """Have policies, in force when this returns, that know one fact more: which node group hosts core services."""
        facts = {**spec_of(self.read(), PROFILES), "rules": dict.fromkeys(ENFORCED, "Deny")}
        for node in facts["nodes"]:
            node["core"] = node["labels"][NODE_GROUP] == "initial"
        self.server.install([NAMESPACE], {way: policy(way, [NAMESPACE], facts) for way in WAYS})
        awaited(lambda: (answer := self.server.ask(NAMESPACE, WARNED_AND_REFUSED)).denied and answer.warned)


@contextmanager
def a_team() -> Iterator[Team]:
    """A namespace on a control plane of its own, which no policy looks at yet."""
    with running(programs(CONTROL_PLANE)) as plane:
        kubernetes = api_client(plane.kubeconfig)
        with priority_classes(kubernetes), standing(kubernetes, SHAPES[1], "node"):
            v1.SchedulingV1Api(kubernetes).create_priority_class({"metadata": {"name": RESERVED}, "value": 10})
            team = Team(plane, kubernetes, Enforced(plane.kubeconfig))
            team.server.namespaces([NAMESPACE])
            yield team


def awaited(what: Any) -> Any:
    """What comes to be in time."""
    until = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found
