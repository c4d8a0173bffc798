"""ACME's own profiles."""

from __future__ import annotations

from typing import Any

from igz_runtime import profiles
from igz_runtime.profiles import Profile


def nightly(*, team: str = "shared", **arguments: Any) -> Profile:
    """A batch job of the night: on demand, on the team's own node group, half a node of it unless said otherwise.

    Args:
        team: the team, whose node group is called after it.
        **arguments: those of `production_job`.
    """
    return profiles.production_job(**{"cpu": 4, "memory": "16Gi", "node_group": f"{team}-batch", **arguments})
