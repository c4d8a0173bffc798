"""The rules: one module for each concern, one function for each rule."""

from igz_runtime.rules.authoring import Rule
from igz_runtime.rules.engine import judge
from igz_runtime.rules.findings import Finding, Findings, Skipped
from igz_runtime.rules.registry import rules

__all__ = ["Finding", "Findings", "Rule", "Skipped", "judge", "rules"]
