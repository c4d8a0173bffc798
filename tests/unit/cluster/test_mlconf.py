"""The cluster as MLRun's configuration has it, which a connected server fills in."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import mlrun
import mlrun.db.factory
import mlrun.db.httpdb
import mlrun.db.nopdb
import pytest
from hypothesis import given, settings

from igz_runtime import Cluster, profiles
from igz_runtime.cluster import Preemptible
from igz_runtime.cluster.mlconf import _released
from igz_runtime.errors import ConfigurationError
from igz_runtime.functions.names import RELEASED_THRESHOLDS
from igz_runtime.k8s.pod import Toleration
from igz_runtime.k8s.quantity import quantity
from tests import strategies
from tests.conftest import Mlconf

pytestmark = pytest.mark.every_environment

LABELS = {"app.iguazio.com/lifecycle": "preemptible"}
SPOT = Toleration("spot", "Equal", "true", "NoSchedule")
CONFIGURED = Preemptible(LABELS, (SPOT,), (), "allow")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> mlrun.db.httpdb.HTTPRunDB:
    """MLRun's own client of a server, before it has sent anything; the version is what connecting would store."""
    client = mlrun.db.httpdb.HTTPRunDB("http://mlrun-api.invalid")
    monkeypatch.setattr(mlrun.db.factory.RunDBFactory(), "_run_db", client)
    return client


def test_without_mlrun_the_cluster_is_iguazios() -> None:
    code = (
        "import sys, igz_runtime as i; c = i.Cluster.current(); print(c == i.Cluster.iguazio(), 'mlrun' in sys.modules)"
    )

    assert subprocess.check_output([sys.executable, "-c", code], text=True, cwd=Path.cwd()) == "True False\n"


def test_an_unconnected_and_unconfigured_mlrun_says_nothing_about_the_server() -> None:
    cluster = Cluster.current()

    assert cluster.assumed
    assert cluster.mlrun == Cluster.iguazio().mlrun
    assert cluster.priority_classes == Cluster.iguazio().priority_classes
    assert "not connected" in cluster.source


def test_the_stand_in_for_a_missing_connection_is_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlrun.db.factory.RunDBFactory(), "_run_db", mlrun.db.nopdb.NopDB())

    assert Cluster.current().assumed


@settings(max_examples=60)
@given(configured=strategies.preemptibles)
def test_what_is_configured_is_what_is_read(configured: Preemptible) -> None:
    mlconf = Mlconf()
    try:
        mlconf.preemptible(configured)
        cluster = Cluster.current()
    finally:
        mlconf.restore()

    assert cluster.assumed is not configured.is_configured
    assert not configured.is_configured or cluster.mlrun == cluster.nuclio == configured


def test_priorities_selector_and_default_resources_are_read(mlconf: Mlconf) -> None:
    mlconf.preemptible(CONFIGURED)
    mlconf.set("valid_function_priority_class_names", "team-low, team-high")
    mlconf.set("default_function_priority_class_name", "team-low")
    mlconf.set("default_function_node_selector", "eyJwb29sIjogImpvYnMifQ==")
    mlconf.set("default_function_pod_resources.requests.cpu", "25m")
    mlconf.set("default_function_pod_resources.limits.memory", "20Gi")
    cluster = Cluster.current()

    assert cluster.priority_classes == ("team-low", "team-high")
    assert cluster.default_priority == "team-low"
    assert cluster.default_node_selector == {"pool": "jobs"}
    assert (cluster.default_requests, cluster.default_limits) == (
        {"cpu": quantity("25m")},
        {"memory": quantity("20Gi")},
    )


@pytest.mark.parametrize(("held", "read"), [("36h", "36h"), (-1, "-1"), ("", None), (None, None)])
def test_the_limit_on_running_by_default_is_read(held: Any, read: str | None, mlconf: Mlconf) -> None:
    """A number, too: MLRun reads `MLRUN_…__EXECUTING=-1` as JSON."""
    assert Cluster.current().default_running_limit == RELEASED_THRESHOLDS["executing"]

    mlconf.set("function.spec.state_thresholds.default.executing", held)

    assert Cluster.current().default_running_limit == read


def test_a_change_of_the_configuration_is_seen_and_no_change_costs_nothing(mlconf: Mlconf) -> None:
    mlconf.preemptible(CONFIGURED)
    first = Cluster.current()

    assert Cluster.current() is first
    mlconf.set("default_function_priority_class_name", "team-high")
    assert Cluster.current().default_priority == "team-high"


def test_a_configuration_that_cannot_be_decoded_is_one_clear_error(mlconf: Mlconf) -> None:
    mlconf.set("preemptible_nodes.node_selector", "by hand")

    message = (
        "mlrun.mlconf.preemptible_nodes.node_selector: invalid value 'by hand': base64 of a JSON mapping is required"
    )
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        Cluster.current()


def test_mlruns_own_object_is_read_as_the_mapping_that_it_holds(mlconf: Mlconf) -> None:
    """Connecting to a server with MLRun's default, null, assigns `default_function_pod_resources` to itself."""
    mlconf.set("default_function_pod_resources", mlrun.mlconf.default_function_pod_resources)
    assert Cluster.current().default_requests == {}

    mlrun.mlconf.default_function_pod_resources.requests.cpu = "25m"
    assert Cluster.current().default_requests == {"cpu": quantity("25m")}

    mlconf.set("default_function_pod_resources.limits", mlrun.mlconf.default_function_pod_resources.limits)
    mlrun.mlconf.default_function_pod_resources.limits.memory = "20Gi"
    assert Cluster.current().default_limits == {"memory": quantity("20Gi")}


def test_mlruns_own_enumeration_is_read_as_its_text(mlconf: Mlconf) -> None:
    mlconf.set("default_function_pod_resources", mlrun.mlconf.default_function_pod_resources)
    mlconf.preemptible(CONFIGURED)
    mlconf.set("function_defaults.preemption_mode", mlrun.common.schemas.function.PreemptionModes.constrain)
    mode = Cluster.current().mlrun.default_mode

    assert (mode, type(mode)) == ("constrain", str)


@pytest.mark.parametrize("key", ["preemptible_nodes", "function_defaults", "default_function_pod_resources"])
def test_a_section_that_is_null_says_nothing(key: str, mlconf: Mlconf) -> None:
    before = Cluster.current()
    mlconf.set(key, None)

    assert Cluster.current() == before


def test_a_value_that_changes_where_it_stands_is_seen(mlconf: Mlconf) -> None:
    """MLRun takes an empty list for nothing, and it is no more nothing when something is put into it."""
    listed: list[object] = []
    mlconf.set("preemptible_nodes.tolerations", listed)
    assert Cluster.current().assumed

    listed.append({"key": "spot"})
    with pytest.raises(ConfigurationError, match=re.escape("base64 of a JSON list is required, such as 'W10=' for []")):
        Cluster.current()


def test_a_number_that_equals_another_is_not_the_same_value(mlconf: Mlconf) -> None:
    mlconf.set("default_function_pod_resources.limits.cpu", 1)
    assert Cluster.current().default_limits == {"cpu": quantity("1")}

    mlconf.set("default_function_pod_resources.limits.cpu", True)  # noqa: FBT003
    with pytest.raises(ConfigurationError, match=re.escape("limits.cpu: invalid value True: a Kubernetes quantity")):
        Cluster.current()


@pytest.mark.parametrize(
    ("version", "before"), [("1.8.0", True), ("1.9.2", True), ("1.10.0", False), ("1.12.1", False)]
)
def test_a_connected_servers_version_decides_how_it_enriches(
    version: str, server: mlrun.db.httpdb.HTTPRunDB, mlconf: Mlconf, *, before: bool
) -> None:
    server.server_version = version
    mlconf.preemptible(Preemptible({}, (SPOT,)))
    cluster = Cluster.current()
    fn = {"kind": "job", "metadata": {"name": "etl"}, "spec": {"node_selector": {"zone": "a"}}}

    assert (cluster.mlrun_version, cluster.mlrun_release < (1, 10), cluster.assumed) == (version, before, False)
    assert version in cluster.source
    # With tolerations only, `prevent` deletes the node selector from 1.10 on, and kept it before.
    role = profiles.production_job(cpu=1, memory="1Gi").plan(fn).roles[0]
    assert role.after.preemption_mode == ("prevent" if before else "none")
    assert dict(role.effective.node_selector) == {"zone": "a"}


def test_a_connected_server_without_preemptible_nodes_is_believed(server: mlrun.db.httpdb.HTTPRunDB) -> None:
    server.server_version = "1.12.1"
    cluster = Cluster.current()

    assert not cluster.assumed
    assert not cluster.mlrun.is_configured
    assert (cluster.priority_classes, cluster.default_priority) == (None, None)


@pytest.mark.parametrize("version", ["0.0.0+unstable", "unstable"])
def test_a_connected_development_server_is_believed(version: str, server: mlrun.db.httpdb.HTTPRunDB) -> None:
    server.server_version = version
    cluster = Cluster.current()

    assert (cluster.assumed, cluster.mlrun.is_configured) == (False, False)
    assert (cluster.mlrun_version, cluster.mlrun_release < (1, 10)) == (None, False)


def test_a_client_that_has_not_connected_yet_is_no_server(server: mlrun.db.httpdb.HTTPRunDB) -> None:
    assert not server.server_version
    assert Cluster.current().assumed


@pytest.mark.parametrize(
    ("version", "released"),
    [
        ("1.12.1", "1.12.1"),
        ("1.10.0-rc3", "1.10.0-rc3"),
        ("0.0.0+unstable", None),
        ("unstable", None),
        ("", None),
        ("1", None),
        ("v1.9.2", "v1.9.2"),
        ("1.²", None),
    ],
)
def test_a_development_build_is_no_release(version: str, released: str | None) -> None:
    assert _released(version) == released
