"""Fixtures for every test."""

from __future__ import annotations

import base64
import copy
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from igz_runtime.cluster import Preemptible
from igz_runtime.k8s.codec import write_tolerations
from tests.attacks.figures import pytest_terminal_summary  # noqa: F401  (a hook of pytest)

# What stands above the repository on somebody's machine is none of the suite's business; a test that needs a
# configuration says which, and programs that it starts inherit this.
os.environ["IGZ_RUNTIME_CONFIG"] = "none"

# One profile for every property test. How long an example takes says how busy the machine is, and not what is tested;
# and where a property writes files, one folder serves all of its examples.
settings.register_profile(
    "igz_runtime",
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("igz_runtime")

EVERYWHERE = "every_environment"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In an environment beside the default one, leave out the tests that would say the same there.

    The environments differ in kfp, kubernetes, mlrun, nuclio and pydantic (`constraints/`): what meets one of them is
    marked, and everything in tests/contract.
    """
    if os.environ.get("ENVIRONMENT", "default") == "default":
        return
    same = [item for item in items if not item.get_closest_marker(EVERYWHERE)]
    items[:] = [item for item in items if item.get_closest_marker(EVERYWHERE)]
    config.hook.pytest_deselected(items=same)


class Mlconf:
    """MLRun's configuration, as a connected server would leave it, put back after the test.

    MLRun's Config knows no deletion, which is why pytest's monkeypatch cannot undo it.
    """

    def __init__(self) -> None:
        import mlrun

        self._mlconf = mlrun.mlconf
        self._before = self._mlconf.to_dict()

    def set(self, path: str, value: Any) -> None:
        """Set a dotted key such as `preemptible_nodes.node_selector`."""
        *parents, name = path.split(".")
        section = self._mlconf
        for parent in parents:
            section = getattr(section, parent)
        setattr(section, name, value)

    def preemptible(self, preemptible: Preemptible) -> None:
        """Configure the preemptible nodes."""
        self.set("preemptible_nodes.node_selector", _encoded(dict(preemptible.node_selector)))
        self.set("preemptible_nodes.tolerations", _encoded(write_tolerations(preemptible.tolerations)))
        self.set("function_defaults.preemption_mode", preemptible.default_mode)

    def restore(self) -> None:
        """Put back what was there."""
        self._mlconf._cfg.clear()
        self._mlconf._cfg.update(copy.deepcopy(self._before))


@pytest.fixture(autouse=True)
def _variables_as_they_were() -> Iterator[None]:
    """MLRun leaves variables such as `MLRUN_DBPATH=./`, which programs that a later test starts would inherit."""
    before = set(os.environ)
    yield
    for name in os.environ.keys() - before:
        del os.environ[name]


@pytest.fixture
def mlconf() -> Iterator[Mlconf]:
    """MLRun's configuration, to be changed freely."""
    configuration = Mlconf()
    yield configuration
    configuration.restore()


@pytest.fixture
def nearest_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """The igz-runtime.yaml above the working directory counts, as for a user."""
    monkeypatch.delenv("IGZ_RUNTIME_CONFIG")


def _encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()
