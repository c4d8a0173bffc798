"""IGZ1xx: what must not, or need not, land on spot nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from igz_runtime.effective.versions import not_retried
from igz_runtime.functions.durations import UNLIMITED
from igz_runtime.functions.kinds import STEP
from igz_runtime.functions.workload import code_of
from igz_runtime.k8s.matching import decides, tolerates
from igz_runtime.rules.authoring import BEST_PRACTICES, VERIFIED, Found, Skip, rule
from igz_runtime.rules.causes import of_mode, of_toleration, opening_spot, spot_taints
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.cel import spot as cel
from igz_runtime.rules.reads import NATURE, PLACEMENT
from igz_runtime.rules.subject import Subject
from igz_runtime.rules.waivers import MITIGATIONS

STATEFUL_ON_SPOT: Final = (
    "Avoid running any stateful applications (e.g. training job, Spark job) on spot instances. If you do "
    "run a stateful application using a spot instance, you need to have a manual mitigation to start up "
    "the job again if spot failure should occur."
)


DECLARE: Final = "declare it with workload='stateless' if it keeps nothing, "


def _mitigated(declare: str) -> str:
    """What to do about stateful work on spot nodes, with how it may be declared otherwise."""
    return (
        f"keep it on demand with profiles.production_job(…), {declare}or state how it is started again: "
        "waive={'IGZ101': Waiver('checkpoints every epoch, resubmitted by cron')}"
    )


@rule(
    "IGZ101",
    "stateful-on-spot",
    "stateful work that can land on spot nodes",
    severity="error",
    waivable=True,
    source=STATEFUL_ON_SPOT,
    origin=BEST_PRACTICES,
    fix="keep it on demand with profiles.production_job(…)",
    reads=(NATURE, *PLACEMENT, "node_groups", "assumed"),
    cel=cel.stateful_on_spot(_mitigated(DECLARE), _mitigated("")),
)
def stateful_on_spot(subject: Subject) -> Iterable[Found | Skip]:
    unknown = () if subject.can_land_on_spot else tuple(_of_unknown_lifecycle(subject))
    # What its code does is read last: most functions land on no spot node.
    if not (subject.can_land_on_spot or unknown) or not subject.nature.stateful:
        return ()
    if unknown:
        return unknown
    may_declare = subject.nature.ground == "evidence" and "stateless" not in subject.function.evidence.undeclarable
    return (
        Found(
            f"stateful ({subject.nature.reason}), and its pod can land on {subject.spot_landings[0]}",
            _mitigated(DECLARE if may_declare else ""),
            field=opening_spot(subject),
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
    reads=("mission_critical", *PLACEMENT, "node_groups", "assumed"),
    cel=cel.MISSION_CRITICAL_ON_SPOT,
)
def mission_critical_on_spot(subject: Subject) -> Iterable[Found | Skip]:
    if not subject.workload.mission_critical:
        return ()
    if not subject.can_land_on_spot:
        return _of_unknown_lifecycle(subject)
    message = f"declared mission-critical, and its pod can land on {subject.spot_landings[0]}"
    return (Found(message, field=opening_spot(subject)),)


def _of_unknown_lifecycle(subject: Subject) -> Iterator[Skip]:
    if subject.cluster.node_groups and subject.worst_landings and not subject.effective.refusal:
        yield Skip(f"its pod can land on {subject.worst_landings[0]}")


@rule(
    "IGZ103",
    "not-restarted-on-spot",
    "an MLRun run on spot nodes that nothing restarts",
    severity="warning",
    waivable=True,
    source="When an MLRun job is running on a spot node and it fails, it is not automatically restarted.",
    origin=BEST_PRACTICES,
    fix="pass retry= to fn.run (MLRun 1.10 and later), or step.set_retry in a pipeline, and declare it with "
    "workload=Workload(restartable=True)",
    reads=("restartable", *PLACEMENT, "node_groups", "assumed", "mlrun_version", "planned", "written"),
    cel=elsewhere.OF_RUN,
)
def not_restarted_on_spot(subject: Subject) -> Iterable[Found | Skip]:
    if subject.traits.service or subject.workload.restartable or not subject.can_land_on_spot:
        return ()
    if subject.function.kind == STEP:
        lost = f"its pod can land on {subject.spot_landings[0]}, and nothing starts the step again after an eviction"
        return (Found(lost, _FIX_OF_STEP, field=opening_spot(subject)),)
    declare = ", and declare it with workload=Workload(restartable=True)"
    if why_not := not_retried(subject.traits, subject.cluster):
        fix = f"{why_not}: resubmit it yourself"
    elif subject.planned and subject.written is None:
        fix = "run it with fn.run(**plan.run_options()), or call step.set_retry(3) in a pipeline"
    else:
        fix = "pass retry={'count': 3} to fn.run, or step.set_retry(3) in a pipeline"
    return (
        Found(
            f"its pod can land on {subject.spot_landings[0]}, and nothing restarts the run after an eviction",
            f"{fix}{declare}",
            field=opening_spot(subject),
        ),
    )


_FIX_OF_STEP: Final = (
    "keep the step's pod on demand with projects.place_steps(workflow), or call step.set_retry(3, policy='Always'): "
    "what it runs may then run twice"
)
_SAYS_CHECKPOINTS: Final = re.compile(
    r"(?<!no )(?<!not )(?<!never )(?<!without )\b(check-?point|ckpt|snapshot|resum(e|es|ed|ing|able)\b|picks? up)",
    re.IGNORECASE,
)


@rule(
    "IGZ113",
    "checkpoints-not-in-code",
    "work that is said to checkpoint, and whose code does not",
    severity="warning",
    waivable=True,
    source="If you do run a stateful application using a spot instance, you need to have a manual mitigation to start "
    "up the job again if spot failure should occur.",
    origin=BEST_PRACTICES,
    fix="write a checkpoint in the training loop and read the last one at the start, or correct the waiver's reason",
    reads=("waivers", "reasons", "code", "handler", "runs"),
    cel=elsewhere.OF_CODE,
)
def checkpoints_not_in_code(subject: Subject) -> Iterator[Found | Skip]:
    if not subject.function.waivers and not subject.function.evidence.reasons:
        return
    of_annotations = ((text, ("waivers", rule_id)) for rule_id, text in subject.function.waivers.items())
    stated = [
        *((text, field) for text, field in of_annotations if field[1].startswith(MITIGATIONS)),
        *((reason, ()) for reason in subject.function.evidence.reasons),
    ]
    said, field = next(((text, field) for text, field in stated if _SAYS_CHECKPOINTS.search(text)), ("", ()))
    code = code_of(subject.function) if said else None
    if code is None or (code.writes and code.reads) or subject.asked.role != subject.function.roles[0].role:
        return
    if code.unread:
        yield Skip(f"not all of its code is known: {code.unread[0]}")
    elif code.writes:
        yield Found(
            f"a waiver says {said!r}: its code writes {code.writes[0]}, and reads no checkpoint back", field=field
        )
    elif code.reads:
        yield Found(f"a waiver says {said!r}: its code reads {code.reads[0]}, and writes no checkpoint", field=field)
    else:
        yield Found(f"a waiver says {said!r}, and its code neither writes a checkpoint nor reads one back", field=field)


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
    reads=(*PLACEMENT, "lifecycle_promised", "node_groups", "assumed"),
    cel=cel.TOLERATION_ADMITS_SPOT,
)
def toleration_admits_spot(subject: Subject) -> Iterator[Found | Skip]:
    for toleration in subject.pod.tolerations or ():
        if not decides(toleration):
            yield Skip(f"what a toleration with operator {toleration.operator!r} admits is not known")
    if not subject.pod.tolerations or (subject.mode != "prevent" and subject.lifecycle_promised != "on-demand"):
        return
    if not subject.can_land_on_spot:
        return
    for toleration in subject.pod.tolerations:
        taint = next((t for t in spot_taints(subject) if tolerates(toleration, t)), None)
        if taint:
            yield Found(
                f"toleration {toleration} lets the pod onto spot nodes tainted {taint}, "
                "although it is meant to stay on demand",
                field=of_toleration(subject, toleration) or of_mode(subject),
            )


@rule(
    "IGZ109",
    "waits-forever",
    "runs on spot nodes only, with no limit on waiting for one",
    severity="warning",
    waivable=True,
    source="Is this a job that should run only when there are inexpensive resources available?",
    origin=BEST_PRACTICES,
    fix="set fn.set_state_thresholds({'pending_not_scheduled': '1h'}), or use profiles.opportunistic_job(…)",
    reads=(*PLACEMENT, "waiting_limit", "node_groups", "assumed"),
    cel=elsewhere.OF_RUN,
)
def waits_forever(subject: Subject) -> Iterable[Found | Skip]:
    if subject.traits.service or subject.can_land_on_demand or not subject.can_land_on_spot:
        return ()
    if not subject.traits.waits:
        of = "the step of a pipeline" if subject.function.kind == STEP else f"kind {subject.function.kind!r}"
        return (
            Found(
                f"runs on spot nodes only, and MLRun has no waiting limit for {of}",
                "let it run on demand too with profiles.spot_stateless(…)",
                field=opening_spot(subject),
            ),
        )
    if subject.asked.waiting_limit not in (None, UNLIMITED, ""):
        return ()
    message = "runs on spot nodes only, and its state threshold 'pending_not_scheduled' has no limit"
    return (Found(message, field=opening_spot(subject) or ("waiting_limit",)),)
