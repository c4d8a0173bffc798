"""IGZ211: pods whose completion is promised, and autoscalers that end pods to empty a node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from igz_runtime.cluster.autoscaling import additions
from igz_runtime.cluster.facts import Pool
from igz_runtime.functions.annotations import PROTECTION
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import consolidation as cel
from igz_runtime.rules.reads import PLACEMENT
from igz_runtime.rules.subject import Subject

_NAMES: Final = {"karpenter": "Karpenter", "cluster-autoscaler": "the Cluster Autoscaler"}
_ELSEWHERE: Final = "or select a node group that no autoscaler empties with node_group="
_REMEDIES: Final = {
    "karpenter": "remove that node pool's nodes only when they are empty (disruption.consolidationPolicy: WhenEmpty), "
    + _ELSEWHERE,
    "cluster-autoscaler": "keep that node group from being scaled down (annotation cluster-autoscaler.kubernetes.io/"
    "scale-down-disabled on its nodes), " + _ELSEWHERE,
}
"""What to do where the annotations that autoscalers go by do not reach the pods."""


@rule(
    "IGZ211",
    "run-can-be-consolidated",
    "a run whose completion is promised, on nodes that an autoscaler may empty",
    severity="warning",
    waivable=True,
    source="An autoscaler that saves nodes ends the pods of one that is hardly used, and a run starts anew.",
    origin="Karpenter 1.13, as it was run against; the Cluster Autoscaler's FAQ",
    fix="apply the profile again, which writes the annotations that autoscalers go by",
    reads=("annotations", "completion_promised", "written", "live", "containers", *PLACEMENT[1:]),
    cel=cel.run_can_be_consolidated(_NAMES, _REMEDIES),
)
def run_can_be_consolidated(subject: Subject) -> Iterator[Found | Skip]:
    # The pod of a pipeline's step, of which no container is known, only waits for the run.
    if not subject.completion_promised or not subject.asked.containers or _is_drift(subject):
        return
    ending = [autoscaler for autoscaler in PROTECTION if _may_end(subject, autoscaler)]
    live = subject.cluster.live
    if not ending:
        return
    if live is None:
        yield Skip("whether an autoscaler empties nodes is not known; Cluster.from_kubernetes() reads it")
        return
    pool = next((each for each in live.pools if each.autoscaler in ending and _can_end(each, subject)), None)
    if pool is not None:
        yield _found(subject, pool)
    elif live.missing:
        yield Skip(f"whether an autoscaler empties nodes is not known: not everything was read ({live.missing[0]})")


def _is_drift(subject: Subject) -> bool:
    """Whether the profile wrote the annotations: what of them no longer stands is IGZ907's to say."""
    return subject.written is not None and "annotations" in subject.written.wrote.get(subject.asked.role, {})


def _may_end(subject: Subject, autoscaler: str) -> bool:
    name, protecting = PROTECTION[autoscaler]
    found = subject.pod.annotations.get(name)
    if found == protecting:
        return False
    # Left to itself, the Cluster Autoscaler ends no pod that has no controller, as MLRun's own have none.
    return autoscaler == "karpenter" or found is not None or not subject.traits.annotated


def _can_end(pool: Pool, subject: Subject) -> bool:
    """Whether the pod may run on the pool's nodes, and they are removed although something runs there."""
    existing = pool._replace(room={}, fault="")
    return not pool.only_empty and additions(subject.pod.but(containers=()), [existing])[0].answer != "no"


def _found(subject: Subject, pool: Pool) -> Found:
    what = f"its completion is promised, and {_NAMES[pool.autoscaler]} may end its pod to empty a node of {pool.name!r}"
    if subject.traits.annotated:
        return Found(what, field=("annotations",))
    return Found(
        f"{what}: the annotations of a function of kind {subject.function.kind!r} do not reach its pods",
        _REMEDIES[pool.autoscaler],
        field=(),
    )
