"""The rules on functions and Jupyter services, asked of what objects of the cluster declare."""

from __future__ import annotations

from collections.abc import Iterator

from igz_runtime.audit.judging import By
from igz_runtime.audit.results import AuditFinding
from igz_runtime.rules.audited import AuditedCluster
from igz_runtime.rules.findings import Skipped


def on_declared(view: AuditedCluster, by: By) -> Iterator[AuditFinding | Skipped]:  # noqa: ARG001
    """What the rules find on Nuclio's functions and on Jupyter services."""
    yield from ()
