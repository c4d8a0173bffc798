"""`rules` of igz-runtime.yaml means the same to lint and to `check`, and nothing to a profile's promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from igz_runtime import check, profiles
from igz_runtime.errors import ConfigurationError
from igz_runtime.rules.chosen import EVERY, Chosen
from igz_runtime.rules.findings import Finding, Findings, Severity, Skipped


def finding(rule: str = "IGZ101", severity: Severity = "error") -> Finding:
    return Finding(rule, severity, "message", "why", "fix", "trainer", "job", "main")


@pytest.mark.parametrize(
    ("select", "ignore", "judged", "left_out"),
    [
        ((), (), ["IGZ101", "IGZ901"], []),
        (("IGZ1", "IGZ205"), (), ["IGZ101", "IGZ205", "IGZ901", "IGZ904"], ["IGZ204", "IGZ301"]),
        ((), ("IGZ2",), ["IGZ101"], ["IGZ204"]),
        (("IGZ205",), ("IGZ2",), ["IGZ205"], ["IGZ204"]),
        (("IGZ2",), ("IGZ2",), [], ["IGZ205"]),
        ((), ("IGZ903", "IGZ90"), [], ["IGZ901", "IGZ903"]),
    ],
)
def test_the_longer_entry_decides_whether_a_rule_is_judged(
    select: tuple[str, ...], ignore: tuple[str, ...], judged: list[str], left_out: list[str]
) -> None:
    chosen = Chosen(select, ignore)

    assert [rule for rule in judged + left_out if chosen.judges(rule)] == judged


def test_the_longest_entry_gives_the_severity() -> None:
    chosen = Chosen(severities={"IGZ2": "warning", "IGZ206": "info"})

    assert chosen.severity_of("IGZ206", "error") == "info"
    assert [chosen.told(finding(rule)).severity for rule in ("IGZ206", "IGZ205", "IGZ101")] == [
        "info",
        "warning",
        "error",
    ]


def test_findings_keep_the_order_by_what_they_are_here() -> None:
    found = Findings(
        [finding("IGZ101"), finding("IGZ204"), finding("IGZ301", "warning")],
        [Skipped("IGZ205", "trainer", "main", "x"), Skipped("IGZ401", "trainer", "main", "y")],
        ["z"],
    )
    told = Chosen(ignore=("IGZ2",), severities={"IGZ1": "info"}).among(found)

    assert [(each.rule, each.severity) for each in told] == [("IGZ301", "warning"), ("IGZ101", "info")]
    assert [each.rule for each in told.skipped] == ["IGZ401"]
    assert told.unread == ("z",)
    assert EVERY.among(found) is found


TRAINER = {"kind": "job", "metadata": {"name": "trainer"}, "spec": {"default_handler": "train"}}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "igz-runtime.yaml"


def test_check_goes_by_the_rules_of_the_configuration(config: Path) -> None:
    without = {each.rule: each.severity for each in check(TRAINER, config="none")}
    config.write_text("rules: {ignore: [IGZ1], severities: {IGZ209: error}}")
    told = {each.rule: each.severity for each in check(TRAINER, config=config)}

    assert without["IGZ209"] != "error"
    assert told == {rule: "error" if rule == "IGZ209" else severity for rule, severity in without.items()
                    if not rule.startswith("IGZ1")}  # fmt: skip


def test_a_profile_refuses_what_its_own_rules_call_an_error(config: Path) -> None:
    config.write_text("rules: {ignore: [IGZ101], severities: {IGZ: info}}")
    plan = profiles.spot_stateless(cpu=1, memory="1Gi").plan(TRAINER, config=config)

    assert "IGZ101" in [each.rule for each in plan.findings.refusing]


def test_an_entry_that_means_no_rule_is_an_error_in_a_notebook_too(config: Path) -> None:
    config.write_text("rules: {select: [IGZ1, IGZ7]}")
    with pytest.raises(ConfigurationError, match=r"1:24: rules\.select: there is no rule 'IGZ7'"):
        check(TRAINER, config=config)
