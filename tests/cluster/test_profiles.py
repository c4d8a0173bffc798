"""Every profile on every kind of function: its effective pods, submitted for real, land only where it promises.

Each pod is submitted twice: as it is, where it must be bound to a node that the promise allows, and kept off those
nodes, where it must stay Pending. The second shows the nodes that the first happened not to choose.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, UnsafeCombination, Waiver, Workload, profiles
from igz_runtime.cluster.api.dry_run import manifest
from igz_runtime.cluster.scheduling import fit
from igz_runtime.errors import IgzRuntimeError
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.planning.plan import Plan, RolePlan
from igz_runtime.planning.subjects import promised_to
from igz_runtime.profiles.profile import Profile
from tests.cluster.scheduler import Scheduler, kept_off
from tests.cluster.shapes import SHAPES, Shape, priority_classes, standing
from tests.contract.functions import FUNCTIONS, job

SIZE: dict[str, Any] = {"cpu": "100m", "memory": "64Mi"}
RESUBMITTED = {"IGZ101": Waiver("checkpointed, and resubmitted by cron"), "IGZ103": Waiver("resubmitted by cron")}
STATELESS = Workload(stateful=False)
ON_SPOT: dict[str, Any] = {"workload": STATELESS, "waive": RESUBMITTED}
MADE = tuple(make(**SIZE) for make in profiles.BUILT_IN)
PROFILES: tuple[Profile, ...] = (
    *(each if each.lifecycle == "on-demand" else each.replace(**ON_SPOT) for each in MADE),
    profiles.production_job(**SIZE, gpus=1),
)


def spot_selector() -> Any:
    """A function that selects spot nodes by hand, which contradicts every promise of on-demand nodes."""
    fn = job()
    fn.with_node_selection(node_selector={"app.iguazio.com/lifecycle": "preemptible"})
    return fn


def blanket_toleration() -> Any:
    """A function that tolerates every taint."""
    fn = job()
    fn.with_node_selection(tolerations=[{"operator": "Exists"}])
    return fn


def spot_affinity() -> Any:
    """A function whose affinity names spot nodes, and a zone."""
    fn = job()
    expression = {"key": "eks.amazonaws.com/capacityType", "operator": "In", "values": ["SPOT"]}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    fn.with_node_selection(affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}})
    return fn


def gpu_by_hand() -> Any:
    """A function that asks for a GPU itself."""
    fn = job()
    fn.with_limits(gpus=1)
    return fn


TRAPS: dict[str, Callable[[], Any]] = {
    "spot selector": spot_selector,
    "blanket toleration": blanket_toleration,
    "spot affinity": spot_affinity,
    "GPU by hand": gpu_by_hand,
}


@pytest.fixture(scope="module", autouse=True)
def priorities(kubernetes: Any) -> Iterator[None]:
    """Iguazio's priority classes for user work."""
    # None takes another's place: a pod that was bound stays where a test looks for it.
    with priority_classes(kubernetes, preemptionPolicy="Never"):
        yield


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_pods_land_only_where_the_promise_allows(
    kubernetes: Any, kubeconfig: Path, namespace: str, mlconf: Any, shape: Shape
) -> None:
    mlconf.preemptible(shape.preemptible)
    seen, judged = Counter[str](), set[str]()
    with standing(kubernetes, shape, namespace):
        cluster = Cluster.from_kubernetes(
            kubeconfig=str(kubeconfig), namespace=namespace, core_labels=shape.core_labels
        )
        judge = _Judge(kubernetes, namespace, shape, cluster)
        for profile, fn, name in _every():
            try:
                plan = profile.plan(fn, cluster)
            except IgzRuntimeError:
                seen["not for this kind"] += 1
                continue
            if plan.refused:
                with pytest.raises(UnsafeCombination):
                    plan.apply()
                seen["refused"] += 1
                continue
            for role in plan.roles:
                pod = manifest(role.effective)
                key = json.dumps([pod, _promise(plan, role), bool(role.effective.gpu_types)], sort_keys=True)
                if key not in judged:
                    judged.add(key)
                    judge.holds(plan, role, f"{shape.name}: {profile!r} on {name}")
                seen[_promise(plan, role)] += 1
    assert seen["on-demand"] > 60, seen
    assert seen["any"] > 5, seen
    assert seen["spot"] > 3, seen


def _every() -> Iterator[tuple[Profile, Any, str]]:
    for profile in PROFILES:
        for name, make in {**FUNCTIONS, **TRAPS}.items():
            yield profile, make(), name


def _promise(plan: Plan, role: RolePlan) -> str:
    return promised_to(plan.profile.lifecycle, plan.after, role.after)


class _Judge:
    """Submits pods to the scheduler, and compares where they land with what was promised, and with our own answer."""

    def __init__(self, kubernetes: Any, namespace: str, shape: Shape, cluster: Cluster) -> None:
        self._shape = shape
        self._scheduler = Scheduler(kubernetes, namespace)
        assert cluster.live is not None
        self._nodes = cluster.live.nodes
        self._scheduler.wait_for([node.name for node in self._nodes])

    def holds(self, plan: Plan, role: RolePlan, what: str) -> None:
        """The pod is bound to a node that the promise allows; without those nodes, to none."""
        allowed = set(self._allowed(_promise(plan, role), role.effective))
        said = set(fit(role.effective, self._nodes).eligible)
        assert said, f"{what}, {role.role}: fits no node\n{plan}"
        assert said <= allowed, f"{what}, {role.role}: we say {said}, allowed are {allowed}\n{plan}"
        pod = manifest(role.effective)
        bound, _ = self._scheduler.decide(pod)
        assert bound in said, f"{what}, {role.role}: bound to {bound!r}, we say {said}\n{plan}"
        bound, _ = self._scheduler.decide(kept_off(pod, said))
        assert not bound, f"{what}, {role.role}: bound to {bound}, beside {said}\n{plan}"

    def _allowed(self, promised: str, pod: PodSettings) -> Iterator[str]:
        for node in self._nodes:
            group = next(g for g in self._shape.groups if f"-{g.name}-" in node.name)
            lifecycle = group.lifecycle or "on-demand"
            with_gpu = "nvidia.com/gpu" in group.room
            if not group.core and promised in ("any", lifecycle) and (with_gpu or not pod.gpu_types):
                yield node.name
