"""The best practices, read off a cluster: its node groups, what runs there, and what cannot be seen from its API."""

import typing

__all__ = ["Audit", "AuditFinding", "audit_cluster"]

if typing.TYPE_CHECKING:
    from igz_runtime.audit.cluster_audit import audit_cluster
    from igz_runtime.audit.results import Audit, AuditFinding
else:
    from igz_runtime.lazy import exported as _exported

    __getattr__, __dir__ = _exported(
        __name__, {"audit.cluster_audit": ("audit_cluster",), "audit.results": ("Audit", "AuditFinding")}
    )
