"""IGZ907, IGZ909: what an applied profile wrote or was, and no longer is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.subject import Subject

if TYPE_CHECKING:
    from igz_runtime.k8s.pod import PodSettings


@rule(
    "IGZ907",
    "drifted-from-profile",
    "something that an applied profile wrote and that was changed since",
    severity="error",
    waivable=True,
    source="A value that was changed by hand after a profile was applied is no longer covered by its proof.",
    origin="igz_runtime: a promise is what stands on the function",
    fix="apply the profile again, or one that says what is wanted",
    reads=(
        *("containers", "node_selector", "tolerations", "affinity", "priority_class", "preemption_mode"),
        *("mode_annotation", "replicas", "waiting_limit", "running_limit", "annotations", "written"),
    ),
    each="value",
    cel=elsewhere.OF_RECORD,
)
def drifted_from_profile(subject: Subject) -> Iterator[Found | Skip]:
    if subject.written is None:
        return
    from igz_runtime.functions.drift import drifted

    for drift in drifted(subject.asked, subject.written.wrote.get(subject.asked.role, {})):
        yield Found(
            f"{drift.what} is {drift.found}, and {subject.written.profile} wrote {drift.wrote}", field=drift.field
        )


@rule(
    "IGZ909",
    "older-definition",
    "a function made by an older definition of its profile",
    severity="warning",
    waivable=True,
    source="Whoever changes what a profile is defines it for every function that has it.",
    origin="igz_runtime: a function keeps what its profile was when it was applied",
    fix="apply the profile again: profiles.named('NAME').apply(fn)",
    reads=("written", "defined"),
    cel=elsewhere.OF_RECORD,
)
def older_definition(subject: Subject) -> Iterator[Found | Skip]:
    written = subject.written
    then = written.promised.get("definition") if written else None
    if not then or written is None or subject.asked.role != subject.function.roles[0].role:
        return
    if subject.defined is None:
        yield Skip(f"how profile {written.profile!r} is defined now is not known here")
    elif subject.defined != then:
        fix = f"apply the profile again: profiles.named({written.profile!r}).apply(fn)"
        yield Found(f"made by an older definition of {written.profile}, which has changed since", fix, field=())


def undone_by_admission(subject: Subject, admitted: PodSettings, profile: str) -> Iterator[Found]:
    """What a webhook or a mutating policy makes of a promised pod that is not the promise any more, as IGZ907.

    Args:
        subject: the role as the profile would have it, or has it.
        admitted: the settings of the pod that the API server's dry run gave back.
        profile: the profile's name.
    """
    from igz_runtime.functions.drift import undone

    fix = "have the webhook or the mutating policy leave such pods alone; their label igz-runtime/profile says which"
    by = f"on the pod that the API server makes of it, and {profile} promises"
    for drift in undone(subject.pod, admitted):
        yield Found(f"{drift.what} is {drift.found} {by} {drift.wrote}", fix, field=drift.field)
    after = subject.as_admitted(admitted)
    if subject.qos_promised == subject.qos != after.qos:
        yield Found(f"QoS class is {after.qos} {by} {subject.qos}", fix, field=("containers",))
    if subject.lifecycle_promised == "on-demand" and after.can_land_on_spot and not subject.can_land_on_spot:
        yield Found(f"{after.spot_landings[0]} is where it can land {by} on-demand nodes", fix, field=())
