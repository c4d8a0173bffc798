"""A project's folder for the tests of `igz-runtime check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.checked import laid_out


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that is set up, whose functions are all in order but for one without a profile."""
    monkeypatch.delenv("IGZ_RUNTIME_ENVIRONMENT", raising=False)
    laid_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
