"""The variables of the policies, in an order in which each uses those before it alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.rules.cel import (
    bounds,
    capacity,
    consolidation,
    containers,
    functions,
    jupyter,
    landing,
    placement,
    scaling,
    waiving,
    whose,
    work,
)
from igz_runtime.rules.cel.form import FACTS

PARTS: Final[tuple[Mapping[str, str], ...]] = (
    whose.VARIABLES,
    functions.VARIABLES,
    scaling.VARIABLES,
    jupyter.VARIABLES,
    waiving.VARIABLES,
    containers.VARIABLES,
    landing.VARIABLES,
    bounds.VARIABLES,
    work.VARIABLES,
    capacity.VARIABLES,
    placement.VARIABLES,
    consolidation.VARIABLES,
    {"actions": f"{FACTS}.?rules.orValue({{}})"},
)

VARIABLES: Final[Mapping[str, str]] = {name: text for part in PARTS for name, text in part.items()}
