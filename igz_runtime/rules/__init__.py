"""The rules: one module for each concern, one function for each rule."""

from igz_runtime.rules.engine import Finding, Findings, Rule, Skipped, judge, rules

__all__ = ["Finding", "Findings", "Rule", "Skipped", "judge", "rules"]
