"""Every rule on the documents of `tests/cases`, and the laws of the engine that runs them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, UnsafeCombination, Waiver, Workload, check, profiles
from igz_runtime.cluster.node_groups import GROUPS_UNKNOWN
from igz_runtime.errors import InvalidValue
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.rules import Finding, Found, Rule, Subject, registry, rule, rules
from igz_runtime.rules.audited import AuditedCluster, AuditedWork
from igz_runtime.rules.authoring import REGISTRY
from igz_runtime.rules.cel.form import Cel, NotAtAdmission
from igz_runtime.rules.findings import SEVERITIES
from tests.unit.rules.rule_cases import CASES, FIELDS, SECTIONS, SUBJECTS, Case, every, judged, read

SAME_TEXT = ("severity", "role", "function", "kind")


def matches(finding: Finding, expected: Mapping[str, Any], of: Rule[Any]) -> bool:
    """Whether a finding is as the case says: fragments of sentences, and the rest exactly."""
    said = {
        "severity": of.severity,
        "role": "main" if of.on in (Subject, AuditedWork) and not of.id.startswith("IGZ9") else "",
        "waived": "None",
        **expected,
    }
    field = said.pop("field", list(finding.field))
    return field == list(finding.field) and all(
        text == getattr(finding, name) if name in SAME_TEXT else text in str(getattr(finding, name))
        for name, text in said.items()
    )


@pytest.mark.parametrize(("rule_id", "case"), every("pass"))
def test_the_rule_finds_nothing(rule_id: str, case: Case) -> None:
    findings = judged(case)

    assert [str(finding) for finding in findings if finding.rule == rule_id] == []
    assert [str(skipped) for skipped in findings.skipped if skipped.rule == rule_id] == []


@pytest.mark.parametrize(("rule_id", "case"), every("fail"))
def test_the_rule_finds_what_the_case_expects(rule_id: str, case: Case) -> None:
    expected = case["expect"] if isinstance(case["expect"], list) else [case["expect"]]
    found = [finding for finding in judged(case) if finding.rule == rule_id]

    assert len(found) == len(expected), [str(finding) for finding in found]
    for finding, expectation in zip(found, expected, strict=True):
        assert matches(finding, expectation, rules()[rule_id]), f"{finding!r} is not {expectation}"
        assert finding.field[:1] in (
            (),
            ("waivers",),
            ("idle",),
            ("triggers",),
            *((name,) for name in (rules()[rule_id].reads or () if rules()[rule_id].on is AuditedCluster else ())),
            *((name,) for name in PodSettings._fields),
        )


@pytest.mark.parametrize(("rule_id", "case"), every("skip"))
def test_the_rule_says_which_fact_is_missing(rule_id: str, case: Case) -> None:
    findings = judged(case)
    because = [skipped.because for skipped in findings.skipped if skipped.rule == rule_id]

    assert [finding for finding in findings if finding.rule == rule_id] == []
    assert because
    assert all(case["expect"]["because"] in sentence for sentence in because)


@pytest.mark.parametrize("rule_id", list(rules()))
def test_every_rule_has_cases_of_both_kinds(rule_id: str) -> None:
    sections = read(rule_id)

    assert sections["pass"]
    assert sections["fail"]


@pytest.mark.parametrize(
    "rule_id", [each.id for each in rules().values() if set(each.reads or ()) & set(PodSettings._fields)]
)
def test_every_rule_has_a_case_that_names_the_field_that_causes_the_finding(rule_id: str) -> None:
    listed = [case["expect"] for case in read(rule_id)["fail"]]
    expected = [each for expect in listed for each in (expect if isinstance(expect, list) else [expect])]

    assert any(each.get("field") for each in expected)


@pytest.mark.parametrize("path", sorted(CASES.iterdir()), ids=lambda path: path.name)
def test_every_case_file_is_of_a_rule_and_says_nothing_that_is_not_read(path: Path) -> None:
    assert path.suffix == ".yaml"
    assert path.stem in rules()
    assert set(read(path.stem)) <= set(SECTIONS)
    for section, cases in read(path.stem).items():
        names = [case["name"] for case in cases]
        assert len(set(names)) == len(names)
        for case in cases:
            assert set(case) <= FIELDS
            assert sum(judged in case for judged in SUBJECTS) == 1
            assert ("expect" in case) == (section != "pass")


@pytest.mark.parametrize("each", list(rules().values()), ids=list(rules()))
def test_every_rule_says_all_that_a_reader_needs(each: Rule[Any]) -> None:
    assert re.fullmatch(r"IGZ[1-9]\d\d", each.id)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", each.name)
    assert each.severity in SEVERITIES
    assert all((each.title, each.source, each.origin, each.fix))
    assert each.source.endswith((".", "?"))
    assert not each.title.endswith(".")
    assert not each.fix.endswith(".")


ELSEWHERE = {"IGZ110", "IGZ111", "IGZ208", "IGZ211", "IGZ405", "IGZ501", "IGZ505"}
"""Rules whose expressions are not there yet."""


@pytest.mark.parametrize("each", [each for each in rules().values() if not each.owner], ids=lambda each: each.id)
def test_every_rule_is_asked_at_admission_or_says_in_one_sentence_why_not(each: Rule[Any]) -> None:
    if each.id in ELSEWHERE:
        return
    assert isinstance(each.cel, Cel | NotAtAdmission)
    if isinstance(each.cel, NotAtAdmission):
        assert re.fullmatch(r"[A-Za-z][^.\n]{20,130}[^.\s]", each.cel.because)


def test_ids_are_in_order_and_names_are_unique() -> None:
    assert list(rules()) == sorted(rules())
    assert [each.id for each in rules().values()] == list(rules())
    assert len({each.name for each in rules().values()}) == len(rules())


def test_every_module_that_has_a_rule_is_in_the_registry() -> None:
    registers = re.compile(r"^@?rule\(", re.MULTILINE)
    modules = Path(registry.__file__).parent.glob("*.py")

    assert {each.stem for each in modules if registers.search(each.read_text())} == set(registry.MODULES)


def test_an_id_is_registered_once() -> None:
    again = rule("IGZ101", "x-y", "t", severity="info", source="s.", origin="o", fix="f")

    with pytest.raises(ValueError, match="IGZ101 is registered twice"):
        again(lambda _: ())
    assert rules()["IGZ101"].name == "stateful-on-spot"


def test_a_rule_that_raises_is_an_error_and_keeps_what_it_found_before(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_: Any) -> Iterator[Found]:
        yield Found("the first half was fine")
        raise KeyError("cpu")

    broken: Rule[Any] = Rule(
        "IGZ999", "breaks-half-way", "breaks", "info", "A source.", "here", "a fix", waivable=True, check=breaks
    )
    monkeypatch.setitem(REGISTRY, broken.id, broken)

    findings = check(etl(resources={"limits": {"memory": "1Gi"}}))
    plan = profiles.production_job(cpu=1, memory="1Gi").plan(etl())

    assert [(f.rule, f.severity) for f in findings] == [("IGZ999", "error"), ("IGZ999", "info")]
    assert "the rule itself failed (KeyError" in findings[0].message
    assert findings[0].refuses
    assert findings[1].message == "the first half was fine"
    assert plan.refused


def test_a_broken_rule_does_not_keep_the_others_from_being_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_: Any) -> Iterator[Found]:
        raise ZeroDivisionError

    broken: Rule[Any] = Rule(
        "IGZ100", "breaks", "breaks", "info", "A source.", "here", "a fix", waivable=False, check=breaks
    )
    monkeypatch.setitem(REGISTRY, broken.id, broken)

    function = etl(priority_class_name="system-node-critical", resources={"limits": {"memory": "1Gi"}})

    assert {finding.rule for finding in check(function)} == {"IGZ100", "IGZ302"}


def test_what_could_not_be_decided_is_said_with_its_reason() -> None:
    skipped = check(etl(priority_class_name="gold"), Cluster.from_dict({})).skipped

    assert [str(one) for one in skipped] == [
        "IGZ301 skipped for 'etl' (main), because the cluster's priority classes are not known",
        f"IGZ401 skipped for 'etl' (main), because {GROUPS_UNKNOWN}",
    ]


def test_findings_come_gravest_first_and_a_waived_error_after_those_that_refuse() -> None:
    spot = profiles.spot_stateless(
        priority="gold",
        workload=Workload(mission_critical=True, stateful=True),
        waive={"IGZ101": Waiver("resubmitted by cron")},
    )
    function = etl(resources={"limits": {"cpu": 1, "memory": "1Gi", "nvidia.com/gpu": 1}}, node_selector={"a b": "c"})
    findings = spot.plan(function, Cluster.iguazio()).findings

    assert [(f.rule, f.severity, f.refuses) for f in findings] == [
        ("IGZ102", "error", True),
        ("IGZ301", "error", True),
        ("IGZ405", "error", True),
        ("IGZ101", "error", False),
        ("IGZ103", "warning", False),
    ]
    assert findings.refusing == tuple(findings[:3])


def test_a_waiver_is_kept_on_the_function_and_counts_when_it_is_checked() -> None:
    function = etl(default_handler="train")
    waiver = Waiver("checkpoints every epoch, resubmitted by cron", until="9999-12-31")
    profiles.spot_stateless(cpu=1, memory="1Gi", waive={"IGZ101": waiver}).apply(function)

    (finding,) = [f for f in check(function) if f.rule == "IGZ101"]

    assert finding.waived == waiver
    assert not finding.refuses
    assert str(finding).endswith("[waived: checkpoints every epoch, resubmitted by cron (until 9999-12-31)]")


@pytest.mark.parametrize(
    ("rule_id", "waiver", "said"),
    [
        ("IGZ101", Waiver("resubmitted by cron", until="2020-01-31"), "the waiver expired on 2020-01-31"),
        ("IGZ102", Waiver("nobody calls at night"), "this rule cannot be waived"),
    ],
)
def test_a_waiver_that_does_not_count_refuses_and_says_why(rule_id: str, waiver: Waiver, said: str) -> None:
    declared = Workload(stateful=True, mission_critical=True)
    others = {"IGZ101": Waiver("resubmitted by cron")} if rule_id != "IGZ101" else {}
    profile = profiles.spot_stateless(cpu=1, memory="1Gi", workload=declared, waive={**others, rule_id: waiver})

    with pytest.raises(UnsafeCombination, match=said) as refused:
        profile.apply(etl())
    (finding,) = [f for f in refused.value.findings if f.rule == rule_id]

    assert finding.refuses
    assert finding.waived is None
    assert said in finding.fix


def test_a_waiver_for_a_rule_that_does_not_exist_is_refused_and_names_the_nearest() -> None:
    with pytest.raises(InvalidValue, match=r"there is no rule 'igz101'; did you mean 'IGZ101'\?"):
        profiles.spot_stateless(waive={"igz101": Waiver("resubmitted by cron")})


def etl(**spec: Any) -> dict[str, Any]:
    return {"kind": "job", "metadata": {"name": "etl"}, "spec": {"image": "mlrun/mlrun", **spec}}
