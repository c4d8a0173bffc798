"""IGZ407 and IGZ408: replicas that may go together, or that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from igz_runtime.functions.pod_labels import FUNCTION_NAME, service_labels
from igz_runtime.functions.workload import HIGHLY_AVAILABLE
from igz_runtime.k8s.spreading import APART, HOST, includes, keeps_apart
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.subject import Subject


@rule(
    "IGZ407",
    "replicas-may-share-a-node",
    "replicas that must stay up, and that nothing keeps on different nodes",
    severity="warning",
    waivable=True,
    source="A minimum of 2 instances are required for high availability.",
    origin="Iguazio, Best Practices, Production Cluster (said there of the group of nodes for the core services)",
    fix="apply the profile again, which keeps its replicas apart",
    reads=("affinity", "replicas_promised", "written", "name", "project", "tag", "labels"),
    cel=elsewhere.OF_RECORD,
)
def replicas_may_share_a_node(subject: Subject) -> Iterator[Found | Skip]:
    promised = subject.replicas_promised
    if not isinstance(promised, int) or promised < HIGHLY_AVAILABLE or not subject.traits.service:
        return
    labels = service_labels(subject.function, subject.asked.role)
    if keeps_apart(subject.pod.affinity, labels, HOST) or _is_drift(subject):
        return
    what = f"{promised} replicas are promised, and nothing keeps them on different nodes"
    if FUNCTION_NAME not in labels:
        yield Found(
            f"{what}: Nuclio's name of the function begins with its project, which it does not have",
            "give the function its project (project= where it is made), and apply the profile again",
            field=("affinity",),
        )
    elif subject.written is not None:  # a plan keeps them apart, or is refused for what makes that impossible
        yield Found(what, field=("affinity",))


def _is_drift(subject: Subject) -> bool:
    """Whether a profile kept them apart, and its affinity was changed since: that is IGZ907's to say."""
    wrote = subject.written.wrote.get(subject.asked.role, {}).get("affinity") if subject.written else None
    if not isinstance(wrote, Mapping) or APART not in wrote:
        return False
    now = subject.asked.affinity
    return now is None or not includes(now.pod, {APART: wrote[APART]})


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
    cel=elsewhere.BY_NUCLIO,
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
