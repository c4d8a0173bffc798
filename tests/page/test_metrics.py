"""Metrics, alerts and the dashboard, as Prometheus takes them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from igz_runtime.audit import audit_cluster, monitoring
from igz_runtime.audit.results import Audit, AuditFinding
from igz_runtime.cluster import Cluster
from igz_runtime.report.audit.prometheus import rendered
from tests.cluster.control_plane import free_ports, process
from tests.clusters import audited, finding
from tests.page.programs import found, missing
from tests.serving import Served, served, until

DASHBOARD = json.loads((resources.files(monitoring) / "dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
CONFIGURATION = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
scrape_configs:
- job_name: audit
  static_configs: [{{targets: ['{address}']}}]
"""
WAIVERS = """
waivers:
- {{rule: {rule}, reason: known, function: {function}}}
"""


def program(name: str) -> str:
    """Where a program is. Where it is missing: a failure in CI, and a skip elsewhere."""
    path = found(name)
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing(name))
    return str(path)


@pytest.fixture(scope="session")
def promtool() -> str:
    """Prometheus' tool that checks metrics and rules."""
    return program("promtool")


def checked(promtool: str, *arguments: str, given: str = "") -> str:
    """What promtool says; it must find nothing."""
    ran = subprocess.run([promtool, *arguments], input=given, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


def everything() -> Audit:
    """An audit with every metric, and with a name that is a bad one for a label."""
    audit = audit_cluster(audited(40).view.cluster)
    strange = AuditFinding(finding("IGZ602", "error", "…"), 'a "b" \\ c\nd {e="f"} ü')
    return replace(audit, found=(*audited(40).found, strange), skipped=audited(40).skipped)


def test_promtool_finds_nothing_in_the_metrics(promtool: str) -> None:
    assert checked(promtool, "check", "metrics", given=rendered(everything())) == ""


def test_promtool_finds_nothing_in_the_alerts(promtool: str, tmp_path: Path) -> None:
    alerts = tmp_path / "alerts.yaml"
    alerts.write_text((resources.files(monitoring) / "alerts.yaml").read_text())

    assert "3 rules found" in checked(promtool, "check", "rules", str(alerts))


def test_the_alerts_fire_when_they_should_and_not_before(promtool: str, tmp_path: Path) -> None:
    (tmp_path / "alerts.yaml").write_text((resources.files(monitoring) / "alerts.yaml").read_text())
    (tmp_path / "test.yaml").write_text((Path(__file__).with_name("alerts.test.yaml")).read_text())

    assert "SUCCESS" in checked(promtool, "test", "rules", str(tmp_path / "test.yaml"))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The command, on a cluster on which there is something of everything that the dashboard shows."""
    folder = tmp_path_factory.mktemp("audit")
    view = audited(40).view
    live = view.live
    assert live is not None
    cluster = replace(view.cluster, live=replace(live, unknown={"Karpenter's node pools": "forbidden"}))
    cluster.save(folder / "cluster.json")
    standing = audit_cluster(Cluster.load(folder / "cluster.json")).found[0].finding
    (folder / "igz-runtime.yaml").write_text(WAIVERS.format(rule=standing.rule, function=standing.function))
    with served(folder, "--cluster=cluster.json", IGZ_RUNTIME_CONFIG=str(folder / "igz-runtime.yaml")) as command:
        command.until("reads_total", lambda reads: reads >= 1)
        yield command


@pytest.fixture(scope="module")
def server(running: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prometheus that has scraped the command."""
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "prometheus.yml").write_text(CONFIGURATION.format(address=running.address))
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    command = [
        program("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with process(command, folder / "prometheus.log", lambda: _ready(address)):
        until(lambda: asked(address, "igz_runtime_audit_up"))
        yield address


def _ready(address: str) -> bool:
    with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(f"{address}/-/ready") as answer:  # noqa: S310
        return bool(answer.status == 200)
    return False


def asked(server: str, query: str) -> list[dict[str, Any]]:
    """What Prometheus answers to a query."""
    url = f"{server}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    with urllib.request.urlopen(url) as answer:  # noqa: S310
        result: list[dict[str, Any]] = json.loads(answer.read())["data"]["result"]
    return result


def as_chosen(query: str) -> str:
    """A query of the dashboard with what its variables stand for at first."""
    return re.sub(r"\$(job|instance)\b", ".+", query)


@pytest.mark.parametrize(
    ("title", "query"),
    [(panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]],
)
def test_every_query_of_the_dashboard_finds_data(server: str, title: str, query: str) -> None:
    assert asked(server, as_chosen(query)), title


def test_the_dashboards_variables_find_the_command(server: str, running: Served) -> None:
    for variable in DASHBOARD["templating"]["list"][1:]:
        metric, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"]).groups()  # type: ignore[union-attr]
        values = {each["metric"][label] for each in asked(server, as_chosen(metric))}
        assert values == {{"job": "audit", "instance": running.address}[label]}


def test_what_prometheus_has_is_what_the_audit_found(server: str) -> None:
    nodes = {each["metric"]["group"]: each["value"][1] for each in asked(server, "igz_runtime_audit_group_nodes")}
    (info,) = asked(server, "igz_runtime_audit_info")

    assert nodes == {"initial": "2", "jobs": "22", "jupyter": "4", "gpu": "4", "spot": "8"}
    assert info["metric"]["environment"] == "production"
    assert asked(server, 'up{job="audit"}')[0]["value"][1] == "1"


def test_panels_do_not_overlap_and_no_name_is_given_twice() -> None:
    places = [panel["gridPos"] for panel in PANELS]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(cells) == len(set(cells))
    assert all(x < 24 for x, _ in cells)
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


def test_a_file_for_the_textfile_collector_is_readable_for_all_and_whole(promtool: str, tmp_path: Path) -> None:
    """node_exporter runs as somebody else, and reads whatever ends in .prom."""
    from igz_runtime.cli import main

    audited(20).view.cluster.save(tmp_path / "cluster.json")
    arguments = ["audit", "--cluster", str(tmp_path / "cluster.json"), "--fail-on=never", "--no-config"]

    assert main([*arguments, f"--output={tmp_path / 'igz-runtime.prom'}"]) == 0
    assert (tmp_path / "igz-runtime.prom").stat().st_mode & 0o444 == 0o444
    assert checked(promtool, "check", "metrics", given=(tmp_path / "igz-runtime.prom").read_text()) == ""
    assert [each.name for each in tmp_path.glob("*.prom")] == ["igz-runtime.prom"]
