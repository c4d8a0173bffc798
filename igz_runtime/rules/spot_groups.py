"""IGZ609, IGZ616: spot node groups, whether preemption modes keep work off them, and whether there are others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from igz_runtime.cluster.clouds import ACCELERATORS
from igz_runtime.cluster.landing import can_land, shape_of, taint_of
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup, Preemptible
from igz_runtime.effective import effective_pod
from igz_runtime.functions.model import Function
from igz_runtime.k8s.matching import keeps_off, tolerated
from igz_runtime.k8s.pod import PodSettings, Toleration
from igz_runtime.rules.audited import AuditedCluster, AuditedGroup
from igz_runtime.rules.authoring import BEST_PRACTICES, Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.core_group import PRODUCTION_CLUSTER
from igz_runtime.rules.environment import ON_DEMAND_RECOMMENDED, UNKNOWN


class _Platform(NamedTuple):
    """A platform, a kind of function whose pods it places, and what it is configured with."""

    name: str
    kind: str
    preemptible: Preemptible


@rule(
    "IGZ609",
    "spot-group-not-enforced",
    "a spot node group that preemption modes do not keep work off",
    severity="error",
    waivable=True,
    source="Preemption mode uses Kubernetes Taints and Tolerations to enforce the mode selected.",
    origin=BEST_PRACTICES,
    fix="taint its nodes, and configure MLRun's and Nuclio's preemptible nodes with its label and the toleration",
    reads=("group", "nodes", "of"),
    on=AuditedGroup,
    cel=elsewhere.AS_IT_IS,
)
def spot_group_not_enforced(audited: AuditedGroup) -> Iterator[Found | Skip]:
    if audited.group.lifecycle == "spot":
        platforms = _configured(audited.of.cluster)
        yield from _unenforced(audited, platforms)
        if len(platforms) < _PLATFORMS:
            unknown = "MLRun" if platforms else "MLRun and Nuclio"
            yield Skip(
                f"the configuration of preemptible nodes of {unknown} is not known, and so not whether preemption "
                "modes keep work off spot nodes; cluster.mlrun in igz-runtime.yaml can describe it"
            )


_PLATFORMS: Final = 2


def _configured(cluster: Cluster) -> list[_Platform]:
    """The platforms whose configuration is known, and not assumed."""
    nuclio = cluster.nuclio or cluster.mlrun
    known = [] if cluster.assumed else [_Platform("MLRun", "job", cluster.mlrun)]
    if nuclio != cluster.mlrun or not cluster.assumed:
        known.append(_Platform("Nuclio", "nuclio", nuclio))
    return known


def _unenforced(audited: AuditedGroup, platforms: list[_Platform]) -> Iterator[Found | Skip]:
    group, nodes = audited.group, tuple(node.name for node in audited.nodes)
    let_on = [each for each in platforms if _lands_under_prevent(each, audited)]
    by_taints = [each for each in let_on if each.preemptible.tolerations]
    if by_taints:
        message = (
            f"has spot nodes without a taint, and preemption mode 'prevent' of {_named(by_taints)} goes by taints: it "
            "keeps no pod off them"
        )
        yield Found(message, _taint(by_taints[0].preemptible), nodes=nodes)
    elif let_on and not group.labels:
        yield Skip(f"whether preemption modes know the nodes of group {group.name!r} is not known: its labels are not")
    elif let_on:
        message = (
            f"has spot nodes that {_named(let_on)}'s configuration of preemptible nodes does not name: preemption mode "
            "'prevent' keeps no pod off them"
        )
        yield Found(message, severity="warning", nodes=nodes)
    elif not any(map(keeps_off, group.taints)):
        message = "has spot nodes without a taint, so that pods without a preemption mode run there"
        yield Found(message, severity="warning", nodes=nodes)
    elif not group.core:  # no user work should come there
        yield from _out_of_reach(group, platforms, nodes)


def _lands_under_prevent(platform: _Platform, audited: AuditedGroup) -> bool:
    """Whether a function that asks for nothing but on-demand nodes, and perhaps for GPUs, lands on the group."""
    group = audited.group
    of_gpus = tuple(Toleration(t.key, "Exists") for t in group.taints if t.key.startswith(ACCELERATORS))
    asked = PodSettings(preemption_mode="prevent", tolerations=of_gpus)
    # A function may select another group than the platform's default selector does.
    cluster = replace(audited.of.cluster, default_node_selector={})
    pod = effective_pod(Function("any", platform.kind, (asked,)), asked, cluster).settings
    return can_land(pod, shape_of(group))


def _out_of_reach(group: NodeGroup, platforms: list[_Platform], nodes: tuple[str, ...]) -> Iterator[Found]:
    """A tainted group of which no taint is tolerated by configuration: the modes for spot nodes do not lead there."""
    taints = [taint for taint in group.taints if keeps_off(taint) and not taint.key.startswith(ACCELERATORS)]
    cut_off = [each for each in platforms if not any(tolerated(each.preemptible.tolerations, t) for t in taints)]
    if taints and cut_off:
        message = (
            f"has spot nodes with taint {taints[0]}, which {_named(cut_off)}'s configuration of preemptible nodes does "
            "not tolerate: preemption modes 'allow' and 'constrain' bring no pod there"
        )
        yield Found(message, severity="warning", nodes=nodes)


def _named(platforms: list[_Platform]) -> str:
    return " and ".join(each.name for each in platforms)


def _taint(preemptible: Preemptible) -> str:
    meant = next(filter(None, map(taint_of, preemptible.tolerations)), None)
    return f"taint its nodes with what is tolerated ({meant})" if meant else "taint its nodes"


@rule(
    "IGZ616",
    "production-on-spot-only",
    "production without on-demand nodes for user work",
    severity="warning",
    waivable=True,
    source=ON_DEMAND_RECOMMENDED,
    origin=PRODUCTION_CLUSTER,
    fix="add an on-demand node group for work whose completion matters",
    reads=("groups", "empty_pools", "cluster"),
    on=AuditedCluster,
    cel=elsewhere.AS_IT_IS,
)
def production_on_spot_only(view: AuditedCluster) -> Iterator[Found | Skip]:
    of_users = [each.group for each in view.groups if not each.group.core]
    # An on-demand group with GPUs is none for work without them.
    groups = [group for group in of_users if not group.gpu] or of_users
    if not groups or any(group.lifecycle == "on-demand" for group in groups):
        return
    unknown = [group.name for group in groups if group.lifecycle is None] + list(view.empty_pools)
    named = ", ".join(repr(group.name) for group in groups)
    if view.cluster.environment is None:
        yield Skip(UNKNOWN)
    elif view.cluster.environment == "production" and unknown:
        yield Skip(f"whether node group {unknown[0]!r} has spot nodes is not known: no label says so")
    elif view.cluster.environment == "production":
        yield Found(f"every node group for user work has spot nodes ({named}), and the environment is production")
