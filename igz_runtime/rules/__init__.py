"""The rules: one module for each concern, one function for each rule."""

from igz_runtime.rules.engine import Rule, judge, rules
from igz_runtime.rules.findings import Finding, Findings, Skipped

__all__ = ["Finding", "Findings", "Rule", "Skipped", "judge", "rules"]
