"""The facts' own kind on a real API server: what it takes, what it refuses field by field, and all that is applied."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from igz_runtime import Cluster
from igz_runtime.audit import admission_policies
from igz_runtime.audit.policies.exporting import removal
from igz_runtime.audit.policies.facts import MOST_SHAPES
from igz_runtime.audit.policies.known import spec_of
from igz_runtime.audit.policies.schema import GROUP, NAME, PLURAL, VERSION, definition, facts_object
from igz_runtime.cli import main
from igz_runtime.rules import Cel, Says, Subject, rule
from igz_runtime.rules.authoring import REGISTRY
from igz_runtime.rules.cel.form import when
from tests.policy.applied import Answer, Plain, Server, until
from tests.policy.random_pods import PROFILES, a_cluster

EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "cluster.json"
JUDGED, RESERVED = "judged", "igz-system-high"
CLUSTERS: Final = 40


@pytest.fixture(scope="module")
def server(kubeconfig: Path) -> Iterator[Server]:
    """An API server that knows the kind of the facts; one that did not before does not know it afterwards."""
    made = Server(kubeconfig)
    was_there = not made.get(definition()).said
    assert not (said := made.apply(definition()).said), said
    until(lambda: not stored(made, {}).said)
    yield made
    if not was_there:
        made.delete(definition())


def stored(server: Server, spec: Plain, validation: str = "Strict") -> Answer:
    """What the server would store; kubectl asks it to be strict."""
    path = f"/apis/{GROUP}/{VERSION}/{PLURAL}?dryRun=All&fieldValidation={validation}"
    return server.ask("POST", path, facts_object(spec, "probe"))


def test_the_kind_is_served_with_a_whole_schema(server: Server) -> None:
    conditions = {each["type"]: each["status"] for each in server.get(definition()).body["status"]["conditions"]}

    assert conditions["Established"] == "True"
    assert "NonStructuralSchema" not in conditions


def test_facts_of_random_clusters_are_taken_and_kept_as_they_are(server: Server) -> None:
    pick = random.Random(20261128)
    for _ in range(CLUSTERS):
        spec = spec_of(a_cluster(pick), PROFILES)
        answer = stored(server, spec)
        assert not answer.said
        assert _as_written(answer.body["spec"], spec) == spec


def _as_written(stored: Any, written: Any) -> Any:
    """What is stored, without what was left out, and what the API server wrote in its place."""
    if isinstance(written, dict):
        return {key: _as_written(item, written[key]) for key, item in stored.items() if key in written}
    if isinstance(written, list):
        return [_as_written(*pair) for pair in zip(stored, written, strict=True)]
    return stored


def test_facts_of_the_example_are_taken(server: Server) -> None:
    spec = spec_of(Cluster.load(EXAMPLE), PROFILES)

    assert stored(server, spec).body["spec"] == spec


JOBS: Final = {"name": "node group 'jobs'"}
WAIVER: Final = {"rule": "IGZ101", "reason": "resubmitted by cron"}
BAD: Final[list[tuple[Plain, str, str]]] = [
    ({"environment": "staging"}, "spec.environment", "Unsupported value"),
    ({"rules": {"IGZ101": "maybe"}}, "spec.rules.IGZ101", "Unsupported value"),
    ({"rules": {"IGZ1O1": "Deny"}}, "spec.rules", "admission asks these rules: IGZ101, "),
    ({"rules": {"IGZ210": "Off"}}, "spec.rules", "admission asks these rules: IGZ101, "),
    ({"severities": {"IGZ101": "fatal"}}, "spec.severities.IGZ101", "Unsupported value"),
    ({"severities": {"igz101": "error"}}, "spec.severities", "admission asks these rules"),
    ({"waivers": [{"rule": "IGZ101"}]}, "spec.waivers[0].reason", "Required value"),
    ({"waivers": [{**WAIVER, "reason": "…"}]}, "spec.waivers[0].reason", "Invalid value"),
    ({"waivers": [{**WAIVER, "until": "end of May"}]}, "spec.waivers[0].until", ""),
    ({"waivers": [{**WAIVER, "until": "2027-04-31"}]}, "spec.waivers[0].until", "Invalid value"),
    ({"waivers": [{**WAIVER, "until": "2027-02-29"}]}, "spec.waivers[0].until", "that year has no 29"),
    ({"waivers": [{**WAIVER, "rule": "IGZ1"}]}, "spec.waivers[0].rule", "Invalid value"),
    ({"waivers": [{**WAIVER, "project": "team-[ab]"}]}, "spec.waivers[0].project", "Invalid value"),
    ({"waivers": [WAIVER] * 201}, "spec.waivers", "Too many"),
    ({"waivable": [{"entries": [{"days": -1}]}]}, "spec.waivable[0].entries[0].days", "Invalid value"),
    ({"waivable": [{"entries": [{"days": 36501}]}]}, "spec.waivable[0].entries[0].days", "Invalid value"),
    ({"nodes": [JOBS] * (MOST_SHAPES + 1)}, "spec.nodes", "Too many"),
    ({"nodes": [{"labels": {}}]}, "spec.nodes[0].name", "Required value"),
    ({"nodes": [{**JOBS, "lifecycle": "cheap"}]}, "spec.nodes[0].lifecycle", "Unsupported value"),
    ({"nodes": [{**JOBS, "allocatable": {"memory": "64 GB"}}]}, "spec.nodes[0].allocatable.memory", "Invalid value"),
    ({"nodes": [{**JOBS, "taints": [{"key": "a"}]}]}, "spec.nodes[0].taints[0].effect", "Required value"),
    ({"nodes": [{**JOBS, "labels": {"a": "x" * 64}}]}, "spec.nodes[0].labels.a", "Too long"),
    ({"priorityClasses": ["a"] * 301}, "spec.priorityClasses", "Too many"),
    ({"profiles": {"a": {"qos": "guaranteed"}}}, "spec.profiles.a.qos", "Unsupported value"),
    ({"assumed": "yes"}, "spec.assumed", ""),
    ({"nodse": []}, "spec.nodse", "unknown field"),
]


@pytest.mark.parametrize(("spec", "field", "words"), BAD, ids=[f"{field} {words}" for _, field, words in BAD])
def test_bad_facts_are_refused_with_their_field(server: Server, spec: Plain, field: str, words: str) -> None:
    said = stored(server, spec).said

    assert f"{field}: " in said.replace('"', "") or f'unknown field "{field}"' in said
    assert words in said


def test_what_is_not_known_is_left_out_for_whoever_does_not_ask_to_be_told(server: Server) -> None:
    assert stored(server, {"nodse": [], "assumed": True}, "Ignore").body["spec"] == {"assumed": True}


GOOD: Final[list[Plain]] = [
    {},
    {"rules": {"IGZ101": "Deny", "IGZ302": "Warn", "IGZ401": "Off"}},
    {"waivers": [{**WAIVER, "until": "2028-02-29", "project": "team-*", "function": "fit.v?"}]},
    {"nodes": [{**JOBS, "allocatable": {"cpu": 16, "memory": "64Gi", "nvidia.com/gpu": "1e3"}}]},
    {"nodes": [{**JOBS, "labels": {f"label-{n}": "x" * 63 for n in range(20)}}] * MOST_SHAPES},
    {"waivable": [{}, {"entries": [{"rules": ["IGZ1"], "days": 0}, {"nowhere": True}]}]},
    {"priorityClasses": [], "declarable": [{"entries": [{"declarations": ["stateless"]}]}]},
]


@pytest.mark.parametrize("spec", GOOD, ids=lambda spec: ",".join(spec) or "nothing")
def test_what_people_write_by_hand_is_taken_and_kept(server: Server, spec: Plain) -> None:
    answer = stored(server, spec)

    assert not answer.said
    assert _as_written(answer.body["spec"], spec) == spec


def a_pod(server: Server, priority_class: str) -> Answer:
    labels = {"mlrun/class": "job", "mlrun/function": "probe", "mlrun/project": "churn"}
    spec = {"priorityClassName": priority_class, "containers": [{"name": "base", "image": "x"}]}
    metadata = {"generateName": "probe-", "labels": labels}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    return server.ask("POST", f"/api/v1/namespaces/{JUDGED}/pods?dryRun=All", pod)


@pytest.fixture(scope="module")
def judged(server: Server) -> Server:
    """A namespace of work, and the priority classes that it names."""
    assert not server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": JUDGED}}).said
    for name in (RESERVED, "igz-workload-high"):
        one = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": 10}
        assert not server.apply(one).said
    return server


@pytest.mark.parametrize("inline", [False, True], ids=["with a parameter", "inline"])
def test_all_of_it_is_applied_once_and_again_judges_and_is_taken_away(judged: Server, inline: Any) -> None:
    cluster = Cluster.load(EXAMPLE)
    policies = admission_policies(cluster, namespaces=[JUDGED], enforce=["IGZ302"], config="none", inline=inline)
    manifests = list(yaml.safe_load_all(policies.to_yaml()))

    first = [judged.apply(each) for each in manifests]
    again = [judged.apply(each) for each in manifests]

    assert [each.said for each in (*first, *again) if each.said] == []
    generations = [[each.body["metadata"]["generation"] for each in answers] for answers in (first, again)]
    assert generations[0] == generations[1]
    assert [each.body["spec"] for each in first] == [each.body["spec"] for each in again]
    until(lambda: "IGZ302: " in a_pod(judged, RESERVED).said)
    assert a_pod(judged, RESERVED).status == 403
    until(lambda: "IGZ401: " in a_pod(judged, "igz-workload-high").warnings)
    assert not a_pod(judged, "igz-workload-high").said

    for each in removal(inline=inline):
        assert not judged.delete(each).said
    until(lambda: not a_pod(judged, RESERVED).said and not a_pod(judged, RESERVED).warnings)
    if not inline:
        assert not judged.apply(definition()).said
        until(lambda: not stored(judged, {}).said)


def test_the_command_reads_a_live_cluster(server: Server, kubeconfig: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["policy", "--kubeconfig", str(kubeconfig), "--namespace", JUDGED, "--no-config"])
    printed = capsys.readouterr()

    assert code == 0
    assert "which does not serve these policies" not in printed.err
    *_, facts = yaml.safe_load_all(printed.out)
    assert not stored(server, facts["spec"]).said


def applies(server: Server, manifest: Plain) -> bool:
    """Whether a manifest is taken: a rule that the kind of facts learns just now is known a moment later."""
    return not server.apply(manifest).said


@pytest.fixture
def acme() -> Iterator[None]:
    """A rule of another distribution, which admission asks too."""
    found = when("variables.kind == 'job'", "'a job of ' + variables.project")

    @rule("ACME101", "job", "a job", severity="error", source="a", origin="b", fix="none", cel=Cel((Says(found),)))
    def _(_: Subject) -> tuple[()]:
        return ()

    yield
    del REGISTRY["ACME101"]


@pytest.mark.usefixtures("acme")
def test_a_rule_of_another_distribution_refuses_as_well(judged: Server) -> None:
    policies = admission_policies(Cluster.load(EXAMPLE), namespaces=[JUDGED], enforce=["ACME"], config="none")
    for each in policies.manifests:
        until(partial(applies, judged, each))

    until(lambda: "ACME101: a job of churn; fix: none" in a_pod(judged, "igz-workload-high").said)
    for each in removal()[:-1]:
        judged.delete(each)


def test_a_rule_is_turned_on_by_an_edit_of_the_facts(judged: Server) -> None:
    policies = admission_policies(Cluster.load(EXAMPLE), namespaces=[JUDGED], config="none")
    for each in policies.manifests:
        assert not judged.apply(each).said
    until(lambda: "IGZ302: " in a_pod(judged, RESERVED).warnings)
    assert not a_pod(judged, RESERVED).said

    edit = {"spec": {"rules": {"IGZ302": "Deny"}}}
    path = f"/apis/{GROUP}/{VERSION}/{PLURAL}/{NAME}"
    assert judged.ask("PATCH", path, edit, "application/merge-patch+json").status == 200

    until(lambda: "IGZ302: " in a_pod(judged, RESERVED).said)
    for each in removal()[:-1]:
        judged.delete(each)
