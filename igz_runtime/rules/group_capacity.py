"""IGZ212: a project's functions against the size of node groups."""

from __future__ import annotations

from collections.abc import Iterator

from igz_runtime.cluster.capacity import GroupCapacity
from igz_runtime.cluster.facts import Amounts, spelled
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.resources import REQUESTS_AND_LIMITS


@rule(
    "IGZ212",
    "beyond-node-group",
    "functions of a project that as Guaranteed pods use up more than their node group may ever have",
    severity="warning",
    waivable=True,
    source="It's a good idea to require more resources from your cluster, as these resources are reserved for this pod "
    "even if they are not used by it.",
    origin=REQUESTS_AND_LIMITS,
    fix="let the node group grow further, give the functions less, or run fewer of them at the same time",
    reads=("name", "guaranteed", "lasting", "may_have"),
    on=GroupCapacity,
    cel=elsewhere.OF_SEVERAL,
)
def beyond_node_group(capacity: GroupCapacity) -> Iterator[Found | Skip]:
    always, together = _beyond(capacity.lasting, capacity), _beyond(capacity.guaranteed, capacity)
    most = f"node group {capacity.name!r} may have {_listed(capacity.may_have, together)} at most"
    if always:
        yield Found(f"its services alone use up {_listed(capacity.lasting, always)} as Guaranteed pods, and {most}")
    elif together:
        text = f"its functions use up {_listed(capacity.guaranteed, together)} when all of them run as Guaranteed pods"
        yield Found(f"{text}, and {most}", severity="info")


def _beyond(taken: Amounts, capacity: GroupCapacity) -> list[str]:
    """The resources of which more is taken than there may ever be; of those that there are none of, IGZ208 tells."""
    return [name for name, most in capacity.may_have.items() if taken.get(name, 0) > most > 0]


def _listed(of: Amounts, names: list[str]) -> str:
    return " and ".join(f"{name} {spelled(name, of[name])}" for name in names)
