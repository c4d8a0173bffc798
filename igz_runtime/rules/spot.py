"""IGZ1xx: spot nodes and preemption modes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from igz_runtime.cluster.landing import every_spot_shape, taint_of, where
from igz_runtime.cluster.model import Preemptible
from igz_runtime.effective import lost
from igz_runtime.effective.nuclio import MODES
from igz_runtime.pod import Requirement, Taint, Term
from igz_runtime.rules.engine import Found, Skip, rule
from igz_runtime.rules.subject import Subject

BEST_PRACTICES = "Iguazio, Best Practices, Spot vs. On-demand Usage"
VERIFIED = "igz_runtime's own runs of MLRun and Nuclio"


@rule(
    "IGZ101",
    "stateful-on-spot",
    "stateful work that can land on spot nodes",
    severity="error",
    waivable=True,
    source="Avoid running any stateful applications (e.g. training job, Spark job) on spot instances. If you do run a "
    "stateful application using a spot instance, you need to have a manual mitigation to start up the job again if "
    "spot failure should occur.",
    origin=BEST_PRACTICES,
    fix="keep it on demand with profiles.production_job(…)",
)
def stateful_on_spot(subject: Subject) -> Iterable[Found | Skip]:
    if not subject.can_land_on_spot or not subject.nature.stateful:
        return ()
    declare = (
        "declare it with workload='stateless' if it keeps nothing, " if subject.nature.ground == "evidence" else ""
    )
    return (
        Found(
            f"stateful ({subject.nature.reason}), and its pod can land on {subject.spot_landings[0]}",
            f"keep it on demand with profiles.production_job(…), {declare}or state how it is started again: "
            "waive={'IGZ101': Waiver('checkpoints every epoch, resubmitted by cron')}",
        ),
    )


@rule(
    "IGZ102",
    "mission-critical-on-spot",
    "mission-critical work that can land on spot nodes",
    severity="error",
    source="Is the function mission critical? Must it be operational at all times?",
    origin=BEST_PRACTICES,
    fix="keep it on demand with profiles.production_job(…) or profiles.production_service(…)",
)
def mission_critical_on_spot(subject: Subject) -> Iterable[Found | Skip]:
    if not subject.workload.mission_critical or not subject.can_land_on_spot:
        return ()
    return (Found(f"declared mission-critical, and its pod can land on {subject.spot_landings[0]}"),)


@rule(
    "IGZ103",
    "not-restarted-on-spot",
    "an MLRun run on spot nodes with nothing that starts it again",
    severity="warning",
    waivable=True,
    source="When an MLRun job is running on a spot node and it fails, it is not automatically restarted.",
    origin=BEST_PRACTICES,
    fix="pass retry= to fn.run (MLRun 1.10 and later), or step.set_retry in a pipeline, and declare it with "
    "workload=Workload(restartable=True)",
)
def not_restarted_on_spot(subject: Subject) -> Iterable[Found | Skip]:
    if subject.traits.service or subject.workload.restartable or not subject.can_land_on_spot:
        return ()
    if not subject.traits.retried:
        fix = f"MLRun retries runs of kind 'job' only, not {subject.function.kind!r}: resubmit it yourself"
    elif subject.cluster.before_1_10:
        fix = f"MLRun {subject.cluster.mlrun_version} knows no retry (1.10 does): resubmit it yourself"
    else:
        fix = "pass retry={'count': 3} to fn.run, or step.set_retry(3) in a pipeline"
    return (
        Found(
            f"its pod can land on {subject.spot_landings[0]}, and nothing starts the run again after an eviction",
            f"{fix}, and declare it with workload=Workload(restartable=True)",
        ),
    )


@rule(
    "IGZ104",
    "selection-contradicts-mode",
    "a node selector or affinity that contradicts the preemption mode",
    severity="error",
    waivable=True,
    source="Preemption mode controls whether pods can be scheduled on preemptible (spot) nodes.",
    origin=BEST_PRACTICES,
    fix="remove the selector or expression, or choose the mode that it needs",
)
def selection_contradicts_mode(subject: Subject) -> Iterable[Found | Skip]:
    found = [*_asks_for_spot(subject), *_excludes_spot(subject)]
    clash = None if found else _clash(subject)
    if clash:
        found.append(
            Found(f"node selector and required affinity exclude each other on {clash}: it would wait for ever")
        )
    return found


def _asks_for_spot(subject: Subject) -> Iterator[Found]:
    for place, requirement in selections(subject):
        if not _names_spot(requirement, subject, "In"):
            continue
        if subject.mode == "prevent":
            yield Found(
                f"{place} {requirement} asks for spot nodes, and preemption mode 'prevent' forbids them",
                "remove it to stay on demand, or use profiles.opportunistic_job(…) or mode 'constrain' to run on spot",
            )
        elif subject.lifecycle_promised == "on-demand":
            yield Found(f"{place} {requirement} asks for spot nodes, and the profile promises on-demand nodes")


def _excludes_spot(subject: Subject) -> Iterator[Found]:
    spot_only = subject.mode == "constrain" or subject.lifecycle_promised == "spot"
    if not spot_only or subject.can_land_on_demand or subject.effective.refusal:
        return
    excluding = next((f"{place} {r}" for place, r in selections(subject) if _avoids_spot(r, subject)), None)
    if excluding and subject.can_land_on_spot:
        yield Found(f"{excluding} excludes spot nodes, and preemption mode {subject.mode!r} removes it")
    elif excluding:
        yield Found(f"{excluding} excludes spot nodes, and the pod may run nowhere else: it would wait for ever")


def _clash(subject: Subject) -> str | None:
    """A label key for which the effective pod admits no value, whichever of its terms is tried."""
    affinity = subject.pod.affinity
    terms = (affinity and affinity.required) or (Term(),)
    clashes = [_clash_of(subject.pod.node_selector, term) for term in terms]
    return clashes[0] if all(clashes) else None


def _clash_of(selector: Mapping[str, str], term: Term) -> str | None:
    admitted = {key: {value} for key, value in selector.items() if value}
    for expression in term.expressions or ():
        if expression.operator == "In":
            values = set(expression.values or ())
            admitted[expression.key] = admitted.get(expression.key, values) & values
    for expression in term.expressions or ():
        if expression.operator == "NotIn" and expression.key in admitted:
            admitted[expression.key] -= set(expression.values or ())
    return next((key for key, values in admitted.items() if not values), None)


@rule(
    "IGZ105",
    "mode-does-nothing",
    "a preemption mode that does nothing, because no preemptible nodes are configured",
    severity="warning",
    source="`prevent` is a no-op when preemptible nodes are not configured.",
    origin=VERIFIED,
    fix="ask the administrator to configure MLRun's preemptible_nodes, or place the function by node group",
)
def mode_does_nothing(subject: Subject) -> Iterable[Found | Skip]:
    if subject.lifecycle_promised == "on-demand":
        open_to = where(subject.pod, every_spot_shape(subject.cluster))
        if open_to:
            message = f"the profile promises on-demand nodes, and nothing keeps the pod off {open_to[0]}"
            return (Found(message, severity="error"),)
    if subject.function.platform == "nuclio":
        platform, configured = "Nuclio", subject.cluster.nuclio
    else:
        platform, configured = "MLRun", subject.cluster.mlrun
    if (configured is not None and configured.is_configured) or subject.mode == "none" or subject.mode not in MODES:
        return ()
    if subject.mode == "prevent" and (subject.cluster.node_groups or _kept_off_spot(subject)):
        return () if not subject.can_land_on_spot else (_does_nothing(subject, platform),)
    if subject.mode == "prevent":
        return (Skip(f"{platform} has no preemptible nodes configured, and no spot nodes are known"),)
    return (_does_nothing(subject, platform),)


def _does_nothing(subject: Subject, platform: str) -> Found:
    return Found(f"preemption mode {subject.mode!r} does nothing: {platform} has no preemptible nodes configured")


def _kept_off_spot(subject: Subject) -> bool:
    return not where(subject.pod, every_spot_shape(subject.cluster))


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
        )


@rule(
    "IGZ107",
    "toleration-admits-spot",
    "a toleration that lets a function that must stay on demand onto tainted spot nodes",
    severity="error",
    waivable=True,
    source="`prevent` removes exactly equal tolerations only: a catch-all toleration stays, and the pod can still land "
    "on spot.",
    origin=VERIFIED,
    fix="narrow the toleration to the taint that it is meant for",
)
def toleration_admits_spot(subject: Subject) -> Iterator[Found | Skip]:
    if not subject.pod.tolerations or (subject.mode != "prevent" and subject.lifecycle_promised != "on-demand"):
        return
    if not subject.can_land_on_spot:
        return
    for toleration in subject.pod.tolerations:
        taint = next((t for t in _spot_taints(subject) if toleration.tolerates(t)), None)
        if taint:
            yield Found(
                f"toleration {toleration} lets the pod onto spot nodes tainted {taint}, "
                "although it is meant to stay on demand"
            )


def _spot_taints(subject: Subject) -> Iterator[Taint]:
    cluster = subject.cluster
    for group in cluster.node_groups:
        if group.lifecycle == "spot":
            yield from group.taints
    for preemptible in (cluster.mlrun, cluster.nuclio or cluster.mlrun):
        yield from filter(None, map(taint_of, preemptible.tolerations))


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
)
def constrain_without_labels(subject: Subject) -> Iterable[Found | Skip]:
    if subject.lifecycle_promised == "spot" and subject.can_land_on_demand:
        return (Found("the profile promises spot nodes only, and nothing keeps the pod off on-demand nodes"),)
    if subject.mode != "constrain":
        return ()
    if subject.effective.refusal:
        return (Found(f"Kubernetes refuses the pod: {subject.effective.refusal}"),)
    preemptible: Preemptible = subject.cluster.mlrun
    if subject.function.platform == "nuclio" or not preemptible.is_configured or preemptible.node_selector:
        return ()
    return (Found("MLRun has only tolerations configured, so 'constrain' does not keep the pod on spot nodes"),)


@rule(
    "IGZ109",
    "waits-for-ever",
    "runs on spot nodes only, with no limit on waiting for one",
    severity="warning",
    waivable=True,
    source="Is this a job that should run only when there are inexpensive resources available?",
    origin=BEST_PRACTICES,
    fix="set fn.set_state_thresholds({'pending_not_scheduled': '1h'}), or use profiles.opportunistic_job(…)",
)
def waits_for_ever(subject: Subject) -> Iterable[Found | Skip]:
    if subject.traits.service or subject.can_land_on_demand or not subject.can_land_on_spot:
        return ()
    if not subject.traits.waits:
        return (
            Found(
                f"runs on spot nodes only, and MLRun knows no limit on waiting for kind {subject.function.kind!r}",
                "let it run on demand too with profiles.spot_stateless(…)",
            ),
        )
    if subject.asked.waiting_limit not in (None, "-1", ""):
        return ()
    return (Found("runs on spot nodes only, and its state threshold 'pending_not_scheduled' has no limit"),)


@rule(
    "IGZ110",
    "unknown-preemption-mode",
    "a preemption mode that does not exist",
    severity="error",
    source="A mode that does not exist is accepted and switches enrichment off altogether, the platform's default mode "
    "too.",
    origin=VERIFIED,
    fix="use allow, constrain, prevent or none, in lower case",
)
def unknown_preemption_mode(subject: Subject) -> Iterator[Found | Skip]:
    for what, mode in (
        ("preemption mode", subject.asked.preemption_mode),
        ("annotation nuclio.io/preemptible-mode", subject.asked.mode_annotation),
    ):
        if mode and mode not in MODES:
            yield Found(f"{what} {mode!r} does not exist; it switches the platform's own default off as well")


@rule(
    "IGZ111",
    "annotation-overrides-mode",
    "the annotation nuclio.io/preemptible-mode overrides the mode that the function states",
    severity="warning",
    waivable=True,
    source="The annotation `nuclio.io/preemptible-mode` wins over `spec.preemptionMode`.",
    origin=VERIFIED,
    fix="remove the annotation, and state the mode in one place",
)
def annotation_overrides_mode(subject: Subject) -> Iterable[Found | Skip]:
    annotation, stated = subject.asked.mode_annotation, subject.asked.preemption_mode
    if not annotation or annotation == (stated or subject.cluster.mlrun.default_mode):
        return ()
    return (Found(f"the annotation asks for mode {annotation!r}, and the function states {stated or 'none at all'!r}"),)


def selections(subject: Subject) -> Iterator[tuple[str, Requirement]]:
    """What the function itself selects nodes by: node selector and required affinity, as expressions."""
    for key, value in subject.asked.node_selector.items():
        yield "node selector", Requirement(key, "In", (value,))
    for term in (subject.asked.affinity.required if subject.asked.affinity else None) or ():
        for expression in term.expressions or ():
            yield "required affinity", expression


def _names_spot(requirement: Requirement, subject: Subject, operator: str) -> bool:
    spot = subject.cluster.spot_labels
    return requirement.operator == operator and any((requirement.key, v) in spot for v in requirement.values or ())


def _avoids_spot(requirement: Requirement, subject: Subject) -> bool:
    """Whether an expression keeps spot nodes out: an on-demand label, or NotIn a spot label."""
    if requirement.operator == "NotIn":
        return _names_spot(requirement, subject, "NotIn")
    of_lifecycle = requirement.key in {key for key, _ in subject.cluster.spot_labels}
    return requirement.operator == "In" and of_lifecycle and not _names_spot(requirement, subject, "In")
