"""What a report shows of a Jupyter service under a profile: its pod, and what the platform cannot promise of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from igz_runtime.jupyter.specification import Proof, Specification
from igz_runtime.k8s.qos import qos_class
from igz_runtime.messages import counted, shortened
from igz_runtime.report import words
from igz_runtime.report.findings import FindingsContent, findings_content
from igz_runtime.report.landing import landing_row
from igz_runtime.report.severity import Row
from igz_runtime.report.words import ASSUMED, NONE, Lines, function_name


class JupyterContent(NamedTuple):
    """A service from its headline to its findings."""

    profile: str
    service: str
    proof: str
    assumption: str
    pod: tuple[Row, ...]
    not_promised: Lines
    findings: FindingsContent


def jupyter_content(specification: Specification) -> JupyterContent:
    """What a report shows of a service."""
    proof = specification.proof
    return JupyterContent(
        profile=proof.profile.name,
        service=function_name(proof.function.kind, proof.function.name),
        proof=f"proved on {shortened(proof.cluster.source)}",
        assumption=ASSUMED if proof.cluster.assumed else "",
        pod=tuple(_pod(proof)),
        not_promised=proof.not_promised,
        findings=findings_content(proof.findings),
    )


def _pod(proof: Proof) -> Iterator[Row]:
    (pod,) = proof.function.roles
    for resource in words.resources_of(pod):
        yield Row(resource, (words.amounts(pod.containers[0], resource),))
    qos = qos_class(pod.containers)
    kept = qos == "Guaranteed" or proof.profile.qos == "Burstable"
    yield Row("QoS class", (qos if kept else f"{qos}, although {proof.profile.qos} is asked for",))
    yield landing_row(pod, proof.cluster, proof.profile.lifecycle)
    yield Row("priority class", (shortened(pod.priority_class),) if pod.priority_class else NONE)
    yield Row("node selector", words.labels(pod.node_selector) or NONE)
    if pod.affinity or pod.tolerations:
        yield Row("affinity", words.affinity(pod.affinity) or NONE)
        yield Row("tolerations", words.tolerations(pod.tolerations) or NONE)
    yield Row("when idle", (_idle(proof.idle),))


def _idle(seconds: int | None) -> str:
    if seconds is None:
        return "nothing ends it"
    unit, size = ("hour", 3600) if seconds % 3600 == 0 else ("minute", 60) if seconds % 60 == 0 else ("second", 1)
    return f"ends after {counted(seconds // size, unit)}"
