"""An audit for people, in a terminal or a log."""

from __future__ import annotations

from igz_runtime.audit.results import Audit
from igz_runtime.report.audit.words import scope, unchecked


def rendered(audit: Audit, *, color: bool = False, width: int | None = None, verbose: bool = False) -> str:  # noqa: ARG001
    """The audit as text. See `igz_runtime.report.audit_formats.render`."""
    found = [str(one.finding) for one in audit.found if verbose or one.stands]
    return "".join(
        f"{line}\n" for line in (*found, *(f"not checked: {line}" for line in unchecked(audit)), scope(audit))
    )
