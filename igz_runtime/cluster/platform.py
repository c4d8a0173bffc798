"""What MLRun runs on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Platform = Literal["iguazio-3", "iguazio-4", "ce"]
"""Iguazio 3, Iguazio 4, or MLRun CE: MLRun without Iguazio."""
PLATFORMS: Final[Mapping[Platform, str]] = {"iguazio-3": "Iguazio 3", "iguazio-4": "Iguazio 4", "ce": "MLRun CE"}
"""What each is called."""


def platform_of(ce_mode: str | None, authentication: str | None, igz_version: str | None) -> Platform:
    """What a server runs on, by what it tells its clients.

    Source: MLRun 1.12, `Config.is_ce_mode` and `Config.is_iguazio_v4_mode`, and `igz_version`, which only Iguazio has.
    """
    if ce_mode:
        return "ce"
    version = igz_version or ""
    if authentication == "iguazio-v4" or version.startswith("4."):
        return "iguazio-4"
    return "iguazio-3" if version or authentication == "iguazio" else "ce"
