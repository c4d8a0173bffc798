"""IGZ408: replicas that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.subject import Subject


@rule(
    "IGZ408",
    "replicas-contradict",
    "replicas that contradict each other: a minimum above the maximum, or a maximum of none",
    severity="error",
    source="Nuclio refuses a function whose minimum of replicas is above its maximum, whose maximum is zero, or whose "
    "minimum is zero without a maximum.",
    origin="Nuclio, pkg/platform/abstract, validation of replicas",
    fix="write a minimum that is not above the maximum, and a maximum of 1 at least",
    reads=("replicas",),
)
def replicas_contradict(subject: Subject) -> Iterator[Found | Skip]:
    asked = subject.asked.replicas
    if asked is None:
        return
    if asked.most == 0:
        yield Found("at most 0 replicas: nothing would ever run")
    elif asked.least is not None and asked.most is not None and asked.least > asked.most:
        yield Found(f"at least {asked.least} replicas, and at most {asked.most}")
    elif asked.least == 0 and asked.most is None and asked.fixed is None:
        yield Found("a minimum of 0 replicas without a maximum")
