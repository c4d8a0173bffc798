"""MLRun's releases, in their order."""

from __future__ import annotations

import sys
from typing import Final

from igz_runtime.errors import ConfigurationError

Release = tuple[int, int]
"""Major and minor version of MLRun."""

NEWEST: Final[Release] = (sys.maxsize, 0)
"""Stands for a server whose release is not known: development builds are newer than any release."""


def release_of(version: str) -> Release:
    """Major and minor of a version; one that cannot be read is an error, not a guess.

    Raises:
        ConfigurationError: it does not begin with two numbers.

    >>> release_of("v1.9.2") < release_of("1.10.0-rc3") < NEWEST
    True
    """
    parts = version.lstrip("v").split(".")
    try:
        return int(parts[0]), int(parts[1])
    except (ValueError, IndexError):
        raise ConfigurationError(f"MLRun version {version!r} cannot be read; write for example '1.10.4'") from None
