"""IGZ505: a Nuclio function that should go down to no pods, and come back when it is called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from igz_runtime.functions.model import CHILD
from igz_runtime.functions.triggers import CRON, HTTP, V3IO_STREAMS, Trigger, scaling_fault
from igz_runtime.k8s.pod import Replicas
from igz_runtime.messages import counted
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import scaling as cel
from igz_runtime.rules.subject import Subject

_LET_DOWN: Final = (
    "set the minimum of replicas to 0 and no fixed number (fn.spec.min_replicas = 0), or leave scaleToZero out"
)
_READABLE: Final = "give each of its scaleResources a metricName and a windowSize such as '10m'"
_AS_MANY: Final = (
    "keep as many replicas as the stream has shards: scale_to_zero=False, and the minimum equal to the maximum"
)
_WITH_HTTP: Final = "leave disableDefaultHTTPTrigger out, or add an HTTP trigger"


@rule(
    "IGZ505",
    "scale-to-zero-that-does-not-work",
    "a Nuclio function that cannot go down to no pods, or that its triggers do not bring back",
    severity="error",
    waivable=True,
    source="Nuclio takes the last pod of an idle function whose minimum of replicas is 0, and whose windows it reads; "
    "only an HTTP request brings it back.",
    origin="Nuclio, pkg/platform/kube/resourcescaler and pkg/platform/abstract, validation of triggers",
    fix="keep one replica (a profile with scale_to_zero=False, and a minimum of 1), or call the function over HTTP",
    reads=("replicas", "scale_to_zero", "triggers"),
    cel=cel.scale_to_zero_that_does_not_work(_READABLE, _AS_MANY, _WITH_HTTP),
)
def scale_to_zero_that_does_not_work(subject: Subject) -> Iterator[Found | Skip]:
    replicas = subject.asked.replicas
    if replicas is None:
        return
    stated = subject.asked.scale_to_zero
    least = _least(replicas)
    if least > 0 and stated is not None and subject.traits.passes_on:
        # On functions of its own Nuclio writes the platform's scale to zero, whatever their replicas.
        what = f"it states a scale to zero, and keeps {counted(least, 'replica')}: it never goes down to none"
        yield Found(what, _LET_DOWN, field=("replicas",))
    if least > 0 or replicas.fixed is not None:
        return
    fault = scaling_fault(stated)
    if fault:
        yield Found(f"Nuclio's scaler cannot go by its scale to zero: {fault}", _READABLE, field=("scale_to_zero",))
    elif stated is None:
        yield Skip(
            "whether Nuclio's platform configuration has a scale to zero is not known, and the function has none"
        )
    if not subject.asked.role.startswith(CHILD):  # whose triggers MLRun makes at deployment
        yield from _not_brought_back(subject.function.triggers)


def _least(replicas: Replicas) -> int:
    """The minimum as Nuclio computes it: without one the maximum, which else would be no range, and without both 1."""
    if replicas.fixed is not None:
        return replicas.fixed
    stated = replicas.most if replicas.least is None else replicas.least
    return 1 if stated is None else stated


def _not_brought_back(triggers: tuple[Trigger, ...]) -> Iterator[Found]:
    for name, kind in triggers:
        if kind == HTTP or not kind:
            continue
        what = f"it goes down to no pods, and has the trigger {name!r} of kind {kind}"
        if kind in V3IO_STREAMS:
            yield Found(f"{what}: Nuclio refuses a range of replicas with it", _AS_MANY, field=("triggers",))
        elif kind == CRON:
            yield Found(f"{what}, which runs in its own pod: with no pod it never fires", field=("triggers",))
        else:
            yield Found(f"{what}, which its own pods read: with no pod nothing reads it", field=("triggers",))
    if not any(each.kind == HTTP for each in triggers):
        yield Found(
            "it goes down to no pods, and has no HTTP trigger: Nuclio refuses it", _WITH_HTTP, field=("triggers",)
        )
