"""Folders for the tests of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.checked import laid_out


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, which is the home too: no kubeconfig is found, and no configuration above it."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that is set up, whose functions are all in order but for one without a profile."""
    monkeypatch.delenv("IGZ_RUNTIME_ENVIRONMENT", raising=False)
    laid_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
