"""Programs that some of these tests need: Prometheus and its promtool, of Debian's package `prometheus`."""

from __future__ import annotations

import os
import shutil

import pytest


def program(name: str) -> str:
    """Where a program is. Where it is missing: a failure in CI, and a skip elsewhere."""
    found = shutil.which(name)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{name} is missing: `make test-page` installs it")
    return found


@pytest.fixture(scope="session")
def promtool() -> str:
    """Prometheus' tool that checks metrics and rules."""
    return program("promtool")


@pytest.fixture(scope="session")
def prometheus() -> str:
    """Prometheus."""
    return program("prometheus")
