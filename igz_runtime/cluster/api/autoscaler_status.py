"""The Cluster Autoscaler's status, out of its ConfigMap: YAML since 1.30, text before.

GKE's and AKS' managed autoscalers publish the same. One node group of theirs is one zone of a GKE node pool.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from igz_runtime.cluster.api.config_maps import NotYaml, document, text_in
from igz_runtime.cluster.api.forms import count, needed, takes, text
from igz_runtime.cluster.api.objects import Raw
from igz_runtime.cluster.facts import Pool
from igz_runtime.errors import BrokenFunction
from igz_runtime.text.limits import MOST_POOLS

_TEXT: Final = "Cluster-autoscaler status at "
_LINE: Final = re.compile(r"\s*(Name|Health|ScaleUp):\s+(\S+)(.*)")
_COUNT: Final = re.compile(r"\b(cloudProviderTarget|minSize|maxSize)=(-?\d{1,18})\b")
_FORMS: Final = (
    "it is not in the form that the Cluster Autoscaler writes since 1.30 (YAML with nodeGroups), "
    "nor is it the text of earlier versions with their node groups"
)


def read_autoscaler_status(raw: Raw) -> tuple[Pool, ...]:
    """Node groups of the Cluster Autoscaler's status; their nodes are not in it.

    Raises:
        BrokenFunction: a status that cannot be read.
    """
    status = text_in(raw, "status")
    old = status.startswith(_TEXT)
    try:
        groups = {"nodeGroups": list(islice(_in_text(status), MOST_POOLS + 1))} if old else document(status)
        pools = _pools(groups)
    except (BrokenFunction, NotYaml) as error:
        raise BrokenFunction(f"{_FORMS} ({error})") from None
    if len(pools) > MOST_POOLS:
        raise BrokenFunction(f"it names more than {MOST_POOLS:,} node groups")
    if old and not pools:
        raise BrokenFunction(_FORMS)
    return pools


@takes(
    {
        "nodeGroups": [
            {
                "name": needed(text),
                "health": needed(
                    {"status": text, "minSize": count, "maxSize": needed(count), "cloudProviderTarget": count}
                ),
                "scaleUp": {"status": text},
            }
        ]
    }
)
def _pools(status: Raw) -> tuple[Pool, ...]:
    groups = status.get("nodeGroups")
    if groups is None:
        raise BrokenFunction("nodeGroups: is missing")
    return tuple(map(_pool, groups[: MOST_POOLS + 1]))


def _in_text(status: str) -> Iterator[dict[str, Any]]:
    """The groups of the text before 1.30, as the YAML would have them."""
    group: dict[str, Any] | None = None
    for line in status.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        key, word, rest = found.groups()
        if key == "Name":
            if group is not None:
                yield group
            group = {"name": word}
        elif group is not None and key == "Health":
            group["health"] = {"status": word, **{key: int(size) for key, size in _COUNT.findall(rest)}}
        elif group is not None:
            group["scaleUp"] = {"status": word}
    if group is not None:
        yield group


def _pool(group: Raw) -> Pool:
    health, scale_up = group["health"], group.get("scaleUp") or {}
    least, most, now = (health.get(key) for key in ("minSize", "maxSize", "cloudProviderTarget"))
    faults = [f"its last scale-up failed ({scale_up['status']})"] if scale_up.get("status") == "Backoff" else []
    faults += ["it is unhealthy"] if health.get("status") == "Unhealthy" else []
    return Pool(
        "cluster-autoscaler",
        group["name"],
        room={"nodes": most - (now or 0)},
        fault=" and ".join(faults),
        least=least,
        most=most,
        now=now,
    )
