"""Tests that meet real MLRun, Nuclio and KFP objects run in every environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from igz_runtime.projects.configuration import _by_name

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands here; a file whose tests meet none of the packages says so by `once`."""
    for item in items:
        if HERE in item.path.parents and not item.get_closest_marker("once"):
            item.add_marker("every_environment")


@pytest.fixture
def project_of_its_own() -> Iterator[None]:
    """A project that the test makes is not MLRun's current one in the tests after it."""
    import mlrun
    from mlrun.projects.pipelines import pipeline_context

    active = mlrun.mlconf.active_project
    yield
    pipeline_context.clear(with_project=True)
    mlrun.mlconf.active_project = active


@pytest.fixture(autouse=True)
def _no_project_is_noted() -> None:
    """What is submitted goes by the project of its name in this process; one of another test may not be gone yet."""
    _by_name.clear()
