"""What admission must know of a cluster: the object that policies look at, out of a cluster and a configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from igz_runtime.audit.policies.numbers import carried, emptied, sizes, unread, unsized
from igz_runtime.audit.promised import Promises
from igz_runtime.cluster.landing import every_spot_shape, shape_of, spot_shapes, taints_unknown
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.k8s.pod import Taint
from igz_runtime.rules.causes import spot_taints_of

Plain = dict[str, Any]

MOST_SHAPES: Final = 48
"""Shapes of nodes that are looked at for each pod."""


def shapes(cluster: Cluster) -> Iterator[Plain]:
    """The nodes that pods may land on, as far as a rule asks: every node group, or spot nodes where none is known."""
    for group in cluster.node_groups:
        yield _of_group(group, sizes(group, cluster))
    if cluster.node_groups:
        return
    known = spot_shapes(cluster)
    for shape in every_spot_shape(cluster):
        if shape in known or taints_unknown(cluster):
            plain = {"name": shape.name, "labels": dict(shape.labels), "lifecycle": "spot"}
            yield _stated({**plain, "taints": list(map(_taint, shape.taints)), "perhaps": shape not in known})


def _of_group(group: NodeGroup, allocatable: Mapping[str, str]) -> Plain:
    shape = shape_of(group)
    return _stated(
        {
            "name": shape.name,
            "group": True,
            "labels": dict(shape.labels),
            "taints": list(map(_taint, shape.taints)),
            "lifecycle": group.lifecycle,
            "core": group.core,
            "gpu": group.gpu,
            "allocatable": allocatable,
        }
    )


def _taint(taint: Taint) -> Plain:
    return _stated({"key": taint.key, "value": taint.value, "effect": taint.effect})


def _stated(plain: Mapping[str, Any]) -> Plain:
    return {name: value for name, value in plain.items() if value not in (None, False, "", {})}


def spec_of(cluster: Cluster, promises: Promises) -> Plain:
    """What is known of a cluster, as the policies look at it.

    Args:
        cluster: the cluster.
        promises: what profiles promise, by name.
    """
    return _stated(
        {
            "environment": cluster.environment,
            "priorityClasses": list(cluster.priority_classes) if cluster.priority_classes is not None else None,
            "nodes": list(shapes(cluster)),
            "spotTaints": [_taint(taint) for taint in dict.fromkeys(spot_taints_of(cluster))],
            "carried": carried(cluster),
            "unread": unread(cluster),
            "unsized": unsized(cluster),
            "emptied": list(emptied(cluster)),
            "profiles": {name: _promised(promise) for name, promise in promises.items()},
        }
    )


def _promised(promise: Mapping[str, Any]) -> Plain:
    return _stated({"qos": promise["qos"], "lifecycle": promise["lifecycle"], "development": promise["development"]})
