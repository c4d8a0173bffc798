"""The nodes that a cluster may have, as many as functions of `specs` can tell apart."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final, Literal, NamedTuple

from tests.attacks.landings.specs import BESIDE, CLOUD_MARKS, MARKS, ON_DEMAND, OWN_MARK, Plain, Server

Labels = Mapping[str, str]
Sort = Literal["tainted", "untainted", "perhaps", "cloud", "known and cloud", "on demand", "other"]
Taints = tuple[tuple[str, str, str], ...]

UNNAMED: Final = {"karpenter.sh/capacity-type": "spot"}
"""A mark of spot nodes that no function names."""
OTHERWISE: Final = {**ON_DEMAND, "cloud.google.com/gke-spot": "false", "node-kind": "other"}
"""What such a label says on other nodes."""
SPOT: Final = {key: (value,) for key, value in {**MARKS, **UNNAMED}.items()}
NOT_SPOT: Final = {**{key: (value,) for key, value in OTHERWISE.items()}, "node-kind": ("spot", "other")}


class Node(NamedTuple):
    """A node.

    Attributes:
        sort: a spot node that the cluster is known to have, tainted or not; one that it may have, as far as is known; a
            cloud's, which a function may ask for, and one with a mark that is known here beside that; one that is on
            demand; any other.
        labels: its labels.
        taints: key, value and effect of each.
    """

    sort: Sort
    labels: Labels
    taints: Taints = ()

    def written(self) -> Plain:
        taints = [dict(zip(("key", "value", "effect"), each, strict=True)) for each in self.taints]
        return {"metadata": {"labels": self.labels}, "spec": {"taints": taints}}


def nodes_of(server: Server) -> list[Node]:
    """Where no node group is known, spot nodes have each taint that is tolerated by configuration, or none."""
    of_groups = {label for each in server.groups if each.get("lifecycle") == "spot" for label in each["labels"].items()}
    known = server.marks.items() & OWN_MARK.items() | of_groups & MARKS.items()
    clouds = (each for each in _ALL_SPOT if CLOUD_MARKS.items() & each.items())
    asked = (Node("known and cloud" if known & each.items() else "cloud", each) for each in clouds)
    others = (Node("other" if server.groups else "on demand", labels) for labels in _not_spot(server))
    return [*(_of_groups(server) if server.groups else _by_configuration(server)), *asked, *others]


def asks_for_spot(taking: Iterable[Node]) -> bool:
    """Whether one of a cloud's spot nodes takes a pod, and no node that is like it but not marked as spot."""
    taking = list(taking)
    others = {_unmarked(node) for node in taking if node.sort in ("on demand", "other")}
    return any(node.sort == "cloud" and _unmarked(node) not in others for node in taking)


def _unmarked(node: Node) -> frozenset[tuple[str, str]]:
    return frozenset(node.labels.items() - CLOUD_MARKS.items() - UNNAMED.items() - OTHERWISE.items())


def _by_configuration(server: Server) -> Iterator[Node]:
    marks = server.marks or {**CLOUD_MARKS, **UNNAMED}
    sort: Sort = "untainted" if server.marks or server.tolerations else "perhaps"
    yield from (Node(sort, labels) for labels in _ALL_SPOT if marks.items() & labels.items())
    tainted: dict[Hashable, Node] = {}
    for platform in (server.mlrun, server.nuclio):
        own = platform.get("node_selector", {}).items()
        taints = [_taint(each) for each in platform.get("tolerations", ()) if "key" in each]
        for labels in _ALL_SPOT:
            if not own or own & labels.items():
                tainted |= {(*labels.items(), taint): Node("tainted", labels, (taint,)) for taint in taints}
    yield from tainted.values()


def _taint(toleration: Plain) -> tuple[str, str, str]:
    return toleration["key"], toleration.get("value", ""), toleration.get("effect", "NoSchedule")


def _of_groups(server: Server) -> Iterator[Node]:
    """What the nodes of each group can be: what is not said of their labels may be anything."""
    told = {label for each in server.groups for label in each["labels"].items()}
    marks = server.marks.items() | told & CLOUD_MARKS.items() or {**CLOUD_MARKS, **UNNAMED}.items()
    for group in server.groups:
        taints = tuple((each["key"], each["value"], each["effect"]) for each in group["taints"])
        lifecycle: str | None = group.get("lifecycle")
        sort: Sort = "on demand" if lifecycle == "on-demand" else "tainted" if taints else "untainted"
        for labels in _not_spot(server) if sort == "on demand" else _ALL_SPOT:
            fits = all(labels.get(key, value) == value for key, value in group["labels"].items())
            if fits and (lifecycle or marks & labels.items()):
                yield Node(sort if lifecycle else "perhaps", {**labels, **group["labels"]}, taints)


def _not_spot(server: Server) -> Iterator[Labels]:
    return (labels for labels in _ALL_OTHERS if not server.marks.items() & labels.items())


def _mixed(marks: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], ...]:
    """With each value of these labels and of every other label, and without."""
    labels = {**marks, **BESIDE}
    mixed = product(*((None, *each) for each in labels.values()))
    return tuple({key: value for key, value in zip(labels, values, strict=True) if value} for values in mixed)


_ALL_SPOT, _ALL_OTHERS = _mixed(SPOT), _mixed(NOT_SPOT)
