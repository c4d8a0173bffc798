"""What pods request of the nodes that run them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from igz_runtime.cluster.api.objects import Raw, requests_of
from igz_runtime.cluster.clouds import CORE_PRIORITY
from igz_runtime.cluster.facts import Amounts, Node, whole
from igz_runtime.errors import BrokenFunction
from igz_runtime.k8s.quantity import quantity


class Usage:
    """What pods request, by node.

    Attributes:
        requested: what they request.
        pods: how many there are.
        core: how many of them have a priority class of the platform's own services, those of daemon sets left out.
        claiming: the nodes of pods that claim devices.
    """

    def __init__(self) -> None:
        self.requested: dict[str, dict[str, int]] = {}
        self.pods = Counter[str]()
        self.core = Counter[str]()
        self.claiming: set[str] = set()
        self._amounts: dict[tuple[str, str], int] = {}

    def add(self, pod: Raw) -> Amounts:
        """Count a pod that a node runs; gives what it requests."""
        spec = pod["spec"]
        node = spec["nodeName"]
        of_node = self.requested.setdefault(node, {})
        self.pods[node] += 1
        if (spec.get("priorityClassName") or "").startswith(CORE_PRIORITY) and not of_daemon_set(pod):
            self.core[node] += 1
        if spec.get("resourceClaims"):
            self.claiming.add(node)
        asked = {name: self._amount(name, text) for name, text in requests_of(spec).items()}
        for name, amount in asked.items():
            of_node[name] = of_node.get(name, 0) + amount
        return asked

    def on(self, nodes: Mapping[str, Node]) -> Iterator[Node]:
        """The nodes with what their pods request."""
        for name, node in nodes.items():
            yield node._replace(used=self.requested.get(name, {}), pods=self.pods[name])

    def _amount(self, name: str, text: str) -> int:
        amount = self._amounts.get((name, text))
        if amount is None:
            number = quantity(str(text)).number
            if number is None:
                raise BrokenFunction(f"a pod requests {name} in an amount that is not a quantity")
            amount = self._amounts[name, text] = whole(name, number)
        return amount


def of_daemon_set(pod: Raw) -> bool:
    """Whether a pod is one of a daemon set, which has one on every node."""
    return any(owner.get("kind") == "DaemonSet" for owner in pod["metadata"].get("ownerReferences") or ())
