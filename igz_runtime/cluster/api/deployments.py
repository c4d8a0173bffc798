"""Deployments of user work whose pods do not come to be: a quota, a limit range or a policy refuses them."""

from __future__ import annotations

from igz_runtime.cluster.api.forms import count, moment, name, needed, takes
from igz_runtime.cluster.api.objects import Raw
from igz_runtime.cluster.api.parts import CONDITIONS, OF_OBJECT, TEMPLATE
from igz_runtime.cluster.api.stored import settings_of
from igz_runtime.cluster.api.work import telling
from igz_runtime.cluster.running import Work
from igz_runtime.cluster.workloads import identity_of
from igz_runtime.functions.annotations import read_waivers
from igz_runtime.k8s.qos import qos_class


@takes(
    {
        "metadata": needed({**OF_OBJECT, "namespace": needed(name), "creationTimestamp": moment}),
        "spec": needed({"replicas": count, "template": needed(TEMPLATE)}),
        "status": {"replicas": count, "conditions": CONDITIONS},
    }
)
def read_deployment(raw: Raw) -> Work | None:
    """The pods that a Deployment of user work lacks; None where it lacks none, or is nobody's.

    Nuclio's Deployments carry the function's whole configuration in an annotation: of their annotations, none is read.
    """
    metadata, spec, status = raw["metadata"], raw["spec"], raw.get("status") or {}
    wanted = spec.get("replicas")
    missing = (1 if wanted is None else wanted) - (status.get("replicas") or 0)
    template = spec["template"]
    on_pods = template.get("metadata") or {}
    labels = on_pods.get("labels") or {}
    identity = identity_of(labels, metadata["namespace"], template["spec"].get("priorityClassName"))
    if missing <= 0 or not identity.is_user_work:
        return None
    pod = settings_of(template, identity.kind, identity.role)
    since, said = _refused(status)
    return Work(
        identity if identity.function else identity._replace(function=metadata["name"]),
        metadata["namespace"],
        qos_class(pod.containers),
        pod,
        telling(labels),
        dict(read_waivers(on_pods.get("annotations"))),
        {},
        missing,
        since or metadata.get("creationTimestamp") or "",
        said,
        (metadata["name"],),
    )


def _refused(status: Raw) -> tuple[str, str]:
    """Since when pods are refused, and why."""
    for condition in status.get("conditions") or ():
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            return condition.get("lastTransitionTime") or "", condition.get("message") or ""
    return "", ""
