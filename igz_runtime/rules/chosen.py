"""Which rules are judged, and how grave each is: `rules` of igz-runtime.yaml."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

from igz_runtime.rules.findings import Finding, Findings, Severity, order


class Chosen(NamedTuple):
    """The rules as a configuration has them. Without arguments: every rule, as grave as it calls itself.

    Attributes:
        select: the rules that are judged, as ids or their beginnings; empty: every rule.
        ignore: those that are not; the longer of two entries decides.
        severities: severities by id or its beginning; the longest entry decides.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = {}

    def judges(self, rule_id: str) -> bool:
        """Whether a rule's findings are wanted.

        Rules on the document itself (IGZ9xx) are judged whatever is selected, until they are ignored: a file that
        cannot be read must not look clean.
        """
        selected, ignored = _longest(rule_id, self.select), _longest(rule_id, self.ignore)
        wanted = self.selects(rule_id) or rule_id.startswith("IGZ9")
        return wanted and (not ignored or len(ignored) < len(selected))

    def selects(self, rule_id: str) -> bool:
        """Whether a rule is one of those that are selected, which are all where none is."""
        return not self.select or bool(_longest(rule_id, self.select))

    def severity_of(self, rule_id: str, otherwise: Severity) -> Severity:
        """The severity that the configuration gives to a rule, or the other one."""
        return self.severities.get(_longest(rule_id, self.severities), otherwise)

    def told(self, finding: Finding) -> Finding:
        """A finding, as grave as it is here."""
        severity = self.severity_of(finding.rule, finding.severity)
        return finding if severity == finding.severity else replace(finding, severity=severity)

    def among(self, findings: Findings) -> Findings:
        """Those of the findings that are wanted, as grave as they are here."""
        if self == EVERY:
            return findings
        wanted = sorted((self.told(each) for each in findings if self.judges(each.rule)), key=order)
        skipped = (each for each in findings.skipped if self.judges(each.rule))
        return Findings(wanted, skipped, findings.unread, declared=findings.declared)


EVERY = Chosen()
"""The rules where no configuration says any."""


def _longest(rule_id: str, beginnings: Collection[str]) -> str:
    """The longest entry that a rule's id begins with; empty where none is."""
    return max((each for each in beginnings if rule_id.startswith(each)), key=len, default="")
