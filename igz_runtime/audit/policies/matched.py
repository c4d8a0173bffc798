"""What the policies are asked about: pods, and what makes pods where a refusal of the pod would come too late."""

from __future__ import annotations

from typing import Any, Final

from igz_runtime.rules.cel.form import FUNCTIONS, PODS, SETS

_RULES: Final[list[dict[str, Any]]] = [
    # The scope is the server's own default: left out, kubectl would take the policy for changed each time.
    {"apiGroups": [group], "apiVersions": [version], "resources": resources, "operations": operations, "scope": "*"}
    for group, version, resources, operations in (
        # Of a pod only its image, its tolerations and its labels can change; its subresources (binding, exec,
        # ephemeralcontainers, resize, status) are no work of their own, and a resize cannot change the QoS class.
        ("", "v1", [PODS], ["CREATE"]),
        # Their pods are made by a controller, whom a refusal tells what their author would not see. That of a
        # Notebook of Kubeflow makes a StatefulSet. A ReplicaSet is made of a Deployment that was judged, or by hand,
        # and then its pods are; the same goes for ReplicationControllers and DaemonSets, which no platform makes.
        ("apps", "v1", ["deployments", "statefulsets"], ["CREATE", "UPDATE"]),
        # The template of a Job is immutable but for where a suspended one is placed, which its pods show. A CronJob
        # is nobody's work until it makes a Job.
        ("batch", "v1", ["jobs"], ["CREATE"]),
        # What a function of Nuclio's states by itself; its pods are judged on the Deployment that Nuclio makes of it.
        # Functions that MLRun makes of MPI, Spark and Dask have pods that carry their labels, and are judged there.
        ("nuclio.io", "v1beta1", [FUNCTIONS], ["CREATE", "UPDATE"]),
        # Jupyter services of Iguazio's, of which a pod does not show whether they ever end.
        ("iguazio.com", "v1beta1", [SETS], ["CREATE", "UPDATE"]),
    )
]
"""Where a resource is not installed, the API server passes over its rule."""


def resource_rules(*, refusing: bool) -> list[dict[str, Any]]:
    """The rules on resources of a policy.

    Args:
        refusing: whether the policy refuses: then it is not even asked about what the platform's own controller
            writes, whom no fault of a policy may stop.
    """
    return [each for each in _RULES if not (refusing and SETS in each["resources"])]
