"""An audit in each format: every finding at its place, with what was not checked, and nothing that escapes."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from igz_runtime.audit.results import Audit, AuditFinding
from igz_runtime.cluster import Cluster
from igz_runtime.cluster.capacity import GroupCapacity
from igz_runtime.cluster.facts import Live
from igz_runtime.report.audit_formats import FORMATS, as_known, as_report, render
from igz_runtime.rules.audited import AuditedCluster
from igz_runtime.rules.findings import Finding
from tests.clusters import audited, finding

ROOT = Path(__file__).parents[3]
SARIF_SCHEMA = json.loads((ROOT / "tests" / "data" / "sarif-schema-2.1.0.json").read_text())
JSON_SCHEMA = json.loads((ROOT / "igz_runtime" / "report" / "audit" / "audit.schema.json").read_text())
EVIL = "evil\x1b[31m\u202e<script>alert(1)</script>\r\n::error::x%0A]]>"
AUDIT = audited(40, findings=30)
CLEAN = replace(AUDIT, found=(), skipped=(), unread=())
NOTHING = Audit(AuditedCluster(Cluster(live=Live("2026-11-28T07:15:00Z", "ml", unknown={"nodes": "forbidden"}))))
NODES = AUDIT.view.live.nodes if AUDIT.view.live else ()
STANDING = [one for one in AUDIT.found if one.stands]


def sarif(audit: Audit, source: str = "kubernetes/production") -> dict[str, Any]:
    log = json.loads(render(audit, "sarif", source=source))
    jsonschema.Draft4Validator(SARIF_SCHEMA).validate(log)
    run: dict[str, Any] = log["runs"][0]
    return run


def as_json(audit: Audit) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render(audit, "json"))
    jsonschema.Draft202012Validator(JSON_SCHEMA).validate(document)
    return document


def with_known(audit: Audit) -> Audit:
    """The audit with its first finding in the baseline."""
    report = as_report(audit, "x")
    first, *others = report.findings
    return as_known(audit, report._replace(findings=(first._replace(known=True), *others)))


def about(name: str, **given: str) -> Audit:
    """An audit that finds one thing, whose every word is this."""
    one = finding("IGZ614", "error", name, function=name, kind="job", role=name, fix=name, **given)
    return replace(CLEAN, found=(AuditFinding(one, name, (name,), name),), unread=(name,))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "audit", [AUDIT, CLEAN, NOTHING, about(EVIL), about("\udcff")], ids=["much", "clean", "nothing", "evil", "no text"]
)
def test_every_format_is_lines_of_text_that_utf_8_can_hold(name: str, audit: Audit) -> None:
    text = render(audit, name)

    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert text.encode()
    assert text == render(audit, name)
    assert all(c.isprintable() for c in text.replace("\n", "")), "something could steer a terminal"


def test_an_unknown_format_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=f"no format 'xml'; there are {', '.join(FORMATS)}"):
        render(AUDIT, "xml")


class TestJson:
    def test_it_has_everything_that_was_found(self) -> None:
        document = as_json(AUDIT)
        by_function = {one["function"]: one for one in document["findings"]}

        assert [one["rule"] for one in document["findings"]] == [one.finding.rule for one in AUDIT.found]
        assert by_function["train-1"] == {
            "rule": "IGZ611",
            "name": None,
            "severity": "warning",
            "message": "its QoS class is Burstable, and Guaranteed is recommended in production",
            "why": "The sentence of the best practices behind IGZ611.",
            "fix": "change what IGZ611 names",
            "function": "train-1",
            "kind": "job",
            "role": "main",
            "field": [],
            "waived": None,
            "namespace": None,
            "project": "project-1",
            "group": "initial",
            "nodes": ["ip-10-0-0-1.initial.eu-west-1.compute.internal"],
            "known": False,
        } | {"name": by_function["train-1"]["name"]}
        assert by_function["spot"]["waived"] == {
            "reason": "an admission policy does it",
            "until": "2999-01-31",
        }
        assert by_function["cluster"]["group"] is None

    def test_it_says_what_the_cluster_is_and_each_of_its_groups(self) -> None:
        document = as_json(AUDIT)
        groups = {one["name"]: one for one in document["groups"]}

        assert (document["environment"], document["read"]) == ("production", "2026-11-28T07:15:00Z")
        assert document["summary"] == {
            "error": 11, "warning": 21, "info": 1, "waived": 1, "known": 0, "groups": 5, "nodes": 40, "pods": 30
        }  # fmt: skip
        assert groups["gpu"]["gpus"] == {"allocatable": 16, "requested": 6}
        assert groups["gpu"]["memory"]["allocatable"] == 4 * 64 * 2**30
        used = [node.used["memory"] for node in NODES if node.group == "gpu"]
        assert sum(groups["gpu"]["memory"]["requested"].values()) == sum(used)
        assert groups["initial"]["bounds"] == {"least": 2, "most": 2, "static": True, "because": "declared"}

    def test_what_was_not_read_is_null_and_not_zero(self) -> None:
        document = as_json(NOTHING)

        assert document["summary"]["pods"] is None
        live = AUDIT.view.live
        assert live is not None
        unread = replace(AUDIT.view.cluster, live=replace(live, running=None))
        (group, *_) = as_json(replace(AUDIT, view=AuditedCluster(unread)))["groups"]
        assert (group["memory"]["requested"], group["gpus"]["requested"]) == (None, None)
        assert (group["priorities"], group["user_pods"]) == (None, None)

    def test_it_says_what_was_not_checked(self) -> None:
        because = "neither a declaration nor an autoscaler says so"

        assert as_json(AUDIT)["unchecked"] == [
            {"rule": "IGZ602", "about": "initial", "because": because},
            {
                "rule": "IGZ613",
                "about": "cluster",
                "because": "Iguazio's application services could not be read",
            },
            {"rule": None, "about": None, "because": "Karpenter's node pools: forbidden"},
        ]

    def test_it_says_what_guaranteed_pods_would_take_and_answers_each_sentence(self) -> None:
        row = GroupCapacity(("jobs",), has={"memory": 64}, reserved={"memory": 8}, guaranteed={"memory": 16}, pods=3)
        document = as_json(replace(AUDIT, capacity=(row,)))
        unknown = {"has": None, "may_have": None, "reserved": None, "running": None, "requested": None}

        assert document["capacity"] == [
            {
                "groups": ["jobs"],
                "pods": 3,
                "resources": {
                    "cpu": {**unknown, "guaranteed": None, "if_guaranteed": None},
                    "memory": {**unknown, "has": 64, "reserved": 8, "guaranteed": 16, "if_guaranteed": 24},
                },
                "unknown": [],
            }
        ]
        assert [each["verdict"] for each in document["practices"]] == [each.verdict for each in AUDIT.answers]
        assert {"found", "fine", "not checked", "demands nothing"} == {
            each["verdict"] for each in document["practices"]
        }

    @pytest.mark.parametrize("part", ["finding", "group"])
    def test_the_schema_knows_every_key_and_refuses_a_report_without_one(self, part: str) -> None:
        document = as_json(AUDIT)
        described = JSON_SCHEMA["$defs"][part]

        assert set(JSON_SCHEMA["properties"]) == set(document) == set(JSON_SCHEMA["required"])
        assert set(described["properties"]) == {key for one in document[f"{part}s"] for key in one}
        for key in described["required"]:
            broken = as_json(AUDIT)
            del broken[f"{part}s"][0][key]
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.Draft202012Validator(JSON_SCHEMA).validate(broken)


class TestSarif:
    def test_a_result_is_in_the_cluster_and_in_what_it_is_about(self) -> None:
        run = sarif(AUDIT)
        by_function = {result["properties"]["function"]: result for result in run["results"]}

        assert len(run["results"]) == len(AUDIT.found)
        assert by_function["train-1"]["locations"] == [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "kubernetes/production", "uriBaseId": "%SRCROOT%"},
                },
                "logicalLocations": [
                    {"name": "train-1", "kind": "job"},
                    {"name": "project-1", "kind": "project"},
                    {"name": "initial", "kind": "node group"},
                ],
            }
        ]
        assert by_function["gpu"]["locations"][0]["logicalLocations"] == [{"name": "gpu", "kind": "node group"}]

    def test_a_saved_cluster_is_the_file(self) -> None:
        (place, *_) = sarif(AUDIT, "clusters/a b.json")["results"][0]["locations"]

        assert place["physicalLocation"]["artifactLocation"]["uri"] == "clusters/a%20b.json"

    def test_what_is_accepted_is_suppressed(self) -> None:
        results = sarif(with_known(AUDIT))["results"]

        assert Counter(each["suppressions"][0]["kind"] for each in results if "suppressions" in each) == {
            "inSource": 1,
            "external": 1,
        }

    def test_a_fingerprint_stays_where_counts_change(self) -> None:
        def prints(message: str, source: str = "a.json", function: str = "etl") -> str:
            one = finding("IGZ611", "warning", message, function=function, kind="job")
            found = sarif(replace(CLEAN, found=(AuditFinding(one),)), source)["results"][0]
            return str(found["partialFingerprints"]["igzRuntimeFinding/v1"])

        assert prints("3 pods are Burstable") == prints("7 pods are Burstable", source="b.json")
        assert prints("3 pods are Burstable") != prints("3 pods are Burstable", function="train")

    def test_it_says_what_was_not_checked_and_whether_anything_was_read(self) -> None:
        told = sarif(AUDIT)["invocations"][0]

        assert told["executionSuccessful"] is True
        assert [each["message"]["text"] for each in told["toolConfigurationNotifications"]][-1] == (
            "not checked: Karpenter's node pools: forbidden"
        )
        assert sarif(NOTHING)["invocations"][0]["executionSuccessful"] is False


class TestOthers:
    def test_junit_fails_a_test_for_each_finding_that_fails_the_run(self) -> None:
        root = ET.fromstring(render(AUDIT, "junit", source="kubernetes/production", fail_on="warning"))  # noqa: S314

        assert root.attrib["name"] == "igz-runtime audit"
        suite, rest = root
        assert suite.attrib["name"] == "kubernetes/production"
        assert len(suite.findall("testcase/failure")) == 32
        assert all("line" not in case.attrib for case in suite)
        output = rest.findtext("testcase/system-out") or ""
        assert output.splitlines()[0].startswith("11 errors, 21 warnings, 1 info in 5 node groups (40 nodes, 30 pods")
        assert "not checked: Karpenter's node pools: forbidden" in output

    def test_github_gets_a_command_for_each_finding_that_stands(self) -> None:
        lines = render(AUDIT, "github", source="kubernetes/production").splitlines()

        assert len(lines) == len(STANDING) + 1
        assert Counter(line.split()[0] for line in lines[:-1]) == {"::error": 11, "::warning": 21, "::notice": 1}
        assert all(",line=" not in line for line in lines)
        assert lines[0].startswith("::error file=kubernetes/production,title=IGZ602")

    def test_a_name_ends_no_command(self) -> None:
        assert len(render(about(EVIL), "github").splitlines()) == 2


def test_an_identity_is_that_of_the_function_and_not_of_what_is_said() -> None:
    one = Finding("IGZ611", "warning", "3 pods", "", "", "etl", "job", "main", field=("containers", "base"))

    found = AuditFinding(one, "jobs", ("n-1",), "churn", namespace="mlrun")
    assert found.identity == ("IGZ611", "job", "mlrun", "churn", "etl", "main", "containers", "base")
    assert found._replace(group="gpu", nodes=()).identity == found.identity
