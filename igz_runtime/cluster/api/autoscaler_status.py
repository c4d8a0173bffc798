"""The Cluster Autoscaler's status, out of its ConfigMap: YAML since 1.30, text before.

GKE's and AKS' managed autoscalers publish the same. One node group of theirs is one zone of a GKE node pool.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from igz_runtime.cluster.api.objects import parsed
from igz_runtime.cluster.facts import Pool
from igz_runtime.errors import BrokenFunction, ConfigurationError
from igz_runtime.k8s.codec import Raw, mapping
from igz_runtime.text.limits import MOST_POOLS, Unreadable

_TEXT: Final = "Cluster-autoscaler status at "
_LINE: Final = re.compile(r"\s*(Name|Health|ScaleUp):\s+(\S+)(.*)")
_COUNT: Final = re.compile(r"\b(cloudProviderTarget|minSize|maxSize)=(-?\d+)")
_FORMS: Final = (
    "it is not in the form that the Cluster Autoscaler writes since 1.30 (YAML with nodeGroups), "
    "nor is it the text of earlier versions with their node groups"
)


def read_autoscaler_status(raw: Raw) -> tuple[Pool, ...]:
    """Node groups of the Cluster Autoscaler's status; their nodes are not in it.

    Raises:
        ConfigurationError: a status that cannot be read.
    """
    try:
        status = str(mapping(raw.get("data"), "data").get("status") or "")
        old = status.startswith(_TEXT)
        groups = tuple(_in_text(status)) if old else parsed(status)["nodeGroups"]
        pools = tuple(_pool(group) for group in groups[: MOST_POOLS + 1])
    except Unreadable as error:
        raise ConfigurationError(_FORMS if error.syntax else f"it {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError, BrokenFunction):
        raise ConfigurationError(_FORMS) from None
    if len(pools) > MOST_POOLS:
        raise ConfigurationError(f"it names more than {MOST_POOLS:,} node groups")
    if old and not pools:
        raise ConfigurationError(_FORMS)
    return pools


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
            group["health"] = {"status": word, **dict(_COUNT.findall(rest))}
        elif group is not None:
            group["scaleUp"] = {"status": word}
    if group is not None:
        yield group


def _pool(group: Raw) -> Pool:
    health, scale_up = group["health"], group.get("scaleUp") or {}
    least, now = (None if health.get(key) is None else int(health[key]) for key in ("minSize", "cloudProviderTarget"))
    most = int(health["maxSize"])
    faults = [f"its last scale-up failed ({scale_up['status']})"] if scale_up.get("status") == "Backoff" else []
    faults += ["it is unhealthy"] if health.get("status") == "Unhealthy" else []
    return Pool(
        "cluster-autoscaler",
        str(group["name"]),
        room={"nodes": most - (now or 0)},
        fault=" and ".join(faults),
        least=least,
        most=most,
        now=now,
    )
