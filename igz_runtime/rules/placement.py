"""IGZ4xx: node groups and placement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from igz_runtime.cluster.clouds import SPOT_VALUES
from igz_runtime.cluster.landing import can_land, hindrance, shape_of
from igz_runtime.cluster.node_groups import GROUPS_UNKNOWN, NodeGroup
from igz_runtime.k8s.labels import is_label_key, label_fault
from igz_runtime.k8s.pod import Field
from igz_runtime.messages import misspelled
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.causes import keeping_off, of_most, of_selection, opening_group, selecting
from igz_runtime.rules.cel import placement as cel
from igz_runtime.rules.findings import Severity
from igz_runtime.rules.reads import PLACEMENT
from igz_runtime.rules.subject import Subject

ASSIGNING = "Iguazio, Best Practices, Assigning Services and Jobs to Node Groups"

RESERVED_GROUP: Final = (
    "The initial node group is reserved for core services of the Iguazio platform. Do not configure other "
    "services to run on the initial node group."
)

GPU_GROUP: Final = "If GPUs are needed, use a dedicated node group for the GPUs."


@rule(
    "IGZ401",
    "on-core-services",
    "pods that can land on the node group of the core services",
    severity="error",
    waivable=True,
    source=RESERVED_GROUP,
    origin=ASSIGNING,
    fix="choose a node group for user work: node_group='…' of a profile, or a node selector",
    reads=(*PLACEMENT, "node_groups"),
    cel=cel.ON_CORE_SERVICES,
)
def on_core_services(subject: Subject) -> Iterator[Found | Skip]:
    groups = subject.cluster.node_groups
    if not any(group.core for group in groups):
        yield Skip("the node group of the core services is not known" if groups else GROUPS_UNKNOWN)
        return
    for group in groups:
        if group.core and can_land(subject.pod, shape_of(group)):
            message = f"its pod can land on node group {group.name!r}, which hosts the core services"
            yield Found(message, field=opening_group(subject, group))


@rule(
    "IGZ402",
    "gpu-placement",
    "GPU work not bound to the GPU node group, or CPU work allowed onto it",
    severity="warning",
    waivable=True,
    source=GPU_GROUP,
    origin="Iguazio, Best Practices, Development Cluster",
    fix="choose the node group: node_group='…' of a profile, or a node selector",
    reads=(*PLACEMENT, "containers", "roles.containers", "node_groups", "live"),
    cel=cel.GPU_PLACEMENT,
)
def gpu_placement(subject: Subject) -> Iterator[Found | Skip]:
    groups = subject.cluster.node_groups
    if not any(group.gpu for group in groups):
        if subject.asked.gpu_types:
            yield Skip("the node groups with GPUs are not known" if groups else GROUPS_UNKNOWN)
        return
    landings = [group for group in groups if can_land(subject.pod, shape_of(group))]
    if not subject.asked.gpu_types:
        for group in landings:
            if group.gpu and not subject.function.goes_to_gpus(subject.asked):
                message = f"asks for no GPU, and its pod can land on node group {group.name!r}, which has GPUs"
                yield Found(message, field=opening_group(subject, group))
    elif not any(group.gpu for group in landings):
        if subject.cluster.live and subject.cluster.live.missing:
            yield Skip(f"not everything was read ({'; '.join(subject.cluster.live.missing)})")
            return
        with_gpus = [group for group in groups if group.gpu]
        message = f"asks for a GPU, and its pod can land on no node group that has GPUs{_against(subject, with_gpus)}"
        yield Found(message, severity="error", field=keeping_off(subject, with_gpus[0]))
    else:
        for group in landings:
            if not group.gpu:
                message = f"asks for a GPU, and is not kept off node group {group.name!r}, which has none"
                yield Found(
                    message, field=opening_group(subject, group) or of_most(subject, subject.asked.gpu_types[0])
                )


@rule(
    "IGZ404",
    "node-name-pinned",
    "nodeName bypasses the scheduler",
    severity="error",
    waivable=True,
    source="The next step is to assign services and jobs to them, by using node selectors.",
    origin=ASSIGNING,
    fix="remove the node name, and select nodes by label",
    reads=("node_name",),
    each="value",
    cel=cel.NODE_NAME_PINNED,
)
def node_name_pinned(subject: Subject) -> Iterable[Found | Skip]:
    if not subject.asked.node_name:
        return ()
    return (
        Found(
            f"nodeName {subject.asked.node_name!r} bypasses the scheduler: taints, selectors and resources are "
            "ignored, and the pod stays Pending when that node is gone"
        ),
    )


@rule(
    "IGZ405",
    "unmatchable-selector",
    "a selector or label value that cannot match",
    severity="error",
    source="A label value is empty or begins and ends with a letter or digit, with dashes, underscores and dots "
    "between; 63 characters at most.",
    origin="Kubernetes, Labels and Selectors",
    fix="write the label exactly as the nodes carry it (kubectl get nodes --show-labels)",
    reads=(*PLACEMENT, "planned", "node_groups", "live"),
    cel=cel.UNMATCHABLE_SELECTOR,
)
def unmatchable_selector(subject: Subject) -> Iterator[Found | Skip]:
    if subject.effective.refusal and subject.mode != "constrain":  # IGZ108 reports it of `constrain`
        message = f"Kubernetes refuses the pod: {subject.effective.refusal}"
        yield Found(message, "remove the empty list, or fill it", field=("affinity",))
    doubtful = list(_doubtful_selections(subject))
    yield from doubtful
    if subject.effective.refusal or (doubtful and not subject.planned):
        return
    severity: Severity = "error" if subject.planned else "warning"
    groups = subject.cluster.node_groups
    if subject.live_landing:
        if subject.live_landing.unread:
            yield Skip(f"not everything was read ({subject.live_landing.unread})")
        elif subject.live_landing.nowhere:
            why = f"it would never be scheduled ({subject.live_landing.nowhere})"
            message = f"its pod fits no node, and none can be added: {why}"
            yield Found(message, "remove what excludes the nodes that it is meant for", severity, selecting(subject))
        elif subject.live_landing.doubt:
            message = (
                "its pod fits no node that is there now, and whether an autoscaler can add one is not known "
                f"({subject.live_landing.doubt})"
            )
            yield Found(message, "ask for what the nodes carry that are there now", "warning", selecting(subject))
    elif groups and not any(can_land(subject.pod, shape_of(group)) for group in groups):
        yield Found(
            f"its pod fits none of the known node groups: it would never be scheduled{_against(subject, groups)}",
            cel.FITS_NONE,
            severity,
            keeping_off(subject, groups[0]),
        )
    elif groups:
        yield from _labels_of_no_group(subject)


def _labels_of_no_group(subject: Subject) -> Iterator[Found | Skip]:
    """Labels that are selected, and that no known node group is said to carry: a description need not name them all."""
    known = {key for group in subject.cluster.node_groups for key in group.labels}
    for place, requirement in subject.selections:
        key = requirement.key
        if requirement.operator not in ("In", "Exists", "Gt", "Lt") or key in known or key in SPOT_VALUES:
            continue
        near = misspelled(key, known)
        if near:
            message = f"{place} asks for the label {key!r}, which no known node group carries; did you mean {near!r}?"
            yield Found(message, severity="warning", field=of_selection(place, requirement))
        else:
            yield Skip(f"it is not known whether any node carries the label {key!r}, which its {place} asks for")


def _against(subject: Subject, groups: Sequence[NodeGroup]) -> str:
    """What keeps the pod off the first of these groups, as the end of a sentence."""
    said = [f"{group.name!r} by {hindrance(subject.pod, shape_of(group))}" for group in groups[:_MOST_GROUPS]]
    more = ", …" if len(groups) > _MOST_GROUPS else ""
    return f" (kept off {', '.join(said)}{more})" if said else ""


_MOST_GROUPS = 4


def _doubtful_selections(subject: Subject) -> Iterator[Found]:
    for place, requirement in subject.selections:
        field: Field = of_selection(place, requirement)
        if not is_label_key(requirement.key):
            yield Found(f"{place} key {requirement.key!r} is not a label key", field=field)
        for value in requirement.values or ():
            fault = label_fault(value)
            if fault:
                yield Found(f"{place} {requirement.key}={value!r} {fault}", field=field)
            elif requirement.operator == "In" and _on_no_node(subject, requirement.key, value):
                message = f"{place} {requirement.key}={value} matches no known node group"
                yield Found(message, severity="warning", field=field)


def _on_no_node(subject: Subject, key: str, value: str) -> bool:
    """Whether known node groups carry the key, and none of them with this value."""
    live = subject.cluster.live
    if live is not None and any(node.labels.get(key) == value for node in live.nodes):
        return False
    carried = [group.labels[key] for group in subject.cluster.node_groups if key in group.labels]
    return bool(carried) and value not in carried
