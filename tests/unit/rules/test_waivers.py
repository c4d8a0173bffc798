"""Waivers: a reason always, an end where one is given, and no effect after it."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igz_runtime import UnsafeCombination, Waiver, check, profiles
from igz_runtime.errors import BrokenFunction, InvalidValue
from igz_runtime.rules import Finding, waivers

TODAY = date(2027, 1, 31)
DAY = timedelta(days=1)


class Calendar(date):
    """The day on which these tests play."""

    @classmethod
    def today(cls) -> Calendar:
        return cls(TODAY.year, TODAY.month, TODAY.day)


def trainer() -> dict[str, Any]:
    return {"kind": "job", "metadata": {"name": "trainer"}, "spec": {}}


@pytest.mark.parametrize("reason", ["", "   ", "\n\t", ".", "-_-", "\u200b", "\u00a0", None, 7, ["resubmitted"]])
def test_a_reason_in_words_is_required(reason: Any) -> None:
    with pytest.raises(InvalidValue, match="a waiver needs a reason"):
        Waiver(reason)


@pytest.mark.parametrize(
    ("until", "day"),
    [("2027-01-31", TODAY), (TODAY, TODAY), ("2028-02-29", date(2028, 2, 29)), (None, None)],
)
def test_an_end_as_text_or_date(until: Any, day: date | None) -> None:
    assert Waiver("resubmitted", until).until == day


@pytest.mark.parametrize(
    "until",
    [
        *("", "tomorrow", "31.01.2027", "2027-1-31", "2027-02-29", "2027-01-31T00:00:00", "20270131", "2027-W04-7"),
        "\u0662\u0660\u0662\u0667-01-31",
        *(20270131, True, 1.5, datetime(2027, 1, 31, tzinfo=UTC), ("2027-01-31",)),
    ],
)
def test_what_is_no_day_is_refused_with_an_example(until: Any) -> None:
    with pytest.raises(InvalidValue, match="is not a date; write for example '2027-01-31'"):
        Waiver("resubmitted", until)


@given(st.dates(min_value=date(1900, 1, 1)), st.dates(min_value=date(1900, 1, 1)))
def test_the_last_day_counts_and_the_next_does_not(until: date, today: date) -> None:
    waiver = Waiver("resubmitted", until)

    assert waiver.expired(today) == (today > until)
    assert not Waiver("resubmitted").expired(today)
    assert Waiver("resubmitted", until.isoformat()) == waiver == pickle.loads(pickle.dumps(waiver))  # noqa: S301  (ours)


def test_it_prints_with_its_end() -> None:
    assert str(Waiver("resubmitted by cron", until="2027-01-31")) == "resubmitted by cron (until 2027-01-31)"
    assert str(Waiver("resubmitted by cron")) == "resubmitted by cron"


@pytest.mark.parametrize(("until", "counts"), [(TODAY, True), (TODAY + DAY, True), (None, True), (TODAY - DAY, False)])
def test_an_expired_waiver_refuses_again(until: date | None, monkeypatch: pytest.MonkeyPatch, *, counts: bool) -> None:
    monkeypatch.setattr(waivers, "date", Calendar)
    profile = profiles.spot_stateless(cpu=1, memory="2Gi", waive={"IGZ101": Waiver("resubmitted by cron", until)})
    plan = profile.plan(trainer())
    finding = next(f for f in plan.findings if f.rule == "IGZ101")

    assert plan.refused is not counts
    assert (finding.waived is not None) is counts
    assert ("the waiver expired on 2027-01-30: resubmitted by cron" in finding.fix) is not counts
    if not counts:
        with pytest.raises(UnsafeCombination, match="the waiver expired"):
            plan.apply()


@pytest.mark.parametrize(
    ("waive", "says"),
    [
        ({"IGZ101": "resubmitted by cron"}, "waive['IGZ101']: give Waiver("),
        ({"IGZ101": None}, "waive['IGZ101']: give Waiver("),
        (["IGZ101"], "waive: a mapping of rule ids"),
        ({"IGZ1O1": Waiver("resubmitted")}, "there is no rule 'IGZ1O1'; did you mean 'IGZ1"),
        ({"igz101": Waiver("resubmitted")}, "there is no rule 'igz101'; did you mean 'IGZ101'?"),
        ({101: Waiver("resubmitted")}, "there is no rule 101"),
    ],
)
def test_a_waiver_must_be_one_for_a_rule_that_exists(waive: Any, says: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        profiles.spot_stateless(waive=waive)
    assert f"spot_stateless: {says}" in str(caught.value)


def test_a_rule_that_cannot_be_waived_says_so() -> None:
    critical = profiles.spot_stateless(
        cpu=1, memory="2Gi", workload="mission-critical", waive={"IGZ102": Waiver("we accept it")}
    )

    with pytest.raises(UnsafeCombination, match="this rule cannot be waived"):
        critical.apply({"kind": "job", "metadata": {"name": "etl"}, "spec": {}})


@pytest.mark.parametrize(
    ("text", "waiver"),
    [
        ("resubmitted by cron", Waiver("resubmitted by cron")),
        ("  - resubmitted", Waiver("resubmitted")),
        ("until 2027-01-31 resubmitted", Waiver("resubmitted", TODAY)),
        ("Until: 2027-01-31, resubmitted", Waiver("resubmitted", TODAY)),
        ("untilled fields are left alone", Waiver("untilled fields are left alone")),
        ("two\nlines", Waiver("two\nlines")),
    ],
)
def test_a_waiver_in_one_line(text: str, waiver: Waiver) -> None:
    assert Waiver.of(text) == waiver


@pytest.mark.parametrize("text", ["", " : ", "until 2027-01-31", "until 2027-01-31:", "until we meet again"])
def test_one_line_needs_a_reason_and_a_date_after_until(text: str) -> None:
    with pytest.raises(InvalidValue, match=r"needs a reason|'we' is not a date"):
        Waiver.of(text)


def test_a_waiver_is_no_longer_than_admission_reads() -> None:
    longest = Waiver("x" * 1007, until="2027-01-31").to_text().replace(": ", " ")

    assert len(longest) == 1024
    assert Waiver.of(longest).until == TODAY
    for text in (longest + "x", " " * 5000 + "x"):
        with pytest.raises(InvalidValue, match=r"it has .* characters, and at most 1,024 are read"):
            Waiver.of(text)
    with pytest.raises(InvalidValue, match=r"it has 1,026 characters, and at most 1,024 are read"):
        Waiver("x" * 1026)


@pytest.mark.parametrize(
    "text",
    [
        str(Waiver("resubmitted by cron", until="2020-01-31")),
        "resubmitted by cron until 2020-01-31",
        "resubmitted (UNTIL: 31.01.2020)",
        "untill 2020-01-31 resubmitted",
        "till 2020-01-31 resubmitted",
        "reason: until 2020-01-31 resubmitted",
        "resubmitted\nuntil\u00a02020-01-31",
    ],
)
def test_an_end_that_would_not_count_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match=r"no end counts there; it stands before the reason \(until 2027-01-31: …\)"):
        Waiver.of(text)


@pytest.mark.parametrize(
    "text", ["resubmitted until it succeeds", "until2020 is a name", "retried until 3 runs passed"]
)
def test_a_reason_may_speak_of_an_end(text: str) -> None:
    assert Waiver.of(text) == Waiver(text)


class TestOnTheFunctionItself:
    SELECTOR = {"app.iguazio.com/lifecycle": "preemptible"}  # noqa: RUF012  (never changed)

    def function(self, text: Any, rule: str = "IGZ101") -> dict[str, Any]:
        annotations = {f"igz-runtime/waive-{rule}": text}
        spec = {"node_selector": self.SELECTOR, "preemption_mode": "allow"}
        return {"kind": "job", "metadata": {"name": "trainer", "annotations": annotations}, "spec": spec}

    def finding(self, function: dict[str, Any]) -> Finding:
        return next(finding for finding in check(function) if finding.rule == "IGZ101")

    def test_check_honours_it(self) -> None:
        assert self.finding(self.function("resubmitted by cron")).waived == Waiver("resubmitted by cron")

    def test_so_does_a_plan_and_what_the_profile_waives_goes_before(self) -> None:
        function = self.function("resubmitted by cron")
        spot = profiles.spot_stateless(cpu=1, memory="2Gi")
        own = Waiver("checkpoints")

        assert not spot.plan(function).refused
        assert spot.replace(waive={"IGZ101": own}).plan(function).findings[0].waived == own

    @pytest.mark.parametrize("key", ["metadata", "meta"])
    def test_nuclio_functions_have_it_too(self, key: str) -> None:
        annotations = {"igz-runtime/waive-IGZ101": "resubmitted by cron"}
        function = {
            "apiVersion": "nuclio.io/v1",
            key: {"name": "trainer", "annotations": annotations},
            "spec": {"nodeSelector": self.SELECTOR, "preemptionMode": "allow"},
        }

        assert self.finding(function).waived == Waiver("resubmitted by cron")

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", "annotation igz-runtime/waive-IGZ101 does not count: a waiver needs a reason"),
            (None, "annotation igz-runtime/waive-IGZ101 does not count: a waiver needs a reason"),
            ("until May, resubmitted", "does not count: waiver: until='May' is not a date"),
            ("until 2020-01-31 resubmitted", "the waiver expired on 2020-01-31: resubmitted"),
        ],
    )
    def test_one_without_effect_is_said_in_the_fix(self, text: Any, says: str) -> None:
        finding = self.finding(self.function(text))

        assert finding.refuses
        assert says in finding.fix

    def test_one_for_another_rule_changes_nothing(self) -> None:
        assert self.finding(self.function("resubmitted", "IGZ1O1")) == self.finding(self.function("r", "IGZ103"))

    def test_one_that_is_no_text_is_a_broken_function(self) -> None:
        with pytest.raises(BrokenFunction, match="waive-IGZ101: text is required, found"):
            check(self.function(["resubmitted"]))
