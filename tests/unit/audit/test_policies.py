"""Admission policies as manifests: what is applied and in which order, what refuses, and what cannot be meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from igz_runtime import Cluster, __version__
from igz_runtime.audit import Policies, admission_policies
from igz_runtime.audit.policies.exporting import removal
from igz_runtime.audit.policies.stream import stream
from igz_runtime.cluster.facts import Live
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.errors import InvalidValue
from igz_runtime.messages import printable
from igz_runtime.rules import rule
from igz_runtime.rules.authoring import REGISTRY
from igz_runtime.rules.cel.form import Cel, NotAtAdmission, Says, says
from igz_runtime.rules.findings import Severity

GROUPS = (NodeGroup("jobs", {"pool": "jobs"}, lifecycle="on-demand"), NodeGroup("initial", core=True))
CLUSTER = Cluster(node_groups=GROUPS, environment="production", priority_classes=("low", "high"))


def made(**asked: Any) -> Policies:
    return admission_policies(**{"cluster": CLUSTER, "namespaces": ["mlrun"], "config": "none", **asked})


def kinds(policies: Policies) -> list[tuple[str, str]]:
    return [(each["kind"], each["metadata"]["name"]) for each in policies.manifests]


def test_what_others_rest_on_is_applied_before_them_and_facts_last() -> None:
    assert kinds(made()) == [
        ("CustomResourceDefinition", "clusterfacts.igz-runtime.io"),
        ("ValidatingAdmissionPolicy", "igz-runtime-deny"),
        ("ValidatingAdmissionPolicy", "igz-runtime-warn"),
        ("ValidatingAdmissionPolicyBinding", "igz-runtime-deny"),
        ("ValidatingAdmissionPolicyBinding", "igz-runtime-warn"),
        ("ClusterFacts", "cluster"),
    ]


def test_what_is_in_force_is_deleted_first_and_the_kind_of_facts_last() -> None:
    deleted = [(each["kind"], each["metadata"]["name"]) for each in removal()]

    assert sorted(deleted) == sorted(kinds(made()))
    assert [kind for kind, _ in deleted] == [
        "ValidatingAdmissionPolicyBinding",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicy",
        "ClusterFacts",
        "CustomResourceDefinition",
    ]
    assert {kind for kind, _ in kinds(made(inline=True))} == {each["kind"] for each in removal(inline=True)}


def test_every_manifest_says_who_made_it() -> None:
    for each in made().manifests:
        assert each["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "igz-runtime"
        assert each["metadata"]["annotations"]["igz-runtime.io/made-by"] == f"igz-runtime {__version__}"


def test_a_binding_looks_at_the_facts_and_admits_where_there_are_none() -> None:
    bound = {each["spec"]["policyName"]: each["spec"] for each in made().manifests if "policyName" in each["spec"]}

    assert bound["igz-runtime-deny"]["validationActions"] == ["Deny"]
    assert bound["igz-runtime-warn"]["validationActions"] == ["Warn", "Audit"]
    assert all(each["paramRef"] == {"name": "cluster", "parameterNotFoundAction": "Allow"} for each in bound.values())


def test_inline_the_facts_stand_in_the_policies_and_nothing_is_looked_up() -> None:
    policies = made(inline=True, enforce="IGZ302")

    assert {kind for kind, _ in kinds(policies)} == {"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}
    assert "paramRef" not in json.dumps(policies.manifests)
    assert "params" not in json.dumps(policies.manifests)
    of_policies = [each["spec"] for each in policies.manifests if each["kind"] == "ValidatingAdmissionPolicy"]
    assert {each["failurePolicy"] for each in of_policies} == {"Fail"}
    assert '"IGZ302": dyn("Deny")' in of_policies[0]["variables"][0]["expression"]
    assert policies.facts["rules"] == {"IGZ302": "Deny"}


def test_everything_warns_until_it_is_enforced() -> None:
    assert "rules" not in made().facts
    assert made(enforce=["IGZ302", "IGZ401"]).facts["rules"] == {"IGZ302": "Deny", "IGZ401": "Deny"}
    assert made(enforce="IGZ302,IGZ401 IGZ101").enforced == ("IGZ302", "IGZ401", "IGZ101")


def test_a_beginning_enforces_those_that_can_refuse() -> None:
    enforced = made(enforce=["IGZ4"]).enforced

    assert {"IGZ401", "IGZ402", "IGZ403", "IGZ404"} <= set(enforced)
    assert "IGZ406" not in enforced


@pytest.fixture
def registered() -> Iterator[None]:
    """Rules of another distribution: one that can refuse, one that warns, one that says why it cannot be asked."""
    before = set(REGISTRY)

    def register(rule_id: str, severity: Severity, cel: Cel | NotAtAdmission) -> None:
        of_rule = rule(rule_id, "no", "no", severity=severity, source="ours", origin="ours", fix="do not", cel=cel)
        of_rule(lambda _: ())

    register("ACME101", "error", says("['no']"))
    register("ACME102", "error", Cel((Says("['no']"),), warns=True))
    register("ACME103", "error", NotAtAdmission("it is in a file"))
    register("ACME104", "info", says("['no']"))
    yield
    for rule_id in set(REGISTRY) - before:
        del REGISTRY[rule_id]


@pytest.mark.usefixtures("registered")
def test_a_rule_of_another_distribution_is_exported_too() -> None:
    policies = made(enforce=["ACME"])
    variables = [each["name"] for each in policies.manifests[1]["spec"]["variables"]]

    assert policies.enforced == ("ACME101",)
    assert "ACME101" in variables
    assert "ACME103" not in variables


REFUSED: list[tuple[Any, str]] = [
    ("igz302", r"enforce: there is no rule 'igz302'; did you mean 'IGZ302'\?"),
    ("ACME102", "enforce: ACME102 only warns: a refusal would stop the platform's own controllers"),
    ("ACME103", "enforce: no admission policy can ask ACME103: it is in a file"),
    ("ACME104", "enforce: what ACME104 finds has severity info, and only errors are refused; rules.severities"),
    ("IGZ6", r"enforce: no rule of IGZ6 can refuse, for one IGZ601: no admission policy"),
    ([101], "enforce: the id of a rule, or its beginning, is required, found 101"),
]


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(("enforce", "said"), REFUSED, ids=str)
def test_a_rule_that_cannot_refuse_is_not_enforced(enforce: Any, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        made(enforce=enforce)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"severities": {"IGZ401": "warning"}}, "what IGZ401 finds has severity warning, and only errors are refused"),
        ({"ignore": ["IGZ4"]}, "the configuration leaves IGZ401 out"),
    ],
)
def test_the_configuration_decides_whether_a_rule_can_refuse(tmp_path: Path, rules: Any, said: str) -> None:
    file = tmp_path / "igz-runtime.yaml"
    file.write_text(yaml.safe_dump({"rules": rules}))

    with pytest.raises(InvalidValue, match=said):
        made(enforce=["IGZ401"], config=file)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"namespaces": []}, "namespaces: at least one is required"),
        ({"namespaces": ["kube-system"]}, "'kube-system' is Kubernetes' own"),
        ({"namespaces": ["ml", "kube-flow"]}, "'kube-flow' is Kubernetes' own"),
        ({"namespaces": ["ML_run"]}, "'ML_run' is not the name of a namespace"),
        ({"namespaces": ["*"]}, r"'\*' is not the name of a namespace"),
        ({"require_profile": ["mlrum"]}, r"'mlrum' is not among the namespaces .*; did you mean 'mlrun'\?"),
        ({"environment": "staging"}, "environment 'staging'; use 'development' or 'production'"),
        ({"cluster": "cluster.json"}, "a Cluster is required"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(asked: Any, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        made(**asked)


def test_namespaces_are_judged_each_once_and_some_require_profiles() -> None:
    policies = made(namespaces="team-b,team-a,team-a", require_profile="team-b")

    assert policies.namespaces == ("team-a", "team-b")
    assert policies.facts["requireProfile"] == ["team-b"]
    selector = policies.manifests[1]["spec"]["matchConstraints"]["namespaceSelector"]
    assert selector["matchExpressions"][0]["values"] == ["team-a", "team-b"]


def test_what_a_configuration_says_of_a_cluster_that_was_read_counts_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "igz-runtime.yaml"
    file.write_text(yaml.safe_dump({"cluster": {"environment": "development"}}))
    described = replace(CLUSTER, environment=None)
    read = replace(described, live=Live("2026-11-28T05:00:00Z", "ml"))

    assert made(cluster=read, config=file).facts["environment"] == "development"
    assert "environment" not in made(cluster=described, config=file).facts
    assert made(cluster=read, config=file, environment="production").facts["environment"] == "production"


def test_a_cluster_that_does_not_serve_them_is_said() -> None:
    def notes(version: str) -> tuple[str, ...]:
        return made(cluster=replace(CLUSTER, live=Live("2026-11-28T05:00:00Z", "ml", version=version))).notes

    assert notes("v1.29.6-eks") == (
        "the cluster has Kubernetes 1.29, which does not serve these policies: Kubernetes 1.30 or newer is needed",
    )
    assert notes("v1.30.0") == notes("v1.37.2") == notes("") == ()


def test_the_stream_is_read_back_as_it_was_and_made_alike_each_time() -> None:
    policies = made(enforce="IGZ3")

    assert list(yaml.safe_load_all(policies.to_yaml())) == list(policies.manifests)
    assert policies.to_yaml() == made(enforce="IGZ3").to_yaml()
    assert policies.to_yaml().startswith("# Rules of igz-runtime")


STRANGE = (
    "##[error] x",
    "::error file=a::b",
    "a: b",
    "- a",
    "yes",
    "1e3",
    "0x1",
    "~",
    "",
    " a",
    "é…",
    "\x1b[31m",
    "a\nb",
)


@pytest.mark.parametrize("text", [*STRANGE, *(each * 100 for each in STRANGE if each), 'a "quoted"', "back\\slash"])
def test_any_text_is_read_back_and_steers_nothing(text: str) -> None:
    document = {"key": text, "list": [text, {text or "key": text}], "nested": [[text]], "none": [], "empty": {}}

    written = stream([document], [text])

    (read,) = yaml.safe_load_all(written)
    assert read == document
    lines = written.split("\n")
    assert all(each.isprintable() for each in lines)
    assert all("##[" not in each and not each.lstrip().startswith("::") for each in map(str, lines))


def test_policies_print_what_they_refuse_and_what_is_to_be_applied() -> None:
    live = Live("2026-11-28T05:00:00Z", "ml", version="v1.29.0")
    policies = made(cluster=replace(CLUSTER, live=live), enforce="IGZ302")

    assert repr(policies) == "<Policies: 6 manifests for mlrun>"
    for said in ("mlrun", "IGZ302", "ClusterFacts cluster", "Kubernetes 1.29"):
        assert said in str(policies)
        assert said in policies._repr_html_()
    assert printable(str(policies).split("\n")[0]) == str(policies).split("\n")[0]


def test_no_manifest_is_too_large_for_kubectl_apply_unless_it_is_said() -> None:
    labels = {f"node.example.com/label-{number}": "x" * 60 for number in range(100)}
    many = replace(CLUSTER, node_groups=tuple(NodeGroup(f"g-{n}", {**labels, "pool": f"g-{n}"}) for n in range(40)))

    assert made().notes == ()
    assert "ClusterFacts cluster is too large for kubectl apply as it is" in made(cluster=many).notes[-1]
