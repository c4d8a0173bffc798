"""IGZ1xx: preemption modes: what contradicts one, and what one does not do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from igz_runtime.cluster.landing import asks_for_spot
from igz_runtime.cluster.node_groups import Preemptible
from igz_runtime.effective import lost, mode_in_force
from igz_runtime.functions.names import MODES
from igz_runtime.k8s.pod import Field
from igz_runtime.rules.authoring import BEST_PRACTICES, VERIFIED, Found, Skip, rule
from igz_runtime.rules.causes import of_mode, of_selection, selecting
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.cel import modes as cel
from igz_runtime.rules.reads import PLACEMENT
from igz_runtime.rules.selections import avoids_spot, clash_in, removed_from
from igz_runtime.rules.subject import Subject


@rule(
    "IGZ104",
    "selection-contradicts-mode",
    "a node selector or affinity that contradicts the preemption mode",
    severity="error",
    waivable=True,
    source="Preemption mode controls whether pods can be scheduled on preemptible (spot) nodes.",
    origin=BEST_PRACTICES,
    fix="remove the selector or expression, or choose the mode that it needs",
    reads=(*PLACEMENT, "lifecycle_promised", "node_groups", "assumed"),
    cel=elsewhere.OF_MODE,
)
def selection_contradicts_mode(subject: Subject) -> Iterable[Found | Skip]:
    found = [*_asks_for_spot(subject), *_excludes_spot(subject)]
    return found or _excludes_every_node(subject)


def _asks_for_spot(subject: Subject) -> Iterator[Found]:
    for place, requirement in subject.selections:
        if not asks_for_spot(requirement, subject.cluster):
            continue
        if subject.mode == "prevent":
            yield Found(
                f"{place} {requirement} asks for spot nodes, and preemption mode 'prevent' forbids them",
                "remove it to stay on demand, or use profiles.opportunistic_job(…) or mode 'constrain' to run on spot",
                field=of_selection(place, requirement),
            )
        elif subject.lifecycle_promised == "on-demand":
            message = f"{place} {requirement} asks for spot nodes, and the profile promises on-demand nodes"
            yield Found(message, field=of_selection(place, requirement))


def _excludes_every_node(subject: Subject) -> Iterator[Found]:
    clash = clash_in(subject)
    if clash:
        message = f"node selector and required affinity exclude each other on {clash}: it would never be scheduled"
        selected = clash in subject.asked.node_selector
        yield Found(message, field=("node_selector", clash) if selected else selecting(subject))
    elif not subject.cluster.node_groups and not subject.effective.refusal and not subject.lands_somewhere:
        message = "its selection admits neither on-demand nodes nor known spot nodes: it would never be scheduled"
        yield Found(message, field=selecting(subject))


def _excludes_spot(subject: Subject) -> Iterator[Found]:
    spot_only = subject.mode == "constrain" or subject.lifecycle_promised == "spot"
    if not spot_only and subject.mode != "allow":
        return
    avoiding = [(place, r) for place, r in subject.selections if avoids_spot(r, subject.cluster)]
    if not avoiding or subject.effective.refusal:
        return
    field = of_selection(*avoiding[0])
    removed = [(place, r) for place, r in removed_from(subject) if avoids_spot(r, subject.cluster)]
    if subject.can_land_on_spot and removed and subject.mode in ("constrain", "allow"):
        message = (
            f"{' '.join(map(str, removed[0]))} excludes spot nodes, and preemption mode {subject.mode!r} removes it"
        )
        yield Found(message, field=of_selection(*removed[0]))
    elif not subject.can_land_on_spot and subject.can_land_on_demand and subject.mode == "allow":
        yield Found(
            f"{' '.join(map(str, avoiding[0]))} excludes spot nodes, so preemption mode 'allow' has no effect",
            "remove it to run on spot nodes too, or use mode 'prevent' to say that it stays on demand",
            severity="info",
            field=field,
        )
    elif not subject.can_land_on_demand and spot_only:
        words = " ".join(map(str, avoiding[0]))
        message = f"{words} excludes spot nodes, and the pod may run nowhere else: it would never be scheduled"
        yield Found(message, field=field)


@rule(
    "IGZ105",
    "mode-does-nothing",
    "a preemption mode that does nothing, because no preemptible nodes are configured",
    severity="warning",
    source="`prevent` is a no-op when preemptible nodes are not configured.",
    origin=VERIFIED,
    fix="ask the administrator to configure MLRun's preemptible_nodes, or place the function by node group",
    reads=(*PLACEMENT, "lifecycle_promised", "node_groups", "assumed"),
    cel=elsewhere.OF_MODE,
)
def mode_does_nothing(subject: Subject) -> Iterable[Found | Skip]:
    if subject.lifecycle_promised == "on-demand" and subject.worst_landings:
        return (_promise_not_kept(subject),)
    if subject.traits.platform == "nuclio":
        platform, configured = "Nuclio", subject.cluster.nuclio
    else:
        platform, configured = "MLRun", subject.cluster.mlrun
    if (configured is not None and configured.is_configured) or subject.mode not in MODES:
        return ()
    if subject.mode in ("allow", "constrain") or (subject.mode == "prevent" and subject.can_land_on_spot):
        return (_does_nothing(subject, platform),)
    answered = subject.can_land_on_spot or subject.lifecycle_promised or subject.traits.platform == "kubernetes"
    if answered or subject.cluster.node_groups or not subject.worst_landings:
        return ()
    return (Skip(f"{platform} has no preemptible nodes configured, and no spot nodes are known"),)


def _promise_not_kept(subject: Subject) -> Found:
    why, fix, field = _leading_to_spot(subject)
    message = f"the profile promises on-demand nodes, and {why} {subject.worst_landings[0]}"
    return Found(message, fix, "error", field)


def _leading_to_spot(subject: Subject) -> tuple[str, str, Field]:
    """What leads a pod onto spot nodes that shall stay off them, what to do, and the field."""
    if named := subject.pod.node_name:
        fix = "remove the node name, and select nodes by label"
        return f"nodeName {named!r} may name one of the", fix, ("node_name",)
    for place, requirement in subject.selections:
        if asks_for_spot(requirement, subject.cluster):
            return f"its {place} asks for", "remove what asks for spot nodes", of_selection(place, requirement)
    return "nothing keeps the pod off", "", of_mode(subject)


def _does_nothing(subject: Subject, platform: str) -> Found:
    message = f"preemption mode {subject.mode!r} does nothing: {platform} has no preemptible nodes configured"
    return Found(message, field=of_mode(subject))


@rule(
    "IGZ106",
    "mode-deletes-selection",
    "a preemption mode that deletes the node selector, the affinity or the required zone",
    severity="error",
    waivable=True,
    source="`prevent` deletes the user's whole nodeSelector when the server has only preemptible tolerations "
    "configured; `constrain`, and `prevent` with labels only, replace the whole required node affinity.",
    origin=VERIFIED,
    fix="apply a profile: it reaches the same placement with mode 'none' and its own affinity",
    reads=("node_selector", "affinity", "node_groups", "assumed"),
    cel=elsewhere.OF_MODE,
)
def mode_deletes_selection(subject: Subject) -> Iterator[Found | Skip]:
    if not subject.asked.node_selector and subject.asked.affinity is None:
        return
    removed = list(lost(subject.asked, subject.pod, subject.cluster))
    if removed:
        assumed = " (assuming Iguazio's defaults)" if subject.cluster.assumed else ""
        yield Found(
            f"preemption mode {subject.mode!r} removes {', '.join(removed)}{assumed}",
            severity="warning" if subject.cluster.assumed else None,
            field=of_mode(subject) or ("affinity" if subject.asked.affinity else "node_selector",),
        )


@rule(
    "IGZ108",
    "constrain-without-labels",
    "`constrain` where the labels of spot nodes are not configured",
    severity="error",
    waivable=True,
    source="With only tolerations configured, MLRun's `constrain` does not constrain, and Nuclio writes an empty list "
    "of node selector terms, so the API server refuses the Deployment.",
    origin=VERIFIED,
    fix="apply profiles.opportunistic_job(…), which writes the affinity itself, or have the labels configured",
    reads=(*PLACEMENT, "lifecycle_promised", "node_groups"),
    cel=elsewhere.OF_MODE,
)
def constrain_without_labels(subject: Subject) -> Iterable[Found | Skip]:
    if subject.lifecycle_promised == "spot" and subject.can_land_on_demand:
        message = "the profile promises spot nodes only, and nothing keeps the pod off on-demand nodes"
        return (Found(message, field=("node_name",) if subject.asked.node_name else of_mode(subject)),)
    if subject.mode != "constrain":
        return ()
    if subject.effective.refusal:
        return (Found(f"Kubernetes refuses the pod: {subject.effective.refusal}", field=of_mode(subject)),)
    preemptible: Preemptible = subject.cluster.mlrun
    if subject.traits.platform == "nuclio" or not preemptible.is_configured or preemptible.node_selector:
        return ()
    if not subject.can_land_on_demand:
        return ()  # its own selection keeps it there
    message = "MLRun has only tolerations configured, so 'constrain' does not keep the pod on spot nodes"
    return (Found(message, field=of_mode(subject)),)


@rule(
    "IGZ110",
    "unknown-preemption-mode",
    "a preemption mode that does not exist",
    severity="error",
    source="A mode that does not exist is accepted and switches enrichment off altogether, the platform's default mode "
    "too.",
    origin=VERIFIED,
    fix="use allow, constrain, prevent or none, in lower case",
    reads=("preemption_mode", "mode_annotation"),
    each="value",
    cel=cel.UNKNOWN_PREEMPTION_MODE,
)
def unknown_preemption_mode(subject: Subject) -> Iterator[Found | Skip]:
    for field, what, mode in (
        ("preemption_mode", "preemption mode", subject.asked.preemption_mode),
        ("mode_annotation", "annotation nuclio.io/preemptible-mode", subject.asked.mode_annotation),
    ):
        if mode and mode not in MODES:
            message = f"{what} {mode!r} does not exist; it also turns off the platform's own default"
            yield Found(message, field=(field,))


@rule(
    "IGZ111",
    "annotation-overrides-mode",
    "the annotation nuclio.io/preemptible-mode overrides the mode that the function states",
    severity="warning",
    waivable=True,
    source="The annotation `nuclio.io/preemptible-mode` wins over `spec.preemptionMode`.",
    origin=VERIFIED,
    fix="remove the annotation, and state the mode in one place",
    reads=("mode_annotation", "preemption_mode"),
    cel=cel.ANNOTATION_OVERRIDES_MODE,
)
def annotation_overrides_mode(subject: Subject) -> Iterable[Found | Skip]:
    annotation, stated = subject.asked.mode_annotation, subject.asked.preemption_mode
    without = subject.asked.but(mode_annotation=None)
    if not annotation or annotation == mode_in_force(subject.function, without, subject.cluster):
        return ()
    message = f"the annotation asks for mode {annotation!r}, and the function states {stated or 'none at all'!r}"
    return (Found(message),)
