"""The rules on functions and Jupyter services, asked of what objects of the cluster declare."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import profiles
from igz_runtime.audit import Audit, audit_cluster
from igz_runtime.audit.pods import told_by_pods
from igz_runtime.cluster.running import Declared, Running, Work
from tests.unit.audit.running import a_cluster, of_cluster, the_work


def nuclio(name: str = "churn-scorer", *, labels: Any = (), annotations: Any = None, **spec: Any) -> dict[str, Any]:
    """A NuclioFunction that MLRun made of a serving function, and that asks for nothing wrong."""
    sized = {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}}
    plain = {"nodeSelector": {"pool": "jobs"}, "resources": sized, "minReplicas": 1, "maxReplicas": 2}
    of_mlrun = {"nuclio.io/project-name": "churn", "mlrun/class": "serving", **dict(labels)}
    metadata = {"name": name, "labels": of_mlrun, **({"annotations": annotations} if annotations else {})}
    return {
        "apiVersion": "nuclio.io/v1beta1",
        "kind": "NuclioFunction",
        "metadata": metadata,
        "spec": {**plain, **spec},
    }


def services(**held: Any) -> dict[str, Any]:
    """Iguazio's application services."""
    tenants = [{"spec": {"services": held}}]
    return {
        "apiVersion": "iguazio.com/v1beta1",
        "kind": "IguazioTenantAppServiceSet",
        "metadata": {"name": "tenant"},
        "spec": {"spec": {"tenants": tenants}},
    }


def audited(*documents: dict[str, Any], work: tuple[Work, ...] = (), config: Any = "none", **facts: Any) -> Audit:
    cluster = a_cluster(**facts)
    assert cluster.live
    running = Running(work, declared=tuple(Declared(each, "tenant") for each in documents))
    return audit_cluster(replace(cluster, live=replace(cluster.live, running=running)), config=config)


def found_in(audit: Audit) -> list[tuple[str, str, str, str]]:
    """Rule, project, kind and function of each finding that is not on the cluster itself."""
    return [
        (each.finding.rule, each.project, each.finding.kind, each.finding.function)
        for each in audit.found
        if not of_cluster(each)
    ]


PODS = the_work("serving", "scorer", namespace="tenant")
"""Its pods, as their labels say."""


def test_a_function_that_asks_for_nothing_wrong_is_found_fine() -> None:
    assert found_in(audited(nuclio())) == []


def test_a_function_of_mlruns_has_its_own_name_and_project_in_what_is_found() -> None:
    audit = audited(nuclio(minReplicas=3), nuclio("alone", labels={"mlrun/class": ""}, minReplicas=3))

    assert found_in(audit) == [("IGZ408", "churn", "nuclio", "alone"), ("IGZ408", "churn", "serving", "scorer")]


def test_what_pods_can_answer_is_asked_of_the_pods_where_there_are_any() -> None:
    """The object asks for a class that MLRun's server replaced since: the pods are what counts."""
    bad = nuclio(minReplicas=3, priorityClassName="system-node-critical")

    assert [each[0] for each in found_in(audited(bad))] == ["IGZ302", "IGZ408"]
    assert [each[0] for each in found_in(audited(bad, work=(PODS,)))] == ["IGZ408"]
    elsewhere = PODS._replace(namespace="another")
    assert [each[0] for each in found_in(audited(bad, work=(elsewhere,)))] == ["IGZ302", "IGZ408"]


def test_what_nobody_asked_is_said_of_functions_that_only_pods_show() -> None:
    assert audited(nuclio(), work=(PODS,)).unread == ()

    (said,) = audited(nuclio(), work=(PODS, the_work())).unread
    assert said.startswith("of 1 function only pods are there, which cannot answer IGZ103, ")


def test_no_rule_is_asked_twice_of_a_function_and_its_pods() -> None:
    anywhere = nuclio(nodeSelector={}, tolerations=[{"operator": "Exists"}], priorityClassName="igz-system-high")
    pod = PODS.pod.but(node_selector={}, priority_class="igz-system-high")
    found = found_in(audited(anywhere, work=(PODS._replace(pod=pod),)))

    assert len(found) == len(set(found))
    assert {each.id for each in told_by_pods().built_in} >= {"IGZ401", "IGZ302"}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (nuclio(nodeSelector="jobs"), "in namespace 'tenant': nuclio 'churn-scorer' (main): spec.nodeSelector"),
        (
            services(lab={"kind": "jupyter", "resources": {"limits": {"cpu": [1]}}}),
            "jupyter 'lab': resources.limits['cpu']",
        ),
        (
            nuclio(annotations={"igz-runtime/applied": "{}"}),
            "function 'churn-scorer': annotation igz-runtime/applied is not",
        ),
    ],
)
def test_a_broken_object_is_said_as_unread_with_its_name_and_field_and_the_others_are_judged(
    document: dict[str, Any], said: str
) -> None:
    audit = audited(document, nuclio("churn-other", minReplicas=3))

    assert found_in(audit) == [("IGZ408", "churn", "serving", "other")]
    assert [each for each in audit.unread if said in each]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (nuclio(handler=5), "in namespace 'tenant': NuclioFunction: spec.handler: text is required, found a number"),
        (nuclio(resources=[]), "NuclioFunction: spec.resources: a mapping is required, found a list"),
        ({**nuclio(), "kind": "Secret"}, "an object of a kind in which no function and no service is declared"),
    ],
)
def test_what_an_adapter_passes_over_in_an_object_that_was_edited_is_said(document: dict[str, Any], said: str) -> None:
    assert [each for each in audited(document).unread if said in each]


def test_what_a_profile_wrote_on_an_object_is_judged_by_its_record() -> None:
    document = nuclio()
    document["metadata"]["annotations"] = {}
    profiles.production_service(cpu=1, memory="1Gi", replicas=2).apply(document, a_cluster())
    assert "IGZ907" not in [each[0] for each in found_in(audited(document))]

    document["spec"]["resources"]["limits"]["memory"] = "2Gi"
    assert "IGZ907" in [each[0] for each in found_in(audited(document))]


def test_waivers_are_meant_by_mlruns_own_name_and_project(tmp_path: Path) -> None:
    config = tmp_path / "igz-runtime.yaml"
    config.write_text("waivers: [{rule: IGZ401, function: scorer, project: churn, reason: until the move}]")
    audit = audited(nuclio(nodeSelector={}), config=config)

    (one,) = [each.finding for each in audit.found if each.finding.rule == "IGZ401"]
    assert one.waived


def test_what_a_project_assigns_is_not_asked_of_a_whole_cluster(tmp_path: Path) -> None:
    config = tmp_path / "igz-runtime.yaml"
    config.write_text("functions: {scorer: {profile: production_service, cpu: 1, memory: 1Gi}}")

    assert "IGZ908" not in [each[0] for each in found_in(audited(nuclio(), nuclio("churn-other"), config=config))]


def test_files_of_this_machine_are_not_taken_for_the_code_of_a_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.py").write_text(
        "import torch\n\ndef handler(context, event):\n    model.fit(x)\n    loss.backward()\n"
    )
    document = nuclio(handler="main:handler", build={"path": "main.py"}, nodeSelector={"pool": "spot"})
    document["spec"]["tolerations"] = [{"operator": "Exists"}]

    assert "IGZ101" not in [each[0] for each in found_in(audited(document))]


def test_jupyter_services_are_judged_beside_what_is_no_jupyter() -> None:
    gpu = {"limits": {"cpu": "2", "memory": "8Gi", "nvidia_gpu": "1"}}
    documents = services(lab={"kind": "jupyter", "resources": gpu}, terminal={"kind": "shell", "resources": gpu})
    found = found_in(audited(documents, environment="production"))

    assert {each[3] for each in found} == {"lab"}
    assert {"IGZ501", "IGZ403"} <= {each[0] for each in found}
