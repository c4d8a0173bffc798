"""The rules on functions, asked of the pods that run: what one of them is, whatever it was asked for as."""

from __future__ import annotations

from collections.abc import Iterator

from igz_runtime.audit.judging import By
from igz_runtime.audit.results import AuditFinding
from igz_runtime.rules.audited import AuditedCluster
from igz_runtime.rules.findings import Skipped


def on_pods(view: AuditedCluster, by: By) -> Iterator[AuditFinding | Skipped]:  # noqa: ARG001
    """What the rules on functions find on the pods that run."""
    yield from ()
