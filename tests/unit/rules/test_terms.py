"""What the platform allows to be waived: one answer for profiles, annotations, comments and the configuration."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Finding, UnsafeCombination, Waiver, check, profiles
from igz_runtime.errors import ConfigurationError
from igz_runtime.lint.judging import lint_text
from igz_runtime.lint.results import Report
from igz_runtime.lint.run import Run
from igz_runtime.lint.settings import load_settings
from igz_runtime.rules.terms import Site, Terms, Waivable
from igz_runtime.rules.waivers import today, waiver_fault, why_not

pytestmark = pytest.mark.usefixtures("nearest_configuration")

SOON = today() + timedelta(30)
LATER = today() + timedelta(31)
MONTH = "waivable: [{rules: [IGZ1], projects: ['fraud*'], days: 30, reason: we review each month}]\n"
TOO_LONG = f"the platform allows IGZ101 to be waived for 30 days at most, until {SOON}: we review each month"
SPOT = {"app.iguazio.com/lifecycle": "preemptible"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text: str) -> Path:
    path = Path("igz-runtime.yaml")
    path.write_text(text, encoding="utf-8")
    return path


def trainer(project: str = "fraud", **annotations: str) -> dict[str, Any]:
    marks = {f"igz-runtime/waive-{rule}": text for rule, text in annotations.items()}
    metadata = {"name": "trainer", "project": project, "annotations": marks}
    return {"kind": "job", "metadata": metadata, "spec": {"node_selector": SPOT, "preemption_mode": "allow"}}


def text_of(function: dict[str, Any], comment: str = "") -> str:
    return f"{comment}\n{json.dumps(function)}"


def linted(text: str) -> Report:
    return lint_text("trainer.yaml", text, load_settings(Path("igz-runtime.yaml")))


def found(findings: Iterable[Finding], rule: str = "IGZ101") -> Finding:
    return next(finding for finding in findings if finding.rule == rule)


def of_rule(report: Report, rule: str) -> list[Finding]:
    return [one.finding for one in report.findings if one.finding.rule == rule]


NOT_HERE = (
    "the platform allows IGZ101 to be waived in projects fraud*, risk only: reviewed each month; "
    "the platform allows IGZ101 to be waived in files like old/** only: the old jobs"
)
NO_RULE = (
    "the platform does not allow IGZ209 to be waived, only IGZ1 (reviewed each month); IGZ101, IGZ501 (the old jobs)"
)


class TestTheSentence:
    EVERYTHING = Waivable("why")
    TERMS = Terms(
        waivable=(
            Waivable("reviewed each month", ("IGZ1",), ("fraud*", "risk"), days=30),
            Waivable("the old jobs", ("IGZ101", "IGZ501"), files=("old/**",)),
        )
    )

    @pytest.mark.parametrize(
        ("rule", "until", "site", "said"),
        [
            ("IGZ101", SOON, Site("fraud-1", ""), ""),
            ("IGZ101", today(), Site("risk", ""), ""),
            ("IGZ101", None, Site("pricing", "old/a.yaml"), ""),
            ("IGZ101", LATER, Site(None, None), ""),
            (
                "IGZ103",
                LATER,
                Site("fraud", ""),
                f"the platform allows IGZ103 to be waived for 30 days at most, until {SOON}: reviewed each month",
            ),
            (
                "IGZ1",
                None,
                Site("fraud", ""),
                (
                    "the platform allows IGZ1 to be waived for 30 days at most, "
                    "and this waiver has no end: reviewed each month"
                ),
            ),
            ("IGZ101", SOON, Site("pricing", "new/a.yaml"), NOT_HERE),
            ("IGZ209", None, Site(), NO_RULE),
        ],
    )
    def test_what_is_let_and_why_not(self, rule: str, until: Any, site: Site, said: str) -> None:
        assert self.TERMS.refusal(rule, Waiver("because", until), site, today()) == said

    def test_nothing_said_limits_nothing_and_an_empty_list_lets_nothing(self) -> None:
        assert Terms().refusal("IGZ101", Waiver("because"), Site(), today()) == ""
        assert Terms(waivable=()).refusal("IGZ101", Waiver("because"), Site(), today()) == (
            "the platform allows no rule to be waived"
        )
        assert Terms(waivable=(self.EVERYTHING,)).refusal("IGZ101", Waiver("because"), Site("", ""), today()) == ""

    def test_a_rule_that_cannot_be_waived_is_not_made_so(self) -> None:
        terms = Terms(waivable=(self.EVERYTHING,))

        assert why_not("IGZ102", Waiver("because"), terms) == "this rule cannot be waived"
        assert waiver_fault("IGZ102", Waiver("because"), terms) == "rule IGZ102 cannot be waived"

    def test_a_limit_beyond_the_calendar_is_none(self) -> None:
        terms = Terms(waivable=(Waivable("why", days=10**9),))

        assert why_not("IGZ101", Waiver("because", "9999-12-31"), terms) == ""
        assert "10" in why_not("IGZ101", Waiver("because"), terms)


class TestOfAProfile:
    def test_it_refuses_with_the_platforms_reason(self) -> None:
        write(MONTH)
        spot = profiles.spot_stateless(cpu=1, memory="2Gi", waive={"IGZ101": Waiver("resubmitted", str(LATER))})
        fn = trainer()

        assert found(spot.plan(fn).findings).fix.endswith(f"({TOO_LONG})")
        with pytest.raises(UnsafeCombination, match="we review each month"):
            spot.apply(fn)
        assert fn == trainer()

    def test_within_the_limit_it_counts_also_after_it_was_applied(self) -> None:
        write(MONTH)
        spot = profiles.spot_stateless(cpu=1, memory="2Gi", waive={"IGZ101": Waiver("resubmitted", str(SOON))})
        fn = spot.apply(trainer())

        assert found(check(fn)).waived == Waiver("resubmitted", SOON)
        assert of_rule(linted(text_of(fn)), "IGZ904") == []

    @pytest.mark.parametrize("annotated", [True, False])
    def test_one_on_a_function_from_before_is_found_once(self, *, annotated: bool) -> None:
        spot = profiles.spot_stateless(cpu=1, memory="2Gi", waive={"IGZ101": Waiver("resubmitted")})
        fn = spot.apply(trainer())
        if not annotated:
            del fn["metadata"]["annotations"]["igz-runtime/waive-IGZ101"]
        write(MONTH)
        report = linted(text_of(fn))

        assert found(check(fn)).fix.count("we review each month") == 1
        (fault,) = of_rule(report, "IGZ904")
        assert fault.message.endswith("and this waiver has no end: we review each month")
        (standing,) = of_rule(report, "IGZ101")
        assert standing.refuses
        assert standing.fix.count("we review each month") == 1


def test_of_an_annotation() -> None:
    write(MONTH)
    inside, outside = trainer(IGZ101=f"until {SOON} resubmitted"), trainer(IGZ101=f"until {LATER} resubmitted")

    assert found(check(inside)).waived == Waiver("resubmitted", SOON)
    assert found(check(outside)).fix.endswith(f"({TOO_LONG})")
    assert [fault.message for fault in of_rule(linted(text_of(outside)), "IGZ904")] == [TOO_LONG]
    elsewhere = trainer("pricing", IGZ101=f"until {SOON} resubmitted")
    said = "the platform allows IGZ101 to be waived in project fraud* only: we review each month"
    assert found(check(elsewhere)).fix.endswith(f"({said})")
    assert [fault.message for fault in of_rule(linted(text_of(elsewhere)), "IGZ904")] == [said]


@pytest.mark.parametrize(
    ("project", "until", "said"),
    [
        ("fraud", SOON, ""),
        ("fraud", LATER, TOO_LONG),
        ("pricing", SOON, "the platform allows IGZ101 to be waived in project fraud* only: we review each month"),
    ],
)
def test_of_a_comment(project: str, until: Any, said: str) -> None:
    write(MONTH)
    report = linted(text_of(trainer(project), f"# igz-runtime: waive IGZ101 until {until} resubmitted"))

    (finding,) = of_rule(report, "IGZ101")
    assert (finding.waived is None) is bool(said)
    assert [fault.message for fault in of_rule(report, "IGZ904")] == ([said] if said else [])
    assert not said or finding.fix.endswith(f"({said})")


@pytest.mark.parametrize(
    ("waiver", "counts", "said"),
    [
        (f"until: {SOON}", True, ""),
        (f"until: {LATER}", False, TOO_LONG),
        (
            f"until: {SOON}, project: pricing",
            False,
            "the platform allows IGZ101 to be waived in project fraud* only: we review each month",
        ),
    ],
)
def test_of_the_configuration(waiver: str, said: str, *, counts: bool) -> None:
    settings = load_settings(write(f"{MONTH}waivers:\n  - {{rule: IGZ101, reason: by cron, {waiver}}}\n"))
    run = Run(settings)
    run.content("trainer.yaml", text_of(trainer()).encode())
    run.waivers_without_effect()
    report = run.report()

    assert (of_rule(report, "IGZ101")[0].waived is not None) is counts
    assert (found(check(trainer())).waived is not None) is counts
    faults = [
        (one.file, one.position.line, one.finding.message) for one in report.findings if "904" in one.finding.rule
    ]
    assert faults == ([("igz-runtime.yaml", 3, said)] if said else [])


def test_of_a_function_in_a_project_file() -> None:
    write(MONTH)
    held = trainer("", IGZ101=f"until {SOON} resubmitted")
    faults = {}
    for name in ("fraud", "pricing"):
        project = {"kind": "project", "metadata": {"name": name}, "spec": {"functions": [{"name": "a", "spec": held}]}}
        faults[name] = [fault.message for fault in of_rule(linted(json.dumps(project)), "IGZ904")]

    assert faults == {
        "fraud": [],
        "pricing": ["the platform allows IGZ101 to be waived in project fraud* only: we review each month"],
    }


CODE = """\
import mlrun
from igz_runtime import Waiver, profiles
fn = mlrun.new_function("trainer", kind="job", image="i", project="fraud")
fn.apply(profiles.spot_stateless(cpu=1, memory="2Gi", waive={{"IGZ101": Waiver("resubmitted", until="{until}")}}))
"""


@pytest.mark.parametrize(("until", "said"), [(SOON, []), (LATER, [TOO_LONG])])
def test_of_a_profile_in_code(until: Any, said: list[str]) -> None:
    settings = load_settings(write(MONTH))
    report = lint_text("trainer.py", CODE.format(until=until), settings)

    assert [fault.message for fault in of_rule(report, "IGZ904")] == said
    (finding,) = of_rule(report, "IGZ101")
    assert (finding.waived is None) is bool(said)


def test_a_comment_goes_before_the_configuration() -> None:
    write("waivers: [{rule: IGZ101, reason: the configuration}]")
    report = linted(text_of(trainer(), "# igz-runtime: waive IGZ101 the comment"))

    assert [str(finding.waived) for finding in of_rule(report, "IGZ101")] == ["the comment"]


def test_of_files() -> None:
    write("waivable: [{files: ['jobs/**'], reason: jobs restart}]")
    text = text_of(trainer(IGZ101="resubmitted"))
    Path("jobs").mkdir()
    for path in (Path("jobs/trainer.yaml"), Path("trainer.yaml")):
        path.write_text(text)
    settings = load_settings(Path("igz-runtime.yaml"))

    assert found(check("jobs/trainer.yaml")).waived == Waiver("resubmitted")
    said = "the platform allows IGZ101 to be waived in files like jobs/** only: jobs restart"
    for outside in ("trainer.yaml", trainer(IGZ101="resubmitted")):
        assert found(check(outside)).fix.endswith(f"({said})")
    assert of_rule(lint_text("jobs/trainer.yaml", text, settings), "IGZ904") == []
    assert [fault.message for fault in of_rule(lint_text("trainer.yaml", text, settings), "IGZ904")] == [said]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[{rules: [IGZ9999], reason: r}]", "1:21: waivable[0].rules: there is no rule 'IGZ9999'"),
        ("[{rules: [IGZ102], reason: r}]", "1:21: waivable[0].rules: rule IGZ102 cannot be waived"),
        ("[{rules: [IGZ102]}]", "1:12: waivable[0].reason: is required"),
        ("[{reason: ' '}]", "1:13: waivable[0]: a reason is required"),
        ("[{reason: r, days: -1}]", "1:24: waivable[0].days: -1; at least 0 is required"),
        ("[{reason: r, days: 1.5}]", "1:24: waivable[0].days: a whole number is required, found 1.5"),
        ("[{reason: r, file: a}]", "1:24: there is no setting 'waivable[0].file'; did you mean 'files'?"),
        ("[{reason: r, files: ['!']}]", "1:32: waivable[0].files[0]: '!' is not a pattern of files"),
        ("[[]]", "waivable[0]: a mapping is required, found list"),
        ("{}", "1:1: waivable: a list is required"),
    ],
)
def test_what_is_wrong_with_it_is_said_with_its_place(written: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(write(f"waivable: {written}"))
    assert said in str(caught.value)
