"""The rules, and what an author of rules needs: one import.

    from igz_runtime.rules import Found, Skip, Subject, rule

A rule sees values: the role's settings as they are asked for and as the effective pod has them, the function that the
role is of, what is known of the cluster, and what is declared of the work.
"""

import typing

__all__ = [
    "PLACEMENT",
    "About",
    "Affinity",
    "Cel",
    "Container",
    "Evidence",
    "Finding",
    "Findings",
    "Found",
    "Function",
    "NotAtAdmission",
    "PodSettings",
    "Requirement",
    "Rule",
    "Says",
    "Skip",
    "Skipped",
    "Subject",
    "Taint",
    "Term",
    "Toleration",
    "judge",
    "rule",
    "rules",
]

if typing.TYPE_CHECKING:
    from igz_runtime.functions.model import Evidence, Function
    from igz_runtime.k8s.pod import Affinity, Container, PodSettings, Requirement, Taint, Term, Toleration
    from igz_runtime.rules.authoring import Found, Rule, Skip, rule
    from igz_runtime.rules.cel.form import Cel, NotAtAdmission, Says
    from igz_runtime.rules.engine import About, judge
    from igz_runtime.rules.findings import Finding, Findings, Skipped
    from igz_runtime.rules.reads import PLACEMENT
    from igz_runtime.rules.registry import rules
    from igz_runtime.rules.subject import Subject
else:
    # Every module of the rules comes by here first: what one of them does not need, it does not load.
    from igz_runtime.lazy import exported as _exported

    __getattr__, __dir__ = _exported(
        __name__,
        {
            "functions.model": ("Evidence", "Function"),
            "k8s.pod": ("Affinity", "Container", "PodSettings", "Requirement", "Taint", "Term", "Toleration"),
            "rules.authoring": ("Found", "Rule", "Skip", "rule"),
            "rules.cel.form": ("Cel", "NotAtAdmission", "Says"),
            "rules.engine": ("About", "judge"),
            "rules.findings": ("Finding", "Findings", "Skipped"),
            "rules.reads": ("PLACEMENT",),
            "rules.registry": ("rules",),
            "rules.subject": ("Subject",),
        },
    )
