"""Faults to plant on a good cluster, by name: what is changed, and which rules find which function or node group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import NamedTuple

from igz_runtime.cluster import Preemptible
from tests.cluster.layouts import CORE_CLASS, Cloud, Layout, Nodes, empty
from tests.cluster.running_pods import (
    GPUS,
    ONE,
    app_services,
    busy,
    jupyter,
    nuclio,
    nuclio_function,
    run,
    spark,
)

GPU = {**ONE, GPUS: "1"}
HIGH, LOW = "igz-workload-high", "igz-workload-low"


def _same(layout: Layout) -> Layout:
    return layout


def _nothing(_: Layout) -> Mapping[str, set[str]]:
    return {}


class Fault(NamedTuple):
    """A fault.

    Attributes:
        found: by rule, the functions and node groups that it is found on; `{core}` is the group of that role.
        environment: the environment of the cluster.
        before: what is changed before anything runs there.
        after: what is changed after that.
        also: what else is found on some clusters.
    """

    found: Mapping[str, set[str]]
    environment: str = "production"
    before: Callable[[Layout], Layout] = _same
    after: Callable[[Layout], Layout] = _same
    also: Callable[[Layout], Mapping[str, set[str]]] = _nothing

    def layout(self, cloud: Cloud) -> Layout:
        """The cluster with the fault."""
        return self.after(busy(self.before(empty(cloud, self.environment))))

    def expected(self, layout: Layout) -> set[tuple[str, str]]:
        """What is found on it, as pairs of rule and function or node group."""
        found = [*self.found.items(), *self.also(layout).items()]
        called = {role: layout.called(role) for role in layout.groups}
        return {(rule, name.format_map(called)) for rule, names in found for name in names}


def _core_on_spot(layout: Layout) -> Layout:
    taints = (*layout.groups["core"].taints, *layout.cloud.spot_taints)
    return layout.changed("core", spot=True, taints=taints)


def _one_group(layout: Layout) -> Layout:
    left = layout.without("jobs", "gpu", "spot")
    return left._replace(status=left.groups["core"].scaled)  # nobody runs an autoscaler for nothing


def _mixed(layout: Layout) -> Layout:
    labels = {layout.cloud.label: layout.called("gpu")}
    return layout.changed("plain", **{**layout.groups["gpu"]._asdict(), "room": Nodes().room, "labels": labels})


def _gpu_service(layout: Layout) -> Layout:
    resources = {"requests": ONE, "limits": {**ONE, "nvidia_gpu": "1"}}
    never = app_services(layout, lab={"resources": resources, "scale_to_zero": {"mode": "disabled"}})
    return layout.running(jupyter(layout, "gpu", 0, "lab", requests=GPU)).declaring(never)


def _cron(layout: Layout) -> Layout:
    night = {"night": {"kind": "cron", "attributes": {"interval": "1h"}}}
    return layout.declaring(nuclio_function(layout, "nightly", "jobs", minReplicas=0, triggers=night))


CORE: Mapping[str, Fault] = {
    "core services on spot nodes": Fault({"IGZ601": {"{core}"}}, before=_core_on_spot),
    "a core group that may grow": Fault(
        {"IGZ602": {"{core}"}}, before=lambda it: it.changed("core", most=5, scaled=True)
    ),
    "one core node": Fault({"IGZ603": {"{core}"}}, before=lambda it: it.changed("core", there=1)),
    "a core node that is not ready": Fault(
        {"IGZ603": {"{core}"}}, "development", before=lambda it: it.changed("core", unready=1)
    ),
    "no group for user work": Fault(
        {"IGZ604": {"cluster"}, "IGZ605": {"etl"}},
        before=_one_group,
        after=lambda it: it.running(run(it, "core", 0, "etl")),
    ),
    "user pods on core nodes": Fault({"IGZ605": {"stray"}}, after=lambda it: it.running(run(it, "core", 0, "stray"))),
    "user pods that select no group": Fault(
        {},
        after=lambda it: it.running(run(it, "jobs", 0, "loose", spec={"nodeSelector": {}})),
        also=lambda it: {} if it.groups["core"].taints else {"IGZ401": {"loose"}},
    ),
}
GROUPS: Mapping[str, Fault] = {
    "notebooks beside jobs": Fault(
        {"IGZ606": {"{jobs}"}}, "development", after=lambda it: it.running(jupyter(it, "jobs", 0, "lab2"))
    ),
    "GPU nodes and others of one name": Fault(
        {"IGZ607": {"{gpu} (on-demand, GPU)"}, "IGZ402": {"segments"}}, before=_mixed
    ),
    "work without GPUs on GPU nodes": Fault(
        {"IGZ607": {"{gpu}"}, "IGZ402": {"cuckoo"}}, after=lambda it: it.running(run(it, "gpu", 0, "cuckoo"))
    ),
    "GPU nodes without a taint": Fault({"IGZ608": {"{gpu}"}}, before=lambda it: it.changed("gpu", taints=())),
    "spot nodes without a taint": Fault({"IGZ609": {"{spot}"}}, before=lambda it: it.changed("spot", taints=())),
    "spot nodes that nobody was told of": Fault(
        {"IGZ609": {"{spot}"}}, before=lambda it: it._replace(told=Preemptible())
    ),
    "a user group without a ready node": Fault(
        {"IGZ615": {"{extra}"}}, before=lambda it: it.changed("extra", there=1, least=1, most=1, unready=1)
    ),
    "production on spot nodes only": Fault({"IGZ616": {"cluster"}}, before=lambda it: it.without("jobs")),
    "requests far below limits": Fault(
        {"IGZ617": {"{jobs}"}, "IGZ611": {"hungry"}, "IGZ207": {"hungry"}},
        after=lambda it: it.running(run(it, "jobs", 0, "hungry", limits={"cpu": "1", "memory": "40Gi"})),
    ),
}
PODS: Mapping[str, Fault] = {
    "a class that does not exist": Fault(
        {"IGZ610": {"cluster"}},
        before=lambda it: it._replace(classes={name: each for name, each in it.classes.items() if name != HIGH}),
    ),
    "a class that may evict": Fault(
        {"IGZ610": {"cluster"}}, before=lambda it: it.ranked(LOW, preemptionPolicy="PreemptLowerPriority")
    ),
    "classes that rank the wrong way": Fault({"IGZ610": {"cluster"}}, before=lambda it: it.ranked(LOW, value=99)),
    "pods without a class": Fault(
        {"IGZ610": {"cluster"}}, after=lambda it: it.running(run(it, "jobs", 0, "nameless", priority=""))
    ),
    "pods that are not Guaranteed": Fault(
        {"IGZ611": {"bursts"}},
        after=lambda it: it.running(run(it, "jobs", 0, "bursts", limits={"cpu": "1", "memory": "3Gi"})),
    ),
    "Jupyter in production": Fault({"IGZ612": {"lab"}}, after=lambda it: it.running(jupyter(it, "jobs", 0, "lab"))),
    "a development profile in production": Fault(
        {"IGZ612": {"draft"}},
        after=lambda it: it.running(run(it, "jobs", 0, "draft", labels={"igz-runtime/profile": "development_job"})),
    ),
    "a GPU service that never ends": Fault({"IGZ613": {"lab"}}, "development", after=_gpu_service),
    "stateful work on spot nodes": Fault(
        {"IGZ614": {"sums"}, "IGZ112": {"sums"}}, after=lambda it: it.running(spark(it, "spot", 0, "sums", "executor"))
    ),
    "training on spot nodes, by its name": Fault(
        {"IGZ614": {"trainer"}, "IGZ112": {"trainer"}}, after=lambda it: it.running(run(it, "spot", 0, "trainer"))
    ),
    "pods that wait in vain": Fault(
        {"IGZ618": {"lost"}},
        before=lambda it: it._replace(later=60),
        after=lambda it: it.running(
            run(it, "jobs", None, "lost", spec={"nodeSelector": {**it.selector("jobs"), "disk": "fast"}})
        ),
    ),
    "pods larger than every node": Fault(
        {},
        before=lambda it: it._replace(later=60),
        after=lambda it: it.running(run(it, "jobs", None, "huge", requests={"cpu": "100", "memory": "2Gi"})),
        # Karpenter may choose a larger instance.
        also=lambda it: {} if it.cloud.name == "karpenter" else {"IGZ618": {"huge"}, "IGZ208": {"huge"}},
    ),
    "a class of the system": Fault(
        {"IGZ619": {"pushy"}}, after=lambda it: it.running(run(it, "jobs", 0, "pushy", priority=CORE_CLASS))
    ),
}
DECLARED: Mapping[str, Fault] = {
    "a Deployment whose pods nobody makes": Fault(
        {"IGZ619": {"refused"}},
        after=lambda it: it.lacking(nuclio(it, "jobs", None, "refused", priority=CORE_CLASS)),
    ),
    "a mode that does not exist": Fault(
        {"IGZ110": {"cheap"}},
        after=lambda it: it.declaring(nuclio_function(it, "cheap", "jobs", preemptionMode="never")),
    ),
    "a cron trigger and no pods": Fault({"IGZ505": {"nightly"}}, after=_cron),
}
FAULTS = {**CORE, **GROUPS, **PODS, **DECLARED}


CLUSTERS: Mapping[str, tuple[str, ...]] = {
    "one that was set up in a hurry": (
        "a core group that may grow",
        "one core node",
        "GPU nodes without a taint",
        "work without GPUs on GPU nodes",
        "pods without a class",
        "pods that are not Guaranteed",
        "Jupyter in production",
    ),
    "one that saves on spot nodes": (
        "core services on spot nodes",
        "spot nodes without a taint",
        "stateful work on spot nodes",
        "training on spot nodes, by its name",
        "a user group without a ready node",
        "a class that may evict",
    ),
    "one that nobody looks after": (
        "GPU nodes and others of one name",
        "spot nodes that nobody was told of",
        "user pods on core nodes",
        "user pods that select no group",
        "requests far below limits",
    ),
    "one of a single node group": ("no group for user work",),
    "one without on-demand nodes for users": ("production on spot nodes only",),
    "one that data scientists share": (
        "a core node that is not ready",
        "notebooks beside jobs",
        "a GPU service that never ends",
    ),
}
"""Bad clusters, by what is planted on each: together, every fault of node groups."""


def together(faults: Iterable[Fault]) -> Fault:
    """Faults of one environment on one cluster."""
    faults = tuple(faults)

    def all_of(name: str) -> Callable[[Layout], Layout]:
        return lambda layout: reduce(lambda so_far, fault: getattr(fault, name)(so_far), faults, layout)

    def found(layout: Layout) -> Mapping[str, set[str]]:
        united: dict[str, set[str]] = {}
        for fault in faults:
            for rule, names in (*fault.found.items(), *fault.also(layout).items()):
                united[rule] = united.get(rule, set()) | names
        return united

    return Fault({}, faults[0].environment, all_of("before"), all_of("after"), found)
