"""What values look like in a cell and to other programs: short tables, plain data, a DataFrame, public names alone."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

from igz_runtime import Cluster, IgzRuntimeError, Waiver, check, profiles
from igz_runtime.rules import Finding
from tests.contract.functions import FUNCTIONS

DESCRIBED: dict[str, Any] = {
    "environment": "production",
    "node_groups": [
        {"name": "core", "core": True, "lifecycle": "on-demand", "labels": {"pool": "core"}},
        {"name": "gpu", "gpu": True, "labels": {"pool": "gpu"}},
    ],
    "priority_classes": ["team-low", "team-high"],
    "default_resources": {"requests": {"cpu": "25m"}},
}


def test_a_cluster_is_a_short_table() -> None:
    first, assumed, *rows = str(Cluster.from_dict(DESCRIBED)).splitlines()

    assert first == "cluster: a cluster description"
    assert assumed.startswith("assumed: ")
    assert [tuple(part.strip() for part in row.split("  ") if part) for row in rows] == [
        ("environment", "production"),
        ("platform", "not known"),
        ("spot nodes", "app.iguazio.com/lifecycle=preemptible"),
        ("mode by default", "prevent"),
        ("node groups", "core: on-demand, core services (pool=core)"),
        ("gpu: lifecycle not known, GPUs (pool=gpu)",),
        ("priority classes", "team-low"),
        ("team-high",),
        ("requests by default", "cpu 25m"),
    ]
    assert repr(Cluster.from_dict(DESCRIBED)) == "<Cluster: a cluster description>"


def test_a_cluster_is_html_in_a_notebook() -> None:
    html = Cluster.from_dict(DESCRIBED)._repr_html_()

    assert "<caption>cluster: a cluster description</caption>" in html
    assert "core: on-demand, core services (pool=core)<br>gpu: lifecycle not known, GPUs (pool=gpu)" in html


def test_an_applied_profile_is_a_short_table() -> None:
    fn: dict[str, Any] = {"kind": "job", "metadata": {"name": "trainer"}, "spec": {}}
    profiles.spot_stateless(cpu=1, memory="1Gi", waive={"IGZ101": Waiver("resubmitted <by> cron")}).apply(fn)
    applied = profiles.applied_to(fn)

    assert applied is not None
    assert str(applied).splitlines()[0] == "spot_stateless was applied"
    assert "IGZ101: resubmitted <by> cron" in str(applied)
    assert "IGZ101: resubmitted &lt;by&gt; cron" in applied._repr_html_()


def findings() -> Any:
    fn = {"kind": "job", "metadata": {"name": "trainer"}, "spec": {"preemption_mode": "allow"}}
    return check(fn, Cluster.iguazio())


def test_one_finding_is_shown_as_all_are() -> None:
    first, skipped = findings()[0], findings().skipped[0]

    assert f"<strong>{first.rule}</strong>" in first._repr_html_()
    assert skipped.because in skipped._repr_html_()


def test_findings_are_a_data_frame() -> None:
    found = findings()
    frame = found.to_df()

    assert list(frame.columns) == list(Finding.__dataclass_fields__)
    assert list(frame["rule"]) == [finding.rule for finding in found]
    assert list(type(found)().to_df().columns) == list(frame.columns)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_plan_is_plain_data(name: str) -> None:
    fn = FUNCTIONS[name]()
    try:
        plan = profiles.production_job(cpu=4, memory="16Gi").plan(fn)
    except IgzRuntimeError as error:
        pytest.fail(str(error))
    stated = json.loads(json.dumps(plan.to_dict()))

    assert (stated["profile"], stated["refused"]) == ("production_job", plan.refused)
    assert [role["role"] for role in stated["roles"]] == [role.role for role in plan.roles]
    assert [each["rule"] for each in stated["findings"]] == [finding.rule for finding in plan.findings]
    assert stated["roles"][0]["after"]["priority_class"] == "igz-workload-high"
    assert "not-to-be-shown" not in str(stated)


@pytest.mark.parametrize("module", ["", ".profiles", ".cluster", ".rules", ".testing", ".errors"])
def test_completion_offers_the_public_names(module: str) -> None:
    package = importlib.import_module(f"igz_runtime{module}")

    assert [name for name in dir(package) if not name.startswith("_")] == sorted(package.__all__)
