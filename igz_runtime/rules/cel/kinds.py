"""Kinds of functions in CEL, by what `functions/kinds` says of them."""

from __future__ import annotations

from igz_runtime.functions.kinds import KINDS
from igz_runtime.rules.cel.form import literal


def is_kind_that(trait: str) -> str:
    """Whether the kind is one of those that have a trait.

    Args:
        trait: an attribute of `Kind` that is true of them.
    """
    return f"variables.kind in {literal([kind.name for kind in KINDS.values() if getattr(kind, trait)])}"
