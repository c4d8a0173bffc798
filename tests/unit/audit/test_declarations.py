"""What pods and objects of a cluster say of their work themselves: in every format, and within the platform's terms."""

from __future__ import annotations

import html
import json
from pathlib import Path

import jsonschema
import pytest

from igz_runtime.audit import audit_cluster
from igz_runtime.audit.results import Audit
from igz_runtime.report.audit_formats import FORMATS, render
from igz_runtime.report.html import audit_html
from tests.unit.audit.running import ON_SPOT, a_cluster, the_work

SAID = "its label igz-runtime/workload says stateless; without it stateful (its name 'trainer' says training)"
SPOT = the_work(function="trainer", pod=ON_SPOT, nodes={"spot-1": 1}, workload="stateless")
SCHEMA = Path(__file__).parents[3] / "igz_runtime" / "report" / "audit" / "audit.schema.json"


def of_rules(audit: Audit) -> set[str]:
    return {each.finding.rule for each in audit.found if each.finding.function == "trainer" and each.stands}


def test_pods_that_call_themselves_stateless_are_let_and_shown() -> None:
    audit = audit_cluster(a_cluster([SPOT]), config="none")

    assert of_rules(audit).isdisjoint({"IGZ101", "IGZ614"})
    assert [str(each) for each in audit.declared] == [SAID]
    assert audit.findings.declared == audit.declared
    assert of_rules(
        audit_cluster(a_cluster([SPOT._replace(identity=SPOT.identity._replace(workload=""))]), config="none")
    )


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "prometheus"])
def test_every_format_says_it(name: str) -> None:
    text = html.unescape(render(audit_cluster(a_cluster([SPOT]), config="none"), name))

    if name == "json":
        document = json.loads(text)
        jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(document)
        (said,) = document["declared"]
        assert (said["says"], said["function"], said["project"]) == ("stateless", "trainer", "churn")
    else:
        assert SAID in text


def test_a_notebook_shows_it() -> None:
    assert SAID in html.unescape(audit_html(audit_cluster(a_cluster([SPOT]), config="none")))


def test_the_platform_decides_by_project_what_counts(tmp_path: Path) -> None:
    config = tmp_path / "igz-runtime.yaml"
    config.write_text("declarable: [{projects: [risk], reason: reviewed}]")
    pods = SPOT._replace(waivers={"IGZ614": "nobody minds"})
    refused = audit_cluster(a_cluster([SPOT]), config=config)
    let = audit_cluster(a_cluster([pods]), config=config)

    assert of_rules(refused) & {"IGZ101", "IGZ614"}
    (said,) = refused.declared
    assert said.refused == "the platform allows work to be declared stateless in project risk only: reviewed"
    assert [each.rule for each in let.declared] == ["", "IGZ614"]
    assert "IGZ614" not in of_rules(let)
