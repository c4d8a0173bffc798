"""`judge_rule`: one rule on one function, for the tests of those who write rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, Waiver, Workload, profiles
from igz_runtime.errors import InvalidValue, UnsupportedFunction
from igz_runtime.rules import Found, Skip, Subject, rule, rules
from igz_runtime.rules.authoring import REGISTRY
from igz_runtime.testing import judge_rule

SPOT = {"kind": "job", "metadata": {"name": "trainer"}, "spec": {"preemption_mode": "allow"}}


@pytest.fixture
def registered() -> Iterator[Any]:
    """Registers rules of an organisation, and forgets them."""
    before = set(rules())

    def register(check: Any, **parts: Any) -> None:
        decorate: Any = rule("ACME101", "a-b", "t", severity="info", source="s.", origin="o", fix="f", **parts)
        decorate(check)

    yield register
    for rule_id in set(REGISTRY) - before:
        del REGISTRY[rule_id]


def test_it_finds_what_the_rule_finds_and_asks_no_other() -> None:
    (finding,) = judge_rule("IGZ101", SPOT)

    assert (finding.rule, finding.field, finding.refuses) == ("IGZ101", ("preemption_mode",), True)
    assert not judge_rule("IGZ101", SPOT, workload="stateless")
    assert judge_rule("IGZ102", SPOT, workload=Workload(mission_critical=True)).refusing


def test_it_goes_by_the_cluster_and_says_what_could_not_be_decided() -> None:
    priority = {**SPOT, "spec": {"priority_class_name": "gold"}}

    assert [one.rule for one in judge_rule("IGZ301", priority, Cluster(priority_classes=("silver",)))] == ["IGZ301"]
    assert not judge_rule("IGZ301", priority, Cluster(priority_classes=("gold",)))
    assert [one.rule for one in judge_rule("IGZ301", priority, Cluster()).skipped] == ["IGZ301"]


def test_it_goes_by_the_profile_and_the_waivers_on_the_function(tmp_path: Path) -> None:
    fn = {"kind": "job", "metadata": {"name": "trainer"}, "spec": {}}
    profiles.spot_stateless(cpu=1, memory="1Gi", waive={"IGZ101": Waiver("resubmitted by cron")}).apply(fn)
    (finding,) = judge_rule("IGZ101", fn)
    annotated = tmp_path / "function.yaml"
    annotated.write_text(
        "kind: job\nmetadata: {name: trainer, annotations: {igz-runtime/waive-IGZ101: resubmitted by cron}}\n"
        "spec: {preemption_mode: allow}\n"
    )

    assert finding.waived == Waiver("resubmitted by cron")
    assert not judge_rule("IGZ101", annotated)[0].refuses


def test_a_rule_that_raises_or_yields_something_else_fails_the_test(registered: Any) -> None:
    def breaks(subject: Subject) -> Iterator[Found | Skip]:
        yield Found(subject.function.nonsense)  # type: ignore[attr-defined]  # that is the point

    registered(breaks)
    with pytest.raises(AttributeError, match="nonsense"):
        judge_rule("ACME101", SPOT)
    del REGISTRY["ACME101"]
    registered(lambda _: [Found(7)])  # type: ignore[arg-type]  # that is the point
    with pytest.raises(TypeError, match=r"Found.message is 7, and text is required"):
        judge_rule("ACME101", SPOT)


def test_a_rule_that_reads_more_than_it_says_fails_the_test(registered: Any) -> None:
    def by_image_and_place(subject: Subject) -> Iterator[Found | Skip]:
        if subject.function.evidence.image or subject.pod.node_selector or subject.mode == "allow":
            yield Found("m")

    for reads, unsaid in (
        (("labels",), "image, node_selector, preemption_mode"),
        (("image", "labels"), "node_selector, preemption_mode"),
    ):
        registered(by_image_and_place, reads=reads)
        with pytest.raises(AssertionError, match=f"rule ACME101 reads {unsaid}, and its `reads` does not say so"):
            judge_rule("ACME101", SPOT)
        del REGISTRY["ACME101"]
    registered(by_image_and_place, reads=("image", "node_selector"))
    assert [one.field for one in judge_rule("ACME101", SPOT)] == [()]


def test_a_rule_that_says_nothing_of_what_it_reads_may_read_anything(registered: Any) -> None:
    registered(lambda subject: [Found("m")] if subject.function.evidence.image else [])

    assert judge_rule("ACME101", {**SPOT, "spec": {"image": "i"}})


def test_a_rule_on_another_type_takes_a_value_of_it(registered: Any) -> None:
    registered(lambda cluster: [Found("small")] if not cluster.node_groups else [], on=Cluster)
    (finding,) = judge_rule("ACME101", Cluster())

    assert str(finding) == "ACME101 info: Cluster 'cluster': small"
    with pytest.raises(InvalidValue, match="rule ACME101 is on Cluster, not on dict"):
        judge_rule("ACME101", SPOT)


def test_it_judges_one_jupyter_service() -> None:
    lab = {"name": "lab", "kind": "jupyter", "resources": {"limits": {"nvidia_gpu": "1"}}}

    (found,) = judge_rule("IGZ501", lab)
    assert (found.function, found.kind) == ("lab", "jupyter")
    with pytest.raises(InvalidValue, match="2 Jupyter services were given"):
        judge_rule("IGZ501", {"app_services": [{"spec": lab}, {"spec": lab}]})


def test_mistakes_of_the_test_are_no_findings() -> None:
    with pytest.raises(InvalidValue, match=r"there is no rule 'IGZ11'"):
        judge_rule("IGZ11", SPOT)
    with pytest.raises(UnsupportedFunction):
        judge_rule("IGZ101", {"kind": "local", "metadata": {}, "spec": {}})
