"""What a person says of a cluster, beside what its API server says: igz-runtime.yaml, and a cluster that was read.

The server knows nodes and priority classes, and nothing of what the cluster is for, of MLRun's configuration, or of the
bounds of a node group that no autoscaler scales. What it says itself, nobody else can say better.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from igz_runtime.cluster.clouds import PRIORITY_ALIASES
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup

_FACTS = (
    *("platform", "default_priority", "default_requests", "default_limits", "default_node_selector"),
    *("default_running_limit", "mlrun_version"),
)


def marks_in(stated: Cluster | None) -> dict[str, Any]:
    """The labels by which `Cluster.from_kubernetes` recognises node groups, as far as a description says them.

    Args:
        stated: the description; None: there is none.
    """
    if stated is None:
        return {}
    core = [group.selector for group in stated.node_groups if group.core]
    return {
        "group_label": _group_label(stated.node_groups),
        "spot_labels": {} if stated.assumed else stated.mlrun.node_selector,
        # Any of these labels marks a node: of a selector with several, one alone would mark too many.
        "core_labels": {key: value for each in core if len(each) == 1 for key, value in each.items()},
    }


def with_stated(cluster: Cluster, stated: Cluster | None) -> Cluster:
    """A cluster that was read, with what a description says beside that.

    Args:
        cluster: the cluster.
        stated: the description; None: there is none.
    """
    if stated is None:
        return cluster
    # What is only assumed gives way to what somebody says.
    first, second = (stated, cluster) if cluster.assumed else (cluster, stated)
    facts = {name: getattr(first, name) or getattr(second, name) for name in _FACTS}
    if cluster.assumed and not stated.assumed:
        facts |= {"mlrun": stated.mlrun, "assumed": False}
        if cluster.nuclio == cluster.mlrun:
            facts["nuclio"] = stated.nuclio
    if cluster.live and "priority classes" in cluster.live.unknown:
        facts["priority_classes"] = stated.priority_classes
    if cluster.priority_aliases == PRIORITY_ALIASES:
        facts["priority_aliases"] = stated.priority_aliases
    return replace(
        cluster,
        environment=cluster.environment or stated.environment,
        node_groups=tuple(_groups(cluster, stated)),
        **facts,
    )


def _groups(cluster: Cluster, stated: Cluster) -> Iterator[NodeGroup]:
    """The groups that are there, as they are described, and those that only the description knows.

    A group without nodes is there for nobody who reads nodes. In a cluster that was saved, it is one that is gone.
    """
    matched = {told.name: _matching(told, cluster.node_groups) for told in stated.node_groups}
    told_of = {groups[0].name: told for told in stated.node_groups if len(groups := matched[told.name]) == 1}
    for group in cluster.node_groups:
        told = told_of.get(group.name)
        yield group if told is None else _joined(group, told)
    if stated.live is None:
        yield from (told for told in stated.node_groups if not matched[told.name])


def _matching(told: NodeGroup, groups: Sequence[NodeGroup]) -> list[NodeGroup]:
    """The groups that a description means: of its name, else with its labels."""
    named = [group for group in groups if group.name == told.name]
    if named or not told.labels:
        return named
    return [group for group in groups if told.labels.items() <= group.labels.items()]


def _joined(group: NodeGroup, told: NodeGroup) -> NodeGroup:
    return replace(
        group,
        lifecycle=group.lifecycle or told.lifecycle,
        core=group.core or told.core,
        gpu=group.gpu or told.gpu,
        least=told.least if group.least is None else group.least,
        most=told.most if group.most is None else group.most,
    )


def _group_label(groups: Sequence[NodeGroup]) -> str | None:
    """The label key whose value names each group: the one that selects all of them, else one that says their names."""
    selecting = {group.selected_by for group in groups}
    if len(selecting) == 1 and None not in selecting:
        return selecting.pop()
    naming = (key for group in groups[:1] for key in group.labels)
    return next((key for key in naming if all(each.labels.get(key) == each.name for each in groups)), None)
