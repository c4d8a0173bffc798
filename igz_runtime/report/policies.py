"""What a report shows of admission policies: where they judge, which rules refuse, and what is to be applied."""

from __future__ import annotations

from typing import NamedTuple

from igz_runtime.audit.policies.exporting import Policies
from igz_runtime.messages import counted, shortened
from igz_runtime.report.severity import Row


class PoliciesContent(NamedTuple):
    """What they are, as a headline and rows."""

    headline: str
    rows: tuple[Row, ...]


def policies_content(policies: Policies) -> PoliciesContent:
    """What a report shows of admission policies."""
    applied = tuple(f"{each['kind']} {each['metadata']['name']}" for each in policies.manifests)
    rows = (
        Row("namespaces", (", ".join(policies.namespaces),)),
        Row("refused", (", ".join(policies.enforced) or "nothing: every rule warns",)),
        Row("not asked", (", ".join(policies.off),)),
        Row("to apply", applied),
        Row("to know", tuple(map(shortened, policies.notes))),
    )
    headline = f"admission policies: {counted(len(policies.manifests), 'manifest')}, .to_yaml() for kubectl apply"
    return PoliciesContent(headline, tuple(row for row in rows if any(row.lines)))
