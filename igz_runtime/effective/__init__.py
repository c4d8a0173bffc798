"""The effective pod: what MLRun, Nuclio and their defaults make of a function's settings."""

from igz_runtime.effective.enriched import enriched_by_mode, without_enrichment
from igz_runtime.effective.lost import lost
from igz_runtime.effective.pod import Effective, effective_pod, mode_in_force

__all__ = ["Effective", "effective_pod", "enriched_by_mode", "lost", "mode_in_force", "without_enrichment"]
