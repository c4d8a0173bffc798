"""IGZ406: pods and containers beside a function's own, which its settings do not reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from igz_runtime.functions.kinds import STEP
from igz_runtime.k8s.pod import Container
from igz_runtime.rules.authoring import VERIFIED, Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.subject import Subject

_AMOUNTS: Final = ("cpu", "memory")
_OWN: Final = (
    "give it resources of its own where it stands in the Nuclio configuration, or by a profile: "
    "sizes={{{name!r}: {{'cpu': '100m', 'memory': '128Mi'}}}}"
)
_ADMINISTRATOR: Final = "have the administrator set default pod resources; the function has no field for them"


@rule(
    "IGZ406",
    "helper-pod",
    "a pod or container beside the function's own, which its settings do not reach",
    severity="info",
    waivable=True,
    source="MLRun, KFP and Nuclio make pods and containers beside those of a function, from other settings: builds, a "
    "pipeline's steps, workflow runners, model monitoring, MPI's launcher, an application's proxy, sidecars.",
    origin=VERIFIED,
    fix="set what can be set; what is left to the platform's defaults is the administrator's",
    reads=(
        "containers",
        "roles.containers",
        "roles.role",
        "qos_promised",
        "priority_class",
        "stateful",
        "helpers",
        "planned",
    ),
    cel=elsewhere.HELPERS,
)
def helper_pod(subject: Subject) -> Iterator[Found | Skip]:
    if subject.function.kind == STEP:
        yield from _step(subject)
        return
    if subject.traits.platform == "kubernetes":
        return  # what a hub or Iguazio adds to a Jupyter service is said where one is made
    plain = not subject.function.helpers and all(each.sort == "main" for each in subject.asked.containers)
    if plain and all(each.reachable for each in subject.asked.containers):
        return
    roles = subject.function.roles
    # Where the function asks for nothing, nothing of it is lost (IGZ209 says so).
    if not any(_sized(each) for role in roles for each in role.containers if each.reachable):
        return
    yield from _containers(subject)
    if subject.asked.role == roles[0].role:
        yield from _pods(subject)


def _step(subject: Subject) -> Iterator[Found]:
    """The pod of a step that waits for a run."""
    if subject.workload.stateful is not False:
        return
    main = subject.asked.containers[0]
    lacking = [
        *(() if _sized(main) else ("CPU and memory",)),
        *(() if subject.asked.priority_class else ("a priority class",)),
    ]
    if lacking:
        yield Found(
            f"its pod waits without {' and without '.join(lacking)}: what its function has does not reach it",
            "call projects.place_steps(workflow), or projects.setup(project) before it is compiled; `steps` of "
            "igz-runtime.yaml says what its function does not",
            field=("priority_class",) if _sized(main) else ("containers", main.name),
        )


def _containers(subject: Subject) -> Iterator[Found]:
    """Containers beside the function's own. Where a class is promised and not reached, IGZ201 names them."""
    if subject.qos_promised == "Guaranteed" and subject.qos != "Guaranteed":
        return
    effective = {each.name: each for each in subject.pod.containers}
    for container in subject.asked.containers:
        if not container.reachable and "memory" not in effective[container.name].limits:
            message = f"container {container.name!r} takes its resources from the platform, and has no memory limit"
            yield Found(message, _ADMINISTRATOR, field=())
        elif container.sort in ("sidecar", "init") and not _sized(container):
            message = f"container {container.name!r} has no CPU and memory: those of the function are not for it"
            yield Found(message, _OWN.format(name=container.name), field=("containers", container.name))


def _pods(subject: Subject) -> Iterator[Found]:
    """Pods that MLRun makes beside the function's own, named once for a function."""
    # Most functions are built; that their build asks for less than they do matters where something was promised.
    if subject.planned and "build" in subject.function.helpers and not subject.traits.service:
        yield Found(
            "its image is built in a pod that gets its placement and priority class, and no CPU or memory",
            "build it ahead of the run with fn.deploy(), where losing that pod costs no run; its resources are the "
            "server's to set",
            field=(),
        )
    if "monitoring" in subject.function.helpers:
        yield Found(
            "its models are tracked, and the pods of model monitoring (controller, writer, stream) run with the "
            "server's defaults",
            "give profiles to monitoring functions of your own; for the others have the administrator set default pod "
            "resources",
            field=(),
        )


def _sized(container: Container) -> bool:
    return any(each in amounts for amounts in (container.requests, container.limits) for each in _AMOUNTS)
