"""The variables of the policies, in an order in which each uses those before it alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.rules.cel import capacity, consolidation, containers, landing, placement, waiving, whose, work
from igz_runtime.rules.cel.form import FACTS

VARIABLES: Final[Mapping[str, str]] = {
    **whose.VARIABLES,
    **waiving.VARIABLES,
    **containers.VARIABLES,
    **landing.VARIABLES,
    **work.VARIABLES,
    **capacity.VARIABLES,
    **placement.VARIABLES,
    **consolidation.VARIABLES,
    "actions": f"{FACTS}.?rules.orValue({{}})",
}
