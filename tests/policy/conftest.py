"""Control planes for the tests of policies, which `make test-policy` runs: one that all use, and one to stop."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from igz_runtime.audit.policies.schema import definition
from tests.cluster.binaries import CONTROL_PLANE
from tests.cluster.conftest import control_plane, kubeconfig, kubernetes, programs
from tests.cluster.control_plane import running
from tests.policy.budget import FULL, SEED
from tests.policy.coming_and_going import Server
from tests.policy.enforced import FREE, Enforced

__all__ = ["control_plane", "kubeconfig", "kubernetes"]

collect_ignore_glob = [] if os.environ.get("IGZ_TEST_POLICY") else ["*"]
# Each change of an operator takes about a second: `make mutants` asks for all of them.
collect_ignore = [] if FULL else ["test_mutants.py"]

Measured = Callable[..., None]


@pytest.fixture(scope="session")
def enforced(kubeconfig: Path) -> Enforced:
    """An API server that knows the facts' kind and the priority classes, without any policy yet."""
    # Days are the server's, which are those of UTC.
    os.environ["TZ"] = "UTC"
    time.tzset()
    server = Enforced(kubeconfig)
    server.classes()
    server.crd(definition())
    server.namespaces([FREE])
    return server


@pytest.fixture(scope="session")
def coming_and_going(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(programs(CONTROL_PLANE)) as plane:
        yield Server(plane, tmp_path_factory.mktemp("kubectl"))


@pytest.fixture
def server(coming_and_going: Server) -> Iterator[Server]:
    """An API server without policies."""
    yield coming_and_going
    coming_and_going.remove()


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Measured:
    """Says how often something was met, at the end of the run."""

    def add(what: str, amount: int = 1) -> None:
        record_property(what, amount)

    return add


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What was met, added up over the tests."""
    met: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        if report.nodeid.startswith("tests/policy/"):
            met.update({what: amount for what, amount in report.user_properties if isinstance(amount, int)})
    if met:
        terminalreporter.section(f"policies, {'in full' if FULL else 'a tenth of it'}, IGZ_POLICY_SEED={SEED}")
        for what, amount in sorted(met.items()):
            terminalreporter.write_line(f"{amount:>10,}  {what}")
