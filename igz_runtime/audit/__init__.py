"""The best practices, read off a cluster: its node groups, what runs there, and what cannot be seen from its API.

And rules for what is to run there, as the cluster's own admission policies.
"""

import typing

__all__ = ["Audit", "AuditFinding", "Policies", "admission_policies", "audit_cluster"]

if typing.TYPE_CHECKING:
    from igz_runtime.audit.cluster_audit import audit_cluster
    from igz_runtime.audit.policies.exporting import Policies, admission_policies
    from igz_runtime.audit.results import Audit, AuditFinding
else:
    from igz_runtime.lazy import exported as _exported

    __getattr__, __dir__ = _exported(
        __name__,
        {
            "audit.cluster_audit": ("audit_cluster",),
            "audit.policies.exporting": ("Policies", "admission_policies"),
            "audit.results": ("Audit", "AuditFinding"),
        },
    )
